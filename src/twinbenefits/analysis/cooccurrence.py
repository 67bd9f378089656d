"""Which codes come up together, session by session and segment by segment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.session_bootstrap import percentile_intervals, resampled_sums, session_draws
from twinbenefits.evidence.cells import Cells

__all__ = ["cooccurrence"]

_SHOWN = (
    "label", "other_label", "together", "sessions", "jaccard", "jaccard_low", "jaccard_high", "lift",
    "lift_low", "lift_high", "reason",
)  # fmt: skip
_LEAST_DEFINED = 0.95
_AND = " & "


@dataclass(frozen=True, slots=True)
class _Sums:
    """Segments per session with both codes, with the first, with the second, and in all."""

    both: Floats
    first: Floats
    second: Floats
    every: Floats

    def stacked(self) -> Floats:
        """Return shape (sessions, 4, pairs)."""
        every = np.broadcast_to(self.every[:, None], self.both.shape)
        return np.stack([self.both, self.first, self.second, every], axis=1)


def cooccurrence(
    coded: Coded,
    *,
    minimum_sessions: int,
    minimum_together: int = 3,
    draws: int = 500,
    level: float = 0.95,
    seed: int = 1,
) -> Result:
    """Return how often two codes stand on the same segment, against how often each stands there at all.

    Jaccard is the share of the segments with either code that carry both; lift is how many times more often
    they stand together than if each were given without regard to the other.

    Parameters
    ----------
    coded
        The coded evidence, resolved to one reading per segment.
    minimum_sessions
        No interval from fewer sessions; from the study's rules.
    minimum_together
        Pairs on fewer segments are left out.
    draws, level, seed
        Resamples of sessions, share of them inside the interval, seed.

    Returns
    -------
    Result
        table: code, other, labels, together (segments), sessions, jaccard and lift with low and high, reason
        (why there is no interval). Scalars: ``pairs_together`` and ``pairs_shown``.
    """
    given = coded.rows.drop_duplicates(["segment", "code"])
    sessions = [name for name in coded.sessions["session"] if name in set(coded.segments["session"])]
    pairs = _pairs(given, list(coded.codebook["id"]))
    counted = (
        pairs.groupby(["code", "other"], sort=False)["segment"].nunique()
        if len(pairs)
        else pd.Series(dtype=int)
    )
    frequent = counted[counted >= minimum_together].sort_values(ascending=False, kind="stable")
    names = [(str(code), str(other)) for code, other in frequent.index]
    table = pd.DataFrame(names, columns=["code", "other"])
    sums = _sums(given, pairs, names, sessions, coded.segments)
    measured = _measured(sums, len(sessions), minimum_sessions, draws, level, seed)
    table = table.assign(
        label=[coded.label(code) for code, _ in names],
        other_label=[coded.label(other) for _, other in names],
        together=frequent.to_numpy(dtype=int),
        sessions=(sums.both > 0).sum(axis=0).astype(int),
    )
    table = pd.concat([table, measured], axis=1)
    table = with_basis(table[["code", "other", *_SHOWN]], pairs, ["code", "other"])
    whole = pooled_basis(coded.segments)
    scalars = {
        "pairs_together": Scalar(len(counted), unit="pairs", basis=whole),
        "pairs_shown": Scalar(len(table), len(counted), "pairs", basis=whole),
    }
    notes = (
        "Codes can stand together because the guide asks for them together.",
        f"Pairs on fewer than {minimum_together} segments are left out.",
    )
    cells = Cells(("code", "other"), _SHOWN, counts={"together": "segments with both codes"})
    return Result(table, coded.inputs, scalars=scalars, limitations=notes, cells=cells)


def _pairs(given: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return one row per segment and pair of codes on it, the pair in the order of the codebook."""
    place = {code: number for number, code in enumerate(order)}
    rows = given.assign(_place=given["code"].map(place).fillna(len(place)))
    both = rows.merge(rows[["segment", "code", "_place"]], on="segment", suffixes=("", "_other"))
    first = (both["_place"] < both["_place_other"]) | (
        (both["_place"] == both["_place_other"]) & (both["code"] < both["code_other"])
    )
    return both[first].rename(columns={"code_other": "other"})


def _sums(
    given: pd.DataFrame,
    pairs: pd.DataFrame,
    names: list[tuple[str, str]],
    sessions: list[str],
    segments: pd.DataFrame,
) -> _Sums:
    single = pd.crosstab(given["session"], given["code"]).reindex(index=sessions, fill_value=0)
    joined = pairs.assign(pair=pairs["code"].astype(str) + _AND + pairs["other"].astype(str))
    together = pd.crosstab(joined["session"], joined["pair"]).reindex(index=sessions, fill_value=0)
    shape = (len(sessions), len(names))

    def columns(frame: pd.DataFrame, wanted: list[str]) -> Floats:
        held = [frame[name].to_numpy(dtype=float) for name in wanted]
        return np.stack(held, axis=1) if held else np.zeros(shape)

    size = segments.groupby("session").size().reindex(sessions, fill_value=0)
    every = np.asarray(size, dtype=np.float64)
    return _Sums(
        columns(together, [f"{code}{_AND}{other}" for code, other in names]),
        columns(single, [code for code, _ in names]),
        columns(single, [other for _, other in names]),
        every,
    )


def _measured(sums: _Sums, sessions: int, minimum: int, draws: int, level: float, seed: int) -> pd.DataFrame:
    parts = sums.stacked()
    whole = _values(parts.sum(axis=0, keepdims=True))
    nothing = np.full(parts.shape[2], np.nan)
    limits = {"jaccard": (nothing, nothing), "lift": (nothing, nothing)}
    reason = ""
    if sessions < max(minimum, 1):
        reason = f"no interval from {sessions} sessions, fewer than {minimum}"
    else:
        drawn = _values(resampled_sums(parts, session_draws(sessions, draws, seed)))
        for name, values in drawn.items():
            found = percentile_intervals(values, level=level, least_defined=_LEAST_DEFINED)
            limits[name] = (found.low, found.high)
    reasons = [reason] * parts.shape[2]
    if not reason:
        unsure = np.isnan(limits["jaccard"][0])
        why = because("in many resamples of sessions neither code occurs")
        reasons = [why if missing else "" for missing in unsure]
    columns = {
        **{name: values[0] for name, values in whole.items()},
        **{f"{name}_low": ends[0] for name, ends in limits.items()},
        **{f"{name}_high": ends[1] for name, ends in limits.items()},
    }
    return pd.DataFrame(columns).assign(reason=pd.Series(reasons, dtype=object))


def _values(parts: Floats) -> dict[str, Floats]:
    """Return Jaccard and lift from sums of shape (n, 4, pairs)."""
    both, first, second, every = (parts[:, place] for place in range(4))
    with np.errstate(divide="ignore", invalid="ignore"):
        either = first + second - both
        jaccard = np.where(either > 0, both / either, np.nan)
        lift = np.where(first * second > 0, both * every / (first * second), np.nan)
    return {"jaccard": jaccard, "lift": lift}
