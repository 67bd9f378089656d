"""Settle which work a citation of the deck means: table and bibliography change together or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twinbenefits.evidence.exchange.bibliography import Work, plain_doi, read_works
from twinbenefits.evidence.exchange.bibliography_formats import as_bibtex, bibtex_entry, latex
from twinbenefits.evidence.exchange.storing import replace_together
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist
from twinbenefits.evidence.reading import RawTable, read_table
from twinbenefits.evidence.references import Entry, citable_bibliography, read_entries
from twinbenefits.evidence.schema import TABLES

__all__ = ["Settled", "settle_reference"]

SETTLED = "settled"
CHANGES_FOLDER = ".settling"
REFERENCES, CANDIDATES, BIBLIOGRAPHY = "references", "reference_candidates", "references.bib"
NEEDED = ("key", "status", "author_decision", "settled_doi")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling a reference changed.

    Parameters
    ----------
    key, doi
        The citation and the work it means.
    title
        The work's title.
    origin
        Where the entry comes from, in words.
    files
        The files that changed; none if it was settled so before.
    """

    key: str
    doi: str
    title: str
    origin: str
    files: tuple[str, ...]

    def __str__(self) -> str:
        """Return what was done as a sentence."""
        done = f"changed {' and '.join(self.files)}" if self.files else "it was settled so before"
        return f"{self.key} means {self.title!r}, doi:{self.doi} ({self.origin}); {done}"


def settle_reference(root: Path, key: str, doi: str, bibliography: Path | None = None) -> Settled:
    """Record that a citation means the work with this DOI.

    Parameters
    ----------
    root
        The project's top folder.
    key
        The citation's key in `data/literature/references.csv`.
    doi
        The work's DOI, with or without the address of the resolver.
    bibliography
        A BibTeX, RIS or CSL-JSON file that has the work, where it is not among the candidates.

    Returns
    -------
    Settled
        What changed.

    Raises
    ------
    EvidenceError
        If the key or the work is not known, or if the two files would contradict each other afterwards.
        Nothing is changed then.
    """
    layout = Layout(root)
    tables = {name: TABLES[name].file(layout, "private") for name in (REFERENCES, CANDIDATES)}
    references = _table(layout, tables[REFERENCES], NEEDED)
    candidates = _table(layout, tables[CANDIDATES], ("key", "doi", "title"))
    plain = _checked(layout, tables[REFERENCES], references, key, doi)
    path = layout.references / BIBLIOGRAPHY
    text = _read(layout, path)
    entries = read_entries(text, layout.shown(path))
    entry, title, origin = _entry(key, plain, candidates, entries, bibliography, layout)
    table = tables[REFERENCES].read_bytes()
    contents = {
        tables[REFERENCES]: _with_decision(table, key, plain),
        path: _with_entry(text, entries, key, entry).encode("utf-8"),
    }
    _hold_together(layout, references, key, plain, contents[path].decode("utf-8"), path)
    changed = replace_together(layout.literature / CHANGES_FOLDER, contents)
    return Settled(key, plain, title, origin, tuple(sorted(layout.shown(one) for one in changed)))


def _table(layout: Layout, path: Path, columns: Sequence[str]) -> RawTable:
    table = read_table(path, layout.shown(path), columns)
    missing = [name for name in columns if name not in table.header]
    problems = table.problems or [
        Problem(layout.shown(path), 1, name, None, "the column is missing", "Restore the file with git.")
        for name in missing
    ]
    if problems:
        raise EvidenceError(problems)
    return table


def _rows(table: RawTable) -> list[dict[str, str]]:
    return [dict(zip(table.header, cells, strict=True)) for cells in zip(*table.columns, strict=True)]


def _checked(layout: Layout, path: Path, table: RawTable, key: str, doi: str) -> str:
    """Return the DOI in its plain form, in the letters it was given in."""
    shown = layout.shown(path)
    keys = table.column("key").tolist()
    if key not in keys:
        meant = nearest(key, keys)
        way_out = f"Did you mean {meant!r}?" if meant else f"The keys are {shortlist(keys, 40)}."
        raise EvidenceError(Problem(shown, None, "key", key, "no citation of the deck has this key", way_out))
    if not plain_doi(doi):
        rule = "is no DOI"
        way_out = "Write it as in 10.1017/dce.2020.16, with or without https://doi.org/ before it."
        raise EvidenceError(Problem(shown, None, "settled_doi", doi, rule, way_out))
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", doi.strip(), flags=re.IGNORECASE).rstrip(".,;")


