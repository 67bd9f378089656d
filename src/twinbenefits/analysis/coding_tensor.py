"""Counts of segments under every reading at once: reading by session by code by status by strength.

A reading is a rule for several coders together with one coder left out. Which cells a reading holds is found
for all readings in a few passes over the codings, and one count over them fills the tensor; everything else
that may be varied (sessions, cases, thresholds, weights, merged codes) is then arithmetic on it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coded import STATUSES, Coded
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.specifications import Version

__all__ = ["CodingTensor", "coding_tensor"]

Bools = npt.NDArray[np.bool_]
Map = Callable[..., Iterable[Any]]

NOBODY = -1
_LEVELS = 4  # none, then three of status or of strength
_WEIGHT = np.array([1.0, 1.0, 2.0, 3.0])  # a segment whose strength was not noted counts once


@dataclass(frozen=True, slots=True)
class CodingTensor:
    """Sums over segments.

    Parameters
    ----------
    segments, strength, expected, realized, measured
        Shape (versions, coders left out, sessions, columns): segments with the column's codes, their
        strengths added up, and segments that are expected, observed or measured, measured. The first coder
        left out is none.
    seen
        Shape (coders left out, sessions): whether the session still has a segment that somebody read.
    sessions, columns
        Names along the axes.
    case
        Shape (sessions,): the place of each session's case.
    """

    segments: Floats
    strength: Floats
    expected: Floats
    realized: Floats
    measured: Floats
    seen: Bools
    sessions: tuple[str, ...]
    columns: tuple[str, ...]
    case: Ints


@dataclass(frozen=True, slots=True)
class _Rows:
    """Codings as numbers."""

    segment: Ints  # of each reading
    coder: Ints  # of each reading
    row_reading: Ints  # the reading that each coding belongs to
    row_cell: Ints  # the segment and code of each coding
    row_status: Ints
    row_strength: Ints
    row_first: Bools  # whether it is the first of its segment, code and coder
    cell_segment: Ints
    entry_cell: Ints  # cells in the order of the pairs of segment and column they count for
    entry_start: Ints  # where each pair begins
    pair_place: Ints  # session and column of each pair
    segments: int
    places: int


def coding_tensor(
    coded: Coded,
    versions: Sequence[Version],
    columns: Mapping[str, Sequence[str]],
    *,
    left_out: Sequence[str] = (),
    map: Map = map,
) -> CodingTensor:
    """Count segments under every version, with nobody left out and with each of some coders left out.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    versions
        Rules for several coders.
    columns
        Name to the codes that count for it.
    left_out
        The coders left out in turn; one who read nothing changes nothing.
    map
        Runs the versions; the built-in by default, or that of an executor.

    Returns
    -------
    CodingTensor
        A version that prefers a coder who is left out takes any other's reading.
    """
    coders = sorted(set(coded.readings["coder"]))
    rows, sessions, case = _numbered(coded, coders, columns)
    left = [NOBODY, *(coders.index(coder) if coder in coders else NOBODY for coder in left_out)]
    agreed = np.array([coder in coded.agreed for coder in coders], dtype=bool)
    count = partial(_counted, rows=rows, coders=coders, agreed=agreed, left=left)
    shape = (len(left), len(sessions), len(columns), _LEVELS, _LEVELS)
    versioned = [_summed(part.reshape(shape)) for part in map(count, versions)]
    segments, strength, expected, realized, measured = (
        np.stack(parts) for parts in zip(*versioned, strict=True)
    )
    return CodingTensor(
        segments=segments,
        strength=strength,
        expected=expected,
        realized=realized,
        measured=measured,
        seen=_seen(coded, coders, left, sessions),
        sessions=tuple(sessions),
        columns=tuple(columns),
        case=case,
    )


def _summed(counts: npt.NDArray[np.int_]) -> tuple[Floats, ...]:
    """Return segments, their strength, and those expected, realized and measured, of counts by grade."""
    by_status = counts.sum(axis=-1).astype(float)
    at_least = np.flip(np.flip(by_status, axis=-1).cumsum(axis=-1), axis=-1)
    strength = counts.sum(axis=-2).astype(float) @ _WEIGHT
    expected = at_least[..., 1] - at_least[..., 2]
    return at_least[..., 0], strength, expected, at_least[..., 2], at_least[..., 3]


def _numbered(
    coded: Coded, coders: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> tuple[_Rows, list[str], Ints]:
    """Return codings as numbers, the sessions with segments, and the place of the case of each."""
    held = coded.sessions[coded.sessions["session"].isin(set(coded.segments["session"]))]
    held = held[held["case"].isin(coded.cases)]
    sessions = [str(name) for name in held["session"]]
    place = {name: number for number, name in enumerate(sessions)}
    of_case = {name: number for number, name in enumerate(coded.cases)}
    known = coded.segments[coded.segments["session"].isin(sessions)]
    number = pd.Series(np.arange(len(known)), index=pd.Index(known["segment"], dtype=object))
    session = known["session"].map(place).to_numpy().astype(np.intp)
    readings = coded.readings[coded.readings["segment"].isin(number.index)]
    segment = number.reindex(readings["segment"]).to_numpy().astype(np.intp)
    coder = pd.Categorical(readings["coder"], categories=list(coders)).codes.astype(np.intp)
    wanted = sorted({code for codes in columns.values() for code in codes})
    rows = coded.rows[coded.rows["code"].isin(wanted) & coded.rows["segment"].isin(number.index)]
    row_segment = number.reindex(rows["segment"]).to_numpy().astype(np.intp)
    row_coder = pd.Categorical(rows["coder"], categories=list(coders)).codes.astype(np.intp)
    code = pd.Categorical(rows["code"], categories=wanted).codes.astype(np.intp)
    order = np.argsort(segment * len(coders) + coder, kind="stable")
    keys = (segment * len(coders) + coder)[order]
    found = order[np.searchsorted(keys, row_segment * len(coders) + row_coder)] if len(keys) else row_coder
    cells, row_cell = np.unique(row_segment * max(len(wanted), 1) + code, return_inverse=True)
    cell_segment, cell_code = np.divmod(cells, max(len(wanted), 1))
    entry_cell, entry_start, pair_place = _entries(cell_segment, cell_code, wanted, columns, session)
    first = np.zeros(len(rows), dtype=bool)
    first[np.unique(row_cell.astype(np.intp) * len(coders) + row_coder, return_index=True)[1]] = True
    status = rows["status"].map({name: n for n, name in enumerate(STATUSES, 1)}).fillna(0)
    numbered = _Rows(
        segment=segment,
        coder=coder,
        row_reading=found.astype(np.intp),
        row_cell=row_cell.astype(np.intp),
        row_status=status.to_numpy().astype(np.intp),
        row_strength=rows["strength"].fillna(0).clip(0, 3).to_numpy().astype(np.intp),
        row_first=first,
        cell_segment=cell_segment.astype(np.intp),
        entry_cell=entry_cell,
        entry_start=entry_start,
        pair_place=pair_place,
        segments=len(known),
        places=len(sessions) * len(columns),
    )
    return numbered, sessions, held["case"].map(of_case).to_numpy().astype(np.intp)


def _entries(
    segment: Ints, code: Ints, codes: Sequence[str], columns: Mapping[str, Sequence[str]], session: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return the cells that each pair of segment and column is made of, and where the pair is counted."""
    member = np.zeros((len(codes), len(columns)), dtype=bool)
    place = {name: number for number, name in enumerate(codes)}
    for number, listed in enumerate(columns.values()):
        member[[place[one] for one in listed], number] = True
    cell, column = np.nonzero(member[code])
    pair = segment[cell] * len(columns) + column
    order = np.argsort(pair, kind="stable")
    found, start = np.unique(pair[order], return_index=True)
    of_segment, of_column = np.divmod(found, max(len(columns), 1))
    where = session[of_segment] * len(columns) + of_column
    return cell[order].astype(np.intp), start.astype(np.intp), where.astype(np.intp)


