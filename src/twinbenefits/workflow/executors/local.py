"""Run notebooks on this computer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from twinbenefits.workflow.executors.executor import cores

if TYPE_CHECKING:
    from twinbenefits.workflow.notebooks import NotebookRun, NotebookSpec, OnCell


class LocalExecutor:
    """Runs as many notebooks side by side as there are cores."""

    @property
    def slots(self) -> int:
        """How many notebooks it runs side by side."""
        return cores()

    def serving(self, _say: Callable[[str], None]) -> AbstractContextManager[None]:
        """Do nothing: this computer is always ready."""
        return nullcontext()

    def run(self, spec: NotebookSpec, on_cell: OnCell | None = None) -> NotebookRun:
        """Run one notebook with `run_notebook`."""
        from twinbenefits.workflow.notebooks import run_notebook

        return run_notebook(spec, on_cell)
