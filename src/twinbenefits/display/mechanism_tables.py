"""How each benefit was reached: mechanisms against benefits, with cases, segments and quotes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY
from twinbenefits.evidence.release import Released

__all__ = ["mechanism_by_benefit"]

_MOST_QUOTES = 3


def mechanism_by_benefit(
    released: Released, names: Mapping[str, str], quotes: Mapping[str, str], *, most: int = _MOST_QUOTES
) -> pd.DataFrame:
    """Return a line per mechanism and a column per benefit; where benefits are many, the other way round.

    A cell says in how many cases and segments the two were tied together, with the numbers of quotes in the
    table of evidence; a dash where nobody told of it.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.mechanisms.mechanism_by_benefit`.
    names
        Code to its name.
    quotes
        Segment to the number of its quote.
    most
        How many quotes are named.
    """
    table = released.table
    mechanisms = [str(code) for code in dict.fromkeys(table["mechanism"])]
    benefits = [str(code) for code in dict.fromkeys(table["benefit"])]
    cells = {(str(row["mechanism"]), str(row["benefit"])): row for row in table.to_dict("records")}
    wide = len(benefits) > len(mechanisms)
    lines, across = (benefits, mechanisms) if wide else (mechanisms, benefits)
    heads = [code if wide else f"{names.get(code, '')} ({code})".strip() for code in across]
    rows = []
    for line in lines:
        row = {"": f"{names.get(line, '')} ({line})".strip()}
        for head, other in zip(heads, across, strict=True):
            pair = (other, line) if wide else (line, other)
            row[head] = _cell(cells.get(pair, {}), quotes, most, short=wide)
        rows.append(row)
    first = "Benefit" if wide else "Mechanism"
    columns = [first, *heads]
    frame = pd.DataFrame([{first: row.pop(""), **row} for row in rows], columns=columns)
    return frame if len(frame) else pd.DataFrame([dict.fromkeys(columns, EMPTY)])


def _cell(row: Mapping[Any, Any], quotes: Mapping[str, str], most: int, *, short: bool) -> str:
    if not row:
        return EMPTY
    if row["withheld"]:
        return "*withheld*"
    segments, cases = int(row["segments"]), int(row["cases"])
    if segments == 0:
        return EMPTY
    if short:
        return f"{cases} ({segments})"
    ids = [quotes[one] for one in str(row["ids"]).split(";") if one in quotes]
    ids.sort(key=lambda one: int(one[1:]))
    named = f"; {', '.join(ids[:most])}{', …' if len(ids) > most else ''}" if ids else ""
    return f"{_counted(cases, 'case')}, {_counted(segments, 'segment')}{named}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
