"""A marked claim reaches every format: the html page carries its id, the team's note is printed."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from twinbenefits.publishing.claims_marks import with_notes, without_claims
from twinbenefits.publishing.render import render

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = ROOT / "tests/data/render/project"
SENTENCE = "The lamps were counted on a Tuesday."


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    shutil.copytree(STAND_IN, folder)
    shutil.copy(ROOT / "_quarto.yml", folder)
    shutil.copytree(ROOT / "_extensions", folder / "_extensions")
    source = folder / "paper/findings.qmd"
    source.write_text(source.read_text("utf-8") + f"\n\n[{SENTENCE}]{{.claim key=C01}} They burn.\n", "utf-8")
    return folder


def text_of(workspace: Path, to: str, suffix: str) -> str:
    out = workspace.parent / f"out{suffix}"
    render(workspace, "paper/index.qmd", to, out, engine="embedded", epoch=1767225600)
    if suffix == ".pdf":
        return " ".join(" ".join(page.extract_text() for page in PdfReader(out).pages).split())
    if suffix == ".docx":
        return zipfile.ZipFile(out).read("word/document.xml").decode()
    return out.read_text("utf-8")


@pytest.mark.parametrize(("to", "suffix"), [("html", ".html"), ("typst", ".pdf"), ("docx", ".docx")])
def test_the_note_is_printed_and_a_sentence_left_out_is_gone(workspace: Path, to: str, suffix: str) -> None:
    source = workspace / "paper/findings.qmd"
    marked = source.read_text("utf-8")
    source.write_text(with_notes(marked, {"C01": "C01: weakened"}), "utf-8")
    noted = text_of(workspace, to, suffix)
    assert SENTENCE in noted
    assert "C01: weakened" in noted
    source.write_text(without_claims(marked, {"C01"}), "utf-8")
    left = text_of(workspace, to, suffix)
    assert "counted on a Tuesday" not in left
    assert "They burn." in left


def test_the_page_carries_the_id_of_the_claim(workspace: Path) -> None:
    assert 'class="claim" data-key="C01"' in text_of(workspace, "html", ".html")
