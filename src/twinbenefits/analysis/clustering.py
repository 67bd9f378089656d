"""Segments of one session are alike: how much, what that costs, and how a test that forgets it misleads."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.estimate import Estimate, undefined
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.saturation_rules import design_effect
from twinbenefits.evidence.cells import BASIS, Cells

__all__ = ["chi_square_on_segments", "session_correlation", "session_design_effect", "simulated_rejections"]

Map = Callable[..., Iterable[Any]]

_WARNING = (
    "A warning, not a test of the data: the simulated studies have no difference between cases at all.",
    "The segments of a session are drawn with the correlation found in the data.",
)


def session_correlation(having: Floats, segments: Floats) -> Estimate:
    """Return how alike segments of one session are in carrying a code: the analysis-of-variance estimate.

    Parameters
    ----------
    having
        Shape (sessions, codes) or (sessions,): segments with the code; several codes share one correlation.
    segments
        Shape (sessions,): segments in the session.

    Returns
    -------
    Estimate
        The intraclass correlation, never below 0; undefined where nothing varies.

    References
    ----------
    Ridout, M. S., Demétrio, C. G. B., & Firth, D. (1999). https://doi.org/10.1111/j.0006-341X.1999.00137.x

    Examples
    --------
    >>> session_correlation(np.array([10.0, 0.0]), np.array([10.0, 10.0])).estimate
    1.0
    """
    method = "intraclass correlation, analysis of variance"
    codes = having if having.ndim > 1 else having[:, None]
    used = segments > 0
    codes, size = codes[used], segments[used]
    sessions, total = len(size), float(size.sum())
    if sessions < 2 or total <= sessions:
        return undefined(
            f"{sessions} sessions with {total:.0f} segments leave nothing to compare",
            n=sessions,
            unit="sessions",
            method=method,
        )
    share = codes / size[:, None]
    mean = codes.sum(axis=0) / total
    between = float((size[:, None] * (share - mean) ** 2).sum()) / (codes.shape[1] * (sessions - 1))
    within = float((size[:, None] * share * (1 - share)).sum()) / (codes.shape[1] * (total - sessions))
    typical = (total - float((size**2).sum()) / total) / (sessions - 1)
    spread = between + (typical - 1) * within
    if spread <= 0:
        return undefined(
            "the codes are on every segment or on none", n=sessions, unit="sessions", method=method
        )
    components = {"between": between, "within": within, "segments_per_session": typical}
    value = max((between - within) / spread, 0.0)
    return Estimate(value, sessions, "sessions", method, components=components)


def session_design_effect(segments: Floats, correlation: float) -> Estimate:
    """Return by how much clustering in sessions inflates a variance over segments.

    Parameters
    ----------
    segments
        Shape (sessions,): segments in each session; unequal sizes count by the segments they hold.
    correlation
        The intraclass correlation.

    Examples
    --------
    >>> round(session_design_effect(np.array([20.0, 20.0]), 0.05).estimate, 2)
    1.95
    """
    total = float(segments.sum())
    if total <= 0:
        return undefined("there is no segment", unit="segments", method="Kish's design effect")
    size = float((segments**2).sum()) / total
    effect = design_effect(size, correlation)
    components = {"segments_per_session": size, "effective_segments": total / effect}
    return Estimate(effect, round(total), "segments", "Kish's design effect", components=components)


def simulated_rejections(
    case: Ints, segments: Ints, correlation: float, prevalence: float, *, studies: int, seed: int
) -> Floats:
    """Return the chi-square of cases by code in simulated studies without any difference between cases.

    Parameters
    ----------
    case
        Shape (sessions,): case of each session, numbered from 0.
    segments
        Shape (sessions,): segments in each session.
    correlation, prevalence
        How alike segments of a session are, and how common the code is.
    studies, seed
        How many studies, and the seed.

    Returns
    -------
    numpy.ndarray
        Shape (studies,): the statistic; NaN where the code was on every segment or on none.
    """
    generator = np.random.default_rng(seed)
    shape = (studies, len(segments))
    chance = np.full(shape, prevalence)
    if correlation > 0:
        strength = (1 - correlation) / correlation
        chance = generator.beta(prevalence * strength, (1 - prevalence) * strength, shape)
    having = generator.binomial(segments, chance)
    member = np.eye(int(case.max()) + 1)[case]
    observed, total = having @ member, segments @ member
    share = having.sum(axis=1, keepdims=True) / segments.sum()
    expected, rest = total * share, total * (1 - share)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = ((observed - expected) ** 2 * (1 / expected + 1 / rest)).sum(axis=1)
    return np.where((share[:, 0] > 0) & (share[:, 0] < 1), statistic, np.nan)


def chi_square_on_segments(
    coded: Coded,
    *,
    role: str = "benefit",
    studies: int = 2000,
    seed: int = 1,
    correlations: Sequence[float] = (0.0, 0.05, 0.1, 0.2),
    map: Map = map,
) -> Result:
    """Show how often a chi-square on segments would find a difference between cases where there is none.

    Parameters
    ----------
    coded
        The coded evidence: its sessions, their sizes and how alike their segments are.
    role
        Codes whose correlation is taken.
    studies, seed
        Simulated studies per correlation, and the seed.
    correlations
        Correlations tried beside the data's own.
    map
        Runs the simulations; the built-in by default, or that of an executor.

    Returns
    -------
    Result
        ``table``: correlation, own (whether it is the data's), rejected (share of studies in which the usual
        test at 5 per cent rejects, though cases do not differ), rejected_by_sessions (the same statistic
        divided by the design effect), studies. Scalars: ``session_correlation``, ``design_effect``,
        ``chi_square_rejects_true_null``.
    """
    resolved = resolve(coded)
    having, segments, case = _by_session(resolved, role)
    rests_on = pooled_basis(resolved.segments)
    own = session_correlation(having, segments.astype(float))
    tried = list(correlations) + ([] if own.estimate is None else [own.estimate])
    prevalence = float(having.mean() / max(segments.mean(), 1e-12)) if having.size else 0.0
    cases = len(set(case.tolist()))
    why = "" if cases > 1 and 0 < prevalence < 1 else "fewer than two cases have segments of this role"
    found: Iterator[tuple[float, float]] = iter(())
    if not why:
        run = partial(
            _rejected, case=case, segments=segments, prevalence=prevalence, studies=studies, seed=seed
        )
        found = iter(map(run, tried))
    rows = [
        {
            "correlation": rho,
            "own": place == len(correlations),
            "rejected": share,
            "rejected_by_sessions": fair,
        }
        for place, (rho, (share, fair)) in enumerate(zip(tried, found, strict=False))
    ]
    columns = ["correlation", "own", "rejected", "rejected_by_sessions"]
    table = pd.DataFrame(rows, columns=columns).assign(studies=studies)
    table = table.assign(**{name: getattr(rests_on, name) for name in BASIS})
    effect = session_design_effect(segments.astype(float), own.estimate or 0.0)
    mine = [row["rejected"] for row in rows if row["own"]]
    reason = why or ("" if mine else str(own.reason))
    return Result(
        table,
        coded.inputs,
        scalars={
            "session_correlation": replace(own, basis=rests_on),
            "design_effect": replace(effect, basis=rests_on),
            "chi_square_rejects_true_null": Scalar(
                mine[0] if mine else None,
                n=studies,
                unit="simulated studies",
                method="chi-square on segments at 5 per cent, no difference between cases",
                reason=None if mine else reason,
                basis=rests_on,
            ),
        },
        limitations=_WARNING,
        cells=Cells(("correlation",), ("own", "rejected", "rejected_by_sessions", "studies")),
    )


def _rejected(
    correlation: float, *, case: Ints, segments: Ints, prevalence: float, studies: int, seed: int
) -> tuple[float, float]:
    """Return how often the usual test rejects, and how often it does when it counts sessions."""
    from scipy.special import chdtri

    statistic = simulated_rejections(case, segments, correlation, prevalence, studies=studies, seed=seed)
    limit = float(chdtri(len(set(case.tolist())) - 1, 0.05))
    effect = session_design_effect(segments.astype(float), correlation).estimate or 1.0
    defined = statistic[~np.isnan(statistic)]
    if not len(defined):
        return 0.0, 0.0
    return float((defined > limit).mean()), float((defined / effect > limit).mean())


def _by_session(coded: Coded, role: str) -> tuple[Floats, Ints, Ints]:
    """Return per session with segments on the role: segments by code, segments, and its case as a number."""
    codes = coded.leaves(role)
    mentioned = coded.mentions({code: coded.members(code) for code in codes})
    every = coded.mentions({role: coded.codes(role)})
    sessions = sorted(every["session"].unique())
    place = {name: number for number, name in enumerate(sessions)}
    column = {name: number for number, name in enumerate(codes)}
    cell = [
        place[one] * len(codes) + column[code]
        for one, code in zip(mentioned["session"], mentioned["of"], strict=True)
    ]
    having = np.bincount(np.array(cell, dtype=np.intp), minlength=len(place) * len(codes))
    segments = np.bincount([place[one] for one in every["session"]], minlength=len(place))
    of_case = every.drop_duplicates("session").set_index("session")["case"]
    case = pd.factorize(pd.Series([of_case[name] for name in sessions], dtype=object))[0]
    return (
        having.reshape(len(place), len(codes)).astype(float),
        segments.astype(np.intp),
        case.astype(np.intp),
    )
