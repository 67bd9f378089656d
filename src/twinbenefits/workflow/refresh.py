"""Run the notebooks with their defaults and write the outputs back into the committed files."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from twinbenefits.publishing.atomic import write_text
from twinbenefits.workflow.build import FAILED, FINE, explained
from twinbenefits.workflow.build_lock import only_build
from twinbenefits.workflow.interrupts import Activity, stopping_cleanly
from twinbenefits.workflow.normal_form import as_text
from twinbenefits.workflow.notebooks import NotebookError, NotebookRun, NotebookSpec, run_notebook
from twinbenefits.workflow.outputs_of import MADE_FROM, made_from
from twinbenefits.workflow.progress import Report, choose_report
from twinbenefits.workflow.project import Notebook, Project
from twinbenefits.workflow.settings import Settings

TOGETHER = 2
_WAITING = "Another run of the notebooks is on its way; waiting for it. Ctrl-C stops."


def refresh_notebooks(settings: Settings, report: Report | None = None) -> int:
    """Refresh every committed notebook's outputs; equal outputs leave the file untouched.

    Parameters
    ----------
    settings : Settings
        The demonstration evidence and the public audience; nothing else may be committed.
    report : Report, optional
        Where progress is shown.

    Returns
    -------
    int
        0 when all notebooks ran, 1 when one failed (its file is as it was).

    Raises
    ------
    ParameterError
        If a parameters cell disagrees with the schema; nothing has been run.
    """
    report = report or choose_report()
    project = Project(settings)
    project.check_parameters()
    folder = settings.root / ".build" / "refresh"
    activity = Activity()

    def clean_up() -> None:
        report.close()
        for name in ("running", "results"):
            shutil.rmtree(folder / name, ignore_errors=True)

    outcomes: list[bool] = []
    executor = ThreadPoolExecutor(TOGETHER)
    try:
        with only_build(folder, lambda _: report.say(_WAITING)), stopping_cleanly(activity, clean_up):
            clean_up()
            runs = {
                executor.submit(partial(_run, settings, notebook, activity, report)): notebook
                for notebook in project.notebooks
            }
            while runs:
                done, _ = wait(runs, return_when=FIRST_COMPLETED)
                outcomes += [_write_back(future, runs.pop(future), settings, report) for future in done]
            clean_up()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return FINE if all(outcomes) else FAILED


def _run(settings: Settings, notebook: Notebook, activity: Activity, report: Report) -> NotebookRun:
    folder = settings.root / ".build" / "refresh"
    name = f"notebook:{notebook.name}"
    spec = NotebookSpec(
        name=notebook.name,
        source=notebook.path,
        content=notebook.content,
        root=settings.root,
        results=folder / "results",
        work=folder / "running",
        failed=folder / "failed",
        environment={"EVIDENCE": settings.evidence, "AUDIENCE": settings.audience},
    )
    with activity.working(name):
        report.begin(name, f"run notebook {notebook.name}")
        return run_notebook(spec, partial(report.cell, name))


def _write_back(future: Future[NotebookRun], notebook: Notebook, settings: Settings, report: Report) -> bool:
    name = f"notebook:{notebook.name}"
    try:
        made = json.loads(future.result().executed.read_text("utf-8"))
        made["metadata"][MADE_FROM] = dict(made_from(Project(settings), notebook))
        changed = write_text(notebook.path, as_text(made))
    except NotebookError as error:
        report.failed(name, f"run notebook {notebook.name}")
        place = f"in code cell {error.cell}" if error.cell else "before its first cell"
        report.say(f"It failed {place}:\n{error.error}\nKept: {settings.layout.shown(error.kept)}")
        return False
    except OSError as error:
        report.failed(name, f"run notebook {notebook.name}")
        report.say(explained(error))
        return False
    report.done(name, f"{settings.layout.shown(notebook.path)} {'refreshed' if changed else 'unchanged'}")
    return True
