"""Agreement code by code and on sets of codes, as functions of sums over sessions.

Written so that a resample of sessions needs nothing but how often each session was drawn.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.double_coding import DoubleCoding
from twinbenefits.analysis.set_distance import SetDistance, set_disagreement, sums_by_group

__all__ = ["RATINGS", "YES", "binary_measures", "binary_sums", "set_measures"]

RATINGS, SEGMENTS, YES, UNEQUAL, DISAGREE, SHARE, FIRST = range(7)
_MOST_SETS = 4000  # with more different sets of codes, chance disagreement is read off a sample of ratings


def binary_sums(double: DoubleCoding) -> Floats:
    """Return what every binary measure needs, summed per session: shape (sessions, 7, codes).

    Parts: ratings made, segments, times the code was given, unequal ordered pairs per rating and per pair,
    share of coders who gave the code, times the first coder gave it. Only given codes are looked at, so the
    cost follows the codings and not segments times codes.
    """
    sessions, codes, coders = len(double.sessions), len(double.codes), len(double.coders)
    sums = np.zeros((sessions, 7, codes))
    sums[:, : SEGMENTS + 1] = double.session_counts()[:, :, None]
    cell, yes = np.unique(double.segment * max(codes, 1) + double.code, return_counts=True)
    segment, code = np.divmod(cell, max(codes, 1))
    made = double.worked.sum(axis=1)[segment]
    unequal = 2.0 * yes * (made - yes) / (made - 1)
    where = double.session[segment] * codes + code

    def per_session(place: Any, values: Any) -> Floats:
        counted = np.bincount(place, weights=values, minlength=sessions * codes)
        return np.asarray(counted.reshape(sessions, codes), dtype=float)

    for part, values in ((YES, yes), (UNEQUAL, unequal), (DISAGREE, unequal / made), (SHARE, yes / made)):
        sums[:, part] = per_session(where, values)
    if coders == 2:
        first = double.coder == 0
        place = double.session[double.segment[first]] * codes + double.code[first]
        sums[:, FIRST] = per_session(place, np.ones(len(place)))
    return sums


def _alpha(sums: Floats) -> Floats:
    ratings, yes = sums[:, RATINGS], sums[:, YES]
    return 1.0 - sums[:, UNEQUAL] * (ratings - 1) / (2.0 * yes * (ratings - yes))


def _agreement(sums: Floats) -> Floats:
    return 1.0 - sums[:, DISAGREE] / sums[:, SEGMENTS]


def _cohen(sums: Floats) -> Floats:
    first, second = (
        sums[:, FIRST] / sums[:, SEGMENTS],
        (sums[:, YES] - sums[:, FIRST]) / sums[:, SEGMENTS],
    )
    return _corrected(_agreement(sums), first * second + (1 - first) * (1 - second))


def _fleiss(sums: Floats) -> Floats:
    share = sums[:, SHARE] / sums[:, SEGMENTS]
    return _corrected(_agreement(sums), share**2 + (1 - share) ** 2)


def _ac1(sums: Floats) -> Floats:
    share = sums[:, SHARE] / sums[:, SEGMENTS]
    return _corrected(_agreement(sums), 2 * share * (1 - share))


def _corrected(observed: Floats, chance: Floats) -> Floats:
    return (observed - chance) / (1 - chance)


def _varying(measure: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Make a measure undefined where the code was given always or never."""

    def measured(sums: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((sums[:, YES] > 0) & (sums[:, YES] < sums[:, RATINGS]), measure(sums), np.nan)

    return measured


def binary_measures(double: DoubleCoding) -> dict[str, Callable[[Floats], Floats]]:
    """Return the measures by name, each from sums of shape (n, 7, codes) to values of shape (n, codes)."""
    two = len(double.coders) == 2 and bool(double.worked.all())
    kappa = {"cohen_kappa": _cohen} if two else {"fleiss_kappa": _fleiss}
    chosen = {"krippendorff_alpha": _alpha, **kappa, "gwet_ac1": _ac1, "percent_agreement": _agreement}
    return {name: _varying(measure) for name, measure in chosen.items()}


def set_measures(double: DoubleCoding, seed: int) -> dict[str, Callable[[Floats], Floats]]:
    """Return alpha on sets of codes by distance, each from session weights (n, sessions) to values (n, 1).

    Parameters
    ----------
    double
        The double-coded segments.
    seed
        For the sample of ratings that stands in where more than a few thousand different sets occur.
    """
    counted, sessions = double.sets(), len(double.sessions)
    given = counted.chosen >= 0
    place = np.repeat(double.session[:, None], given.shape[1], axis=1)[given]
    made = np.bincount(place, minlength=sessions).astype(float)
    kept, scale = _sample(len(place), len(counted.members), seed)
    met, which = np.unique(counted.chosen[given][kept], return_inverse=True)
    cells = np.bincount(place[kept] * len(met) + which, minlength=sessions * len(met))
    used = cells.reshape(sessions, len(met)).astype(float) * np.float64(scale)
    distances: tuple[SetDistance, ...] = ("jaccard", "masi")
    return {
        f"alpha_{distance}": _set_alpha(
            np.bincount(
                double.session, weights=set_disagreement(counted, distance)[0], minlength=sessions
            ).astype(float),
            sums_by_group(counted.members[met], used, distance),
            made,
        )
        for distance in distances
    }


def _set_alpha(observed: Floats, between: Floats, made: Floats) -> Callable[[Floats], Floats]:
    def alpha(weights: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = ((weights @ between) * weights).sum(axis=1) / (weights @ made - 1)
            return np.where(expected > 1e-12, 1.0 - weights @ observed / expected, np.nan)[:, None]

    return alpha


def _sample(ratings: int, sets: int, seed: int) -> tuple[Ints, float]:
    """Return which ratings stand for all in the chance term, and the factor that brings them up to all."""
    if sets <= _MOST_SETS:
        return np.arange(ratings), 1.0
    kept = np.sort(np.random.default_rng(seed).choice(ratings, _MOST_SETS, replace=False))
    return kept, float(np.sqrt(ratings * (ratings - 1) / (_MOST_SETS * (_MOST_SETS - 1))))
