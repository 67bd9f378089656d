"""Agreement per code, per family and over all codes, with intervals that resample sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.code_agreement import RATINGS, YES, binary_measures, binary_sums, set_measures
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.double_coding import DoubleCoding, double_coded
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.session_bootstrap import percentile_intervals, resampled_sums, session_draws

__all__ = ["AgreementTable", "agreement_table"]

_LEAST_DEFINED = 0.95  # share of resamples in which a measure must be defined to have an interval

_LIMITATIONS = (
    "Agreement says that coders read alike, not that they read rightly.",
    "A code used on few segments has a wide interval; its point alone decides nothing.",
)


@dataclass(frozen=True)
class AgreementTable(Result):
    """Agreement by code, family and all; see :func:`agreement_table`.

    Parameters
    ----------
    per_session
        One row per name, measure and session where there are too few sessions for an interval, else empty.
    """

    per_session: pd.DataFrame = field(default_factory=pd.DataFrame)


def agreement_table(
    codings: pd.DataFrame,
    coded: pd.DataFrame,
    *,
    minimum_sessions: int,
    families: Mapping[Any, Any] | None = None,
    codes: Sequence[Any] | None = None,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
    inputs: Sequence[str] = ("codings",),
) -> AgreementTable:
    """Return agreement on the double-coded segments, per code first, then per family, then over all codes.

    Parameters
    ----------
    codings
        One row per code given to a segment: session, segment, coder, code.
    coded
        One row per segment that a coder worked through, with or without giving a code: session, segment,
        coder. Segments that at least two coders worked through are the double-coded set.
    minimum_sessions
        With fewer sessions in the double-coded set there is no interval: ``per_session`` holds one value
        per session instead. A threshold of the study, from its rules.
    families
        Code to family. A family counts as given when any of its codes is.
    codes
        Codes to report, in order, also those never used; by default those met.
    draws, level, seed
        Resamples of sessions, share of them inside the interval, seed of the generator.
    inputs
        Names of the tables behind the two frames.

    Returns
    -------
    AgreementTable
        ``table``: level (code, family, all), name, measure, estimate, low, high, n (segments), coders,
        sessions, share (of ratings that gave the code), reason (why there is no estimate),
        interval_reason (why there is no interval). Measures: ``krippendorff_alpha`` (nominal),
        ``cohen_kappa`` with exactly two coders on every segment and ``fleiss_kappa`` otherwise, ``gwet_ac1``,
        ``percent_agreement``; over all codes ``alpha_jaccard`` and ``alpha_masi`` on sets of codes.

    Raises
    ------
    ValueError
        When a column is missing.

    Examples
    --------
    >>> coded = pd.DataFrame([(s, n, c) for s in "abcdefgh" for n in range(4) for c in "XY"],
    ...                      columns=["session", "segment", "coder"])
    >>> codings = coded[coded["segment"] < 2].assign(code="BE1")[1:]
    >>> found = agreement_table(codings, coded, minimum_sessions=8)
    >>> found.table[["name", "measure", "n"]].values.tolist()[0], found.table["estimate"].round(3).tolist()[0]
    (['BE1', 'krippendorff_alpha', 32], 0.938)
    """
    double = double_coded(codings, coded, codes)
    weights = None
    if len(double.sessions) >= max(minimum_sessions, 1):
        weights = session_draws(len(double.sessions), draws, seed)
    ever = set(codings["code"].dropna().unique())
    levels = (
        _code_blocks("code", double, weights, ever),
        _family_blocks(double, families, weights),
        _set_blocks(double, weights, seed),
    )
    table = pd.concat(
        [
            pd.concat([_summary(block, double, level, minimum_sessions) for block in blocks]).sort_index(
                kind="stable"  # the measures of one name side by side
            )
            for blocks in levels
        ],
        ignore_index=True,
    )
    dots = pd.concat(
        [_per_session(block, double) for blocks in levels for block in blocks], ignore_index=True
    )
    return AgreementTable(
        table,
        tuple(inputs),
        scalars=_scalars(table, double),
        limitations=(*double.notes, *_LIMITATIONS),
        per_session=dots if weights is None else dots.iloc[:0],
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """One measure over several names: the values, and what an interval or the dots are made from."""

    level: str
    measure: str
    names: list[Any]
    values: Floats  # (names,)
    by_session: Floats  # (sessions, names)
    drawn: Floats | None  # (draws, names), without enough sessions None
    share: Floats  # (names,)
    reasons: list[str]  # why a value is undefined, where it is


def _code_blocks(level: str, double: DoubleCoding, weights: Floats | None, ever: set[Any]) -> list[_Block]:
    sums = binary_sums(double)
    total = sums.sum(axis=0, keepdims=True)
    drawn = None if weights is None else resampled_sums(sums, weights)
    share = total[0, YES] / np.maximum(total[0, RATINGS], 1)
    share[total[0, RATINGS] == 0] = np.nan
    reasons = [_why_undefined(double, code, total[0, YES, i], ever) for i, code in enumerate(double.codes)]
    return [
        _Block(
            level=level,
            measure=name,
            names=double.codes,
            values=measure(total)[0],
            by_session=measure(sums),
            drawn=None if drawn is None else measure(drawn),
            share=share,
            reasons=reasons,
        )
        for name, measure in binary_measures(double).items()
    ]


def _family_blocks(
    double: DoubleCoding, families: Mapping[Any, Any] | None, weights: Floats | None
) -> list[_Block]:
    known = {code: families[code] for code in double.codes if families and not pd.isna(families.get(code))}
    if known or not double.codes:
        return _code_blocks("family", double.grouped(known), weights, set(known.values()))
    reason = because("the codebook names no family for any of these codes")
    nothing = np.full(1, np.nan)
    return [_Block("family", "krippendorff_alpha", [""], nothing, np.zeros((0, 1)), None, nothing, [reason])]


def _set_blocks(double: DoubleCoding, weights: Floats | None, seed: int) -> list[_Block]:
    sessions = len(double.sessions)
    reason = _nothing_to_compare(double) or because("every segment was given the same codes: nothing varies")
    return [
        _Block(
            level="all",
            measure=name,
            names=["all codes"],
            values=measure(np.ones((1, sessions)))[0],
            by_session=measure(np.eye(sessions)),
            drawn=None if weights is None else measure(weights),
            share=np.full(1, np.nan),
            reasons=[reason],
        )
        for name, measure in set_measures(double, seed).items()
    ]


def _summary(block: _Block, double: DoubleCoding, level: float, minimum: int) -> pd.DataFrame:
    """Return one row per name with the interval, or why there is none."""
    undefined = np.isnan(block.values)
    low = high = np.full(len(block.names), np.nan)
    no_interval = np.full(len(block.names), _too_few(len(double.sessions), minimum), dtype=object)
    if block.drawn is not None:
        limits = percentile_intervals(block.drawn, level=level, least_defined=_LEAST_DEFINED)
        low, high = np.where(undefined, np.nan, limits.low), np.where(undefined, np.nan, limits.high)
        no_interval[:] = [
            f"no interval: the measure was defined in only {defined} of {limits.draws} resamples"
            if np.isnan(end)
            else ""
            for end, defined in zip(low, limits.defined, strict=True)
        ]
    no_interval[undefined] = ""
    return pd.DataFrame(
        {
            "level": block.level,
            "name": pd.Series(block.names, dtype=object),
            "measure": block.measure,
            "estimate": block.values,
            "low": low,
            "high": high,
            "n": len(double.session),
            "coders": len(double.coders),
            "sessions": len(double.sessions),
            "share": block.share,
            "reason": np.where(undefined, np.array(block.reasons, dtype=object), ""),
            "interval_reason": no_interval,
        }
    )


def _too_few(sessions: int, minimum: int) -> str:
    return f"no interval from {sessions} sessions, fewer than {minimum}: one value per session instead"


def _per_session(block: _Block, double: DoubleCoding) -> pd.DataFrame:
    """Return one row per name and session."""
    values = block.by_session.T.ravel()
    sessions = double.sessions if len(block.by_session) else []
    segments = np.bincount(double.session, minlength=len(sessions))
    constant = because("nothing varies in this session")
    return pd.DataFrame(
        {
            "level": block.level,
            "name": pd.Series([name for name in block.names for _ in sessions], dtype=object),
            "measure": block.measure,
            "session": pd.Series([name for _ in block.names for name in sessions], dtype=object),
            "estimate": values,
            "n": np.tile(segments, len(block.names))[: len(values)],
            "reason": np.where(np.isnan(values), constant, ""),
        }
    )


def _nothing_to_compare(double: DoubleCoding) -> str:
    if len(double.session):
        return ""
    return because(
        "there is only one coder" if len(double.coders) == 1 else "no segment was coded by two coders"
    )


def _why_undefined(double: DoubleCoding, code: Any, given: float, ever: set[Any]) -> str:
    nothing = _nothing_to_compare(double)
    if nothing:
        return nothing
    if given > 0:
        return because("every coder gave the code to every segment: nothing varies")
    if code in ever:
        return because("the code was given to no double-coded segment")
    return because("the code was never used")


def _scalars(table: pd.DataFrame, double: DoubleCoding) -> dict[str, Scalar]:
    segments, sessions = len(double.session), len(double.sessions)
    alphas = table[(table["level"] == "code") & (table["measure"] == "krippendorff_alpha")]
    known = alphas["estimate"].dropna()
    scalars = {
        "double_coded_segments": Scalar(segments, unit="segments"),
        "double_coded_sessions": Scalar(sessions, unit="sessions"),
        "coders": Scalar(len(double.coders), unit="coders"),
        "codes_with_alpha": Scalar(len(known), n=len(alphas), unit="codes"),
        "alpha_median": Scalar(
            float(known.median()) if len(known) else None,
            n=len(known),
            unit="codes",
            method="median of Krippendorff's alpha per code, nominal",
            reason=None if len(known) else because("no code has an alpha"),
        ),
    }
    pooled = table[table["level"] == "all"]
    for measure, value, why in zip(pooled["measure"], pooled["estimate"], pooled["reason"], strict=True):
        scalars[measure] = Scalar(
            None if np.isnan(value) else float(value),
            n=segments,
            unit="segments",
            method="Krippendorff's alpha on sets of codes",
            reason=why or None,
        )
    return scalars
