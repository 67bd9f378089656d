"""Write files whole or not at all: one file, or several that belong together.

Several files are changed as one: the new ones are written beside the old, the old ones are kept, a journal
says what goes where, and only then are the files put in place. Whatever interrupts this, even the end of
the process or of the computer's power, is undone when the next change begins: the journal tells how.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO

from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["replace_together", "undo_interrupted", "write_bytes", "zip_bytes"]

ZIP_DAY = (1980, 1, 1, 0, 0, 0)

JOURNAL = "journal.json"
LOCK = "lock"


def write_bytes(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; return whether its bytes changed."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return True


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive whose bytes depend on its members alone."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def replace_together(folder: Path, contents: Mapping[Path, bytes]) -> list[Path]:
    """Write several files, all or none.

    Parameters
    ----------
    folder
        Where the journal, the new files and copies of the old ones stand meanwhile; it must be on the same
        disk as the files.
    contents
        The new content of each file; those that have it already are left alone.

    Returns
    -------
    list of Path
        The files that changed.

    Raises
    ------
    EvidenceError
        If another change is under way.
    """
    undo_interrupted(folder)
    changed = {
        path: content
        for path, content in contents.items()
        if not (path.is_file() and path.read_bytes() == content)
    }
    if not changed:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with _Lock(folder):
        try:
            entries = [_prepare(folder, number, *item) for number, item in enumerate(changed.items())]
            _write_durably(folder / JOURNAL, json.dumps({"files": entries}).encode())
            for number, path in enumerate(changed):
                (folder / f"{number}.new").replace(path)
        except BaseException:
            _undo(folder)
            raise
        for parent in {path.parent for path in changed}:
            _settle(parent)
        _finish(folder)
    return [*changed]


def undo_interrupted(folder: Path) -> bool:
    """Undo a change that was interrupted; return whether there was one.

    Raises
    ------
    EvidenceError
        If the change is still under way in another process.
    """
    if not folder.is_dir():
        return False
    with _Lock(folder):
        _undo(folder)
    return True


class _Lock:
    """The right to change files, which ends with the process that has it, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / LOCK).open("ab")

    def __enter__(self) -> None:
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            rule, way_out = "another import is under way", "Wait until it has ended, then try again."
            raise EvidenceError(Problem(self._folder.name, None, None, None, rule, way_out)) from None

    def __exit__(self, *_: object) -> None:
        self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _lock(file: IO[bytes]) -> None:
    """Lock a file for this process; raise OSError if another one has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _prepare(folder: Path, number: int, path: Path, content: bytes) -> dict[str, object]:
    """Write the new content and keep the old; return what the journal says of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_durably(folder / f"{number}.new", content)
    existed = path.exists()
    if existed:
        shutil.copy2(path, folder / f"{number}.old")
        (folder / f"{number}.new").chmod(path.stat().st_mode & 0o777)
    return {"path": os.path.relpath(path, folder), "existed": existed}


def _undo(folder: Path) -> None:
    """Put back what the journal says was there; without a journal nothing was changed yet."""
    try:
        entries = json.loads((folder / JOURNAL).read_bytes())["files"]
    except (OSError, ValueError, KeyError):
        entries = []
    for number, entry in enumerate(entries):
        path = Path(os.path.normpath(folder / entry["path"]))
        old = folder / f"{number}.old"
        if not entry["existed"]:
            path.unlink(missing_ok=True)
        elif old.exists():
            old.replace(path)
    _finish(folder)


def _finish(folder: Path) -> None:
    """Forget the journal first, so that what is left is rubbish and no order to undo anything."""
    (folder / JOURNAL).unlink(missing_ok=True)
    for left in folder.glob("[0-9]*.*"):
        left.unlink()


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Have the folder's own entries written to disk, where the system knows how."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
