"""A marked claim in every format: its address in pages, the team's note, the sentence that is left out."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from twinbenefits.publishing.claims_marks import CLAIMS_FILE, EVIDENCE_PAGE, staged_claims
from twinbenefits.publishing.render import render
from twinbenefits.publishing.render.faults import RenderError

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = ROOT / "tests/data/render/project"
FORMATS = [("html", ".html"), ("typst", ".pdf"), ("docx", ".docx")]
MARKED = """

[The lamps were counted on a Tuesday.]{.claim key=C01} They burn.

- [The lamps of the item are out.]{.claim key=C01}
- An item stays.

[The lamps of the paragraph are out.]{.claim key=C01}

[Nobody counted [the lamps on Friday]{.claim key=C01}.]{.claim key=C02}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    shutil.copytree(STAND_IN, folder)
    shutil.copy(ROOT / "_quarto.yml", folder)
    shutil.copytree(ROOT / "_extensions", folder / "_extensions")
    source = folder / "paper/findings.qmd"
    source.write_text(source.read_text("utf-8") + MARKED, "utf-8")
    return folder


def tell(workspace: Path, content: str) -> None:
    (workspace / "_staged" / CLAIMS_FILE).write_text(content, "utf-8")


def rendered(workspace: Path, to: str, suffix: str) -> Path:
    out = workspace.parent / f"out{suffix}"
    return render(workspace, "paper/index.qmd", to, out, engine="embedded", epoch=1767225600)


def text_of(file: Path) -> str:
    if file.suffix == ".pdf":
        return " ".join(" ".join(page.extract_text() for page in PdfReader(file).pages).split())
    if file.suffix == ".docx":
        archive = zipfile.ZipFile(file)
        parts = [name for name in ("word/document.xml", "word/comments.xml") if name in archive.namelist()]
        return re.sub(r"<[^>]+>", "", " ".join(archive.read(name).decode() for name in parts))
    return re.sub(r"\s+", " ", file.read_text("utf-8"))


@pytest.mark.parametrize(("to", "suffix"), FORMATS)
def test_the_note_is_printed(workspace: Path, to: str, suffix: str) -> None:
    tell(workspace, staged_claims({"C01": "C01: weakened"}, []))
    noted = text_of(rendered(workspace, to, suffix))
    assert "counted on a Tuesday" in noted
    assert noted.count("C01: weakened") == 4


@pytest.mark.parametrize(("to", "suffix"), FORMATS)
def test_a_sentence_left_out_is_gone_with_what_held_nothing_else(
    workspace: Path, to: str, suffix: str
) -> None:
    tell(workspace, staged_claims({}, ["C01"]))
    left = text_of(rendered(workspace, to, suffix))
    for gone in ("counted on a Tuesday", "of the item", "of the paragraph", "on Friday", "claim-C01"):
        assert gone not in left
    assert "They burn." in left
    assert "An item stays." in left


def test_no_empty_paragraph_or_item_is_left(workspace: Path) -> None:
    tell(workspace, staged_claims({}, ["C01"]))
    page = rendered(workspace, "html", ".html").read_text("utf-8")
    assert not re.search(r"<(p|li)>\s*</\1>", page)
    assert re.search(r"<p>They burn\.</p>\s*<ul>\s*<li>An item stays\.</li>\s*</ul>", page)


def test_every_sentence_has_an_address_and_leads_to_the_page_of_evidence(workspace: Path) -> None:
    tell(workspace, staged_claims({}, [], EVIDENCE_PAGE))
    page = text_of(rendered(workspace, "html", ".html"))
    for address in ("claim-C01", "claim-C01-2", "claim-C01-3", "claim-C01-4", "claim-C02"):
        assert page.count(f'id="{address}"') == 1
    assert page.count('href="../evidence/index.html#C01"') == 4
    assert 'aria-label="What claim C02 rests on"' in page
    tell(workspace, staged_claims({}, []))
    assert "claim-link" not in text_of(rendered(workspace, "html", ".html")).partition("<body")[2]


def test_word_shows_the_note_as_a_comment_on_the_sentence(workspace: Path) -> None:
    tell(workspace, staged_claims({"C02": "C02: holds"}, ["C01"]))
    archive = zipfile.ZipFile(rendered(workspace, "docx", ".docx"))
    said = archive.read("word/comments.xml").decode()
    assert said.count("<w:comment ") == 1
    assert 'w:date="2026-01-01T00:00:00Z"' in said
    assert "C02: holds" not in archive.read("word/document.xml").decode()


def test_a_marked_document_is_not_made_before_staging_has_said_what_is_left_out(workspace: Path) -> None:
    with pytest.raises(RenderError, match=r"claims\.json is missing"):
        rendered(workspace, "html", ".html")
