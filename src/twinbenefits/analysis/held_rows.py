"""Conclusions under the specifications as rows: in what share each holds, and what single choices do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.conclusions import Conclusions, Everywhere
from twinbenefits.analysis.spec_summary import ByChoice, by_choice, held_share
from twinbenefits.analysis.specifications import Specifications
from twinbenefits.evidence.disclosure import ALL

__all__ = ["UNTOLD", "Summary", "choice_rows", "conclusion_rows", "summary", "summary_by_code"]

UNTOLD = "not asked about, or nothing of it may be told"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of conclusions under all specifications, once they were looked at.

    Parameters
    ----------
    kind, case, codes, baseline
        As in :class:`~twinbenefits.analysis.conclusions.Conclusions`.
    share, defined
        Shape (conclusions,): in what share of the specifications each holds, of how many.
    choices
        What each single choice does.
    """

    kind: str
    case: str
    codes: tuple[str, ...]
    baseline: tuple[str | None, ...]
    share: Floats
    defined: npt.NDArray[np.intp]
    choices: tuple[ByChoice, ...]

    @property
    def told(self) -> npt.NDArray[np.bool_]:
        """Whether anything can be said, shape (conclusions,)."""
        return np.array([word is not None for word in self.baseline], dtype=bool)

    @property
    def flips(self) -> npt.NDArray[np.intp]:
        """How many single choices turn each over, without leaving a company out where it is about all."""
        counted = [one.alone == 0 for one in self.choices if self.case != ALL or not one.company]
        return np.sum(counted, axis=0, dtype=np.intp) if counted else np.zeros(len(self.codes), dtype=np.intp)


def summary(one: Conclusions, specs: Specifications) -> Summary:
    """Return what is kept of conclusions; their arrays over all specifications are too large to be."""
    share, defined = held_share(one.held)
    choices = tuple(by_choice(one.held, specs, one.left_out))
    return Summary(one.kind, one.case, one.codes, one.baseline, share, defined, choices)


def summary_by_code(everywhere: Everywhere, specs: Specifications, codes: int) -> Summary:
    """Return what is kept of the conclusions about all cases, worked out some codes at a time."""
    slices = [slice(start, start + _AT_A_TIME) for start in range(0, codes, _AT_A_TIME)] or [slice(None)]
    parts = [summary(everywhere.conclusions(some), specs) for some in slices]
    choices = [
        replace(same[0], alone=_joined(one.alone for one in same), share=_joined(one.share for one in same))
        for same in zip(*(part.choices for part in parts), strict=True)
    ]
    return Summary(
        parts[0].kind,
        parts[0].case,
        tuple(code for part in parts for code in part.codes),
        tuple(word for part in parts for word in part.baseline),
        _joined(part.share for part in parts),
        _joined(part.defined for part in parts),
        tuple(choices),
    )


_AT_A_TIME = 8


def _joined(parts: Iterable[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(list(parts))


def conclusion_rows(listed: Sequence[Summary]) -> pd.DataFrame:
    """Return one row per conclusion: what is reported, in what share it holds, how many choices flip it."""
    sizes = [len(one.codes) for one in listed]
    told = _whole([one.told for one in listed], bool)
    return pd.DataFrame(
        {
            "conclusion": _texts([one.kind for one in listed], sizes),
            "code": _texts([code for one in listed for code in one.codes]),
            "case": _texts([one.case for one in listed], sizes),
            "baseline": _texts([word for one in listed for word in one.baseline]),
            "share": np.where(told, _whole([one.share for one in listed], float), np.nan),
            "specifications": np.where(told, _whole([one.defined for one in listed], int), 0),
            "flips": np.where(told, _whole([one.flips for one in listed], int), 0),
            "reason": _texts(np.where(told, "", UNTOLD).tolist()),
        }
    )


def choice_rows(listed: Sequence[Summary]) -> pd.DataFrame:
    """Return one row per conclusion and choice: whether it holds with it alone, and in what share with it.

    A conclusion about all cases that leaves one out is about that one.
    """
    pairs = [(one, choice) for one in listed for choice in one.choices]
    sizes = [len(one.codes) for one, _ in pairs]
    told = _whole([one.told for one, _ in pairs], bool)
    alone = _whole([choice.alone for _, choice in pairs], float)
    holds = (alone == 1).astype(object)
    holds[~told | np.isnan(alone)] = None
    about = [one.case if one.case != ALL else choice.company or ALL for one, choice in pairs]
    return pd.DataFrame(
        {
            "conclusion": _texts([one.kind for one, _ in pairs], sizes),
            "code": _texts([code for one, _ in pairs for code in one.codes]),
            "case": _texts(about, sizes),
            "axis": _texts([choice.axis for _, choice in pairs], sizes),
            "choice": _texts([choice.choice for _, choice in pairs], sizes),
            "holds_alone": holds,
            "share": np.where(told, _whole([choice.share for _, choice in pairs], float), np.nan),
        }
    )


def _texts(words: Sequence[str | None], sizes: Sequence[int] | None = None) -> "pd.Series[str]":
    """Return words as a column, each repeated as often as is said."""
    listed = pd.Series(np.array(words, dtype=object), dtype="str")
    return listed if sizes is None else listed.repeat(list(sizes)).reset_index(drop=True)


def _whole(parts: Sequence[npt.NDArray[Any]], kind: type) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts])
