"""Whether the parts of the study fit together: tables, parameters, displays, notebooks, documents, prose."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.workflow.checks.finding import Finding, error, note
from twinbenefits.workflow.checks.open_decisions import rows
from twinbenefits.workflow.parameters import ParameterError, defaults_that_differ
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.settings import Settings


def tables(settings: Settings) -> Iterator[Finding]:
    """Open every table with all its rules."""
    from twinbenefits.evidence.schema import TABLES
    from twinbenefits.evidence.study import Study

    try:
        Study.open(settings.root, settings.evidence, settings.audience, tuple(TABLES))
    except EvidenceError as refused:
        yield from _told("tables", refused.problems)


def parameters(project: Project) -> Iterator[Finding]:
    """Hold every parameters cell to the declared parameters."""
    place = "notebooks/parameters.yml"
    way_out = "Make the two agree"
    try:
        project.check_parameters()
    except ParameterError as refused:
        yield from (error("parameters", place, problem.rstrip("."), way_out) for problem in refused.problems)
        return
    for notebook in project.notebooks:
        for problem in defaults_that_differ(
            notebook.name, project.schema[notebook.name], notebook.cell_values
        ):
            yield error("parameters", place, problem.rstrip("."), way_out)


def displays(project: Project) -> Iterator[Finding]:
    """Hold the list of displays to what the notebooks register, by reading their code."""
    file = "data/study/displays.csv"
    listed = {row["id"]: row["notebook"] for row in rows(project.settings.root / file) if "notebook" in row}
    if not listed:
        return  # reported with the tables
    registered = {notebook.name: _registered(notebook.path) for notebook in project.notebooks}
    numbers = {name.partition("_")[0]: name for name in registered}
    for name, shown in registered.items():
        number, place = name.partition("_")[0], f"notebooks/{name}.ipynb"
        for display in sorted(shown):
            if display not in listed:
                message, way_out = f"registers {display}, which {file} lacks", "Add its row"
                yield error("displays", place, message, way_out)
            elif number.isdigit() and number not in _numbers(listed[display]):
                message = f"registers {display}, but {file} gives it to notebook {listed[display]}"
                yield error("displays", place, message, "Correct one of the two")
    for display, where in listed.items():
        names = [numbers.get(number) for number in _numbers(where)]
        made = any(
            display in shown for name, shown in registered.items() if name in names or not _numbered(name)
        )
        if all(names) and not made:
            message = f"gives {display} to notebook {where}, which does not register it"
            yield error("displays", file, message, "Register it, or correct the row")


def _numbered(notebook: str) -> bool:
    return notebook.partition("_")[0].isdigit()


def _numbers(where: str) -> list[str]:
    return [number.strip() for number in where.split(",") if number.strip()]


def _registered(notebook: Path) -> set[str]:
    """Return the listed displays that a notebook's code registers; extra ones stand in no list."""
    from twinbenefits.publishing.registry_calls import registered_calls

    calls = registered_calls(notebook)
    return {call.name for call in calls if call.kind != "value" and call.name and not call.extra}


def tracked(settings: Settings) -> Iterator[Finding]:
    """Hold what git tracks to what it may track: run from top to bottom, demonstration, public."""
    import subprocess

    from twinbenefits.workflow.tracked_notebooks import check_repository

    try:
        for problem in check_repository(settings.root, staged=False):
            value = f" ({problem.value})" if problem.value else ""
            place = f"{problem.file}, {problem.place}"
            yield error("tracked notebooks", place, f"{problem.rule}{value}", problem.way_out)
    except (OSError, subprocess.CalledProcessError):
        yield note(
            "tracked notebooks",
            "this folder",
            "what git tracks was not checked, because git does not answer here",
            "Run it in a clone",
        )


def documents(project: Project) -> Iterator[Finding]:
    """Read which documents there are and in which formats."""
    from twinbenefits.publishing.render.faults import RenderError
    from twinbenefits.workflow.settings import SettingsError

    try:
        if not project.documents:
            message = "no document declares a format"
            yield error("documents", "_quarto.yml", message, "Write `format:` in its front matter")
    except (SettingsError, RenderError) as refused:
        yield error("documents", "_quarto.yml", str(refused).rstrip("."), "See the list `project: render:`")


def prose(settings: Settings, project: Project) -> Iterator[Finding]:
    """Stage into a folder that is thrown away: the prose gate and all it asks of values and displays."""
    from twinbenefits.publishing.stage import stage

    missing = [run.name for run in project.runs if not (settings.results / run.name).is_dir()]
    if missing:
        message = f"the prose was not checked, because {', '.join(missing)} has no results yet"
        yield note("prose", "paper/, slides/", message, "Run `make paper` first")
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            stage(settings.root, settings.audience, settings.evidence, Path(folder))
        except EvidenceError as refused:
            yield from _told("prose", refused.problems)


def _told(check: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    for problem in problems:
        value = f" (it has {problem.value!r})" if problem.value else ""
        yield error(check, problem.place, f"{problem.rule}{value}", problem.way_out.rstrip("."))
