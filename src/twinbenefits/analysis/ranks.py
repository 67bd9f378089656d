"""In what order do benefits stand in each case, and how firmly?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.salience import UNTOLD, benefit_groups
from twinbenefits.analysis.session_bootstrap import session_draws
from twinbenefits.analysis.session_counts import session_counts
from twinbenefits.analysis.states import NOT_ASKED, benefit_states

__all__ = ["benefit_ranks", "ranks_of"]

RESAMPLED = "sessions resampled"
LEFT_OUT = "one session left out in turn"
ONE_SESSION = "no range from one session"

_LIMITATIONS = (
    "A rank orders how much was said, in one company, by those who were asked.",
    "Benefits that were not asked about have no rank, so ranks of two cases may count different benefits.",
)


def ranks_of(values: Floats) -> Floats:
    """Return ranks along the last axis, 1 for the largest; ties share the middle, NaN stays NaN.

    Parameters
    ----------
    values
        Shape (..., things).

    Examples
    --------
    >>> ranks_of(np.array([0.5, 0.1, 0.5, np.nan])).tolist()
    [1.5, 3.0, 1.5, nan]
    """
    if values.shape[-1] > _MANY:
        return _sorted_ranks(values)
    things = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    halves = np.ones(things.shape, dtype=np.int8)
    for other in things:  # thing by thing: no array of all pairs
        halves += (other > things).view(np.int8)
        halves += (other >= things).view(np.int8)
    return np.where(np.isnan(values), np.nan, np.moveaxis(halves, 0, -1) / 2)


_MANY = 16  # from more things on sorting takes less than comparing each with each


def _sorted_ranks(values: Floats) -> Floats:
    """Return the same ranks by sorting: ties share the middle of the places they take."""
    many = values.shape[-1]
    order = np.argsort(-values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    new = ordered[..., 1:] != ordered[..., :-1]
    place = np.arange(many, dtype=np.int32)
    first, last = np.zeros(values.shape, dtype=np.int32), np.full(values.shape, many - 1, dtype=np.int32)
    first[..., 1:] = np.where(new, place[1:], 0)
    last[..., :-1] = np.where(new, place[:-1], many - 1)
    first = np.maximum.accumulate(first, axis=-1)
    last = np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
    rank = np.empty(values.shape)
    np.put_along_axis(rank, order, 0.5 * (first + last) + 1.0, axis=-1)
    return np.where(np.isnan(values), np.nan, rank)


def benefit_ranks(
    coded: Coded,
    asked: pd.DataFrame,
    *,
    minimum_sessions: int,
    presence_threshold: int = 1,
    role: str = "benefit",
    codes: Sequence[str] | None = None,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 1,
    map: Map = map,
) -> Result:
    """Return the rank of each benefit in each case by its share of the talk, and the range it moves in.

    Parameters
    ----------
    coded, asked, presence_threshold, role, codes
        As for :func:`~twinbenefits.analysis.salience.salience`.
    minimum_sessions
        From so many sessions in a case on the range is an interval from resampled sessions; below, it is what
        the rank becomes when each session is left out in turn, which is less than an interval.
    draws, level, seed
        Resamples, share of them inside the interval, seed.
    map
        Runs the cases; the built-in by default, or that of an executor.

    Returns
    -------
    Result
        ``table``: case, code, rank (1 is the most said; ties share the middle), ranked (how many benefits
        have one), tied (with how many others), low, high, range_from (how the range was made), reason, basis.
    """
    about = resolve(coded).about_cases()
    groups = benefit_groups(coded, role, codes)
    states = benefit_states(resolve(coded), asked, groups, presence_threshold=presence_threshold)
    counts = session_counts(about, groups, role)
    shape = (len(coded.cases), len(groups))
    told = (states["state"].notna() & (states["state"] != NOT_ASKED)).to_numpy().reshape(shape)
    work = partial(_of_case, minimum=minimum_sessions, draws=draws, level=level, seed=seed)
    carrying = [counts.carrying[counts.case == number] for number in range(len(coded.cases))]
    found = zip(coded.cases, map(work, carrying, told), strict=True)
    parts = [part.assign(case=case, code=list(groups)) for case, part in found]
    columns = ["case", "code", "rank", "ranked", "tied", "low", "high", "range_from", "reason"]
    table = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    not_asked = (states["state"] == NOT_ASKED).to_numpy()
    table.loc[not_asked, "reason"] = NOT_ASKED
    behind = about.mentions(groups).rename(columns={"of": "code"})
    table = with_basis(table, behind, ["case", "code"])
    return Result(
        table,
        (*coded.inputs, "asked"),
        limitations=_LIMITATIONS,
        cells=cells_of(table, ("case", "code"), case="case"),
    )


def _of_case(
    carrying: Floats, told: npt.NDArray[np.bool_], minimum: int, draws: int, level: float, seed: int
) -> pd.DataFrame:
    """Return rank and range of every benefit of one case from its segments per session."""
    sessions = len(carrying)
    total = np.where(told, carrying.sum(axis=0), np.nan)
    spoken = sessions > 0 and bool(np.nansum(total) > 0)
    rank = ranks_of(total) if spoken else np.full(len(told), np.nan)
    low, high = np.full(len(told), np.nan), np.full(len(told), np.nan)
    kind, reason = ONE_SESSION if spoken else "", np.where(told, "", UNTOLD)
    if not spoken:
        reason = np.where(told, "no segment of the case carries a benefit", reason)
    elif sessions >= max(minimum, 1):
        drawn = session_draws(sessions, draws, seed) @ carrying
        moved = ranks_of(np.where(told, drawn, np.nan))
        tails = [(1 - level) / 2, (1 + level) / 2]
        low[told], high[told] = np.quantile(moved[:, told], tails, axis=0)
        kind = RESAMPLED
    elif sessions > 1:
        moved = ranks_of(np.where(told, carrying.sum(axis=0) - carrying, np.nan))
        low[told], high[told] = moved[:, told].min(axis=0), moved[:, told].max(axis=0)
        kind = LEFT_OUT
    with np.errstate(invalid="ignore"):
        tied = (rank[None, :] == rank[:, None]).sum(axis=1) - 1
    found: dict[str, Any] = {"rank": rank, "ranked": int(np.isfinite(rank).sum()), "tied": tied}
    tied[np.isnan(rank)] = 0
    return pd.DataFrame({**found, "low": low, "high": high, "range_from": kind, "reason": reason})
