"""Complete what pandoc leaves open in a PowerPoint file: tables that fit, captions, footers, clean names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twinbenefits.publishing.render.ooxml import (
    Node,
    children,
    descendants,
    element,
    parse,
    serialise,
    text_of,
)

POINT = 12700
"""English Metric Units in a point."""

SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
ADDED_PATH = re.compile(r"\s{2}\S+$")
"""Pandoc adds the path of the file to the alternative text, after an empty line."""

TABLE_SIZES = range(18, 9, -1)
CAPTION_SIZE = 14
NOTE_SIZE = 12
LINE = 1.2
CHARACTER = 0.52
"""Height of a line and mean width of a character, in the size of the letters."""

CONTENT_LEFT, CONTENT_TOP, CONTENT_WIDTH, CONTENT_BOTTOM = 609600, 1350000, 10972800, 6200000
CELL_MARGINS = (2 * 91440, 2 * 45720)


@dataclass(frozen=True, slots=True)
class Overfull:
    """A table that does not fit its slide even in the smallest letters.

    Parameters
    ----------
    slide
        The title of the slide.
    rows
        How many rows the table has.
    """

    slide: str
    rows: int


def complete_pptx(parts: dict[str, bytes], *, mark: str) -> tuple[dict[str, bytes], list[Overfull]]:
    """Return the parts of a PowerPoint file with tables, captions and footers completed.

    Parameters
    ----------
    parts
        What pandoc wrote.
    mark
        The edition's mark, which stands in the footer of every slide; empty for none.

    Returns
    -------
    tuple
        The parts, and the tables that do not fit.
    """
    completed, overfull = dict(parts), []
    for name, part in parts.items():
        match = SLIDE.fullmatch(name)
        if match:
            dom = parse(part)
            overfull += complete_slide(dom, int(match[1]), mark)
            completed[name] = serialise(dom)
    return completed, overfull


def complete_slide(dom: Node, number: int, mark: str) -> list[Overfull]:
    """Complete one slide in place and return its tables that do not fit."""
    tree = descendants(dom, "p:spTree")[0]
    captions = [shape for shape in children(tree, "p:sp") if _is_caption(shape)]
    for caption in captions:
        _set_text(caption, CAPTION_SIZE)
    overfull = []
    for frame in children(tree, "p:graphicFrame"):
        caption = captions[0] if len(captions) == 1 else None
        if not lay_out_table(tree, frame, caption):
            overfull.append(Overfull(slide_title(tree), len(descendants(frame, "a:tr"))))
    for shape in descendants(tree, "p:cNvPr"):
        if shape.hasAttribute("descr"):
            shape.setAttribute("descr", ADDED_PATH.sub("", shape.getAttribute("descr")))
    if mark:
        tree.appendChild(_footer(dom, mark))
    if number > 1:
        tree.appendChild(_slide_number(dom, number))
    for identifier, shape in enumerate(descendants(tree, "p:cNvPr"), start=1):
        shape.setAttribute("id", str(identifier))
    return overfull


def lay_out_table(tree: Node, frame: Node, caption: Node | None) -> bool:
    """Place caption, table and note below each other, in the largest letters that fit.

    Returns
    -------
    bool
        Whether even the smallest letters fit.
    """
    box = children(frame, "p:xfrm")[0]
    left, width = _side(box, "a:off", "x"), _side(box, "a:ext", "cx")
    top, note, note_height = CONTENT_TOP, None, 0
    if caption is not None:
        note = _split_note(caption)
        height = _text_height(text_of(caption, "a:t"), width, CAPTION_SIZE)
        _place(caption, (left, top, width, height))
        top += height
    if note is not None:
        _set_text(note, NOTE_SIZE)
        note_height = _text_height(text_of(note, "a:t"), width, NOTE_SIZE)
    for size in TABLE_SIZES:
        heights = row_heights(frame, size)
        bottom = top + sum(heights)
        if bottom + note_height <= CONTENT_BOTTOM:
            break
    _set_rows(frame, size)
    children(box, "a:off")[0].setAttribute("y", str(top))
    children(box, "a:ext")[0].setAttribute("cy", str(sum(heights)))
    if note is not None:
        tree.appendChild(note)
        _place(note, (left, bottom + CELL_MARGINS[1] // 2, width, note_height))
    return bottom + note_height <= CONTENT_BOTTOM


def row_heights(frame: Node, size: int) -> list[int]:
    """Estimate the height of each row of a table with letters of a size in points."""
    widths = [int(column.getAttribute("w")) for column in descendants(frame, "a:gridCol")]
    heights = []
    for row in descendants(frame, "a:tr"):
        cells = children(row, "a:tc")
        lines = [
            sum(_lines(text_of(paragraph, "a:t"), width - CELL_MARGINS[0], size) for paragraph in paragraphs)
            for cell, width in zip(cells, widths, strict=False)
            if (paragraphs := descendants(cell, "a:p"))
        ]
        heights.append(round(max(lines, default=1) * size * LINE * POINT) + CELL_MARGINS[1])
    return heights


def slide_title(tree: Node) -> str:
    """Return a slide's title."""
    for shape in children(tree, "p:sp"):
        if any(place.getAttribute("type") in {"title", "ctrTitle"} for place in descendants(shape, "p:ph")):
            return text_of(shape, "a:t")
    return ""


