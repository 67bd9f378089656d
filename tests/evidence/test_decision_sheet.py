"""The decision sheet: what goes out is what was released, and what comes back is held to it."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from twinbenefits.evidence.decision_sheet import agreed_codings, read_decision_sheet, write_decision_sheet
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.release import _SEAL, Released

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))
ROWS = [
    {
        "position": 1,
        "case": "K1",
        "segment": "S1",
        "code": "B1.1",
        "text": "=cmd|' /C calc'!A0",
        "withheld": "",
    },
    {"position": 2, "case": "K1", "segment": "S1", "code": "B1.2", "text": "they said so", "withheld": ""},
    {"position": None, "case": "K2", "segment": "S9", "code": None, "text": None, "withheld": "rests on one"},
]
GOOD = {"decision": "give", "reason": "it is said so", "decided_by": "a, b", "decided_on": "2026-11-02"}


@pytest.fixture
def queue() -> Released:
    table = pd.DataFrame(ROWS)
    result = SimpleNamespace(table=table, scalars={}, limitations=(), inputs=("codings",))
    return Released(result, "team", "demo", ("codings",), synthetic=True, seal=_SEAL)


@pytest.fixture
def sheet(queue: Released, tmp_path: Path) -> Path:
    path = tmp_path / "queue.xlsx"
    assert write_decision_sheet(queue, path)
    return path


def fill(path: Path, **rows: dict[str, str]) -> Path:
    """Fill in decisions, by the position of the row, and save under another name."""
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in book["Decisions"][1]]
    for place, cells in rows.items():
        for name, value in cells.items():
            book["Decisions"].cell(int(place.removeprefix("row")) + 1, names.index(name) + 1).value = value
    filled = path.with_name("back.xlsx")
    book.save(filled)
    return filled


def test_equal_queues_give_equal_files(queue: Released, sheet: Path, tmp_path: Path) -> None:
    assert not write_decision_sheet(queue, sheet)
    again = tmp_path / "again.xlsx"
    write_decision_sheet(queue, again)
    assert again.read_bytes() == sheet.read_bytes()


def test_withheld_rows_are_counted_and_not_written(sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    cells = [str(cell.value) for row in book["Decisions"].iter_rows() for cell in row]
    assert "S9" not in cells
    guide = " ".join(str(cell.value) for (cell,) in book["Guide"].iter_rows(max_col=1))
    assert "1 further rows are withheld" in guide
    assert "Synthetic demonstration data" in guide


def test_no_text_of_an_informant_becomes_a_formula(sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    assert all(cell.data_type != "f" for row in book["Decisions"].iter_rows() for cell in row)


def test_decisions_come_back_and_open_rows_are_counted(queue: Released, sheet: Path) -> None:
    back = read_decision_sheet(fill(sheet, row1=GOOD), queue.table)
    assert back.table.to_dict("records") == [{"segment": "S1", "code": "B1.1", **GOOD}]
    assert back.left_open == 1


def test_everything_wrong_is_told_at_once(queue: Released, sheet: Path) -> None:
    wrong = {"decision": "perhaps", "decided_on": "2.11.2026", "segment": "S7"}
    with pytest.raises(EvidenceError) as caught:
        read_decision_sheet(fill(sheet, row1=wrong), queue.table)
    told = str(caught.value)
    for part in ("'perhaps'", "'S7'", "a decision needs a reason", "who decided", "'2.11.2026'", "row 2"):
        assert part in told


def test_two_decisions_on_one_code_must_be_the_same(queue: Released, sheet: Path) -> None:
    other = {**GOOD, "code": "B1.1", "decision": "do not give"}
    with pytest.raises(EvidenceError, match=r"was decided as 'give' in row 2"):
        read_decision_sheet(fill(sheet, row1=GOOD, row2=other), queue.table)


def test_a_sheet_without_its_columns_or_file_is_named(queue: Released, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="there is no such file"):
        read_decision_sheet(tmp_path / "none.xlsx", queue.table)
    book = openpyxl.Workbook()
    book.worksheets[0].append(["segment", "note"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(EvidenceError, match="no sheet has the columns"):
        read_decision_sheet(tmp_path / "other.xlsx", queue.table)
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(EvidenceError):
        read_decision_sheet(tmp_path / "broken.xlsx", queue.table)


def test_a_segment_is_agreed_once_every_code_in_dispute_is_decided() -> None:
    codings = SMALL.coding([("s", "a", "M1"), ("s", "b", "M1"), ("s", "a", "B1.1"), ("s", "b", "B1.2")])
    readers = SMALL.reading(["s"], "ab")
    half = pd.DataFrame([("s", "B1.1", "give")], columns=["segment", "code", "decision"])
    assert agreed_codings(codings, readers, half, "both").empty
    whole = pd.concat([half, pd.DataFrame([("s", "B1.2", "do not give")], columns=half.columns)])
    agreed = agreed_codings(codings, readers, whole, "both")
    assert sorted(agreed["code"]) == ["B1.1", "M1"]
    later = whole.replace("do not give", "later")
    assert agreed_codings(codings, readers, later, "both").empty
