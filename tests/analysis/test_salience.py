"""Strength and status of benefits: four states, blank is not zero, intervals only from enough sessions."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from twinbenefits.analysis.ranks import benefit_ranks, ranks_of
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.salience import salience, salience_by_session
from twinbenefits.analysis.session_bootstrap import session_draws
from twinbenefits.analysis.states import ABSENT, EXPECTED, NOT_ASKED, REALIZED

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


def cell(result, case: str, code: str):
    table = result.table
    return table[(table["case"] == case) & (table["code"] == code)].iloc[0]


@pytest.fixture
def garden():
    garden = TOY.Garden()
    garden.say("north-1", "G1a", status="expected")
    garden.say("north-2", "G1a", status="measured", strength=3)
    garden.say("north-1", "G2a", status="expected")
    garden.say("south-1", "G1a", status="expected")
    garden.not_asked.add(("south", "G1b"))
    return garden


def test_the_four_states(garden) -> None:
    found = salience(garden.coded(), garden.asked(), minimum_sessions=8)
    states = [
        cell(found, *place)["state"] for place in (("south", "G1b"), ("north", "G1b"), ("south", "G1a"))
    ]
    assert states == [NOT_ASKED, ABSENT, EXPECTED]
    assert cell(found, "north", "G1a")["state"] == REALIZED


def test_blank_is_not_zero(garden) -> None:
    found = salience(garden.coded(), garden.asked(), minimum_sessions=8)
    assert np.isnan(cell(found, "south", "G1b")["share"])
    assert cell(found, "north", "G1b")["share"] == 0.0


def test_share_strength_and_basis(garden) -> None:
    row = cell(salience(garden.coded(), garden.asked(), minimum_sessions=8), "north", "G1a")
    names = [
        "segments",
        "sessions",
        "of_sessions",
        "of_segments",
        "expected",
        "measured",
        "persons",
        "sources",
    ]
    assert row[names].tolist() == [2, 2, 2, 3, 1, 1, 2, 2]
    assert row["share"] == pytest.approx(2 / 3)
    assert row["strength"] == 2.5


def test_what_was_never_recorded_as_asked_is_not_asked(garden) -> None:
    asked = garden.asked()
    found = salience(garden.coded(), asked[asked["code"] != "G1b"], minimum_sessions=8)
    row = cell(found, "north", "G1b")
    assert (row["state"], row["reason"]) == (NOT_ASKED, "no record that it was asked")


def test_what_was_told_without_being_asked_counts_and_says_so(garden) -> None:
    garden.say("south-1", "G1b", status="observed")
    row = cell(salience(garden.coded(), garden.asked(), minimum_sessions=8), "south", "G1b")
    assert (row["state"], row["reason"]) == (REALIZED, "raised without being asked")


def test_a_stricter_threshold_takes_a_single_mention_away(garden) -> None:
    row = cell(
        salience(garden.coded(), garden.asked(), minimum_sessions=8, presence_threshold=2), "south", "G1a"
    )
    assert (row["state"], row["reason"]) == (ABSENT, "mentioned in fewer than 2 segments")


def test_rows_that_may_not_be_told_of_a_case_leave_its_state_untold(garden) -> None:
    garden.say("north-2", "G1b", level=2, about=False)
    row = cell(salience(garden.coded(), garden.asked(), minimum_sessions=8), "north", "G1b")
    assert row["state"] is None or np.isnan(row["state"])
    assert row["segments"] == 0
    assert "could change the state" in row["reason"]
    assert row["level"] == 2  # so that release sees what stands in the way
    garden.say("north-1", "G2a", level=2, about=False, status="expected")
    assert (
        cell(salience(garden.coded(), garden.asked(), minimum_sessions=8), "north", "G2a")["state"]
        == EXPECTED
    )


def test_a_case_without_sessions_has_rows_and_a_reason() -> None:
    garden = TOY.Garden()
    garden.sessions = [(name, case) for name, case in garden.sessions if case != "west"]
    garden.say("north-1", "G1a")
    found = salience(garden.coded(), garden.asked().assign(asked="no"), minimum_sessions=8)
    row = cell(found, "west", "G1a")
    assert (row["state"], row["reason"]) == (NOT_ASKED, "no session was held in this case")


def test_no_interval_from_few_sessions_but_a_dot_per_session(garden) -> None:
    row = cell(salience(garden.coded(), garden.asked(), minimum_sessions=3), "north", "G1a")
    assert np.isnan(row["low"])
    assert row["interval_reason"] == "no interval from 2 sessions, fewer than 3: one dot per session instead"
    dots = salience_by_session(garden.coded(), garden.asked()).table
    mine = dots[(dots["case"] == "north") & (dots["code"] == "G1a")]
    assert mine[["session", "segments", "of_segments", "share"]].values.tolist() == [
        ["north-1", 1, 2, 0.5],
        ["north-2", 1, 1, 1.0],
    ]


def test_intervals_resample_sessions_of_the_case() -> None:
    garden = TOY.Garden(sessions=8)
    rng = np.random.default_rng(1)
    for number in range(1, 9):
        for _ in range(6):
            garden.say(f"north-{number}", "G1a" if rng.random() < number / 9 else "G2a")
    garden.sessions = [(name, case) for name, case in garden.sessions if case != "south" or name < "south-3"]
    garden.say("south-1", "G1a")
    found = salience(garden.coded(), garden.asked(), minimum_sessions=8, draws=500, seed=3)
    row = cell(found, "north", "G1a")
    rows = resolve(garden.coded()).rows
    mine = rows[rows["case"] == "north"]
    having = (
        mine[mine["code"] == "G1a"]
        .groupby("session")
        .size()
        .reindex(sorted(mine["session"].unique()), fill_value=0)
    )
    shares = session_draws(8, 500, 3) @ having.to_numpy() / 48
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(shares, [0.025, 0.975]))
    assert row["low"] < row["share"] < row["high"]
    assert row["interval_reason"] == ""
    segments_only = 1.96 * np.sqrt(row["share"] * (1 - row["share"]) / 48)
    assert row["high"] - row["low"] > 2 * segments_only  # sessions differ, and the interval knows it
    assert "no interval" in cell(found, "south", "G1a")["interval_reason"]


def test_an_interval_is_the_same_in_every_order_of_rows() -> None:
    garden = TOY.Garden(sessions=8)
    for number in range(1, 9):
        garden.fill("north", "G1a", number, session=number)
    first = salience(garden.coded(), garden.asked(), minimum_sessions=8).table
    garden.codings.reverse()
    garden.segments.reverse()
    again = salience(garden.coded(), garden.asked(), minimum_sessions=8).table
    assert first[["share", "low", "high"]].equals(again[["share", "low", "high"]])


def test_groups_of_codes_count_a_segment_once() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "G1a", "G1b", status="expected")
    found = salience(garden.coded(), garden.asked(), minimum_sessions=8, codes=["G1", "G"])
    assert cell(found, "north", "G1")["segments"] == 1
    assert cell(found, "north", "G")["share"] == 1.0


def test_ties_share_the_middle_rank() -> None:
    assert ranks_of(np.array([[3.0, 1.0, 3.0, 0.0]])).tolist() == [[1.5, 3.0, 1.5, 4.0]]


def test_ranks_and_what_leaving_out_a_session_does(garden) -> None:
    garden.say("north-1", "G2a")
    found = benefit_ranks(garden.coded(), garden.asked(), minimum_sessions=8)
    row = cell(found, "north", "G1a")
    assert row[["rank", "ranked", "tied", "low", "high"]].tolist() == [1.5, 3, 1, 1.0, 2.0]
    assert row["range_from"] == "one session left out in turn"
    assert cell(found, "south", "G1b")["reason"] == NOT_ASKED
    assert cell(found, "east", "G1a")["reason"] != ""


def test_rank_intervals_come_from_resampled_sessions_where_there_are_enough() -> None:
    garden = TOY.Garden(sessions=8)
    for number in range(1, 9):
        garden.fill("north", "G1a", 6, of=9, session=number)
    row = cell(benefit_ranks(garden.coded(), garden.asked(), minimum_sessions=8), "north", "G1a")
    assert row[["rank", "low", "high"]].tolist() == [1.0, 1.0, 1.0]
    assert row["range_from"] == "sessions resampled"
