"""Presence and rank of every benefit in every case under every specification, in one pass.

Axes of the arrays: version, what is left out, merge, threshold, measure, case, code; an axis that a number
does not depend on is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Bools, CodingTensor, Map, coding_tensor
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.pooling import between_case_correlation, pooled_shares
from twinbenefits.analysis.ranks import ranks_of
from twinbenefits.analysis.specifications import LeftOut, Measure, Specifications
from twinbenefits.analysis.states import asked_answers, benefit_states

__all__ = ["CaseSums", "Sweep", "case_sums", "sweep"]

_ASKED = ("yes", "partly", "not recorded")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the specifications say.

    Parameters
    ----------
    specifications
        The choices along the first axes.
    cases, codes
        Names along the last axes.
    present
        Shape (version, left out, merge, threshold, case, code): whether the code is there.
    realized
        The same: whether it was observed or measured.
    known
        The same: whether anything can be said, because it was asked about or told of.
    rank
        Shape (version, left out, merge, threshold, measure, case, code): 1 for the most said; NaN where
        not known.
    stands_in
        Shape (merge, code): the code under which each code is counted; itself unless it is merged.
    """

    specifications: Specifications
    cases: tuple[str, ...]
    codes: tuple[str, ...]
    present: Bools
    realized: Bools
    known: Bools
    rank: npt.NDArray[np.float32]
    stands_in: Ints


@dataclass(frozen=True, slots=True)
class CaseSums:
    """Sums per case under every version and everything left out.

    Parameters
    ----------
    segments, strength, sessions, expected, realized, measured
        Shape (version, left out, case, column).
    held
        Shape (left out, case): sessions with material.
    """

    segments: Floats
    strength: Floats
    sessions: Floats
    expected: Floats
    realized: Floats
    measured: Floats
    held: Floats


def case_sums(
    tensor: CodingTensor, left_out: Sequence[LeftOut], coders: Sequence[str], cases: int
) -> CaseSums:
    """Add up a tensor over the sessions of each case, with each thing left out in turn.

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
    member = (tensor.case[:, None] == np.arange(cases)).astype(float)  # (session, case)
    stays = np.ones((len(left_out), len(tensor.sessions)))
    reading = np.zeros(len(left_out), dtype=np.intp)
    for row, gone in enumerate(left_out):
        if gone.kind == "session" and gone.name in tensor.sessions:
            stays[row, tensor.sessions.index(gone.name)] = 0.0
        elif gone.kind == "coder":
            reading[row] = 1 + list(coders).index(gone.name)
    weights = stays[:, :, None] * member  # (left out, session, case)

    def summed(values: Floats) -> Floats:
        """Return (version, left out, case, column) from (version, coder left out, session, column)."""
        versions, _, sessions, columns = values.shape
        out = np.empty((versions, len(left_out), cases, columns))
        whole = reading == 0
        flat = weights[whole].transpose(0, 2, 1).reshape(int(whole.sum()) * cases, sessions)
        for version in range(versions):
            out[version, whole] = (flat @ values[version, 0]).reshape(int(whole.sum()), cases, columns)
            for row in np.flatnonzero(~whole):
                out[version, row] = member.T @ values[version, reading[row]]
        return out

    return CaseSums(
        segments=summed(tensor.segments),
        strength=summed(tensor.strength),
        sessions=summed((tensor.segments > 0).astype(float)),
        expected=summed(tensor.expected),
        realized=summed(tensor.realized),
        measured=summed(tensor.measured),
        held=np.einsum("ls,lsc->lc", tensor.seen[reading].astype(float), weights),
    )


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
    gone = np.array(
        [[left.kind == "case" and left.name == case for case in coded.cases] for left in specs.left_out],
        dtype=bool,
    )
    found = sums.segments[..., column].transpose(0, 1, 3, 2, 4)  # (version, left out, merge, case, code)
    realized = sums.realized[..., column].transpose(0, 1, 3, 2, 4)
    limits = np.array(specs.threshold, dtype=float)[:, None, None]
    present = found[:, :, :, None] >= np.maximum(limits, 1)
    can_tell, was_asked = _askable(coded, asked, members, specs, names)
    known = (present | was_asked[:, None]) & can_tell[:, None] & ~merged_away[:, None, None]
    known &= ~gone[None, :, None, None, :, None]
    there = realized[:, :, :, None] >= np.maximum(limits, 1)
    enters = (can_tell & ~merged_away[:, None]) & ~gone[:, None, :, None]
    base = [_values(sums, measure, column, was_asked, enters) for measure in specs.measure]
    rank = np.empty((*present.shape[:4], len(base), *present.shape[4:]), dtype=np.float32)
    for version in range(len(specs.version)):
        for place, values in enumerate(base):
            shown = np.where(present[version], values[version][:, :, None], 0.0)
            rank[version, ..., place, :, :] = ranks_of(np.where(known[version], shown, np.nan))
    return Sweep(
        specs,
        coded.cases,
        tuple(names),
        present & known,
        there & known,
        known,
        rank,
        _stand_ins(specs, names),
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


def _values(sums: CaseSums, measure: Measure, column: Ints, asked: Bools, enters: Bools) -> Floats:
    """Return what a measure orders by, shape (version, left out, merge, case, code)."""
    whole = getattr(sums, measure.weighting)[..., column].transpose(0, 1, 3, 2, 4)
    if not measure.pooled:
        return np.asarray(whole, dtype=float)
    held = np.broadcast_to(sums.held[None, :, None], whole.shape[:-1])
    known = (((whole > 0) | asked) & enters & (held > 0)[..., None]).astype(float)
    correlation = between_case_correlation(whole, held, known)
    return pooled_shares(whole, held, known, correlation)[0]
