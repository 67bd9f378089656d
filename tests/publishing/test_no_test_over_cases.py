"""No p-value, star or talk of significance over cases: not in results, registered texts or notebooks."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.layout import find_root
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.schema import TABLES
from twinbenefits.publishing import case_tests
from twinbenefits.publishing.case_tests import rests_on_cases, signs_of_a_test
from twinbenefits.publishing.problems import PublishingError

ROOT = find_root()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LITERATURE = "01_literature_tables"
of_cases = pytest.mark.parametrize(
    "notebook", [path for path in NOTEBOOKS if path.stem != LITERATURE], ids=lambda path: path.stem
)


@pytest.mark.parametrize(
    "text",
    ["p < .05", "(p=0.04)", "P &lt; .001", "the p-value", "p_value", "significantly more", "0.41**", "3 *",
     "statistical significance", "non-significant", "insignificant", r"2.5\*", "Sig. (2-tailed)"],
)  # fmt: skip
def test_signs_of_a_test_are_seen(text: str) -> None:
    assert signs_of_a_test(text)


@pytest.mark.parametrize(
    "text",
    ["p. 12", "MVP 3", "top = 3", "“a significant saving, p < .05”", 'they said "significant"', "signature",
     "*2 withheld*", "**5** of 9", "changes (*2 withheld*)", "signify", "- P1: 5", "5 of 120 orders"],
)  # fmt: skip
def test_what_only_looks_alike_is_let_through(text: str) -> None:
    assert signs_of_a_test(text) == []


@pytest.fixture
def over_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    case = dataclasses.replace(TABLES["mentions"], group="case")
    monkeypatch.setattr(case_tests, "TABLES", {**TABLES, "mentions": case})


def made(toy: Any, table: pd.DataFrame | None = None) -> Released:
    """Return a released result with a table and a number."""
    rows = pd.DataFrame({"boat": ["Argo"]}) if table is None else table
    return release(Result(rows, inputs=("mentions",), scalars={"boats": Scalar(3)}), toy.study())


BAD_TABLES = {
    "a column for it": pd.DataFrame({"code": ["B1"], "p": [0.03]}),
    "a column of stars": pd.DataFrame({"code": ["B1"], "stars": ["x"]}),
    "a z": pd.DataFrame({"code": ["B1"], "z": [2.1]}),
}


@pytest.mark.parametrize("name", list(BAD_TABLES))
def test_a_result_over_cases_with_a_test_is_not_registered(toy: Any, over_cases: None, name: str) -> None:
    released = made(toy, BAD_TABLES[name])
    assert rests_on_cases(released)
    results = toy.registry()
    with pytest.raises(PublishingError, match="cases were chosen, not sampled"):
        results.value("boats", released)
    with pytest.raises(PublishingError, match="a name that only a test has"):
        results.table("D01", pd.DataFrame({"Code": ["one"]}), of=released, caption="Codes")


@pytest.mark.parametrize(
    ("frame", "texts"),
    [
        ({"Code": ["0.4 (p < .05)"]}, {}),
        ({"Code": ["0.4**"]}, {}),
        ({"p-value": ["x"]}, {}),
        ({"Code": ["a significant difference"]}, {}),
        ({"Code": ["x"]}, {"caption": "Significant differences"}),
        ({"Code": ["x"]}, {"note": "Stars: p < .05"}),
    ],
)
def test_a_registered_table_over_cases_shows_no_test(
    toy: Any, over_cases: None, frame: Any, texts: Any
) -> None:
    given = {"caption": "Codes", **texts}
    with pytest.raises(PublishingError, match="cases were chosen, not sampled"):
        toy.registry().table("D01", pd.DataFrame(frame), of=made(toy), **given)


def test_a_value_over_cases_is_not_called_a_p_value(toy: Any, over_cases: None) -> None:
    with pytest.raises(PublishingError, match="a p-value"):
        toy.registry().value("boats_p_value", made(toy), of="boats")


def test_informants_may_say_what_they_like_and_literature_may_quote_its_tests(
    toy: Any, monkeypatch: Any
) -> None:
    toy.registry().table(
        "D01", pd.DataFrame({"Effect": ["significant, p < .05"]}), of=made(toy), caption="Effects"
    )
    case = dataclasses.replace(TABLES["mentions"], group="case")
    monkeypatch.setattr(case_tests, "TABLES", {**TABLES, "mentions": case})
    frame = pd.DataFrame({"Quote": ["“a significant saving”"], "Cases": ["*2 withheld*"]})
    toy.registry().table("D01", frame, of=made(toy), caption="Quotes")


# The project's own notebooks and what they registered


def outputs_of(path: Path) -> list[str]:
    """Return every text that a notebook shows."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    bundles = [output.get("data", {}) | {"stream": output.get("text", "")} for output in shown]
    return [
        "".join(text)
        for bundle in bundles
        for kind, text in bundle.items()
        if kind in ("text/plain", "text/markdown", "text/html", "stream")
        and "base64" not in "".join(text)[:200]
    ]


@of_cases
def test_no_notebook_on_cases_shows_a_test(notebook: Path) -> None:
    found = [(text[:80], signs) for text in outputs_of(notebook) if (signs := signs_of_a_test(text))]
    assert not found


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_shows_a_summary_of_statsmodels(notebook: Path) -> None:
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(line for line in cell["source"] if not line.lstrip().startswith(("%", "!")))
            called = {
                node.func.attr
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            assert not called & {"summary", "summary2", "summary_frame", "pvalues"}, source
            assert "statsmodels" not in source


def test_no_analysis_hands_over_a_summary_of_statsmodels() -> None:
    for room in ("analysis", "display"):
        for path in sorted((ROOT / "src/twinbenefits" / room).glob("*.py")):
            assert not re.search(r"\.(summary2?|pvalues)\b", path.read_text("utf-8")), path


def test_nothing_that_was_registered_over_cases_shows_a_test() -> None:
    places = ("*/*.json", "*/tables/*.md", "*/figures/*.svg")
    built = [
        path
        for folder in sorted((ROOT / "results").glob("*"))
        for place in places
        for path in folder.glob(place)
        if path.relative_to(folder).parts[0] != LITERATURE
        and path.name not in ("provenance.json", "edition.json", "disclosure.json")
    ]
    if not built:
        pytest.skip("no results are built here; run make paper")
    for path in built:
        assert signs_of_a_test(path.read_text("utf-8")) == [], path
