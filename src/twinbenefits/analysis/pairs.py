"""Pairs of cases: do condition and outcome order them alike, and which cases break the order?"""

from collections.abc import Iterable, Sequence
from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coincidence import Floats

__all__ = [
    "MOST_CASES_TO_ORDER",
    "MOST_TO_REMOVE",
    "Orders",
    "contrary_sets",
    "orders_as_good",
    "pair_signs",
    "pairs_for_and_against",
    "smallest_sets",
]

MOST_CASES_TO_ORDER = 9
"""With more cases the orders are too many to go through one by one."""

MOST_TO_REMOVE = 10
"""Where more cases would have to go, one set stands for the smallest: those in most pairs, one by one."""

Orders = tuple[int, int]
Bools = npt.NDArray[np.bool_]


def pair_signs(condition: Floats, outcome: Floats, direction: int) -> Floats:
    """Return for each pair of cases whether it is concordant (1), discordant (-1), tied (0) or unknown (NaN).

    Parameters
    ----------
    condition, outcome
        Shape (cases,), NaN where unknown.
    direction
        1 where more of the condition should go with more of the outcome, -1 where with less.

    Returns
    -------
    numpy.ndarray
        Shape (cases, cases), symmetric; the diagonal is 0.

    Examples
    --------
    >>> pair_signs(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.3, 0.2]), 1)[np.triu_indices(3, 1)].tolist()
    [1.0, 1.0, -1.0]
    """
    apart = np.sign(condition[:, None] - condition[None, :])
    return np.asarray(direction * apart * np.sign(outcome[:, None] - outcome[None, :]), dtype=float)


def smallest_sets(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[Any, ...], ...]:
    """Return every smallest set of cases whose removal leaves no pair, if it has at most `MOST_TO_REMOVE`.

    Parameters
    ----------
    pairs
        Discordant pairs of cases.

    Returns
    -------
    tuple of tuples
        All sets of the smallest size, each sorted, in order; one empty set where there is no pair. Where more
        would have to go, one set that need not be the smallest: again and again the case in most pairs.

    Examples
    --------
    >>> smallest_sets([("A", "B"), ("A", "C")])
    (('A',),)
    >>> smallest_sets([("A", "B")])
    (('A',), ('B',))
    """
    edges = sorted({tuple(sorted(pair)) for pair in pairs})
    if _apart(edges) <= MOST_TO_REMOVE:
        for size in range(MOST_TO_REMOVE + 1):
            found = set(_covers(edges, size))
            if found:
                return tuple(sorted(found))
    return (_in_most_pairs(edges),)


def _apart(edges: Sequence[tuple[Any, ...]]) -> int:
    """Return a number of pairs that share no case: as many cases have to go at the least."""
    used: set[Any] = set()
    for edge in edges:
        if used.isdisjoint(edge):
            used.update(edge)
    return len(used) // 2


def _in_most_pairs(edges: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return cases whose removal leaves no pair, each the one in most of the pairs that are left."""
    cases = sorted({case for edge in edges for case in edge})
    place = {case: number for number, case in enumerate(cases)}
    against = np.zeros((len(cases), len(cases)), dtype=bool)
    for one, other in edges:
        against[place[one], place[other]] = against[place[other], place[one]] = True
    return tuple(sorted(cases[number] for number in _removed(against)))


def _removed(against: Bools) -> list[int]:
    pairs = against.astype(np.int32)
    left, stays = pairs.sum(axis=1), np.ones(len(pairs), dtype=np.int32)
    removed = []
    while left[most := int(left.argmax())]:
        removed.append(most)
        stays[most] = 0
        left -= pairs[most]
        left *= stays
    return removed


def contrary_sets(against: Bools, cases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the sets of :func:`smallest_sets` from a table of the pairs.

    Parameters
    ----------
    against
        Shape (cases, cases), symmetric: whether the two are discordant.
    cases
        Their names.

    Examples
    --------
    >>> contrary_sets(np.array([[False, True], [True, False]]), ["A", "B"])
    (('A',), ('B',))
    """
    rows = np.flatnonzero(against.any(axis=1))
    used = np.zeros(len(against), dtype=bool)
    apart = 0
    for row in rows:
        free = np.flatnonzero(against[row] & ~used)
        if not used[row] and len(free):
            used[[row, free[0]]] = True
            apart += 1
        if apart > MOST_TO_REMOVE:
            return (tuple(sorted(cases[number] for number in _removed(against))),)
    one, other = np.nonzero(np.triu(against))
    return smallest_sets((cases[int(i)], cases[int(j)]) for i, j in zip(one, other, strict=True))


def pairs_for_and_against(condition: Floats, outcome: Floats, direction: int) -> tuple[Bools, Bools]:
    """Return which pairs are concordant and which discordant, the case with more of the condition first.

    Parameters
    ----------
    condition, outcome, direction
        As for :func:`pair_signs`.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Shape (cases, cases) each; every pair stands there once.

    Examples
    --------
    >>> good, bad = pairs_for_and_against(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.3, 0.2]), 1)
    >>> int(good.sum()), np.argwhere(bad).tolist()
    (2, [[2, 1]])
    """
    more = condition[:, None] > condition[None, :]
    alike, otherwise = more & (outcome[:, None] > outcome), more & (outcome[:, None] < outcome)
    return (alike, otherwise) if direction > 0 else (otherwise, alike)


def _covers(edges: Sequence[tuple[Any, ...]], size: int) -> Iterable[tuple[Any, ...]]:
    """Return sets of exactly or fewer than `size` cases that hold one end of every edge."""
    if not edges:
        yield ()
        return
    if size == 0:
        return
    for case in edges[0]:
        rest = [edge for edge in edges if case not in edge]
        for cover in _covers(rest, size - 1):
            yield tuple(sorted((case, *cover)))


def orders_as_good(
    conditions: Sequence[Floats], outcomes: Sequence[Floats], directions: Sequence[int]
) -> Orders | None:
    """Return how many of the orders of the cases would look at least as good, and how many there are.

    The outcomes are handed round among the cases in every possible way; an order looks at least as good when
    its concordant pairs exceed its discordant ones by at least as much as those observed. Several terms move
    together. This is no test: the cases were chosen, not sampled.

    Parameters
    ----------
    conditions, outcomes
        Per term shape (cases,), without missing values.
    directions
        Per term 1 or -1.

    Returns
    -------
    tuple of int, or None
        None with fewer than two cases or more than can be gone through.

    References
    ----------
    Kendall, M. G. (1938). A new measure of rank correlation. https://doi.org/10.1093/biomet/30.1-2.81

    Examples
    --------
    >>> levels, shares = np.arange(5.0), np.array([0.1, 0.2, 0.4, 0.3, 0.5])
    >>> orders_as_good([levels], [levels], [1]), orders_as_good([levels], [shares], [1])
    ((1, 120), (5, 120))
    """
    cases = len(conditions[0]) if conditions else 0
    if not 2 <= cases <= MOST_CASES_TO_ORDER:
        return None
    one, other = (np.array(ends) for ends in zip(*combinations(range(cases), 2), strict=True))
    orders = np.array(list(permutations(range(cases))), dtype=np.int8)
    score = np.zeros(len(orders))
    for condition, outcome, direction in zip(conditions, outcomes, directions, strict=True):
        above = direction * np.sign(condition[one] - condition[other])
        apart = np.sign(outcome[:, None] - outcome[None, :])
        score += apart[orders[:, one], orders[:, other]] @ above
    return int((score >= score[0]).sum()), factorial(cases)
