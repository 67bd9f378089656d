"""The parent of warm kernels: imports the stack once, then forks one fresh kernel for each request.

Run by its path, so that nothing of this project is imported unasked: its modules may change while the parent
lives. A build asks for them; such a parent forks only as long as every file of the package is what it was.
What a build wants made from its data is made in a fork, on another core, while this process still imports; no
kernel has that fork's memory.
It listens on a socket that only its user can open. A request is one line of JSON: ``spawn`` (with two open
files for what the kernel says), ``poll`` and ``stop``. It ends by itself when the process that started it is
gone.
"""

from __future__ import annotations

import array
import contextlib
import gc
import hashlib
import importlib
import json
import os
import pickle
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

MOST = 1 << 20
FILES = 2
KERNEL = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
)
"""What a kernel imports itself; not matplotlib's inline backend, whose import there makes figures appear."""
ENOUGH = "pandas"
"""Once this is imported, what a build wants made can be begun."""
SELDOM = (50_000, 20, 100)
"""After how many new objects kernels look for circles of them; a notebook makes many and keeps them."""


class _Shell:
    """Stands in while pandas is imported, which asks once whether it is inside a kernel."""

    kernel = True


def import_stack(modules: list[str], begin_apart: Callable[[], None]) -> None:
    """Import what every notebook needs, as it would be imported inside a kernel."""
    import builtins

    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    builtins.get_ipython = lambda: _Shell  # type: ignore[attr-defined]
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            print(f"not imported beforehand: {module} ({error})", file=sys.stderr)
        if module == ENOUGH:
            begin_apart()
    for module in KERNEL:
        importlib.import_module(module)
    _do_without_debugger()
    del builtins.get_ipython  # type: ignore[attr-defined]


