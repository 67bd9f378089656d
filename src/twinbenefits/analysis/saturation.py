"""Are the data enough? Codes found, codes likely still unseen, and what more sessions would bring.

The unit is the session. Everything is an average over all orders of the sessions, computed exactly; only
:func:`new_codes` also looks at the order in which they were held. Symbols: T sessions, Q_k codes found in
exactly k sessions, U the sum of incidences, S codes found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.estimate import Ranged, because
from twinbenefits.analysis.incidence import Incidence
from twinbenefits.analysis.next_session import WhichNext, which_next
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.saturation_error import (
    NORMAL,
    chao_interval,
    jackknife_spread,
    once_or_twice_left_out,
    ranged,
    richness_bound,
    too_few,
    unseen,
    why_no_bound,
    why_no_curve,
    why_no_interval,
)
from twinbenefits.analysis.saturation_rules import (
    design_effect,
    effective_sample_size,
    fugard_potts_n,
    guest_saturation,
    lowe_saturation,
)

__all__ = [
    "Curve",
    "Incidence",
    "NewCodes",
    "WhichNext",
    "chao2",
    "coverage",
    "design_effect",
    "effective_sample_size",
    "extrapolation",
    "fugard_potts_n",
    "guest_saturation",
    "lowe_saturation",
    "new_codes",
    "rarefaction",
    "which_next",
]

_ORDER = "Exact averages over all orders of the sessions; the sessions are taken as interchangeable, which a series of refined interview guides is not."  # noqa: E501 - one sentence of a limitation


@dataclass(frozen=True)
class Curve(Result):
    """Codes expected at several numbers of sessions: table with sessions, estimate, low, high, reason.

    Parameters
    ----------
    single
        True when one number of sessions was asked for: :attr:`estimate` is then a number.
    """

    single: bool = False

    @property
    def estimate(self) -> float | list[float | None] | None:
        """The estimate, or the list of them; ``None`` where undefined, with the reason in the table."""
        values = [None if np.isnan(value) else float(value) for value in self.table["estimate"]]
        return values[0] if self.single else values


@dataclass(frozen=True)
class NewCodes(Result):
    """New codes session by session; see :func:`new_codes`.

    Parameters
    ----------
    positions
        Positions, from 1, of the sessions that brought a new code, in the order they were held.
    total
        Number of codes found.
    next_session
        Codes expected new in one more session, averaged over orders.
    """

    positions: tuple[int, ...] = ()
    total: int = 0
    next_session: Ranged = field(
        default_factory=lambda: Ranged(None, reason=because("there are no sessions"))
    )

    @property
    def estimate(self) -> float | None:
        """Codes expected new in one more session."""
        return self.next_session.estimate


def coverage(incidence: Incidence, *, minimum_sessions: int | None = None) -> Ranged:
    """Return the estimated share of all code mentions that belongs to codes already found.

    C(T) = 1 - (Q1/U) [(T-1) Q1 / ((T-1) Q1 + 2 Q2)]; with Q2 = 0, (T-1)(Q1-1) / ((T-1)(Q1-1) + 2)
    stands in the brackets.

    Parameters
    ----------
    incidence
        Sessions by codes.
    minimum_sessions
        No interval from fewer sessions; a threshold of the study, from its rules.

    Returns
    -------
    Ranged
        Interval from leaving out one session at a time; components sessions, codes, incidences,
        found_once, found_twice. Undefined without codes and for a single session.

    References
    ----------
    Chao, A., & Jost, L. (2012). https://doi.org/10.1890/11-1952.1

    Examples
    --------
    >>> ants = Incidence.from_counts(200, [80, 59, 34, 23, 19, 15, 13, 8, 8, 4, 3, 2, 2, 1])
    >>> round(coverage(ants).estimate, 4)
    0.9964
    """
    return ranged(incidence, _coverage, "sample coverage", "share", minimum_sessions, limits=(0.0, 1.0))


def _coverage(q: Floats, sessions: int) -> float:
    total = float((q * np.arange(1, len(q) + 1)).sum())
    if q[1] > 0:
        seen_again = (sessions - 1) * q[0] / ((sessions - 1) * q[0] + 2 * q[1])
    else:
        pairs = max((sessions - 1) * (q[0] - 1), 0.0)
        seen_again = pairs / (pairs + 2)
    return float(1 - q[0] / total * seen_again)


def chao2(
    incidence: Incidence,
    *,
    bias_corrected: bool = False,
    small_sample_factor: bool = True,
    minimum_sessions: int | None = None,
) -> Ranged:
    """Return Chao's lower bound on the number of codes, found and unseen.

    S + (T-1)/T Q1²/(2 Q2); with Q2 = 0, S + (T-1)/T Q1 (Q1-1)/2. The bound is reached when the unseen codes
    are as rare as those found once; otherwise there are more.

    Parameters
    ----------
    incidence
        Sessions by codes.
    bias_corrected
        Use Q1 (Q1-1) / (2 (Q2+1)) throughout.
    small_sample_factor
        Multiply by (T-1)/T. The R package vegan leaves it out in its bias-corrected Chao 1, and takes the
        bias-corrected form by default; iNEXT does neither. Ours is iNEXT's choice.
    minimum_sessions
        No interval from fewer sessions.

    Returns
    -------
    Ranged
        With Chao's log-normal interval, which never falls below the codes found. It is the interval of the
        bound: the true number can lie above it.

    References
    ----------
    Chao, A. (1987). https://doi.org/10.2307/2531532

    Examples
    --------
    >>> ants = Incidence.from_counts(200, [80, 59, 34, 23, 19, 15, 13, 8, 8, 4, 3, 2, 2, 1])
    >>> round(chao2(ants).estimate, 3)
    14.249
    """

    def richness(q: Floats, sessions: int) -> float:
        return float(q.sum()) + unseen(q, sessions, bias_corrected, small_sample_factor)

    found = ranged(incidence, richness, "Chao2", "codes", minimum_sessions)
    few = too_few(incidence.sessions, minimum_sessions)
    low, high = None, None
    if found.estimate is not None and not few:
        low, high = chao_interval(incidence.frequencies(), incidence.sessions, found.estimate)
    return replace(found, low=low, high=high, interval_reason=few if found.estimate is not None else "")


def rarefaction(
    incidence: Incidence, sizes: int | Sequence[int], *, minimum_sessions: int | None = None
) -> Curve:
    """Return the codes expected in fewer sessions, exactly, as the average over all choices of them.

    S(t) = S - sum over codes of C(T - Y, t) / C(T, t), with Y the sessions a code was found in.

    Parameters
    ----------
    incidence
        Sessions by codes.
    sizes
        Numbers of sessions, from 0 to T.
    minimum_sessions
        No intervals from fewer sessions.

    Returns
    -------
    Curve
        Intervals from the unconditional variance of Colwell and others, which looks beyond these sessions.

    References
    ----------
    Colwell, R. K., Chao, A., Gotelli, N. J., and others (2012). https://doi.org/10.1093/jpe/rtr044

    Examples
    --------
    >>> [round(codes, 2) for codes in rarefaction(Incidence.from_counts(4, [4, 2, 1]), [1, 2, 4]).estimate]
    [1.75, 2.33, 3.0]
    """
    asked = np.atleast_1d(np.asarray(sizes, dtype=int))
    sessions, missed = incidence.sessions, incidence.missed()
    few = too_few(sessions, minimum_sessions)
    rows = []
    for size in asked:
        reason = why_no_curve(incidence)
        if not reason and size < 0:
            reason = because("a number of sessions cannot be negative")
        if not reason and size > sessions:
            reason = because(f"there are only {sessions} sessions: extrapolation looks further")
        if reason:
            rows.append((int(size), np.nan, np.nan, np.nan, reason))
            continue
        found = 1.0 - missed[size]
        codes, low, high = float(found.sum()), np.nan, np.nan
        if not few:
            spread = NORMAL * math.sqrt(
                max(float((found**2).sum()) - codes**2 / richness_bound(incidence), 0.0)
            )
            low, high = codes - spread, codes + spread
        rows.append((int(size), codes, low, high, ""))
    return _curve(incidence, rows, np.ndim(sizes) == 0, [_sentence(few)] if few else [])


def extrapolation(
    incidence: Incidence, m: int | Sequence[int], *, minimum_sessions: int | None = None
) -> Curve:
    """Return the codes expected after `m` more sessions of the same kind.

    S(T+m) = S + Q0 [1 - (1 - Q1/(T Q0 + Q1))^m], with Q0 the unseen codes of :func:`chao2`.

    Parameters
    ----------
    incidence
        Sessions by codes.
    m
        Further sessions, zero or more. Beyond doubling the sessions the estimate rests on the lower bound
        alone; a limitation says so.
    minimum_sessions
        No intervals from fewer sessions.

    Returns
    -------
    Curve
        Intervals from leaving out one session at a time; none when only counts are known.

    References
    ----------
    Colwell, R. K., Chao, A., Gotelli, N. J., and others (2012). https://doi.org/10.1093/jpe/rtr044

    Examples
    --------
    >>> round(extrapolation(Incidence.from_counts(10, [9, 5, 2, 2, 1, 1, 1, 1]), 5).estimate, 2)
    9.47
    """
    asked = np.atleast_1d(np.asarray(m, dtype=int))
    q, sessions = incidence.frequencies(), incidence.sessions
    no_interval = why_no_interval(incidence, minimum_sessions)
    rare, which = once_or_twice_left_out(incidence)
    rows = []
    for more in asked:
        reason = why_no_curve(incidence) or why_no_bound(incidence)
        if not reason and more < 0:
            reason = because("a number of further sessions cannot be negative: rarefaction looks back")
        if reason:
            rows.append((sessions + int(more), np.nan, np.nan, np.nan, reason))
            continue
        gain = partial(_gain, more=int(more))
        codes, low, high = incidence.seen + gain(q, sessions), np.nan, np.nan
        if not no_interval:
            spread = jackknife_spread(np.array([gain(one, sessions - 1) for one in rare])[which])
            low, high = max(codes - spread, float(incidence.seen)), codes + spread
        rows.append((sessions + int(more), codes, low, high, ""))
    far = "More than as many sessions again: the estimate rests on a lower bound and will tend to be too low."
    limitations = [far] if (asked > sessions).any() else []
    limitations += [_sentence(no_interval)] if no_interval else []
    return _curve(incidence, rows, np.ndim(m) == 0, limitations)


def _gain(q: Floats, sessions: int, more: int) -> float:
    """Return the codes expected new in `more` further sessions."""
    hidden = unseen(q, sessions)
    if hidden <= 0 or q[0] <= 0:
        return 0.0
    return float(hidden * (1 - (1 - q[0] / (sessions * hidden + q[0])) ** more))


def new_codes(incidence: Incidence, *, minimum_sessions: int | None = None) -> NewCodes:
    """Return the new codes of each session in the order held, beside the average over all orders.

    A session without a new code never ends the count: later ones are looked at all the same.

    Parameters
    ----------
    incidence
        Sessions by codes, in the order held; made from counts alone there is no order to look at, and the
        table holds only the averages.
    minimum_sessions
        No interval for the next session from fewer sessions.

    Returns
    -------
    NewCodes
        table: position, session, new, codes, cumulative, expected_new, expected. ``positions`` of sessions
        that brought something new, ``total`` codes, and ``estimate``, the codes expected new in one more
        session.

    Examples
    --------
    >>> sessions = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 0, 0], "c": [0, 0, 0, 1]})
    >>> found = new_codes(Incidence.from_frame(sessions))
    >>> found.positions, found.total, round(found.estimate, 3)
    ((1, 4), 3, 0.375)
    """
    sessions = incidence.sessions
    expected = incidence.expected()
    table = pd.DataFrame(
        {
            "position": range(1, sessions + 1),
            "session": pd.Series(list(incidence.names) or [""] * sessions, dtype=object),
            "new": np.nan,
            "codes": "",
            "cumulative": np.nan,
            "expected_new": np.diff(expected),
            "expected": expected[1:],
        }
    )
    positions: tuple[int, ...] = ()
    if incidence.matrix is not None and sessions:
        seen = np.logical_or.accumulate(incidence.matrix, axis=0)
        fresh = incidence.matrix.copy()
        fresh[1:] &= ~seen[:-1]
        table["new"], table["cumulative"] = fresh.sum(axis=1), seen.sum(axis=1)
        table["codes"] = ["; ".join(str(incidence.codes[i]) for i in np.flatnonzero(row)) for row in fresh]
        positions = tuple((np.flatnonzero(fresh.any(axis=1)) + 1).tolist())

    method, one = "codes expected new in one more session", partial(_gain, more=1)
    upcoming = ranged(incidence, one, method, "codes", minimum_sessions, (0.0, np.inf))
    return NewCodes(
        table, incidence.inputs, scalars={"next_session": upcoming}, limitations=(_ORDER,),
        positions=positions, total=incidence.seen, next_session=upcoming,
    )  # fmt: skip


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def _curve(
    incidence: Incidence,
    rows: list[tuple[int, float, float, float, str]],
    single: bool,
    limitations: Sequence[str] = (),
) -> Curve:
    table = pd.DataFrame(rows, columns=["sessions", "estimate", "low", "high", "reason"])
    return Curve(table, incidence.inputs, limitations=(_ORDER, *limitations), single=single)
