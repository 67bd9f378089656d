"""Between which ranks does a benefit move under the specifications?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twinbenefits.analysis.coincidence import Floats
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
    rows: list[dict[str, object]] = []
    for place, code in enumerate(found.codes):
        mine = standing[:, place]
        told = ~np.isnan(mine)
        reported = float(one.rank[0, 0, 0, 0, 0, place])
        shown = told.any() and not np.isnan(reported)
        spread = _spread(mine[told].astype(float)) if shown else [np.nan] * 4
        rows.append(
            {
                "code": code,
                "case": case,
                "rank": reported,
                **dict(zip(_SPREAD, spread, strict=True)),
                "first": float((mine[told] <= best[told, 0]).mean()) if told.any() else np.nan,
                "specifications": int(told.sum()),
                "reason": "" if not np.isnan(reported) else UNTOLD,
            }
        )
    return rows


def ranges_of(cases: Sequence[Sequence[dict[str, object]]]) -> pd.DataFrame:
    """Return the rows of all cases as one table."""
    return pd.DataFrame([row for rows in cases for row in rows], columns=list(_COLUMNS))


def _spread(ranks: Floats) -> list[float]:
    return [float(ranks.min()), float(ranks.max()), *map(float, np.quantile(ranks, [0.025, 0.975]))]
