"""The brief for an industry: what it registers, what its readers may see, that each parameter matters."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from twinbenefits.publishing.registry_calls import registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "vertical_brief"
Run = Callable[..., Path]
Runner = Callable[[Path], Run]


@pytest.fixture(scope="module")
def runner(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Return what runs the notebook's code in this process on a project's evidence."""
    cells = json.loads((root / "notebooks" / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
    code = [(cell, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]

    def on(project: Path) -> Run:
        def execute(**parameters: object) -> Path:
            folder = tmp_path_factory.mktemp("results")
            patch.setenv("TWINBENEFITS_RESULTS", str(folder))
            patch.setenv("TWINBENEFITS_ROOT", str(project))
            names: dict[str, Any] = {}
            for cell, source in code:
                exec(compile(source, cell["id"], "exec"), names)
                if "parameters" in cell["metadata"].get("tags", []):
                    assert set(parameters) <= set(names)
                    names.update(parameters)
            return folder / f"{NAME}-{names['vertical']}"

        return execute

    with pytest.MonkeyPatch.context() as patch:
        yield on


@pytest.fixture(scope="module")
def run(runner: Runner, root: Path) -> Run:
    return runner(root)


@pytest.fixture(scope="module")
def defaults(run: Run) -> Path:
    return run()


@pytest.fixture(scope="module")
def for_the_team(run: Run) -> Path:
    return run(audience="team")


def values(folder: Path) -> dict[str, str]:
    vertical = folder.name.partition("-")[2]
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name.removeprefix(f"{vertical}_"): entry["text"] for name, entry in read.items()}


def benefits(folder: Path) -> pd.DataFrame:
    vertical = folder.name.partition("-")[2]
    return pd.read_csv(folder / "tables" / f"D26-{vertical}.csv", dtype=str, keep_default_na=False)


def test_its_display_and_parameters_are_those_of_the_lists(root: Path) -> None:
    notebook = root / "notebooks" / f"{NAME}.ipynb"
    assert registered_displays(notebook) == ["D26"]
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
    assert all("  # " in line for line in source.splitlines())


def test_the_runs_are_the_industries_of_the_study(root: Path) -> None:
    with (root / "data/study/verticals.csv").open(encoding="utf-8") as lines:
        industries = [row["vertical"] for row in csv.DictReader(lines)]
    assert list(load_schema(root / "notebooks")[NAME]["vertical"].choices) == industries


def test_every_result_bears_the_name_of_its_industry(defaults: Path) -> None:
    read = json.loads((defaults / "values.json").read_text("utf-8"))
    assert {name.partition("_")[0] for name in read} == {"telecom"}
    displays = json.loads((defaults / "displays.json").read_text("utf-8"))
    assert set(displays) == {"D26-telecom", "brief-published-telecom"}
    assert json.loads((defaults / "edition.json").read_text("utf-8"))["run"] == "telecom"


def test_what_is_computed_from_cases_is_marked_and_what_is_published_is_not(defaults: Path) -> None:
    read = json.loads((defaults / "values.json").read_text("utf-8"))
    marked = {name.removeprefix("telecom_") for name, entry in read.items() if entry["mark"]}
    assert {"benefits_listed", "not_asked_here", "move_1", "disbenefits_companies"} <= marked
    assert not {"label", "industry", "published_numbers"} & marked
    displays = json.loads((defaults / "displays.json").read_text("utf-8"))
    assert displays["D26-telecom"]["mark"]
    assert not displays["brief-published-telecom"]["mark"]


def test_five_benefits_in_order_each_with_confidence_and_what_to_measure(defaults: Path) -> None:
    listed = benefits(defaults)
    assert listed["No."].tolist() == ["1", "2", "3", "4", "5"]
    order = ["measured", "observed", "expected only"]
    states = [order.index(text.partition(";")[0]) for text in listed["Seen here"]]
    assert states == sorted(states)
    assert listed["Confidence at most"].str.startswith("Low (one case only").all()
    measure = listed["Measure before starting"]
    assert (measure.str.contains("[", regex=False) | measure.str.startswith("no indicator")).all()


def test_an_industry_of_which_nothing_may_be_told_is_told_nothing_of(run: Run) -> None:
    folder = run(vertical="manufacturing")
    listed, known = benefits(folder), values(folder)
    assert listed["Seen here"].str.startswith("not shown;").all()
    assert listed["Confidence at most"].str.startswith("Low (no case").all()
    for name in ("companies_here", "not_asked_here", "expected_only_here", "untold_here", "disbenefits_here"):
        assert known[name] == "not released"
    assert known["ordered_by"] == "the number of companies shown that saw them"
    for_team = run(vertical="manufacturing", audience="team")
    assert not benefits(for_team)["Seen here"].str.contains("not shown").any()
    assert values(for_team)["companies_here"] == "1"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("benefits_listed", 2), ("disbenefit_code", "OC1"), ("coder_rule", "all"), ("least_cases", 5)],
)
def test_each_parameter_changes_what_is_registered(
    run: Run, for_the_team: Path, parameter: str, value: object
) -> None:
    folder = run(audience="team", **{parameter: value})
    assert (values(folder), benefits(folder).to_dict()) != (
        values(for_the_team),
        benefits(for_the_team).to_dict(),
    )


def test_an_industry_that_the_study_does_not_have_is_named_with_the_nearest(run: Run) -> None:
    with pytest.raises(ValueError, match=r"no industry 'telekom'\. Did you mean telecom\?"):
        run(vertical="telekom")


def test_no_brief_shows_a_planted_word_or_the_state_of_a_closed_company(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twinbenefits.evidence.simulation.truth import Shape

    canaries = _canary_study()
    planted = canaries.make(tmp_path / "project", Shape(segments=150), share=0.2)
    monkeypatch.setenv("TWINBENEFITS_AS_OF", "2026-11-01")
    run = runner(tmp_path / "project")
    cases = planted.tables["cases"]
    opened = []
    for case, vertical in zip(cases["case"], cases["vertical"], strict=True):
        permits = {(case, "vertical"), (case, "benefit_states")} <= planted.permitted
        for audience in ("public", *([] if permits else [f"company:{case}"])):
            folder = run(evidence="private", audience=audience, vertical=vertical)
            text = "\n".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
            leaked = [
                canary
                for canary in planted.canaries
                if canary.word in text
                and canary.column != "vertical"
                and not planted.may_see(canary, audience)
            ]
            assert not leaked
            if audience == "public":
                assert (values(folder)["companies_here"] != "not released") is permits
                hidden = benefits(folder)["Seen here"].str.startswith("not shown")
                assert not hidden.any() if permits else hidden.all()
                opened.append(permits)
            else:
                assert values(folder)["companies_here"] == "1"
    assert {True, False} == set(opened)


def _canary_study() -> ModuleType:
    file = Path(__file__).parents[1] / "canary_study.py"
    spec = importlib.util.spec_from_file_location("canary_study", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["canary_study"] = module
    spec.loader.exec_module(module)
    return module
