"""Excel workbooks and CSV files as people keep them: headers anywhere, merged cells, Finnish dialects."""

from __future__ import annotations

import datetime
import runpy
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from twinbenefits.evidence.converting import UnreadableError
from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.cell_rules import Rule, brought_into_form, day_of
from twinbenefits.evidence.exchange.grids import escaped, unescaped

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
ROW = ["Int 1", "BE1", "We see it.", "ann", "2026-03-05"]
HEADER = ["Document", "Code", "Quotation", "Created by", "Created"]


@pytest.mark.parametrize("above", range(10))
def test_column_names_may_stand_in_any_of_the_first_ten_rows(tmp_path: Path, above: int) -> None:
    rows = [*[[f"remark {number}"] for number in range(above)], HEADER, ROW]
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"Export": rows}))
    assert project.codings[["coder", "code", "created"]].values.tolist() == [["ann", "BE1", "2026-03-05"]]
    assert ("above the column names" in str(report)) is bool(above)


def test_sheets_of_several_kinds_make_one_project(tmp_path: Path) -> None:
    sheets = {
        "Koodikirja": [["Koodi", "Kuvaus"], ["BE1", "näkyvyys"], ["BE2", "huolto"]],
        "cases": [["case", "vertical", "note"], ["K1", "telecom", ""]],
        "sessions": [
            ["session", "case", "kind", "date", "minutes", "participants", "language"],
            ["K1-S1", "K1", "interview", datetime.datetime(2026, 3, 5), 60.0, "K1-P1", "fi"],
        ],
        "Haastattelut": [["Dokumentti", "Koodi", "Teksti", "Koodaaja"], ["A", "BE1", "Näemme sen.", "ville"]],
        "Muistiinpanot": [["vapaata tekstiä"], ["jotain"]],
    }
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", sheets))
    assert project.codes[["code", "description"]].values.tolist() == [["BE1", "näkyvyys"], ["BE2", "huolto"]]
    assert project.cases[["case", "vertical"]].values.tolist() == [["K1", "telecom"]]
    assert project.tables["sessions"][["session", "date", "minutes"]].values.tolist() == [
        ["K1-S1", "2026-03-05", "60"]
    ]
    assert project.codings[["coder", "code"]].values.tolist() == [["ville", "BE1"]]
    assert "Muistiinpanot" in str(report.dropped[0])


def test_merged_cells_count_for_every_row_they_cover(tmp_path: Path) -> None:
    rows = [HEADER, ROW, ["", "BE2", "And more.", "ann", ""], ["Int 2", "BE1", "Else.", "bea", ""]]
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"S": rows}, ["A2:A3", "D2:D3"]))
    assert project.segments["source"].tolist() == ["Int 1", "Int 1", "Int 2"]
    assert "merged cells were filled with what they show: sheet S, cells A2:A3" in str(report)


def test_an_export_of_atlas_ti_is_read(tmp_path: Path) -> None:
    header = ["ID", "Quotation Name", "Document", "Document Groups", "Quotation Content", "Comment", "Codes"]
    header += ["Reference", "Density", "Created by", "Modified by", "Created", "Modified"]
    row = ["1:1", "", "1 Int", "", "We see it.", "why?", "BE1\nBE2", "3 - 4", 2, "Ann", "Ann"]
    row += [datetime.datetime(2026, 3, 5, 10, 30), datetime.datetime(2026, 3, 6)]
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"ATLAS.ti Report": [header, row]}))
    assert project.segments[["segment", "source", "text", "place"]].values.tolist() == [
        ["1:1", "1 Int", "We see it.", "3 - 4"]
    ]
    assert project.codings[["coder", "code", "memo", "created"]].values.tolist() == [
        ["Ann", code, "why?", "2026-03-05 10:30:00"] for code in ("BE1", "BE2")
    ]
    assert "several codes in one cell" in str(report)
    assert "Density" in str(report)


def test_an_export_of_maxqda_is_read(tmp_path: Path) -> None:
    header = [
        "Color",
        "Comment",
        "Document group",
        "Document name",
        "Code",
        "Beginning",
        "End",
        "Weight score",
    ]
    header += ["Segment", "Created by", "Created on"]
    row = ["●", "", "Set 1", "Int 1", "Benefits > BE1", 3, 3, 0, "We see the line.", "ann", "2026-03-05"]
    project, _ = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"Coded segments": [header, row]}))
    assert project.segments[["source", "text"]].values.tolist() == [["Int 1", "We see the line."]]
    assert project.segments["start"].isna().all(), "Beginning and End number paragraphs"
    assert project.codings[["coder", "code"]].values.tolist() == [["ann", "Benefits > BE1"]]


def test_a_column_called_segment_may_hold_the_words(tmp_path: Path) -> None:
    rows = [["Interview", "Segment", "Code", "Coder"], ["Int 1", "We see the line.", "BE1", "ann"]]
    project, _ = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert project.segments[["source", "text"]].values.tolist() == [["Int 1", "We see the line."]]
    rows = [["segment", "code", "coder", "source"], ["S1", "BE1", "ann", "Int 1"]]
    project, _ = read_project(MAKE.workbook(tmp_path / "b.xlsx", {"S": rows}))
    assert project.segments[["segment", "source"]].values.tolist() == [["S1", "Int 1"]]


