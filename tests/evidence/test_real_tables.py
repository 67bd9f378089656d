"""The tables say what the deck and the literature say: counts, spot values, word for word."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study

DECK = "data/literature/source/deck.txt"


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    return Study.open(root, tables=[name for name, table in TABLES.items() if not table.holds_case_evidence])


@pytest.fixture(scope="module")
def deck(root: Path) -> str:
    return (root / DECK).read_text("utf-8")


ROWS = {
    "characteristics": 5,
    "benefits": 9,
    "benefit_codes": 16,
    "mentions": 34,
    "references": 26,
    "reference_candidates": 34,
    "audit": 35,
    "deck_statements": 40,
    "effects": 22,
    "effect_grades": 5,
    "context_numbers": 9,
    "codebook": 60,
    "indicators": 20,
    "context_scales": 20,
    "propositions": 14,
    "proposition_terms": 27,
    "verticals": 5,
    "release_rules": 6,
    "interview_guide": 15,
    "vote_scales": 5,
    "coreq": 32,
}


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_each_table_has_all_its_rows(study: Study, name: str, rows: int) -> None:
    assert len(study.table(name)) == rows


def test_every_standing_table_is_counted_here(study: Study) -> None:
    assert {*study.tables} - {"displays"} == {*ROWS}


def test_the_deck_is_kept_untouched(deck: str) -> None:
    assert len(deck) == 8866
    assert unicodedata.is_normalized("NFC", deck)
    assert deck.splitlines()[31].startswith("Virtual representation\t")


def _quoting_columns() -> list[tuple[str, str, str]]:
    return [
        (name, str(column), schema.metadata["separator"])
        for name, table in TABLES.items()
        if not table.holds_case_evidence
        for column, schema in table.model.to_schema().columns.items()
        if schema.metadata.get("verbatim")
    ]


@pytest.mark.parametrize(("name", "column", "separator"), _quoting_columns())
def test_every_quoting_cell_stands_word_for_word_in_the_deck(
    study: Study, deck: str, name: str, column: str, separator: str
) -> None:
    cells = [cell for cell in study.table(name)[column] if cell]
    assert cells
    for cell in cells:
        for piece in cell.split(separator) if separator else [cell]:
            assert piece in deck


def test_every_as_written_column_is_held_to_the_deck() -> None:
    quoting = {(name, column) for name, column, _ in _quoting_columns()}
    for name, table in TABLES.items():
        if table.group == "literature":
            for column in table.model.to_schema().columns:
                assert not str(column).endswith("as_written") or (name, column) in quoting


@pytest.mark.parametrize("name", ["characteristics", "benefits", "deck_statements", "verticals"])
def test_quoted_rows_stand_on_their_line_of_the_deck(study: Study, deck: str, name: str) -> None:
    lines = deck.split("\n")
    for row in study.table(name).to_dict("records"):
        for column, cell in row.items():
            if str(column).endswith("as_written"):
                assert cell in lines[row["deck_line"] - 1]


def test_a_table_row_of_the_deck_is_complete(study: Study, deck: str) -> None:
    lines = deck.split("\n")
    for row in study.table("benefits").to_dict("records"):
        cells = [row[f"{name}_as_written"] for name in ("category", "description", "benefits", "references")]
        assert "\t".join(cells).rstrip() == lines[row["deck_line"] - 1].rstrip()
    for row in study.table("characteristics").to_dict("records"):
        cells = [row[f"{name}_as_written"] for name in ("category", "description", "references")]
        assert "\t".join(cells) == lines[row["deck_line"] - 1]


def test_the_mentions_are_the_cells_of_references_in_order(study: Study) -> None:
    mentions = study.table("mentions")
    assert mentions["table"].value_counts().to_dict() == {"characteristics": 24, "benefits": 10}
    for name in ("characteristics", "benefits"):
        for row in study.table(name).to_dict("records"):
            own = mentions[(mentions["table"] == name) & (mentions["row_id"] == row["row_id"])]
            assert own["position"].tolist() == [*range(1, len(own) + 1)]
            assert "; ".join(own["as_written"]) == row["references_as_written"].rstrip(";")


def test_six_of_nine_benefit_rows_have_no_reference_of_their_own(study: Study) -> None:
    assert (study.table("benefits")["references_as_written"] == "").sum() == 6


def test_merged_categories_are_filled_down_and_nowhere_else(study: Study) -> None:
    benefits = study.table("benefits")
    assert benefits["category_as_written"].replace("", None).ffill().equals(benefits["category"])
    assert benefits.groupby("code")["category"].nunique().eq(1).all()


def test_references_have_their_status_and_wait_for_the_authors(study: Study) -> None:
    references = study.table("references")
    by_status = references.groupby("status")["key"].agg(set)
    assert references["status"].value_counts().to_dict() == {"candidate": 14, "verified": 9, "unresolved": 3}
    assert by_status["unresolved"] == {"Wang2025", "Weng2022", "Li2023"}
    assert {"Bolton2018", "Kusic2023", "HeBai2021"} <= by_status["verified"]
    assert (references["author_decision"] == "").all()
    assert (references["settled_doi"] == "").all()


def test_references_are_cited_as_their_mentions_are_written(study: Study) -> None:
    forms = study.table("mentions").groupby("key")["as_written"].unique()
    for row in study.table("references").to_dict("records"):
        assert row["cited_as"].split("; ") == list(forms[row["key"]])
        assert all(form.endswith(str(row["year"])) for form in forms[row["key"]])


def test_only_unresolved_references_have_no_candidate(study: Study) -> None:
    references = study.table("references").set_index("key")["status"]
    candidates = study.table("reference_candidates")
    assert {*references.index} - {*candidates["key"]} == {*references.index[references == "unresolved"]}
    assert (
        candidates.groupby("key")["rank"]
        .agg(list)
        .map(lambda ranks: ranks == [*range(1, len(ranks) + 1)])
        .all()
    )
    assert not ((candidates["doi"] != "") & (candidates["doi_unconfirmed"] != "")).any()


def test_the_audit_waits_for_the_authors(study: Study) -> None:
    audit = study.table("audit")
    assert audit["group"].value_counts().to_dict() == {"coding": 14, "data_method_results": 11, "citing": 10}
    assert (audit["author_decision"] == "").all()
    assert audit["decided_on"].isna().all()
    finding = audit.set_index("finding_id")["finding"]
    assert finding["K10"] == '"help businesses **reduce** e.g. energy efficiency": polarity error.'
    assert finding["R3"] == '"lv et al. 2021" vs "Lv et al. 2021".'


def test_the_statements_of_the_deck_are_all_there(study: Study) -> None:
    kinds = study.table("deck_statements")["kind"].value_counts().to_dict()
    assert kinds == {
        "introduction": 1,
        "challenge": 2,
        "effort_area": 4,
        "consequence": 3,
        "research_question": 2,
        "data": 3,
        "data_collection": 3,
        "next_step": 3,
        "preliminary_result": 4,
        "benefit_category": 3,
        "context_factor": 5,
        "moderator": 3,
        "feedback_statement": 1,
        "feedback_question": 3,
    }


def test_every_code_that_the_deck_names_has_its_statement(study: Study) -> None:
    codebook, statements = study.table("codebook"), study.table("deck_statements")
    for role in ("challenge", "context", "moderator"):
        below = codebook[(codebook["role"] == role) & (codebook["parent"] != "")]
        assert {*below["id"]} <= {*statements["code"]}


def test_every_sub_benefit_is_read_from_one_piece_of_the_deck(study: Study) -> None:
    codebook, readings = study.table("codebook"), study.table("benefit_codes")
    benefits = codebook[codebook["role"] == "benefit"].set_index("id")
    leaves = benefits[~benefits.index.isin(benefits["parent"])]
    assert sorted(readings["code"]) == sorted(leaves.index)
    assert readings.set_index("code")["as_written"].to_dict() == leaves["example"].to_dict()


def test_a_reading_stands_in_the_cell_it_names(study: Study) -> None:
    benefits = study.table("benefits").set_index("row_id")
    statements = study.table("deck_statements").set_index("statement_id")["as_written"]
    for row in study.table("benefit_codes").to_dict("records"):
        if row["column"] == "results":
            assert row["as_written"] in statements[row["row_id"]]
        else:
            assert row["as_written"] in benefits.loc[row["row_id"], f"{row['column']}_as_written"]


def test_the_codebook_has_its_roles(study: Study) -> None:
    codebook = study.table("codebook")
    assert (codebook["parent"] == "").sum() == 7
    assert codebook["role"].value_counts().to_dict() == {
        "benefit": 20,
        "mechanism": 10,
        "challenge": 8,
        "characteristic": 6,
        "context": 6,
        "outcome": 6,
        "moderator": 4,
    }
    assert codebook.loc[codebook["requires_role"] != "", "requires_role"].unique().tolist() == ["benefit"]


def test_no_published_effect_is_measured_with_baseline_and_attribution(study: Study) -> None:
    effects, grades = study.table("effects"), study.table("effect_grades")
    assert grades["grade"].tolist() == ["A", "B", "C", "D", "E"]
    assert effects["grade"].value_counts().to_dict() == {"C": 7, "E": 6, "D": 5, "B": 4}
    assert (grades["origin"] == "proposed").all()
    assert effects.set_index("id").loc["EF01", "value"] == "up to 44"
    assert effects["caveat"].str.len().gt(0).all()


def test_grades_follow_the_design_of_the_effects(study: Study) -> None:
    effects = study.table("effects").set_index("id")
    graded = effects.groupby("grade").groups
    designs = effects["design"]
    assert designs[graded["B"]].str.contains("before-after|field deployment").all()
    assert designs[graded["C"]].str.contains("simulation|model|projection|review|field").all()
    assert designs[graded["D"]].str.contains("programme|laboratory|self-report|named customer").all()
    assert designs[graded["E"]].str.contains("vendor|trade|consultancy|unsourced").all()


def test_every_proposition_has_terms_of_its_kind(study: Study) -> None:
    kinds = study.table("propositions").set_index("id")["kind"]
    terms = study.table("proposition_terms")
    assert {*terms["proposition"]} == {*kinds.index}
    signs = {"+", "-"}
    for term in terms.to_dict("records"):
        kind = kinds[term["proposition"]]
        assert term["direction"] in (signs if kind == "directional" else {kind})


def test_displays_are_numbered_without_a_gap(study: Study) -> None:
    ids = study.table("displays")["id"].tolist()
    assert ids == [f"D{number:02d}" for number in range(1, len(ids) + 1)]


def test_the_facts_are_the_decks(study: Study, deck: str) -> None:
    facts = study.facts
    assert [author["name"] for author in facts["authors"]] == [
        "Jarkko Pellikka",
        "Jari Collin",
        "Roope Lahti",
        "Jyrki Penttinen",
    ]
    assert facts["title"] in deck
    assert facts["event"]["name"] in deck
    assert facts["event"]["as_written"] in deck
    question = facts["research_question"]
    assert question["as_written"] == deck.split("\n")[question["deck_line"] - 1]
    assert question["corrected"].endswith("and how can they be realized?")


@pytest.mark.parametrize(
    ("fact", "line", "words"),
    [
        ("case_companies", "case_companies_deck_line", "5 case companies"),
        ("total_turnover_eur_bn_lower_bound", "turnover_deck_line", "exceeding 45 billion"),
        ("turnover_year", "turnover_deck_line", "in 2025"),
        ("group_interviews_and_workshops", "group_interviews_and_workshops_deck_line", "Multiple (4) group"),
        ("first_year", "group_interviews_and_workshops_deck_line", "2024-2026"),
        ("company_case_studies", "company_case_studies_deck_line", "case studies (5)"),
        ("workshops_planned_2026", "workshops_deck_line", "2 workshops in 2026"),
        ("workshops_planned_2027", "workshops_deck_line", "1 workshop in 2027"),
    ],
)
def test_facts_of_the_data_collection_stand_on_their_line(
    study: Study, deck: str, fact: str, line: str, words: str
) -> None:
    facts = study.facts["data_collection"]
    assert words in deck.split("\n")[facts[line] - 1]
    assert str(facts[fact]) in re.findall(r"\d+", words)


def test_the_rules_hold_the_studys_thresholds(study: Study) -> None:
    values = {name: rule["value"] for name, rule in study.rules.items()}
    assert values["minimum_sessions_for_interval"] == 8
    assert (values["alpha_tentative"], values["alpha_reliable"]) == (0.667, 0.8)
    assert values["minimum_cases_for_verdict"] == 4
    assert values["minimum_persons_per_cell"] == 3
    assert values["presence_threshold"] in values["presence_threshold_alternatives"]
    assert "mentions" in values["prose_counted_nouns"]


@pytest.mark.parametrize("name", ["references.csv", "mentions.csv", "audit.csv"])
def test_committed_tables_are_in_the_plain_form(root: Path, name: str) -> None:
    content = (root / "data" / "literature" / name).read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_years_are_numbers_and_open_decisions_are_empty_text(study: Study) -> None:
    references = study.table("references")
    assert references["year"].dtype == pd.Int64Dtype()
    assert references["author_decision"].tolist() == [""] * 26
