"""Which withheld counts could a reader work out from the released ones?

Every released count is a sum over a block of the finest cells: one value, or all values, of each dimension.
Everything that is released about one measure in one population is therefore a system of linear equations,
and a withheld count is given away when that system fixes it, or fixes it so closely that a guess is as good.
The audit looks at all released tables together, since two harmless tables can be harmful side by side.

Sources of the approach: Hundepool et al., Statistical Disclosure Control (2012), ch. 4,
doi:10.1002/9781118348239 (linked tables, feasibility intervals). Withholding margins first, instead of further
inner cells, is this project's choice: inner cells are what the companies permitted, margins are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["ALL", "Cell", "Leak", "audit", "protect"]

ALL = "*"
"""The value of a dimension that a margin or total sums over."""

_WIDTH = 1.0
_TOLERANCE = 1e-7

Block = tuple[frozenset[str] | None, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One count or sum in one released table.

    Parameters
    ----------
    table
        Where it would be shown, for messages.
    measure, population
        What is counted, and among what. Only cells alike in both can be added and subtracted.
    at
        Dimension to value; a dimension that is absent or `ALL` is summed over.
    value
        The count; at least 0.
    withheld
        Whether the rule of the audience forbids to show it.
    count
        Whether only whole numbers are possible (then knowing it within 1 is knowing it).
    """

    table: str
    measure: str
    population: str
    at: Mapping[str, str]
    value: float
    withheld: bool = False
    count: bool = True

    @property
    def label(self) -> str:
        """Name the cell as a reader would: table and coordinates."""
        fixed = ", ".join(f"{dimension}={value}" for dimension, value in self.at.items() if value != ALL)
        return f"{self.table}[{fixed or 'total'}]"

    @property
    def breadth(self) -> int:
        """How many dimensions are named; fewer means a broader sum."""
        return sum(value != ALL for value in self.at.values())


@dataclass(frozen=True, slots=True)
class Leak:
    """A withheld cell that the released ones give away."""

    cell: Cell
    lower: float
    upper: float
    by: tuple[Cell, ...] = field(default=())

    def __str__(self) -> str:
        how = "exactly" if self.upper - self.lower < _TOLERANCE else f"to {self.upper - self.lower:.0f} or closer"
        released = " with ".join(cell.label for cell in self.by) or "the other released cells"
        return f"{self.cell.label} could be worked out {how} from {released}"


def audit(cells: Iterable[Cell], members: Mapping[str, Mapping[str, Iterable[str]]] | None = None) -> tuple[Leak, ...]:
    """Find every withheld cell that the released cells determine, or bound within 1 for counts.

    Parameters
    ----------
    cells
        All cells of all tables of one audience and edition, withheld ones included.
    members
        For values that stand for several others (a code family, a group of cases): dimension → value → the
        values it sums over.

    Returns
    -------
    tuple of Leak
        One per withheld cell that is given away, with its interval and the released cells that do it.

    Examples
    --------
    >>> def cell(case, value, withheld=False):
    ...     return Cell("D10", "segments", "all", {"case": case}, value, withheld)
    >>> leaks = audit([cell("A", 4), cell("B", 3, withheld=True), cell("*", 7)])
    >>> print(leaks[0])
    D10[case=B] could be worked out exactly from D10[case=A] with D10[total]
    >>> audit([cell("A", 4), cell("B", 3, withheld=True)])
    ()
    """
    return tuple(leak for group in _groups(cells) for leak in _System(group, members or {}).leaks())


def protect(
    cells: Iterable[Cell], members: Mapping[str, Mapping[str, Iterable[str]]] | None = None
) -> tuple[tuple[Cell, ...], tuple[Leak, ...]]:
    """Withhold the margins and totals that give withheld cells away.

    Broad sums go first and a permitted inner cell never goes: what still leaks is returned for the caller to
    refuse.

    Returns
    -------
    cells : tuple of Cell
        The same cells in the same order, more of them withheld.
    leaks : tuple of Leak
        What withholding margins could not mend.

    Examples
    --------
    >>> def cell(case, value, withheld=False):
    ...     return Cell("D10", "segments", "all", {"case": case}, value, withheld)
    >>> cells, leaks = protect([cell("A", 4), cell("B", 3, withheld=True), cell("*", 7)])
    >>> [c.label for c in cells if c.withheld], leaks
    (['D10[case=B]', 'D10[total]'], ())
    """
    standing = list(cells)
    place = {id(cell): index for index, cell in enumerate(standing)}
    while True:
        leaks = audit(standing, members)
        inner = {(cell.table, cell.measure, cell.population): cell.breadth for cell in sorted(standing, key=_breadth)}
        margins = {
            id(cell): cell
            for leak in leaks
            for cell in leak.by
            if cell.breadth < inner[cell.table, cell.measure, cell.population]
        }
        if not margins:
            return tuple(standing), leaks
        for cell in margins.values():
            hidden = replace(cell, withheld=True)
            index = place.pop(id(cell))
            standing[index] = hidden
            place[id(hidden)] = index


def _breadth(cell: Cell) -> int:
    return cell.breadth


def _groups(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.measure, cell.population), []).append(cell)
    for group in groups.values():
        if any(cell.withheld for cell in group):
            yield group


