"""Which codes are taken for which: confusions between codes, and codes to merge or to define anew."""

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.code_agreement import binary_measures, binary_sums
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coder_agreement import ALPHA, double_coded_rows
from twinbenefits.analysis.double_coding import (
    DoubleCoding,
    codes_by_reading,
    double_coded,
    readers_by_segment,
)
from twinbenefits.analysis.families import code_families
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Cells

__all__ = ["MERGE", "REDEFINE", "codes_to_revise", "confusions"]

MERGE = "merge, or draw the line between them"
REDEFINE = "define anew"
NO_CODE = "no code"

_CONFUSION = ("label", "other_label", "segments", "sessions", "share")
_REVISE = (
    "label", "other_label", "alpha", "other_alpha", "alpha_merged", "confused", "omitted", "differing",
    "advice",
)  # fmt: skip


def confusions(coded: Coded) -> Result:
    """Return how often one coder gave one code and another coder another instead, on the same segment.

    A pair of coders confuses A with B on a segment when one gave A and not B and the other B and not A. Where
    the other gave none of the codes that the first did not give, A stands against "no code": it was left out.

    Parameters
    ----------
    coded
        The coded evidence with its coders side by side.

    Returns
    -------
    Result
        table: code, other (a code, or "no code"), label, other_label, segments, sessions, share (of the
        segments on which `code` was in dispute). Pairs of codes stand once, in the order of the codebook;
        most frequent first.
    """
    pairs, readings = _pairs(coded)
    order = {code: place for place, code in enumerate(coded.codebook["id"])}
    counted = pairs.groupby(["code", "other"]).agg(
        segments=("segment", "nunique"), sessions=("session", "nunique")
    )
    table = counted.reset_index()
    disputed = _disputed(pairs)
    table["share"] = table["segments"] / table["code"].map(disputed) if len(table) else pd.Series(dtype=float)
    for column, of in (("label", "code"), ("other_label", "other")):
        table[column] = [NO_CODE if code == NO_CODE else coded.label(code) for code in table[of]]
    table["_a"], table["_b"] = (table[of].map(order).fillna(len(order)) for of in ("code", "other"))
    table = table.sort_values(["segments", "_a", "_b"], ascending=[False, True, True], ignore_index=True)
    table = with_basis(table[["code", "other", *_CONFUSION]], pairs, ["code", "other"])
    between = pairs[pairs["other"] != NO_CODE]
    left_out = pairs[pairs["other"] == NO_CODE]
    scalars = {
        name: Scalar(int(rows["segment"].nunique()), unit="segments", basis=pooled_basis(_once(readings)))
        for name, rows in (("segments_confused", between), ("segments_left_out", left_out))
    }
    counts = {"segments": "confused segments"}
    cells = Cells(("code", "other"), _CONFUSION, counts=counts, population="double-coded")
    notes = (
        "A code left out by one coder is the most frequent disagreement there is, and no confusion of codes.",
    )
    return Result(table, coded.inputs, scalars=scalars, limitations=notes, cells=cells)


def codes_to_revise(
    coded: Coded, agreement: pd.DataFrame, *, tentative: float, minimum_confusions: int = 2
) -> Result:
    """Return pairs of codes that agree better as one, and codes that no pair explains.

    Parameters
    ----------
    coded
        The coded evidence with its coders side by side.
    agreement
        Table of :func:`~twinbenefits.analysis.coder_agreement.coder_agreement`, for the alphas.
    tentative
        Below this alpha no conclusion is drawn from a code.
    minimum_confusions
        From how many confused segments on a pair is looked at.

    Returns
    -------
    Result
        table: code, other, labels, alpha, other_alpha, alpha_merged (of the two taken as one), confused
        (segments), omitted and differing (segments on which the code was left out, or in dispute), advice.
        A pair is listed when its merged alpha is above both; a code alone, when its alpha is below
        `tentative` and no pair with it is listed. Advice for a discussion: codes that agree better as one can
        still mean different things.
    """
    pairs, readings = _pairs(coded)
    rows, _ = double_coded_rows(coded)
    double = double_coded(rows, readings, list(coded.codebook["id"]))
    scope = "scope" if "scope" in agreement else "level"
    of_codes = agreement[(agreement[scope] == "code") & (agreement["measure"] == ALPHA)]
    alpha = dict(zip(of_codes["name"].astype(str), of_codes["estimate"].astype(float), strict=True))
    between = pairs[pairs["other"] != NO_CODE].groupby(["code", "other"])["segment"].nunique()
    parts = _by_code(double)
    lines: list[tuple[Any, ...]] = []
    explained: set[str] = set()
    frequent = between[between >= minimum_confusions].reset_index()
    one_family = not code_families(coded.codebook)
    for code, other, confused in frequent.itertuples(index=False, name=None):
        if not one_family and coded.role(code) != coded.role(other):
            continue  # only codes of one role can be merged; where no family is known, any two
        if (merged := _merged(parts, code, other)) > max(alpha.get(code, -1.0), alpha.get(other, -1.0)):
            explained |= {code, other}
            lines.append((code, other, alpha.get(code), alpha.get(other), merged, int(confused), MERGE))
    weak = [code for code, value in alpha.items() if value < tentative and code not in explained]
    lines += [(code, "", alpha[code], np.nan, np.nan, 0, REDEFINE) for code in weak]
    columns = ["code", "other", "alpha", "other_alpha", "alpha_merged", "confused", "advice"]
    table = pd.DataFrame(lines, columns=columns)
    left_out = pairs[pairs["other"] == NO_CODE].groupby("code")["segment"].nunique()
    table["omitted"] = table["code"].map(left_out).fillna(0).astype(int)
    table["differing"] = table["code"].map(_disputed(pairs)).fillna(0).astype(int)
    for column, of in (("label", "code"), ("other_label", "other")):
        table[column] = [coded.label(code) if code else "" for code in table[of]]
    table = with_basis(table[["code", "other", *_REVISE]], _evidence(rows, table), ["code", "other"])
    whole = pooled_basis(_once(readings))
    scalars = {
        "pairs_to_merge": Scalar(int((table["advice"] == MERGE).sum()), unit="pairs", basis=whole),
        "codes_to_define_anew": Scalar(int((table["advice"] == REDEFINE).sum()), unit="codes", basis=whole),
    }
    notes = ("Advice for a discussion: codes that agree better as one can still mean different things.",)
    cells = Cells(("code", "other"), _REVISE, population="double-coded")
    return Result(table, coded.inputs, scalars=scalars, limitations=notes, cells=cells)


