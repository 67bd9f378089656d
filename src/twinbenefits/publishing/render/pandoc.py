"""The pandoc of the `pypandoc_binary` wheel: where it is, which version it is, and how it is run."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.faults import RenderError, problem_at

VERSION = "3.9"
"""The version the wheel holds; the output is promised byte for byte for this one only."""


@dataclass(frozen=True, slots=True)
class PandocRun:
    """What one run of pandoc left behind.

    Parameters
    ----------
    returncode
        0 when there was neither an error nor a warning.
    output
        Standard output; empty when an output file was named.
    log
        Pandoc's own messages, each a mapping with at least `type`, `verbosity` and `pretty`.
    message
        Standard error, for what is not in the log.
    """

    returncode: int
    output: bytes
    log: Sequence[Mapping[str, Any]]
    message: str

    @property
    def warnings(self) -> list[Mapping[str, Any]]:
        """The messages that make a rendering fail."""
        return [entry for entry in self.log if entry.get("verbosity") in {"WARNING", "ERROR"}]


def run_pandoc(options: Mapping[str, Any], text: bytes, *, folder: Path, epoch: int = 0) -> PandocRun:
    """Run pandoc once with the options of a defaults file.

    Parameters
    ----------
    options
        Keys of a pandoc defaults file.
    text
        Standard input.
    folder
        Where pandoc runs, so that relative paths in the text hold and none becomes absolute.
    epoch
        Seconds since 1970 that stand for "now".
    """
    environment = {
        "SOURCE_DATE_EPOCH": str(epoch),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PATH": os.environ.get("PATH", ""),
    }
    for name in ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR"):
        if name in os.environ:
            environment[name] = os.environ[name]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        log = home / "log.json"
        defaults = home / "defaults.yaml"
        # An empty data-dir keeps templates of the user's own pandoc out.
        defaults.write_text(yaml.safe_dump({**options, "log-file": str(log), "data-dir": name}), "utf-8")
        done = subprocess.run(
            [str(pandoc_path()), "--defaults", str(defaults)],
            input=text,
            capture_output=True,
            env={**environment, "HOME": name},
            cwd=folder,
            check=False,
        )
        entries = json.loads(log.read_text("utf-8")) if log.is_file() else []
    message = done.stderr.decode("utf-8", "replace").strip()
    return PandocRun(done.returncode, done.stdout, entries, message)


@functools.cache
def pandoc_path() -> Path:
    """Return the wheel's pandoc after checking that it is the version the project is tested with.

    The platform decides which wheel pip takes, and an older system silently gets an older pandoc.
    A pandoc elsewhere on the PATH is never used.
    """
    spec = importlib.util.find_spec("pypandoc")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    binary = folder / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc")
    if not binary.is_file():
        raise RenderError([_engine_problem("no pandoc", "the package pypandoc_binary brings it")])
    try:
        banner = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise RenderError(
            [_engine_problem("pandoc does not start", "the wheel must fit this machine")]
        ) from None
    found = banner.split()[1]
    if found != VERSION:
        rule = f"the output is only promised for pandoc {VERSION}"
        raise RenderError([_engine_problem(f"this machine's wheel holds pandoc {found}", rule)])
    return binary


def _engine_problem(value: str, rule: str) -> SourceProblem:
    way_out = (
        "Set the environment up again from requirements.lock, or install Quarto and use --engine quarto."
    )
    return problem_at("pypandoc_binary", None, value, rule, way_out)
