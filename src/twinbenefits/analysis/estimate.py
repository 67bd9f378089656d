"""One statistic of a study: a number with its error and its n, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

from twinbenefits.analysis.result import Scalar

__all__ = ["Estimate", "Ranged", "because", "undefined"]

_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Estimate(Scalar):
    """A statistic: what :class:`Scalar` carries, its standard error and the parts it was made of.

    Parameters
    ----------
    standard_error
        Analytic standard error, where the method has one. It treats the units as independent, which
        segments of one interview are not: resample sessions for an interval.
    components
        The quantities of the formula by name, for example observed and expected disagreement.

    Examples
    --------
    >>> kappa = Estimate(0.4, n=50, method="Cohen's kappa", components={"chance_agreement": 0.5})
    >>> kappa.estimate, kappa.n, kappa.components["chance_agreement"]
    (0.4, 50, 0.5)
    >>> undefined("only one coder", method="Cohen's kappa").reason
    'undefined, because only one coder'
    """

    standard_error: float | None = None
    components: Mapping[str, float] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        if isinstance(self.value, float):
            object.__setattr__(
                self, "value", float(self.value)
            )  # a plain number also where NumPy computed it
        Scalar.__post_init__(self)  # zero-argument super() fails in slotted dataclasses before Python 3.14
        object.__setattr__(self, "components", MappingProxyType(dict(self.components)))

    @property
    def estimate(self) -> float | None:
        """The number, or ``None`` when it is undefined; then :attr:`reason` says why."""
        return cast("float | None", self.value)


@dataclass(frozen=True, slots=True)
class Ranged(Estimate):
    """An estimate with an interval and with the range it moves in when one session is left out.

    Parameters
    ----------
    low, high
        Ends of the interval, ``None`` where there is none.
    interval_reason
        Why there is no interval.
    jackknife
        Smallest and largest value with one session left out in turn; ``None`` where sessions are not known
        one by one.
    """

    low: float | None = None
    high: float | None = None
    interval_reason: str = ""
    jackknife: tuple[float, float] | None = None


def because(why: str) -> str:
    """Return the sentence under which an undefined number is printed.

    Examples
    --------
    >>> because("no code was used")
    'undefined, because no code was used'
    """
    return f"undefined, because {why}"


def undefined(
    why: str,
    *,
    n: int | None = 0,
    unit: str = "units",
    method: str = "",
    components: Mapping[str, float] = _NOTHING,
) -> Estimate:
    """Return an estimate without a value, for the reason `why`."""
    return Estimate(None, n, unit, method, because(why), components=components)
