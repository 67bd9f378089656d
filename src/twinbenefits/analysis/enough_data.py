"""Are the data enough, and which session should come next? The study's evidence, ready for release."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.families import code_families, code_roots
from twinbenefits.analysis.incidence import Incidence
from twinbenefits.analysis.next_session import WhichNext, which_next
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.saturation import (
    chao2,
    coverage,
    effective_sample_size,
    extrapolation,
    guest_saturation,
    lowe_saturation,
    new_codes,
    rarefaction,
)
from twinbenefits.evidence.cells import Basis, Cells

__all__ = ["GRAINS", "NextData", "incidences", "new_codes_per_session", "next_data"]

GRAINS = ("code", "theme", "group")
"""How finely codes are told apart: the codes, their families, the roots of the codebook."""

_CURVE = ("part", "estimate", "low", "high", "reason")
_NEXT = (
    "expected_new", "low", "high", "could_confirm", "cost", "gain_per_cost", "gain_low", "gain_high",
    "reason",
)  # fmt: skip


@dataclass(frozen=True)
class NextData(Result):
    """What each option would bring; see :func:`next_data`.

    Parameters
    ----------
    by_case
        The same for each case held out; each row is about that company.
    """

    by_case: Result | None = field(default=None)


def incidences(coded: Coded, *, threshold: int = 1) -> tuple[dict[str, Incidence], tuple[str, ...]]:
    """Return which session holds which code, theme and group; and what was found in the input.

    A session of which no segment was read yet says nothing on codes that are not there, and is left out.

    Parameters
    ----------
    coded
        The coded evidence.
    threshold
        From how many segments on a session holds a code.
    """
    read = coded.segments[coded.segments["segment"].isin(coded.readings["segment"])]
    with_segments = set(read["session"])
    held = [name for name in coded.sessions["session"] if name in with_segments]
    rows = coded.rows.drop_duplicates(["segment", "code"])
    session, sessions = pd.factorize(rows["session"])
    code, known = pd.factorize(rows["code"])
    counts = np.bincount(session * len(known) + code, minlength=len(sessions) * len(known))
    counted = counts.reshape(len(sessions), len(known))
    found = pd.DataFrame(counted >= max(threshold, 1), index=sessions, columns=known)
    codes = [code for code in coded.codebook["id"] if code in found.columns]
    frame = found.reindex(index=held, columns=codes, fill_value=False)
    by_code = Incidence.from_frame(frame, inputs=coded.inputs)
    families, roots = code_families(coded.codebook), code_roots(coded.codebook)
    unread = len(coded.sessions) - len(held)
    notes = (f"{unread} sessions of which no segment was read were left out.",) if unread else ()
    grains = {"code": by_code, "theme": by_code.grouped(families), "group": by_code.grouped(roots)}
    return grains, notes


def new_codes_per_session(coded: Coded, *, minimum_sessions: int, threshold: int = 1) -> Result:
    """Return the codes found by the number of sessions, averaged over all orders, and beyond the last one.

    Parameters
    ----------
    coded
        The coded evidence.
    minimum_sessions
        No interval from fewer sessions; from the study's rules.
    threshold
        From how many segments on a session holds a code.

    Returns
    -------
    Result
        table: grain, sessions, part (seen or beyond), estimate, low, high, reason. Scalars per grain
        ``found_``, ``found_once_``, ``coverage_`` (with low and high), ``bound_`` (Chao2, with low and high)
        and ``next_session_``; for codes also ``guest_sessions``, ``guest_codes_after`` and ``lowe_share``.
    """
    grains, notes = incidences(coded, threshold=threshold)
    whole = pooled_basis(coded.segments)
    curves = [_curve(grain, found, minimum_sessions) for grain, found in grains.items()]
    table = pd.concat(curves, ignore_index=True)
    table = table.assign(**{name: getattr(whole, name) for name in ("cases", "persons", "sources", "level")})
    scalars: dict[str, Scalar] = {"sessions_read": Scalar(grains["code"].sessions, unit="sessions")}
    for grain, found in grains.items():
        scalars |= _numbers(grain, found, minimum_sessions)
    scalars |= _rules_of_thumb(grains["code"])
    limitations = dict.fromkeys((*notes, *new_codes(grains["code"]).limitations))
    return Result(
        table, coded.inputs, scalars=_on(scalars, whole), limitations=tuple(limitations),
        cells=Cells(("grain", "sessions"), _CURVE),
    )  # fmt: skip


def next_data(
    coded: Coded,
    *,
    minimum_sessions: int,
    threshold: int = 1,
    sessions_ahead: int = 1,
    cost_of_new: float = 1.0,
    assumed_icc: float = 0.3,
) -> NextData:
    """Compare further sessions in the companies studied with sessions in a company not studied yet.

    Parameters
    ----------
    coded
        The coded evidence.
    minimum_sessions
        From fewer sessions the answer is "cannot tell"; from the study's rules.
    threshold
        From how many segments on a session holds a code.
    sessions_ahead
        How many sessions are up for decision.
    cost_of_new
        What a session in a new company costs, in sessions of a company already studied.
    assumed_icc
        How alike sessions of one company are taken to be, for the effective number of sessions.

    Returns
    -------
    NextData
        table: grain (code, theme), option (same, new), expected_new with low and high, could_confirm (codes
        that rest on one session, or on one company, which the option might confirm), cost, gain_per_cost with
        low and high, reason. Scalars: ``answer`` and ``why`` (for codes), ``answer_theme``,
        ``expected_same``, ``expected_new``, ``rest_on_one_session``, ``rest_on_one_company``, and the
        effective number of sessions now, with one more session per company and with one more company
        (``effective_…``).
    """
    grains, notes = incidences(coded, threshold=threshold)
    case = dict(zip(coded.sessions["session"], coded.sessions["case"], strict=True))
    cost = {"same": 1.0, "new": cost_of_new}
    found = {
        grain: which_next(
            grains[grain], case, minimum_sessions=minimum_sessions, sessions_ahead=sessions_ahead, cost=cost
        )
        for grain in GRAINS[:2]
    }
    whole = pooled_basis(coded.segments)
    confirm = {grain: _resting_on_one(grains[grain], case) for grain in found}
    parts = []
    for grain, result in found.items():
        rows = result.table[result.table["case"] == ""].assign(grain=grain)
        parts.append(rows.assign(could_confirm=[confirm[grain][option] for option in rows["option"]]))
    table = pd.concat(parts, ignore_index=True)[["grain", "option", *_NEXT]]
    table = table.assign(**{name: getattr(whole, name) for name in ("cases", "persons", "sources", "level")})
    scalars = _answers(found, confirm) | _effective(grains["code"], case, assumed_icc)
    scalars["sessions_ahead"] = Scalar(sessions_ahead, unit="sessions")
    scalars["cost_of_new"] = Scalar(float(cost_of_new), unit="sessions")
    return NextData(
        table, coded.inputs, scalars=_on(scalars, whole), limitations=(*notes, *found["code"].limitations),
        cells=Cells(("grain", "option"), _NEXT), by_case=_by_case(coded, found["code"]),
    )  # fmt: skip


def _curve(grain: str, found: Incidence, minimum: int) -> pd.DataFrame:
    sessions = found.sessions
    seen = rarefaction(found, list(range(1, sessions + 1)) or [0], minimum_sessions=minimum).table
    beyond = extrapolation(found, list(range(sessions + 1)), minimum_sessions=minimum).table
    both = [seen.assign(part="seen"), beyond.iloc[1:].assign(part="beyond")]
    return pd.concat(both, ignore_index=True).assign(grain=grain)[["grain", "sessions", *_CURVE]]


def _numbers(grain: str, found: Incidence, minimum: int) -> dict[str, Scalar]:
    """Return what one grain comes to: found, found once, coverage, the bound and the next session."""
    numbers: dict[str, Scalar] = {
        f"found_{grain}": Scalar(found.seen, found.sessions, f"{grain}s"),
        f"found_once_{grain}": Scalar(found.found_in(1), found.sessions, f"{grain}s"),
        f"next_session_{grain}": new_codes(found, minimum_sessions=minimum).next_session,
    }
    for name, ranged in (
        (f"coverage_{grain}", coverage(found, minimum_sessions=minimum)),
        (f"bound_{grain}", chao2(found, minimum_sessions=minimum)),
    ):
        numbers[name] = ranged
        for end, value in (("low", ranged.low), ("high", ranged.high)):
            why = ranged.reason or ranged.interval_reason or "there is no interval"
            numbers[f"{name}_{end}"] = Scalar(
                value, ranged.n, ranged.unit, ranged.method, None if value is not None else why
            )
    return numbers


def _rules_of_thumb(found: Incidence) -> dict[str, Scalar]:
    guest = guest_saturation(found, order="average").scalars
    return {
        "guest_sessions": guest["sessions_before_run"],
        "guest_codes_after": guest["codes_after"],
        "lowe_share": lowe_saturation(found),
    }


def _resting_on_one(found: Incidence, case: Mapping[Any, Any]) -> dict[str, int]:
    """Return the codes found in one session only, and those found in one company only."""
    if found.matrix is None or not found.sessions:
        return {"same": 0, "new": 0}
    places = np.array([str(case[name]) for name in found.names])
    companies = np.stack([found.matrix[places == place].any(axis=0) for place in np.unique(places)])
    return {"same": found.found_in(1), "new": int((companies.sum(axis=0) == 1).sum())}


def _answers(found: Mapping[str, WhichNext], confirm: Mapping[str, Mapping[str, int]]) -> dict[str, Scalar]:
    codes = found["code"]
    return {
        "answer": Scalar(codes.answer),
        "why": Scalar(codes.why),
        "answer_theme": Scalar(found["theme"].answer),
        "expected_same": codes.scalars["expected_new_same"],
        "expected_new": codes.scalars["expected_new_new"],
        "rest_on_one_session": Scalar(confirm["code"]["same"], unit="codes"),
        "rest_on_one_company": Scalar(confirm["code"]["new"], unit="codes"),
    }


def _effective(found: Incidence, case: Mapping[Any, Any], icc: float) -> dict[str, Scalar]:
    """Return how many independent sessions the sessions are worth, now and with one step more."""
    companies = len({case[name] for name in found.names})
    each = found.sessions / companies if companies else 0.0
    options = {"now": (companies, each), "same": (companies, each + 1), "new": (companies + 1, each)}
    return {
        **{f"effective_{name}": effective_sample_size(n, m, icc) for name, (n, m) in options.items()},
        "assumed_icc": Scalar(icc, unit="correlation"),
    }


def _by_case(coded: Coded, found: WhichNext) -> Result:
    rows = found.table[found.table["case"] != ""].reset_index(drop=True)
    shown = ("expected_new", "low", "high", "codes_found_once", "reason")
    table = with_basis(rows[["option", "case", *shown]], coded.segments, ["case"])
    cells = Cells(("option", "case"), shown, "case", "counts")
    return Result(table, coded.inputs, limitations=found.limitations, cells=cells)


def _on(scalars: Mapping[str, Scalar], whole: Basis) -> dict[str, Scalar]:
    return {name: replace(scalar, basis=whole) for name, scalar in scalars.items()}
