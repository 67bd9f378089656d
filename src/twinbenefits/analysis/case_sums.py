"""Sums per case under every version, and with everything left out in turn.

What is left out touches little: a session only its own case, a coder what that coder read. So the sums stand
once per version and coder left out, and those of one case under its own choices are made when asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twinbenefits.analysis.coding_tensor import CodingTensor
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.specifications import LeftOut

__all__ = ["SUMS", "CaseSums", "case_sums"]

SUMS = ("segments", "strength", "sessions", "expected", "realized", "measured")
"""What is added up: segments, their strengths, sessions with any, and segments by status."""

_NONE = -1


@dataclass(frozen=True, slots=True)
class CaseSums:
    """Sums over the sessions of each case.

    Parameters
    ----------
    whole
        Name (one of `SUMS`) to its sums, shape (versions, coders left out, cases, columns); the first coder
        left out is none.
    single
        The same by session with nobody left out, shape (versions, sessions, columns).
    held
        Shape (coders left out, cases): sessions with material.
    seen
        Shape (sessions,): whether a session has material while nobody is left out.
    reading, session
        Shape (left out,): which of the coders left out each choice takes, and the session it leaves out, -1
        for none.
    case
        Shape (sessions,): the place of each session's case.
    """

    whole: Mapping[str, Floats]
    single: Mapping[str, Floats]
    held: Floats
    seen: Floats
    reading: Ints
    session: Ints
    case: Ints

    def of(self, name: str, case: int, left: Ints) -> Floats:
        """Return one case's sums, shape (versions, left out, columns), for some of what is left out."""
        sums: Floats = self.whole[name][:, self.reading[left], case]
        places, sessions = self._gone(case, left)
        sums[:, places] -= self.single[name][:, sessions]
        return sums

    def held_of(self, case: int, left: Ints) -> Floats:
        """Return one case's sessions with material, shape (left out,)."""
        held: Floats = self.held[self.reading[left], case]
        places, sessions = self._gone(case, left)
        held[places] -= self.seen[sessions]
        return held

    def of_all(self, name: str, version: int, columns: Ints) -> Floats:
        """Return the sums of some columns under every choice, shape (left out, cases, columns)."""
        whole = self.whole[name][version][..., columns]
        sums: Floats = whole[self.reading]
        places = np.flatnonzero(self.session != _NONE)
        gone = self.session[places]
        sums[places, self.case[gone]] -= self.single[name][version][gone[:, None], columns]
        return sums

    def held_of_all(self) -> Floats:
        """Return the sessions with material of every case under every choice, shape (left out, cases)."""
        held = self.held[self.reading]
        places = np.flatnonzero(self.session != _NONE)
        gone = self.session[places]
        held[places, self.case[gone]] -= self.seen[gone]
        return held

    @property
    def case_touched(self) -> Ints:
        """The place of the case that each choice leaves a session of out, shape (left out,); -1 for none."""
        touched = np.full(len(self.session), _NONE, dtype=np.intp)
        places = np.flatnonzero(self.session != _NONE)
        touched[places] = self.case[self.session[places]]
        return touched

    @property
    def session_seen(self) -> Floats:
        """Whether the session that each choice leaves out has material, shape (left out,); 0 for none."""
        seen = np.zeros(len(self.session))
        places = np.flatnonzero(self.session != _NONE)
        seen[places] = self.seen[self.session[places]]
        return seen

    def session_had(self, name: str, left: Ints) -> Floats:
        """Return the sums of the session that each choice leaves out, shape (versions, choices, columns).

        0 where a choice leaves none out.
        """
        single = self.single[name]
        had = np.zeros((len(single), len(left), single.shape[2]))
        places = np.flatnonzero(self.session[left] != _NONE)
        had[:, places] = single[:, self.session[left[places]]]
        return had

    def _gone(self, case: int, left: Ints) -> tuple[Ints, Ints]:
        """Return the places of the choices that leave a session of this case out, and the sessions."""
        session = self.session[left]
        places = np.flatnonzero(session != _NONE)
        places = places[self.case[session[places]] == case]
        return places, session[places]


def case_sums(
    tensor: CodingTensor, left_out: Sequence[LeftOut], coders: Sequence[str], cases: int
) -> CaseSums:
    """Add up a tensor over the sessions of each case; the sums are whole numbers, so no order matters.

    Parameters
    ----------
    tensor
        From :func:`~twinbenefits.analysis.coding_tensor.coding_tensor`.
    left_out
        What is left out.
    coders
        Coders in the order in which the tensor leaves them out.
    cases
        Number of cases.
    """
    place = {name: number for number, name in enumerate(tensor.sessions)}
    read = {name: 1 + number for number, name in enumerate(coders)}
    session = [place.get(gone.name, _NONE) if gone.kind == "session" else _NONE for gone in left_out]
    values = {name: getattr(tensor, name) for name in SUMS if name != "sessions"}
    values["sessions"] = (tensor.segments > 0).astype(float)
    return CaseSums(
        whole={name: _by_case(each, tensor.case, cases) for name, each in values.items()},
        single={name: each[:, 0] for name, each in values.items()},
        held=_by_case(tensor.seen.astype(float)[None, :, :, None], tensor.case, cases)[0, ..., 0],
        seen=tensor.seen[0].astype(float),
        reading=np.array(
            [read[gone.name] if gone.kind == "coder" else 0 for gone in left_out], dtype=np.intp
        ),
        session=np.array(session, dtype=np.intp),
        case=tensor.case,
    )


def _by_case(values: Floats, case: Ints, cases: int) -> Floats:
    """Add up the third axis, sessions, by their cases."""
    summed = np.zeros((*values.shape[:2], cases, values.shape[3]))
    order = np.argsort(case, kind="stable")
    there, start = np.unique(case[order], return_index=True)
    if len(there):
        summed[:, :, there] = np.add.reduceat(values[:, :, order], start, axis=2)
    return summed
