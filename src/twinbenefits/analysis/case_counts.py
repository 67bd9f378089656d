"""How many of the cases: what "five of five" is and is not compatible with."""

from math import sqrt
from typing import Literal

from scipy.special import betainccinv, betaincinv, ndtri

from twinbenefits.analysis.estimate import Ranged, because

__all__ = ["case_count_bounds"]


def case_count_bounds(
    count: int, cases: int, *, method: Literal["wilson", "clopper_pearson"] = "wilson", level: float = 0.95
) -> Ranged:
    """Return a share of cases with the bounds that so few cases leave.

    The bounds would be those of a population if the cases had been drawn from one at random; they were not,
    so they only say how little a count of cases can pin down.

    Parameters
    ----------
    count, cases
        How many of how many cases.
    method
        ``"wilson"`` (score) or ``"clopper_pearson"`` (exact, wider).
    level
        Coverage, for example 0.95.

    Returns
    -------
    Ranged
        ``estimate``, ``low``, ``high``; undefined without cases.

    Raises
    ------
    ValueError
        When the count is not between 0 and the number of cases.

    References
    ----------
    Wilson, E. B. (1927). https://doi.org/10.1080/01621459.1927.10502953
    Clopper, C. J., & Pearson, E. S. (1934). https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> bounds = case_count_bounds(5, 5)
    >>> bounds.estimate, round(bounds.low, 2), bounds.high
    (1.0, 0.57, 1.0)
    """
    name = "Wilson interval" if method == "wilson" else "Clopper-Pearson interval"
    if not 0 <= count <= cases:
        raise ValueError(f"{count} of {cases} cases is no count: it must lie between 0 and {cases}")
    if cases == 0:
        return Ranged(None, 0, "cases", name, because("there is no case"))
    low, high = (_wilson if method == "wilson" else _clopper_pearson)(count, cases, (1 - level) / 2)
    return Ranged(count / cases, cases, "cases", name, low=max(low, 0.0), high=min(high, 1.0))


def _wilson(count: int, cases: int, tail: float) -> tuple[float, float]:
    share, limit = count / cases, -float(ndtri(tail))
    widened = 1 + limit**2 / cases
    centre = (share + limit**2 / (2 * cases)) / widened
    reach = limit * sqrt(share * (1 - share) / cases + limit**2 / (4 * cases**2)) / widened
    return centre - reach, centre + reach


def _clopper_pearson(count: int, cases: int, tail: float) -> tuple[float, float]:
    low = float(betaincinv(count, cases - count + 1, tail)) if count else 0.0
    high = float(betainccinv(count + 1, cases - count, tail)) if count < cases else 1.0
    return low, high
