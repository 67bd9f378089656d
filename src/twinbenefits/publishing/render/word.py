"""Complete what pandoc leaves open in a Word file: sections, table widths, header, contents, authors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twinbenefits.publishing.render.ooxml import (
    Node,
    children,
    descendants,
    element,
    elements,
    first_child,
    parse,
    replace_text,
    serialise,
    text_of,
)
from twinbenefits.publishing.render.word_contents import complete_contents

PORTRAIT_ENDS = "00000001"
LANDSCAPE_ENDS = "00000002"
"""What the filter for blocks writes into the paragraphs that close a section."""

SHORT = 900
"""A table with fewer characters is not broken over pages."""

BOOKMARKS = {"w:bookmarkStart", "w:bookmarkEnd"}


def complete_docx(parts: dict[str, bytes], *, mark: str, authors: Sequence[str]) -> dict[str, bytes]:
    """Return the parts of a Word file with sections, tables, contents, header and authors completed.

    Parameters
    ----------
    parts
        What pandoc wrote.
    mark
        The edition's mark, which stands in the header of every page; empty for none.
    authors
        The names for the file's properties.
    """
    completed = dict(parts)
    dom = parse(parts["word/document.xml"])
    body = descendants(dom, "w:body")[0]
    complete_contents(dom, body)
    complete_sections(dom, body)
    complete_tables(dom, body)
    describe_pictures(body)
    completed["word/document.xml"] = serialise(dom)
    for name, part in parts.items():
        if mark and name.startswith("word/header"):
            completed[name] = marked_header(part, mark)
    completed["docProps/core.xml"] = with_authors(parts["docProps/core.xml"], authors)
    return completed


def complete_sections(dom: Node, body: Node) -> None:
    """Give every section its page size and the running header, and remove sections without content.

    A `.landscape` block is enclosed by two paragraphs that close the section before it and its own. Where
    nothing stands between them, or nothing follows the last, a page would stay empty.
    """
    last = children(body, "w:sectPr")[-1]
    for paragraph in _closing_paragraphs(body):
        closing = descendants(paragraph, "w:sectPr")[0]
        landscape = closing.getAttribute("w:rsidSect") == LANDSCAPE_ENDS
        closing.removeAttribute("w:rsidSect")
        if landscape and not _follows_content(last, paragraph):
            _turn(last)
            body.removeChild(paragraph)
        elif not landscape and not _has_content_before(paragraph):
            body.removeChild(paragraph)
        else:
            for child in last.childNodes:
                closing.appendChild(child.cloneNode(True))
            if landscape:
                _turn(closing)
            _fold_into_previous(dom, paragraph, closing)


def complete_tables(dom: Node, body: Node) -> None:
    """Let every table with column widths fill the text width; keep rows, and short tables, on one page."""
    for table, section in _tables_with_sections(body):
        rows = descendants(table, "w:tr")
        for row in rows:
            properties = first_child(dom, row, "w:trPr")
            properties.insertBefore(element(dom, "w:cantSplit"), properties.firstChild)
        short = len(text_of(table, "w:t")) < SHORT
        for row in rows[:-1] if short else rows[:1]:
            for paragraph in descendants(row, "w:p"):
                _keep_with_next(dom, paragraph)
        layout = descendants(table, "w:tblLayout")
        if layout and layout[0].getAttribute("w:type") == "fixed":
            _fill_width(dom, table, text_width(section))


def describe_pictures(body: Node) -> None:
    """Put the description of a picture where pandoc puts the path of its file."""
    for drawing in descendants(body, "w:drawing"):
        described = descendants(drawing, "wp:docPr")[0].getAttribute("descr")
        for picture in descendants(drawing, "pic:cNvPr"):
            picture.setAttribute("descr", described)


def text_width(section: Node) -> int:
    """Return the width between the margins of a section, in twentieths of a point."""
    page, margin = descendants(section, "w:pgSz")[0], descendants(section, "w:pgMar")[0]
    sides = (margin.getAttribute(side) for side in ("w:left", "w:right"))
    return int(page.getAttribute("w:w")) - sum(int(side) for side in sides)


def marked_header(header: bytes, mark: str) -> bytes:
    """Return a header whose first paragraph says the mark."""
    dom = parse(header)
    run = element(dom, "w:r", None, element(dom, "w:t", None, mark))
    descendants(dom, "w:p")[0].appendChild(run)
    return serialise(dom)


def with_authors(core: bytes, authors: Sequence[str]) -> bytes:
    """Return the properties with plain names; pandoc's carry the marks of the affiliations."""
    dom = parse(core)
    for creator in descendants(dom, "dc:creator"):
        replace_text(dom, creator, "; ".join(authors))
    return serialise(dom)


