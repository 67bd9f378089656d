"""What a build makes before it is needed: what its notebooks name, and nothing that has changed since."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from twinbenefits.publishing.evidence_segments import read_segments
from twinbenefits.publishing.scan_closed import closed_evidence
from twinbenefits.workflow import beforehand as module
from twinbenefits.workflow.beforehand import Meanwhile, beforehand, prepare
from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Run
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.steps import PACKAGE
from twinbenefits.workflow.warm_kernels.parent import NOTHING, Beforehand

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
    assert wish.apart is not None
    arguments = wish.apart[2]
    assert arguments["declared"] == [("codings", "segments"), ("votes",)]
    assert (arguments["audience"], arguments["as_of"]) == ("company:K1", DAY)
    assert Path(wish.package) == PACKAGE


def test_without_tables_nothing_is_opened(tmp_path: Path) -> None:
    runs = [run("twinbenefits.analysis.ranks")]
    assert beforehand(Settings(tmp_path), runs, ModuleGraph(PACKAGE), DAY).apart is None


@pytest.fixture
def meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What a build makes meanwhile from a copy of the data, pickled as the fork does it."""
    for name in ("literature", "study", "demo"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    for_kernels, for_build = prepare(str(tmp_path), "demo", "public", DAY, [("codings", "cases")])
    assert len(pickle.loads(pickle.dumps(for_kernels))) == 2, "what the notebook declares, and the segments'"
    monkeypatch.setattr(module, "told", lambda _: pickle.dumps(for_build))
    return Meanwhile(Settings(tmp_path), Beforehand(apart=("", "", {})))


def test_what_later_steps_need_is_what_they_would_have_found(meanwhile: Meanwhile) -> None:
    layout, day = meanwhile.settings.layout, date.fromisoformat(DAY)
    assert meanwhile.closed_evidence is not None
    assert meanwhile.closed_evidence.digest == closed_evidence(layout, "demo", "public", day).digest
    assert meanwhile.segments == read_segments(layout, "public", "demo", day)


def test_it_is_handed_on_only_as_long_as_no_byte_has_changed(meanwhile: Meanwhile) -> None:
    assert meanwhile.segments is not None
    path = meanwhile.settings.layout.data / "demo" / "permissions.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert meanwhile.closed_evidence is None
    assert meanwhile.segments is None


@pytest.mark.parametrize("told", [b"", b"\x80", pickle.dumps(("", None, None))])
def test_what_was_not_made_is_left_to_the_step_that_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bytes
) -> None:
    monkeypatch.setattr(module, "told", lambda _: told)
    for wish in (NOTHING, Beforehand(apart=("", "", {}))):
        assert Meanwhile(Settings(tmp_path), wish).closed_evidence is None


def test_the_build_itself_needs_no_pandas_for_it() -> None:
    look = "import sys, twinbenefits.workflow.beforehand, twinbenefits.publishing.evidence_page"
    look += ", twinbenefits.publishing.scan_passages, twinbenefits.evidence.data_digest"
    subprocess.run([sys.executable, "-c", f"{look}; sys.exit('pandas' in sys.modules)"], check=True)
