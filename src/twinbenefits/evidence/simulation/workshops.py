"""Three simulated workshops: one finding reaches consensus, one splits, one is reworded, one is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import ROLE_GROUPS, Row
from twinbenefits.evidence.simulation.truth import Instruments, Shape, Truth

__all__ = ["workshops"]

SCALES = {"importance": (1, 9), "realized": (1, 9), "agree": (1, 5), "confidence": (1, 3), "effort": (1, 9)}
FINDING_SCALES = ("agree", "confidence", "importance", "realized")
MOVE_SCALES = ("agree", "confidence", "importance", "effort")
FATES = ("consensus", "split", "reword", "drop", "open", "open", "open")


def workshops(
    tools: Instruments, shape: Shape, truth: Truth, as_of: date, draws: Draws
) -> dict[str, list[Row]]:
    """Return events, voters, items, votes, comments, decisions and questions."""
    names = ("events", "voters", "items", "votes", "comments", "decisions", "questions")
    rows: dict[str, list[Row]] = {name: [] for name in names}
    items = _items(tools, draws.branch("items"))
    rows["items"] = items
    last: dict[str, dict[tuple[str, str, str], int]] = {}
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
        present = _voters(event, voters, truth, draws)
        rows["voters"] += present
        for round_number in (1, 2):
            _vote(rows, event, round_number, present, held, last, draws)
        _decide(rows, event, held)
    rows["questions"] = [
        {
            "question": f"Q{number}",
            "event": "",
            "text": text,
            "refers_to": refers_to,
            "origin": "computed",
            "status": "open",
        }
        for number, (text, refers_to) in enumerate(
            [
                (f"What would show that {label.lower()} has been reached?", code)
                for code, label in _labels(tools)[:3]
            ],
            1,
        )
    ]
    return rows


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
                "scale_set": ";".join(FINDING_SCALES),
                "statement": f"In our industry the twin has brought this benefit: {_lowered(label)}.",
            }
        )
    pairs = dict(zip(tools.codebook["id"], tools.codebook["label"], strict=True))
    for code in draws.sample(tools.codes("mechanism"), 3):
        rows.append(
            {
                "item": f"I{len(rows) + 1}",
                "version": 1,
                "kind": "move",
                "refers_to": code,
                "scale_set": ";".join(MOVE_SCALES),
                "statement": f"Our next move should be: {_lowered(pairs[code])}.",
            }
        )
    return rows


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def _voters(event: str, count: int, truth: Truth, draws: Draws) -> list[Row]:
    verticals = list(truth.verticals.values())
    return [
        {
            "voter": f"{event}-V{number:02d}",
            "event": event,
            "vertical": draws.choice(verticals),
            "role_group": draws.choice(ROLE_GROUPS),
            "consent_level": draws.weighted({2: 0.2, 3: 0.3, 4: 0.5}),
        }
        for number in range(1, count + 1)
    ]


def _centre(fate: str, scale: str, voter: int) -> float:
    low, high = SCALES[scale]
    middle = (low + high) / 2
    if fate == "split":
        return high - 0.4 if voter % 2 else low + 0.4
    return {"consensus": high - 0.5, "drop": low + 0.6}.get(fate, middle + 0.1 * (high - low))


def _vote(
    rows: dict[str, list[Row]],
    event: str,
    round_number: int,
    present: Sequence[Row],
    held: date,
    last: dict[str, dict[tuple[str, str, str], int]],
    draws: Draws,
) -> None:
    standing = {row["item"]: row for row in rows["items"]}  # the newest version of each item
    gone = {row["item"] for row in rows["decisions"] if row["action"] == "drop"}
    for index, voter in enumerate(present):
        if round_number > 1 and index % 7 == 3:  # some leave before the second round
            continue
        for item, row in standing.items():
            if item in gone:
                continue
            fate = FATES[int(item[1:]) - 1] if int(item[1:]) <= len(FATES) else "open"
            foreign = draws.chance(0.06)
            for scale in row["scale_set"].split(";"):
                low, high = SCALES[scale]
                memory = last.setdefault(voter["voter"], {})
                before = memory.get((item, str(row["version"]), scale))
                centre = _centre(
                    "consensus" if fate == "reword" and row["version"] > 1 else fate, scale, index
                )
                if before is not None:
                    centre = 0.6 * before + 0.4 * centre
                value = min(high, max(low, round(draws.normal(centre, (high - low) / 8))))
                memory[item, str(row["version"]), scale] = value
                rows["votes"].append(
                    {
                        "vote": f"T{len(rows['votes']) + 1:05d}",
                        "event": event,
                        "round": round_number,
                        "voter": voter["voter"],
                        "item": item,
                        "item_version": row["version"],
                        "scale": scale,
                        "value": None if foreign else value,
                        "not_my_field": "yes" if foreign else "no",
                        "recorded_on": held.isoformat(),
                        "corrects": "",
                    }
                )
        if round_number == 1 and draws.chance(0.35):
            rows["comments"].append(
                {
                    "comment": f"C{len(rows['comments']) + 1:03d}",
                    "event": event,
                    "voter": voter["voter"],
                    "item": draws.choice([item for item in standing if item not in gone]),
                    "text": draws.choice(
                        (
                            "It depends on the site.",
                            "True for us, but it took years.",
                            "I would word it more carefully.",
                        )
                    ),
                    "consent_level": voter["consent_level"],
                }
            )


def _decide(rows: dict[str, list[Row]], event: str, held: date) -> None:
    if event == "W2":
        item = f"I{FATES.index('reword') + 1}"
        old = next(row for row in rows["items"] if row["item"] == item)
        new = old["statement"].replace(
            "has brought this benefit", "can bring this benefit where work changes with it"
        )
        rows["items"].append({**old, "version": 2, "statement": new})
        rows["decisions"].append(_decision(rows, event, item, "reword", old["statement"], new, held))
        dropped = f"I{FATES.index('drop') + 1}"
        text = next(row["statement"] for row in rows["items"] if row["item"] == dropped)
        rows["decisions"].append(_decision(rows, event, dropped, "drop", text, "", held))
    if event == "W3":
        kept = f"I{FATES.index('consensus') + 1}"
        text = next(row["statement"] for row in rows["items"] if row["item"] == kept)
        rows["decisions"].append(_decision(rows, event, kept, "keep", text, text, held))
        split = f"I{FATES.index('split') + 1}"
        text = next(row["statement"] for row in rows["items"] if row["item"] == split)
        rows["decisions"].append(_decision(rows, event, split, "defer", text, text, held))


def _decision(
    rows: dict[str, list[Row]], event: str, item: str, action: str, old: str, new: str, held: date
) -> Row:
    reasons = {
        "reword": "Several voters said that the benefit came only after work had changed.",
        "drop": "Nearly nobody agreed, in both rounds.",
        "keep": "Agreement in all rounds.",
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
