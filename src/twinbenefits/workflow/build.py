"""Drive the graph in ``dodo.py`` through doit and tell what was made."""

from __future__ import annotations

import runpy
import shutil
import sqlite3
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from doit.cmd_base import ModuleTaskLoader
from doit.cmd_run import Run
from doit.dependency import SqliteDB
from doit.reporter import ZeroReporter

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing.kept import Kept
from twinbenefits.workflow.build_lock import only_build
from twinbenefits.workflow.changes import Edition, edition_of, told
from twinbenefits.workflow.executors.executor import ClusterError, cores
from twinbenefits.workflow.interrupts import stopping_cleanly
from twinbenefits.workflow.notebooks import NotebookError
from twinbenefits.workflow.parameters import nearest
from twinbenefits.workflow.progress import Report, choose_report
from twinbenefits.workflow.scanning import check_forbidden_list
from twinbenefits.workflow.settings import Settings, SettingsError
from twinbenefits.workflow.staleness import Step
from twinbenefits.workflow.steps import Steps, expected_errors
from twinbenefits.workflow.swap import recover

FINE, FAILED, NOT_TRIED = 0, 1, 2
GO_ON = "run the same command again; finished work is kept"


def build(settings: Settings, *, force: bool = False, report: Report | None = None) -> int:
    """Bring everything up to date.

    Parameters
    ----------
    settings : Settings
        For whom, on which evidence, with which engine and parameters.
    force : bool
        Make everything anew.
    report : Report, optional
        Where progress is shown.

    Returns
    -------
    int
        0 when everything is up to date, 1 when a step failed, 2 when the build could not be tried.

    Raises
    ------
    ParameterError, SettingsError
        If the build cannot be tried; nothing has been touched.
    """
    return _drive(settings, report or choose_report(), _tell_success, force=force)


def build_document(settings: Settings, source: str, to: str, *, report: Report | None = None) -> int:
    """Bring one document in one format up to date with all it rests on, and publish nothing.

    Parameters
    ----------
    settings : Settings
        For whom, on which evidence, with which engine.
    source, to : str
        The ``.qmd`` file as `_quarto.yml` lists it, and one of the formats it declares.
    report : Report, optional
        Where progress is shown.

    Returns
    -------
    int
        As `build`.

    Raises
    ------
    SettingsError
        If there is no such document.
    """
    documents = Steps(settings).project.documents
    found = next((document for document in documents if (document.source, document.to) == (source, to)), None)
    if found is None:
        known = "\n".join(f"  {document.source} --to {document.to}" for document in documents)
        hint = nearest(source, {document.source for document in documents})
        raise SettingsError(f"There is no document {source} in the format {to}{hint}. There are:\n{known}")

    def tell(_: Steps, ran: Sequence[Step], seconds: float, report: Report) -> None:
        made = settings.layout.shown(settings.rendered / found.output)
        report.say(f"{'Done' if ran else 'nothing to do'} in {seconds:.1f} s: {made} (not published)")

    return _drive(settings, report or choose_report(), tell, select=[f"render:{source}:{to}"])


Tell = Callable[[Steps, Sequence[Step], float, Report], None]


def _drive(
    settings: Settings, report: Report, tell: Tell, *, select: Sequence[str] = (), force: bool = False
) -> int:
    steps = Steps(settings, report.cell)
    steps.project.check_parameters()
    steps.project.check_audience()
    check_forbidden_list(settings)
    if not steps.project.notebooks:
        raise SettingsError("There are no notebooks in notebooks/. Restore them from git.")
    started = time.monotonic()

    def clean_up() -> None:
        report.close()
        shutil.rmtree(settings.running, ignore_errors=True)

    try:
        with (
            only_build(settings.state, lambda holder: report.say(_waiting(holder))),
            stopping_cleanly(steps.activity, clean_up),
        ):
            _tidy(steps)
            if force:
                shutil.rmtree(settings.kept, ignore_errors=True)
            with steps.serving(report.say, force=force):
                ran = run_graph(steps, report, select=select, force=force)
            Kept(settings.kept).tidy()
            steps.modules.save()
    except (OSError, sqlite3.Error) as error:
        report.say(explained(error))
        return NOT_TRIED
    finally:
        report.close()
    if steps.failures:
        _tell_failures(steps, report)
        not_tried = any(isinstance(error, OSError | ClusterError) for error in steps.failures.values())
        return NOT_TRIED if not_tried else FAILED
    shutil.rmtree(settings.state / "failed", ignore_errors=True)
    tell(steps, ran, time.monotonic() - started, report)
    if ran and steps.before and not steps.before.is_empty:
        _tell_changes(steps.before, settings, report)
    return FINE


def run_graph(steps: Steps, report: Report, *, select: Sequence[str] = (), force: bool = False) -> list[Step]:
    """Let doit run what is out of date, independent steps side by side on all cores.

    Parameters
    ----------
    steps : Steps
        The steps; afterwards `steps.failures` holds what went wrong.
    report : Report
        Where progress is shown.
    select : sequence of str
        Tasks to bring up to date; by default the graph's own choice.
    force : bool
        Run steps that are up to date as well.

    Returns
    -------
    list of Step
        Those that ran and succeeded, in order.
    """
    dodo = load_graph(steps)
    reporter = _Reporter(report)
    dodo["DOIT_CONFIG"] = {**dodo["DOIT_CONFIG"], "reporter": reporter}
    loader = ModuleTaskLoader(dodo)
    command = _RunWithoutPlugins(task_loader=loader, config={}, bin_name="doit", cmds={}, opt_vals={})
    options = [
        "--continue",
        "--parallel-type",
        "thread",
        "--process",
        str(max(cores(), steps.executor.slots)),
    ]
    command.parse_execute([*options, *(["--always-execute"] if force else []), *select])
    return reporter.ran


