"""How far do coders agree, beyond what chance would give?

The measures for one set of ratings live here and in the modules beside this one; their public names are
all imported here. Tables are units by coders with ``NaN`` (or ``None``) for "this coder did not rate this
unit". Every measure answers with an :class:`~twinbenefits.analysis.estimate.Estimate`: a number with its
n and method, or ``None`` with the reason. A table in which nothing varies has no agreement to measure:
the answer is "undefined", never 1.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.agreement_table import AgreementTable, agreement_table
from twinbenefits.analysis.agreement_weights import (
    agreement_weights,
    ratings_from_counts,
    ratings_from_table,
)
from twinbenefits.analysis.chance_correction import (
    brennan_prediger,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_weighted_alpha,
    percent_agreement,
    scott_pi,
)
from twinbenefits.analysis.coincidence import (
    Margins,
    Metric,
    category_codes,
    disagreement,
    nominal_margins,
    ratings_matrix,
)
from twinbenefits.analysis.estimate import Estimate, undefined
from twinbenefits.analysis.intraclass import intraclass_correlation
from twinbenefits.analysis.set_distance import set_distance, set_valued_alpha
from twinbenefits.analysis.unitizing import unitizing_alpha

__all__ = [
    "AgreementTable",
    "agreement_table",
    "agreement_weights",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_weighted_alpha",
    "intraclass_correlation",
    "krippendorff_alpha",
    "percent_agreement",
    "ratings_from_counts",
    "ratings_from_table",
    "scott_pi",
    "set_distance",
    "set_valued_alpha",
    "unitizing_alpha",
]

_METRICS = ("nominal", "ordinal", "interval", "ratio")


def krippendorff_alpha(
    ratings: Any, metric: Metric = "nominal", *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return Krippendorff's alpha, the share of expected disagreement that did not happen.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None where a coder did not rate a unit. Units with fewer than two
        ratings count for nothing.
    metric
        What a difference is: ``"nominal"`` any, ``"ordinal"`` by ranks, ``"interval"`` squared,
        ``"ratio"`` squared and relative to the sum (values from zero up).
    categories
        The order of worded levels for the ordinal metric; other ratings than these are refused.

    Returns
    -------
    Estimate
        With the components ``observed_disagreement``, ``expected_disagreement`` and ``values``
        (ratings in units with at least two). n counts those units.

    Raises
    ------
    ValueError
        For an unknown metric, a rating outside `categories`, or ratings that are not a table.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability. University of Pennsylvania.
    Hayes, A. F., & Krippendorff, K. (2007). https://doi.org/10.1080/19312450709336664

    Examples
    --------
    The published example of four coders and twelve units, one row per coder, has alpha .743:

    >>> published = np.array([
    ...     [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
    ...     [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
    ...     [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
    ...     [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan]])
    >>> round(krippendorff_alpha(published.T).estimate, 3)
    0.743
    >>> krippendorff_alpha([[1, 1], [1, 1]]).reason
    'undefined, because only one category was used: nothing varies that coders could agree on'
    """
    if metric not in _METRICS:
        raise ValueError(f"{metric!r} is no metric: choose one of {', '.join(_METRICS)}")
    method = f"Krippendorff's alpha, {metric}"
    matrix = ratings_matrix(ratings)
    if categories is not None:
        codes, _ = category_codes(matrix, categories)
        matrix = np.where(codes < 0, np.nan, codes.astype(float))
    if metric == "nominal":
        return _nominal_alpha(nominal_margins(matrix), matrix, method)
    problem = _not_a_measurement(matrix, metric)
    if problem:
        return undefined(problem, method=method)
    observed, expected, values, units = disagreement(matrix.astype(float), metric)
    return _alpha(observed, expected, values, units, matrix, method)


def _nominal_alpha(margins: Margins, matrix: npt.NDArray[Any], method: str) -> Estimate:
    counts = margins.counts.astype(float)
    values = int(margins.counts.sum())
    expected = (values**2 - float((counts**2).sum())) / (values - 1) if values > 1 else 0.0
    return _alpha(margins.disagreement, expected, values, margins.units, matrix, method)


def _alpha(
    observed: float, expected: float, values: int, units: int, matrix: npt.NDArray[Any], method: str
) -> Estimate:
    if units == 0:
        return undefined(_why_nothing_to_compare(matrix), method=method)
    if expected <= 0:
        return undefined(
            "only one category was used: nothing varies that coders could agree on", n=units, method=method
        )
    components = {
        "observed_disagreement": observed / values,
        "expected_disagreement": expected / values,
        "values": float(values),
    }
    return Estimate(1.0 - observed / expected, units, "units", method, components=components)


