"""How far a reader can narrow down sums of unknown counts, given other sums of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["bounded_by"]

Unknowns = NDArray[np.int64]

_TOLERANCE = 1e-7
_PROBES = 12  # random directions tried before each remaining goal is bounded on its own


class Bounds(Protocol):
    """What is known about some goals, each a sum of unknowns that are at least 0."""

    def undecided(self, width: float) -> list[int]:
        """Return the positions of the goals that are not yet shown to vary by more than the width."""

    def interval(self, position: int) -> tuple[float, float, list[int]]:
        """Return the bounds of a goal, and the positions of the sums behind them."""


def bounded_by(rows: Sequence[Unknowns], sums: NDArray[np.float64], goals: Sequence[Unknowns]) -> Bounds:
    """Return the bounds that released sums put on goals.

    Parameters
    ----------
    rows
        Per released sum, the numbers of the unknowns in it.
    sums
        What they add up to.
    goals
        Per goal, the numbers of the unknowns in it; each unknown stands in some released sum.

    Examples
    --------
    >>> bounds = bounded_by([np.array([0, 1])], np.array([5.0]), [np.array([0]), np.array([0, 1])])
    >>> bounds.interval(0)[:2], bounds.interval(1)[:2]
    ((0.0, 5.0), (5.0, 5.0))
    """
    alone = all(np.array_equal(row, rows[0]) for row in rows[1:])
    return _OneSum(rows, sums, goals) if alone else _Programme(rows, sums, goals)


class _OneSum:
    """Unknowns of which nothing but their sum is released: each can be anything from 0 to that sum."""

    def __init__(
        self, rows: Sequence[Unknowns], sums: NDArray[np.float64], goals: Sequence[Unknowns]
    ) -> None:
        self.sum = float(sums[0])
        self.whole = [len(goal) == len(rows[0]) for goal in goals]

    def undecided(self, width: float) -> list[int]:
        wide = self.sum > 2 * width
        return [position for position, whole in enumerate(self.whole) if whole or not wide]

    def interval(self, position: int) -> tuple[float, float, list[int]]:
        return (self.sum if self.whole[position] else 0.0), self.sum, [0]


def _distinct_columns(incidence: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the place of one of each distinct column of zeros and ones, in the order of the columns."""
    packed = np.packbits(incidence.astype(bool), axis=0)  # what comes first weighs most: it keeps the order
    words = np.ascontiguousarray(packed.T).view(np.dtype((np.void, len(packed)))).ravel()
    return np.unique(words, return_index=True)[1]


class _Programme:
    """A linear programme: non-negative unknowns, released sums as equations."""

    def __init__(
        self, rows: Sequence[Unknowns], sums: NDArray[np.float64], goals: Sequence[Unknowns]
    ) -> None:
        self.sums = sums
        unknown = np.unique(np.concatenate([*rows, *goals]))

        def incidence(chosen: Sequence[Unknowns]) -> NDArray[np.float64]:
            matrix = np.zeros((len(chosen), len(unknown)))
            for place, parts in enumerate(chosen):
                matrix[place, np.searchsorted(unknown, parts)] = 1.0
            return matrix

        # Unknowns that stand in the same sums and goals cannot be told apart: one variable for all of them.
        both = np.vstack([incidence(rows), incidence(goals)])
        distinct = both[:, _distinct_columns(both)]
        self.system, self.goals = distinct[: len(rows)], distinct[len(rows) :]

    @cached_property
    def _sparse(self) -> object:
        from scipy.sparse import csr_matrix

        return csr_matrix(self.system)

    def _extreme(
        self, direction: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
        """Return the feasible point furthest against `direction` (None: unbounded) and its binding sums."""
        from scipy.optimize import linprog

        # Without presolve: equal unknowns are joined already, and it takes longer than the solving.
        found = linprog(
            direction,
            A_eq=self._sparse,
            b_eq=self.sums,
            bounds=(0, None),
            method="highs",
            options={"presolve": False},
        )
        if found.status != 0:
            return None, np.zeros(len(self.sums))
        return found.x, np.abs(found.eqlin.marginals)

    def undecided(self, width: float) -> list[int]:
        """Drop the goals that random directions already show to vary by more than the width."""
        random = np.random.default_rng(0)
        low, high = np.full(len(self.goals), np.inf), np.full(len(self.goals), -np.inf)
        left = np.arange(len(self.goals))
        for _ in range(_PROBES):
            if len(left) <= 2:
                break
            direction = random.standard_normal(len(left)) @ self.goals[left]
            for sign in (1.0, -1.0):
                point, _ = self._extreme(sign * direction)
                if point is not None:
                    reached = self.goals @ point
                    low, high = np.minimum(low, reached), np.maximum(high, reached)
            left = left[~(high[left] - low[left] > 2 * width)]
        return left.tolist()

    def interval(self, position: int) -> tuple[float, float, list[int]]:
        goal = self.goals[position]
        down, stops_down = self._extreme(goal)
        up, stops_up = self._extreme(-goal)
        lower = 0.0 if down is None else float(goal @ down)
        upper = np.inf if up is None else float(goal @ up)
        return lower, upper, np.flatnonzero(stops_down + stops_up > _TOLERANCE).tolist()
