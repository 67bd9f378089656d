"""Take decisions on segments that coders read differently into the tables, as an agreed result.

The coders' own codings stay as they are: agreement is computed from them. Beside them the agreed result gets
a reading of each settled segment, and every decision a memo that keeps its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from twinbenefits.evidence.decision_sheet import DECISIONS, Decisions, settled_codes
from twinbenefits.evidence.exchange.differences import compare
from twinbenefits.evidence.exchange.existing import Existing, read_existing
from twinbenefits.evidence.exchange.naming import MAPPING_FILE, Naming, read_mapping
from twinbenefits.evidence.exchange.planning import CHANGES_FOLDER, ImportPlan, checked_plan, seen_files
from twinbenefits.evidence.exchange.project import Row, identifier
from twinbenefits.evidence.exchange.storing import undo_interrupted
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import Problem, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.schema_case import STATUSES

__all__ = ["PlannedDecisions", "plan_decisions"]

AGREED = "agreed"
"""The coder who stands for the agreed result where the tables have none yet."""


@dataclass(frozen=True, slots=True)
class PlannedDecisions:
    """What decisions would change.

    Parameters
    ----------
    plan
        What happens to the tables, and what stands in the way.
    settled
        Segments that get an agreed reading.
    waiting
        Segments with a decision on which another code is still open.
    """

    plan: ImportPlan
    settled: tuple[str, ...]
    waiting: tuple[str, ...]


def plan_decisions(
    layout: Layout, file: str, decisions: Decisions, codings: pd.DataFrame, readings: pd.DataFrame
) -> PlannedDecisions:
    """Compare decisions with the private tables; nothing is written.

    Parameters
    ----------
    layout
        Where the project stands.
    file
        The name of the sheet, for messages.
    decisions
        What came back.
    codings
        The coders' codings: segment, coder, code, target_code, status, strength. Rows of the agreed result
        do not belong here.
    readings
        segment, coder: who read what.

    Raises
    ------
    EvidenceError
        If one of the tables cannot be read.
    """
    undo_interrupted(layout.private / CHANGES_FOLDER)
    existing = read_existing(layout)
    table = decisions.table
    settled = settled_codes(codings, readings, table)
    waiting = sorted({*table["segment"]} - {*settled})
    coder, new_coders = _agreed_coder(existing)
    problems = [*_not_coders(file, table, existing), *_against_the_tables(file, settled, existing)]
    fresh = {segment: codes for segment, codes in settled.items() if segment not in _read_by(existing, coder)}
    aims = dict(zip(*(existing.codebook.get(name, "") for name in ("id", "targets_role")), strict=False))
    told = table[~table["segment"].isin(waiting) | table["decision"].isin(DECISIONS[2:])]
    rows = {
        "coders": new_coders if fresh else [],
        "assignments": [_reading(segment, coder, table, existing) for segment in fresh],
        "codings": [
            row
            for segment, codes in fresh.items()
            for code in codes
            for row in _codings(
                code, codes, codings, _reading(segment, coder, table, existing), aims.get(code)
            )
        ],
        "memos": [_memo(row, existing) for row in told.to_dict("records")],
    }
    plan = ImportPlan(
        layout=layout,
        tables={
            name: compare(name, TABLES[name].key, existing.tables[name], lines)
            for name, lines in rows.items()
            if lines
        },
        texts={},
        naming=Naming(existing.codebook, read_mapping(layout.private / MAPPING_FILE)),
        assumed=(),
        problems=tuple(problems),
        seen=seen_files(layout),
    )
    return PlannedDecisions(
        plan if plan.problems else checked_plan(plan), tuple(sorted(fresh)), tuple(waiting)
    )


def _agreed_coder(existing: Existing) -> tuple[str, list[Row]]:
    """Return the coder that stands for the agreed result, and the row that begins it where there is none."""
    coders = existing.tables["coders"]
    held = coders.loc[coders["role"] == "consensus", "coder"].tolist()
    if held:
        return str(held[0]), []
    return AGREED, [{"coder": AGREED, "role": "consensus", "note": "what the coders agreed on"}]


def _read_by(existing: Existing, coder: str) -> set[str]:
    frames = (existing.tables[name] for name in ("assignments", "codings"))
    return {segment for frame in frames for segment in frame.loc[frame["coder"] == coder, "segment"]}


def _deciders(row: Mapping[Any, Any]) -> list[str]:
    return [name for name in re.split(r"[;,\s]+", str(row["decided_by"])) if name]


def _not_coders(file: str, table: pd.DataFrame, existing: Existing) -> list[Problem]:
    """Refuse names of persons: who decided is told by the codes of the coders."""
    known = existing.tables["coders"]["coder"].tolist()
    strange = sorted({name for row in table.to_dict("records") for name in _deciders(row)} - {*known})
    rule = f"is no coder; the coders are {shortlist(known) or 'none'}"
    way_out = "Write the codes of the coders who decided: no table holds a person's name."
    return [Problem(file, None, "decided_by", name, rule, way_out) for name in strange]


def _against_the_tables(file: str, settled: dict[str, list[str]], existing: Existing) -> list[Problem]:
    """Refuse decisions other than those recorded before; the tables hold one agreed result per segment."""
    coder, _ = _agreed_coder(existing)
    codings = existing.tables["codings"]
    problems = []
    for segment in sorted({*settled} & _read_by(existing, coder)):
        mine = (codings["segment"] == segment) & (codings["coder"] == coder)
        before = sorted({*codings.loc[mine, "code"]})
        if before != sorted(settled[segment]):
            rule = f"was settled before with {_words(before)}, now with {_words(settled[segment])}"
            way_out = f"Change the rows of {coder} in data/private/codings.csv if the new decision stands."
            problems.append(Problem(file, None, "segment", segment, rule, way_out))
    return problems


def _words(codes: Sequence[str]) -> str:
    return shortlist(sorted(codes)) or "no code"


def _reading(segment: str, coder: str, table: pd.DataFrame, existing: Existing) -> Row:
    """Return the agreed reading of a segment: on the last day of its decisions, by the newest codebook."""
    read = existing.tables["assignments"]
    coded = existing.tables["codings"]
    versions = [
        version
        for frame in (read, coded)
        for version in frame.loc[frame["segment"] == segment, "codebook_version"]
    ]
    created = max(table.loc[table["segment"] == segment, "decided_on"])
    version = max(filter(None, versions), default=created)
    return {"segment": segment, "coder": coder, "codebook_version": version, "created": created}


def _codings(
    code: str, agreed: Sequence[str], codings: pd.DataFrame, reading: Row, aims_at: str | None
) -> list[Row]:
    """Return a code as its readers graded it, once per target that most of them named.

    Targets that were agreed on go before others; others stay only with a code that cannot do without one.
    """
    segment, coder = reading["segment"], reading["coder"]
    given = codings[(codings["segment"] == segment) & (codings["code"] == code)]
    named = {
        str(target): n for target, n in given.groupby("target_code")["coder"].nunique().items() if target
    }
    targets = {target: n for target, n in named.items() if target in agreed}
    targets = targets or (named if aims_at else {}) or {"": 1}
    grades = {"status": _status(given["status"]), "strength": _strength(given["strength"])}
    return [
        {"coding": identifier("cod", segment, coder, code, target), **reading, "code": code}
        | {"target_code": target, **grades}
        for target, count in sorted(targets.items())
        if count == max(targets.values())
    ]


def _status(said: Iterable[object]) -> str:
    """Return the most frequent status, the weaker of two alike frequent."""
    counts = Counter(str(one) for one in said if one in STATUSES)
    return max(STATUSES, key=lambda one: (counts[one], -STATUSES.index(one))) if counts else ""


def _strength(said: pd.Series) -> str:
    """Return the lower median."""
    graded = sorted(int(one) for one in pd.to_numeric(said, errors="coerce").dropna())
    return str(graded[(len(graded) - 1) // 2]) if graded else ""


def _memo(row: Mapping[Any, Any], existing: Existing) -> Row:
    """Return the memo that keeps a decision; no looser than the segment it is about."""
    segment, code, decision = (str(row[name]) for name in ("segment", "code", "decision"))
    segments = existing.tables["segments"]
    level = segments.loc[segments["segment"] == segment, "consent_level"].tolist() or ["0"]
    deciders = _deciders(row)
    with_whom = f" Decided with {', '.join(deciders[1:])}." if deciders[1:] else ""
    reason = str(row["reason"]).rstrip(".")
    return {
        "memo": identifier("memo", segment, code, decision, str(row["reason"])),
        "author": deciders[0] if deciders else "",
        "created": str(row["decided_on"]),
        "about": code if decision == DECISIONS[2] else segment,
        "text": f"{code} on {segment}: {decision}, because: {reason}.{with_whom}",
        "consent_level": level[0],
    }
