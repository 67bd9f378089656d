"""The self-check: what it registers, that its parameters matter, that it opens no case evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "self_check"
Run = Callable[..., Path]


@pytest.fixture
def run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    cells = json.loads((root / "notebooks" / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
    monkeypatch.chdir(root)
    monkeypatch.setenv("TWINBENEFITS_RESULTS", str(tmp_path))

    def execute(**parameters: object) -> Path:
        names: dict[str, Any] = {}
        for cell in cells:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
                if "parameters" in cell["metadata"].get("tags", []):
                    names.update(parameters)
        return tmp_path / NAME

    return execute


def sheet(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "tables/self-check.csv", dtype=str, keep_default_na=False)


def test_it_lists_every_item_with_its_levels_and_rests_on_no_case(run: Run, root: Path) -> None:
    folder = run()
    scales = pd.read_csv(root / "data/study/context_scales.csv", dtype=str)
    listed = sheet(folder)
    assert listed["Item"].tolist() == scales["id"].tolist()
    assert (listed["Then consider"] != "").all()
    for name in ("values.json", "displays.json"):
        entries = json.loads((folder / name).read_text("utf-8"))
        assert {entry["mark"] for entry in entries.values()} == {None}


def test_each_parameter_changes_what_is_registered(run: Run) -> None:
    folder = run(from_level=4, show_items_without=False)
    values = json.loads((folder / "values.json").read_text("utf-8"))
    assert values["check_from_level"]["text"] == "4"
    assert len(sheet(folder)) == int(values["check_items_with_proposition"]["text"]) < 20


def test_its_parameters_are_those_of_the_schema(root: Path) -> None:
    cells = json.loads((root / "notebooks" / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