def _closing_paragraphs(body: Node) -> list[Node]:
    marks = {PORTRAIT_ENDS, LANDSCAPE_ENDS}
    return [
        paragraph
        for paragraph in children(body, "w:p")
        for closing in descendants(paragraph, "w:sectPr")
        if closing.getAttribute("w:rsidSect") in marks
    ]


def _has_content_before(paragraph: Node) -> bool:
    """Say whether the section that a paragraph closes holds anything."""
    before = _previous(paragraph)
    return before is not None and not descendants(before, "w:sectPr")


def _follows_content(last: Node, paragraph: Node) -> bool:
    """Say whether anything stands between a paragraph and the end of the body."""
    before = _previous(last)
    return before is not None and not before.isSameNode(paragraph)


def _previous(node: Node) -> Node | None:
    before = node.previousSibling
    while before is not None and (before.nodeType != before.ELEMENT_NODE or before.tagName in BOOKMARKS):
        before = before.previousSibling
    return before


def _turn(section: Node) -> None:
    size = descendants(section, "w:pgSz")[0]
    width, height = size.getAttribute("w:w"), size.getAttribute("w:h")
    size.setAttribute("w:w", height)
    size.setAttribute("w:h", width)
    size.setAttribute("w:orient", "landscape")


def _fold_into_previous(dom: Node, paragraph: Node, closing: Node) -> None:
    """Move a section's end into the paragraph before it, or make its own as good as invisible."""
    before = _previous(paragraph)
    if before is not None and before.tagName == "w:p" and not descendants(before, "w:sectPr"):
        first_child(dom, before, "w:pPr").appendChild(closing)
        paragraph.parentNode.removeChild(paragraph)
        return
    flat = {"w:before": "0", "w:after": "0", "w:line": "20", "w:lineRule": "exact"}
    closing.parentNode.insertBefore(element(dom, "w:spacing", flat), closing)


def _tables_with_sections(body: Node) -> Iterator[tuple[Node, Node]]:
    waiting: list[Node] = []
    for child in elements(body):
        if child.tagName == "w:sectPr":
            sections = [child]
        else:
            waiting += [child] if child.tagName == "w:tbl" else descendants(child, "w:tbl")
            sections = descendants(child, "w:sectPr")
        if sections:
            yield from ((table, sections[0]) for table in waiting)
            waiting = []


def _keep_with_next(dom: Node, paragraph: Node) -> None:
    properties = first_child(dom, paragraph, "w:pPr")
    styles = children(properties, "w:pStyle")
    behind = styles[0].nextSibling if styles else properties.firstChild
    properties.insertBefore(element(dom, "w:keepNext"), behind)


def _fill_width(dom: Node, table: Node, whole: int) -> None:
    columns = descendants(table, "w:gridCol")
    given = [int(column.getAttribute("w:w")) for column in columns]
    widths = [str(round(width * whole / sum(given))) for width in given]
    for column, width in zip(columns, widths, strict=True):
        column.setAttribute("w:w", width)
    size = descendants(table, "w:tblW")[0]
    size.setAttribute("w:type", "dxa")
    size.setAttribute("w:w", str(whole))
    for row in descendants(table, "w:tr"):
        for cell, width in zip(children(row, "w:tc"), widths, strict=False):
            properties = first_child(dom, cell, "w:tcPr")
            for old in children(properties, "w:tcW"):
                properties.removeChild(old)
            own = element(dom, "w:tcW", {"w:w": width, "w:type": "dxa"})
            properties.insertBefore(own, properties.firstChild)
