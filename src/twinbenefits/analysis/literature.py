"""Which claims of the study carry which references, their own and inherited.

The lists of references are examples chosen by the authors, not a sample of a literature.
Everything here therefore counts and shows; nothing estimates or tests.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from twinbenefits.analysis.citations import CITABLE, STATUSES, KeyReading, read_mentions
from twinbenefits.analysis.result import Result, Scalar

__all__ = [
    "EXAMPLES_ONLY",
    "VERIFIED_MEANS",
    "benefits_by_literature",
    "characteristics_by_literature",
    "claims",
    "evidence_matrix",
    "literature_over_time",
]

EXAMPLES_ONLY = "The reference lists are examples, not a sample: counts carry no interval and no test."
VERIFIED_MEANS = (
    "Verified: a published record fits name, year and topic; only the authors know what they meant."
)

_CLAIM = ["table", "row_id", "code", "category", "description", "benefit"]
_MENTION = ["mention_id", "position", "as_written", "key", "year", "status"]


def claims(
    *, characteristics: pd.DataFrame | None = None, benefits: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the rows of the literature tables as one list of claims, in the order of the deck.

    A characteristic stands for itself; a benefit row belongs to a category, and it is the category that
    carries references in the deck. ``code`` names that unit in both cases.

    Parameters
    ----------
    characteristics, benefits
        The tables of that name; leave one out to list the other alone.

    Returns
    -------
    pandas.DataFrame
        Columns ``table, row_id, code, category, description, benefit``; characteristics have no benefit.
    """
    parts = []
    if characteristics is not None:
        rows = characteristics.sort_values("deck_line")
        parts.append(rows.assign(table="characteristics", category=rows["category_as_written"], benefit=""))
    if benefits is not None:
        rows = benefits.sort_values("deck_line")
        parts.append(rows.assign(table="benefits", benefit=rows["benefits_as_written"]))
    both = pd.concat(parts, ignore_index=True).rename(columns={"description_as_written": "description"})
    return both[_CLAIM].fillna("")


def evidence_matrix(
    characteristics: pd.DataFrame,
    benefits: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
    show_inherited: bool = True,
) -> Result:
    """Set every claim against every reference, its own and those of its category.

    The deck writes references once per category; whether they are meant for the rows below is not said.
    Inherited cells are therefore kept apart from own ones and never counted as mentions.

    Parameters
    ----------
    characteristics, benefits, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply; see `twinbenefits.analysis.citations.accept`.
    show_inherited
        Whether rows without references of their own list those of their category.

    Returns
    -------
    Result
        One row per claim and reference (``support`` is *own* or *inherited*), and one with an empty key
        (``support`` is *none*) per claim that shows no reference.
    """
    rows = claims(characteristics=characteristics, benefits=benefits)
    read = read_mentions(mentions, references, accepted)
    table = _with_references(rows, read, show_inherited=show_inherited)
    return Result(
        table=table,
        inputs=("characteristics", "benefits", "mentions", "references"),
        scalars={**_mention_scalars(read), **_reference_scalars(read), **_cell_scalars(table)},
        limitations=(EXAMPLES_ONLY, VERIFIED_MEANS),
    )


def characteristics_by_literature(
    characteristics: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
) -> Result:
    """List the characteristics as the deck words them, with the references named for each.

    Parameters
    ----------
    characteristics, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply; see `twinbenefits.analysis.citations.accept`.

    Returns
    -------
    Result
        One row per characteristic and reference, in the order of the deck.
    """
    rows = claims(characteristics=characteristics)
    read = read_mentions(mentions[mentions["table"] == "characteristics"], references, accepted)
    return Result(
        table=_with_references(rows, read, show_inherited=False),
        inputs=("characteristics", "mentions", "references"),
        scalars={
            "characteristics": Scalar(len(rows), unit="characteristics", method="count"),
            "mentions": Scalar(len(read), unit="mentions", method="count"),
        },
        limitations=(EXAMPLES_ONLY, VERIFIED_MEANS),
    )


