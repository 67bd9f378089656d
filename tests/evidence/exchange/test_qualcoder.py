"""QualCoder projects: folder, bare database, or a zip of the folder."""

from __future__ import annotations

import runpy
import shutil
import sqlite3
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.problems import EvidenceError

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
TEXT, SENTENCE = MAKE.TEXT, MAKE.SENTENCE
START = TEXT.find(SENTENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    MAKE.database(tmp_path / "study.qda" / "data.qda", MAKE.QUALCODER, MAKE.qualcoder_rows())
    return tmp_path / "study.qda"


def test_a_project_folder_is_read(folder: Path) -> None:
    project, report = read_project(folder)
    assert report.format == "QualCoder project"
    assert project.codes[["code", "parent", "codable"]].values.tolist() == [
        ["Benefits", "", "no"],
        ["BE1", "Benefits", "yes"],
        ["BE2", "", "yes"],
    ]
    assert project.segments[["source", "start", "end", "text"]].values.tolist() == [
        ["A", START, START + len(SENTENCE), SENTENCE]
    ], "two coders at one place share a segment"
    assert project.codings[["coder", "code"]].values.tolist() == [["ann", "BE1"], ["bea", "BE2"]]
    assert project.cases[["case", "sources", "size"]].values.tolist() == [["K1", "A", "large"]]
    assert project.memos["text"].tolist() == ["We began.", "who?"]
    assert project.texts == {"A": TEXT}


def test_the_database_alone_and_a_zip_of_the_folder_say_the_same(folder: Path, tmp_path: Path) -> None:
    bare = shutil.copy(folder / "data.qda", tmp_path / "alone.sqlite")
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        archive.write(folder / "data.qda", "study.qda/data.qda")
    expected = read_project(folder)[0]
    for path in (bare, tmp_path / "sent.zip"):
        project, _ = read_project(path)
        for frame in expected.counts:
            assert project.frame(frame).equals(expected.frame(frame)), frame


def test_nothing_is_written_beside_the_database(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    read_project(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def changed(folder: Path, *statements: str) -> Path:
    connection = sqlite3.connect(folder / "data.qda")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return folder


def test_positions_in_utf_16_are_noticed_by_the_words(tmp_path: Path) -> None:
    text = "🙂 " + TEXT
    made = MAKE.qualcoder_rows(text)
    for row in made["code_text"]:
        row["pos0"], row["pos1"] = int(str(row["pos0"])) + 1, int(str(row["pos1"])) + 1
    MAKE.database(tmp_path / "data.qda", MAKE.QUALCODER, made)
    project, report = read_project(tmp_path / "data.qda")
    assert project.segments["text"].tolist() == [SENTENCE]
    assert "beyond the basic plane" in str(report.tolerated)


def test_a_shifted_passage_is_found_again_by_its_words(folder: Path) -> None:
    path = changed(folder, "UPDATE code_text SET pos0 = pos0 + 40, pos1 = pos1 + 40 WHERE ctid = 2")
    project, report = read_project(path)
    assert {*project.segments["start"]} == {START}
    assert "found again by its words" in str(report.tolerated)


def test_a_passage_that_is_not_in_its_text_is_kept_and_told(folder: Path) -> None:
    path = changed(folder, "UPDATE code_text SET seltext = 'never said' WHERE ctid = 2")
    project, report = read_project(path)
    assert len(project.codings) == 2
    assert "never said" in project.segments["text"].tolist()
    assert report.problems[0].value == "never said"


def test_what_points_nowhere_is_kept_under_a_stand_in(folder: Path) -> None:
    path = changed(
        folder,
        "UPDATE code_text SET cid = 99, owner = NULL WHERE ctid = 1",
        "UPDATE code_text SET fid = 77 WHERE ctid = 2",
    )
    project, report = read_project(path)
    assert project.codings[["coder", "code"]].values.tolist() == [["unknown", "unknown-99"], ["bea", "BE2"]]
    assert "deleted-77" in project.sources["source"].tolist()
    assert "unknown-99" in str(report.problems)


def test_pictures_and_recordings_have_a_place(folder: Path) -> None:
    path = changed(
        folder,
        "INSERT INTO source (id, name, mediapath) VALUES (2, 'B.jpg', '/images/B.jpg'), (3, 'C', '/audio/C')",
        "INSERT INTO code_image (id, x1, y1, width, height, cid, owner) VALUES (2, 1, 2, 3, 4, 1, 'ann')",
        "INSERT INTO code_av (id, pos0, pos1, cid, owner) VALUES (3, 1000, 2000, 2, 'bea')",
    )
    project, _ = read_project(path)
    places = project.segments.set_index("medium")["place"]
    assert places["picture"] == "x1 1, y1 2, width 3, height 4"
    assert places["audio"] == "pos0 1000, pos1 2000"
    assert len(project.codings) == 4
    assert project.sources.set_index("source")["kind"].to_dict() == {
        "A": "text",
        "B.jpg": "picture",
        "C": "audio",
    }


def test_a_project_that_is_open_elsewhere_is_refused(folder: Path) -> None:
    (folder / "data.qda-wal").write_bytes(b"latest changes")
    with pytest.raises(EvidenceError, match=r"open in its program.*Close the program"):
        read_project(folder)


def test_an_older_database_without_some_tables_and_columns_is_read(tmp_path: Path) -> None:
    schema = [table for table in MAKE.QUALCODER if not table.startswith(("code_av", "journal", "annotation"))]
    rows = {
        name: some for name, some in MAKE.qualcoder_rows().items() if name not in ("journal", "annotation")
    }
    MAKE.database(tmp_path / "data.qda", schema, rows)
    assert len(read_project(tmp_path / "data.qda")[0].codings) == 2
