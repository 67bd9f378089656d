"""A table of which only the first rows are shown, in every format that readers get."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from pypdf import PdfReader

from twinbenefits.publishing.long_tables import rows_shown
from twinbenefits.publishing.pipe_tables import pipe_table
from twinbenefits.publishing.render import render
from twinbenefits.publishing.snippets import Display, table_snippet

TEXT = "---\ntitle: Lamps\nformat:\n  {to}: default\n---\n\n{{{{< include ../_staged/tbl-d10.md >}}}}\n"


def seen(file: Path, to: str) -> str:
    if to == "html":
        return re.sub(r"<[^>]+>", "", file.read_text("utf-8"))
    if to == "docx":
        document = Document(str(file))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])
    return "\n".join(page.extract_text() for page in PdfReader(file).pages)


@pytest.mark.parametrize("to", ["html", "docx", "typst"])
def test_readers_are_told_how_many_rows_there_are_and_where(workspace: Path, tmp_path: Path, to: str) -> None:
    lamps = pd.DataFrame({"lamp": [f"Lamp{number:02}" for number in range(1, 33)]})
    shown, words = rows_shown(lamps, "D10.csv", most=31)
    display = Display("D10", "table", "", "Lamps of all harbours", f"Lit at dusk. {words}", "", None)
    (workspace / "_staged/tbl-d10.md").write_text(table_snippet(display, pipe_table(shown), None), "utf-8")
    (workspace / "paper/long.qmd").write_text(TEXT.format(to=to), "utf-8")
    made = render(workspace, "paper/long.qmd", to, tmp_path / f"long.{to}", engine="embedded", epoch=0)
    text = " ".join(seen(made, to).replace("\u00a0", " ").split())
    assert re.findall(r"Lamp\d\d", text) == shown["lamp"].tolist()
    assert "The first 31 of 32 rows; all of them are in D10.csv." in text
