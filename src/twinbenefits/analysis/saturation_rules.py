"""Secondary answers to "how many interviews?": rules of thumb and sample sizes that reviewers ask for."""

import math
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.estimate import Estimate, because, undefined
from twinbenefits.analysis.incidence import Incidence
from twinbenefits.analysis.result import Result, Scalar

__all__ = [
    "design_effect",
    "effective_sample_size",
    "fugard_potts_n",
    "guest_saturation",
    "lowe_saturation",
]


def guest_saturation(
    incidence: Incidence,
    *,
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    order: Literal["given", "average"] = "given",
) -> Result:
    """Return Guest, Namey and Chen's measure: new codes in a run of sessions against those of the first ones.

    Parameters
    ----------
    incidence
        Sessions by codes.
    base
        Sessions at the start whose codes are the measuring rod.
    run
        Sessions per run; runs overlap, moving on by one session.
    threshold
        Saturation is called at the first run with this share of new codes or less.
    order
        ``"given"`` counts in the order held; ``"average"`` uses the exact expectation over all orders, which
        does not depend on who happened to be asked first.

    Returns
    -------
    Result
        table: run_first, run_last, new, share, at_or_below. Scalars: ``sessions_before_run`` (undefined when
        no run is below the threshold), ``base_codes``, ``codes_after`` (codes found after the run at which
        one would have stopped).

    References
    ----------
    Guest, G., Namey, E., & Chen, M. (2020). https://doi.org/10.1371/journal.pone.0232076

    Examples
    --------
    >>> frame = pd.DataFrame(np.tril(np.ones((8, 5), dtype=int)))
    >>> guest_saturation(Incidence.from_frame(frame), base=4, run=2).scalars["sessions_before_run"].value
    5
    """
    found, problem = _found_by(incidence, order)
    if not problem and incidence.sessions < base + run:
        problem = f"{incidence.sessions} sessions are fewer than a base of {base} and a run of {run}"
    if not problem and found[base] <= 0:
        problem = f"the first {base} sessions hold no code"
    starts = range(base, incidence.sessions - run + 1) if not problem else range(0)
    rows = [(first + 1, first + run, found[first + run] - found[first]) for first in starts]
    table = pd.DataFrame(rows, columns=["run_first", "run_last", "new"])
    table["share"] = table["new"] / (found[base] if not problem else 1.0)
    table["at_or_below"] = table["share"] <= threshold
    reached = table.loc[table["at_or_below"], "run_first"]
    if not problem and reached.empty:
        problem = f"every run brought more than {threshold:.0%} of new codes"
    method = f"base {base}, run {run}, threshold {threshold:g}, order {order}"
    before = int(reached.iloc[0]) - 1 if not problem else None
    scalars = {
        "sessions_before_run": Scalar(
            before, incidence.sessions, "sessions", method, because(problem) if problem else None
        ),
        "base_codes": Scalar(float(found[base]), incidence.sessions, "codes", method)
        if len(found) > base
        else Scalar(None, incidence.sessions, "codes", method, because(problem)),
        "codes_after": Scalar(float(found[-1] - found[before + run]), incidence.sessions, "codes", method)
        if before is not None
        else Scalar(None, incidence.sessions, "codes", method, because(problem)),
    }
    limitations = (
        "A run without new codes can be luck: the measure says nothing on codes not yet met.",
        "With the given order, another order of the same sessions can give another answer.",
    )
    return Result(table, incidence.inputs, scalars=scalars, limitations=limitations)


def _found_by(incidence: Incidence, order: Literal["given", "average"]) -> tuple[Floats, str]:
    """Return the codes found by 0, 1 … T sessions, and why they are not known."""
    if order not in ("given", "average"):
        raise ValueError(f"{order!r} is no order: choose given or average")
    if incidence.sessions == 0 or incidence.seen == 0:
        return np.zeros(incidence.sessions + 1), "no session holds a code"
    if order == "average":
        return incidence.expected(), ""
    if incidence.matrix is None:
        return np.zeros(incidence.sessions + 1), "only counts are known, not the order of the sessions"
    seen = np.logical_or.accumulate(incidence.matrix, axis=0).sum(axis=1)
    return np.concatenate([[0.0], seen.astype(float)]), ""


