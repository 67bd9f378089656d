"""A connection to a dask.distributed cluster that gives work only to workers that compute the same bytes.

Every piece of work is sent to one worker that was asked who it is. A worker that joins later is asked before
it gets anything; when a worker is lost, its pieces go to another one.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from twinbenefits.workflow.executors.connecting import ANSWER, connected, silence, within
from twinbenefits.workflow.executors.executor import ClusterError, address_problems
from twinbenefits.workflow.executors.strangers import (
    SAME,
    deciding_packages,
    differences,
    own_identity,
    question,
)

RETURN = 10.0
"""Seconds in which lost workers may come back before the work is given up."""
LOOK = 0.25
"""Seconds between looks at who is there."""
MOST_LOST = 3
"""So many workers may be lost with the same piece of work; it is then taken for the reason."""
MOST_PIECES = 64
"""So many pieces are on their way at the same time."""
KEPT = "Finished work is kept: run the same command again, or run it without --executor dask."


class Worker(NamedTuple):
    """A process that works: its address, and its folder, which no other process has."""

    address: str
    folder: str


class _LostError(Exception):
    """The worker is gone, or will not do it; another one may."""


class Cluster:
    """Workers that compute the same bytes as this computer.

    Use it as a context; at its end what was sent is cancelled.

    Parameters
    ----------
    scheduler : str
        The scheduler's address, ``tcp://host:port`` or ``tls://host:port``.
    evidence : str
        ``demo`` or ``private``: what the data that are sent rest on. Private evidence is refused over tcp.
    root : Path
        The project's folder, whose lock says which packages decide bytes.
    say : callable
        Told about workers that join later and get no work.

    Raises
    ------
    ClusterError
        On entering: if the scheduler does not answer, has no workers, or one of them would compute other
        bytes. Later: if the scheduler or all workers are lost.
    """

    def __init__(
        self, scheduler: str, *, evidence: str, root: Path, say: Callable[[str], None] | None = None
    ) -> None:
        if problems := address_problems(scheduler, evidence):
            raise ClusterError(problems)
        self.scheduler, self.evidence = scheduler, evidence
        self._say = say or (lambda text: print(text, file=sys.stderr))
        packages = deciding_packages(root)
        self._here, self._question = own_identity(packages), question(packages)
        self._client: Any = None
        self._free: dict[Worker, int] = {}  # of each worker that may work
        self._threads: dict[Worker, int] = {}
        self._refused: set[Worker] = set()
        self._asking: set[Worker] = set()
        self._failure: ClusterError | None = None
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._keep_looking, name="cluster-watch", daemon=True)

    # -- beginning and end

    def __enter__(self) -> Cluster:
        """Connect, and ask every worker who it is."""
        try:
            self._client = connected(self.scheduler)
            self._begin()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):  # it fell silent after the first word
                raise silence(self.scheduler, error) from error
            raise
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what was sent, and disconnect."""
        self.close()

    def close(self) -> None:
        """Cancel what was sent, and disconnect; threads that wait for an answer are told that it is over."""
        self._over.set()
        with self._changed:
            self._changed.notify_all()
        if self._watch.is_alive():
            self._watch.join(2 * ANSWER)
        if self._client is not None:
            with suppress(Exception):
                self._client.close(timeout=ANSWER)  # a scheduler forgets what only this client wanted
            self._client = None

    def _begin(self) -> None:
        until = time.monotonic() + ANSWER
        while not (present := self._present()) and time.monotonic() < until:
            time.sleep(LOOK)
        if not present:
            raise ClusterError(
                [
                    f"The scheduler {self.scheduler} has no workers. Start some, for example with "
                    f"`dask worker {self.scheduler}`, and run the same command again."
                ]
            )
        if problems := self._asked(present):
            raise ClusterError([*(text for some in problems.values() for text in some), SAME])
        self._admit(present)

    # -- who is there

    @property
    def slots(self) -> int:
        """How many pieces the workers do at the same time."""
        with self._changed:
            return sum(self._threads.values())

    def _present(self) -> dict[Worker, int]:
        """Return the threads of every worker that the scheduler knows."""
        found = self._client.sync(self._client.scheduler.identity, callback_timeout=ANSWER)
        return {
            Worker(address, str(worker["local_directory"])): int(worker["nthreads"])
            for address, worker in found["workers"].items()
        }

    def _asked(self, workers: Collection[Worker]) -> dict[Worker, list[str]]:
        """Return what keeps workers from working here; those that may work are not in it."""
        with ThreadPoolExecutor(MOST_PIECES, "cluster-ask") as pool:
            found = dict(zip(workers, pool.map(self._wrong_with, workers), strict=True))
        return {worker: problems for worker, problems in found.items() if problems}

    def _wrong_with(self, worker: Worker) -> list[str]:
        def ask() -> Any:
            answers = self._client.run(eval, self._question, workers=[worker.address])
            return answers[worker.address]

        try:
            answer = within(2 * ANSWER, ask)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            return [f"Worker {worker.address} did not say which versions it runs ({reason})."]
        found = address_problems(worker.address, self.evidence)
        return found + differences(worker.address, answer, self._here)

    def _admit(self, workers: dict[Worker, int]) -> None:
        with self._changed:
            self._threads.update(workers)
            self._free.update(workers)
            self._changed.notify_all()

    def _dismiss(self, workers: Iterable[Worker]) -> None:
        with self._changed:
            for worker in workers:
                self._threads.pop(worker, None)
                self._free.pop(worker, None)
            self._changed.notify_all()

    def _refuse(self, worker: Worker, problems: Iterable[str]) -> None:
        self._refused.add(worker)
        self._dismiss([worker])
        self._say(" ".join([*problems, "It gets no work."]))

    def _keep_looking(self) -> None:
        """Notice who joins and who is gone, until it is over."""
        answered = working = time.monotonic()
        while not self._over.wait(LOOK):
            try:
                present = self._present()
                self._dismiss(set(self._threads) - set(present))
                known = {*self._threads, *self._refused, *self._asking}
                joined = {worker: threads for worker, threads in present.items() if worker not in known}
                if joined:
                    self._asking.update(joined)
                    threading.Thread(target=self._welcome, args=(joined,), daemon=True).start()
            except Exception:
                if time.monotonic() - answered > ANSWER:
                    return self._fail(f"The scheduler {self.scheduler} does not answer any more. {KEPT}")
                continue
            answered = time.monotonic()
            working = answered if self._threads else working
            if answered - working > RETURN:
                return self._fail(f"The scheduler {self.scheduler} has no workers left. {KEPT}")
        return None

    def _welcome(self, joined: dict[Worker, int]) -> None:
        """Ask those who joined later who they are; the others go on meanwhile."""
        refused = self._asked(joined)
        self._admit({worker: threads for worker, threads in joined.items() if worker not in refused})
        for worker, problems in refused.items():
            if not self._over.is_set():
                self._refuse(worker, problems)
        self._asking.difference_update(joined)

    def _fail(self, text: str) -> None:
        with self._changed:
            self._failure = ClusterError([text])
            self._changed.notify_all()

    # -- work

    def call(self, function: Callable[..., Any], *arguments: Any, title: str = "a piece of work") -> Any:
        """Let a worker call a function, and return what it returns.

        Parameters
        ----------
        function : callable
            A function of a module; the worker imports it.
        arguments
            Its arguments.
        title : str
            What it is, for messages.

        Raises
        ------
        ClusterError
            If the scheduler or all workers are lost, or several workers with this very piece.
        Exception
            What the function raised.
        """
        return self._call(function, arguments, title, threading.Event())

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        """Let workers call a function for each item, as the built-in does; the order is that of the items.

        Parameters
        ----------
        function : callable
            A function of a module, or a `functools.partial` of one.
        iterables : iterables
            The items; as with the built-in, the shortest one ends it.

        Raises
        ------
        ClusterError, Exception
            As `call`; the first error in the order of the items, and the rest is cancelled.
        """
        pieces = list(zip(*iterables, strict=False))
        stopped = threading.Event()
        with ThreadPoolExecutor(max(1, min(len(pieces), MOST_PIECES)), "cluster-map") as pool:
            sent = [
                pool.submit(self._call, function, piece, f"piece {number} of {len(pieces)}", stopped)
                for number, piece in enumerate(pieces, 1)
            ]
            try:
                return iter([one.result() for one in sent])
            except BaseException:
                stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _call(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], title: str, stopped: threading.Event
    ) -> Any:
        for _ in range(MOST_LOST):
            worker = self._take(stopped)
            try:
                return self._answer(worker, function, arguments, stopped)
            except _LostError:
                continue
            finally:
                self._give_back(worker)
        raise ClusterError(
            [f"{MOST_LOST} workers were lost with {title}; it may need more memory than they have. {KEPT}"]
        )

    def _take(self, stopped: threading.Event) -> Worker:
        """Wait for a worker with a free thread, and take it; of several the one with most."""
        with self._changed:
            while True:
                self._raise_if_over(stopped)
                if any(self._free.values()):
                    worker = max(self._free, key=lambda one: self._free[one])
                    self._free[worker] -= 1
                    return worker
                self._changed.wait(LOOK)

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            if worker in self._free:
                self._free[worker] += 1
            self._changed.notify()

    def _answer(
        self,
        worker: Worker,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        stopped: threading.Event,
    ) -> Any:
        from twinbenefits.workflow.executors.remote import Raised, Refused, carry_out

        self._raise_if_over(stopped)
        try:
            future = self._client.submit(
                carry_out,
                worker.address,
                self._here,
                function,
                arguments,
                key=f"twinbenefits-{uuid.uuid4().hex}",
                workers=[worker.address],
                allow_other_workers=False,
                pure=False,
            )
        except Exception as error:  # between the loss of the connection and its being noticed
            self._raise_if_over(stopped)
            raise ClusterError([f"The scheduler {self.scheduler} takes no work ({error}). {KEPT}"]) from error
        try:
            answer = self._waited_for(future, worker, stopped)
        finally:
            future.release()
        if isinstance(answer, Refused):
            self._refuse(worker, answer.problems)
            raise _LostError
        if isinstance(answer, Raised):
            answer.error.add_note(f"On worker {worker.address}:\n{answer.trace}")
            raise answer.error
        return answer.value

    def _waited_for(self, future: Any, worker: Worker, stopped: threading.Event) -> Any:
        while True:
            try:
                return future.result(timeout=LOOK)
            except TimeoutError:
                if worker not in self._threads:
                    raise _LostError from None
            except CancelledError:  # the connection was lost; if it does not come back, the watch says so
                self._over.wait(LOOK)
                if self._client is not None and self._client.status == "running":
                    raise _LostError from None
            except Exception as error:
                if worker not in self._threads:
                    raise _LostError from error
                raise ClusterError([f"Worker {worker.address} could not work: {error}. {KEPT}"]) from error
            self._raise_if_over(stopped)

    def _raise_if_over(self, stopped: threading.Event) -> None:
        if self._failure is not None:
            raise self._failure
        if stopped.is_set() or self._over.is_set():
            raise ClusterError(["The work on the cluster was cancelled."])