def _counted(
    version: Version, *, rows: _Rows, coders: Sequence[str], agreed: Bools, left: Sequence[int]
) -> npt.NDArray[np.int_]:
    """Return the counts of one version, flat: coders left out, sessions, columns, status, strength."""
    return np.concatenate([_counted_without(gone, version, rows, coders, agreed) for gone in left])


def _counted_without(
    gone: int, version: Version, rows: _Rows, coders: Sequence[str], agreed: Bools
) -> npt.NDArray[np.int_]:
    """Return the counts of one version with one coder left out."""
    size = rows.places * _LEVELS**2
    if not len(rows.entry_start):
        return np.zeros(size, dtype=np.int_)
    looked_at, cells = _eligible(version, rows, coders, agreed, gone), len(rows.cell_segment)
    read = _bins(rows.segment, looked_at, rows.segments)[rows.cell_segment]
    row_kept = looked_at[rows.row_reading]
    given = _bins(rows.row_cell, row_kept & rows.row_first, cells)
    kept = given >= np.maximum(read, 1) if version.rule == "all" else given > 0
    if version.rule == "majority":
        kept = 2 * given > read
    best = []
    for grade_of, level in ((_most_frequent, rows.row_status), (_lower_median, rows.row_strength)):
        counts = _bins(rows.row_cell * _LEVELS + level, row_kept, cells * _LEVELS).reshape(cells, _LEVELS)
        grade = np.where(kept, 1 + grade_of(counts), 0).astype(np.int8)
        best.append(np.maximum.reduceat(grade[rows.entry_cell], rows.entry_start))
    pair = np.flatnonzero(best[0])
    at = rows.pair_place[pair] * _LEVELS + best[0][pair] - 1
    return np.bincount(at * _LEVELS + best[1][pair] - 1, minlength=size)


