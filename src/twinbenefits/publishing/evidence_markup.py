"""Elements of a page, built as a tree so that no text can turn into markup."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

__all__ = ["Content", "Element", "as_html", "element", "listed"]

Element = ET.Element
Content = "str | Element | None"


def element(tag: str, *content: str | Element | None, **attributes: str | bool | None) -> Element:
    """Return an element with texts and elements in it.

    Parameters
    ----------
    tag
        Its name.
    content
        Texts and elements in order; None stands for nothing.
    attributes
        ``class_`` and ``for_`` are written without their underscore, other underscores as hyphens. None and
        False leave an attribute out; True writes it without a value.

    Examples
    --------
    >>> as_html(element("p", "1 < 2 ", element("b", "so"), class_="note", hidden=False))
    '<p class="note">1 &lt; 2 <b>so</b></p>'
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    last: Element | None = None
    for part in content:
        if part is None:
            continue
        if not isinstance(part, str):
            made.append(part)
            last = part
        elif last is None:
            made.text = (made.text or "") + part
        else:
            last.tail = (last.tail or "") + part
    return made


def listed(items: Iterable[Element], tag: str = "ul") -> Element | None:
    """Return a list of elements, or None for none."""
    entries = [element("li", item) for item in items]
    return element(tag, *entries) if entries else None


def as_html(root: Element) -> str:
    """Return a tree as HTML."""
    return ET.tostring(root, encoding="unicode", method="html")
