"""Read and change the XML inside Word and PowerPoint files, keeping its prefixes as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from defusedxml import minidom

Node = Any
"""An element or document of `xml.dom.minidom`; its stubs do not tell elements from texts apart."""


def parse(part: bytes) -> Node:
    """Parse one part of an Office file."""
    return cast(Any, minidom).parseString(part)


def serialise(dom: Node) -> bytes:
    """Write a part back."""
    return cast(bytes, dom.toxml(encoding="UTF-8", standalone=True))


def element(dom: Node, name: str, attributes: Mapping[str, str] | None = None, *content: Node | str) -> Node:
    """Make an element with attributes and content; a string becomes text."""
    made = dom.createElement(name)
    for key, value in (attributes or {}).items():
        made.setAttribute(key, value)
    for part in content:
        made.appendChild(dom.createTextNode(part) if isinstance(part, str) else part)
    return made


def elements(parent: Node) -> Iterator[Node]:
    """Yield the child elements."""
    return (node for node in parent.childNodes if node.nodeType == node.ELEMENT_NODE)


def children(parent: Node, name: str) -> list[Node]:
    """Return the child elements of a name."""
    return [node for node in elements(parent) if node.tagName == name]


def descendants(parent: Node, name: str) -> list[Node]:
    """Return all elements of a name below, in document order."""
    return list(parent.getElementsByTagName(name))


def first_child(dom: Node, parent: Node, name: str) -> Node:
    """Return the child of a name, made as the first one if there is none."""
    found = children(parent, name)
    return found[0] if found else parent.insertBefore(dom.createElement(name), parent.firstChild)


def text_of(parent: Node, name: str) -> str:
    """Return the text of all elements of a name below."""
    found = descendants(parent, name)
    return "".join(node.data for item in found for node in item.childNodes if node.nodeType == node.TEXT_NODE)


def replace_text(dom: Node, parent: Node, text: str) -> None:
    """Replace everything in an element by a text."""
    for child in list(parent.childNodes):
        parent.removeChild(child)
    parent.appendChild(dom.createTextNode(text))
