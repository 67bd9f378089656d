"""Run the study from its kept files in a clean folder, and measure it."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.workflow.reproduction.expected import ExpectedError

NEEDED = 3_000_000_000
"""Bytes that the environment, the results and the documents take together, with room to spare."""
KEPT_ENVIRONMENT = (
    "PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "XDG_CACHE_HOME",
)  # fmt: skip
KEPT_PREFIXES = ("PIP_", "UV_", "LC_", "LANG")
LAST_LINES = 25


@dataclass(frozen=True, slots=True)
class Run:
    """One run in a clean folder.

    Parameters
    ----------
    folder
        Where it ran; its results stand there.
    status
        The exit code of the build.
    said
        The last lines of what it said.
    surroundings
        Machine, versions, seconds per phase, memory, storage.
    """

    folder: Path
    status: int
    said: str
    surroundings: Mapping[str, Any]


def tracked_files(root: Path) -> list[str]:
    """Return the files of the compendium: what git tracks, or all files of an unpacked bundle."""
    if (root / ".git").exists():
        return [name for name in _git(root, "ls-files", "-z").split("\0") if name and (root / name).is_file()]
    from twinbenefits.workflow.checks.finding import kept_files

    return list(kept_files(root))


def changed_files(root: Path) -> list[str]:
    """Return what is not as committed, new files included; nothing outside a clone."""
    if not (root / ".git").exists():
        return []
    lines = _git(root, "status", "--porcelain", "-z").split("\0")
    return [line[3:] for line in lines if len(line) > 3]


def copy_of(root: Path, names: Sequence[str], into: Path) -> None:
    """Copy files of the compendium into an empty folder."""
    for name in names:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target)


def interpreter_in(environment: Path) -> Path:
    """Return the Python of an environment, named by its folder or by the interpreter itself.

    Parameters
    ----------
    environment
        As in ``.venv`` or ``.venv/bin/python``.

    Raises
    ------
    ExpectedError
        If there is none, or it cannot be run.
    """
    found = environment.absolute() / "bin" / "python" if environment.is_dir() else environment.absolute()
    try:
        asked = subprocess.run([str(found), "-I", "-c", "print('here')"], check=False, capture_output=True)
    except OSError:
        asked = None
    if asked is None or asked.stdout.strip() != b"here":
        raise ExpectedError(
            f"{environment} is no environment with a Python that can be run. Name its folder or its "
            "interpreter, as in --environment .venv, or leave the option out: then one is set up."
        )
    return found


def run_in(
    folder: Path,
    *,
    audience: str,
    evidence: str,
    python: Path | None,
    wheels: Path | None,
    say: Callable[[str], None],
) -> Run:
    """Set up and build in a folder that holds the compendium's files and nothing else.

    Parameters
    ----------
    folder
        The clean folder.
    audience, evidence
        Which edition is built.
    python
        The interpreter of an environment that is there already; None makes one from the locks.
    wheels
        A folder of wheels to install from, without any network.
    say
        Tells people what is going on.

    Raises
    ------
    ExpectedError
        If the set-up does not succeed.
    """
    environment = _environment(wheels)
    started = time.monotonic()
    if python is None:
        say("Setting up from the locks ...")
        base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        command = [str(base if base.exists() else sys.executable), "tools/set_up.py"]
        made = subprocess.run(
            command, cwd=folder, env=environment, check=False, capture_output=True, text=True
        )
        if made.returncode:
            raise ExpectedError(
                "The set-up did not succeed, so the reproduction could not be tried:\n"
                f"{_tail(made.stdout + made.stderr)}\n"
                "Without a network, name a folder of wheels: --wheels FOLDER."
            )
        python = folder / ".venv" / "bin" / "python"
    set_up = time.monotonic() - started
    say("Running the study ...")
    command = [str(python), "-m", "twinbenefits", "build", "--audience", audience, "--evidence", evidence]
    environment["PYTHONPATH"] = str(folder / "src")  # this copy's program, whatever the environment holds
    environment["TWINBENEFITS_ROOT"] = str(folder)
    begun = time.monotonic()
    built = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    measured = {
        **machine(),
        "seconds_set_up": round(set_up, 1),
        "seconds_run": round(time.monotonic() - begun, 1),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "storage_mib": round(
            sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
        ),
        "versions": _versions(python, environment),
    }
    return Run(folder, built.returncode, _tail(built.stdout), measured)


def machine() -> dict[str, Any]:
    """Return what kind of machine this is, without its name or its user."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory(),
        "python": platform.python_version(),
    }


def _memory() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (OSError, ValueError):
        return None


def _versions(python: Path, environment: Mapping[str, str]) -> dict[str, str]:
    code = (
        "import json; from twinbenefits.publishing.registry_provenance import versions; "
        "print(json.dumps(versions()))"
    )
    told = subprocess.run(
        [str(python), "-c", code], env=environment, check=False, capture_output=True, text=True
    )
    try:
        found: dict[str, str] = json.loads(told.stdout)
    except ValueError:
        return {}
    return found


def _environment(wheels: Path | None) -> dict[str, str]:
    """Return surroundings without what could change results: settings of the study and of Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_ENVIRONMENT or name.startswith(KEPT_PREFIXES)
    }
    offline = {
        "PIP_NO_INDEX": "1",
        "UV_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "UV_FIND_LINKS": str(wheels),
    }
    return {**kept, **(offline if wheels else {}), "PYTHONUTF8": "1", "NO_COLOR": "1"}


def _git(root: Path, *arguments: str) -> str:
    outcome = subprocess.run(["git", "-C", str(root), *arguments], check=False, capture_output=True)
    if outcome.returncode:
        raise ExpectedError(
            "git does not answer in this folder, so it is not known which files belong to the compendium: "
            f"{outcome.stderr.decode(errors='replace').strip()}"
        )
    return outcome.stdout.decode("utf-8", "surrogateescape")


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])
