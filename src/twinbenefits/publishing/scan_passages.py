"""Closed passages and identifiers, and whether a text holds any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from twinbenefits.publishing.scan_words import Folded, words_of

__all__ = ["ClosedEvidence"]

RUN = 9
"""So many words in a row that stand in nothing open are a passage; fewer are common turns of phrase."""

CELL = re.compile(r"\",|,\"|,(?=[^\s\d])")
NAME = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)*")
TELLING = re.compile(r"(?=.*\d)(?=.*[-_.]).{4,}|(?=.*\d)(?=.*[^\W\d]).{5,}")
"""Identifiers that cannot be an ordinary word or number; shorter ones, such as K1, say too little."""


class ClosedEvidence:
    """Passages and identifiers that may stand in no file of an audience.

    Parameters
    ----------
    closed, opened
        Cells the audience may not see, each with the name of its table and column; and texts it may see.
        What stands in both is open.

    Examples
    --------
    >>> said = "our night shift mends the pump by hand again and again"
    >>> closed = ClosedEvidence([("segments.text", said)], [])
    >>> sorted(closed.found_in("They say: night shift mends the pump by hand, again and again!"))
    ['a passage of segments.text that this audience may not see']
    >>> sorted(closed.found_in("They mend the pump by hand."))
    []
    """

    def __init__(self, closed: Iterable[tuple[str, str]], opened: Iterable[str]) -> None:
        known_runs: set[tuple[str, ...]] = set()
        known_names: set[str] = set()
        for text in set(opened):
            known_runs.update(_runs(text))
            known_names.update(NAME.findall(text))
        self._runs: dict[tuple[str, ...], str] = {}
        self._offsets: dict[str, set[int]] = {}  # the longest word of each run, and its places in runs
        self._names: dict[str, str] = {}
        for place, text in closed:
            for run in _runs(text):
                if run not in known_runs:
                    self._runs[run] = f"a passage of {place} that this audience may not see"
                    longest = max(run, key=len)
                    self._offsets.setdefault(longest, set()).add(run.index(longest))
            if TELLING.fullmatch(text) and NAME.fullmatch(text) and text not in known_names:
                self._names[text] = f"an identifier of {place} that this audience may not see"
        self._letters: dict[bytes, set[frozenset[bytes]]] = {}  # of longest words: those of their runs
        for run in self._runs:
            self._letters.setdefault(_longest_letters(run), set()).add(frozenset(_letters(" ".join(run))))
        self._shapes = re.compile("|".join(sorted(set(map(_shape, self._names)))))

    def found_in(self, text: str) -> set[str]:
        """Return what stands in a text, in words that may be shown to anybody."""
        found = {self._runs[run] for run in self._runs_in(text)} if self._runs else set()
        if self._names and self._shapes.search(text):
            found |= {self._names[name] for name in self._names.keys() & set(NAME.findall(text))}
        return found

    @property
    def digest(self) -> str:
        """The SHA-256 of all that is looked for; what was looked through for the same is not read again."""
        told = [*sorted(map(" ".join, self._runs)), *sorted(self._names)]
        return sha256("\n".join(told).encode()).hexdigest()

    def _runs_in(self, text: str) -> Iterator[tuple[str, ...]]:
        """Yield the closed runs that stand in a text; looked for around their longest words only."""
        if len(text) < 2 * RUN or not self._may_hold_run(folded := Folded(text)):
            return
        for words in _words_of_parts(folded):
            for position in [place for place, word in enumerate(words) if word in self._offsets]:
                for offset in self._offsets[words[position]]:
                    start = position - offset
                    run = tuple(words[start : start + RUN]) if start >= 0 else ()
                    if run in self._runs:
                        yield run

    def _may_hold_run(self, folded: Folded) -> bool:
        """Return False where the letters of no whole run are found, as in most texts and all drawn paths."""
        letters = folded.letters | {b""}
        likely = self._letters.keys() & letters
        return any(run <= letters for longest in likely for run in self._letters[longest])


def _letters(text: str) -> set[bytes]:
    return Folded(text).letters


def _longest_letters(run: tuple[str, ...]) -> bytes:
    """Return the longest letters of the longest word; nothing where it is written in other letters."""
    return max(sorted(_letters(max(run, key=len))), key=len, default=b"")


def _shape(name: str) -> str:
    """Return a pattern of all identifiers like this one, to see quickly that a text holds none.

    It begins with the first character that is no digit, for drawings are full of digits.
    """
    start = next((place for place, letter in enumerate(name) if not _is_digit(letter)), 0)
    before, after = (
        "".join(r"\d" if _is_digit(letter) else "." for letter in part)
        for part in (name[:start], name[start + 1 :])
    )
    first = re.escape(name[start])
    return rf"{first}(?<={before}{first}){after}" if before else f"{first}{after}"


def _is_digit(letter: str) -> bool:
    return letter.isascii() and letter.isdigit()


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every run of words of a text, in plain letters; none goes over from one cell to the next."""
    for words in _words_of_parts(Folded(text)) if len(text) >= 2 * RUN else ():
        yield from zip(*(words[start:] for start in range(RUN)), strict=False)


def _words_of_parts(folded: Folded) -> Iterator[list[str]]:
    """Yield the words of each part of a text that is long enough to hold a run."""
    for part in CELL.split(folded.forms[0]):
        if len(part) >= 2 * RUN - 1:
            yield words_of(part)
