"""Find words in a text whatever their case, accents, line breaks and hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["Folded", "Word", "read_forbidden", "words_of"]

LONG, MEDIUM = 8, 5
PARTED = re.compile(r"-[ \t]*[\r\n]\s*")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212")
NEITHER = bytes(code for code in range(128) if not chr(code).isalnum())
"""Of the first 128 characters those that are neither letters nor digits."""
SPACED = bytes(32 if code in NEITHER else code for code in range(256))
"""Bytes by what stands for them where words are parted: a space for those."""
APART = bytes(code if code < 128 and chr(code).isalpha() else 32 for code in range(256))
"""Bytes by what stands for them where letters alone count: a space for all but the plain ones."""


@dataclass(frozen=True)
class Word:
    """One thing that must not be found.

    A word of eight letters and digits or more is found even where spaces, hyphens or line breaks stand in it;
    one of five to seven also inside longer words, for compounds and inflected forms; a shorter one only where
    it stands alone.

    Parameters
    ----------
    text
        What must not be found.
    label
        How a message names it to somebody who may not read it.

    Examples
    --------
    >>> Word("Ångström Oy", "line 3").is_in(Folded("visited ANGSTRO\u00adM\\n  oy in May"))
    True
    >>> Word("Kone", "line 4").is_in(Folded("the telekones")), Word("Kone", "line 4").is_in(Folded("a KONE."))
    (False, True)
    """

    text: str
    label: str

    def is_in(self, folded: Folded) -> bool:
        """Return whether the word stands in the text."""
        if len(self._squeezed) >= LONG:
            return self._squeezed in folded.squeezed
        if len(self._squeezed) >= MEDIUM:
            return any(self._plain in form for form in folded.forms)
        return any(self._plain in form and self._alone.search(form) for form in folded.forms)

    @cached_property
    def _plain(self) -> str:
        return " ".join(_folded(self.text).split())

    @cached_property
    def _squeezed(self) -> str:
        return _squeezed(self._plain)

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![^\W_]){re.escape(self._plain)}(?![^\W_])")


class Folded:
    """A text in the forms in which words are looked for; each is made when it is first needed.

    Parameters
    ----------
    text
        The text as it stands.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def together(cls, texts: Iterable[str]) -> Folded:
        """Return many texts as one, parted so that no word goes over from one to the next.

        Each is folded by itself: one letter with an accent makes folding slow, and most texts have none.
        """
        folded = cls("")
        folded._plain = '\n"\n'.join(map(_folded, texts))
        return folded

    @cached_property
    def _plain(self) -> str:
        return _folded(self._text)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The text in one line: hyphens at line ends taken out, and kept."""
        if not self._is_parted:
            return (" ".join(self._plain.split()),)
        return tuple(" ".join(PARTED.sub(hyphen, self._plain).split()) for hyphen in ("", "-"))

    @cached_property
    def squeezed(self) -> str:
        """Letters and digits alone."""
        return _squeezed(self._plain)

    @property
    def letters(self) -> set[bytes]:
        """All unbroken sequences of the plain letters from a to z, hyphens at line ends taken out."""
        text = self.forms[0] if self._is_parted else self._plain
        return set(text.encode("utf-8", "surrogatepass").translate(APART).split())

    @cached_property
    def _is_parted(self) -> bool:
        return PARTED.search(self._plain) is not None


def _folded(text: str) -> str:
    """Return a text without case, accents, invisible characters and kinds of dashes."""
    if "\\u" in text:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    if text.isascii():
        return text.casefold()
    shown = text.replace("\u00ad\n", "-\n").replace("\u00ad\r", "-\r")  # a soft hyphen at a line's end
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", shown).casefold())
    for letter in sorted(set(plain)):  # one replacement for each is quicker than a table for all
        if unicodedata.category(letter) in ("Mn", "Cf"):
            plain = plain.replace(letter, "")
        elif letter in DASHES:
            plain = plain.replace(letter, "-")
    return plain


def words_of(text: str) -> list[str]:
    """Return the letters and digits of a text, parted wherever something else stands."""
    spaced = text.encode("utf-8", "surrogatepass").translate(SPACED).decode("utf-8", "surrogatepass")
    return _instead_of_signs(spaced, " ").split()


def _squeezed(text: str) -> str:
    squeezed = text.encode("utf-8", "surrogatepass").translate(None, NEITHER).decode("utf-8", "surrogatepass")
    return _instead_of_signs(squeezed, "")


def _instead_of_signs(text: str, new: str) -> str:
    """Put something else in place of what is neither letter nor digit; of plain characters that is done."""
    for letter in () if text.isascii() else set(text):
        if not letter.isalnum():
            text = text.replace(letter, new)
    return text


def read_forbidden(path: Path, shown: str) -> tuple[Word, ...]:
    """Return the words of a list: one per line; lines that start with # are remarks.

    Parameters
    ----------
    path
        The list.
    shown
        Its name in messages.

    Raises
    ------
    EvidenceError
        If the list is missing, unreadable or holds no word: then nobody can say that nothing was found.
    """
    way_out = "Write the names of companies, persons, sites and products into it, one per line."
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise EvidenceError(Problem(shown, None, None, None, "the list is missing", way_out)) from None
    except UnicodeDecodeError:
        raise EvidenceError(
            Problem(shown, None, None, None, "the bytes are not UTF-8", "Save it again as UTF-8.")
        ) from None
    words = tuple(_words(lines, shown))
    if not words:
        raise EvidenceError(Problem(shown, None, None, None, "the list holds no word", way_out))
    return words


def _words(lines: Iterable[str], shown: str) -> Iterable[Word]:
    problems = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if len(_squeezed(_folded(text))) < 2:
            rule = "a word needs at least two letters or digits"
            problems.append(
                Problem(shown, number, None, None, rule, "Write the whole word, or start with #.")
            )
        yield Word(text, f"line {number} of {shown}")
    if problems:
        raise EvidenceError(problems)
