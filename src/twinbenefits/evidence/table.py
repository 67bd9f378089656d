"""What a table of the evidence says about itself: its file, its key and what must stand in other tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from twinbenefits.evidence.layout import Layout

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = ["CASE_GROUPS", "CODE", "LICENCE", "Group", "Reference", "Table", "models"]

Group = Literal["literature", "study", "case", "workshop"]

CASE_GROUPS: frozenset[str] = frozenset({"case", "workshop"})
"""Groups whose rows come from companies: real in `data/private`, synthetic in `data/demo`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose words must stand in a column of another table.

    Parameters
    ----------
    column
        The referring column.
    targets
        Pairs of table and column; a word must stand in one of them.
    separator
        What parts the items of a cell that lists several.
    also
        Words that may stand here without a target.
    when
        A pair of column and word: the reference is asked only of rows that have this word there.
    """

    column: str
    targets: tuple[tuple[str, str], ...]
    separator: str = ""
    also: tuple[str, ...] = ()
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the evidence.

    Parameters
    ----------
    name
        What the table is called everywhere.
    path
        Its file: under `data/` for the literature and the study, under the folder of the chosen
        evidence for case and workshop tables.
    title, description
        For the data dictionary.
    group
        Which rows it holds: from the literature, the study's instruments, cases, workshops.
    licence
        SPDX name of the licence of its rows.
    key
        The columns that together name a row.
    references
        What must stand in other tables.
    column_per
        Name of a table; for each of its keys this table has one more text column (for instance one
        column per vertical), so that the columns are the study's and not the program's.
    may_be_empty
        Whether a header without rows is fine.
    """

    name: str
    path: str
    title: str
    description: str
    group: Group
    licence: str
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    column_per: str = ""
    may_be_empty: bool = False

    @property
    def model(self) -> type[pa.DataFrameModel]:
        """The pandera model of the table's columns."""
        return models()[self.name]

    @property
    def holds_case_evidence(self) -> bool:
        """Whether the rows come from companies or their people."""
        return self.group in CASE_GROUPS

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The other tables that are needed to check this one."""
        names = [target for reference in self.references for target, _ in reference.targets]
        return tuple(dict.fromkeys(name for name in [*names, self.column_per] if name and name != self.name))

    def file(self, layout: Layout, evidence: str) -> Path:
        """Return where the table's file stands."""
        if not self.holds_case_evidence:
            return layout.data / self.path
        return layout.cases(evidence) / self.path


def models() -> Mapping[str, type[pa.DataFrameModel]]:
    """Return the pandera model of every table by the table's name."""
    from twinbenefits.evidence import (
        schema_case,
        schema_confidence,
        schema_literature,
        schema_study,
        schema_workshop,
    )

    rooms = (schema_literature, schema_study, schema_case, schema_confidence, schema_workshop)
    return MappingProxyType({name: model for room in rooms for name, model in room.MODELS.items()})


CODE = (("codebook", "id"),)
"""Where a code stands."""

LICENCE = "CC-BY-4.0"
"""Licence of every committed row."""
