"""Warm kernels do what ordinary ones do and share nothing; where there are none, ordinary ones take over."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.workflow.kernels import WARM, OwnKernelManager
from twinbenefits.workflow.notebooks import ONE_THREAD
from twinbenefits.workflow.papermill_engine import CellError, Execution, execute
from twinbenefits.workflow.warm_kernels import parent
from twinbenefits.workflow.warm_kernels.parent import OFF, Parent, ParentError, parent_for
from twinbenefits.workflow.warm_kernels.provisioner import NAME, can_fork

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

SURROUNDINGS = {
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "COLUMNS": "80",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    **dict.fromkeys(ONE_THREAD, "1"),
}
LOOK = """
import json, os, random, sys, tempfile, threading, signal, locale
import numpy, pandas, matplotlib
print(json.dumps({
    "environment": {
        k: v for k, v in sorted(os.environ.items())
        if k not in ("JPY_PARENT_PID", "OFF_NAME") and not k.startswith("PYDEVD_")  # no debugger in warm ones
    },
    "path": sys.path, "argv": sys.argv[:1], "cwd": os.getcwd(), "umask": oct(os.umask(0o22)),
    "hash": hash("a"), "flags": [sys.flags.hash_randomization, sys.flags.utf8_mode],
    "columns": pandas.get_option("display.max_columns"), "backend": matplotlib.get_backend(),
    "style": {k: str(v) for k, v in sorted(matplotlib.rcParams.items())},
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "temporary": tempfile.gettempdir(), "locale": locale.getlocale(), "recursion": sys.getrecursionlimit(),
    "own": sorted(name for name in sys.modules if name.startswith("twinbenefits")),
    "warnings": [str(entry[:3]) for entry in __import__("warnings").filters],
}))
""".replace("OFF_NAME", OFF)


def notebook(*cells: str) -> dict[str, Any]:
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{n}",
                "metadata": {},
                "source": cell,
                "outputs": [],
                "execution_count": None,
            }
            for n, cell in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "x"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run cells in a fresh kernel and return the outputs of each."""
    (tmp_path / "a folder").mkdir()
    count = iter(range(100))

    def run(
        *cells: str, warm: bool = True, on_start: Any = lambda **_: None, **environment: str
    ) -> list[Any]:
        private = tmp_path / f"k{next(count)}"
        private.mkdir()
        execution = Execution(
            folder=str(tmp_path / "a folder"),
            environment={**SURROUNDINGS, OFF: str(int(warm)), **environment},
            private=str(private),
            on_cell_start=on_start,
        )
        return [cell["outputs"] for cell in execute(notebook(*cells), {}, execution)["cells"]]

    return run


@pytest.fixture(scope="module", autouse=True)
def no_parent_is_left() -> Iterator[None]:
    yield
    parent.end_parents()


def said(outputs: list[Any]) -> str:
    return "".join(output.get("text", "") for output in outputs).strip()


def test_a_warm_kernel_finds_the_surroundings_of_an_ordinary_one(run: Any) -> None:
    warm, ordinary = (json.loads(said(run(LOOK, warm=warm)[0])) for warm in (True, False))
    filters = [set(surroundings.pop("warnings")) for surroundings in (warm, ordinary)]
    assert filters[1] <= filters[0], "what was imported beforehand may have silenced warnings of its own"
    assert warm == ordinary
    assert warm["own"] == [], "the project's own modules are imported by the kernel itself, never before"


def test_outputs_of_every_kind_are_equal(run: Any) -> None:
    cells = (
        "import pandas as pd, numpy as np\npd.DataFrame(np.arange(200).reshape(2, 100))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
        "plt.bar([1], [2])",
        "from IPython.display import Markdown, display\ndisplay(Markdown('*a*'))",
        "import sys\nprint('b'); print('c', file=sys.stderr)",
        "!echo shell",
        "import warnings\nwarnings.warn('careful')",
        "_, __, In[1][:6]",
    )
    warm, ordinary = run(*cells), run(*cells, warm=False)
    for one, other, cell in zip(warm, ordinary, cells, strict=True):
        if "warn" not in cell:  # its text names the process
            assert one == other, cell
    assert "image/png" in json.dumps(warm[1])
    assert "image/png" in json.dumps(warm[2])


