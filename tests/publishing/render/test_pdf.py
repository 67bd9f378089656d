"""The paper as PDF, read back from disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from twinbenefits.publishing.render import RenderError, render


@pytest.fixture(scope="module")
def reader(rendered: Callable[[str, str], Path]) -> PdfReader:
    return PdfReader(rendered("paper/index.qmd", "typst"))


@pytest.fixture(scope="module")
def pages(reader: PdfReader) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text().replace("\u00a0", " ")) for page in reader.pages]


def test_the_file_declares_and_carries_the_accessible_structure(reader: PdfReader) -> None:
    catalog = reader.root_object
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert "/StructTreeRoot" in catalog
    metadata = catalog["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part[^0-9]*1", metadata)


def test_title_authors_and_words_are_in_the_properties(reader: PdfReader) -> None:
    assert reader.metadata.title == "The lamps of small harbours: a stand-in paper"
    assert reader.metadata.author == "Ada Quill, Boris Tern"
    assert "lamp" in reader.metadata["/Keywords"]
    assert str(reader.metadata.creation_date).startswith("2026-01-01 00:00:00")


def alternatives(reader: PdfReader) -> list[str]:
    objects = (reader.get_object(number) for number in range(1, reader.trailer["/Size"]))
    found = [item["/Alt"] for item in objects if isinstance(item, dict) and "/Alt" in item]
    return [str(text) for text in found]


def test_figures_and_equations_have_alternative_texts(reader: PdfReader) -> None:
    texts = alternatives(reader)
    assert "Three horizontal bars: Amber with twelve names, Blue with seven, Copper with none." in texts
    assert any("frac" in text for text in texts)
    assert len(texts) >= 5


def test_references_and_values_are_filled_in(pages: list[str]) -> None:
    text = " ".join(pages)
    assert "The rest is in Section 2, Table 1 and Figure 1" in text
    assert "the deck says 45. Of them 58 % have a name" in text
    assert "[not yet identified]" in text
    assert "Only the page shows" not in text
    assert "Every format but the page shows this sentence." in text


def test_the_header_row_of_a_long_table_is_repeated(pages: list[str]) -> None:
    rows = [page for page in pages if re.search(r"Harbour \d+", page)]
    assert len(rows) >= 3
    assert all("Finding as it was told" in page for page in rows)


def test_one_page_is_turned_and_none_is_empty(reader: PdfReader, pages: list[str]) -> None:
    turned = [float(page.mediabox.width) > float(page.mediabox.height) for page in reader.pages]
    assert sum(turned) == 1
    assert "A wide table" in pages[turned.index(True)]
    assert min(len(page) for page in pages) > 80


def test_an_editions_mark_stands_on_every_page(marked: Callable[[str, str], Path]) -> None:
    pages = PdfReader(marked("paper/index.qmd", "typst")).pages
    assert len(pages) >= 6
    assert all("Made of invented lamps" in page.extract_text() for page in pages)


def test_what_typst_refuses_is_told_in_plain_words(workspace: Path) -> None:
    template = workspace / "_extensions" / "compendium" / "typst-template.typ"
    template.write_text(
        template.read_text("utf-8").replace("set document(title: title,", "set document("), "utf-8"
    )
    out = workspace / "out" / "paper.pdf"
    with pytest.raises(RenderError, match=r"missing document title.*accessible PDF"):
        render(workspace, "paper/index.qmd", "typst", out, engine="embedded", epoch=0)
    assert not out.exists()


def test_documents_read_images_of_the_workspace_only(workspace: Path) -> None:
    (workspace.parent / "outside.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    source = workspace / "paper" / "x.qmd"
    source.write_text(
        '---\ntitle: T\nformat: typst\n---\n\n![A](../../outside){fig-alt="B"}\n', encoding="utf-8"
    )
    with pytest.raises(RenderError, match=r"x\.qmd, line 6.*outside the project"):
        render(workspace, "paper/x.qmd", "typst", workspace / "x.pdf", engine="embedded", epoch=0)
