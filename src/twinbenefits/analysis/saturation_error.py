"""How sure a statement on saturation can be: intervals, jackknife ranges, and when there is none."""

import math
from collections.abc import Callable

import numpy as np

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.estimate import Ranged, because
from twinbenefits.analysis.incidence import Incidence

__all__ = [
    "NORMAL",
    "chao_interval",
    "delta_error",
    "jackknife",
    "ranged",
    "richness_bound",
    "too_few",
    "unseen",
    "why_no_bound",
    "why_no_curve",
]

NORMAL = 1.959963984540054  # two-sided 95 %


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


def delta_error(q: Floats, statistic: Callable[[Floats], float], bound: float) -> float:
    """Return the standard error of a function of Q1, Q2 …, taken as multinomial over `bound` codes."""
    slope = np.zeros(len(q))
    for k in range(len(q)):
        step = np.zeros(len(q))
        step[k] = 1e-4 * max(q[k], 1.0)
        down = step if q[k] > 0 else np.zeros(len(q))  # a count cannot be pushed below zero
        slope[k] = (statistic(q + step) - statistic(q - down)) / (step + down)[k] if q[k] > 0 else 0.0
    return math.sqrt(max(float((slope**2 * q).sum() - (slope @ q) ** 2 / bound), 0.0))


def ranged(
    incidence: Incidence,
    statistic: Callable[[Floats, int], float],
    method: str,
    unit: str,
    minimum_sessions: int | None,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Ranged:
    """Return a statistic of Q1, Q2 … and T with its delta-method interval and its jackknife range."""
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
    value = statistic(q, sessions)
    low: float | None = None
    high: float | None = None
    why = too_few(sessions, minimum_sessions)
    if not why:
        error = delta_error(q, lambda part: statistic(part, sessions), richness_bound(incidence))
        low, high = max(value - NORMAL * error, limits[0]), min(value + NORMAL * error, limits[1])
    left_out = jackknife(incidence, statistic)
    return Ranged(
        value,
        sessions,
        unit,
        method,
        components=components,
        low=low,
        high=high,
        interval_reason=why,
        jackknife=left_out,
    )


def too_few(sessions: int, minimum: int | None) -> str:
    """Return why there is no interval, or nothing."""
    if minimum is None or sessions >= minimum:
        return ""
    return f"no interval from {sessions} sessions, fewer than {minimum}"


def jackknife(incidence: Incidence, statistic: Callable[[Floats, int], float]) -> tuple[float, float] | None:
    """Return the smallest and largest value with one session left out in turn."""
    if incidence.matrix is None or incidence.sessions < 3:
        return None
    values = []
    for position in range(incidence.sessions):
        counts = incidence.counts - incidence.matrix[position]
        q = np.bincount(counts, minlength=3)[1:].astype(float)
        if q.sum() > 0:
            values.append(statistic(q, incidence.sessions - 1))
    return (min(values), max(values)) if values else None