def lowe_saturation(incidence: Incidence) -> Estimate:
    """Return the codes found as a share of the codes that an information-weighted growth curve expects.

    The curve S(n) = A b n / (1 + b (n - 1)) is laid through the first and the last point of the codes found
    per number of sessions, averaged over all orders: A = (T-1) S(1) S(T) / (T S(1) - S(T)). The share is
    S(T)/A.

    Parameters
    ----------
    incidence
        Sessions by codes.

    Returns
    -------
    Estimate
        Components: ``codes``, ``codes_per_session``, ``codes_expected`` (A, not rounded down).

    Notes
    -----
    We know the paper's model from restatements of it, not from the paper's own text, and use it for
    comparison only. The curve assumes that all codes are equally easy to meet.

    References
    ----------
    Lowe, A., Norris, A. C., Farris, A. J., & Babbage, D. R. (2018). https://doi.org/10.1177/1525822X17749386

    Examples
    --------
    >>> round(lowe_saturation(Incidence.from_counts(10, [9, 5, 2, 2, 1, 1, 1, 1])).estimate, 3)
    0.707
    """
    method = "Lowe's saturation, information-weighted curve"
    sessions = incidence.sessions
    if incidence.seen == 0:
        return undefined("no session holds a code", n=sessions, unit="share", method=method)
    if sessions < 2:
        return undefined("one session says nothing about the next", n=sessions, unit="share", method=method)
    per_session = incidence.total / sessions
    bend = sessions * per_session - incidence.seen
    if bend <= 0:
        reason = "every code was found in one session only: the curve does not bend"
        return undefined(reason, n=sessions, unit="share", method=method)
    expected = (sessions - 1) * per_session * incidence.seen / bend
    components = {
        "codes": float(incidence.seen),
        "codes_per_session": per_session,
        "codes_expected": expected,
    }
    return Estimate(incidence.seen / expected, sessions, "share", method, components=components)


def fugard_potts_n(prevalence: float, k: int = 1, power: float = 0.8) -> Estimate:
    """Return the sessions needed to meet a theme at least `k` times with probability `power`.

    Parameters
    ----------
    prevalence
        Share of the population in which the theme would come up, above 0 and up to 1.
    k
        Times it has to come up.
    power
        Wanted probability, below 1.

    References
    ----------
    Fugard, A. J. B., & Potts, H. W. W. (2015). https://doi.org/10.1080/13645579.2015.1005453

    Examples
    --------
    >>> fugard_potts_n(0.1, 2).estimate
    29
    """
    method = "smallest binomial sample"
    if not 0 < prevalence <= 1 or k < 1 or not 0 < power < 1:
        return undefined(
            f"prevalence {prevalence}, {k} times and probability {power} leave no sample to find",
            unit="sessions", method=method,
        )  # fmt: skip
    low, high = k - 1, k  # the probability grows with the sample: double, then halve the gap
    while bdtrc(k - 1, high, prevalence) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtrc(k - 1, middle, prevalence) >= power else (middle, high)
    return Estimate(
        high, None, "sessions", method, components={"probability": float(bdtrc(k - 1, high, prevalence))}
    )


def design_effect(per_cluster: float, icc: float) -> float:
    """Return Kish's design effect, by which sampling in clusters inflates a variance.

    Parameters
    ----------
    per_cluster
        Sessions per company (or segments per session), m.
    icc
        Intraclass correlation: how alike they are.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley.

    Examples
    --------
    >>> round(design_effect(20, 0.05), 2)
    1.95
    """
    return 1.0 + (per_cluster - 1.0) * icc


def effective_sample_size(clusters: int, per_cluster: float, icc: float) -> Estimate:
    """Return how many independent sessions the sessions of some companies are worth: nm / (1 + (m-1) ICC).

    Parameters
    ----------
    clusters
        Companies, n.
    per_cluster
        Sessions per company, m.
    icc
        Intraclass correlation within companies.

    Examples
    --------
    >>> [round(effective_sample_size(5, m, 0.3).estimate, 1) for m in (2, 8, 32)]
    [7.7, 12.9, 15.5]
    """
    method = "effective sample size"
    effect = design_effect(per_cluster, icc)
    if clusters <= 0 or per_cluster <= 0 or effect <= 0 or not math.isfinite(effect):
        return undefined(
            "there is no session, or the correlation is not possible", unit="sessions", method=method
        )
    components = {"design_effect": effect}
    return Estimate(clusters * per_cluster / effect, int(clusters), "sessions", method, components=components)
