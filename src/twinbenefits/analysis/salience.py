"""How strongly is each benefit present in each case, and on what does that rest?"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.session_bootstrap import percentile_intervals, resampled_sums, session_draws
from twinbenefits.analysis.session_counts import SessionCounts, session_counts
from twinbenefits.analysis.states import NOT_ASKED, benefit_states

__all__ = ["LEAST_DEFINED", "benefit_groups", "salience", "salience_by_session"]

LEAST_DEFINED = 0.95  # share of resamples in which a share must be defined to have an interval

UNTOLD = "nothing of it may be told of this case"

LIMITATIONS = (
    "A share says how much of the talk about benefits a benefit took, not how large the benefit is.",
    "A state rests on the rows that this audience may count and that may enter a statement about their "
    "company; rows beyond may hold more.",
)


def benefit_groups(
    coded: Coded, role: str = "benefit", codes: Sequence[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return what is looked at: each code with all below it; by default the codes of the role without any.

    Examples
    --------
    >>> from twinbenefits.analysis.coded import coded_evidence
    >>> columns = ["segment", "source", "consent_level", "coder", "code", "case", "session"]
    >>> empty = pd.DataFrame(columns=columns)
    >>> book = pd.DataFrame({"id": ["B", "B1", "B2"], "parent": ["", "B", "B"], "role": ["benefit"] * 3})
    >>> coded = coded_evidence(codings=empty, segments=empty, sources=empty, sessions=empty, cases=empty,
    ...                        codebook=book)
    >>> benefit_groups(coded), benefit_groups(coded, codes=["B"])
    ({'B1': ('B1',), 'B2': ('B2',)}, {'B': ('B', 'B1', 'B2')})
    """
    wanted = coded.leaves(role) if codes is None else codes
    return {code: coded.members(code) for code in wanted}


