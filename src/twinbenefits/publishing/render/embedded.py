"""The embedded engine: pandoc, typst and reveal.js from wheels render what Quarto would."""

from __future__ import annotations

import datetime
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.document import Document, bibliography
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.pandoc import PandocRun, run_pandoc
from twinbenefits.publishing.render.reveal import reveal_folder, stylesheets
from twinbenefits.publishing.render.typst_pdf import compile_pdf

ASSETS = Path(__file__).parent / "assets"
EXTENSION = "_extensions/compendium"
WRITERS = {"html": "html5", "typst": "typst", "docx": "docx", "revealjs": "revealjs", "pptx": "pptx"}
FOR_READERS = (
    *("title", "subtitle", "author", "abstract", "keywords", "running-title", "description", "lang"),
    *("edition-mark", "nocite", "number-sections", "link-citations", "one-page", "demonstration"),
)
"""Metadata that reaches pandoc; options of the project do not."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
"""Written out, because the locale of the machine must not change a byte."""

LABEL = re.compile(r"\b(?:fig|tbl|sec|eq)-[\w-]+")

PASSED_ON = ("toc-depth", "number-sections", "slide-level", "default-image-extension")
"""Options that have the same name in pandoc."""


def render_embedded(document: Document, epoch: int) -> bytes:
    """Render a checked document without Quarto; see `write_embedded`, of which a PDF is made."""
    return completed(write_embedded(document, epoch), document, epoch)


def completed(written: bytes, document: Document, epoch: int) -> bytes:
    """Return the file for what pandoc has written: a PDF for typst's source, anything else as it is."""
    return compile_pdf(written, document, epoch) if document.to == "typst" else written


def write_embedded(document: Document, epoch: int) -> bytes:
    """Let pandoc write a checked document.

    Parameters
    ----------
    document
        What to render.
    epoch
        Seconds since 1970 that stand for "now" in every date the file carries.

    Returns
    -------
    bytes
        The whole file; typst's source for a PDF; a Word or PowerPoint file as pandoc wrote it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = folder / "made"
        options = _common_options(document, folder) | _format_options(document, folder)
        options["output-file"] = str(made)
        done = run_pandoc(options, document.syntax, folder=document.folder, epoch=epoch)
        problems = _run_problems(document, done)
        if problems:
            raise RenderError(problems, f"{document.source} to {document.to}")
        return made.read_bytes()


def render_part(document: Document, epoch: int, syntax: bytes, template: str) -> bytes | None:
    """Render some blocks as a page would show them; None where pandoc has something to say of them.

    Parameters
    ----------
    document
        The page's document, for its options and metadata.
    epoch
        As for the page.
    syntax
        The blocks, as pandoc's syntax tree in JSON.
    template
        What is put around them.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made, around = folder / "made", folder / "part.html"
        around.write_text(template, "utf-8")
        options = _common_options(document, folder) | _format_options(document, folder)
        options |= {"output-file": str(made), "template": str(around), "css": [], "table-of-contents": False}
        done = run_pandoc(options, syntax, folder=document.folder, epoch=epoch)
        return None if done.returncode or done.warnings else made.read_bytes()


def _common_options(document: Document, folder: Path) -> dict[str, Any]:
    metadata = document.metadata
    before = ["blocks.lua", "numbering.lua", "front.lua"]
    after = ["typst.lua", "finish.lua"] if document.to == "typst" else ["finish.lua"]
    options: dict[str, Any] = {
        "from": "json",
        "to": WRITERS[document.to],
        "standalone": True,
        "wrap": "preserve",
        "metadata-files": [str(_metadata_file(document, folder))],
        "filters": [
            *(str(ASSETS / name) for name in before),
            str((document.workspace / EXTENSION / "compendium.lua").resolve()),
            "citeproc",
            *(str(ASSETS / name) for name in after),
        ],
        "table-of-contents": bool(metadata.get("toc")),
    }
    for key in PASSED_ON:
        if key in metadata:
            options[key] = metadata[key]
    return options


