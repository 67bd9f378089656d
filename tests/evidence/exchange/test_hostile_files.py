"""Files built to do harm are refused quickly, in little memory, and without touching anything else."""

from __future__ import annotations

import io
import runpy
import sqlite3
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.bibliography import read_works
from twinbenefits.evidence.problems import EvidenceError, Problem

MAKE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "making.py")))
MEBIBYTE = 1024 * 1024
HEADER = ["Document", "Code", "Text"]

Refused = Callable[[Path], tuple[Problem, ...]]


@pytest.fixture
def cheap() -> Callable[[Callable[[], object]], None]:
    """Return a function that holds work to ten seconds and 100 MB."""

    def hold(work: Callable[[], object]) -> None:
        tracemalloc.start()
        begun = time.perf_counter()
        try:
            work()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert time.perf_counter() - begun < 10
        assert peak < 100 * MEBIBYTE

    return hold


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, refused: Refused, cheap: Callable[[Callable[[], object]], None]
) -> None:
    path = MAKE.qdpx(tmp_path / "bomb.qdpx", MAKE.usual())
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("sources/B.txt", "w") as part,
    ):
        for _ in range(300):
            part.write(b"\0" * MEBIBYTE)
    assert path.stat().st_size < MEBIBYTE
    cheap(lambda: refused(path))
    (problem,) = refused(path)
    assert "part sources/B.txt" in problem.file
    assert "would swell to 300 MB" in problem.rule


def test_a_part_of_300_mb_is_refused_unless_it_is_a_recording(
    tmp_path: Path, refused: Refused, cheap: Callable[[Callable[[], object]], None]
) -> None:
    for name, is_refused in (("sources/B.txt", True), ("sources/B.mp4", False)):
        path = MAKE.qdpx(tmp_path / f"{Path(name).suffix}.qdpx", MAKE.usual())
        with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive, archive.open(name, "w") as part:
            for _ in range(300):
                part.write(b"\0" * MEBIBYTE)
        if is_refused:
            cheap(lambda path=path: refused(path))
            assert "300 MB; 200 MB at most" in refused(path)[0].rule
        else:
            cheap(lambda path=path: read_project(path))
            assert "B.mp4" in str(read_project(path)[1])
        path.unlink()


def test_a_part_larger_than_it_claims_is_not_unpacked_whole(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twinbenefits.evidence.exchange import archives

    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(), {"A": "x" * 5000})
    content = path.read_bytes()
    lie = content.replace((5000).to_bytes(4, "little"), (4000).to_bytes(4, "little"))
    path.write_bytes(lie)
    assert "cannot be unpacked" in refused(path)[0].rule
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 1000)
    assert refused(path)


def test_too_much_text_altogether_is_refused(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twinbenefits.evidence.exchange import archives

    monkeypatch.setattr(archives, "TOTAL_LIMIT", MEBIBYTE)
    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(), {"A": MAKE.TEXT, "B": "ab" * MEBIBYTE})
    assert "would unpack to 2 MB of text" in refused(path)[0].rule
    monkeypatch.setattr(archives, "MEMBERS_LIMIT", 2)
    assert "more than 2 parts" in refused(path)[0].rule


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "/etc/evil", "sources/../../evil", "C:\\evil.txt", "sources\\..\\..\\evil", "C:evil"],
)
def test_a_path_that_leaves_its_folder_is_refused(tmp_path: Path, refused: Refused, name: str) -> None:
    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "evil")
    before = {*tmp_path.rglob("*")}
    assert "written outside its folder" in refused(path)[0].rule
    assert {*tmp_path.rglob("*")} == before


def test_links_in_archives_are_refused(tmp_path: Path, refused: Refused) -> None:
    path = MAKE.qdpx(tmp_path / "p.qdpx", MAKE.usual(), {})
    link = zipfile.ZipInfo("sources/A.txt")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "a link to another place" in refused(path)[0].rule


def test_a_link_beside_a_bare_project_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "A.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "project.qde").write_text(MAKE.usual())
    project, _ = read_project(tmp_path / "project.qde")
    assert project.texts == {}


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
)


