"""Read a document completely, and refuse it with all its problems before any engine sees it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render import tree
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.pandoc import PandocRun, run_pandoc
from twinbenefits.publishing.render.project import (
    SUFFIX,
    Metadata,
    check_front_matter,
    line_of_key,
    merged_metadata,
    read_front_matter,
    read_project,
    split_front_matter,
    suggestion,
)
from twinbenefits.publishing.render.references import bibliography_keys, reference_problems
from twinbenefits.publishing.render.shortcodes import Expansion
from twinbenefits.publishing.render.source import Line, Origin, Source, read_lines
from twinbenefits.publishing.render.subset import subset_problems

READER = "markdown-yaml_metadata_block"
"""How a body is read; the front matter is read before."""


MOST_READINGS = 16
_READINGS: dict[tuple[object, bytes], Future[PandocRun]] = {}
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Document:
    """A checked document, ready for an engine.

    Parameters
    ----------
    workspace
        The project folder.
    source
        The main file, relative to the workspace, with forward slashes.
    to
        The format.
    metadata
        Project, format and document options merged, shortcodes replaced.
    body
        The text with all includes and shortcodes replaced.
    syntax
        What pandoc read of that text, in JSON; checks and embedded engine go by the same reading.
    """

    workspace: Path
    source: str
    to: str
    metadata: Metadata
    body: Source
    syntax: bytes = b""

    @property
    def folder(self) -> Path:
        """The main file's folder, from which its paths start."""
        return (self.workspace / self.source).parent

    def from_folder(self, path: str) -> str:
        """Rewrite a path of `_quarto.yml`, which starts at the workspace, to start at the document."""
        return Path(os.path.relpath(self.workspace / path, self.folder)).as_posix()


def read_document(workspace: Path, source: str, to: str) -> Document:
    """Read and check a document for one format.

    Raises
    ------
    RenderError
        With every problem found: unknown options, shortcodes that lead nowhere, elements outside the
        common subset, and labels, references, citations and images that do not hold.
    """
    document, problems = open_document(workspace, source, to)
    return checked(document, problems)


def open_document(workspace: Path, source: str, to: str) -> tuple[Document, list[SourceProblem]]:
    """Read a document's text without pandoc; return what is wrong so far beside it.

    Raises
    ------
    RenderError
        When there is no such source or format, or nothing can be read.
    """
    title = f"{source} to {to}"
    if to not in SUFFIX:
        rule = "is not a format that can be rendered"
        raise RenderError([problem_at(source, None, f"format {to}", rule, suggestion(to, SUFFIX))], title)
    project = read_project(workspace)
    path = workspace / source
    if not path.is_file():
        raise RenderError(
            [problem_at(source, None, "missing", "there is no such source", "Check the path.")], title
        )
    front, body = split_front_matter(read_lines(path, source))
    own = read_front_matter(front)
    problems = list(check_front_matter(front, own, source, to))
    metadata = merged_metadata(project, own, to)
    expansion = Expansion(workspace, source, metadata, project.variables)
    metadata = expansion.expand_metadata(metadata, _shortcode_line(front, source))
    expanded = Source(tuple(expansion.expand(body)), tuple(front))
    problems += expansion.problems
    problems += _date_problems(metadata, front, source)
    return Document(workspace, source, to, metadata, expanded), problems


def checked(document: Document, problems: Sequence[SourceProblem] = ()) -> Document:
    """Return the document with pandoc's reading of it.

    Raises
    ------
    RenderError
        With the problems that are known already, and those of the text.
    """
    document = replace(document, syntax=parse(document))
    problems = [*problems, *_body_problems(document)]
    if problems:
        raise RenderError(problems, f"{document.source} to {document.to}")
    return document


def _body_problems(document: Document) -> Iterator[SourceProblem]:
    blocks = json.loads(document.syntax)["blocks"]
    shown = tree.visible(blocks, document.to)
    keys = bibliography_keys([document.workspace / path for path in bibliography(document.metadata)])
    yield from subset_problems(document.body, blocks)
    yield from reference_problems(document.body, shown, document.folder, document.workspace, keys)


def parse(document: Document) -> bytes:
    """Return the body as pandoc's syntax tree in JSON.

    A text that several formats share is read once, though they may be rendered side by side.
    """
    text = document.body.text.encode()
    key = (document.metadata.get("default-image-extension"), text)
    done = _read_once(key, lambda: run_reader(document, text))
    if done.returncode:
        problem = problem_at(
            document.source, None, done.message, "pandoc could not read it", "Mend the Markdown."
        )
        raise RenderError([problem], f"{document.source} to {document.to}")
    return done.output


def run_reader(document: Document, text: bytes) -> PandocRun:
    """Let pandoc read a text as it reads the document's body."""
    options = {"from": READER, "to": "json"}
    extension = document.metadata.get("default-image-extension")
    if extension:
        options["default-image-extension"] = extension
    return run_pandoc(options, text, folder=document.folder)


def _read_once(key: tuple[object, bytes], read: Callable[[], PandocRun]) -> PandocRun:
    """Return what was read under this key; who asks meanwhile waits for the one who reads."""
    with _ONE_AT_A_TIME:
        reading = _READINGS.get(key)
        is_first = reading is None
        if reading is None:
            reading = _READINGS[key] = Future()
            for oldest in list(_READINGS)[:-MOST_READINGS]:
                del _READINGS[oldest]
    if is_first:
        try:
            reading.set_result(read())
        except BaseException as error:  # whatever it is, those who wait must hear of it; the next one tries
            reading.set_exception(error)
            with _ONE_AT_A_TIME:
                _READINGS.pop(key, None)
    return reading.result()


def bibliography(metadata: Metadata) -> list[str]:
    """Return the bibliography files named in the metadata."""
    named = metadata.get("bibliography") or []
    return [named] if isinstance(named, str) else list(named)


def _date_problems(metadata: Metadata, front: list[Line], source: str) -> Iterator[SourceProblem]:
    date = metadata.get("date")
    if date is None:
        return
    try:
        datetime.date.fromisoformat(str(date))
    except ValueError:
        rule = "a date is a fixed day, so that two runs give the same bytes"
        yield problem_at(source, line_of_key(front, "date"), f"date: {date}", rule, "Write YYYY-MM-DD.")


def _shortcode_line(front: list[Line], source: str) -> Origin:
    for line in front:
        if "{{<" in line.text:
            return line.origin
    return Origin(source, 1)
