"""Taguette: SQLite with positions in bytes, and the CSV and Excel files that it exports."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.problems import EvidenceError

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))


def test_a_database_is_read_with_its_positions(tmp_path: Path) -> None:
    path = MAKE.database(tmp_path / "t.sqlite3", MAKE.TAGUETTE, MAKE.taguette_rows())
    project, report = read_project(path)
    text = "SäästöWe see the whole line & more."
    assert report.format == "Taguette project"
    assert project.texts == {"A": text}
    start = text.find("whole line")
    assert project.segments[["start", "end", "text"]].values.tolist() == [[start, start + 10, "whole line"]]
    assert project.codings[["coder", "code", "created"]].values.tolist() == [
        ["ann", "BE1", "2026-03-05 10:00:00"]
    ]
    assert report.tolerated == report.problems == ()


def test_a_shifted_highlight_is_found_by_its_words_and_an_untagged_one_is_kept(tmp_path: Path) -> None:
    rows = MAKE.taguette_rows()
    rows["highlights"][0]["start_offset"] = 3
    rows["highlights"].append(
        {"id": 2, "document_id": 1, "start_offset": 0, "end_offset": 9, "snippet": "<h1>Säästö</h1>"}
    )
    project, report = read_project(MAKE.database(tmp_path / "t", MAKE.TAGUETTE, rows))
    assert project.segments["text"].tolist() == ["whole line", "Säästö"]
    assert "found again by its words" in str(report.tolerated)
    assert "without a tag was kept" in str(report.tolerated)


def test_what_cannot_be_placed_is_kept_and_told(tmp_path: Path) -> None:
    rows = MAKE.taguette_rows()
    rows["highlights"][0] |= {"snippet": "<p>never said</p>", "start_offset": "x"}
    rows["highlight_tags"][0]["tag_id"] = 9
    rows["commands"][0]["payload"] = "{broken"
    project, report = read_project(MAKE.database(tmp_path / "t", MAKE.TAGUETTE, rows))
    assert project.codings[["coder", "code"]].values.tolist() == [["unknown", "unknown-9"]]
    assert project.segments["text"].tolist() == ["never said"]
    assert {problem.value for problem in report.problems} >= {"never said"}


def test_several_projects_in_one_database_are_refused_by_name(tmp_path: Path) -> None:
    rows = MAKE.taguette_rows()
    rows["projects"].append({"id": 2, "name": "another", "description": ""})
    path = MAKE.database(tmp_path / "t", MAKE.TAGUETTE, rows)
    with pytest.raises(EvidenceError, match=r"made, another.*2 projects.*export it alone as a SQLite file"):
        read_project(path)


def test_its_csv_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_bytes(
        "id,document,tag,content\r\n1,A,BE1,whole line\r\n1,A,BE2,whole line\r\n2,B,,Säästö\r\n".encode()
    )
    project, report = read_project(tmp_path / "all.csv")
    assert project.segments[["segment", "source", "text"]].values.tolist() == [
        ["1", "A", "whole line"],
        ["2", "B", "Säästö"],
    ]
    assert project.codings["code"].tolist() == ["BE1", "BE2"]
    assert "all codings are by 'unknown'" in str(report.tolerated)
    (tmp_path / "codebook.csv").write_bytes(
        b"tag,parent,description,number of highlights\r\nBE1,,seen,3\r\nBE2,BE1,,0\r\n"
    )
    codes, report = read_project(tmp_path / "codebook.csv")
    assert codes.codes[["code", "parent", "description"]].values.tolist() == [
        ["BE1", "", "seen"],
        ["BE2", "BE1", ""],
    ]
    assert "number of highlights" in str(report.dropped)
