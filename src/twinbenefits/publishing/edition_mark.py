"""What an edition with invented evidence says of itself; nothing in a document takes it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SYNTHETIC_EDITION", "author_names", "demonstration", "said_beside_the_source", "with_mark"]

SYNTHETIC_EDITION = "contains synthetic demonstration data; literature parts are real"
TITLE = "Demonstration edition"
BY_LINE = "Study by {names}; case material invented by the software"
OWN_MARK = "demonstration-mark"
"""What a document adds to the mark where its evidence is invented, such as a warning not to act on it."""


def with_mark(own: object, mark: str) -> str:
    """Return what stands on every page: the mark that results bring along, then the document's own.

    Parameters
    ----------
    own
        The document's own `edition-mark`, however it is given; it can add to the mark, never replace it.
    mark
        What the results bring along; empty for none.

    Examples
    --------
    >>> with_mark("Draft", "invented data")
    'invented data; Draft'
    >>> with_mark(None, "invented data"), with_mark("Draft", "")
    ('invented data', 'Draft')
    """
    said = str(own or "").strip()
    if not mark or mark in said:
        return said
    return f"{mark}; {said}" if said else mark


def demonstration(metadata: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Return a document's metadata as they are where its evidence is invented; without a mark, unchanged.

    Title and by-line say so wherever they are printed, in every format and in the files' own properties.

    Parameters
    ----------
    metadata
        Of the document.
    mark
        What its results bring along for every page; empty for none.

    Examples
    --------
    >>> told = demonstration({"title": "On boats", "author": ["A. Roe", {"name": "B. Doe"}]}, "invented data")
    >>> told["title"], told["edition-mark"]
    ('Demonstration edition: On boats', 'invented data')
    >>> told["author"]
    ['Study by A. Roe and B. Doe; case material invented by the software']
    >>> demonstration({"title": "On boats", "demonstration-mark": "not real"}, "")
    {'title': 'On boats'}
    """
    told = {key: value for key, value in metadata.items() if key != OWN_MARK}
    if not mark:
        return told
    added = with_mark(mark, str(metadata.get(OWN_MARK) or ""))
    told["edition-mark"], told["demonstration"] = with_mark(metadata.get("edition-mark"), added), True
    for key in ("title", "running-title"):
        if told.get(key):
            told[key] = f"{TITLE}: {told[key]}"
    if names := author_names(metadata):
        told["author"] = [BY_LINE.format(names=_joined(names))]
    return told


def said_beside_the_source(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what an engine that reads the source by itself must be told besides.

    Examples
    --------
    >>> said_beside_the_source({"title": "On boats", "edition-mark": "Draft"})
    {'edition-mark': 'Draft'}
    """
    said = {"edition-mark": str(metadata.get("edition-mark") or "")}
    if str(metadata.get("title") or "").startswith(f"{TITLE}: "):
        said |= {key: str(metadata.get(key) or "") for key in ("title", "running-title")}
        said |= {"author": ", ".join(author_names(metadata)), "demonstration": "true"}
    return {key: value for key, value in said.items() if value}


def author_names(metadata: Mapping[str, Any]) -> list[str]:
    """Return the authors' names, however the front matter lists them."""
    listed = metadata.get("author") or []
    authors = listed if isinstance(listed, list) else [listed]
    return [str(author["name"] if isinstance(author, dict) else author) for author in authors]


def _joined(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
