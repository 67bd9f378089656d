"""Profiles of the outlets to which the paper may be sent, and how a manuscript stands against them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.render.document import Document, read_document
from twinbenefits.publishing.render.tree import identifier, visible, walk

__all__ = ["OUTLETS", "Measured", "Outlet", "measure", "read_outlets"]

OUTLETS = "data/study/outlets.yml"
RANGES = ("words", "abstract_words", "displays")
KEYS = ("name", "seen_on", "verified", *RANGES, "review", "statements", "citation_style")
WORD = re.compile(r"\w")
NOT_COUNTED = ("Table", "Figure")


@dataclass(frozen=True, slots=True)
class Outlet:
    """What one outlet asks for.

    Parameters
    ----------
    key, name
        The short name, and the full one.
    seen_on
        The day on which its limits were noted.
    verified
        Whether an author has confirmed them.
    words, abstract_words, displays
        Least and most, or None where no limit is known.
    review
        ``anonymous``, or None where it is not known.
    statements
        Statements that the manuscript must make, as words of a heading.
    citation_style
        The style of citations, or None where it is not known.
    """

    key: str
    name: str
    seen_on: str
    verified: bool
    words: tuple[int, int] | None
    abstract_words: tuple[int, int] | None
    displays: tuple[int, int] | None
    review: str | None
    statements: tuple[str, ...]
    citation_style: str | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing that an outlet asks for, and how the manuscript stands.

    Parameters
    ----------
    what
        What is asked for.
    asked
        The limit in words.
    found
        What the manuscript has.
    fits
        Whether it fits; None where no limit is known.
    """

    what: str
    asked: str
    found: str
    fits: bool | None


def read_outlets(root: Path) -> dict[str, Outlet]:
    """Read the profiles.

    Raises
    ------
    PublishingError
        With everything that is wrong in the file.
    """
    import yaml

    path = root / OUTLETS
    try:
        content = yaml.safe_load(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise _refused(None, "the file is missing", "Restore it from git.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refused(None, f"it is not sound YAML ({type(error).__name__})", "Mend it.") from None
    if not isinstance(content, dict) or not content:
        raise _refused(None, "it holds no outlet", "Restore it from git.")
    problems = [problem for key, entry in content.items() for problem in _problems(str(key), entry)]
    if problems:
        raise PublishingError(problems)
    return {str(key): _outlet(str(key), entry) for key, entry in content.items()}


def _refused(value: str | None, rule: str, way_out: str) -> PublishingError:
    return PublishingError([SourceProblem(OUTLETS, None, None, value, rule, way_out)])


def _problems(key: str, entry: Any) -> Iterator[SourceProblem]:
    if not isinstance(entry, dict):
        yield SourceProblem(OUTLETS, None, key, None, "is no mapping", f"Give it {', '.join(KEYS)}.")
        return
    for missing in [name for name in KEYS if name not in entry]:
        yield SourceProblem(OUTLETS, None, key, None, f"lacks {missing}", "Write null where it is not known.")
    for name in entry:
        if name not in KEYS:
            meant = nearest(str(name), KEYS)
            way_out = f"Did you mean {meant}?" if meant else f"Known are {', '.join(KEYS)}."
            yield SourceProblem(OUTLETS, None, key, str(name), "is not known", way_out)
    for name in RANGES:
        limit = entry.get(name)
        fine = limit is None or (
            isinstance(limit, list)
            and len(limit) == 2
            and all(isinstance(end, int) and not isinstance(end, bool) for end in limit)
            and 0 <= limit[0] <= limit[1]
        )
        if not fine:
            rule = f"{name} must be [least, most] or null"
            yield SourceProblem(OUTLETS, None, key, str(limit), rule, "Write it as in [100, 150].")


def _outlet(key: str, entry: Mapping[str, Any]) -> Outlet:
    ranges = {name: (entry[name][0], entry[name][1]) if entry[name] else None for name in RANGES}
    return Outlet(
        key=key,
        name=str(entry["name"]),
        seen_on=str(entry["seen_on"]),
        verified=bool(entry["verified"]),
        words=ranges["words"],
        abstract_words=ranges["abstract_words"],
        displays=ranges["displays"],
        review=entry["review"],
        statements=tuple(entry["statements"] or ()),
        citation_style=entry["citation_style"],
    )


def measure(outlet: Outlet, workspace: Path, source: str) -> list[Measured]:
    """Hold a manuscript to an outlet's profile.

    Parameters
    ----------
    outlet
        The outlet.
    workspace
        A folder with sources and staged results, as for rendering.
    source
        The manuscript's main file.

    Returns
    -------
    list of Measured
        Words of the text without abstract, tables, figures and references; words of the abstract; displays;
        each required statement.
    """
    document = read_document(workspace, source, "docx")
    blocks = visible(json.loads(document.syntax)["blocks"], "docx")
    text, displays, headings = _counted(blocks)
    found = [
        _range("words of the text", outlet.words, text),
        _range("words of the abstract", outlet.abstract_words, len(_words(str(_abstract(document))))),
        _range("figures and tables", outlet.displays, displays),
    ]
    for statement in outlet.statements:
        made = any(all(word in heading for word in statement.lower().split()) for heading in headings)
        found.append(Measured(f"statement on {statement}", "a section", "found" if made else "missing", made))
    style = outlet.citation_style
    found.append(Measured("style of citations", style or "not known", "author and year", None))
    return found


def _abstract(document: Document) -> object:
    return document.metadata.get("abstract") or ""


def _range(what: str, limit: tuple[int, int] | None, count: int) -> Measured:
    if limit is None:
        return Measured(what, "not known", str(count), None)
    return Measured(what, f"{limit[0]} to {limit[1]}", str(count), limit[0] <= count <= limit[1])


def _counted(blocks: Sequence[Any]) -> tuple[int, int, list[str]]:
    """Return the words of running text, the number of labelled displays, and the headings in lower case."""
    displays = sum(
        identifier(node).startswith(("fig-", "tbl-"))
        for node in walk(blocks)
        if node.get("t") in ("Figure", "Table", "Div")
    )
    headings = [_text(node).lower() for node in walk(blocks) if node.get("t") == "Header"]
    return sum(len(_words(_text(block))) for block in _running(blocks)), displays, headings


def _running(blocks: Sequence[Any]) -> Iterator[Any]:
    for block in blocks:
        if block.get("t") in NOT_COUNTED:
            continue
        if block.get("t") == "Div":
            yield from _running(block["c"][1])
        else:
            yield block


def _text(node: Any) -> str:
    """Return the words of a node; citations count as one word each."""
    parts = []
    for part in walk(node):
        kind = part.get("t")
        if kind == "Str":
            parts.append(part["c"])
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            parts.append(" ")
        elif kind in ("Code", "Math"):
            parts.append(str(part["c"][-1]))
    return "".join(parts)


def _words(text: str) -> list[str]:
    return [word for word in text.split() if WORD.search(word)]
