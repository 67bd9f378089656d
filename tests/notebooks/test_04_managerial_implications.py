"""Notebook 04: what it registers with its defaults, and that each of its parameters changes a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.disclosure_check import disclosure_problems
from twinbenefits.publishing.registry_calls import parameter_names, registered_calls, registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "04_managerial_implications"
EXTRA = {"benefit-gaps", "network-faults", "links-by-case", "carriers", "published-beside-status"}

Run = Callable[..., Path]


@pytest.fixture(scope="module")
def for_the_team(run: Run) -> Path:
    return run(audience="team")


def values(folder: Path) -> dict[str, str]:
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name: entry["text"] for name, entry in read.items()}


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def test_it_registers_the_displays_listed_for_it(root: Path, notebook: Path) -> None:
    listed = pd.read_csv(root / "data" / "study" / "displays.csv", dtype=str)
    own = {id_ for id_, where in zip(listed["id"], listed["notebook"], strict=True) if "04" in where}
    assert {"D14", "D16", "D17", "D19", "D21", "D22"} == set(registered_displays(notebook))
    assert set(registered_displays(notebook)) <= own
    called = {call.name for call in registered_calls(notebook) if call.kind != "value"}
    assert called - own == EXTRA


def test_its_parameters_are_those_of_the_schema(root: Path, notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    declared = load_schema(root / "notebooks")[NAME]
    assert cell_parameters(source) == {name: parameter.default for name, parameter in declared.items()}
    assert all("  # " in line for line in source.splitlines())
    assert len(parameter_names(notebook)) >= 4


def test_every_value_from_the_cases_carries_the_mark(defaults: Path) -> None:
    read = json.loads((defaults / "values.json").read_text("utf-8"))
    unmarked = {name for name, entry in read.items() if not entry["mark"]}
    assert unmarked == {
        "framework_status", "framework_accepted", "framework_drawn", "framework_arrows", "indicators_listed",
        "benefits_with_indicator_listed", "benefits_without_indicator_listed",
    }  # fmt: skip
    shown = json.loads((defaults / "displays.json").read_text("utf-8"))
    assert {name for name, entry in shown.items() if not entry["mark"]} == {"D16", "D16-slide", "D21"}


def test_gaps_are_those_counted_from_the_tables(for_the_team: Path, root: Path) -> None:
    demo = root / "data" / "demo"
    owners = pd.read_csv(demo / "owners.csv", dtype=str, keep_default_na=False)
    gaps = table(for_the_team, "benefit-gaps").set_index("Benefit")
    for benefit, row in gaps.iterrows():
        code = str(benefit).rpartition("(")[2].rstrip(")")
        lacking, having = (int(part) for part in row["Owner"].split(" of "))
        mine = owners[owners["code"] == code]
        assert having - lacking == mine["case"].nunique()
        lacking, having = (int(part) for part in row["Indicator"].split(" of "))
        assert having - lacking == mine.loc[mine["indicator"] != "", "case"].nunique()
    assert len(gaps) == int(values(for_the_team)["network_benefits"])


def test_only_the_team_meets_the_links_of_single_companies(
    run: Run, defaults: Path, for_the_team: Path
) -> None:
    assert (for_the_team / "tables" / "links-by-case.csv").is_file()
    assert not (defaults / "tables" / "links-by-case.csv").is_file()
    assert values(run(stop="carried = release", least_cases=1))["network_least_cases"] == "2"


def test_no_withheld_count_can_be_worked_out_from_its_displays(run: Run, defaults: Path) -> None:
    for folder in (defaults, run(audience="company:K1")):
        assert (folder / "disclosure.json").is_file()
        assert disclosure_problems(folder.parent, "results") == []


def test_the_public_reads_no_code_of_a_case_and_no_judge(defaults: Path, root: Path) -> None:
    demo = root / "data" / "demo"
    hidden = {
        *pd.read_csv(demo / "cases.csv")["case"],
        *pd.read_csv(demo / "participants.csv")["participant"],
        *pd.read_csv(demo / "confidence_steps.csv")["author"],
    }
    shown = " ".join(path.read_text("utf-8") for path in (defaults / "tables").iterdir())
    assert not hidden & set(shown.replace("|", " ").replace(",", " ").replace(";", " ").split())


def test_the_register_shows_judgement_and_ceiling_and_no_verdict(for_the_team: Path) -> None:
    register = table(for_the_team, "D22")
    above = register["Ceiling proposed"].str.contains("the judgement stands above it")
    assert above.sum() == int(values(for_the_team)["register_above_ceiling"])
    levels = ("High", "Moderate", "Low", "Very low")
    assert register["Ceiling proposed"].str.startswith(levels).all()
    assert register["Judged as"].str.startswith((*levels, "partly rated", "not rated")).all()


def test_indicators_name_the_edition_of_each_standard(defaults: Path) -> None:
    shown = table(defaults, "D21")
    with_esrs = shown["Standards"].str.contains("ESRS")
    assert with_esrs.any()
    assert (shown["Editions"].str.contains("2023/2772") == with_esrs).all()
    assert (shown["Editions"].str.contains("GRI") == shown["Standards"].str.contains("GRI")).all()


def test_each_parameter_changes_a_registered_result(run: Run, for_the_team: Path) -> None:
    """Each looks at results that no other of the parameters changed in the same run is about."""
    other = run(
        audience="team", least_cases=3, carrier_layer="business_change", actor_column="role_group",
        quote_level=6, show_vertical="mining", findings_listed="all",
    )  # fmt: skip
    old, new = values(for_the_team), values(other)
    assert old.keys() == new.keys()
    moved = {name for name, text in new.items() if text != old[name]}
    assert {"network_least_cases", "network_links_drawn", "road_steps_deep"} <= moved, "least_cases"
    assert {"carrier_leader", "carriers_compared"} <= moved, "carrier_layer"
    assert "register_with_ceiling" in moved, "quote_level"
    assert not table(other, "D17")["Told by"].equals(table(for_the_team, "D17")["Told by"]), "actor_column"
    assert "In mining" in table(other, "D21"), "show_vertical"
    assert len(table(other, "D22")) == int(new["register_findings"]), "findings_listed"
    assert len(table(for_the_team, "D22")) < int(old["register_findings"]), "findings_listed"


def test_the_rule_for_several_coders_changes_the_network(run: Run, for_the_team: Path) -> None:
    other = values(run(stop="faults = release", audience="team", coder_rule="all"))
    assert int(other["network_links"]) < int(values(for_the_team)["network_links"])


def test_a_judgement_of_a_finding_that_is_not_there_is_refused_with_its_row(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Study.table

    def spoiled(self: Study, name: str) -> pd.DataFrame:
        frame = read(self, name)
        if name == "confidence_steps":
            frame.loc[2, "finding"] = "P99"
        return frame

    monkeypatch.setattr(Study, "table", spoiled)
    with pytest.raises(EvidenceError) as refused:
        run(audience="team")
    assert "data/demo/confidence_steps.csv, row 4, column finding: has 'P99'" in str(refused.value)


def test_it_runs_before_there_is_any_evidence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Study.table

    def empty(self: Study, name: str) -> pd.DataFrame:
        frame = read(self, name)
        return frame.iloc[:0] if TABLES[name].holds_case_evidence else frame

    monkeypatch.setattr(Study, "table", empty)
    folder = run(audience="team")
    shown = values(folder)
    assert shown["network_links"] == "0"
    assert shown["benefits_seen_realized"] == "0"
    assert shown["carrier_leader"] == "not defined (nothing before the benefits occurs)"
    assert table(folder, "carriers").shape[0] == 1
