"""What every executor can do, and which one a build uses."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from twinbenefits.workflow.notebooks import NotebookRun, NotebookSpec, OnCell
    from twinbenefits.workflow.settings import Settings

EXECUTORS = ("local", "dask")
MOST_CORES = 8


class Executor(Protocol):
    """Runs notebooks; the bytes of their results do not depend on which executor it is."""

    @property
    def slots(self) -> int:
        """How many notebooks it runs side by side."""

    def serving(self, say: Callable[[str], None]) -> AbstractContextManager[None]:
        """Be ready to run notebooks as long as the context lasts; what is worth knowing is said to `say`."""

    def run(self, spec: NotebookSpec, on_cell: OnCell | None = None) -> NotebookRun:
        """Run one notebook as `run_notebook` does; threads may call it at the same time."""


class ClusterError(Exception):
    """The cluster cannot be used, or not any more; the text says why and how to go on.

    Parameters
    ----------
    problems : sequence of str
        What is wrong, all at once.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def cores() -> int:
    """Return how many steps run side by side on this computer."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, min(MOST_CORES, len(affinity(0)) if affinity else os.cpu_count() or 1))


def problems_with(executor: str, scheduler: str, evidence: str) -> list[str]:
    """Say what is wrong with the choice of an executor.

    Parameters
    ----------
    executor : str
        One of `EXECUTORS`.
    scheduler : str
        The address of the cluster's scheduler, empty for none.
    evidence : str
        The evidence that would travel.

    Examples
    --------
    >>> problems_with("local", "", "private")
    []
    >>> problems_with("dask", "tcp://10.0.0.5:8786", "private")[0][:58]
    'Private evidence leaves this computer only over tls://, an'
    """
    if executor not in EXECUTORS:
        return [f"The executor is {executor!r}; known are {', '.join(EXECUTORS)}."]
    if executor == "local":
        return [f"A scheduler is named ({scheduler}); add --executor dask."] if scheduler else []
    return address_problems(scheduler, evidence)


def address_problems(scheduler: str, evidence: str) -> list[str]:
    """Say what is wrong with a scheduler's address, for the evidence that would be sent there."""
    kind, host, port = _parts(scheduler)
    if kind not in ("tcp", "tls") or not host or not port:
        return [f"The scheduler is {scheduler!r}; write its address as in --scheduler tls://10.0.0.5:8786."]
    if evidence == "private" and kind != "tls":
        return [
            f"Private evidence leaves this computer only over tls://, and the scheduler is {scheduler}: "
            "interviews are confidential, and plain tcp can be read and used by anybody on the network. "
            "Set up TLS (docs/cluster.md), or leave out --executor dask."
        ]
    return []


def _parts(address: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or 0
    except ValueError:
        return "", "", 0


def chosen_executor(settings: Settings) -> Executor:
    """Return the executor that the settings ask for."""
    if settings.executor == "local":
        from twinbenefits.workflow.executors.local import LocalExecutor

        return LocalExecutor()
    from twinbenefits.workflow.executors.dask import DaskExecutor

    return DaskExecutor(settings.layout, settings.scheduler, settings.evidence)
