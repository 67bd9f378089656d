"""What a build makes before it is needed: what its notebooks name, and nothing that has changed since."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from twinbenefits.workflow.beforehand import Meanwhile, beforehand
from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Run
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.steps import PACKAGE

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-01"
STUDY = "twinbenefits.evidence.study"


def run(*imports: str, tables: tuple[str, ...] = ()) -> Run:
    """A run of a notebook with these imports and tables."""
    return cast("Run", SimpleNamespace(notebook=SimpleNamespace(imports=frozenset(imports), tables=tables)))


def test_modules_that_notebooks_name_and_the_tables_they_declare(tmp_path: Path) -> None:
    runs = [
        run(STUDY, "pandas", "twinbenefits.analysis.ranks", tables=("codings", "segments")),
        run(STUDY, f"{STUDY}.Study", tables=("votes",)),
        run(STUDY, tables=("votes",)),
    ]
    settings = Settings(tmp_path, "company:K1")
    wish = beforehand(settings, runs, ModuleGraph(PACKAGE), DAY)
    assert list(wish.modules) == ["twinbenefits.analysis.ranks", STUDY]
    ((_, _, arguments),) = wish.calls
    assert arguments["declared"] == [("codings", "segments"), ("votes",)]
    assert (arguments["audience"], arguments["as_of"]) == ("company:K1", DAY)
    assert Path(wish.package) == PACKAGE


def test_without_tables_nothing_is_opened(tmp_path: Path) -> None:
    runs = [run("twinbenefits.analysis.ranks")]
    assert list(beforehand(Settings(tmp_path), runs, ModuleGraph(PACKAGE), DAY).calls) == []


def test_what_the_scan_looks_for_is_handed_on_only_as_long_as_no_byte_has_changed(tmp_path: Path) -> None:
    for name in ("literature", "study", "demo"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    meanwhile: Any = Meanwhile(Settings(tmp_path), DAY)
    found = meanwhile.closed_evidence()
    assert found is not None
    assert found.digest == meanwhile.closed_evidence().digest
    path = tmp_path / "data" / "demo" / "permissions.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert meanwhile.closed_evidence() is None


def test_data_that_cannot_be_read_are_left_to_the_step_that_needs_them(tmp_path: Path) -> None:
    assert Meanwhile(Settings(tmp_path), DAY).closed_evidence() is None
