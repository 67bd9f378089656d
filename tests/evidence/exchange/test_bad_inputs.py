"""More than sixty bad inputs: each is refused with what a researcher can act on, or repaired with a report.

`Refused` names where the trouble stands and words of what stands there, what is allowed and how to fix it;
`Repaired` names words of the report and how many segments and codings must still be there.
"""
# ruff: noqa: E501  - one case per line reads like a table

from __future__ import annotations

import contextlib
import io
import runpy
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.report import Finding
from twinbenefits.evidence.problems import EvidenceError

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
TEXT, SENTENCE = MAKE.TEXT, MAKE.SENTENCE
START = TEXT.find(SENTENCE)
END = START + len(SENTENCE)

Maker = Callable[[Path], Path]


@dataclass(frozen=True)
class Refused:
    """What the refusal must say."""

    rule: str
    way_out: str
    place: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    problems: int = 1


@dataclass(frozen=True)
class Repaired:
    """What the report must say, and what must not be lost."""

    told: str
    segments: int
    codings: int


def raw(name: str, content: bytes | str) -> Maker:
    """Return a maker of a file with this content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return make


def csv(*lines: str, name: str = "codings.csv") -> Maker:
    return raw(name, "\n".join(lines) + "\n")


def book(rows: list[list[Any]], sheet: str = "Codings", merged: tuple[str, ...] = ()) -> Maker:
    return lambda folder: MAKE.workbook(folder / "codings.xlsx", {sheet: rows}, merged)


def books(sheets: dict[str, list[list[Any]]]) -> Maker:
    return lambda folder: MAKE.workbook(folder / "codings.xlsx", sheets)


def refi(markup: str, texts: dict[str, Any] | None = None, inner: str = "project.qde") -> Maker:
    return lambda folder: MAKE.qdpx(folder / "study.qdpx", markup, texts, inner)


def archive(name: str, members: dict[str, bytes]) -> Maker:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for member, content in members.items():
            packed.writestr(member, content)
    return raw(name, buffer.getvalue())


def cut(maker: Maker, keep: float) -> Maker:
    """Return a maker of the same file, cut off."""

    def make(folder: Path) -> Path:
        path = maker(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])
        return path

    return make


def locked(maker: Maker) -> Maker:
    """Return a maker of the same archive whose parts claim a password."""

    def make(folder: Path) -> Path:
        path = maker(folder)
        content = bytearray(path.read_bytes())
        place = content.find(b"PK\x01\x02")
        while place >= 0:
            content[place + 8] |= 1
            place = content.find(b"PK\x01\x02", place + 4)
        path.write_bytes(bytes(content))
        return path

    return make


def twice(folder: Path) -> Path:
    path = MAKE.qdpx(folder / "study.qdpx", MAKE.usual())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as packed:
        packed.writestr("sources/A.txt", "another text")
    return path


def qualcoder(**changes: list[dict[str, Any]]) -> Maker:
    return lambda folder: MAKE.database(
        folder / "data.qda", MAKE.QUALCODER, {**MAKE.qualcoder_rows(), **changes}
    )


def damaged_database(folder: Path) -> Path:
    path = MAKE.database(folder / "data.qda", MAKE.QUALCODER, MAKE.qualcoder_rows())
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    path.write_bytes(bytes(content))
    return path


def formatted_error(folder: Path) -> Path:
    path = MAKE.workbook(folder / "codings.xlsx", {"S": [HEADER, ["A", "BE1", "words", "ann"]]})
    opened = openpyxl.load_workbook(path)
    cell = opened["S"]["B2"]
    cell.value, cell.data_type = "#REF!", "e"
    opened.save(path)
    return path


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def folder_without_database(folder: Path) -> Path:
    (folder / "study.qda").mkdir()
    (folder / "study.qda" / "data.qda").write_bytes(b"notes")
    return folder / "study.qda"


HEADER = ["Document", "Code", "Text", "Coder"]
OWN = ["segment", "coder", "code", "status", "strength", "text", "source"]
SEGMENTS = ["segment", "source", "start", "end", "text", "consent_level"]
CODED = MAKE.selection("s1", START, END, MAKE.coding("c1", "BE1", "Ann"))
QDE = MAKE.usual()

CASES: dict[str, tuple[Maker, Refused | Repaired]] = {
    # what the file is
    "no such file": (lambda folder: folder / "nowhere.qdpx", Refused("no such file", "Check the name")),
    "empty file": (raw("study.qdpx", b""), Refused("the file is empty", "copy it again")),
    "blank file": (raw("codings.csv", " \n\n"), Refused("the file is empty", "Export it again")),
    "empty folder": (empty_folder, Refused("neither a QualCoder project", "Name the file itself")),
    "folder of another program": (folder_without_database, Refused("not a database", "again from QualCoder")),
    "old Excel workbook": (raw("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600), Refused("old Excel workbook", "Save a workbook as .xlsx")),
    "binary Excel workbook": (archive("a.xlsx", {"[Content_Types].xml": b"", "xl/workbook.bin": b""}), Refused("binary Excel workbook", "Save it as .xlsx")),
    "Word document": (archive("a.docx", {"[Content_Types].xml": b"", "word/document.xml": b""}), Refused("a Word document", "Export it as a REFI-QDA project")),
    "OpenDocument sheet": (archive("a.ods", {"mimetype": b"x", "content.xml": b""}), Refused("an OpenDocument file", "Export it as")),
    "zip of something else": (archive("a.zip", {"photo.jpg": b"x"}), Refused("a zip archive", "Export it as")),
    "PDF": (raw("a.pdf", b"%PDF-1.7\n" + b"x" * 50), Refused("PDF document", "in NVivo Share")),
    "picture": (raw("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50), Refused("the file is not", "Export it as")),
    "program file": (raw("a.bin", b"\x7fELF\0\0\0" + b"\0" * 50), Refused("the file is not", "Export it as")),
    "bibliography": (raw("a.bib", "@article{A, title = {On}}"), Refused("a bibliography", "Import it as references")),
    "web page": (raw("a.qde", "<html><body/></html>"), Refused("begins with html", "Export it as", value="html")),
    "prose": (raw("a.txt", "Dear colleague,\nplease find attached nothing.\n"), Refused("known column names", "Give the sheet columns", value="Dear colleague")),
    # archives
    "archive cut off": (cut(refi(QDE), 0.5), Refused("the file is damaged", "copy it again")),
    "archive with a password": (locked(refi(QDE)), Refused("protected by a password", "without a password", "part project.qde", problems=2)),
    "archive without a project": (refi(QDE, inner="readme.md"), Refused("a zip archive", "Export it as")),
    "archive with two projects": (archive("a.qdpx", {"one.qde": QDE.encode(), "two.qde": QDE.encode()}), Refused("several project files", "Export one project")),
    "a part that stands there twice": (twice, Refused("stands there twice", "Export it again", "part sources/A.txt")),
    # REFI-QDA
    "markup cut off": (raw("a.qde", QDE[:-40]), Refused("not sound XML from here on", "Export the project again", row=1)),
    "markup with a stray sign": (raw("a.qde", QDE.replace("made", "R&D")), Refused("not well-formed", "do not edit", row=1)),
    "markup in an unknown encoding": (raw("a.qde", QDE.replace("utf-8", "klingon")), Refused("not sound XML", "Export the project again")),
    "markup with a control character": (raw("a.qde", QDE.replace("made", "ma\x0bde")), Refused("not sound XML", "Export the project again", row=1)),
    "two codes of one GUID": (refi(QDE.replace(MAKE.guid("BE2"), MAKE.guid("BE1"))), Refused("two codes (BE1 and BE2) have the same GUID", "new GUID", "code BE2", value=MAKE.guid("BE1"))),
    "codebook without codes": (raw("a.qdc", '<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes/></CodeBook>'), Refused("holds no code", "Export the codebook again")),
    "text that is missing": (refi(QDE, {}), Repaired("positions cannot be resolved", 1, 1)),
    "position that is a word": (refi(MAKE.usual(CODED.replace(f'"{START}"', '"first"'))), Repaired("a position is no whole number", 1, 1)),
    "position that is missing": (refi(MAKE.usual(CODED.replace(f'startPosition="{START}"', ""))), Repaired("a position is no whole number", 1, 1)),
    "position with decimals": (refi(MAKE.usual(CODED.replace(f'"{END}"', f'"{END}.5"'))), Repaired("a position is no whole number", 1, 1)),
    "position behind the text": (refi(MAKE.usual(MAKE.selection("s1", 9000, 9010, MAKE.coding("c1", "BE1")))), Repaired("positions outside the text", 1, 1)),
    "end behind the text": (refi(MAKE.usual(MAKE.selection("s1", START, 9000, MAKE.coding("c1", "BE1")))), Repaired("cut at the text's end", 1, 1)),
    "end before start": (refi(MAKE.usual(MAKE.selection("s1", END, START, MAKE.coding("c1", "BE1")))), Repaired("turned round", 1, 1)),
    "negative position": (refi(MAKE.usual(MAKE.selection("s1", -5, 3, MAKE.coding("c1", "BE1")))), Repaired("positions outside the text", 1, 1)),
    "coding without a code": (refi(MAKE.usual(MAKE.selection("s1", START, END, f'<Coding guid="{MAKE.guid("c1")}"/>'))), Repaired("names no code", 1, 0)),
    "coding of an unknown code": (refi(MAKE.usual(MAKE.selection("s1", START, END, MAKE.coding("c1", "gone")))), Repaired("not in the file's code book", 1, 1)),
    "coding by an unknown user": (refi(MAKE.usual(MAKE.selection("s1", START, END, MAKE.coding("c1", "BE1", "Nobody")))), Repaired("a user who is not listed", 1, 1)),
    "no code book": (refi(MAKE.project(f"<Sources>{MAKE.source('A', CODED)}</Sources>")), Repaired("the file has no code book", 1, 1)),
    "text in another encoding": (refi(QDE, {"A": TEXT.replace("whole", "häle").encode("latin-1")}), Repaired("Windows-1252", 1, 1)),
    "namespace that is missing": (refi(QDE.replace(f' xmlns="{MAKE.SPACE}"', "")), Repaired("1 segments, 1 codings", 1, 1)),
    # databases
    "database that is damaged": (damaged_database, Refused("the database is damaged", "save a copy")),
    "database of another program": (lambda folder: MAKE.database(folder / "a.mx22", ("Documents (id integer)",), {}), Refused("neither of QualCoder nor of Taguette", "MAXQDA offer the same format", value="Documents")),
    "positions that are words in a database": (qualcoder(code_text=[{"ctid": 1, "cid": 1, "fid": 1, "seltext": "nowhere", "pos0": "x", "pos1": None, "owner": "ann"}]), Repaired("does not fit its words", 1, 1)),
    "deleted file in a database": (qualcoder(source=[]), Repaired("deleted were kept under a stand-in", 1, 2)),
    # sheets and CSV: as a whole
    "no column names": (book([["A", "BE1", "words"], ["B", "BE2", "more"]]), Refused("known column names", "text, code, document, coder", value="A, BE1, words")),
    "column names below row ten": (book([*[[f"remark {n}", "x"] for n in range(10)], HEADER, ["A", "BE1", "w", "ann"]]), Refused("first ten rows", "Give the sheet")),
    "empty workbook": (book([]), Refused("known column names", "Give the sheet")),
    "two columns of one name": (book([["Document", "Code", "Code", "Text"], ["A", "BE1", "BE2", "w"]]), Repaired("not known here was left out: Code", 1, 1)),
    "workbook cut off": (cut(book([HEADER, ["A", "BE1", "w", "ann"]]), 0.9), Refused("the file is damaged", "copy it again")),
    "workbook with broken parts": (archive("a.xlsx", {"xl/workbook.xml": b"<workbook"}), Refused("damaged and cannot be read", "let it be repaired")),
    "UTF-16 without its mark": (raw("a.csv", "Document;Code;Text\nA;BE1;w\n".encode("utf-16-le")), Refused("the file is not", "Export it as")),
    "control character": (csv("Document,Code,Text", "A,BE1,w\x07"), Refused("control character", "CSV UTF-8", row=2)),
    "quotation mark not closed": (csv("Document,Code,Text", 'A,BE1,"never closed', "B,BE2,w"), Refused("quotation mark is not closed", "double it", row=2)),
    "row with too many cells": (csv("Document,Code,Text", "A,BE1,one, two, three"), Refused("5 cells, the header has 3", "quotation marks", row=2, value="two |  three")),
    # rows
    "code without a passage": (csv("Document,Code,Text", "A,BE1,w", "A,BE2,"), Refused("needs the passage", "delete the whole row", row=3, column="Text")),
    "passage without a document": (book([HEADER, ["A", "BE1", "w", "ann"], [None, "BE2", "more", "ann"]]), Refused("needs its document", "Fill in the cell", "sheet Codings", 3, "Document")),
    "coding without a coder": (book([OWN, ["S1", "", "BE1", "", "", "w", "A"]]), Refused("needs its coder", "Fill in the cell", "sheet Codings", 2, "coder")),
    "coding without a segment": (book([OWN, ["", "ann", "BE1", "", "", "", "A"]]), Refused("needs the passage", "Fill in", "sheet Codings", 2, "segment")),
    "code without a name": (book([["id", "label", "definition"], ["", "Visible", "Seen"]], "Codebook"), Refused("names the row", "delete the whole row", "sheet Codebook", 2, "id")),
    "the same code twice": (book([["id", "label", "definition"], ["X1", "A", "a"], ["X1", "B", "b"]], "Codebook"), Refused("stands in row 2 already", "a name of its own", "sheet Codebook", 3, "id", "X1")),
    "the same segment twice": (book([SEGMENTS, ["S1", "A", 0, 5, "words", 3], ["S1", "A", 9, 12, "two", 3]], "segments"), Refused("stands in row 2 already", "a name of its own", "sheet segments", 3, "segment", "S1")),
    "a document of two cases": (book([["document", "code", "text", "case"], ["A", "BE1", "w", "K1"], ["A", "BE1", "v", "K2"]]), Refused("belongs to K1 in an earlier row", "Correct one of the two rows", "sheet Codings", 3, "case", "K2")),
    # cells
    "status that is no word of the list": (book([OWN, ["S1", "ann", "BE1", "hoped", 2, "w", "A"]]), Refused("must be one of expected, observed, measured", "Write one of these words", "sheet Codings", 2, "status", "hoped")),
    "status misspelt": (book([OWN, ["S1", "ann", "BE1", "obsreved", 2, "w", "A"]]), Refused("must be one of", "Did you mean 'observed'?", "sheet Codings", 2, "status", "obsreved")),
    "status in capitals": (book([OWN, ["S1", "ann", "BE1", "OBSERVED", 2, "w", "A"]]), Repaired("spelling of the tables", 1, 1)),
    "strength in words": (book([OWN, ["S1", "ann", "BE1", "observed", "strong", "w", "A"]]), Refused("must be a number", "Write digits only", "sheet Codings", 2, "strength", "strong")),
    "strength too great": (book([OWN, ["S1", "ann", "BE1", "observed", 7, "w", "A"]]), Refused("must be at most 3", "Correct the number", "sheet Codings", 2, "strength", "7")),
    "strength with a fraction": (book([OWN, ["S1", "ann", "BE1", "observed", 1.5, "w", "A"]]), Refused("must be a whole number", "digits only", "sheet Codings", 2, "strength", "1.5")),
    "strength with a decimal comma": (csv("segment;coder;code;strength;text;source", "S1;ann;BE1;2,0;w;A"), Repaired("written as the tables have it", 1, 1)),
    "number of two readings": (book([["case", "item", "minutes", "session", "kind", "date", "participants", "language"], ["K1", "", "1,234", "S1", "interview", "2026-03-05", "P1", "fi"]], "sessions"), Refused("can be read as two numbers", "Write 1.234 or 1234", "sheet sessions", 2, "minutes", "1,234")),
    "consent level out of range": (book([SEGMENTS, ["S1", "A", 0, 5, "words", 9]], "segments"), Refused("must be at most 6", "Correct the number", "sheet segments", 2, "consent_level", "9")),
    "day of two readings": (book([["memo", "author", "created", "about", "text", "consent_level"], ["M1", "ann", "3/4/2026", "", "w", 1]], "memos"), Refused("can be read as two days", "Write 2026-04-03 or 2026-03-04", "sheet memos", 2, "created", "3/4/2026")),
    "day that is none": (book([["memo", "author", "created", "about", "text", "consent_level"], ["M1", "ann", "31.2.2026", "", "w", 1]], "memos"), Refused("must be a day", "as in 2026-11-01", "sheet memos", 2, "created", "31.2.2026")),
    "day the Finnish way": (book([[*OWN, "created"], ["S1", "ann", "BE1", "", "", "w", "A", "5.3.2026"]]), Repaired("day.month.year", 1, 1)),
    "several troubles at once": (book([OWN, ["S1", "ann", "BE1", "hoped", 7, "w", "A"], ["S2", "", "BE1", "", "", "w", "A"]]), Refused("must be one of", "Write one of", "sheet Codings", 2, "status", "hoped", problems=3)),
    "formula": (book([HEADER, ["A", "BE1", "=1+1", "ann"]]), Repaired("not calculated: sheet Codings, cell C2", 1, 1)),
    "error value": (formatted_error, Repaired("an error value of Excel was read as text: sheet S, cell B2", 1, 1)),
    "totals below": (book([HEADER, ["A", "BE1", "w", "ann"], ["Total", 1]]), Repaired("a row of totals", 1, 1)),
    "the same coding twice": (book([HEADER, ["A", "BE1", "w", "ann"], ["A", "BE1", "w", "ann"]]), Repaired("kept once: sheet Codings, row 3", 1, 1)),
    "one identifier for two passages": (csv("id,document,tag,content", "1,A,BE1,one", "1,A,BE2,two"), Repaired("told apart: 1", 2, 2)),
    "sheets that disagree": (books({"segments": [SEGMENTS, ["S1", "A", 0, 5, "words", 3]], "codings": [OWN, ["S1", "ann", "BE1", "", "", "other words", "A"]]}), Repaired("says something else of segment S1", 1, 1)),
    "merged cells": (book([HEADER, ["A", "BE1", "w", "ann"], [None, "BE2", "v", "ann"]], merged=("A2:A3",)), Repaired("merged cells were filled", 2, 2)),
    "Latin 1": (raw("a.csv", "Document;Code;Text\nA;BE1;Säästö\n".encode("latin-1")), Repaired("Windows-1252 (Latin 1)", 1, 1)),
    "column that is not known": (csv("Document,Code,Text,Mood", "A,BE1,w,good"), Repaired("left out: Mood", 1, 1)),
    "sheet that is not known": (books({"Codings": [HEADER, ["A", "BE1", "w", "ann"]], "Plan": [["to do"], ["rest"]]}), Repaired("sheet Plan (to do)", 1, 1)),
}  # fmt: skip


def test_there_are_more_than_sixty() -> None:
    assert len(CASES) > 60


@pytest.mark.parametrize("name", [*CASES])
def test_a_bad_input_is_refused_or_repaired(name: str, tmp_path: Path) -> None:
    make, expected = CASES[name]
    path = make(tmp_path)
    if isinstance(expected, Refused):
        with pytest.raises(EvidenceError) as caught:
            read_project(path)
        problem = caught.value.problems[0]
        assert expected.rule in problem.rule
        assert expected.way_out in problem.way_out
        assert problem.file.startswith(path.name)
        assert expected.place in problem.file
        assert (problem.row, problem.column) == (expected.row, expected.column)
        assert expected.value is None or expected.value in (problem.value or "")
        assert len(caught.value.problems) == expected.problems
        assert str(tmp_path) not in str(caught.value), "a message never shows where files stand"
        return
    project, report = read_project(path)
    assert expected.told in str(report)
    assert (len(project.segments), len(project.codings)) == (expected.segments, expected.codings)
    assert project.codings["code"].ne("").all()
    assert project.codings["segment"].isin(project.segments["segment"]).all()
    assert project.codings["coder"].isin(project.coders["coder"]).all()
    assert project.segments["source"].isin(project.sources["source"]).all()
    assert all(isinstance(one, Finding) for one in (*report.tolerated, *report.dropped))


@pytest.mark.parametrize("name", [*CASES])
def test_a_bad_input_is_not_touched(name: str, tmp_path: Path) -> None:
    path = CASES[name][0](tmp_path)
    before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    with contextlib.suppress(EvidenceError):
        read_project(path)
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == before
