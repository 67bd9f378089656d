"""What the last interviews changed: cells, ranks and verdicts side by side."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.ranks import benefit_ranks
from twinbenefits.analysis.salience import salience
from twinbenefits.analysis.snapshots import Compared, compare_results, compare_snapshots

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


def snapshot(garden):
    return {
        "cells": salience(garden.coded(), garden.asked(), minimum_sessions=8).table,
        "ranks": benefit_ranks(garden.coded(), garden.asked(), minimum_sessions=8).table,
    }


def test_a_new_interview_shows_in_the_cells_and_ranks_it_changed() -> None:
    garden = TOY.Garden()
    for case in garden.cases:
        garden.fill(case, "G1a", 3)
    before = snapshot(garden)
    for _ in range(9):
        garden.say("north-2", "G1b", status="measured")
    found = compare_snapshots(before, snapshot(garden), inputs=("cases", "codings"))
    assert list(found) == ["cells", "ranks"]  # the others are in neither
    table = pd.concat([one.table for one in found.values()])
    changed = table[table["change"] == "changed"]
    assert set(changed["case"]) == {"north"}
    told = {
        (row["part"], row["name"], row["column"]): (row["before"], row["after"])
        for row in changed.to_dict("records")
    }
    assert told["cells", "G1b", "state"] == ("asked and absent", "observed or measured")
    assert told["cells", "G1b", "segments"] == ("0", "9")
    assert told["ranks", "G1b", "rank"] == ("3", "1")
    assert found["cells"].scalars["changed"].value == 1  # the others keep state, segments and sessions


def test_nothing_changed_and_a_withheld_company_would_have_as_many_rows() -> None:
    garden = TOY.Garden()
    garden.fill("north", "G1a", 3)
    found = compare_snapshots(snapshot(garden), snapshot(garden), inputs=("cases",))
    for one in found.values():
        assert set(one.table["change"]) == {"same"}
        assert one.table.groupby("case").size().nunique() == 1
        assert one.scalars["changed"].value == 0


def test_rows_that_appear_or_go_are_told() -> None:
    part = Compared("verdicts", ("proposition",), ("verdict", "rated"))
    before = pd.DataFrame({"proposition": ["P1", "P2"], "verdict": ["Mixed", "Mixed"], "rated": [4, 5]})
    after = pd.DataFrame(
        {"proposition": ["P2", "P3"], "verdict": ["Mixed", "Supported"], "rated": [5.0, None]}
    )
    table = compare_results(before, after, part)
    assert table[["name", "column", "before", "after", "change"]].values.tolist() == [
        ["P1", "verdict", "Mixed", "none", "gone"],
        ["P1", "rated", "4", "none", "gone"],
        ["P3", "verdict", "none", "Supported", "appeared"],
        ["P3", "rated", "none", "none", "appeared"],
    ]


def test_the_stricter_basis_of_the_two_goes_along() -> None:
    part = Compared("cells", ("case", "code"), ("state",), "case")
    row = {"case": "north", "code": "G1a", "cases": 1}
    before = pd.DataFrame([{**row, "state": "a", "persons": 4, "sources": 3, "level": 2}])
    after = pd.DataFrame([{**row, "state": "b", "persons": 2, "sources": 2, "level": 5}])
    nothing = after.assign(persons=0, sources=0, level=0)
    assert compare_results(before, after, part)[["persons", "level"]].values.tolist() == [[2, 2]]
    assert compare_results(nothing.assign(state="none"), after, part)[
        ["persons", "level"]
    ].values.tolist() == [[2, 5]]
    # what rests on nothing any more may have been taken back since: only the team may know
    assert compare_results(after, nothing.assign(state="none"), part)["level"].tolist() == [1]


def test_tables_that_cannot_be_compared_are_refused() -> None:
    part = Compared("verdicts", ("proposition",), ("verdict",))
    good = pd.DataFrame({"proposition": ["P1"], "verdict": ["Mixed"]})
    with pytest.raises(ValueError, match="verdicts after: the table lacks proposition"):
        compare_results(good, good.rename(columns={"proposition": "id"}), part)
    with pytest.raises(ValueError, match="stands twice"):
        compare_results(pd.concat([good, good]), good, part)
