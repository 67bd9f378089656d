"""The claims as a list, and the way down from one claim to everything that carries it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.publishing.claims import ClaimsReport, ClaimState, check_claims, claim_states
from twinbenefits.publishing.claims_baseline import baseline_changes, read_baseline
from twinbenefits.publishing.claims_codes import codes_behind, codes_below, references_by_code
from twinbenefits.publishing.claims_known import TABLES, Edition, table_rows
from twinbenefits.publishing.claims_ledger import LEDGER, read_ledger_file
from twinbenefits.publishing.claims_sources import cell_in_words
from twinbenefits.publishing.evidence_votes import read_votes
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.stage_results import read_results

__all__ = [
    "Ground",
    "Segments",
    "claims_as_json",
    "claims_as_text",
    "claims_table",
    "permitted_segments",
    "read_claims",
    "why",
]

Segments = Callable[[Sequence[str]], Iterable[tuple[str, str]]]
"""Gives, for some codes, the segments that the audience may read: their name and their text."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One step on the way down from a claim.

    Parameters
    ----------
    title
        What it is.
    said
        What is to be read about it, one sentence each.
    below
        What it rests on in turn.
    """

    title: str
    said: tuple[str, ...] = ()
    below: tuple[Ground, ...] = ()

    def as_text(self, depth: int = 0) -> str:
        """Return the step and all below it, indented."""
        lines = ["  " * depth + self.title, *("  " * (depth + 1) + sentence for sentence in self.said)]
        return "\n".join([*lines, *(ground.as_text(depth + 1) for ground in self.below)])

    def as_json(self) -> str:
        """Return the same for a machine."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def read_claims(root: Path, audience: str, evidence: str) -> ClaimsReport:
    """Return the claims of a project in one edition, from the results that have been built for it."""
    layout = Layout(Path(root))
    return check_claims(layout, audience, evidence, read_results(layout, audience, evidence))


def claims_table(report: ClaimsReport) -> list[dict[str, str]]:
    """Return one row per claim: id, state, sentence, reason, flaws, confidence, cases, mark, where."""
    return [
        {
            "id": state.claim.id,
            "state": state.state,
            "sentence": state.sentence,
            "reason": state.reason,
            "flaws": "; ".join(state.flaws),
            "confidence": _confidence(state),
            "rests on": "case evidence" if state.about_cases else "literature and study",
            "mark": "synthetic" if state.synthetic else "",
            "where": "; ".join(state.claim.where),
        }
        for state in report.states
    ]


def claims_as_text(report: ClaimsReport) -> str:
    """Return the list for a reader: states counted, then each claim, then what stops the edition."""
    counted = ", ".join(f"{count} {state}" for state, count in report.counts.items())
    lines = [f"{len(report.states)} claims for {report.audience}: {counted}"]
    for row in claims_table(report):
        mark = f" ({row['mark']})" if row["mark"] else ""
        lines.append(f"{row['id']}  {row['state']}{mark}: {row['sentence']}")
        lines += [f"      {row[part]}" for part in ("reason", "flaws") if row[part]]
    lines += [str(problem) for problem in (*report.problems, *report.refusals)]
    return "\n".join(lines)


