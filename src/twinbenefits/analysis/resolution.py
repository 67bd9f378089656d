"""Several coders on one segment: by which rule their readings become one."""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coded import STATUSES, Coded
from twinbenefits.analysis.coincidence import Ints

__all__ = ["Rule", "resolve"]

Rule = Literal["any", "all", "majority", "only", "preferred"]

_WHERE = ("source", "session", "case", "speaker", "consent_level", "about_case", "role", "parent")


def resolve(coded: Coded, rule: Rule = "any", coder: str = "") -> Coded:
    """Make one reading of each segment out of those of its coders.

    Parameters
    ----------
    coded
        The coded evidence; already resolved evidence is returned as it is.
    rule
        A code counts when ``"any"`` reader of the segment gave it, ``"all"`` gave it, or more than half did
        (``"majority"``); ``"only"`` takes what `coder` read and nothing else; ``"preferred"`` takes the
        reading of `coder` where there is one and any other elsewhere. Where an agreed result was recorded, it
        stands for the segment under the first three rules.
    coder
        For the last two rules.

    Returns
    -------
    Coded
        ``rows`` with one row per segment, code and target: `coders` gave it, `readers` read the segment;
        `status` is the most frequent (the weaker of two alike frequent), `strength` the lower median. A
        target on which the rule is not met is left empty while the code itself stays.

    Raises
    ------
    ValueError
        For an unknown rule, or a rule that needs a coder who read nothing.

    Examples
    --------
    >>> from twinbenefits.analysis.coded import coded_evidence
    >>> one = {"segment": ["g"], "source": ["s"], "speaker": ["p"], "consent_level": [5]}
    >>> coded = coded_evidence(
    ...     codings=pd.DataFrame({"segment": ["g"], "coder": ["A"], "code": ["X"]}),
    ...     segments=pd.DataFrame(one), cases=pd.DataFrame({"case": ["C"]}),
    ...     sources=pd.DataFrame({"source": ["s"], "case": ["C"], "session": ["i"]}),
    ...     sessions=pd.DataFrame({"session": ["i"], "case": ["C"]}),
    ...     codebook=pd.DataFrame({"id": ["X"], "parent": [""], "role": ["benefit"]}),
    ...     assignments=pd.DataFrame({"segment": ["g", "g"], "coder": ["A", "B"]}))
    >>> [len(resolve(coded, rule).rows) for rule in ("any", "all", "majority")]
    [1, 0, 0]
    """
    if rule not in get_args(Rule):
        raise ValueError(f"{rule!r} is no rule: choose one of {', '.join(get_args(Rule))}")
    if coded.rule:
        return coded
    if rule in ("only", "preferred") and coder not in set(coded.readings["coder"]):
        raise ValueError(f"the rule {rule!r} needs a coder who read a segment, not {coder!r}")
    name = f"{rule} {coder}".strip()
    if name not in coded.kept:
        rows, readings = _chosen(coded, rule, coder)
        segments = coded.segments
        if rule == "only":
            segments = segments[segments["segment"].isin(readings["segment"])]
        coded.kept[name] = replace(
            coded, rows=_settled(rows, readings, rule), segments=segments, readings=readings, rule=name
        )
    resolved: Coded = coded.kept[name]
    return resolved


