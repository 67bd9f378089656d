"""Votes of a small study worked out by hand: corrections, rounds, status, maps, decisions, permission."""

from __future__ import annotations

import pandas as pd
import pytest

from twinbenefits.analysis.confidence import CeilingRules
from twinbenefits.analysis.consensus import ConsensusRule
from twinbenefits.analysis.decisions import (
    changed_sentences,
    decision_effects,
    votes_and_decisions,
    workshop_outcomes,
)
from twinbenefits.analysis.importance import importance_performance
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.vote_rounds import concordance, round_attrition, vote_changes
from twinbenefits.analysis.vote_split import votes_by_vertical, wording_model
from twinbenefits.analysis.votes import consensus_rules, counted_votes, item_votes, last_round, on_scale

RULE = ConsensusRule((4, 5), (1, 2), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
SCALES = pd.DataFrame({"scale": ["taste", "worth", "had"], "minimum": 1, "maximum": [5, 9, 9]})
RULES = {"taste": RULE, "worth": RULE, "had": RULE}
EVENTS = pd.DataFrame({"event": ["B", "A"], "held_on": pd.to_datetime(["2026-05-01", "2026-03-01"])})
ITEMS = pd.DataFrame(
    {
        "item": ["I1", "I2", "I2", "I3"],
        "version": [1, 1, 2, 1],
        "kind": "finding",
        "statement": ["Bread sells.", "Rolls sell.", "Rolls may sell.", "Buns sell."],
        "refers_to": ["C07", "GA", "GA", "P1"],
        "scale_set": "taste;worth;had",
    }
)
VOTERS = pd.DataFrame(
    {
        "voter": [f"{event}{n}" for event in "AB" for n in range(4)],
        "event": [event for event in "AB" for _ in range(4)],
        "vertical": ["north", "north", "south", "west"] * 2,
        "consent_level": [3, 3, 5, 4, 2, 3, 5, 5],
    }
)
CASES = pd.DataFrame({"case": ["K1", "K2", "K3"], "vertical": ["north", "south", ""]})
DECISIONS = pd.DataFrame(
    [
        ("E1", "A", "I2", "reword", "Rolls sell.", "Rolls may sell.", "Some said so."),
        ("E2", "A", "I3", "drop", "Buns sell.", "", "Nobody agreed."),
        ("E3", "B", "I1", "keep", "Bread sells.", "Bread sells.", "Most agreed."),
    ],
    columns=["decision", "event", "item", "action", "old_text", "new_text", "reason"],
).assign(author="a-1", decided_on=pd.Timestamp("2026-06-01"))


def _votes() -> pd.DataFrame:
    """A: I1 5 5 4 4, I2 5 5 1 1, I3 1 1 2 2; B: I1 5 4 4 and a pass, I2 (new words) 4 4 5 5, two rounds."""
    said = {
        ("A", 1, "I1", 1): [5, 5, 4, 4],
        ("A", 1, "I2", 1): [5, 5, 1, 1],
        ("A", 1, "I3", 1): [1, 1, 2, 2],
        ("B", 1, "I1", 1): [3, 4, 4, 4],
        ("B", 1, "I2", 2): [4, 4, 5, 5],
        ("B", 2, "I1", 1): [5, 4, 4, None],
        ("B", 2, "I2", 2): [4, 4, 5],  # one has left
    }
    rows = [
        (event, number, f"{event}{n}", item, version, "taste", mark)
        for (event, number, item, version), marks in said.items()
        for n, mark in enumerate(marks)
    ]
    for item, worth, had in (("I1", 9, 8), ("I2", 8, 2)):
        for n in range(4):
            version = 1 if item == "I1" else 2
            rows += [
                ("B", 2, f"B{n}", item, version, scale, mark)
                for scale, mark in (("worth", worth), ("had", had))
            ]
    frame = pd.DataFrame(rows, columns=["event", "round", "voter", "item", "item_version", "scale", "value"])
    frame["vote"] = [f"T{n}" for n in range(len(frame))]
    frame["corrects"] = ""
    wrong = frame[(frame["voter"] == "A0") & (frame["item"] == "I1")].iloc[0]
    frame.loc[frame["vote"] == wrong["vote"], "value"] = 1
    right = {**wrong.to_dict(), "vote": "T99", "value": 5, "corrects": wrong["vote"]}
    frame = pd.concat([frame, pd.DataFrame([right])], ignore_index=True)
    return frame.assign(value=frame["value"].astype("Int64"), recorded_on=pd.Timestamp("2026-03-01"))


VOTES = _votes()


def summary(minimum: int = 4) -> Result:
    return item_votes(
        votes=VOTES, voters=VOTERS, items=ITEMS, events=EVENTS, vote_scales=SCALES, rules=RULES,
        minimum_voters=minimum,
    )  # fmt: skip


def decided() -> Result:
    return votes_and_decisions(summary(3), items=ITEMS, decisions=DECISIONS, events=EVENTS, scale="taste")


def test_a_corrected_vote_does_not_count() -> None:
    assert len(counted_votes(VOTES)) == len(VOTES) - 1
    rows = summary().table.set_index(["event", "round", "item", "scale"])
    assert rows.loc[("A", 1, "I1", "taste"), "distribution"] == "0 0 0 2 2"
    assert summary().scalars["votes_corrected"].value == 1
    assert summary().scalars["passes"].value == 1


def test_status_follows_the_rule_and_the_last_round_of_the_last_workshop() -> None:
    last = on_scale(summary(3), EVENTS, "taste")
    rows = last.table.set_index("item")
    assert rows["outcome"].to_dict() == {"I1": "consensus", "I2": "consensus", "I3": "against"}
    assert rows["event"].to_dict() == {"I1": "B", "I2": "B", "I3": "A"}
    assert rows.loc["I3", "status"] == "unclear", "the rule has no name for agreement against"
    first = on_scale(summary(3), EVENTS, "taste", event="A").table.set_index("item")
    assert first["outcome"].to_dict() == {"I1": "consensus", "I2": "split", "I3": "against"}
    assert last.scalars["items_consensus"].value == 2
    assert last.scalars["items_against"].value == 1


def test_few_votes_stand_one_by_one_and_have_no_share() -> None:
    row = on_scale(summary(4), EVENTS, "taste").table.set_index("item").loc["I2"]
    assert (row["n"], row["status"], row["votes"]) == (3, "too few", "4 4 5")
    assert pd.isna(row["share_agree"])
    assert pd.isna(row["content_validity"])


def test_a_row_rests_on_its_voters() -> None:
    rows = summary().table.set_index(["event", "round", "item", "scale"])
    found = rows.loc[("A", 1, "I1", "taste"), ["cases", "persons", "sources", "level"]]
    assert found.tolist() == [3, 4, 4, 3]


def test_workshops_follow_one_another_by_their_day() -> None:
    assert last_round(VOTES, EVENTS)["event"].unique().tolist() == ["A", "B"]  # I3 was not voted on again
    assert set(last_round(VOTES, EVENTS, "B")["round"]) == {2}


def test_every_scale_needs_one_rule() -> None:
    value = {
        "scale": [1, 5],
        "agree": [4, 5],
        "minimum_share": 0.7,
        "against": [1, 2],
        "share_against_below": 0.15,
    }
    rules = {"consensus_split_share": {"value": 0.3}, "consensus_five": {"value": value}}
    with pytest.raises(ValueError, match="0 rules of consensus are written for marks from 1 to 9"):
        consensus_rules(rules, SCALES)
    assert consensus_rules(rules, SCALES.head(1))["taste"] == RULE


def test_who_moved_and_who_came_back() -> None:
    moved = vote_changes(votes=VOTES, voters=VOTERS, minimum_voters=9, scale="taste").table.set_index("item")
    assert moved.loc["I1", ["both", "up", "down", "same", "changes"]].tolist() == [3, 1, 0, 2, "0 0 +2"]
    came = round_attrition(votes=VOTES, voters=VOTERS).table.set_index(["event", "round"])
    assert came.loc[("B", 2), ["voters", "kept", "left"]].tolist() == [4, 4, 0]
    alike = concordance(votes=VOTES, voters=VOTERS, items=ITEMS, scale="taste", minimum_voters=2).table
    assert alike.set_index(["event", "round"]).loc[("A", 1), ["items", "voters"]].tolist() == [3, 4]
    few = concordance(votes=VOTES, voters=VOTERS, items=ITEMS, scale="taste", minimum_voters=9).table
    assert few["w"].isna().all()


def test_the_map_places_items_and_tells_where_the_cut_decides() -> None:
    found = importance_performance(summary(), EVENTS, importance="worth", realized="had")
    rows = found.table.set_index("item")
    assert rows["quadrant"].to_dict() == {"I1": "keep it up", "I2": "lower priority"}
    assert rows["stable"].to_dict() == {"I1": True, "I2": False}
    by_middle = importance_performance(summary(), EVENTS, importance="worth", realized="had", cut="midpoint")
    assert by_middle.table.set_index("item").loc["I2", "quadrant"] == "work on this"
    assert (found.scalars["cut_importance"].value, found.scalars["cut_realized"].value) == (8.5, 5.0)
    empty = importance_performance(summary(), EVENTS, importance="worth", realized="none")
    assert empty.scalars["cut_importance"].reason == "no item was marked on both scales"
    with pytest.raises(ValueError, match="'halves' is no cut"):
        importance_performance(summary(), EVENTS, cut="halves")


def test_decisions_stand_beside_the_vote_that_led_to_them() -> None:
    rows = decided().table.set_index(["item", "event"])
    assert rows.loc[("I2", "A"), ["version", "outcome", "action"]].tolist() == [1, "split", "reword"]
    assert rows.loc[("I2", "B"), ["version", "outcome", "action"]].tolist() == [2, "consensus", ""]
    assert decided().scalars["items_undecided"].value == 0


def test_each_changed_sentence_has_its_decision_and_the_votes_on_both_wordings() -> None:
    found = changed_sentences(decided(), DECISIONS)
    rows = found.table.set_index("item")
    assert rows.loc["I2", ["before", "n_before", "after", "n_after"]].tolist() == ["split", 4, "consensus", 3]
    assert rows.loc["I3", ["before", "after", "new_text"]].tolist() == ["against", "no vote", ""]
    assert found.scalars["reworded_new"].value == "Rolls may sell"
    assert found.scalars["sentences_voted_again"].value == 1
    none = changed_sentences(decided(), DECISIONS.iloc[2:])
    assert none.scalars["dropped_old"].reason == "no sentence has the decision drop"


def test_claims_propositions_and_the_register_change_by_id() -> None:
    rules = CeilingRules(alpha=0.667, robust_share=0.8)
    kinds = {"GA": "code", "P1": "proposition"}
    found = decision_effects(
        decided(), items=ITEMS, decisions=DECISIONS, events=EVENTS, kinds=kinds, rules=rules
    )
    rows = found.table.set_index("target")
    assert rows["what"].to_dict() == {"C07": "claim", "GA": "code", "P1": "proposition"}
    assert rows.loc["GA", ["state", "sentence"]].tolist() == ["reworded", "Rolls may sell."]
    assert rows.loc["GA", "history"] == "A: split, reworded; B: consensus"
    assert rows.loc["P1", ["state", "sentence", "at_most"]].tolist() == ["dropped", "", "Moderate"]
    assert rows.loc["C07", "at_most"] == ""
    assert workshop_outcomes(decided().table) == {"C07": "consensus", "GA": "consensus", "P1": "against"}


def test_votes_by_vertical_are_told_of_the_case_that_stands_for_it() -> None:
    found = votes_by_vertical(votes=VOTES, voters=VOTERS, cases=CASES, events=EVENTS, scale="taste")
    rows = found.table[found.table["item"] == "I1"].set_index("case")
    assert rows["n"].to_dict() == {"*": 3, "K1": 2, "K2": 1}
    assert rows.loc["*", "cases"] == 2
    assert rows.loc["K1", "cases"] == 1
    others = found.table[found.table["case"] == ""]
    assert (others["cases"] == 1).all(), "voters of a vertical without a name here stand for one company"


def test_a_model_needs_voters_enough() -> None:
    few = wording_model(votes=VOTES, voters=VOTERS, items=["I2"], scale="taste", minimum_voters_per_effect=30)
    assert few.table["estimate"].isna().all()
    assert "voters" in few.table["reason"].iloc[0]


def test_who_passed_is_no_cover_for_who_did_not() -> None:
    passed = VOTES.assign(value=VOTES["value"].where(VOTES["voter"].isin(["A0", "B0"])))
    rows = item_votes(
        votes=passed, voters=VOTERS, items=ITEMS, events=EVENTS, vote_scales=SCALES, rules=RULES,
        minimum_voters=3,
    ).table.set_index(["event", "round", "item", "scale"])  # fmt: skip
    assert rows.loc[("A", 1, "I1", "taste"), ["n", "no_vote", "persons"]].tolist() == [1, 3, 1]


def test_before_any_vote_every_table_is_empty_and_nothing_fails() -> None:
    none = VOTES.iloc[:0]
    found = item_votes(
        votes=none, voters=VOTERS, items=ITEMS, events=EVENTS.iloc[:0], vote_scales=SCALES, rules=RULES,
        minimum_voters=3,
    )  # fmt: skip
    events = EVENTS.iloc[:0]
    assert on_scale(found, events, "taste", every_workshop=True).table.empty
    assert on_scale(found, events, "taste").scalars["items_voted"].value == 0
    assert importance_performance(found, events).table.empty
    decisions = votes_and_decisions(
        found, items=ITEMS, decisions=DECISIONS.iloc[:0], events=events, scale="taste"
    )
    assert decisions.table.empty
    assert changed_sentences(decisions, DECISIONS.iloc[:0]).table.empty
    assert votes_by_vertical(votes=none, voters=VOTERS, cases=CASES, events=events, scale="taste").table.empty
    assert vote_changes(votes=none, voters=VOTERS, minimum_voters=3).table.empty
    assert round_attrition(votes=none, voters=VOTERS).table.empty
