"""Between which ranks does a benefit move under the specifications?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.held_rows import UNTOLD
from twinbenefits.analysis.sweep import CaseSweep, Sweep

__all__ = ["ranges_of", "rank_ranges"]

_SPREAD = ("best", "worst", "low", "high")
_COLUMNS = ("code", "case", "rank", *_SPREAD, "first", "specifications", "reason")


def rank_ranges(found: Sweep, one: CaseSweep, case: str) -> list[dict[str, object]]:
    """Return of each code of one case the rank as reported and the range it moves in.

    Parameters
    ----------
    found
        The sweep over the specifications.
    one
        What it says of the case.
    case
        The case.
    """
    standing = np.stack(
        [np.take(one.rank[:, :, merge], index, axis=-1) for merge, index in enumerate(found.stands_in)],
        axis=2,
    ).reshape(-1, len(found.codes))
    best = np.fmin.reduce(standing, axis=1, initial=np.inf)[:, None]
    first = np.count_nonzero(standing <= best, axis=0)  # a rank that cannot be told is never the best
    rows: list[dict[str, object]] = []
    for place, (code, counts) in enumerate(zip(found.codes, _counted(standing), strict=True)):
        told = int(counts.sum())
        reported = float(one.rank[0, 0, 0, 0, 0, place])
        shown = told and not np.isnan(reported)
        rows.append(
            {
                "code": code,
                "case": case,
                "rank": reported,
                **dict(zip(_SPREAD, _spread(counts) if shown else [np.nan] * 4, strict=True)),
                "first": float(first[place]) / told if told else np.nan,
                "specifications": told,
                "reason": "" if not np.isnan(reported) else UNTOLD,
            }
        )
    return rows


def ranges_of(cases: Sequence[Sequence[dict[str, object]]]) -> pd.DataFrame:
    """Return the rows of all cases as one table."""
    return pd.DataFrame([row for rows in cases for row in rows], columns=list(_COLUMNS))


def _counted(standing: Floats) -> Ints:
    """Return how often each code has each rank, shape (codes, ranks); ranks are whole or half numbers."""
    codes = standing.shape[1]
    ranks = 2 * codes + 2
    place = np.nan_to_num(2 * standing).astype(np.intp) + np.arange(codes) * ranks
    counts = np.bincount(place.ravel(), minlength=codes * ranks).reshape(codes, ranks)
    counts[:, 0] = 0  # what cannot be told
    return counts


def _spread(counts: Ints) -> list[float]:
    """Return the lowest and highest rank and the quantiles at 2.5 and 97.5 per cent, by linear interpolation.

    Examples
    --------
    >>> _spread(np.array([0, 0, 1, 0, 2]))  # ranks 1, 2 and 2
    [1.0, 2.0, 1.05, 2.0]
    """
    met = np.flatnonzero(counts)
    up_to = np.cumsum(counts[met])
    at = (up_to[-1] - 1) * np.array([0.025, 0.975])
    below = np.floor(at)
    low, high = (
        met[np.searchsorted(up_to, np.minimum(place, up_to[-1] - 1), side="right")] / 2
        for place in (below, below + 1)
    )
    share, apart = at - below, high - low
    between = np.where(share >= 0.5, high - apart * (1 - share), low + apart * share)  # as numpy rounds it
    return [float(met[0]) / 2, float(met[-1]) / 2, *between.tolist()]
