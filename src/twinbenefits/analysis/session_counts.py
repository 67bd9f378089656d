"""Segments per session and code: what shares, ranks, intervals and pooling are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats, Ints

__all__ = ["SessionCounts", "session_counts"]


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Counts of segments by session.

    Parameters
    ----------
    cases, sessions, names
        What the numbers stand for, in order; names are codes or groups of codes.
    case
        Shape (sessions,): place of the session's case among `cases`.
    carrying
        Shape (sessions, names): segments that carry the code.
    on_role
        Shape (sessions,): segments that carry any code of the role.
    """

    cases: tuple[str, ...]
    sessions: tuple[str, ...]
    names: tuple[str, ...]
    case: Ints
    carrying: Floats
    on_role: Floats

    def by_case(self, values: Floats) -> Floats:
        """Return sums over the sessions of each case, shape (cases, …)."""
        sums = np.zeros((len(self.cases), *values.shape[1:]))
        np.add.at(sums, self.case, values)
        return sums

    def held(self) -> Ints:
        """Return the number of sessions with material in each case, shape (cases,)."""
        return np.bincount(self.case, minlength=len(self.cases)).astype(np.intp)

    def shares(self) -> Floats:
        """Return the share of each name among the segments on the role, shape (cases, names)."""
        total = self.by_case(self.on_role)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, self.by_case(self.carrying) / total, np.nan)


def session_counts(coded: Coded, groups: Mapping[str, Sequence[str]], role: str) -> SessionCounts:
    """Count segments by session.

    Parameters
    ----------
    coded
        Resolved evidence.
    groups
        Name to the codes that count for it.
    role
        Segments with any code of the role (or of the groups) are what a share is a share of.
    """
    held = coded.sessions[coded.sessions["case"].isin(coded.cases)]
    held = held[held["session"].isin(set(coded.segments["session"]))]  # the others were not seen, not silent
    place = {str(name): number for number, name in enumerate(held["session"])}
    of_case = {name: number for number, name in enumerate(coded.cases)}
    column = {name: number for number, name in enumerate(groups)}
    mentioned = _within(coded.mentions(groups), place)
    cell = _numbers(mentioned["session"], place) * max(len(column), 1) + _numbers(mentioned["of"], column)
    size = len(place) * len(column)
    carrying = np.bincount(cell, minlength=size)[:size].reshape(len(place), len(column)).astype(float)
    every = {role: [*coded.codes(role), *(code for codes in groups.values() for code in codes)]}
    on_role = _numbers(_within(coded.mentions(every), place)["session"], place)
    return SessionCounts(
        cases=coded.cases,
        sessions=tuple(place),
        names=tuple(groups),
        case=_numbers(held["case"], of_case),
        carrying=carrying,
        on_role=np.bincount(on_role, minlength=len(place)).astype(float),
    )


def _within(mentioned: pd.DataFrame, sessions: Mapping[str, int]) -> pd.DataFrame:
    return mentioned[mentioned["session"].isin(list(sessions))]


def _numbers(column: pd.Series, place: Mapping[str, int]) -> Ints:
    return np.array([place[str(value)] for value in column], dtype=np.intp)