def salience(
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
    """Return strength and status of each benefit in each case with its basis.

    Parameters
    ----------
    coded
        The coded evidence; several coders are resolved by ``"any"`` unless that was done before.
    asked
        case, code, asked: what was asked about.
    minimum_sessions
        With fewer sessions in a case there is no interval; :func:`salience_by_session` has a dot per session.
    presence_threshold
        From how many segments on a benefit counts as mentioned.
    role, codes
        Whose share it is: codes of the role without any below them, or the codes named, each with all below.
    draws, level, seed
        Resamples of sessions, share of them inside the interval, seed of the generator.
    map
        Runs the resamples of the cases; the built-in by default, or that of an executor.

    Returns
    -------
    Result
        ``table``: case, code, label, state, asked, segments, expected, observed, measured, sessions (with
        the benefit), of_sessions (with material), share (of the case's segments on the role), of_segments,
        low, high, strength (mean), reason, interval_reason and the basis. A share is missing where the
        benefit was not asked about: blank is not zero.
    """
    resolved = resolve(coded)
    about = resolved.about_cases()
    groups = benefit_groups(coded, role, codes)
    table = benefit_states(resolved, asked, groups, presence_threshold=presence_threshold)
    table = table.drop(columns="untold")
    table.insert(2, "label", table["code"].map({code: coded.label(str(code)) for code in groups}))
    mentioned = about.mentions(groups)
    counts = session_counts(about, groups, role)
    shown = table["state"].notna() & (table["state"] != NOT_ASKED)
    table = table.join(_shares(counts), on=["case", "code"])
    table = table.join(_intervals(counts, minimum_sessions, draws, level, seed, map), on=["case", "code"])
    strength = mentioned.groupby(["case", "of"])["strength"].mean()
    table["strength"] = [
        strength.get((case, code), np.nan) for case, code in zip(table["case"], table["code"], strict=True)
    ]
    table.loc[~shown, ["share", "low", "high", "strength"]] = np.nan
    table.loc[~shown, "interval_reason"] = ""
    behind = resolved.mentions(groups).rename(columns={"of": "code"})
    behind = _behind(behind, table)
    table = with_basis(table, behind, ["case", "code"])
    scalars = _scalars(table, behind)
    return Result(
        table,
        (*coded.inputs, "asked"),
        scalars=scalars,
        limitations=(*coded.notes, *LIMITATIONS),
        cells=cells_of(
            table,
            ("case", "code"),
            case="case",
            counts={"segments": "segments"},
            population=f"segments on one code of the role {role}, resolved by {resolved.rule}",
            shown_basis=("persons", "sources"),
        ),
    )


def _behind(mentioned: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows behind each cell: those that may be told of a case, or all where they change it."""
    unsettled = table.loc[table["state"].isna(), ["case", "code"]]
    cells = pd.MultiIndex.from_frame(unsettled)
    strict = pd.MultiIndex.from_frame(mentioned[["case", "code"]]).isin(cells)
    return mentioned[mentioned["about_case"] | strict]


def salience_by_session(
    coded: Coded,
    asked: pd.DataFrame,
    *,
    role: str = "benefit",
    codes: Sequence[str] | None = None,
    presence_threshold: int = 1,
) -> Result:
    """Return the share of each benefit in each session: the dots that stand where no interval may.

    Parameters
    ----------
    coded, asked, role, codes, presence_threshold
        As for :func:`salience`.

    Returns
    -------
    Result
        ``table``: case, session, code, segments, of_segments, share, reason and the basis; no share
        where the benefit was not asked about.
    """
    resolved = resolve(coded)
    about = resolved.about_cases()
    groups = benefit_groups(coded, role, codes)
    states = benefit_states(resolved, asked, groups, presence_threshold=presence_threshold)
    counts = session_counts(about, groups, role)
    sessions = len(counts.sessions)
    table = pd.DataFrame(
        {
            "case": np.repeat([counts.cases[place] for place in counts.case], len(groups)),
            "session": np.repeat(list(counts.sessions), len(groups)),
            "code": np.tile(list(groups), sessions),
            "segments": counts.carrying.ravel().astype(int),
            "of_segments": np.repeat(counts.on_role, len(groups)).astype(int),
        }
    )
    state = states.set_index(["case", "code"])["state"].reindex(
        pd.MultiIndex.from_frame(table[["case", "code"]])
    )
    blank = state.isna().to_numpy() | (state == NOT_ASKED).to_numpy()
    silent = table["of_segments"] == 0
    table["share"] = (table["segments"] / table["of_segments"].where(~silent)).mask(blank)
    table["reason"] = np.where(silent, f"no segment of the session carries a {role}", "")
    table["reason"] = table["reason"].mask(blank, state.fillna(UNTOLD).to_numpy())
    behind = about.mentions(groups).rename(columns={"of": "code"})
    table = with_basis(table, behind, ["case", "session", "code"])
    cells = cells_of(table, ("case", "session", "code"), case="case")
    return Result(table, (*coded.inputs, "asked"), limitations=LIMITATIONS[:1], cells=cells)


def _shares(counts: SessionCounts) -> pd.DataFrame:
    """Return per case and code in how many sessions it is, and its share of the segments on the role."""
    index = pd.MultiIndex.from_product([counts.cases, counts.names], names=["case", "code"])
    names = len(counts.names)
    return pd.DataFrame(
        {
            "sessions": counts.by_case((counts.carrying > 0).astype(float)).ravel().astype(int),
            "of_sessions": np.repeat(counts.held(), names),
            "share": counts.shares().ravel(),
            "of_segments": np.repeat(counts.by_case(counts.on_role), names).astype(int),
        },
        index=index,
    )


def _intervals(
    counts: SessionCounts, minimum: int, draws: int, level: float, seed: int, map: Map
) -> pd.DataFrame:
    """Return an interval per case and code where a case has enough sessions, else the reason."""
    work = partial(_of_case, minimum=minimum, draws=draws, level=level, seed=seed)
    mine = [counts.case == number for number in range(len(counts.cases))]
    found = map(work, [counts.carrying[some] for some in mine], [counts.on_role[some] for some in mine])
    parts = [
        part.assign(case=case, code=list(counts.names))
        for case, part in zip(counts.cases, found, strict=True)
    ]
    table = (
        pd.concat(parts)
        if parts
        else pd.DataFrame(columns=["low", "high", "interval_reason", "case", "code"])
    )
    return table.set_index(["case", "code"])


def _of_case(
    carrying: Floats, on_role: Floats, minimum: int, draws: int, level: float, seed: int
) -> pd.DataFrame:
    """Return the interval of each code in one case from its segments per session, else the reason."""
    low = high = np.full(carrying.shape[1], np.nan)
    sessions = len(carrying)
    reason = f"no interval from {sessions} sessions, fewer than {minimum}: one dot per session instead"
    if sessions >= max(minimum, 1):
        sums = np.concatenate([carrying, on_role[:, None]], axis=1)[:, None]
        drawn = resampled_sums(sums, session_draws(sessions, draws, seed))[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = percentile_intervals(
                drawn[:, :-1] / drawn[:, -1:], level=level, least_defined=LEAST_DEFINED
            )
        low, high, reason = found.low, found.high, ""
    return pd.DataFrame({"low": low, "high": high, "interval_reason": reason})


def _scalars(table: pd.DataFrame, behind: pd.DataFrame) -> dict[str, Scalar]:
    """Return numbers over all cases."""
    rests_on = pooled_basis(behind)
    return {
        "benefits_looked_at": Scalar(int(table["code"].nunique()), unit="codes", basis=rests_on),
        "benefit_segments": Scalar(
            int(behind["segment"].nunique()) if len(behind) else 0, unit="segments", basis=rests_on
        ),
    }
