"""The texts in a part of an office file, a drawing or any other XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["xml_pieces"]

INLINE = re.compile(
    "r|t|rPr|tspan|textPath|span|a|b|i|em|strong|sub|sup|hyperlink|smartTag|ins|sdt|sdtContent|proofErr|"
    "bookmarkStart|bookmarkEnd|lastRenderedPageBreak|fldSimple|instrText"
)
"""Elements that do not part words: a word may go on in the next run."""

COMMENT = re.compile(rb"<!--(.*?)-->|<\?(.*?)\?>", re.DOTALL)


def xml_pieces(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text, the attributes and the comments of an XML file.

    Raises
    ------
    ValueError
        If it is not sound XML, or declares entities.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data)
    except ParseError as error:
        raise ValueError(f"not sound XML: {error}") from error
    words: list[str] = []
    properties: list[str] = []
    _collect(root, words, properties)
    yield "text", "".join(words)
    yield "attributes", "\n".join(properties)
    for match in COMMENT.finditer(data):
        yield "a comment", (match[1] or match[2] or b"").decode("utf-8", "replace")


def _collect(root: Element, words: list[str], properties: list[str]) -> None:
    kinds: dict[object, tuple[str, str]] = {}  # by tag: its name, and what parts its words from others
    waiting: list[tuple[Element, str] | Element] = [root]
    while waiting:
        element = waiting.pop()
        if isinstance(element, tuple):  # all that stands in it has been read
            words += [element[1], element[0].tail or ""]
            continue
        kind = kinds.get(element.tag)
        if kind is None:
            name = str(element.tag).rpartition("}")[2]
            kind = kinds[element.tag] = name, "" if INLINE.fullmatch(name) else "\n"
        name, apart = kind
        properties += element.attrib.values()
        if name == "rPr":  # how a run looks; holds no words of its own
            properties += [value for inner in element.iter() for value in inner.attrib.values()]
            words.append(element.tail or "")
            continue
        words += [apart, element.text or ""]
        if len(element):
            waiting.append((element, apart))
            waiting += reversed(element)
        else:
            words += [apart, element.tail or ""]
