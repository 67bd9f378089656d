"""Readable invented sentences for one code in one vertical."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from twinbenefits.evidence.simulation.draws import Draws

__all__ = ["Said", "Speaker"]

SLOT = re.compile(r"\{(\w+)\}")
CANDIDATES = 8
TERM_WORDS = 7


@dataclass(frozen=True, slots=True)
class Said:
    """One passage and the words in it that name its idea."""

    text: str
    term: str


class Speaker:
    """Say things about codes with the words of one vertical, as rarely as possible the same thing twice.

    Parameters
    ----------
    phrases
        Sentences per code under `codes`, words per vertical under `words`, and what varies them: `openings`,
        `joins`, `tails`, `questions`, `expected`, `numbers`, `leaning`. Only the first two must be there.
    vertical
        Whose words fill the slots.
    roles
        Code to role.
    said
        How often each sentence was said; shared by the speakers of one study.
    draws
        Where the choices come from.
    """

    def __init__(
        self,
        phrases: Mapping[str, Any],
        vertical: str,
        roles: Mapping[str, str],
        said: Counter[str],
        draws: Draws,
    ) -> None:
        self._phrases = phrases
        self._words: Mapping[str, Sequence[str]] = phrases["words"][vertical]
        self._numbers: Mapping[str, tuple[int, int]] = phrases.get("numbers", {})
        self._roles = roles
        self._said = said
        self._draws = draws

    def says(self, codes: Sequence[str], status: str | None) -> Said:
        """Return one to three sentences that carry the codes; a status shows in the words and at the end."""
        draws, passage = self._draws, ""
        if draws.chance(self._phrases.get("opening_share", 0.0)):
            passage = self._least_said(self._phrases["openings"], "")
        first = self._least_said(self._options(codes[0], status), passage)
        passage = _capital(passage + first)
        for before, code in pairwise(codes):
            join = self._least_said(self._joins(before, code, status), passage)
            sentence = self._least_said(self._options(code, status), passage)
            passage += " " + _capital(join + sentence)
        return Said(passage + self._tail(codes[-1], status), _term(first, self._phrases.get("leaning", ())))

    def asks(self, code: str) -> str:
        """Return what an interviewer may ask before a passage about the code; empty if there is nothing."""
        questions = self._phrases.get("questions", {})
        fitting = [*questions.get(self._roles[code], ()), *questions.get("any", ())]
        return self._least_said(fitting, "") if fitting else ""

    def _options(self, code: str, status: str | None) -> Sequence[str]:
        expected = self._phrases.get("expected", {}) if status == "expected" else {}
        options: Sequence[str] = expected.get(code) or self._phrases["codes"][code]
        return options

    def _joins(self, before: str, code: str, status: str | None) -> Sequence[str]:
        joins = self._phrases.get("joins", {})
        role = self._roles[code]
        kinds = [code, f"{self._roles[before]} {role}", role, "any"]
        if status == "expected" and role == "benefit":
            kinds.insert(0, status)
        return next((joins[kind] for kind in kinds if kind in joins), [""])

    def _tail(self, last: str, status: str | None) -> str:
        tails = self._phrases.get("tails", {})
        kind = last if last in tails else status if status in tails else "any"
        if kind not in tails or not self._draws.chance(self._phrases.get("tail_share", {}).get(kind, 0.5)):
            return ""
        return " " + _capital(self._least_said(tails[kind], ""))

    def _least_said(self, options: Sequence[str], passage: str) -> str:
        """Return, of some candidates, the one that was said least and repeats no word of the passage."""
        candidates = [self._filled(self._draws.choice(options)) for _ in range(CANDIDATES)]
        best = min(candidates, key=lambda one: (self._said[one[0]], any(w in passage for w in one[1])))[0]
        self._said[best] += 1
        return best

    def _filled(self, phrase: str) -> tuple[str, list[str]]:
        used: list[str] = []

        def word(slot: re.Match[str]) -> str:
            name = slot[1]
            if name in self._numbers:
                return str(self._draws.integer(*self._numbers[name]))
            used.append(self._draws.choice(self._words[name]))
            return used[-1]

        return SLOT.sub(word, phrase), used


def _term(sentence: str, leaning: Collection[str]) -> str:
    """Return the first words of a sentence, up to its first pause and without words that lean on the next."""
    words = re.split("[,;:.?]", sentence)[0].split()[:TERM_WORDS]
    while len(words) > 1 and words[-1] in leaning:
        words.pop()
    return " ".join(words)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
