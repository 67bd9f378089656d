"""A notebook that is run once for each value of a parameter, and a document written once for its runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

RUNS = ("hill", "sea")


@pytest.fixture
def many(built: Any) -> Any:
    """The toy project with a notebook for each place."""
    built.add_notebook_for_each_place(*RUNS)
    return built


def test_each_run_has_its_step_results_page_and_document(many: Any) -> None:
    outcome = many.run("build")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    for run in RUNS:
        assert many.result(f"brief-{run}") == {f"{run}_rows": 4, "audience": "public"}
        assert f"run notebook brief-{run}" in outcome.stdout
        page = json.loads((many.root / f"_output/public/notebooks/brief-{run}.html").read_text("utf-8"))
        assert f"place = '{run}'" in json.dumps(page) or run == "hill"
        made = (many.root / f"_output/public/briefs/{run}.html").read_text("utf-8")
        assert f'title: "In the {run}"' in made
        assert f"var {run}_rows" in made
    assert not (many.root / "_output/public/briefs/brief.html").exists()
    assert "nothing to do" in many.run("build").stdout


def test_a_new_value_adds_a_run_and_touches_no_other(many: Any) -> None:
    many.run("build")
    many.write("data/study/places.csv", "place,label\nhill,Hill\nsea,Sea\nbog,Bog\n")
    will_run = json.loads(many.run("status", "--json").stdout)["will_run"]
    assert "run notebook brief-bog" in will_run
    assert "render briefs/bog.html" in will_run
    assert not {"run notebook brief-hill", "render briefs/hill.html", "run notebook 01_plants"} & set(
        will_run
    )
    assert many.run("build").returncode == 0
    assert many.result("brief-bog")["bog_rows"] == 4


def test_a_value_that_is_gone_takes_results_page_and_document_along(many: Any) -> None:
    many.run("build")
    many.write("data/study/places.csv", "place,label\nhill,Hill\n")
    assert many.run("build").returncode == 0
    assert not [name for name in many.files() if "sea" in name]
    assert [name for name in many.files() if "briefs/hill" in name]


def test_an_edit_of_the_pattern_renders_every_document_made_from_it_and_runs_no_notebook(many: Any) -> None:
    many.run("build")
    pattern = (many.root / "briefs/brief.qmd").read_text("utf-8")
    many.write("briefs/brief.qmd", pattern + "\nMore.\n")
    status = json.loads(many.run("status", "--json").stdout)
    assert set(status["will_run"]) == {
        "stage sources and results",
        "render briefs/hill.html",
        "render briefs/sea.html",
    }
    outcome = many.run("build")
    assert "run notebook" not in outcome.stdout
    assert "More." in (many.root / "_output/public/briefs/sea.html").read_text("utf-8")


def test_one_failing_run_leaves_the_others_results_and_says_which(many: Any) -> None:
    many.run("build")
    content = many.read_notebook("brief")
    content["cells"][3]["source"] += '\nassert place != "sea", "no boats"'
    many.write_notebook("brief", content)
    outcome = many.run("build")
    assert outcome.returncode == 1
    assert "Notebook brief-sea failed in code cell 3:" in outcome.stdout
    assert "AssertionError: no boats" in outcome.stdout
    assert many.result("brief-sea")["sea_rows"] == 4
    assert "run notebook brief-hill: " in outcome.stdout


def test_one_bad_cell_of_a_table_that_stops_several_runs_is_told_once(many: Any) -> None:
    many.kernels = True
    content = many.read_notebook("brief")
    content["cells"][3]["source"] += (
        "\nfrom twinbenefits.evidence.problems import EvidenceError, Problem"
        "\nraise EvidenceError(Problem('codings.csv', 6, 'strength', '2', 'must be empty', ''))"
    )
    many.write_notebook("brief", content)
    said = many.run("build").stdout
    assert said.count("codings.csv, row 6, column strength: has '2'; must be empty") == 1
    told = [f"Notebook {one} failed in code cell 3:" in said for one in ("brief-hill", "brief-sea")]
    alike = [f"The same was found by {one}." in said for one in ("brief-sea", "brief-hill")]
    assert told == alike
    assert sum(told) == 1


def test_the_parameter_that_tells_runs_apart_is_strict(many: Any) -> None:
    unknown = many.run("build", "-p", "brief.place=see")
    assert unknown.returncode == 2
    assert (
        "brief: place = 'see' must be one of hill, sea (did you mean sea?)" in unknown.stdout + unknown.stderr
    )
    known = many.run("build", "-p", "brief.place=sea")
    assert known.returncode == 2
    assert "brief.place cannot be set: a build runs brief once for each of hill, sea" in known.stderr


def test_a_document_of_a_run_that_does_not_exist_is_named_with_the_nearest(many: Any) -> None:
    outcome = many.run("render", "briefs/hil.qmd")
    assert outcome.returncode == 2
    assert "There is no document briefs/hil.qmd in the format html (did you mean briefs/hill.qmd?)" in (
        outcome.stderr
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("place,label\n", "has no rows with a column 'place'"),
        ("site,label\nhill,Hill\n", "has no rows with a column 'place'"),
        ("place,label\nhill,Hill\nhill,Hill\n", "'hill' cannot name a run; write each once"),
        ("place,label\nHigh Hill,Hill\n", "'High Hill' cannot name a run"),
    ],
)
def test_a_column_that_cannot_name_runs_stops_the_build(many: Any, table: str, said: str) -> None:
    many.write("data/study/places.csv", table)
    outcome = many.run("build")
    assert outcome.returncode == 2
    assert "notebooks/parameters.yml: brief.place: each_in: data/study/places.csv" in outcome.stderr
    assert said in outcome.stderr


def test_a_pattern_for_a_notebook_that_is_run_once_is_refused_with_its_line(many: Any) -> None:
    pattern = (many.root / "briefs/brief.qmd").read_text("utf-8")
    many.write("briefs/brief.qmd", pattern.replace("runs-of: brief", "runs-of: 01_plants"))
    outcome = many.run("build")
    assert outcome.returncode == 1
    said = outcome.stdout + outcome.stderr
    assert "briefs/brief.qmd, line 3, runs-of: '01_plants': no notebook of this name is run several" in said
