"""Bring votes into the tables: first a report of what would change, then all of it or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.commands import IN_THE_WAY, Answer
from twinbenefits.evidence.exchange.existing import EVIDENCE, PlannedLayout, bytes_of_table, read_existing
from twinbenefits.evidence.exchange.planning import CHANGES_FOLDER
from twinbenefits.evidence.exchange.report import ImportReport, problem_dict
from twinbenefits.evidence.exchange.storing import replace_together, undo_interrupted
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables, missing_evidence
from twinbenefits.evidence.problems import EvidenceError, Problem, listed
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.votes.columns import Names
from twinbenefits.evidence.votes.form import FORM_TABLES, voter_codes, write_form
from twinbenefits.evidence.votes.planning import Setting, VoteRows, rows_of_votes
from twinbenefits.evidence.votes.reading import VoteLog, read_votes

__all__ = ["form_of", "import_votes"]

CHANGED = ("voters", "votes", "comments")
"""The tables that votes are brought into."""

CHECKED = ("events", "voters", "items", "votes", "comments", "decisions", "questions")
ROUNDS = range(1, 10)


def import_votes(
    layout: Layout,
    file: Path,
    *,
    workshop: str,
    round_number: int,
    apply: bool = False,
    corrections: bool = False,
) -> Answer:
    """Bring filled-in voting sheets into `data/private`, or tell what that would change.

    Parameters
    ----------
    layout
        Where the project stands.
    file
        A workbook or csv file: the voting form, or a table with one row per voter or one row per vote.
    workshop, round_number
        Of which workshop and round the marks are.
    apply
        Write it; otherwise nothing is written.
    corrections
        Whether a mark that differs from the one in the table corrects it; the old one is kept.

    Returns
    -------
    Answer
        The report; status 1 where something stands in the way, and then nothing is written.

    Raises
    ------
    EvidenceError
        If the file cannot be read at all, if there is no private evidence, or if the tables that are there
        are damaged.
    """
    log = VoteLog(file.name)
    if round_number not in ROUNDS:
        raise log.stop("there is no such round", "Rounds go from 1 to 9.", value=str(round_number))
    problems = missing_evidence(layout, EVIDENCE, [TABLES["votes"]])
    if problems:
        raise EvidenceError(problems)
    undo_interrupted(layout.private / CHANGES_FOLDER)
    plan = _planned(layout, file, Setting(workshop, round_number, corrections), log)
    content = {"report": plan.report.to_dict(), "new": plan.counts, "applied": [], "dry_run": not apply}
    text = plan.to_markdown()
    if plan.problems:
        refused = {**content, "problems": [problem_dict(problem) for problem in plan.problems]}
        lines = "\n".join(f"- {line}" for line in listed(plan.problems))
        told = "Nothing was written and nothing is lost: correct the file and import it again."
        return Answer(f"{text}\n### In the way\n\n{lines}\n\n{told}\n", refused, IN_THE_WAY)
    if not plan.contents:
        return Answer(f"{text}\nNothing to do: the tables hold all of it already.\n", content)
    if not apply:
        return Answer(f"{text}\nNothing was written: add --apply to write it.\n", content)
    _refuse_if_changed(layout, plan)
    changed = sorted(
        layout.shown(path) for path in replace_together(layout.private / CHANGES_FOLDER, plan.contents)
    )
    lines = "".join(f"- {name}\n" for name in changed)
    return Answer(f"{text}\nWritten:\n\n{lines}", {**content, "applied": changed})


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an import of votes would do."""

    rows: VoteRows
    report: ImportReport
    problems: tuple[Problem, ...]
    contents: Mapping[Path, bytes]
    seen: Mapping[Path, bytes | None]
    setting: Setting

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, and how many marks stand there already."""
        rows = self.rows
        return {
            "voters": len(rows.voters),
            "votes": len(rows.votes),
            "corrections": rows.corrected,
            "comments": len(rows.comments),
            "same": rows.same,
            "empty_cells": rows.empty,
        }

    def to_markdown(self) -> str:
        """Return the report for people."""
        counts, setting = self.counts, self.setting
        voters = len({row["voter"] for row in self.rows.votes})
        lines = [
            self.report.to_markdown().rstrip(),
            "",
            f"## What it changes: workshop {setting.event}, round {setting.round_number}",
            "",
            f"- {counts['votes']:,} new marks of {voters} voters"
            + (
                f", {counts['corrections']} of them corrections (the old marks are kept)"
                if counts["corrections"]
                else ""
            ),
            f"- {counts['same']:,} marks stand in the table already; {counts['empty_cells']:,} empty cells",
            f"- {counts['comments']} new comments, {counts['voters']} new voters",
        ]
        passed = sum(row["not_my_field"] == "yes" for row in self.rows.votes)
        if passed:
            lines.insert(4, f"- {passed} of the new marks say 'not my field'")
        return "\n".join(lines) + "\n"


def _planned(layout: Layout, file: Path, setting: Setting, log: VoteLog) -> _Plan:
    """Read a file, compare it with the tables, and check the tables as they would be."""
    existing = read_existing(layout).tables
    scales = load_tables(layout, EVIDENCE, ["vote_scales"])["vote_scales"]
    names = Names(list(dict.fromkeys(existing["items"]["item"])), scales["scale"].tolist())
    filled = read_votes(file, names, log)
    rows = rows_of_votes(filled, existing, scales, setting, log)
    read = {"marks": sum(1 for *_, cell in filled.marks if cell.text), "comments": len(filled.comments)}
    read["voters"] = len(filled.voters)
    report = log.report(
        "workbook with votes" if any(cell.sheet for cell, *_ in filled.marks) else "table with votes", read
    )
    paths = {name: TABLES[name].file(layout, EVIDENCE) for name in CHANGED}
    seen = {path: path.read_bytes() if path.is_file() else None for path in paths.values()}
    contents = {
        paths[name]: _with_rows(name, existing[name], new) for name in CHANGED if (new := getattr(rows, name))
    }
    problems = tuple(dict.fromkeys(log.refused)) or _problems_after(layout, contents)
    return _Plan(rows, report, problems, {} if problems else contents, seen, setting)


def _with_rows(name: str, table: pd.DataFrame, new: list[dict[str, Any]]) -> bytes:
    """Return a table with new rows at its end, as the file it will be."""
    columns = [*own_columns()[name]]
    added = pd.DataFrame(
        [{c: str(row.get(c, "")) for c in columns} for row in new], columns=columns, dtype="str"
    )
    return bytes_of_table(name, pd.concat([table[columns], added], ignore_index=True))


def _problems_after(layout: Layout, contents: Mapping[Path, bytes]) -> tuple[Problem, ...]:
    """Return what the tables' own checks say of them as they would be."""
    if not contents:
        return ()
    with tempfile.TemporaryDirectory(prefix="twinbenefits-") as folder:
        planned = PlannedLayout(layout, Path(folder))
        for name in CHECKED:
            path = TABLES[name].file(layout, EVIDENCE)
            content = contents.get(path, path.read_bytes() if path.is_file() else None)
            if content is not None:
                (planned.private / path.relative_to(layout.private)).write_bytes(content)
        there = [name for name in CHECKED if TABLES[name].file(planned, EVIDENCE).is_file()]
        try:
            load_tables(planned, EVIDENCE, there)
        except EvidenceError as error:
            return error.problems
    return ()


def _refuse_if_changed(layout: Layout, plan: _Plan) -> None:
    """Refuse to write over what somebody else wrote since the file was compared."""
    problems = [
        Problem(
            layout.shown(path), None, None, None, "changed while the votes were being compared with it",
            "Import again, so that they are compared with the table as it is now.",
        )
        for path in plan.contents
        if (path.read_bytes() if path.is_file() else None) != plan.seen[path]
    ]  # fmt: skip
    if problems:
        raise EvidenceError(problems)


def form_of(layout: Layout, evidence: str, workshop: str, round_number: int, path: Path) -> Answer:
    """Write the voting form of a workshop, made out for its voters."""
    tables = load_tables(layout, evidence, [*FORM_TABLES])
    codes = voter_codes(layout, evidence, workshop)
    write_form(_Read(evidence, layout, tables), workshop, round_number, path, codes)
    text = f"{path.name}: the form of workshop {workshop}, round {round_number}, for {len(codes)} voters.\n"
    return Answer(text, {"file": path.name, "voters": len(codes)})


@dataclass(frozen=True, slots=True)
class _Read:
    """Tables as they are read, for a form: it shows statements and codes, and nothing that anybody said."""

    evidence: str
    layout: Layout
    tables: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table."""
        return self.tables[name]
