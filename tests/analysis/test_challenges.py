"""Challenges by area and actor, the framework of propositions, and the map of indicators."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.challenges import challenges_and_mechanisms, challenges_by_actor
from twinbenefits.analysis.framework import conceptual_framework
from twinbenefits.analysis.indicators import PUBLISHED, STUDY, indicator_map, published_beside_status
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.states import STATES, benefit_states

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("toy_network.py"))))
STATEMENTS = pd.DataFrame(
    {
        "kind": ["effort_area", "consequence", "challenge"],
        "code": ["HA", "HB", ""],
        "as_written": ["standard cups", "scattered shops", "tea is hard"],
    }
)


def test_challenges_are_counted_by_who_speaks_of_them() -> None:
    result = challenges_by_actor(TOY.coded(), TOY.PARTICIPANTS, STATEMENTS)
    counted = result.table.set_index(["code", "actor"])["segments"].to_dict()
    assert counted == {
        ("HA", "*"): 2, ("HA", "company"): 1, ("HA", "supplier"): 1,
        ("HB", "*"): 0, ("HB", "company"): 0, ("HB", "supplier"): 0,
    }  # fmt: skip
    first = result.table.iloc[0]
    assert (first["kind"], first["as_written"], first["in_cases"]) == ("area", "standard cups", 2)
    assert result.table["kind"].iloc[-1] == "symptom"
    assert result.scalars["challenges"].value == 2
    assert result.scalars["challenges_met"].value == 1


def test_the_actors_add_up_to_all_of_them() -> None:
    table = challenges_by_actor(TOY.coded(), TOY.PARTICIPANTS.iloc[:1], STATEMENTS).table
    parts = table[table["actor"] != "*"].groupby("code")["segments"].sum()
    whole = table[table["actor"] == "*"].set_index("code")["segments"]
    assert parts.to_dict() == whole.to_dict()
    assert set(table["actor"]) == {"*", "company", "unknown"}


def test_another_column_can_tell_actors_apart_and_a_missing_one_is_named() -> None:
    people = TOY.PARTICIPANTS.assign(role_group=["a", "b", "b"])
    assert set(challenges_by_actor(TOY.coded(), people, STATEMENTS, by="role_group").table["actor"]) == {
        "*",
        "a",
        "b",
    }
    with pytest.raises(ValueError, match="no column 'trade'"):
        challenges_by_actor(TOY.coded(), people, STATEMENTS, by="trade")


def test_what_is_done_stands_beside_the_challenge_told_with_it() -> None:
    result = challenges_and_mechanisms(TOY.coded(), STATEMENTS)
    assert result.table[["code", "mechanism", "segments", "in_cases"]].values.tolist() == [["HA", "WT", 1, 1]]
    assert result.table["mechanism_label"].tolist() == ["Trained staff"]


SCALES = pd.DataFrame({"id": ["S1"], "code": ["NA1"]})


def propositions(*decisions: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"P{n:02d}" for n in range(1, len(decisions) + 1)],
            "kind": ["directional", "necessary", "directional"][: len(decisions)],
            "author_decision": list(decisions),
        }
    )


TERMS = pd.DataFrame(
    [
        ("P01", "S1", "+", "GA"),
        ("P02", "WK", "necessary", "G"),
        ("P03", "S1", "-", "GA"),
        ("P03", "S1", "-", "GB"),
    ],
    columns=["proposition", "condition", "direction", "outcome"],
)


def drawn(*decisions: str):
    return conceptual_framework(TOY.CODEBOOK, propositions(*decisions), TERMS, SCALES)


def arrows(framework) -> list[tuple[str, ...]]:
    table = framework.arrows.table
    kept = table[table["status"] != "frame"]
    return list(
        kept[["from_node", "to_node", "sign", "propositions", "status"]].itertuples(index=False, name=None)
    )


def test_while_nothing_is_accepted_the_drafts_stand_in_and_say_so() -> None:
    framework = drawn("", "changed", "rejected")
    assert framework.status == "proposed"
    assert arrows(framework) == [
        ("NA1", "GA", "+", "P01", "proposed"),
        ("WK", "G", "", "P02", "proposed"),
    ]
    assert "none of which the authors have accepted yet" in framework.arrows.limitations[0]
    assert framework.arrows.scalars["status"].value == "proposed"


def test_once_one_is_accepted_only_accepted_ones_are_drawn() -> None:
    framework = drawn("", "accepted", "")
    assert framework.status == "accepted"
    assert arrows(framework) == [("WK", "G", "", "P02", "accepted")]
    assert set(framework.boxes.table["node"]) == {"WK", "G", "W", "H", "N", "R"}


def test_propositions_that_point_against_each_other_show_both_signs() -> None:
    found = arrows(drawn("", "", ""))
    assert ("NA1", "GA", "both", "P01;P03", "proposed") in found
    assert ("NA1", "GB", "-", "P03", "proposed") in found


def test_the_frame_comes_from_the_rules_of_the_codebook() -> None:
    table = drawn("").arrows.table
    frame = table[table["status"] == "frame"]
    assert frame[["from_node", "to_node", "kinds"]].values.tolist() == [
        ["benefit", "outcome", "is shown by"],
        ["mechanism", "benefit", "serves"],
    ]


def test_a_term_that_names_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no code and no scale: S9"):
        conceptual_framework(TOY.CODEBOOK, propositions(""), TERMS.assign(condition="S9"), SCALES)


INDICATORS = pd.DataFrame(
    {
        "id": ["I02", "I01"],
        "indicator": ["Cups left", "Taste mark"],
        "unit": ["%", "1-9"],
        "definition_note": ["", "ask ten"],
        "be_code": ["GB, GA", "GA"],
        "oc_code": ["R1", "R1"],
        "esrs_set1": ["E5-5", "-"],
        "gri": ["-", "-"],
        "sdg": ["12", "-"],
        "tea": ["leaves", "cups"],
    }
)


def test_every_benefit_of_an_indicator_has_a_row_in_the_codebooks_order() -> None:
    result = indicator_map(INDICATORS, TOY.CODEBOOK, ["tea"])
    assert result.table[["code", "indicator", "tea"]].values.tolist() == [
        ["GA", "I01", "cups"],
        ["GA", "I02", "leaves"],
        ["GB", "I02", "leaves"],
    ]
    assert result.table["standard_version"].tolist() == ["", "esrs set 1; sdg", "esrs set 1; sdg"]
    assert result.table["gri"].tolist() == ["", "", ""]
    values = {name: scalar.value for name, scalar in result.scalars.items()}
    assert values == {"indicators": 2, "benefits_with_indicator": 2, "benefits_without_indicator": 1}


def test_the_version_of_the_standards_is_the_tables_own_where_it_has_one() -> None:
    table = indicator_map(INDICATORS.assign(standard_version=["set 2", "set 1"]), TOY.CODEBOOK).table
    assert table["standard_version"].tolist() == ["set 1", "set 2", "set 2"]
    with pytest.raises(ValueError, match="no column for coffee"):
        indicator_map(INDICATORS, TOY.CODEBOOK, ["tea", "coffee"])


def test_published_effects_and_the_studys_own_states_are_never_added_up() -> None:
    coded = resolve(TOY.coded())
    asked = pd.DataFrame({"case": ["T1", "T2", "T3"], "code": ["GB"] * 3, "asked": ["no", "yes", "yes"]})
    states = benefit_states(coded, asked, {"GA": ["GA"], "GB": ["GB"]})
    effects = pd.DataFrame({"be_code": ["GB", "GB", "GX"], "grade": ["B", "B", "A"]})
    result = published_beside_status(effects, pd.DataFrame({"grade": ["A", "B"]}), states, coded)
    assert len(result.table) == 2 * (2 + len(STATES))
    counts = result.table.set_index(["code", "side", "what"])
    assert counts.loc[("GB", PUBLISHED, "B"), "count"] == 2
    own = {what: int(counts.loc[("GB", STUDY, what), "count"]) for what in STATES}
    assert own == {"not asked": 1, "asked and absent": 1, "expected only": 0, "observed or measured": 1}
    assert counts.loc[("GB", STUDY, "observed or measured"), ["cases", "persons", "level"]].tolist() == [
        1,
        1,
        5,
    ]
    assert counts.loc[("GB", STUDY, "not asked"), "cases"] == 1, "one company stays recognisable as one"
    assert result.scalars["benefits_with_effects"].value == 1
