"""The kit of a workshop as it is printed, shown and typed into; read back from the files."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader
from tests.toy_kit import kit_project, make, rows

from twinbenefits.workflow.settings import Settings

A4 = (595, 842)
LEVELS = "0123456"
REGISTER = """Finding,Coherence,Judged as
P04: The more hazardous,serious,Very low: The companies contradict one another.
P06: The larger,not rated,not rated
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path, str]:
    """The second workshop's kit, with decisions before it and two voters."""
    settings = kit_project(tmp_path_factory.mktemp("kit"))
    register = settings.results / "04_managerial_implications" / "tables" / "D22.csv"
    register.parent.mkdir(parents=True)
    register.write_text(REGISTER, "utf-8")
    status, said = make(settings, "W2")
    assert status == 0, said
    return settings, settings.output / "kit" / "W2", said


@pytest.fixture
def folder(made: tuple[Settings, Path, str]) -> Path:
    return made[1]


def words(path: Path) -> str:
    """The text of a PDF with its spaces and line ends made alike."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def slides(path: Path) -> list[str]:
    """The text of each slide."""
    texts = []
    for slide in Presentation(str(path)).slides:
        found = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        tables = [shape.table for shape in slide.shapes if shape.has_table]
        found += [cell.text for table in tables for row in table.rows for cell in row.cells]
        texts.append("\n".join(found))
    return texts


def test_a_kit_has_everything_a_workshop_needs(folder: Path) -> None:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {
        "slides.html", "slides.pptx", "handout.pdf", "facilitator-guide.pdf", "voting-sheet.pdf",
        "information-sheet-en.pdf", "information-sheet-fi.pdf", "consent-form-en.pdf", "consent-form-fi.pdf",
        "capture-form.pdf", "manifest.json", "personal/voting-sheets-personal.pdf",
        *(f"personal/voting-form-round-{number}{end}" for number in (1, 2) for end in (".xlsx", ".csv")),
    }  # fmt: skip


def test_every_sheet_is_a4_tagged_titled_and_marked_as_invented(folder: Path) -> None:
    for path in folder.rglob("*.pdf"):
        reader = PdfReader(path)
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"], path.name
        assert root["/Lang"] == ("fi" if path.stem.endswith("-fi") else "en"), path.name
        assert reader.metadata is not None
        assert reader.metadata.title, path.name
        for page in reader.pages:
            assert (round(page.mediabox.width), round(page.mediabox.height)) == A4, path.name
            assert "contains synthetic demonstration data" in page.extract_text(), path.name


def test_the_handout_has_two_pages_and_the_forms_to_sign_one(folder: Path) -> None:
    pages = {path.stem: len(PdfReader(path).pages) for path in folder.glob("*.pdf")}
    assert pages["handout"] == 2
    assert pages["consent-form-en"] == pages["consent-form-fi"] == 1
    assert pages["voting-sheet"] == 2


@pytest.mark.parametrize(("language", "start"), [("en", "to be filled in:"), ("fi", "täydennetään:")])
def test_consent_is_asked_in_both_languages_for_each_level(folder: Path, language: str, start: str) -> None:
    text = words(folder / f"consent-form-{language}.pdf")
    assert {"en": "Quoted word for word", "fi": "Sanatarkasti lainattuna"}[language] in text
    assert [level for level in LEVELS if f" {level} " in text] == list(LEVELS)
    assert text.count("\u2610") == 2 * len(LEVELS) + 1
    assert text.count(start) == 3


@pytest.mark.parametrize(("language", "start"), [("en", "to be filled in:"), ("fi", "täydennetään:")])
def test_what_the_authors_must_fill_in_is_left_open(
    made: tuple[Settings, Path, str], language: str, start: str
) -> None:
    _, folder, said = made
    assert words(folder / f"information-sheet-{language}.pdf").count(start) == 10
    assert f"information-sheet-{language}.pdf (10)" in said


def test_the_finnish_sheets_say_in_finnish_that_the_data_are_invented(folder: Path) -> None:
    assert "sisältää keksittyä esittelyaineistoa" in words(folder / "consent-form-fi.pdf")
    assert "keksittyä" not in words(folder / "consent-form-en.pdf")


def test_statements_stand_verbatim_on_sheet_handout_and_slides(made: tuple[Settings, Path, str]) -> None:
    settings, folder, _ = made
    standing = {row["item"]: row["statement"] for row in rows(settings.layout.demo / "items.csv")}
    dropped = [row["item"] for row in rows(settings.layout.demo / "decisions.csv") if row["action"] == "drop"]
    earlier = [item for item in dropped if item in standing]
    texts = [words(folder / "voting-sheet.pdf"), words(folder / "handout.pdf")]
    texts += [
        " ".join("\n".join(slides(folder / "slides.pptx")).split()),
        (folder / "slides.html").read_text(),
    ]
    for item, statement in standing.items():
        for text in texts[:2]:
            shown = statement.replace("-", "") in text.replace("-", "").replace("\u2010", "")
            assert shown == (item not in earlier), (item, statement)


def test_a_sheet_offers_every_mark_of_each_scale(made: tuple[Settings, Path, str]) -> None:
    settings, folder, _ = made
    text = words(folder / "voting-sheet.pdf")
    scales = {row["scale"]: row for row in rows(settings.layout.study / "vote_scales.csv")}
    for scale in scales.values():
        assert scale["question"] in text
    marks = " ".join(f"\u2610 {mark}" for mark in range(1, 10))
    assert marks in " ".join(text.replace("\u00a0", " ").split())
    assert text.count("\u2610 not my field") == text.count("wording")


def test_you_said_we_changed_tells_old_words_reason_and_new_words(folder: Path) -> None:
    told = next(text for text in slides(folder / "slides.pptx") if "You said, we changed" in text)
    for part in ("Reworded.", "Dropped.", "where work changes with it", "Several voters said"):
        assert part in told


def test_the_deck_shows_each_finding_with_confidence_question_and_prompt(folder: Path) -> None:
    found = [text for text in slides(folder / "slides.pptx") if text.startswith("Finding ")]
    assert 5 <= len(found) <= 7
    for text in found:
        assert "Confidence: not judged yet" in text
        assert "Open question: W" in text
        assert "Vote now: how much it matters" in text
    (propositions,) = [text for text in slides(folder / "slides.pptx") if text.startswith("Propositions ")]
    assert propositions.count("(confidence: Very low)") == 1
    assert propositions.count("(confidence: not judged yet)") == 1
    assert 12 <= len(slides(folder / "slides.pptx")) <= 25


def test_the_deck_carries_the_day_of_the_workshop(folder: Path) -> None:
    assert "4 July 2026" in slides(folder / "slides.pptx")[0]


def test_the_agenda_fills_the_planned_minutes(folder: Path) -> None:
    text = words(folder / "facilitator-guide.pdf")
    assert "0:00 to 0:15" in text
    assert "to 2:30" in text
    assert "You said, we changed" in text


def test_personal_sheets_carry_a_code_and_nothing_else_about_a_person(
    made: tuple[Settings, Path, str],
) -> None:
    settings, folder, _ = made
    voters = rows(settings.layout.demo / "voters.csv")
    path = folder / "personal/voting-sheets-personal.pdf"
    reader = PdfReader(path)
    assert [entry["/Title"] for entry in reader.outline if isinstance(entry, dict)] == [
        f"Sheet of {row['voter']}" for row in voters
    ]
    text = words(path)
    for row in voters:
        assert text.count(row["voter"]) == 1
        for about in (row["role_group"], row["vertical"]):
            assert about not in text or about in words(folder / "voting-sheet.pdf")
    assert len(reader.pages) % len(voters) == 0


def test_codes_stand_in_their_folder_only(made: tuple[Settings, Path, str]) -> None:
    settings, folder, _ = made
    for row in rows(settings.layout.demo / "voters.csv"):
        for path in folder.glob("*.*"):
            read = words(path) if path.suffix == ".pdf" else path.read_bytes().decode("latin-1")
            assert row["voter"] not in read, path.name


def test_the_form_offers_only_marks_of_the_scale_and_stands_for_its_round(folder: Path) -> None:
    workbook = load_workbook(folder / "personal/voting-form-round-2.xlsx")
    sheet = workbook["Votes"]
    lists = {str(rule.formula1) for rule in sheet.data_validations.dataValidation}
    assert '"1,2,3,4,5,6,7,8,9,not my field"' in lists
    assert '"1,2,3,not my field"' in lists
    text = (folder / "personal/voting-form-round-2.csv").read_text("utf-8-sig")
    assert ["round", "2"] in list(csv.reader(text.splitlines()))


def test_the_manifest_lists_every_file_with_its_checksum(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (manifest["audience"], manifest["evidence"]) == ("workshop", "demo")
    assert "synthetic" in manifest["mark"]
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
