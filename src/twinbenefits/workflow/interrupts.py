"""Stop cleanly: an interrupted build ends its kernels and lets its steps remove what they had half-made."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 10.0  # seconds that interrupted work gets to clean up after itself
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(BaseException):
    """The build was asked to stop by a signal; nothing that catches errors catches it.

    Parameters
    ----------
    number : int
        The signal's number.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


class Activity:
    """What is being worked on in any thread."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._lock = threading.Lock()

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        """Count one piece of work while it lasts."""
        with self._lock:
            self._names.append(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.remove(name)

    def wait_for_the_end(self) -> None:
        """Wait until nothing is worked on any more, or patience runs out."""
        until = time.monotonic() + _PATIENCE
        while self._names and time.monotonic() < until:
            time.sleep(0.02)


@contextmanager
def stopping_cleanly(activity: Activity, clean_up: Callable[[], None]) -> Iterator[None]:
    """Turn the signals that end a process into `Interrupted`, and leave nothing half-made behind.

    Parameters
    ----------
    activity : Activity
        What other threads work on; its kernels are killed and it gets the time to notice.
    clean_up : callable
        Called last, also after any other exception.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield
        return

    def stop(number: int, _frame: object) -> None:
        raise Interrupted(number)

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    earlier = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except BaseException:
        for number in numbers:  # a second Ctrl-C must not stop the cleaning
            signal.signal(number, signal.SIG_IGN)
        if "twinbenefits.workflow.kernels" in sys.modules:
            from twinbenefits.workflow.kernels import end_all_kernels

            end_all_kernels()
        activity.wait_for_the_end()
        clean_up()
        raise
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
