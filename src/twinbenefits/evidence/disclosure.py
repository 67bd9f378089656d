"""Which withheld counts could a reader work out from the released ones?

Every released count is a sum over a block of the finest cells: one value, or all values, of each dimension.
All that is released about one measure in one population is therefore a system of linear equations, and a
withheld count is given away when that system fixes it, or fixes it so closely that a guess is as good.
The audit looks at all tables together, since two harmless tables can be harmful side by side.

Source of the approach: Hundepool et al., Statistical Disclosure Control (2012), doi:10.1002/9781118348239
(linked tables, feasibility intervals). Withholding margins before any further inner cell is this project's
choice: inner cells are what the companies permitted, margins are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from heapq import heapify, heappop, heappush
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from twinbenefits.evidence.disclosure_bounds import bounded_by

__all__ = ["ALL", "Cell", "Leak", "audit", "protect"]

ALL = "*"
"""The value of a dimension that a margin or total sums over."""

Members = Mapping[str, Mapping[str, Iterable[str]]]
Parts = NDArray[np.int64]

_WIDTH = 1.0  # a count known to within 1 is as good as known
_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Cell:
    """One count or sum in one table.

    Parameters
    ----------
    table
        Where it would be shown, for messages.
    measure, population
        What is counted, and among what. Only cells alike in both can be added and subtracted.
    at
        Dimension to value; a dimension that is absent or `ALL` is summed over.
    value
        The count or sum, at least 0; not needed of a withheld cell, and then best left out (NaN).
    withheld
        Whether it is kept from the reader.
    complementary
        Whether it is kept only to protect another cell, so that knowing it does no harm by itself.
    whole
        Whether only whole numbers are possible; then knowing it within 1 is knowing it.
    """

    table: str
    measure: str
    population: str
    at: Mapping[str, str]
    value: float
    withheld: bool = False
    complementary: bool = False
    whole: bool = True

    @property
    def label(self) -> str:
        """Table and coordinates, as a reader would name the cell."""
        fixed = ", ".join(f"{dimension}={value}" for dimension, value in self.at.items() if value != ALL)
        return f"{self.table}[{fixed or 'total'}]"

    @property
    def breadth(self) -> int:
        """How many dimensions are named; fewer means a broader sum."""
        return sum(value != ALL for value in self.at.values())


@dataclass(frozen=True, slots=True)
class Leak:
    """A withheld cell that released ones give away, the interval they leave, and which they are."""

    cell: Cell
    lower: float
    upper: float
    by: tuple[Cell, ...]

    def __str__(self) -> str:
        how = "exactly" if self.upper - self.lower < _TOLERANCE else f"to within {self.upper - self.lower:g}"
        named = [cell.label for cell in self.by[:3]]
        more = [f"{len(self.by) - 3} other cells"] if len(self.by) > 3 else []
        return f"{self.cell.label} could be worked out {how} from {' with '.join(named + more)}"


def audit(cells: Iterable[Cell], members: Members | None = None) -> tuple[Leak, ...]:
    """Find every withheld cell that the released cells determine, or bound within 1 for counts.

    Parameters
    ----------
    cells
        All cells of all tables of one audience and edition, withheld ones included.
    members
        For values that stand for several others (say, a code family): dimension, value, the values it sums.

    Returns
    -------
    tuple of Leak
        One per withheld cell that is given away.

    Examples
    --------
    >>> def cell(case, value, withheld=False):
    ...     return Cell("D10", "segments", "all", {"case": case}, value, withheld)
    >>> print(audit([cell("A", 4), cell("B", 3, withheld=True), cell(ALL, 7)])[0])
    D10[case=B] could be worked out exactly from D10[total] with D10[case=A]
    >>> audit([cell("A", 4), cell("B", 3, withheld=True)])
    ()
    """
    standing = list(cells)
    groups = ([standing[place] for place in places] for places in _groups(standing))
    return tuple(
        chain.from_iterable(_Equations(group, _parts(group, members or {})).leaks() for group in groups)
    )


def protect(
    cells: Iterable[Cell], members: Members | None = None
) -> tuple[tuple[Cell, ...], tuple[Leak, ...]]:
    """Withhold the margins and totals that give withheld cells away.

    A permitted inner cell never goes: what still leaks then is returned, for the caller to refuse.

    Returns
    -------
    cells : tuple of Cell
        The same cells in the same order, some more of them withheld as complementary.
    leaks : tuple of Leak
        What withholding margins could not mend.

    Examples
    --------
    >>> def cell(case, value, withheld=False):
    ...     return Cell("D10", "segments", "all", {"case": case}, value, withheld)
    >>> cells, leaks = protect([cell("A", 4), cell("B", 3, withheld=True), cell(ALL, 7)])
    >>> [c.label for c in cells if c.withheld], leaks
    (['D10[case=B]', 'D10[total]'], ())
    """
    standing = list(cells)
    inner: dict[tuple[str, str, str], int] = {}
    for cell in standing:
        table = (cell.table, cell.measure, cell.population)
        inner[table] = max(inner.get(table, 0), cell.breadth)
    leaks: list[Leak] = []
    for places in _groups(standing):
        group = [standing[place] for place in places]
        parts = _parts(group, members or {})  # a cell sums over the same ones when it is withheld
        while True:
            found = list(_Equations(group, parts).leaks())
            guilty = {id(margin) for leak in found if (margin := _narrowest_margin(leak, inner)) is not None}
            if not guilty:
                break
            group = [replace(c, withheld=True, complementary=True) if id(c) in guilty else c for c in group]
        leaks += found
        for place, cell in zip(places, group, strict=True):
            standing[place] = cell
    return tuple(standing), tuple(leaks)


def _narrowest_margin(leak: Leak, inner: Mapping[tuple[str, str, str], int]) -> Cell | None:
    """Return the margin nearest to the leak; broader ones stay as long as they do no harm."""
    margins = [cell for cell in leak.by if cell.breadth < inner[cell.table, cell.measure, cell.population]]
    return max(margins, key=_breadth, default=None)


def _breadth(cell: Cell) -> int:
    return cell.breadth


def _groups(cells: Sequence[Cell]) -> list[list[int]]:
    """Return the places of the cells that could be added and subtracted, where there is something to hide."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, cell in enumerate(cells):
        groups.setdefault((cell.measure, cell.population), []).append(place)
    return [
        places
        for places in groups.values()
        if any(cells[place].withheld and not cells[place].complementary for place in places)
    ]


