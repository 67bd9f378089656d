"""Tables of what the study claims and which literature it names for it."""

from collections.abc import Iterable

import pandas as pd

from twinbenefits.display.mention import mention_text
from twinbenefits.evidence.release import Released

__all__ = ["benefits_by_literature", "characteristics_by_literature"]

NONE_OF_ITS_OWN = "none of its own"


def characteristics_by_literature(released: Released, *, cite: bool = True) -> pd.DataFrame:
    """Return the characteristics with their descriptions and references, as the deck has them.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.literature.characteristics_by_literature`.
    cite
        Whether identified works are printed as citations; see `twinbenefits.display.mention.mention_text`.

    Returns
    -------
    pandas.DataFrame
        One row of text per characteristic.
    """
    return pd.DataFrame(
        [
            {
                "Characteristic": claim["category"],
                "Description": claim["description"],
                "References (e.g.)": _references(rows, cite),
            }
            for claim, rows in _by_claim(released.table)
        ],
        columns=["Characteristic", "Description", "References (e.g.)"],
    )


def benefits_by_literature(released: Released, *, cite: bool = True) -> pd.DataFrame:
    """Return the benefit rows as written, the sub-benefits read from them, and their own references.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.literature.benefits_by_literature`.
    cite
        Whether identified works are printed as citations.

    Returns
    -------
    pandas.DataFrame
        One row of text per benefit row, and per passage outside the table that names a sub-benefit.
    """
    seen: set[str] = set()
    lines = []
    for claim, rows in _by_claim(released.table):
        first = claim["code"] not in seen
        seen.add(claim["code"])
        head = f"{claim['row_id']} {claim['category']}" if first else claim["row_id"]
        lines.append(
            {
                "Category": head if claim["in_table"] else "named outside the table",
                "Description": claim["description"],
                "Benefits": claim["benefit"],
                "Sub-benefits (our reading)": "; ".join(claim["sub_benefits"].split("\n")),
                "References (e.g.)": _references(rows, cite),
            }
        )
    columns = ["Category", "Description", "Benefits", "Sub-benefits (our reading)", "References (e.g.)"]
    return pd.DataFrame(lines, columns=columns)


def _by_claim(table: pd.DataFrame) -> Iterable[tuple[pd.Series, pd.DataFrame]]:
    for _, rows in table.groupby(["table", "row_id"], sort=False):
        yield rows.iloc[0], rows


def _references(rows: pd.DataFrame, cite: bool) -> str:
    own = rows[rows["support"] == "own"]
    printed = [
        mention_text(as_written, key, status, cite=cite)
        for as_written, key, status in zip(own["as_written"], own["key"], own["status"], strict=True)
    ]
    return "; ".join(printed) or NONE_OF_ITS_OWN