def test_nothing_leaks_from_one_kernel_to_the_next(run: Any) -> None:
    run(
        "import os, sys, random, numpy, pandas, matplotlib, warnings, locale, builtins\n"
        "os.environ['LEAK'] = 'x'; os.chdir('/'); sys.path.append('leak'); builtins.leak = 1\n"
        "random.seed(1); numpy.random.seed(1); pandas.set_option('display.max_columns', 3)\n"
        "matplotlib.rcParams['lines.linewidth'] = 77; warnings.simplefilter('error'); os.umask(0)\n"
        "import decimal; decimal.getcontext().prec = 3; sys.setrecursionlimit(999); leak2 = 5"
    )
    after, ordinary = (json.loads(said(run(LOOK, warm=warm)[0])) for warm in (True, False))
    assert not any(
        "error" in entry[:8] and "None, <class 'Warning'>" in entry for entry in after.pop("warnings")
    )
    ordinary.pop("warnings")
    assert after == ordinary
    assert (
        said(run("import builtins, decimal\nprint(hasattr(builtins, 'leak'), decimal.getcontext().prec)")[0])
        == "False 28"
    )


def test_unseeded_random_numbers_differ_between_kernels(run: Any) -> None:
    draw = "import random, numpy\nprint(random.random(), numpy.random.rand())"
    assert len({said(run(draw)[0]) for _ in range(3)}) == 3


def test_kernels_come_from_one_parent_and_from_another_where_import_time_settings_differ(run: Any) -> None:
    ask = "import os\nprint(os.getppid(), os.environ.get('MINE'), hash('a'))"
    first, second = said(run(ask, MINE="1")[0]).split(), said(run(ask, MINE="2")[0]).split()
    assert first[0] == second[0] != str(os.getpid())
    assert (first[1], second[1]) == ("1", "2")
    other = said(run(ask, PYTHONHASHSEED="7")[0]).split()
    assert other[0] != first[0]
    assert other[2] != first[2]


def test_a_failing_and_a_killed_kernel_concern_only_their_own_notebook(run: Any) -> None:
    with pytest.raises(CellError, match="ValueError: no"):
        run("raise ValueError('no')")
    with pytest.raises(Exception, match=r"[Kk]ernel"):
        run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(Exception, match=r"[Kk]ernel"):
        run("import os\nos._exit(3)")
    assert said(run("print(1)")[0]) == "1"


def test_a_hung_kernel_is_interrupted_and_ended(tmp_path: Path) -> None:
    environment = {**os.environ, **SURROUNDINGS}
    forked = parent_for(environment)
    with (tmp_path / "said").open("wb") as file:
        kernel = forked.spawn(_request(tmp_path, environment), [file.fileno(), file.fileno()])
    time.sleep(0.5)
    assert kernel.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        kernel.wait(0.05)
    kernel.kill()
    assert kernel.wait(5) == -signal.SIGKILL
    assert kernel.wait(5) == -signal.SIGKILL
    kernel.send_signal(signal.SIGTERM)  # to nobody
    assert forked.is_alive


def test_an_answer_that_is_there_before_the_request_was_sent_to_its_end_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(socket.socket):
        def sendmsg(self, *arguments: Any) -> int:
            sent = super().sendmsg(*arguments)
            time.sleep(0.2)  # the parent has answered and gone away by now
            return sent

    environment = {**os.environ, **SURROUNDINGS}
    forked = parent_for(environment)
    monkeypatch.setattr("twinbenefits.workflow.warm_kernels.parent.socket.socket", Slow)
    with (tmp_path / "said").open("wb") as file:
        kernel = forked.spawn(_request(tmp_path, environment), [file.fileno(), file.fileno()])
    assert forked.status_of(kernel.pid) is None, "it lives"
    mine = forked.process.pid
    children = Path(f"/proc/{mine}/task/{mine}/children").read_text("ascii").split()
    assert children == [str(kernel.pid)], "one request, one kernel"
    kernel.kill()
    assert kernel.wait(5) == -signal.SIGKILL


def test_what_is_to_be_done_at_the_end_of_a_kernel_is_done(run: Any, tmp_path: Path) -> None:
    run("import atexit, pathlib\natexit.register(pathlib.Path('done').touch)")
    assert (tmp_path / "a folder/done").exists()


