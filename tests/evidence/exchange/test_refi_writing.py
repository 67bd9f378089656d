"""What is written is valid, the same every time, and comes back without a loss."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinbenefits.evidence.exchange import read_project
from twinbenefits.evidence.exchange.project import CORE, Project
from twinbenefits.evidence.exchange.refi_properties import (
    joined_description,
    lines_of,
    properties_of,
    split_description,
)
from twinbenefits.evidence.exchange.refi_structure import codebook_problems, project_problems
from twinbenefits.evidence.exchange.refi_writing import write_codebook, write_project
from twinbenefits.evidence.exchange.study_project import project_of_tables
from twinbenefits.evidence.problems import EvidenceError

FRAMES = ("codes", "sources", "segments", "codings", "coders", "cases", "memos")


def rows(project: Project, frame: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a frame by their identifier, without the GUIDs, which a file adds."""
    key = CORE[frame][0]
    return {
        row[key]: {name: str(cell) for name, cell in row.items() if name != "guid"}
        for row in project.rows(frame)
    }


def filled(some: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return rows without empty cells; a codebook file does not say which columns are empty throughout."""
    return {name: {column: cell for column, cell in row.items() if cell} for name, row in some.items()}


@pytest.fixture(scope="module")
def study(demo: Mapping[str, pd.DataFrame], texts: Mapping[str, str]) -> Project:
    return project_of_tables(demo, texts)


@pytest.fixture(scope="module")
def archive(study: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "study.qdpx"
    write_project(study, path)
    return path


def test_our_own_project_comes_back_without_a_loss(study: Project, archive: Path) -> None:
    again, report = read_project(archive)
    for frame in FRAMES:
        assert rows(again, frame) == rows(study, frame), frame
    assert again.texts == study.texts
    assert again.tables["assignments"].equals(study.tables["assignments"])
    assert report.dropped == ()
    assert report.problems == ()


def test_our_own_project_comes_back_without_its_texts_too(
    demo: Mapping[str, pd.DataFrame], study: Project, tmp_path: Path
) -> None:
    write_project(project_of_tables(demo), tmp_path / "blank.qdpx")
    again, _ = read_project(tmp_path / "blank.qdpx")
    for frame in FRAMES:
        assert rows(again, frame) == rows(study, frame), frame


def test_codes_come_back_by_the_codebook_alone(study: Project, tmp_path: Path) -> None:
    write_codebook(study, tmp_path / "codes.qdc")
    again, _ = read_project(tmp_path / "codes.qdc")
    assert filled(rows(again, "codes")) == filled(rows(study, "codes"))


def test_invented_rows_stay_marked_on_the_way(archive: Path) -> None:
    again, _ = read_project(archive)
    for frame in ("sources", "segments", "codings", "coders", "cases"):
        assert {*again.frame(frame)["synthetic"]} == {"true"}, frame
    assert again.is_synthetic
    with zipfile.ZipFile(archive) as content:
        assert b"<Description>Contains synthetic demonstration data" in content.read("project.qde")


def test_equal_projects_give_equal_bytes(study: Project, archive: Path, tmp_path: Path) -> None:
    write_project(study, tmp_path / "again.qdpx")
    assert (tmp_path / "again.qdpx").read_bytes() == archive.read_bytes()
    assert write_project(study, tmp_path / "again.qdpx") is False, "an unchanged file is not written again"


def test_a_written_project_is_valid_by_the_schema(root: Path, archive: Path) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    schema = root.parent / "shared" / "fixtures" / "refi-qda" / "Project.xsd"
    if not schema.is_file():
        pytest.skip("the schema of the standard is not beside this project")
    with zipfile.ZipFile(archive) as content, content.open("project.qde") as markup:
        xmlschema.XMLSchema(str(schema)).validate(markup)


def test_a_written_codebook_is_valid_by_the_schema(root: Path, study: Project, tmp_path: Path) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    schema = root.parent / "shared" / "fixtures" / "refi-qda" / "Codebook.xsd"
    if not schema.is_file():
        pytest.skip("the schema of the standard is not beside this project")
    write_codebook(study, tmp_path / "codes.qdc")
    xmlschema.XMLSchema(str(schema)).validate(str(tmp_path / "codes.qdc"))


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ("<CodeRef ", "<CodRef ", "not an element of the standard"),
        ('isCodable="true"', 'isCodable="maybe"', "must be of the kind yes_no"),
        ("<Sources>", "<Sources><NoteRef targetGUID='x'/>", "may not hold this element"),
        (' startPosition="', ' start="', "must have this attribute"),
        ("<User guid=", "<User gid=", "may not have this attribute"),
        ("<Users>", "<Users/><Users>", "may hold this element once"),
    ],
)
def test_the_check_without_the_schema_finds_what_is_wrong(
    archive: Path, find: str, put: str, said: str
) -> None:
    with zipfile.ZipFile(archive) as content:
        members = {name: content.read(name) for name in content.namelist()}
    markup = members["project.qde"].decode()
    assert project_problems(markup.encode(), members, "x") == []
    broken = markup.replace(find, put, 1)
    assert broken != markup
    assert said in " ".join(str(one) for one in project_problems(broken.encode(), members, "x"))


def test_the_check_finds_references_that_lead_nowhere_and_passages_outside(archive: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        members = {name: content.read(name) for name in content.namelist()}
    markup = members.pop("project.qde")
    gone = markup.replace(
        b'<CodeRef targetGUID="', b'<CodeRef targetGUID="00000000-0000-0000-0000-000000000000" x="', 1
    )
    assert project_problems(gone, members, "x"), "an element with a stray attribute is refused"
    without = markup.replace(b"<Cases>", b"<Cases>\n", 1)
    shorter = {name: text[:50] for name, text in members.items()}
    said = " ".join(str(one) for one in project_problems(without, shorter, "x"))
    assert "must lie within the text of 50 characters" in said
    assert "must have its text" in " ".join(str(one) for one in project_problems(markup, {}, "x"))


def test_the_check_finds_a_codebook_in_the_wrong_order(study: Project, tmp_path: Path) -> None:
    write_codebook(study, tmp_path / "codes.qdc")
    markup = (tmp_path / "codes.qdc").read_bytes()
    assert codebook_problems(markup, "x") == []
    moved = markup.replace(b"</Description>", b"</Description><Code guid='1' name='x' isCodable='true'/>", 1)
    moved = moved.replace(b"<Description>", b"<Description/><Description>", 1)
    assert "may hold this element once" in " ".join(str(one) for one in codebook_problems(moved, "x"))


def test_what_cannot_be_said_in_the_standard_is_refused(study: Project, tmp_path: Path) -> None:
    far = study.segments.assign(end=study.segments["end"] + 100_000)
    with pytest.raises(EvidenceError, match="must lie within the text"):
        write_project(replace(study, segments=far), tmp_path / "far.qdpx")
    lost = study.codings.assign(code="not a code")
    with pytest.raises(EvidenceError, match=r"must be of the kind guid|must refer to a Code"):
        write_project(replace(study, codings=lost), tmp_path / "lost.qdpx")
    orphan = study.codes.assign(parent="nobody")
    with pytest.raises(EvidenceError, match="must be a code of the project"):
        write_codebook(replace(study, codes=orphan), tmp_path / "orphan.qdc")
    bell = study.codes.assign(name="rings \x07")
    with pytest.raises(EvidenceError, match="cannot be written to XML"):
        write_codebook(replace(study, codes=bell), tmp_path / "bell.qdc")
    assert [*tmp_path.iterdir()] == [], "nothing half-written is left"


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff\ufeff"),
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=WORDS.filter(str.strip),
    names=st.lists(WORDS, min_size=3, max_size=3),
    span=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_any_words_come_back(tmp_path: Path, text: str, names: list[str], span: tuple[int, int]) -> None:
    from twinbenefits.evidence.exchange.positions import composed

    text = composed(text)
    start, end = sorted(min(place, len(text)) for place in span)
    codes = [
        {"code": f"C{place}", "name": f"C{place}", "description": name} for place, name in enumerate(names)
    ]
    project = Project.of(
        "any",
        {
            "codes": [{**code, "codable": "yes"} for code in codes],
            "sources": [{"source": "A", "title": "A", "kind": "text", "characters": len(text)}],
            "segments": [
                {"segment": "S1", "source": "A", "start": start, "end": end, "text": text[start:end]}
                | {"medium": "text", "first_order": names[0], "speaker": names[1].strip()}
            ],
            "codings": [
                {"coding": "G1", "segment": "S1", "coder": "ann", "code": "C0", "created": "2026-01-01"}
            ],
            "coders": [{"coder": "ann", "name": "ann", "note": names[2]}],
        },
        {"A": text},
    )
    write_project(project, tmp_path / "any.qdpx")
    again, _ = read_project(tmp_path / "any.qdpx")
    for frame in FRAMES:
        assert rows(again, frame) == rows(project, frame), frame
    assert again.texts == project.texts


@given(
    st.dictionaries(st.sampled_from(["speaker", "note", "first_order"]), st.text(max_size=40).filter(bool))
)
def test_any_properties_come_back(properties: dict[str, str]) -> None:
    assert properties_of(lines_of(properties)) == properties
    description, known = split_description(joined_description("What it means.", properties))
    assert (description, known) == ("What it means.", properties)
