"""From an empty folder: clone, `make paper`, and everything that a fresh clone promises."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

OUTPUTS = {
    "index.html",
    "paper/index.html",
    "paper/index.pdf",
    "paper/index.docx",
    "slides/workshop-1.html",
    "slides/workshop-1.pptx",
    "notebooks/01_literature_tables.html",
    "manifest.json",
}
AGAIN = 3.0  # seconds; it takes under one where nothing else runs


def make(clone: Path, target: str) -> tuple[str, float]:
    """Run make as on a new machine: no environment active, nobody at the keyboard."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS", "PYTEST"))
    }
    python = f"PYTHON={getattr(sys, '_base_executable', sys.executable)}"
    start = time.monotonic()
    outcome = subprocess.run(
        ["make", target, python],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, said
    return said, time.monotonic() - start


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.long
def test_a_fresh_clone_in_a_folder_with_a_space_makes_the_paper(root: Path, tmp_path: Path) -> None:
    for program in ("git", "make"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if not (root / ".git").exists():
        pytest.skip("this is no git clone, so there is nothing to clone")
    clone = tmp_path / "with space"
    git(tmp_path, "clone", "--quiet", "--no-hardlinks", str(root), str(clone))

    make(clone, "paper")
    output = clone / "_output/public"
    made = {path.relative_to(output).as_posix(): path for path in output.rglob("*") if path.is_file()}
    assert set(made) >= OUTPUTS
    listed = json.loads(made["manifest.json"].read_text("utf-8"))["files"]
    digests = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in made.items()
        if name != "manifest.json"
    }
    assert {name: entry["sha256"] for name, entry in listed.items()} == digests
    times = {name: path.stat().st_mtime_ns for name, path in made.items()}

    said, seconds = make(clone, "paper")
    assert "nothing to do" in said
    assert seconds < AGAIN
    assert {name: path.stat().st_mtime_ns for name, path in made.items()} == times

    assert git(clone, "status", "--porcelain") == ""
    assert (clone / ".git/hooks/pre-commit").exists()
    assert "nothing to do" in make(clone, "status")[0]
    assert "make paper" in make(clone, "help")[0]
