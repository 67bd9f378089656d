"""What earlier builds have made, found by a digest of what it is made from, so that it is not made again.

The folder belongs to one audience and one kind of evidence, for it holds what readers of these results see.
It lies among the build's own things and is deleted with them. Only the build names it: clean runs, JupyterLab
and notebooks that are run by hand make everything themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from pathlib import Path

from twinbenefits.publishing.atomic import write_bytes

__all__ = ["KEPT_VARIABLE", "Kept", "code_digests"]

KEPT_VARIABLE = "TWINBENEFITS_KEPT"
"""Names the folder; only the build sets it."""

MOST, LARGEST = 1_200, 150_000_000  # things, and bytes of all of them: some eight builds of different data
SEALED = 32


class Kept:
    """A folder of things, each of one or more parts.

    Parameters
    ----------
    folder
        Where they stand.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_this_build(cls) -> Kept | None:
        """Return what the build that runs this notebook has kept; None for everybody else."""
        named = os.environ.get(KEPT_VARIABLE)
        return cls(Path(named)) if named else None

    def get(self, digest: str) -> list[bytes] | None:
        """Return the parts of a thing, or None if it is not here or damaged."""
        path = self.folder / digest
        try:
            content = path.read_bytes()
            os.utime(path)  # the oldest unused go first
        except OSError:
            return None
        seal, rest = content[:SEALED], content[SEALED:]
        if hashlib.sha256(rest).digest() != seal:
            return None
        parts, at = [], 0
        while at < len(rest):
            end = at + 8 + int.from_bytes(rest[at : at + 8], "big")
            parts.append(rest[at + 8 : end])
            at = end
        return parts

    def put(self, digest: str, *parts: bytes) -> None:
        """Keep a thing; where that cannot be done, the next build makes it again."""
        content = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        with contextlib.suppress(OSError):
            write_bytes(self.folder / digest, hashlib.sha256(content).digest() + content)

    def tidy(self, most: int = MOST, largest: int = LARGEST) -> None:
        """Delete what was not used for longest, down to so many things and so many bytes."""
        with contextlib.suppress(OSError):  # whoever deletes the folder meanwhile may do so
            for half_written in self.folder.glob(".*"):
                half_written.unlink(missing_ok=True)
            kept = [(path.stat(), path) for path in self.folder.iterdir()]
            kept.sort(key=lambda one: one[0].st_mtime_ns, reverse=True)
            sizes = itertools.accumulate(about.st_size for about, _ in kept)
            for number, (size, (_, path)) in enumerate(zip(sizes, kept, strict=True), start=1):
                if number > most or size > largest:
                    path.unlink(missing_ok=True)


def code_digests(*names: str) -> list[str]:
    """Return a digest of each of these files beside this one: code that decides what is made."""
    return [hashlib.sha256(Path(__file__).with_name(name).read_bytes()).hexdigest() for name in names]
