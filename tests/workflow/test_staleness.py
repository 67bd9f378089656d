"""Reasons in words, and what they are read from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import ABSENT, Record, Step, digest, digests, notebook_inputs, reasons
from twinbenefits.workflow.steps import PACKAGE

A, B = digest("a"), digest("b")


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        ({"code cell 4": A}, {"code cell 4": B}, ["code cell 4 changed"]),
        ({"code cell 4": A}, {"code cell 4": A, "code cell 5": B}, ["code cell 5 is new"]),
        ({"code cell 4": A, "code cell 5": B}, {"code cell 4": A}, ["code cell 5 is gone"]),
        ({"data/x.csv": A}, {"data/x.csv": ABSENT}, ["data/x.csv is gone"]),
        ({"data/x.csv": ABSENT}, {"data/x.csv": A}, ["data/x.csv is new"]),
        ({"parameter n": "2"}, {"parameter n": "3"}, ["parameter n changed from 2 to 3"]),
        ({"Python": "3.11"}, {"Python": "3.12"}, ["Python changed from 3.11 to 3.12"]),
        ({"code cell 10": A, "code cell 9": A}, {}, ["code cell 9 is gone", "code cell 10 is gone"]),
        ({"x": A}, {"x": A}, []),
    ],
)
def test_reasons_are_told_in_words(then: dict[str, str], now: dict[str, str], told: list[str]) -> None:
    assert reasons(Record(then, {}), now, {}) == told


def test_what_was_never_made_is_told_so() -> None:
    assert reasons(None, {"x": A}, {}) == ["it has not been made yet"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"inputs": {}}', "\x00\xff"])
def test_a_broken_record_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content, "latin-1")
    assert Record.read(tmp_path / "r.json") is None


def test_files_are_told_by_their_place_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "data/.ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "data/a.csv").write_text("a", "utf-8")
    (tmp_path / "data/.ipynb_checkpoints/a.csv").write_text("b", "utf-8")
    found = digests([tmp_path / "data", tmp_path / "b.csv"], tmp_path)
    assert found == {"data/a.csv": A, "b.csv": ABSENT}


def test_a_file_edited_while_a_step_works_is_noticed_next_time(tmp_path: Path) -> None:
    source, made = tmp_path / "source", tmp_path / "made"
    source.write_text("a", "utf-8")

    def work() -> None:
        made.write_text(source.read_text("utf-8"), "utf-8")
        source.write_text("b", "utf-8")

    step = Step("s", "make", lambda: digests([source], tmp_path), [made], work, tmp_path / "r.json", tmp_path)
    step.run()
    assert step.reasons() == ["source changed"]


def test_a_step_that_fails_keeps_no_new_record(tmp_path: Path) -> None:
    def work() -> None:
        raise ValueError

    step = Step("s", "make", dict, [], work, tmp_path / "r.json", tmp_path)
    with pytest.raises(ValueError, match=r"^$"):
        step.run()
    assert step.reasons() == ["it has not been made yet"]


def inputs(toy: Any, **settings: Any) -> dict[str, str]:
    project = Project(Settings(toy.root, **settings))
    return notebook_inputs(project, project.runs[0], ModuleGraph(PACKAGE), "2026-11-01")


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return reasons(Record(before, {}), after, {})


def test_a_notebook_rests_on_its_code_tables_rules_modules_lock_and_python(toy: Any) -> None:
    found = inputs(toy)
    assert {name for name in found if not name.startswith("module ")} == {
        "code cell 1",
        "code cell 2",
        "code cell 3",
        "data/literature/plants.csv",
        "data/study/rules.yml",
        "data/study/study.yml",
        "data/study/displays.csv",
        "requirements.lock",
        "Python",
        "the date of the evidence",
    }
    assert "module twinbenefits.analysis" in found


def test_only_parameters_that_the_cell_does_not_hold_anyway_count(toy: Any) -> None:
    before = inputs(toy)
    assert inputs(toy, parameters={"01_plants": {"times": 2}, "02_animals": {"times": 5}}) == before
    assert changed(before, inputs(toy, parameters={"01_plants": {"times": 3}})) == ["parameter times is new"]
    assert changed(before, inputs(toy, audience="team")) == ["parameter audience is new"]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("data/literature/plants.csv", ["data/literature/plants.csv changed"]),
        ("data/literature/animals.csv", []),
        ("data/study/rules.yml", ["data/study/rules.yml changed"]),
        ("requirements.lock", ["requirements.lock changed"]),
        ("_quarto.yml", []),
        ("paper/index.qmd", []),
    ],
)
def test_an_edit_is_told_by_the_file_that_was_edited(toy: Any, file: str, told: list[str]) -> None:
    before = inputs(toy)
    toy.write(file, (toy.root / file).read_text("utf-8") + "\n")
    assert changed(before, inputs(toy)) == told


def test_a_table_that_no_longer_exists_is_told(toy: Any) -> None:
    before = inputs(toy)
    (toy.root / "data/literature/plants.csv").unlink()
    assert "data/literature/plants.csv is gone" in changed(before, inputs(toy))


def test_tables_are_read_from_the_call_that_declares_them(toy: Any) -> None:
    content = toy.read_notebook("01_plants")
    content["cells"][2]["source"] = (
        'study = evidence.study.Study.open(\n    tables=["b", *("a",)], audience="x")'
    )
    toy.write_notebook("01_plants", content)
    assert Project(Settings(toy.root)).notebooks[0].tables == ("a", "b")


def test_the_first_notebook_declares_tables_that_exist() -> None:
    project = Project(Settings(Path(__file__).resolve().parents[2]))
    for notebook in project.notebooks:
        assert notebook.tables
        for table in notebook.tables:
            assert project.table_file(table).is_file()


def test_records_hold_digests_only_of_what_readers_never_see(built_once: Any) -> None:
    for record in (built_once.root / ".build/demo/public/records").glob("*.json"):
        content = json.loads(record.read_text("utf-8"))
        assert not any(str(built_once.root) in text for part in content.values() for text in map(str, part))
