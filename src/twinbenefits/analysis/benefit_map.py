"""Which sub-benefits the study names, under which category, and on what kind of support."""

import pandas as pd

from twinbenefits.analysis.literature import EXAMPLES_ONLY
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["benefit_map"]


def benefit_map(
    benefits: pd.DataFrame, benefit_codes: pd.DataFrame, codebook: pd.DataFrame, mentions: pd.DataFrame
) -> Result:
    """Group the sub-benefits by category and say whether the row they are read from names a reference.

    The category is the code's own, which can differ from that of the row: a passage about training may stand
    among the rows on sustainability.

    Parameters
    ----------
    benefits, benefit_codes, codebook, mentions
        The tables of that name.

    Returns
    -------
    Result
        One row per sub-benefit: ``category_code, category, code, label, row_id, support``; support is *own*
        (the row names references), *none* (it names none) or *outside* (not read from the benefits table).
        Scalars: how many sub-benefits have each kind of support, and ``moved`` for those whose row stands
        under another category.
    """
    book = codebook.set_index("id")
    named = set(mentions.loc[mentions["table"] == "benefits", "row_id"])
    row_category = benefits.set_index("row_id")["code"]
    table = benefit_codes.sort_values("code", kind="stable").drop_duplicates("code")
    table = table.assign(
        category_code=table["code"].map(book["parent"]),
        label=table["code"].map(book["label"]),
        support=[_support(row, named, row_category.index) for row in table["row_id"]],
    )
    table["category"] = table["category_code"].map(book["label"])
    counts = {kind: int((table["support"] == kind).sum()) for kind in ("own", "none", "outside")}
    in_table = table[table["support"] != "outside"]
    counts["moved"] = int((in_table["row_id"].map(row_category) != in_table["category_code"]).sum())
    return Result(
        table=table[["category_code", "category", "code", "label", "row_id", "support"]].reset_index(
            drop=True
        ),
        inputs=("benefits", "benefit_codes", "codebook", "mentions"),
        scalars={
            name: Scalar(count, n=len(table), unit="sub-benefits", method="count")
            for name, count in counts.items()
        },
        limitations=(
            EXAMPLES_ONLY,
            "Sub-benefits are a reading of the deck's wording, proposed in the codebook.",
        ),
    )


def _support(row: str, named: set[str], table_rows: pd.Index) -> str:
    if row not in table_rows:
        return "outside"
    return "own" if row in named else "none"
