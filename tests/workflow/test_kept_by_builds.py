"""What earlier builds have made: only the build uses it, each edition its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from twinbenefits.publishing.kept import KEPT_VARIABLE
from twinbenefits.workflow.notebooks import NotebookSpec, _kernel_environment
from twinbenefits.workflow.settings import Settings


def test_a_run_that_is_no_build_s_makes_everything(tmp_path: Path) -> None:
    spec = NotebookSpec("01", tmp_path / "01.ipynb", {}, tmp_path, tmp_path, tmp_path, tmp_path)
    told = _kernel_environment(spec, tmp_path, "private")
    assert told[KEPT_VARIABLE] == "", "and a variable of the surroundings is overruled"
    of_a_build = replace(spec, kept=tmp_path / "kept")
    assert _kernel_environment(of_a_build, tmp_path, "private")[KEPT_VARIABLE] == str(tmp_path / "kept")


def test_each_edition_keeps_its_own_among_what_the_build_keeps(tmp_path: Path) -> None:
    (tmp_path / "data" / "private").mkdir(parents=True)
    editions = [
        Settings(tmp_path, audience, evidence)
        for audience in ("public", "team", "company:K1", "company:K2")
        for evidence in ("demo", "private")
    ]
    assert len({edition.kept for edition in editions}) == len(editions)
    assert all(edition.kept.parent == edition.state for edition in editions)