def _do_without_debugger() -> None:
    """Let kernels take debugpy for not installed; nobody debugs here, and each would import it anew."""
    if "debugpy" not in sys.modules:
        sys.modules["debugpy"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("ipykernel.debugger")
        finally:
            del sys.modules["debugpy"]


class Made:
    """What was made ready for one build besides the stack, and the source it was made with.

    Parameters
    ----------
    wish
        As `Beforehand` tells it; empty for the stack alone.
    telling
        The open file that the build reads.
    """

    def __init__(self, wish: dict[str, Any], telling: int) -> None:
        self.folder = wish.get("package", "")
        self.source = source_of(self.folder)
        self._wish, self._telling = wish, telling
        self._apart: tuple[int, int] | None = None

    def begin_apart(self) -> None:
        """Begin in a fork what is to be made from data: one thing for kernels, then one for the build."""
        if not self._wish.get("apart") or self._apart:
            return
        memory = os.memfd_create("apart")  # of this process and its forks alone
        ended, ending = os.pipe()
        if os.fork() == 0:
            os.close(ended)
            _make_apart(self._wish["apart"], memory, ending, self._telling)
        os.close(ending)
        self._apart = memory, ended

    def finish(self) -> None:
        """Import the package's modules and take over what was made apart."""
        self.begin_apart()
        os.close(self._telling)
        for module in self._wish.get("modules", ()):
            try:
                importlib.import_module(module)
            except Exception as error:  # the notebook that imports it will tell
                print(f"not imported beforehand: {module} ({error})", file=sys.stderr)
        if self._apart is None:
            return
        memory, ended = self._apart
        with os.fdopen(memory, "rb") as made, os.fdopen(ended, "rb") as word:
            if not word.read():
                return  # it has failed and said why; each notebook does it itself
            made.seek(0)
            module, function = self._wish["take"]
            getattr(importlib.import_module(module), function)(pickle.load(made))  # our own fork's

    @property
    def is_current(self) -> bool:
        """Whether the package is still what it was before anything of it was imported."""
        return not self.folder or source_of(self.folder) == self.source


def _make_apart(apart: tuple[str, str, dict[str, Any]], memory: int, ending: int, telling: int) -> NoReturn:
    """Make what a build wants, in a fork."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        module, function, arguments = apart
        made = getattr(importlib.import_module(module), function)(**arguments)
        with os.fdopen(memory, "wb") as file:
            pickle.dump(next(made), file, pickle.HIGHEST_PROTOCOL)
        with os.fdopen(ending, "wb") as word:
            word.write(b"made")
        with os.fdopen(telling, "wb") as file:
            pickle.dump(next(made), file, pickle.HIGHEST_PROTOCOL)
    except BaseException as error:
        print(f"not made beforehand: {apart[1]} ({type(error).__name__})", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def source_of(folder: str) -> dict[str, str]:
    """Return the digest of every Python file in a folder and below; told by content, never by times."""
    found: dict[str, str] = {}
    for above, folders, files in os.walk(folder) if folder else ():
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(above, name)  # noqa: PTH118  # many files, asked for each kernel
                with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def serve(path: str, made: Made) -> None:
    """Answer requests until told to stop, or until the process that started this one is gone."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(f"{path}.begun")
    listening.listen(64)
    begun = Path(f"{path}.begun")
    begun.chmod(0o600)
    begun.rename(path)
    print("ready", flush=True)
    starter, ended = os.getppid(), dict[int, int]()
    listening.settimeout(1.0)
    while True:
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            if os.getppid() != starter:
                break
            continue
        with connection:
            connection.settimeout(10.0)
            try:
                request, files = receive(connection)
            except (OSError, ValueError):
                continue  # whoever asked has gone away
            if not _answer(request, files, connection, listening, ended, made):
                break
    listening.close()
    shutil.rmtree(Path(path).parent, ignore_errors=True)  # whoever started this may have been killed


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return a request and the open files that came with it."""
    files = array.array("i")
    data, along, *_ = connection.recvmsg(MOST, socket.CMSG_LEN(FILES * files.itemsize))
    for level, kind, content in along:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            files.frombytes(content[: len(content) - len(content) % files.itemsize])
    while data and not data.endswith(b"\n"):
        more = connection.recv(MOST)
        if not more:
            break
        data += more
    request: dict[str, Any] = json.loads(data)
    return request, list(files)


def _answer(
    request: dict[str, Any],
    files: list[int],
    connection: socket.socket,
    listening: socket.socket,
    ended: dict[int, int],
    made: Made,
) -> bool:
    """Do what was asked; returns False when that was to stop."""
    _collect(ended)
    answer: dict[str, Any] = {}
    if request["what"] == "spawn" and not made.is_current:
        answer = {"outdated": True}
    elif request["what"] == "spawn":
        try:
            pid = os.fork()
        except OSError as error:  # no memory, or no more processes allowed
            pid, answer = -1, {"refused": str(error)}
        if pid == 0:
            connection.close()
            listening.close()
            become_kernel(request, files)
        answer = answer or {"pid": pid}
    elif request["what"] == "poll":
        answer = {"status": ended.get(request["pid"])}
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):  # whoever asked has gone away
        connection.sendall(json.dumps(answer).encode() + b"\n")
    return bool(request["what"] != "stop")


def _collect(ended: dict[int, int]) -> None:
    """Note how kernels have ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended[pid] = os.waitstatus_to_exitcode(status)


def become_kernel(request: dict[str, Any], files: list[int]) -> NoReturn:
    """Turn this fork into a kernel with nothing of its parent but the imported stack."""
    status = 1
    try:
        _take_on(request, files)
        _run(request)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        import atexit

        for work in (atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
            with contextlib.suppress(BaseException):
                work()
        os._exit(status)


def _take_on(request: dict[str, Any], files: list[int]) -> None:
    """Take on the surroundings that a kernel of its own would have."""
    import random
    import tempfile
    import time

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, number in zip([nothing, *files], (0, 1, 2), strict=True):
        os.dup2(file, number)
    for file in (nothing, *files):
        if file > FILES:
            os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    os.chdir(request["folder"])
    time.tzset()
    tempfile.tempdir = None
    sys.argv = list(request["arguments"])
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        # lives as long as the kernel
        stream = os.fdopen(number, "w" if number else "r", 1, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    gc.set_threshold(*SELDOM)
    gc.enable()
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _run(request: dict[str, Any]) -> None:
    import atexit

    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(["-f", request["connection_file"], "--HistoryManager.hist_file=:memory:"])
    atexit.unregister(app.close)  # it waits for a thread that may wait for one that is closed: seconds
    atexit.register(app.reset_io)
    app.start()


def main() -> None:
    """Import the stack and serve.

    The arguments are the socket's path, the modules, a build's wish and the number of the file it reads.
    """
    if sys.path and sys.path[0] == str(Path(__file__).resolve().parent):
        del sys.path[0]
    path, modules, wish = sys.argv[1], sys.argv[2].split(","), json.loads(sys.argv[3])
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    gc.disable()  # all that is made here stays
    made = Made(wish, int(sys.argv[4]))
    import_stack([module for module in modules if module], made.begin_apart)
    made.finish()
    gc.freeze()  # and is shared between the forks
    serve(path, made)


if __name__ == "__main__":
    main()