def claims_as_json(report: ClaimsReport) -> str:
    """Return the list for a machine."""
    content = {
        "audience": report.audience,
        "counts": report.counts,
        "claims": claims_table(report),
        "left_out": report.left_out,
        "problems": [str(problem) for problem in report.problems],
        "refusals": [str(refusal) for refusal in report.refusals],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def why(root: Path, audience: str, evidence: str, claim: str, segments: Segments | None = None) -> Ground:
    """Walk down from a claim to the values, displays, codes, references and segments that carry it.

    Parameters
    ----------
    root
        The project's top folder.
    audience, evidence
        Which edition's results.
    claim
        The claim's id.
    segments
        Gives the segments behind codes that the audience may read; without it none are told.

    Raises
    ------
    PublishingError
        When the ledger has no such claim, or the claim names what is not known.
    """
    layout = Layout(Path(root))
    edition = Edition(layout, audience, evidence, read_results(layout, audience, evidence))
    ledger = read_ledger_file(layout.root)
    wanted = next((one for one in ledger.claims if one.id == claim), None)
    if wanted is None:
        known = [one.id for one in ledger.claims]
        mine = [problem for problem in ledger.problems if (problem.column or "").startswith(claim)]
        meant = nearest(claim, known)
        way_out = f"Did you mean {meant}?" if meant else f"The claims are {shortlist(known, 60) or 'none'}."
        rule = "no such claim stands in the ledger"
        raise PublishingError(mine or SourceProblem(LEDGER, None, None, claim, rule, way_out))
    problems = list(edition.problems(wanted))
    baseline, _ = read_baseline(layout, evidence)
    states, unmeant = claim_states([] if problems else [wanted], edition, baseline)
    if problems or unmeant:
        raise PublishingError([*problems, *unmeant])
    (state,) = states
    changes = [str(change) for change in baseline_changes(states, baseline) if change.claim == claim]
    said = [
        state.sentence,
        f"state: {state.state}" + (f", because {state.reason}" if state.reason else ""),
        *(f"flaw: {flaw}" for flaw in state.flaws),
        f"confidence: {_confidence(state)}",
        f"against: {wanted.against}",
        f"stands in {', '.join(wanted.where)}",
        *(f"since the baseline: {change}" for change in changes),
        *(["rests on synthetic demonstration data"] if state.synthetic else []),
    ]
    return Ground(claim, tuple(said), tuple(_grounds(state, edition, segments)))


def permitted_segments(root: Path, audience: str, evidence: str) -> Segments:
    """Return what gives the segments of codes as far as the audience may read their words.

    Each segment has passed the gate for its own company; for all but the team its name is a token. A code
    stands for those below it, too.
    """

    def behind(codes: Sequence[str]) -> Iterator[tuple[str, str]]:
        from twinbenefits.publishing.evidence_segments import read_segments

        wanted = codes_below(root, codes)
        for segment in read_segments(Layout(Path(root)), audience, evidence).rows:
            if segment.words and any(coding.code in wanted for coding in segment.codings):
                yield segment.name, segment.words

    return behind


def _grounds(state: ClaimState, edition: Edition, segments: Segments | None) -> Iterator[Ground]:
    claim = state.claim
    conditions = [("holds if", claim.holds_if)]
    conditions += [("weakened if", claim.weakened_if)] if claim.weakened_if else []
    for key, expression in conditions:
        yield Ground(
            f"{key} {expression.text}", (), tuple(_value(name, edition) for name in expression.names)
        )
    rest = [
        name for name in claim.values if not any(name in expression.names for _, expression in conditions)
    ]
    if rest:
        yield Ground("also worded with", (), tuple(_value(name, edition) for name in rest))
    yield from (_display(name, edition) for name in claim.rests_on["displays"])
    codes = codes_behind(edition.layout.root, claim)
    works = {row["key"]: row for row in table_rows(edition.layout.root / TABLES["references"][0])}
    for kind, columns in _TOLD.items():
        rows = {row[TABLES[kind][1]]: row for row in table_rows(edition.layout.root / TABLES[kind][0])}
        below = references_by_code(edition.layout.root) if kind == "codes" else {}
        for name in codes if kind == "codes" else claim.rests_on[kind]:
            named = tuple(
                _entry("references", key, works.get(key, {}), _TOLD["references"])
                for key in below.get(name, ())
            )
            yield _entry(kind, name, rows.get(name, {}), columns, named)
    if segments is not None and codes and state.about_cases:
        found = [Ground(name, (text,)) for name, text in segments(codes)]
        note = () if found else ("none that this audience may read",)
        yield Ground("segments", note, tuple(found))
    steps = tuple(
        f"{s.component.replace('_', ' ')}: {s.steps}, {s.reason} ({s.author}, {s.date})"
        for s in claim.confidence
    )
    if steps:
        yield Ground("step-downs of the confidence", steps)
    votes = read_votes(edition.layout, edition.audience, edition.evidence, edition.staged)
    yield Ground("votes", tuple(votes.of(claim.workshop)))


_TOLD: Mapping[str, tuple[str, ...]] = {
    "propositions": ("statement", "would_count_against", "author_decision"),
    "codes": ("label", "definition", "include", "exclude"),
    "references": ("cited_as", "status", "why", "settled_doi"),
}


def _entry(
    kind: str, name: str, row: Mapping[str, str], columns: Iterable[str], below: tuple[Ground, ...] = ()
) -> Ground:
    said = (f"{column.replace('_', ' ')}: {row[column]}" for column in columns if row.get(column))
    return Ground(f"{kind.removesuffix('s')} {name}", tuple(said), below)


def _value(name: str, edition: Edition) -> Ground:
    record = edition.staged.values[name]
    n = f" (n = {record['n']})" if record["n"] is not None else ""
    unit = f" {record['unit']}" if record["unit"] else ""
    mark = f", {record['mark']}" if record["mark"] else ""
    return Ground(f"{name}: {record['text']}{unit if record['value'] is not None else ''}{n}{mark}",
                  tuple(_origin(f"value {name}", edition)))  # fmt: skip


def _display(name: str, edition: Edition) -> Ground:
    record = edition.staged.displays.get(name)
    if record is None:
        return Ground(f"display {name}", ("not part of this edition",))
    part = f"{record['kind']} {name}"
    files = ", ".join(file for file in record["files"] if not file.startswith("snippets/"))
    return Ground(part, (record["caption"], *_origin(part, edition), f"files: {files}"))


def _origin(part: str, edition: Edition) -> Iterator[str]:
    origin = edition.origins.get(part)
    if origin is not None:
        cell = cell_in_words(edition.layout.root, origin)
        yield f"made in notebooks/{origin.notebook}.ipynb, {cell}, from {', '.join(origin.inputs)}"


def _confidence(state: ClaimState) -> str:
    if not state.steps:
        return "not rated"
    return ", ".join(f"{name.replace('_', ' ')} lowered by {steps}" for name, steps in state.steps.items())
