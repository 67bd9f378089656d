"""Warm kernels a hundred times in a row, and every notebook of the study on both kinds of kernels."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twinbenefits.workflow.notebooks import NotebookSpec, run_notebook
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.warm_kernels.parent import OFF, ForkedKernel

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
]
ROOT = Path(__file__).resolve().parents[3]
TIMES, AT_ONCE = 100, 2
ANOTHER = "starting an ordinary kernel"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    """The benchmark, which knows how to copy the project."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("bench_kernels", f"{folder}/bench_kernels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(folder)
    del sys.modules[spec.name]


def test_a_hundred_builds_in_a_row(built: Any) -> None:
    """Each runs its notebooks anew, two at a time, on kernels that were forked; all make the same bytes."""
    built.kernels = True
    before, failed = built.files(), []
    for number in range(TIMES):
        outcome = built.run("build", "--force")
        said = outcome.stdout + outcome.stderr
        if outcome.returncode or ANOTHER in said or built.files() != before:
            failed.append((number, said[-2000:]))
    assert failed == []


def test_a_hundred_times_the_committed_notebooks_kernel(tmp_path: Path) -> None:
    """nbval with two workers on one small notebook each: whatever starts kernels may ask a hundred times."""
    cell = {"cell_type": "code", "metadata": {}, "source": "print(6 * 7)", "execution_count": 1, "id": "c0"}
    said = {"output_type": "stream", "name": "stdout", "text": "42\n"}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    content = {"cells": [{**cell, "outputs": [said]}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    for number in range(TIMES):
        (tmp_path / f"n{number:03}.ipynb").write_text(json.dumps(content), "utf-8")
    options = ["-q", "-n", str(AT_ONCE), "--dist", "loadfile", "-p", "tests.nbval.committed_outputs"]
    outcome = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            "-c",
            "/dev/null",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{TIMES} passed" in outcome.stdout, outcome.stdout[-3000:]
    assert ANOTHER not in outcome.stdout + outcome.stderr


def test_a_hundred_kernels_end_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None has to be killed, which a notebook would wait for, and none is told to have been."""
    ended: dict[int, int] = {}
    poll = ForkedKernel.poll

    def noting(kernel: ForkedKernel) -> int | None:
        status = poll(kernel)
        if status is not None:
            ended[kernel.pid] = status
        return status

    def run(number: int) -> None:
        cell = {"cell_type": "code", "metadata": {}, "source": "print(1)", "execution_count": None, "id": "c"}
        content = {"cells": [{**cell, "outputs": []}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        places = {name: tmp_path / name for name in ("results", "work", "failed")}
        run_notebook(NotebookSpec(f"n{number}", tmp_path / "n.ipynb", content, tmp_path, **places))

    monkeypatch.setattr(ForkedKernel, "poll", noting)
    with ThreadPoolExecutor(AT_ONCE) as lanes:
        list(lanes.map(run, range(TIMES)))
    assert len(ended) == TIMES
    assert set(ended.values()) == {0}


def test_every_output_of_the_study_is_equal_on_both_kinds_of_kernels(
    benchmark: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = benchmark.copy_of_the_project(tmp_path / "project")
    settings = Settings(root)
    project = Project(settings)
    made: dict[str, dict[str, bytes]] = {}
    for kind in ("1", "0"):
        monkeypatch.setenv(OFF, kind)
        benchmark.run_side_by_side(settings, project.runs)
        made[kind] = {
            path.relative_to(settings.results).as_posix(): path.read_bytes()
            for path in sorted(settings.results.rglob("*"))
            if path.is_file()
        }
        shutil.rmtree(settings.results)
    assert len([name for name in made["1"] if name.endswith(".ipynb")]) == len(project.runs) > 10
    assert made["1"].keys() == made["0"].keys()
    assert [name for name in made["1"] if made["1"][name] != made["0"][name]] == []
