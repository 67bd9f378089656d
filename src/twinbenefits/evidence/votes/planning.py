"""Compare filled-in voting sheets with the tables: what is new, what is there, what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from twinbenefits.evidence.converting import UnreadableError
from twinbenefits.evidence.exchange.project import Row
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.problems import shortlist
from twinbenefits.evidence.votes.columns import COMMENT, Column
from twinbenefits.evidence.votes.marks import read_mark
from twinbenefits.evidence.votes.matching import Matching, Place
from twinbenefits.evidence.votes.reading import Cell, Filled
from twinbenefits.evidence.votes.standing import scale_ranges

__all__ = ["Setting", "VoteRows", "rows_of_votes"]

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the person says about a file.

    Parameters
    ----------
    event, round_number
        The workshop and the round the marks are of.
    corrections
        Whether a mark that differs from the one in the table corrects it.
    """

    event: str
    round_number: int
    corrections: bool = False


@dataclass(slots=True)
class VoteRows:
    """Rows to be added to the tables, as text.

    Parameters
    ----------
    votes, comments, voters
        The new rows.
    same
        How many marks stand in the table just so.
    corrected
        How many of the new marks correct another.
    empty
        How many cells were left empty.
    """

    votes: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    voters: list[Row] = field(default_factory=list)
    same: int = 0
    corrected: int = 0
    empty: int = 0


def rows_of_votes(
    filled: Filled, tables: Tables, scales: pd.DataFrame, setting: Setting, log: Log
) -> VoteRows:
    """Return what a file adds to the tables; everything that stands in the way is noted in the log.

    Parameters
    ----------
    filled
        What the file holds.
    tables
        `events`, `voters`, `items`, `votes`, `comments` as they stand, as text.
    scales
        The table `vote_scales`.
    setting
        What the person says about the file.
    log
        Where problems and assumptions are noted.
    """
    work = _Work(filled, tables, scales, setting, log)
    work.check_form()
    work.add_voters()
    work.add_votes()
    work.add_comments()
    return work.rows


