"""Tables to export and a project to import into; what tests of exchange make stands in making.py."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.project import Project
from twinbenefits.evidence.exchange.report import ImportReport
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem

TABLES = ("cases", "sources", "segments", "coders", "codings", "assignments", "memos")

Refused = Callable[[Path], tuple[Problem, ...]]


def csv(path: Path) -> pd.DataFrame:
    """Return a table as text."""
    return pd.read_csv(path, dtype="str", keep_default_na=False)


@pytest.fixture(scope="session")
def demo(root: Path) -> dict[str, pd.DataFrame]:
    """The demonstration set as text, with the codebook."""
    tables = {path.stem: csv(path) for path in sorted((root / "data" / "demo").glob("*.csv"))}
    return {**tables, "codebook": csv(root / "data" / "study" / "codebook.csv")}


@pytest.fixture(scope="session")
def texts(root: Path) -> dict[str, str]:
    """The invented transcripts by source."""
    folder = root / "data" / "demo" / "sources"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))}


@pytest.fixture(scope="session")
def as_real(demo: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same tables without the mark, as if they were real, for tests of the way in."""
    return {name: frame.drop(columns="synthetic", errors="ignore") for name, frame in demo.items()}


@pytest.fixture
def layout(root: Path, tmp_path: Path) -> Layout:
    """A project without private tables."""
    folder = tmp_path / "project"
    for name in ("study", "literature"):
        shutil.copytree(root / "data" / name, folder / "data" / name)
    shutil.copytree(root / "references", folder / "references")
    (folder / "_quarto.yml").write_text("project:\n  type: default\n", "utf-8")
    return Layout(folder)


@pytest.fixture
def reading() -> Callable[[Path], tuple[Project, ImportReport]]:
    """Return the reader, under a name that says what a test does with it."""
    return read_project


@pytest.fixture
def refused() -> Refused:
    """Return a function that reads a file and returns why it is refused; it fails if the file is read."""

    def problems(path: Path) -> tuple[Problem, ...]:
        with pytest.raises(EvidenceError) as caught:
            read_project(path)
        return caught.value.problems

    return problems
