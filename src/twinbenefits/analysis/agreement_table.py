"""Agreement per code, per family and over all codes, with intervals that resample sessions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.double_coding import DoubleCoding, double_coded
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.session_bootstrap import Intervals, percentile_intervals, session_draws
from twinbenefits.analysis.set_distance import SetDistance, set_disagreement, sums_by_group

__all__ = ["AgreementTable", "agreement_table", "binary_sums"]

_RATINGS, _SEGMENTS, _YES, _UNEQUAL, _DISAGREE, _SHARE, _FIRST = range(7)
_LEAST_DEFINED = 0.95
_MOST_SETS = 4000  # with more different sets of codes, chance disagreement is read off a sample of ratings

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
    >>> found.table.loc[0, ["name", "measure", "n"]].tolist(), round(found.table.loc[0, "estimate"], 3)
    (['BE1', 'krippendorff_alpha', 32], 0.938)
    """
    double = double_coded(codings, coded, codes)
    weights = None
    if len(double.sessions) >= max(minimum_sessions, 1):
        weights = session_draws(len(double.sessions), draws, seed)
    parts = [_binary_rows("code", double, weights, level, set(codings["code"].dropna()))]
    parts.append(_family_rows(double, families, weights, level))
    parts.append(_set_rows(double, weights, level, seed))
    table = pd.concat([rows for rows, _ in parts], ignore_index=True)
    table["interval_reason"] = [
        _why_no_interval(row, len(double.sessions), minimum_sessions, draws) for row in table.itertuples()
    ]
    dots = pd.concat([dots for _, dots in parts], ignore_index=True)
    return AgreementTable(
        table.drop(columns="defined"),
        tuple(inputs),
        scalars=_scalars(table, double),
        limitations=(*double.notes, *_LIMITATIONS),
        per_session=dots if weights is None else dots.iloc[:0],
    )


def binary_sums(double: DoubleCoding) -> Floats:
    """Return what every binary measure needs, summed per session: shape (sessions, 7, codes).

    Parts: ratings made, segments, times the code was given, unequal ordered pairs per rating and per pair,
    share of coders who gave the code, times the first coder gave it.
    """
    sessions, codes, coders = len(double.sessions), len(double.codes), len(double.coders)
    sums = np.zeros((sessions, 7, codes))
    sums[:, : _SEGMENTS + 1] = double.session_counts()[:, :, None]
    cell, yes = np.unique(double.segment * max(codes, 1) + double.code, return_counts=True)
    segment, code = np.divmod(cell, max(codes, 1))
    made = double.worked.sum(axis=1)[segment]
    unequal = 2.0 * yes * (made - yes) / (made - 1)
    where = double.session[segment] * codes + code

    def per_session(place: Any, values: Any) -> Floats:
        return np.bincount(place, weights=values, minlength=sessions * codes).reshape(sessions, codes)

    for part, values in ((_YES, yes), (_UNEQUAL, unequal), (_DISAGREE, unequal / made), (_SHARE, yes / made)):
        sums[:, part] = per_session(where, values)
    if coders == 2:
        first = double.coder == 0
        place = double.session[double.segment[first]] * codes + double.code[first]
        sums[:, _FIRST] = per_session(place, np.ones(len(place)))
    return sums


def _alpha(sums: Floats) -> Floats:
    ratings, yes = sums[:, _RATINGS], sums[:, _YES]
    return 1.0 - sums[:, _UNEQUAL] * (ratings - 1) / (2.0 * yes * (ratings - yes))


def _agreement(sums: Floats) -> Floats:
    return 1.0 - sums[:, _DISAGREE] / sums[:, _SEGMENTS]


def _cohen(sums: Floats) -> Floats:
    first, second = sums[:, _FIRST] / sums[:, _SEGMENTS], (sums[:, _YES] - sums[:, _FIRST]) / sums[:, _SEGMENTS]
    return _corrected(_agreement(sums), first * second + (1 - first) * (1 - second))


def _fleiss(sums: Floats) -> Floats:
    share = sums[:, _SHARE] / sums[:, _SEGMENTS]
    return _corrected(_agreement(sums), share**2 + (1 - share) ** 2)


