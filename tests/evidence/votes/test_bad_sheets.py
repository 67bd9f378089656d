"""Bad input is normal: it is told in the words of the person who typed it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twinbenefits.evidence.exchange.commands import Answer
from twinbenefits.evidence.problems import EvidenceError

HEADER = ["voter", "I1 v1 agree", "I1 v1 importance", "I2 v1 agree"]
Write = Callable[..., Path]
Import = Callable[..., Answer]
State = Callable[[], dict[str, bytes]]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("9+", "has '9+'; is no mark: the scale ends at 9. Write 9 if that is meant"),
        ("n/a", "has 'n/a'; can mean 'not my field' or that nothing was marked"),
        ("7,5", "has '7,5'; lies between two marks, and the scale has whole marks only. Write 7 or 8"),
        (7.5, "has '7.5'; lies between two marks"),
        (12, "has '12'; is no mark of this scale, which goes from 1 to 9"),
        (0, "has '0'; is no mark of this scale"),
        ("7-8", "has '7-8'; is two marks. Write 7 or 8"),
        ("seitsemän", "has 'seitsemän'; is a word, not a mark. Write 7"),
        ("very", "has 'very'; is no mark. Write a number from 1 to 9"),
        ("2026-05-03", "has '2026-05-03'; is a day: the spreadsheet has turned a mark into one"),
        ("?", "has '?'; can mean 'not my field'"),
        ("=1+1", "has '=1+1'; is no mark"),
    ],
)
def test_what_is_no_mark_is_told_with_its_place(
    sheet: Write, bring: Import, standing: State, cell: object, told: str
) -> None:
    before = standing()
    answer = bring(sheet([HEADER, ["W1-V01", 5, cell, 2]]), apply=True)
    assert answer.status == 1
    assert f"votes.xlsx, sheet Votes, row 2, column I1 v1 importance: {told}" in answer.text
    assert "nothing is lost" in answer.text
    assert standing() == before


def test_all_is_told_at_once(sheet: Write, bring: Import) -> None:
    rows = [HEADER, ["W1-V01", "9+", "n/a", 2], ["W1-V99", 1, 1, 1], ["", 3, None, None], ["W2-V01", 1, 1, 1]]
    answer = bring(sheet(rows), apply=True)
    told = [problem["rule"] for problem in answer.content["problems"]]
    assert told == [
        "is no mark: the scale ends at 5",
        "can mean 'not my field' or that nothing was marked",
        "is no voter of W1",
        "there are marks and no voter",
        "is a voter of W2, and you named W1",
    ]
    assert [problem["row"] for problem in answer.content["problems"]] == [2, 2, 3, 4, 5]


def test_two_sheets_for_one_code(sheet: Write, bring: Import) -> None:
    more = {"Table 2": [HEADER, ["W1-V01", 5, 3, 2]]}
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2]], more=more), apply=True)
    assert answer.status == 1
    rule = "W1-V01 has 9 for the same item in sheet Votes, row 2: two sheets are filled in for one code"
    assert f"votes.xlsx, sheet Table 2, row 2, column I1 v1 importance: has '3'; {rule}" in answer.text


def test_the_same_sheet_twice_is_one_sheet(sheet: Write, bring: Import) -> None:
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2], ["w1 v1", 5, 9, 2]]))
    assert answer.status == 0
    assert answer.content["new"]["votes"] == 3
    assert "stands there twice with the same marks" in answer.text


def test_merged_marks_belong_to_nobody(sheet: Write, bring: Import) -> None:
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2], ["W1-V02", None, 9, 2]], merged="B2:B3"), apply=True)
    assert answer.status == 1
    assert "votes.xlsx, sheet Votes, row 2: the cells B2:B3 are merged" in answer.text


def test_a_merged_title_is_no_harm(sheet: Write, bring: Import) -> None:
    answer = bring(sheet([["Votes of the morning", "", ""], HEADER, ["W1-V01", 5, 9, 2]], merged="A1:C1"))
    assert answer.status == 0


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("I2 agree", "I2 was reworded, and the column does not say which words the marks are for"),
        ("I2 v3 agree", "I2 has no version 3; it has v1, v2"),
        ("I9 agree", "there is no such item"),
        ("I1 v1 effort", "I1 is not voted on the scale 'effort'"),
        ("I1 v1 importence", "I1 is not voted on the scale 'importence'. Did you mean 'importance'?"),
    ],
)
def test_columns_that_name_nothing_there_is(sheet: Write, bring: Import, column: str, told: str) -> None:
    answer = bring(sheet([[*HEADER, column], ["W1-V01", 5, 9, 2, 3], ["W1-V02", 5, 9, 2, 3]]), apply=True)
    assert answer.status == 1
    assert told in answer.text
    assert len(answer.content["problems"]) == 1, "a column is told once, not for every voter"


def test_a_form_of_another_workshop_or_round(sheet: Write, bring: Import) -> None:
    about = {"About": [["About this form"], ["workshop", "W2"], ["round", "2"]]}
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2]], more=about), apply=True)
    told = [problem["rule"] for problem in answer.content["problems"]]
    assert told == [
        "the form is of another workshop; you named W1",
        "the form is of another round; you named round 1",
    ]
    assert "Import it with --workshop W2" in answer.text


def test_a_form_of_the_demonstration_never_comes_in(sheet: Write, bring: Import) -> None:
    about = {"About": [["About this form"], ["workshop", "W1"], ["round", "1"], ["synthetic", "true"]]}
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2]], more=about), apply=True)
    assert answer.status == 1
    assert "invented votes never mix with real ones" in answer.text


def test_a_workshop_that_is_not_there(sheet: Write, bring: Import) -> None:
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2]]), workshop="W7")
    assert "column --workshop: has 'W7'; there is no such workshop. The workshops are W1, W2." in answer.text


def test_a_column_too_many_is_left_out_and_told(sheet: Write, bring: Import) -> None:
    answer = bring(sheet([[*HEADER, "Coffee?"], ["W1-V01", 5, 9, 2, "black"]]))
    assert answer.status == 0
    assert "neither for a mark nor for a comment was left out: sheet Votes, column Coffee?" in answer.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 60, "is a picture (PNG), and marks cannot"),
        ("photo.csv", b"\xff\xd8\xff\xe0" + b"\x00" * 60, "is a picture (JPEG)"),
        ("IMG.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 60, "is a picture"),
        ("scan.pdf", b"%PDF-1.7\n" + b"\x00" * 60, "is a PDF document"),
        ("old.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "is a workbook with a password, or an old one"),
        ("empty.csv", b"\xef\xbb\xbf\r\n", "the file is empty"),
        ("words.csv", b"Dear all,\nthank you for the day.\n", "no sheet has a column for the voter"),
        ("~$votes.xlsx", b"\x05Anna" + b"\x00" * 60, "is the mark that Excel leaves beside a workbook"),
        ("broken.xlsx", b"PK\x03\x04 and no more", "the file is damaged"),
    ],
)  # fmt: skip
def test_files_that_are_no_table_of_votes(
    tmp_path: Path, bring: Import, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        bring(tmp_path / name)
    assert told in str(caught.value)


def test_a_workbook_that_is_open_in_excel(sheet: Write, bring: Import) -> None:
    file = sheet([HEADER, ["W1-V01", 5, 9, 2]])
    file.with_name(f"~${file.name}").write_bytes(b"\x04Anna")
    with pytest.raises(EvidenceError, match="is open in Excel, so what was not saved yet is not in the file"):
        bring(file)


def test_a_picture_in_a_workbook_is_no_table(tmp_path: Path, bring: Import) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    image = pytest.importorskip("PIL.Image")
    picture = tmp_path / "sheet.png"
    image.new("RGB", (4, 4)).save(picture)
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].add_image(openpyxl.drawing.image.Image(str(picture)), "A1")
    workbook.save(tmp_path / "photo.xlsx")
    with pytest.raises(EvidenceError, match="holds a picture instead of a table"):
        bring(tmp_path / "photo.xlsx")


def test_a_name_is_no_code(sheet: Write, bring: Import) -> None:
    more = {"Voters": [["voter", "consent_level"], ["Anna Example", 3], ["W1-V08", "yes"]]}
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, 2]], more=more), apply=True)
    told = [problem["rule"] for problem in answer.content["problems"]]
    assert told[0] == "is no code but words, perhaps a name"
    assert told[1] == "the consent level of W1-V08 must be a number from 0 to 6"
