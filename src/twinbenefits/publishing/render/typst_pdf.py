"""Compile typst to an accessible PDF."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

from twinbenefits.publishing.render.document import Document
from twinbenefits.publishing.render.faults import RenderError, problem_at

STANDARD: Final = "ua-1"
"""PDF/UA-1: typst refuses a document without title, alternative texts or a sound structure."""


def compile_pdf(text: bytes, document: Document, epoch: int) -> bytes:
    """Compile typst source with the workspace as the only folder it may read.

    Parameters
    ----------
    text
        The typst source; paths in it start at the workspace.
    document
        What is rendered.
    epoch
        The PDF's date.
    """
    import typst

    try:
        # The stub wants the root in the type of the input, which is bytes here.
        pdf, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]
            text,
            root=str(document.workspace.resolve()),
            font_paths=[str(folder) for folder in font_folders()],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[STANDARD],
            timestamp=epoch,
        )
    except typst.TypstError as error:
        rule = "typst could not make an accessible PDF of it"
        way_out = "Mend what typst names; alternative texts, headings in order and a title are required."
        problem = problem_at(document.source, None, _told(error), rule, way_out)
        raise RenderError([problem], f"{document.source} to typst") from None
    problems = [
        problem_at(document.source, None, _told(warning), "typst warns", "Mend it in the source.")
        for warning in warnings
    ]
    if problems:
        raise RenderError(problems, f"{document.source} to typst")
    return bytes(pdf)


def font_folders() -> list[Path]:
    """Return the fonts that figures are drawn with, so that text in an SVG looks the same in the PDF."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"]


def _told(problem: object) -> str:
    message = str(getattr(problem, "message", problem))
    hints = getattr(problem, "hints", None) or []
    return " ".join([message, *(str(hint) for hint in hints)])
