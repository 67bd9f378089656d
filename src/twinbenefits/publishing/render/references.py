"""Check that labels, cross-references, citations, links and images lead somewhere."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render import tree
from twinbenefits.publishing.render.project import suggestion
from twinbenefits.publishing.render.source import Source

CROSS_REFERENCE = re.compile(r"^(fig|tbl|sec|eq)-")
EQUATION_LABEL = re.compile(r"^\{#(eq-[^}\s]+)\}$")
ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE | re.IGNORECASE)


def reference_problems(
    source: Source, blocks: list[Any], folder: Path, workspace: Path, keys: frozenset[str]
) -> Iterator[SourceProblem]:
    """Yield every label, reference, citation, link and image of a document that does not hold.

    Parameters
    ----------
    source
        The expanded text, for the places.
    blocks
        What the format shows of it, as pandoc reads it.
    folder
        The main document's folder, from which image paths start.
    workspace
        The project folder, outside of which nothing is read.
    keys
        The citation keys of the bibliography.
    """
    nodes = list(tree.walk(blocks))
    labels = Counter(label for node in nodes for label in _labels(node))
    for label, count in labels.items():
        if count > 1:
            rule = f"{count} elements carry this label"
            yield from source.problems(_label_pattern(label), f"#{label}", rule, "Rename all but one.")
    yield from _broken_references(source, nodes, frozenset(labels), keys)
    for image in _once(node["c"][2][0] for node in nodes if node["t"] == "Image"):
        yield from _image_problems(source, image, folder, workspace)
    for node in nodes:
        if node["t"] == "Image" and not tree.attributes(node).get("fig-alt", "").strip():
            rule = "an image says what it shows to those who cannot see it"
            way_out = 'Add {fig-alt="…"}; it differs from the caption.'
            path = node["c"][2][0]
            yield from source.problems(_path_pattern(path), f"image {path} without fig-alt", rule, way_out)


def bibliography_keys(paths: list[Path]) -> frozenset[str]:
    """Return the keys of all entries in BibTeX files; files that do not exist hold none."""
    texts = [path.read_text("utf-8") for path in paths if path.is_file()]
    return frozenset(key for text in texts for key in ENTRY.findall(text))


def _labels(node: tree.Node) -> Iterator[str]:
    label = tree.identifier(node)
    if label:
        yield label
    if node["t"] in {"Para", "Plain"}:
        for before, inline in zip(node["c"], node["c"][1:], strict=False):
            equation = EQUATION_LABEL.match(inline["c"]) if inline["t"] == "Str" else None
            if equation and before["t"] in {"Space", "SoftBreak", "Math"}:
                yield equation[1]


def _broken_references(
    source: Source, nodes: list[tree.Node], labels: frozenset[str], keys: frozenset[str]
) -> Iterator[SourceProblem]:
    cites = [[part["citationId"] for part in node["c"][0]] for node in nodes if node["t"] == "Cite"]
    for name in _once(name for cite in cites for name in cite):
        pattern = rf"@\{{?{re.escape(name)}(?![\w-])"
        if CROSS_REFERENCE.match(name):
            if name not in labels:
                rule = "no element of this document carries that label"
                yield from source.problems(pattern, f"@{name}", rule, suggestion(name, labels))
        elif name not in keys:
            rule = "the bibliography has no such entry that may be cited"
            yield from source.problems(pattern, f"@{name}", rule, suggestion(name, keys))
    for cite in cites:
        kinds = {bool(CROSS_REFERENCE.match(name)) for name in cite}
        if len(kinds) > 1:
            rule = "a cross-reference followed by a citation in brackets loses the citation"
            pattern = rf"@{re.escape(cite[0])}(?![\w-])"
            yield from source.problems(pattern, f"@{cite[0]}", rule, "Put a word between them.")
    for target in _once(node["c"][2][0] for node in nodes if node["t"] == "Link"):
        if target.startswith("#") and target[1:] not in labels:
            rule = "no element of this document carries that label"
            yield from source.problems(
                rf"\({re.escape(target)}", target, rule, suggestion(target[1:], labels)
            )


def _image_problems(source: Source, image: str, folder: Path, workspace: Path) -> Iterator[SourceProblem]:
    if re.match(r"^[a-z]+:", image) or image.startswith(("/", "//")):
        rule = "documents hold their images and fetch nothing"
        way_out = "Use a file of the project, written relative to the main document."
        yield from source.problems(_path_pattern(image), f"image {image}", rule, way_out)
    elif not (folder / image).resolve().is_relative_to(workspace.resolve()):
        rule = "it lies outside the project"
        way_out = "Copy it into the project."
        yield from source.problems(_path_pattern(image), f"image {image}", rule, way_out)
    elif not (folder / image).is_file():
        rule = "there is no such file"
        way_out = (
            f"Looked for {os.path.normpath(image)} from the main document's folder; run the build first."
        )
        yield from source.problems(_path_pattern(image), f"image {image}", rule, way_out)


def _path_pattern(path: str) -> str:
    stem = re.sub(r"\.\w+$", "", path)
    return rf"\(\s*<?{re.escape(stem)}[^\w/-]"


def _label_pattern(label: str) -> str:
    return rf"#{re.escape(label)}(?![\w-])"


def _once(names: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(names))
