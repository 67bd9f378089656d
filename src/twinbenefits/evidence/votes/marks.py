"""What people write into a cell for a mark, and what of it is a mark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from twinbenefits.evidence.converting import UnreadableError

__all__ = ["Mark", "read_mark"]

_PASSES = frozenset(
    {"not my field", "notmyfield", "not my area", "ei alaani", "ei minun alaani", "ei omaa alaani"}
)
_NOTHING = frozenset(
    {
        "n/a",
        "na",
        "n.a.",
        "none",
        "-",
        "\N{EN DASH}",
        "\N{EM DASH}",
        "?",
        "x",
        "ei",
        "no",
        "eos",
        "ei vastausta",
        "pass",
    }
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
_WHOLE = re.compile(r"[+]?(\d{1,3})([.,]0+)?")
_HALF = re.compile(r"(\d{1,3})[.,]\d+")
_BEYOND = re.compile(r"(\d{1,3})\s*\++")
_TWO = re.compile(r"(\d{1,3})\s*(?:-|\N{EN DASH}|/|to|tai|or|;|,\s)\s*(\d{1,3})")
_WORDS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "one yksi", "two kaksi", "three kolme", "four neljä", "five viisi", "six kuusi",
            "seven seitsemän", "eight kahdeksan", "nine yhdeksän",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
PASS_OR_EMPTY = "Write 'not my field' if that was ticked, or leave the cell empty if nothing was marked."


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that was read.

    Parameters
    ----------
    value
        The mark; None for "not my field".
    note
        What was done to read it, in words; empty for nothing.
    """

    value: int | None
    note: str = ""


def read_mark(cell: str, low: int, high: int) -> Mark | None:
    """Return the mark in a cell, or None where it is empty.

    Parameters
    ----------
    cell
        The cell as written.
    low, high
        The lowest and the highest mark of the scale.

    Raises
    ------
    UnreadableError
        If it is no mark of the scale: with the reason and a way out, never a guess.

    Examples
    --------
    >>> read_mark("7,0", 1, 9), read_mark("Not my field", 1, 9).value, read_mark(" ", 1, 9)
    (Mark(value=7, note='a number with decimals of zero was read as a whole mark'), None, None)
    >>> read_mark("9+", 1, 9)
    Traceback (most recent call last):
        ...
    twinbenefits.evidence.converting.UnreadableError: is no mark: the scale ends at 9
    """
    text = " ".join(cell.split())
    plain = text.casefold()
    if not text:
        return None
    if plain in _PASSES:
        return Mark(None)
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise _refusal(text, plain, low, high)
    value = int(whole[1])
    if not low <= value <= high:
        raise UnreadableError(
            f"is no mark of this scale, which goes from {low} to {high}",
            f"Look at the voter's sheet again and write a mark from {low} to {high}.",
        )
    return Mark(value, "a number with decimals of zero was read as a whole mark" if whole[2] else "")


def _refusal(text: str, plain: str, low: int, high: int) -> UnreadableError:
    """Return why a cell is no mark, with what the person may have meant."""
    rule = "is no mark"
    way_out = (
        f"Write a number from {low} to {high}, or 'not my field'; remarks belong into the sheet Comments."
    )
    if plain in _NOTHING:
        rule, way_out = "can mean 'not my field' or that nothing was marked", PASS_OR_EMPTY
    elif _DAY.fullmatch(text):
        rule = "is a day: the spreadsheet has turned a mark into one"
        way_out = f"Set the cell's format to number and write the mark, from {low} to {high}."
    elif found := _BEYOND.fullmatch(text):
        rule = f"is no mark: the scale ends at {high}"
        way_out = f"Write {min(int(found[1]), high)} if that is meant."
    elif found := _TWO.fullmatch(text):
        rule, way_out = "is two marks", f"Write {found[1]} or {found[2]}, as the voter meant it."
    elif found := _HALF.fullmatch(text):
        rule = "lies between two marks, and the scale has whole marks only"
        way_out = f"Write {found[1]} or {int(found[1]) + 1}."
    elif plain in _WORDS:
        rule, way_out = "is a word, not a mark", f"Write {_WORDS[plain]} if that is meant."
    return UnreadableError(rule, way_out)
