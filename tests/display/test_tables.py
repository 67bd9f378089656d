"""Tables print the deck's words, cite identified works only, and keep guesses in one place."""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis import audit, effects, literature
from twinbenefits.analysis.result import Result
from twinbenefits.display import audit_tables, effects_tables, literature_tables
from twinbenefits.display.mention import mention_text
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.study import Study

NAMES = ["characteristics", "benefits", "benefit_codes", "codebook", "mentions", "references"]
NAMES += ["reference_candidates", "audit", "effects", "effect_grades"]
TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "toy_study.py")))


@cache
def opened() -> Study:
    """Return the study, with every table that a result here may rest on."""
    return Study.open(Path(__file__).parents[2], tables=NAMES)


def released(result: Result) -> Released:
    return release(result, opened())


@pytest.fixture
def study() -> Study:
    return opened()


def tables(study: Study, *names: str) -> list[pd.DataFrame]:
    return [study.table(name) for name in names]


@pytest.mark.parametrize("status", ["candidate", "unresolved", "anything else"])
def test_a_work_not_identified_is_never_a_citation(status: str) -> None:
    assert mention_text("Doe 2002", "Doe2002", status) == "Doe 2002 [not yet identified]"
    assert mention_text("Doe 2002", "Doe2002", status, cite=False) == "Doe 2002 [not yet identified]"


@pytest.mark.parametrize("status", ["verified", "settled"])
def test_an_identified_work_is_a_citation_in_documents(status: str) -> None:
    assert mention_text("Doe 2002", "Doe2002", status) == "@Doe2002"
    assert mention_text("Doe 2002", "Doe2002", status, cite=False) == "Doe 2002"


def test_characteristics_print_every_mention(study: Study) -> None:
    result = literature.characteristics_by_literature(
        *tables(study, "characteristics", "mentions", "references")
    )
    frame = literature_tables.characteristics_by_literature(released(result))
    assert len(frame) == 5
    assert frame["References (e.g.)"].str.split("; ").map(len).tolist() == [5, 5, 5, 4, 5]
    assert frame.loc[0, "References (e.g.)"] == (
        "@Bolton2018; @Fu2022; Oj et al 2021 [not yet identified]; @Sacks2020; @Kritzinger2018"
    )
    assert set(frame["Description"]) == set(study.table("characteristics")["description_as_written"])


def test_six_benefit_rows_are_shown_as_having_no_reference_of_their_own(study: Study) -> None:
    names = ("benefits", "benefit_codes", "codebook", "mentions", "references")
    frame = literature_tables.benefits_by_literature(
        released(literature.benefits_by_literature(*tables(study, *names)))
    )
    own = frame["References (e.g.)"]
    assert len(frame) == 10
    assert (own[:9] == "none of its own").sum() == 6
    assert frame.loc[9, "Category"] == "named outside the table"
    assert frame["Sub-benefits (our reading)"].str.split("; ").map(len).sum() == 16
    assert frame.loc[:8, "Benefits"].tolist() == study.table("benefits")["benefits_as_written"].tolist()


def test_guesses_stand_in_the_reference_audit_and_are_labelled(study: Study) -> None:
    result = released(
        audit.reference_status(*tables(study, "references", "reference_candidates", "mentions"))
    )
    frame = audit_tables.reference_audit(result)
    guesses = frame["Guesses (not confirmed)"]
    cited = frame["As written"].str.startswith("@")
    assert len(frame) == 26
    assert (guesses[cited] == "").all()
    assert (guesses[~cited] != "").all()
    assert guesses.str.count(r"Guess \(").sum() == 25
    assert (guesses == "none found").sum() == 3
    summary = audit_tables.reference_status(result)
    assert summary["References"].tolist() == ["9", "14", "3"]
    assert summary["Can be cited today"].tolist() == ["yes", "no", "no"]
    assert not summary.astype(str).apply(lambda column: column.str.contains("Guess")).any().any()


def test_a_settled_reference_shows_no_guess() -> None:
    result = released(audit.reference_status(TOY.REFERENCES, TOY.CANDIDATES, TOY.MENTIONS))
    frame = audit_tables.reference_audit(result).set_index("As written")
    assert frame.loc["@Doe2002", ["Status", "Guesses (not confirmed)"]].tolist() == ["settled", ""]
    assert frame.loc["Poe 2003 [not yet identified]", "Guesses (not confirmed)"] == "none found"


def test_findings_show_the_state_until_the_authors_decide(study: Study) -> None:
    table = study.table("audit")
    table.loc[0, "author_decision"] = "accepted"
    result = released(audit.audit_findings(table))
    frame = audit_tables.audit_findings(result)
    assert len(frame) == 35
    assert frame["Authors' decision"].value_counts().to_dict() == {"open": 34, "accepted": 1}
    groups = audit_tables.audit_groups(result)
    assert groups["Findings about"].tolist() == ["citing", "coding", "data, method and results"]
    assert groups[["Number", "Open"]].values.tolist() == [["10", "9"], ["14", "14"], ["11", "11"]]


def test_every_effect_shows_grade_design_and_what_was_seen(study: Study) -> None:
    result = released(effects.published_effects(*tables(study, "effects", "effect_grades")))
    frame = effects_tables.published_effects(result)
    assert len(frame) == 22
    assert frame["Grade"].str[0].tolist() == sorted(frame["Grade"].str[0])
    assert frame["Source, what was seen, caveat"].str.contains("; seen: ").all()
    assert frame["Source, what was seen, caveat"].str.contains("seen: abstract").sum() == 11
    first = frame[frame["Grade"] == "C (EF01)"].iloc[0]
    assert first["Reported effect"] == "network energy: decrease, up to 44\N{NO-BREAK SPACE}%"
    assert "simulation in a twin; digital model (network twin)" in first["How it came about"]


def test_a_path_and_a_fraction_are_not_written_as_percentages(study: Study) -> None:
    result = released(effects.published_effects(*tables(study, "effects", "effect_grades")))
    effect = effects_tables.published_effects(result).set_index("Grade")["Reported effect"]
    assert effect["D (EF15)"] == "months from contract to closed-loop control: 24\N{NO-BREAK SPACE}months"
    assert effect["B (EF06)"] == "carbon intensity / emissions: decrease, approx. one third"


def test_a_scale_without_effects_is_said_in_words() -> None:
    strongest = released(effects.published_effects(TOY.EFFECTS[:2], TOY.GRADES, lowest_grade="strong"))
    frame = effects_tables.published_effects(strongest)
    assert frame.iloc[0].tolist() == ["none", "", "", "", ""]
    scale = released(effects.effects_by_grade(TOY.EFFECTS, TOY.GRADES))
    assert effects_tables.effects_by_grade(scale)["Effects"].tolist() == ["1", "2"]
    assert effects_tables.grade_scale(scale) == "strong: Measured. weak: Told."


def test_every_cell_is_text(study: Study) -> None:
    pairs = [
        (
            effects_tables.published_effects,
            effects.published_effects(*tables(study, "effects", "effect_grades")),
        ),
        (
            effects_tables.effects_by_grade,
            effects.effects_by_grade(*tables(study, "effects", "effect_grades")),
        ),
        (audit_tables.audit_findings, audit.audit_findings(study.table("audit"))),
    ]
    for display, result in pairs:
        frame = display(released(result))
        assert all(isinstance(cell, str) for cell in frame.to_numpy().ravel())
