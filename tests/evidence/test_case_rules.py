"""Case evidence that breaks a rule between tables is refused, with the row, the rule and a way out."""

from __future__ import annotations

import doctest
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence import rules
from twinbenefits.evidence.case_rules import RULES, reflexivity_notes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.schema import TABLES

Cells = Mapping[str, str]


class Spoiled:
    """The toy study's tables as text, to be changed and written back."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def path(self, table: str) -> Path:
        return TABLES[table].file(self.layout, "demo")

    def read(self, table: str) -> pd.DataFrame:
        return pd.read_csv(self.path(table), dtype=str, keep_default_na=False)

    def write(self, table: str, frame: pd.DataFrame) -> None:
        frame.to_csv(self.path(table), index=False, lineterminator="\n")

    def row(self, table: str, where: Cells) -> int:
        """Return the first row whose cells are as said; `!` before a cell means any other."""
        frame = self.read(table)
        fits = pd.Series(True, index=frame.index)
        for column, cell in where.items():
            fits &= frame[column] != cell[1:] if cell.startswith("!") else frame[column] == cell
        return int(frame.index[fits][0])

    def put(self, table: str, row: int, cells: Cells) -> None:
        frame = self.read(table)
        for column, cell in cells.items():
            frame.loc[row, column] = cell
        self.write(table, frame)

    def add(self, table: str, cells: Cells, like: int) -> int:
        frame = self.read(table)
        frame.loc[len(frame)] = frame.loc[like].to_dict() | dict(cells)
        self.write(table, frame)
        return len(frame) - 1

    def problems(self, *tables: str) -> tuple[Problem, ...]:
        try:
            load_tables(self.layout, "demo", tables)
        except EvidenceError as error:
            return error.problems
        return ()


@pytest.fixture
def spoiled(toy: Layout) -> Spoiled:
    return Spoiled(toy)


def test_the_toy_study_and_its_evidence_are_sound(spoiled: Spoiled) -> None:
    case = [name for name, table in TABLES.items() if table.holds_case_evidence]
    assert spoiled.problems("codebook", "vote_scales", *case) == ()
    assert len(case) == 24


@dataclass(frozen=True)
class Bad:
    """One cell or row put wrong: where, what is put there, and what must be said."""

    table: str
    where: Cells
    put: Cells
    column: str
    rule: str
    way_out: str
    added: bool = False
    also: tuple[str, ...] = field(default=())


BENEFIT, OUTCOME, MEANS, OTHER = "time.days", "loaves", "buy", "dough"
DAY = "2029-01-01"

BAD = {
    "an outcome without a benefit": Bad(
        "codings", {"coding": "G00001"}, {"code": OUTCOME, "status": "", "strength": ""},
        "code", "beside a code of the role benefit in the same segment by the same coder", "Add that benefit",
    ),
    "an outcome about a benefit that is not there": Bad(
        "codings", {"code": OUTCOME}, {"target_code": "gain"},
        "target_code", "stands in the same segment by the same coder", "clear the cell",
    ),
    "an outcome about a code of another role": Bad(
        "codings", {"code": OUTCOME}, {"target_code": OTHER},
        "target_code", "of the role that is required", "which benefit of this segment",
    ),
    "a mechanism without a target": Bad(
        "codings", {"code": MEANS}, {"target_code": ""}, "target_code", "must name the code", "role benefit",
    ),
    "a mechanism that works on no benefit": Bad(
        "codings", {"code": MEANS}, {"target_code": OTHER},
        "target_code", "of the role that the code works on", "role benefit",
    ),
    "a challenge with a target": Bad(
        "codings", {"code": OTHER}, {"target_code": BENEFIT},
        "target_code", "must be empty", "Clear the cell",
    ),
    "a target that is no code": Bad(
        "codings", {"code": MEANS}, {"target_code": "timedays"},
        "target_code", "column id of codebook", "Did you mean 'time.days'?",
    ),
    "a code that is none": Bad(
        "codings", {"code": OTHER}, {"code": "dow"}, "code", "column id of codebook", "add a row",
    ),
    "a benefit without a status": Bad(
        "codings", {"code": BENEFIT}, {"status": ""},
        "status", "must be filled", "expected, observed or measured",
    ),
    "a benefit without a strength": Bad(
        "codings", {"code": BENEFIT}, {"strength": ""}, "strength", "must be filled", "1, 2 or 3",
    ),
    "a challenge with a status": Bad(
        "codings", {"code": OTHER}, {"status": "observed"},
        "status", "not of the role benefit", "Clear the cell",
    ),
    "a challenge with a strength": Bad(
        "codings", {"code": OTHER}, {"strength": "2"},
        "strength", "not of the role benefit", "Clear the cell",
    ),
    "a strength beyond the scale": Bad(
        "codings", {"code": BENEFIT}, {"strength": "4"}, "strength", "at most 3", "Correct the number",
    ),
    "a status misspelt": Bad(
        "codings", {"code": BENEFIT}, {"status": "observd"}, "status", "one of expected", "'observed'?",
    ),
    "a coding of a segment that is not there": Bad(
        "codings", {"code": OTHER}, {"segment": "B9-S9-001"}, "segment", "segment of segments", "add a row",
    ),
    "a coding by nobody known": Bad(
        "codings", {"code": OTHER}, {"coder": "demo-9"}, "coder", "coder of coders", "Did you mean",
    ),
    "a coding given twice": Bad(
        "codings", {"code": OTHER}, {"coding": "G99999"},
        "code", "gave this code to this segment already", "Delete one of the two", added=True,
    ),
    "a segment looser than its source": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": "6"},
        "consent_level", "not be higher than that of its source", "The source allows",
    ),
    "a consent level that there is not": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": "7"}, "consent_level", "at most 6", "Correct",
    ),
    "a segment without consent": Bad(
        "segments", {"source": "B1-S1-T"}, {"consent_level": ""},
        "consent_level", "must not be empty", "Fill in",
    ),
    "a segment that ends before it starts": Bad(
        "segments", {"segment": "B1-S1-002"}, {"end": "3"},
        "end", "greater than start", "Correct start or end",
    ),
    "a segment with one position": Bad(
        "segments", {"segment": "B1-S1-002"}, {"end": ""}, "end", "together or not at all", "clear both",
    ),
    "a segment of another length than its text": Bad(
        "segments", {"segment": "B1-S1-002"}, {"text": "Short."},
        "text", "as long as the range", "The text has 6 characters",
    ),
    "a speaker of another case": Bad(
        "segments", {"source": "B1-S1-T"}, {"speaker": "B2-P1"},
        "speaker", "belong to the case of the row", "It belongs to B2, the row to B1",
    ),
    "a use case of another case": Bad(
        "segments", {"source": "B1-S1-T"}, {"use_case": "B2-U1"},
        "use_case", "belong to the case", "correct either",
    ),
    "a speaker who is nobody": Bad(
        "segments", {"source": "B1-S1-T"}, {"speaker": "B1-P99"},
        "speaker", "participant of participants", "mean",
    ),
    "a session of another case": Bad(
        "sources", {"source": "B1-S1-T"}, {"session": "B2-S1"},
        "session", "belong to the case", "correct either",
    ),
    "a source of another length than its text": Bad(
        "sources", {"source": "B1-S1-T"}, {"characters": "99999"},
        "characters", "length of the text that is kept", "sources/B1-S1-T.txt has",
    ),
    "a digest that is none": Bad(
        "sources", {"source": "B1-S1-T"}, {"text_sha256": "abc"},
        "text_sha256", "64 hexadecimal digits", "Correct the cell",
    ),
    "a guest of another case": Bad(
        "sessions", {"session": "B1-S1"}, {"participants": "B1-P1;B2-P1"},
        "participants", "belong to the case", "B2",
    ),
    "a list that ends in its separator": Bad(
        "sessions", {"session": "B1-S1"}, {"participants": "B1-P1;"},
        "participants", "participant of participants", "add a row",
    ),
    "an answer from another case": Bad(
        "asked", {"case": "B1", "asked": "yes"}, {"session": "B3-S1"}, "session", "belong to the case", "B3",
    ),
    "a rating that rests on another case": Bad(
        "context_ratings", {"case": "B1"}, {"evidence": "B2-S1-001"}, "evidence", "belong to the case", "B2",
    ),
    "a rating without level and reason": Bad(
        "context_ratings", {"na_reason": ""}, {"level": ""},
        "na_reason", "a level or a reason", "one of the two",
    ),
    "a rating with level and reason": Bad(
        "context_ratings", {"na_reason": ""}, {"na_reason": "closed"},
        "na_reason", "a level or a reason", "one of the two",
    ),
    "a link that rests on another case": Bad(
        "links", {"case": "B1"}, {"evidence": "B1-S1-001;B2-S1-001"}, "evidence", "belong to the case", "B2",
    ),
    "a link to another company's objective": Bad(
        "links", {"case": "B1", "kind": "serves"}, {"to_node": "B2-O1"},
        "to_node", "belong to the case", "B2",
    ),
    "a negative case that rests on another": Bad(
        "negative_cases", {"negative_case": "N1"}, {"case": "B3", "evidence": "B1-S1-001"},
        "evidence", "belong to the case", "B1",
    ),
    "a permission for another company's source": Bad(
        "permissions", {"case": "!B1"}, {"item": "B1-S1-T"}, "item", "belong to the case", "B1",
    ),
    "a permission for nothing there is": Bad(
        "permissions", {"item": "ratings"}, {"item": "rating"},
        "item", "or be vertical, ratings, benefit_states", "'ratings'?",
    ),
    "an owner of a challenge": Bad(
        "owners", {"case": "!"}, {"code": OTHER}, "code", "of the role benefit", "somebody answers for",
    ),
    "a retired code without a successor": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY},
        "successor", "a retired code needs a successor", "takes its place",
    ),
    "a successor of a code in use": Bad(
        "codebook", {"id": "taste.scent"}, {"successor": "taste"},
        "retired_on", "since when", "clear the successor",
    ),
    "a successor of another role": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY, "successor": OTHER},
        "successor", "the same role", "role benefit",
    ),
    "a code that succeeds itself": Bad(
        "codebook", {"id": "taste.scent"}, {"retired_on": DAY, "successor": "taste.scent"},
        "successor", "comes back to itself", "a code that is in use",
    ),
    "a vote beyond its scale": Bad(
        "votes", {"scale": "trust", "value": "!"}, {"value": "5"},
        "value", "a mark of its scale", "from 1 to 4",
    ),
    "a vote on a scale the item has not": Bad(
        "votes", {"item": "I9"}, {"scale": "flavour"}, "scale", "not voted on this scale", "scale_set of I9",
    ),
    "a vote on a version that there is not": Bad(
        "votes", {"item": "I1"}, {"item_version": "7"},
        "item_version", "no such version", "add that version of I1",
    ),
    "a vote given twice": Bad(
        "votes", {"vote": "T00001"}, {"vote": "T99999"},
        "vote", "same item, version, round and scale already", "write in corrects", added=True,
    ),
    "a correction of another place": Bad(
        "votes", {"vote": "T00001"}, {"vote": "T99999", "corrects": "T00002"},
        "corrects", "another vote of the same voter", "Correct the name", added=True,
    ),
    "a vote at another workshop": Bad(
        "votes", {"vote": "T00001"}, {"event": "W2"},
        "event", "the workshop of the voter", "is a voter of W1",
    ),
    "a vote with mark and pass": Bad(
        "votes", {"value": "!", "not_my_field": "no"}, {"not_my_field": "yes"},
        "value", "has a mark or says not my field", "one of the two",
    ),
    "a comment at another workshop": Bad(
        "comments", {"event": "W1"}, {"event": "W2"},
        "event", "the workshop of the voter", "correct the voter",
    ),
    "an item on a scale that there is not": Bad(
        "items", {"item": "I9"}, {"scale_set": "trust;colour"},
        "scale_set", "scale of vote_scales", "add a row",
    ),
    "a scale upside down": Bad(
        "vote_scales", {"scale": "trust"}, {"minimum": "4"},
        "maximum", "greater than the lowest", "Correct either",
    ),
    "a real row among invented ones": Bad(
        "cases", {"case": "B1"}, {"synthetic": "false"},
        "synthetic", "every row of data/demo is invented", "Real rows belong to data/private",
    ),
    "a row without its mark": Bad(
        "memos", {"memo": "M1"}, {"synthetic": ""}, "synthetic", "must not be empty", "Fill in",
    ),
    "a person named in place of a code": Bad(
        "participants", {"participant": "B1-P1"}, {"participant": "Ann Roe"},
        "participant", "without spaces", "Correct the cell",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_case_evidence_is_refused(spoiled: Spoiled, name: str) -> None:
    bad = BAD[name]
    row = spoiled.row(bad.table, bad.where)
    if bad.added:
        row = spoiled.add(bad.table, bad.put, like=row)
    else:
        spoiled.put(bad.table, row, bad.put)
    problems = [p for p in spoiled.problems(bad.table) if p.row == row + 2 and p.column == bad.column]
    assert len(problems) == 1, [str(problem) for problem in spoiled.problems(bad.table)]
    (problem,) = problems
    assert (
        problem.file
        == f"data/{'demo/' if TABLES[bad.table].holds_case_evidence else ''}{TABLES[bad.table].path}"
    )
    assert bad.rule in problem.rule
    assert bad.way_out in problem.way_out


def test_enough_bad_rows_are_tried() -> None:
    assert len(BAD) >= 50


def test_every_table_with_rules_is_tried() -> None:
    assert {rule.table for rule in RULES} <= {bad.table for bad in BAD.values()}


def test_all_violations_of_all_tables_come_at_once(spoiled: Spoiled) -> None:
    for name in (
        "a mechanism without a target",
        "a segment looser than its source",
        "a vote beyond its scale",
    ):
        bad = BAD[name]
        spoiled.put(bad.table, spoiled.row(bad.table, bad.where), bad.put)
    found = {(problem.file, problem.column) for problem in spoiled.problems("codings", "segments", "votes")}
    assert found == {
        ("data/demo/codings.csv", "target_code"),
        ("data/demo/segments.csv", "consent_level"),
        ("data/demo/votes.csv", "value"),
    }


def test_a_retired_code_is_kept_in_older_codings_only(spoiled: Spoiled) -> None:
    versions = spoiled.read("codings").query("code == 'time.days'")["codebook_version"]
    first, last = versions.min(), versions.max()
    assert first < last
    retired = {"retired_on": last, "successor": "time.rest"}
    spoiled.put("codebook", spoiled.row("codebook", {"id": "time.days"}), retired)
    problems = [p for p in spoiled.problems("codings") if p.column == "code"]
    assert len(problems) == (versions == last).sum()
    assert {problem.value for problem in problems} == {"time.days"}
    assert "Write its successor 'time.rest', or a codebook_version before" in problems[0].way_out


def test_a_code_is_not_used_before_its_time(spoiled: Spoiled) -> None:
    versions = spoiled.read("codings").query("code == 'dough'")["codebook_version"]
    spoiled.put("codebook", spoiled.row("codebook", {"id": "dough"}), {"since": versions.max()})
    problems = spoiled.problems("codings")
    assert len(problems) == (versions < versions.max()).sum() > 0
    assert all("not yet in this version" in problem.rule for problem in problems)


def test_a_chain_of_successors_may_be_long_but_no_ring(spoiled: Spoiled) -> None:
    for code, heir in (("taste.scent", "taste.foam"), ("taste.foam", "taste.crust")):
        spoiled.put(
            "codebook", spoiled.row("codebook", {"id": code}), {"retired_on": "2029-01-01", "successor": heir}
        )
    assert spoiled.problems("codebook") == ()
    ring = {"retired_on": "2029-01-01", "successor": "taste.scent"}
    spoiled.put("codebook", spoiled.row("codebook", {"id": "taste.crust"}), ring)
    assert [problem.value for problem in spoiled.problems("codebook")] == [
        "taste.foam",
        "taste.scent",
        "taste.crust",
    ]


def test_a_correction_stands_beside_what_it_corrects(spoiled: Spoiled) -> None:
    first = spoiled.row("votes", {"vote": "T00001"})
    spoiled.add("votes", {"vote": "T90001", "corrects": "T00001"}, like=first)
    assert spoiled.problems("votes") == ()
    again = spoiled.add("votes", {"vote": "T90002", "corrects": "T00001"}, like=first)
    (problem,) = spoiled.problems("votes")
    assert (problem.row, problem.column) == (again + 2, "corrects")
    assert "corrects this one already" in problem.rule


def test_text_that_stands_elsewhere_in_its_source_is_told_the_place(spoiled: Spoiled) -> None:
    row = spoiled.row("segments", {"segment": "B1-S1-003"})
    cells = spoiled.read("segments").loc[row]
    moved = {"start": str(int(cells["start"]) + 1), "end": str(int(cells["end"]) + 1)}
    spoiled.put("segments", row, moved)
    (problem,) = spoiled.problems("segments")
    assert (problem.row, problem.column, problem.value) == (row + 2, "text", cells["text"])
    assert f"stands from {cells['start']} to {cells['end']}" in problem.way_out


def test_a_segment_may_lack_its_place_or_its_text(spoiled: Spoiled) -> None:
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-003"}), {"start": "", "end": ""})
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-004"}), {"text": ""})
    assert spoiled.problems("segments") == ()


def test_positions_count_composed_letters_and_plain_line_ends(spoiled: Spoiled) -> None:
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


def test_blanks_at_the_ends_of_running_text_are_kept(spoiled: Spoiled) -> None:
    row = spoiled.row("segments", {"segment": "B1-S1-003"})
    cells = spoiled.read("segments").loc[row]
    spoiled.put("segments", row, {"text": cells["text"] + "\n", "end": str(int(cells["end"]) + 1)})
    assert spoiled.problems("segments") == ()
    loaded = load_tables(spoiled.layout, "demo", ["segments"])["segments"]
    assert loaded.loc[row, "text"].endswith("\n")


def test_a_cell_that_cannot_be_read_is_told_once(spoiled: Spoiled) -> None:
    spoiled.put("segments", spoiled.row("segments", {"segment": "B1-S1-003"}), {"start": "five"})
    problems = [p for p in spoiled.problems("segments", "codings") if p.column == "start"]
    assert len(problems) == 1
    assert "whole number" in problems[0].rule


def test_a_neighbour_that_lacks_a_column_is_one_problem(spoiled: Spoiled) -> None:
    spoiled.write("sources", spoiled.read("sources").drop(columns="consent_level"))
    (problem,) = spoiled.problems("segments")
    assert (problem.file, problem.column) == ("data/demo/sources.csv", "consent_level")


def test_tables_without_rows_are_fine(spoiled: Spoiled) -> None:
    case = [name for name, table in TABLES.items() if table.holds_case_evidence]
    for name in case:
        spoiled.write(name, spoiled.read(name).iloc[:0])
    assert spoiled.problems(*case) == ()
    frames = load_tables(spoiled.layout, "demo", case)
    assert all(frame.empty for frame in frames.values())
    assert frames["segments"]["start"].dtype == pd.Int64Dtype()


def test_invented_rows_are_refused_among_real_ones(spoiled: Spoiled) -> None:
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


def test_examples_in_docstrings_run() -> None:
    result = doctest.testmod(rules)
    assert result.attempted
    assert not result.failed


def test_a_rule_can_be_asked_without_texts(frames: dict[str, pd.DataFrame]) -> None:
    checks: list[Callable[[rules.Tables], list[rules.Finding]]] = [
        r.check for r in RULES if r.table == "sources"
    ]
    tables = rules.Tables({**frames, "sessions": pd.DataFrame({"session": [], "case": []}, dtype=str)})
    assert [finding for check in checks for finding in check(tables)] == []
