"""Notebook 05: what it registers, what it keeps back, and that each of its parameters changes a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.publishing.registry_calls import parameter_names, registered_calls, registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "05_workshop_validation"
EXTRA = {
    "changed-sentences", "consensus", "decision-effects", "decisions", "importance-realization",
    "interview-guide", "next-questions", "said-and-done", "vote-changes", "vote-rounds", "votes",
    "votes-by-vertical", "wordings",
}  # fmt: skip

Run = Callable[..., Path]


@pytest.fixture(scope="module")
def for_the_team(run: Run) -> Path:
    return run(
        audience="team", workshop="W2", deciding_scale="importance", map_cut="midpoint", presence_threshold=3,
        thin_below=30, questions_shown=4, open_per_part=0,
    )  # fmt: skip


def values(folder: Path) -> dict[str, str]:
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name: entry["text"] for name, entry in read.items()}


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_it_registers_the_displays_listed_for_it(notebook: Path) -> None:
    assert set(registered_displays(notebook)) == {"D18", "D19"}
    called = {call.name for call in registered_calls(notebook) if call.kind != "value"}
    assert called - {"D18", "D19"} == EXTRA


def test_its_parameters_are_those_of_the_schema(root: Path, notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
    assert all("  # " in line for line in source.splitlines())
    assert len(parameter_names(notebook)) >= 4


def test_all_fates_of_a_statement_are_there(defaults: Path) -> None:
    """Consensus, split, reworded, dropped, and the sentences that changed for it."""
    known = values(defaults)
    assert int(known["items_consensus"]) >= 1
    assert int(known["items_split"]) >= 1
    assert (known["reworded_before"], known["reworded_after"]) == ("unclear", "consensus")
    assert known["dropped_before"] == "against"
    sentences = table(defaults, "changed-sentences").set_index("Item")
    assert sentences.loc["I4", "After"] == "dropped"
    assert sentences.loc["I3", "Before"] != sentences.loc["I3", "After"]
    effects = table(defaults, "decision-effects")
    assert {"kept", "deferred", "dropped"} <= set(effects["Stands as"])
    assert effects["Confidence"].str.startswith("at most Moderate: the workshop dissents").any()


def test_few_voters_have_no_percentage(for_the_team: Path) -> None:
    changes = table(for_the_team, "vote-changes")
    assert not changes.loc[changes["Workshop"] == "W2", "Share moved"].str.contains("%").any()
    rounds = table(for_the_team, "vote-rounds").set_index("Workshop")
    assert rounds.loc["W2, round 1", "Voters"] == "9"
    assert set(rounds.loc[["W2, round 1", "W2, round 2"], "Kendall's W"]) == {"\N{EN DASH}"}


def test_what_voters_of_one_industry_said_is_for_the_team_only(defaults: Path, for_the_team: Path) -> None:
    shown, team = (table(folder, "votes-by-vertical") for folder in (defaults, for_the_team))
    one = [name for name in shown.columns if name not in ("Of item", "All voters", "mark")]
    assert set(shown[one].to_numpy().ravel()) <= {"withheld", "\N{EN DASH}"}
    assert not (team.drop(columns="Of item") == "withheld").any(axis=None)


def test_nobody_reads_the_code_of_a_voter(defaults: Path, root: Path) -> None:
    voters = set(pd.read_csv(root / "data" / "demo" / "voters.csv")["voter"])
    shown = " ".join(path.read_text("utf-8") for path in (defaults / "tables").iterdir())
    assert not [voter for voter in voters if voter in shown]


def test_open_questions_of_every_kind_are_there_with_the_rule(defaults: Path) -> None:
    questions = table(defaults, "next-questions")
    kinds = questions["Why"].str.split(":").str[0]
    assert {"voters are split", "cells are empty", "few segments carry the code", "asked in the deck"} <= set(
        kinds
    )
    assert questions["Fills"].str.contains("any status").any()
    note = json.loads((defaults / "displays.json").read_text("utf-8"))["next-questions"]["note"]
    assert "The lists take turns in this order" in note


def test_the_guide_fits_an_interview_and_has_all_its_parts(defaults: Path) -> None:
    assert 60 <= int(values(defaults)["guide_minutes"]) <= 75
    guide = table(defaults, "interview-guide")
    assert [part[0] for part in guide["Part"] if part] == list("ABCDEFGHI")


def test_each_parameter_changes_a_registered_result(defaults: Path, for_the_team: Path) -> None:
    old, new = values(defaults), values(for_the_team)
    assert old.keys() == new.keys()
    assert old["cut_importance"] != new["cut_importance"] == "5"  # map_cut and workshop
    assert int(new["items_voted"]) < int(
        old["items_voted"]
    )  # deciding_scale: propositions have no importance
    assert new["guide_open"] == "0"  # open_per_part
    assert int(new["questions_open"]) > int(old["questions_open"])  # thin_below, presence_threshold
    assert len(table(for_the_team, "next-questions")) == 4  # questions_shown
    assert set(table(for_the_team, "said-and-done")["Workshop"]) == {"\N{EN DASH}"}  # W2 decided nothing


def test_every_value_and_display_carries_the_mark(defaults: Path) -> None:
    for name in ("values.json", "displays.json"):
        entries = json.loads((defaults / name).read_text("utf-8"))
        assert {entry["mark"] for entry in entries.values()} == {"synthetic demonstration data"}
