"""The form of a rule that holds between tables, and what its checks share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.evidence.words import Words

__all__ = ["Finding", "Row", "Rule", "Tables", "findings"]

Row = Mapping[str, Any]


def _no_text(source: str) -> str | None:  # noqa: ARG001 - stands in where no texts are kept
    return None


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables by name and the texts of the sources.

    Parameters
    ----------
    frames
        The tables; the index of each is the row a spreadsheet shows.
    text_of
        From the code of a source to its text, or None where no text is kept.
    kept
        The words of text columns that were looked at already.
    """

    frames: Mapping[str, pd.DataFrame]
    text_of: Callable[[str], str | None] = _no_text
    kept: MutableMapping[tuple[str, str], Words] = field(default_factory=dict)

    def words(self, table: str, column: str) -> Words:
        """Return the words of a column."""
        if (table, column) not in self.kept:
            self.kept[table, column] = Words.of(self.frames[table][column])
        return self.kept[table, column]

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table."""
        return self.frames[name]


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of a table that breaks a rule.

    Parameters
    ----------
    row
        The row as a spreadsheet shows it.
    column, value, rule, way_out
        As in a problem.
    """

    row: int
    column: str
    value: str
    rule: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between rows or tables.

    Parameters
    ----------
    table
        The table whose rows are judged.
    needs
        The tables and columns that are looked at.
    check
        From the tables to what breaks the rule. Cells that are missing or name nothing that exists are
        left alone: other checks tell of them.
    """

    table: str
    needs: Mapping[str, Sequence[str]]
    check: Callable[[Tables], list[Finding]]

    @property
    def says(self) -> str:
        """The rule in a sentence: the first line of what its check says of itself."""
        if not isinstance(self.check, partial):
            return str(self.check.__doc__).splitlines()[0]
        table, column, named = map(str, self.check.args)
        words = str(self.check.func.__doc__).splitlines()[0]
        return words.format(table, f"`{column}`", named.replace("_", " "))


def findings(
    frame: pd.DataFrame,
    broken: pd.Series | npt.NDArray[np.bool_],
    column: str,
    rule: str | Callable[[Row], str],
    way_out: str | Callable[[Row], str],
) -> list[Finding]:
    """Return one finding per row of `frame` for which `broken` is true.

    Parameters
    ----------
    frame
        The table.
    broken
        A truth value per row; a missing one counts as no.
    column
        The column that is named.
    rule, way_out
        Words, or a function from the row to words.
    """
    if isinstance(broken, pd.Series):
        broken = broken.fillna(False).to_numpy(dtype=bool)
    if not broken.any():
        return []
    hit = frame[broken]
    rows: list[Row] = hit.to_dict("records")  # type: ignore[assignment]
    return [
        Finding(
            int(place),
            column,
            _cell(row[column]),
            rule if isinstance(rule, str) else rule(row),
            way_out if isinstance(way_out, str) else way_out(row),
        )
        for place, row in zip(hit.index.tolist(), rows, strict=True)
    ]


def _cell(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return str(value) if isinstance(value, str) or pd.notna(value) else ""  # type: ignore[call-overload]
