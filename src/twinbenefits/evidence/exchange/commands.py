"""What the commands of exchange do and say: a text, the same for a machine, and an exit status.

0: done. 1: something is in the way, and the text says what. 2 is for what could not be tried, which is raised
as an `EvidenceError` or `OSError` and told by the command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.exchange.applying import apply_import, write_mapping_sheet
from twinbenefits.evidence.exchange.bibliography import Work, plain_doi, plain_title, read_works, write_works
from twinbenefits.evidence.exchange.coding_sheet import write_coding_sheet
from twinbenefits.evidence.exchange.existing import read_existing
from twinbenefits.evidence.exchange.planning import ImportPlan, plan_import
from twinbenefits.evidence.exchange.recognising import is_bibliography, read_project
from twinbenefits.evidence.exchange.refi_writing import write_codebook, write_project
from twinbenefits.evidence.exchange.report import problem_dict
from twinbenefits.evidence.exchange.settling import Settled, settle_reference
from twinbenefits.evidence.exchange.study_project import project_of_tables
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables, read_text
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.reading import read_table
from twinbenefits.evidence.schema import TABLES

__all__ = [
    "Answer",
    "export_coding_sheet",
    "export_project",
    "export_references",
    "import_file",
    "refusal",
    "settle",
]

DONE, IN_THE_WAY = 0, 1
PROJECT_TABLES = ("cases", "coders", "sources", "segments", "codings", "assignments", "memos")
FILLED_BY_HAND = ("status", "strength", "target_code")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says.

    Parameters
    ----------
    text
        For people.
    content
        The same for a machine.
    status
        The exit status: 0 done, 1 something is in the way.
    """

    text: str
    content: Mapping[str, Any] = field(default_factory=dict)
    status: int = DONE

    def as_json(self) -> str:
        """Return the answer for a machine."""
        return json.dumps({**self.content, "status": self.status}, ensure_ascii=False, indent=1, default=str)


def import_file(
    layout: Layout,
    file: Path,
    *,
    dry_run: bool = False,
    evidence: str = "private",
    mapping: Path | None = None,
    sheet: Path | None = None,
    today: date | None = None,
) -> Answer:
    """Import a coded project, or tell what a bibliography holds.

    Parameters
    ----------
    layout
        Where the project stands.
    file
        The file or folder.
    dry_run
        Show what would change, and write nothing.
    evidence
        Only `private` takes rows.
    mapping
        A mapping sheet other than the one kept with the private tables.
    sheet
        Where to write a coding sheet with everything the file has, for what the file cannot say (status,
        strength, target); nothing is imported then.
    today
        The day that stands where the file knows none.
    """
    if is_bibliography(file):
        return _look_at_bibliography(layout, file)
    project, report = read_project(file)
    plan = plan_import(layout, project, evidence, mapping=mapping, today=today)
    content = {"report": report.to_dict(), "plan": plan.to_dict(), "applied": [], "dry_run": dry_run}
    text = f"{report.to_markdown()}\n## What it changes\n\n{plan.to_markdown()}"
    if sheet is not None:
        return _to_sheet(plan, sheet, text, content)
    if not plan.can_be_applied:
        return Answer(text + _way_on(plan, dry_run=dry_run), content, IN_THE_WAY)
    if dry_run:
        return Answer(f"{text}\nNothing was written: this was a dry run.\n", content)
    if not plan.changes_anything:
        return Answer(f"{text}\nNothing to do: the tables hold all of it already.\n", content)
    applied = apply_import(plan)
    lines = "".join(f"- {name}\n" for name in applied.files)
    return Answer(f"{text}\nWritten:\n\n{lines}", {**content, "applied": list(applied.files)})


def export_coding_sheet(layout: Layout, path: Path, evidence: str = "private") -> Answer:
    """Write the coding sheet of the tables as they stand."""
    tables = _tables(layout, evidence)
    write_coding_sheet(tables, path)
    counts = {name: len(frame) for name, frame in tables.items()}
    text = f"{path.name}: {counts['segments']:,} segments and {counts['codings']:,} codings to work on.\n"
    return Answer(text, {"file": path.name, "rows": counts})


def export_project(layout: Layout, path: Path, evidence: str = "private") -> Answer:
    """Write the tables as a REFI-QDA project (`.qdpx`), or the codebook alone (`.qdc`)."""
    tables = _tables(layout, evidence)
    sources = TABLES["sources"].file(layout, evidence).parent / "sources"
    texts = {file.stem: read_text(file) for file in sorted(sources.glob("*.txt"))}
    project = project_of_tables(tables, texts)
    if path.suffix.lower() == ".qdc":
        write_codebook(project, path)
    else:
        write_project(project, path)
    blank = sorted({*project.sources["source"]} - {*project.texts})
    text = f"{path.name}: " + ", ".join(f"{n:,} {name}" for name, n in project.counts.items() if n) + ".\n"
    if blank:
        text += f"Without their texts, blank but for the segments: {', '.join(blank)}.\n"
    return Answer(text, {"file": path.name, "rows": project.counts, "without_text": blank})


