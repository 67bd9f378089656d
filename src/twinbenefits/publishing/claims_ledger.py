"""The ledger of claims, `paper/claims.yml`: what a claim is made of, read with the line of every part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import yaml

from twinbenefits.evidence import quick_yaml
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.publishing.claims_expression import Expression, ExpressionError, parse_expression
from twinbenefits.publishing.problems import SourceProblem

__all__ = ["COMPONENTS", "EVIDENCE_KINDS", "LEDGER", "Claim", "Ledger", "StepDown", "read_ledger"]

LEDGER = "paper/claims.yml"
COMPONENTS = ("methodological_limitations", "coherence", "adequacy", "relevance")
EVIDENCE_KINDS = ("displays", "propositions", "codes", "references")
MOST_STEPS = 3

ID = re.compile(r"C\d{2,}")
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
NEEDED = ("id", "wording", "where", "rests_on", "against", "holds_if", "confidence")
KEYS = (*NEEDED, "weakened_if", "cases", "workshop")
STEP_KEYS = ("steps", "reason", "author", "date")
NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class StepDown:
    """How much one component lowers the confidence in a claim, with who says so and why.

    Parameters
    ----------
    component
        One of `COMPONENTS`.
    steps
        By how many levels, 0 to 3.
    reason, author, date
        Why, who, when.
    """

    component: str
    steps: int
    reason: str
    author: str
    date: date


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that the paper, the slides or a brief make.

    Parameters
    ----------
    id
        C and digits.
    wording
        The sentence; ``{name}`` stands for the text of a registered value.
    where
        The sections that make it, as file#section.
    rests_on
        Kind of evidence to the ids named: displays, propositions, codes, references.
    against
        What speaks against it.
    holds_if, weakened_if
        When it holds, and when it holds only weakly.
    cases
        The value that says on how many companies it rests; needed for a claim from case evidence.
    confidence
        The step-downs of a rated claim; empty for one that is not rated.
    rated
        Whether it is rated.
    workshop
        The item that workshops vote on, empty for none.
    lines
        The line of the ledger on which each part starts.
    """

    id: str
    wording: str
    where: tuple[str, ...]
    rests_on: Mapping[str, tuple[str, ...]]
    against: str
    holds_if: Expression
    weakened_if: Expression | None = None
    cases: str = ""
    confidence: tuple[StepDown, ...] = ()
    rated: bool = False
    workshop: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def line(self) -> int:
        """The line on which the claim starts."""
        return self.lines.get("id", 1)

    @property
    def worded_values(self) -> tuple[str, ...]:
        """The values named in the wording."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(self.wording)))

    @property
    def values(self) -> tuple[str, ...]:
        """All values it names, in wording and conditions."""
        conditions = [self.holds_if, *([self.weakened_if] if self.weakened_if else [])]
        named = [name for condition in conditions for name in condition.names]
        return tuple(dict.fromkeys([*self.worded_values, *named, *([self.cases] if self.cases else [])]))

    @property
    def has_evidence(self) -> bool:
        """Whether it names anything that carries it."""
        return any(self.rests_on.values())

    @property
    def steps(self) -> Mapping[str, int]:
        """Component to step-downs, for a rated claim."""
        return MappingProxyType({step.component: step.steps for step in self.confidence})

    def sentence(self, texts: Mapping[str, str]) -> str:
        """Return the wording with the texts of its values."""
        return PLACEHOLDER.sub(lambda match: texts.get(match[1], match[0]), self.wording)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The claims, and what is wrong with the file.

    Parameters
    ----------
    claims
        The claims that could be read, in the order of the file.
    problems
        Everything that is wrong, with its line.
    """

    claims: tuple[Claim, ...]
    problems: tuple[SourceProblem, ...]


def read_ledger(text: str, file: str = LEDGER) -> Ledger:
    """Read the ledger and hold every claim to its form.

    Parameters
    ----------
    text
        The file's content: a list named ``claims``.
    file
        Its name in messages.

    Returns
    -------
    Ledger
        Claims in good order, and all problems of the others at once.

    Examples
    --------
    >>> print(read_ledger("claims:\\n- id: C01\\n  wordin: x\\n").problems[0])
    paper/claims.yml, line 3, C01: 'wordin': the key is not known. Did you mean wording?
    """
    reader = _Reader(file)
    claims = tuple(reader.claims(text))
    return Ledger(claims, tuple(reader.problems))


