"""What the project file, the variables and a document's front matter say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from twinbenefits.evidence import quick_yaml
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.source import Line

Metadata = dict[str, Any]

SUFFIX: Mapping[str, str] = {
    "html": ".html",
    "typst": ".pdf",
    "docx": ".docx",
    "revealjs": ".html",
    "pptx": ".pptx",
}
"""File name extension of each format that can be rendered."""

FORMAT_KEYS = frozenset({"number-sections", "toc", "toc-depth", "slide-level"})
"""Options a document may set for one of its formats; all others stand once in `_quarto.yml`."""

DOCUMENT_KEYS = FORMAT_KEYS | {
    *("title", "subtitle", "author", "abstract", "keywords", "running-title", "date", "lang"),
    *("description", "edition-mark", "nocite", "format", "one-page", "demonstration-mark"),
}
"""Front matter that means the same to both engines."""


@dataclass(frozen=True)
class Project:
    """The parts of a Quarto project that a single document depends on.

    Parameters
    ----------
    workspace
        The folder that holds `_quarto.yml`.
    settings
        The content of `_quarto.yml`.
    variables
        The content of `_variables.yml`; empty when there is none.
    """

    workspace: Path
    settings: Metadata
    variables: Metadata


def read_project(workspace: Path) -> Project:
    """Read `_quarto.yml` and `_variables.yml`.

    Raises
    ------
    RenderError
        When `_quarto.yml` is missing or one of the two is not a YAML mapping.
    """
    settings = read_mapping(workspace, "_quarto.yml")
    if settings is None:
        problem = problem_at(
            "_quarto.yml", None, "missing", "a workspace has a project file", "Render in a project."
        )
        raise RenderError([problem])
    return Project(workspace, settings, read_mapping(workspace, "_variables.yml") or {})


def read_mapping(workspace: Path, name: str) -> Metadata | None:
    """Read a YAML file that must hold a mapping; None when there is no such file."""
    path = workspace / name
    if not path.is_file():
        return None
    lines = path.read_text("utf-8").split("\n")
    return parse_mapping("\n".join(lines), name, first_line=1)


def parse_mapping(text: str, file: str, first_line: int) -> Metadata:
    """Parse YAML that starts at a given line of a file."""
    try:
        content = quick_yaml.load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + mark.line if mark else first_line
        what = str(getattr(error, "problem", None) or "not readable")
        problem = problem_at(file, line, what, "this must be YAML", "Check indentation, colons and quotes.")
        raise RenderError([problem]) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        problem = problem_at(
            file, first_line, type(content).__name__, "this must be a mapping", "Write `key: value`."
        )
        raise RenderError([problem])
    return {str(key): value for key, value in content.items()}


def split_front_matter(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Separate the YAML between the first two `---` lines from the body."""
    if not lines or lines[0].text.rstrip() != "---":
        return [], lines
    for end, line in enumerate(lines[1:], start=1):
        if line.text.rstrip() in {"---", "..."}:
            return lines[1:end], lines[end + 1 :]
    return [], lines


def read_front_matter(front: list[Line]) -> Metadata:
    """Parse a document's own front matter."""
    if not front:
        return {}
    return parse_mapping("\n".join(line.text for line in front), front[0].origin.file, front[0].origin.line)


def check_front_matter(front: list[Line], metadata: Metadata, file: str, to: str) -> Iterator[SourceProblem]:
    """Yield what a document's front matter says that the two engines would not read alike."""
    yield from _unknown_keys(front, file, metadata, DOCUMENT_KEYS, "a document")
    formats = declared_formats(metadata)
    for name, options in formats.items():
        if name not in SUFFIX:
            line = line_of_key(front, name)
            yield problem_at(
                file, line, f"format {name}", "is not one both engines make", f"Use {_listed(SUFFIX)}."
            )
        elif isinstance(options, dict):
            yield from _unknown_keys(front, file, options, FORMAT_KEYS, f"format {name}")
        elif options not in (None, "default"):
            line = line_of_key(front, name)
            yield problem_at(
                file, line, f"{name}: {options}", "is not an option set", f"Write `{name}: default`."
            )
    if to not in formats:
        known = _listed(formats) or "none"
        line = line_of_key(front, "format")
        rule = f"the document does not declare this format (it declares: {known})"
        yield problem_at(file, line, to, rule, f"Add `{to}: default` under `format:`.")
    if not metadata.get("title"):
        line = line_of_key(front, "title")
        yield problem_at(
            file, line or 1, "title", "every document needs one, also for screen readers", "Add `title:`."
        )


def declared_formats(metadata: Metadata) -> Metadata:
    """Return the formats a document asks for, each with its options."""
    declared = metadata.get("format")
    if isinstance(declared, str):
        return {declared: None}
    return declared if isinstance(declared, dict) else {}


def merged_metadata(project: Project, own: Metadata, to: str) -> Metadata:
    """Merge in Quarto's order: project, project's format, document, document's format."""
    layers = (project.settings, _options(project.settings, to), own, _options(own, to))
    merged: Metadata = {}
    for layer in layers:
        merged = merge(merged, layer)
    merged.pop("format", None)
    return merged


def merge(under: Metadata, over: Metadata) -> Metadata:
    """Lay one mapping over another; nested mappings are merged, everything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def line_of_key(front: list[Line], key: str) -> int | None:
    """Return the line on which a key stands in the front matter."""
    for line in front:
        if line.text.strip().startswith(f"{key}:"):
            return line.origin.line
    return front[0].origin.line if front else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a sentence that names the most similar known word, or lists the known ones."""
    words = sorted(known)
    close = nearest(name, words)
    if close:
        return f"Did you mean `{close}`?"
    return f"Known: {shortlist(words)}." if words else "None is defined."


def _options(metadata: Metadata, to: str) -> Metadata:
    options = declared_formats(metadata).get(to)
    return options if isinstance(options, dict) else {}


def _unknown_keys(
    front: list[Line], file: str, found: Metadata, known: frozenset[str], owner: str
) -> Iterator[SourceProblem]:
    for key in found:
        if key not in known:
            rule = f"{owner} has no such option that both engines know"
            yield problem_at(file, line_of_key(front, key), f"`{key}:`", rule, suggestion(key, known))


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names)
