"""A document that holds a synthetic result says so on every page, whatever it says of itself."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

MARK = "contains synthetic demonstration data; literature parts are real"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build of the demonstration publishes; both documents try to switch the mark off."""
    spec = importlib.util.spec_from_file_location("canary_study", Path(__file__).with_name("canary_study.py"))
    assert spec is not None
    assert spec.loader is not None
    study: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["canary_study"] = study
    spec.loader.exec_module(study)
    root = tmp_path_factory.mktemp("marked") / "project"
    study.make_demo(root)
    for name, said in (("paper/index.qmd", '""'), ("slides/workshop-1.qmd", "Draft of spring")):
        path = root / name
        text = path.read_text("utf-8").replace("---\n", f"---\nedition-mark: {said}\n", 1)
        path.write_text(text, "utf-8")
    outcome = subprocess.run(
        [sys.executable, "-m", "twinbenefits", "build", "--engine", "embedded"],
        env={**os.environ, "TWINBENEFITS_ROOT": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return root / "_output" / "public"


def test_pages_slides_and_notebooks_carry_it(output: Path) -> None:
    from lxml import html

    for name, said in {
        "paper/index.html": MARK,
        "slides/workshop-1.html": f"{MARK}; Draft of spring",
        "notebooks/01_canaries.html": MARK,
    }.items():
        (mark,) = html.parse(output / name).getroot().find_class("edition-mark")
        assert " ".join(mark.text_content().split()) == said


def test_every_page_of_the_pdf_carries_it(output: Path) -> None:
    from pypdf import PdfReader

    pages = PdfReader(output / "paper/index.pdf").pages
    assert pages
    for page in pages:
        assert MARK in " ".join(page.extract_text().split())


def test_every_header_of_the_word_file_carries_it(output: Path) -> None:
    from docx import Document

    for section in Document(output / "paper/index.docx").sections:
        assert MARK in "".join(paragraph.text for paragraph in section.header.paragraphs)


def test_every_slide_of_the_presentation_carries_it(output: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO((output / "slides/workshop-1.pptx").read_bytes()))
    slides = [name for name in archive.namelist() if name.startswith("ppt/slides/slide")]
    assert slides
    for name in slides:
        assert f"{MARK}; Draft of spring" in archive.read(name).decode()


def test_what_is_made_from_it_says_so_for_machines_too(output: Path) -> None:
    assert json.loads((output / "manifest.json").read_text("utf-8"))["mark"] == MARK
    results = output.parents[1] / "results/public/01_canaries"
    assert json.loads((results / "values.json").read_text("utf-8"))["rated_first"]["mark"]
    assert all(
        display["mark"] for display in json.loads((results / "displays.json").read_text("utf-8")).values()
    )
    for table in (results / "tables").glob("*.csv"):
        assert "synthetic demonstration data" in table.read_text("utf-8")


def test_a_page_without_synthetic_results_carries_none(output: Path) -> None:
    assert 'edition-mark" role' not in (output / "index.html").read_text("utf-8")