def benefits_by_literature(
    benefits: pd.DataFrame,
    benefit_codes: pd.DataFrame,
    codebook: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
) -> Result:
    """List the benefit rows with the sub-benefits read from them and the references named for each.

    Only references of a row's own are listed: one inherited from the category would look like support that
    nobody has claimed. `evidence_matrix` shows the inherited ones, marked as such.
    A sub-benefit read from a passage outside the table gets a row of its own at the end, so that the list of
    sub-benefits is complete and the missing support is visible.

    Parameters
    ----------
    benefits, benefit_codes, codebook, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply; see `twinbenefits.analysis.citations.accept`.

    Returns
    -------
    Result
        One row per benefit row and reference; ``sub_benefits`` holds codes and labels, one per line, and
        ``in_table`` is false for the rows added at the end.
    """
    labels = codebook.set_index("id")["label"]
    rows = pd.concat([claims(benefits=benefits), _outside_table(benefits, benefit_codes, codebook)])
    read = read_mentions(mentions[mentions["table"] == "benefits"], references, accepted)
    table = _with_references(rows, read, show_inherited=False)
    named = benefit_codes.assign(text=benefit_codes["code"] + " " + benefit_codes["code"].map(labels))
    table["sub_benefits"] = table["row_id"].map(named.groupby("row_id")["text"].agg("\n".join)).fillna("")
    table["in_table"] = table["row_id"].isin(benefits["row_id"])
    own = table.loc[table["support"] == "own", "row_id"].nunique()
    outside = benefit_codes.loc[~benefit_codes["row_id"].isin(benefits["row_id"]), "code"].nunique()
    return Result(
        table=table,
        inputs=("benefits", "benefit_codes", "codebook", "mentions", "references"),
        scalars={
            "rows": Scalar(len(benefits), unit="rows", method="count"),
            "rows_with_reference": Scalar(own, n=len(benefits), unit="rows", method="count"),
            "rows_without_reference": Scalar(
                len(benefits) - own, n=len(benefits), unit="rows", method="count"
            ),
            "categories": Scalar(benefits["category"].nunique(), unit="categories", method="count"),
            "sub_benefits": Scalar(benefit_codes["code"].nunique(), unit="sub-benefits", method="count"),
            "sub_benefits_outside_table": Scalar(outside, unit="sub-benefits", method="count"),
            "mentions": Scalar(len(read), unit="mentions", method="count"),
        },
        limitations=(
            EXAMPLES_ONLY,
            VERIFIED_MEANS,
            "References stand in the first row of a category; whether they carry the others is not said.",
        ),
    )


def literature_over_time(
    characteristics: pd.DataFrame,
    benefits: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
) -> Result:
    """Place the cited works in time, by status and by the claim that names them.

    The year is the one in the author-year key, so it is known even where the work is not.

    Parameters
    ----------
    characteristics, benefits, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply; see `twinbenefits.analysis.citations.accept`.

    Returns
    -------
    Result
        One row per mention: the claim's ``code`` and ``category``, ``key``, ``year`` and ``status``.
    """
    rows = claims(characteristics=characteristics, benefits=benefits)
    table = _with_references(rows, read_mentions(mentions, references, accepted), show_inherited=False)
    # The empty key keeps a claim without any mention visible as an empty row of the heat map.
    bare = ~table["code"].isin(table.loc[table["support"] == "own", "code"])
    table = table[(table["support"] == "own") | bare].drop(columns=["description", "benefit"])
    return Result(
        table=table,
        inputs=("characteristics", "benefits", "mentions", "references"),
        scalars=_year_scalars(table),
        limitations=(
            EXAMPLES_ONLY,
            "The year is read from the author-year key; for a work not yet identified it may be a slip.",
            "Industry vertical and sub-benefit of the cited works are not coded by the authors yet.",
        ),
    )