def _chosen(coded: Coded, rule: Rule, coder: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the codings and readings that the rule looks at."""
    one = (coder,) if rule in ("only", "preferred") else coded.agreed
    mine = set(coded.readings.loc[coded.readings["coder"].isin(one), "segment"])

    def kept(frame: pd.DataFrame) -> pd.DataFrame:
        by_one = frame["coder"].isin(one)
        looked_at = by_one if rule == "only" else by_one | ~frame["segment"].isin(mine)
        return frame if looked_at.all() else frame[looked_at]

    return kept(coded.rows), kept(coded.readings)


def _settled(rows: pd.DataFrame, readings: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return one row per segment, code and target that meets the rule."""
    columns = ["segment", "code", "target_code", "status", "strength", "coders", "readers", *_WHERE]
    if rows.empty:
        return rows.assign(coders=0, readers=0)[columns]
    readers = readings.groupby("segment", sort=False)["coder"].nunique()
    cell = rows.groupby(["segment", "code"], sort=False).ngroup().to_numpy().astype(np.intp)
    given = _distinct_coders(rows["coder"], cell)
    read = rows["segment"].map(readers).fillna(1).to_numpy().astype(np.intp)
    kept = _met(given, read, rule)
    status, strength = _graded(rows, cell)
    wanted = [name for name in columns if name in rows]
    settled = rows[wanted].assign(coders=given, readers=read, status=status, strength=strength)[kept]
    return _targets(settled, rows.loc[kept, "coder"], cell[kept], rule)[columns].reset_index(drop=True)


def _met(given: Ints, read: Ints, rule: Rule) -> npt.NDArray[np.bool_]:
    if rule == "all":
        return given >= read
    if rule == "majority":
        return 2 * given > read
    return given > 0


def _distinct_coders(by: "pd.Series[str]", cell: Ints) -> Ints:
    """Return for each row, given by a coder, how many coders gave what the cell stands for."""
    coder, coders = pd.factorize(by)
    pairs = np.unique(cell * len(coders) + coder)
    counted = np.bincount(pairs // len(coders), minlength=int(cell.max()) + 1)
    return counted[cell].astype(np.intp)


def _graded(rows: pd.DataFrame, cell: Ints) -> tuple[npt.NDArray[np.object_], pd.Series]:
    """Return the status and strength of each row's cell over all its coders."""
    cells, names = int(cell.max()) + 1, np.array(["", *STATUSES], dtype=object)
    said = (
        rows["status"].map({name: n for n, name in enumerate(STATUSES, 1)}).fillna(0).to_numpy(dtype=np.intp)
    )
    by_status = np.bincount(cell * 4 + said, minlength=cells * 4).reshape(cells, 4)[:, 1:]
    chosen = np.where(by_status.any(axis=1), by_status.argmax(axis=1) + 1, 0)
    strong = rows["strength"].fillna(0).clip(0, 3).to_numpy(dtype=np.intp)
    by_strength = np.bincount(cell * 4 + strong, minlength=cells * 4).reshape(cells, 4)[:, 1:]
    total = by_strength.sum(axis=1, keepdims=True)
    median = (2 * by_strength.cumsum(axis=1) >= total).argmax(axis=1) + 1.0
    median[total[:, 0] == 0] = np.nan
    return names[chosen[cell]], pd.Series(median[cell], index=rows.index)


def _targets(rows: pd.DataFrame, by: "pd.Series[str]", cell: Ints, rule: Rule) -> pd.DataFrame:
    """Keep the targets on which the rule is met; a code without one stays once, without a target."""
    aimed = np.flatnonzero(rows["target_code"] != "")
    if not len(aimed):
        return rows[_first(cell)]
    target, targets = pd.factorize(rows["target_code"].take(aimed))
    aim = pd.factorize(cell[aimed] * len(targets) + target)[0].astype(np.intp)
    readers = rows["readers"].to_numpy(dtype=np.intp)[aimed]
    met = _met(_distinct_coders(by.take(aimed), aim), readers, rule)
    targeted, done = np.zeros(len(rows), dtype=bool), np.zeros(int(cell.max()) + 1, dtype=bool)
    targeted[aimed[met][_first(aim[met])]] = True
    done[cell[aimed[met]]] = True
    kept = targeted | (_first(cell) & ~done[cell])
    return rows.assign(target_code=rows["target_code"].where(targeted, ""))[kept]


def _first(cell: Ints) -> npt.NDArray[np.bool_]:
    """Return which rows are the first of their cell."""
    return ~pd.Series(cell).duplicated().to_numpy()
