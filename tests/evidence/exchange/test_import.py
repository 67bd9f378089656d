"""An import is shown before anything is written, and then written whole or not at all."""

from __future__ import annotations

import datetime
import runpy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import quoteattr

import pandas as pd
import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.applying import apply_import, write_mapping_sheet
from twinbenefits.evidence.exchange.existing import read_existing
from twinbenefits.evidence.exchange.naming import MAPPING_FILE
from twinbenefits.evidence.exchange.planning import ImportPlan, plan_import
from twinbenefits.evidence.exchange.project import Project
from twinbenefits.evidence.exchange.refi_writing import write_project
from twinbenefits.evidence.exchange.study_project import project_of_tables
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES as CATALOGUE

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
DAY = datetime.date(2026, 11, 1)
TEXT, SENTENCE = MAKE.TEXT, MAKE.SENTENCE
START = TEXT.find(SENTENCE)
END = START + len(SENTENCE)


def everything(layout: Layout) -> dict[str, bytes]:
    """Return every file under data/private."""
    files = (path for path in layout.private.rglob("*") if path.is_file()) if layout.private.is_dir() else ()
    return {path.relative_to(layout.private).as_posix(): path.read_bytes() for path in files}


def plan(layout: Layout, project: Project, **more: object) -> ImportPlan:
    return plan_import(layout, project, today=DAY, **more)  # type: ignore[arg-type]


@pytest.fixture
def people(layout: Layout, as_real: Mapping[str, pd.DataFrame], tmp_path: Path) -> Layout:
    """A project whose cases, sessions and participants came in by a workbook."""
    names = ("cases", *MAKE.PEOPLE)
    path = MAKE.workbook(tmp_path / "base.xlsx", {name: MAKE.sheet_of(as_real[name]) for name in names})
    apply_import(plan(layout, read_project(path)[0]))
    return layout


