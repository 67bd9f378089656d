"""The slides as a PowerPoint file, read back from disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER

from twinbenefits.publishing.render import RenderError, render

FOOTERS = {PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE}


@pytest.fixture(scope="module")
def deck(rendered: Callable[[str, str], Path]) -> Any:
    return Presentation(str(rendered("slides/workshop-1.qmd", "pptx")))


def test_the_slides_are_wide(deck: Any) -> None:
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9)


def test_every_slide_has_a_title(deck: Any) -> None:
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles == [
        "The lamps of small harbours", "What we ask today", "Names per group", "What the groups are called",
        "Two columns", "A part of its own", "A table with many rows", "A remark", "References",
    ]  # fmt: skip


def kind(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def test_every_slide_but_the_first_has_its_number(deck: Any) -> None:
    numbers = [
        [shape.text_frame.text for shape in slide.shapes if kind(shape) == PP_PLACEHOLDER.SLIDE_NUMBER]
        for slide in deck.slides
    ]
    assert numbers == [[]] + [[str(number)] for number in range(2, len(deck.slides) + 1)]


def test_nothing_lies_over_anything_else_or_leaves_the_slide(deck: Any) -> None:
    for slide in deck.slides:
        boxes = [
            (shape.left, shape.top, shape.left + shape.width, shape.top + shape.height)
            for shape in slide.shapes
            if kind(shape) not in FOOTERS
        ]
        for left, top, right, bottom in boxes:
            assert left >= 0
            assert top >= 0
            assert right <= deck.slide_width
            assert bottom <= deck.slide_height
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, slide.shapes.title.text_frame.text


def test_pictures_are_large_and_described_without_their_path(deck: Any) -> None:
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    described = [picture._element.nvPicPr.cNvPr.get("descr") for picture in pictures]
    assert described == [
        "Three horizontal bars: Amber with twelve names, Blue with seven, Copper with none.",
        "A line that rises, falls and rises.",
    ]
    assert pictures[0].width > deck.slide_width * 0.6


def test_captions_carry_their_numbers_and_stand_above_tables_and_below_figures(deck: Any) -> None:
    texts = {
        shape.text_frame.text: shape
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_text_frame
    }
    figure = next(shape for text, shape in texts.items() if text.startswith("Figure\u00a01: Names per group"))
    table = next(shape for text, shape in texts.items() if text.startswith("Table\u00a01: What the groups"))
    note = next(shape for text, shape in texts.items() if text.startswith("Names are counted"))
    picture = next(shape for shape in deck.slides[2].shapes if shape.shape_type == 13)
    frame = next(shape for shape in deck.slides[3].shapes if shape.has_table)
    assert figure.top >= picture.top + picture.height
    assert table.top + table.height <= frame.top
    assert note.top >= frame.top + frame.height


def test_table_text_can_be_read(deck: Any) -> None:
    sizes = [
        run.font.size.pt
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_table
        for cell in shape.table.iter_cells()
        for paragraph in cell.text_frame.paragraphs
        for run in paragraph.runs
    ]
    assert sizes
    assert min(sizes) >= 10


def test_speaker_notes_are_kept(deck: Any) -> None:
    assert deck.slides[1].notes_slide.notes_text_frame.text == "Speak slowly; the list says 45."


def test_identifiers_of_shapes_are_used_once_per_slide(deck: Any) -> None:
    for slide in deck.slides:
        used = [node.get("id") for node in slide._element.iter() if node.tag.endswith("}cNvPr")]
        assert len(used) == len(set(used))


def test_no_path_is_left_in_any_part(rendered: Callable[[str, str], Path]) -> None:
    with zipfile.ZipFile(rendered("slides/workshop-1.qmd", "pptx")) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8", "ignore")
            assert not re.search(r"/(tmp|home|var|Users)/|_staged|\.bib|\.yaml", text), name


def test_an_editions_mark_stands_in_the_footer_of_every_slide(marked: Callable[[str, str], Path]) -> None:
    for slide in Presentation(str(marked("slides/workshop-1.qmd", "pptx"))).slides:
        said = [shape.text_frame.text for shape in slide.shapes if kind(shape) == PP_PLACEHOLDER.FOOTER]
        assert said == ["Made of invented lamps"]


def test_a_table_that_no_letters_can_fit_is_refused_with_the_line_of_its_slide(workspace: Path) -> None:
    rows = "".join(f"| {n} | {'words ' * 30}|\n" for n in range(40))
    source = workspace / "slides" / "x.qmd"
    source.write_text(
        f"---\ntitle: T\nformat: pptx\n---\n\n## Too much\n\n| a | b |\n|--|--|\n{rows}", "utf-8"
    )
    out = workspace / "x.pptx"
    with pytest.raises(RenderError, match=r"slides/x\.qmd, line 6: .*'Too much'.* 41 rows.*Split it"):
        render(workspace, "slides/x.qmd", "pptx", out, engine="embedded", epoch=0)
    assert not out.exists()