@pytest.mark.parametrize(
    "declared",
    [
        f"{LAUGHS}]>",
        '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY j SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_entities_are_refused(
    tmp_path: Path,
    refused: Refused,
    declared: str,
    packed: bool,
    cheap: Callable[[Callable[[], object]], None],
) -> None:
    markup = MAKE.usual().replace("?>", f"?>{declared}", 1).replace('name="A"', 'name="&j;"')
    if packed:
        path = MAKE.qdpx(tmp_path / "p.qdpx", markup)
    else:
        path = tmp_path / "p.qde"
        path.write_text(markup)
    cheap(lambda: refused(path))
    said = str(refused(path)[0])
    assert "declares entities" in said or "not sound XML" in said
    assert "root:" not in said


def test_elements_nested_without_end_are_refused(tmp_path: Path, refused: Refused) -> None:
    deep = "<Code guid='1' name='x' isCodable='true'>" * 5000 + "</Code>" * 5000
    (tmp_path / "deep.qde").write_text(MAKE.project(MAKE.codebook(deep)))
    assert "deeper than 100 levels" in refused(tmp_path / "deep.qde")[0].rule


def test_macros_are_left_alone(tmp_path: Path) -> None:
    path = MAKE.workbook(tmp_path / "m.xlsm", {"S": [HEADER, ["A", "BE1", "words"]]})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 macro")
    project, report = read_project(path)
    assert len(project.codings) == 1
    assert "macros; they were not run" in str(report)


def test_merging_a_whole_sheet_is_refused_at_once(
    tmp_path: Path, refused: Refused, cheap: Callable[[Callable[[], object]], None]
) -> None:
    path = MAKE.workbook(tmp_path / "m.xlsx", {"S": [HEADER, ["A", "BE1", "words"]]}, ["A5:B6"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"A5:B6", b"A1:XFD1048576"))
    path.write_bytes(buffer.getvalue())
    cheap(lambda: refused(path))
    assert "cells are merged" in refused(path)[0].rule


def test_entities_in_a_workbook_are_refused(tmp_path: Path, refused: Refused) -> None:
    path = MAKE.workbook(tmp_path / "m.xlsx", {"S": [HEADER, ["A", "BE1", "words"]]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start = content.index(b"<worksheet")
                content = content[:start] + f"{LAUGHS}]>".encode() + content[start:]
            new.writestr(name, content)
    path.write_bytes(buffer.getvalue())
    assert "damaged and cannot be read" in refused(path)[0].rule


def test_links_to_other_workbooks_are_not_opened(tmp_path: Path) -> None:
    rows = [HEADER, ["A", "BE1", "='[http://127.0.0.1:9/x.xlsx]S'!A1"]]
    project, report = read_project(MAKE.workbook(tmp_path / "m.xlsx", {"S": rows}))
    assert project.segments["text"].tolist() == ["='[http://127.0.0.1:9/x.xlsx]S'!A1"]
    assert "not calculated" in str(report)


def test_a_database_whose_tables_are_views_is_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "data.qda"
    connection = sqlite3.connect(path)
    for table in ("code_name", "code_cat", "source"):
        connection.execute(f"CREATE TABLE {table} (id integer)")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS ctid FROM n"
    connection.execute(f"CREATE VIEW code_text AS {endless}")
    connection.commit()
    connection.close()
    assert "neither of QualCoder nor of Taguette" in refused(path)[0].rule


def test_a_bibliography_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret words")
    path = tmp_path / "r.bib"
    path.write_text(f"@article{{A, title = {{\\input{{{tmp_path}/secret.txt}} On}}, year = {{2020}}}}\n")
    try:
        works, _ = read_works(path)
    except EvidenceError:
        return
    assert "secret words" not in str([work.item for work in works])


def test_reading_leaves_a_workbook_as_it_was(tmp_path: Path) -> None:
    path = MAKE.workbook(tmp_path / "m.xlsx", {"S": [HEADER, ["A", "BE1", "words"]]})
    before = path.read_bytes()
    read_project(path)
    assert path.read_bytes() == before
    assert openpyxl.load_workbook(path).sheetnames == ["S"]
