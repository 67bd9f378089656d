"""Citations of the sources and of what they include, held to the works that may be cited."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.prose_gate import Document
from twinbenefits.publishing.prose_gate_tree import citation_keys

if TYPE_CHECKING:
    from twinbenefits.evidence.references import Columns

__all__ = ["bibliography", "citation_problems", "may_cite_wrongly", "read_references"]

TABLE = "data/literature/references.csv"
KEY = re.compile(r"@\{?([\w]+)")
COLUMNS = ("key", "cited_as", "status", "author_decision", "settled_doi")


def read_references(layout: Layout) -> Columns:
    """Return the table of references.

    The plain form is read here at once; any other is left to the evidence room, which also says what is
    wrong with it.
    """
    with (layout.root / TABLE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and all(isinstance(row.get(column), str) for row in rows for column in COLUMNS):
        return {column: [row[column].strip() for row in rows] for column in COLUMNS}
    from twinbenefits.evidence.study import Study

    return Study.open(layout.root, tables=["references"]).table("references")


def bibliography(layout: Layout, references: Columns) -> str:
    """Return the entries of the works that may be cited, as BibTeX."""
    from twinbenefits.evidence.references import citable_bibliography

    path = layout.references / "references.bib"
    text = path.read_text("utf-8-sig") if path.is_file() else ""
    return citable_bibliography(text, references, layout.shown(path))


def may_cite_wrongly(markdown: str, references: Columns) -> bool:
    """Return whether a text can hold a wrong citation, so that it is worth reading with pandoc."""
    from twinbenefits.evidence.references import citable_keys

    return bool(set(KEY.findall(markdown)) - citable_keys(references))


def citation_problems(
    documents: list[Document], references: Columns, names: Mapping[str, str]
) -> list[SourceProblem]:
    """Return every citation of a work that may not be cited.

    Parameters
    ----------
    documents
        Sources and snippets whose trees have been read.
    references
        The table of references.
    names
        For a snippet, what to call it instead of its staged file.
    """
    from twinbenefits.evidence.references import citable_keys

    citable = citable_keys(references)
    rows = {
        cells[0]: dict(zip(COLUMNS, cells, strict=True))
        for cells in zip(*(references[column] for column in COLUMNS), strict=True)
    }
    problems = []
    for document in documents:
        for key, line in _places(document):
            if key not in citable:
                rule, way_out = _refusal(key, rows)
                file = names.get(document.file, document.file)
                problems.append(SourceProblem(file, line, "citation", f"@{key}", rule, way_out))
    return problems


def _places(document: Document) -> Iterator[tuple[str, int | None]]:
    """Yield each citation key with its line; its n-th citation stands at its n-th place in the text."""
    seen: dict[str, int] = {}
    for key in citation_keys([document.front_blocks, document.blocks]):
        pattern = re.compile(rf"@\{{?{re.escape(key)}(?![\w])")
        places = [match.start() for match in pattern.finditer(document.text)]
        nth = min(seen.get(key, 0), len(places) - 1)
        seen[key] = seen.get(key, 0) + 1
        yield key, document.text.count("\n", 0, places[nth]) + 1 if places else None


def _refusal(key: str, rows: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Return rule and way out for a key that may not be cited."""
    if key not in rows:
        meant = nearest(key, rows)
        hint = f"Did you mean @{meant}? " if meant else ""
        return f"no such key stands in {TABLE}", f"{hint}A new work needs a row there and a BibTeX entry."
    row = rows[key]
    written = row["cited_as"].split(";")[0].strip()
    status = row["author_decision"] or row["status"]
    rule = f"this reference is {status}, so it has no entry in the reference list"
    way_out = (
        f'Write "{written}" [not yet identified]; or, once the authors have settled which work it is, '
        f"set author_decision and settled_doi in {TABLE}."
    )
    return rule, way_out
