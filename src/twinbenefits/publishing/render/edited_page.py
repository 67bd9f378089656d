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
from dataclasses import dataclass
from typing import Any

from twinbenefits.publishing.render.edited_tree import Edit, is_reference, with_each
from twinbenefits.publishing.render.tree import Node, walk

__all__ = ["FORMS", "fragments_syntax", "renewed_page"]

API = (1, 23, 1, 1)
BREAK = {"t": "HorizontalRule"}
"""Stands behind each group; what an engine might add at the end of a document stands behind the last."""

OPEN, CLOSE = "\ue000", "\ue001"
FIXED = re.compile(f'{OPEN}(?P<cite>\\d+){CLOSE}|id="claim-(?P<claim>\\w+?)(?:-\\d+)?"')
"""What stands in for a citation, and where the mentions of a claim are counted."""

TAG = r"(?:[^<]|<(?!/?span)[^>]*>)*"
CITATION = '<span class="citation" data-cites="{keys}">' + rf"(?:{TAG}|<span[^>]*>{TAG}</span>)*</span>"


@dataclass(frozen=True)
class Form:
    """How a format shows what has to be found in it.

    Parameters
    ----------
    rule
        What stands behind each group.
    reference
        A pattern of a reference to `key`.
    citation
        A pattern of a citation of `keys`; None where nothing shows how far it goes.
    above, below
        Patterns of what stands around paragraphs that their own beginning and end do not tell.
    """

    rule: str
    reference: str
    citation: str | None
    above: str = ""
    below: str = ""


FORMS = {
    "html": Form("\n<hr />\n", '<a href="#{key}" class="crossref">[^<]*</a>', CITATION),
    "typst": Form(
        "\n\n#horizontalrule\n\n", r"\#link\(<{key}>\)\[[^\[\]]*\]", None, r"\n\n|\n<[\w:.-]+>\n", r"\n\n"
    ),
}


def fragments_syntax(edits: Sequence[Edit]) -> bytes:
    """Return a document of all edited blocks, before and after, with citations left open."""
    blocks: list[Node] = []
    for edit in edits:
        for group in (edit.before, edit.after):
            blocks += [*_left_open(group), BREAK]
    return json.dumps({"pandoc-api-version": API, "meta": {}, "blocks": blocks}).encode()


def renewed_page(page: bytes, edits: Sequence[Edit], fragments: bytes, to: str) -> bytes | None:
    """Return the page with all edits in it; None where it does not show each of them exactly once.

    Parameters
    ----------
    page
        As it was rendered before: a page, or the source of a PDF.
    edits
        What was edited.
    fragments
        What the engine made of :func:`fragments_syntax`.
    to
        The format.
    """
    form, text = FORMS[to], page.decode()
    *shown, rest = f"{fragments.decode().rstrip()}\n\n".split(form.rule)
    if len(shown) != 2 * len(edits) or rest.strip():
        return None
    for edit, old, new in zip(edits, shown[::2], shown[1::2], strict=True):
        cites = [_as_shown(cite, form) for cite in _citations(edit.before)]
        fixed = [match[0] if match["cite"] else match["claim"] for match in FIXED.finditer(old)]
        if fixed != [match[0] if match["cite"] else match["claim"] for match in FIXED.finditer(new)]:
            return None
        pattern = _pattern(old, cites)
        around = f"({form.above}){pattern}(?={form.below})"
        found = list(re.finditer(around, text)) if pattern and old.strip() else []
        if len(found) != 1:
            return None
        above, *kept = found[0].groups()
        text = text[: found[0].start()] + above + with_each(FIXED, new, kept) + text[found[0].end() :]
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


def _as_shown(cite: Node, form: Form) -> str | None:
    """Return how a format shows a citation or a reference; None for those that are shown otherwise."""
    parts: list[dict[str, Any]] = cite["c"][0]
    keys = [str(part["citationId"]) for part in parts]
    if not is_reference(cite):
        return form.citation and form.citation.replace("{keys}", re.escape(" ".join(keys)))
    if len(parts) > 1 or parts[0]["citationPrefix"] or parts[0]["citationSuffix"]:
        return None
    return form.reference.replace("{key}", re.escape(keys[0]))
