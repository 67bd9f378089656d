"""Put edited paragraphs into a page that was rendered before.

They are rendered by the same engine with the same filters, each as it was and as it is; what the page shows
of the first is replaced by the second. Citations, references and the counting of claims need the whole
document: they stay as the page shows them.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

from twinbenefits.publishing.render.edited_tree import Edit, is_reference, with_each
from twinbenefits.publishing.render.tree import Node, walk

__all__ = ["fragments_syntax", "renewed_page"]

API = (1, 23, 1, 1)
BREAK = {"t": "HorizontalRule"}
BREAK_SHOWN = "\n<hr />\n"
"""Stands behind each group; what an engine might add at the end of a document stands behind the last."""

OPEN, CLOSE = "\ue000", "\ue001"
FIXED = re.compile(f'{OPEN}(?P<cite>\\d+){CLOSE}|id="claim-(?P<claim>\\w+?)(?:-\\d+)?"')
"""What stands in for a citation, and where the mentions of a claim are counted."""

TAG = r"(?:[^<]|<(?!/?span)[^>]*>)*"
CITATION = rf'<span class="citation" data-cites="{{keys}}">(?:{TAG}|<span[^>]*>{TAG}</span>)*</span>'


def fragments_syntax(edits: Sequence[Edit]) -> bytes:
    """Return a document of all edited blocks, before and after, with citations left open."""
    blocks: list[Node] = []
    for edit in edits:
        for group in (edit.before, edit.after):
            blocks += [*_left_open(group), BREAK]
    return json.dumps({"pandoc-api-version": API, "meta": {}, "blocks": blocks}).encode()


def renewed_page(page: bytes, edits: Sequence[Edit], fragments: bytes) -> bytes | None:
    """Return the page with all edits in it; None where it does not show each of them exactly once.

    Parameters
    ----------
    page
        As it was rendered before.
    edits
        What was edited.
    fragments
        What the engine made of :func:`fragments_syntax`.
    """
    text = page.decode()
    *shown, rest = fragments.decode().split(BREAK_SHOWN)
    if len(shown) != 2 * len(edits) or rest.strip():
        return None
    for edit, old, new in zip(edits, shown[::2], shown[1::2], strict=True):
        cites = [_as_shown(cite) for cite in _citations(edit.before)]
        fixed = [match[0] if match["cite"] else match["claim"] for match in FIXED.finditer(old)]
        if fixed != [match[0] if match["cite"] else match["claim"] for match in FIXED.finditer(new)]:
            return None
        pattern = _pattern(old, cites)
        found = list(re.finditer(pattern, text)) if pattern and old else []
        if len(found) != 1:
            return None
        shown_now = with_each(FIXED, new, found[0].groups())
        text = text[: found[0].start()] + shown_now + text[found[0].end() :]
    return text.encode()


def _left_open(blocks: Sequence[Node]) -> list[Node]:
    """Return the blocks with a word that stands for each citation."""
    opened = copy.deepcopy(list(blocks))
    for number, cite in enumerate(_citations(opened)):
        cite.clear()
        cite |= {"t": "Str", "c": f"{OPEN}{number}{CLOSE}"}
    return opened


def _citations(blocks: Sequence[Node]) -> list[Node]:
    return [node for node in walk(list(blocks)) if node["t"] == "Cite"]


def _pattern(old: str, cites: Sequence[str | None]) -> str | None:
    """Return what finds the old paragraphs, with a group for everything that stays as the page shows it."""
    parts: list[str] = []
    end = 0
    for match in FIXED.finditer(old):
        parts.append(re.escape(old[end : match.start()]))
        if match["claim"]:
            parts.append(rf'(id="claim-{match["claim"]}(?:-\d+)?")')
        elif (shown := cites[int(match["cite"])]) is None:
            return None
        else:
            parts.append(f"({shown})")
        end = match.end()
    return "".join([*parts, re.escape(old[end:])])


def _as_shown(cite: Node) -> str | None:
    """Return how a page shows a citation or a reference; None for those that are shown otherwise."""
    parts: list[dict[str, Any]] = cite["c"][0]
    keys = [str(part["citationId"]) for part in parts]
    if not is_reference(cite):
        return CITATION.format(keys=re.escape(" ".join(keys)))
    if len(parts) > 1 or parts[0]["citationPrefix"] or parts[0]["citationSuffix"]:
        return None
    return rf'<a href="#{re.escape(keys[0])}" class="crossref">[^<]*</a>'
