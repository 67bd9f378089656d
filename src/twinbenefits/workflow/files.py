"""The files of a folder, as steps of the build see them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_IGNORED = (".ipynb_checkpoints", "__pycache__")


def files_below(folder: Path) -> list[Path]:
    """Return the files in a folder and below, sorted, without what editors and Python leave there."""
    return [Path(file) for file in names_below(str(folder))]


def names_below(folder: str) -> Iterator[str]:
    """Yield what `files_below` returns as texts: a `Path` takes longer to make than to find."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name in _IGNORED or entry.name.startswith((".~", "~$")):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from names_below(entry.path)
        elif entry.is_file():
            yield entry.path