def export_references(layout: Layout, path: Path) -> Answer:
    """Write the bibliography in the format that the suffix names: `.bib`, `.ris` or `.json`."""
    works, report = read_works(layout.references / "references.bib")
    write_works(works, path)
    return Answer(
        f"{path.name}: {len(works)} works.\n",
        {"file": path.name, "works": len(works), "report": report.to_dict()},
    )


def settle(layout: Layout, key: str, doi: str, bibliography: Path | None = None) -> Answer:
    """Settle which work a citation means."""
    settled: Settled = settle_reference(layout.root, key, doi, bibliography)
    content = {"key": key, "doi": settled.doi, "title": settled.title, "files": list(settled.files)}
    return Answer(f"{settled}.\n", content)


def refusal(error: EvidenceError) -> Answer:
    """Return a refusal as an answer, for a command that speaks to a machine."""
    problems = [problem_dict(problem) for problem in error.problems]
    return Answer(f"{error}\n", {"problems": problems}, IN_THE_WAY)


def _way_on(plan: ImportPlan, *, dry_run: bool) -> str:
    """Return how to go on with an import that something stands in the way of."""
    lines = ["", "Nothing was imported."]
    if not dry_run:
        write_mapping_sheet(plan)  # so that a new coder or source keeps its code the next time
    if plan.open_lines and not dry_run:
        lines.append("The mapping sheet was written; its first rows wait for you.")
    if any(problem.column in FILLED_BY_HAND for problem in plan.problems):
        lines.append(
            "Programs for qualitative analysis have no place for status, strength and target. Write a coding "
            "sheet with --sheet FILE.xlsx, fill in the yellow cells, and import that."
        )
    return "\n".join(lines) + "\n"


def _to_sheet(plan: ImportPlan, sheet: Path, text: str, content: Mapping[str, Any]) -> Answer:
    """Write everything a file has as a coding sheet, under the study's names."""
    if plan.open_lines:
        return Answer(text + _way_on(plan, dry_run=False), content, IN_THE_WAY)
    tables = {
        name: frame for name, frame in read_existing(plan.layout).tables.items() if name in PROJECT_TABLES
    }
    tables |= {name: difference.merged for name, difference in plan.tables.items() if name in PROJECT_TABLES}
    write_coding_sheet({**tables, "codebook": plan.naming.codebook}, sheet)
    told = f"Nothing was imported. {sheet.name} holds all of it: fill in the yellow cells and import it."
    return Answer(f"{text}\n{told}\n", {**content, "sheet": sheet.name})


def _tables(layout: Layout, evidence: str) -> dict[str, pd.DataFrame]:
    """Return the tables that are exchanged, checked, and the codebook as it is written."""
    there = [name for name in PROJECT_TABLES if TABLES[name].file(layout, evidence).exists()]
    if "segments" not in there:
        folder = layout.shown(TABLES["segments"].file(layout, evidence).parent)
        rule, way_out = (
            "there are no segments to export",
            "Import a coded project first, or choose --evidence demo.",
        )
        raise EvidenceError(Problem(folder, None, None, None, rule, way_out))
    tables = load_tables(layout, evidence, there)
    path = TABLES["codebook"].file(layout, evidence)
    raw = read_table(path, layout.shown(path), ["id", "label"])
    if raw.problems:
        raise EvidenceError(raw.problems)
    tables["codebook"] = pd.DataFrame({name: raw.column(name).tolist() for name in raw.header}, dtype="str")
    return tables


def _look_at_bibliography(layout: Layout, file: Path) -> Answer:
    """Tell which of the study's references a bibliography has; the bibliography itself is changed by hand."""
    works, report = read_works(file)
    known, _ = read_works(layout.references / "references.bib")
    guesses = _guesses(layout)
    lines = []
    found = []
    for work in works:
        key, how = _reference(work, known, guesses)
        found.append({"key": work.key, "title": work.title, "doi": work.doi, "reference": key, "how": how})
        if not key:
            lines.append(f"- {work.key}: none of the study's references ({work.title})")
        elif work.doi:
            lines.append(
                f"- {work.key}: {key}, {how}. To settle it: "
                f"twinbenefits references settle {key} --doi {work.item['DOI']} --from {file.name}"
            )
        else:
            lines.append(f"- {work.key}: {key}, {how}; it has no DOI, which is needed to settle it")
    text = "\n".join([report.to_markdown(), "## The study's references among them", "", *lines, ""])
    return Answer(text, {"report": report.to_dict(), "works": found})


def _guesses(layout: Layout) -> list[tuple[str, str, str]]:
    """Return key, DOI and plain title of every candidate."""
    path = TABLES["reference_candidates"].file(layout, "private")
    table = read_table(path, layout.shown(path), ["key", "doi", "title"])
    if table.problems:
        raise EvidenceError(table.problems)
    columns = (table.column(name).tolist() for name in ("key", "doi", "title"))
    return [(key, plain_doi(doi), plain_title(title)) for key, doi, title in zip(*columns, strict=True)]


def _reference(work: Work, known: Sequence[Work], guesses: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    """Return the study's reference that a work is, and how that shows."""
    pairs = [(one.key, one.doi, one.meaning[0]) for one in known] + list(guesses)
    for key, doi, _ in pairs:
        if work.doi and doi == work.doi:
            return key, "by its DOI"
    for key, _, title in pairs:
        if title and title == work.meaning[0]:
            return key, "by its title"
    return "", ""
