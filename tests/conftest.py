"""What every test may use: the project's folder, a clean environment, a copy of the project, a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Property tests draw the same examples everywhere: a failure on one machine is a failure on all. Deadlines
# would make slow machines fail tests that say nothing about speed.
settings.register_profile("project", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("project")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a shell, make or an open notebook may have set; figures never need a screen."""
    for name in list(os.environ):
        if name.startswith(("TWINBENEFITS_", "JUPYTER")) or name in ("EVIDENCE", "AUDIENCE", "ENGINE"):
            monkeypatch.delenv(name)
    # Under `make test` an inner make would announce every folder it enters.
    of_make = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    of_git = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
    for name in (*of_make, *of_git, "SOURCE_DATE_EPOCH", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def project_files() -> list[str]:
    """Every file a clone would have now: tracked ones and new ones that git does not ignore."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(
            f"git does not answer in the project's folder ({error}); it lists what belongs to the project"
        )
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


@pytest.fixture
def copy_project(project_files: list[str]) -> Callable[[Path], Path]:
    """Return a function that copies the project, as a clone would have it, to an empty folder."""

    def copy(target: Path) -> Path:
        for name in project_files:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
        return target

    return copy


@pytest.fixture
def run_in() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs this Python with the package of a copy of the project."""

    def run(project: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(project / "src")}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [sys.executable, *arguments],
            check=False,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            **{"timeout": 300, **options},
        )

    return run


@pytest.fixture(scope="session")
def browser_program() -> str:
    """Where the browser is; tests that need one are skipped where none is installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)}); .ci/run installs one")
    if subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(
            f"{found} does not start (on Ubuntu it may only point to a snap); .ci/run installs another"
        )
    return found
