"""Which codes are told of together, and in how many sessions does that rest?"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.session_bootstrap import percentile_intervals, session_draws

__all__ = ["cooccurrence", "segment_pairs"]

LEAST_DEFINED = 0.95  # share of resamples in which a measure must be defined to have an interval

_PAIRS = 1024  # so many pairs are resampled at a time: all of them at once would fill the memory

_LIMITATIONS = (
    "Codes on one segment were told of together; that one brings the other about does not follow.",
    "Intervals resample sessions; the companies stay as they were chosen.",
)


def segment_pairs(coded: Coded, codes: Sequence[str]) -> pd.DataFrame:
    """Return one row per segment and pair of different codes on it, the first before the second in order.

    Parameters
    ----------
    coded
        Resolved evidence.
    codes
        The codes looked at, in order.
    """
    place = {code: number for number, code in enumerate(codes)}
    rows = coded.rows[coded.rows["code"].isin(list(codes))].drop_duplicates(["segment", "code"])
    rows = rows[["segment", "code", "session", "case", "source", "speaker", "consent_level", "about_case"]]
    joined = rows.merge(rows[["segment", "code"]], on="segment", suffixes=("", "_other"))
    before = joined["code"].map(place) < joined["code_other"].map(place)
    return joined[before].rename(columns={"code": "first", "code_other": "second"}).reset_index(drop=True)


def cooccurrence(
    coded: Coded,
    *,
    minimum_sessions: int,
    codes: Sequence[str] | None = None,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
) -> Result:
    """Return for each pair of codes how often they stand on one segment, by Jaccard and by lift.

    Parameters
    ----------
    coded
        The coded evidence; several coders are resolved by ``"any"`` unless that was done before.
    minimum_sessions
        With fewer sessions in all there are no intervals; a threshold of the study.
    codes
        The codes looked at; by default all that were given.
    draws, level, seed
        Resamples of sessions, share of them inside the interval, seed.

    Returns
    -------
    Result
        ``table``: first, second, segments (with both), sessions, jaccard (of the segments with either, those
        with both), jaccard_low, jaccard_high, lift (times as often together as if they were told of
        independently), lift_low, lift_high, reason, interval_reason and the basis; all pairs of codes, pooled
        over cases. Scalar ``coded_segments``.

    References
    ----------
    Jaccard, P. (1912). https://doi.org/10.1111/j.1469-8137.1912.tb05611.x
    """
    resolved = resolve(coded)
    met = set(resolved.rows["code"])
    names = [code for code in map(str, coded.codebook["id"]) if code in met] if codes is None else list(codes)
    first, second = np.triu_indices(len(names), 1)
    pairs = segment_pairs(resolved, names)
    alone, both, total = _by_session(resolved, pairs, names)
    together = both.sum(axis=0, dtype=float)
    once = alone.sum(axis=0)
    jaccard, lift = _measures(once[first], once[second], together, total.sum())
    sessions = len(total)
    low, high = (np.full((2, len(first)), np.nan) for _ in range(2))
    reason = f"no interval from {sessions} sessions, fewer than {minimum_sessions}"
    if sessions >= max(minimum_sessions, 1):
        weights = session_draws(sessions, draws, seed)
        drawn_alone, drawn_total = weights @ alone, (weights @ total)[:, None]
        for start in range(0, len(first), _PAIRS):
            part = slice(start, start + _PAIRS)
            one, other = drawn_alone[:, first[part]], drawn_alone[:, second[part]]
            drawn = weights @ both[:, part].astype(float)
            for place, values in enumerate(_measures(one, other, drawn, drawn_total)):
                found = percentile_intervals(values, level=level, least_defined=LEAST_DEFINED)
                low[place, part], high[place, part] = found.low, found.high
        reason = ""
    table = pd.DataFrame(
        {
            "first": [names[number] for number in first],
            "second": [names[number] for number in second],
            "segments": together.astype(int),
            "sessions": (both > 0).sum(axis=0),
            "jaccard": jaccard,
            "jaccard_low": low[0],
            "jaccard_high": high[0],
            "lift": lift,
            "lift_low": low[1],
            "lift_high": high[1],
            "reason": np.where(np.isnan(jaccard), "neither code was given", ""),
            "interval_reason": np.where(np.isnan(jaccard), "", reason),
        }
    )
    table.loc[table["reason"] != "", ["jaccard_low", "jaccard_high", "lift_low", "lift_high"]] = np.nan
    table = with_basis(table, pairs, ["first", "second"])
    coded_segments = resolved.rows.drop_duplicates("segment")
    return Result(
        table,
        coded.inputs,
        scalars={
            "coded_segments": Scalar(len(coded_segments), unit="segments", basis=pooled_basis(coded_segments))
        },
        limitations=_LIMITATIONS,
        cells=cells_of(
            table,
            ("first", "second"),
            counts={"segments": "segments"},
            population=f"segments with two codes, resolved by {resolved.rule}",
            shown_basis=("cases", "persons", "sources"),
        ),
    )


def _by_session(
    coded: Coded, pairs: pd.DataFrame, names: Sequence[str]
) -> tuple[Floats, npt.NDArray[np.int32], Floats]:
    """Return per session the segments with each code, with each pair, and with any code at all."""
    place = {name: number for number, name in enumerate(coded.sessions["session"])}
    column = {name: number for number, name in enumerate(names)}
    rows = coded.rows.drop_duplicates(["segment", "code"])
    segments = rows.drop_duplicates("segment")
    total = np.bincount(_numbers(segments["session"], place), minlength=len(place)).astype(float)
    rows = rows[rows["code"].isin(list(column))]
    size = len(column)
    alone = np.bincount(
        _numbers(rows["session"], place) * size + _numbers(rows["code"], column), minlength=len(place) * size
    )
    one, other = _numbers(pairs["first"], column), _numbers(pairs["second"], column)
    many = size * (size - 1) // 2
    pair = one * size - one * (one + 1) // 2 + other - one - 1  # as numpy.triu_indices counts them
    both = np.bincount(_numbers(pairs["session"], place) * many + pair, minlength=len(place) * many)
    return (
        alone.reshape(len(place), size).astype(float),
        both.astype(np.int32).reshape(len(place), many),
        total,
    )


def _numbers(column: pd.Series, place: "dict[str, int]") -> Ints:
    return column.map(place).to_numpy().astype(np.intp)


def _measures(one: Floats, other: Floats, both: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Return Jaccard and lift from sums: segments with the first codes, the second, both, and any."""
    with np.errstate(invalid="ignore", divide="ignore"):
        either, product = one + other - both, one * other
        jaccard = np.where(either > 0, both / either, np.nan)
        lift = np.where(product > 0, both * total / product, np.nan)
    return jaccard, lift
