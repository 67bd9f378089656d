"""What to ask next: open questions of every kind, ranked by a rule that anybody can follow.

Everything is worked out from what the readers at hand may see: a cell that is withheld from them raises no
question for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from twinbenefits.analysis.confidence import LEVELS, current_steps
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.states import EXPECTED, NOT_ASKED, REALIZED
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.disclosure import ALL

__all__ = ["LISTS", "RULE", "Known", "interview_guide", "judged_levels", "next_questions"]

LISTS: Mapping[str, str] = {
    "split": "voters are split",
    "kept": "kept open from before",
    "silent": "nothing is known of some cases",
    "confidence": "confidence is low",
    "empty": "cells are empty",
    "thin": "few segments carry the code",
    "deck": "asked in the deck",
}
"""The lists that questions come from, in the order in which they take turns."""

RULE = (
    "The lists take turns in this order: {lists}. Within a list the foremost comes first: the most evenly "
    "split vote, the most silent cases, the lowest confidence, the most empty cells, the fewest segments, "
    "of what was kept open that which a workshop asked for, and the deck's questions as they stand there."
)

_LOW = LEVELS[2:]


@dataclass(frozen=True)
class Known:
    """What the readers at hand may see, as far as it raises questions. Frames may be empty.

    Parameters
    ----------
    votes
        Last votes on the deciding scale: item, refers_to, statement, outcome, share_agree, share_against.
    states
        case, code, state of each benefit in each case.
    marks
        proposition, case, mark: what each case says to each proposition.
    levels
        Finding to the confidence that people gave it.
    segments
        code, segments: how many segments carry a code, over all cases.
    deck
        Questions as the deck writes them.
    own
        The table ``questions``: text, refers_to, origin, status.
    labels
        Code to its label.
    statements
        Proposition or claim to its sentence.
    case_names
        Case to the name these readers know.
    codes_of
        Proposition to the codes it speaks of.
    """

    votes: pd.DataFrame = field(default_factory=pd.DataFrame)
    states: pd.DataFrame = field(default_factory=pd.DataFrame)
    marks: pd.DataFrame = field(default_factory=pd.DataFrame)
    levels: Mapping[str, str] = field(default_factory=dict)
    segments: pd.DataFrame = field(default_factory=pd.DataFrame)
    deck: Sequence[str] = ()
    own: pd.DataFrame = field(default_factory=pd.DataFrame)
    labels: Mapping[str, str] = field(default_factory=dict)
    statements: Mapping[str, str] = field(default_factory=dict)
    case_names: Mapping[str, str] = field(default_factory=dict)
    codes_of: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def name(self, case: object) -> str:
        """Return the name of a case."""
        return self.case_names.get(str(case), str(case))

    def code(self, target: str) -> str:
        """Return the code that a code, proposition or claim is about; empty where it is about none."""
        if target in self.labels:
            return target
        codes = self.codes_of.get(target, ())
        return codes[0] if codes else ""


def next_questions(known: Known, *, thin_below: int, basis: Basis, inputs: Sequence[str]) -> Result:
    """Return the open questions in the order in which to ask them.

    Parameters
    ----------
    known
        What the readers may see.
    thin_below
        A code with fewer segments is thin.
    basis
        On what all of the case material rests.
    inputs
        The tables behind it.

    Returns
    -------
    Result
        table: rank, turn, list, about (item, proposition, code or statement), code, question, why, cells
        (what an answer would fill, parted by semicolons), fills (how many), and the basis (zeros for
        questions that are not worked out from case material). Scalars: ``questions``, ``cells_to_fill`` and
        one per list, such as ``questions_split``. The rule of the ranking is the first limitation.

    Examples
    --------
    >>> votes = pd.DataFrame({"item": ["I1"], "refers_to": ["B1"], "statement": ["It pays."],
    ...                       "outcome": ["split"], "share_agree": [0.5], "share_against": [0.4]})
    >>> known = Known(votes=votes, deck=("What else?", "Why?"), labels={"B1": "gain"})
    >>> found = next_questions(known, thin_below=3, basis=Basis(3, 9, 9, 3), inputs=("votes",))
    >>> found.table[["rank", "turn", "list", "about"]].values.tolist()
    [[1, 1, 'split', 'I1'], [2, 1, 'deck', ''], [3, 2, 'deck', '']]
    """
    lists = {
        "split": _split(known),
        "kept": _kept(known),
        "silent": _silent(known),
        "confidence": _low(known),
        "empty": _empty(known),
        "thin": _thin(known, thin_below),
        "deck": ({"question": text} for text in known.deck),
    }
    rows = []
    for place, (name, found) in enumerate(lists.items()):
        foremost = sorted(found, key=lambda row: -float(row.get("weight", 0.0)))
        rows += [{**row, "list": name, "turn": n, "_place": place} for n, row in enumerate(foremost, 1)]
    rows.sort(key=lambda row: (row["turn"], row["_place"]))
    table = pd.DataFrame(
        [_line(row, rank, basis) for rank, row in enumerate(rows, 1)], columns=[*_NAMES, *_SHOWN, *BASIS]
    )
    rule = RULE.format(lists=", ".join(LISTS.values()))
    counts = {f"questions_{name.replace(' ', '_')}": int((table["list"] == name).sum()) for name in LISTS}
    counts |= {"questions": len(table), "cells_to_fill": int(table["fills"].sum())}
    return Result(
        table=table,
        inputs=tuple(inputs),
        scalars={name: Scalar(count, unit="questions", basis=basis) for name, count in counts.items()},
        limitations=(rule, "A question stands here because something is open, not because it matters most."),
        cells=Cells(dimensions=_NAMES, shown=_SHOWN),
    )


_NAMES = ("rank", "turn", "list")
_SHOWN = ("about", "code", "question", "why", "cells", "fills")


def judged_levels(steps: pd.DataFrame) -> dict[str, str]:
    """Return the confidence that people gave each finding: high less all steps.

    Examples
    --------
    >>> rows = pd.DataFrame({"finding": "P1", "component": ["adequacy", "relevance"], "steps": [1, 1],
    ...                      "date": pd.to_datetime("2026-09-01")})
    >>> judged_levels(rows)
    {'P1': 'Low'}
    """
    totals = current_steps(steps).groupby("finding")["steps"].sum()
    return {str(name): LEVELS[min(int(total), len(LEVELS) - 1)] for name, total in totals.items()}


def interview_guide(
    questions: Result, guide: pd.DataFrame, parents: Mapping[str, str], *, per_part: int
) -> Result:
    """Return the interview guide: the standing questions of each part, then the foremost open ones.

    Parameters
    ----------
    questions
        What :func:`next_questions` returns.
    guide
        The table ``interview_guide``.
    parents
        Code to the code above it. A question joins the part that names its code, or the nearest code above;
        one about no code joins the part before the last.
    per_part
        How many open questions a part takes.

    Returns
    -------
    Result
        table: part, title, minutes (of the part, in its first row), place, question, rank (of an open
        question; missing for a standing one), cells, fills, and the basis. Scalars: ``guide_minutes``,
        ``guide_questions``, ``guide_open`` (open questions that found a place), ``guide_cells``.
    """
    parts = list(dict.fromkeys(guide["part"]))
    named = {
        code: part
        for part, cell in zip(guide["part"], guide["codes"], strict=True)
        for code in str(cell).split(";")
        if code
    }
    spare = parts[-2] if len(parts) > 1 else parts[-1]
    taken: dict[str, list[dict[Any, Any]]] = {part: [] for part in parts}
    for row in questions.table.to_dict("records"):
        mine = taken[_part(str(row["code"] or ""), named, parents) or spare]
        if isinstance(row["question"], str) and len(mine) < per_part:
            mine.append(row)
    rows = []
    for part in parts:
        standing = guide[guide["part"] == part].to_dict("records")
        for place, row in enumerate([*standing, *taken[part]], 1):
            rows.append(
                {
                    "part": part,
                    "title": standing[0]["title"],
                    "minutes": standing[0]["minutes"] if place == 1 else None,
                    "place": place,
                    "question": row["question"],
                    "rank": row.get("rank"),
                    "cells": row.get("cells", ""),
                    "fills": int(row.get("fills", 0)),
                    **{name: int(row.get(name, 0)) for name in BASIS},
                }
            )
    shown = ("question", "cells", "fills")
    table = pd.DataFrame(rows, columns=["part", "title", "minutes", "place", "rank", *shown, *BASIS])
    table = table.astype({"rank": "Int64", "minutes": "Int64"})
    about = questions.scalars["questions"].basis
    numbers = {
        "guide_minutes": (int(table["minutes"].sum()), "minutes"),
        "guide_questions": (len(table), "questions"),
        "guide_open": (int(table["rank"].notna().sum()), "questions"),
        "guide_cells": (int(table["fills"].sum()), "cells"),
    }
    return Result(
        table=table,
        inputs=tuple(dict.fromkeys([*questions.inputs, "interview_guide"])),
        scalars={name: Scalar(value, unit=unit, basis=about) for name, (value, unit) in numbers.items()},
        limitations=("The minutes are a plan; open questions go first where time is short.",),
        cells=Cells(dimensions=("part", "title", "minutes", "place", "rank"), shown=shown),
    )


def _part(code: str, named: Mapping[str, str], parents: Mapping[str, str]) -> str:
    while code:
        if code in named:
            return named[code]
        code = parents.get(code, "")
    return ""


Row = dict[str, Any]


def _line(row: Row, rank: int, basis: Basis) -> Row:
    cells = row.get("cells", ())
    from_cases = row["list"] not in ("deck", "kept")
    return {
        "rank": rank,
        "turn": row["turn"],
        "list": row["list"],
        "about": row.get("about", ""),
        "code": row.get("code", ""),
        "question": row["question"],
        "why": row.get("why", LISTS[row["list"]]),
        "cells": "; ".join(cells),
        "fills": len(cells),
        **{name: getattr(basis, name) if from_cases else 0 for name in BASIS},
    }


def _split(known: Known) -> Iterator[Row]:
    if known.votes.empty:
        return
    for row in known.votes[known.votes["outcome"] == "split"].to_dict("records"):
        yield {
            "about": row["item"],
            "code": known.code(str(row["refers_to"])),
            "question": f"The voters are split on this: “{str(row['statement']).rstrip('.')}”. What makes "
            "the difference between those who agree and those who do not?",
            "weight": min(row["share_agree"], row["share_against"]),
        }


_ORIGINS = {"workshop": "asked for in a workshop", "deck": LISTS["deck"]}


def _kept(known: Known) -> Iterator[Row]:
    if known.own.empty:
        return
    for row in known.own[known.own["status"] == "open"].to_dict("records"):
        target = str(row["refers_to"])
        yield {
            "about": target,
            "code": known.code(target),
            "question": row["text"],
            "why": _ORIGINS.get(str(row["origin"]), LISTS["kept"]),
            "weight": row["origin"] == "workshop",
        }


def _silent(known: Known) -> Iterator[Row]:
    if known.marks.empty:
        return
    rows = known.marks[(known.marks["mark"] == "silent") & (known.marks["case"] != ALL)]
    for proposition, part in rows.groupby("proposition", sort=True):
        name = str(proposition)
        yield {
            "about": name,
            "code": known.code(name),
            "question": f"Is it so with you: “{known.statements.get(name, name).rstrip('.')}”? What speaks "
            "for it here, and what against?",
            "cells": [f"{known.name(case)}, {name}" for case in part["case"]],
            "weight": len(part),
        }


def _low(known: Known) -> Iterator[Row]:
    for finding, level in known.levels.items():
        if level in _LOW:
            yield {
                "about": finding,
                "code": known.code(finding),
                "question": "What would make us surer of this, or less sure: "
                f"“{known.statements.get(finding, finding).rstrip('.')}”?",
                "why": f"{LISTS['confidence']}: {level.lower()}",
                "weight": LEVELS.index(level),
            }


def _empty(known: Known) -> Iterator[Row]:
    if known.states.empty:
        return
    open_ = known.states[known.states["state"].isin([NOT_ASKED, EXPECTED])]
    for code, part in open_.groupby("code", sort=True):
        label = known.labels.get(str(code), str(code))
        label = label[:1].lower() + label[1:]
        unasked = (part["state"] == NOT_ASKED).any()
        yield {
            "about": str(code),
            "code": str(code),
            "question": f"Have you seen, measured or do you expect this: {label}?"
            if unasked
            else f"This is expected: {label}. Has it come, and how would you know?",
            "why": f"{LISTS['empty']}: {', '.join(sorted(part['state'].unique()))}",
            "cells": [
                f"{known.name(case)}, {code}, {REALIZED if state == EXPECTED else 'any status'}"
                for case, state in zip(part["case"], part["state"], strict=True)
            ],
            "weight": len(part),
        }


def _thin(known: Known, below: int) -> Iterator[Row]:
    if known.segments.empty:
        return
    counts = known.segments[known.segments["segments"].notna()]
    thin = counts[counts["segments"].astype(float) < below]
    for code, count in zip(thin["code"], thin["segments"], strict=True):
        label = known.labels.get(str(code), str(code))
        yield {
            "about": str(code),
            "code": str(code),
            "question": f"Who can tell more of this: {label[:1].lower() + label[1:]}?",
            "weight": -float(count),
        }
