"""Intervals that resample sessions: segments of one interview are not independent, so they move together.

A measure is written as a function of sums over sessions. The sums are made once; a resample only says how
often each session was drawn, so that a thousand resamples are one matrix product.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coincidence import Floats

__all__ = ["Intervals", "percentile_intervals", "resampled_sums", "session_draws"]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Percentile intervals of several statistics.

    Parameters
    ----------
    low, high
        Shape (statistics,), NaN where no interval is given.
    defined
        Shape (statistics,): in how many resamples the statistic was defined.
    draws
        Number of resamples.
    """

    low: Floats
    high: Floats
    defined: npt.NDArray[np.intp]
    draws: int


def session_draws(sessions: int, draws: int, seed: int) -> Floats:
    """Return how often each session is drawn in each resample, shape (draws, sessions).

    Parameters
    ----------
    sessions
        Number of sessions, at least one.
    draws
        Number of resamples.
    seed
        Seed of the random generator: the same seed gives the same resamples.

    Examples
    --------
    >>> weights = session_draws(4, draws=3, seed=1)
    >>> weights.shape, weights.sum(axis=1).tolist()
    ((3, 4), [4.0, 4.0, 4.0])
    """
    generator = np.random.default_rng(seed)
    return generator.multinomial(sessions, np.full(sessions, 1.0 / sessions), size=draws).astype(float)


def resampled_sums(sums: Floats, weights: Floats) -> Floats:
    """Return the sums of each resample.

    Parameters
    ----------
    sums
        Shape (sessions, parts, statistics).
    weights
        Shape (draws, sessions), from :func:`session_draws`.

    Returns
    -------
    numpy.ndarray
        Shape (draws, parts, statistics).

    Examples
    --------
    >>> resampled_sums(np.array([[[1.0]], [[10.0]]]), np.array([[2.0, 0.0], [1.0, 1.0]])).ravel().tolist()
    [2.0, 11.0]
    """
    flat = weights @ sums.reshape(sums.shape[0], -1)
    return np.asarray(flat.reshape(len(weights), *sums.shape[1:]), dtype=float)


def percentile_intervals(values: Floats, *, level: float, least_defined: float) -> Intervals:
    """Return percentile intervals of statistics computed in each resample.

    Parameters
    ----------
    values
        Shape (draws, statistics), NaN where a statistic is undefined in a resample.
    level
        Share of the resamples inside, for example 0.95.
    least_defined
        No interval is given when the statistic is defined in a smaller share of the resamples: dropping
        the others would leave out just those in which the code did not vary.

    Examples
    --------
    >>> values = np.array([[0.1, 0.5], [0.2, np.nan], [0.3, np.nan]])
    >>> found = percentile_intervals(values, level=0.9, least_defined=0.95)
    >>> found.low.round(2).tolist(), found.defined.tolist()
    ([0.11, nan], [3, 1])
    """
    tails = [(1 - level) / 2, (1 + level) / 2]
    defined = np.count_nonzero(~np.isnan(values), axis=0)
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    whole = defined == len(values)
    if whole.any():
        low[whole], high[whole] = np.quantile(values[:, whole], tails, axis=0)
    for column in np.flatnonzero(~whole & (defined >= least_defined * len(values)) & (defined > 0)):
        low[column], high[column] = np.nanquantile(values[:, column], tails)
    return Intervals(low, high, defined.astype(np.intp), len(values))
