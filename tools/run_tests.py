"""The one door to the tests: runs them in stages, shows their progress, adds everything up.

Ends with one line, ``N passed, N failed, N skipped``; the exit status is 0 only if every stage ran something
and nothing failed. ``--long`` runs the tests that take minutes each instead.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".build" / "tests"
MINUTE = 60
OPTIONS = ("--quiet", "-o", "faulthandler_timeout=300")  # where a test hangs for so long is then printed


@dataclass(frozen=True)
class Stage:
    """One run of pytest.

    Attributes
    ----------
    title : str
        What it tests, in the reader's words.
    arguments : tuple of str
        For pytest.
    limit : int
        Seconds after which the stage is stopped and counts as failed: a test that hangs must not hang
        whoever waits for it.
    """

    title: str
    arguments: tuple[str, ...]
    limit: int


PARALLEL = ("-n", "2", "--dist", "loadfile")
NORMAL = (
    Stage(
        "unit, property, end-to-end and drift tests",
        (*PARALLEL, "-m", "not long and not browser", "tests"),
        20 * MINUTE,
    ),
    Stage(
        "committed notebooks against what they make today",
        (*PARALLEL, "-p", "tests.nbval.committed_outputs", "notebooks"),
        10 * MINUTE,
    ),
    Stage("JupyterLab and pages in a browser", ("-m", "browser and not long", "tests"), 10 * MINUTE),
)
LONG = (Stage("the tests that take minutes each", ("-m", "long", "tests"), 120 * MINUTE),)


@dataclass(frozen=True)
class Count:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_stage(stage: Stage, report: Path) -> Count:
    """Run one stage with its output shown as it comes; trouble beyond its tests counts as one failure."""
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--junitxml={report}", *stage.arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # the same everywhere, also in parallel workers
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        status = process.wait(stage.limit)
    except subprocess.TimeoutExpired:
        stop(process)
        print(f"\nStopped after {stage.limit // MINUTE} minutes: {stage.title}.", flush=True)
        return count(report) + Count(failed=1)
    except KeyboardInterrupt:
        stop(process)
        raise
    counted = count(report)
    if status == pytest_says("NO_TESTS_COLLECTED"):
        print(f"No test was found for: {stage.title}. That counts as a failure.", flush=True)
        return counted + Count(failed=1)
    if status and not counted.failed:
        print(f"pytest ended with status {status} although no test failed: {stage.title}.", flush=True)
        return counted + Count(failed=1)
    return counted


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the stage with everything it has started: first kindly, so that it can tidy up."""
    for kind, patience in ((signal.SIGINT, 15), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, kind)
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def pytest_says(name: str) -> int:
    """Return pytest's exit status of that name."""
    import pytest

    return int(pytest.ExitCode[name])


def count(report: Path) -> Count:
    """Read how the tests ended from pytest's own report."""
    if not report.exists():
        return Count()
    total = Count()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        tests, failures, errors, skipped = (
            int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
        )
        total += Count(max(tests - failures - errors - skipped, 0), failures + errors, skipped)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="run the tests that take minutes each")
    stages = LONG if parser.parse_args().long else NORMAL
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped from outside: stop the tests as well
    REPORTS.mkdir(parents=True, exist_ok=True)
    total = Count()
    start = time.monotonic()
    for number, stage in enumerate(stages, 1):
        print(f"\n[{number}/{len(stages)}] {stage.title}", flush=True)
        try:
            counted = run_stage(stage, REPORTS / f"{number}.xml")
        except KeyboardInterrupt:
            print(f"\nInterrupted. Until then: {total}", flush=True)
            return 130
        print(f"      {counted}, after {time.monotonic() - start:.0f} s", flush=True)
        total += counted
    print(f"\n{total}", flush=True)
    return 0 if total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main())
