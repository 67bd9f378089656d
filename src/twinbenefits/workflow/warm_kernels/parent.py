"""Starts the parents of warm kernels and talks to them: one per process and kind of surroundings."""

from __future__ import annotations

import array
import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("server.py")
STACK = (
    "numpy",
    "pandas",
    "matplotlib.figure",
    "networkx",
    "yaml",
)
"""What all notebooks import; not the project's own modules, which change under one's hands (`Beforehand`)."""
AT_IMPORT = ("PYTHON", "MPL", "MATPLOTLIB", "LC_", "LANG", "TZ", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_")
"""Variables that Python or a package reads once; a kernel with others needs a parent of its own."""
OFF = "TWINBENEFITS_WARM_KERNELS"
"""Set to 0, kernels are started in the ordinary way."""
WAIT = 60.0
ANSWER = 30.0


class ParentError(Exception):
    """The parent cannot be had; an ordinary kernel is started instead."""


class OutdatedError(ParentError):
    """The package has changed since the parent has imported it; another parent has to be asked."""


@dataclass(frozen=True)
class Beforehand:
    """What a build wants its kernels to find made, besides the stack.

    Parameters
    ----------
    package : str
        The package's folder. Kernels are forked only as long as each of its files is what it was.
    modules : sequence of str
        The package's modules that the notebooks rest on.
    apart : tuple, optional
        Module, function and arguments of what makes two things one after the other, in a fork and while the
        modules are imported: one for the kernels, and one for the build (`told`). Both are pickled.
    take : tuple, optional
        Module and function that take over what was made for the kernels.
    """

    package: str = ""
    modules: Sequence[str] = ()
    apart: tuple[str, str, Mapping[str, Any]] | None = None
    take: tuple[str, str] | None = None

    def __str__(self) -> str:
        """Return it as the parent reads it."""
        return json.dumps(asdict(self))


NOTHING = Beforehand()


class ForkedKernel:
    """A kernel that was forked, with the part of `subprocess.Popen` that kernel managers use.

    Parameters
    ----------
    parent : Parent
        Who forked it.
    pid : int
        Its process.
    """

    stdin = stdout = stderr = None

    def __init__(self, parent: Parent, pid: int) -> None:
        self.parent, self.pid = parent, pid
        self.returncode: int | None = None
        self._ended = threading.Lock()
        try:
            self._watched: int | None = os.pidfd_open(pid)
        except (AttributeError, OSError):
            self._watched = None

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs."""
        if self.returncode is None and (self._watched is None or self._has_ended(0)):
            with self._ended:
                if self.returncode is None:
                    self.returncode = self.parent.status_of(self.pid)
                    if self.returncode is not None and self._watched is not None:
                        os.close(self._watched)
                        self._watched = None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and return its exit status."""
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            if self._watched is None or self._has_ended(left):
                time.sleep(0.005)  # it has ended and its parent has yet to notice
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _has_ended(self, seconds: float | None) -> bool:
        watched = self._watched
        if watched is None:
            return True
        polled = select.poll()
        polled.register(watched, select.POLLIN)
        return bool(polled.poll(None if seconds is None else max(0, seconds) * 1000))


class Parent:
    """A process that has imported the stack and forks kernels.

    Parameters
    ----------
    environment : mapping of str to str
        Its surroundings; what is read at import has to be what the kernels need.
    wish : Beforehand
        What it makes besides.
    """

    def __init__(self, environment: Mapping[str, str], wish: Beforehand = NOTHING) -> None:
        self.wish, self.is_outdated = wish, False
        self.folder = tempfile.mkdtemp(prefix="warm-")
        self.path = str(Path(self.folder) / "s")
        self.said = Path(self.folder) / "said.txt"
        if len(os.fsencode(self.path)) > 100:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ParentError("the folder for temporary files has too long a path for a socket")
        hearing, telling = os.pipe()
        arguments = [self.path, ",".join(STACK), str(wish), str(telling)]
        try:
            with self.said.open("wb") as said:
                self.process = subprocess.Popen(
                    [sys.executable, "-Xfrozen_modules=off", str(SERVER), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    env=dict(environment),
                    start_new_session=True,
                    pass_fds=[telling],
                )
        except BaseException:
            os.close(hearing)
            raise
        finally:
            os.close(telling)
        self._begun: bool | None = None
        self._told = b""
        self._hears = threading.Thread(target=self._hear, args=[hearing], name="told", daemon=True)
        self._hears.start()

    def _hear(self, hearing: int) -> None:
        with os.fdopen(hearing, "rb") as file:
            self._told = file.read()

    def told(self) -> bytes:
        """Return what was made for the build; waits for it. Nothing if it could not be made."""
        self._hears.join()
        return self._told

    def wait(self) -> None:
        """Wait until it has imported everything.

        Raises
        ------
        ParentError
            If it has not started.
        """
        if self._begun is None:
            self._begun = self._is_ready()
        if not self._begun:
            words = self.said.read_text("utf-8", "replace").strip().splitlines()[-1:]
            self.end()
            raise ParentError(
                f"the parent of warm kernels did not start ({' '.join(words) or 'no reason told'})"
            )

    def _is_ready(self) -> bool:
        pipe = self.process.stdout
        if pipe is None:
            return False
        readable, _, _ = select.select([pipe], [], [], WAIT)
        return bool(readable) and pipe.readline().startswith(b"ready")

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self.process.poll() is None

    def spawn(self, request: Mapping[str, Any], files: Sequence[int]) -> ForkedKernel:
        """Fork a kernel.

        Parameters
        ----------
        request
            `connection_file`, `folder`, `environment` and `arguments`.
        files
            Where it writes its standard output and its standard error.

        Raises
        ------
        OutdatedError
            If the package has changed since it was imported; `parent_for` then returns another parent.
        ParentError
            If the parent does not answer.
        """
        request = {"what": "spawn", **request}
        try:
            answer = self._ask(request, files)
            if "outdated" in answer:
                self.is_outdated = True
                raise OutdatedError("the package has changed")
            if "refused" in answer:
                raise ParentError(f"no kernel can be forked ({answer['refused']})")
            return ForkedKernel(self, int(answer["pid"]))
        except (OSError, ValueError, KeyError) as error:
            alive = "it lives" if self.is_alive else "it has ended"
            told = f"{type(error).__name__}, {alive}{self._last_words()}"
            raise ParentError(f"the parent of warm kernels does not answer ({told})") from error

    def _last_words(self) -> str:
        """Return what it said last, if anything."""
        try:
            words = self.said.read_text("utf-8", "replace").strip().splitlines()[-1:]
        except OSError:
            return ""
        return f": {words[0]}" if words else ""

    def status_of(self, pid: int) -> int | None:
        """Return how a kernel has ended, or None while it runs; one whose parent is gone was killed."""
        try:
            status: int | None = self._ask({"what": "poll", "pid": pid})["status"]
        except (OSError, ValueError, KeyError):
            return -signal.SIGKILL
        return status

    def _ask(self, request: Mapping[str, Any], files: Sequence[int] = ()) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER)
            connection.connect(self.path)
            message = json.dumps(request).encode() + b"\n"
            along = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
            sent = connection.sendmsg([message], along)
            if sent < len(message):  # sending nothing fails when the answer is already there
                connection.sendall(message[sent:])
            answer = b""
            while not answer.endswith(b"\n") and (part := connection.recv(1 << 16)):
                answer += part
        content: dict[str, Any] = json.loads(answer)
        return content

    def end(self) -> None:
        """End it; kernels it has forked notice and end as well."""
        try:
            self._ask({"what": "stop"})
            self.process.wait(5)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_parents: dict[tuple[tuple[tuple[str, str], ...], str], Parent] = {}
_wished = [NOTHING]
_one_at_a_time = threading.Lock()


def _forget_in_forks() -> None:
    """Let go of the parents in a fork of this process, which has no right to them."""
    _parents.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_forks)


