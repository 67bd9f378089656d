"""What the terminal says has changed since the last build."""

from __future__ import annotations

from typing import Any

from twinbenefits.workflow.changes import Edition, told


def test_a_build_lists_the_values_that_changed(built: Any) -> None:
    built.write("data/literature/animals.csv", "id,name\nA1,fox\nA2,hare\n")
    outcome = built.run("build")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert outcome.stdout.splitlines()[-2:] == [
        "Changed since the last build:",
        "  value rows_animals: 2 → 4",
    ]


def test_a_build_that_changes_no_value_lists_nothing(built: Any) -> None:
    built.write("paper/more.qmd", "Another sentence.\n")
    assert "Changed since" not in built.run("build").stdout


def test_a_first_build_has_nothing_to_compare_with(toy: Any) -> None:
    assert "Changed since" not in toy.run("build").stdout


def test_many_changes_are_counted_and_long_values_cut() -> None:
    before = Edition({f"v{number}": "1" for number in range(20)})
    lines = told(before, Edition({"v0": "x" * 100}))
    assert len(lines) == 8
    assert lines[0] == f"value v0: 1 → {'x' * 59}…"
    assert lines[-1] == "and 13 more"
    assert told(before, before) == []
