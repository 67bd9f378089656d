"""In what share of the specifications does a conclusion hold, and which single choice turns it over?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.specifications import AXES, LeftOut, Specifications

__all__ = ["ByChoice", "Held", "by_choice", "concerns", "held_share"]

Held = npt.NDArray[np.float32]
"""Shape (the five axes of the specifications, conclusions): 1 holds, 0 does not, NaN cannot be said."""


@dataclass(frozen=True, slots=True)
class ByChoice:
    """What one choice does to several conclusions.

    Parameters
    ----------
    axis, choice
        The axis and the choice in words.
    company
        The case that is left out, or whose session is; empty for other choices.
    alone
        Shape (conclusions,): whether each holds when only this choice differs from what the study reports;
        NaN where it cannot be said.
    share
        Shape (conclusions,): in what share of the specifications with this choice it holds.
    """

    axis: str
    choice: str
    company: str
    alone: Floats
    share: Floats


def held_share(held: Held) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the share of specifications in which each conclusion holds, and in how many it can be said.

    Parameters
    ----------
    held
        Shape (the five axes, conclusions).

    Examples
    --------
    >>> held = np.array([1.0, 0.0, np.nan, 1.0], dtype=np.float32).reshape(4, 1, 1, 1, 1, 1)
    >>> [found.round(2).tolist() for found in held_share(held)]
    [[0.67], [3]]
    """
    flat = held.reshape(-1, held.shape[-1])
    total = np.count_nonzero(flat == 1, axis=0)
    defined = total + np.count_nonzero(flat == 0, axis=0)
    return np.where(defined > 0, total / np.maximum(defined, 1), np.nan), defined.astype(np.intp)


def by_choice(held: Held, specs: Specifications, left_out: Sequence[int] | None = None) -> Iterator[ByChoice]:
    """Yield what each single choice does, axis by axis; the first of each axis is what the study reports.

    Parameters
    ----------
    held
        Shape (the five axes, conclusions); along the second axis those of `left_out` only.
    specs
        The choices.
    left_out
        Places of what is left out, where not all are in `held`.
    """
    chosen = list(range(len(specs.left_out))) if left_out is None else list(left_out)
    for place, axis in enumerate(AXES):
        names = specs.named(axis)
        listed = chosen if axis == "left_out" else list(range(len(names)))
        for at, number in enumerate(listed):
            if number == 0 or at >= held.shape[place]:
                continue
            single = [0] * len(AXES)
            single[place] = at
            gone = specs.left_out[number] if axis == "left_out" else LeftOut()
            yield ByChoice(
                axis,
                gone.kind if gone.kind == "case" else names[number],
                gone.case,
                np.asarray(held[tuple(single)], dtype=float),
                held_share(np.take(held, [at], axis=place))[0],
            )


def concerns(specs: Specifications, case: str) -> list[int]:
    """Return the places of what may be left out for a conclusion about one case: nothing, coders, its own.

    Leaving a session of another company out says nothing about this one.
    """
    return [
        number
        for number, gone in enumerate(specs.left_out)
        if gone.kind in ("nothing", "coder") or gone.case == case
    ]
