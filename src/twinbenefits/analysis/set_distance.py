"""Agreement on segments that may carry several codes: alpha with a distance between sets of codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.estimate import Estimate, undefined

__all__ = [
    "SetCounts",
    "SetDistance",
    "expected_disagreement",
    "set_disagreement",
    "set_distance",
    "set_valued_alpha",
    "sums_by_group",
]

SetDistance = Literal["jaccard", "masi"]

_ROWS = 512  # this many sets are compared with all others at a time


@dataclass(frozen=True, slots=True)
class SetCounts:
    """Sets of codes per unit: which set each rating is, and what each set holds.

    Parameters
    ----------
    members
        Shape (different sets, codes), True where the set holds the code.
    chosen
        Shape (units, coders): index into `members`, -1 for missing.
    """

    members: npt.NDArray[np.bool_]
    chosen: Ints


def set_distance(left: Iterable[Any], right: Iterable[Any], distance: SetDistance = "jaccard") -> float:
    """Return how far two sets of codes are apart, from 0 (the same) to 1 (nothing in common).

    Parameters
    ----------
    left, right
        Codes. Two empty sets are the same; an empty set is at distance 1 from any other.
    distance
        ``"jaccard"``: 1 - shared / all. ``"masi"``: 1 - monotonicity times shared / all; monotonicity is 1
        for equal sets, 2/3 when one holds the other, 1/3 for a partial overlap.

    References
    ----------
    Jaccard, P. (1912). https://doi.org/10.1111/j.1469-8137.1912.tb05611.x
    Passonneau, R. (2006). Measuring Agreement on Set-valued Items (MASI). LREC.

    Examples
    --------
    >>> set_distance({"a", "b"}, {"a", "b", "c"})
    0.33333333333333337
    >>> round(set_distance({"a", "b"}, {"a", "b", "c"}, "masi"), 4)
    0.5556
    """
    first, second = set(left), set(right)
    codes = sorted(first | second, key=repr)
    members = np.array(
        [[code in chosen for code in codes] for chosen in (first, second)], dtype=bool
    ).reshape(2, -1)
    return float(_distances(members[:1], members, distance)[0, 1])


def _distances(some: npt.NDArray[np.bool_], members: npt.NDArray[np.bool_], distance: SetDistance) -> Floats:
    """Return the distances between two lists of sets, shape (some, members)."""
    shared = some.astype(np.float32) @ members.astype(np.float32).T
    left, right = some.sum(axis=1, dtype=np.float32), members.sum(axis=1, dtype=np.float32)
    return _apart(shared, left[:, None], right[None, :], distance)


def _apart(
    shared: npt.NDArray[Any], left: npt.NDArray[Any], right: npt.NDArray[Any], distance: SetDistance
) -> Floats:
    """Return distances from the sizes of two sets and of what they share."""
    if distance not in ("jaccard", "masi"):
        raise ValueError(f"{distance!r} is no distance between sets: choose jaccard or masi")
    union = (left + right - shared).astype(float)
    overlap = np.where(union == 0, 1.0, shared / np.where(union == 0, 1.0, union))
    if distance == "masi":
        same, inside = (shared == left) & (shared == right), (shared == left) | (shared == right)
        overlap = overlap * np.where(same, 1.0, np.where(inside, 2 / 3, 1 / 3))
    return np.asarray(1.0 - overlap, dtype=float)


def set_valued_alpha(ratings: Any, distance: SetDistance = "jaccard") -> Estimate:
    """Return Krippendorff's alpha for ratings that are sets of codes.

    Parameters
    ----------
    ratings
        Shape (units, coders): each cell a set, list or tuple of codes; ``None`` or NaN where the coder did
        not work on the unit. An empty set says "worked on it and gave no code", which is a rating.
    distance
        ``"jaccard"`` or ``"masi"``, see :func:`set_distance`.

    Returns
    -------
    Estimate
        Components: ``observed_disagreement``, ``expected_disagreement``, ``values``.

    Raises
    ------
    ValueError
        For an unknown distance or ratings that are not a table.
    TypeError
        For a cell that is text or a number instead of a set of codes.

    Examples
    --------
    >>> ratings = [[{"a"}, {"a"}], [{"a", "b"}, {"a"}], [{"b"}, {"b"}], [{"c"}, {"b", "c"}]]
    >>> round(set_valued_alpha(ratings).estimate, 3), round(set_valued_alpha(ratings, "masi").estimate, 3)
    (0.644, 0.56)
    """
    method = f"Krippendorff's alpha on sets of codes, {distance}"
    cells = _cells(ratings)
    if not cells or not cells[0]:
        return undefined("there are no ratings", method=method)
    if len(cells[0]) < 2:
        return undefined("there is only one coder", method=method)
    counted = _count_sets(cells)
    observed, used = set_disagreement(counted, distance)
    units = int((((counted.chosen >= 0).sum(axis=1)) >= 2).sum())
    values = int(used.sum())
    if units == 0:
        return undefined("no unit was rated by two coders", method=method)
    expected = expected_disagreement(counted.members, used, distance) / (values - 1)
    if expected <= 0:
        reason = "every unit was given the same codes: nothing varies that coders could agree on"
        return undefined(reason, n=units, method=method)
    components = {
        "observed_disagreement": float(observed.sum()) / values,
        "expected_disagreement": expected / values,
        "values": float(values),
    }
    return Estimate(1.0 - float(observed.sum()) / expected, units, "units", method, components=components)


def set_disagreement(counted: SetCounts, distance: SetDistance) -> tuple[Floats, Ints]:
    """Return each unit's summed distance over ordered pairs per (ratings - 1), and how often each set occurs.

    Only units with at least two ratings count, in both.

    Examples
    --------
    >>> members = np.array([[True, False], [True, True]])
    >>> set_disagreement(SetCounts(members, np.array([[0, 1], [1, 1], [0, -1]])), "jaccard")
    (array([1., 0., 0.]), array([1, 3]))
    """
    chosen = counted.chosen
    made = (chosen >= 0).sum(axis=1)
    summed = np.zeros(len(chosen))
    for a in range(chosen.shape[1]):
        for b in range(a + 1, chosen.shape[1]):
            differ = np.flatnonzero(
                (chosen[:, a] >= 0) & (chosen[:, b] >= 0) & (chosen[:, a] != chosen[:, b])
            )
            left, right = counted.members[chosen[differ, a]], counted.members[chosen[differ, b]]
            shared = (left & right).sum(axis=1)
            summed[differ] += 2.0 * _apart(shared, left.sum(axis=1), right.sum(axis=1), distance)
    compared = made >= 2
    summed[compared] /= made[compared] - 1
    kept = chosen[compared]
    return summed, np.bincount(kept[kept >= 0], minlength=len(counted.members))


def expected_disagreement(members: npt.NDArray[np.bool_], used: Ints, distance: SetDistance) -> float:
    """Return the distance summed over all ordered pairs of ratings, whoever made them."""
    met = used > 0
    return float(sums_by_group(members[met], used[met][None, :].astype(float), distance)[0, 0])


def sums_by_group(members: npt.NDArray[np.bool_], used: Floats, distance: SetDistance) -> Floats:
    """Return the distance summed over pairs of ratings of two groups, for all pairs of groups.

    Parameters
    ----------
    members
        Shape (sets, codes).
    used
        Shape (groups, sets): how often each group used each set.

    Returns
    -------
    numpy.ndarray
        Shape (groups, groups), symmetric. Weighted on both sides by how often a resample drew each group,
        it gives the expected disagreement of that resample without going back to the units.
    """
    total = np.zeros((used.shape[0], used.shape[0]))
    for start in range(0, len(members), _ROWS):
        rows = slice(start, start + _ROWS)
        total += used[:, rows] @ (_distances(members[rows], members, distance) @ used.T)
    return total


def _cells(ratings: Any) -> list[list[Any]]:
    rows = ratings.to_numpy(dtype=object).tolist() if isinstance(ratings, pd.DataFrame) else ratings
    rows = [list(row) for row in rows]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(f"ratings are a table of units by coders, but rows have {sorted(widths)} coders")
    return rows


def _count_sets(cells: Sequence[Sequence[Any]]) -> SetCounts:
    known: dict[frozenset[Any], int] = {}
    chosen = np.full((len(cells), len(cells[0])), -1, dtype=np.intp)
    for unit, row in enumerate(cells):
        for coder, cell in enumerate(row):
            codes = _codes_of(cell)
            if codes is not None:
                chosen[unit, coder] = known.setdefault(codes, len(known))
    every = sorted({code for codes in known for code in codes}, key=repr)
    members = np.zeros((len(known), len(every)), dtype=bool)
    position = {code: index for index, code in enumerate(every)}
    for codes, index in known.items():
        members[index, [position[code] for code in codes]] = True
    return SetCounts(members, chosen)


def _codes_of(cell: Any) -> frozenset[Any] | None:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, str | bytes | int | float):
        raise TypeError(f"{cell!r} is not a set of codes: write {{{cell!r}}}, and None for a missing rating")
    return frozenset(cell)
