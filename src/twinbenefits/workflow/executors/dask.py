"""Run notebooks on the workers of a dask.distributed cluster: bytes in, bytes out, no shared disk."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twinbenefits.evidence.layout import Layout
from twinbenefits.workflow.executors.cluster import KEPT, Cluster
from twinbenefits.workflow.executors.executor import ClusterError
from twinbenefits.workflow.executors.parcels import Failed, Finished, Parcel, files_behind, packed, unpack

if TYPE_CHECKING:
    from twinbenefits.workflow.notebooks import NotebookRun, NotebookSpec, OnCell

MOST_NOTEBOOKS = 64


class DaskExecutor:
    """Sends each notebook with the files it may read to a worker, and puts what comes back in place.

    Parameters
    ----------
    layout : Layout
        Where the project stands.
    scheduler : str
        The scheduler's address.
    evidence : str
        The evidence that is sent: private evidence only over ``tls://``.
    """

    def __init__(self, layout: Layout, scheduler: str, evidence: str) -> None:
        self.layout, self.scheduler, self.evidence = layout, scheduler, evidence
        self._cluster: Cluster | None = None

    @property
    def slots(self) -> int:
        """How many notebooks it runs side by side: as many as the workers have threads."""
        return min(self._cluster.slots, MOST_NOTEBOOKS) if self._cluster else 1

    @contextmanager
    def serving(self, say: Callable[[str], None]) -> Iterator[None]:
        """Be connected as long as the context lasts; at its end what was sent is cancelled.

        Raises
        ------
        ClusterError
            If the scheduler does not answer, has no workers, or one of them would compute other bytes.
        """
        with Cluster(self.scheduler, evidence=self.evidence, root=self.layout.root, say=say) as cluster:
            self._cluster = cluster
            try:
                yield
            finally:
                self._cluster = None

    def run(self, spec: NotebookSpec, on_cell: OnCell | None = None) -> NotebookRun:  # noqa: ARG002
        """Run one notebook on a worker and put its results in place as `run_notebook` does.

        A worker does not tell how far it is; no cell is reported.

        Raises
        ------
        NotebookError
            If a cell fails; the failing notebook is kept in ``failed``, on this computer.
        ClusterError
            If the cluster cannot go on.
        """
        from twinbenefits.workflow.executors.remote import run_parcel
        from twinbenefits.workflow.notebooks import NotebookError

        if self._cluster is None:
            raise ClusterError([f"There is no connection to the scheduler {self.scheduler}."])
        started = time.monotonic()
        parcel = self._parcel(spec)
        try:
            answer = self._cluster.call(run_parcel, parcel, title=f"notebook {spec.name}")
        except OSError as error:  # of the worker's disk, not of this one
            told = f"Notebook {spec.name} could not be run on a worker: {error}. {KEPT}"
            raise ClusterError([told]) from error
        if isinstance(answer, Failed):
            spec.failed.mkdir(parents=True, exist_ok=True)
            kept = spec.failed / f"{spec.name}.ipynb"
            kept.write_text(answer.notebook, "utf-8", newline="\n")
            raise NotebookError(
                spec.name, answer.cell, answer.error.replace(answer.root, str(spec.root)), kept
            )
        return _put_in_place(spec, answer, time.monotonic() - started)

    def _parcel(self, spec: NotebookSpec) -> Parcel:
        return Parcel(
            name=spec.name,
            source=spec.source.relative_to(spec.root).as_posix(),
            content=json.dumps(spec.content),
            files=packed(files_behind(self.layout, self.evidence), self.layout.root),
            parameters=dict(spec.parameters),
            environment=dict(spec.environment),
        )


def _put_in_place(spec: NotebookSpec, finished: Finished, seconds: float) -> NotebookRun:
    from twinbenefits.workflow.notebooks import NotebookRun
    from twinbenefits.workflow.swap import put_in_place

    spec.work.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{spec.name}-", dir=spec.work))
    try:
        unpack(finished.results, made / spec.name)
        put_in_place(made / spec.name, spec.results / spec.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return NotebookRun(
        name=spec.name,
        results=spec.results / spec.name,
        executed=spec.results / spec.name / f"{spec.name}.ipynb",
        cells=finished.cells,
        seconds=seconds,
    )
