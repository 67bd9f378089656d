"""Notebook 03: what it registers with its defaults, what the public reads, that each parameter matters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.display.withheld import EMPTY
from twinbenefits.publishing.registry_calls import parameter_names, registered_calls, registered_displays
from twinbenefits.workflow.parameters import cell_parameters, load_schema

NAME = "03_cross_vertical_comparison"
EXTRA = {
    "benefits-over-cases", "chi-square-warning", "conclusions-held", "contrary-and-silent", "flips", "models",
    "network", "salience", "shrinkage", "verdict-robustness",
}  # fmt: skip
SLOW = ("robustness(", "specification_curve(", "robust_verdicts(", "code_by_context(", "flips(choices)")
PICTURES = ("case_by_benefit(", "salience_dots(", "benefit_network(")
NOT_CODED = (*SLOW, "_figures.", "comparison_tables.", "verdicts_counted(", "proposition_tables.")
"""Calls whose cells are left out where a test is not about them."""

Run = Callable[..., Path]


@pytest.fixture(scope="module")
def for_the_team(run: Run) -> Path:
    return run(audience="team", without=(*SLOW, *PICTURES))


@pytest.fixture(scope="module")
def otherwise(run: Run) -> Path:
    """Return a run with other values of the parameters that touch different displays."""
    return run(
        interval_level=0.5, mechanism_level="single", outcome_code="BE3.4",
        curve_conclusion="present", compare_merges="none", without=PICTURES,
    )  # fmt: skip


def values(folder: Path) -> dict[str, str]:
    read = json.loads((folder / "values.json").read_text("utf-8"))
    return {name: entry["text"] for name, entry in read.items()}


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def displays(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "displays.json").read_text("utf-8"))
    return found


def test_it_registers_the_displays_listed_for_it(root: Path, notebook: Path) -> None:
    listed = pd.read_csv(root / "data" / "study" / "displays.csv", dtype=str)
    own = set(listed.loc[listed["notebook"].str.contains("03"), "id"])
    assert set(registered_displays(notebook)) == own
    assert own == {"D08", "D09", "D10", "D11", "D12", "D13", "D15", "D23"}
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


def test_the_states_of_all_cells_add_up(defaults: Path, for_the_team: Path) -> None:
    parts = ("realized", "expected_only", "absent", "not_asked", "untold", "withheld")
    for folder in (defaults, for_the_team):
        known = values(folder)
        assert sum(int(known[f"cells_{part}"]) for part in parts) == int(known["cells_compared"])
    assert values(for_the_team)["cells_withheld"] == "0"
    assert int(values(defaults)["cells_withheld"]) > 0


def test_the_verdicts_add_up_and_stand_beside_what_would_count_against(defaults: Path) -> None:
    known = values(defaults)
    verdicts = ("supported", "mixed", "not_supported", "cannot_say")
    assert sum(int(known[f"verdicts_{one}"]) for one in verdicts) == int(known["propositions_judged"])
    shown = table(defaults, "D15")
    assert len(shown) == 14
    assert (shown["What would count against"].str.len() > 10).all()
    assert shown["Orders as good"].str.contains(" of ").any()
    note = displays(defaults)["D15"]["note"]
    assert "not a test, the cases were chosen, not sampled" in note
    assert "about half of the verdicts Supported were right" in note


def test_the_public_reads_no_code_of_a_session_person_or_case(defaults: Path, root: Path) -> None:
    demo = root / "data" / "demo"
    hidden = {
        *pd.read_csv(demo / "sessions.csv")["session"],
        *pd.read_csv(demo / "participants.csv")["participant"],
        *pd.read_csv(demo / "segments.csv")["segment"],
        *pd.read_csv(demo / "cases.csv")["case"],
    }
    shown = " ".join(path.read_text("utf-8") for path in (defaults / "tables").iterdir())
    words = set(re.split(r"[\s|,;:()\"]+", shown))
    assert not hidden & words


def test_what_is_withheld_says_so_and_why(defaults: Path) -> None:
    shown = displays(defaults)
    for name in ("D08-by-case", "D09", "D10", "D11", "D13", "D15"):
        assert "Withheld from these readers" in shown[name]["caption"] + shown[name]["note"], name
    assert table(defaults, "D09").eq("withheld").any(axis=None)
    assert "withheld: " in " ".join(table(defaults, "D15")["Cases"])


def test_no_count_of_pairs_of_cases_stands_beside_withheld_marks(defaults: Path, for_the_team: Path) -> None:
    assert not table(defaults, "D15")["Verdict"].str.contains("Pairs").any()
    assert table(for_the_team, "D15")["Verdict"].str.contains("Pairs").any()
    assert set(table(defaults, "contrary-and-silent")["Smallest sets"]) == {EMPTY}


def test_a_withheld_case_has_no_place_in_the_order_of_an_outcome(defaults: Path) -> None:
    matrix = table(defaults, "D12")
    cases = list(matrix.columns[1:-2])
    outcome = dict(zip(cases, matrix.loc[0, cases], strict=True))
    withheld = [case for case in cases if outcome[case] == "withheld"]
    assert withheld == cases[len(cases) - len(withheld) :]
    shares = [float(text.strip("%")) for text in outcome.values() if text.endswith("%")]
    assert shares == sorted(shares, reverse=True)


def test_the_team_reads_more_and_the_cases_by_their_codes(for_the_team: Path, defaults: Path) -> None:
    assert len(table(for_the_team, "D08-by-case")) > len(table(defaults, "D08-by-case"))
    assert not table(for_the_team, "D13").eq("withheld").any(axis=None)
    assert {"K1", "K2", "K3", "K4", "K5"} <= set(table(for_the_team, "D09").columns)


def test_nothing_across_cases_speaks_of_a_test(defaults: Path, for_the_team: Path) -> None:
    """No p-value, star or the word of it stands in anything registered, but in the warning marked as such."""
    for folder in (defaults, for_the_team):
        for path in (folder / "tables").glob("*.csv"):
            if path.stem != "chi-square-warning":
                text = path.read_text("utf-8")
                assert not re.search(r"signifi|p-value|\bp\s*[<=]|\*{2,}\s*$", text, re.IGNORECASE), path.stem
        for name, shown in displays(folder).items():
            words = shown["caption"] + shown["note"] + (shown.get("alt") or "")
            if name != "chi-square-warning":
                assert not re.search(r"signifi|p-value|chi-square", words, re.IGNORECASE), name
        assert not [name for name in values(folder) if re.search(r"p_value|signif", name)]


def test_the_warning_shows_how_a_chi_square_on_segments_misleads(defaults: Path) -> None:
    warned = table(defaults, "chi-square-warning")
    of_segments = warned["Counting segments"].str.rstrip("%").astype(int)
    of_sessions = warned["Counting sessions"].str.rstrip("%").astype(int)
    assert of_segments.max() > 40
    assert of_sessions.max() < 10


@pytest.mark.parametrize(
    ("parameter", "value", "moves"),
    [
        ("coder_rule", "all", {"benefit_segments", "mechanism_segments"}),
        ("presence_threshold", 2, {"cells_realized", "cells_absent"}),
    ],
)
def test_each_parameter_of_the_coding_changes_registered_values(
    run: Run, defaults: Path, parameter: str, value: object, moves: set[str]
) -> None:
    before, after = values(defaults), values(run(without=NOT_CODED, **{parameter: value}))
    assert moves <= {name for name, text in after.items() if text != before[name]}


def test_bounds_follow_their_level(defaults: Path, otherwise: Path) -> None:
    def width(folder: Path) -> float:
        column = table(folder, "benefits-over-cases")["Observed or measured [bounds]"]
        ends = column.str.extract(r"\[(\d+)-(\d+)%\]").astype(float)
        return float((ends[1] - ends[0]).sum())

    assert width(otherwise) < width(defaults)


def test_mechanisms_stand_against_groups_or_single_benefits(defaults: Path, otherwise: Path) -> None:
    assert values(defaults)["mechanism_pairs"] != values(otherwise)["mechanism_pairs"]
    assert table(otherwise, "D13").columns[0] == "Benefit"
    assert len(table(otherwise, "D13")) > len(table(defaults, "D13"))


def test_the_outcome_orders_the_cases(defaults: Path, otherwise: Path) -> None:
    assert "BE3.4" in displays(otherwise)["D12"]["caption"]
    assert "BE3.4" not in displays(defaults)["D12"]["caption"]
    assert list(table(otherwise, "D12").columns) != list(table(defaults, "D12").columns)


def test_the_conclusion_drawn_choice_by_choice_is_chosen(defaults: Path, otherwise: Path) -> None:
    assert "ranks first" in displays(defaults)["D23-curve"]["caption"]
    assert "BE3.4 is present" in displays(otherwise)["D23-curve"]["caption"]


def test_without_merges_there_are_fewer_specifications(defaults: Path, otherwise: Path) -> None:
    assert int(values(otherwise)["specifications"]) < int(values(defaults)["specifications"])
