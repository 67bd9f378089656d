"""What the page of evidence shows of segments: plain text that an audience may read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Coding", "Segment", "Segments"]


@dataclass(frozen=True, slots=True, order=True)
class Coding:
    """A code that somebody gave to a segment: with the benefit it serves or measures, and its status."""

    code: str
    target: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as the audience may read it.

    Parameters
    ----------
    name
        Its name; a token for all but the team.
    case
        Its case, as the audience may call it.
    words
        Its text; empty where the team may count it and not read it.
    term
        The informant's own term.
    codings
        The codes that any coder gave.
    """

    name: str
    case: str
    words: str
    term: str
    codings: tuple[Coding, ...]


@dataclass(frozen=True, slots=True)
class Segments:
    """What an audience may read.

    Parameters
    ----------
    rows
        The segments, in order of their names.
    reasons
        Why others are not among them.
    synthetic
        Whether they are invented.
    """

    rows: tuple[Segment, ...] = ()
    reasons: tuple[str, ...] = ()
    synthetic: bool = False
