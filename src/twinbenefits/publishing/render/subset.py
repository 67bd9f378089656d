"""Refuse what the two engines would not render alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render import tree
from twinbenefits.publishing.render.faults import problem_at
from twinbenefits.publishing.render.project import suggestion
from twinbenefits.publishing.render.source import FENCE, Source

CALLOUTS = frozenset(f"callout-{kind}" for kind in ("note", "tip", "warning", "important", "caution"))
CLASSES = {
    "Div": CALLOUTS
    | {"results", "display-note", "table-note", "landscape", "pagebreak", "content-visible", "content-hidden"}
    | {"columns", "column", "notes", "smaller", "real-only", "demonstration-only"},
    "Span": frozenset(
        {"quoted", "evidence", "claim", "smallcaps", "underline", "mark", "real-only", "demonstration-only"}
    ),
    "Header": frozenset({"conclusion", "unnumbered", "unlisted", "results", "smaller"}),
    "Link": frozenset({"uri", "email"}),
}
"""Classes that mean the same to both engines, by element."""

ATTRIBUTES = {
    "Div": frozenset({"when-format", "unless-format", "layout-ncol", "tbl-colwidths", "title", "width"}),
    "Span": frozenset({"from", "grade", "key"}),
    "Image": frozenset({"fig-alt", "width", "height"}),
    "Table": frozenset({"tbl-colwidths"}),
    "Figure": frozenset(),
    "Header": frozenset(),
    "Link": frozenset(),
}
"""Attributes that mean the same to both engines, by element."""

WHY_NOT = {
    "panel-tabset": "tabs exist in html only",
    "column-margin": "the margin exists in some formats only",
    "aside": "the margin exists in some formats only",
    "incremental": "slides shown step by step differ between engines and print badly",
    "fragment": "slides shown step by step differ between engines and print badly",
    "cell": "outputs reach documents as files of the registry",
}

OTHER_LABELS = re.compile(
    r"^(lst|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg|tip|nte|wrn|imp|cau|quarto)-", re.IGNORECASE
)
"""Labels that Quarto treats specially and the embedded engine does not."""

CODE_CELL = re.compile(r"^\{\s*[A-Za-z][\w+-]*\s*[,}\s]")


def subset_problems(source: Source, blocks: list[Any]) -> Iterator[SourceProblem]:
    """Yield everything in a document that lies outside the common subset.

    Parameters
    ----------
    source
        The expanded text, for the places.
    blocks
        Pandoc's reading of that text.
    """
    yield from _code_cells(source)
    reported: set[tuple[str, str]] = set()
    for node in tree.walk(blocks):
        for value, pattern, rule, way_out in _findings(node):
            if (value, pattern) not in reported:
                reported.add((value, pattern))
                yield from source.problems(pattern, value, rule, way_out)


Finding = tuple[str, str, str, str]


def _findings(node: tree.Node) -> Iterator[Finding]:
    kind = node["t"]
    if kind in {"RawBlock", "RawInline"}:
        yield from _raw(node)
    elif kind in tree.ATTRIBUTES_AT:
        yield from _class_findings(node, kind)
        yield from _attribute_findings(node, kind)
        yield from _label_findings(node)


def _code_cells(source: Source) -> Iterator[SourceProblem]:
    for line in source.lines:
        fence = FENCE.match(line.text)
        if fence and not line.fenced and CODE_CELL.match(fence["info"].strip()):
            rule = "documents hold no code: only notebooks compute"
            way_out = "Register the result in a notebook and include its snippet."
            place = line.origin
            yield problem_at(place.file, place.line, f"code cell {fence['info'].strip()}", rule, way_out)


def _raw(node: tree.Node) -> Iterator[Finding]:
    markup, text = node["c"]
    if markup == "html" and re.fullmatch(r"\s*<!--.*?-->\s*", text, re.DOTALL):
        return
    first = text.strip().split("\n")[0]
    name = "raw LaTeX" if markup in {"tex", "latex"} else f"raw {markup}"
    rule = "raw markup reaches one format only"
    pattern = rf"{re.escape(first)}|\{{=\s*{re.escape(markup)}\s*\}}"
    yield f"{name} {first!r}", pattern, rule, "Write it in Markdown."


def _class_findings(node: tree.Node, kind: str) -> Iterator[Finding]:
    if kind in {"Code", "CodeBlock"}:
        return
    allowed = CLASSES.get(kind, frozenset())
    for name in tree.classes(node):
        if name not in allowed:
            rule = WHY_NOT.get(name, f"is not a class of a {_word(kind)} that both engines know")
            word = rf"{re.escape(name)}(?![\w-])"
            pattern = rf"\.{word}|class\s*=\s*[\"'][^\"']*{word}"
            yield f".{name}", pattern, rule, suggestion(name, allowed)


def _attribute_findings(node: tree.Node, kind: str) -> Iterator[Finding]:
    allowed = ATTRIBUTES.get(kind)
    if allowed is None:
        return
    for name in tree.attributes(node):
        if name not in allowed:
            rule = f"is not an attribute of a {_word(kind)} that both engines know"
            yield f"{name}=", rf"(?<![\w-]){re.escape(name)}\s*=", rule, suggestion(name, allowed)


def _label_findings(node: tree.Node) -> Iterator[Finding]:
    label = tree.identifier(node)
    if OTHER_LABELS.match(label):
        rule = "only fig-, tbl-, sec- and eq- labels are numbered alike by both engines"
        yield f"#{label}", rf"#{re.escape(label)}(?![\w-])", rule, "Use one of these four."


def _word(kind: str) -> str:
    return {"Div": "block", "Span": "span", "Header": "heading"}.get(kind, kind.lower())
