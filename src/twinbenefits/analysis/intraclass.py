"""How much of the spread of a rating lies between the things rated: intraclass correlation."""

from typing import Any

import numpy as np

from twinbenefits.analysis.coincidence import ratings_matrix
from twinbenefits.analysis.estimate import Estimate, undefined

__all__ = ["intraclass_correlation"]

_FORMS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")


def intraclass_correlation(ratings: Any, form: str = "ICC2") -> Estimate:
    """Return one of Shrout and Fleiss' six intraclass correlations of numeric ratings.

    Parameters
    ----------
    ratings
        Shape (units, raters), numbers. Units that a rater left out are dropped.
    form
        ``"ICC1"`` raters differ from unit to unit; ``"ICC2"`` the raters are a sample and must agree in
        level; ``"ICC3"`` these raters only, level aside; with a ``k`` for the mean of all raters.

    Raises
    ------
    ValueError
        For an unknown form or ratings that are not numbers.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). https://doi.org/10.1037/0033-2909.86.2.420

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(intraclass_correlation(ratings, form).estimate, 2) for form in ("ICC1", "ICC2", "ICC3")]
    [0.17, 0.29, 0.71]
    """
    if form not in _FORMS:
        raise ValueError(f"{form!r} is no intraclass correlation: choose one of {', '.join(_FORMS)}")
    values = ratings_matrix(ratings).astype(float)
    values = values[~np.isnan(values).any(axis=1)]
    units, raters = values.shape
    if units < 2 or raters < 2:
        return undefined(
            f"{units} units rated by all of {raters} raters leave nothing to compare", n=units, method=form
        )
    grand = values.mean()
    between = raters * float(((values.mean(axis=1) - grand) ** 2).sum()) / (units - 1)
    rater = units * float(((values.mean(axis=0) - grand) ** 2).sum()) / (raters - 1)
    within = float(((values - values.mean(axis=1, keepdims=True)) ** 2).sum()) / (units * (raters - 1))
    residual = (within * units - rater) / (units - 1)
    error = within if form.startswith("ICC1") else residual
    levels = (rater - residual) / units if form.startswith("ICC2") else 0.0
    spread = between + (levels if form.endswith("k") else (raters - 1) * error + raters * levels)
    if spread <= 0:
        return undefined("all ratings are equal: nothing varies", n=units, method=form)
    return Estimate((between - error) / spread, units, "units", form, components={"raters": float(raters)})
