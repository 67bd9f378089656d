"""Walk pandoc's syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

ATTRIBUTES_AT = {
    "Header": 1,
    "Div": 0,
    "Span": 0,
    "Code": 0,
    "CodeBlock": 0,
    "Image": 0,
    "Link": 0,
    "Table": 0,
    "Figure": 0,
}
"""Where each kind of element keeps its identifier, classes and attributes."""


def walk(part: Any) -> Iterator[Node]:
    """Yield every element below a part of the tree, in reading order."""
    if isinstance(part, list):
        for item in part:
            yield from walk(item)
    elif isinstance(part, dict):
        if "t" in part:
            yield part
        for value in part.values():
            yield from walk(value)


def identifier(node: Node) -> str:
    """Return an element's label, or an empty string."""
    return str(_attributes(node)[0])


def classes(node: Node) -> list[str]:
    """Return an element's classes."""
    return [str(name) for name in _attributes(node)[1]]


def attributes(node: Node) -> dict[str, str]:
    """Return an element's key-value pairs."""
    return {str(key): str(value) for key, value in _attributes(node)[2]}


def visible(blocks: list[Any], to: str) -> list[Any]:
    """Return the blocks without those that a format does not show."""
    return [_without_hidden(block, to) for block in blocks if not _hidden(block, to)]


def _without_hidden(part: Any, to: str) -> Any:
    if isinstance(part, list):
        return [_without_hidden(item, to) for item in part if not _hidden(item, to)]
    if isinstance(part, dict):
        return {key: _without_hidden(value, to) for key, value in part.items()}
    return part


def _hidden(node: Any, to: str) -> bool:
    if not (isinstance(node, dict) and node.get("t") == "Div"):
        return False
    own = attributes(node)
    shown = _names(own["when-format"], to) if "when-format" in own else True
    if "unless-format" in own:
        shown = shown and not _names(own["unless-format"], to)
    if "content-visible" in classes(node):
        return not shown
    return "content-hidden" in classes(node) and shown


def _names(formats: str, to: str) -> bool:
    aliases = {"html": {"html", "revealjs"}, "pdf": {"typst"}}
    return any(to in aliases.get(name, {name}) for name in formats.replace(",", " ").split())


def _attributes(node: Node) -> Any:
    place = ATTRIBUTES_AT.get(node["t"])
    return ("", [], []) if place is None else node["c"][place]
