"""Verdicts under many specifications at once, by the same rules as for one.

Values come as arrays with one row per specification; what the rules ask of pairs and cases is arithmetic on
them, and the smallest contrary sets are looked up once per pattern of discordant pairs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coding_tensor import Bools
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.judgement import CANNOT_SAY, MIXED, NOT_SUPPORTED, SUPPORTED
from twinbenefits.analysis.pairs import contrary_sets, pairs_for_and_against, smallest_sets

__all__ = ["VERDICTS", "Verdicts", "directional_verdicts", "gap_marks", "mark_verdicts", "necessary_marks"]

VERDICTS = (SUPPORTED, MIXED, NOT_SUPPORTED, CANNOT_SAY)
Verdicts = npt.NDArray[np.int8]
"""Places in `VERDICTS`."""

_SUPPORTED, _MIXED, _NOT_SUPPORTED, _CANNOT_SAY = range(4)
FOR, AGAINST, NEUTRAL, UNKNOWN = 1, -1, 0, 2
"""Marks of a case: supports, contrary, neither, silent."""


def directional_verdicts(
    terms: Sequence[tuple[Floats, Floats, int]], minimum_cases: int, recorded: Bools
) -> Verdicts:
    """Return the verdict on a directional proposition under each specification.

    Parameters
    ----------
    terms
        Per term condition and outcome, shape (..., cases) with NaN where unknown, and 1 or -1. The axes
        before the cases are those of the specifications, of length 1 where a side does not depend on one.
    minimum_cases
        A term with fewer known cases is not judged.
    recorded
        Shape (cases,): whether the team recorded why the case is contrary.

    Returns
    -------
    numpy.ndarray
        Shape (...,), that of all sides together.

    Examples
    --------
    >>> levels = np.array([[1.0, 2.0, 3.0, 4.0]] * 2)
    >>> shares = np.array([[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.4, 0.3]])
    >>> found = directional_verdicts([(levels, shares, 1)], 4, np.zeros(4, dtype=bool))
    >>> [VERDICTS[place] for place in found]
    ['Supported', 'Not supported']
    """
    *shape, cases = np.broadcast_shapes(*(side.shape for term in terms for side in term[:2]))
    if cases > _FEW:
        flat = [(_flat(one, shape), _flat(other, shape), direction) for one, other, direction in terms]
        return _over_many_cases(flat, minimum_cases, recorded).reshape(shape)
    one, other = np.triu_indices(cases, 1)
    good, bad, judged = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    against = np.zeros((len(one), *shape), dtype=bool)
    for condition, outcome, direction in terms:
        enough = (~np.isnan(condition) & ~np.isnan(outcome)).sum(axis=-1) >= minimum_cases
        more, less = _compared(condition, one, other)
        higher, lower = _compared(outcome, one, other)[::direction]
        speaks_for = (more & higher | less & lower) & enough
        contrary = (more & lower | less & higher) & enough
        good += speaks_for.sum(axis=0, dtype=np.int8)  # of so few cases there are no more pairs than it holds
        bad += contrary.sum(axis=0, dtype=np.int8)
        against |= contrary
        judged += enough
    # of a pair neither of which is on record one is in every set of contrary cases, without a reason
    unexplained = np.asarray(against[~recorded[one] & ~recorded[other]].any(axis=0), dtype=bool)
    doubtful = (good > bad) & (bad > 0) & ~unexplained
    unexplained[doubtful] = (_contrary(against[:, doubtful].T, cases) & ~recorded).any(axis=1)
    return _verdicts(good, bad, (bad > 0)[..., None], unexplained[..., None], judged > 0)


def _flat(side: Floats, shape: Sequence[int]) -> Floats:
    """Return the values of a side under each specification, shape (specifications, cases)."""
    return np.broadcast_to(side, (*shape, side.shape[-1])).reshape(-1, side.shape[-1])


def _compared(values: Floats, one: Ints, other: Ints) -> tuple[Bools, Bools]:
    """Return where one case of a pair has more than the other, and where less; neither where one is unknown.

    Shape (pairs, ...), so that whole stretches are compared at once.
    """
    by_case = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    first, then = by_case[one], by_case[other]
    return first > then, first < then


def _contrary(against: Bools, cases: int) -> Bools:
    """Return which cases belong to a smallest set whose removal leaves no discordant pair."""
    one, other = np.triu_indices(cases, 1)
    patterns, which = _patterns(against)
    contrary = np.zeros((len(patterns), cases), dtype=bool)
    for row, pattern in enumerate(patterns):
        pairs = zip(one[pattern].tolist(), other[pattern].tolist(), strict=True)
        contrary[row, [case for cover in smallest_sets(pairs) for case in cover]] = True
    return contrary[which]


_FEW = 11
"""Up to so many cases their pairs fit into the bits of one number."""


def _patterns(against: Bools) -> tuple[Bools, npt.NDArray[np.intp]]:
    """Return the different rows, and which of them each row is; as bits of one number."""
    keys = against @ (1 << np.arange(against.shape[1], dtype=np.int64))
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return against[first], which


def _counted_pairs(
    condition: Floats, outcome: Floats, direction: int, recorded: Bools
) -> tuple[int, int, bool]:
    """Return concordant and discordant pairs, and whether one of these has no case on record."""
    known = ~np.isnan(condition) & ~np.isnan(outcome)
    # places among the values are small whole numbers, which are compared many at a time
    more, less = (
        np.unique(values[known], return_inverse=True)[1].astype(np.int16)
        for values in (condition, direction * outcome)
    )
    higher = more[:, None] > more
    concordant = int(np.count_nonzero(higher & (less[:, None] > less)))
    against = higher & (less[:, None] < less)
    discordant = int(np.count_nonzero(against))
    against[recorded[known]] = False
    against[:, recorded[known]] = False
    return concordant, discordant, bool(against.any())


def _over_many_cases(
    terms: Sequence[tuple[Floats, Floats, int]], minimum_cases: int, recorded: Bools
) -> Verdicts:
    """Return the same verdicts where there are too many pairs to keep them for every specification.

    A pair of cases of which neither is on record has a contrary case without a reason, whatever the smallest
    sets are; so they are looked for only where every discordant pair has a case on record.
    """
    many = len(terms[0][0])
    good, bad, judged = (np.zeros(many, dtype=np.int64) for _ in range(3))
    unexplained, doubtful = np.zeros(many, dtype=bool), np.zeros(many, dtype=bool)
    for condition, outcome, direction in terms:
        enough = (~np.isnan(condition) & ~np.isnan(outcome)).sum(axis=1) >= minimum_cases
        judged += enough
        known: dict[bytes, tuple[int, int, bool]] = {}
        for row in np.flatnonzero(enough):
            key = condition[row].tobytes() + outcome[row].tobytes()
            if key not in known:
                known[key] = _counted_pairs(condition[row], outcome[row], direction, recorded)
            more, less, open_pair = known[key]
            good[row] += more
            bad[row] += less
            unexplained[row] |= open_pair
            doubtful[row] |= less > 0
    for row in np.flatnonzero(doubtful & ~unexplained):
        against = np.zeros((len(recorded), len(recorded)), dtype=bool)
        for condition, outcome, direction in terms:
            if np.sum(~np.isnan(condition[row]) & ~np.isnan(outcome[row])) >= minimum_cases:
                against |= pairs_for_and_against(condition[row], outcome[row], direction)[1]
        sets = contrary_sets(against | against.T, [f"{number:09d}" for number in range(len(recorded))])
        unexplained[row] = any(not recorded[int(case)] for one in sets for case in one)
    return _verdicts(good, bad, (bad > 0)[:, None], unexplained[:, None], judged > 0)


def _verdicts(
    good: npt.NDArray[np.int64],
    bad: npt.NDArray[np.int64],
    contrary: Bools,
    unexplained: Bools,
    enough: Bools,
) -> Verdicts:
    """Return the verdicts from what speaks for and against and, by case, what is contrary and unexplained."""
    verdict = np.full(good.shape, _NOT_SUPPORTED, dtype=np.int8)
    verdict[(good > bad) & ~unexplained.any(axis=-1)] = _MIXED
    verdict[~contrary.any(axis=-1)] = _SUPPORTED
    verdict[~enough | ((good == 0) & (bad == 0))] = _CANNOT_SAY
    return verdict


def mark_verdicts(marks: npt.NDArray[np.int8], minimum_cases: int, recorded: Bools) -> Verdicts:
    """Return the verdicts that follow from marks of single cases.

    Parameters
    ----------
    marks
        Shape (specifications, cases): 1 supports, -1 contrary, 0 neither, 2 silent.
    minimum_cases, recorded
        As for :func:`directional_verdicts`.
    """
    contrary = marks == AGAINST
    good, bad = (marks == FOR).sum(axis=1), contrary.sum(axis=1)
    enough = (marks != UNKNOWN).sum(axis=1) >= minimum_cases
    return _verdicts(good, bad, contrary, contrary & ~recorded, enough)


def necessary_marks(terms: Sequence[tuple[Floats, Floats]]) -> npt.NDArray[np.int8]:
    """Return the marks of cases on a necessary condition.

    Parameters
    ----------
    terms
        Per term whether the condition and whether the outcome is there, shape (specifications, cases): 1, 0,
        or NaN where unknown.

    Examples
    --------
    >>> condition, outcome = np.array([[1.0, 0.0, 0.0, np.nan]]), np.array([[1.0, 1.0, 0.0, 1.0]])
    >>> necessary_marks([(condition, outcome)]).tolist()
    [[1, -1, 0, 2]]
    """
    contrary = np.zeros(terms[0][0].shape, dtype=bool)
    silent, having = contrary.copy(), contrary.copy()
    for condition, outcome in terms:
        contrary |= (outcome == 1) & (condition == 0)
        silent |= np.isnan(outcome) | ((outcome == 1) & np.isnan(condition))
        having |= outcome == 1
    marks = np.where(having, FOR, NEUTRAL)
    return np.where(contrary, AGAINST, np.where(silent, UNKNOWN, marks)).astype(np.int8)


def gap_marks(terms: Sequence[tuple[Floats, Floats]]) -> npt.NDArray[np.int8]:
    """Return the marks of cases on a gap between what is expected and what was measured.

    Parameters
    ----------
    terms
        Per term segments expected and segments measured, shape (specifications, cases), NaN where unknown.

    Examples
    --------
    >>> gap_marks([(np.array([[3.0, 2.0, 0.0]]), np.array([[1.0, 2.0, 0.0]]))]).tolist()
    [[1, -1, 2]]
    """
    known = np.zeros(terms[0][0].shape, dtype=bool)
    failed = known.copy()
    for expected, measured in terms:
        told = ~np.isnan(expected) & (np.nan_to_num(expected) + np.nan_to_num(measured) > 0)
        known |= told
        failed |= told & (np.nan_to_num(expected) <= np.nan_to_num(measured))
    return np.where(~known, UNKNOWN, np.where(failed, AGAINST, FOR)).astype(np.int8)
