"""Check the compendium without running it: tables, parameters, displays, tracked notebooks, prose."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twinbenefits.workflow.parameters import ParameterError, defaults_that_differ
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.settings import Settings


@dataclass(frozen=True)
class CheckReport:
    """What was found.

    Parameters
    ----------
    checked : tuple of str
        What was looked at.
    problems : tuple of str
        Everything that is wrong, with its way out.
    notes : tuple of str
        What could not be looked at, and why.
    """

    checked: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_json(self) -> str:
        """Return everything for a machine."""
        content = {"checked": self.checked, "problems": self.problems, "notes": self.notes}
        return json.dumps(content, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """Return everything for a reader."""
        count = len(self.problems)
        lines = [*self.problems, *self.notes]
        if count:
            lines.append(f"{count} problem{'' if count == 1 else 's'} found")
        else:
            lines.append(f"fine: {', '.join(self.checked)}")
        return "\n".join(lines)


def check(settings: Settings) -> CheckReport:
    """Look at everything that can be looked at without running a notebook.

    Parameters
    ----------
    settings : Settings
        For whom and on which evidence.

    Returns
    -------
    CheckReport
        All problems at once.
    """
    project = Project(settings)
    problems: list[str] = []
    notes: list[str] = []
    checks: dict[str, Callable[[], Iterable[str]]] = {
        "tables": lambda: _tables(settings),
        "parameters": lambda: _parameters(project),
        "displays": lambda: _displays(project),
        "tracked notebooks": lambda: _tracked(settings, notes),
        "documents": lambda: _documents(project),
        "prose": lambda: _prose(settings, project, notes),
    }
    for run in checks.values():
        problems += run()
    return CheckReport(tuple(checks), tuple(dict.fromkeys(problems)), tuple(notes))


def _tables(settings: Settings) -> Iterator[str]:
    from twinbenefits.evidence.problems import EvidenceError
    from twinbenefits.evidence.schema import TABLES
    from twinbenefits.evidence.study import Study

    try:
        Study.open(settings.root, settings.evidence, settings.audience, tuple(TABLES))
    except EvidenceError as error:
        yield from map(str, error.problems)


def _parameters(project: Project) -> Iterator[str]:
    try:
        project.check_parameters()
    except ParameterError as error:
        yield from error.problems
        return
    for notebook in project.notebooks:
        yield from defaults_that_differ(notebook.name, project.schema[notebook.name], notebook.cell_values)


def _displays(project: Project) -> Iterator[str]:
    """Hold the list of displays to what the notebooks register, by reading their code."""
    import csv

    file = project.settings.layout.study / "displays.csv"
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            listed = {row["id"]: row["notebook"] for row in csv.DictReader(lines)}
    except (OSError, KeyError, UnicodeDecodeError):
        return  # reported with the tables
    registered = {notebook.name: _registered(notebook.path) for notebook in project.notebooks}
    numbers = {name.partition("_")[0]: name for name in registered}
    for name, displays in registered.items():
        number = name.partition("_")[0]
        for display in sorted(displays):
            if display not in listed:
                yield f"{name}.ipynb registers {display}, which data/study/displays.csv lacks; add its row."
            elif number not in _numbers(listed[display]):
                yield (
                    f"{name}.ipynb registers {display}, but data/study/displays.csv gives it to notebook "
                    f"{listed[display]}; correct one of the two."
                )
    for display, where in listed.items():
        names = [numbers.get(number) for number in _numbers(where)]
        if all(names) and not any(display in registered[name] for name in names if name):
            yield (
                f"data/study/displays.csv gives {display} to notebook {where}, which does not register it; "
                "register it or correct the row."
            )


def _numbers(where: str) -> list[str]:
    return [number.strip() for number in where.split(",") if number.strip()]


def _registered(notebook: Path) -> set[str]:
    """Return the listed displays that a notebook's code registers; extra ones stand in no list."""
    from twinbenefits.publishing.registry_calls import registered_calls

    calls = registered_calls(notebook)
    return {call.name for call in calls if call.kind != "value" and call.name and not call.extra}


def _tracked(settings: Settings, notes: list[str]) -> Iterator[str]:
    import subprocess

    from twinbenefits.workflow.tracked_notebooks import check_repository

    try:
        yield from map(str, check_repository(settings.root, staged=False))
    except (OSError, subprocess.CalledProcessError):
        notes.append("Not checked: what git tracks, because git does not answer in this folder.")


def _documents(project: Project) -> Iterator[str]:
    from twinbenefits.publishing.render.faults import RenderError
    from twinbenefits.workflow.settings import SettingsError

    try:
        if not project.documents:
            yield "No document declares a format; write `format:` in its front matter."
    except (SettingsError, RenderError) as error:
        yield str(error)


def _prose(settings: Settings, project: Project, notes: list[str]) -> Iterator[str]:
    """Stage into a folder that is thrown away: the prose gate and all it asks of values and displays."""
    from twinbenefits.evidence.problems import EvidenceError
    from twinbenefits.publishing.stage import stage

    missing = [n.name for n in project.notebooks if not (settings.results / n.name).is_dir()]
    if missing:
        notes.append(
            f"Not checked: the prose, because {', '.join(missing)} has no results yet; run `make paper`."
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            stage(settings.root, settings.audience, settings.evidence, Path(folder))
        except EvidenceError as error:
            yield from map(str, error.problems)