def _pairs(coded: Coded) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per segment and pair of codes in dispute between two of its coders."""
    rows, readings = double_coded_rows(coded)
    if "in dispute" not in coded.kept:
        coded.kept["in dispute"] = _in_dispute(coded, rows, readings)
    pairs: pd.DataFrame = coded.kept["in dispute"]
    return pairs.copy(), readings


def _in_dispute(coded: Coded, rows: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    given = codes_by_reading(rows)
    none: set[str] = set()
    order = {code: place for place, code in enumerate(coded.codebook["id"])}
    found = set()
    for segment, names in readers_by_segment(readings).items():
        for one, another in combinations(names, 2):
            mine, theirs = given.get((segment, one), none), given.get((segment, another), none)
            if mine != theirs:
                found |= {(segment, *pair) for pair in _disputes(mine, theirs, order)}
    where = ["segment", "session", "case", "source", "speaker", "consent_level"]
    pairs = pd.DataFrame(sorted(found), columns=["segment", "code", "other"])
    return pairs.merge(_once(readings)[where], on="segment", how="inner")


def _disputes(one: set[str], another: set[str], order: Mapping[str, int]) -> list[tuple[str, str]]:
    mine, theirs = one - another, another - one
    if not mine or not theirs:
        return [(code, NO_CODE) for code in mine | theirs]
    last = len(order)
    pairs = [(a, b) for a in mine for b in theirs]
    return [(a, b) if (order.get(a, last), a) <= (order.get(b, last), b) else (b, a) for a, b in pairs]


def _disputed(pairs: pd.DataFrame) -> dict[str, int]:
    """Return on how many segments each code was in dispute."""
    both = pd.concat(
        [pairs[["segment", "code"]], pairs[["segment", "other"]].set_axis(["segment", "code"], axis=1)]
    )
    return {str(code): int(n) for code, n in both.groupby("code")["segment"].nunique().items()}


def _by_code(double: DoubleCoding) -> dict[str, DoubleCoding]:
    """Return the same segments with one code each, so that a pair is not looked for among all codes given."""
    order = np.argsort(double.code, kind="stable")
    bounds = np.searchsorted(double.code[order], np.arange(len(double.codes) + 1))
    return {
        str(code): double.only(order[low:high])
        for code, (low, high) in zip(double.codes, pairwise(bounds), strict=True)
    }


def _merged(parts: Mapping[str, DoubleCoding], code: str, other: str) -> float:
    """Return alpha with the two codes taken as one."""
    one = parts[code].with_entries(parts[other]).grouped({code: code, other: code})
    value = float(binary_measures(one)[ALPHA](binary_sums(one).sum(axis=0, keepdims=True))[0, 0])
    return -1.0 if np.isnan(value) else value


def _evidence(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return rows.assign(other="").iloc[:0]
    places = {code: np.sort(found) for code, found in rows.groupby("code").indices.items()}
    none = np.zeros(0, dtype=np.intp)
    parts = [
        np.sort(np.concatenate([places.get(code, none), places.get(other, none)]))
        for code, other in zip(table["code"], table["other"], strict=True)
    ]
    sizes = [len(part) for part in parts]
    named = {name: table[name].repeat(sizes).to_numpy() for name in ("code", "other")}
    return rows.take(np.concatenate(parts)).reset_index(drop=True).assign(**named)


def _once(readings: pd.DataFrame) -> pd.DataFrame:
    return readings.drop_duplicates("segment")
