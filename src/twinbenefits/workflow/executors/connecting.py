"""Connect to a scheduler that answers within a few seconds."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any

from twinbenefits.workflow.executors.executor import ClusterError

ANSWER = 5.0
"""Seconds in which a scheduler or a worker answers a question."""
INSTALL = "`make .venv/.ready-dev` installs the locked one, `pip install '.[cluster]'` any that fits"


def connected(scheduler: str) -> Any:
    """Return a client of a scheduler.

    Raises
    ------
    ClusterError
        If distributed is not installed, or the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            [f"A cluster needs the package distributed, which is not installed: {INSTALL}."]
        ) from None
    client: Callable[..., Any] = Client
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told as an error
    late = threading.Event()

    def connect() -> Any:
        made = client(scheduler, timeout=ANSWER, set_as_default=False)
        if late.is_set():
            made.close()
        return made

    try:
        with warnings.catch_warnings():  # of other versions; ours are looked at, and differences refused
            warnings.simplefilter("ignore")
            return within(ANSWER, connect)
    except Exception as error:
        late.set()
        raise silence(scheduler, error) from error


def silence(scheduler: str, error: Exception) -> ClusterError:
    """Return the error of a scheduler that does not answer."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return ClusterError(
        [
            f"The scheduler {scheduler} did not answer within {ANSWER:.0f} seconds. Is it running, is its "
            f"address right, may this computer reach it? Nothing was changed. ({reason})"
        ]
    )


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what work returns, or give up on it after some seconds."""
    found: list[Any] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="cluster-question", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not found:
        raise TimeoutError(f"no answer within {seconds:.0f} seconds")
    return found[0]
