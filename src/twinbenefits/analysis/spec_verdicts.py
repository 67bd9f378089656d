"""Verdicts under many specifications at once, by the same rules as for one.

Values come as arrays with one row per specification; what the rules ask of pairs and cases is arithmetic on
them, and the smallest contrary sets are looked up once per pattern of discordant pairs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coding_tensor import Bools
from twinbenefits.analysis.coincidence import Floats
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
        Per term condition and outcome, shape (specifications, cases) with NaN where unknown, and 1 or -1.
    minimum_cases
        A term with fewer known cases is not judged.
    recorded
        Shape (cases,): whether the team recorded why the case is contrary.

    Examples
    --------
    >>> levels = np.array([[1.0, 2.0, 3.0, 4.0]] * 2)
    >>> shares = np.array([[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.4, 0.3]])
    >>> found = directional_verdicts([(levels, shares, 1)], 4, np.zeros(4, dtype=bool))
    >>> [VERDICTS[place] for place in found]
    ['Supported', 'Not supported']
    """
    many, cases = terms[0][0].shape
    if cases > _FEW:
        return _over_many_cases(terms, minimum_cases, recorded)
    one, other = np.triu_indices(cases, 1)
    good, bad, judged = (np.zeros(many, dtype=np.int64) for _ in range(3))
    against = np.zeros((many, len(one)), dtype=bool)
    for condition, outcome, direction in terms:
        enough = (~np.isnan(condition) & ~np.isnan(outcome)).sum(axis=1) >= minimum_cases
        sign = direction * np.sign(condition[:, one] - condition[:, other])
        sign = sign * np.sign(outcome[:, one] - outcome[:, other])
        sign[~enough] = np.nan
        good += (sign > 0).sum(axis=1)
        bad += (sign < 0).sum(axis=1)
        against |= sign < 0
        judged += enough
    unexplained = _contrary(against, cases) & ~recorded
    return _verdicts(good, bad, against, unexplained, judged > 0)


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
    verdict = np.full(len(good), _NOT_SUPPORTED, dtype=np.int8)
    verdict[(good > bad) & ~unexplained.any(axis=1)] = _MIXED
    verdict[~contrary.any(axis=1)] = _SUPPORTED
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
