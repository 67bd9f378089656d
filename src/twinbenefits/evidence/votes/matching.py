"""Which voter, item, wording and scale a cell of a voting sheet is about; what is not known is told."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.evidence.votes.columns import Column
from twinbenefits.evidence.votes.reading import Cell
from twinbenefits.evidence.votes.standing import natural

__all__ = ["Matching", "Place", "bare"]

Place = tuple[str, str, int, str]
"""Voter, item, version and scale: what one mark is for."""


class Matching:
    """The voters and items there are, and what a cell means by them.

    Parameters
    ----------
    tables
        `voters` and `items` as they stand, as text.
    event
        The workshop.
    said
        Item to the version that the form says it shows.
    log
        Where it is noted what is not known; a thing once, not in every cell.
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], event: str, said: Mapping[str, int], log: Log
    ) -> None:
        self._event, self._form_says, self._log = event, said, log
        voters, items = tables["voters"], tables["items"]
        self._event_of = dict(zip(voters["voter"], voters["event"], strict=True))
        self.levels: dict[str, str] = dict(zip(voters["voter"], voters["consent_level"], strict=True))
        self._voters: dict[str, str] = {bare(voter): voter for voter in self._event_of}
        self._versions: dict[str, dict[int, set[str]]] = {}
        for item, version, cell in zip(items["item"], items["version"], items["scale_set"], strict=True):
            if str(version).isdecimal():
                self._versions.setdefault(item, {})[int(version)] = {*str(cell).split(";")}
        self._said: set[tuple[str, ...]] = set()

    def knows(self, voter: str) -> bool:
        """Return whether there is a voter of this code."""
        return bare(voter) in self._voters

    def add_voter(self, voter: str, level: str) -> None:
        """Let a voter of this workshop be known."""
        self._voters[bare(voter)] = voter
        self._event_of[voter], self.levels[voter] = self._event, level

    def place(self, named: Cell, column: Column, cell: Cell) -> Place | None:
        """Return what a mark is for, or None and a word on what is not known."""
        voter = self.voter(named)
        if column.item not in self._versions:
            self._unknown_item(column.item, cell)
            return None
        version = self._version(column, cell)
        if voter is None or version is None:
            return None
        if column.scale not in self._versions[column.item].get(version, ()):
            offered = sorted(self._versions[column.item].get(version, ()))
            meant = nearest(column.scale, offered)
            hint = f"Did you mean {meant!r}?" if meant else f"Its scales are {shortlist(offered)}."
            self._once(
                cell, f"{column.item} is not voted on the scale {column.scale!r}", hint, value=column.scale
            )
            return None
        return voter, column.item, version, column.scale

    def voter(self, named: Cell) -> str | None:
        """Return the voter that is meant, or None and a word on why there is none."""
        event = self._event
        if not named.text:
            self.refuse(
                named, "there are marks and no voter", "Write the code of the voting sheet.", once=True
            )
            return None
        short = f"{event}-{named.text}"
        found = self._voters.get(bare(named.text)) or self._voters.get(bare(short))
        if found is None:
            mine = [voter for voter, of in self._event_of.items() if of == event]
            meant = nearest(named.text, mine)
            hint = f"Did you mean {meant}? " if meant else ""
            way_out = f"{hint}Correct the code, or add the voter with a consent level to the sheet Voters."
            self.refuse(named, f"is no voter of {event}", way_out, once=True)
            return None
        if self._event_of[found] != event:
            rule = f"is a voter of {self._event_of[found]}, and you named {event}"
            self.refuse(named, rule, f"Import it with --workshop {self._event_of[found]}.", once=True)
            return None
        if found != named.text:
            self._log.tolerate("the code of a voter was written in another way", f"{named.text} is {found}")
        return found

    def _unknown_item(self, item: str, cell: Cell) -> None:
        meant = nearest(item, self._versions)
        known = shortlist(sorted(self._versions, key=natural))
        hint = f"Did you mean {meant}?" if meant else f"The items are {known}."
        self._once(cell, "there is no such item", hint, value=item)

    def item(self, about: Cell) -> str | None:
        """Return the item that a cell names, or None and a word on what is not known."""
        found = [item for item in self._versions if bare(item) == bare(about.text)]
        if len(found) == 1:
            return found[0]
        self._unknown_item(about.text, about)
        return None

    def _version(self, column: Column, cell: Cell) -> int | None:
        """Return the wording a mark was cast on: as the column says, else the form, else the only one."""
        versions = self._versions[column.item]
        said = column.version or self._form_says.get(column.item)
        if said is None and len(versions) == 1:
            return next(iter(versions))
        if said in versions:
            return said
        stand = ", ".join(f"v{number}" for number in sorted(versions))
        if said is None:
            rule = f"{column.item} was reworded, and the column does not say which words the marks are for"
            newest = f"'{column.item} v{max(versions)} {column.scale}'"
            self._once(cell, rule, f"Write the version into the column's name, as in {newest}.")
        else:
            self._once(
                cell, f"{column.item} has no version {said}; it has {stand}", "Correct the column's name."
            )
        return None

    def refuse(self, cell: Cell, rule: str, way_out: str, *, once: bool = False) -> None:
        """Refuse a cell; with `once` the same text in the same sheet only the first time."""
        key = (cell.sheet, cell.text, rule)
        if once and key in self._said:
            return
        self._said.add(key)
        self._log.refuse(
            rule, way_out, place=cell.sheet, row=cell.row, column=cell.column, value=cell.text or None
        )

    def _once(self, cell: Cell, rule: str, way_out: str, *, value: str | None = None) -> None:
        """Refuse a column once, not every cell of it."""
        key = (cell.sheet, cell.column, rule)
        if key not in self._said:
            self._said.add(key)
            self._log.refuse(rule, way_out, place=cell.sheet, row=cell.row, column=cell.column, value=value)


def bare(code: str) -> str:
    """Return a code without capitals, blanks and hyphens, and without zeros in front of a number.

    >>> bare("W1-V03") == bare("w1 v3")
    True
    """
    plain = re.sub(r"[\s_-]", "", code).casefold()
    return re.sub(r"(?<=\D)0+(?=\d)", "", plain)