class _Work:
    """The rows of one file, and what is known of voters, items and earlier votes."""

    def __init__(
        self, filled: Filled, tables: Tables, scales: pd.DataFrame, setting: Setting, log: Log
    ) -> None:
        self._filled, self._tables, self._setting, self._log = filled, tables, setting, log
        self._ranges = scale_ranges(scales)
        self._match = Matching(tables, setting.event, filled.versions, log)
        self.rows = VoteRows()

    def check_form(self) -> None:
        """Hold the form to the workshop and the round that were named."""
        about, setting = self._filled.about, self._setting
        events = {*self._tables["events"]["event"]}
        if setting.event not in events:
            known = shortlist(sorted(events)) or "not written down yet: add a row to events"
            way_out = f"The workshops are {known}."
            self._log.refuse("there is no such workshop", way_out, column="--workshop", value=setting.event)
        if about.get("synthetic", "").casefold() == "true":
            self._log.refuse(
                "the form was made for the demonstration set, and invented votes never mix with real ones",
                "Write the form anew: twinbenefits votes form FILE.xlsx --evidence private.",
            )
        if about.get("workshop", setting.event) != setting.event:
            self._log.refuse(
                f"the form is of another workshop; you named {setting.event}",
                f"Import it with --workshop {about['workshop']}, or choose the file of {setting.event}.",
                value=about["workshop"],
            )
        if about.get("round", str(setting.round_number)) != str(setting.round_number):
            self._log.refuse(
                f"the form is of another round; you named round {setting.round_number}",
                f"Import it with --round {about['round']}, or choose the file of that round.",
                value=f"round {about['round']}",
            )

    def add_voters(self) -> None:
        """Take the voters that the file describes and that are not in the table yet."""
        for cells in self._filled.voters:
            named = cells["voter"]
            if not named.text or self._match.knows(named.text):
                continue
            if re.search(r"\s", named.text) or len(named.text) > 40:
                self._match.refuse(
                    named, "is no code but words, perhaps a name", "Write the code of the voting sheet."
                )
                continue
            level = cells.get("consent_level")
            if level is None or level.text not in "0123456":
                self._match.refuse(
                    level or Cell(named.sheet, named.row, "consent_level", ""),
                    f"the consent level of {named.text} must be a number from 0 to 6",
                    "Take it from the consent form; 0 while it is pending.",
                )
                continue
            row = {name: cells[name].text for name in ("vertical", "role_group") if name in cells}
            self.rows.voters.append(
                {**row, "voter": named.text, "event": self._setting.event, "consent_level": level.text}
            )
            self._match.add_voter(named.text, level.text)

    def add_votes(self) -> None:
        """Take the marks; a mark that is there already is counted, another one corrects it or is refused."""
        before = self._before()
        number = _highest(self._tables["votes"]["vote"])
        day = dict(zip(self._tables["events"]["event"], self._tables["events"]["held_on"], strict=True))
        seen: dict[Place, tuple[int | None, Cell]] = {}
        for named, column, cell in self._filled.marks:
            if column.scale == COMMENT:
                self._filled.comments.append(
                    {"voter": named, "item": _renamed(cell, column.item), "text": cell}
                )
                continue
            if not cell.text:
                self.rows.empty += 1
                continue
            place = self._match.place(named, column, cell)
            value = self._value(column, cell) if place else None
            if place is None or value is None:
                continue
            (mark,) = value
            if place in seen:
                self._twice(place, mark, cell, *seen[place])
                continue
            seen[place] = (mark, cell)
            corrects = self._earlier(place, mark, cell, before)
            if corrects is None:
                continue
            number += 1
            voter, item, version, scale = place
            recorded = before[place][2] if corrects else day.get(self._setting.event, "")
            self.rows.corrected += bool(corrects)
            self.rows.votes.append(
                {
                    "vote": f"T{number:05d}", "event": self._setting.event,
                    "round": str(self._setting.round_number), "voter": voter, "item": item,
                    "item_version": str(version), "scale": scale,
                    "value": "" if mark is None else str(mark),
                    "not_my_field": "yes" if mark is None else "no",
                    "recorded_on": recorded, "corrects": corrects,
                }
            )  # fmt: skip
        self._tell_of_wordings(seen)

    def add_comments(self) -> None:
        """Take the comments; one that stands in the table with the same words is left alone."""
        table = self._tables["comments"]
        known = {*zip(table["voter"], table["item"], table["text"], strict=True)}
        number = _highest(table["comment"])
        for cells in self._filled.comments:
            words = cells.get("text")
            if words is None or not words.text:
                continue
            named, about = cells["voter"], cells.get("item")
            voter = self._match.voter(named) if named.text else ""
            item = self._match.item(about) if about and about.text else ""
            level = cells.get("consent_level")
            own = self._match.levels.get(voter or "", "0")
            given = level.text if level else own
            if given not in "0123456" or not given:
                self._match.refuse(level or words, "must be a consent level from 0 to 6", "Correct the cell.")
                continue
            if voter is None or item is None or (voter, item, words.text) in known:
                continue
            if level is None:
                self._log.tolerate(
                    "a comment without a consent level took that of its voter, or 0 without one"
                )
            number += 1
            known.add((voter, item, words.text))
            self.rows.comments.append(
                {
                    "comment": f"C{number:03d}", "event": self._setting.event, "voter": voter, "item": item,
                    "text": words.text, "consent_level": given,
                }
            )  # fmt: skip

    def _value(self, column: Column, cell: Cell) -> tuple[int | None] | None:
        """Return the mark in a tuple, or None and a word on why there is none."""
        low, high = self._ranges[column.scale]
        try:
            mark = read_mark(cell.text, low, high)
        except UnreadableError as reason:
            self._match.refuse(cell, reason.rule, reason.way_out)
            return None
        if mark is not None and mark.note:
            where = ", ".join(filter(None, (cell.sheet, f"row {cell.row}", f"column {cell.column}")))
            self._log.tolerate(mark.note, where)
        return (None if mark is None else mark.value,)

    def _twice(self, place: Place, mark: int | None, cell: Cell, other: int | None, there: Cell) -> None:
        """Refuse two different marks for one place, and tell of two equal ones."""
        where = ", ".join(filter(None, (there.sheet, f"row {there.row}")))
        if mark == other:
            self._log.tolerate(f"the sheet of {place[0]} stands there twice with the same marks", where)
            return
        told = "not my field" if other is None else str(other)
        self._match.refuse(
            cell,
            f"{place[0]} has {told} for the same item in {where}: two sheets are filled in for one code",
            "Find out whose each sheet is: correct the code of one of them, or delete it.",
        )

    def _before(self) -> dict[Place, tuple[str, str, str]]:
        """Return the marks that stand for this workshop and round: vote, value and day by place."""
        votes = self._tables["votes"]
        mine = votes[
            (votes["event"] == self._setting.event) & (votes["round"] == str(self._setting.round_number))
        ]
        mine = mine[~mine["vote"].isin({*votes["corrects"]} - {""})]
        names = ("voter", "item", "item_version", "scale", "vote", "value", "recorded_on")
        columns = (mine[name].tolist() for name in names)
        return {
            (voter, item, int(version), scale): (vote, value, day)
            for voter, item, version, scale, vote, value, day in zip(*columns, strict=True)
            if str(version).isdecimal()
        }

    def _earlier(
        self, place: Place, mark: int | None, cell: Cell, before: Mapping[Place, tuple[str, str, str]]
    ) -> str | None:
        """Return the vote that a mark corrects, empty for none; None where nothing is to be added."""
        if place not in before:
            return ""
        vote, value, _ = before[place]
        if value == ("" if mark is None else str(mark)):
            self.rows.same += 1
            return None
        if self._setting.corrections:
            return vote
        stands = value or "not my field"
        self._match.refuse(
            cell,
            f"{place[0]} has {stands} for this in the table already (vote {vote})",
            "Correct the file; or, if the file is right, import it with --corrections: the old mark is kept.",
        )
        return None

    def _tell_of_wordings(self, seen: Mapping[Place, Any]) -> None:
        """Tell where marks of one item are for another wording than those that are there for the workshop."""
        votes = self._tables["votes"]
        earlier = votes[votes["event"] == self._setting.event]
        there = {*zip(earlier["item"], earlier["item_version"], strict=True)}
        for item, version in sorted({(item, version) for _, item, version, _ in seen}):
            others = sorted(other for one, other in there if one == item and other != str(version))
            if others:
                self._log.ask(
                    f"{item} was reworded between rounds: these marks are for v{version}, earlier ones of "
                    f"this workshop for v{', v'.join(others)}; they are kept apart",
                    "Nothing to do if that is so.",
                )


def _renamed(cell: Cell, text: str) -> Cell:
    return Cell(cell.sheet, cell.row, cell.column, text)


def _highest(codes: Sequence[str] | pd.Series) -> int:
    """Return the highest number behind the letter of codes such as T00012."""
    return max(
        (int(found[1]) for code in codes if (found := re.fullmatch(r"[A-Z]+0*(\d+)", str(code)))), default=0
    )
