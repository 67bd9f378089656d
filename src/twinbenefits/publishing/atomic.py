"""Write files whole or not at all, and only when their bytes change.

A file that is rewritten with the same bytes would make everything that depends on it look out of date, and a
file that is half-written when a run is interrupted would be taken for a result.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["copy_file", "remove_unlisted", "write_bytes", "write_text"]


def write_bytes(path: Path, data: bytes) -> bool:
    """Write `data` to `path` unless it stands there already.

    Parameters
    ----------
    path
        The file; its folder is made.
    data
        The whole content.

    Returns
    -------
    bool
        Whether the file was written.
    """
    try:
        if path.read_bytes() == data:
            return False
    except (FileNotFoundError, NotADirectoryError):
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)  # a temporary file is private; a result is as readable as any other file
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    return True


def write_text(path: Path, text: str) -> bool:
    """Write `text` as UTF-8 with plain line ends unless it stands there already; see :func:`write_bytes`."""
    return write_bytes(path, text.encode("utf-8"))


def copy_file(source: Path, target: Path) -> bool:
    """Copy the content of `source` unless `target` has it already; see :func:`write_bytes`."""
    return write_bytes(target, source.read_bytes())


def remove_unlisted(folder: Path, keep: Iterable[Path]) -> list[Path]:
    """Delete the files below `folder` that are not in `keep`, and the folders this empties.

    Parameters
    ----------
    folder
        The folder to tidy; it may be missing.
    keep
        Paths relative to `folder`.

    Returns
    -------
    list of Path
        What was deleted, relative to `folder`, sorted.
    """
    wanted = {folder / path for path in keep}
    files = [path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir()]
    gone = [path for path in files if path not in wanted]
    for path in gone:
        path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # not empty
                path.rmdir()
    return [path.relative_to(folder) for path in gone]
