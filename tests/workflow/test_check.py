"""Checks of a whole project, on a copy that is damaged on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from twinbenefits.workflow.check import CheckReport, check
from twinbenefits.workflow.settings import Settings


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_project_as_committed_is_fine(project: Path) -> None:
    found = check(Settings(project))
    assert found.problems == ()
    assert found.is_fine
    assert any("has no results yet; run `make paper`" in note for note in found.notes)
    assert found.as_text().splitlines()[-1].startswith("fine: tables, parameters, displays")


def test_everything_that_is_wrong_is_listed_at_once(project: Path) -> None:
    edit(project / "data/literature/effects.csv", "\n", "\nnot,a,row\n")
    edit(project / "data/study/displays.csv", "D27,table,", "D99,table,Never made,x,x,x,01,paper\nD27,table,")
    edit(project / "notebooks/parameters.yml", "default: demo", "default: private")
    edit(project / "_quarto.yml", "    - index.qmd\n", "    - index.qmd\n    - paper/gone.qmd\n")
    found = check(Settings(project))
    assert not found.is_fine
    told = "\n".join(found.problems)
    assert "data/literature/effects.csv" in told
    assert "gives D99 to notebook 01, which does not register it" in told
    assert "has evidence = 'demo' in its parameters cell; notebooks/parameters.yml says 'private'" in told
    assert "_quarto.yml lists paper/gone.qmd, which does not exist" in told
    assert found.as_text().splitlines()[-1] == f"{len(found.problems)} problems found"


def test_a_display_in_the_wrong_notebook_is_told(project: Path) -> None:
    edit(project / "data/study/displays.csv", '"stacked bars, heat map",01,', "map,02,")
    told = "\n".join(check(Settings(project)).problems)
    assert "registers D03, but data/study/displays.csv gives it to notebook 02" in told


def test_a_display_that_no_list_knows_is_told(project: Path) -> None:
    text = (project / "data/study/displays.csv").read_text("utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("D02,")]
    (project / "data/study/displays.csv").write_text("".join(kept), "utf-8")
    told = "\n".join(check(Settings(project)).problems)
    assert "registers D02, which data/study/displays.csv lacks" in told


def test_where_git_does_not_answer_that_is_a_note(project: Path) -> None:
    assert any("what git tracks" in note for note in check(Settings(project)).notes)


def test_the_report_can_be_read_by_a_machine() -> None:
    report = CheckReport(("tables",), ("a is wrong",), ())
    assert json.loads(report.as_json()) == {"checked": ["tables"], "problems": ["a is wrong"], "notes": []}
    assert report.as_text() == "a is wrong\n1 problem found"
    assert replace(report, problems=()).as_text() == "fine: tables"