def read_ledger_file(root: Path) -> Ledger:
    """Return the ledger of a project; without a file there are no claims."""
    path = root / LEDGER
    try:
        return read_ledger(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return Ledger((), ())
    except UnicodeDecodeError:
        rule, way_out = "the bytes are not UTF-8", "Save the file again as UTF-8."
        return Ledger((), (SourceProblem(LEDGER, None, None, None, rule, way_out),))


class _Reader:
    """Walks the syntax tree of the file, so that every problem has its line."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[SourceProblem] = []
        self.about = ""

    def claims(self, text: str) -> Iterator[Claim]:
        try:
            tree = quick_yaml.compose(text)
        except yaml.YAMLError as error:
            mark, said = getattr(error, "problem_mark", None), getattr(error, "problem", None)
            rule = f"the file is not sound YAML: {said or 'it cannot be read'}"
            way_out = (
                "Check the indentation, the colons and the quotation marks of this line and the one above."
            )
            self.problems.append(SourceProblem(self.file, mark and mark.line + 1, None, None, rule, way_out))
            return
        if tree is None:
            return
        listed = self.mapping(tree, ("claims",)).get("claims")
        seen: dict[str, int] = {}
        for node in self.items(listed, "the claims"):
            claim = self.claim(node)
            if claim is not None and claim.id in seen:
                self.problem(
                    node,
                    "id",
                    claim.id,
                    f"the id stands on line {seen[claim.id]} already",
                    "Take the next free number.",
                )
            elif claim is not None:
                seen[claim.id] = claim.line
                yield claim

    def claim(self, node: yaml.Node) -> Claim | None:
        """Return one claim, or None when a part that it needs is missing or wrong."""
        before, self.about = len(self.problems), _id_of(node)
        parts = self.mapping(node, KEYS)
        missing = [key for key in NEEDED if key not in parts] if isinstance(node, yaml.MappingNode) else []
        for key in missing:
            self.problem(node, None, None, f"the claim lacks {key}", f"Add a line that starts with {key}:.")
        id_ = self.text(parts.get("id"), "id")
        if id_ and not ID.fullmatch(id_):
            self.problem(parts["id"], "id", id_, "an id is C and at least two digits", "Write it as in C07.")
        rests_on = self.mapping(parts["rests_on"], EVIDENCE_KINDS) if "rests_on" in parts else {}
        holds_if = self.expression(parts.get("holds_if"), "holds_if")
        weakened_if = self.expression(parts.get("weakened_if"), "weakened_if")
        confidence = self.confidence(parts.get("confidence"))
        wording, against = (self.text(parts.get(key), key) for key in ("wording", "against"))
        where = self.names(parts.get("where"), "where")
        cases, workshop = (self.text(parts.get(key), key, may_be_null=True) for key in ("cases", "workshop"))
        evidence = {kind: self.names(rests_on.get(kind), kind) for kind in EVIDENCE_KINDS}
        if len(self.problems) > before or holds_if is None:
            return None
        return Claim(
            id_, " ".join(wording.split()), where, MappingProxyType(evidence), " ".join(against.split()),
            holds_if, weakened_if, cases, confidence, not _is_null(parts["confidence"]), workshop,
            MappingProxyType({key: _line(part) for key, part in {**parts, **rests_on}.items()}),
        )  # fmt: skip

    def confidence(self, node: yaml.Node | None) -> tuple[StepDown, ...]:
        """Return the step-downs of a rated claim; null says that it is not rated."""
        if node is None or _is_null(node):
            return ()
        found = []
        for component, part in self.mapping(node, COMPONENTS).items():
            keys = self.mapping(part, STEP_KEYS)
            for key in STEP_KEYS:
                if isinstance(part, yaml.MappingNode) and key not in keys:
                    rule = f"the step-down in {component} lacks {key}"
                    self.problem(part, "confidence", None, rule, "Give steps, reason, author and date.")
            steps = self.text(keys.get("steps"), "steps")
            reason, author = (self.text(keys.get(key), key) for key in ("reason", "author"))
            day = self.day(keys.get("date"))
            if steps and not (steps.isascii() and steps.isdigit() and int(steps) <= MOST_STEPS):
                rule = f"steps are a whole number from 0 to {MOST_STEPS}"
                self.problem(keys["steps"], "steps", steps, rule, "Correct the number.")
            elif steps and reason and author and day:
                found.append(StepDown(component, int(steps), " ".join(reason.split()), author, day))
        return tuple(found)

    def day(self, node: yaml.Node | None) -> date | None:
        written = self.text(node, "date")
        try:
            return date.fromisoformat(written) if written else None
        except ValueError:
            self.problem(
                node, "date", written, "must be a day written YYYY-MM-DD", "Write it as in 2026-11-01."
            )
            return None

    def expression(self, node: yaml.Node | None, key: str) -> Expression | None:
        written = self.text(node, key)
        if not written:
            return None
        try:
            return parse_expression(written)
        except ExpressionError as error:
            self.problem(node, key, written, error.rule, error.way_out)
            return None

    def mapping(self, node: yaml.Node, known: Sequence[str]) -> dict[str, yaml.Node]:
        """Return the known keys of a mapping with their values; anything else is a problem."""
        if not isinstance(node, yaml.MappingNode):
            rule = f"here stand names with values: {shortlist(known)}"
            self.problem(node, None, None, rule, "Write each as name: value on a line of its own.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value)
            if key in found:
                self.problem(key_node, None, key, "the key stands there twice", "Delete one of the two.")
            elif key in known:
                found[key] = value
            else:
                meant = nearest(key, [name for name in known if name not in found])
                way_out = f"Did you mean {meant}?" if meant else f"The keys are {shortlist(known)}."
                self.problem(key_node, None, key, "the key is not known", way_out)
        return found

    def items(self, node: yaml.Node | None, key: str) -> list[yaml.Node]:
        if node is None or _is_null(node):
            return []
        if isinstance(node, yaml.SequenceNode):
            return [*node.value]
        self.problem(node, key, None, "here stands a list", "Write it as [one, other], or with hyphens.")
        return []

    def names(self, node: yaml.Node | None, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.text(item, key) for item in self.items(node, key)))

    def text(self, node: yaml.Node | None, key: str, *, may_be_null: bool = False) -> str:
        """Return a text; an empty one is a problem."""
        if node is None or (may_be_null and _is_null(node)):
            return ""
        if isinstance(node, yaml.ScalarNode) and not _is_null(node) and node.value.strip():
            return str(node.value).strip()
        self.problem(node, key, None, "here stands a text that is not empty", "Fill it in.")
        return ""

    def problem(
        self, node: yaml.Node | None, key: str | None, value: str | None, rule: str, way_out: str
    ) -> None:
        part = " ".join(name for name in (self.about, key) if name) or None
        line = _line(node) if node is not None else None
        self.problems.append(SourceProblem(self.file, line, part, value, rule, way_out))


def _id_of(node: yaml.Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "id"), "")


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == NULL


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