def _request(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    connection = {
        "ip": str(folder / "c"), "transport": "ipc", "shell_port": 1, "iopub_port": 2, "stdin_port": 3,
        "control_port": 4, "hb_port": 5, "key": "k", "signature_scheme": "hmac-sha256",
    }  # fmt: skip
    (folder / "c.json").write_text(json.dumps(connection), "utf-8")
    return {
        "connection_file": str(folder / "c.json"),
        "folder": str(folder),
        "environment": environment,
        "arguments": ["ipykernel_launcher"],
    }


def test_kernels_end_when_their_parent_is_gone(tmp_path: Path) -> None:
    environment = {**os.environ, **SURROUNDINGS}
    mine = Parent(environment)
    mine.wait()
    with (tmp_path / "said").open("wb") as file:
        kernel = mine.spawn(_request(tmp_path, environment), [file.fileno(), file.fileno()])
    mine.process.kill()
    mine.process.wait()
    assert not mine.is_alive
    for _ in range(100):
        if not Path(f"/proc/{kernel.pid}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{kernel.pid}").exists()
    assert kernel.wait(5) == -signal.SIGKILL
    mine.end()


def test_the_socket_is_closed_to_others_and_nothing_is_left_behind(tmp_path: Path) -> None:
    mine = Parent({**os.environ, **SURROUNDINGS})
    mine.wait()
    folder = Path(mine.folder)
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "s").stat().st_mode & 0o177 == 0
    mine.end()
    assert not folder.exists()
    assert not mine.is_alive


def test_where_no_parent_starts_an_ordinary_kernel_does_the_work(
    run: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(_environment: object) -> Parent:
        raise ParentError("no room")

    monkeypatch.setattr("twinbenefits.workflow.warm_kernels.provisioner.parent_for", refuse)
    assert said(run("import os\nprint(os.getppid())")[0]) == str(os.getpid())
    assert "no room; starting an ordinary kernel." in capfd.readouterr().err


def test_a_parent_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "server.py"
    broken.write_text("raise SystemExit('broken on purpose')", "utf-8")
    monkeypatch.setattr(parent, "SERVER", broken)
    with pytest.raises(ParentError, match="broken on purpose"):
        Parent(dict(os.environ)).wait()


def test_only_our_own_kernels_are_forked() -> None:
    ours = [sys.executable, "-m", "ipykernel_launcher", "-f", "c.json"]
    assert WARM == NAME
    assert can_fork(ours, {})
    assert not can_fork(ours, {OFF: "0"})
    assert not can_fork(["/usr/bin/python9", *ours[1:]], {})
    assert not can_fork([sys.executable, "-m", "another_kernel", "-f", "c.json"], {})


def test_where_no_process_can_be_forked_an_ordinary_kernel_does_the_work(
    run: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    refusing = tmp_path / "server.py"
    text = parent.SERVER.read_text("utf-8")
    wish = "raise OSError(11, 'Resource temporarily unavailable')"
    refusing.write_text(text.replace("pid = os.fork()", wish), "utf-8")
    assert wish in refusing.read_text("utf-8")
    monkeypatch.setattr(parent, "SERVER", refusing)
    environment = {"PYTHONHASHSEED": "3"}  # needs a parent of its own
    assert said(run("import os\nprint(os.getppid())", **environment)[0]) == str(os.getpid())
    told = (
        "no kernel can be forked ([Errno 11] Resource temporarily unavailable); starting an ordinary kernel."
    )
    assert told in capfd.readouterr().err
    parent.end_parents()


def test_a_cell_can_be_interrupted_and_the_kernel_goes_on(tmp_path: Path) -> None:
    async def interrupted() -> tuple[str, str]:
        environment = {**SURROUNDINGS, OFF: "1"}
        manager = OwnKernelManager(kernel_name="python3", environment=environment, folder=str(tmp_path))
        await manager.start_kernel(cwd=str(tmp_path))
        assert manager.provisioner.process.__class__ is parent.ForkedKernel
        client = manager.client()
        client.start_channels()

        async def reply_to(request: str) -> str:
            while (reply := await client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request:
                pass
            return reply["content"].get("ename", reply["content"]["status"])

        try:
            await client.wait_for_ready(timeout=60)
            busy = client.execute("open('begun', 'w').close()\nwhile True: pass")
            while not (tmp_path / "begun").exists():
                await asyncio.sleep(0.01)
            await manager.interrupt_kernel()
            stopped = await reply_to(busy)
            return stopped, await reply_to(client.execute("1 + 1"))
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    assert asyncio.run(interrupted()) == ("KeyboardInterrupt", "ok")


def test_on_one_core_without_a_home_notebooks_run_as_ever(run: Any) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        outputs = run("import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()", HOME="/dev/null")[0]
    finally:
        os.sched_setaffinity(0, before)
    assert [output["output_type"] for output in outputs] == ["display_data"]
    assert "image/png" in outputs[0]["data"]
