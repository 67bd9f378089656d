"""What two or more coders both worked through: the double-coded segments, numbered and ready to count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.set_distance import SetCounts

__all__ = ["DoubleCoding", "codes_by_reading", "double_coded", "readers_by_segment"]

_BITS = 52  # so many codes fit exactly into one floating-point number


@dataclass(frozen=True, slots=True)
class DoubleCoding:
    """Double-coded segments and the codes given to them.

    Parameters
    ----------
    sessions, coders, codes
        Names in the order of their numbers.
    session
        Shape (segments,): session of each segment.
    worked
        Shape (segments, coders): who worked on the segment.
    segment, coder, code
        One entry per code given, without repetitions.
    notes
        What was found in the input and how it was taken, one sentence each.
    """

    sessions: list[Any]
    coders: list[Any]
    codes: list[Any]
    session: Ints
    worked: npt.NDArray[np.bool_]
    segment: Ints
    coder: Ints
    code: Ints
    notes: tuple[str, ...]

    def only(self, entries: Ints) -> "DoubleCoding":
        """Return the same segments with only some of the codes given."""
        return replace(
            self, segment=self.segment[entries], coder=self.coder[entries], code=self.code[entries]
        )

    def with_entries(self, other: "DoubleCoding") -> "DoubleCoding":
        """Return the same segments with the codes given here and there."""
        pairs = ((self.segment, other.segment), (self.coder, other.coder), (self.code, other.code))
        segment, coder, code = (np.concatenate(both) for both in pairs)
        return replace(self, segment=segment, coder=coder, code=code)

    def grouped(self, groups: Mapping[Any, Any]) -> "DoubleCoding":
        """Return the same segments with each code replaced by its group; codes without one are left out."""
        names = list(dict.fromkeys(groups[code] for code in self.codes if code in groups))
        number = {name: index for index, name in enumerate(names)}
        renamed = np.array(
            [number[groups[code]] if code in groups else -1 for code in self.codes], dtype=np.intp
        )
        group = renamed[self.code] if len(renamed) else self.code
        kept = group >= 0
        cells = _distinct(
            (self.segment[kept] * len(self.coders) + self.coder[kept]) * len(names) + group[kept]
        )
        rest, group = np.divmod(cells, max(len(names), 1))
        segment, coder = np.divmod(rest, max(len(self.coders), 1))
        return DoubleCoding(
            self.sessions, self.coders, names, self.session, self.worked, segment, coder, group, self.notes
        )

    def sets(self) -> SetCounts:
        """Return the set of codes that each coder gave to each segment."""
        segments, coders = self.worked.shape
        cell = self.segment * coders + self.coder
        number = np.zeros(segments * coders, dtype=np.intp)
        for first in range(0, len(self.codes), _BITS):
            here = (self.code >= first) & (self.code < first + _BITS)
            bits = np.bincount(
                cell[here], weights=2.0 ** (self.code[here] - first), minlength=segments * coders
            )
            word = pd.factorize(bits)[0]
            number = pd.factorize(number * (int(word.max(initial=0)) + 1) + word)[0].astype(np.intp)
        members = np.zeros((int(number.max(initial=-1)) + 1, len(self.codes)), dtype=bool)
        members[number[cell], self.code] = True
        return SetCounts(members, np.where(self.worked, number.reshape(segments, coders), -1))

    def session_counts(self) -> Floats:
        """Return per session, shape (sessions, 2): ratings made and segments."""
        made = self.worked.sum(axis=1)
        sessions = len(self.sessions)
        ratings = np.bincount(self.session, weights=made, minlength=sessions)
        return np.stack([ratings, np.bincount(self.session, minlength=sessions).astype(float)], axis=1)


def double_coded(
    codings: pd.DataFrame, coded: pd.DataFrame, codes: Sequence[Any] | None = None
) -> DoubleCoding:
    """Find the segments that two or more coders worked on, and number everything.

    Parameters
    ----------
    codings
        One row per code given: session, segment, coder, code. Segments are known by session and segment.
    coded
        One row per segment that a coder worked through, also without giving a code: session, segment,
        coder.
    codes
        The codes to report, in order; by default those met, sorted.

    Raises
    ------
    ValueError
        When a column is missing.

    Examples
    --------
    >>> coded = pd.DataFrame({"session": "I1", "segment": [1, 1, 2], "coder": ["A", "B", "A"]})
    >>> codings = pd.DataFrame({"session": ["I1"], "segment": [1], "coder": ["A"], "code": ["BE1"]})
    >>> found = double_coded(codings, coded)
    >>> found.worked.tolist(), found.codes
    ([[True, True]], ['BE1'])
    """
    _need(codings, ("session", "segment", "coder", "code"), "codings")
    _need(coded, ("session", "segment", "coder"), "coded")
    given, incomplete = _complete(codings[["session", "segment", "coder", "code"]])
    listed, incomplete_listed = _complete(coded[["session", "segment", "coder"]])
    both = pd.concat([listed, given.drop(columns="code")], ignore_index=True)
    session, sessions = _numbered(both["session"])
    coder, coders = _numbered(both["coder"])
    segment = pd.factorize(both["segment"])[0] * max(len(sessions), 1) + session
    unit, unit_keys = pd.factorize(segment)
    worked = np.zeros((len(unit_keys), len(coders)), dtype=bool)
    worked[unit[: len(listed)], coder[: len(listed)]] = True
    unlisted = int(np.count_nonzero(~worked[unit[len(listed) :], coder[len(listed) :]]))
    worked[unit, coder] = True
    session_of = np.zeros(len(unit_keys), dtype=np.intp)
    session_of[unit] = session

    double = worked.sum(axis=1) >= 2
    code, names = _numbered(given["code"], codes)
    mine = unit[len(listed) :]
    kept = double[mine] & (code >= 0)
    place = np.cumsum(double) - 1
    order = np.argsort(session_of[double], kind="stable")  # segments of a session side by side
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    cells = (rank[place[mine[kept]]] * len(coders) + coder[len(listed) :][kept]) * len(names) + code[kept]
    rest, code_of = np.divmod(_distinct(cells), max(len(names), 1))
    segment_of, coder_of = np.divmod(rest, max(len(coders), 1))
    used_sessions = np.unique(session_of[double])
    renumber = np.searchsorted(used_sessions, session_of[double][order])
    silent = len(sessions) - len(used_sessions)
    return DoubleCoding(
        sessions=[sessions[i] for i in used_sessions],
        coders=coders,
        codes=names,
        session=renumber.astype(np.intp),
        worked=worked[double][order],
        segment=segment_of,
        coder=coder_of,
        code=code_of,
        notes=_notes(incomplete + incomplete_listed, unlisted, silent, int((code < 0).sum())),
    )


def codes_by_reading(rows: pd.DataFrame) -> dict[tuple[str, str], set[str]]:
    """Return segment and coder to the codes given.

    Examples
    --------
    >>> codes_by_reading(pd.DataFrame({"segment": ["s", "s"], "coder": ["A", "A"], "code": ["X", "Y"]}))[
    ...     "s", "A"
    ... ] == {"X", "Y"}
    True
    """
    given: dict[tuple[str, str], set[str]] = {}
    columns = (rows[name].tolist() for name in ("segment", "coder", "code"))
    for segment, coder, code in zip(*columns, strict=True):
        given.setdefault((segment, coder), set()).add(code)
    return given


def readers_by_segment(readings: pd.DataFrame) -> dict[str, list[str]]:
    """Return each segment, in order of appearance, to who read it, sorted."""
    readers: dict[str, set[str]] = {}
    for segment, coder in zip(readings["segment"].tolist(), readings["coder"].tolist(), strict=True):
        readers.setdefault(segment, set()).add(coder)
    return {segment: sorted(names) for segment, names in readers.items()}


def _notes(incomplete: int, unlisted: int, silent: int, unknown: int) -> tuple[str, ...]:
    said = (
        (incomplete, "{} rows without a session, segment, coder or code were left out."),
        (unlisted, "{} codes came from a coder not listed for the segment and taken to have worked on it."),
        (silent, "{} sessions hold no double-coded segment and say nothing about agreement."),
        (unknown, "{} codings carry a code that is not asked about; they count only as work on the segment."),
    )  # fmt: skip
    return tuple(sentence.format(count) for count, sentence in said if count)


def _need(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise ValueError(
            f"{name} lacks the column {', '.join(absent)}: it has {', '.join(map(str, frame.columns))}"
        )


def _complete(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    whole = frame.notna().all(axis=1)
    return (frame, 0) if whole.all() else (frame[whole], int((~whole).sum()))


def _numbered(column: "pd.Series[Any]", names: Sequence[Any] | None = None) -> tuple[Ints, list[Any]]:
    """Number the values in the order of `names`, else sorted as text; -1 for values not among the names."""
    found, met = pd.factorize(column)
    wanted = list(names) if names is not None else sorted(met.tolist(), key=str)
    place = {name: index for index, name in enumerate(wanted)}
    renumber = np.array([place.get(name, -1) for name in met.tolist()] or [-1], dtype=np.intp)
    return renumber[found], wanted


def _distinct(cells: Ints) -> Ints:
    ordered = np.sort(cells)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered
