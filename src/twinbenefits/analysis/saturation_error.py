"""How sure a statement on saturation can be: intervals, jackknife ranges, and when there is none."""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.estimate import Ranged, because
from twinbenefits.analysis.incidence import Incidence

__all__ = [
    "NORMAL",
    "chao_interval",
    "jackknife_spread",
    "left_out",
    "once_or_twice_left_out",
    "ranged",
    "richness_bound",
    "too_few",
    "unseen",
    "why_no_bound",
    "why_no_curve",
    "why_no_interval",
]

NORMAL = 1.959963984540054  # two-sided 95 %
Statistic = Callable[[Floats, int], float]


def unseen(q: Floats, sessions: int, bias_corrected: bool = False, small_sample_factor: bool = True) -> float:
    """Return Q0, the estimated lower bound on the codes not found yet.

    Examples
    --------
    >>> round(unseen(np.array([4.0, 2.0]), 10), 2)
    3.6
    """
    factor = (sessions - 1) / sessions if small_sample_factor else 1.0
    if bias_corrected:
        return float(factor * q[0] * (q[0] - 1) / (2 * (q[1] + 1)))
    if q[1] > 0:
        return float(factor * q[0] ** 2 / (2 * q[1]))
    return float(factor * max(q[0] * (q[0] - 1), 0.0) / 2)


def chao_interval(q: Floats, sessions: int, estimate: float) -> tuple[float, float]:
    """Return the 95 % interval of Chao2 from its analytic variance."""
    seen, once, twice = float(q.sum()), float(q[0]), float(q[1])
    factor, hidden = (sessions - 1) / sessions, estimate - seen
    if hidden <= 0:
        missed = math.exp(-float((q * np.arange(1, len(q) + 1)).sum()) / seen)
        spread = NORMAL * math.sqrt(seen * missed / (1 - missed))
        return max(seen, seen / (1 - missed) - spread), seen / (1 - missed) + spread
    if twice > 0:
        ratio = once / twice
        variance = twice * (factor / 2 * ratio**2 + factor**2 * ratio**3 + factor**2 / 4 * ratio**4)
    else:
        variance = (
            factor * once * (once - 1) / 2
            + factor**2 * once * (2 * once - 1) ** 2 / 4
            - factor**2 * once**4 / (4 * estimate)
        )
    stretch = math.exp(NORMAL * math.sqrt(math.log(1 + max(variance, 0.0) / hidden**2)))
    return seen + hidden / stretch, seen + hidden * stretch


def richness_bound(incidence: Incidence) -> float:
    """Return the codes found plus the lower bound on those unseen."""
    q = incidence.frequencies()
    return float(q.sum()) + (unseen(q, incidence.sessions) if incidence.sessions else 0.0)


def why_no_curve(incidence: Incidence) -> str:
    """Return why nothing can be averaged over orders, or nothing."""
    if incidence.sessions == 0:
        return because("there are no sessions")
    return because("no session holds a code") if incidence.seen == 0 else ""


def why_no_bound(incidence: Incidence) -> str:
    """Return why nothing can be said about further sessions, or nothing."""
    return because("one session says nothing about the next") if incidence.sessions == 1 else ""


def left_out(incidence: Incidence, statistic: Statistic) -> Floats:
    """Return a statistic of Q1, Q2 … and T with each session left out in turn.

    Empty for counts alone and for fewer than three sessions; NaN where no code would be left.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [1, 1, 0], "b": [0, 0, 1]})
    >>> left_out(Incidence.from_frame(table), lambda q, sessions: float(q.sum())).tolist()
    [2.0, 2.0, 1.0]
    """
    if incidence.matrix is None or incidence.sessions < 3:
        return np.zeros(0)
    rest = incidence.counts - incidence.matrix
    frequencies = [np.bincount(counts, minlength=3)[1:].astype(float) for counts in rest]
    return np.array([statistic(q, incidence.sessions - 1) if q.any() else np.nan for q in frequencies])


def once_or_twice_left_out(incidence: Incidence) -> tuple[Floats, Ints]:
    """Return the different pairs of Q1 and Q2 with a session left out, and which of them each leaves.

    Many sessions leave the same pair, so that what depends on nothing else is worked out once for all.
    """
    once, twice = (
        left_out(incidence, lambda q, _: float(q[0])),
        left_out(incidence, lambda q, _: float(q[1])),
    )
    pairs = np.stack([once, twice], axis=1)
    found, which = np.unique(pairs, axis=0, return_inverse=True)
    return found, which.ravel().astype(np.intp)


def jackknife_spread(values: Floats) -> float:
    """Return half the width of the 95 % interval from the values with one session left out.

    The usual jackknife error, (n-1)/n times the sum of squares, times Student's t for n - 1 degrees of
    freedom. In simulated studies it holds the true coverage about as often as it says; the delta method
    over the Q_k, which treats codes as drawn one by one, does so too rarely.
    """
    n = len(values)
    return float(stdtrit(n - 1, 0.975) * np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))


def ranged(
    incidence: Incidence,
    statistic: Statistic,
    method: str,
    unit: str,
    minimum_sessions: int | None,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Ranged:
    """Return a statistic of Q1, Q2 … and T with its jackknife interval and range."""
    q, sessions = incidence.frequencies(), incidence.sessions
    components = {
        "sessions": float(sessions),
        "codes": float(incidence.seen),
        "incidences": float(incidence.total),
        "found_once": float(q[0]),
        "found_twice": float(q[1]),
    }
    reason = why_no_curve(incidence) or why_no_bound(incidence)
    if reason:
        return Ranged(None, sessions, unit, method, reason, components=components)
    value, others = statistic(q, sessions), left_out(incidence, statistic)
    why = why_no_interval(incidence, minimum_sessions)
    known = others[~np.isnan(others)]
    low: float | None = None
    high: float | None = None
    if not why:
        spread = jackknife_spread(others)
        low, high = max(value - spread, limits[0]), min(value + spread, limits[1])
    return Ranged(
        value,
        sessions,
        unit,
        method,
        components=components,
        low=low,
        high=high,
        interval_reason=why,
        jackknife=(float(known.min()), float(known.max())) if known.size else None,
    )


def too_few(sessions: int, minimum: int | None) -> str:
    """Return that the sessions are too few for an interval, or nothing."""
    if minimum is None or sessions >= minimum:
        return ""
    return f"no interval from {sessions} sessions, fewer than {minimum}"


def why_no_interval(incidence: Incidence, minimum: int | None) -> str:
    """Return why there is no jackknife interval, or nothing."""
    if incidence.matrix is None:
        return "no interval from counts alone: it leaves out one session at a time"
    if incidence.seen and (incidence.counts.max() == 1) and incidence.matrix.any(axis=1).sum() == 1:
        return "no interval: all codes come from one session"
    return too_few(incidence.sessions, max(minimum or 0, 3))
