"""How much of a case's own number is its own? Partial pooling of benefits over the sessions of the cases.

In how many of its sessions a benefit came up is a handful of yes and no per case. A Beta-binomial model draws
each case's share towards the mean of all cases, the more the fewer its sessions and the more alike the cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.salience import benefit_groups
from twinbenefits.analysis.session_counts import session_counts
from twinbenefits.analysis.states import NOT_ASKED, benefit_states

__all__ = [
    "OneChanged",
    "between_case_correlation",
    "drawn_to",
    "means_of_cases",
    "partial_pooling",
    "pooled_shares",
    "pooling_with_one_changed",
]

EFFECTS = 2  # a mean and a spread are estimated

_LIMITATIONS = (
    "A pooled share describes these cases; it predicts no other company.",
    "No interval is given: it would treat the cases as drawn at random, and they were chosen.",
)


def between_case_correlation(having: Floats, held: Floats, known: Floats) -> Floats:
    """Return how alike sessions of one case are, as one correlation over all benefits.

    The analysis-of-variance estimate from mean squares between and within cases, summed over the benefits,
    and cut off at 0 and 1. 0 says that cases do not differ more than their sessions do.

    Parameters
    ----------
    having
        Shape (..., cases, benefits): sessions with the benefit.
    held
        Shape (..., cases): sessions held.
    known
        Shape (..., cases, benefits): 1 where the benefit was asked about, else 0.

    Returns
    -------
    numpy.ndarray
        Shape (...,), NaN where no benefit is known in two cases.

    References
    ----------
    Ridout, M. S., Demétrio, C. G. B., & Firth, D. (1999). https://doi.org/10.1111/j.0006-341X.1999.00137.x

    Examples
    --------
    >>> held, known = np.array([4.0, 4.0]), np.ones((2, 1))
    >>> float(between_case_correlation(np.array([[4.0], [0.0]]), held, known))
    1.0
    """
    sessions = held[..., None] * known
    total = sessions.sum(axis=-2)
    mean = _divided((having * known).sum(axis=-2), total)
    share = _divided(having, sessions)
    groups = (sessions > 0).sum(axis=-2)
    used = groups > 1
    between = np.where(used, (sessions * (share - mean[..., None, :]) ** 2).sum(axis=-2), 0.0).sum(axis=-1)
    within = np.where(used, (sessions * share * (1 - share)).sum(axis=-2), 0.0).sum(axis=-1)
    return _correlation(between, within, groups, total, (sessions**2).sum(axis=-2))


def _correlation(between: Floats, within: Floats, groups: Floats, total: Floats, squared: Floats) -> Floats:
    """Return the correlation from sums of squares, and by benefit cases, sessions and their squares."""
    used = groups > 1
    apart = np.where(used, groups - 1, 0).sum(axis=-1)
    inside = np.where(used, total - groups, 0).sum(axis=-1)
    squares = _divided(squared, total)
    size = _divided(np.where(used, total - squares, 0.0).sum(axis=-1), apart)
    mean_between, mean_within = _divided(between, apart), _divided(within, inside)
    spread = mean_between + (size - 1) * mean_within
    correlation = np.where(spread > 0, _divided(mean_between - mean_within, spread), 0.0)
    return np.where(apart > 0, np.clip(correlation, 0.0, 1.0), np.nan)


@dataclass(frozen=True, slots=True)
class OneChanged:
    """What one case becomes in each of several changes.

    Parameters
    ----------
    case
        Shape (changes,): the place of the case that changes.
    having, held, known
        Shape (..., changes, benefits), (changes,) and (..., changes, benefits): its numbers then.
    """

    case: Ints
    having: Floats
    held: Floats
    known: Floats


def pooling_with_one_changed(
    having: Floats, held: Floats, known: Floats, changed: OneChanged
) -> tuple[Floats, Floats]:
    """Return the correlation and the means over the cases when the numbers of a single case are others.

    What the other cases add up to is not added up anew for each change, so that as many changes as there are
    sessions take hardly longer than one.

    Parameters
    ----------
    having, held, known
        Shape (..., cases, benefits), (cases,) and (..., cases, benefits), as for
        :func:`between_case_correlation`.
    changed
        The changes.

    Returns
    -------
    correlation, mean : numpy.ndarray
        Shape (..., changes) and (..., changes, benefits).

    Examples
    --------
    >>> having, held = np.array([[4.0], [0.0], [1.0]]), np.array([4.0, 4.0, 4.0])
    >>> gone = OneChanged(np.array([2]), np.zeros((1, 1)), np.zeros(1), np.zeros((1, 1)))
    >>> correlation, mean = pooling_with_one_changed(having, held, np.ones((3, 1)), gone)
    >>> correlation.tolist(), mean.tolist()
    ([1.0], [[0.5]])
    """
    before = _squares(having, held, known)
    after = _squares(changed.having, changed.held, changed.known)
    parts = [_others(was)[..., changed.case, :] + now for was, now in zip(before, after, strict=True)]
    total, had, groups, squared, raw, inner = parts
    mean = _divided(had, total)
    used = groups > 1
    apart = raw - mean * had
    apart = np.where(used & (apart > _ROUNDING * raw), apart, 0.0).sum(axis=-1)
    within = np.where(used, inner, 0.0).sum(axis=-1)
    return _correlation(apart, within, groups, total, squared), mean


_ROUNDING = 1e-12  # of a sum of squares; less than this share is left over where all cases are alike


def _squares(having: Floats, held: Floats, known: Floats) -> tuple[Floats, ...]:
    """Return what is added up over the cases: sessions, with the benefit, cases, and squares."""
    sessions = held[..., None] * known
    share = _divided(having, sessions)
    there = (sessions > 0).astype(float)
    return (
        sessions,
        having * known,
        there,
        sessions**2,
        sessions * share**2,
        sessions * share * (1 - share),
    )


def _others(part: Floats) -> Floats:
    """Return what the other cases add up to, for each case; only adding, so that zeros stay zeros."""
    cases = part.shape[-2]
    nothing = np.zeros((*part.shape[:-2], 1, part.shape[-1]))
    before = np.concatenate([nothing, part[..., :-1, :].cumsum(axis=-2)], axis=-2)[..., :cases, :]
    after = np.concatenate([nothing, part[..., :0:-1, :].cumsum(axis=-2)], axis=-2)[..., :cases, :]
    return np.asarray(before + after[..., ::-1, :])


def pooled_shares(having: Floats, held: Floats, known: Floats, correlation: Floats) -> tuple[Floats, Floats]:
    """Return shares drawn towards the mean of the cases, and how far: 0 not at all, 1 onto the mean.

    Parameters
    ----------
    having, held, known
        As for :func:`between_case_correlation`.
    correlation
        Shape (...,): its answer; where it is missing nothing is drawn.
    """
    sessions = held[..., None] * known
    mean = means_of_cases(having, held, known)[..., None, :]
    return drawn_to(mean, having, sessions, np.asarray(correlation)[..., None, None])


def means_of_cases(having: Floats, held: Floats, known: Floats) -> Floats:
    """Return each benefit's share of all sessions of the cases in which it is known."""
    return _divided((having * known).sum(axis=-2), (held[..., None] * known).sum(axis=-2))


