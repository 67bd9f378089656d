"""Where each conclusion holds: presence, realization, first ranks and presence in all cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twinbenefits.analysis.coding_tensor import Bools
from twinbenefits.analysis.spec_summary import Held, concerns
from twinbenefits.analysis.sweep import Sweep
from twinbenefits.evidence.disclosure import ALL

__all__ = ["CONCLUSIONS", "EVERYWHERE", "FIRST", "PRESENT", "REALIZED", "Conclusions", "conclusions"]

PRESENT, REALIZED, FIRST, EVERYWHERE = (
    "present",
    "observed or measured",
    "ranks first",
    "present in all cases",
)
CONCLUSIONS = (PRESENT, REALIZED, FIRST, EVERYWHERE)


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


def conclusions(found: Sweep, kind: str) -> list[Conclusions]:
    """Return the conclusions of one kind, case by case.

    Parameters
    ----------
    found
        The sweep over the specifications.
    kind
        One of `CONCLUSIONS`.

    Raises
    ------
    KeyError
        For another kind.
    """
    if kind == EVERYWHERE:
        held, baseline = _everywhere(found)
        left = tuple(range(len(found.specifications.left_out)))
        return [Conclusions(kind, ALL, found.codes, left, held, baseline)]
    listed = []
    for number, case in enumerate(found.cases):
        left = tuple(concerns(found.specifications, case))
        held, baseline, codes = _HELD[kind](found, number, left)
        listed.append(Conclusions(kind, case, codes, left, held, baseline))
    return listed


_Found = tuple[Held, tuple[str | None, ...], tuple[str, ...]]


def _shown(values: Bools, found: Sweep) -> Bools:
    """Return each code under the code it is counted under; merges are the third axis, codes the last."""
    parts = [np.take(values[:, :, merge], index, axis=-1) for merge, index in enumerate(found.stands_in)]
    return np.stack(parts, axis=2)


def _state_held(values: Bools, known: Bools, words: tuple[str, str]) -> tuple[Held, tuple[str | None, ...]]:
    """Return where what is reported also holds, shape (version, left out, merge, threshold, 1, code)."""
    base, told = values[0, 0, 0, 0], known[0, 0, 0, 0]
    held = np.where(known, values == base, np.nan).astype(np.float32)
    baseline = tuple(words[not yes] if can else None for yes, can in zip(base, told, strict=True))
    return held[:, :, :, :, None], baseline


def _present(found: Sweep, case: int, left: Sequence[int]) -> _Found:
    known = _shown(found.known[:, left], found)[..., case, :]
    values = _shown(found.present[:, left], found)[..., case, :]
    return *_state_held(values, known, (PRESENT, "absent")), found.codes


def _realized(found: Sweep, case: int, left: Sequence[int]) -> _Found:
    known = _shown(found.known[:, left], found)[..., case, :]
    values = _shown(found.realized[:, left], found)[..., case, :]
    return *_state_held(values, known, (REALIZED, "not observed or measured")), found.codes


def _first(found: Sweep, case: int, left: Sequence[int]) -> _Found:
    """Return whether the code that is reported first stands first, alone or with others."""
    rank = found.rank[:, left][..., case, :]
    base = rank[0, 0, 0, 0, 0]
    if np.isnan(base).all() or not found.present[0, 0, 0, 0, case].any():
        return np.full((*rank.shape[:-1], 1), np.nan, dtype=np.float32), (None,), ("",)
    winner = int(np.nanargmin(base))
    standing = np.stack(
        [rank[:, :, merge, ..., index[winner]] for merge, index in enumerate(found.stands_in)], axis=2
    )
    with np.errstate(invalid="ignore"):
        best = np.fmin.reduce(rank, axis=-1)
        held = np.where(np.isnan(standing) | np.isnan(best), np.nan, standing <= best).astype(np.float32)
    return held[..., None], (found.codes[winner],), ("",)


def _everywhere(found: Sweep) -> tuple[Held, tuple[str | None, ...]]:
    """Return whether presence in all cases of which anything is known is as reported."""
    known, present = _shown(found.known, found), _shown(found.present, found)
    cases = np.asarray(known.sum(axis=-2))
    all_of_them = np.asarray((present | ~known).all(axis=-2))
    base, told = all_of_them[0, 0, 0, 0], cases[0, 0, 0, 0] > 1
    held = np.where(cases > 1, all_of_them == base, np.nan).astype(np.float32)[:, :, :, :, None]
    words = ("in all", "not in all")
    return held, tuple(words[not yes] if can else None for yes, can in zip(base, told, strict=True))


_HELD: Mapping[str, Callable[[Sweep, int, Sequence[int]], _Found]] = {
    PRESENT: _present,
    REALIZED: _realized,
    FIRST: _first,
}
