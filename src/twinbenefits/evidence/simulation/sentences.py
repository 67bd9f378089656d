"""Readable invented sentences for one code in one vertical."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from twinbenefits.evidence.simulation.draws import Draws

__all__ = ["Speaker"]

SLOT = re.compile(r"\{(\w+)\}")


class Speaker:
    """Say things about codes with the words of one vertical, rarely the same thing twice.

    Parameters
    ----------
    phrases
        `codes`, `openings`, `tails`, and `words` per vertical.
    vertical
        Whose words fill the slots.
    draws
        Where the choices come from.
    """

    def __init__(self, phrases: Mapping[str, Any], vertical: str, draws: Draws) -> None:
        self._phrases = phrases
        self._words: Mapping[str, Sequence[str]] = phrases["words"][vertical]
        self._draws = draws
        self._said: set[str] = set()

    def says(self, codes: Sequence[str], status: str | None) -> str:
        """Return one to three sentences that carry the codes; a status shows in how the passage ends."""
        for _ in range(12):
            text = self._compose(codes, status)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _compose(self, codes: Sequence[str], status: str | None) -> str:
        opening = self._filled(self._draws.choice(self._phrases["openings"]))
        first, *rest = (self._filled(self._draws.choice(self._phrases["codes"][code])) for code in codes)
        sentences = [_capital(opening + first), *map(_capital, rest)]
        tails = self._phrases["tails"]
        ending = tails[status] if status in tails and self._draws.chance(0.6) else tails["any"]
        last: str = self._draws.choice(ending)
        return " ".join(sentences) + last

    def _filled(self, phrase: str) -> str:
        numbers = {"small": (3, 19), "few": (2, 6), "weeks": (3, 12)}

        def word(slot: re.Match[str]) -> str:
            name = slot[1]
            if name in numbers:
                return str(self._draws.integer(*numbers[name]))
            chosen: str = self._draws.choice(self._words[name])
            return chosen

        return str(SLOT.sub(word, phrase))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
