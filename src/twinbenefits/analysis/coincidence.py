"""Which values meet in the same unit: the counts behind every agreement measure.

Nothing here builds a units by categories by categories array: nominal agreement needs only equal pairs
and the margins, so that 100,000 units with many codes stay small and quick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "MISSING",
    "Floats",
    "Ints",
    "Margins",
    "Metric",
    "category_codes",
    "disagreement",
    "nominal_margins",
    "ratings_matrix",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]

MISSING = -1
_ROWS = 12288  # a block of this many units stays in the processor's cache for a handful of coders
_LARGEST_CODE = 1 << 16  # above this, whole-number categories are renumbered before they are counted
_PATTERNS = 1 << 17  # so many combinations of ratings are counted at once (1 MB); more are compared by pairs


@dataclass(frozen=True, slots=True)
class Margins:
    """What agreement needs to know of a table of ratings, over units with at least two ratings.

    Parameters
    ----------
    disagreement
        Sum over units of unequal ordered pairs divided by (ratings - 1).
    counts
        How often each category occurs, shape (categories,).
    units
        Number of units with at least two ratings.
    """

    disagreement: float
    counts: Ints
    units: int


_NO_MARGINS = Margins(0.0, np.zeros(0, dtype=np.intp), 0)


def ratings_matrix(ratings: Any) -> npt.NDArray[Any]:
    """Return `ratings` as a two-dimensional array, units in rows and coders in columns.

    Parameters
    ----------
    ratings
        Array, frame or nested sequence, shape (units, coders). ``NaN``, ``None`` and ``NA`` are missing.

    Raises
    ------
    ValueError
        For anything that is not a table.

    Examples
    --------
    >>> ratings_matrix([[1, None], [2, 2]]).shape
    (2, 2)
    """
    if isinstance(ratings, pd.DataFrame):
        matrix = _frame_values(ratings)
    else:
        matrix = np.asarray(ratings)
        if matrix.dtype.kind == "U":  # a list with None beside text becomes the text "None" otherwise
            matrix = np.asarray(ratings, dtype=object)
    if matrix.ndim != 2:
        if matrix.size == 0:
            return np.empty((0, 0))
        raise ValueError(f"ratings are a table of units by coders, not an array of shape {matrix.shape}")
    if matrix.dtype.kind == "O":
        return _numbers_if_possible(matrix)
    return matrix.astype(np.int8) if matrix.dtype.kind == "b" else matrix


def _frame_values(frame: pd.DataFrame) -> npt.NDArray[Any]:
    if all(pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes) and frame.shape[1]:
        return frame.to_numpy(dtype=float, na_value=np.nan)
    return frame.to_numpy(dtype=object)


def _numbers_if_possible(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    missing = pd.isna(matrix)
    if all(isinstance(value, int | float | np.number) for value in matrix[~missing]):
        numbers = np.full(matrix.shape, np.nan)
        numbers[~missing] = matrix[~missing].astype(float)
        return numbers
    return matrix


def category_codes(
    matrix: npt.NDArray[Any], categories: Sequence[Any] | None = None
) -> tuple[Ints, npt.NDArray[Any]]:
    """Number the categories of a table of ratings.

    Parameters
    ----------
    matrix
        Shape (units, coders).
    categories
        All categories in their order, also those never used; without it, the sorted values met.

    Returns
    -------
    codes, values
        Codes of shape (units, coders) with -1 for missing, and the category of each code.

    Raises
    ------
    ValueError
        When a rating is not among `categories`.

    Examples
    --------
    >>> codes, values = category_codes(np.array([["b", "a"], ["a", None]], dtype=object))
    >>> codes.tolist(), values.tolist()
    ([[1, 0], [0, -1]], ['a', 'b'])
    """
    flat = matrix.ravel()
    if categories is None:
        codes, values = pd.factorize(flat, sort=True)
        return codes.astype(np.intp, copy=False).reshape(matrix.shape), np.asarray(values)
    index = pd.Index(list(categories))
    codes = index.get_indexer(pd.Index(flat))
    strange = (codes < 0) & ~pd.isna(flat)
    if strange.any():
        raise ValueError(f"{flat[strange][0]!r} is not one of the categories {list(categories)!r}")
    return codes.astype(np.intp, copy=False).reshape(matrix.shape), index.to_numpy()


def nominal_margins(matrix: npt.NDArray[Any]) -> Margins:
    """Count equal pairs and categories, each rating looked at once.

    Parameters
    ----------
    matrix
        Shape (units, coders); small whole numbers are counted as they are, anything else is numbered first.

    Examples
    --------
    >>> nominal_margins(np.array([[1.0, 1.0], [1.0, 2.0], [2.0, np.nan]]))
    Margins(disagreement=2.0, counts=array([0, 3, 1]), units=2)
    """
    if matrix.size == 0 or matrix.shape[1] < 2:
        return _NO_MARGINS
    if matrix.dtype.kind in "fiu":
        counted = _margins_of_numbers(matrix, _LARGEST_CODE)
        if counted is not None:
            return counted
    codes, values = category_codes(matrix)
    counted = _margins_of_numbers(np.where(codes < 0, np.nan, codes.astype(float)), len(values))
    return _NO_MARGINS if counted is None else counted


def _margins_of_numbers(matrix: npt.NDArray[Any], largest: int) -> Margins | None:
    """Return the margins, or ``None`` when the ratings are not whole numbers from 0 to `largest`.

    How many categories there are is read off the first block. Where later ones have more, all is done anew:
    to look through the whole table beforehand would take longer for most.
    """
    for seen in (matrix[:_ROWS], matrix):
        highest = np.fmax.reduce(seen, axis=None)
        if not 0 <= highest <= largest:  # also when every rating is missing
            continue
        values, gaps = int(highest) + 1, bool(np.isnan(seen.max()))
        if (values + gaps) ** matrix.shape[1] > _PATTERNS:
            return _margins_of_pairs(matrix)
        patterns = _pattern_counts(matrix, values, gaps)
        if patterns is not None:
            return _margins_of_patterns(patterns, values)
    return None


def _pattern_counts(matrix: npt.NDArray[Any], values: int, gaps: bool) -> Ints | None:
    """Count how often each combination of ratings occurs, one axis per coder; the last index is a gap.

    ``None`` when a rating is no whole number below `values`, or missing without `gaps`.

    Each unit is read as one number whose digits are its ratings, so that one count over the units
    replaces one over all ratings. The work runs in blocks and in place: for a table of this size, asking
    the system for fresh memory would take longer than the arithmetic.
    """
    units, coders = matrix.shape
    base = values + gaps
    weights = float(base) ** np.arange(coders - 1, -1, -1)
    size = min(_ROWS, units)
    numbers, cut, whole = (np.empty((size, coders), kind) for kind in (float, float, bool))
    key = np.empty(size)
    keys = np.empty(units, dtype=np.intp)
    for start in range(0, units, _ROWS):
        block = matrix[start : start + _ROWS]
        rows = len(block)
        floats = block.dtype.kind == "f"
        digits = block if floats and not gaps else np.fmin(block, values, out=numbers[:rows])
        if np.fmax.reduce(block, axis=None) >= values or digits.min() < 0:
            return None
        if not np.equal(np.trunc(digits, out=cut[:rows]), digits, out=whole[:rows]).all():
            return None
        keys[start : start + rows] = np.matmul(digits, weights, out=key[:rows])
    return np.bincount(keys, minlength=base**coders).reshape((base,) * coders)


def _margins_of_patterns(patterns: Ints, values: int) -> Margins:
    coders = patterns.ndim
    gaps = len(patterns) > values
    counts = _pairable(patterns, values)
    total, units, left = 0.0, 0, int(counts.sum())
    for ratings in range(2 if gaps else coders, coders + 1):
        for present in combinations(range(coders), ratings):
            part = patterns[tuple(slice(values) if coder in present else values for coder in range(coders))]
            equal = sum(
                int(part.diagonal(axis1=a, axis2=b).sum()) for a, b in combinations(range(ratings), 2)
            )
            met = int(part.sum()) if ratings < coders else left // coders
            left -= ratings * met
            total += ratings * met - 2.0 * equal / (ratings - 1)
            units += met
    return Margins(total, counts, units)


def _pairable(patterns: Ints, values: int) -> Ints:
    """Return how often each category occurs in units with at least two ratings."""
    coders, rest = patterns.ndim, patterns
    counts = np.zeros(len(patterns), dtype=np.intp)
    while rest.ndim > 1:  # from the whole table, as it lies in memory: a part of it would have to be copied
        counts += rest.reshape(len(rest), -1).sum(axis=1)
        rest = rest.sum(axis=0)
    counts = (counts + rest)[:values]
    if len(patterns) > values:
        for one in range(coders):
            counts -= patterns[tuple(slice(values) if coder == one else values for coder in range(coders))]
    return counts


def _margins_of_pairs(matrix: npt.NDArray[Any]) -> Margins | None:
    """Compare every pair of coders in blocks of units: for tables with too many combinations to count."""
    pairs = matrix.shape[1] * (matrix.shape[1] - 1) // 2
    counts, total, units = np.zeros(0, dtype=np.intp), 0.0, 0
    for start in range(0, matrix.shape[0], _ROWS):
        columns = np.ascontiguousarray(matrix[start : start + _ROWS].T, dtype=float)
        present = ~np.isnan(columns)
        with np.errstate(invalid="ignore"):  # a missing rating becomes some number that is not counted
            values = columns.astype(np.intp)
        if not np.array_equal(values == columns, present) or (values[present] < 0).any():
            return None
        ratings = present.sum(axis=0)
        equal = np.zeros(columns.shape[1], dtype=np.intp)
        for a, b in combinations(range(len(columns)), 2):
            equal += columns[a] == columns[b]  # a missing rating equals nothing, not even itself
        alike = np.bincount(ratings * (pairs + 1) + equal)
        met, same = np.divmod(np.flatnonzero(alike), pairs + 1)
        share = alike[alike > 0] * (met >= 2)
        total += float((share * (met - 2.0 * same / np.maximum(met - 1, 1))).sum())
        units += int(share.sum())
        found = np.bincount(values[present & (ratings >= 2)], minlength=counts.size)
        found[: counts.size] += counts
        counts = found
    return Margins(total, counts, units)


def disagreement(values: Floats, metric: Metric) -> tuple[float, float, int, int]:
    """Return summed observed disagreement, summed expected disagreement, values and units.

    Observed is the sum over units of squared differences over ordered pairs divided by (ratings - 1);
    expected the sum over all ordered pairs of pairable values divided by (values - 1). Their ratio is
    one minus alpha.

    Parameters
    ----------
    values
        Shape (units, coders), NaN for missing.
    metric
        ``"ordinal"``, ``"interval"`` or ``"ratio"``. Ordinal is interval on the middle ranks of the values.

    Examples
    --------
    >>> disagreement(np.array([[1.0, 1.0], [1.0, 3.0]]), "interval")
    (8.0, 8.0, 4, 2)
    """
    values = values[np.count_nonzero(~np.isnan(values), axis=1) >= 2]
    present = ~np.isnan(values)
    n = int(present.sum())
    if n == 0:
        return 0.0, 0.0, 0, 0
    if metric == "ratio":
        observed, expected = _ratio_disagreement(values, present)
    else:
        observed, expected = _squared_disagreement(
            _middle_ranks(values) if metric == "ordinal" else values, present
        )
    return observed, expected / (n - 1), n, values.shape[0]


def _middle_ranks(values: Floats) -> Floats:
    """Replace each value by the number of values below it plus half of its equals."""
    found, inverse, counts = np.unique(values, return_inverse=True, return_counts=True, equal_nan=True)
    ranks = np.cumsum(counts) - counts / 2.0
    ranks[np.isnan(found)] = np.nan
    return np.asarray(ranks[inverse].reshape(values.shape), dtype=float)


def _squared_disagreement(values: Floats, present: npt.NDArray[np.bool_]) -> tuple[float, float]:
    level = values[present][0]  # differences do not care; near zero, the squares keep their digits
    centred = np.where(present, values - level, 0.0)
    centred -= np.where(present, centred.sum() / present.sum(), 0.0)
    ratings = present.sum(axis=1)
    means = centred.sum(axis=1) / ratings
    within = np.where(present, centred - means[:, None], 0.0)
    observed = float((2.0 * ratings * (within**2).sum(axis=1) / (ratings - 1)).sum())
    kept = centred[present]
    expected = 2.0 * kept.size * float(((kept - kept.mean()) ** 2).sum())
    return observed, expected


def _ratio_disagreement(values: Floats, present: npt.NDArray[np.bool_]) -> tuple[float, float]:
    ratings = present.sum(axis=1)
    observed = np.zeros(values.shape[0])
    for a in range(values.shape[1]):
        for b in range(a + 1, values.shape[1]):
            observed += 2.0 * np.nan_to_num(_ratio_distance(values[:, a], values[:, b]))
    found, counts = np.unique(values[present], return_counts=True)
    expected = sum(
        float(count * (counts * _ratio_distance(value, found)).sum())
        for value, count in zip(found, counts, strict=True)
    )
    return float((observed / (ratings - 1)).sum()), expected


def _ratio_distance(left: Any, right: Any) -> Floats:
    total = left + right
    return np.asarray(((left - right) / np.where(total == 0, 1.0, total)) ** 2, dtype=float)
