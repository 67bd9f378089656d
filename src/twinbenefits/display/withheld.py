"""How withheld cells and the four states look, in every table and figure alike."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from twinbenefits.display.style import Mark
from twinbenefits.evidence.release import Released

__all__ = [
    "EMPTY",
    "STATE_MARKS",
    "UNTOLD",
    "WITHHELD",
    "number_text",
    "row_or_withheld",
    "why_withheld",
    "withheld_rows",
]

EMPTY = "\N{EN DASH}"
WITHHELD = "withheld"
UNTOLD = "cannot be told"

STATE_MARKS: Mapping[str, Mark] = {
    "observed or measured": Mark("observed or measured", "#0072B2", "", "o"),
    "mentioned": Mark("mentioned", "#56B4E9", "", "o"),
    "expected only": Mark("expected only", "#B9DDF1", "////", "s"),
    "asked and absent": Mark("asked and absent", "#FFFFFF", "", "_"),
    "not asked": Mark("not asked", "#FFFFFF", "....", "."),
    UNTOLD: Mark("cannot be told", "#F3E3C3", "", "$?$"),
    WITHHELD: Mark("withheld", "#D9D9D9", "xxxx", "x"),
}
"""The look of a cell by its state: fill and hatch together, so that colour is never alone."""

_LEVEL = re.compile(r"\s*\((?:consent )?level \d+\)")
_FEWER = re.compile(r"fewer than \d+")
_DAY = re.compile(r"\s*(?:until|on) \d{4}-\d{2}-\d{2}")


def why_withheld(released: Released) -> str:
    """Return a sentence on what is withheld and why, without numbers; empty where nothing is.

    Parameters
    ----------
    released
        Any released result over case evidence.
    """
    table = released.table
    reasons = [str(reason) for reason in table[WITHHELD].unique() if reason] if WITHHELD in table else []
    words = dict.fromkeys(_plain(reason) for reason in sorted(reasons))
    return f"Withheld from these readers, with the reason: {'; '.join(words)}." if words else ""


def withheld_rows(table: pd.DataFrame) -> dict[str, int]:
    """Return how many rows are withheld for each reason, most frequent first."""
    reasons = table.loc[table[WITHHELD] != "", WITHHELD] if WITHHELD in table else pd.Series(dtype=object)
    return {str(reason): int(count) for reason, count in reasons.value_counts().items()}


def row_or_withheld(
    row: Mapping[Any, Any], names: Mapping[str, str], cells: Mapping[str, str], reason_in: str = ""
) -> dict[str, str]:
    """Return a line of a table: its names and cells, or its names and the reason why the rest is withheld.

    Parameters
    ----------
    row
        A released row.
    names, cells
        Column headings to what stands there; `cells` are left out where the row is withheld, and the reason
        stands in the first of them.
    reason_in
        The heading under which the reason stands instead: a column wide enough for a sentence.
    """
    if not row.get(WITHHELD):
        return {**names, **cells}
    told, line = f"*withheld: {row[WITHHELD]}*", {**names, **dict.fromkeys(cells, "*withheld*")}
    place = reason_in or next(iter(cells))
    return {**line, place: f"{names[place]} {told}".strip() if place in names else told}


def number_text(value: Any, form: str = "d") -> str:
    """Return a number as text, a dash where there is none.

    Examples
    --------
    >>> number_text(-0.001, ".2f"), number_text(float("nan")) == EMPTY, number_text(3.0)
    ('0.00', True, '3')
    """
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return EMPTY
    return format(int(value), form) if form == "d" else format(float(value), f"z{form}")


def closing_rows(counts: Mapping[str, int], columns: Iterable[str], what: str) -> list[dict[str, str]]:
    """Return one line per reason with how many further rows are withheld for it.

    Parameters
    ----------
    counts
        Reason to number of rows.
    columns
        Headings of the table; the line stands in the first two.
    what
        What a row is, in the plural that ends with an s.
    """
    first, second, *others = columns
    return [
        {first: "*withheld*", second: f"*{_counted(count, what)}: {reason}*", **dict.fromkeys(others, "")}
        for reason, count in counts.items()
    ]


def _counted(count: int, what: str) -> str:
    return f"{count} further {what if count != 1 else what.removesuffix('s')}"


def _plain(reason: str) -> str:
    return _DAY.sub("", _FEWER.sub("too few", _LEVEL.sub("", reason)))
