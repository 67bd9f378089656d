"""When a step of the build is out of date, and why, in words.

What a step rests on is written down as a mapping from a name that a reader understands ("code cell 4",
"data/literature/effects.csv", "module twinbenefits.analysis.literature") to a digest or a short value. After
a step has succeeded this mapping is kept together with the digests of the files it made. A later build
compares both: what differs is the reason to run the step again. Times of files play no part.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from twinbenefits.workflow.files import names_below
from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Project, Run

Inputs = Mapping[str, str]
_DIGEST = re.compile(r"[0-9a-f]{64}|absent")
ABSENT = "absent"
SETTLED = 2_000_000_000
"""Nanoseconds after which a second change of a file cannot have the same time as the first."""
ALSO_READ = {
    "twinbenefits.publishing.claims_codes": "paper/claims.yml",
    "twinbenefits.publishing.findings": "paper/claims.yml",
}
"""Modules that read a file when a notebook calls them, and the file."""
NEVER_RUN = "it has not been made yet"


def digest(content: bytes | str) -> str:
    """Return the SHA-256 of some content."""
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()


_SEEN: dict[tuple[str, int, int, int, int, int], Any] = {}
"""Of this process: a file is read once as long as nobody replaces or touches it."""


def _once(path: str, kind: str, read: Callable[[str], Any]) -> Any:
    """Return what reading a file gives, without reading it again where it is the one that was read."""
    stat = os.stat(path)  # noqa: PTH116  asked thousands of times, and a Path takes longer to make
    seen = (f"{kind} {path}", stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if seen not in _SEEN or time.time_ns() - stat.st_ctime_ns < SETTLED:
        _SEEN[seen] = read(path)
    return _SEEN[seen]


def _digest_of(path: str) -> str:
    return digest(Path(path).read_bytes())


def file_digest(path: Path | str) -> str:
    """Return the SHA-256 of a file, or that it is absent."""
    try:
        found: str = _once(str(path), "digest of", _digest_of)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ABSENT
    return found


def digests(paths: Iterable[Path | str], root: Path) -> dict[str, str]:
    """Return the digest of each file, by its path seen from `root`; folders stand for the files in them."""
    found: dict[str, str] = {}
    above = f"{root}{os.sep}"
    for path in map(str, paths):
        for file in names_below(path) if os.path.isdir(path) else (path,):  # noqa: PTH112  as above
            found[file.removeprefix(above).replace(os.sep, "/")] = file_digest(file)
    return found


def _json_in(path: str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


@dataclass(frozen=True)
class Record:
    """What a step rested on when it last succeeded, and what it made.

    Parameters
    ----------
    inputs, outputs : mapping of str to str
        By name, a digest or a short value.
    notes : mapping
        What the step wants to say in `status`.
    """

    inputs: Inputs
    outputs: Mapping[str, str]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """Read a record; one that is missing or cannot be read is none."""
        try:
            content = _once(str(path), "record in", _json_in)
            return cls(content["inputs"], content["outputs"], content["notes"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write the record whole or not at all."""
        from twinbenefits.publishing.atomic import write_text

        content = {"inputs": self.inputs, "outputs": self.outputs, "notes": self.notes}
        write_text(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def reasons(record: Record | None, inputs: Inputs, outputs: Mapping[str, str]) -> list[str]:
    """Say why a step is out of date; an empty list means that it is not.

    Parameters
    ----------
    record : Record or None
        What was kept when it last succeeded.
    inputs, outputs : mapping of str to str
        What it rests on and what it has made, as they are now.

    Examples
    --------
    >>> reasons(Record({"parameter least": "1"}, {}), {"parameter least": "2"}, {})
    ['parameter least changed from 1 to 2']
    """
    if record is None:
        return [NEVER_RUN]
    found = [
        _difference(name, record.inputs.get(name), inputs.get(name)) for name in {**record.inputs, **inputs}
    ]
    for name in {**record.outputs, **outputs}:
        then, now = record.outputs.get(name, ABSENT), outputs.get(name, ABSENT)
        if then != now:
            what = "is missing" if now == ABSENT else "was added" if then == ABSENT else "changed"
            found.append(f"{name} {what} behind the build's back")
    return sorted(filter(None, found), key=_in_order)


def _difference(name: str, then: str | None, now: str | None) -> str:
    if then == now:
        return ""
    if then in (None, ABSENT):
        return f"{name} is new"
    if now in (None, ABSENT):
        return f"{name} is gone"
    if _DIGEST.fullmatch(str(then)) or _DIGEST.fullmatch(str(now)):
        return f"{name} changed"
    return f"{name} changed from {then} to {now}"


def _in_order(reason: str) -> list[object]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", reason)]


@dataclass(frozen=True)
class Step:
    """One piece of work in the graph, which knows what it rests on and what it makes.

    Parameters
    ----------
    name : str
        Its name in the graph.
    title : str
        What it does, for the one who waits.
    inputs : callable
        Returns what it rests on now.
    outputs : sequence of Path
        The files and folders it makes.
    work : callable
        Does the work; may return notes for `status`.
    record : Path
        Where its record is kept.
    root : Path
        The project's folder.
    """

    name: str
    title: str
    inputs: Callable[[], Inputs]
    outputs: Sequence[Path]
    work: Callable[[], Mapping[str, Any] | None]
    record: Path
    root: Path

    def reasons(self) -> list[str]:
        """Say why it would run now."""
        return reasons(Record.read(self.record), self.inputs(), digests(self.outputs, self.root))

    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return not self.reasons()

    def run(self) -> None:
        """Do the work and keep what it rested on.

        What it rests on is read before the work begins: a file that is edited meanwhile is noticed next time.
        The old record stays until then; after a kill it tells whether what was made is still whole.
        """
        inputs = dict(self.inputs())
        notes = self.work() or {}
        Record(inputs, digests(self.outputs, self.root), notes).write(self.record)


def environment_inputs(project: Project) -> dict[str, str]:
    """Return what every step that computes rests on: the locked packages and the Python version."""
    root = project.settings.root
    return {
        "requirements.lock": file_digest(root / "requirements.lock"),
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def notebook_inputs(project: Project, run: Run, modules: ModuleGraph, as_of: str) -> dict[str, str]:
    """Return what the results of a notebook's run rest on: never its Markdown, outputs or metadata.

    Parameters
    ----------
    project : Project
        The project.
    run : Run
        One of its runs.
    modules : ModuleGraph
        The imports among the project's own modules.
    as_of : str
        The date on which the evidence is looked at.
    """
    notebook = run.notebook
    root, study = project.settings.root, project.settings.layout.study
    # the registry holds what a notebook registers to the list of displays
    always = [study / name for name in ("rules.yml", "study.yml", "displays.csv")]
    always += [root / file for module, file in ALSO_READ.items() if module in notebook.imports]
    return {
        **{f"code cell {number}": digest(source) for number, source in enumerate(notebook.code, 1)},
        **{f"parameter {name}": repr(value) for name, value in project.injected(run).items()},
        **digests([*map(project.table_file, notebook.tables), *always], root),
        **{f"module {name}": value for name, value in modules.closure(notebook.imports).items()},
        **environment_inputs(project),
        "the date of the evidence": as_of,
    }
