"""What is wrong with the evidence: one problem per place, all of a load reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby

LISTED_PER_RULE = 20
"""So many rows of one rule in one column are written out; the rest is counted in one line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stands in the way, where it stands and how to go on.

    Parameters
    ----------
    file
        The file as seen from the project's root.
    row
        The row as a spreadsheet shows it; the header is row 1. None for the whole file.
    column
        The column's name, or None where no single column is meant.
    value
        What stands there, as written; empty for an empty cell, None where no cell is meant.
    rule
        What was expected.
    way_out
        What to do about it.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    way_out: str

    @property
    def place(self) -> str:
        """The file, row and column in reading order."""
        row = None if self.row is None else f"row {self.row}"
        column = None if self.column is None else f"column {self.column}"
        return ", ".join(part for part in (self.file, row, column) if part)

    def __str__(self) -> str:
        """Return the problem as one line: place, value, rule, way out."""
        value = f" has {_shortened(self.value)!r};" if self.value else ""
        return f"{self.place}:{value} {self.rule}. {self.way_out}"


class EvidenceError(Exception):
    """Evidence that is refused, with every problem found.

    Parameters
    ----------
    problems
        All problems of one load, at least one.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("an EvidenceError needs at least one problem")
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return a heading and one line per problem; long runs of one rule end in a count."""
        count = len(self.problems)
        heading = "1 problem in the evidence:" if count == 1 else f"{count} problems in the evidence:"
        return "\n".join([heading, *(f"  - {line}" for line in listed(self.problems))])


def listed(problems: Sequence[Problem]) -> list[str]:
    """Return one line per problem, in order of file, rule and row.

    More than `LISTED_PER_RULE` problems of one rule in one column of one file end in a line that says
    how many more there are and in which rows, so that nothing is left out unsaid.
    """
    lines: list[str] = []
    for _, same in groupby(sorted(problems, key=_order), key=_kind):
        group = list(same)
        lines += [str(problem) for problem in group[:LISTED_PER_RULE]]
        rest = group[LISTED_PER_RULE:]
        if rest:
            first, last = rest[0], rest[-1]
            lines.append(
                f"{first.file}, column {first.column}: {len(rest)} more of the same kind, "
                f"in rows {first.row} to {last.row}"
            )
    return lines


def _kind(problem: Problem) -> tuple[str, str, str]:
    return (problem.file, problem.column or "", problem.rule)


def _order(problem: Problem) -> tuple[tuple[str, str, str], int]:
    return (_kind(problem), problem.row or 0)


def _shortened(value: str, limit: int = 80) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the known word that `word` most likely means, or None if none is near.

    >>> nearest("mention", ["mentions", "effects"])
    'mentions'
    """
    known = {other.casefold(): other for other in words}
    found = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return known[found[0]] if found else None


def shortlist(words: Iterable[str], limit: int = 15) -> str:
    """Return words as a list for a message; a long one ends in a count."""
    every = list(words)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"
