"""Do coders mark the same stretches of text? Agreement on boundaries, apart from agreement on labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.estimate import Estimate, undefined

__all__ = ["unitizing_alpha"]

_METHOD = "Krippendorff's alpha for unitizing"


@dataclass(frozen=True, slots=True)
class _Marks:
    """What one coder marked, on one line of text laid out session after session."""

    start: Floats
    end: Floats
    gaps: Floats  # lengths of the unmarked stretches, cut at the ends of sessions


def unitizing_alpha(
    segments: pd.DataFrame,
    lengths: int | Mapping[Any, int],
    *,
    coders: list[Any] | None = None,
    session: str = "session",
    coder: str = "coder",
    start: str = "start",
    end: str = "end",
) -> Estimate:
    """Return Krippendorff's alpha for unitizing: agreement on where segments begin and end.

    Two segments that overlap differ by the squares of the distances between their beginnings and between
    their ends; a segment that lies wholly in what another coder left unmarked differs by its length
    squared. Expected disagreement comes from all ways of placing the same segments on the text.

    Parameters
    ----------
    segments
        One row per segment and coder: coder, start, end (half-open, in characters) and, when `lengths` is a
        mapping, session. Labels are not looked at: pass the segments of one code to ask about that code,
        or all segments to ask about segmenting as such.
    lengths
        Characters of the text; one number for a single text, or a mapping from session to number. Sessions
        in the mapping without a segment count: there everybody agreed that nothing is to be marked.
    coders
        Everyone who worked on these texts; needed when someone marked nothing. By default those in
        `segments`.
    session, coder, start, end
        Names of the columns.

    Returns
    -------
    Estimate
        n counts segments. Components: ``observed_disagreement``, ``expected_disagreement``, ``coders``,
        ``characters``. Undefined, with the reason, for a single coder, no segment, a segment without length
        or outside its text, and segments of one coder that overlap (alpha for unitizing has no place for
        them: merge them or ask code by code).

    Raises
    ------
    ValueError
        When a column is missing.

    References
    ----------
    Krippendorff, K. (1995). https://doi.org/10.2307/271061
    Krippendorff, K. (2004). Measuring the Reliability of Qualitative Text Analysis Data. Quality &
    Quantity, 38, 787-800.

    Examples
    --------
    The published example, two coders and 300 characters:

    >>> marks = pd.DataFrame({"coder": ["i", "i", "j", "j", "j"],
    ...                       "start": [75, 220, 70, 205, 250], "end": [145, 250, 150, 225, 270]})
    >>> alpha = unitizing_alpha(marks, 300)
    >>> round(alpha.estimate, 4), round(alpha.components["expected_disagreement"], 4)
    (0.7286, 0.0532)
    """
    wanted = [coder, start, end] + ([session] if isinstance(lengths, Mapping) else [])
    absent = [name for name in wanted if name not in segments.columns]
    if absent:
        raise ValueError(
            f"segments lack the column {', '.join(absent)}: they have {', '.join(map(str, segments))}"
        )
    frame = pd.DataFrame(
        {
            "coder": segments[coder].to_numpy(dtype=object),
            "session": segments[session].to_numpy(dtype=object) if isinstance(lengths, Mapping) else 0,
            "start": pd.to_numeric(segments[start], errors="coerce").to_numpy(dtype=float),
            "end": pd.to_numeric(segments[end], errors="coerce").to_numpy(dtype=float),
        }
    )
    texts = dict(lengths) if isinstance(lengths, Mapping) else {0: lengths}
    people = list(dict.fromkeys(coders if coders is not None else sorted(frame["coder"].unique(), key=str)))
    problem = _problem(frame, texts, people)
    if problem:
        return undefined(problem, n=len(frame), unit="segments", method=_METHOD)
    marks = _lay_out(frame, texts, people)
    if len(frame) == len(people) * len(texts) and not any(mark.gaps.size for mark in marks):
        reason = "every coder marked each whole text as one segment: there is no boundary to agree on"
        return undefined(reason, n=len(frame), unit="segments", method=_METHOD)
    return _alpha(marks, float(sum(texts.values())), len(frame))


def _problem(frame: pd.DataFrame, texts: Mapping[Any, int], people: list[Any]) -> str:
    """Return why these segments cannot be compared, naming the first one that stands in the way."""
    if len(people) < 2 or frame.empty:
        return "there is only one coder" if len(people) == 1 else "there are no segments"
    ends = frame["session"].map(texts).astype(float)
    wrong = (
        (~frame["coder"].isin(people), "someone who is not among the coders marked a segment"),
        (~frame["session"].isin(list(texts)), "the length of the text is not known for a segment"),
        (frame[["start", "end"]].isna().any(axis=1), "a segment has no position"),
        (frame["end"] <= frame["start"], "a segment has no length"),
        ((frame["start"] < 0) | (frame["end"] > ends), "a segment lies outside its text"),
        (_overlapping(frame), "two segments of one coder overlap"),
    )
    for rows, what in wrong:
        if rows.any():
            first = frame[rows].iloc[0]
            place = f"{first['start']:g} to {first['end']:g}"
            return f"{what}: coder {first['coder']}, session {first['session']}, {place}"
    return ""


def _overlapping(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the segments that begin before an earlier one of the same coder and session has ended."""
    ordered = frame.sort_values(["start", "end"], kind="stable")
    own = [ordered["coder"], ordered["session"]]
    reached = ordered["end"].groupby(own).shift().groupby(own).cummax()
    return (ordered["start"] < reached).reindex(frame.index)


