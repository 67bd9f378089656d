"""The prose of a document as pandoc's syntax tree has it: texts, captions, quotations, citations.

A *passage* is the text of one paragraph, cell, heading, caption or alternative text, in which everything
that is no prose has become one opaque character. Numbers are looked for in passages, never in raw Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from twinbenefits.publishing.markdown_tree import Node, attribute, classes
from twinbenefits.publishing.prose_gate_tokens import OPAQUE

__all__ = ["QUOTED", "Passage", "Prose", "citation_keys", "read_prose"]

SCOPE_CLASS = "results"
QUOTED = "quoted"
LABELS = ("fig-", "tbl-")
CROSS_REFERENCES = ("fig-", "tbl-", "sec-", "eq-", "lst-", "thm-")
TEXT_ATTRIBUTES = {"alt": "alt text", "fig-alt": "alt text", "fig-cap": "caption", "tbl-cap": "caption"}
MARKUP = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
TEX_SCRIPT = re.compile(r"(?<=[A-Za-z}\)])\s*[_^]\s*(?:\{[-\d\s,]*\}|\d)")
TEX_COMMAND = re.compile(r"\\[A-Za-z]+\*?|\\.")


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of prose.

    Parameters
    ----------
    text
        What a reader reads, with opaque characters for what is no prose.
    part
        What it is, in words: ``"text"``, ``"heading"``, ``"caption"``, ``"alt text"`` and so on.
    gated
        Whether numbers are refused in it.
    source
        For a quotation to be checked (`part` is `QUOTED`) the source that it names.
    """

    text: str
    part: str
    gated: bool
    source: str | None = None


@dataclass
class Prose:
    """Everything the gate reads in one document, in the order of the tree."""

    passages: list[Passage] = field(default_factory=list)


def read_prose(blocks: Sequence[Node], *, whole: bool) -> Prose:
    """Collect the prose of a document.

    Parameters
    ----------
    blocks
        The document's syntax tree.
    whole
        Whether all of it is gated (slides, briefs) or only captions, alternative texts and what has the class
        ``results``.
    """
    reader = _Reader()
    reader.blocks(blocks, whole)
    return reader.prose


def citation_keys(blocks: Any) -> Iterator[str]:
    """Yield the keys of all citations below a node in reading order, without cross-references."""
    if isinstance(blocks, list):
        for node in blocks:
            yield from citation_keys(node)
    elif isinstance(blocks, dict):
        if blocks.get("t") == "Cite":
            for citation in blocks["c"][0]:
                if not citation["citationId"].startswith(CROSS_REFERENCES):
                    yield citation["citationId"]
        for value in blocks.values():
            yield from citation_keys(value)


