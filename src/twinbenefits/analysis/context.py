"""The context of each case: levels by two raters with their disagreement, the company's own beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.agreement import krippendorff_alpha
from twinbenefits.analysis.case_cells import ABOUT_RATINGS, cells_of, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.estimate import Estimate
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.salience import benefit_groups
from twinbenefits.analysis.session_counts import session_counts
from twinbenefits.analysis.states import NOT_ASKED, benefit_states
from twinbenefits.evidence.cells import Basis

__all__ = ["case_ordered_matrix", "construct_table", "context_levels", "outcome_by_case"]

RATER, COMPANY = "coder", "company"

_LIMITATIONS = (
    "Levels are judgements on worded scales; two raters who differ are shown as two, and their middle orders "
    "cases without being a measurement.",
    "The company's own rating stands apart and enters no order.",
)
_NO_RATING = "no rater gave a level"


def context_levels(ratings: pd.DataFrame, *, rater: str = "") -> pd.DataFrame:
    """Return the level of each case on each scale.

    Parameters
    ----------
    ratings
        case, sub_dimension (the scale), rater, rater_kind (coder, company), level or na_reason, and where
        known evidence, confidence, rated_on. Of several ratings of one rater the latest counts.
    rater
        Only this rater's levels; by default those of all coders.

    Returns
    -------
    DataFrame
        case, scale, rating (middle of the raters), lowest, highest, raters (how many gave a level), company
        (its own level), na_reason, confidence (the lowest), evidence (the first segment named). A missing
        rating is missing for a reason, which `reason` gives.

    Examples
    --------
    >>> ratings = pd.DataFrame({"case": "K", "sub_dimension": "S1", "rater": ["a", "b", "own"],
    ...                         "rater_kind": ["coder", "coder", "company"], "level": [2, 3, 4]})
    >>> context_levels(ratings)[["rating", "lowest", "highest", "company"]].values.tolist()
    [[2.5, 2.0, 3.0, 4.0]]
    """
    plain = ratings.reindex(columns=[*ratings.columns, *(c for c in _OPTIONAL if c not in ratings)])
    plain = plain.assign(
        level=pd.to_numeric(plain["level"], errors="coerce").astype(float),
        confidence=pd.to_numeric(plain["confidence"], errors="coerce").astype(float),
    )
    if plain["rated_on"].notna().any():
        plain = plain.sort_values("rated_on", kind="stable")
    latest = plain.drop_duplicates(["case", "sub_dimension", "rater", "rater_kind"], keep="last")
    parts: dict[tuple[str, str], list[dict[Any, Any]]] = {}
    for row in latest.to_dict("records"):
        parts.setdefault((str(row["case"]), str(row["sub_dimension"])), []).append(row)
    rows = [
        {"case": case, "scale": scale, **_level(parts[case, scale], rater)} for case, scale in sorted(parts)
    ]
    return pd.DataFrame(rows, columns=["case", "scale", *_LEVEL])


_OPTIONAL = ("na_reason", "evidence", "confidence", "rated_on")
_LEVEL = (
    "rating", "lowest", "highest", "raters", "company", "na_reason", "confidence", "evidence", "reason",
)  # fmt: skip


def _level(part: Sequence[Mapping[Any, Any]], rater: str) -> dict[str, object]:
    """Return what the raters of one case and scale say."""
    coders = [row for row in part if row["rater_kind"] == RATER and (not rater or row["rater"] == rater)]
    own = [row["level"] for row in part if row["rater_kind"] == COMPANY and not np.isnan(row["level"])]
    given = [row for row in coders if not np.isnan(row["level"])]
    levels = [row["level"] for row in given]
    sure = [row["confidence"] for row in given if not np.isnan(row["confidence"])]
    why = list(dict.fromkeys(text for text in (_text(row["na_reason"]) for row in coders) if text))
    named = [text for text in (_text(row["evidence"]) for row in coders) if text]
    reason = "" if given else "; ".join([_NO_RATING, *why])
    if given and len(given) < len(coders):
        reason = f"{len(coders) - len(given)} of {len(coders)} raters gave none"
    return {
        "rating": sum(levels) / len(levels) if given else np.nan,
        "lowest": min(levels, default=np.nan),
        "highest": max(levels, default=np.nan),
        "raters": len(given),
        "company": own[-1] if own else np.nan,
        "na_reason": "; ".join(why),
        "confidence": min(sure, default=np.nan),
        "evidence": named[0] if named else "",
        "reason": reason,
    }


def _text(cell: object) -> str:
    return "" if cell is None or pd.isna(cell) else str(cell)  # type: ignore[call-overload]


def construct_table(ratings: pd.DataFrame, context_scales: pd.DataFrame, coded: Coded) -> Result:
    """Return every construct of the context in every case, with one line of evidence.

    Parameters
    ----------
    ratings
        The table of context ratings.
    context_scales
        id, code (the factor), sub_dimension, level_1 to level_4.
    coded
        The coded evidence: the line is the text of the segment that a rater named, where it may enter a
        statement about its case.

    Returns
    -------
    Result
        ``table``: case, scale, factor, construct, rating (middle), lowest, highest, raters, disagreement
        (levels apart), wording (where the raters agree), company (its own level), company_differs,
        confidence, evidence (segment), text, reason and the basis. A rating is opened by the company's
        permission for ratings; its line also needs the consent of the segment. Scalars: ``rating_alpha``
        (Krippendorff's alpha, ordinal, over cases and scales), ``company_differs_share``.
    """
    levels = context_levels(ratings).set_index(["case", "scale"])
    index = pd.MultiIndex.from_product(
        [list(coded.cases), [str(scale) for scale in context_scales["id"]]], names=["case", "scale"]
    )
    table = levels.reindex(index).reset_index()
    table["reason"] = table["reason"].where(table["reason"].notna(), "not rated")
    table["raters"] = table["raters"].fillna(0).astype(int)
    scales = context_scales.set_index("id")
    table.insert(2, "factor", table["scale"].map(scales["code"]))
    table.insert(3, "construct", table["scale"].map(scales["sub_dimension"]))
    table["disagreement"] = table["highest"] - table["lowest"]
    table["wording"] = [
        str(scales.at[scale, f"level_{int(level)}"]) if apart == 0 else ""
        for scale, level, apart in zip(table["scale"], table["lowest"], table["disagreement"], strict=True)
    ]
    outside = (table["company"] < table["lowest"]) | (table["company"] > table["highest"])
    both = table["company"].notna() & table["rating"].notna()
    table["company_differs"] = outside.astype(object).where(both, None)
    table = _with_line(table.drop(columns="na_reason"), coded)
    unknown = sorted(set(ratings["sub_dimension"]) - set(scales.index))
    notes = (f"Ratings on unknown scales were left out: {', '.join(map(str, unknown))}.",) if unknown else ()
    basis = Basis(len(coded.cases), 0, 0, 0)
    return Result(
        table,
        (*coded.inputs, "context_ratings", "context_scales"),
        scalars={
            "rating_alpha": replace(_alpha(ratings), basis=basis),
            "company_differs_share": replace(_share(outside[both]), basis=basis),
        },
        limitations=(*notes, *_LIMITATIONS),
        cells=cells_of(table, ("case", "scale"), case="case", item=ABOUT_RATINGS, words=("text",)),
    )


def _with_line(table: pd.DataFrame, coded: Coded) -> pd.DataFrame:
    """Add the line of evidence; the level of the basis is that of the line, and the rating needs none."""
    segments = coded.segments[coded.segments["about_case"]].set_index("segment")
    text = segments["text"] if "text" in segments else pd.Series("", index=segments.index)
    named = table["evidence"].fillna("")
    known = named.isin(segments.index)
    return table.assign(
        evidence=named.where(known, ""),
        text=named.map(text).where(known, "").fillna(""),
        cases=1,
        persons=0,
        sources=0,
        level=named.map(segments["consent_level"]).where(known, 0).fillna(0).astype("int64"),
    )


def _alpha(ratings: pd.DataFrame) -> Estimate:
    """Return how far raters agree, over all cases and scales."""
    coders = ratings[ratings["rater_kind"] == RATER]
    levels = pd.to_numeric(coders["level"], errors="coerce").astype(float)
    wide = coders.assign(level=levels).pivot_table(
        index=["case", "sub_dimension"], columns="rater", values="level", aggfunc="last"
    )
    return krippendorff_alpha(wide.to_numpy(dtype=float), "ordinal")


def _share(outside: "pd.Series[bool]") -> Estimate:
    method = "share of ratings in which the company's own level lies outside those of the raters"
    if outside.empty:
        return Estimate(None, 0, "ratings", method, "undefined, because no company rated itself")
    return Estimate(float(outside.mean()), len(outside), "ratings", method)


def outcome_by_case(
    coded: Coded, asked: pd.DataFrame, outcome: str, *, presence_threshold: int = 1
) -> Result:
    """Return the cases in the order of one outcome.

    Parameters
    ----------
    coded, asked
        The coded evidence, and what was asked about.
    outcome
        The code whose share of the talk orders the cases, with all codes below it.
    presence_threshold
        From how many segments on it counts as mentioned.

    Returns
    -------
    Result
        ``table``: case, outcome, place (1 is the case with the most; missing where it was not asked about),
        share, state, reason and the basis.
    """
    resolved = resolve(coded)
    about = resolved.about_cases()
    groups = benefit_groups(coded, codes=[outcome])
    states = benefit_states(resolved, asked, groups, presence_threshold=presence_threshold)
    told = states["state"].notna() & (states["state"] != NOT_ASKED)
    counts = session_counts(about, groups, coded.role(outcome) or "benefit")
    share = pd.Series(counts.shares()[:, 0], index=states.index).where(told)
    table = states[["case"]].assign(
        outcome=outcome,
        place=share.rank(method="min", ascending=False),
        share=share,
        state=states["state"],
        reason=states["reason"],
    )
    table = with_basis(table, about.mentions(groups), ["case"])
    table = table.sort_values(["place", "case"], na_position="last", kind="stable", ignore_index=True)
    return Result(
        table,
        (*coded.inputs, "asked"),
        limitations=_LIMITATIONS[:1],
        cells=cells_of(table, ("case", "outcome"), case="case"),
    )


def case_ordered_matrix(outcomes: pd.DataFrame, constructs: pd.DataFrame) -> pd.DataFrame:
    """Put the constructs of the context beside the outcome, cases in the outcome's order.

    The two tables are opened by different permissions of a company, so each is released first, and this only
    lays them side by side; what was withheld from either stays empty.

    Parameters
    ----------
    outcomes
        The table of :func:`outcome_by_case`.
    constructs
        The table of :func:`construct_table`.

    Returns
    -------
    DataFrame
        One row per case, the most of the outcome first and cases without one last: case, outcome, place,
        share, state, and a column per scale with the rating (lowest to highest where raters differ).

    References
    ----------
    Miles, M. B., & Huberman, A. M. (1994). Qualitative Data Analysis (2nd ed.). Sage.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"case": ["A", "B"], "outcome": "X", "place": [2, 1], "share": [0.1, 0.4],
    ...                          "state": ["expected only", "observed or measured"]})
    >>> constructs = pd.DataFrame({"case": ["A", "B"], "scale": "S1", "lowest": [1.0, 2.0],
    ...                            "highest": [1.0, 3.0]})
    >>> case_ordered_matrix(outcomes, constructs)[["case", "S1"]].values.tolist()
    [['B', '2-3'], ['A', '1']]
    """
    rated = constructs.assign(
        rating=[
            _span(low, high) for low, high in zip(constructs["lowest"], constructs["highest"], strict=True)
        ]
    )
    scales = [str(scale) for scale in dict.fromkeys(constructs["scale"])]
    wide = rated.pivot_table(index="case", columns="scale", values="rating", aggfunc="first")
    ordered = outcomes.sort_values(["place", "case"], na_position="last", kind="stable", ignore_index=True)
    columns = ["case", "outcome", "place", "share", "state"]
    return ordered[columns].join(wide.reindex(columns=scales), on="case").fillna(dict.fromkeys(scales, ""))


def _span(lowest: object, highest: object) -> str:
    if pd.isna(lowest) or pd.isna(highest):  # type: ignore[call-overload]
        return ""
    low, high = f"{lowest:g}", f"{highest:g}"
    return low if low == high else f"{low}-{high}"
