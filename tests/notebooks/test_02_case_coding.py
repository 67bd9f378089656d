"""Notebook 02: what it registers with its defaults, and that each of its parameters changes a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.publishing.registry_calls import parameter_names, registered_calls, registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "02_case_coding"
EXTRA = {
    "agreement", "agreement-by-version", "code-frequencies", "codes-to-revise", "coding-matrix",
    "confusions", "cooccurrence", "disagreement-queue", "disagreements", "next-data",
    "next-data-options", "segments-behind",
}  # fmt: skip

Run = Callable[..., Path]


@pytest.fixture(scope="module")
def for_the_team(run: Run) -> Path:
    return run(audience="team")


def values(folder: Path) -> dict[str, Any]:
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name: entry["text"] for name, entry in read.items()}


def changed(before: Path, after: Path) -> set[str]:
    old, new = values(before), values(after)
    assert old.keys() == new.keys()
    return {name for name, text in new.items() if text != old[name]}


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_it_registers_the_displays_listed_for_it(root: Path, notebook: Path) -> None:
    listed = pd.read_csv(root / "data" / "study" / "displays.csv", dtype=str)
    own = set(listed.loc[listed["notebook"] == "02", "id"])
    assert set(registered_displays(notebook)) == own == {"D04", "D05", "D06", "D07", "D24", "D25", "D27"}
    called = {call.name for call in registered_calls(notebook) if call.kind != "value"}
    assert called - own == EXTRA


def test_its_parameters_are_those_of_the_schema(root: Path, notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
    assert all("  # " in line for line in source.splitlines())
    assert len(parameter_names(notebook)) >= 4


def test_every_value_and_display_carries_the_mark(defaults: Path) -> None:
    for name in ("values.json", "displays.json"):
        entries = json.loads((defaults / name).read_text("utf-8"))
        assert {entry["mark"] for entry in entries.values()} == {"synthetic demonstration data"}


def test_what_the_data_say_of_themselves_is_counted_from_the_tables(for_the_team: Path, root: Path) -> None:
    demo = root / "data" / "demo"
    sources = pd.read_csv(demo / "sources.csv")
    countable = sources[
        sources["consent_level"] >= 1
    ]  # a source that was withdrawn takes its session with it
    sessions = pd.read_csv(demo / "sessions.csv")
    held = sessions[sessions["session"].isin(countable["session"])]
    segments = pd.read_csv(demo / "segments.csv")
    read = segments[(segments["consent_level"] >= 1) & segments["source"].isin(countable["source"])]
    readers = pd.read_csv(demo / "assignments.csv").groupby("segment")["coder"].nunique()
    known = values(for_the_team)
    assert known["sessions"] == str(len(held))
    assert known["minutes"] == str(int(held["minutes"].sum()))
    assert known["informants"] == str(held["participants"].str.split(";").explode().nunique())
    assert known["double_coded_segments"] == str(int((readers.reindex(read["segment"]) > 1).sum()))
    assert known["coreq_items"] == "32"


def test_the_public_reads_no_code_of_a_session_person_or_case(defaults: Path, root: Path) -> None:
    demo = root / "data" / "demo"
    hidden = {
        *pd.read_csv(demo / "sessions.csv")["session"],
        *pd.read_csv(demo / "participants.csv")["participant"],
        *pd.read_csv(demo / "cases.csv")["case"],
    }
    shown = " ".join(path.read_text("utf-8") for path in (defaults / "tables").iterdir())
    words = set(shown.replace("|", " ").replace(",", " ").split())
    assert not hidden & words


def test_withheld_cells_say_so_and_the_note_says_why(defaults: Path) -> None:
    profiles = table(defaults, "D04")
    assert profiles["Roles heard"].str.startswith("withheld: ").any()
    displays = json.loads((defaults / "displays.json").read_text("utf-8"))
    assert "not permitted by the company" in displays["D04"]["note"]
    assert "Withheld from these readers" in displays["coding-matrix"]["caption"]


def test_the_team_reads_what_the_public_may_not(for_the_team: Path) -> None:
    assert not table(for_the_team, "D04")["Vertical"].str.contains("withheld").any()
    queue = table(for_the_team, "disagreement-queue")
    assert queue["Segment"].str.len().max() > 40
    assert queue["Code in dispute"].str.contains("Include: .*Exclude: ", regex=True).any()


@pytest.mark.parametrize(
    ("parameter", "value", "moves"),
    [
        ("coder_rule", "all", {"codes_per_segment", "coded_segments"}),
        ("presence_threshold", 3, {"found_code", "coverage_code", "next_expected_new"}),
        ("structure_role", "mechanism", {"themes", "terms_heard", "dimensions"}),
        ("terms_per_theme", 1, {"terms_shown"}),
        ("drill_code", "OC5", {"segments_behind"}),
        ("sessions_ahead", 2, {"sessions_ahead"}),
        ("cost_of_new", 4.0, {"cost_of_new"}),
    ],
)
def test_each_parameter_changes_a_registered_result(
    run: Run, defaults: Path, parameter: str, value: object, moves: set[str]
) -> None:
    assert moves <= changed(defaults, run(**{parameter: value}))


def test_intervals_follow_their_level_and_the_queue_its_length(run: Run, for_the_team: Path) -> None:
    def width(folder: Path) -> float:
        ends = (
            table(folder, "D24")["Alpha [interval]"].str.extract(r"\[(-?[\d.]+), (-?[\d.]+)\]").astype(float)
        )
        return float((ends[1] - ends[0]).sum())

    other = run(audience="team", interval_level=0.5, queue_length=9)
    assert width(other) < width(for_the_team)
    assert "interval_level" in changed(for_the_team, other)
    lengths = [
        int((table(folder, "disagreement-queue")["Case"] != "…").sum()) for folder in (for_the_team, other)
    ]
    assert lengths == [5, 9]


def test_a_dearer_new_company_gains_less_per_cost(run: Run) -> None:
    def gain(cost: float) -> float:
        options = table(run(presence_threshold=3, cost_of_new=cost), "next-data-options")
        return float(options.loc[1, "New per cost [range]"].split(" ")[0])

    assert gain(6.0) == pytest.approx(gain(1.5) / 4, abs=0.01)
