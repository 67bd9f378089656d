"""The tables as they stand before an import: as text, and the codebook by which codes are known."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.project import SYNTHETIC
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.reading import RawTable, read_table
from twinbenefits.evidence.schema import TABLES

__all__ = ["EVIDENCE", "Existing", "PlannedLayout", "bytes_of_table", "read_existing"]

EVIDENCE = "private"


@dataclass(frozen=True, slots=True)
class Existing:
    """The tables before an import.

    Parameters
    ----------
    tables
        Every table of case evidence as text, with all its columns but `synthetic`; empty if there is no file.
    codebook
        The codebook as text.
    texts
        The texts that are kept beside the tables, by source.
    """

    tables: Mapping[str, pd.DataFrame]
    codebook: pd.DataFrame
    texts: Mapping[str, str] = field(default_factory=dict)


class PlannedLayout(Layout):
    """A project whose private tables stand elsewhere, so that they can be checked before they are written."""

    __slots__ = ("_folder",)

    def __init__(self, layout: Layout, folder: Path) -> None:
        super().__init__(layout.root)
        object.__setattr__(self, "_folder", folder)

    @property
    def private(self) -> Path:
        """The folder of the planned tables."""
        folder: Path = object.__getattribute__(self, "_folder")
        return folder

    def shown(self, path: Path) -> str:
        """Return a planned file as the one it will be."""
        if path.is_relative_to(self.private):
            path = self.data / "private" / path.relative_to(self.private)
        return Layout(self.root).shown(path)


def read_existing(layout: Layout) -> Existing:
    """Return the private tables and the codebook.

    Raises
    ------
    EvidenceError
        If one of them cannot be read.
    """
    problems: list[Problem] = []
    tables = {}
    for name, columns in own_columns().items():
        path = TABLES[name].file(layout, EVIDENCE)
        if not path.exists():
            tables[name] = pd.DataFrame(columns=[*columns], dtype="str")
            continue
        raw = read_table(path, layout.shown(path), [*columns, SYNTHETIC])
        tables[name] = _frame(raw, columns)
        problems += raw.problems
    path = TABLES["codebook"].file(layout, EVIDENCE)
    raw = read_table(path, layout.shown(path), ["id", "label"])
    problems += raw.problems
    if problems:
        raise EvidenceError(problems)
    folder = layout.private / "sources"
    texts = {file.stem: file.read_text("utf-8", "replace") for file in sorted(folder.glob("*.txt"))}
    codebook = pd.DataFrame({name: raw.column(name).tolist() for name in raw.header}, dtype="str")
    return Existing(tables, codebook, texts)


def _frame(raw: RawTable, columns: Mapping[str, object]) -> pd.DataFrame:
    """Return a table's cells with all its columns; a column that is missing is empty."""
    blank = [""] * len(raw.rows)
    cells = {name: raw.column(name).tolist() if name in raw.header else blank for name in columns}
    return pd.DataFrame(cells, dtype="str")


def bytes_of_table(name: str, frame: pd.DataFrame) -> bytes:
    """Return a table as the CSV file it will be, every row marked as real."""
    columns = [*own_columns()[name]]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*columns, SYNTHETIC])
    lists = [frame[column].tolist() for column in columns]
    writer.writerows([*cells, "false"] for cells in zip(*lists, strict=True))
    return buffer.getvalue().encode("utf-8")