def test_a_code_called_total_is_no_row_of_totals(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("tag,description,number of highlights\nTotal,,3\nBE1,seen,1\n")
    assert read_project(tmp_path / "c.csv")[0].codes["code"].tolist() == ["Total", "BE1"]


def test_formulas_stay_text(tmp_path: Path) -> None:
    rows = [HEADER, ["Int 1", "BE1", '=HYPERLINK("http://x")', "ann", "=TODAY()"]]
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert project.segments["text"].tolist() == ['=HYPERLINK("http://x")']
    assert "not calculated: sheet S, cell C2, sheet S, cell E2" in str(report)


def test_a_hidden_sheet_is_read_and_told(tmp_path: Path) -> None:
    path = MAKE.workbook(tmp_path / "a.xlsx", {"S": [HEADER, ROW], "T": [HEADER, ["Int 2", *ROW[1:]]]})
    book = openpyxl.load_workbook(path)
    book["T"].sheet_state = "veryHidden"
    book.save(path)
    project, report = read_project(path)
    assert len(project.codings) == 2
    assert "hidden sheet" in str(report)


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    path = MAKE.workbook(tmp_path / "a.xlsx", {"S": [HEADER, ROW]})
    book = openpyxl.load_workbook(path)
    book["S"]["XFD1048576"] = "lost"
    book.save(path)
    project, report = read_project(path)
    assert len(project.codings) == 1
    assert "column 512" in str(report)


def test_rows_of_totals_and_twins_are_told(tmp_path: Path) -> None:
    rows = [HEADER, ROW, ROW, ["Yhteensä", 2], ["Int 1", "", "No code.", "ann", ""]]
    project, report = read_project(MAKE.workbook(tmp_path / "a.xlsx", {"S": rows}))
    assert len(project.codings) == 1
    assert len(project.segments) == 2
    assert "totals" in str(report)
    assert "stands in two rows and was kept once" in str(report)
    assert "without a code was kept: sheet S, row 5" in str(report)


FINNISH = "Dokumentti;Koodi;Teksti;Koodaaja;Strength\r\nInt 1;BE1;Säästö 3,5 %;ville;2,0\r\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FINNISH.encode("utf-8"), "parted by semicolons"),
        (b"\xef\xbb\xbf" + FINNISH.encode("utf-8"), "parted by semicolons"),
        (FINNISH.encode("cp1252"), "Windows-1252"),
        (FINNISH.encode("utf-16"), "UTF-16"),
        (b"sep=;\r\n" + FINNISH.encode("utf-8"), "parted by semicolons"),
        (FINNISH.replace("\r\n", "\r").encode("utf-8"), "parted by semicolons"),
        (FINNISH.replace(";", "\t").encode("utf-8"), "parted by tabs"),
        (('"Raportti 5.3.2026"\n\n' + FINNISH).encode("utf-8"), "above the column names"),
    ],
)
def test_csv_in_the_dialects_of_finnish_excel(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    project, report = read_project(tmp_path / "a.csv")
    assert project.segments[["source", "text"]].values.tolist() == [["Int 1", "Säästö 3,5 %"]]
    assert project.codings[["coder", "code", "strength"]].values.tolist() == [["ville", "BE1", "2"]]
    assert said in str(report)


def test_a_semicolon_inside_a_cell_is_no_delimiter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('Document,Code,Text\nA,BE1,"one; two; three"\nB,BE2,"four; five"\n')
    project, _ = read_project(tmp_path / "a.csv")
    assert project.segments["text"].tolist() == ["one; two; three", "four; five"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026-03-05 10:30:00", "2026-03-05"),
        ("2026-03-05T10:30:00Z", "2026-03-05"),
        ("5.3.2026", "2026-03-05"),
        ("05. 03. 2026", "2026-03-05"),
        ("25/03/2026", "2026-03-25"),
        ("03/25/2026 3:45 PM", "2026-03-25"),
        ("4/4/2026", "2026-04-04"),
    ],
)
def test_days_as_text(written: str, day: str) -> None:
    assert day_of(written)[0] == day


@pytest.mark.parametrize(
    "written", ["3/4/2026", "5.3.26", "31.2.2026", "46086", "March 2026", "2026-13-01", ""]
)
def test_days_that_are_none_or_two(written: str) -> None:
    with pytest.raises(UnreadableError):
        day_of(written)


@pytest.mark.parametrize(
    ("written", "rule", "value"),
    [
        ("2,0", Rule("whole"), "2"),
        ("1 234", Rule("whole"), "1234"),
        ("3,75", Rule("decimal"), "3.75"),
        ("Observed", Rule(allowed=("expected", "observed")), "observed"),
        ("case company", Rule(allowed=("case_company",)), "case_company"),
        ("TOSI", Rule("yes or no"), "true"),
    ],
)
def test_cells_are_brought_into_form(written: str, rule: Rule, value: str) -> None:
    assert brought_into_form(written, rule, decimal_comma=True)[0] == value


@pytest.mark.parametrize("text", ["=1+1", "+a", "-b", "@c", "\td", "'=e", "''=f", "plain", "'quoted'", ""])
def test_escaping_keeps_cells_from_being_formulas_and_is_undone(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t"))
