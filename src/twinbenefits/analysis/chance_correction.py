"""Agreement under different ideas of chance: Fleiss, Scott, Gwet, Brennan and Prediger, Conger.

All of them are (observed - chance) / (1 - chance) with the same observed agreement and another chance
term. Their standard errors are those of Gwet's linearisation: each unit's influence on the coefficient is
written down and the influences are treated as independent, which segments of one interview are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinbenefits.analysis.agreement_weights import Weights, agreement_weights
from twinbenefits.analysis.coincidence import Floats, Ints, category_codes, ratings_matrix
from twinbenefits.analysis.estimate import Estimate, undefined

__all__ = [
    "brennan_prediger",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_weighted_alpha",
    "percent_agreement",
    "scott_pi",
]


@dataclass(frozen=True, slots=True)
class _Ratings:
    """Ratings prepared for a coefficient: categories numbered, counted per unit, weights at hand."""

    codes: Ints
    counts: Floats  # units by categories
    weights: Floats  # categories by categories, 1 on the diagonal

    @property
    def made(self) -> Floats:
        return np.asarray(self.counts.sum(axis=1), dtype=float)

    @property
    def agreement(self) -> Floats:
        """Share of weighted agreeing pairs within each unit; 0 for units with a single rating."""
        pairs = self.made * (self.made - 1)
        agreeing = (self.counts * (self.counts @ self.weights.T - 1)).sum(axis=1)
        return np.asarray(agreeing / np.where(pairs > 0, pairs, 1.0), dtype=float)


def _prepare(
    ratings: Any, weights: Weights, categories: Sequence[Any] | None, method: str
) -> _Ratings | Estimate:
    """Number and count the ratings, or say why no coefficient can be had."""
    matrix = ratings_matrix(ratings)
    if matrix.size == 0:
        return undefined("there are no ratings", method=method)
    if matrix.shape[1] < 2:
        return undefined("there is only one coder", method=method)
    codes, values = category_codes(matrix, categories)
    codes = codes[(codes >= 0).any(axis=1)]
    if not ((codes >= 0).sum(axis=1) >= 2).any():
        return undefined("no unit was rated by two coders", method=method)
    size = len(values)
    cells = (np.arange(len(codes))[:, None] * size + codes)[codes >= 0]
    counts = np.bincount(cells, minlength=len(codes) * size).reshape(len(codes), size).astype(float)
    compared = counts[counts.sum(axis=1) >= 2]
    if np.count_nonzero(compared.sum(axis=0)) < 2:
        reason = "only one category was used: nothing varies that coders could agree on"
        return undefined(reason, n=len(compared), method=method)
    return _Ratings(codes, counts, agreement_weights(weights, values))


def _coefficient(
    data: _Ratings, chance: float, chance_by_unit: Floats, method: str, pull: float = 2.0
) -> Estimate:
    """Return (observed - chance) / (1 - chance) with Gwet's linearised standard error.

    `chance_by_unit` averages to `chance`; `pull` is how often a unit enters the chance term.
    """
    compared = data.made >= 2
    units, n = len(data.made), int(compared.sum())
    by_unit = data.agreement
    observed = float(by_unit[compared].mean())
    if chance >= 1:
        return undefined("the weights count every pair of categories as full agreement", n=n, method=method)
    estimate = (observed - chance) / (1 - chance)
    influence = units / n * (by_unit - chance * compared) / (1 - chance)
    influence = influence - pull * (1 - estimate) * (chance_by_unit - chance) / (1 - chance)
    components = {"observed_agreement": observed, "chance_agreement": chance}
    error = _standard_error(influence - estimate)
    return Estimate(estimate, n, "units", method, standard_error=error, components=components)


def _standard_error(influence: Floats) -> float | None:
    units = len(influence)
    return float(np.sqrt((influence**2).sum() / (units * (units - 1)))) if units > 1 else None


def percent_agreement(
    ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return the average share of agreeing pairs of coders, not corrected for chance.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing.
    weights, categories
        As in :func:`agreement_weights`; without weights only equal categories agree.

    Examples
    --------
    >>> round(percent_agreement([[1, 1], [1, 2], [2, 2], [2, 2]]).estimate, 2)
    0.75
    """
    data = _prepare(ratings, weights, categories, "percent agreement")
    if isinstance(data, Estimate):
        return data
    return _coefficient(data, 0.0, np.zeros(len(data.made)), "percent agreement")


