"""Published effects are graded and listed; audit findings and statements are counted."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.audit import audit_findings, reference_status
from twinbenefits.analysis.effects import effects_by_grade, published_effects
from twinbenefits.analysis.statements import collection_facts, statements_by_kind
from twinbenefits.evidence.study import Study

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "toy_study.py")))


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    names = ["effects", "effect_grades", "audit", "references", "reference_candidates", "mentions"]
    return Study.open(root, tables=[*names, "deck_statements"])


def test_none_of_22_effects_was_measured_in_the_field_with_a_baseline(study: Study) -> None:
    found = published_effects(study.table("effects"), study.table("effect_grades")).scalars
    assert found["effects"].value == 22
    assert [found[f"grade_{grade}"].value for grade in "ABCDE"] == [0, 4, 7, 5, 6]
    assert found["strongest_grade"].value == 0
    assert (found["abstract_only"].value, found["read_in_full"].value) == (11, 0)
    assert found["abstract_only_share"].value == pytest.approx(0.5)
    assert found["sources"].value == 19


def test_effects_are_sorted_by_grade_and_keep_their_values_as_written(study: Study) -> None:
    table = published_effects(study.table("effects"), study.table("effect_grades")).table
    assert table["grade"].tolist() == sorted(table["grade"])
    assert table.set_index("id").loc["EF06", "value"] == "approx. one third"
    shuffled = study.table("effects").sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(published_effects(shuffled, study.table("effect_grades")).table, table)


def test_nothing_is_pooled(study: Study) -> None:
    result = published_effects(study.table("effects"), study.table("effect_grades"))
    assert {scalar.unit for scalar in result.scalars.values()} == {"effects", "share", "sources"}
    assert any("neither pooled" in sentence for sentence in result.limitations)


def test_a_lowest_grade_hides_weaker_effects_and_keeps_the_counts() -> None:
    strong = published_effects(TOY.EFFECTS, TOY.GRADES, lowest_grade="strong")
    assert strong.table["id"].tolist() == ["X3"]
    assert (strong.scalars["effects"].value, strong.scalars["effects_shown"].value) == (3, 1)
    with pytest.raises(ValueError, match="'best'; the scale has strong, weak"):
        published_effects(TOY.EFFECTS, TOY.GRADES, lowest_grade="best")


def test_sources_named_as_the_same_count_once() -> None:
    found = published_effects(TOY.EFFECTS, TOY.GRADES).scalars
    assert (found["sources"].value, found["abstract_only"].value, found["read_in_full"].value) == (2, 2, 1)


def test_without_effects_the_share_is_undefined() -> None:
    share = published_effects(TOY.EFFECTS[:0], TOY.GRADES).scalars["abstract_only_share"]
    assert (share.value, share.reason) == (None, "no effect is listed")


def test_an_empty_grade_stays_on_the_scale(study: Study) -> None:
    table = effects_by_grade(study.table("effects"), study.table("effect_grades")).table
    assert dict(zip(table["grade"], table["effects"], strict=True)) == {
        "A": 0,
        "B": 4,
        "C": 7,
        "D": 5,
        "E": 6,
    }


def test_the_audit_has_35_findings_and_all_are_open(study: Study) -> None:
    found = {name: scalar.value for name, scalar in audit_findings(study.table("audit")).scalars.items()}
    assert (found["findings"], found["open"], found["decided"]) == (35, 35, 0)
    groups = ("citing", "coding", "data_method_results")
    assert [found[f"findings_{group}"] for group in groups] == [10, 14, 11]


def test_a_written_decision_closes_a_finding(study: Study) -> None:
    audit = study.table("audit")
    audit.loc[audit["finding_id"] == "R1", "author_decision"] = "accepted"
    audit.loc[audit["finding_id"] == "R2", "author_decision"] = "  "
    result = audit_findings(audit)
    assert (result.scalars["open"].value, result.scalars["open_citing"].value) == (34, 9)
    assert result.table.set_index("finding_id").loc["R1", "state"] == "decided"


def test_every_reference_says_what_is_to_be_settled(study: Study) -> None:
    result = reference_status(*(study.table(n) for n in ("references", "reference_candidates", "mentions")))
    assert (result.scalars["citable"].value, result.scalars["not_identified"].value) == (9, 17)
    assert result.scalars["guesses"].value == 25
    once = result.table.drop_duplicates("key").set_index("key")
    assert once.loc["Wang2025", "to_settle"] == "name the work: no guess was found"
    assert once.loc["Kusic2020", "to_settle"] == "choose among the guesses or name another work"
    assert once.loc["Kim2022", "to_settle"] == "confirm or replace the guess"
    assert once.loc["Fu2022", "to_settle"] == "confirm that this is the work meant"
    assert once.loc["Kritzinger2018", "cited_in"] == "C1, C2, C3"
    assert once["mentions"].sum() == 34


def test_a_settled_reference_can_be_cited() -> None:
    once = reference_status(TOY.REFERENCES, TOY.CANDIDATES, TOY.MENTIONS).table.drop_duplicates("key")
    assert once.set_index("key")["citable"].to_dict() == {
        "Roe2001": True,
        "Roo2001": False,
        "Doe2002": True,
        "Poe2003": False,
    }


def test_statements_of_the_deck_are_counted_by_kind(study: Study) -> None:
    found = statements_by_kind(study.table("deck_statements")).scalars
    kinds = ("effort_area", "consequence", "context_factor", "moderator", "feedback_question")
    assert [found[kind].value for kind in kinds] == [4, 3, 5, 3, 3]


def test_facts_stand_in_a_statement_of_the_deck(study: Study) -> None:
    result = collection_facts(study.facts["data_collection"], study.table("deck_statements"))
    assert result.scalars["case_companies"].value == 5
    assert result.scalars["group_interviews_and_workshops"].value == 4
    assert result.scalars["total_turnover_eur_bn_lower_bound"].value == 45
    said = result.table.set_index("fact")["as_written"]
    assert said["case_companies"].startswith("5 case companies")


def test_a_fact_that_the_deck_does_not_state_is_refused() -> None:
    said = pd.DataFrame({"as_written": ["15 cups, 4 pots"]})
    with pytest.raises(ValueError, match=r"no statement of the deck: cups \(5\), spoons \(7\)"):
        collection_facts({"cups": 5, "pots": 4, "spoons": 7, "cups_deck_line": 99, "note": "x"}, said)
