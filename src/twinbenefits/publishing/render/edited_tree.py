"""Read only the edited paragraphs of a text, and put them into what was read of it before."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from twinbenefits.publishing.render.edited_text import Region, referred_to
from twinbenefits.publishing.render.references import CROSS_REFERENCE
from twinbenefits.publishing.render.tree import Node, walk

__all__ = ["Edit", "edits_of", "fragments_text", "is_reference", "renewed", "with_each"]

BREAK = "* * * * *"
NUMBER = re.compile(r'(?<="citationNoteNum":)\d+')
"""Counts citations through the whole text; the edited paragraphs begin anew."""

ENDS = frozenset({"Para", "BulletList", "BlockQuote"})
"""With which blocks a region may begin and end."""

BLOCKS = ENDS | {"Plain"}
INLINES = frozenset(
    {"Str", "Space", "SoftBreak", "Emph", "Strong", "Strikeout", "Superscript", "Subscript", "SmallCaps"}
    | {"Underline", "Quoted", "Code", "Link", "Span", "Cite"}
)
WITHIN = frozenset({"SingleQuote", "DoubleQuote", "NormalCitation", "AuthorInText", "SuppressAuthor"})
"""Words that say of what kind an element is."""

CONDITIONAL = re.compile(
    r'\{"t":"Div","c":\[\["[^"]*",\[[^\]]*"(?:content-visible|content-hidden|real-only|demonstration-only)"'
)
HEADER = re.compile(r'\{"t":"Header","c":\[(\d),\["[^"]*",\[([^\]]*)\]')

NEIGHBOURS = 2
"""How far citations reach for the punctuation around them."""


@dataclass(frozen=True)
class Edit:
    """Blocks as pandoc read them before and reads them now."""

    before: list[Node]
    after: list[Node]


def fragments_text(regions: Sequence[Region], text: str) -> str:
    """Return what has to be read: all regions, before and after, then what brackets in them may refer to."""
    parts = [part for region in regions for part in (region.before, region.after)]
    return f"\n\n{BREAK}\n\n".join([*parts, "\n\n".join(referred_to(text))]) + "\n"


def edits_of(syntax: bytes, regions: Sequence[Region]) -> list[Edit] | None:
    """Return the edits in what pandoc read of :func:`fragments_text`.

    None where an edit touches more than running text: a citation or a reference comes or goes, a note, a
    formula, a label, an image, a link within the document.
    """
    groups: list[list[Node]] = [[]]
    for block in json.loads(syntax)["blocks"]:
        if block["t"] == "HorizontalRule":
            groups.append([])
        else:
            groups[-1].append(block)
    if len(groups) != 2 * len(regions) + 1:
        return None
    edits = [Edit(*pair) for pair in zip(groups[:-1:2], groups[1:-1:2], strict=True)]
    return edits if all(map(_is_running_text, edits)) else None


def renewed(syntax: bytes, edits: Sequence[Edit], invented: Collection[str] = ()) -> bytes | None:
    """Return what pandoc would read now, given what it read before; None where that cannot be said.

    The old blocks must stand there exactly once, where every edition and format shows them.

    Parameters
    ----------
    syntax
        What pandoc read before.
    edits
        What was edited.
    invented
        The claims of which a conclusion says nothing.
    """
    text = syntax.decode()
    for edit in edits:
        old, new = _written(edit.before), _written(edit.after)
        literal = [re.escape(part) for part in NUMBER.split(old)]
        found = list(re.finditer(r"(\d+)".join(literal), text))
        if len(found) != 1 or _may_be_left_out(text, found[0].start(), edit, invented):
            return None
        counted = with_each(NUMBER, new, found[0].groups())
        text = text[: found[0].start()] + counted + text[found[0].end() :]
    return text.encode()


def _may_be_left_out(text: str, at: int, edit: Edit, invented: Collection[str]) -> bool:
    """Say whether something around a place keeps it out of some editions or formats, or may do so."""
    for match in CONDITIONAL.finditer(text, 0, at):
        _, end = json.JSONDecoder().raw_decode(text, match.start())
        if end > at:
            return True
    silent = 0
    for match in HEADER.finditer(text, 0, at):
        if not silent or int(match[1]) <= silent:
            silent = int(match[1]) if '"conclusion"' in match[2] else 0
    spans = [node["c"][0] for node in walk(edit.before) if node["t"] == "Span"]
    return bool(silent) and any(dict(span[2]).get("key") in invented for span in spans)


def with_each(pattern: re.Pattern[str], text: str, kept: Sequence[str]) -> str:
    """Return a text with what the pattern finds in it replaced, one by one."""
    each = iter(kept)
    return pattern.sub(lambda _: next(each), text)


def _written(blocks: Sequence[Node]) -> str:
    """Write blocks as pandoc does, without the brackets around them."""
    return json.dumps(blocks, separators=(",", ":"), ensure_ascii=False)[1:-1]


def _is_running_text(edit: Edit) -> bool:
    groups = (edit.before, edit.after)
    ends = [block for group in groups for block in (group[:1] + group[-1:])]
    return (
        len(ends) == 2 * len(groups)
        and all(block["t"] in ENDS for block in ends)
        and all(_is_plain(node) for group in groups for node in walk(group))
        and _anchored(edit.before) == _anchored(edit.after)
    )


def _is_plain(node: Node) -> bool:
    kind = node["t"]
    if kind == "Code":
        return bool(node["c"][0] == ["", [], []])
    if kind in {"Link", "Span"}:
        return node["c"][0][0] == "" and (kind == "Span" or not node["c"][2][0].startswith("#"))
    return kind in INLINES or kind in BLOCKS or kind in WITHIN


def _anchored(blocks: Sequence[Node]) -> list[Any]:
    """Return citations with what stands beside them, and claims: an edit leaves them all in their order."""
    found: list[Any] = []
    for inlines in _lists_of_inlines(list(blocks)):
        for at, inline in enumerate(inlines):
            if inline["t"] == "Cite" and is_reference(inline):
                found.append(NUMBER.sub("", _written([inline])))
            elif inline["t"] == "Cite":
                near = [*inlines[max(0, at - NEIGHBOURS) : at], *inlines[at + 1 : at + 1 + NEIGHBOURS]]
                found.append(NUMBER.sub("", _written([inline, *map(_without_letters, near)])))
            elif inline["t"] == "Span" and "claim" in inline["c"][0][1]:
                found.append(inline["c"][0])
    return found


def is_reference(cite: Node) -> bool:
    """Say whether a citation is a reference to something in the document, which is numbered by itself."""
    return any(CROSS_REFERENCE.match(part["citationId"]) for part in cite["c"][0])


def _without_letters(inline: Node) -> Node:
    """Return a word that has no punctuation as any such word."""
    return {"t": "Str", "c": "word"} if inline["t"] == "Str" and inline["c"].isalnum() else inline


def _lists_of_inlines(part: Any) -> Iterator[list[Node]]:
    """Yield every list of inlines, in reading order of their beginnings."""
    if isinstance(part, list):
        if part and all(isinstance(item, dict) and "t" in item for item in part):
            yield part
        for item in part:
            yield from _lists_of_inlines(item)
    elif isinstance(part, dict):
        for value in part.values():
            yield from _lists_of_inlines(value)