def _set_rows(frame: Node, size: int) -> None:
    """Set letters, and rows one line high: a row grows with its text, but never shrinks."""
    for row in descendants(frame, "a:tr"):
        row.setAttribute("h", str(round(size * LINE * POINT) + CELL_MARGINS[1]))
    for run in descendants(frame, "a:rPr"):
        run.setAttribute("sz", str(size * 100))


def _is_caption(shape: Node) -> bool:
    return any(kind.getAttribute("txBox") == "1" for kind in descendants(shape, "p:cNvSpPr"))


def _set_text(shape: Node, size: int) -> None:
    for run in descendants(shape, "a:rPr"):
        run.setAttribute("sz", str(size * 100))
    for paragraph in descendants(shape, "a:pPr"):
        paragraph.setAttribute("algn", "l")


def _split_note(caption: Node) -> Node | None:
    """Take what follows the first line break out of a caption; the filter puts a table's note there."""
    breaks = descendants(caption, "a:br")
    if not breaks:
        return None
    paragraph = breaks[0].parentNode
    note = caption.cloneNode(True)
    copy = descendants(note, "a:br")[0].parentNode
    position = paragraph.childNodes.index(breaks[0])
    for node in list(paragraph.childNodes)[position:]:
        paragraph.removeChild(node)
    for node in list(copy.childNodes)[: position + 1]:
        if node.nodeName != "a:pPr":
            copy.removeChild(node)
    descendants(note, "p:cNvPr")[0].setAttribute("name", "Table note")
    return note


def _place(shape: Node, box: tuple[int, int, int, int]) -> None:
    frame = descendants(shape, "a:xfrm")[0]
    for name, keys, values in (("a:off", ("x", "y"), box[:2]), ("a:ext", ("cx", "cy"), box[2:])):
        for key, value in zip(keys, values, strict=True):
            children(frame, name)[0].setAttribute(key, str(value))
    for body in descendants(shape, "a:bodyPr"):
        body.setAttribute("anchor", "t")


def _text_height(text: str, width: int, size: int) -> int:
    lines = _lines(text, width - CELL_MARGINS[0], size)
    return round(lines * size * LINE * POINT) + 2 * CELL_MARGINS[1]


def _lines(text: str, width: int, size: int) -> int:
    per_line = max(1, int(width / (size * CHARACTER * POINT)))
    return max(1, -(-len(text) // per_line))


def _side(box: Node, name: str, key: str) -> int:
    return int(children(box, name)[0].getAttribute(key))


def _footer(dom: Node, mark: str) -> Node:
    run = element(dom, "a:r", None, element(dom, "a:rPr", {"lang": "en"}), element(dom, "a:t", None, mark))
    return _placeholder(dom, "Footer", {"type": "ftr", "sz": "quarter", "idx": "11"}, run)


def _slide_number(dom: Node, number: int) -> Node:
    field = element(
        dom,
        "a:fld",
        {"id": "{C5EF2332-01BF-834F-8236-50238282D533}", "type": "slidenum"},
        element(dom, "a:rPr", {"lang": "en"}),
        element(dom, "a:t", None, str(number)),
    )
    return _placeholder(dom, "Slide Number", {"type": "sldNum", "sz": "quarter", "idx": "12"}, field)


def _placeholder(dom: Node, name: str, kind: dict[str, str], content: Node) -> Node:
    return element(
        dom,
        "p:sp",
        None,
        element(
            dom,
            "p:nvSpPr",
            None,
            element(dom, "p:cNvPr", {"id": "0", "name": name}),
            element(dom, "p:cNvSpPr", None, element(dom, "a:spLocks", {"noGrp": "1"})),
            element(dom, "p:nvPr", None, element(dom, "p:ph", kind)),
        ),
        element(dom, "p:spPr"),
        element(
            dom,
            "p:txBody",
            None,
            element(dom, "a:bodyPr"),
            element(dom, "a:lstStyle"),
            element(dom, "a:p", None, content),
        ),
    )
