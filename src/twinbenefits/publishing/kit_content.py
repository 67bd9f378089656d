"""What the data say about one workshop: its items, what was decided before it, the questions that are open.

Everything is read as the audience of a workshop may read it. The voters' codes are the one exception: a code
stands on the sheet of its voter, and on nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study
from twinbenefits.evidence.votes.form import voter_codes
from twinbenefits.evidence.votes.standing import events_in_order, natural, standing_items
from twinbenefits.publishing.kit_plan import Plan

__all__ = ["AUDIENCE", "KIT_TABLES", "Decision", "Item", "KitContent", "Scale", "read_kit"]

AUDIENCE = "workshop"
KIT_TABLES = ("events", "items", "decisions", "questions", "vote_scales")
NOT_RATED = "not rated"
"""What the table of findings says where nobody has judged."""

FINDING, PROPOSITION, MOVE = KINDS = ("finding", "proposition", "move")


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale of the vote."""

    name: str
    low: int
    high: int
    question: str
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Item:
    """One statement to vote on, in the version that stands at the workshop.

    Parameters
    ----------
    number
        Its place on the voting sheet, from 1.
    code, version, kind, statement
        As in the table of items.
    scales
        The names of its scales, in the order of the voting sheet.
    confidence
        How sure the authors are, as released; or that nobody has judged it.
    question
        What is open about it.
    """

    number: int
    code: str
    version: int
    kind: str
    statement: str
    scales: tuple[str, ...]
    confidence: str
    question: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about an item after the workshop before."""

    item: str
    action: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class KitContent:
    """Everything that a kit shows from the data.

    Parameters
    ----------
    event
        Code of the workshop.
    order
        Which of the workshops it is, from 1.
    held_on, kind, minutes
        Its day, whether it explores or confirms, and how long it lasts.
    before
        Code of the workshop before; empty for the first.
    items
        What is voted on.
    decisions
        What was decided after the workshop before.
    scales
        The scales by name, in the order of the study's table.
    voters
        The codes of those who vote; only for sheets that are made out to one person.
    synthetic
        Whether the evidence is invented for the demonstration.
    """

    event: str
    order: int
    held_on: date
    kind: str
    minutes: int
    before: str
    items: tuple[Item, ...]
    decisions: tuple[Decision, ...]
    scales: Mapping[str, Scale]
    voters: tuple[str, ...]
    synthetic: bool

    @property
    def findings(self) -> tuple[Item, ...]:
        """The items that say what the study has found."""
        return self._of(FINDING)

    @property
    def propositions(self) -> tuple[Item, ...]:
        """The items that say under which conditions something holds."""
        return self._of(PROPOSITION)

    @property
    def moves(self) -> tuple[Item, ...]:
        """The items that propose to do something."""
        return self._of(MOVE)

    def _of(self, kind: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind == kind)

    def conditions(self, interview_guide: bool) -> frozenset[str]:
        """Return which of the plan's conditions are met."""
        met = {
            "always": True,
            "voters": bool(self.voters),
            "decisions": bool(self.before),
            "interview guide": interview_guide,
        }
        return frozenset(name for name, holds in met.items() if holds)


def read_kit(layout: Layout, evidence: str, event: str, plan: Plan, as_of: date | None = None) -> KitContent:
    """Read what one workshop's kit shows.

    Parameters
    ----------
    layout
        Where the project stands.
    evidence
        `demo` or `private`.
    event
        Code of the workshop, as in the table of events.
    plan
        Words for what the data leave open.
    as_of
        The day for which permissions are judged; by default as the study says.

    Raises
    ------
    EvidenceError
        If there is no such workshop, with the nearest named, or if nothing stands to be voted on.
    """
    study = Study.open(layout.root, evidence, AUDIENCE, KIT_TABLES, as_of=as_of)
    events, decisions = study.table("events"), study.table("decisions")
    items = standing_items(study.table("items"), decisions, events, event)
    problems = [*_unknown_workshop(layout, evidence, events, event)]
    if items.empty:
        file = layout.shown(TABLES["items"].file(layout, evidence))
        way_out = "Write down what is to be voted on, one row per statement, and make the kit again."
        problems.append(Problem(file, None, None, None, "no statement stands at this workshop", way_out))
    if problems:
        raise EvidenceError(problems)
    order = events_in_order(events)
    place = order.index(event)
    before = order[place - 1] if place else ""
    row = events[events["event"] == event].iloc[0]
    scales = _scales(study.table("vote_scales"))
    known = _confidence(layout.results(AUDIENCE, evidence), plan.confidence_display)
    return KitContent(
        event=event,
        order=place + 1,
        held_on=row["held_on"].date(),
        kind=str(row["kind"]),
        minutes=int(row["agenda_minutes"]),
        before=before,
        items=_items(items, study.table("questions"), scales, known, plan, event),
        decisions=_decisions(decisions, before),
        scales=scales,
        voters=tuple(voter_codes(layout, evidence, event)),
        synthetic=study.is_synthetic("items"),
    )


