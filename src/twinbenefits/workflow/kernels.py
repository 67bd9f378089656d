"""Kernels of this very environment, whatever kernels the user has installed besides, and none left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import weakref
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict, Unicode, default

from twinbenefits.workflow.notebooks import LAST_WORDS

_LONGEST_FOLDER = 75
WARM = "twinbenefits-warm"
"""The provisioner that forks kernels where that is possible; JupyterLab goes on with its own."""
ending = threading.Event()
"""Set once `end_all_kernels` was called: kernels that die now have not failed."""
_started: weakref.WeakSet[OwnKernelManager] = weakref.WeakSet()


class OwnKernelSpecs(KernelSpecManager):
    """Answers every name with the Python that runs the build.

    A ``python3`` kernel in the user's home would otherwise win, with other packages than the locked ones.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is, under any name."""
        return KernelSpec(
            argv=[
                sys.executable,
                "-Xfrozen_modules=off",
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
            ],
            display_name="Python 3 (ipykernel)",
            language="python",
            name=kernel_name,
            metadata={"kernel_provisioner": {"provisioner_name": WARM}},
        )


class OwnClient(AsyncKernelClient):
    """Talks to a kernel; begins once it answers and is heard."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, but not, as Jupyter does, until it has been silent for a while.

        Whoever runs a notebook knows by its number to which cell a message belongs.

        Raises
        ------
        RuntimeError
            If the kernel has died or does not answer.
        """
        until = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while True:
            self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.get_shell_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    await self.get_iopub_msg(timeout=0.2)  # none: nobody listens yet, so ask again
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if until is not None and asyncio.get_running_loop().time() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


class OwnKernelManager(AsyncKernelManager):
    """Starts kernels of `OwnKernelSpecs` with a given environment, reached only by this user.

    Parameters
    ----------
    folder : str
        A private folder for the kernel's addresses, its key and what it says outside of cells.
    environment : dict
        What the kernel's environment holds besides the build's own.
    """

    folder = Unicode()
    environment = Dict()

    @default("client_factory")
    def _own_client(self) -> type[OwnClient]:
        return OwnClient

    @default("connection_file")
    def _own_connection_file(self) -> str:
        return str(Path(self.folder) / "kernel.json")

    @default("transport")
    def _own_transport(self) -> str:
        # Socket files need no free port and are closed to other users; their paths are limited to about 100
        # bytes.
        fits = os.name == "posix" and len(os.fsencode(self.folder)) < _LONGEST_FOLDER
        return "ipc" if fits else "tcp"

    @default("kernel_spec_manager")
    def _own_specs(self) -> OwnKernelSpecs:
        return OwnKernelSpecs(parent=self)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # async, as the parent's
        """Start the kernel and remember it, so that an interrupted build can end it."""
        options["env"] = {**os.environ, **options.get("env", {}), **self.environment}
        _started.add(self)
        with (Path(self.folder) / LAST_WORDS).open("wb") as last_words:
            await super().start_kernel(stdout=last_words, stderr=last_words, **options)

    async def _async_wait(self, pollinterval: float = 0.01) -> None:
        """Wait until the kernel has ended; ten times as attentive as Jupyter, for the next one waits."""
        await super()._async_wait(min(pollinterval, 0.01))


def end_all_kernels() -> None:
    """Kill every kernel this process has started; used when the build itself is interrupted.

    After a ``kill -9`` of the build nobody is left to do this: each kernel then notices within a second that
    its parent is gone and ends by itself.
    """
    ending.set()
    for manager in list(_started):
        process = getattr(manager.provisioner, "process", None)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()
