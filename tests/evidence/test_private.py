"""Real evidence begins with an empty folder that is ready to be filled, and never by overwriting."""

from __future__ import annotations

import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from twinbenefits.evidence.exchange.commands import import_file
from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.private import private_init
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES

CASE = [name for name, table in TABLES.items() if table.holds_case_evidence]


@pytest.fixture
def begun(toy: Layout) -> Layout:
    private_init(toy)
    return toy


def test_every_table_is_there_and_empty(begun: Layout) -> None:
    frames = load_tables(begun, "private", CASE)
    assert {*frames} == {*CASE}
    assert all(frame.empty for frame in frames.values())


def test_the_folder_is_for_its_owner_alone(begun: Layout) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows keeps rights another way")
    assert stat.S_IMODE(begun.private.stat().st_mode) == 0o700
    assert stat.S_IMODE((begun.private / "key").stat().st_mode) == 0o600


def test_a_key_is_made_that_is_no_other_folders(begun: Layout) -> None:
    key = open_key(begun, "private")
    assert key.digest("x") == open_key(begun, "private").digest("x")
    assert key.digest("x") != open_key(begun, "demo").digest("x")


def test_the_list_of_forbidden_words_holds_no_word_yet(begun: Layout) -> None:
    lines = (begun.private / "forbidden.txt").read_text("utf-8").splitlines()
    assert lines
    assert all(line.startswith("# ") for line in lines)


def test_the_guide_fits_a_page_and_names_commands_and_levels(begun: Layout) -> None:
    text = (begun.private / "GUIDE.md").read_text("utf-8")
    assert len(text.splitlines()) <= 60
    for words in (
        "forbidden.txt",
        "evidence.xlsx",
        "twinbenefits import",
        "make paper EVIDENCE=private",
        "withdraw",
    ):
        assert words in text
    assert [f"| {level} |" in text for level in range(7)] == [True] * 7


def test_nothing_is_overwritten(begun: Layout) -> None:
    cases = begun.private / "cases.csv"
    cases.write_text(cases.read_text("utf-8") + "B1,bakery,,,,,false\n", "utf-8")
    before = {path: path.read_bytes() for path in begun.private.iterdir() if path.is_file()}
    with pytest.raises(EvidenceError) as raised:
        private_init(begun)
    assert len(raised.value.problems) == len(CASE) + 3
    assert "data/private/cases.csv: stands there already and is not overwritten." in str(raised.value)
    assert {path: path.read_bytes() for path in begun.private.iterdir() if path.is_file()} == before


def test_one_file_that_is_there_stops_everything(toy: Layout) -> None:
    toy.private.mkdir()
    (toy.private / "votes.csv").write_text("mine\n", "utf-8")
    with pytest.raises(EvidenceError, match=r"votes\.csv"):
        private_init(toy)
    assert [path.name for path in toy.private.iterdir()] == ["votes.csv"]


def test_a_key_that_is_there_is_kept(toy: Layout) -> None:
    toy.private.mkdir()
    before = open_key(toy, "private").digest("x")
    private_init(toy)
    assert open_key(toy, "private").digest("x") == before


def test_an_interruption_leaves_nothing_behind(toy: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def stop_at_votes(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "votes.csv":
            raise KeyboardInterrupt
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", stop_at_votes)
    with pytest.raises(KeyboardInterrupt):
        private_init(toy)
    assert [path.name for path in toy.private.iterdir()] == ["sources"]


def test_the_workbook_has_a_sheet_per_table_to_fill_in(begun: Layout) -> None:
    workbook = openpyxl.load_workbook(begun.private / "evidence.xlsx")
    assert workbook.sheetnames == [
        "Guide",
        *(n for n in CASE if n not in ("segments", "codings", "assignments")),
        "Lists",
    ]
    assert workbook["Lists"].sheet_state == "hidden"
    for sheet in workbook.worksheets[1:-1]:
        columns = list(TABLES[sheet.title].model.to_schema().columns)
        assert [cell.value for cell in sheet[1]] == [column for column in columns if column != "synthetic"]
        assert all(cell.comment is not None for cell in sheet[1])


def test_the_workbook_offers_the_words_of_its_own_study(begun: Layout) -> None:
    workbook = openpyxl.load_workbook(begun.private / "evidence.xlsx")
    lists = {tuple(c.value for c in column[1:] if c.value) for column in workbook["Lists"].iter_cols()}
    assert ("bakery", "brewery", "dairy") in lists
    assert any("time.hours" in words for words in lists)
    rules = {rule.formula1 for rule in workbook["sources"].data_validations.dataValidation}
    assert '"0,1,2,3,4,5,6"' in rules
    assert '"transcript,notes,document,slides"' in rules


def test_a_filled_workbook_comes_in(begun: Layout) -> None:
    path = begun.private / "evidence.xlsx"
    workbook = openpyxl.load_workbook(path)
    rows: dict[str, dict[str, object]] = {
        "cases": {"case": "B1", "vertical": "bakery"},
        "participants": {
            "participant": "B1-P1", "case": "B1", "role_group": "kneading",
            "organization_kind": "case_company",
        },
        "sessions": {
            "session": "B1-S1", "case": "B1", "kind": "interview", "date": datetime(2029, 5, 1),
            "minutes": 60, "participants": "B1-P1", "language": "fi",
        },
        "coders": {"coder": "R1", "role": "coder"},
        "permissions": {
            "permission": "A1", "case": "B1", "item": "vertical", "approved_by": "owner",
            "approved_on": "2029-06-01",
        },
        "asked": {"case": "B1", "code": "time.days", "asked": "yes", "session": "B1-S1"},
    }  # fmt: skip
    for name, row in rows.items():
        sheet = workbook[name]
        sheet.append([row.get(str(cell.value)) for cell in sheet[1]])
    workbook.save(path)
    answer = import_file(begun, path)
    assert answer.status == 0, answer.text
    frames = load_tables(begun, "private", [*rows])
    assert {name: len(frame) for name, frame in frames.items()} == dict.fromkeys(rows, 1)
    assert frames["sessions"].loc[0, "date"] == datetime(2029, 5, 1)
    assert not frames["cases"]["synthetic"].any()
    assert "Nothing to do" in import_file(begun, path).text