def _outside_table(
    benefits: pd.DataFrame, benefit_codes: pd.DataFrame, codebook: pd.DataFrame
) -> pd.DataFrame:
    """Return one claim per passage outside the benefits table from which a sub-benefit is read."""
    book = codebook.set_index("id")
    outside = benefit_codes[~benefit_codes["row_id"].isin(benefits["row_id"])]
    code = outside["code"].map(book["parent"])
    rows = pd.DataFrame(
        {
            "table": "",
            "row_id": outside["row_id"],
            "code": code,
            "category": code.map(book["label"]),
            "description": "",
            "benefit": outside["as_written"],
        },
        columns=_CLAIM,
    )
    return rows.drop_duplicates("row_id")


def _with_references(rows: pd.DataFrame, read: pd.DataFrame, *, show_inherited: bool) -> pd.DataFrame:
    """Join claims with their mentions; a claim of the table without any inherits those of its category."""
    order = rows.assign(order=range(len(rows)))
    own = order.merge(read, on=["table", "row_id"]).assign(support="own")
    parts = [own]
    bare = order[~order["row_id"].isin(own["row_id"])]
    if show_inherited:
        category = own[["table", "code", *_MENTION]]
        inherited = bare.merge(category, on=["table", "code"]).assign(support="inherited")
        bare = bare[~bare["row_id"].isin(inherited["row_id"])]
        parts.append(inherited)
    parts.append(bare.assign(support="none", key="", as_written="", status="", mention_id="", position=0))
    table = pd.concat(parts, ignore_index=True).sort_values(["order", "position"], kind="stable")
    table["year"] = table["year"].astype("Int64")
    table["position"] = table["position"].astype(int)
    return table[[*_CLAIM, *_MENTION, "support"]].reset_index(drop=True)


def _mention_scalars(read: pd.DataFrame) -> Mapping[str, Scalar]:
    counts = {"mentions": len(read)}
    counts |= {f"mentions_{table}": int((read["table"] == table).sum()) for table in read["table"].unique()}
    counts |= {f"mentions_{status}": n for status, n in _by_status(read["status"]).items()}
    return {name: Scalar(count, unit="mentions", method="count") for name, count in counts.items()}


def _reference_scalars(read: pd.DataFrame) -> Mapping[str, Scalar]:
    distinct = read.drop_duplicates("key")
    counts = {"references": len(distinct)}
    counts |= {f"references_{status}": n for status, n in _by_status(distinct["status"]).items()}
    return {name: Scalar(count, unit="references", method="count of keys") for name, count in counts.items()}


def _by_status(status: pd.Series) -> dict[str, int]:
    counts = {name: int((status == name).sum()) for name in STATUSES}
    return {
        **counts,
        "citable": int(status.isin(CITABLE).sum()),
        "not_identified": int((~status.isin(CITABLE)).sum()),
    }


def _year_scalars(table: pd.DataFrame) -> Mapping[str, Scalar]:
    cited = table.loc[table["key"] != "", ["key", "year"]].drop_duplicates()
    if cited.empty:
        absent = Scalar(None, n=0, reason="no work is cited")
        return dict.fromkeys(("year_first", "year_last", "year_median"), absent)
    years = cited["year"].astype(int)
    found = {
        "year_first": (int(years.min()), "minimum"),
        "year_last": (int(years.max()), "maximum"),
        "year_median": (float(years.median()), "median"),
    }
    return {
        name: Scalar(year, n=len(years), unit="year", method=f"{method} over distinct references")
        for name, (year, method) in found.items()
    }


def _cell_scalars(table: pd.DataFrame) -> Mapping[str, Scalar]:
    cells = table[table["support"] != "none"].drop_duplicates(["table", "row_id", "key"])
    counts = {
        f"cells_{support}": int((cells["support"] == support).sum()) for support in ("own", "inherited")
    }
    return {
        name: Scalar(count, unit="cells", method="count of claim and reference pairs")
        for name, count in {**counts, "cells_shown": len(cells)}.items()
    }
