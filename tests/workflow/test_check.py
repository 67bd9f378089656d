"""Checks of a whole project, on a copy that is damaged on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from twinbenefits.workflow.check import CheckReport, check
from twinbenefits.workflow.checks.data_files import codebook
from twinbenefits.workflow.checks.finding import error, for_authors, note
from twinbenefits.workflow.checks.study_parts import displays
from twinbenefits.workflow.project import Project
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
    notes = "\n".join(map(str, found.of("note")))
    assert "the prose was not checked" in notes
    assert "what git tracks was not checked" in notes
    assert found.of("authors"), "the audit waits for its decisions"
    assert found.as_text().splitlines()[-1].startswith("fine: tables, parameters, displays")


def test_everything_that_is_wrong_is_listed_at_once(project: Path) -> None:
    edit(project / "data/literature/effects.csv", "\n", "\nnot,a,row\n")
    edit(project / "data/study/displays.csv", "D27,table,", "D99,table,Never made,x,x,x,01,paper\nD27,table,")
    edit(project / "notebooks/parameters.yml", "default: demo", "default: private")
    edit(project / "_quarto.yml", "    - index.qmd\n", "    - index.qmd\n    - paper/gone.qmd\n")
    (project / "data/study/forgotten.csv").write_text("a,b\n", "utf-8")
    (project / "paper/discussion.qmd").write_text("See /home/maija/notes.\n\n![](map.png)\n", "utf-8")
    found = check(Settings(project))
    assert not found.is_fine
    told = "\n".join(found.problems)
    assert "data/literature/effects.csv" in told
    assert "gives D99 to notebook 01, which does not register it" in told
    assert "has evidence = 'demo' in its parameters cell; notebooks/parameters.yml says 'private'" in told
    assert "_quarto.yml lists paper/gone.qmd, which does not exist" in told
    assert "data/study/forgotten.csv: nothing in the compendium reads this file" in told
    assert "paper/discussion.qmd, line 1: names a place on one machine" in told
    assert "paper/discussion.qmd, line 3: a picture has no alternative text" in told
    assert "problems found" in found.as_text().splitlines()[-1]


def test_outputs_that_are_older_than_code_or_table_are_told(project: Path) -> None:
    edit(project / "data/literature/effects.csv", "Maximum over strategies", "Maximum over the strategies")
    notebook = project / "notebooks/01_literature_tables.ipynb"
    content = json.loads(notebook.read_text("utf-8"))
    cell = next(cell for cell in reversed(content["cells"]) if cell["cell_type"] == "code")
    cell["source"] = ["# edited\n", *cell["source"]]
    notebook.write_text(json.dumps(content), "utf-8")
    told = [line for line in check(Settings(project)).problems if "its outputs were made" in line]
    assert any("01_literature_tables.ipynb: its code has changed" in line for line in told)
    assert any("01_literature_tables.ipynb: the table effects has changed" in line for line in told)
    assert all("make notebooks" in line for line in told)


def test_a_display_in_the_wrong_notebook_is_told(project: Path) -> None:
    edit(project / "data/study/displays.csv", '"stacked bars, heat map",01,', "map,02,")
    told = "\n".join(map(str, displays(Project(Settings(project)))))
    assert "registers D03, but data/study/displays.csv gives it to notebook 02" in told


def test_a_display_that_no_list_knows_is_told(project: Path) -> None:
    text = (project / "data/study/displays.csv").read_text("utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("D02,")]
    (project / "data/study/displays.csv").write_text("".join(kept), "utf-8")
    told = "\n".join(map(str, displays(Project(Settings(project)))))
    assert "registers D02, which data/study/displays.csv lacks" in told


def test_a_code_that_two_coders_would_read_differently_waits_for_the_authors(project: Path) -> None:
    edit(project / "data/study/codebook.csv", "A static drawing or dashboard with no model behaviour", "")
    edit(project / "data/study/codebook.csv", "; mere mention of 3D visualisation.", "")
    told = list(map(str, codebook(Project(Settings(project)))))
    assert any("code CH1 has no exclude" in line for line in told)


def test_the_report_can_be_read_by_a_machine_and_by_people() -> None:
    wrong, waiting, known = (
        make("a check", "a place", "something is so", "Do this") for make in (error, for_authors, note)
    )
    report = CheckReport(("tables",), (wrong, waiting, known))
    content = json.loads(report.as_json())
    assert content["counts"] == {"error": 1, "authors": 1, "note": 1}
    assert content["findings"][0] == {
        "severity": "error",
        "check": "a check",
        "place": "a place",
        "message": "something is so",
        "next_step": "Do this",
    }
    lines = report.as_text().splitlines()
    assert lines.index("Good to know:") < lines.index("Wrong:")
    assert lines[-1] == "1 problem found (1 matter waits for the authors)"
    assert (
        CheckReport(("tables",), (waiting,))
        .as_text()
        .endswith("fine: tables (1 matter waits for the authors)")
    )
