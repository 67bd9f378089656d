"""What the data are: profiles, inventory, course of the research, and the reporting list."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.inventory import case_profiles, data_inventory, quarter, research_process
from twinbenefits.analysis.reporting_list import facts_for_reporting, reporting_list
from twinbenefits.evidence.cells import BASIS
from twinbenefits.evidence.disclosure import ALL

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))
NAMES = ("cases", "participants", "sessions", "sources", "segments")
FACTS = {
    "first_year": 2024,
    "last_year": 2026,
    "workshops_planned_2026": 2,
    "workshops_planned_2027": 1,
    "findings_due": "first half of 2027",
}


def of(study: dict[str, pd.DataFrame], *names: str) -> list[pd.DataFrame]:
    return [study[name] for name in names]


def workshops(held: int = 1) -> dict[str, pd.DataFrame]:
    events = pd.DataFrame({"event": [f"W{n + 1}" for n in range(held)]})
    events["held_on"] = pd.date_range("2026-04-05", periods=held, freq="90D")
    voters = pd.DataFrame(
        {"voter": ["V1", "V2", "V3"], "event": "W1", "vertical": ["mining", "energy", "energy"]}
    )
    return {"events": events, "voters": voters.assign(consent_level=3)}


def test_a_profile_counts_only_what_may_be_said_of_the_company() -> None:
    study = SMALL.tables(sessions=8, cases=4)
    study["segments"].loc[study["segments"]["source"] == "S04", "about_case"] = False
    table = case_profiles(*of(study, *NAMES)).table.set_index("case")
    assert table.loc["K1", ["sessions", "informants"]].tolist() == [1, 1]
    assert table.loc["K2", ["sessions", "informants"]].tolist() == [2, 2]


def test_profiles_are_judged_by_the_permission_for_the_vertical() -> None:
    cells = case_profiles(*of(SMALL.tables(), *NAMES)).cells
    assert cells is not None
    assert (cells.case, cells.item) == ("case", "vertical")


def test_a_case_without_a_session_keeps_its_line() -> None:
    study = SMALL.tables(sessions=2, cases=4)
    table = case_profiles(*of(study, *NAMES)).table.set_index("case")
    assert table.loc["K4", ["sessions", "informants", "roles"]].tolist() == [0, 0, ""]


def test_the_inventory_adds_up_and_counts_a_person_once() -> None:
    study = SMALL.tables(sessions=8, cases=4)
    study["sessions"].loc[:3, "kind"] = "group_interview"
    study["sessions"].loc[0, "participants"] = "P00;P01"
    result = data_inventory(*of(study, "participants", "sessions", "sources"))
    table = result.table.set_index("kind")
    assert table["number"].to_dict() == {"group_interview": 4, "interview": 4, ALL: 8}
    assert table.loc[ALL, "minutes"] == 480
    assert table.loc[ALL, "informants"] == 8
    assert result.scalars["sessions"].value == 8
    assert result.scalars["number_interview"].value == 4


def test_a_document_without_a_session_is_one_of_its_own() -> None:
    study = SMALL.tables()
    paper = pd.DataFrame(
        [{"source": "D1", "case": "K1", "session": "", "kind": "document", "consent_level": 5}]
    )
    study["sources"] = pd.concat([study["sources"], paper], ignore_index=True)
    result = data_inventory(*of(study, "participants", "sessions", "sources"))
    assert result.table.set_index("kind").loc["document", "number"] == 1
    assert result.scalars["documents"].value == 1
    assert result.scalars["sessions"].value == 8


def test_a_session_whose_sources_stayed_outside_is_not_counted() -> None:
    study = SMALL.tables()
    study["sources"] = study["sources"].iloc[:5]
    assert data_inventory(*of(study, "participants", "sessions", "sources")).scalars["sessions"].value == 5


def test_no_data_is_a_named_reason() -> None:
    study = SMALL.tables(sessions=0, cases=0)
    result = data_inventory(*of(study, "participants", "sessions", "sources"))
    assert result.scalars["sessions"].value == 0
    assert "no session has a length" in str(result.scalars["minutes_median"].reason)
    assert "no session has a date" in str(result.scalars["first_quarter"].reason)
    assert "no session and no document" in result.limitations[0]


def test_the_process_tells_planned_from_held() -> None:
    study = SMALL.double_coded()
    shop = workshops()
    result = research_process(
        **{n: study[n] for n in ("sessions", "sources", "assignments", "segments")}, **shop, facts=FACTS
    )
    table = result.table.set_index("activity")
    assert table["part"].value_counts().to_dict() == {"planned": 4, "held": 3}
    assert table.loc["interview", "number"] == 8
    assert table.loc["interview", "start"] == pd.Timestamp("2025-01-01")  # the quarter, never the day
    assert table.loc["validation workshops 2026", "number"] == 2
    assert table.loc["findings and managerial implications", "end"] == pd.Timestamp("2027-06-30")
    assert table.loc["workshop W1", list(BASIS)].tolist() == [2, 3, 3, 3]


def test_a_study_that_planned_nothing_draws_nothing_planned() -> None:
    study, shop = SMALL.tables(sessions=0, cases=0), workshops(held=0)
    result = research_process(
        **{n: study[n] for n in ("sessions", "sources", "assignments", "segments")}, **shop, facts={}
    )
    assert result.table.empty


def test_quarters_are_written_for_readers() -> None:
    assert quarter(pd.Timestamp("2025-12-31")) == "2025 Q4"
    assert quarter(pd.NaT) == ""


@pytest.fixture
def coreq() -> pd.DataFrame:
    rows = [
        (2, "design", "Size", "How many?", "data", "D05", "{sessions} sessions.", ""),
        (1, "team", "Interviewer", "Who?", "authors", "method section", "", ""),
        (3, "design", "Guide", "Which?", "in part", "record", "{asked_cells} pairs.", "We did."),
    ]
    columns = ["item", "domain", "topic", "asks", "answered_by", "answered_in", "answer", "author_answer"]
    return pd.DataFrame(rows, columns=columns)


def test_answers_are_filled_in_and_open_ones_counted(coreq: pd.DataFrame) -> None:
    whole = pooled_basis(SMALL.joined(SMALL.tables()).segments)
    result = reporting_list(coreq, {"sessions": "8", "asked_cells": "0"}, whole)
    assert result.table["answer"].tolist() == ["", "8 sessions.", "0 pairs."]
    assert result.table["persons"].tolist() == [0, 8, 8]  # only an answer with a number rests on anybody
    assert result.scalars["items_open"].value == 1


def test_an_answer_that_names_no_known_number_is_refused(coreq: pd.DataFrame) -> None:
    whole = pooled_basis(SMALL.joined(SMALL.tables()).segments)
    with pytest.raises(ValueError, match=r"item 2, answer: \{sessions\} is no number known here"):
        reporting_list(coreq, {"asked_cells": "0"}, whole)


def test_every_number_of_the_study_s_own_list_is_known(root: Path) -> None:
    coreq = pd.read_csv(root / "data" / "study" / "coreq.csv", dtype=str, keep_default_na=False)
    study = SMALL.tables() | workshops() | {"negative_cases": pd.DataFrame({"case": []})}
    known = set(facts_for_reporting(study, SMALL.joined(study)))
    wanted = {name for text in coreq["answer"] for name in re.findall(r"\{(\w+)\}", text)}
    computed_elsewhere = {
        "sessions", "informants", "companies", "roles_heard", "first_quarter", "last_quarter", "minutes",
        "minutes_median", "coverage", "coders", "double_coded_share", "codes_used", "terms_heard",
        "dimensions", "themes",
    }  # fmt: skip
    assert wanted - known == computed_elsewhere
    assert list(coreq["item"]) == [str(n) for n in range(1, 33)]
