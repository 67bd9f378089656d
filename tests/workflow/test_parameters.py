"""The schema of parameters, and the notebooks held to it."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest

from twinbenefits.evidence.study import AS_OF_VARIABLE
from twinbenefits.workflow import settings
from twinbenefits.workflow.normal_form import parameters_source
from twinbenefits.workflow.parameters import (
    Parameter,
    ParameterError,
    cell_parameters,
    check_values,
    compare_with_cell,
    defaults_that_differ,
    load_schema,
    read_assignments,
)
from twinbenefits.workflow.project import Notebook, Project
from twinbenefits.workflow.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Notebook:
    return Notebook(request.param.stem, request.param)


def test_each_notebook_has_the_parameters_the_schema_declares(notebook: Notebook) -> None:
    declared = load_schema(ROOT / "notebooks")[notebook.name]
    assert list(notebook.cell_values) == list(declared)
    assert {name: parameter.default for name, parameter in declared.items()} == notebook.cell_values


def test_each_notebook_has_two_parameters_beside_evidence_and_audience(notebook: Notebook) -> None:
    assert {"evidence", "audience"} < set(notebook.cell_values)
    assert len(notebook.cell_values) >= 4


def test_each_parameter_has_a_comment(notebook: Notebook) -> None:
    source = parameters_source(notebook.content)
    assert source is not None
    lines = source.splitlines()
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    for name in notebook.cell_values:
        line = next(number for number, text in enumerate(lines, 1) if text.startswith(name))
        assert commented & {line, line - 1}, f"{name} has no comment on its line or the one above"


def test_the_schema_says_what_each_parameter_is_for() -> None:
    for parameters in load_schema(ROOT / "notebooks").values():
        for parameter in parameters.values():
            assert len(parameter.purpose) > 10


def test_every_audience_and_evidence_a_build_knows_is_a_choice_of_every_notebook() -> None:
    for parameters in load_schema(ROOT / "notebooks").values():
        standing = {audience for audience in settings.AUDIENCES if not audience.startswith("company")}
        assert set(parameters["audience"].choices) == standing  # a company is checked by its own rule
        assert set(parameters["evidence"].choices) == set(settings.EVIDENCES)


def test_the_project_passes_its_own_check() -> None:
    Project(Settings(ROOT)).check_parameters()


def test_the_day_of_the_evidence_is_set_by_the_variable_that_study_reads() -> None:
    assert settings.AS_OF_VARIABLE == AS_OF_VARIABLE


@pytest.mark.parametrize(
    ("kind", "value", "wrong"),
    [
        ("int", True, "must be of type int, not bool"),
        ("int", 2.0, "must be of type int, not float"),
        ("float", 2, None),
        ("float", float("nan"), "must be a finite number"),
        ("float", "2", "must be of type float, not str"),
        ("bool", 1, "must be of type bool, not int"),
        ("str", None, "must be of type str, not NoneType"),
    ],
)
def test_types_are_taken_strictly(kind: str, value: object, wrong: str | None) -> None:
    assert Parameter("x", kind, value, "").wrong_with(value) == wrong


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "-3", -3),
        ("int", "3.5", "3.5"),
        ("float", "1e-3", 0.001),
        ("bool", "yes", True),
        ("bool", "False", False),
        ("bool", "maybe", "maybe"),
        ("str", "3", "3"),
    ],
)
def test_values_from_the_command_line_are_read_by_their_type(kind: str, text: str, value: object) -> None:
    read = Parameter("x", kind, value, "").read(text)
    assert read == value
    assert type(read) is type(value)


def test_a_value_may_hold_equals_signs_and_dots() -> None:
    assert read_assignments({}, ["01_a.name=x=1.5"]) == {"01_a": {"name": "x=1.5"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1, 2", "is not YAML"),
        ("- a", "must map each notebook's name"),
        ("a: 3", "must map each notebook's name"),
        ("", "must map each notebook's name"),
        ("a: {x: 3}", "needs at least type, default and purpose"),
        ("a: {x: {type: int, purpose: p}}", "needs at least type, default and purpose"),
        ("a: {x: {type: integer, default: 1, purpose: p}}", "the type is 'integer'; known are str, int"),
        ("a: {x: {type: int, default: 1, purpose: p, min: 0}}", "has the unknown entries min"),
        ("a: {x: {type: int, default: 1, purpose: p, minimum: 2}}", "the default 1 must be at least 2"),
        (
            "a: {x: {type: str, default: b, purpose: p, choices: [c, d]}}",
            "the default 'b' must be one of c, d",
        ),
    ],
)
def test_a_schema_that_is_wrong_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "parameters.yml").write_text(text, "utf-8")
    with pytest.raises(ParameterError, match=told):
        load_schema(tmp_path)


def test_a_missing_schema_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"notebooks/parameters.yml is missing"):
        load_schema(tmp_path)


def test_notebooks_and_entries_without_their_other_half_are_told_together() -> None:
    schema = {"01_plants": {}, "02_animals": {}}
    with pytest.raises(ParameterError) as refused:
        check_values(schema, {}, ["01_plants", "02_animal"])
    assert refused.value.problems == (
        "02_animal.ipynb has no entry in notebooks/parameters.yml; add one (evidence and audience at least).",
        "notebooks/parameters.yml declares 02_animals, but notebooks/02_animals.ipynb does not exist (did "
        "you mean 02_animal?). Restore the notebook or take its entry out.",
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a = 1\nprint(a)", "line 2: only lines such as name = 1 belong here"),
        ("a = b = 1", "line 1: only lines such as name = 1 belong here"),
        ("a = open('x')", "line 1: a must be a plain value"),
        ("a = (", "line 1: "),
    ],
)
def test_a_parameters_cell_holds_plain_values_only(source: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        cell_parameters(source)


def test_annotated_and_negative_values_are_read() -> None:
    assert cell_parameters("a: int = -1\nb = [1, 2]\n# nothing\nc = None") == {
        "a": -1,
        "b": [1, 2],
        "c": None,
    }


def test_a_value_tried_out_in_jupyterlab_is_no_error_but_is_listed() -> None:
    declared = {"least": Parameter("least", "int", 2, "how many", minimum=1)}
    assert compare_with_cell("01_a", declared, {"least": 3}) == []
    assert defaults_that_differ("01_a", declared, {"least": 3}) == [
        "01_a.ipynb has least = 3 in its parameters cell; notebooks/parameters.yml says 2. Make them equal."
    ]