def _ac1(sums: Floats) -> Floats:
    share = sums[:, _SHARE] / sums[:, _SEGMENTS]
    return _corrected(_agreement(sums), 2 * share * (1 - share))


def _corrected(observed: Floats, chance: Floats) -> Floats:
    return (observed - chance) / (1 - chance)


def _varying(measure: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Make a measure undefined where the code was given always or never."""

    def measured(sums: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((sums[:, _YES] > 0) & (sums[:, _YES] < sums[:, _RATINGS]), measure(sums), np.nan)

    return measured


def _measures(double: DoubleCoding) -> dict[str, Callable[[Floats], Floats]]:
    two = len(double.coders) == 2 and bool(double.worked.all())
    kappa = {"cohen_kappa": _cohen} if two else {"fleiss_kappa": _fleiss}
    chosen = {"krippendorff_alpha": _alpha, **kappa, "gwet_ac1": _ac1, "percent_agreement": _agreement}
    return {name: _varying(measure) for name, measure in chosen.items()}


def _binary_rows(
    kind: str, double: DoubleCoding, weights: Floats | None, level: float, ever: set[Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    sums = binary_sums(double)
    total = sums.sum(axis=0, keepdims=True)
    rows, dots = [], []
    for name, measure in _measures(double).items():
        limits = None
        if weights is not None and len(double.codes):
            limits = percentile_intervals(sums, measure, weights, level=level, least_defined=_LEAST_DEFINED)
        elif len(double.codes):
            dots.append(_dots(kind, name, double, measure(sums)))
        reasons = [_why_undefined(double, code, total[0, :, i], ever) for i, code in enumerate(double.codes)]
        share = [part[_YES] / part[_RATINGS] if part[_RATINGS] else np.nan for part in total[0].T]
        rows.append(_rows(kind, double.codes, name, double, measure(total)[0], limits, share, reasons))
    table = pd.concat(rows).sort_index(kind="stable")
    return table, pd.concat(dots) if dots else _dots(kind, "", double, np.zeros((0, 0)))


def _family_rows(
    double: DoubleCoding, families: Mapping[Any, Any] | None, weights: Floats | None, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    known = {code: families[code] for code in double.codes if families and not pd.isna(families.get(code))}
    if known or not double.codes:
        return _binary_rows("family", double.grouped(known), weights, level, set(known.values()))
    reason = because("the codebook names no family for any of these codes")
    empty = _rows("family", [""], "krippendorff_alpha", double, np.array([np.nan]), None, [np.nan], [reason])
    return empty, _dots("family", "", double, np.zeros((0, 0)))


def _set_rows(
    double: DoubleCoding, weights: Floats | None, level: float, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, dots = [], []
    counted = double.sets()
    sessions = len(double.sessions)
    place = np.repeat(double.session[:, None], len(double.coders), axis=1)[counted.chosen >= 0]
    chosen = counted.chosen[counted.chosen >= 0]
    sets = len(counted.members)
    kept, scale = _sample(len(chosen), sets, seed)
    met, which = np.unique(chosen[kept], return_inverse=True)
    used = np.bincount(place[kept] * len(met) + which, minlength=sessions * len(met)).reshape(sessions, len(met)) * scale
    made = np.bincount(place, minlength=sessions).astype(float)
    distances: tuple[SetDistance, ...] = ("jaccard", "masi")
    for distance in distances:
        by_segment, _ = set_disagreement(counted, distance)
        observed = np.bincount(double.session, weights=by_segment, minlength=sessions)
        between = sums_by_group(counted.members[met], used, distance)

        def measure(drawn: Floats, observed: Floats = observed, between: Floats = between) -> Floats:
            values = drawn @ made
            with np.errstate(divide="ignore", invalid="ignore"):
                expected = ((drawn @ between) * drawn).sum(axis=1) / (values - 1)
                return np.where(expected > 1e-12, 1.0 - drawn @ observed / expected, np.nan)[:, None]

        limits = None
        if weights is not None:
            identity = np.eye(sessions)[:, :, None]
            limits = percentile_intervals(
                identity, lambda part, measure=measure: measure(part[:, :, 0]), weights,
                level=level, least_defined=_LEAST_DEFINED,
            )  # fmt: skip
        else:
            dots.append(_dots("all", f"alpha_{distance}", double, measure(np.eye(sessions)), ["all codes"]))
        reason = _nothing_to_compare(double) or because("every segment was given the same codes: nothing varies")
        value = measure(np.ones((1, sessions)))[0]
        rows.append(_rows("all", ["all codes"], f"alpha_{distance}", double, value, limits, [np.nan], [reason]))
    return pd.concat(rows), pd.concat(dots) if dots else _dots("all", "", double, np.zeros((0, 0)))


def _sample(ratings: int, sets: int, seed: int) -> tuple[Ints, float]:
    """Return which ratings stand for all in the chance term, and the factor that brings them up to all."""
    if sets <= _MOST_SETS:
        return np.arange(ratings), 1.0
    kept = np.sort(np.random.default_rng(seed).choice(ratings, _MOST_SETS, replace=False))
    return kept, float(np.sqrt(ratings * (ratings - 1) / (_MOST_SETS * (_MOST_SETS - 1))))


def _rows(
    kind: str,
    names: Sequence[Any],
    measure: str,
    double: DoubleCoding,
    values: Floats,
    limits: Intervals | None,
    share: Sequence[float],
    reasons: Sequence[str],
) -> pd.DataFrame:
    missing = np.full(len(names), np.nan)
    return pd.DataFrame(
        {
            "level": kind,
            "name": pd.Series(list(names), dtype=object),
            "measure": measure,
            "estimate": values,
            "low": np.where(np.isnan(values), np.nan, limits.low) if limits else missing,
            "high": np.where(np.isnan(values), np.nan, limits.high) if limits else missing,
            "n": len(double.session),
            "coders": len(double.coders),
            "sessions": len(double.sessions),
            "share": share,
            "reason": [why if np.isnan(value) else "" for value, why in zip(values, reasons, strict=True)],
            "defined": limits.defined if limits else 0,
        }
    )


def _dots(
    kind: str, measure: str, double: DoubleCoding, values: Floats, names: Sequence[Any] | None = None
) -> pd.DataFrame:
    """Return one row per name and session; `values` has shape (sessions, names)."""
    shown = (list(names) if names is not None else double.codes) if values.size else []
    sessions = double.sessions if values.size else []
    segments = np.bincount(double.session, minlength=len(double.sessions)) if values.size else np.zeros(0)
    return pd.DataFrame(
        {
            "level": kind,
            "name": pd.Series([name for name in shown for _ in sessions], dtype=object),
            "measure": measure,
            "session": pd.Series([session for _ in shown for session in sessions], dtype=object),
            "estimate": values.T.ravel(),
            "n": np.tile(segments, len(shown)).astype(int),
            "reason": [because("nothing varies in this session") if v != v else "" for v in values.T.ravel()],
        }
    )


def _nothing_to_compare(double: DoubleCoding) -> str:
    if len(double.session):
        return ""
    return because("there is only one coder" if len(double.coders) == 1 else "no segment was coded by two coders")


def _why_undefined(double: DoubleCoding, code: Any, total: Floats, ever: set[Any]) -> str:
    nothing = _nothing_to_compare(double)
    if nothing:
        return nothing
    if total[_YES] > 0:
        return because("every coder gave the code to every segment: nothing varies")
    if code in ever:
        return because("the code was given to no double-coded segment")
    return because("the code was never used")


def _why_no_interval(row: Any, sessions: int, minimum: int, draws: int) -> str:
    if row.estimate != row.estimate:
        return ""
    if sessions < max(minimum, 1):
        return f"no interval from {sessions} sessions, fewer than {minimum}: one value per session instead"
    if row.low != row.low:
        return f"no interval: the measure was defined in only {row.defined} of {draws} resamples"
    return ""


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
    for row in table[table["level"] == "all"].itertuples():
        value = None if row.estimate != row.estimate else float(row.estimate)
        reason = row.reason if value is None else None
        scalars[str(row.measure)] = Scalar(
            value, n=segments, unit="segments", method="Krippendorff's alpha on sets of codes", reason=reason
        )
    return scalars