class _Equations:
    """What one measure in one population gives a reader: released sums over unknown finest cells."""

    def __init__(self, cells: Sequence[Cell], parts: Sequence[Parts]) -> None:
        self.cells = cells
        self.whole = all(cell.whole for cell in cells)
        self.parts = parts  # per cell: the finest cells that it sums over
        self.size = 1 + max((int(part[-1]) for part in self.parts if len(part)), default=-1)
        self.released = [row for row, cell in enumerate(cells) if not cell.withheld]
        self.targets = [row for row, cell in enumerate(cells) if cell.withheld and not cell.complementary]
        self.value = np.full(self.size, np.nan)  # of the finest cells that follow one by one
        self.source: dict[int, int] = {}  # finest cell → the released row that settled it
        self.waiting: dict[int, int] = {}  # released sum of several finest cells → how many are unknown

    def leaks(self) -> Iterator[Leak]:
        self._settle()
        unsure = []
        for row in self.targets:
            if np.isnan(self.value[self.parts[row]]).any():
                unsure.append(row)
            else:
                value = float(self.value[self.parts[row]].sum())
                yield Leak(self.cells[row], value, value, self._named(self._sources(row)))
        for rows, targets in self._components(unsure):
            yield from self._bounded(rows, targets)

    def _settle(self) -> None:
        """Solve, again and again, every released sum in which a single unknown is left."""
        for row in self.released:  # narrow sums first: they name the nearest cause
            if len(self.parts[row]) == 1 and (part := int(self.parts[row][0])) not in self.source:
                self.value[part] = self.cells[row].value
                self.source[part] = row
        holding: dict[int, list[int]] = {}
        for row in self.released:
            if len(self.parts[row]) == 1:
                continue
            unknown = self._unknown(row).tolist()
            self.waiting[row] = len(unknown)
            for part in unknown:
                holding.setdefault(part, []).append(row)
        ready = [(len(self.parts[row]), row) for row, left in self.waiting.items() if left == 1]
        heapify(ready)
        while ready:
            row = heappop(ready)[1]
            if self.waiting[row] == 0:
                continue
            part = int(self._unknown(row)[0])
            known = self.parts[row][~np.isnan(self.value[self.parts[row]])]
            self.value[part] = self.cells[row].value - self.value[known].sum()
            self.source[part] = row
            for other in holding[part]:
                self.waiting[other] -= 1
                if self.waiting[other] == 1:
                    heappush(ready, (len(self.parts[other]), other))

    def _sources(self, row: int) -> list[int]:
        """Return the released rows from which the finest cells of `row` follow, step by step."""
        found: dict[int, None] = {}
        queue = self.parts[row].tolist()
        while queue:
            source = self.source[queue.pop()]
            if source not in found:
                found[source] = None
                queue += [part for part in self.parts[source].tolist() if part in self.source]
        return list(found)

    def _named(self, rows: Iterable[int]) -> tuple[Cell, ...]:
        return tuple(self.cells[row] for row in sorted(rows, key=lambda row: (self.cells[row].breadth, row)))

    def _components(self, targets: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
        """Yield released rows and targets that share unknowns; a target with a free unknown is safe."""
        parent = list(range(self.size))

        def root(part: int) -> int:
            while parent[part] != part:
                parent[part] = parent[parent[part]]
                part = parent[part]
            return part

        bound = np.zeros(self.size, dtype=bool)
        open_rows = []
        for row in (row for row, left in self.waiting.items() if left):
            unknown = self._unknown(row)
            open_rows.append((row, int(unknown[0])))
            bound[unknown] = True
            for part in unknown[1:].tolist():
                parent[root(part)] = root(int(unknown[0]))
        groups: dict[frozenset[int], list[int]] = {}
        for target in targets:
            unknown = self._unknown(target)
            if bound[unknown].all():
                groups.setdefault(frozenset(root(part) for part in unknown.tolist()), []).append(target)
        for roots, members in groups.items():
            yield [row for row, part in open_rows if root(part) in roots], members

    def _unknown(self, row: int) -> NDArray[np.int64]:
        part = self.parts[row]
        unknown: NDArray[np.int64] = part[np.isnan(self.value[part])]
        return unknown

    def _bounded(self, rows: list[int], targets: list[int]) -> Iterator[Leak]:
        known_sums = np.array([np.nansum(self.value[self.parts[row]]) for row in rows])
        sums = np.array([self.cells[row].value for row in rows]) - known_sums
        system = bounded_by([self._unknown(row) for row in rows], sums, [self._unknown(t) for t in targets])
        for position in system.undecided(_WIDTH):
            lower, upper, binding = system.interval(position)
            used = [rows[place] for place in binding]
            if self.whole:
                lower, upper = float(np.ceil(lower - _TOLERANCE)), float(np.floor(upper + _TOLERANCE))
            if upper - lower > (_WIDTH if self.whole else _TOLERANCE * max(1.0, abs(upper))):
                continue
            target = targets[position]
            known = float(np.nansum(self.value[self.parts[target]]))
            settled = [
                self.source[part]
                for row in [target, *used]
                for part in self.parts[row].tolist()
                if part in self.source
            ]
            yield Leak(self.cells[target], lower + known, upper + known, self._named({*used, *settled}))


def _parts(cells: Sequence[Cell], members: Members) -> list[Parts]:
    """Number the finest cells and return, per cell, the sorted numbers of those it sums over."""
    dimensions = sorted({name for cell in cells for name, value in cell.at.items() if value != ALL})
    places: list[dict[str, int]] = []
    for dimension in dimensions:
        named = {cell.at.get(dimension, ALL) for cell in cells} - {ALL}
        leaves = sorted(set(chain.from_iterable(_leaves(dimension, value, members) for value in named)))
        places.append({leaf: index for index, leaf in enumerate(leaves)})
    # A margin sums over the values that some cell names: a reader would assume that the lists are complete.
    shape = [len(place) for place in places]

    @cache
    def extent(axis: int, value: str) -> NDArray[np.int64]:
        if value == ALL:
            return np.arange(shape[axis])
        return np.array(sorted(places[axis][leaf] for leaf in _leaves(dimensions[axis], value, members)))

    numbered = []
    for cell in cells:
        number = np.zeros(1, dtype=np.int64)
        for axis, dimension in enumerate(dimensions):  # row-major, so the numbers come out sorted
            number = (number[:, None] * shape[axis] + extent(axis, cell.at.get(dimension, ALL))).ravel()
        numbered.append(number)
    return numbered


def _leaves(dimension: str, value: str, members: Members) -> tuple[str, ...]:
    return tuple(members.get(dimension, {}).get(value, (value,)))
