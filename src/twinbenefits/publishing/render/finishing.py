"""What every Word and PowerPoint file gets, whichever engine wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from twinbenefits.publishing.edition_mark import author_names
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.document import Document
from twinbenefits.publishing.render.faults import RenderError
from twinbenefits.publishing.render.office import read_zip, write_zip
from twinbenefits.publishing.render.powerpoint import Overfull, complete_pptx
from twinbenefits.publishing.render.word import complete_docx


def completed_office_file(content: bytes, document: Document, epoch: int) -> bytes:
    """Return a Word or PowerPoint file with what pandoc leaves open, and with bytes that repeat."""
    parts = read_zip(content)
    mark = str(document.metadata.get("edition-mark") or "")
    if document.to == "docx":
        return write_zip(complete_docx(parts, mark=mark, authors=author_names(document.metadata)), epoch)
    parts, overfull = complete_pptx(parts, mark=mark)
    problems = [problem for table in overfull for problem in _overfull_problems(document, table)]
    if problems:
        raise RenderError(problems, f"{document.source} to pptx")
    return write_zip(parts, epoch)


def check_pages(content: bytes, document: Document) -> None:
    """Refuse a PDF of several pages where its document promises one (`one-page: true`).

    Raises
    ------
    RenderError
        With the number of pages.
    """
    if document.to != "typst" or not document.metadata.get("one-page"):
        return
    from io import BytesIO

    from pypdf import PdfReader

    pages = len(PdfReader(BytesIO(content)).pages)
    if pages > 1:
        rule = "the document promises one page (`one-page: true`)"
        way_out = "Shorten its text, or what the notebook registers for it."
        problem = SourceProblem(document.source, None, None, f"{pages} pages", rule, way_out)
        raise RenderError([problem], f"{document.source} to typst")


def _overfull_problems(document: Document, table: Overfull) -> Iterable[SourceProblem]:
    value = f"slide {table.slide!r}: a table of {table.rows} rows"
    rule = "it does not fit a slide in letters that can be read"
    way_out = "Split it over two slides or show fewer rows."
    return document.body.problems(rf"^#+\s+{re.escape(table.slide)}", value, rule, way_out)
