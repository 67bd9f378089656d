"""Notebook 01: what it registers with its defaults, and that each of its parameters changes a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.publishing.registry_calls import parameter_names, registered_calls, registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "01_literature_tables"

# Counted by hand in the deck, its audit and the list of effects.
EXPECTED = {
    "mentions_total": "34",
    "mentions_characteristics": "24",
    "mentions_benefits": "10",
    "mentions_verified": "12",
    "mentions_candidate": "18",
    "mentions_unresolved": "4",
    "mentions_not_identified": "22",
    "references_distinct": "26",
    "references_distinct_if_r1": "25",
    "references_verified": "9",
    "references_candidate": "14",
    "references_unresolved": "3",
    "references_not_identified": "17",
    "citable_today": "9",
    "candidate_works": "25",
    "characteristics": "5",
    "benefit_categories": "3",
    "benefit_rows": "9",
    "benefit_rows_with_reference": "3",
    "benefit_rows_without_reference": "6",
    "sub_benefits": "16",
    "sub_benefits_outside_table": "1",
    "sub_benefits_from_rows_with_reference": "6",
    "sub_benefits_from_rows_without_reference": "9",
    "matrix_cells_own": "34",
    "matrix_cells_inherited": "20",
    "matrix_cells_shown": "54",
    "year_first": "2018",
    "year_last": "2025",
    "year_median": "2022",
    "references_repeated": "7",
    "claims": "8",
    "most_claims": "3",
    "kritzinger_rows": "3",
    "overlap_pairs": "6",
    "overlap_category2": "3",
    "category2_mentions": "4",
    "overlap_category2_as_written": "3",
    "overlap_category2_if_r1": "4",
    "audit_findings": "35",
    "audit_citing": "10",
    "audit_coding": "14",
    "audit_data_method_results": "11",
    "audit_open": "35",
    "audit_decided": "0",
    "effects_total": "22",
    "effects_shown": "22",
    "effects_grade_a": "0",
    "effects_grade_b": "4",
    "effects_grade_c": "7",
    "effects_grade_d": "5",
    "effects_grade_e": "6",
    "effects_field_with_baseline": "0",
    "effects_abstract_only": "11",
    "effects_abstract_only_share": "50%",
    "effects_read_in_full": "0",
    "effects_sources": "19",
    "challenge_effort_areas": "4",
    "challenge_consequences": "3",
    "context_factors": "5",
    "moderators": "3",
    "feedback_questions": "3",
    "case_companies": "5",
    "case_studies": "5",
    "group_sessions": "4",
    "workshops_2026": "2",
    "workshops_2027": "1",
    "turnover_billion_eur": "45",
}

Run = Callable[..., Path]


def values(folder: Path) -> dict[str, str]:
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name: entry["text"] for name, entry in read.items()}


def changed(before: Path, after: Path) -> dict[str, str]:
    old, new = values(before), values(after)
    assert old.keys() == new.keys()
    return {name: text for name, text in new.items() if text != old[name]}


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_it_registers_what_was_counted_by_hand(defaults: Path) -> None:
    assert values(defaults) == EXPECTED


def test_it_registers_the_displays_listed_for_it(root: Path, notebook: Path) -> None:
    listed = pd.read_csv(root / "data" / "study" / "displays.csv", dtype=str)
    own = set(listed.loc[listed["notebook"] == "01", "id"])
    assert set(registered_displays(notebook)) == own == {"D01", "D02", "D03", "D20", "D28"}
    called = {call.name for call in registered_calls(notebook) if call.kind != "value"}
    assert called - own == {"benefits-map", "matrix", "overlap", "reference-status", "reference-audit"}


def test_documents_find_their_snippets(defaults: Path) -> None:
    found = {path.stem for path in (defaults / "snippets").iterdir()}
    assert {
        "tbl-d01",
        "tbl-d02",
        "fig-d03",
        "tbl-d20",
        "tbl-d28",
        "fig-matrix-slide",
        "tbl-d20-slide",
    } <= found


def test_only_identified_works_become_citations(defaults: Path, root: Path) -> None:
    references = pd.read_csv(
        root / "data" / "literature" / "references.csv", dtype=str, keep_default_na=False
    )
    open_keys = references.loc[references["status"] != "verified", "key"]
    for name in ("tbl-d01", "tbl-d02", "tbl-reference-audit"):
        text = (defaults / "snippets" / f"{name}.md").read_text("utf-8")
        assert "@Kritzinger2018" in text or name == "tbl-d02"
        assert [key for key in open_keys if f"@{key}" in text] == []
        assert "[not yet identified]" in text


def test_guesses_stand_in_one_display_only(defaults: Path) -> None:
    guess = "Enabling technologies and tools for digital twin"  # proposed for "Oj et al 2021"
    holding = {path.stem for path in (defaults / "snippets").iterdir() if guess in path.read_text("utf-8")}
    assert holding == {"tbl-reference-audit", "tbl-reference-audit-slide"}


def test_accepting_a_finding_reads_two_keys_as_one(run: Run, defaults: Path) -> None:
    accepted = changed(defaults, run(accept_findings="R1"))
    assert accepted == {
        "references_distinct": "25",
        "references_candidate": "13",
        "references_not_identified": "16",
        "mentions_verified": "13",
        "mentions_candidate": "17",
        "mentions_not_identified": "21",
        "references_repeated": "8",
        "overlap_category2": "4",
    }


def test_leaving_out_inherited_references_empties_their_cells(run: Run, defaults: Path) -> None:
    assert changed(defaults, run(show_inherited_references=False)) == {
        "matrix_cells_inherited": "0",
        "matrix_cells_shown": "34",
    }


@pytest.mark.parametrize(("least", "works"), [(3, "1"), (5, "0")])
def test_a_higher_threshold_lists_fewer_shared_works(
    run: Run, defaults: Path, least: int, works: str
) -> None:
    assert changed(defaults, run(minimum_claims=least)) == {"references_repeated": works}


def test_a_lowest_grade_shortens_the_table_of_effects_and_no_count(run: Run, defaults: Path) -> None:
    folder = run(lowest_grade="B")
    assert changed(defaults, folder) == {"effects_shown": "4"}
    assert len(table(defaults, "D20")) == 22
    assert set(table(folder, "D20")["Grade"].str[0]) == {"B"}


def test_a_grade_without_effects_is_said_in_the_table(run: Run) -> None:
    assert table(run(lowest_grade="A"), "D20").iloc[0]["Grade"] == "none"


def test_an_unknown_finding_stops_the_notebook(run: Run) -> None:
    with pytest.raises(ValueError, match=r"names R99.*known: R1"):
        run(accept_findings="R99")


def test_its_form_is_the_one_every_notebook_has(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    first = "".join(cells[0]["source"])
    assert cells[0]["cell_type"] == "markdown"
    assert first.startswith("# ")
    assert all(f"**{word}.**" in first for word in ("Purpose", "Inputs", "Outputs"))
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert [source.count("import ") > 0 for source in code].count(True) == 1
    assert not any("../" in source for source in code)
    # Every cell is short: parameters and imports apart, a reader sees one step at a time.
    assert max(source.count("\n") for source in code[2:]) < 26


def test_its_parameters_are_the_declared_ones_with_a_comment_each(notebook: Path, root: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
    assert all("  # " in line for line in source.splitlines())
    assert len(parameter_names(notebook)) >= 4
