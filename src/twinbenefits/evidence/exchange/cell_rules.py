"""What may stand in a cell of one of the study's own columns, and how it is brought into the tables' form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from twinbenefits.evidence.converting import UnreadableError, as_decimal, as_whole, as_yes_no
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.evidence.schema import TABLES

__all__ = ["Rule", "brought_into_form", "day_of", "own_columns"]

WHOLE, DECIMAL, DAY, YES_NO, TEXT = "whole", "decimal", "day", "yes or no", "text"
KINDS: Mapping[str, str] = {
    "Int64": WHOLE,
    "Float64": DECIMAL,
    "datetime64[ns]": DAY,
    "boolean": YES_NO,
}

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_CLOCK = re.compile(
    r"[T ]+\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a column holds.

    Parameters
    ----------
    kind
        `whole`, `decimal`, `day`, `yes or no`, or `text`.
    allowed
        The only words that may stand there, if there are such.
    minimum, maximum
        Bounds of a number.
    """

    kind: str = TEXT
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@cache
def own_columns() -> Mapping[str, Mapping[str, Rule]]:
    """Return the rule of each column of each table that holds case evidence, by table and column."""
    return {
        name: {
            str(column): _rule(described)
            for column, described in table.model.to_schema().columns.items()
            if column != "synthetic"
        }
        for name, table in TABLES.items()
        if table.holds_case_evidence
    }


def _rule(column: Any) -> Rule:
    bounds: dict[str, Any] = {}
    for check in column.checks:
        bounds |= check.statistics or {}
    kind = KINDS.get(str(column.dtype), TEXT)
    number = kind in (WHOLE, DECIMAL)
    return Rule(
        kind=kind,
        allowed=tuple((column.metadata or {}).get("allowed", ())),
        minimum=bounds.get("min_value") if number else None,
        maximum=bounds.get("max_value") if number else None,
    )


def brought_into_form(cell: str, rule: Rule, *, decimal_comma: bool = False) -> tuple[str, str]:
    """Return a cell in the form of the tables, and what was done to it in words (empty for nothing).

    Parameters
    ----------
    cell
        The cell as written, not empty.
    rule
        What the column holds.
    decimal_comma
        Whether a comma is known to part the decimals in this file.

    Raises
    ------
    UnreadableError
        With the rule that the cell breaks and a way out.

    Examples
    --------
    >>> brought_into_form("5.3.2026", Rule("day"))
    ('2026-03-05', 'a day written the Finnish way was read as day.month.year')
    """
    if rule.kind == DAY:
        return day_of(cell)
    if rule.kind in (WHOLE, DECIMAL):
        return _number(cell, rule, decimal_comma=decimal_comma)
    if rule.kind == YES_NO:
        return ("true" if as_yes_no(cell, decimal_comma) else "false"), ""
    if rule.allowed and cell not in rule.allowed:
        return _word(cell, rule.allowed)
    return cell, ""


def day_of(cell: str) -> tuple[str, str]:
    """Return a day by ISO, and what was done in words.

    Days and moments by ISO, days written the Finnish way (5.3.2026) and days with slashes of which only
    one reading is a day are understood; a time of day is left off.

    Raises
    ------
    UnreadableError
        If the cell is no day, or can be two.
    """
    plain = _CLOCK.sub("", cell.strip())
    done = "" if plain == cell.strip() else "the time of day was left off"
    try:
        if found := _ISO.fullmatch(plain):
            year, month, day = (int(part) for part in found.groups())
            return date(year, month, day).isoformat(), done
        if found := _DOTTED.fullmatch(plain):
            day, month, year = (int(part) for part in found.groups())
            read = date(year, month, day).isoformat()
            return read, "a day written the Finnish way was read as day.month.year"
        if found := _SLASHED.fullmatch(plain):
            return _slashed(*(int(part) for part in found.groups()))
    except UnreadableError:
        raise
    except ValueError:
        pass
    raise UnreadableError(
        "must be a day written YYYY-MM-DD", "Write the year, month and day as numbers, as in 2026-11-01."
    )


def _slashed(first: int, second: int, year: int) -> tuple[str, str]:
    """Return the one day that a date with slashes can be."""
    if first <= 12 and second <= 12 and first != second:
        either, other = date(year, second, first).isoformat(), date(year, first, second).isoformat()
        raise UnreadableError("can be read as two days", f"Write {either} or {other}.")
    day, month = (first, second) if second <= 12 else (second, first)
    return date(
        year, month, day
    ).isoformat(), "a day written with slashes has one reading only, which was taken"


def _number(cell: str, rule: Rule, *, decimal_comma: bool) -> tuple[str, str]:
    if rule.kind == WHOLE:
        try:
            value: float = as_whole(cell, decimal_comma)
        except UnreadableError:
            value = as_decimal(cell, decimal_comma)
            if not float(value).is_integer():
                raise
            value = int(value)
    else:
        value = as_decimal(cell, decimal_comma)
    if rule.minimum is not None and value < rule.minimum:
        raise UnreadableError(f"must be at least {rule.minimum:g}", "Correct the number.")
    if rule.maximum is not None and value > rule.maximum:
        raise UnreadableError(f"must be at most {rule.maximum:g}", "Correct the number.")
    written = f"{value:.15g}"
    return written, "" if written == cell else "a number was written as the tables have it"


def _word(cell: str, allowed: tuple[str, ...]) -> tuple[str, str]:
    """Return the allowed word that is meant: the same but for capitals and blanks."""
    plain = re.sub(r"[\s_-]+", "_", cell.strip()).casefold()
    for word in allowed:
        if word.casefold() == plain:
            return word, "a word was brought into the spelling of the tables"
    meant = nearest(cell, allowed)
    hint = f"Did you mean {meant!r}?" if meant else "Write one of these words."
    raise UnreadableError(f"must be one of {shortlist(allowed, 30)}", hint)
