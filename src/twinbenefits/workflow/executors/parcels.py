"""What travels to a worker and back: a zip in memory, because nobody shares a disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twinbenefits.evidence.layout import Layout

ALSO = ("_quarto.yml", "paper/claims.yml", "notebooks/parameters.yml", "requirements.lock")
"""Files outside of ``data/`` by which a notebook finds its project, or that it reads."""
COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """One run of a notebook as it travels to a worker.

    Its content is not shown by `repr`: a worker writes that of arguments into its log when a task fails.

    Parameters
    ----------
    name : str
        The name of the run.
    source : str
        The notebook's file, relative to the project's folder.
    content : str
        The notebook as JSON.
    files : bytes
        A zip of the project's files it rests on.
    parameters : mapping
        Values to inject.
    environment : mapping of str to str
        What the kernel's environment holds besides.
    """

    name: str
    source: str
    content: str = field(repr=False)
    files: bytes = field(repr=False)
    parameters: Mapping[str, object]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that succeeded: a zip of its folder of results, how many code cells ran and how long it took."""

    results: bytes = field(repr=False)
    cells: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that failed: cell and error as `NotebookError` tells them, its folder, the notebook as JSON."""

    cell: int | None
    error: str = field(repr=False)
    root: str
    notebook: str = field(repr=False)


def files_behind(layout: Layout, evidence: str) -> list[Path]:
    """Return the files of a project that its notebooks may read.

    Tables are sent whether or not a notebook declares them, as they are checked against one another. Of
    private evidence only the study's tables and its key are sent: no sources, no list of forbidden words, and
    nothing else that somebody keeps beside them.

    Parameters
    ----------
    layout : Layout
        Where the project stands.
    evidence : str
        ``demo`` or ``private``.
    """
    found = [layout.root / name for name in ALSO]
    found += [path for folder in (layout.study, layout.literature) for path in sorted(folder.rglob("*"))]
    found += sorted(layout.demo.glob("*.csv"))
    if evidence == "private":
        from twinbenefits.evidence.keys import KEY_FILE, open_key
        from twinbenefits.evidence.schema import TABLES

        open_key(layout, evidence)  # made at first use: two workers would make two
        found.append(layout.private / KEY_FILE)
        found += sorted(
            table.file(layout, evidence) for table in TABLES.values() if table.holds_case_evidence
        )
    return [path for path in dict.fromkeys(found) if path.is_file()]


def packed(files: Iterable[Path], folder: Path) -> bytes:
    """Return a zip of files, by their paths seen from a folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(
        made, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION, strict_timestamps=False
    ) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder).as_posix())
    return made.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of a zip below a folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)  # leaves out drives and ..