def _lay_out(frame: pd.DataFrame, texts: Mapping[Any, int], people: list[Any]) -> list[_Marks]:
    """Put the texts one after the other; gaps are cut where a text ends."""
    ends = np.cumsum([float(length) for length in texts.values()])
    begin = dict(zip(texts, ends - np.array([float(length) for length in texts.values()]), strict=True))
    shift = frame["session"].map(begin).to_numpy(dtype=float)
    starts, stops = frame["start"].to_numpy() + shift, frame["end"].to_numpy() + shift
    marks = []
    for person in people:
        own = (frame["coder"] == person).to_numpy()
        order = np.argsort(starts[own], kind="stable")
        start, stop = starts[own][order], stops[own][order]
        edges = np.unique(np.concatenate([[0.0], ends, start, stop]))
        inside = np.searchsorted(start, edges[:-1], side="right") > np.searchsorted(
            stop, edges[:-1], side="right"
        )
        marks.append(_Marks(start, stop, np.diff(edges)[~inside]))
    return marks


def _alpha(marks: list[_Marks], length: float, segments: int) -> Estimate:
    coders = len(marks)
    observed = sum(_difference(a, b) for i, a in enumerate(marks) for b in marks[i + 1 :])
    observed *= 2.0 / (coders * (coders - 1) * length**2)
    sizes = np.concatenate([mark.end - mark.start for mark in marks])
    gaps = np.sort(np.concatenate([mark.gaps for mark in marks]))
    components = {"coders": float(coders), "characters": length}
    expected = _expected(sizes, gaps, coders, length)
    components |= {"observed_disagreement": observed, "expected_disagreement": expected}
    if expected <= 0:
        return undefined(
            "the text is too short for segments to fall differently",
            n=segments, unit="segments", method=_METHOD, components=components,
        )  # fmt: skip
    return Estimate(1.0 - observed / expected, segments, "segments", _METHOD, components=components)


def _difference(one: _Marks, other: _Marks) -> float:
    """Return the summed squared differences between the segments of two coders."""
    first = np.searchsorted(
        other.end, one.start, side="right"
    )  # first segment of the other ending after our start
    last = np.searchsorted(other.start, one.end, side="left")  # first one beginning at or after our end
    met = np.maximum(last - first, 0)
    mine = np.repeat(np.arange(len(one.start)), met)
    theirs = np.arange(met.sum()) - np.repeat(np.cumsum(met) - met, met) + np.repeat(first, met)
    overlapping = (one.start[mine] - other.start[theirs]) ** 2 + (one.end[mine] - other.end[theirs]) ** 2
    alone = (one.end - one.start)[met == 0]
    unmet = np.ones(len(other.start), dtype=bool)
    unmet[theirs] = False
    return float(overlapping.sum() + (alone**2).sum() + ((other.end - other.start)[unmet] ** 2).sum())


def _expected(sizes: Floats, gaps: Floats, coders: int, length: float) -> float:
    """Return the disagreement of the same segments placed in all possible ways; `gaps` are sorted."""
    total = coders * length
    suffix = np.concatenate([np.cumsum(gaps[::-1])[::-1], [0.0]])
    first = np.searchsorted(gaps, sizes, side="left")
    room = suffix[first] - (len(gaps) - first) * (sizes - 1)
    against_segments = (len(sizes) - 1) / 3 * (2 * sizes**3 - 3 * sizes**2 + sizes)
    spread = float((against_segments + sizes**2 * room).sum())
    return 2 / length * spread / (total * (total - 1) - float((sizes * (sizes - 1)).sum()))
