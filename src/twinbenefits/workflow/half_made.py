"""A place for a file that is being made."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

__all__ = ["HalfMade"]


class HalfMade:
    """A path in a folder of its own, which is gone afterwards.

    Parameters
    ----------
    folder : Path
        Where half-made things stand.
    name : str
        The name of the file that is made.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def __enter__(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.made = tempfile.mkdtemp(prefix="render-", dir=self.folder)
        return Path(self.made) / self.name

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.made, ignore_errors=True)