def gwet_ac1(ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None) -> Estimate:
    """Return Gwet's AC1, or AC2 when `weights` are given.

    Chance is the probability of agreeing on units that are hard to rate, so that AC1 stays high where one
    category dominates and kappa falls. Units with one rating still count towards the category shares.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing.
    weights
        ``None`` for AC1; for AC2 as in :func:`agreement_weights`.
    categories
        All categories, also those never used: their number enters the chance term.

    References
    ----------
    Gwet, K. L. (2008). https://doi.org/10.1348/000711006X126600

    Examples
    --------
    >>> from twinbenefits.analysis.agreement_weights import ratings_from_table
    >>> round(gwet_ac1(ratings_from_table([[20, 5], [10, 15]])).estimate, 3)
    0.406
    """
    method = "Gwet's AC1" if weights is None else "Gwet's AC2"
    data = _prepare(ratings, weights, categories, method)
    if isinstance(data, Estimate):
        return data
    size = data.counts.shape[1]
    shares = (data.counts / data.made[:, None]).mean(axis=0)
    scale = data.weights.sum() / (size * (size - 1))
    by_unit = scale * (data.counts @ (1 - shares)) / data.made
    return _coefficient(data, float(scale * (shares * (1 - shares)).sum()), by_unit, method)


def fleiss_kappa(
    ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None, complete: bool = False
) -> Estimate:
    """Return Fleiss' kappa for any number of coders, one common set of habits as the chance model.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing.
    weights, categories
        As in :func:`agreement_weights`.
    complete
        Fleiss wrote for the same number of ratings per unit. False keeps every unit (Gwet's version for
        missing ratings, equal to Fleiss' where nothing is missing); True drops units with a gap.

    References
    ----------
    Fleiss, J. L. (1971). https://doi.org/10.1037/h0031619

    Examples
    --------
    >>> from twinbenefits.analysis.agreement_weights import ratings_from_counts
    >>> counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    ...           [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]
    >>> round(fleiss_kappa(ratings_from_counts(counts)).estimate, 3)
    0.21
    """
    data = _prepare(ratings, weights, categories, "Fleiss' kappa")
    if complete and not isinstance(data, Estimate):
        matrix = ratings_matrix(ratings)
        whole = (category_codes(matrix, categories)[0] >= 0).all(axis=1)
        data = _prepare(matrix[whole], weights, categories, "Fleiss' kappa")
    return data if isinstance(data, Estimate) else _common_habits(data, "Fleiss' kappa")


def _common_habits(data: _Ratings, method: str) -> Estimate:
    shares = (data.counts / data.made[:, None]).mean(axis=0)
    typical = (data.weights @ shares + data.weights.T @ shares) / 2
    return _coefficient(
        data, float(shares @ data.weights @ shares), data.counts @ typical / data.made, method
    )


def scott_pi(ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None) -> Estimate:
    """Return Scott's pi: Fleiss' kappa for two coders.

    Parameters
    ----------
    ratings
        Shape (units, 2).
    weights, categories
        As in :func:`agreement_weights`.

    Raises
    ------
    ValueError
        For a table with more than two coders.

    References
    ----------
    Scott, W. A. (1955). https://doi.org/10.1086/266577

    Examples
    --------
    >>> from twinbenefits.analysis.agreement_weights import ratings_from_table
    >>> round(scott_pi(ratings_from_table([[20, 5], [10, 15]])).estimate, 3)
    0.394
    """
    matrix = ratings_matrix(ratings)
    if matrix.size and matrix.shape[1] > 2:
        raise ValueError(f"Scott's pi compares two coders, not {matrix.shape[1]}: use fleiss_kappa")
    data = _prepare(matrix, weights, categories, "Scott's pi")
    return data if isinstance(data, Estimate) else _common_habits(data, "Scott's pi")


