"""Put a finished folder in the place of an old one: a kill at any moment leaves the old or the new."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_BESIDE = ".replaced"


def put_in_place(made: Path, target: Path) -> None:
    """Move the folder `made` to `target`, which may exist.

    On Linux both folders change places in one system call. Elsewhere, and on file systems without it, the old
    folder first steps aside; `recover` puts it back when the build was killed in just that moment.

    Parameters
    ----------
    made : Path
        A complete folder on the same file system.
    target : Path
        Where it belongs.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        made.rename(target)
    elif _exchange(made, target):
        shutil.rmtree(made)
    else:
        aside = target.with_name(target.name + _BESIDE)
        target.rename(aside)
        made.rename(target)
        shutil.rmtree(aside)


def recover(parent: Path) -> None:
    """Finish or take back what a killed build has left in `parent`."""
    for aside in parent.glob(f"*{_BESIDE}"):
        target = aside.with_name(aside.name.removesuffix(_BESIDE))
        if target.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(target)


def _exchange(one: Path, other: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(other))
