"""Which works may be cited, and the bibliography that holds only those.

A reference reaches a reference list when its metadata were verified, or when the authors settled by DOI
which work they mean. Everything else is printed as the deck has it, without an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd

    Columns = pd.DataFrame | Mapping[str, Iterable[str]]

NOT_FOR_READERS = ("keywords",)
"""Fields of an entry that only serve the bookkeeping of this project."""

_START = re.compile(r"@(\w+)\s*\{", re.ASCII)
_NAME = re.compile(r"\s*,?\s*([A-Za-z][\w-]*)\s*=\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a BibTeX file.

    Parameters
    ----------
    key
        The citation key.
    kind
        `article`, `book` and the like.
    fields
        Pairs of name and value, the value with its braces or quotation marks.
    row
        The line on which the entry starts.
    """

    key: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    row: int

    def value(self, name: str) -> str:
        """Return a field without its braces or quotation marks, or an empty string."""
        found = next((value for field, value in self.fields if field == name), "")
        return found[1:-1].strip() if found[:1] in ('"', "{") else found

    def __str__(self) -> str:
        """Return the entry as BibTeX, one field per line."""
        lines = [f"  {name} = {value}" for name, value in self.fields]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def citable_keys(references: Columns) -> frozenset[str]:
    """Return the keys that may be cited with an entry in the reference list.

    Parameters
    ----------
    references
        The table of references, as a frame or as columns of text by name.

    Returns
    -------
    frozenset
        Keys that the authors settled with a DOI, and verified ones that they did not drop.
    """
    columns = (references[name] for name in ("key", "status", "author_decision", "settled_doi"))
    return frozenset(
        key
        for key, status, decision, doi in zip(*columns, strict=True)
        if (decision == "settled" and doi) or (status == "verified" and not decision)
    )


def citable_bibliography(bibliography: str, references: Columns, shown: str) -> str:
    """Return the entries of a BibTeX file that may be cited, in its order.

    Parameters
    ----------
    bibliography
        The text of the BibTeX file.
    references
        The table of references.
    shown
        The file's name in messages.

    Raises
    ------
    EvidenceError
        If an entry cannot be read, stands there twice or has no row in the table, if a key that may be
        cited has no entry, or if the entry of a settled reference has another DOI than the authors gave.
    """
    problems: list[Problem] = []
    entries = list(_entries(bibliography, shown, problems))
    citable = citable_keys(references)
    dois = dict(zip(references["key"], references["settled_doi"], strict=True))
    problems += _misplaced(entries, list(references["key"]), shown)
    problems += _unsettled(entries, citable, dois, shown)
    if problems:
        raise EvidenceError(problems)
    return "\n".join(str(_for_readers(entry, dois[entry.key])) for entry in entries if entry.key in citable)


def write_bibliography(layout: Layout, references: Columns, into: Path) -> bool:
    """Write the entries of `references/references.bib` that may be cited; return whether the file changed.

    Raises
    ------
    EvidenceError
        If the bibliography is missing, or for the reasons given in `citable_bibliography`.
    """
    path = layout.references / "references.bib"
    shown = layout.shown(path)
    try:
        bibliography = path.read_text("utf-8-sig")
    except FileNotFoundError:
        problem = Problem(shown, None, None, None, "the file is missing", "Restore it with git.")
        raise EvidenceError(problem) from None
    except UnicodeDecodeError:
        problem = Problem(shown, None, None, None, "the bytes are not UTF-8", "Save the file again as UTF-8.")
        raise EvidenceError(problem) from None
    return write_if_changed(into, citable_bibliography(bibliography, references, shown))


def read_entries(bibliography: str, shown: str) -> list[Entry]:
    """Return the entries of a BibTeX file.

    Raises
    ------
    EvidenceError
        If an entry cannot be read.
    """
    problems: list[Problem] = []
    entries = list(_entries(bibliography, shown, problems))
    if problems:
        raise EvidenceError(problems)
    return entries