def _bins(place: Ints, kept: Bools, size: int) -> npt.NDArray[np.int_]:
    return np.bincount(place[kept], minlength=size)


def _eligible(version: Version, rows: _Rows, coders: Sequence[str], agreed: Bools, gone: int) -> Bools:
    """Return which readings the version looks at when one coder is left out."""
    here = rows.coder != gone
    chosen = agreed[rows.coder] if len(coders) else np.zeros(0, dtype=bool)
    if version.coder:
        chosen = rows.coder == (coders.index(version.coder) if version.coder in coders else NOBODY)
    chosen = chosen & here
    has_one = np.zeros(rows.segments, dtype=bool)
    has_one[rows.segment[chosen]] = True
    return np.asarray(here & (chosen | ~has_one[rows.segment]), dtype=bool)


def _most_frequent(counts: npt.NDArray[np.int_]) -> Ints:
    """Return the most frequent level beside none, the lower of two alike frequent; 0 where none was given."""
    given = counts[..., 1:]
    return np.where(given.any(axis=-1), given.argmax(axis=-1) + 1, 0).astype(np.intp)


def _lower_median(counts: npt.NDArray[np.int_]) -> Ints:
    """Return the lower median of the levels beside none; 0 where none was given."""
    given = counts[..., 1:]
    total = given.sum(axis=-1, keepdims=True)
    reached = 2 * given.cumsum(axis=-1) >= total
    return np.where(total[..., 0] > 0, reached.argmax(axis=-1) + 1, 0).astype(np.intp)


def _seen(coded: Coded, coders: Sequence[str], left: Sequence[int], sessions: Sequence[str]) -> Bools:
    """Return per coder left out which sessions still have a segment that somebody read."""
    of = coded.segments.drop_duplicates("segment").set_index("segment")["session"]
    place = {name: number for number, name in enumerate(sessions)}
    read = coded.readings[coded.readings["segment"].isin(of.index)]
    session = read["segment"].map(of).map(place)
    seen = np.ones((len(left), len(sessions)), dtype=bool)
    for number, gone in enumerate(left):
        if gone != NOBODY:
            still = session[read["coder"] != coders[gone]].dropna().to_numpy().astype(np.intp)
            seen[number] = np.bincount(still, minlength=len(sessions))[: len(sessions)] > 0
    return seen
