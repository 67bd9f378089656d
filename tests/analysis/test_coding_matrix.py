"""Codes by case, the data structure, and whether the data are enough."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_matrix import ELSEWHERE, MENTIONED, coding_matrix, segments_behind
from twinbenefits.analysis.data_structure import data_structure
from twinbenefits.analysis.enough_data import new_codes_per_session, next_data
from twinbenefits.analysis.families import code_families, code_roots, codes_below_root
from twinbenefits.analysis.resolution import resolve
from twinbenefits.evidence.disclosure import ALL

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))


def coded(study: dict[str, pd.DataFrame]) -> Coded:
    return resolve(SMALL.joined(study))


def matrix(study: dict[str, pd.DataFrame], threshold: int = 1) -> pd.DataFrame:
    table = coding_matrix(coded(study), study["asked"], presence_threshold=threshold).table
    return table.set_index(["code", "case"])


@pytest.fixture
def study() -> dict[str, pd.DataFrame]:
    made = SMALL.tables(sessions=4, cases=4)
    made["codings"] = SMALL.coding(
        [("S00-0", "a", "B1.1"), ("S00-1", "a", "B1.1"), ("S01-0", "a", "B1.1"), ("S02-0", "a", "M1")]
    )
    made["codings"].loc[made["codings"]["segment"] == "S01-0", "status"] = "expected"
    made["assignments"] = SMALL.reading(list(made["segments"]["segment"]), "a")
    rows = [("K1", "B1.1", "yes"), ("K2", "B1.1", "yes"), ("K3", "B1.1", "yes"), ("K4", "B1.1", "no")]
    made["asked"] = pd.DataFrame(rows, columns=["case", "code", "asked"])
    return made


def test_the_four_states_are_told_apart(study: dict[str, pd.DataFrame]) -> None:
    states = matrix(study)["state"]
    assert [states["B1.1", case] for case in ("K1", "K2", "K3", "K4")] == [
        "observed or measured",
        "expected only",
        "asked and absent",
        "not asked",
    ]


def test_codes_without_a_status_are_mentioned_and_nothing_more(study: dict[str, pd.DataFrame]) -> None:
    assert matrix(study)["state"]["M1", "K3"] == MENTIONED


def test_counts_shares_and_totals(study: dict[str, pd.DataFrame]) -> None:
    table = matrix(study)
    assert table.loc[("B1.1", "K1"), ["segments", "share", "present"]].tolist() == [2, 1.0, "yes"]
    assert table.loc[("B1.1", ALL), ["segments", "share"]].tolist() == [3, 0.75]


def test_a_threshold_changes_presence_and_not_the_count(study: dict[str, pd.DataFrame]) -> None:
    table = matrix(study, threshold=2)
    assert table.loc[("B1.1", "K2"), ["segments", "present", "state"]].tolist() == [
        1,
        "no",
        "asked and absent",
    ]


def test_what_may_not_be_said_of_a_company_is_part_of_the_total_only(study: dict[str, pd.DataFrame]) -> None:
    study["segments"].loc[study["segments"]["segment"] == "S00-1", "about_case"] = False
    table = matrix(study)
    assert table.loc[("B1.1", "K1"), "segments"] == 1
    assert table.loc[("B1.1", ELSEWHERE), "segments"] == 1
    assert table.loc[("B1.1", ALL), "segments"] == 3


def test_a_state_that_such_rows_would_change_is_not_told(study: dict[str, pd.DataFrame]) -> None:
    study["segments"].loc[study["segments"]["source"] == "S01", "about_case"] = False
    cell = matrix(study).loc[("B1.1", "K2")]
    assert cell["state"] == ""
    assert "change the state" in cell["reason"]


def test_nothing_coded_gives_reasons_and_no_error() -> None:
    empty = SMALL.tables()
    result = coding_matrix(coded(empty), empty["asked"])
    assert result.table["segments"].sum() == 0
    assert result.table["share"].isna().all()
    assert "no segment carries a code" in str(result.scalars["codes_per_segment"].reason)
    assert data_structure(coded(empty), "benefit").table.empty
    assert "no data structure" in data_structure(coded(empty), "benefit").limitations[0]
    enough = new_codes_per_session(coded(empty), minimum_sessions=8)
    assert "undefined, because" in str(enough.scalars["coverage_code"].reason)
    assert next_data(coded(empty), minimum_sessions=8).scalars["answer"].value == "cannot tell"


def test_no_session_at_all_gives_reasons_and_no_error() -> None:
    none = SMALL.tables(sessions=0, cases=0)
    assert new_codes_per_session(coded(none), minimum_sessions=8).scalars["sessions_read"].value == 0
    found = next_data(coded(none), minimum_sessions=8)
    assert found.scalars["expected_new"].value is None
    assert found.scalars["effective_now"].value is None


def test_segments_behind_a_code_take_those_below_it_too(study: dict[str, pd.DataFrame]) -> None:
    table = segments_behind(coded(study), "B1", study["participants"]).table
    assert table["segment"].tolist() == ["S00-0", "S00-1", "S01-0"]
    assert set(table["role_group"]) == {"operations"}
    one = segments_behind(coded(study), "B1", study["participants"], case="K2").table
    assert one["segment"].tolist() == ["S01-0"]


def test_a_code_nobody_gave_has_nothing_behind_it_and_says_so(study: dict[str, pd.DataFrame]) -> None:
    result = segments_behind(coded(study), "B1.2", study["participants"])
    assert result.table.empty
    assert result.limitations == ("No segment carries B1.2.",)


def test_a_theme_needs_a_term_of_an_informant(study: dict[str, pd.DataFrame]) -> None:
    extra = SMALL.coding([("S03-0", "a", "B1.2")])
    study["codings"] = pd.concat([study["codings"], extra], ignore_index=True)
    study["segments"].loc[study["segments"]["segment"] == "S03-0", "first_order"] = ""
    result = data_structure(coded(study), "benefit")
    assert result.table["code"].tolist() == ["B1.1"]
    assert result.scalars["themes_without_term"].value == 1


def test_terms_come_from_quotable_segments_and_many_cases(study: dict[str, pd.DataFrame]) -> None:
    table = data_structure(coded(study), "benefit").table
    assert table["terms"].tolist() == ["term 0\nterm 4"]  # one of each case, not two of the first
    study["segments"].loc[study["segments"]["segment"] == "S00-0", "text"] = ""
    assert data_structure(coded(study), "benefit").table["terms"].tolist() == ["term 1\nterm 4"]


def test_a_session_that_nobody_read_says_nothing_about_new_codes(study: dict[str, pd.DataFrame]) -> None:
    study["assignments"] = SMALL.reading([s for s in study["segments"]["segment"] if s[:3] != "S03"], "a")
    result = new_codes_per_session(coded(study), minimum_sessions=2)
    assert result.scalars["sessions_read"].value == 3
    assert "1 sessions of which no segment was read" in result.limitations[0]


def test_a_threshold_makes_codes_rarer(study: dict[str, pd.DataFrame]) -> None:
    found = [
        new_codes_per_session(coded(study), minimum_sessions=2, threshold=n).scalars["found_code"].value
        for n in (1, 2)
    ]
    assert found == [2, 1]


def test_a_new_company_wins_where_each_company_holds_its_own_codes() -> None:
    book = pd.DataFrame({"id": [f"C{n}" for n in range(8)], "parent": "", "role": "mechanism", "label": ""})
    made = SMALL.tables(sessions=16, cases=8, segments=1)
    made["codebook"] = book
    made["codings"] = SMALL.coding([(f"S{n:02}-0", "a", f"C{n % 8}") for n in range(16)])
    made["assignments"] = SMALL.reading(list(made["segments"]["segment"]), "a")
    cheap = next_data(coded(made), minimum_sessions=8)
    assert cheap.scalars["answer"].value == "a new company"
    assert cheap.scalars["rest_on_one_company"].value == 8
    dear = next_data(coded(made), minimum_sessions=8, cost_of_new=4.0)
    assert dear.table.loc[1, "gain_per_cost"] == pytest.approx(cheap.table.loc[1, "gain_per_cost"] / 4)
    assert cheap.by_case is not None
    assert cheap.by_case.cells is not None
    assert cheap.by_case.cells.case == "case"  # a case held out is a statement about it


def test_the_effective_number_of_sessions_follows_the_formula(study: dict[str, pd.DataFrame]) -> None:
    found = next_data(coded(study), minimum_sessions=2, assumed_icc=0.5).scalars
    assert found["effective_now"].value == pytest.approx(4.0)  # four companies, one session each
    assert found["effective_same"].value == pytest.approx(8 / 1.5)
    assert found["effective_new"].value == pytest.approx(5.0)


def test_families_and_roots_survive_a_flat_or_circular_codebook() -> None:
    flat = pd.DataFrame({"id": ["A", "B"], "parent": ["", None], "role": "benefit"})
    assert code_families(flat) == {}
    assert codes_below_root(flat, "benefit") == ["A", "B"]
    circle = pd.DataFrame({"id": ["A", "B"], "parent": ["B", "A"]})
    assert set(code_roots(circle)) == {"A", "B"}