def expect(wish: Beforehand) -> None:
    """Let parents that are started from now on make this besides the stack; those of other wishes end."""
    with _one_at_a_time:
        _wished[0] = wish
        for kind, parent in [*_parents.items()]:
            if parent.wish not in (wish, NOTHING):
                _parents.pop(kind).end()


def told(wish: Beforehand) -> bytes:
    """Return what a parent with this wish has made for the build; waits for it. Nothing if there is none."""
    with _one_at_a_time:
        parents = [parent for parent in _parents.values() if parent.wish == wish]
    return next((said for said in (parent.told() for parent in parents) if said), b"")


def can_begin(environment: Mapping[str, str]) -> bool:
    """Return whether kernels with these surroundings are to be forked, and can be."""
    is_wanted = environment.get(OFF, os.environ.get(OFF, "")) != "0"
    return is_wanted and sys.platform == "linux" and hasattr(os, "fork")


def begin_parent(environment: Mapping[str, str]) -> None:
    """Start the parent for kernels with these surroundings without waiting for it."""
    if not can_begin(environment):
        return
    with _one_at_a_time, contextlib.suppress(ParentError, OSError):  # whoever needs it will be told
        _parent_for(environment)


def parent_for(environment: Mapping[str, str]) -> Parent:
    """Return the parent for kernels with these surroundings, started at the first request.

    Raises
    ------
    ParentError
        If it cannot be started.
    """
    with _one_at_a_time:
        found = _parent_for(environment)
        found.wait()
        return found


def _parent_for(environment: Mapping[str, str]) -> Parent:
    surroundings = tuple(
        sorted((name, value) for name, value in environment.items() if name.startswith(AT_IMPORT))
    )
    kind = (surroundings, str(_wished[0]))
    if kind in _parents and _parents[kind].is_outdated:
        kind = (surroundings, str(NOTHING))
    if kind not in _parents or not _parents[kind].is_alive:
        _parents[kind] = Parent(environment, _wished[0] if kind[1] == str(_wished[0]) else NOTHING)
    return _parents[kind]


@atexit.register
def end_parents() -> None:
    """End all parents that this process has started."""
    for parent in _parents.values():
        parent.end()
    _parents.clear()
