"""Tables longer than anybody reads: documents show their first rows, and the file has all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_ROWS", "rows_shown"]

MOST_ROWS = 250
"""More than 200 codes need, with a line for each: five companies, 20,000 segments have no longer table."""


def rows_shown(frame: pd.DataFrame, file: str, most: int = MOST_ROWS) -> tuple[pd.DataFrame, str]:
    """Return the rows that documents show, the first ones, and the words below them that say so.

    Parameters
    ----------
    frame
        All rows.
    file
        The name of the file that has all of them.
    most
        How many documents show.

    Examples
    --------
    >>> import pandas as pd
    >>> shown, words = rows_shown(pd.DataFrame({"code": ["B1", "B2", "B3"]}), "D01.csv", most=2)
    >>> shown["code"].tolist(), words
    (['B1', 'B2'], 'The first 2 of 3 rows; all of them are in `D01.csv`.')
    >>> rows_shown(shown, "D01.csv", most=2)[1]
    ''
    """
    if len(frame) <= most:
        return frame, ""
    return frame.iloc[:most], f"The first {most:,} of {len(frame):,} rows; all of them are in `{file}`."
