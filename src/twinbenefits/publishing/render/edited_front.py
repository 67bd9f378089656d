"""Put an edited front matter into a page that was rendered before.

What title, authors and abstract say is shown above the text and nowhere in it. So the page is rendered
without any text, with the front matter as it was and as it is; the lines that differ replace each other in
the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

__all__ = ["SHOWN_ABOVE", "front_of", "reaches_the_text", "renewed_front"]

SHOWN_ABOVE = frozenset(
    {"title", "subtitle", "author", "abstract", "keywords", "running-title", "description", "date"}
)
"""Metadata that a page shows above its text only."""

REACHES = re.compile(r"@|\[\^|\^\[")
"""Citations and notes, which are numbered and listed together with those of the text."""

CLAIM = re.compile(r'id="claim-[^"]*"')
"""The mentions of a claim are counted through the abstract and the text."""


def front_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata that are shown above the text only."""
    return {key: value for key, value in metadata.items() if key in SHOWN_ABOVE}


def reaches_the_text(front: str) -> bool:
    """Say whether a front matter, in JSON, holds what the text may show as well."""
    return bool(REACHES.search(front))


def renewed_front(page: bytes, old: bytes, new: bytes) -> bytes | None:
    """Return the page with its new front; None where it does not show each changed line exactly once.

    Parameters
    ----------
    page
        As it was rendered before.
    old, new
        The page without any text, with the front matter before and now.
    """
    if CLAIM.findall(old.decode()) != CLAIM.findall(new.decode()):
        return None
    text, before, after = page.decode(), old.decode().split("\n"), new.decode().split("\n")
    for kind, b0, b1, a0, a1 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        above = int(b0 > 0 and a0 > 0 and kind != "replace")  # a line to go by where one comes or goes
        one = "\n".join(["", *before[b0 - above : b1], ""])
        other = "\n".join(["", *after[a0 - above : a1], ""])
        if text.count(one) != 1:
            return None
        text = text.replace(one, other)
    return text.encode()