def _read(layout: Layout, path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        rule, way_out = "the bibliography cannot be read as UTF-8", "Restore it with git."
        raise EvidenceError(Problem(layout.shown(path), None, None, None, rule, way_out)) from None


def _entry(
    key: str,
    doi: str,
    candidates: RawTable,
    entries: Sequence[Entry],
    bibliography: Path | None,
    layout: Layout,
) -> tuple[str, str, str]:
    """Return the entry for the bibliography, the work's title, and where it comes from."""
    plain = plain_doi(doi)
    kept = next((one for one in entries if one.key == key), None)
    if kept is not None and plain_doi(kept.value("doi")) == plain:
        return _confirmed(kept), kept.value("title").strip("{}"), "as the bibliography has it"
    own = [row for row in _rows(candidates) if row["key"] == key]
    found = next((row for row in own if plain in _dois(row)), None)
    if found is not None:
        return _of_candidate(key, {**found, "doi": doi}), found["title"], "from the candidates"
    if bibliography is not None:
        work = _from_file(bibliography, plain)
        return (
            as_bibtex({**work.item, "id": key, "DOI": doi, "keyword": "status-settled"}),
            work.title,
            f"from {bibliography.name}",
        )
    known = [f"{' or '.join(_dois(row))} ({row['title']})" for row in own if _dois(row)]
    guesses = f"The candidates are {shortlist(known, 6)}. " if known else ""
    way_out = f"{guesses}For another work, export it from a reference manager and name the file with --from."
    shown = layout.shown(TABLES[CANDIDATES].file(layout, "private"))
    raise EvidenceError(Problem(shown, None, "doi", doi, f"is no candidate for {key}", way_out))


def _dois(row: Row) -> list[str]:
    """Return the DOIs of a candidate, an unconfirmed one too: to settle it is to confirm it."""
    written = (row.get("doi", ""), row.get("doi_unconfirmed", ""))
    return [doi for one in written for doi in [plain_doi(one)] if doi]


def _from_file(path: Path, doi: str) -> Work:
    works, _ = read_works(path)
    found = [work for work in works if work.doi == doi]
    if found:
        return found[0]
    known = shortlist([work.doi for work in works if work.doi], 6)
    way_out = f"The file has {known or 'no DOI at all'}: export the right work, or correct the DOI."
    raise EvidenceError(Problem(path.name, None, "DOI", doi, "no entry of the file has this DOI", way_out))


def _confirmed(entry: Entry) -> str:
    """Return an entry without the marks of a guess."""
    fields = {
        name: value[1:-1] if value[:1] in ('"', "{") else value
        for name, value in entry.fields
        if name != "keywords" and not (name == "note" and value.lstrip('{"').startswith("CANDIDATE"))
    }
    return bibtex_entry(entry.key, entry.kind, {**fields, "keywords": "status-settled"})


def _of_candidate(key: str, row: Row) -> str:
    """Return an entry made from a row of the candidates."""
    people = [latex(name) for name in re.split(r";\s*", row.get("authors", "")) if name]
    people = ["others" if name.rstrip(".").lower() == "et al" else name for name in people]
    kind = row.get("type", "misc")
    container = {"article": "journal", "inproceedings": "booktitle"}.get(kind, "howpublished")
    fields = {
        "author": " and ".join(people),
        "title": f"{{{latex(row['title'])}}}",
        container: latex(row.get("container", "")),
        "year": row.get("year", ""),
        "volume": latex(row.get("volume", "")),
        "number": latex(row.get("issue", "")),
        "pages": latex(row.get("pages", "")).replace("-", "--"),
        "doi": row["doi"],
        "eprint": row.get("eprint", ""),
        "url": row.get("url", ""),
        "keywords": "status-settled",
    }
    return bibtex_entry(key, kind, fields)


def _with_decision(content: bytes, key: str, doi: str) -> bytes:
    """Return the table with one row changed; every other byte stays."""
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    lines = content.removeprefix(mark).decode("utf-8").splitlines(keepends=True)
    header = lines[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(lines, delimiter=delimiter)
    names = [name.strip() for name in next(reader)]
    begun = reader.line_num
    for cells in reader:
        row = dict(zip(names, cells, strict=False))
        if row.get("key", "").strip() == key:
            row |= {"author_decision": SETTLED, "settled_doi": doi}
            buffer = io.StringIO()
            end = "\r\n" if lines[begun].endswith("\r\n") else "\n"
            csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerow(
                [row.get(name, "") for name in names]
            )
            lines[begun : reader.line_num] = [buffer.getvalue()]
            break
        begun = reader.line_num
    return mark + "".join(lines).encode("utf-8")


def _with_entry(text: str, entries: Sequence[Entry], key: str, entry: str) -> str:
    """Return the bibliography with one entry put in place of the one of that key, or at the end."""
    kept = next((one for one in entries if one.key == key), None)
    if kept is None:
        return f"{text.rstrip()}\n\n{entry}"
    lines = text.splitlines(keepends=True)
    start = len("".join(lines[: kept.row - 1]))
    start = text.index("@", start)
    depth = 0
    for end in range(start, len(text)):
        if text[end] in "{}" and text[end - 1] != "\\":
            depth += 1 if text[end] == "{" else -1
            if depth == 0:
                return text[:start] + entry.rstrip("\n") + text[end + 1 :]
    return text  # not reached: an entry that does not close was refused when the file was read


def _hold_together(
    layout: Layout, references: RawTable, key: str, doi: str, bibliography: str, path: Path
) -> None:
    """Hold the changed bibliography to the changed table before either is written."""
    rows = _rows(references)
    for row in rows:
        if row["key"] == key:
            row |= {"author_decision": SETTLED, "settled_doi": doi}
    columns = {name: [row[name] for row in rows] for name in NEEDED}
    citable_bibliography(bibliography, columns, layout.shown(path))
