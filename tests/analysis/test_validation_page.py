"""The validation page is what its input makes, and a missed number is told."""

from __future__ import annotations

from pathlib import Path

from twinbenefits.analysis.recovery_rates import kept_rates
from twinbenefits.analysis.validation_page import PAGE, entries_of, validation_page

CVR = {
    "id": "cvr_formula",
    "topic": "consensus",
    "name": "CVR",
    "source": "Lawshe (1975)",
    "tolerance": 1e-12,
    "input": {"ne": [5], "N": [5]},
    "expected": [1.0],
}


def test_the_committed_page_is_the_one_the_published_values_make(root: Path) -> None:
    made = validation_page(entries_of(root), kept_rates(root))
    assert (root / PAGE).read_text("utf-8") == made, (
        "docs/validation.md is out of date: run python -m twinbenefits.analysis.validation_page"
    )


def test_no_published_number_is_missed(root: Path) -> None:
    page = (root / PAGE).read_text("utf-8")
    assert "**no**" not in page
    assert "undefined" not in page


def test_each_line_gives_both_numbers_the_tolerance_and_the_source() -> None:
    page = validation_page([CVR])
    assert "| CVR, 1 | 1 | 1 | 0 | 0 | yes | Lawshe (1975) |" in page
    assert "**1 of 1 published numbers agree" in page


def test_a_missed_number_stands_out() -> None:
    page = validation_page([{**CVR, "expected": [0.5]}])
    assert "| CVR, 1 | 0.5 | 1 | 0.5 | 0 | **no** |" in page
    assert "**0 of 1 published numbers agree" in page


def test_numbers_that_no_measure_covers_are_named() -> None:
    other = {**CVR, "id": "something_else", "name": "Another index", "source": "Somebody (2001)"}
    page = validation_page([other])
    assert "**0 of 0 published" in page
    assert "| Another index | Somebody (2001) |" in page


def test_every_source_of_the_files_stands_on_the_page(root: Path) -> None:
    page = (root / PAGE).read_text("utf-8")
    assert [
        entry["id"] for entry in entries_of(root) if entry["source"].replace("|", "\\|") not in page
    ] == []


def test_the_rates_on_known_truth_stand_on_the_page(root: Path) -> None:
    page = (root / PAGE).read_text("utf-8")
    counts = kept_rates(root)["questions"]["supported"]
    assert f"| {counts['right']} | {counts['asked']} | {counts['right'] / counts['asked']:.0%}"[:-1] in page
    assert "| Never | never came up |" not in page
    none = {"studies": 0, "questions": {"absent": {"right": 0, "asked": 0}}}
    assert "| 0 | 0 | never came up |" in validation_page([], none)
