"""A text column with each different word kept once, so that words are asked once and not row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Words", "joined"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A text column.

    Parameters
    ----------
    places
        Shape (rows,): which word stands in each row.
    words
        The different words, in order of appearance.

    Examples
    --------
    >>> column = Words.of(["b", "a", "b"])
    >>> column.words.tolist(), column.places.tolist()
    (['b', 'a'], [0, 1, 0])
    """

    places: npt.NDArray[np.intp]
    words: npt.NDArray[np.object_]

    @classmethod
    def of(cls, cells: Sequence[str] | npt.NDArray[np.object_] | pd.Series[str]) -> Words:
        """Return cells as words; a column of a table may be given, too."""
        if isinstance(cells, pd.Series):
            cells = cells.to_numpy(dtype=object)
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        places, words = pd.factorize(array)
        return cls(places, words)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.places)

    @property
    def array(self) -> npt.NDArray[np.object_]:
        """The cells, one per row."""
        cells: npt.NDArray[np.object_] = self.words.take(self.places)
        return cells

    def tolist(self) -> list[str]:
        """Return the cells, one per row."""
        cells: list[str] = self.array.tolist()
        return cells

    def changed(self, change: Callable[[str], str]) -> Words:
        """Return the column with each word changed."""
        changed = [change(word) for word in self.words]
        if changed == self.words.tolist():
            return self
        again = Words.of(changed)
        return Words(again.places.take(self.places), again.words)

    def where(self, test: Callable[[str], object]) -> Bools:
        """Return, per row, whether its word passes a test."""
        passed = np.fromiter((bool(test(word)) for word in self.words), dtype=bool, count=len(self.words))
        found: Bools = passed.take(self.places) if len(passed) else np.zeros(len(self.places), dtype=bool)
        return found

    def looked_up(self, meaning: Mapping[str, object], default: object = "") -> npt.NDArray[np.object_]:
        """Return, per row, what its word means; the default where that is unknown."""
        found = np.empty(len(self.words), dtype=object)
        found[:] = [meaning.get(word, default) for word in self.words]
        rows: npt.NDArray[np.object_] = found.take(self.places)
        return rows


def joined(*columns: Words) -> npt.NDArray[np.intp]:
    """Return one whole number per row, the same for rows that are alike in all columns.

    Examples
    --------
    >>> joined(Words.of(["a", "a", "b"]), Words.of(["x", "x", "x"])).tolist()
    [0, 0, 1]
    """
    first, *others = columns
    number = first.places
    for column in others:
        number = pd.factorize(number * max(len(column.words), 1) + column.places)[0]
    return number