def _unknown_workshop(layout: Layout, evidence: str, events: pd.DataFrame, event: str) -> list[Problem]:
    known = events_in_order(events)
    if event in known:
        return []
    file = layout.shown(TABLES["events"].file(layout, evidence))
    if not known:
        way_out = "Add a row with its code, day, kind and length in minutes."
        return [Problem(file, None, "event", event, "no workshop is written down yet", way_out)]
    if not event:
        way_out = f"Name one of {shortlist(known)}, as in make kit WORKSHOP={known[0]}."
        return [Problem(file, None, "event", None, "no workshop was named", way_out)]
    meant = nearest(event, known)
    hint = f"Did you mean {meant}? " if meant else ""
    way_out = f"{hint}There are {shortlist(known)}."
    return [Problem(file, None, "event", event, "there is no such workshop", way_out)]


def _scales(table: pd.DataFrame) -> dict[str, Scale]:
    columns = ["scale", "minimum", "maximum", "question", "lowest_means", "highest_means"]
    return {
        str(name): Scale(str(name), int(low), int(high), str(question), str(lowest), str(highest))
        for name, low, high, question, lowest, highest in table[columns].itertuples(index=False, name=None)
    }


def _items(
    items: pd.DataFrame,
    questions: pd.DataFrame,
    scales: Mapping[str, Scale],
    confidence: Mapping[str, str],
    plan: Plan,
    event: str,
) -> tuple[Item, ...]:
    """Return findings first, then propositions and moves, numbered as on the voting sheet."""
    columns = ["item", "version", "kind", "statement", "refers_to", "scale_set"]
    rows = list(items[columns].itertuples(index=False, name=None))
    made: list[Item] = []
    for code, version, kind, statement, refers_to, scale_set in sorted(
        rows, key=lambda row: KINDS.index(row[2])
    ):
        chosen = {*str(scale_set).split(";")}
        made.append(
            Item(
                number=len(made) + 1,
                code=str(code),
                version=int(version),
                kind=str(kind),
                statement=str(statement),
                scales=tuple(name for name in scales if name in chosen),
                confidence=confidence.get(str(refers_to), plan.no_confidence),
                question=_question(questions, str(refers_to), event) or plan.questions.get(str(kind), ""),
            )
        )
    return tuple(made)


def _question(questions: pd.DataFrame, refers_to: str, event: str) -> str:
    """Return the first question that is open about what an item refers to; this workshop's own come first."""
    mine = questions[(questions["refers_to"] == refers_to) & (questions["status"] == "open")]
    if not refers_to or mine.empty:
        return ""
    order = mine.assign(_other=mine["event"] != event, _key=mine["question"].map(natural))
    return str(order.sort_values(["_other", "_key"], kind="stable")["text"].iloc[0])


def _decisions(decisions: pd.DataFrame, before: str) -> tuple[Decision, ...]:
    """Return what was decided after the workshop before."""
    rows = decisions[decisions["event"] == before]
    rows = rows.sort_values("item", key=lambda names: names.map(natural), kind="stable")
    columns = ["item", "action", "old_text", "new_text", "reason"]
    return tuple(Decision(*map(str, row)) for row in rows[columns].itertuples(index=False, name=None))


def _confidence(results: Path, display: str) -> dict[str, str]:
    """Return the confidence in each finding that people have judged, as registered and released.

    The table of findings names each by its code and what it says, and the judgement by its level and why.
    """
    found: dict[str, str] = {}
    for path in sorted(results.glob(f"*/tables/{display}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                finding = (row.get("Finding") or "").partition(":")[0].strip()
                level = (row.get("Judged as") or "").partition(":")[0].strip()
                if finding and level and level != NOT_RATED:
                    found[finding] = level
    return found
