"""Bad tables are refused with file, row, column, value, rule and way out; they stand in tests/data/bad."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from twinbenefits.evidence.problems import LISTED_PER_RULE, EvidenceError, Problem
from twinbenefits.evidence.schema import TABLES

BAD = Path(__file__).parent.parent / "data" / "bad"
Opener = Callable[..., tuple[Problem, ...]]
Writer = Callable[[str, str | bytes], Path]

# table/file: one tuple per problem: row, column, part of the value, part of the rule, part of the way out
EXPECTED: dict[str, list[tuple[int | None, str | None, str | None, str, str]]] = {
    "mentions/latin_1_bytes": [(5, "as_written", "J\ufffd\ufffdsk", "not UTF-8", "'Jääskö et al. 2023'")],
    "mentions/utf_16_without_its_mark": [(None, None, None, "UTF-16 without its mark", "CSV UTF-8")],
    "mentions/letters_garbled": [(3, "as_written", "KuÅ¡iÄ‡", "read as Windows-1252", "'š'")],
    "mentions/letters_lost": [(3, "as_written", "Ku\ufffdić", "was lost", "Type the cell again")],
    "mentions/control_character": [(3, "as_written", "Fu\x07", "control character", "Type the cell again")],
    "mentions/workbook": [(None, None, None, "Excel workbook", "CSV UTF-8")],
    "mentions/empty": [(None, None, None, "the file is empty", "header row")],
    "mentions/blank_lines_only": [(None, None, None, "the file is empty", "header row")],
    "mentions/header_only": [(None, None, None, "no rows", "Add its rows")],
    "mentions/no_header": [(1, None, "M01, characteristics", "first row must hold", "header row back")],
    "mentions/header_not_on_top": [(1, None, "", "first row must hold", "Delete the empty rows")],
    "mentions/column_missing": [(1, "key", None, "is missing", "Add the column")],
    "mentions/column_misspelt": [(1, "as_writen", None, "not known", "nearest to 'as_written'")],
    "mentions/column_too_many": [(1, "colour", None, "not known", "Delete the column")],
    "mentions/column_twice": [(1, "key", None, "twice", "Keep the right one")],
    "mentions/column_without_name": [(1, "(no name)", None, "not known", "Delete the column")],
    "mentions/row_too_long": [(2, None, "Bolton2018", "7 cells, the header has 6", "quotation marks")],
    "mentions/quotation_mark_not_closed": [(3, None, None, "not closed", "double it")],
    "mentions/quotation_mark_inside_a_cell": [(3, None, None, "followed by more text", "double it")],
    "mentions/quotation_marks_swallow_rows": [(3, "as_written", "\nM06,", "on one line", "stray quotation")],
    "mentions/row_short_and_over_lines": [(3, None, "\nM06,", "4 cells", "swallows the following rows")],
    "mentions/id_twice": [(4, "mention_id", "M01", "one row only", "row 2 already")],
    "mentions/id_malformed": [(2, "mention_id", "1", "M and two digits", "Correct")],
    "mentions/id_empty": [(2, "mention_id", "", "must not be empty", "Fill in")],
    "mentions/word_not_allowed": [(2, "table", "benefit", "one of characteristics, benefits", "'benefits'?")],
    "mentions/orphan_key": [(2, "key", "Fu2021", "column key of references", "'Fu2022'?")],
    "mentions/orphan_row": [(2, "row_id", "B1.9", "column row_id of benefits", "add a row")],
    "mentions/row_of_another_table": [(2, "row_id", "B1.1", "row_id of characteristics", "add a row")],
    "mentions/number_in_words": [(2, "position", "second", "whole number", "digits only")],
    "mentions/number_with_a_fraction": [(2, "position", "1.5", "whole number", "digits only")],
    "mentions/number_too_small": [(2, "position", "0", "at least 1", "Correct")],
    "mentions/number_of_two_readings": [(2, "position", "1,000", "two numbers", "1.000 or 1000")],
    "mentions/number_too_long": [(2, "position", "99999999999999999999", "18 digits", "Check the digits")],
    "mentions/number_missing": [(2, "position", "", "must not be empty", "Fill in")],
    "mentions/not_word_for_word": [
        (2, "as_written", "Fu et al 2022", "source/deck.txt", "as the source has")
    ],
    "mentions/many_at_once": [
        (4, "key", "Karkaria2042", "column key of references", "'Karkaria2024'?"),
        (3, "mention_id", "M01", "one row only", "row 2 already"),
        (4, "mention_id", "", "must not be empty", "Fill in"),
        (2, "position", "1,5", "whole number", "digits only"),
        (4, "position", "0", "at least 1", "Correct"),
        (3, "table", "charakteristics", "one of characteristics", "'characteristics'?"),
    ],
    "audit/decision_without_author": [(2, "author_decision", "accepted", "decided_by and", "all three")],
    "audit/author_without_decision": [(2, "author_decision", "", "decided_by and", "all three")],
    "audit/day_in_local_form": [(2, "decided_on", "1.11.2026", "YYYY-MM-DD", "2026-11-01, if day.month")],
    "audit/day_that_is_none": [(2, "decided_on", "2026-02-30", "YYYY-MM-DD", "four digits")],
    "audit/decision_unknown": [(2, "author_decision", "accept", "one of accepted", "may also stay empty")],
    "references/settled_without_doi": [(2, "settled_doi", "", "must hold the DOI", "Add the DOI")],
    "references/doi_without_decision": [(2, "author_decision", "", "must be settled", "Write settled")],
    "references/doi_as_address": [(2, "settled_doi", "https://", "without https://doi.org/", "Correct")],
    "references/year_out_of_range": [(2, "year", "20222", "at most 2099", "Correct")],
    "references/status_misspelt": [(2, "status", "verifed", "one of verified", "'verified'?")],
    "reference_candidates/neither_true_nor_false": [(2, "confirmed", "perhaps", "true or false", "Write")],
    "reference_candidates/rank_twice": [(3, "key + rank", "Fu2022 + 1", "one row only", "row 2 already")],
    "benefits/unknown_code": [(2, "code", "BE9", "column id of codebook", "add a row")],
    "indicators/one_code_of_several_unknown": [(11, "be_code", "BE1.9", "id of codebook", "add a row")],
    "indicators/column_of_a_vertical_misspelt": [(1, "bio_refinery", None, "not known", "'biorefinery'")],
    "effects/unknown_vertical": [(2, "vertical", "telekom", "or be cross", "'telecom'?")],
    "effects/unknown_grade": [(2, "grade", "F", "grade of effect_grades", "add a row")],
    "codebook/role_that_no_code_has": [(3, "targets_role", "outcome", "role of codebook", "add a row")],
    "codebook/parent_that_is_no_code": [(3, "parent", "CX", "id of codebook", "add a row")],
    "proposition_terms/condition_in_neither_table": [
        (2, "condition", "CS99", "column id of context_scales or column id of codebook", "add a row")
    ],
}


def test_every_bad_file_is_tried() -> None:
    files = {f"{path.parent.name}/{path.stem}" for path in BAD.rglob("*.csv")}
    assert files == {*EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bad_table_is_refused_with_every_problem(
    project: Path, write: Writer, problems_of: Opener, name: str
) -> None:
    table = name.partition("/")[0]
    path = write(table, (BAD / f"{name}.csv").read_bytes())
    before = path.read_bytes()

    problems = sorted(problems_of(table), key=lambda problem: (problem.column or "", problem.row or 0))

    assert [(problem.row, problem.column) for problem in problems] == [row[:2] for row in EXPECTED[name]]
    for problem, (_, _, value, rule, way_out) in zip(problems, EXPECTED[name], strict=True):
        assert problem.file == f"data/{TABLES[table].path}"
        assert (problem.value is None) == (value is None)
        assert (value or "") in (problem.value or "")
        assert rule in problem.rule
        assert way_out in problem.way_out
        assert str(problem).startswith(problem.place)
    assert path.read_bytes() == before


def test_a_missing_file_is_named(project: Path, problems_of: Opener) -> None:
    (project / "data/literature/mentions.csv").unlink()
    (problem,) = problems_of("mentions")
    assert str(problem) == (
        "data/literature/mentions.csv: the file is missing. Put it there, or restore it with git."
    )


def test_a_missing_file_with_a_sibling_is_found_beside(project: Path, problems_of: Opener) -> None:
    path = project / "data/literature/mentions.csv"
    path.rename(path.with_name("Mentions.xlsx"))
    (problem,) = problems_of("mentions")
    assert "'Mentions.xlsx'" in problem.way_out


def test_a_folder_in_place_of_a_file_is_named(project: Path, problems_of: Opener) -> None:
    path = project / "data/literature/mentions.csv"
    path.unlink()
    path.mkdir()
    (problem,) = problems_of("mentions")
    assert "cannot be read" in problem.rule


def test_problems_of_all_tables_come_together(project: Path, write: Writer, problems_of: Opener) -> None:
    write("mentions", (BAD / "mentions/id_twice.csv").read_bytes())
    write("effects", (BAD / "effects/unknown_grade.csv").read_bytes())
    (project / "data/study/codebook.csv").unlink()
    problems = problems_of("mentions", "effects", "benefits")
    assert {problem.file.rsplit("/", 1)[1] for problem in problems} == {
        "mentions.csv",
        "effects.csv",
        "codebook.csv",
    }
    assert len(problems) == 3


def test_a_missing_neighbour_is_one_problem_and_no_orphan(project: Path, problems_of: Opener) -> None:
    (project / "data/literature/references.csv").unlink()
    (problem,) = problems_of("mentions")
    assert problem.file == "data/literature/references.csv"


def test_a_neighbour_without_the_needed_column_is_one_problem(write: Writer, problems_of: Opener) -> None:
    write("references", "kee,status\nFu2022,verified\n")
    problems = problems_of("mentions")
    assert [(problem.file, problem.column) for problem in problems] == [
        ("data/literature/references.csv", "key")
    ]


def test_no_source_text_means_that_nothing_can_be_quoted(project: Path, problems_of: Opener) -> None:
    shutil.rmtree(project / "data/literature/source")
    problems = problems_of("mentions")
    assert len(problems) == 34
    assert "there is none" in problems[0].rule


def test_a_long_run_of_one_problem_ends_in_a_count_and_loses_nothing() -> None:
    problems = [Problem("a.csv", row, "key", "x", "must be y", "Write y.") for row in range(2, 102)]
    error = EvidenceError(reversed(problems))
    lines = str(error).splitlines()
    assert len(error.problems) == 100
    assert lines[0] == "100 problems in the evidence:"
    assert len(lines) == 1 + LISTED_PER_RULE + 1
    assert lines[-1] == "  - a.csv, column key: 80 more of the same kind, in rows 22 to 101"


def test_an_error_without_a_problem_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one problem"):
        EvidenceError([])
