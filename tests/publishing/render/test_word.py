"""The paper as a Word file, read back from disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from twinbenefits.publishing.render import render


@pytest.fixture(scope="module")
def word(rendered: Callable[[str, str], Path]) -> Any:
    return Document(str(rendered("paper/index.qmd", "docx")))


def text_of(document: Any) -> str:
    return "\n".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


def test_references_and_values_are_filled_in(word: Any) -> None:
    text = text_of(word).replace("\n", "").replace("\u00a0", " ")
    assert "The rest is in Section 2, Table 1 and Figure 1" in text
    assert "the deck says 45. Of them 58 % have a name" in text
    assert "[not yet identified]" in text
    assert "Only Word shows this sentence." in text
    assert "Only the page shows" not in text


def test_every_picture_has_its_description(word: Any) -> None:
    described = [node.get("descr") for node in word.element.body.iter(qn("wp:docPr"))]
    assert len(described) == 3
    assert "Three horizontal bars: Amber with twelve names, Blue with seven, Copper with none." in described
    assert all(described)


def test_tables_are_ruled_fill_the_width_and_repeat_their_header(word: Any) -> None:
    tables = [table for table in word.tables if table.style.name == "Table"]
    assert len(tables) == 3  # the two panels stand in a table without rules
    for table in tables:
        first = table.rows[0]._tr
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    borders = tables[0].style.element.find(qn("w:tblPr")).find(qn("w:tblBorders"))
    assert {border.tag.split("}")[1] for border in borders} == {"top", "bottom", "insideH"}
    portrait, landscape = (widths(tables[n]) for n in (1, 2))
    assert sum(portrait) == pytest.approx(16 / 2.54 * 1440, abs=10)
    assert sum(landscape) == pytest.approx(24.7 / 2.54 * 1440, abs=10)


def widths(table: Any) -> list[int]:
    cells = table.rows[0]._tr.findall(qn("w:tc"))
    return [int(cell.tcPr.find(qn("w:tcW")).get(qn("w:w"))) for cell in cells]


def test_a_short_table_is_kept_together_and_a_long_one_may_break(word: Any) -> None:
    short, long, _ = (table for table in word.tables if table.style.name == "Table")
    kept = [[cell.paragraphs[0].paragraph_format.keep_with_next for cell in row.cells] for row in short.rows]
    assert all(all(row) for row in kept[:-1])
    assert not any(kept[-1])
    assert not any(cell.paragraphs[0].paragraph_format.keep_with_next for cell in long.rows[5].cells)


def test_contents_are_listed_with_links_before_any_field_is_updated(word: Any) -> None:
    entries = [
        p
        for p in word.element.body.iter(qn("w:p"))
        if style_of(p).startswith("TOC") and "Heading" not in style_of(p)
    ]
    said = ["".join(node.text or "" for node in entry.iter(qn("w:t"))) for entry in entries]
    assert said[:3] == ["1\u2002Introduction", "2\u2002Findings", "2.1\u2002Elements"]
    assert said[-1] == "References"
    anchors = [link.get(qn("w:anchor")) for entry in entries for link in entry.iter(qn("w:hyperlink"))]
    bookmarks = {mark.get(qn("w:name")) for mark in word.element.body.iter(qn("w:bookmarkStart"))}
    assert len(anchors) == len(entries)
    assert set(anchors) <= bookmarks


def test_contents_stop_at_the_depth_that_was_asked_for(workspace: Path) -> None:
    source = workspace / "paper" / "index.qmd"
    source.write_text(source.read_text("utf-8").replace("docx: default", "docx:\n    toc-depth: 1"), "utf-8")
    out = render(workspace, "paper/index.qmd", "docx", workspace / "x.docx", engine="embedded", epoch=0)
    body = Document(str(out)).element.body
    assert {style_of(p) for p in body.iter(qn("w:p")) if style_of(p).startswith("TOC")} == {
        "TOCHeading",
        "TOC1",
    }


def style_of(paragraph: Any) -> str:
    style = paragraph.find(qn("w:pPr") + "/" + qn("w:pStyle"))
    return "" if style is None else style.get(qn("w:val"))


def test_title_comes_first_and_contents_follow_the_abstract(word: Any) -> None:
    styles = [paragraph.style.name for paragraph in word.paragraphs[:9]]
    assert styles[:6] == ["Title", "Subtitle", "Author", "Date", "Affiliation", "Affiliation"]
    body = list(word.element.body)
    contents = next(n for n, node in enumerate(body) if node.tag == qn("w:sdt"))
    abstract = next(n for n, node in enumerate(body) if style_of(node) == "Abstract")
    introduction = next(n for n, node in enumerate(body) if style_of(node) == "Heading1")
    assert abstract < contents < introduction


def test_properties_hold_plain_names_and_no_path(rendered: Callable[[str, str], Path], word: Any) -> None:
    assert word.core_properties.author == "Ada Quill; Boris Tern"
    assert word.core_properties.title == "The lamps of small harbours: a stand-in paper"
    with zipfile.ZipFile(rendered("paper/index.qmd", "docx")) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8", "ignore")
            assert not re.search(r"/(tmp|home|var|Users)/|_staged|\.bib|\.yaml", text), name


LANDSCAPE = "::: {.landscape}\n\n| A | B |\n|:--|:--|\n| 1 | 2 |\n\n:::\n"


@pytest.mark.parametrize(
    ("body", "turned"),
    [
        ("Before.\n\n" + LANDSCAPE + "\nAfter.\n", [False, True, False]),
        ("Before.\n\n" + LANDSCAPE, [False, True]),
        ("Before.\n\n" + LANDSCAPE + "\n" + LANDSCAPE + "\nAfter.\n", [False, True, True, False]),
        (LANDSCAPE + "\nAfter.\n", [False, True, False]),
    ],
    ids=["in the middle", "at the end", "twice in a row", "at the start"],
)
def test_turned_pages_leave_no_empty_page(workspace: Path, body: str, turned: list[bool]) -> None:
    source = workspace / "paper" / "x.qmd"
    source.write_text(f"---\ntitle: T\nformat: docx\n---\n\n{body}", "utf-8")
    out = render(workspace, "paper/x.qmd", "docx", workspace / "x.docx", engine="embedded", epoch=0)
    document = Document(str(out))
    assert [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections] == turned
    for section, wide in zip(document.sections, turned, strict=True):
        assert (section.page_width > section.page_height) is wide
        assert section.footer.paragraphs[0].style.name == "Page Number"


def test_an_editions_mark_stands_in_the_header_of_every_section(marked: Callable[[str, str], Path]) -> None:
    document = Document(str(marked("paper/index.qmd", "docx")))
    assert len(document.sections) == 3
    assert {section.header.paragraphs[0].text for section in document.sections} == {"Made of invented lamps"}


def test_without_a_mark_the_header_is_empty(word: Any) -> None:
    assert {section.header.paragraphs[0].text for section in word.sections} == {""}
