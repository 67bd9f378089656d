"""Drawings of earlier builds: only the build uses them, each edition its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from twinbenefits.publishing.drawings import DRAWN_VARIABLE
from twinbenefits.workflow.notebooks import NotebookSpec, _kernel_environment
from twinbenefits.workflow.settings import Settings


def test_a_run_that_is_no_build_s_draws_every_figure(tmp_path: Path) -> None:
    spec = NotebookSpec("01", tmp_path / "01.ipynb", {}, tmp_path, tmp_path, tmp_path, tmp_path)
    told = _kernel_environment(spec, tmp_path, "private")
    assert told[DRAWN_VARIABLE] == "", "and a variable of the surroundings is overruled"
    of_a_build = replace(spec, drawn=tmp_path / "drawn")
    assert _kernel_environment(of_a_build, tmp_path, "private")[DRAWN_VARIABLE] == str(tmp_path / "drawn")


def test_each_edition_has_drawings_of_its_own_among_what_the_build_keeps(tmp_path: Path) -> None:
    (tmp_path / "data" / "private").mkdir(parents=True)
    editions = [
        Settings(tmp_path, audience, evidence)
        for audience in ("public", "team", "company:K1", "company:K2")
        for evidence in ("demo", "private")
    ]
    assert len({edition.drawn for edition in editions}) == len(editions)
    assert all(edition.drawn.parent == edition.state for edition in editions)
