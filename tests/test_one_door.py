"""The one door to the tests, and what a continuous-integration machine runs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

THREE_ENDS = """
import pytest

def test_passes():
    pass

@pytest.mark.parametrize("number", [1, 2])
def test_fails(number):
    assert number == 3

@pytest.fixture
def broken():
    raise OSError("no such thing")

def test_cannot_begin(broken):
    pass

@pytest.mark.skip(reason="not here")
def test_is_skipped():
    pass
"""
HANGS = """
import subprocess, sys, time, pathlib

def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pathlib.Path(__file__).with_name("child").write_text(str(child.pid))
    time.sleep(60)
"""


@pytest.fixture
def door(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv(
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"
    )  # these small runs need no plugin, and start sooner
    spec = importlib.util.spec_from_file_location("tools_run_tests", root / "tools/run_tests.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run(
    door: ModuleType, tmp_path: Path, text: str, *arguments: str, limit: int = 60
) -> tuple[int, int, int]:
    (tmp_path / "test_some.py").write_text(text, "utf-8")
    own = ("--rootdir", str(tmp_path), "-p", "no:cacheprovider", str(tmp_path))
    counted = door.run_stage(door.Stage("some tests", (*arguments, *own), limit), tmp_path / "report.xml")
    return counted.passed, counted.failed, counted.skipped


def test_every_end_is_counted_once(door: ModuleType, tmp_path: Path) -> None:
    assert run(door, tmp_path, THREE_ENDS) == (1, 3, 1)


def test_parallel_workers_count_the_same(door: ModuleType, tmp_path: Path) -> None:
    assert run(door, tmp_path, THREE_ENDS, "-p", "xdist", *door.PARALLEL) == (1, 3, 1)


def test_a_stage_that_finds_nothing_has_failed(
    door: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(door, tmp_path, "") == (0, 1, 0)
    assert "No test was found for: some tests" in capfd.readouterr().out


def test_a_file_that_cannot_be_read_is_a_failure(door: ModuleType, tmp_path: Path) -> None:
    assert run(door, tmp_path, "def test_(:")[1] == 1


def test_an_option_that_pytest_does_not_know_is_a_failure(door: ModuleType, tmp_path: Path) -> None:
    assert run(door, tmp_path, THREE_ENDS, "--no-such-option") == (0, 1, 0)


def is_alive(process: int) -> bool:
    """Return whether a process still runs; one that is dead and only waits to be collected does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not (stat.exists() and stat.read_text("utf-8").rpartition(")")[2].split()[0] == "Z")


def test_what_hangs_is_stopped_with_all_it_has_started(door: ModuleType, tmp_path: Path) -> None:
    start = time.monotonic()
    passed, failed, _ = run(door, tmp_path, HANGS, limit=5)
    assert passed == 0
    assert failed >= 1
    assert time.monotonic() - start < 50
    child = int((tmp_path / "child").read_text("utf-8"))
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(child)


def test_every_marker_belongs_to_a_stage(door: ModuleType) -> None:
    chosen = [" ".join(stage.arguments) for stage in (*door.NORMAL, *door.LONG)]
    assert sum("not long and not browser" in text for text in chosen) == 1
    assert sum("browser and not long" in text for text in chosen) == 1
    assert sum("-m long" in text for text in chosen) == 1


# --- .ci/run ------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Path:
    """A folder with .ci/run, and programs that only write down how they were called."""
    (tmp_path / "project/.ci").mkdir(parents=True)
    shutil.copy2(root / ".ci/run", tmp_path / "project/.ci/run")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "cat"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name in ("make", "git", "chromium", "pdftoppm", "python3"):
        write_program(programs / name, f'echo "{name} $*" >> "$LOG"')
    return tmp_path


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!{shutil.which('bash')}\n{body}\n", "utf-8")
    path.chmod(0o755)


def run_ci(machine: Path) -> tuple[int, str, list[str]]:
    environment = {"PATH": str(machine / "programs"), "LOG": str(machine / "log"), "CI": "true"}
    outcome = subprocess.run(
        [str(machine / "project/.ci/run")],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    log = machine / "log"
    calls = log.read_text("utf-8").splitlines() if log.exists() else []
    return outcome.returncode, outcome.stdout, [call for call in calls if not call.startswith("python3")]


def test_ci_runs_the_tests_then_the_paper(machine: Path) -> None:
    assert run_ci(machine) == (0, "", ["make test", "make paper"])


def test_ci_fails_with_the_tests(machine: Path) -> None:
    write_program(machine / "programs/make", 'echo "make $*" >> "$LOG"; [ "$1" != test ]')
    code, _, calls = run_ci(machine)
    assert code != 0
    assert calls == ["make test"]


@pytest.mark.parametrize("apt_status", [0, 100])
def test_ci_installs_what_is_missing_and_goes_on_when_it_cannot(machine: Path, apt_status: int) -> None:
    (machine / "programs/chromium").unlink()
    write_program(machine / "programs/id", "echo 0")
    write_program(machine / "programs/apt-get", f'echo "apt-get $*" >> "$LOG"; exit {apt_status}')
    code, said, calls = run_ci(machine)
    assert code == 0
    assert "Installing chromium" in said
    assert ("skipped with a reason" in said) == (apt_status != 0)
    assert calls[0] == "apt-get update -qq"
    assert calls[-2:] == ["make test", "make paper"]


def test_ci_without_the_right_to_install_says_what_is_missing(machine: Path) -> None:
    (machine / "programs/pdftoppm").unlink()
    write_program(machine / "programs/id", "echo 1000")
    code, said, calls = run_ci(machine)
    assert code == 0
    assert "poppler-utils" in said
    assert calls == ["make test", "make paper"]
