"""Coefficients of agreement among voters: concordance of orders, spread on a scale, content validity."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtrc, chdtrc  # scipy.stats takes most of a second to import

from twinbenefits.analysis.coincidence import Ints, ratings_matrix
from twinbenefits.analysis.estimate import Estimate, undefined

__all__ = ["content_validity_critical", "content_validity_ratio", "kendall_w", "van_der_eijk_a"]


def kendall_w(ratings: Any, ties: bool = True) -> Estimate:
    """Return Kendall's coefficient of concordance: how alike the raters order the items.

    Parameters
    ----------
    ratings
        Shape (raters, items), numbers or ranks; raters in rows. Raters who left an item out are dropped.
    ties
        Correct for tied ranks within a rater. Without the correction ties lower W.

    Returns
    -------
    Estimate
        n counts raters. Components: ``items``, ``chi_square``, ``degrees_of_freedom``, ``p_value`` (of all
        orders being equally likely; an approximation for seven items or fewer) and ``raters_dropped``.

    References
    ----------
    Kendall, M. G., & Babington Smith, B. (1939). https://doi.org/10.1214/aoms/1177732186

    Examples
    --------
    >>> concordance = kendall_w([[1, 2, 3, 4], [1, 2, 4, 3], [2, 1, 3, 4]])
    >>> round(concordance.estimate, 3), round(concordance.components["chi_square"], 2)
    (0.822, 7.4)
    """
    method = "Kendall's W, corrected for ties" if ties else "Kendall's W, not corrected for ties"
    matrix = ratings_matrix(ratings)
    if matrix.size == 0:
        return undefined("there are no votes", unit="raters", method=method)
    if matrix.dtype.kind not in "fiu":
        return undefined("the votes are not numbers", unit="raters", method=method)
    votes = matrix.astype(float)
    whole = votes[~np.isnan(votes).any(axis=1)]
    raters, items = whole.shape
    if raters < 2 or items < 2:
        reason = f"{raters} raters voted on all of {items} items: two of each are needed"
        return undefined(reason, n=raters, unit="raters", method=method)
    ranks = pd.DataFrame(whole).rank(axis=1).to_numpy()
    sums = ranks.sum(axis=0)
    tied = sum(_ties(row) for row in whole) if ties else 0.0
    most = raters**2 * (items**3 - items) - raters * tied
    if all(len(np.unique(row)) == 1 for row in whole) or most <= 0:
        return undefined("every rater gave all items the same vote", n=raters, unit="raters", method=method)
    w = 12 * float(((sums - sums.mean()) ** 2).sum()) / most
    statistic = raters * (items - 1) * w
    components = {
        "items": float(items),
        "chi_square": statistic,
        "degrees_of_freedom": float(items - 1),
        "p_value": float(chdtrc(items - 1, statistic)),
        "raters_dropped": float(len(votes) - raters),
    }
    return Estimate(w, raters, "raters", method, components=components)


def _ties(row: npt.NDArray[np.float64]) -> float:
    counts = np.unique(row, return_counts=True)[1].astype(float)
    return float((counts**3 - counts).sum())


def van_der_eijk_a(counts: npt.ArrayLike) -> Estimate:
    """Return van der Eijk's agreement A on one ordered scale: 1 one level, 0 even spread, -1 two camps.

    The votes are cut into layers; each layer is one pattern of used and unused levels, agrees by how
    unimodal it is, and counts by its votes.

    Parameters
    ----------
    counts
        Votes per level of the scale, in order, shape (levels,); levels without votes included.

    References
    ----------
    van der Eijk, C. (2001). https://doi.org/10.1023/A:1010374114305

    Examples
    --------
    >>> round(van_der_eijk_a([30, 40, 210, 130, 530, 50, 10]).estimate, 4)
    0.6113
    >>> van_der_eijk_a([5, 0, 0, 0, 5]).estimate
    -1.0
    """
    method = "van der Eijk's A"
    votes = np.asarray(counts, dtype=float).ravel()
    if len(votes) < 2 or np.isnan(votes).any() or (votes < 0).any():
        return undefined("counts of votes on two or more levels are needed", unit="votes", method=method)
    total = float(votes.sum())
    if total == 0:
        return undefined("there are no votes", unit="votes", method=method)
    agreement, left = 0.0, votes.copy()
    while left.any():
        height = float(left[left > 0].min())
        pattern = left > 0
        agreement += _layer_agreement(pattern) * height * float(pattern.sum()) / total
        left[pattern] -= height
        left[left < 1e-12 * total] = 0.0
    return Estimate(agreement, round(total), "votes", method, components={"levels": float(len(votes))})


def _layer_agreement(pattern: npt.NDArray[np.bool_]) -> float:
    """Return the agreement of one layer, from the triples of levels that speak for and against one peak."""
    levels, used = len(pattern), int(pattern.sum())
    if used == 1:
        return 1.0
    if used == levels:
        return 0.0
    used_so_far: Ints = np.cumsum(pattern)
    unused_so_far: Ints = np.cumsum(~pattern)
    before, after = used_so_far - pattern, used - used_so_far
    against = float((before * after)[~pattern].sum())  # used, unused, used
    unused_before, unused_after = unused_so_far - ~pattern, levels - used - unused_so_far
    adjacent = float((before * unused_after + unused_before * after)[pattern].sum())  # two used side by side
    unimodality = ((levels - 2) * adjacent - (levels - 1) * against) / ((levels - 2) * (adjacent + against))
    return float(unimodality * (1 - (used - 1) / (levels - 1)))


def content_validity_ratio(n_essential: int, n: int) -> Estimate:
    """Return Lawshe's content validity ratio: (essential votes - half) / half.

    Parameters
    ----------
    n_essential
        Voters who called the item essential.
    n
        All voters on the item.

    References
    ----------
    Lawshe, C. H. (1975). https://doi.org/10.1111/j.1744-6570.1975.tb01393.x

    Examples
    --------
    >>> content_validity_ratio(8, 10).estimate
    0.6
    """
    method = "Lawshe's content validity ratio"
    if n <= 0:
        return undefined("there are no voters", unit="voters", method=method)
    if not 0 <= n_essential <= n:
        return undefined(f"{n_essential} of {n} voters is not possible", n=n, unit="voters", method=method)
    return Estimate((n_essential - n / 2) / (n / 2), n, "voters", method)


def content_validity_critical(n: int, alpha: float = 0.05) -> Estimate:
    """Return the smallest content validity ratio that chance gives with probability `alpha` at most.

    Chance is every voter tossing a coin; the count is one-sided and exactly binomial. Lawshe's own table
    was made by an approximation and differs.

    Parameters
    ----------
    n
        Number of voters.
    alpha
        Largest probability of so many essential votes or more.

    Returns
    -------
    Estimate
        Components: ``n_essential``, the votes needed, and ``p_value``. Undefined where even all votes are
        too few to rule chance out.

    References
    ----------
    Ayre, C., & Scally, A. J. (2014). https://doi.org/10.1177/0748175613513808

    Examples
    --------
    >>> critical = content_validity_critical(10)
    >>> critical.estimate, critical.components["n_essential"]
    (0.8, 9.0)
    >>> content_validity_critical(4).reason
    'undefined, because all 4 of 4 votes are as likely as 0.0625 by chance, more than 0.05'
    """
    method = "exact binomial critical value"
    if n <= 0:
        return undefined("there are no voters", unit="voters", method=method)
    chances = np.append(1.0, bdtrc(np.arange(n), n, 0.5))  # of 0 essential votes or more, 1 or more, ...
    enough = np.flatnonzero(chances <= alpha)
    if len(enough) == 0:
        reason = f"all {n} of {n} votes are as likely as {chances[-1]:g} by chance, more than {alpha:g}"
        return undefined(reason, n=n, unit="voters", method=method)
    needed = int(enough[0])
    components = {"n_essential": float(needed), "p_value": float(chances[needed])}
    return Estimate((needed - n / 2) / (n / 2), n, "voters", method, components=components)