def _why_nothing_to_compare(matrix: npt.NDArray[Any]) -> str:
    if matrix.size == 0:
        return "there are no ratings"
    if matrix.shape[1] < 2:
        return "there is only one coder"
    return "no unit was rated by two coders"


def _not_a_measurement(matrix: npt.NDArray[Any], metric: Metric) -> str:
    """Return why the values cannot be ranked or subtracted, or nothing."""
    if matrix.size == 0:
        return ""
    if matrix.dtype.kind not in "fiub":
        return f"the {metric} metric needs numbers, or categories=… naming the order of the levels"
    if np.isinf(matrix.astype(float)).any():
        return "a rating is infinite"
    if metric == "ratio" and (matrix < 0).any():
        return "the ratio metric needs values from zero up, and a rating is negative"
    return ""


def cohen_kappa(
    ratings: Any, weights: str | npt.ArrayLike | None = None, *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return Cohen's kappa of two coders, each with their own habits as the chance model.

    Parameters
    ----------
    ratings
        Shape (units, 2). Units that one of them left out are dropped.
    weights
        ``None`` for plain kappa, a name of :func:`agreement_weights` (``"linear"``, ``"quadratic"`` …) or
        an array of agreement weights, shape (categories, categories), 1 on the diagonal.
    categories
        All categories in order; needed for weights when a level was never used.

    Returns
    -------
    Estimate
        ``standard_error`` is that of Fleiss, Cohen and Everitt; components are
        ``observed_agreement``, ``chance_agreement`` and ``standard_error_if_chance`` (under a true
        kappa of zero).

    Raises
    ------
    ValueError
        For a table that does not have two coders, unknown weights or a rating outside `categories`.

    References
    ----------
    Cohen, J. (1960). https://doi.org/10.1177/001316446002000104
    Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). https://doi.org/10.1037/h0028106

    Examples
    --------
    >>> kappa = cohen_kappa(ratings_from_table([[20, 5], [10, 15]]))
    >>> round(kappa.estimate, 3), round(kappa.standard_error, 3), kappa.n
    (0.4, 0.127, 50)
    """
    matrix = ratings_matrix(ratings)
    method = "Cohen's kappa" if weights is None else "Cohen's kappa, weighted"
    if matrix.size == 0:
        return undefined("there are no ratings", method=method)
    if matrix.shape[1] != 2:
        if matrix.shape[1] == 1:
            return undefined("there is only one coder", method=method)
        raise ValueError(
            f"Cohen's kappa compares two coders, not {matrix.shape[1]}: use krippendorff_alpha for more"
        )
    codes, values = category_codes(matrix, categories)
    codes = codes[(codes >= 0).all(axis=1)]
    if len(codes) == 0:
        return undefined("no unit was rated by two coders", method=method)
    size = len(values)
    shares = np.bincount(codes[:, 0] * size + codes[:, 1], minlength=size**2).reshape(size, size) / len(codes)
    return _kappa(shares, agreement_weights(weights, values), len(codes), method)


def _kappa(
    shares: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], n: int, method: str
) -> Estimate:
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed = float((weights * shares).sum())
    chance = float(first @ weights @ second)
    if np.count_nonzero(first + second) < 2:
        return undefined(
            "only one category was used: nothing varies that coders could agree on", n=n, method=method
        )
    if chance >= 1:
        return undefined("the weights count every pair of categories as full agreement", n=n, method=method)
    kappa = (observed - chance) / (1 - chance)
    typical = (weights @ second)[:, None] + (first @ weights)[None, :]
    scale = n * (1 - chance) ** 2
    variance = (shares * (weights - typical * (1 - kappa)) ** 2).sum() - (kappa - chance * (1 - kappa)) ** 2
    at_chance = (np.outer(first, second) * (weights - typical) ** 2).sum() - chance**2
    components = {
        "observed_agreement": observed,
        "chance_agreement": chance,
        "standard_error_if_chance": float(np.sqrt(max(at_chance, 0.0) / scale)),
    }
    return Estimate(
        kappa,
        n,
        "units",
        method,
        standard_error=float(np.sqrt(max(variance, 0.0) / scale)),
        components=components,
    )
