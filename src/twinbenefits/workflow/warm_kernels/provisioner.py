"""The provisioner by which Jupyter starts warm kernels; where it cannot, it starts ordinary ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from twinbenefits.workflow.warm_kernels.parent import OutdatedError, ParentError, can_begin, parent_for

NAME = "twinbenefits-warm"
"""Its name among Jupyter's entry points ``jupyter_client.kernel_provisioners``."""
LAUNCHER = "ipykernel_launcher"


class WarmProvisioner(LocalProvisioner):
    """Forks kernels from a parent that has imported the stack."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel: forked where that is possible, else as Jupyter itself does."""
        environment = {name: str(value) for name, value in (kwargs.get("env") or os.environ).items()}
        if not can_fork(cmd, environment):
            return await super().launch_kernel(cmd, **kwargs)
        folder = os.fspath(kwargs.get("cwd") or Path.cwd())
        arguments = [_launcher_file(), *cmd[cmd.index(LAUNCHER) + 1 :]]
        request = {
            "connection_file": cmd[cmd.index("-f") + 1],
            "folder": folder,
            "environment": environment,
            "arguments": arguments,
        }
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            files = [_number(kwargs.get(name), fallback) for name, fallback in (("stdout", 1), ("stderr", 2))]
            opened = [_open_one(file, nowhere) for file in files]
            try:
                kernel = parent_for(environment).spawn(request, opened)
            except OutdatedError:
                kernel = parent_for(environment).spawn(request, opened)
        except ParentError as error:
            print(f"{error}; starting an ordinary kernel.", file=sys.stderr)
            return await super().launch_kernel(cmd, **kwargs)
        finally:
            os.close(nowhere)
        self.process, self.pid, self.pgid = cast(Any, kernel), kernel.pid, kernel.pid
        self.cwd = folder
        return self.connection_info


def can_fork(cmd: list[str], environment: dict[str, str]) -> bool:
    """Return whether a kernel of this command can be forked here."""
    is_ours = LAUNCHER in cmd and "-f" in cmd and Path(cmd[0]).resolve() == Path(sys.executable).resolve()
    return is_ours and can_begin(environment)


def _launcher_file() -> str:
    from importlib.util import find_spec

    found = find_spec(LAUNCHER)
    return str(found.origin) if found else LAUNCHER


def _number(file: Any, fallback: int) -> int | None:
    if hasattr(file, "fileno"):
        return int(file.fileno())
    if file == subprocess.DEVNULL:
        return None
    return file if isinstance(file, int) and file >= 0 else fallback


def _open_one(file: int | None, nowhere: int) -> int:
    """Return an open file's number; the place where nothing is kept when that file is closed."""
    try:
        os.fstat(-1 if file is None else file)
    except OSError:
        return nowhere
    return nowhere if file is None else file
