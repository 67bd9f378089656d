"""Presence and rank of every benefit in every case under every specification, in one pass.

Axes of the arrays: version, what is left out, merge, threshold, measure, code; an axis that a number does not
depend on is missing. They are made case by case when asked for: only of a small study do all of them together
fit into memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.case_sums import CaseSums, case_sums
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Bools, Map, coding_tensor
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.pooling import (
    OneChanged,
    between_case_correlation,
    drawn_to,
    means_of_cases,
    pooling_with_one_changed,
)
from twinbenefits.analysis.ranks import ranks_of
from twinbenefits.analysis.spec_summary import concerns
from twinbenefits.analysis.specifications import Measure, Specifications
from twinbenefits.analysis.states import asked_answers, benefit_states

__all__ = ["CaseSweep", "Sweep", "sweep"]

_DIGITS = 12
_ASKED = ("yes", "partly", "not recorded")


@dataclass(frozen=True, slots=True)
class CaseSweep:
    """What the specifications say of one case.

    Parameters
    ----------
    left_out
        Places of what is left out, along the second axis.
    present
        Shape (version, left out, merge, threshold, code): whether the code is there.
    realized
        The same: whether it was observed or measured.
    known
        The same: whether anything can be said, because it was asked about or told of.
    rank
        Shape (version, left out, merge, threshold, measure, code): 1 for the most said; NaN where not known.
    """

    left_out: tuple[int, ...]
    present: Bools
    realized: Bools
    known: Bools
    rank: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sweep:
    """What the specifications say; of one case, or (where the study is small) of all at once.

    Parameters
    ----------
    specifications
        The choices along the first axes.
    cases, codes
        Names of the cases, and of the codes along the last axis.
    stands_in
        Shape (merge, code): the code under which each code is counted; itself unless it is merged.
    sums
        What the cases add up to under every version and with everything left out.
    column
        Shape (merge, code): the column of the sums that stands for each code.
    asked, told
        Shape (merge, case, code): what was asked about, and of what anything can be told under its own name.
    """

    specifications: Specifications
    cases: tuple[str, ...]
    codes: tuple[str, ...]
    stands_in: Ints
    sums: CaseSums
    column: Ints
    asked: Bools
    told: Bools

    def of_case(self, number: int, left_out: Sequence[int] | None = None) -> CaseSweep:
        """Return what the specifications say of one case.

        Parameters
        ----------
        number
            The place of the case.
        left_out
            Places of what is left out; by default what concerns the case.
        """
        specs = self.specifications
        chosen = tuple(concerns(specs, self.cases[number]) if left_out is None else left_out)
        left = np.array(chosen, dtype=np.intp)
        present, there, known = self.states(number, left)
        rank = np.empty((*present.shape[:4], len(specs.measure), len(self.codes)), dtype=np.float32)
        for place, measure in enumerate(specs.measure):
            shown = np.where(present, self._values(measure, number, left)[:, :, :, None], 0.0)
            rank[..., place, :] = ranks_of(np.where(known, shown, np.nan))
        return CaseSweep(chosen, present & known, there & known, known, rank)

    @cached_property
    def _every_case(self) -> list[CaseSweep]:
        every = range(len(self.specifications.left_out))
        return [self.of_case(number, every) for number in range(len(self.cases))]

    @property
    def present(self) -> Bools:
        """Of every case under every choice: shape (version, left out, merge, threshold, case, code)."""
        return np.stack([one.present for one in self._every_case], axis=-2)

    @property
    def known(self) -> Bools:
        """As for `present`."""
        return np.stack([one.known for one in self._every_case], axis=-2)

    @property
    def rank(self) -> npt.NDArray[np.float32]:
        """The same with the measures: shape (version, left out, merge, threshold, measure, case, code)."""
        return np.stack([one.rank for one in self._every_case], axis=-2)

    def states(self, number: int, left: Ints) -> tuple[Bools, Bools, Bools]:
        """Return of one case what is there, what is realized and what is known; see :class:`CaseSweep`."""
        found, realized = (
            self.sums.of(name, number, left)[..., self.column] for name in ("segments", "realized")
        )
        limits = np.maximum(np.array(self.specifications.threshold, dtype=float), 1)[:, None]
        present, there = found[:, :, :, None] >= limits, realized[:, :, :, None] >= limits
        known = (present | self.asked[:, None, number]) & self.told[:, None, number]
        known &= ~self._gone(number, left)[:, None, None, None]
        return present, there, np.asarray(known, dtype=bool)

    def _gone(self, number: int, left: Ints) -> Bools:
        return np.asarray(self._case_gone[left] == number, dtype=bool)

    @cached_property
    def _case_gone(self) -> Ints:
        """Return the place of the case that each choice leaves out, -1 for none."""
        place = {case: number for number, case in enumerate(self.cases)}
        return np.array(
            [
                place.get(gone.name, -1) if gone.kind == "case" else -1
                for gone in self.specifications.left_out
            ],
            dtype=np.intp,
        )

    def _values(self, measure: Measure, number: int, left: Ints) -> Floats:
        """Return what a measure orders by, shape (version, left out, merge, code)."""
        whole = self.sums.of(measure.weighting, number, left)[..., self.column]
        if not measure.pooled:
            return np.asarray(whole, dtype=float)
        held = self.sums.held_of(number, left)[:, None, None]
        known = ((whole > 0) | self.asked[:, number]) & self.told[:, number]
        known &= (held > 0) & ~self._gone(number, left)[:, None, None]
        alike, mean = self._pooling[measure.weighting]
        drawn = drawn_to(mean[:, left], whole, held * known, alike[:, left][..., None])[0]
        return np.asarray(np.round(drawn, _DIGITS))  # or the order of adding up would break ties

    @cached_property
    def _pooling(self) -> dict[str, tuple[Floats, Floats]]:
        """Return how alike sessions of one case are, shape (version, left out, merge), and means by code."""
        pooled = {measure.weighting for measure in self.specifications.measure if measure.pooled}
        return {name: self._pooled(name) for name in pooled}

    def _pooled(self, name: str) -> tuple[Floats, Floats]:
        sums, shape = self.sums, self.specifications.shape[:3]
        alike, mean = np.empty(shape), np.empty((*shape, len(self.codes)))
        case = np.where(self._case_gone >= 0, self._case_gone, sums.case_touched)
        one = np.flatnonzero(case >= 0)
        case, stays = case[one], (self._case_gone[one] < 0).astype(float)
        held = sums.held[0, case] - sums.session_seen[one]
        had = sums.session_had(name, one)
        for merge in range(shape[2]):
            asked, told, column = self.asked[merge], self.told[merge], self.column[merge]
            having = sums.whole[name][..., column]  # of every version
            known = (((having > 0) | asked) & told & (sums.held > 0)[..., None]).astype(float)
            alike[:, :, merge] = between_case_correlation(having, sums.held, known)[:, sums.reading]
            mean[:, :, merge] = means_of_cases(having, sums.held, known)[:, sums.reading]
            left = having[:, 0, case] - had[..., column]
            still = (((left > 0) | asked[case]) & told[case] & (held > 0)[:, None]) * stays[:, None]
            changed = OneChanged(case, left, held, still)
            alike[:, one, merge], mean[:, one, merge] = pooling_with_one_changed(
                having[:, 0], sums.held[0], known[:, 0], changed
            )
        return alike, mean


def sweep(
    coded: Coded,
    asked: pd.DataFrame,
    specs: Specifications,
    *,
    codes: Sequence[str] | None = None,
    role: str = "benefit",
    map: Map = map,
) -> Sweep:
    """Work out presence and ranks under every specification.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one; rows that may enter a statement about their
        case are used.
    asked
        What was asked about.
    specs
        The choices.
    codes, role
        The codes looked at; by default those of the role without any below them.
    map
        Runs the versions; the built-in by default, or that of an executor.
    """
    about = coded.about_cases()
    names = list(codes) if codes is not None else coded.leaves(role)
    members = {name: coded.members(name) for name in names}
    unions = {merge: tuple(c for one in merge for c in coded.members(one)) for merge in specs.merge if merge}
    columns = {**members, **{"+".join(merge): listed for merge, listed in unions.items()}}
    coders = [gone.name for gone in specs.left_out if gone.kind == "coder"]
    tensor = coding_tensor(about, specs.version, columns, left_out=coders, map=map)
    sums = case_sums(tensor, specs.left_out, coders, len(coded.cases))
    column, merged_away = _merged(specs, names)
    can_tell, was_asked = _askable(coded, asked, members, specs, names)
    return Sweep(
        specifications=specs,
        cases=coded.cases,
        codes=tuple(names),
        stands_in=_stand_ins(specs, names),
        sums=sums,
        column=column,
        asked=was_asked,
        told=can_tell & ~merged_away[:, None],
    )


def _stand_ins(specs: Specifications, names: Sequence[str]) -> Ints:
    """Return under which code each code is counted."""
    stands_in = np.tile(np.arange(len(names)), (len(specs.merge), 1))
    for row, merge in enumerate(specs.merge):
        mine = [names.index(code) for code in merge if code in names]
        stands_in[row, mine] = mine[0] if mine else 0
    return stands_in.astype(np.intp)


def _merged(specs: Specifications, names: Sequence[str]) -> tuple[Ints, Bools]:
    """Return which column stands for each code under each merge, and which codes are merged into another."""
    column = np.tile(np.arange(len(names)), (len(specs.merge), 1))
    away = np.zeros(column.shape, dtype=bool)
    at = len(names)
    for row, merge in enumerate(specs.merge):
        if merge:
            mine = [names.index(code) for code in merge if code in names]
            column[row, mine] = at
            away[row, mine[1:]] = True
            at += 1
    return column.astype(np.intp), away


def _askable(
    coded: Coded,
    asked: pd.DataFrame,
    members: dict[str, tuple[str, ...]],
    specs: Specifications,
    names: Sequence[str],
) -> tuple[Bools, Bools]:
    """Return of what may be told and what was asked about, shape (merge, case, code)."""
    from twinbenefits.analysis.resolution import resolve

    states = benefit_states(resolve(coded), asked, members, presence_threshold=specs.threshold[0])
    shape = (len(coded.cases), len(names))
    tell = (states["untold"] != "presence").to_numpy().reshape(shape)
    answers = asked_answers(coded, asked, members)
    given = np.array(
        [[answers.get((case, name), "") in _ASKED for name in names] for case in coded.cases], dtype=bool
    )
    tell, given = (np.repeat(part.reshape(1, *shape), len(specs.merge), axis=0) for part in (tell, given))
    for row, merge in enumerate(specs.merge):
        mine = [names.index(code) for code in merge if code in names]
        if mine:
            tell[row][:, mine] = tell[row][:, mine].all(axis=1, keepdims=True)
            given[row][:, mine] = given[row][:, mine].any(axis=1, keepdims=True)
    return tell, given
