"""Rules between tables: what they refuse together, what they leave alone, and what they only note."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from twinbenefits.evidence import link_rules, rules, words
from twinbenefits.evidence.case_rules import RULES, reflexivity_notes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES


def test_the_toy_study_and_its_evidence_are_sound(spoiled: Any) -> None:
    case = [name for name, table in TABLES.items() if table.holds_case_evidence]
    assert spoiled.problems("codebook", "vote_scales", *case) == ()
    assert len(case) == 25


def test_all_violations_of_all_tables_come_at_once(spoiled: Any) -> None:
    changes = {
        "codings": ({"code": "buy"}, {"target_code": ""}),
        "segments": ({"source": "B1-S1-T"}, {"consent_level": "6"}),
        "votes": ({"scale": "trust", "value": "!"}, {"value": "5"}),
    }
    for table, (where, put) in changes.items():
        spoiled.put(table, spoiled.row(table, where), put)
    found = {(problem.file, problem.column) for problem in spoiled.problems("codings", "segments", "votes")}
    assert found == {
        ("data/demo/codings.csv", "target_code"),
        ("data/demo/segments.csv", "consent_level"),
        ("data/demo/votes.csv", "value"),
    }


def test_a_retired_code_is_kept_in_older_codings_only(spoiled: Any) -> None:
    versions = spoiled.read("codings").query("code == 'time.days'")["codebook_version"]
    first, last = versions.min(), versions.max()
    assert first < last
    retired = {"retired_on": last, "successor": "time.rest"}
    spoiled.put("codebook", spoiled.row("codebook", {"id": "time.days"}), retired)
    problems = [p for p in spoiled.problems("codings") if p.column == "code"]
    assert len(problems) == (versions == last).sum()
    assert {problem.value for problem in problems} == {"time.days"}
    assert "Write its successor 'time.rest', or a codebook_version before" in problems[0].way_out


def test_a_code_is_not_used_before_its_time(spoiled: Any) -> None:
    versions = spoiled.read("codings").query("code == 'dough'")["codebook_version"]
    spoiled.put("codebook", spoiled.row("codebook", {"id": "dough"}), {"since": versions.max()})
    problems = spoiled.problems("codings")
    assert len(problems) == (versions < versions.max()).sum() > 0
    assert all("not yet in this version" in problem.rule for problem in problems)


def test_a_chain_of_successors_may_be_long_but_no_ring(spoiled: Any) -> None:
    for code, heir in (("taste.scent", "taste.foam"), ("taste.foam", "taste.crust")):
        spoiled.put(
            "codebook", spoiled.row("codebook", {"id": code}), {"retired_on": "2029-01-01", "successor": heir}
        )
    assert spoiled.problems("codebook") == ()
    ring = {"retired_on": "2029-01-01", "successor": "taste.scent"}
    spoiled.put("codebook", spoiled.row("codebook", {"id": "taste.crust"}), ring)
    ring_of = [problem.value for problem in spoiled.problems("codebook")]
    assert ring_of == ["taste.scent", "taste.crust", "taste.foam"]


def test_a_correction_stands_beside_what_it_corrects(spoiled: Any) -> None:
    first = spoiled.row("votes", {"vote": "T00001"})
    spoiled.add("votes", {"vote": "T90001", "corrects": "T00001"}, like=first)
    assert spoiled.problems("votes") == ()
    again = spoiled.add("votes", {"vote": "T90002", "corrects": "T00001"}, like=first)
    (problem,) = spoiled.problems("votes")
    assert (problem.row, problem.column) == (again + 2, "corrects")
    assert "corrects this one already" in problem.rule


def test_text_that_stands_elsewhere_in_its_source_is_told_the_place(spoiled: Any) -> None:
    row = spoiled.row("segments", {"segment": "B1-S1-003"})
    cells = spoiled.read("segments").loc[row]
    moved = {"start": str(int(cells["start"]) + 1), "end": str(int(cells["end"]) + 1)}
    spoiled.put("segments", row, moved)
    (problem,) = spoiled.problems("segments")
    assert (problem.row, problem.column, problem.value) == (row + 2, "text", cells["text"])
    assert f"stands from {cells['start']} to {cells['end']}" in problem.way_out


def test_a_segment_may_lack_its_place_or_its_text(spoiled: Any) -> None:
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-003"}), {"start": "", "end": ""})
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-004"}), {"text": ""})
    assert spoiled.problems("segments") == ()


def test_positions_count_composed_letters_and_plain_line_ends(spoiled: Any) -> None:
    """A source saved elsewhere may hold decomposed letters and line ends of another system."""
    text = "Äiti söi\npullan. \U0001f35e Loppu."
    source = spoiled.layout.demo / "sources" / "B1-S1-T.txt"
    source.write_bytes("\ufeffA\u0308iti so\u0308i\r\npullan. \U0001f35e Loppu.".encode())
    frame = spoiled.read("segments")
    own = frame["source"] == "B1-S1-T"
    spoiled.write("segments", frame[~own])
    spoiled.put("sources", spoiled.row("sources", {"source": "B1-S1-T"}), {"characters": str(len(text))})
    cells = {"segment": "new", "start": "5", "end": "18", "text": text[5:18]}
    spoiled.add("segments", dict(frame[own].iloc[0]) | cells, like=0)
    assert text[5:18] == "söi\npullan. \U0001f35e"
    assert spoiled.problems("segments") == ()
    loaded = load_tables(spoiled.layout, "demo", ["segments"])["segments"].set_index("segment")
    assert loaded.loc["new", "text"] == text[5:18]


def test_blanks_at_the_ends_of_running_text_are_kept(spoiled: Any) -> None:
    row = spoiled.row("segments", {"segment": "B1-S1-003"})
    cells = spoiled.read("segments").loc[row]
    spoiled.put("segments", row, {"text": cells["text"] + "\n", "end": str(int(cells["end"]) + 1)})
    assert spoiled.problems("segments") == ()
    loaded = load_tables(spoiled.layout, "demo", ["segments"])["segments"]
    assert loaded.loc[row, "text"].endswith("\n")


def test_a_cell_that_cannot_be_read_is_told_once(spoiled: Any) -> None:
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-003"}), {"start": "five"})
    problems = [p for p in spoiled.problems("segments", "codings") if p.column == "start"]
    assert len(problems) == 1
    assert "whole number" in problems[0].rule


def test_a_neighbour_that_lacks_a_column_is_one_problem(spoiled: Any) -> None:
    spoiled.write("sources", spoiled.read("sources").drop(columns="consent_level"))
    (problem,) = spoiled.problems("segments")
    assert (problem.file, problem.column) == ("data/demo/sources.csv", "consent_level")


def test_tables_without_rows_are_fine(spoiled: Any) -> None:
    case = [name for name, table in TABLES.items() if table.holds_case_evidence]
    for name in case:
        spoiled.write(name, spoiled.read(name).iloc[:0])
    assert spoiled.problems(*case) == ()
    frames = load_tables(spoiled.layout, "demo", case)
    assert all(frame.empty for frame in frames.values())
    assert frames["segments"]["start"].dtype == pd.Int64Dtype()


def test_invented_rows_are_refused_among_real_ones(spoiled: Any) -> None:
    spoiled.layout.demo.rename(spoiled.layout.private)
    with pytest.raises(EvidenceError) as raised:
        load_tables(spoiled.layout, "private", ["cases"])
    problems = raised.value.problems
    assert [problem.column for problem in problems] == ["synthetic"] * 3
    assert "no row of data/private is invented" in problems[0].rule
    assert problems[0].way_out == "Delete the invented row; if it is real, write false."


@pytest.fixture
def frames(toy_original: Layout) -> dict[str, pd.DataFrame]:
    return load_tables(toy_original, "demo", ["coders", "codings", "assignments", "segments", "sources"])


def test_who_codes_the_own_employer_is_told_and_not_refused(frames: dict[str, pd.DataFrame]) -> None:
    (note,) = reflexivity_notes(frames)
    segments = frames["segments"].merge(frames["sources"][["source", "case"]])
    read = frames["assignments"].merge(segments)
    own = read[(read["coder"] == note.coder) & (read["case"] == note.case)]
    assert (note.coder, note.case, note.segments) == ("demo-2", "B3", own["segment"].nunique())
    assert str(note).startswith("Coder demo-2 is employed by the company of case B3 and coded")


def test_nobody_is_told_of_where_no_employer_is_named(frames: dict[str, pd.DataFrame]) -> None:
    free = frames["coders"].assign(employer_case="")
    assert reflexivity_notes({**frames, "coders": free}) == []


def test_rules_name_columns_that_exist() -> None:
    for rule in RULES:
        for table, columns in rule.needs.items():
            assert {*columns} <= {*TABLES[table].model.to_schema().columns}, (rule.table, table)


def test_no_rule_knows_a_code_of_the_study(root: Path, frames: dict[str, pd.DataFrame]) -> None:
    codes = pd.read_csv(root / "data/study/codebook.csv")["id"]
    for path in (root / "src/twinbenefits/evidence").glob("*rules.py"):
        words = {*path.read_text("utf-8").replace('"', " ").replace("'", " ").split()}
        assert not words & {*codes}, path.name


@pytest.mark.parametrize("module", [words, link_rules])
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_a_rule_can_be_asked_without_texts(frames: dict[str, pd.DataFrame]) -> None:
    checks: list[Callable[[rules.Tables], list[rules.Finding]]] = [
        r.check for r in RULES if r.table == "sources"
    ]
    tables = rules.Tables({**frames, "sessions": pd.DataFrame({"session": [], "case": []}, dtype=str)})
    assert [finding for check in checks for finding in check(tables)] == []


def test_a_private_table_that_is_missing_can_be_begun(spoiled: Any) -> None:
    spoiled.layout.private.mkdir()
    with pytest.raises(EvidenceError) as raised:
        load_tables(spoiled.layout, "private", ["coders"])
    problems = {problem.file: problem.way_out for problem in raised.value.problems}
    assert {*problems} == {"data/private/coders.csv", "data/private/cases.csv"}
    assert problems["data/private/coders.csv"].endswith(": coder,role,employer_case,note,synthetic")


def test_a_circle_of_links_is_printed_with_its_steps_and_rows(spoiled: Any) -> None:
    row = spoiled.row("links", {"case": "B1"})
    first = spoiled.add("links", {"link": "X1", "from_node": "buy", "to_node": "dough"}, like=row)
    spoiled.add("links", {"link": "X2", "from_node": "dough", "to_node": "buy"}, like=row)
    (problem,) = spoiled.problems("links")
    assert problem.row == first + 2
    assert problem.value == "buy → dough → buy"
    assert problem.rule == f"the links X1, X2 of case B1 go round in a circle (rows {first + 2}, {first + 3})"


def test_links_of_two_cases_make_no_circle(spoiled: Any) -> None:
    rows = [spoiled.row("links", {"case": case}) for case in ("B1", "B2")]
    ends = ({"from_node": "buy", "to_node": "dough"}, {"from_node": "dough", "to_node": "buy"})
    for number, (row, put) in enumerate(zip(rows, ends, strict=True)):
        spoiled.add("links", {"link": f"X{number}", **put}, like=row)
    assert spoiled.problems("links") == ()
