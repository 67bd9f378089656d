"""Pairs of cases: do condition and outcome order them alike, and which cases break the order?"""

from collections.abc import Iterable, Sequence
from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np

from twinbenefits.analysis.coincidence import Floats

__all__ = ["MOST_CASES_TO_ORDER", "Orders", "orders_as_good", "pair_signs", "smallest_sets"]

MOST_CASES_TO_ORDER = 9
"""With more cases the orders are too many to go through one by one."""

Orders = tuple[int, int]


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
    """Return every smallest set of cases whose removal leaves no pair.

    Parameters
    ----------
    pairs
        Discordant pairs of cases.

    Returns
    -------
    tuple of tuples
        All sets of the smallest size, each sorted, in order; one empty set where there is no pair.

    Examples
    --------
    >>> smallest_sets([("A", "B"), ("A", "C")])
    (('A',),)
    >>> smallest_sets([("A", "B")])
    (('A',), ('B',))
    """
    edges = sorted({tuple(sorted(pair)) for pair in pairs})
    for size in range(len({case for edge in edges for case in edge}) + 1):
        found = set(_covers(edges, size))
        if found:
            return tuple(sorted(found))
    return ((),)


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
