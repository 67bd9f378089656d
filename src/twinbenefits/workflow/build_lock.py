"""One build at a time: a second one waits for the first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_build(state: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of one audience's build.

    The lock belongs to the process and ends with it, however it ends: a kill leaves nothing to clean up.

    Parameters
    ----------
    state : Path
        The build's own folder.
    waiting : callable
        Told who holds the lock, if somebody does.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            waiting(file.read().strip() or "unknown")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
