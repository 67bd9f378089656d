"""A copy of the evidence that a test may spoil."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A folder with the project's evidence and bibliography."""
    shutil.copytree(root / "data", tmp_path / "data", ignore=shutil.ignore_patterns("private"))
    shutil.copytree(root / "references", tmp_path / "references")
    (tmp_path / "_quarto.yml").write_text("project:\n  type: default\n", "utf-8")
    return tmp_path


@pytest.fixture
def write(project: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that puts other content into a table's file."""

    def put(table: str, content: str | bytes) -> Path:
        path = project / "data" / TABLES[table].path
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return put


@pytest.fixture
def problems_of(project: Path) -> Callable[..., tuple[Problem, ...]]:
    """Return a function that opens tables of the copy and returns the problems."""

    def problems(*tables: str) -> tuple[Problem, ...]:
        try:
            Study.open(project, tables=tables)
        except EvidenceError as error:
            return error.problems
        return ()

    return problems


@pytest.fixture(scope="session")
def toy_original(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A study of another subject with simulated case evidence; not to be changed."""
    toy_study = runpy.run_path(str(root / "tests/toy_evidence.py"))["toy_study"]
    layout: Layout = toy_study(tmp_path_factory.mktemp("toy") / "study")
    return layout


@pytest.fixture
def toy(toy_original: Layout, tmp_path: Path) -> Layout:
    """A copy of that study which a test may spoil."""
    shutil.copytree(toy_original.root, tmp_path / "toy")
    return Layout(tmp_path / "toy")


@pytest.fixture
def spoiled(root: Path, toy: Layout) -> Any:
    """The tables of that copy, to be changed and written back: see `Spoiled` in tests/toy_evidence.py."""
    return runpy.run_path(str(root / "tests/toy_evidence.py"))["Spoiled"](toy)
