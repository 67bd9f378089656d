"""The order of moves: nothing before what enables it, then depth, or votes once there are some."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.roadmap import move_votes, roadmap

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("toy_network.py"))))
BASIS = {"cases": 3, "persons": 9, "sources": 9, "level": 2}


def judged(**marks: tuple[float | None, float | None]) -> pd.DataFrame:
    rows = [{"code": code, "impact": a, "effort": b, "voters": 9, **BASIS} for code, (a, b) in marks.items()]
    return pd.DataFrame(rows)


def test_without_votes_depth_decides_and_then_the_number_of_benefits() -> None:
    result = roadmap(TOY.network())
    table = result.table
    # WK (2 benefits) and WS (1) wait for nothing; WT (2) waits for WS, WB (1) for WK.
    assert table["node"].tolist() == ["WK", "WS", "WT", "WB"]
    assert table["depth"].tolist() == [0, 0, 1, 1]
    assert table["lane"].tolist() == ["enabler", "enabler", "enabling_change", "business_change"]
    assert table["ordered_by"].unique().tolist() == ["depth"]
    assert table["impact"].isna().all()
    assert result.limitations[0] == "No votes yet: the order follows the network alone."
    assert result.scalars["moves_voted_on"].value == 0
    assert "votes" not in result.inputs


def test_votes_order_what_does_not_wait_for_anything() -> None:
    result = roadmap(TOY.network(), judged(WS=(9, 1), WB=(9, 1), WT=(2, 8), WK=(5, 5)))
    assert result.table["node"].tolist() == ["WS", "WK", "WB", "WT"]
    assert result.table["ordered_by"].unique().tolist() == ["votes"]
    assert "No votes yet" not in " ".join(result.limitations)
    assert "votes" in result.inputs


def test_a_move_that_was_not_voted_on_stands_behind_those_that_were_unless_it_enables_them() -> None:
    table = roadmap(TOY.network(), judged(WB=(9, 1), WS=(1, None))).table
    assert table["node"].tolist() == ["WK", "WB", "WS", "WT"]
    assert table["ordered_by"].tolist() == ["depth", "votes", "depth", "depth"]


def test_a_row_rests_on_the_weaker_of_its_evidence_and_its_votes() -> None:
    table = roadmap(TOY.network(), judged(WB=(9, 1))).table.set_index("node")
    assert table.loc["WB", ["cases", "persons", "level"]].tolist() == [2, 2, 2]
    assert table.loc["WT", ["cases", "persons", "level"]].tolist() == [2, 2, 5]


def test_a_link_that_one_company_has_can_be_left_unobeyed() -> None:
    table = roadmap(TOY.network(), judged(WB=(9, 1), WK=(1, 9)), least_cases=2).table
    assert table["node"].tolist() == ["WB", "WK", "WT", "WS"]
    assert table.set_index("node")["depth"].to_dict() == {"WB": 0, "WK": 0, "WT": 0, "WS": 0}


def test_moves_in_a_circle_stand_side_by_side() -> None:
    links = [("L1", "T1", "WK", "WT", "enables", "s1"), ("L2", "T2", "WT", "WK", "enables", "s3")]
    table = roadmap(TOY.network(linked=links)).table.set_index("node")
    assert table.loc["WK", "together_with"] == "WT"
    assert table.loc["WT", "together_with"] == "WK"
    assert abs(table.loc["WK", "step"] - table.loc["WT", "step"]) == 1


nodes = st.sampled_from(["WK", "WS", "WT", "WB"])
marks = st.dictionaries(nodes, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(st.lists(st.tuples(nodes, nodes), max_size=8), marks)
def test_nothing_stands_before_what_enables_it(pairs: list[tuple[str, str]], given_marks: dict) -> None:
    order = ["WK", "WS", "WT", "WB"]
    acyclic = [(a, b) for a, b in pairs if order.index(a) < order.index(b)]
    linked = [(f"L{n}", "T1", a, b, "enables", "s1") for n, (a, b) in enumerate(acyclic)]
    table = roadmap(TOY.network(linked=linked), judged(**given_marks) if given_marks else None).table
    step = table.set_index("node")["step"].to_dict()
    assert sorted(step.values()) == list(range(1, len(step) + 1))
    for before, after in acyclic:
        assert step[before] < step[after]


ITEMS = pd.DataFrame(
    {
        "item": ["I1", "I1", "I2", "I3"],
        "version": [1, 2, 1, 1],
        "kind": ["move", "move", "finding", "move"],
        "refers_to": ["WK", "WK", "GA", "WB"],
    }
)
VOTERS = pd.DataFrame({"voter": list("abc"), "vertical": ["x", "y", "y"], "consent_level": [2, 3, 4]})
VOTES = pd.DataFrame(
    [
        ("T1", 1, "a", "I1", 1, "importance", 1, "2026-01-01", ""),  # of an earlier wording
        ("T2", 1, "a", "I1", 2, "importance", 2, "2026-01-01", ""),  # of an earlier workshop
        ("T3", 1, "a", "I1", 2, "importance", 3, "2026-06-01", ""),  # of an earlier round
        ("T4", 2, "a", "I1", 2, "importance", 4, "2026-06-01", ""),  # corrected
        ("T5", 2, "a", "I1", 2, "importance", 9, "2026-06-01", "T4"),
        ("T6", 2, "b", "I1", 2, "importance", 7, "2026-06-01", ""),
        ("T7", 2, "c", "I1", 2, "importance", None, "2026-06-01", ""),  # not my field
        ("T8", 2, "c", "I1", 2, "effort", 5, "2026-06-01", ""),
        ("T9", 1, "b", "I2", 1, "importance", 5, "2026-06-01", ""),  # no move
        ("T10", 1, "b", "I3", 1, "agree", 5, "2026-06-01", ""),  # another scale
    ],
    columns=["vote", "round", "voter", "item", "item_version", "scale", "value", "recorded_on", "corrects"],
)


def test_the_last_round_on_the_present_wording_counts() -> None:
    table = move_votes(VOTES, ITEMS, VOTERS)
    assert table.to_dict("records") == [
        {
            "code": "WK",
            "impact": 8.0,
            "effort": 5.0,
            "voters": 3,
            "cases": 2,
            "persons": 3,
            "sources": 3,
            "level": 2,
        }
    ]


def test_no_votes_on_moves_are_no_votes_at_all() -> None:
    table = move_votes(VOTES[VOTES["item"] == "I2"], ITEMS, VOTERS)
    assert table.empty
    assert roadmap(TOY.network(), table).scalars["moves_voted_on"].value == 0


def test_a_move_judged_on_one_scale_has_no_gain() -> None:
    table = move_votes(VOTES[VOTES["scale"] == "importance"], ITEMS, VOTERS)
    assert table["effort"].isna().all()
    ordered = roadmap(TOY.network(), table).table
    assert ordered["ordered_by"].unique().tolist() == ["depth"]
    assert ordered.set_index("node")["impact"]["WK"] == pytest.approx(8.0)
