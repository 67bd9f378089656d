"""More interviews in the same companies, or a new company? What each would have brought, held out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.incidence import Incidence
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["WhichNext", "which_next"]

CANNOT_TELL = "cannot tell"

_LIMITATIONS = (
    "Each figure is what held-out sessions did bring: it describes the step up to the data at hand, and the next step brings somewhat less.",  # noqa: E501 - one sentence of a limitation
    "The figure for a new company rests on as many companies as there are, chosen and not drawn; the range shows how it depends on each.",  # noqa: E501 - one sentence of a limitation
    "New codes are one reason to go on; a silent case, a thin cell or a contested claim is another.",
)


@dataclass(frozen=True)
class WhichNext(Result):
    """Expected new codes per option; see :func:`which_next`.

    Parameters
    ----------
    answer
        ``"a new company"``, ``"the same companies"`` or ``"cannot tell"``.
    why
        The reason in one sentence.
    """

    answer: str = CANNOT_TELL
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """One case: its sessions and what only they hold."""

    name: Any
    own: npt.NDArray[np.bool_]  # sessions of the case by codes that no other case holds
    once: str  # codes found in a single session, which belongs to this case

    @property
    def sessions(self) -> int:
        return len(self.own)


def which_next(
    incidence: Incidence,
    cases: Mapping[Any, Any] | Sequence[Any],
    *,
    minimum_sessions: int,
    sessions_ahead: int = 1,
    cost: Mapping[str, float] | None = None,
) -> WhichNext:
    """Compare what further sessions would bring: in the companies studied, or in a company not studied yet.

    Same companies: every choice of `sessions_ahead` sessions of a case is held out in turn, and the codes
    that nobody else in the study holds are counted. New company: every case is held out in turn, and the
    codes that no other case holds are counted in `sessions_ahead` of its sessions. Both counts are exact
    averages over all choices.

    Parameters
    ----------
    incidence
        Sessions by codes, made from a frame. Group it first to answer for themes or groups.
    cases
        The case of each session: a mapping from session name, or one entry per session in order.
    minimum_sessions
        From fewer sessions the answer is "cannot tell". A threshold of the study, from its rules.
    sessions_ahead
        How many sessions are up for decision, at least one.
    cost
        What the sessions would cost per option, ``{"same": …, "new": …}``, in any unit; without it both cost
        the same.

    Returns
    -------
    WhichNext
        table: option (same, new), case (empty for the option as a whole), expected_new, low, high,
        codes_found_once (what a further session there might confirm), reason, cost, gain_per_cost,
        gain_low, gain_high. Low and high are the smallest and
        largest value with one case left out of the average (for a single case: with one of its sessions
        never held out). The answer names an option only when the ranges of gain per cost do not touch.

    Raises
    ------
    ValueError
        When only counts are known, sessions have no case, or costs are missing or not above zero.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 1, 1, 1, 1, 1], "b": [1, 1, 0, 0, 0, 0], "c": [0, 0, 1, 1, 0, 0],
    ...                       "d": [0, 0, 0, 0, 1, 1]})
    >>> found = which_next(Incidence.from_frame(frame), ["x", "x", "y", "y", "z", "z"], minimum_sessions=6)
    >>> found.answer, found.table["expected_new"].tolist()[:2]
    ('a new company', [0.0, 1.0])
    """
    if incidence.matrix is None:
        raise ValueError(
            "which_next needs the table of sessions by codes: make the incidence with from_frame"
        )
    if sessions_ahead < 1:
        raise ValueError(f"{sessions_ahead} sessions ahead are nothing to decide on: ask for at least one")
    price = _prices(cost)
    groups = _cases(incidence, cases)
    rows = [_option("same", groups, _again, sessions_ahead), _option("new", groups, _afresh, sessions_ahead)]
    for name, function in (("same", _again), ("new", _afresh)):
        rows += [_one_case(name, case, function, sessions_ahead, incidence) for case in groups]
    table = pd.DataFrame(rows)
    table["cost"] = table["option"].map(price)
    for gain, value in (("gain_per_cost", "expected_new"), ("gain_low", "low"), ("gain_high", "high")):
        table[gain] = table[value] / table["cost"]
    answer, why = _answer(table, incidence.sessions, minimum_sessions)
    scalars = {
        f"expected_new_{row['option']}": Scalar(
            None if row["reason"] else row["expected_new"],
            n=incidence.sessions,
            unit="codes",
            method=f"held out, sessions ahead: {sessions_ahead}",
            reason=row["reason"] or None,
        )
        for row in rows[:2]
    }
    scalars["answer"] = Scalar(answer, incidence.sessions, "", why)
    return WhichNext(
        table, incidence.inputs, scalars=scalars, limitations=_LIMITATIONS, answer=answer, why=why
    )


def _prices(cost: Mapping[str, float] | None) -> dict[str, float]:
    price = {"same": 1.0, "new": 1.0} if cost is None else dict(cost)
    wrong = [name for name in ("same", "new") if not price.get(name, 0.0) > 0]
    if wrong:
        raise ValueError(f"the cost of {' and '.join(wrong)} is missing or not above zero: give same and new")
    return price


def _cases(incidence: Incidence, cases: Mapping[Any, Any] | Sequence[Any]) -> list[_Case]:
    if isinstance(cases, Mapping):
        without = [name for name in incidence.names if name not in cases]
        if without:
            raise ValueError(
                f"session {without[0]!r} has no case ({len(without)} of {incidence.sessions} have none)"
            )
        labels = [cases[name] for name in incidence.names]
    else:
        labels = list(cases)
        if len(labels) != incidence.sessions:
            raise ValueError(f"{len(labels)} cases for {incidence.sessions} sessions: give one per session")
    assert incidence.matrix is not None
    groups = []
    for name in sorted(set(labels), key=str):
        inside = np.array([label == name for label in labels], dtype=bool)
        alone = incidence.matrix[inside].any(axis=0) & ~incidence.matrix[~inside].any(axis=0)
        once = "; ".join(str(incidence.codes[i]) for i in np.flatnonzero(alone & (incidence.counts == 1)))
        groups.append(_Case(name, incidence.matrix[np.ix_(inside, alone)], once))
    return groups


def _again(own: npt.NDArray[np.bool_], held_out: int, spared: int | None = None) -> float:
    """Return the codes expected to be nowhere else when `held_out` of these sessions are left out.

    With `spared`, only over the choices that keep that session; its codes are then never new.
    """
    if len(own) <= held_out:
        return float("nan")
    sessions = len(own) if spared is None else len(own) - 1
    found = (own if spared is None else own[:, ~own[spared]]).sum(axis=0)
    ways = sum(comb(sessions - count, held_out - count) for count in found.tolist() if count <= held_out)
    return ways / comb(sessions, held_out)


def _afresh(own: npt.NDArray[np.bool_], held_out: int, spared: int | None = None) -> float:
    """Return the codes expected in `held_out` of these sessions, of those that no other case holds."""
    rest = own if spared is None else np.delete(own, spared, axis=0)
    if len(rest) < held_out:
        return float("nan")
    found = rest.sum(axis=0).tolist()
    ways = comb(len(rest), held_out)
    return len(found) - sum(comb(len(rest) - count, held_out) for count in found) / ways


_Held = Callable[..., float]


def _option(name: str, groups: list[_Case], function: _Held, ahead: int) -> dict[str, Any]:
    """Average over cases, with the range of the average when one case is left out."""
    values = np.array([function(case.own, ahead) for case in groups])
    values = values[~np.isnan(values)]
    row: dict[str, Any] = {
        "option": name,
        "case": "",
        "expected_new": np.nan,
        "low": np.nan,
        "high": np.nan,
        "codes_found_once": "",
        "reason": "",
    }
    if len(groups) < 2 or len(values) < 2:
        enough = f"more than {ahead}" if name == "same" else f"at least {ahead}"
        row["reason"] = because(
            f"{len(values)} of {len(groups)} cases have {enough} sessions: nothing to compare with"
        )
        return row
    others = (values.sum() - values) / (len(values) - 1)
    return row | {
        "expected_new": float(values.mean()),
        "low": float(others.min()),
        "high": float(others.max()),
    }


def _one_case(name: str, case: _Case, function: _Held, ahead: int, incidence: Incidence) -> dict[str, Any]:
    value = function(case.own, ahead)
    row: dict[str, Any] = {
        "option": name,
        "case": case.name,
        "expected_new": value,
        "low": np.nan,
        "high": np.nan,
        "codes_found_once": case.once if name == "same" else "",
    }
    if np.isnan(value):
        left = "no session would be left" if case.sessions == ahead else f"it has {case.sessions} sessions"
        return row | {"reason": because(f"{ahead} sessions of this case cannot be held out: {left}")}
    if case.sessions == incidence.sessions:
        return row | {"expected_new": np.nan, "reason": because("there is no other case")}
    without = [function(case.own, ahead, spared) for spared in range(case.sessions)]
    known = [other for other in without if not np.isnan(other)]
    return row | {"low": min(known, default=np.nan), "high": max(known, default=np.nan), "reason": ""}


def _answer(table: pd.DataFrame, sessions: int, minimum: int) -> tuple[str, str]:
    same, new = table.iloc[0], table.iloc[1]
    for row in (same, new):
        if row["reason"]:
            return CANNOT_TELL, str(row["reason"])
    if sessions < minimum:
        return CANNOT_TELL, f"{sessions} sessions are fewer than {minimum}"
    if new["gain_low"] > same["gain_high"]:
        return "a new company", "its range of new codes per cost lies above that of the same companies"
    if same["gain_low"] > new["gain_high"]:
        return "the same companies", "their range of new codes per cost lies above that of a new company"
    return CANNOT_TELL, "the ranges of new codes per cost overlap"
