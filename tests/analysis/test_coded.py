"""Codings joined with where they come from, and several coders made one by a stated rule."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.resolution import resolve

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


def test_a_coding_says_where_it_comes_from() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "G1a", status="measured", strength=3, level=4, about=False)
    row = garden.coded().rows.iloc[0]
    named = [
        "session",
        "case",
        "source",
        "role",
        "parent",
        "status",
        "strength",
        "consent_level",
        "about_case",
    ]
    assert [row[name] for name in named] == [
        "north-1", "north", "tape north-1", "benefit", "G1", "measured", 3.0, 4, False,
    ]  # fmt: skip


def test_what_cannot_be_joined_is_counted_and_left_out() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "G1a")
    frames = garden.frames()
    frames["codings"] = pd.concat([frames["codings"], frames["codings"].assign(segment="lost")])
    frames["segments"] = pd.concat(
        [frames["segments"], frames["segments"].assign(segment="x", source="lost")]
    )
    coded = coded_evidence(**frames)
    assert len(coded.rows) == 1
    assert coded.notes == (
        "1 segments have no known source or stand twice, and were left out.",
        "1 codings have no code or no known segment, and were left out.",
    )


def test_a_document_is_a_session_of_its_own() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "G1a")
    frames = garden.frames()
    frames["sources"].loc[frames["sources"]["session"] == "north-1", "session"] = ""
    coded = coded_evidence(**frames)
    assert coded.rows["session"].tolist() == ["tape north-1"]
    assert "tape north-1" in coded.sessions["session"].tolist()
    assert "belong to no session" in coded.notes[0]


def test_a_retired_code_counts_as_its_successor() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "Old")
    frames = garden.frames()
    book = frames["codebook"].assign(successor="")
    retired = pd.DataFrame(
        {"id": ["Old", "Older"], "parent": "", "role": "benefit", "successor": ["Older", "G1a"]}
    )
    frames["codebook"] = pd.concat([book, retired])
    assert coded_evidence(**frames).rows["code"].tolist() == ["G1a"]


def test_columns_that_are_missing_are_named_all_at_once() -> None:
    frames = TOY.Garden().frames()
    frames["codings"] = frames["codings"].drop(columns=["code", "coder"])
    frames["sources"] = frames["sources"].drop(columns="case")
    with pytest.raises(ValueError, match="codings lacks coder; codings lacks code; sources lacks case"):
        coded_evidence(**frames)


def test_a_code_stands_for_all_below_it() -> None:
    coded = TOY.Garden().coded()
    assert coded.members("G") == ("G", "G1", "G1a", "G1b", "G2", "G2a")
    assert coded.members("G1a") == ("G1a",)
    assert coded.leaves("benefit") == ["G1a", "G1b", "G2a"]


def two_readers(first: tuple[str, ...], second: tuple[str, ...]):
    garden = TOY.Garden()
    name = garden.say("north-1", *first)
    garden.say("north-1", *second, coder="bob", segment=name)
    return garden


@pytest.mark.parametrize(
    ("rule", "coder", "codes"),
    [
        ("any", "", ["G1a", "G1b", "G2a"]),
        ("all", "", ["G1b"]),
        ("majority", "", ["G1b"]),
        ("only", "bob", ["G1b", "G2a"]),
        ("preferred", "ann", ["G1a", "G1b"]),
    ],
)
def test_rules_for_several_coders(rule, coder, codes) -> None:
    garden = two_readers(("G1a", "G1b"), ("G1b", "G2a"))
    garden.say("north-1", "G1a", coder="cid")
    mine = resolve(garden.coded(), rule, coder).rows
    assert sorted(mine.loc[mine["segment"] == "p001", "code"]) == codes
    alone = mine.loc[mine["segment"] == "p002", "code"].tolist()
    assert alone == ([] if rule == "only" else ["G1a"])


def test_who_read_and_gave_nothing_counts_as_a_reader() -> None:
    garden = two_readers(("G1a",), ())
    assert len(resolve(garden.coded(), "all").rows) == 0
    assert resolve(garden.coded(), "any").rows[["coders", "readers"]].values.tolist() == [[1, 2]]


def test_an_agreed_result_stands_for_its_segment() -> None:
    garden = two_readers(("G1a",), ("G1b",))
    garden.say("north-1", "G2a", coder="both", segment="p001")
    garden.consensus = ["both"]
    assert resolve(garden.coded(), "any").rows["code"].tolist() == ["G2a"]
    assert resolve(garden.coded(), "preferred", "ann").rows["code"].tolist() == ["G1a"]


def test_grades_are_the_usual_one_and_the_weaker_of_two() -> None:
    garden = TOY.Garden()
    name = garden.say("north-1", "G1a", status="measured", strength=3)
    garden.say("north-1", "G1a", coder="bob", status="expected", strength=1, segment=name)
    assert resolve(garden.coded()).rows[["status", "strength"]].values.tolist() == [["expected", 1.0]]
    garden.say("north-1", "G1a", coder="cid", status="measured", strength=2, segment=name)
    assert resolve(garden.coded()).rows[["status", "strength"]].values.tolist() == [["measured", 2.0]]


def test_a_target_on_which_the_rule_is_not_met_is_left_empty() -> None:
    garden = TOY.Garden()
    name = garden.say("north-1", "H1", target="G1a")
    garden.say("north-1", "H1", coder="bob", target="G1b", segment=name)
    assert sorted(resolve(garden.coded(), "any").rows["target_code"]) == ["G1a", "G1b"]
    assert resolve(garden.coded(), "all").rows[["code", "target_code"]].values.tolist() == [["H1", ""]]


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no rule"):
        resolve(TOY.Garden().coded(), "most")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs a coder who read"):
        resolve(TOY.Garden().coded(), "only", "nobody")


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from(["ann", "bob", "cid"]), st.sampled_from([*TOY.BENEFITS, "Q1"])
        ),
        max_size=30,
    ),
    st.randoms(),
)
def test_all_is_within_majority_is_within_any_in_every_order_of_rows(given_codes, random) -> None:
    garden = TOY.Garden()
    for number in range(6):
        garden.say("north-1", coder=("ann", "bob", "cid")[number % 3])
    for number, coder, code in given_codes:
        garden.say("north-1", code, coder=coder, segment=f"p{number + 1:03d}")
    found = {}
    for rule in ("any", "majority", "all"):
        rows = resolve(garden.coded(), rule).rows
        found[rule] = set(zip(rows["segment"], rows["code"], strict=True))
        assert len(found[rule]) == len(rows)
    assert found["all"] <= found["majority"] <= found["any"]
    columns = ["segment", "code", "status", "strength", "coders", "readers"]
    before = resolve(garden.coded(), "any").rows[columns].sort_values(columns[:2], ignore_index=True)
    random.shuffle(garden.codings)
    after = resolve(garden.coded(), "any").rows[columns].sort_values(columns[:2], ignore_index=True)
    pd.testing.assert_frame_equal(before, after)