def _entries(text: str, shown: str, problems: list[Problem]) -> Iterator[Entry]:
    """Yield the entries; text between them is a comment, as in BibTeX."""
    position = 0
    text = re.sub(r"(?m)^[ \t]*%.*$", "", text)
    while start := _START.search(text, position):
        row = text.count("\n", 0, start.start()) + 1
        end = _closing(text, start.end() - 1)
        if end is None:
            rule, way_out = "the entry's braces do not close", "Add the missing brace."
            problems.append(Problem(shown, row, None, text[start.start() :].split("\n")[0], rule, way_out))
            return
        position = end + 1
        if start[1].lower() not in ("comment", "preamble", "string"):
            key, _, body = text[start.end() : end].partition(",")
            try:
                fields = tuple(_fields(body))
            except ValueError as rest:
                rule, way_out = "the entry cannot be read from here on", "Write each field as name = {value},"
                problems.append(Problem(shown, row, None, str(rest), rule, way_out))
                continue
            if fields and re.fullmatch(r"\s*[\w:.-]+\s*", key):
                yield Entry(key.strip(), start[1].lower(), fields, row)
            else:
                rule, way_out = (
                    "the entry has no key or no field",
                    "Write it as @article{Key2020, title = {…}}.",
                )
                problems.append(Problem(shown, row, None, key.strip(), rule, way_out))


def _fields(body: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of an entry as pairs of name and value; raise ValueError at what is no field."""
    position = 0
    while name := _NAME.match(body, position):
        start = name.end()
        if body[start : start + 1] == "{":
            end = (_closing(body, start) or len(body)) + 1
        elif body[start : start + 1] == '"':
            end = _closing_mark(body, start) + 1
        else:
            end = start + len(re.match(r"[^,]*", body[start:])[0].rstrip())  # type: ignore[index]
        yield name[1].lower(), body[start:end]
        position = end
    rest = body[position:].strip(" \t\n,")
    if rest:
        raise ValueError(rest.split("\n")[0])


def _closing(text: str, start: int) -> int | None:
    """Return where the brace opened at `start` closes."""
    depth = 0
    for position in range(start, len(text)):
        if text[position] in "{}" and text[position - 1] != "\\":
            depth += 1 if text[position] == "{" else -1
            if depth == 0:
                return position
    return None


def _closing_mark(text: str, start: int) -> int:
    """Return where the quotation mark opened at `start` closes; one inside braces does not."""
    depth = 0
    for position in range(start + 1, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if text[position] == '"' and depth == 0:
            return position
    return len(text)


def _misplaced(entries: list[Entry], keys: list[str], shown: str) -> list[Problem]:
    """Return entries that stand there twice or that the table of references does not know."""
    problems = []
    first: dict[str, int] = {}
    for entry in entries:
        if entry.key in first:
            rule = f"the entry stands there twice, first on line {first[entry.key]}"
            problems.append(Problem(shown, entry.row, None, entry.key, rule, "Delete one of them."))
        elif entry.key not in keys:
            meant = nearest(entry.key, keys)
            rule = "the entry has no row in data/literature/references.csv, so its status is not known"
            way_out = f"Did you mean {meant!r}? Otherwise add a row." if meant else "Add a row."
            problems.append(Problem(shown, entry.row, None, entry.key, rule, way_out))
        first.setdefault(entry.key, entry.row)
    return problems


def _unsettled(
    entries: list[Entry], citable: frozenset[str], dois: dict[str, str], shown: str
) -> list[Problem]:
    """Return keys that may be cited but whose entry is missing or describes another work."""
    by_key = {entry.key: entry for entry in entries}
    problems = []
    for key in sorted(citable):
        if key not in by_key:
            rule = "the reference may be cited and has no entry"
            problems.append(Problem(shown, None, None, key, rule, f"Add an entry with the key {key}."))
        elif dois[key] and by_key[key].value("doi").casefold() != dois[key].casefold():
            rule = f"the authors settled {key} as {dois[key]}, and the entry has another DOI or none"
            way_out = "Replace the entry by the one of the work that the authors mean."
            problems.append(Problem(shown, by_key[key].row, "doi", by_key[key].value("doi"), rule, way_out))
    return problems


def _for_readers(entry: Entry, settled_doi: str) -> Entry:
    """Return the entry without bookkeeping; once settled, a candidate is a candidate no longer."""

    def kept(name: str, value: str) -> bool:
        guess = name == "note" and value.lstrip('{"').startswith("CANDIDATE")
        return name not in NOT_FOR_READERS and not (settled_doi and guess)

    fields = tuple((name, value) for name, value in entry.fields if kept(name, value))
    return Entry(entry.key, entry.kind, fields, entry.row)