def brennan_prediger(
    ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return Brennan and Prediger's coefficient: chance is every category equally likely.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing.
    weights
        As in :func:`agreement_weights`.
    categories
        All categories, also those never used: adding one that nobody uses raises the coefficient.

    References
    ----------
    Brennan, R. L., & Prediger, D. J. (1981). https://doi.org/10.1177/001316448104100307

    Examples
    --------
    >>> from twinbenefits.analysis.agreement_weights import ratings_from_table
    >>> round(brennan_prediger(ratings_from_table([[20, 5], [10, 15]])).estimate, 3)
    0.4
    """
    data = _prepare(ratings, weights, categories, "Brennan-Prediger")
    if isinstance(data, Estimate):
        return data
    chance = float(data.weights.mean())
    return _coefficient(data, chance, np.full(len(data.made), chance), "Brennan-Prediger")


def conger_kappa(
    ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return Conger's kappa: Cohen's idea of chance, each coder's own habits, for any number of coders.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing.
    weights, categories
        As in :func:`agreement_weights`.

    References
    ----------
    Conger, A. J. (1980). https://doi.org/10.1037/0033-2909.88.2.322

    Examples
    --------
    For two coders it is Cohen's kappa:

    >>> from twinbenefits.analysis.agreement_weights import ratings_from_table
    >>> round(conger_kappa(ratings_from_table([[20, 5], [10, 15]])).estimate, 3)
    0.4
    """
    data = _prepare(ratings, weights, categories, "Conger's kappa")
    if isinstance(data, Estimate):
        return data
    codes = data.codes[:, (data.codes >= 0).any(axis=0)]  # a coder without a rating has no habits
    made = (codes >= 0).sum(axis=0)
    habits = (
        np.stack([np.bincount(c[c >= 0], minlength=data.counts.shape[1]) for c in codes.T]) / made[:, None]
    )
    coders = codes.shape[1]
    others = (habits.sum(axis=0) - habits) / (coders - 1)  # what the other coders do, per coder
    symmetric = (data.weights + data.weights.T) / 2
    gains = others @ symmetric  # coders by categories: what each choice earns against the others
    chance = float((habits * gains).sum() / coders)
    by_unit = np.zeros(len(codes))
    for coder in range(coders):
        rated = codes[:, coder] >= 0
        own = gains[coder][codes[rated, coder]] - habits[coder] @ gains[coder]
        by_unit[rated] += len(codes) / made[coder] * own / coders
    return _coefficient(data, chance, chance + by_unit, "Conger's kappa")


def gwet_weighted_alpha(
    ratings: Any, weights: Weights = None, *, categories: Sequence[Any] | None = None
) -> Estimate:
    """Return Krippendorff's alpha with agreement weights between categories, as Gwet computes it.

    With ``"quadratic"`` weights it is the interval alpha, with ``"ratio"`` the ratio alpha; with
    ``"ordinal"`` it is another number than Krippendorff's ordinal alpha, whose distances depend on how
    often each level was used.

    Parameters
    ----------
    ratings
        Shape (units, coders), NaN or None for missing; units with one rating are dropped.
    weights, categories
        As in :func:`agreement_weights`.

    Notes
    -----
    The standard error is the one published with irrCAC 1.0 (.14557 for its example of four raters). Later
    source code of irrCAC takes the agreement before the small-sample correction and gives .14548.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability (4th ed.). Advanced Analytics.

    Examples
    --------
    >>> from twinbenefits.analysis.agreement_weights import ratings_from_table
    >>> round(gwet_weighted_alpha(ratings_from_table([[20, 5], [10, 15]])).estimate, 3)
    0.4
    """
    method = "Krippendorff's alpha, weighted"
    data = _prepare(ratings, weights, categories, method)
    if isinstance(data, Estimate):
        return data
    counts = data.counts[data.made >= 2]
    made = counts.sum(axis=1)
    units, typical = len(made), float(made.mean())
    agreeing = (counts * (counts @ data.weights.T - 1)).sum(axis=1) / (typical * (made - 1))
    raw = float(agreeing.mean())
    observed = raw + (1 - raw) / made.sum()  # the correction for small samples
    shares = counts.sum(axis=0) / made.sum()
    chance = float(shares @ data.weights @ shares)
    if chance >= 1:
        return undefined(
            "the weights count every pair of categories as full agreement", n=units, method=method
        )
    uncorrected = (raw - chance) / (1 - chance)
    longer = (made - typical) / typical
    habit = counts @ ((data.weights + data.weights.T) @ shares / 2) / typical - chance * longer
    influence = (agreeing - observed * longer - chance) / (1 - chance)
    influence = influence - 2 * (1 - uncorrected) * (habit - chance) / (1 - chance)
    return Estimate(
        (observed - chance) / (1 - chance),
        units,
        "units",
        method,
        standard_error=_standard_error(influence - uncorrected),
        components={"observed_agreement": observed, "chance_agreement": chance},
    )
