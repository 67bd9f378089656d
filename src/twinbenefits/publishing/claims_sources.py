"""Which cell of which notebook made each number, table and figure of the documents.

Generated from the provenance of the results, in the form that replication packages in economics ask for (AEA
Data Editor): one row per in-text number, table and figure with program, place in it, and output file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path

from twinbenefits.publishing.claims_known import Edition, Origin
from twinbenefits.publishing.runs import source_texts
from twinbenefits.publishing.shortcodes import find_shortcodes
from twinbenefits.publishing.stage_results import EVIDENCE_SET, Staged

__all__ = ["ResultSource", "as_csv", "as_markdown", "cell_in_words", "result_sources"]

HEAD = ("Result", "Name", "As printed", "Where", "Notebook", "Cell", "Output", "Tables")


@dataclass(frozen=True, slots=True)
class ResultSource:
    """One printed result with where it stands and where it was made.

    Parameters
    ----------
    kind
        In-text number, table or figure.
    name
        Name of the value, or id of the display.
    printed
        What readers see: the number's text, or the caption.
    places
        The sources and lines that print it.
    notebook, cell
        What made it; the cell as counted among the notebook's code cells.
    output
        The files it was written to, below the edition's results.
    tables
        The tables it was computed from.
    """

    kind: str
    name: str
    printed: str
    places: str
    notebook: str
    cell: str
    output: str
    tables: str


def result_sources(edition: Edition) -> list[ResultSource]:
    """Return every number, table and figure that a document prints, in order of kind and name.

    Parameters
    ----------
    edition
        The results of one edition.
    """
    values, displays = _printed(edition)
    staged = edition.staged
    found = [
        _row(edition, "in-text number", name, f"value {name}", edition.texts[name], places, "values.json")
        for name, places in sorted(values.items())
        if name in staged.values and name != EVIDENCE_SET
    ]
    for name, places in sorted(displays.items()):
        record = staged.displays[name]
        output = ", ".join(file for file in record["files"] if not file.startswith("snippets/"))
        part = f"{record['kind']} {name}"
        found.append(_row(edition, record["kind"], name, part, record["caption"], places, output))
    return found


def as_markdown(sources: Sequence[ResultSource]) -> str:
    """Return the list as a Markdown table."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(part.replace("|", "\\|") for part in astuple(row)) + " |" for row in sources]
    return "\n".join(lines) + "\n"


def as_csv(sources: Sequence[ResultSource]) -> str:
    """Return the list as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields(ResultSource)])
    writer.writerows(astuple(row) for row in sources)
    return out.getvalue()


def cell_in_words(root: Path, origin: Origin) -> str:
    """Return which code cell of the notebook as it stands now made a result, by the hash of its code."""
    digest, label = origin.cell.get("code_hash"), origin.cell.get("label")
    notebook = root / "notebooks" / f"{origin.notebook}.ipynb"
    changed = notebook.stat().st_mtime_ns if notebook.is_file() else 0
    number = _cells(notebook, changed).get(str(digest))
    if number is None:
        return "a cell that has changed since"
    return f"code cell {number}" + (f" ({label})" if label else "")


@lru_cache(maxsize=32)
def _cells(notebook: Path, changed: int) -> dict[str, int]:  # noqa: ARG001 - `changed` tells versions apart
    """Return the hash of each code cell's source and its number among the code cells."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return {hashlib.sha256(source.encode()).hexdigest(): number for number, source in enumerate(code, 1)}


def _printed(edition: Edition) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the values and displays that sources name, each with the places."""
    files = _display_of_file(edition.staged)
    values: dict[str, list[str]] = {}
    displays: dict[str, list[str]] = {}
    for source in source_texts(edition.layout, edition.sources):
        for code in find_shortcodes(source.text):
            place, named = f"{source.written_in}:{code.line}", code.arguments[0] if code.arguments else ""
            if code.name == "var":
                values.setdefault(named, []).append(place)
            elif code.name == "include" and named.rpartition("/")[2] in files:
                displays.setdefault(files[named.rpartition("/")[2]], []).append(place)
    for name, places in displays.items():
        for value in edition.staged.displays[name]["values"]:
            values.setdefault(value, []).extend(f"{place} ({name})" for place in places)
    return values, displays


def _display_of_file(staged: Staged) -> dict[str, str]:
    return {Path(file).name: name for name, record in staged.displays.items() for file in record["files"]}


def _row(
    edition: Edition, kind: str, name: str, part: str, printed: str, places: Sequence[str], output: str
) -> ResultSource:
    origin = edition.origins.get(part)
    if origin is None:
        return ResultSource(kind, name, printed, "; ".join(places), "", "", output, "")
    files = ", ".join(f"{origin.folder}/{file}" for file in output.split(", "))
    cell, tables = cell_in_words(edition.layout.root, origin), ", ".join(origin.inputs)
    return ResultSource(
        kind,
        name,
        printed,
        "; ".join(dict.fromkeys(places)),
        f"notebooks/{origin.notebook}.ipynb",
        cell,
        files,
        tables,
    )