def drawn_to(mean: Floats, having: Floats, sessions: Floats, correlation: Floats) -> tuple[Floats, Floats]:
    """Return shares drawn towards a mean, and how far; shapes that fit each other.

    Parameters
    ----------
    mean
        Mean share over the cases.
    having, sessions
        Sessions with the benefit, of how many; 0 where it is not known.
    correlation
        How alike sessions of one case are; where it is missing nothing is drawn.
    """
    alike = np.nan_to_num(correlation, nan=1.0)
    shrinkage = np.where(sessions > 0, _divided(1 - alike, 1 - alike + sessions * alike), np.nan)
    share = _divided(having, sessions)
    return np.where(sessions > 0, shrinkage * mean + (1 - shrinkage) * share, np.nan), shrinkage


def _divided(above: Floats, below: Floats) -> Floats:
    return np.divide(
        above, below, out=np.zeros(np.broadcast(above, below).shape), where=np.asarray(below) > 0
    )


def partial_pooling(
    coded: Coded,
    asked: pd.DataFrame,
    *,
    minimum_sessions_per_effect: int,
    among: Sequence[str] | None = None,
    presence_threshold: int = 1,
    role: str = "benefit",
    codes: Sequence[str] | None = None,
) -> Result:
    """Return in what share of a case's sessions each benefit came up, raw and partially pooled.

    Parameters
    ----------
    coded, asked, presence_threshold, role, codes
        As for :func:`~twinbenefits.analysis.salience.salience`.
    minimum_sessions_per_effect
        The model estimates a mean and a spread per benefit, the spread in common; with fewer sessions than
        twice this number nothing is pooled.
    among
        The cases that are pooled; by default all. A pooled share gives the mean of the cases away, and with
        it the share of a case that is withheld. So for an audience that may not see each case, pass
        ``study.cases_that_permit("benefit_states")``; release refuses the result otherwise.

    Returns
    -------
    Result
        ``table``: case, code, sessions (with the benefit), of_sessions, share, pooled, shrinkage (0: the
        case's own share, 1: the mean of the cases), mean (over the cases), reason and the basis. Cells that
        were not asked about are left out of the fit and stay blank. Scalar ``between_case_correlation``.

    References
    ----------
    Casella, G. (1985). An introduction to empirical Bayes data analysis.
    https://doi.org/10.1080/00031305.1985.10479400
    """
    about = resolve(coded).about_cases()
    if among is not None:
        coded, about = coded.among(among), about.among(among)
    groups = benefit_groups(coded, role, codes)
    states = benefit_states(resolve(coded), asked, groups, presence_threshold=presence_threshold)
    shape = (len(coded.cases), len(groups))
    told = states["state"].notna() & (states["state"] != NOT_ASKED)
    known = told.to_numpy(dtype=float).reshape(shape)
    counts = session_counts(about, groups, role)
    held = counts.held().astype(float)
    having = counts.by_case((counts.carrying > 0).astype(float)) * known
    known = known * (held[:, None] > 0).astype(float)
    sessions = len(counts.sessions)
    correlation = between_case_correlation(having, held, known)
    why = _why_not(sessions, minimum_sessions_per_effect, bool(np.isnan(correlation)))
    pooled, shrinkage = pooled_shares(having, held, known, correlation)
    of_sessions = held[:, None] * known
    table = states[["case", "code"]].assign(
        sessions=having.ravel().astype(int),
        of_sessions=np.repeat(held, shape[1]).astype(int),
        share=np.where(of_sessions > 0, _divided(having, of_sessions), np.nan).ravel(),
        pooled=np.nan if why else pooled.ravel(),
        shrinkage=np.nan if why else shrinkage.ravel(),
        mean=np.nan if why else np.tile(_divided(having.sum(axis=0), of_sessions.sum(axis=0)), shape[0]),
        reason=np.where(known.ravel() > 0, why, _blank(states)),
    )
    table.loc[known.ravel() == 0, ["mean"]] = np.nan
    behind = about.mentions(groups).rename(columns={"of": "code"})
    table = with_basis(table, behind, ["case", "code"])
    scalar = Scalar(
        None if why else float(correlation),
        n=sessions,
        unit="sessions",
        method="analysis of variance over benefits, between and within cases",
        reason=because(why) if why else None,
        basis=pooled_basis(behind),
    )
    return Result(
        table,
        (*coded.inputs, "asked"),
        scalars={"between_case_correlation": scalar},
        limitations=_LIMITATIONS,
        cells=cells_of(table, ("case", "code"), case="case", mixed=("pooled", "shrinkage", "mean")),
    )


def _why_not(sessions: int, minimum: int, undefined: bool) -> str:
    if sessions < EFFECTS * minimum:
        return f"too few sessions: {sessions}, and a mean and a spread need {EFFECTS * minimum}"
    return "no benefit was asked about in two cases" if undefined else ""


def _blank(states: pd.DataFrame) -> "pd.Series[str]":
    reason = states["state"].where(states["state"].notna(), states["reason"])
    return reason.where(reason == NOT_ASKED, "nothing of it may be told of this case, or no session was held")
