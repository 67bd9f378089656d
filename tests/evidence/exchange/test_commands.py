"""What the commands of exchange do, say to people and to machines, and end with."""

from __future__ import annotations

import datetime
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.commands import (
    export_coding_sheet,
    export_project,
    export_references,
    import_file,
    refusal,
    settle,
)
from twinbenefits.evidence.exchange.naming import MAPPING_FILE
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
DAY = datetime.date(2026, 11, 1)


@pytest.fixture
def people(layout: Layout, as_real: Mapping[str, pd.DataFrame], tmp_path: Path) -> Layout:
    names = ("cases", *MAKE.PEOPLE)
    path = MAKE.workbook(tmp_path / "base.xlsx", {name: MAKE.sheet_of(as_real[name]) for name in names})
    assert import_file(layout, path, today=DAY).status == 0
    return layout


def interview(tmp_path: Path, *codes: str) -> Path:
    """Return a coded interview of case K1 as another program hands it over."""
    start = MAKE.TEXT.find(MAKE.SENTENCE)
    inner = MAKE.selection(
        "s1", start, start + len(MAKE.SENTENCE), *(MAKE.coding(c, c, "Ann") for c in codes)
    )
    case = f'<Cases><Case guid="{MAKE.guid("k")}" name="K1">{MAKE.reference("SourceRef", "A")}</Case></Cases>'
    markup = MAKE.project(
        MAKE.users("Ann"),
        MAKE.codebook(*(MAKE.code(code) for code in codes)),
        case,
        f"<Sources>{MAKE.source('A', inner)}</Sources>",
    )
    return Path(MAKE.qdpx(tmp_path / "interview.qdpx", markup))


def test_a_dry_run_shows_all_and_writes_nothing(people: Layout, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in people.private.rglob("*") if path.is_file()}
    answer = import_file(people, interview(tmp_path, "CL1"), dry_run=True, today=DAY)
    assert answer.status == 0
    assert "| codings | 1 | 0 | 0 | 0 | 0 |" in answer.text
    assert "this was a dry run" in answer.text
    assert {path: path.read_bytes() for path in people.private.rglob("*") if path.is_file()} == before


def test_an_import_says_what_it_wrote_and_the_second_one_that_there_is_nothing_to_do(
    people: Layout, tmp_path: Path
) -> None:
    path = interview(tmp_path, "CL1")
    answer = import_file(people, path, today=DAY)
    assert answer.status == 0
    assert "- data/private/codings.csv" in answer.text
    content = json.loads(answer.as_json())
    assert "data/private/codings.csv" in content["applied"]
    assert content["report"]["read"]["codings"] == 1
    assert "Nothing to do" in import_file(people, path, today=DAY).text


def test_an_unknown_code_ends_with_1_and_writes_the_mapping_sheet(people: Layout, tmp_path: Path) -> None:
    path = interview(tmp_path, "CL1", "Standardisation")
    dry = import_file(people, path, dry_run=True, today=DAY)
    assert dry.status == 1
    assert "Standardisation" not in (people.private / MAPPING_FILE).read_text("utf-8")
    answer = import_file(people, path, today=DAY)
    assert answer.status == 1
    assert "code 'Standardisation' (1 rows): which is meant? Nearest: CL1." in answer.text
    assert "code,Standardisation,," in (people.private / MAPPING_FILE).read_text("utf-8")
    assert not load_tables(people, "private", ["codings"])["codings"].size


def test_what_a_program_cannot_say_is_filled_in_a_coding_sheet(people: Layout, tmp_path: Path) -> None:
    path, sheet = interview(tmp_path, "BE1.1"), tmp_path / "fill.xlsx"
    refused = import_file(people, path, today=DAY)
    assert refused.status == 1
    assert "--sheet FILE.xlsx" in refused.text
    answer = import_file(people, path, sheet=sheet, today=DAY)
    assert answer.status == 0
    assert not load_tables(people, "private", ["codings"])["codings"].size
    book = openpyxl.load_workbook(sheet)
    names = [cell.value for cell in book["Codings"][1]]
    for column, value in (("status", "observed"), ("strength", 2)):
        book["Codings"].cell(2, names.index(column) + 1).value = value
    book.save(sheet)
    assert import_file(people, sheet, today=DAY).status == 0
    codings = load_tables(people, "private", ["codings"])["codings"]
    assert codings[["code", "status", "strength"]].values.tolist() == [["BE1.1", "observed", 2]]
    later = import_file(people, path, today=DAY)
    assert later.status == 0, "the project itself fits now, and brings the transcript"
    assert [*(people.private / "sources").iterdir()]


def test_a_refusal_speaks_to_a_machine_too(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 x")
    with pytest.raises(EvidenceError) as caught:
        import_file(layout, tmp_path / "a.pdf")
    content = json.loads(refusal(caught.value).as_json())
    assert content["status"] == 1
    assert content["problems"][0]["file"] == "a.pdf"


def test_the_demonstration_is_exported_and_refused_on_the_way_back(
    root: Path, layout: Layout, tmp_path: Path
) -> None:
    here = Layout(root)
    answer = export_coding_sheet(here, tmp_path / "sheet.xlsx", "demo")
    assert "900 segments" in answer.text
    with pytest.raises(EvidenceError, match="invented"):
        import_file(layout, tmp_path / "sheet.xlsx")
    assert "900 segments" in export_project(here, tmp_path / "study.qdpx", "demo").text
    assert len(read_project(tmp_path / "study.qdpx")[0].texts["K1-S1-T"]) > 1000
    export_project(here, tmp_path / "codes.qdc", "demo")
    assert len(read_project(tmp_path / "codes.qdc")[0].codes) > 50


def test_nothing_to_export_is_said(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no segments to export"):
        export_coding_sheet(layout, tmp_path / "sheet.xlsx")


def test_a_bibliography_is_compared_and_not_imported(layout: Layout, tmp_path: Path) -> None:
    export_references(layout, tmp_path / "mine.ris")
    before = (layout.references / "references.bib").read_bytes()
    (tmp_path / "mine.ris").write_bytes(
        (tmp_path / "mine.ris").read_bytes() + b"TY  - JOUR\nID  - Else\nTI  - Something else\nER  - \n"
    )
    answer = import_file(layout, tmp_path / "mine.ris")
    assert answer.status == 0
    assert (
        "- Kritzinger2018: Kritzinger2018, by its DOI. To settle it: twinbenefits references settle"
        in answer.text
    )
    assert "- Else: none of the study's references" in answer.text
    assert (layout.references / "references.bib").read_bytes() == before


def test_settling_says_what_it_did(layout: Layout) -> None:
    answer = settle(layout, "Kritzinger2018", "https://doi.org/10.1016/j.ifacol.2018.08.474")
    assert answer.status == 0
    assert "Kritzinger2018 means" in answer.text
    assert json.loads(answer.as_json())["doi"] == "10.1016/j.ifacol.2018.08.474"
