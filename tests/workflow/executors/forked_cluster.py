"""A dask cluster on 127.0.0.1 whose workers share no folder, for tests.

Run as a program it imports distributed once, and forks the scheduler and each worker: a tenth of a second
each instead of one. It reads one JSON object per line, and answers each with one line:

    {"start": "scheduler", "certificate": ""}
    {"start": "worker", "scheduler": "tcp://…", "folder": "…", …}
    {"kill": 123}
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
PATIENCE = 20.0


class Forks:
    """The program above, and what tests ask of it.

    Parameters
    ----------
    folder
        Each worker gets a folder of its own in it.
    path
        Folders in which workers look for modules besides those of this process.
    """

    def __init__(self, folder: Path, *path: Path) -> None:
        self.folder, self.made = folder, 0
        self.log = folder / "cluster.log"
        searched = os.pathsep.join([*map(str, path), *filter(None, sys.path)])
        self.program = subprocess.Popen(
            [sys.executable, str(HERE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            env={**os.environ, "PYTHONPATH": searched},
            start_new_session=True,
        )

    def cluster(self, workers: int, certificate: str = "") -> ForkedCluster:
        """Start a scheduler with some workers; with a certificate they talk over TLS."""
        cluster = ForkedCluster(self, certificate, **self.ask(start="scheduler", certificate=certificate))
        for _ in range(workers):
            cluster.start_worker()
        return cluster

    def kill(self, pid: int) -> None:
        """Kill a scheduler or a worker, and wait until it is gone."""
        self.ask(kill=pid)

    def close(self) -> None:
        """End everything that was started."""
        os.killpg(self.program.pid, signal.SIGKILL)
        self.program.communicate()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and return its answer."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps(request) + "\n")
        self.program.stdin.flush()
        readable, _, _ = select.select([self.program.stdout], [], [], PATIENCE)
        line = self.program.stdout.readline() if readable else ""
        assert line, self.log.read_text()
        return dict(json.loads(line))


@dataclass
class ForkedCluster:
    """One scheduler and its workers."""

    forks: Forks
    certificate: str
    pid: int
    address: str
    workers: list[int] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    addresses: dict[int, str] = field(default_factory=dict)

    def start_worker(self, **options: Any) -> int:
        """Start a worker in a folder of its own and return its process.

        ``path`` stands before all other folders in which Python looks for packages, ``without`` hides
        packages, ``threads`` is how many pieces it does at once.
        """
        self.forks.made += 1
        folder = self.forks.folder / f"worker{self.forks.made}"
        (folder / "tmp").mkdir(parents=True)
        self.folders.append(folder)
        started = self.forks.ask(
            start="worker",
            scheduler=self.address,
            folder=str(folder),
            certificate=self.certificate,
            **options,
        )
        self.workers.append(started["pid"])
        self.addresses[started["pid"]] = started["address"]
        return int(started["pid"])

    def kill_worker(self, pid: int) -> None:
        """Kill a worker, and wait until the scheduler has noticed."""
        self.workers.remove(pid)
        self.forks.kill(pid)
        gone = f"Remove worker addr: {self.addresses[pid]} "
        until = time.monotonic() + PATIENCE
        while gone not in self.forks.log.read_text():
            assert time.monotonic() < until, f"the scheduler never said: {gone}"
            time.sleep(0.02)

    def close(self) -> None:
        """Kill all of it, once."""
        while self.workers:
            self.forks.kill(self.workers.pop())
        if self.pid:
            self.forks.kill(self.pid)
        self.pid = 0

    def left(self) -> list[str]:
        """Return the files in the workers' folders, but for those that say that a worker lives."""
        found = [
            Path(where, name)
            for folder in self.folders
            for where, _, names in os.walk(folder)
            for name in names
        ]
        return [
            path.relative_to(self.forks.folder).as_posix()
            for path in found
            if path.is_file() and path.suffix not in (".lock", ".dirlock") and path.name != "said.txt"
        ]


def fork(work: Any) -> tuple[int, str]:
    """Return the process that does some work, and the line it writes once it is ready."""
    read, write = os.pipe()
    if pid := os.fork():
        os.close(write)
        with os.fdopen(read) as said:
            return pid, said.readline().strip()
    try:
        os.close(read)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2, 1)
        work(write)
    finally:
        os._exit(1)


def security(certificate: str) -> Any:
    """Return what dask calls security: the same certificate for everybody, or none."""
    from distributed.security import Security

    if not certificate:
        return Security()
    names = ("tls_ca_file", "tls_client_cert", "tls_scheduler_cert", "tls_worker_cert")
    return Security(**dict.fromkeys(names, certificate), require_encryption=True)


def be_scheduler(ready: int, request: dict[str, Any]) -> None:
    import asyncio

    from distributed import Scheduler

    certificate = request["certificate"]
    kind = {"protocol": "tls" if certificate else "tcp", "security": security(certificate)}

    async def serve() -> None:
        async with Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0", **kind) as scheduler:
            os.write(ready, f"{scheduler.address}\n".encode())
            await scheduler.finished()

    asyncio.run(serve())


def be_worker(ready: int, request: dict[str, Any]) -> None:
    import asyncio

    from distributed import Worker

    folder = Path(request["folder"])
    os.chdir(folder)
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None
    hidden = request.get("without", [])
    found = [place for place in sys.path if not any((Path(place) / name).is_dir() for name in hidden)]
    sys.path[:] = [*request.get("path", []), *found]

    async def serve() -> None:
        async with Worker(
            request["scheduler"],
            host="127.0.0.1",
            nthreads=request.get("threads", 1),
            local_directory=str(folder / "tmp"),
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            security=security(request["certificate"]),
        ) as worker:
            os.write(ready, f"{worker.address}\n".encode())
            await worker.finished()

    asyncio.run(serve())


def main() -> None:
    import distributed  # noqa: F401  # once for all that are forked; never the project's own package
    import pandas  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        if "kill" in request:
            os.kill(request["kill"], signal.SIGKILL)
            os.waitpid(request["kill"], 0)
            answer = {}
        else:
            work = {"scheduler": be_scheduler, "worker": be_worker}[request["start"]]
            pid, address = fork(lambda ready, work=work, request=request: work(ready, request))
            answer = {"pid": pid, "address": address}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