def load_graph(steps: Steps) -> dict[str, Any]:
    """Return what ``dodo.py`` defines, with these steps in it."""
    file = steps.settings.root / "dodo.py"
    if not file.is_file():
        raise SettingsError("dodo.py is missing: it holds the graph. Restore it from git.")
    return runpy.run_path(str(file), init_globals={"STEPS": steps})


class _RunWithoutPlugins(Run):  # type: ignore[misc]
    """Runs tasks with what it is handed; looking through all installed packages for more takes its time."""

    def get_backends(self) -> dict[str, type]:
        return {"sqlite3": SqliteDB}

    def get_reporters(self) -> dict[str, type]:
        return {}


class _Reporter(ZeroReporter):  # type: ignore[misc]
    """Hands on to the report what doit does."""

    desc = "the build's own progress"

    def __init__(self, report: Report) -> None:
        super().__init__(None, {})
        self.report = report
        self.ran: list[Step] = []

    def execute_task(self, task: Any) -> None:
        if step := _step_of(task):
            self.report.begin(step.name, step.title)

    def add_success(self, task: Any) -> None:
        if step := _step_of(task):
            self.ran.append(step)
            self.report.done(step.name, step.title)

    def add_failure(self, task: Any, fail: Any) -> None:
        if (step := _step_of(task)) and fail.get_name() != "UnmetDependency":
            self.report.failed(step.name, step.title)

    def runtime_error(self, msg: str) -> None:
        self.report.say(msg)


def _step_of(task: Any) -> Step | None:
    step: Step | None = (task.meta or {}).get("step")
    return step


def _tidy(steps: Steps) -> None:
    """Remove what a killed build left half-made, and results of notebooks that no longer exist."""
    settings = steps.settings
    shutil.rmtree(settings.running, ignore_errors=True)
    settings.results.mkdir(parents=True, exist_ok=True)
    recover(settings.results)
    known = {run.name for run in steps.project.runs}
    for folder in settings.results.iterdir():
        if folder.is_dir() and folder.name not in known:
            shutil.rmtree(folder)


def _waiting(holder: str) -> str:
    return f"Another build for this audience is running (process {holder}); waiting for it. Ctrl-C stops."


def explained(error: Exception) -> str:
    """Say in plain words why a file could not be read or written."""
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        way_out = "Free some space or make the folder writable"
        return f"The build could not go on: {error.strerror}{place}.\n{way_out}, and {GO_ON}."
    return f"The build could not go on: {error}.\nFree some space, and {GO_ON}."


def _tell_failures(steps: Steps, report: Report) -> None:
    told: list[object] = []
    for name, error in steps.failures.items():
        step = next(step for step in steps.all if step.name == name)
        told.append(_what_is_wrong(error))
        if told.index(told[-1]) == len(told) - 1:  # one fault of a source shows in each of its formats
            report.say(f"\n{_failure(step, error, steps.settings)}")
            alike = [
                other.name
                for other in steps.failures.values()
                if isinstance(other, NotebookError)
                and other is not error
                and _what_is_wrong(other) == told[-1]
            ]
            if alike:
                report.say(f"The same was found by {', '.join(alike)}.")
    output = steps.settings.layout.shown(steps.settings.output)
    report.say(f"\nNothing was published; {output}/ is as it was.")


def _what_is_wrong(error: Exception) -> object:
    """Return what is equal where one fault, such as a bad cell of a table, stops several steps."""
    if isinstance(error, NotebookError):
        return error.error if error.error.startswith(EvidenceError.__name__) else (error.name, error.error)
    return getattr(error, "problems", error)


def _failure(step: Step, error: Exception, settings: Settings) -> str:
    if isinstance(error, NotebookError):
        place = f"in code cell {error.cell}" if error.cell else "before its first cell"
        kept = settings.layout.shown(error.kept)
        return f"Notebook {error.name} failed {place}:\n{error.error}\nIt is kept with its traceback: {kept}"
    if isinstance(error, OSError):
        return f"Failed: {step.title}\n{explained(error)}"
    if isinstance(error, expected_errors()):
        return f"Failed: {step.title}\n{error}"
    trace = "".join(traceback.format_exception(error))
    return f"Failed: {step.title} (a fault of the program, please report it)\n{trace}"


def _tell_changes(before: Edition, settings: Settings, report: Report) -> None:
    lines = told(before, edition_of(settings))
    if lines:
        report.say("Changed since the last build:")
    for line in lines:
        report.say(f"  {line}")


def _tell_success(steps: Steps, ran: Sequence[Step], seconds: float, report: Report) -> None:
    shown, output = steps.settings.layout.shown, steps.settings.output
    if not ran:
        report.say(f"nothing to do: {shown(output)}/ is up to date ({seconds:.1f} s)")
        return
    counts = {
        "notebook": sum(step.name.startswith("notebook:") for step in ran),
        "document": sum(step.name.startswith(("render:", "page:")) for step in ran),
    }
    made = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items() if count)
    report.say(f"Done in {seconds:.1f} s: {made or 'no document had to change'}.")
    start = output / "index.html"
    report.say(f"Open {shown(start)}" if start.exists() else f"See {shown(output)}/")
