"""Find the line of a source on which something stands that was met in pandoc's syntax tree.

The tree has no places, and the text in it is not the text of the source: emphasis is gone, quotation marks
are curled, footnotes stand where they are called. So a place is found by its words: among the places where
the same word stands, the one whose neighbours fit best, each place once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict

__all__ = ["LineFinder"]

PIECE = re.compile(r"[^\W_]+")
MARKS = re.compile(
    r"\[\^[^\]\s]*\]|\{\{<[^<>]*>\}\}|^[ \t]*\d+[.)][ \t]", re.MULTILINE
)  # footnote calls, shortcodes, list numbers
NEARBY = 300  # characters on either side in which neighbours are looked for
AROUND = 6  # words on either side that are compared
SLACK = 3  # words of markup (classes, keys) that may stand between them in the source


class LineFinder:
    """Finds lines in one source.

    Parameters
    ----------
    source
        The whole file as written.
    """

    def __init__(self, source: str) -> None:
        self._ends = [match.end() for match in re.finditer(r"\n", source)]
        self._words: list[str] = []
        self._starts: list[int] = []
        self._places: dict[str, list[int]] = defaultdict(list)
        for match in PIECE.finditer(MARKS.sub(lambda mark: " " * len(mark[0]), source)):
            word = match[0].casefold()
            self._places[word].append(len(self._words))
            self._words.append(word)
            self._starts.append(match.start())
        self._taken: set[int] = set()

    def line(self, text: str, start: int, token: str) -> int | None:
        """Return the line of a token, or None if no word near it stands in the source.

        Parameters
        ----------
        text
            The prose of the document, all passages in the order of the tree.
        start
            Where the token stands in `text`.
        token
            The token itself.
        """
        before = [match[0].casefold() for match in PIECE.finditer(text, max(0, start - NEARBY), start)]
        after = [match[0].casefold() for match in PIECE.finditer(text, start, start + len(token) + NEARBY)]
        places = self._candidates(before, after, token)
        if not places:
            return None
        best = max(
            places, key=lambda place: (self._fit(place, before, after), place not in self._taken, -place)
        )
        self._taken.add(best)
        return bisect_right(self._ends, self._starts[best]) + 1

    def _candidates(self, before: list[str], after: list[str], token: str) -> list[int]:
        pieces = [match[0].casefold() for match in PIECE.finditer(token)]
        for word in (*pieces[:1], *after[:1]):
            if word in self._places:
                return self._places[word]
        joined = pieces[0] if pieces else ""  # a number split by emphasis: its first piece begins the word
        begins = [
            place for word, places in self._places.items() if joined.startswith(word) for place in places
        ]
        if begins:
            return sorted(begins)
        neighbour = next((word for word in reversed(before) if word in self._places), None)
        neighbour = neighbour or next((word for word in after if word in self._places), None)
        return self._places[neighbour] if neighbour else []

    def _fit(self, place: int, before: list[str], after: list[str]) -> int:
        left = self._words[max(0, place - AROUND - SLACK) : place]
        right = self._words[place + 1 : place + 1 + AROUND + SLACK]
        return sum(word in left for word in before[-AROUND:]) + sum(
            word in right for word in after[1 : 1 + AROUND]
        )
