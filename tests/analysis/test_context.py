"""Context by two raters, mechanisms by benefit, quotes by a stated rule: what stands beside the benefits."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis.context import (
    case_ordered_matrix,
    construct_table,
    context_levels,
    outcome_by_case,
)
from twinbenefits.analysis.mechanisms import mechanism_by_benefit
from twinbenefits.analysis.theme_evidence import POWER, PROOF, evidence_per_theme

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


@pytest.fixture
def garden():
    garden = TOY.Garden()
    garden.say("north-1", "G1a", strength=3, text="A long story about many apples.")
    garden.say("north-2", "G1a", strength=1, speaker="second", text="Few.")
    garden.say("south-1", "G1a", strength=2, text="Some.")
    garden.say("south-1", "H1", target="G1a")
    garden.say("north-1", "H1", "G1a", target="G1a", strength=2, text="It was the water.")
    garden.say("north-1", "H2", target="G2a")
    return garden


def test_two_raters_who_differ_stay_two() -> None:
    ratings = TOY.rated({"S1": {"north": (2, 4), "south": 3}})
    levels = context_levels(ratings).set_index("case")
    assert levels.loc["north", ["rating", "lowest", "highest", "raters"]].tolist() == [3.0, 2.0, 4.0, 2]
    assert levels.loc["south", ["rating", "lowest", "highest"]].tolist() == [3.0, 3.0, 3.0]


def test_one_rater_counts_and_the_other_one_is_named() -> None:
    levels = context_levels(TOY.rated({"S1": {"north": (None, 4), "south": None}})).set_index("case")
    assert levels.loc["north", ["rating", "raters", "reason"]].tolist() == [4.0, 1, "1 of 2 raters gave none"]
    assert np.isnan(levels.loc["south", "rating"])
    assert levels.loc["south", "reason"] == "no rater gave a level; not talked about"


def test_the_company_stands_apart_and_the_latest_rating_counts() -> None:
    rows = [
        ("r1", "coder", 1, "2026-01-01"),
        ("r1", "coder", 2, "2026-02-01"),
        ("own", "company", 4, "2026-01-01"),
    ]
    ratings = pd.DataFrame(rows, columns=["rater", "rater_kind", "level", "rated_on"]).assign(
        case="north", sub_dimension="S1", na_reason=""
    )
    row = context_levels(ratings).iloc[0]
    assert row[["rating", "raters", "company"]].tolist() == [2.0, 1, 4.0]


def test_every_construct_has_a_row_in_every_case(garden) -> None:
    ratings = TOY.rated({"S1": {"north": (2, 2), "south": (1, 3)}}).assign(evidence="p001")
    found = construct_table(ratings, TOY.SCALES, garden.coded())
    assert len(found.table) == len(TOY.CASES) * 2
    north = found.table.iloc[2]
    assert north[["case", "scale", "wording", "text"]].tolist() == [
        "north", "S1", "sun 2", "A long story about many apples.",
    ]  # fmt: skip
    south = found.table[(found.table["case"] == "south") & (found.table["scale"] == "S1")].iloc[0]
    assert south[["wording", "disagreement"]].tolist() == ["", 2.0]
    assert TOY.unexplained(found.table, {"rating": ("reason",)}).empty
    assert found.scalars["rating_alpha"].n == 2


def test_a_line_of_evidence_comes_only_from_what_may_be_told_of_the_case(garden) -> None:
    name = garden.say("south-2", "G1a", level=4, about=False, text="Not with our name.")
    ratings = TOY.rated({"S1": {"south": 2}}).assign(evidence=name)
    row = construct_table(ratings, TOY.SCALES, garden.coded()).table.query("case == 'south'").iloc[0]
    assert row[["rating", "evidence", "text", "level"]].tolist() == [2.0, "", "", 0]


def test_one_rater_leaves_agreement_undefined(garden) -> None:
    found = construct_table(TOY.rated({"S1": {"north": (2,)}}, raters=("r1",)), TOY.SCALES, garden.coded())
    assert found.scalars["rating_alpha"].value is None
    assert "undefined, because" in found.scalars["rating_alpha"].reason
    assert found.scalars["company_differs_share"].reason == "undefined, because no company rated itself"


def test_cases_stand_in_the_order_of_the_outcome(garden) -> None:
    garden.say("south-1", "G2a")
    garden.not_asked.add(("west", "G1a"))
    outcomes = outcome_by_case(garden.coded(), garden.asked(), "G1a")
    assert outcomes.table[["case", "place"]].values.tolist()[:2] == [["north", 1.0], ["south", 2.0]]
    ratings = TOY.rated({"S1": {"north": (2, 4), "south": 3}})
    constructs = construct_table(ratings, TOY.SCALES, garden.coded())
    matrix = case_ordered_matrix(outcomes.table, constructs.table)
    assert matrix[["case", "S1", "S2"]].values.tolist()[:2] == [["north", "2-4", ""], ["south", "3", ""]]


def test_mechanisms_against_the_benefits_they_name(garden) -> None:
    found = mechanism_by_benefit(garden.coded())
    table = found.table.set_index(["mechanism", "benefit"])
    assert len(table) == 2 * 3
    names = ["segments", "sessions", "cases", "ids"]
    assert table.loc[("H1", "G1a"), names].tolist() == [2, 2, 2, "p004;p005"]
    assert table.loc[("H1", "G2a"), names].tolist() == [0, 0, 0, ""]
    assert found.scalars["pairs_told_of"].value == 2


def test_benefits_brought_together_under_a_group(garden) -> None:
    garden.say("south-1", "H1", target="G1b")
    table = mechanism_by_benefit(garden.coded(), roll_up=["G1", "G2"]).table.set_index(
        ["mechanism", "benefit"]
    )
    assert table["segments"].to_dict() == {("H1", "G1"): 3, ("H1", "G2"): 0, ("H2", "G1"): 0, ("H2", "G2"): 1}


def test_a_mechanism_without_a_benefit_is_counted(garden) -> None:
    garden.say("south-1", "H2")
    found = mechanism_by_benefit(garden.coded())
    assert found.scalars["mechanisms_without_benefit"].value == 1


def test_the_power_quote_is_the_strongest_and_proof_comes_from_elsewhere(garden) -> None:
    found = evidence_per_theme(garden.coded(), quote_from=3, codes=["G1a"]).table
    north = found[found["case"] == "north"]
    assert north[["kind", "text"]].values.tolist() == [
        [POWER, "A long story about many apples."],
        [PROOF, "Few."],  # the other passage of the first session is no further voice
        [PROOF, ""],
    ]
    assert north["reason"].tolist()[-1] == "no further segment whose words may be read"


def test_quotes_that_may_not_be_read_are_no_candidates(garden) -> None:
    garden.say("north-2", "G1a", strength=3, level=2, text="Do not print.")
    found = evidence_per_theme(garden.coded(), quote_from=3, by_case=False, codes=["G1a"]).table
    assert "Do not print." not in set(found["text"])
    assert found.loc[found["text"] != "", "persons"].unique() == [4]  # all who spoke of the theme


def test_each_theme_and_case_has_as_many_rows(garden) -> None:
    counts = evidence_per_theme(garden.coded(), quote_from=3).table.groupby(["code", "case"]).size()
    assert set(counts) == {3}
