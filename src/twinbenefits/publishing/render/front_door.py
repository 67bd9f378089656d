"""One function that renders a document, whichever engine does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from twinbenefits.publishing.atomic import write_bytes
from twinbenefits.publishing.edition_mark import demonstration
from twinbenefits.publishing.render.document import Document, read_document
from twinbenefits.publishing.render.embedded import render_embedded
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.finishing import check_pages, completed_office_file
from twinbenefits.publishing.render.quarto import find_quarto, render_quarto

Engine = Literal["auto", "embedded", "quarto"]
ENGINES = ("auto", "embedded", "quarto")


def render(
    workspace: Path,
    source: str,
    to: str,
    out: Path,
    *,
    engine: Engine = "auto",
    epoch: int,
    edition_mark: str = "",
) -> Path:
    """Render one document of a workspace into one format.

    Parameters
    ----------
    workspace
        A folder that holds `_quarto.yml`, `_extensions/`, the sources, `_variables.yml` and `_staged/`.
    source
        The main document, relative to the workspace.
    to
        `html`, `typst` (a PDF), `docx`, `revealjs` or `pptx`.
    out
        The file to write; it appears complete or not at all, and keeps its time if its bytes stay the same.
    engine
        `auto` takes Quarto when it is on the PATH and the embedded engine otherwise.
    epoch
        Seconds since 1970 that stand for "now"; equal sources and epochs give equal bytes.
    edition_mark
        What the results in the document bring along for every page; the document cannot take it off.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    RenderError
        With every problem of the document, each with file and line.
    """
    document = read_document(workspace, source, to)
    document = replace(document, metadata=demonstration(document.metadata, edition_mark))
    content = _rendered(document, chosen_engine(engine), epoch)
    check_pages(content, document)
    if to in {"docx", "pptx"}:
        content = completed_office_file(content, document, epoch)
    write_bytes(out, content)
    return out


def chosen_engine(engine: str) -> Literal["embedded", "quarto"]:
    """Return which engine an engine's name means on this machine."""
    if engine not in ENGINES:
        rule = f"is not one of {', '.join(ENGINES)}"
        raise RenderError([problem_at("--engine", None, engine, rule, "Choose one of them.")])
    if engine == "quarto" or (engine == "auto" and find_quarto()):
        return "quarto"
    return "embedded"


def _rendered(document: Document, engine: Literal["embedded", "quarto"], epoch: int) -> bytes:
    if engine == "quarto":
        return render_quarto(document, epoch)
    return render_embedded(document, epoch)
