"""What a worker does: one piece of work, or one run of a notebook in a folder that is gone afterwards.

An expected failure is an answer and never raised: dask writes the arguments of a task that raises into the
worker's log, and they may hold interviews.
"""

from __future__ import annotations

import json
import pickle
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from twinbenefits.workflow.executors.identity import PACKAGE, source_digest
from twinbenefits.workflow.executors.parcels import Failed, Finished, Parcel, packed, unpack
from twinbenefits.workflow.executors.strangers import Identity, differences, own_identity

SOURCE = source_digest(PACKAGE)
"""Of this process; the files may change while it lives."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a piece of work returned."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """What a piece of work raised, and its traceback as text."""

    error: Exception
    trace: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why this worker does not do the work: it would compute other bytes."""

    problems: tuple[str, ...]


Answer = Value | Raised | Refused


def carry_out(
    worker: str, expected: Identity, function: Callable[..., Any], arguments: Sequence[Any]
) -> Answer:
    """Do one piece of work, if this process is what was expected.

    Workers were asked before they got work; another process may stand at the same address since.

    Parameters
    ----------
    worker : str
        The address of this worker.
    expected : mapping
        The identity of the process that sent the work.
    function : callable
        The work.
    arguments : sequence
        Its arguments.
    """
    problems = differences(worker, _identity(tuple(expected["versions"])), expected)
    if problems:
        return Refused(tuple(problems))
    try:
        return Value(function(*arguments))
    except Exception as error:
        return Raised(_portable(error), traceback.format_exc())


@lru_cache(maxsize=4)
def _identity(packages: tuple[str, ...]) -> Identity:
    return {**own_identity(packages), "source": SOURCE, "loaded": SOURCE}


def _portable(error: Exception) -> Exception:
    """Return the error, or one that tells the same where it cannot travel."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _NotWantedError(Exception):
    """Nobody waits for this run any more."""


def run_parcel(parcel: Parcel) -> Finished | Failed:
    """Run a notebook in a private folder and return its results; nothing of it stays on this computer."""
    from twinbenefits.workflow.notebooks import NotebookError, NotebookSpec, run_notebook

    with tempfile.TemporaryDirectory(
        prefix="twinbenefits-", dir=_scratch(), ignore_cleanup_errors=True
    ) as own:
        folder = Path(own).resolve()
        root = folder / "project"
        unpack(parcel.files, root)
        source = root / parcel.source
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(parcel.content, "utf-8")
        spec = NotebookSpec(
            name=parcel.name,
            source=source,
            content=json.loads(parcel.content),
            root=root,
            results=folder / "results",
            work=folder / "running",
            failed=folder / "failed",
            parameters=parcel.parameters,
            environment=parcel.environment,
        )
        try:
            run = run_notebook(spec, _stop_unless_wanted())
        except NotebookError as error:
            return Failed(error.cell, error.error, str(root), error.kept.read_text("utf-8"))
        files = sorted(path for path in run.results.rglob("*") if path.is_file())
        return Finished(packed(files, run.results), run.cells, run.seconds)


def _scratch() -> str | None:
    """Return the worker's own folder, which its successor empties if it is killed; None outside of one."""
    try:
        from distributed import get_worker

        return str(get_worker().local_directory)
    except (ImportError, ValueError):
        return None


def _stop_unless_wanted() -> Callable[[int, int], None]:
    """Return what looks before each cell whether somebody still waits for this run."""
    try:
        from distributed import get_worker

        worker = get_worker()
        key = worker.get_current_task()
    except (ImportError, ValueError):
        return lambda _cell, _cells: None

    def look(_cell: int, _cells: int) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state != "executing":
            raise _NotWantedError

    return look