class _Reader:
    """Walks the tree; one method per kind of block."""

    def __init__(self) -> None:
        self.prose = Prose()

    def blocks(self, blocks: Sequence[Node], gated: bool, part: str = "text") -> None:
        """Read blocks; a heading with the class opens the scope up to the next heading of its level."""
        opened: int | None = None
        for block in blocks:
            if block["t"] == "Header":
                level, attr, content = block["c"]
                if SCOPE_CLASS in classes(attr):
                    opened = min(level, opened or level)
                elif opened is not None and level <= opened:
                    opened = None
                self.passage(content, gated or opened is not None, "heading")
            else:
                self.block(block, gated or opened is not None, part)

    def block(self, block: Node, gated: bool, part: str) -> None:  # noqa: PLR0912 - one branch per kind
        """Read one block that is no heading."""
        kind: str = block["t"]
        content: Any = block.get("c")
        if kind in ("Para", "Plain"):
            self.passage(content, gated, part)
        elif kind == "LineBlock":
            for line in content:
                self.passage(line, gated, part)
        elif kind == "RawBlock":
            self.raw(content, gated, part)
        elif kind == "BlockQuote":
            self.blocks(content, gated, "quotation")
        elif kind in ("BulletList", "OrderedList"):
            for item in content[1] if kind == "OrderedList" else content:
                self.blocks(item, gated, "list")
        elif kind == "DefinitionList":
            for term, definitions in content:
                self.passage(term, gated, "list")
                for definition in definitions:
                    self.blocks(definition, gated, "list")
        elif kind == "Table":
            self.table(content, gated)
        elif kind == "Figure":
            self.figure(content, gated)
        elif kind == "Div":
            self.division(content, gated, part)

    def division(self, content: list[Any], gated: bool, part: str) -> None:
        """Read a fenced division; the last paragraph of a labelled one is its caption."""
        attr, blocks = content
        self.attributes(attr)
        gated = gated or SCOPE_CLASS in classes(attr)
        if attr[0].startswith(LABELS) and blocks and blocks[-1]["t"] in ("Para", "Plain"):
            self.blocks(blocks[:-1], gated, part)
            self.block(blocks[-1], True, "caption")
        else:
            self.blocks(blocks, gated, part)

    def table(self, content: list[Any], gated: bool) -> None:
        """Read a table: its caption always, its cells as the text around it."""
        attr, caption, _, head, bodies, foot = content
        self.attributes(attr)
        self.blocks(caption[1], True, "caption")
        rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
        for row in rows:
            for cell in row[1]:
                self.blocks(cell[4], gated, "table cell")

    def figure(self, content: list[Any], gated: bool) -> None:
        """Read a figure; pandoc repeats its caption on the image inside, which is read once."""
        attr, caption, blocks = content
        self.attributes(attr)
        self.blocks(caption[1], True, "caption")
        captions = [block.get("c") for block in caption[1]]
        for block in blocks:
            inlines = block.get("c") if block["t"] in ("Plain", "Para") else None
            if isinstance(inlines, list) and len(inlines) == 1 and inlines[0]["t"] == "Image":
                image_attr, image_caption, _ = inlines[0]["c"]
                self.attributes(image_attr)
                if image_caption not in captions:
                    self.passage(image_caption, True, "alt text")
            else:
                self.block(block, gated, "text")

    def raw(self, content: list[str], gated: bool, part: str) -> None:
        """Read the words between the tags of raw HTML or Word markup; other raw text is code."""
        form, text = content
        if form.startswith("html") or form == "openxml":
            self.add(MARKUP.sub(" ", text), gated, part)

    def attributes(self, attr: Sequence[Any]) -> None:
        """Read the captions and alternative texts that stand in attributes."""
        for key, part in TEXT_ATTRIBUTES.items():
            value = attribute(attr, key)
            if value:
                self.add(value, True, part)

    def passage(self, inlines: Sequence[Node], gated: bool, part: str) -> None:
        """Read inlines as one passage."""
        self.add(self.text(inlines, gated, ""), gated, part)

    def add(self, text: str, gated: bool, part: str) -> None:
        """Keep a passage unless it is empty."""
        if text.strip():
            self.prose.passages.append(Passage(text, part, gated))

    def text(self, inlines: Sequence[Node], gated: bool, before: str) -> str:
        """Return the prose of inlines; `before` is what already stands in front of them."""
        out = before
        for inline in inlines:
            out += self.inline(inline, gated, out)
        return out[len(before) :]

    def inline(self, inline: Node, gated: bool, before: str) -> str:  # noqa: PLR0911 - one line per kind
        """Return the prose of one inline."""
        kind: str = inline["t"]
        content: Any = inline.get("c")
        if kind == "Str":
            return str(content)
        if kind in ("Space", "SoftBreak", "LineBreak"):
            return " "
        if kind in ("Emph", "Strong", "Underline", "SmallCaps", "Strikeout"):
            return self.text(content, gated, before)
        if kind in ("Superscript", "Subscript"):
            return _script(self.text(content, gated, ""), before)
        if kind == "Quoted":
            return f"“{self.text(content[1], gated, '')}”"
        if kind == "Span":
            return self.span(content, gated, before)
        if kind == "Math":
            return f" {TEX_COMMAND.sub(' ', TEX_SCRIPT.sub('', content[1]))} "
        if kind == "RawInline":
            return self.raw_inline(content)
        if kind == "Note":
            self.blocks(content, gated, "footnote")
        elif kind == "Image":
            self.attributes(content[0])
            self.passage(content[1], True, "alt text")
        return OPAQUE  # code, citations and cross-references, links, footnote marks, images

    def span(self, content: list[Any], gated: bool, before: str) -> str:
        """Return the prose of a span; a quotation is set aside to be checked against its source."""
        attr, inlines = content
        if "quoted" not in classes(attr):
            return self.text(inlines, gated or SCOPE_CLASS in classes(attr), before)
        text = self.text(inlines, False, "")
        self.prose.passages.append(Passage(text, QUOTED, False, attribute(attr, "from")))
        return OPAQUE

    @staticmethod
    def raw_inline(content: list[str]) -> str:
        """Return nothing for a tag or a comment, so that a number around it stays one number."""
        form, text = content
        if form.startswith("html") or form == "openxml":
            return " " if re.match(r"<br\b", text, re.IGNORECASE) else MARKUP.sub("", text)
        return OPAQUE


def _script(text: str, before: str) -> str:
    """Return a raised or lowered text: part of the letters before it (m²), apart from digits (10^6)."""
    last = before[-1:]
    if last.isalpha():
        return re.sub(r"^[-\u2212\u2013]", "", text)
    return f"^{text}" if last.isdigit() else text
