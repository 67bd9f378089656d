"""Plan an import: compare a project with the private tables, and show all before anything is written."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.differences import TableDifference, compare
from twinbenefits.evidence.exchange.existing import (
    EVIDENCE,
    Existing,
    PlannedLayout,
    bytes_of_table,
    read_existing,
)
from twinbenefits.evidence.exchange.incoming import Incoming, rows_of_project
from twinbenefits.evidence.exchange.incoming_codings import marks_of
from twinbenefits.evidence.exchange.naming import MAPPING_FILE, Named, Naming, read_mapping
from twinbenefits.evidence.exchange.project import CORE, SYNTHETIC, Project
from twinbenefits.evidence.exchange.report import Finding, Log, problem_dict
from twinbenefits.evidence.exchange.storing import undo_interrupted
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError, Problem, listed
from twinbenefits.evidence.schema import TABLES

__all__ = ["CHANGES_FOLDER", "ImportPlan", "checked_plan", "plan_import", "seen_files"]

CHANGES_FOLDER = ".import"
"""Under `data/private`: where an import that is under way keeps its journal."""


@dataclass(frozen=True, eq=False, slots=True)
class ImportPlan:
    """What an import would do.

    Parameters
    ----------
    layout
        Where the project stands.
    tables
        What happens to each table that the file speaks of.
    texts
        The texts of sources that would be written.
    naming
        What the file's codes, coders, cases and sources become.
    assumed
        What was assumed on the way.
    problems
        What stands in the way; an import with a problem cannot be applied.
    seen
        The tables as they were when the plan was made.
    """

    layout: Layout
    tables: Mapping[str, TableDifference]
    texts: Mapping[str, str]
    naming: Naming
    assumed: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    to_look_at: tuple[Problem, ...] = ()
    seen: Mapping[Path, bytes] = field(default_factory=dict)

    @property
    def mapping(self) -> pd.DataFrame:
        """The mapping sheet's lines of this import, open ones first."""
        lines = sorted(self.naming.lines.values(), key=lambda line: (not line.is_open, line.kind))
        columns = ("kind", "as_written", "becomes", "case", "nearest", "rows", "how")
        return pd.DataFrame([[getattr(line, name) for name in columns] for line in lines], columns=columns)

    @property
    def open_lines(self) -> list[Named]:
        """What somebody has to say before the import can be applied."""
        return self.naming.open_lines

    @property
    def can_be_applied(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems and not self.open_lines

    @property
    def changes_anything(self) -> bool:
        """Whether applying it would change a file."""
        return bool(self.texts) or any(difference.touches for difference in self.tables.values())

    def contents(self) -> dict[Path, bytes]:
        """Return what would be written, by file; every table that is missing is begun."""
        private = self.layout.private
        contents = {}
        for name, table in TABLES.items():
            if table.holds_case_evidence:
                path = table.file(self.layout, EVIDENCE)
                difference = self.tables.get(name)
                if difference is not None and difference.touches:
                    contents[path] = bytes_of_table(name, difference.merged)
                elif not path.exists():
                    contents[path] = bytes_of_table(name, pd.DataFrame(columns=[*own_columns()[name]]))
        for source, text in self.texts.items():
            contents[private / "sources" / f"{source}.txt"] = text.encode("utf-8")
        contents[private / MAPPING_FILE] = self.naming.sheet()
        return contents

    def to_markdown(self) -> str:
        """Return the plan as text: the difference by table, what was assumed, what stands in the way."""
        lines = ["| table | new | changed | same | conflicts | kept |", "|---|--:|--:|--:|--:|--:|"]
        lines += [
            "| " + " | ".join(str(cell) for cell in (name, *difference.counts.values())) + " |"
            for name, difference in self.tables.items()
        ]
        for name, difference in self.tables.items():
            cells = [*zip(*(difference.changed[column] for column in difference.changed), strict=True)]
            lines += [f"- {name} {k}, {c}: {_short(b)} becomes {_short(a)}" for k, c, b, a in cells[:20]]
            lines += [f"- {name}: {len(cells) - 20} more cells change"] if len(cells) > 20 else []
        if self.texts:
            lines += ["", f"Texts of {len(self.texts)} sources are kept beside the tables."]
        for title, found in (("Assumed", self.assumed), ("Please look at", listed(self.to_look_at))):
            lines += ["", f"### {title}", "", *(f"- {one}" for one in found)] if found else []
        if self.open_lines:
            lines += ["", "### Not known yet", ""]
            lines += [f"- {_open(line)}" for line in self.open_lines]
            sheet = self.layout.shown(self.layout.private / MAPPING_FILE)
            lines += ["", f"Fill in the mapping sheet {sheet}, then import again."]
        if self.problems:
            lines += ["", "### In the way", "", *(f"- {one}" for one in listed(self.problems))]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dictionaries, for a machine."""
        return {
            "tables": {name: difference.to_dict() for name, difference in self.tables.items()},
            "texts": sorted(self.texts),
            "mapping": self.mapping.to_dict("records"),
            "assumed": [str(one) for one in self.assumed],
            "to_look_at": [problem_dict(one) for one in self.to_look_at],
            "problems": [problem_dict(one) for one in self.problems],
            "can_be_applied": self.can_be_applied,
        }


def plan_import(
    layout: Layout,
    project: Project,
    evidence: str = EVIDENCE,
    *,
    mapping: Path | None = None,
    today: date | None = None,
    codebook_version: str = "",
) -> ImportPlan:
    """Compare a project with the private tables; nothing is written.

    Parameters
    ----------
    layout
        Where the project stands.
    project
        What was read from a file.
    evidence
        Only `private`: the demonstration set is made by the program and takes no rows.
    mapping
        A mapping sheet other than the one that is kept with the private tables.
    today
        The day that stands where the file knows none.
    codebook_version
        The version of the codebook that stands where the file knows none; by default the newest that the
        tables and the codebook name.

    Returns
    -------
    ImportPlan
        New, changed, equal and conflicting rows by table, and everything that stands in the way.

    Raises
    ------
    EvidenceError
        If the demonstration set is asked for, if the file holds rows of the demonstration, or if the tables
        that are there cannot be read.
    """
    _refuse_demonstration(project, evidence)
    undo_interrupted(layout.private / CHANGES_FOLDER)
    existing = read_existing(layout)
    naming = Naming(existing.codebook, read_mapping(mapping or layout.private / MAPPING_FILE))
    today = today or date.today()
    marks = marks_of(project)
    codings = project.rows("codings", ("code", "coder", "segment"))
    naming.name_codes(project, Counter(row["code"] for row in codings if row["code"] not in marks))
    naming.name_coders(project, existing.tables["coders"]["coder"], _coders(project))
    naming.name_cases(project, existing.tables["cases"]["case"])
    naming.name_sources(project, existing.tables["sources"], Counter(project.segments["source"].tolist()))
    _leave_unused_cases(naming, project)
    log = Log("import")
    version = codebook_version or _newest_version(existing, today)
    incoming = rows_of_project(project, existing, naming, log, today=today, codebook_version=version)
    differences = {
        name: compare(name, TABLES[name].key, existing.tables[name], rows)
        for name, rows in incoming.rows.items()
        if rows
    }
    texts, text_problems = _texts(layout, existing, incoming)
    report = log.report("", {})
    plan = ImportPlan(
        layout=layout,
        tables=differences,
        texts=texts,
        naming=naming,
        assumed=(*report.tolerated, *report.dropped),
        problems=(
            *log.refused,
            *text_problems,
            *_conflicts(layout, differences),
            *_unnamed(layout, naming, differences, existing),
        ),
        to_look_at=report.problems,
        seen=seen_files(layout),
    )
    return plan if plan.open_lines or plan.problems else checked_plan(plan)


def checked_plan(plan: ImportPlan) -> ImportPlan:
    """Return the plan with what the tables' own checks would say of the result, beyond what they say now."""
    names = [name for name, table in TABLES.items() if table.holds_case_evidence]
    with tempfile.TemporaryDirectory(prefix="twinbenefits-") as folder:
        planned = PlannedLayout(plan.layout, Path(folder))
        contents = {path: path.read_bytes() for path in _files(plan.layout)} | plan.contents()
        for path, content in contents.items():
            target = planned.private / path.relative_to(plan.layout.private)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        after = _problems_of(planned, names)
    there = [name for name in names if TABLES[name].file(plan.layout, EVIDENCE).exists()]
    before = {_kind(problem) for problem in _problems_of(plan.layout, there)}
    fresh = tuple(problem for problem in after if _kind(problem) not in before)
    return ImportPlan(
        layout=plan.layout,
        tables=plan.tables,
        texts=plan.texts,
        naming=plan.naming,
        assumed=plan.assumed,
        problems=fresh,
        to_look_at=plan.to_look_at,
        seen=plan.seen,
    )


def _problems_of(layout: Layout, names: Sequence[str]) -> tuple[Problem, ...]:
    try:
        load_tables(layout, EVIDENCE, names)
    except EvidenceError as error:
        return error.problems
    return ()


def _kind(problem: Problem) -> tuple[str | None, ...]:
    return (problem.file, problem.column, problem.value, problem.rule)


def _refuse_demonstration(project: Project, evidence: str) -> None:
    """Refuse to write into the demonstration set, and to take rows of it for real ones."""
    if evidence != EVIDENCE:
        rule = "the demonstration set is made by the program and takes no rows from elsewhere"
        way_out = "Import into the private tables: leave out --evidence, or write --evidence private."
        raise EvidenceError(Problem("data/demo", None, None, evidence, rule, way_out))
    frames = {name: project.frame(name) for name in [*CORE, *project.tables]}
    marked = [
        name
        for name, frame in frames.items()
        if SYNTHETIC in frame and (frame[SYNTHETIC].astype(str).str.casefold() == "true").any()
    ]
    if marked:
        rule = "holds rows of the demonstration set, which are invented; they never mix with real ones"
        way_out = "Delete the rows that say synthetic = true, or choose the file with the real ones."
        raise EvidenceError([Problem(name, None, SYNTHETIC, "true", rule, way_out) for name in marked])


def _coders(project: Project) -> Counter[str]:
    used = Counter(project.codings["coder"].tolist())
    for coder in project.coders["coder"]:
        used.setdefault(coder, 0)
    if "assignments" in project.tables:
        used.update(project.tables["assignments"]["coder"].tolist())
    return used


def _leave_unused_cases(naming: Naming, project: Project) -> None:
    """Ask about a case that is not known only where a source hangs on it."""
    for row in project.rows("cases"):
        line = naming.lines["case", row["case"]]
        needed = any(not naming.case_of(source) for source in row["sources"].split(";") if source)
        if line.is_open and not needed:
            line.becomes, line.how = "-", "is not in the tables, and no new source belongs to it"


def _newest_version(existing: Existing, today: date) -> str:
    """Return the newest version of the codebook that anything names."""
    dates = [*existing.tables["codings"]["codebook_version"]]
    dates += [
        cell
        for name in ("since", "retired_on")
        if name in existing.codebook
        for cell in existing.codebook[name]
    ]
    return max((day for day in dates if day), default=today.isoformat())


def _texts(layout: Layout, existing: Existing, incoming: Incoming) -> tuple[dict[str, str], list[Problem]]:
    """Return the texts that are new, and a problem for each that differs from the one that is kept."""
    new = {}
    problems = []
    for source, text in incoming.texts.items():
        kept = existing.texts.get(source)
        if kept is None:
            new[source] = text
        elif kept != text:
            rule = "differs from the text in the file, so positions would point to other words"
            way_out = "Keep one text: import codings made on it, or replace it and its segments by hand."
            shown = layout.shown(layout.private / "sources" / f"{source}.txt")
            problems.append(Problem(shown, None, None, None, rule, way_out))
    return new, problems


def _conflicts(layout: Layout, differences: Mapping[str, TableDifference]) -> list[Problem]:
    problems = []
    for name, difference in differences.items():
        shown = layout.shown(TABLES[name].file(layout, EVIDENCE))
        for key, column, before, after in difference.conflicts.itertuples(index=False):
            rule = f"{key} has {_short(before)} in the table, and the file says otherwise"
            way_out = "Correct the file, or change the table by hand if the file is right."
            problems.append(Problem(shown, None, column, after, rule, way_out))
    return problems


def _unnamed(
    layout: Layout, naming: Naming, differences: Mapping[str, TableDifference], existing: Existing
) -> list[Problem]:
    """Return what cannot stand in the mapping sheet."""
    cases = (
        differences["cases"].merged["case"] if "cases" in differences else existing.tables["cases"]["case"]
    )
    return naming.problems(layout.shown(layout.private / MAPPING_FILE), cases)


def _files(layout: Layout) -> list[Path]:
    """Return the tables and texts that are there."""
    tables = [table.file(layout, EVIDENCE) for table in TABLES.values() if table.holds_case_evidence]
    return [path for path in tables if path.is_file()] + sorted((layout.private / "sources").glob("*.txt"))


def seen_files(layout: Layout) -> dict[Path, bytes]:
    """Return the private tables and texts as they are now, to tell later whether somebody changed them."""
    mapping = layout.private / MAPPING_FILE
    return {path: path.read_bytes() for path in [*_files(layout), *([mapping] if mapping.is_file() else [])]}


def _open(line: Named) -> str:
    if line.kind == "source" and line.becomes:
        return f"source {line.as_written!r}: to which case does it belong?"
    hint = f" Nearest: {line.nearest}." if line.nearest else ""
    return f"{line.kind} {line.as_written!r} ({line.rows} rows): which is meant?{hint}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
