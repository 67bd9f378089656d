"""What a brief says, worked out by hand on small released tables; no code of this study is known to it."""

from __future__ import annotations

import pandas as pd
import pytest

from twinbenefits.analysis.brief import (
    HERE,
    OVER_CASES,
    PUBLISHED_ONLY,
    benefits_in_order,
    cases_of_vertical,
    changes_told_of,
    first_moves,
    told_of_code,
)
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.self_check import self_check
from twinbenefits.analysis.states import ABSENT, EXPECTED, NOT_ASKED, REALIZED

SHOWN = pd.DataFrame(
    [
        ("rail", "A", REALIZED, 0, 0.3, ""),
        ("rail", "B", EXPECTED, 0, 0.5, ""),
        ("rail", "C", REALIZED, 2, 0.1, ""),
        ("rail", "D", REALIZED, 0, 0.4, ""),
        ("rail", "E", ABSENT, 0, 0.0, ""),
        ("rail", "F", NOT_ASKED, 0, None, ""),
        ("rail", "G", None, None, None, "consent does not cover it"),
        ("sea", "A", REALIZED, 1, 0.9, ""),
    ],
    columns=["case", "code", "state", "measured", "share", "withheld"],
).assign(label=lambda frame: frame["code"])
OVER = pd.DataFrame(
    {"code": list("ABCDEFG"), "label": list("ABCDEFG"), "realized": [2, 0, 1, 1, 0, 0, 3], "asked": 3}
)
EFFECTS = pd.DataFrame({"vertical": ["rail", "air", "air"], "be_code": ["A", "B", "B"]})


def ordered(cases: list[str], vertical: str = "rail", over: pd.DataFrame = OVER, most: int = 5) -> Result:
    return benefits_in_order(
        SHOWN, over, EFFECTS, cases=cases, vertical=vertical, inputs=["codings"], most=most
    )


def test_measured_before_observed_before_expected_and_more_talk_first() -> None:
    found = ordered(["rail"])
    assert found.table["code"].tolist() == ["C", "D", "A", "B"]
    assert found.table["here"].tolist() == ["measured", "observed", "observed", "expected only"]
    assert found.scalars["ordered_by"].value == HERE
    counts = {name: found.scalars[name].value for name in ("companies_here", "not_asked_here", "untold_here")}
    assert counts == {"companies_here": 1, "not_asked_here": 1, "untold_here": 0}
    assert found.scalars["without_published"].value == 3
    assert ordered(["rail"], most=2).table["place"].tolist() == [1, 2]


def test_an_industry_of_which_nothing_is_shown_has_the_order_of_the_companies_shown() -> None:
    found = ordered([])
    assert found.table["code"].tolist() == ["G", "A", "C", "D"]
    assert set(found.table["here"]) == {""}
    assert found.scalars["ordered_by"].value == OVER_CASES
    assert found.scalars["companies_here"].value is None
    assert str(found.scalars["companies_here"].reason).startswith("withheld")


def test_without_any_company_the_published_numbers_give_the_order() -> None:
    found = ordered([], vertical="air", over=OVER.assign(realized=0))
    assert found.table["code"].tolist() == ["B"]
    assert found.scalars["ordered_by"].value == PUBLISHED_ONLY
    nothing = ordered([], vertical="sea", over=OVER.assign(realized=0))
    assert nothing.table.empty
    assert nothing.scalars["benefits_listed"].value == 0


def test_the_companies_of_an_industry_are_those_whose_industry_is_known() -> None:
    cases = pd.DataFrame({"case": ["K1", "K2"], "vertical": ["rail", ""]})
    assert cases_of_vertical(cases, {"K1": "rail", "K2": "Case B"}, "rail") == ["rail"]
    assert cases_of_vertical(cases, {"K1": "rail", "K2": "Case B"}, "sea") == []


def test_a_group_stands_in_where_nothing_of_a_single_benefit_may_be_shown() -> None:
    columns = ["mechanism", "benefit", "cases", "segments", "withheld"]
    fine = pd.DataFrame(
        [("M1", "A", 1, 3, ""), ("M2", "A", 2, 2, ""), ("X", "A", 5, 9, ""), ("M1", "B", 2, 2, "too few")],
        columns=columns,
    )
    group = pd.DataFrame([("M1", "Z", 2, 4, "")], columns=columns)
    book = pd.DataFrame(
        {
            "id": ["M1", "M2", "X", "A", "B", "C", "Z"],
            "parent": ["", "", "", "Z", "Z", "", ""],
            "network_layer": ["change", "change", "enabler", "", "", "", ""],
        }
    )
    found = changes_told_of([fine, group], book, ["A", "B", "C"], layers=["change"], inputs=["codings"])
    assert found.table[["changes", "told_of"]].values.tolist() == [["M2;M1", "A"], ["M1", "Z"], ["", ""]]
    assert found.scalars["without_change"].value == 1


def test_moves_that_may_not_be_shown_are_passed_over() -> None:
    road = pd.DataFrame(
        {
            "node": ["M1", "M2", "M3"],
            "label": ["Own", None, "Scale"],
            "step": [1, None, 3],
            "withheld": ["", "too few", ""],
        }
    )
    found = first_moves(road, {"M1": "Somebody owns it.", "M3": "It grows."}, ["codings"])
    words = [found.scalars[f"move_{number}"].value for number in (1, 2, 3)]
    assert words == ["Own: somebody owns it", "Scale: it grows", None]
    assert found.scalars["moves_shown"].value == 2


def test_a_code_is_counted_in_the_companies_that_may_be_shown() -> None:
    matrix = pd.DataFrame(
        [
            ("rail", "Q", "yes", ""),
            ("sea", "Q", "no", ""),
            ("air", "Q", None, "not permitted"),
            ("*", "Q", "yes", ""),
            ("rows about no company", "Q", "yes", ""),
        ],
        columns=["case", "code", "present", "withheld"],
    )
    names = ["rail", "sea", "air"]
    found = told_of_code(matrix, "Q", ["rail"], names, ["codings"]).scalars
    assert (found["companies_with"].value, found["companies_shown"].value, found["here"].value) == (
        1,
        2,
        "yes",
    )
    assert told_of_code(matrix, "Q", ["air"], names, ["codings"]).scalars["here"].value is None


@pytest.mark.parametrize(("with_all", "items"), [(True, ["S1", "S2"]), (False, ["S1"])])
def test_the_self_check_names_what_each_item_speaks_for(with_all: bool, items: list[str]) -> None:
    levels = {f"level_{number}": "x" for number in range(1, 5)}
    scales = pd.DataFrame([{"id": name, "sub_dimension": name, **levels} for name in ("S1", "S2")])
    terms = pd.DataFrame(
        [
            ("P1", "S1", "+", "A"),
            ("P1", "S1", "-", "B"),
            ("P2", "S1", "necessary", "A"),
            ("P3", "Q", "+", "A"),
        ],
        columns=["proposition", "condition", "direction", "outcome"],
    )
    book = pd.DataFrame({"id": ["A", "B"], "label": ["Speed", "Calm"]})
    found = self_check(
        scales, pd.DataFrame({"id": ["P1", "P2", "P3"]}), terms, book, from_level=3, with_all=with_all
    )
    assert found.table["id"].tolist() == items
    assert found.table["propositions"].iloc[0] == "P1: more Speed; less Calm. P2: needed for Speed"
    assert found.scalars["propositions_by_context"].value == 2
    assert found.scalars["items_with_proposition"].value == 1
