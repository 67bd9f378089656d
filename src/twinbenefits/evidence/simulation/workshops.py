"""Three simulated workshops: one finding reaches consensus, one splits, one is reworded, one is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import Row
from twinbenefits.evidence.simulation.truth import Instruments, Shape, Truth

__all__ = ["workshops"]

FATES = ("consensus", "split", "reword", "drop", "open", "open", "open")
"""What was planned for the findings, in the order of their items."""

PROPOSITION_FATES = ("consensus", "split")
MOVES = 3


def workshops(
    tools: Instruments, shape: Shape, truth: Truth, as_of: date, draws: Draws
) -> dict[str, list[Row]]:
    """Return events, voters, items, votes, comments, decisions and questions."""
    names = ("events", "voters", "items", "votes", "comments", "decisions", "questions")
    rows: dict[str, list[Row]] = {name: [] for name in names}
    items = _items(tools, draws.branch("items"))
    rows["items"] = items
    poll = _Poll(rows, tools, draws)
    for number, voters in enumerate(shape.voters, 1):
        event = f"W{number}"
        held = as_of - timedelta(days=300 - 90 * number)
        rows["events"].append(
            {
                "event": event,
                "held_on": held.isoformat(),
                "kind": "explore" if number < len(shape.voters) else "confirm",
                "place_band": "invented",
                "agenda_minutes": 150,
            }
        )
        present = _voters(event, voters, tools, truth, draws)
        rows["voters"] += present
        for round_number in (1, 2):
            poll.vote(event, round_number, present, held)
        _decide(rows, event, held, tools)
    rows["questions"] = _questions(tools, items)
    return rows


def _questions(tools: Instruments, items: Sequence[Row]) -> list[Row]:
    """Return open questions: what would show the first benefits, and what parts those who disagree."""
    label = dict(_labels(tools))
    asked = [("computed", "question", code) for code in list(label)[:3]]
    split = [row["refers_to"] for row in items if row["kind"] == "finding" and _fate(row) == "split"]
    asked += [("workshop", "dispute", code) for code in split]
    return [
        {
            "question": f"Q{number}",
            "event": "",
            "text": _stated(tools, kind, label[code]),
            "refers_to": code,
            "origin": origin,
            "status": "open",
        }
        for number, (origin, kind, code) in enumerate(asked, 1)
    ]


def _labels(tools: Instruments) -> list[tuple[str, str]]:
    benefits = set(tools.codes("benefit")) - set(tools.codebook["parent"])
    pairs = zip(tools.codebook["id"], tools.codebook["label"], strict=True)
    return [(code, label) for code, label in pairs if code in benefits]


def _items(tools: Instruments, draws: Draws) -> list[Row]:
    rows: list[Row] = []
    for code, label in draws.sample(_labels(tools), len(FATES)):
        rows.append(
            {
                "item": f"I{len(rows) + 1}",
                "version": 1,
                "kind": "finding",
                "refers_to": code,
                "scale_set": ";".join(tools.phrases["scale_sets"]["finding"]),
                "statement": _stated(tools, "finding", label),
            }
        )
    pairs = dict(zip(tools.codebook["id"], tools.codebook["label"], strict=True))
    for code in draws.sample(tools.codes("mechanism"), MOVES):
        rows.append(
            {
                "item": f"I{len(rows) + 1}",
                "version": 1,
                "kind": "move",
                "refers_to": code,
                "scale_set": ";".join(tools.phrases["scale_sets"]["move"]),
                "statement": _stated(tools, "move", pairs[code]),
            }
        )
    stated = dict(zip(tools.propositions["id"], tools.propositions["statement"], strict=True))
    for proposition in draws.sample(list(stated), len(PROPOSITION_FATES)):
        rows.append(
            {
                "item": f"I{len(rows) + 1}",
                "version": 1,
                "kind": "proposition",
                "refers_to": proposition,
                "scale_set": ";".join(tools.phrases["scale_sets"]["proposition"]),
                "statement": stated[proposition],
            }
        )
    return rows


def _stated(tools: Instruments, kind: str, label: str) -> str:
    template: str = tools.phrases["statements"][kind]
    return template.format(label=label[:1].lower() + label[1:])


def _voters(event: str, count: int, tools: Instruments, truth: Truth, draws: Draws) -> list[Row]:
    verticals = list(truth.verticals.values())
    return [
        {
            "voter": f"{event}-V{number:02d}",
            "event": event,
            "vertical": draws.choice(verticals),
            "role_group": draws.choice(tools.phrases["role_groups"]),
            "consent_level": draws.weighted({2: 0.2, 3: 0.3, 4: 0.5}),
        }
        for number in range(1, count + 1)
    ]


class _Poll:
    """Votes of several rounds and workshops; a voter remembers the last mark and moves a little from it."""

    def __init__(self, rows: dict[str, list[Row]], tools: Instruments, draws: Draws) -> None:
        scales = tools.vote_scales
        ranges = zip(scales["scale"], scales["minimum"], scales["maximum"], strict=True)
        self._ranges = {str(scale): (int(low), int(high)) for scale, low, high in ranges}
        self._rows, self._draws, self._comments = rows, draws, tools.phrases["comments"]
        self._last: dict[tuple[str, str, int, str], int] = {}

    def vote(self, event: str, round_number: int, present: Sequence[Row], held: date) -> None:
        """Let those present vote on every item that still stands, in its newest version."""
        standing = {row["item"]: row for row in self._rows["items"]}
        gone = {row["item"] for row in self._rows["decisions"] if row["action"] == "drop"}
        open_items = [row for item, row in standing.items() if item not in gone]
        for index, voter in enumerate(present):
            if round_number > 1 and index % 7 == 3:  # some leave before the second round
                continue
            place = {
                "event": event,
                "round": round_number,
                "voter": voter["voter"],
                "recorded_on": held.isoformat(),
            }
            for row in open_items:
                foreign = self._draws.chance(0.06)
                for scale in row["scale_set"].split(";"):
                    mark = self._mark(voter["voter"], index, row, scale)
                    self._add({**place, "scale": scale}, row, None if foreign else mark)
            if self._draws.chance(0.12):
                self._correct()
            if round_number == 1 and self._draws.chance(0.35):
                self._comment(event, voter, self._draws.choice(open_items)["item"])

    def _mark(self, voter: str, index: int, row: Row, scale: str) -> int:
        low, high = self._ranges[scale]
        place = (voter, row["item"], row["version"], scale)
        centre = _centre(_fate(row), low, high, index) + _apart(row, scale) * (high - low)
        if place in self._last:
            centre = 0.6 * self._last[place] + 0.4 * centre
        self._last[place] = min(high, max(low, round(self._draws.normal(centre, (high - low) / 8))))
        return self._last[place]

    def _add(self, place: Row, row: Row, mark: int | None, corrects: str = "") -> None:
        votes = self._rows["votes"]
        votes.append(
            {
                "vote": f"T{len(votes) + 1:05d}",
                "item": row["item"],
                "item_version": row["version"],
                "value": mark,
                "not_my_field": "yes" if mark is None else "no",
                "corrects": corrects,
                **place,
            }
        )

    def _correct(self) -> None:
        """Let the last voter correct the last mark by one."""
        wrong = self._rows["votes"][-1]
        if wrong["value"] is None:
            return
        low, high = self._ranges[wrong["scale"]]
        mark = wrong["value"] + (1 if wrong["value"] < high else -1)
        item = {"item": wrong["item"], "version": wrong["item_version"]}
        place = {name: wrong[name] for name in ("event", "round", "voter", "scale", "recorded_on")}
        self._add(place, item, max(low, mark), corrects=wrong["vote"])

    def _comment(self, event: str, voter: Row, item: str) -> None:
        comments = self._rows["comments"]
        comments.append(
            {
                "comment": f"C{len(comments) + 1:03d}",
                "event": event,
                "voter": voter["voter"],
                "item": item,
                "text": self._draws.choice(self._comments),
                "consent_level": voter["consent_level"],
            }
        )


def _fate(row: Row) -> str:
    """Return what was planned for an item; once reworded it finds consensus."""
    number = int(row["item"][1:]) - 1
    fates = (*FATES, *["open"] * MOVES, *PROPOSITION_FATES)
    fate = fates[number] if number < len(fates) else "open"
    return "consensus" if fate == "reword" and row["version"] > 1 else fate


def _centre(fate: str, low: int, high: int, voter: int) -> float:
    if fate == "split":
        return high - 0.4 if voter % 2 else low + 0.4
    middle = (low + high) / 2 + 0.1 * (high - low)
    return {"consensus": high - 0.5, "drop": low + 0.6}.get(fate, middle)


def _apart(row: Row, scale: str) -> float:
    """Return by which share of a scale an open item lies off its middle, so that items differ on a map.

    The first scale stays as it is: on it the fate of an item is decided.
    """
    place = row["scale_set"].split(";").index(scale)
    if _fate(row) != "open" or place == 0:
        return 0.0
    return float((int(row["item"][1:]) * 3 + place * 5) % 7 - 3) / 8


DECIDED = {1: ("reword", "drop"), 3: ("consensus", "split", "reword")}
"""Which fates are decided after which workshop."""

ACTIONS = {"consensus": "keep", "split": "defer"}
"""What is decided on an item that met its fate; one that was reworded before is kept the next time."""


def _decide(rows: dict[str, list[Row]], event: str, held: date, tools: Instruments) -> None:
    standing = {row["item"]: row for row in rows["items"]}
    label = dict(zip(tools.codebook["id"], tools.codebook["label"], strict=True))
    for planned in DECIDED.get(int(event[1:]), ()):
        row = standing.get(f"I{FATES.index(planned) + 1}")
        if row is None or row["kind"] != "finding":
            continue
        fate = _fate(row)
        old = new = row["statement"]
        if fate == "reword":
            new = _stated(tools, "reworded", label[row["refers_to"]])
            rows["items"].append({**row, "version": 2, "statement": new})
        if fate == "drop":
            new = ""
        rows["decisions"].append(_decision(rows, event, row["item"], ACTIONS.get(fate, fate), old, new, held))


def _decision(
    rows: dict[str, list[Row]], event: str, item: str, action: str, old: str, new: str, held: date
) -> Row:
    reasons = {
        "reword": "Several voters said that the benefit came only after work had changed.",
        "drop": "Nearly nobody agreed, in either round.",
        "keep": "Most agreed, in both rounds.",
        "defer": "The votes split in two groups; to be asked again.",
    }
    return {
        "decision": f"E{len(rows['decisions']) + 1}",
        "event": event,
        "item": item,
        "action": action,
        "old_text": old,
        "new_text": new,
        "reason": reasons[action],
        "author": "demo-1",
        "decided_on": (held + timedelta(days=7)).isoformat(),
    }
