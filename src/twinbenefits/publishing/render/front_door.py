"""One function that renders a document, whichever engine does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from twinbenefits.publishing.atomic import write_bytes
from twinbenefits.publishing.edition_mark import demonstration
from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.render.document import Document, checked, open_document
from twinbenefits.publishing.render.embedded import completed, render_embedded, write_embedded
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.last_time import LastTime
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
    kept: Kept | None = None,
    rests_on: Mapping[str, str] | None = None,
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
    kept
        Where the document is looked up as it was rendered last time, to render only what was edited.
    rests_on
        A digest by name of all that the document rests on besides its text; without it all is rendered.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    RenderError
        With every problem of the document, each with file and line.
    """
    document, problems = open_document(workspace, source, to)
    document = replace(document, metadata=demonstration(document.metadata, edition_mark))
    if chosen_engine(engine) == "quarto":
        content = render_quarto(checked(document, problems), epoch)
    elif problems or kept is None or rests_on is None:
        content = render_embedded(checked(document, problems), epoch)
    else:
        content = _renewed(document, epoch, LastTime(kept, document, epoch, rests_on))
    if to in {"typst", "docx", "pptx"}:
        from twinbenefits.publishing.render.finishing import check_pages, completed_office_file

        check_pages(content, document)
        content = content if to == "typst" else completed_office_file(content, document, epoch)
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


def _renewed(document: Document, epoch: int, last_time: LastTime) -> bytes:
    """Render what was edited since last time, or all of it."""
    document = last_time.read() or checked(document)
    written = last_time.rendered()
    if written is None:
        written = write_embedded(document, epoch)
    last_time.keep(document.syntax, written)
    return completed(written, document, epoch)
