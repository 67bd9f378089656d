"""What the literature tables carry, counted by hand in the deck, and what may not change the counts."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.analysis.benefit_map import benefit_map
from twinbenefits.analysis.citations import KeyReading, accept, effective_status, read_mentions
from twinbenefits.analysis.literature import (
    benefits_by_literature,
    characteristics_by_literature,
    evidence_matrix,
    literature_over_time,
)
from twinbenefits.analysis.result import Result
from twinbenefits.evidence.study import Study

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "toy_study.py")))
TOY_TABLES = (TOY.ROWS, TOY.GAINS, TOY.MENTIONS, TOY.REFERENCES)
SLIP = KeyReading("F1", "Roo2001", "Roe2001")


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    names = ["characteristics", "benefits", "benefit_codes", "codebook", "mentions", "references"]
    return Study.open(root, tables=names)


@pytest.fixture(scope="module")
def tables(study: Study) -> tuple[pd.DataFrame, ...]:
    return tuple(study.table(name) for name in ("characteristics", "benefits", "mentions", "references"))


def numbers(result: Result) -> dict[str, object]:
    return {name: scalar.value for name, scalar in result.scalars.items()}


def test_the_deck_mentions_works_34_times(tables: tuple[pd.DataFrame, ...]) -> None:
    """Counted by hand: 24 in the table of characteristics, 10 in that of benefits, 26 author-year pairs."""
    found = numbers(evidence_matrix(*tables))
    assert (found["mentions"], found["mentions_characteristics"], found["mentions_benefits"]) == (34, 24, 10)
    assert found["references"] == 26
    assert [found[f"references_{s}"] for s in ("verified", "candidate", "unresolved", "settled")] == [
        9,
        14,
        3,
        0,
    ]
    assert found["references_citable"] == 9
    assert found["references_not_identified"] == 17
    assert [found[f"mentions_{s}"] for s in ("verified", "candidate", "unresolved")] == [12, 18, 4]


def test_accepting_the_finding_on_a_year_leaves_25_works(
    study: Study, tables: tuple[pd.DataFrame, ...]
) -> None:
    declared = study.rules["key_readings"]["value"]["R1"]
    reading = KeyReading("R1", declared["written"], declared["read_as"])
    found = numbers(evidence_matrix(*tables, accepted=[reading]))
    assert found["references"] == 25
    assert found["mentions"] == 34
    assert found["references_candidate"] == 13


def test_inherited_references_are_cells_and_never_mentions(tables: tuple[pd.DataFrame, ...]) -> None:
    """By hand: two rows inherit from each category, of three, four and three references."""
    shown, hidden = (numbers(evidence_matrix(*tables, show_inherited=flag)) for flag in (True, False))
    assert (shown["cells_own"], shown["cells_inherited"], shown["cells_shown"]) == (34, 20, 54)
    assert (hidden["cells_own"], hidden["cells_inherited"], hidden["cells_shown"]) == (34, 0, 34)
    assert shown["mentions"] == hidden["mentions"] == 34


def test_every_claim_has_a_row_of_the_matrix(tables: tuple[pd.DataFrame, ...]) -> None:
    table = evidence_matrix(*tables, show_inherited=False).table
    assert table["row_id"].nunique() == 14
    assert (table["support"] == "none").sum() == 6


def test_six_of_nine_benefit_rows_have_no_reference_of_their_own(study: Study) -> None:
    names = ("benefits", "benefit_codes", "codebook", "mentions", "references")
    result = benefits_by_literature(*(study.table(name) for name in names))
    found = numbers(result)
    assert (found["rows"], found["rows_with_reference"], found["rows_without_reference"]) == (9, 3, 6)
    assert (found["categories"], found["sub_benefits"], found["sub_benefits_outside_table"]) == (3, 16, 1)
    bare = result.table.loc[result.table["support"] == "none", "row_id"].tolist()
    assert bare == ["B1.2", "B1.3", "B2.2", "B2.3", "B3.2", "B3.3", "RESULT3"]


def test_the_characteristics_keep_the_order_and_words_of_the_deck(study: Study) -> None:
    table = characteristics_by_literature(
        *(study.table(name) for name in ("characteristics", "mentions", "references"))
    ).table
    assert table["category"].unique().tolist() == [
        "Virtual representation",
        "Data-driven",
        "Dynamic",
        "Multi-dimensional",
        "Interactive",
    ]
    first = table[table["row_id"] == "C1"]["as_written"].tolist()
    assert first == [
        "Bolton et al., 2018",
        "Fu et al. 2022",
        "Oj et al 2021",
        "Sacks et al. 2020",
        "Kritzinger et al., 2018",
    ]


def test_the_works_date_from_2018_to_2025(tables: tuple[pd.DataFrame, ...]) -> None:
    found = numbers(literature_over_time(*tables))
    assert (found["year_first"], found["year_last"], found["year_median"]) == (2018, 2025, 2022)


def test_the_map_says_what_each_sub_benefit_rests_on(study: Study) -> None:
    """By hand: BE1.1-1.3, BE2.1, BE2.5 and BE3.1 are read from a first row, BE1.7 from the results."""
    result = benefit_map(
        *(study.table(name) for name in ("benefits", "benefit_codes", "codebook", "mentions"))
    )
    found = numbers(result)
    assert (found["own"], found["none"], found["outside"]) == (6, 9, 1)
    assert found["moved"] == 1  # BE2.5 stands among the rows on sustainability
    assert result.table.groupby("category_code").size().tolist() == [7, 5, 4]


@settings(max_examples=30)
@given(st.permutations(range(34)), st.permutations(range(9)))
def test_the_order_of_rows_in_the_files_does_not_matter(
    tables: tuple[pd.DataFrame, ...], mention_order: list[int], benefit_order: list[int]
) -> None:
    rows, benefits, mentions, references = tables
    before = evidence_matrix(rows, benefits, mentions, references)
    after = evidence_matrix(
        rows[::-1], benefits.iloc[benefit_order], mentions.iloc[mention_order], references[::-1]
    )
    pd.testing.assert_frame_equal(before.table, after.table)
    assert numbers(before) == numbers(after)


@settings(max_examples=30)
@given(st.permutations(["Roe2001", "Doe2002", "Poe2003", "Roo2001"]))
def test_relabelling_the_keys_changes_no_count(names: list[str]) -> None:
    new = dict(zip(TOY.REFERENCES["key"], names, strict=True))
    mentions = TOY.MENTIONS.assign(key=TOY.MENTIONS["key"].map(new))
    references = TOY.REFERENCES.assign(key=TOY.REFERENCES["key"].map(new))
    relabelled = evidence_matrix(TOY.ROWS, TOY.GAINS, mentions, references)
    assert numbers(relabelled) == numbers(evidence_matrix(*TOY_TABLES))


def test_another_study_is_read_by_the_same_rules() -> None:
    result = evidence_matrix(*TOY_TABLES)
    found = numbers(result)
    assert (found["mentions"], found["references"], found["references_citable"]) == (5, 4, 2)
    kinds = result.table.groupby("row_id", sort=False)["support"].unique().map(list).to_dict()
    assert kinds == {
        "P1": ["own"],
        "P2": ["own"],
        "P3": ["none"],
        "G1.1": ["own"],
        "G1.2": ["inherited"],
        "G2.1": ["none"],
    }


def test_a_work_named_by_the_authors_is_settled() -> None:
    assert effective_status(TOY.REFERENCES).to_dict() == {
        "Roe2001": "verified",
        "Doe2002": "settled",
        "Poe2003": "unresolved",
        "Roo2001": "unresolved",
    }


def test_an_accepted_reading_changes_the_key_and_keeps_the_words() -> None:
    read = read_mentions(TOY.MENTIONS, TOY.REFERENCES, [SLIP]).set_index("mention_id")
    assert read.loc["M05", ["as_written", "key", "status"]].tolist() == ["Roe 2001a", "Roe2001", "verified"]


def test_a_finding_without_a_reading_is_refused_with_the_nearest_one() -> None:
    assert accept(" F1 , F1", [SLIP]) == (SLIP,)
    with pytest.raises(ValueError, match=r"names F9, G7.*known: F1; did you mean F1\?"):
        accept("F9,F1,G7", [SLIP])


def test_a_mention_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="without a row in the table references: Doe2002, Poe2003"):
        read_mentions(TOY.MENTIONS, TOY.REFERENCES[TOY.REFERENCES["key"].isin(["Roe2001", "Roo2001"])])


def test_without_any_mention_the_years_are_undefined() -> None:
    result = literature_over_time(TOY.ROWS, TOY.GAINS, TOY.MENTIONS[:0], TOY.REFERENCES)
    assert result.scalars["year_median"].value is None
    assert result.scalars["year_median"].reason == "no work is cited"
    assert len(result.table) == 6