@pytest.fixture(scope="module")
def study(
    as_real: Mapping[str, pd.DataFrame], texts: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The tables of a study as a program for qualitative analysis hands them over."""
    path = tmp_path_factory.mktemp("study") / "study.qdpx"
    write_project(project_of_tables(as_real, texts), path)
    return read_project(path)[0]


def test_a_whole_study_comes_in_and_passes_every_check(
    people: Layout, study: Project, as_real: Mapping[str, pd.DataFrame], texts: Mapping[str, str]
) -> None:
    planned = plan(people, study)
    assert planned.can_be_applied
    assert planned.tables["codings"].counts == {
        "new": len(as_real["codings"]),
        "changed": 0,
        "same": 0,
        "conflicts": 0,
        "kept": 0,
    }
    apply_import(planned)
    names = [name for name, table in CATALOGUE.items() if table.holds_case_evidence]
    tables = load_tables(people, "private", names)
    for name in ("codings", "segments", "sources", "coders", "assignments", "memos"):
        assert not tables[name]["synthetic"].any(), name
        written = read_existing(people).tables[name]
        key = [*CATALOGUE[name].key]
        expected = as_real[name].sort_values(key).reset_index(drop=True)
        assert written[[*expected.columns]].sort_values(key).reset_index(drop=True).equals(expected), name
    assert read_existing(people).texts == texts


def test_a_second_import_of_the_same_changes_nothing(people: Layout, study: Project) -> None:
    apply_import(plan(people, study))
    before = everything(people)
    again = plan(people, study)
    assert not again.changes_anything
    assert {name: d.counts["new"] for name, d in again.tables.items()} == dict.fromkeys(again.tables, 0)
    assert apply_import(again).files == ()
    assert everything(people) == before


def test_planning_writes_nothing(people: Layout, study: Project) -> None:
    before = everything(people)
    text = plan(people, study).to_markdown()
    assert everything(people) == before
    assert "| codings | " in text


def test_the_difference_is_told_by_table(people: Layout, study: Project) -> None:
    apply_import(plan(people, study))
    codings = study.codings.copy()
    graded = codings.index[codings["status"] == "expected"][0]
    name, other = codings.loc[graded, "coding"], codings.index[codings["status"] != ""][-1]
    codings.loc[graded, "status"] = "measured"
    codings = codings.drop(index=other)
    changed = plan(people, replace(study, codings=codings))
    assert changed.tables["codings"].changed.values.tolist() == [[name, "status", "expected", "measured"]]
    assert changed.tables["codings"].kept == 1, "what the file no longer has stays in the table"
    assert f"- codings {name}, status: 'expected' becomes 'measured'" in changed.to_markdown()
    apply_import(changed)
    assert len(read_existing(people).tables["codings"]) == len(study.codings)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("source", "K1-S2-T", "has 'K1-S1-T' in the table"), ("consent_level", "6", "the file says otherwise")],
)
def test_a_contradiction_is_never_written_over(
    people: Layout, study: Project, column: str, value: str, said: str
) -> None:
    apply_import(plan(people, study))
    before = everything(people)
    segments = study.segments.copy()
    segments.loc[0, column] = value
    refused = plan(people, replace(study, segments=segments))
    assert not refused.can_be_applied
    assert said in refused.to_markdown()
    assert refused.tables["segments"].conflicts["column"].tolist()[0] == column
    with pytest.raises(EvidenceError, match=r"data/private/segments\.csv"):
        apply_import(refused)
    assert everything(people) == before


def test_consent_may_become_stricter(people: Layout, study: Project) -> None:
    apply_import(plan(people, study))
    segments = study.segments.copy()
    segments.loc[0, "consent_level"] = "1"
    planned = plan(people, replace(study, segments=segments))
    assert planned.can_be_applied
    assert planned.tables["segments"].changed["after"].tolist() == ["1"]


def test_a_changed_transcript_is_a_contradiction(people: Layout, study: Project) -> None:
    apply_import(plan(people, study))
    texts = {**study.texts, "K1-S1-T": "Another text altogether."}
    refused = plan(people, replace(study, texts=texts))
    assert "positions would point to other words" in refused.to_markdown()
    assert not refused.can_be_applied


def test_rows_of_the_demonstration_are_refused(people: Layout, demo: Mapping[str, pd.DataFrame]) -> None:
    with pytest.raises(EvidenceError, match="invented; they never mix with real ones"):
        plan(people, project_of_tables(demo))


def test_the_demonstration_set_takes_nothing(people: Layout, study: Project) -> None:
    with pytest.raises(EvidenceError, match=r"data/demo: .*takes no rows from elsewhere"):
        plan_import(people, study, "demo")


def foreign(tmp_path: Path, *codes: str, coder: str = "Friedrich M.", case: str = "K1") -> Project:
    """Return a project as another program has it: labels instead of codes, a person's name as coder."""
    inner = MAKE.selection("s1", START, END, *(MAKE.coding(f"c{code}", code, coder) for code in codes))
    inside = MAKE.reference("SourceRef", "A")
    cases = f'<Cases><Case guid="{MAKE.guid("k")}" name={quoteattr(case)}>{inside}</Case></Cases>'
    markup = MAKE.project(
        MAKE.users(coder),
        MAKE.codebook(*(MAKE.code(code) for code in codes)),
        cases,
        f"<Sources>{MAKE.source('A', inner)}</Sources>",
        origin="NVivo",
    )
    return read_project(MAKE.qdpx(tmp_path / "foreign.qdpx", markup))[0]


@pytest.mark.parametrize(
    "written",
    [
        "CL1",
        "CL1 Standardization",
        "Standardization",
        "standardization ",
        "Challenges > CL1: gaps",
        "Codes::CL1",
    ],
)
def test_codes_are_known_by_id_label_or_both(people: Layout, tmp_path: Path, written: str) -> None:
    planned = plan(people, foreign(tmp_path, written))
    assert planned.tables["codings"].new["code"].tolist() == ["CL1"], planned.to_markdown()
    assert planned.can_be_applied


def test_a_source_of_another_program_waits_for_consent_and_a_coder_gets_a_code(
    people: Layout, tmp_path: Path
) -> None:
    planned = plan(people, foreign(tmp_path, "CL1"))
    source = planned.tables["sources"].new.iloc[0]
    assert (source["case"], source["consent_level"], source["kind"], source["title"]) == (
        "K1",
        "0",
        "transcript",
        "",
    )
    assert planned.tables["coders"].new["coder"].tolist() == ["coder-1"]
    assert "consent level 0" in planned.to_markdown()
    apply_import(planned)
    stored = {name: content for name, content in everything(people).items() if name != MAPPING_FILE}
    assert not [name for name, content in stored.items() if b"Friedrich" in content], "no name in a table"
    assert b"Friedrich M." in everything(people)[MAPPING_FILE], "the mapping sheet remembers who it is"
    segment = read_existing(people).tables["segments"].iloc[0]
    assert (segment["start"], segment["end"], segment["text"]) == (str(START), str(END), SENTENCE)


def test_an_unknown_code_is_told_with_the_nearest_and_never_dropped(people: Layout, tmp_path: Path) -> None:
    project = foreign(tmp_path, "CL1", "Standardisation", "Something else")
    planned = plan(people, project)
    assert [(line.as_written, line.nearest) for line in planned.open_lines] == [
        ("Standardisation", "CL1"),
        ("Something else", ""),
    ]
    assert not planned.can_be_applied
    with pytest.raises(EvidenceError) as caught:
        apply_import(planned)
    assert {problem.value for problem in caught.value.problems} == {"Standardisation", "Something else"}
    assert "The nearest is CL1." in str(caught.value)
    write_mapping_sheet(planned)
    sheet = people.private / MAPPING_FILE
    lines = sheet.read_text("utf-8").replace("code,Standardisation,,", "code,Standardisation,CL1,")
    sheet.write_text(lines.replace("code,Something else,,", "code,Something else,-,"), "utf-8")
    again = plan(people, project)
    assert again.can_be_applied
    assert again.tables["codings"].new["code"].tolist() == ["CL1"], "both names mean one code: kept once"
    apply_import(again)
    assert plan(people, project).can_be_applied, "the answers are remembered"


def test_a_mapping_to_a_code_that_is_not_there_is_refused(people: Layout, tmp_path: Path) -> None:
    mapping = tmp_path / "map.csv"
    mapping.write_text("kind,as_written,becomes\ncode,Visibility,CL99\n", "utf-8")
    planned = plan(people, foreign(tmp_path, "Visibility"), mapping=mapping)
    assert "must stand in the codebook" in planned.to_markdown()
    assert not planned.can_be_applied


def test_a_source_without_a_case_is_asked_for(people: Layout, tmp_path: Path) -> None:
    planned = plan(people, foreign(tmp_path, "CL1", case="Somebody & Co"))
    assert {line.kind for line in planned.open_lines} == {"case", "source"}
    write_mapping_sheet(planned)
    sheet = people.private / MAPPING_FILE
    sheet.write_text(
        sheet.read_text("utf-8").replace("case,Somebody & Co,,", "case,Somebody & Co,K2,"), "utf-8"
    )
    again = plan(people, foreign(tmp_path, "CL1", case="Somebody & Co"))
    assert again.tables["sources"].new["case"].tolist() == ["K2"]
    assert again.can_be_applied


def test_marking_codes_say_status_strength_and_target(people: Layout, tmp_path: Path) -> None:
    project = foreign(tmp_path, "BE1.1", "ME1", "status: observed", "strength: 2", "target: BE1.1")
    planned = plan(people, project)
    rows = planned.tables["codings"].new.set_index("code")
    assert rows.loc["BE1.1", ["status", "strength", "target_code"]].tolist() == ["observed", "2", ""]
    assert rows.loc["ME1", ["status", "strength", "target_code"]].tolist() == ["", "", "BE1.1"]
    assert planned.can_be_applied, planned.to_markdown()


def test_what_the_file_cannot_say_is_asked_for_by_the_checks_of_the_tables(
    people: Layout, tmp_path: Path
) -> None:
    planned = plan(people, foreign(tmp_path, "BE1.1", "ME1"))
    assert planned.tables["codings"].new.set_index("code").loc["ME1", "target_code"] == "BE1.1", (
        "the only code of the role it works on"
    )
    assert {problem.column for problem in planned.problems} == {"status", "strength"}
    with pytest.raises(EvidenceError, match="must be filled for a code of the role"):
        apply_import(planned)


def test_tables_that_change_meanwhile_stop_the_import(people: Layout, study: Project) -> None:
    planned = plan(people, study)
    path = people.private / "codings.csv"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(EvidenceError, match="changed while the import was being prepared"):
        apply_import(planned)


def test_a_broken_table_is_told_before_anything_else(people: Layout, study: Project) -> None:
    (people.private / "codings.csv").write_bytes(b'coding,segment\n"x')
    with pytest.raises(EvidenceError, match=r"data/private/codings\.csv"):
        plan(people, study)


def test_the_plan_says_the_same_to_a_machine(people: Layout, study: Project) -> None:
    content = plan(people, study).to_dict()
    assert content["can_be_applied"] is True
    assert content["tables"]["segments"]["new"] == len(study.segments)
    assert content["mapping"]
