"""How much two different categories count as agreement, and tables of counts unfolded into ratings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coincidence import Floats

__all__ = ["Weights", "agreement_weights", "ratings_from_counts", "ratings_from_table"]

Weights = str | npt.ArrayLike | None


def agreement_weights(weights: Weights, values: npt.ArrayLike) -> Floats:
    """Return the agreement weights between categories: 1 for the same, 0 for the farthest.

    Parameters
    ----------
    weights
        ``None`` or ``"unweighted"``; ``"linear"``, ``"quadratic"``, ``"radical"`` or ``"ratio"`` on numeric
        values; ``"ordinal"`` on their positions, which is Gwet's and not Krippendorff's ordinal metric;
        or an array of shape (categories, categories).
    values
        The categories in order, shape (categories,).

    Raises
    ------
    ValueError
        For an unknown name, an array of another shape, or numeric weights on categories that are words.

    Examples
    --------
    >>> agreement_weights("quadratic", [1, 2, 3])
    array([[1.  , 0.75, 0.  ],
           [0.75, 1.  , 0.75],
           [0.  , 0.75, 1.  ]])
    >>> agreement_weights("ordinal", [1, 2, 3])[0].round(3).tolist()
    [1.0, 0.667, 0.0]
    """
    levels = np.asarray(values)
    if weights is None or (isinstance(weights, str) and weights == "unweighted"):
        return np.eye(len(levels))
    if not isinstance(weights, str):
        given = np.asarray(weights, dtype=float)
        if given.shape != (len(levels), len(levels)):
            raise ValueError(
                f"weights for {len(levels)} categories have shape {(len(levels),) * 2}, not {given.shape}"
            )
        return given
    if weights == "ordinal":
        between = np.abs(np.subtract.outer(np.arange(len(levels)), np.arange(len(levels)))) + 1
        return _scaled(between * (between - 1) / 2.0)
    if levels.dtype.kind not in "fiu":
        raise ValueError(
            f"{weights} weights need numeric categories: pass categories=… with numbers, not {levels[:3]!r}"
        )
    numbers = levels.astype(float)
    apart = np.abs(np.subtract.outer(numbers, numbers))
    together = np.add.outer(numbers, numbers)
    named = {
        "linear": lambda: apart,
        "quadratic": lambda: apart**2,
        "radical": lambda: np.sqrt(apart),
        "ratio": lambda: (apart / np.where(together == 0, 1.0, together)) ** 2,
    }
    if weights not in named:
        raise ValueError(
            f"{weights!r} is no weighting: choose unweighted, ordinal, {', '.join(named)} or an array"
        )
    return _scaled(named[weights]())


def _scaled(distance: Floats) -> Floats:
    farthest = distance.max(initial=0.0)
    return np.asarray(1.0 - distance / (farthest if farthest > 0 else 1.0), dtype=float)


def ratings_from_table(table: npt.ArrayLike, categories: Sequence[Any] | None = None) -> npt.NDArray[Any]:
    """Unfold a cross table of two coders into ratings, one row per unit.

    Parameters
    ----------
    table
        Shape (categories, categories): first coder in rows, second in columns, whole numbers.
    categories
        Names of the categories; without them 0, 1, 2 …

    Examples
    --------
    >>> ratings_from_table([[1, 1], [0, 1]]).tolist()
    [[0, 0], [0, 1], [1, 1]]
    """
    counts = np.asarray(table, dtype=np.intp)
    pairs = np.argwhere(counts >= 0).repeat(counts.ravel(), axis=0)
    return pairs if categories is None else np.asarray(categories)[pairs]


def ratings_from_counts(counts: npt.ArrayLike) -> Floats:
    """Unfold counts per unit and category into ratings; who rated is not known, so coders are places.

    Parameters
    ----------
    counts
        Shape (units, categories): how many coders chose each category.

    Examples
    --------
    >>> ratings_from_counts([[2, 1], [0, 2]]).tolist()
    [[0.0, 0.0, 1.0], [1.0, 1.0, nan]]
    """
    table = np.asarray(counts, dtype=np.intp)
    ratings = np.full((table.shape[0], int(table.sum(axis=1).max(initial=0))), np.nan)
    for unit, row in enumerate(table):
        chosen = np.arange(row.size).repeat(row)
        ratings[unit, : chosen.size] = chosen
    return ratings
