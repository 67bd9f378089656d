"""Where a passage stands in a text: from the way a program counts to code points of composed text.

Programs count differently. A line break of two characters counts as one or as two; characters beyond the
basic plane count as one or, where a program thinks in UTF-16, as two; the end is the place after the
passage or, wrongly, its last character; a byte-order mark counts or does not. No file says which. What
fits is found by trying: all passages must lie inside their text, the words that a program kept with a
passage must stand at its place, and passages seldom begin or end inside a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

__all__ = ["Counting", "Passage", "SourceText", "composed", "likeliest"]

BYTE_ORDER_MARK = "\ufeff"
SAMPLE = 2_000
"""So many passages are enough to tell how a program counts."""
MARGIN = 0.2
"""An unusual way of counting must put so many more ends where people put them (share of all ends)."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counting:
    """A way of counting characters.

    Parameters
    ----------
    break_is_two
        Whether a line break of carriage return and line feed counts as two characters.
    utf16
        Whether characters beyond the basic plane count as two.
    end_is_last
        Whether the end is the passage's last character instead of the place after it.
    mark_counts
        Whether a byte-order mark at the beginning counts.
    """

    break_is_two: bool = True
    utf16: bool = False
    end_is_last: bool = False
    mark_counts: bool = False

    def __str__(self) -> str:
        """Return what is unusual about the counting, in words."""
        parts = [
            "a line break of two characters counts as "
            + ("two in positions" if self.break_is_two else "one in positions")
        ]
        if self.utf16:
            parts.append("characters beyond the basic plane count as two")
        if self.end_is_last:
            parts.append("the end position is the last character of the passage")
        if self.mark_counts:
            parts.append("the byte-order mark at the beginning counts")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as its program describes it.

    Parameters
    ----------
    start, end
        As counted by the program.
    words
        The words kept with it, whole or cut off with an ellipsis; empty if there are none.
    """

    start: int
    end: int
    words: str = ""


class SourceText:
    """A text and the ways of counting in it.

    Parameters
    ----------
    raw
        The text as stored.
    """

    def __init__(self, raw: str) -> None:
        self._mark = raw.startswith(BYTE_ORDER_MARK)
        self._raw = raw.removeprefix(BYTE_ORDER_MARK)
        self._lines = self._raw.replace("\r\n", "\n")
        self.text = composed(raw)

    @cached_property
    def countings(self) -> tuple[Counting, ...]:
        """The ways of counting that differ in this text, but for that of line breaks, usual ones first."""
        wide = bool(self._raw) and max(self._raw) > "\uffff"
        marks = (False, True) if self._mark else (False,)
        breaks = (True, False) if "\r\n" in self._raw else (True,)
        return tuple(
            Counting(two, utf16, last, mark)
            for last, mark, utf16, two in product(
                (False, True), marks, (False, True) if wide else (False,), breaks
            )
        )

    @property
    def is_counted_differently(self) -> bool:
        """Whether programs count this text differently, apart from what an end is."""
        return len(self.countings) > 2

    def place(
        self, starts: Sequence[int], ends: Sequence[int], counting: Counting
    ) -> tuple[Whole, Whole, npt.NDArray[np.bool_]]:
        """Return starts and ends in code points of `text`, and whether each passage lies inside it.

        Places outside are moved to the nearest end of the text.
        """
        units = self._map(counting)
        shift = 1 if counting.mark_counts and self._mark else 0
        first = np.asarray(starts, dtype=np.int64) - shift
        last = np.asarray(ends, dtype=np.int64) - shift + (1 if counting.end_is_last else 0)
        limit = len(units) - 1
        inside = (first >= 0) & (first <= last) & (last <= limit)
        return units[np.clip(first, 0, limit)], units[np.clip(last, 0, limit)], inside

    def _map(self, counting: Counting) -> Whole:
        """Return, for every place as counted, the place in `text`."""
        two = counting.break_is_two
        base = self._raw if two else self._lines
        to_text = self._composing
        if two and "\r\n" in self._raw:
            points = np.frombuffer(self._raw.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
            counted = np.ones(len(points), dtype=np.int64)
            counted[:-1][(points[:-1] == 13) & (points[1:] == 10)] = 0
            to_text = to_text[np.concatenate([[0], np.cumsum(counted)])]
        if counting.utf16 and base and max(base) > "\uffff":
            points = np.frombuffer(base.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
            units = np.concatenate([[0], np.cumsum(np.where(points > 0xFFFF, 2, 1))])
            to_text = to_text[np.searchsorted(units, np.arange(units[-1] + 1), side="right") - 1]
        return to_text

    @cached_property
    def _composing(self) -> Whole:
        """Return, for every place in the text with plain line ends, the place after composing it."""
        if unicodedata.is_normalized("NFC", self._lines):
            return np.arange(len(self._lines) + 1, dtype=np.int64)
        places = np.zeros(len(self._lines) + 1, dtype=np.int64)
        done, begun = 0, 0
        for position in range(1, len(self._lines) + 1):
            begun_text = self._lines[begun:position]
            if position == len(self._lines) or _stands_alone(begun_text, self._lines[position]):
                done += len(unicodedata.normalize("NFC", begun_text))
                begun = position
            places[position] = done
        return places


def composed(raw: str) -> str:
    """Return text in composed form (NFC) with plain line ends and without a byte-order mark.

    >>> composed("a\\r\\nA\\u030a")
    'a\\nÅ'
    """
    plain = raw.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", plain)


def likeliest(
    material: Iterable[tuple[SourceText, Sequence[Passage]]], *, break_is_two: bool = True
) -> Counting:
    """Return the way of counting that explains the passages best.

    Parameters
    ----------
    material
        Texts with their passages; those of one program, or a single one.
    break_is_two
        What the program is known to do about line breaks, where nothing in the file tells.

    Returns
    -------
    Counting
        An unusual way only if more passages lie inside their text with it, or more of the kept words stand
        at their place, or clearly more passages begin and end where people let them.
    """
    pairs = [(text, passages) for text, passages in material if passages]
    usual = Counting(break_is_two=break_is_two)
    candidates = dict.fromkeys([usual, *(counting for text, _ in pairs for counting in text.countings)])
    scores = {counting: _score(pairs, counting) for counting in candidates}
    best, (outside, words, edges, tried) = usual, scores[usual]
    for counting, (more_outside, more_words, more_edges, _) in scores.items():
        if (more_outside, -more_words) > (outside, -words):
            continue
        clearly = more_edges >= edges + max(2, MARGIN * 2 * tried)
        if (more_outside, -more_words) < (outside, -words) or clearly:
            best, outside, words, edges = counting, more_outside, more_words, more_edges
    return best


def _score(
    pairs: Sequence[tuple[SourceText, Sequence[Passage]]], counting: Counting
) -> tuple[int, int, int, int]:
    """Return how many passages lie outside, match their words, have likely ends, and were tried."""
    outside = words = edges = tried = 0
    for text, passages in pairs:
        some = passages[:: max(1, len(passages) // SAMPLE)]
        starts, ends, inside = text.place([p.start for p in some], [p.end for p in some], counting)
        outside += int((~inside).sum())
        for passage, start, end, fits in zip(some, starts.tolist(), ends.tolist(), inside, strict=True):
            if fits:
                tried += 1
                words += says(text.text[start:end], passage.words)
                edges += _edges(text.text, start, end)
    return outside, words, edges, tried


def says(passage: str, words: str) -> bool:
    """Return whether a passage holds the words kept with it, which may be cut off with an ellipsis.

    >>> says("He said so.", "He said…")
    True
    """
    kept, found = " ".join(words.split()), " ".join(passage.split())
    whole = kept.rstrip("….")
    if not whole:
        return False
    cut = kept.endswith(("…", "..."))
    return found.startswith(whole.rstrip()) if cut else found == kept


def _edges(text: str, start: int, end: int) -> int:
    """Return how many of a passage's two ends lie where people put them: at a word or mark, not inside one.

    Whether the full stop after the last word is taken along differs from coder to coder and says nothing.
    """
    before, first = text[start - 1 : start], text[start : start + 1]
    last, after = text[end - 1 : end], text[end : end + 1]
    begins = bool(first.strip()) and not (before.isalnum() and first.isalnum())
    ends = bool(last.strip()) and not (last.isalnum() and after.isalnum())
    return begins + ends


def _stands_alone(before: str, letter: str) -> bool:
    """Return whether a letter does not melt into the ones before it when text is composed."""
    if unicodedata.combining(letter):
        return False
    alone = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", letter)
    return letter < "\u0300" or unicodedata.normalize("NFC", before + letter) == alone
