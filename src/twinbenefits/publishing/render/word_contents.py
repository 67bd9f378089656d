"""Fill the table of contents of a Word file, which pandoc leaves for Word to compute."""

from __future__ import annotations

import re

from twinbenefits.publishing.render.ooxml import (
    Node,
    children,
    descendants,
    element,
    elements,
    first_child,
    text_of,
)

HEADINGS = {f"Heading{level}": level for level in range(1, 7)}
RANGE = re.compile(r'"1-(\d)"')
"""Down to which level the field lists headings."""


def complete_contents(dom: Node, body: Node) -> None:
    """Move the table of contents behind the abstract and fill it with links to the headings.

    Word computes page numbers when a reader asks for it; until then, and in programs that never do, the
    entries stand without them instead of an empty heading.
    """
    contents = next((sdt for sdt in children(body, "w:sdt") if _is_contents(sdt)), None)
    headings = [(node, level) for node in elements(body) if (level := heading_level(node))]
    if contents is None or not headings:
        return
    named = RANGE.search(text_of(contents, "w:instrText"))
    deepest = int(named[1]) if named else 3
    first = headings[0][0]
    before = _previous_element(first)
    while before is not None and before.tagName == "w:bookmarkStart":
        first, before = before, _previous_element(before)
    body.insertBefore(contents, first)
    entries = [_entry(dom, node, level) for node, level in headings if level <= deepest]
    _fill_field(dom, children(contents, "w:sdtContent")[0], entries)


def heading_level(node: Node) -> int | None:
    """Return the level of a heading, or None for any other element."""
    styles = descendants(node, "w:pStyle") if node.tagName == "w:p" else []
    return HEADINGS.get(styles[0].getAttribute("w:val")) if styles else None


def _is_contents(sdt: Node) -> bool:
    galleries = descendants(sdt, "w:docPartGallery")
    return any(gallery.getAttribute("w:val") == "Table of Contents" for gallery in galleries)


def _entry(dom: Node, heading: Node, level: int) -> Node:
    title = text_of(heading, "w:t")
    number = _section_number(heading)
    if number:
        title = f"{number}\u2002{title.removeprefix(number)}"
    run = element(dom, "w:r", None, element(dom, "w:t", {"xml:space": "preserve"}, title))
    style = element(dom, "w:pPr", None, element(dom, "w:pStyle", {"w:val": f"TOC{level}"}))
    before = _previous_element(heading)
    if before is not None and before.tagName == "w:bookmarkStart":
        run = element(dom, "w:hyperlink", {"w:anchor": before.getAttribute("w:name")}, run)
    return element(dom, "w:p", None, style, run)


def _section_number(heading: Node) -> str:
    for run in children(heading, "w:r"):
        styles = descendants(run, "w:rStyle")
        if styles and styles[0].getAttribute("w:val") == "SectionNumber":
            return text_of(run, "w:t")
    return ""


def _fill_field(dom: Node, content: Node, entries: list[Node]) -> None:
    """Put the entries between the parts of the field, where Word expects its last result."""
    field = children(content, "w:p")[-1]
    instruction = text_of(field, "w:instrText")
    content.removeChild(field)
    for entry in entries:
        content.appendChild(entry)
    opening = [
        element(dom, "w:r", None, element(dom, "w:fldChar", {"w:fldCharType": "begin"})),
        element(dom, "w:r", None, element(dom, "w:instrText", {"xml:space": "preserve"}, instruction)),
        element(dom, "w:r", None, element(dom, "w:fldChar", {"w:fldCharType": "separate"})),
    ]
    behind = first_child(dom, entries[0], "w:pPr").nextSibling
    for run in opening:
        entries[0].insertBefore(run, behind)
    closing = element(dom, "w:r", None, element(dom, "w:fldChar", {"w:fldCharType": "end"}))
    entries[-1].appendChild(closing)


def _previous_element(node: Node) -> Node | None:
    before = node.previousSibling
    while before is not None and before.nodeType != before.ELEMENT_NODE:
        before = before.previousSibling
    return before
