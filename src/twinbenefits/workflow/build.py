"""Drive the graph in ``dodo.py`` through doit and tell what was made."""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sqlite3
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doit.cmd_base import ModuleTaskLoader
from doit.cmd_run import Run
from doit.reporter import ZeroReporter

from twinbenefits.workflow.build_lock import only_build
from twinbenefits.workflow.notebooks import NotebookError
from twinbenefits.workflow.progress import Report, choose_report
from twinbenefits.workflow.settings import Settings, SettingsError
from twinbenefits.workflow.staleness import Step
from twinbenefits.workflow.steps import Steps, expected_errors
from twinbenefits.workflow.swap import recover

FINE, FAILED, NOT_TRIED = 0, 1, 2
_PATIENCE = 10.0  # seconds that interrupted steps get to clean up after themselves


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
    report = report if report is not None else choose_report()
    steps = Steps(settings, report.cell)
    steps.project.check_parameters()
    if not steps.project.notebooks:
        raise SettingsError("There are no notebooks in notebooks/. Restore them from git.")
    started = time.monotonic()
    try:
        with only_build(settings.state, lambda process: report.say(_waiting(process))), _interruptible(steps, report):
            _tidy(steps)
            reporter = run_graph(steps, report, force=force)
            steps.modules.save()
    except (OSError, sqlite3.Error) as error:
        report.close()
        report.say(explained(error))
        return NOT_TRIED
    report.close()
    if steps.failures:
        _tell_failures(steps, report)
        return NOT_TRIED if any(isinstance(error, OSError) for error in steps.failures.values()) else FAILED
    _tell_success(steps, reporter.ran, time.monotonic() - started, report)
    return FINE


def run_graph(steps: Steps, report: Report, *, force: bool = False) -> _Reporter:
    """Let doit run what is out of date, independent steps side by side on all cores."""
    dodo = load_graph(steps)
    reporter = _Reporter(report, force)
    dodo["DOIT_CONFIG"] = {**dodo["DOIT_CONFIG"], "reporter": reporter, "verbosity": 2}
    command = Run(task_loader=ModuleTaskLoader(dodo), config={}, bin_name="doit", cmds={}, opt_vals={})
    options = ["--continue", "--parallel-type", "thread", "--process", str(_cores())]
    command.parse_execute([*options, *(["--always-execute"] if force else [])])
    return reporter


def load_graph(steps: Steps) -> dict[str, Any]:
    """Return what ``dodo.py`` defines, with these steps in it."""
    file = steps.settings.root / "dodo.py"
    if not file.is_file():
        raise SettingsError("dodo.py is missing: it holds the graph. Restore it from git.")
    return runpy.run_path(str(file), init_globals={"STEPS": steps})


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, min(8, len(affinity(0)) if affinity else os.cpu_count() or 1))


class _Reporter(ZeroReporter):  # type: ignore[misc]
    """Hands what doit does on to the report."""

    desc = "the build's own progress"

    def __init__(self, report: Report, force: bool) -> None:
        super().__init__(None, {})
        self.report, self.force = report, force
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
    """Remove what a killed build left half-made and results of notebooks that no longer exist."""
    settings = steps.settings
    shutil.rmtree(settings.running, ignore_errors=True)
    settings.results.mkdir(parents=True, exist_ok=True)
    recover(settings.results)
    known = {notebook.name for notebook in steps.project.notebooks}
    for folder in settings.results.iterdir():
        if folder.is_dir() and folder.name not in known:
            shutil.rmtree(folder)


@contextmanager
def _interruptible(steps: Steps, report: Report) -> Iterator[None]:
    """End kernels and wait for half-made files to be removed when the build is interrupted or terminated."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: object) -> None:
        raise Interrupted(number)

    earlier = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except BaseException:
        for number in earlier:  # a second Ctrl-C must not stop the cleaning
            signal.signal(number, signal.SIG_IGN)
        report.close()
        _end_everything(steps)
        raise
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


class Interrupted(BaseException):  # noqa: N818  it is no error
    """The build was asked to stop by a signal; like KeyboardInterrupt, nothing that catches errors catches it."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def _end_everything(steps: Steps) -> None:
    import sys

    if "twinbenefits.workflow.kernels" in sys.modules:
        from twinbenefits.workflow.kernels import end_all_kernels

        end_all_kernels()
    until = time.monotonic() + _PATIENCE
    while steps.active and time.monotonic() < until:
        time.sleep(0.02)
    shutil.rmtree(steps.settings.running, ignore_errors=True)


def _waiting(process: str) -> str:
    return f"Another build of this audience is running (process {process}); waiting for it. Ctrl-C stops waiting."


def explained(error: Exception) -> str:
    """Say in plain words why a file could not be read or written."""
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return (
            f"The build could not go on: {error.strerror}{place}.\n"
            "Free some space or make the folder writable, and run the same command again; finished work is kept."
        )
    return f"The build could not go on: {error}. Free some space and run the same command again; finished work is kept."


def _tell_failures(steps: Steps, report: Report) -> None:
    told: set[str] = set()
    for name, error in steps.failures.items():
        step = next(step for step in steps.all if step.name == name)
        text = _failure(step, error, steps.settings)
        if text.partition("\n")[2] not in told:
            report.say(f"\n{text}")
        told.add(text.partition("\n")[2])
    report.say(f"\nNothing was published; {_shown(steps.settings, steps.settings.output)}/ is as it was.")


def _failure(step: Step, error: Exception, settings: Settings) -> str:
    if isinstance(error, NotebookError):
        place = f"in code cell {error.cell}" if error.cell else "before its first cell"
        kept = _shown(settings, error.kept)
        return f"Notebook {error.name} failed {place}:\n{error.error}\nThe notebook with its traceback: {kept}"
    if isinstance(error, OSError):
        return f"Failed: {step.title}\n{explained(error)}"
    if isinstance(error, expected_errors()):
        return f"Failed: {step.title}\n{error}"
    return f"Failed: {step.title} (a fault of the program, please report it)\n" + "".join(
        traceback.format_exception(error)
    )


def _tell_success(steps: Steps, ran: list[Step], seconds: float, report: Report) -> None:
    output = _shown(steps.settings, steps.settings.output)
    if not ran:
        report.say(f"nothing to do: {output}/ is up to date ({seconds:.1f} s)")
        return
    counts = {
        "notebook": sum(step.name.startswith("notebook:") for step in ran),
        "document": sum(step.name.startswith(("render:", "page:")) for step in ran),
    }
    made = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n)
    report.say(f"Done in {seconds:.1f} s: {made or 'no document had to change'}.")
    start = steps.settings.output / "index.html"
    report.say(f"Open {_shown(steps.settings, start)}" if start.exists() else f"See {output}/")


def _shown(settings: Settings, path: Path) -> str:
    return settings.layout.shown(path)