def _format_options(document: Document, folder: Path) -> dict[str, Any]:
    if document.to == "html":
        return _page_options(document)
    if document.to == "typst":
        return _typst_options(document, folder)
    if document.to == "revealjs":
        return _slides_options(document)
    return {"reference-doc": document.from_folder(document.metadata["reference-doc"])}


def _page_options(document: Document) -> dict[str, Any]:
    return {
        "template": str(ASSETS / "page.html"),
        "css": [str(ASSETS / "page.css"), *_stylesheets(document)],
        "embed-resources": True,
        "html-math-method": {"method": "mathml"},
        "section-divs": True,
    }


def _slides_options(document: Document) -> dict[str, Any]:
    sizes = {key: document.metadata[key] for key in ("width", "height", "margin")}
    return {
        "template": str(ASSETS / "slides.html"),
        "css": [*map(str, stylesheets()), str(ASSETS / "slides.css"), *_stylesheets(document)],
        "embed-resources": True,
        "html-math-method": {"method": "mathml"},
        "variables": {"revealjs-url": str(reveal_folder()), "center": "false", **sizes},
    }


def _typst_options(document: Document, folder: Path) -> dict[str, Any]:
    """Lay the template and the project's partials side by side, where pandoc looks for partials."""
    template = folder / "paper.typst"
    for part in (ASSETS / "paper.typst", *_partials(document)):
        shutil.copyfile(part, folder / part.name)
    return {"template": str(template)}


def _partials(document: Document) -> list[Path]:
    return [document.workspace / path for path in document.metadata.get("template-partials", [])]


def _stylesheets(document: Document) -> list[str]:
    named = document.metadata.get("css") or []
    return [document.from_folder(path) for path in ([named] if isinstance(named, str) else named)]


def _metadata_file(document: Document, folder: Path) -> Path:
    """Write the metadata to a file, since only there pandoc reads its texts as Markdown."""
    metadata = {key: document.metadata[key] for key in FOR_READERS if key in document.metadata}
    metadata["bibliography"] = [document.from_folder(path) for path in bibliography(document.metadata)]
    metadata["source-folder"] = document.folder.relative_to(document.workspace).as_posix()
    if "csl" in document.metadata:
        metadata["csl"] = document.from_folder(document.metadata["csl"])
    if "date" in document.metadata:
        metadata["date"] = written_date(document.metadata["date"])
    if metadata.get("number-sections"):
        metadata["section-numbering"] = "1.1"
    if not metadata.get("edition-mark"):
        metadata.pop("edition-mark", None)
    path = folder / "metadata.yaml"
    path.write_text(yaml.safe_dump(metadata, allow_unicode=True), "utf-8")
    return path


def written_date(date: Any) -> str:
    """Return a day as readers write it, as Quarto's `date-format: D MMMM YYYY` does.

    >>> written_date("2026-06-07")
    '7 June 2026'
    """
    day = datetime.date.fromisoformat(str(date))
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _run_problems(document: Document, done: PandocRun) -> list[SourceProblem]:
    problems = [problem for entry in done.warnings for problem in _warning_problems(document, entry)]
    if done.returncode and not problems:
        way_out = "This is not expected of a checked document; mend what pandoc names."
        problems.append(problem_at(document.source, None, done.message, "pandoc could not write it", way_out))
    return problems


def _warning_problems(document: Document, entry: Mapping[str, Any]) -> Iterable[SourceProblem]:
    """Say what pandoc or one of the filters warns of, at the label it names."""
    message = str(entry.get("message") or entry.get("pretty", ""))
    label = LABEL.search(message)
    rule = "the document cannot be rendered so"
    if label:
        pattern = rf"[#@]{re.escape(label[0])}(?![\w-])"
        return document.body.problems(pattern, message, rule, "Mend it there.")
    return [problem_at(document.source, None, message, rule, "Mend what is named.")]
