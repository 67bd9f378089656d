"""Where each conclusion holds: presence, realization, first ranks and presence in all cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coding_tensor import Bools
from twinbenefits.analysis.spec_summary import Held
from twinbenefits.analysis.sweep import CaseSweep, Sweep
from twinbenefits.evidence.disclosure import ALL

__all__ = [
    "EVERYWHERE",
    "FIRST",
    "OF_A_CASE",
    "PRESENT",
    "REALIZED",
    "Conclusions",
    "Everywhere",
    "case_conclusions",
    "conclusions",
]

PRESENT, REALIZED, FIRST, EVERYWHERE = (
    "present",
    "observed or measured",
    "ranks first",
    "present in all cases",
)
OF_A_CASE = (PRESENT, REALIZED, FIRST)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """Conclusions of one kind about one case, or about all.

    Parameters
    ----------
    kind, case
        The kind, and the case; ``*`` for all.
    codes
        The code of each; empty for which of them ranks first.
    left_out
        Places of what may be left out: what concerns the case.
    held
        Shape (the five axes, conclusions): where what is reported also holds.
    baseline
        What is reported; None where nothing can be said.
    """

    kind: str
    case: str
    codes: tuple[str, ...]
    left_out: tuple[int, ...]
    held: Held
    baseline: tuple[str | None, ...]


def conclusions(found: Sweep, kind: str, case: str) -> Conclusions:
    """Return the conclusions of one kind about one case.

    Parameters
    ----------
    found
        The sweep over the specifications.
    kind
        One of `OF_A_CASE`, or `EVERYWHERE`.
    case
        The case; ``*`` for what is present in all cases.

    Raises
    ------
    KeyError
        For another kind.
    ValueError
        For another case.
    """
    if kind == EVERYWHERE:
        gathered = Everywhere(found)
        for number in range(len(found.cases)):
            gathered.add(found.of_case(number))
        return gathered.conclusions()
    return case_conclusions(found, kind, found.of_case(found.cases.index(case)), case)


def case_conclusions(found: Sweep, kind: str, one: CaseSweep, case: str) -> Conclusions:
    """Return the conclusions of one kind about one case that was swept already."""
    held, baseline, codes = _HELD[kind](found, one)
    return Conclusions(kind, case, codes, one.left_out, held, baseline)


_Found = tuple[Held, tuple[str | None, ...], tuple[str, ...]]


def _shown(values: npt.NDArray[Any], found: Sweep, codes: slice = slice(None)) -> npt.NDArray[Any]:
    """Return each code under the code it is counted under; merges are the third axis, codes the last."""
    stands_in = found.stands_in[:, codes]
    parts = [np.take(values[:, :, merge], index, axis=-1) for merge, index in enumerate(stands_in)]
    return np.stack(parts, axis=2)


def _state_held(values: Bools, known: Bools, words: tuple[str, str]) -> tuple[Held, tuple[str | None, ...]]:
    """Return where what is reported also holds, shape (version, left out, merge, threshold, 1, code)."""
    base, told = values[0, 0, 0, 0], known[0, 0, 0, 0]
    held = np.where(known, values == base, np.nan).astype(np.float32)
    baseline = tuple(words[not yes] if can else None for yes, can in zip(base, told, strict=True))
    return held[:, :, :, :, None], baseline


def _present(found: Sweep, one: CaseSweep) -> _Found:
    known, values = _shown(one.known, found), _shown(one.present, found)
    return *_state_held(values, known, (PRESENT, "absent")), found.codes


def _realized(found: Sweep, one: CaseSweep) -> _Found:
    known, values = _shown(one.known, found), _shown(one.realized, found)
    return *_state_held(values, known, (REALIZED, "not observed or measured")), found.codes


def _first(found: Sweep, one: CaseSweep) -> _Found:
    """Return whether the code that is reported first stands first, alone or with others."""
    rank = one.rank
    base = rank[0, 0, 0, 0, 0]
    if np.isnan(base).all() or not one.present[0, 0, 0, 0].any():
        return np.full((*rank.shape[:-1], 1), np.nan, dtype=np.float32), (None,), ("",)
    winner = int(np.nanargmin(base))
    standing = np.stack(
        [rank[:, :, merge, ..., index[winner]] for merge, index in enumerate(found.stands_in)], axis=2
    )
    with np.errstate(invalid="ignore"):
        best = np.fmin.reduce(rank, axis=-1)
        held = np.where(np.isnan(standing) | np.isnan(best), np.nan, standing <= best).astype(np.float32)
    return held[..., None], (found.codes[winner],), ("",)


class Everywhere:
    """Whether presence in all cases of which anything is known is as reported, gathered case by case.

    Parameters
    ----------
    found
        The sweep over the specifications.
    """

    def __init__(self, found: Sweep) -> None:
        self._found, specs = found, found.specifications
        readings = 1 + int(found.sums.reading.max(initial=0))
        versions, left, *rest = specs.shape[:4]
        # per choice how far it moves what is counted with every session and case in: by its own case at most
        self._moved = np.zeros((2, versions, left, *rest, len(found.codes)), dtype=np.int8)
        self._whole = np.zeros((2, versions, readings, *rest, len(found.codes)), dtype=np.int32)

    def add(self, one: CaseSweep) -> None:
        """Count a case: where it is known, and where it is known and the code is not there."""
        specs, left = self._found.specifications, np.array(one.left_out, dtype=np.intp)
        own = np.array([specs.left_out[at].kind in ("session", "case") for at in left], dtype=bool)
        reading = self._found.sums.reading[left[~own]]
        for whole, moved, values in zip(
            self._whole, self._moved, (one.known, one.known & ~one.present), strict=True
        ):
            whole[:, reading] += values[:, ~own]
            moved[:, left[own]] += values[:, own].astype(np.int8) - values[:, :1]

    def conclusions(self, codes: slice = slice(None)) -> Conclusions:
        """Return the conclusions about all cases, of some codes only where all are too many to hold."""
        found, reading = self._found, self._found.sums.reading
        names = found.codes[codes]
        held = np.empty((*self._moved.shape[1:5], 1, len(names)), dtype=np.float32)
        for version in range(len(held)):
            cases, absent = (
                _shown(whole[None, version], found, codes)[0][reading]
                + _shown(moved[None, version], found, codes)[0]
                for whole, moved in zip(self._whole, self._moved, strict=True)
            )
            everywhere = absent == 0
            if not version:
                base, told = everywhere[0, 0, 0], cases[0, 0, 0] > 1
            held[version, :, :, :, 0] = np.where(cases > 1, everywhere == base, np.nan)
        words = ("in all", "not in all")
        baseline = tuple(words[not yes] if can else None for yes, can in zip(base, told, strict=True))
        left = tuple(range(len(reading)))
        return Conclusions(EVERYWHERE, ALL, names, left, held, baseline)


_HELD: Mapping[str, Callable[[Sweep, CaseSweep], _Found]] = {
    PRESENT: _present,
    REALIZED: _realized,
    FIRST: _first,
}
