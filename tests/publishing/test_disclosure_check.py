"""Two harmless tables of two notebooks, which together give a withheld count away."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.evidence.disclosure import Cell
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.release import _SEAL
from twinbenefits.publishing.disclosure_check import disclosure_json, disclosure_problems
from twinbenefits.publishing.stage import stage

NAN = float("nan")
BY_HARBOUR = (
    Cell("Boats", "boats", "all", {"harbour": "north"}, NAN, withheld=True),
    Cell("Boats", "boats", "all", {"harbour": "south"}, 7),
)
BY_COLOUR = tuple(Cell("Colours", "boats", "all", {"colour": c}, n) for c, n in (("red", 8), ("blue", 4)))


def register(toy: Any, notebook: str, display: str, cells: tuple[Cell, ...]) -> None:
    released = dataclasses.replace(toy.released(), disclosed=cells, seal=_SEAL)
    results = toy.registry(notebook)
    results.table(display, pd.DataFrame({"boat": ["Argo"]}), of=released, caption="Boats")


def test_a_withheld_count_is_kept_without_its_value(toy: Any) -> None:
    register(toy, "01_boats", "D01", BY_HARBOUR)
    kept = json.loads((toy.results() / "01_boats/disclosure.json").read_text())
    assert [record["value"] for record in kept["table D01"]] == [None, 7]


@settings(max_examples=25)
@given(
    st.lists(
        st.builds(
            Cell, st.just("D01"), st.text(max_size=4), st.text(max_size=4),
            st.dictionaries(st.text(max_size=3), st.text(max_size=4), max_size=3),
            st.integers(0, 10**9) | st.floats(0, 1e9), withheld=st.booleans(), complementary=st.booleans(),
            whole=st.booleans(),
        ),
        max_size=4,
    )
)  # fmt: skip
def test_counts_are_written_as_json_is(cells: list[Cell]) -> None:
    said = [
        {name: getattr(cell, name) for name in ("measure", "population", "at", "complementary", "whole")}
        | {"value": None if cell.withheld else cell.value}
        for cell in cells
    ]
    assert disclosure_json(cells) == json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True)


def test_one_table_alone_may_be_staged(toy: Any) -> None:
    register(toy, "01_boats", "D01", BY_HARBOUR)
    stage(toy.root, "public", "demo", toy.root)


def test_a_difference_between_two_notebooks_stops_the_stage_and_names_both(toy: Any) -> None:
    register(toy, "01_boats", "D01", BY_HARBOUR)
    register(toy, "02_sailors", "D03", BY_COLOUR)
    with pytest.raises(EvidenceError) as raised:
        stage(toy.root, "public", "demo", toy.root)
    text = str(raised.value)
    assert "D01[harbour=north] could be worked out exactly from" in text
    assert "D03[colour=red]" in text
    assert not (toy.root / "_staged").exists()


def test_counts_that_stand_under_two_names_are_looked_at_once(toy: Any) -> None:
    register(toy, "01_boats", "D01", BY_HARBOUR)
    register(toy, "02_sailors", "D03", BY_COLOUR)
    path = toy.results() / "01_boats/disclosure.json"
    (counts,) = json.loads(path.read_text("utf-8")).values()
    path.write_text(json.dumps({"table D01": counts, "value boats": counts}), "utf-8")
    (problem,) = disclosure_problems(toy.results(), "results")
    assert "D01[harbour=north] could be worked out exactly from" in str(problem)
