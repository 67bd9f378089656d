"""Seeded draws that give the same result on every platform and version of the libraries."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

__all__ = ["Draws"]

T = TypeVar("T")


class Draws:
    """Draw from one seeded stream.

    Only `random.Random.random` is used, whose sequence Python promises to keep; the streams of other
    generators may change between versions, and the demonstration tables are held byte for byte.

    Parameters
    ----------
    seed
        Any text or number; equal seeds give equal draws.

    Examples
    --------
    >>> Draws("a").choice(["x", "y", "z"]) == Draws("a").choice(["x", "y", "z"])
    True
    """

    def __init__(self, seed: str | int) -> None:
        self._random = random.Random(str(seed)).random
        self._seed = seed

    def branch(self, name: str) -> Draws:
        """Return an independent stream, so that one part can change without shifting another."""
        return Draws(f"{self._seed}/{name}")

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self._random() < probability

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a number between `low` and `high`."""
        return low + (high - low) * self._random()

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items, each alike likely."""
        return items[int(self._random() * len(items))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return one of the keys with a chance in proportion to its weight."""
        left = self._random() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return list(weights)[-1]

    def sample(self, items: Sequence[T], size: int) -> list[T]:
        """Return `size` different items (or all of them) in the order of the sequence."""
        return [items[index] for index in sorted(self.shuffled(range(len(items)))[:size])]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return all items in an order drawn at random."""
        pool = list(items)
        for place in range(len(pool) - 1):
            other = self.integer(place, len(pool) - 1)
            pool[place], pool[other] = pool[other], pool[place]
        return pool

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """Return a normal deviate (Box and Muller 1958, doi:10.1214/aoms/1177706645)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self._random()))
        return mean + deviation * radius * math.cos(2.0 * math.pi * self._random())