class _System:
    """The equations that one measure in one population gives a reader."""

    def __init__(self, cells: Sequence[Cell], members: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self.cells = cells
        self.whole = all(cell.count for cell in cells)
        matrix = _incidence(cells, members)
        released = np.array([not cell.withheld for cell in cells])
        self.rows = np.flatnonzero(released)
        self.targets = np.flatnonzero(~released)
        matrix, known = _solve_single(matrix, self.rows, np.array([cell.value for cell in cells], dtype=float))
        self.matrix, self.known = matrix, known

    def leaks(self) -> Iterator[Leak]:
        values = np.array([cell.value for cell in self.cells], dtype=float)
        left = values - self.known
        unknowns = self.matrix
        # A row and an unknown belong together when the unknown stands in the row: leaks stay inside a component.
        n_rows, n_columns = unknowns.shape
        row_of, column_of = unknowns.nonzero()
        graph = csr_matrix(
            (np.ones(len(row_of)), (row_of, column_of + n_rows)), shape=(n_rows + n_columns, n_rows + n_columns)
        )
        component = connected_components(graph, directed=False)[1]
        by_component: dict[int, list[int]] = {}
        for row in self.rows:
            by_component.setdefault(int(component[row]), []).append(int(row))
        for target in self.targets:
            wanted = unknowns[[target]].toarray()[0]
            equations = by_component.get(int(component[target]), [])
            leak = self._interval(int(target), wanted, equations, left)
            if leak is not None:
                yield leak

    def _interval(self, target: int, wanted: np.ndarray, rows: list[int], left: np.ndarray) -> Leak | None:
        cell = self.cells[target]
        if not wanted.any():  # every part of it is already known from single released cells
            parts = [self.cells[row] for row in self.rows if _inside(self.cells[row], cell)]
            return Leak(cell, cell.value, cell.value, tuple(parts))
        system = self.matrix[rows].toarray() if rows else np.empty((0, len(wanted)))
        used = system.any(axis=0)
        if (wanted.astype(bool) & ~used).any():  # some part of it stands in no released sum: no upper bound
            return None
        system, goal = system[:, used], wanted[used]
        spans = [linprog(sign * goal, A_eq=system, b_eq=left[rows], bounds=(0, None), method="highs") for sign in (1, -1)]
        lower, upper = (sign * span.fun if span.status == 0 else sign * -np.inf for sign, span in zip((1, -1), spans))
        if self.whole:
            lower, upper = np.ceil(lower - _TOLERANCE), np.floor(upper + _TOLERANCE)
        if upper - lower > (_WIDTH if self.whole else _TOLERANCE * max(1.0, abs(upper))):
            return None
        duals = sum(np.abs(span.eqlin.marginals) for span in spans if span.status == 0)
        by = [self.cells[row] for row, weight in zip(rows, np.atleast_1d(duals)) if weight > _TOLERANCE]
        singles = [self.cells[row] for row in self.rows if row not in rows and any(_inside(self.cells[row], b) for b in by)]
        known = float(self.known[target])
        return Leak(cell, float(lower) + known, float(upper) + known, tuple([*singles, *by]))


def _inside(part: Cell, whole: Cell) -> bool:
    return all(value in (ALL, part.at.get(dimension, ALL)) for dimension, value in whole.at.items())


def _incidence(cells: Sequence[Cell], members: Mapping[str, Mapping[str, Iterable[str]]]) -> csr_matrix:
    """Return cells × classes of finest cells: 1 where the cell's sum runs over that class.

    Finest cells that stand in exactly the same sums cannot be told apart, so they are one unknown.
    """
    dimensions = sorted({name for cell in cells for name, value in cell.at.items() if value != ALL})
    blocks = [_block(cell, dimensions, members) for cell in cells]
    leaves = [_leaves(blocks, axis) for axis in range(len(dimensions))]
    masks = [[{b[axis] is None or leaf in b[axis] for leaf in ()} for b in ()] for axis, leaf in ()]
    del masks
    signature = [_signatures(blocks, axis, leaves[axis]) for axis in range(len(dimensions))]
    columns: dict[bytes, int] = {}
    for combination in product(*signature):
        together = np.logical_and.reduce(combination) if combination else np.ones(len(cells), dtype=bool)
        if together.any():
            columns.setdefault(together.tobytes(), len(columns))
    dense = np.array([np.frombuffer(key, dtype=bool) for key in columns], dtype=bool).reshape(len(columns), len(cells))
    return csr_matrix(dense.T.astype(float))


def _block(cell: Cell, dimensions: Sequence[str], members: Mapping[str, Mapping[str, Iterable[str]]]) -> Block:
    def extent(dimension: str) -> frozenset[str] | None:
        value = cell.at.get(dimension, ALL)
        if value == ALL:
            return None
        return frozenset(members.get(dimension, {}).get(value, (value,)))

    return tuple(extent(dimension) for dimension in dimensions)


def _leaves(blocks: Sequence[Block], axis: int) -> list[str]:
    return sorted({leaf for block in blocks if block[axis] is not None for leaf in block[axis] or ()})


def _signatures(blocks: Sequence[Block], axis: int, leaves: Sequence[str]) -> list[np.ndarray]:
    """Return one mask over cells per distinguishable value of a dimension, and one for the values never named."""
    rows = {np.array([block[axis] is None or leaf in (block[axis] or ()) for block in blocks]).tobytes() for leaf in leaves}
    rows.add(np.array([block[axis] is None for block in blocks]).tobytes())
    return [np.frombuffer(row, dtype=bool) for row in sorted(rows)]


def _solve_single(matrix: csr_matrix, rows: np.ndarray, values: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    raise AssertionError
