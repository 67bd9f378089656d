"""What readers see of the coding: withheld cells, the four states, and tables and figures of thin data."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from twinbenefits.display import (
    agreement_figures,
    agreement_tables,
    case_tables,
    coding_figures,
    saturation_figures,
)
from twinbenefits.display.withheld import (
    EMPTY,
    STATE_MARKS,
    UNTOLD,
    WITHHELD,
    number_text,
    row_or_withheld,
    why_withheld,
)
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import _SEAL, Released


def released(rows: list[dict[str, Any]], columns: list[str] | None = None) -> Released:
    table = pd.DataFrame(rows, columns=columns)
    if "withheld" not in table:
        table["withheld"] = ""
    result = SimpleNamespace(table=table, scalars={}, limitations=("nothing was said",), inputs=("codings",))
    return Released(result, "public", "demo", ("codings",), synthetic=True, seal=_SEAL)


def words(figure: Figure) -> str:
    """Return all the words a reader sees in a figure; it must also be drawable."""
    figure.savefig(io.BytesIO(), format="png", dpi=50)
    artists = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return " | ".join(str(artist.get_text()) for artist in artists if artist.get_text())


def test_reasons_are_told_in_words_without_a_number() -> None:
    rows = [
        {"withheld": "rests on fewer than 3 sources"},
        {"withheld": "consent does not cover a statement about one company (level 4)"},
        {"withheld": "quotes: under embargo until 2027-01-30"},
        {"withheld": ""},
    ]
    told = why_withheld(released(rows))
    assert "rests on too few sources" in told
    assert "quotes: under embargo" in told
    assert not any(letter.isdigit() for letter in told)
    assert why_withheld(released([{"withheld": ""}])) == ""


def test_a_withheld_row_keeps_its_name_and_says_why_once() -> None:
    row = row_or_withheld({"withheld": "rests on one company"}, {"Code": "X"}, {"n": "3", "share": "4%"})
    assert row == {"Code": "X", "n": "*withheld: rests on one company*", "share": "*withheld*"}


@pytest.mark.parametrize(
    ("value", "form", "text"), [(None, "d", EMPTY), (np.nan, ".2f", EMPTY), (2.0, "d", "2")]
)
def test_a_missing_number_is_a_dash_and_never_nan(value: object, form: str, text: str) -> None:
    assert number_text(value, form) == text


def test_no_two_states_look_alike_even_without_colour() -> None:
    looks = [(mark.colour, mark.hatch) for mark in STATE_MARKS.values()]
    assert len(set(looks)) == len(looks)
    states = ("observed or measured", "expected only", "asked and absent", "not asked", WITHHELD)
    grey = [STATE_MARKS[state].hatch for state in states if STATE_MARKS[state].hatch]
    assert len(set(grey)) == 3


def cell(code: str, case: str, state: str, n: float, withheld: str = "") -> dict[str, Any]:
    shown = {"state": state, "segments": n, "share": n / 10, "label": code, "role": "benefit"}
    hidden = dict.fromkeys(shown)
    return {"code": code, "case": case, **(hidden if withheld else shown), "withheld": withheld}


def test_the_matrix_shows_the_states_and_counts_and_hides_what_is_withheld() -> None:
    rows = [
        cell("X", "A", "observed or measured", 3),
        cell("X", "B", "asked and absent", 1),
        cell("X", "C", "", 0),
        cell("X", "D", "expected only", 9, withheld="vertical: not permitted by the company"),
        cell("X", ALL, "", 7),
    ]
    figure = coding_figures.coding_matrix(released(rows), ["X"], ["A", "B", "C", "D"], {"X": "Some benefit"})
    seen = words(figure)
    assert "3 · 30.0%" in seen
    assert "7 · 70.0%" in seen
    assert "90.0%" not in seen
    for state in ("observed or measured", "asked and absent", UNTOLD, WITHHELD):
        assert STATE_MARKS[state].label in seen
    assert "expected only" not in seen


def test_the_data_structure_leaves_withheld_themes_without_terms() -> None:
    shown = {
        "dimension": "B1",
        "code": "B1.1",
        "terms": "we see it\nit stops",
        "code_label": "Seeing",
        "dimension_label": "Doing",
    }
    hidden = {"dimension": "B1", "code": "B1.2", "withheld": "rests on one company"}
    rows = [{**shown, "withheld": ""}, hidden]
    seen = words(coding_figures.data_structure(released(rows)))
    assert "we see it" in seen
    assert "B1.2: withheld" in seen
    assert "terms withheld" in seen


def test_a_structure_without_a_term_says_so() -> None:
    empty = released([], ["dimension", "code", "terms", "code_label", "dimension_label", "withheld"])
    assert "nothing was said" in words(coding_figures.data_structure(empty))


def test_the_course_of_the_research_marks_planned_held_and_withheld() -> None:
    rows = [
        {"lane": "data", "part": "planned", "activity": "interviews", "start": pd.Timestamp("2024-01-01"),
         "end": pd.Timestamp("2026-12-31"), "number": None, "withheld": ""},
        {"lane": None, "part": "held", "activity": "site_visit", "start": None, "end": None, "number": None,
         "withheld": "rests on one company"},
    ]  # fmt: skip
    seen = words(coding_figures.research_process(released(rows)))
    assert "withheld: rests on one company" in seen
    assert "Site visit" in seen
    assert "2025" in seen


def agreement_row(name: str, estimate: float, **more: Any) -> dict[str, Any]:
    made = {
        "scope": "code", "name": name, "measure": "krippendorff_alpha", "estimate": estimate, "low": np.nan,
        "high": np.nan, "share": 0.1, "reason": "", "interval_reason": "", "decision": "", "withheld": "",
    }  # fmt: skip
    return {**made, **more}


def test_an_undefined_alpha_is_a_reason_in_table_and_figure() -> None:
    rows = [agreement_row("X", np.nan, reason="undefined, because nothing varies"), agreement_row("Y", 0.7)]
    table = agreement_tables.agreement(released(rows), ["code"], {"X": "one"})
    assert table.loc[0, "Alpha [interval]"] == "undefined, because nothing varies"
    assert table.loc[1, "Alpha [interval]"] == "0.70 [no interval]"
    figure = agreement_figures.agreement(released(rows), {}, thresholds=(0.667, 0.8), scope="code")
    assert "undefined, because nothing varies" in words(figure)


def test_few_sessions_are_drawn_as_dots() -> None:
    dots = [
        {"scope": "code", "name": "Y", "measure": "krippendorff_alpha", "estimate": value, "withheld": ""}
        for value in (0.2, 0.9)
    ]
    figure = agreement_figures.agreement(
        released([agreement_row("Y", 0.7)]), {}, thresholds=(0.667, 0.8), scope="code", dots=released(dots)
    )
    assert "one session" in words(figure)
    marked = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in marked] == [[0.2, 0.9]]


def test_lists_of_disagreements_say_when_there_is_none_and_what_is_withheld() -> None:
    columns = ["code", "label", "differing", "alike", "alpha", "distance", "aims_at", "reason", "withheld"]
    none = agreement_tables.disagreements_by_code(released([], columns))
    assert none.iloc[0, 0] == "*no codes*"
    hidden = [{"code": "X", "differing": None, "withheld": "rests on one company"}]
    told = agreement_tables.disagreements_by_code(released(hidden, columns))
    assert "1 further code: rests on one company" in told.iloc[0, 1]
    assert "X" not in told.to_string()


def curve(value: float, reason: str = "") -> Released:
    row = {"grain": "code", "sessions": 1, "part": "seen", "estimate": value, "low": np.nan, "high": np.nan}
    return released([{**row, "reason": reason, "withheld": ""}])


def test_a_curve_without_data_shows_the_reason() -> None:
    seen = words(saturation_figures.new_codes(curve(np.nan, "undefined, because no session holds a code")))
    assert "no session holds a code" in seen


def options(**changes: Any) -> Released:
    rows = [
        {"grain": "code", "option": option, "expected_new": 0.5, "low": 0.4, "high": 0.6, "could_confirm": 2,
         "cost": 1.0, "gain_per_cost": 0.5, "gain_low": 0.4, "gain_high": 0.6, "reason": "",
         "withheld": "", **changes}
        for option in ("same", "new")
    ]  # fmt: skip
    return released(rows)


@pytest.mark.parametrize("variant", ["", "slide"])
def test_the_options_are_drawn_with_their_ranges_or_the_reason(variant: Any) -> None:
    assert "0.50" in words(saturation_figures.next_data(options(), variant=variant))
    thin = options(gain_per_cost=np.nan, reason="undefined, because there is no other case")
    assert "there is no other case" in words(saturation_figures.next_data(thin, variant=variant))


def test_the_table_of_options_gives_ranges_and_reasons() -> None:
    table = saturation_figures.next_data_table(options())
    assert table.loc[0, "Expected new [range]"] == "0.50 [0.40, 0.60]"
    thin = saturation_figures.next_data_table(
        options(expected_new=np.nan, reason="undefined, because one case")
    )
    assert thin.loc[0, "Expected new [range]"] == "undefined, because one case"


def test_profiles_keep_the_label_of_a_case_that_may_not_be_described() -> None:
    names = ["case", "vertical", "size_band", "twin_level", "roles", "informants", "sessions", "documents"]
    rows = [dict(zip(names, ["A", "mining", "small", "model", "operations", 2, 1, 0], strict=True))]
    rows.append({"case": "B", "withheld": "vertical: not permitted by the company"})
    table = case_tables.case_profiles(released([{"withheld": "", **row} for row in rows]))
    assert (table.loc[0, "Vertical"], table.loc[1, "Vertical"]) == ("mining", "*withheld*")
    assert table.loc[1, "Case"] == "B"
    assert "not permitted" in table.loc[1, "Roles heard"]


def test_an_open_item_of_the_reporting_list_is_left_to_the_authors() -> None:
    row = {"item": 1, "topic": "Interviewer", "asks": "Who?", "answered_by": "authors",
           "answered_in": "method", "answer": "", "author_answer": "", "withheld": ""}  # fmt: skip
    table = case_tables.reporting_list(released([row, {**row, "author_answer": "The first author."}]))
    assert table["Answer"].tolist() == ["*for the authors to answer*", "The first author."]
