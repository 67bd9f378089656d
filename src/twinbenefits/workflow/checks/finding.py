"""One thing that the check has found, and the files it looks at."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

Severity = Literal["error", "authors", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "authors", "note")
"""Wrong; open until the authors decide; good to know."""

MADE = ("results", "_output", "_staged", ".build", ".venv", ".quarto")
"""Folders whose content is made, for projects that git does not look after."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Parameters
    ----------
    severity
        ``error``: wrong. ``authors``: a decision of theirs is open. ``note``: good to know.
    check
        Which check found it.
    place
        The file, row, cell or part.
    message
        What is the matter there.
    next_step
        One thing to do about it.
    """

    severity: Severity
    check: str
    place: str
    message: str
    next_step: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.place}: {self.message}. {self.next_step}"


def error(check: str, place: str, message: str, next_step: str) -> Finding:
    """Return something that is wrong."""
    return Finding("error", check, place, message, next_step)


def for_authors(check: str, place: str, message: str, next_step: str) -> Finding:
    """Return something that only the authors can decide."""
    return Finding("authors", check, place, message, next_step)


def note(check: str, place: str, message: str, next_step: str) -> Finding:
    """Return something that is good to know."""
    return Finding("note", check, place, message, next_step)


@lru_cache(maxsize=4)
def kept_files(root: Path) -> tuple[str, ...]:
    """Return the files that belong to the compendium, as paths from its folder.

    What git tracks and what is new and not ignored; without git everything but what a build makes and what
    is private.
    """
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists():
        found = subprocess.run(command, check=False, capture_output=True)
        if found.returncode == 0:
            names = sorted(
                {name for name in found.stdout.decode("utf-8", "surrogateescape").split("\0") if name}
            )
            return tuple(name for name in names if (root / name).is_file())
    return tuple(
        sorted(
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and not _is_made(path.relative_to(root))
        )
    )


def _is_made(path: Path) -> bool:
    private = path.parts[:2] == ("data", "private")
    return private or path.parts[0] in MADE or "__pycache__" in path.parts


def text_of(root: Path, name: str) -> str:
    """Return the text of a file; what is no UTF-8 in it is replaced."""
    return (root / name).read_text("utf-8-sig", "replace")
