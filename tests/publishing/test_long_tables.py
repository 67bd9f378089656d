"""Tables longer than a document shows: the first rows in the document, all of them in the file."""

from __future__ import annotations

import csv
import json
from typing import Any

import pandas as pd
import pytest

from twinbenefits.publishing.long_tables import MOST_ROWS
from twinbenefits.publishing.markdown_tree import read_trees


def boats(many: int) -> pd.DataFrame:
    """Return so many lines, the last of them with marks that plain text does not have."""
    names = [f"Boat {number}" for number in range(1, many)]
    return pd.DataFrame({"boat": [*names, "*Argo* [@Noah1900] | last"], "crew": ["50"] * many})


@pytest.mark.parametrize("over", [0, 1])
def test_a_document_shows_as_many_rows_as_are_read_and_the_file_has_all(toy: Any, over: int) -> None:
    many = MOST_ROWS + over
    results = toy.registry()
    results.value("boats", toy.released())
    shown = results.table(
        "D01", boats(many), of=toy.released(), caption="All {boats} boats", note="As of 2026."
    )
    folder = toy.results() / "01_boats"
    words = f"The first {MOST_ROWS} of {many} rows; all of them are in `D01.csv`." if over else ""
    for text in (
        str(shown),
        *((folder / name).read_text("utf-8") for name in ("tables/D01.md", "snippets/tbl-d01.md")),
    ):
        assert f"As of 2026. {words}".strip() in text
        (table,) = [block for block in read_trees([text])[0] if block["t"] == "Table"]
        assert len(table["c"][4][0][3]) == MOST_ROWS
        assert ("last" in text) == (not over)
    assert words in (folder / "snippets/tbl-d01-slide.md").read_text("utf-8")
    record = json.loads((folder / "displays.json").read_text("utf-8"))["D01"]
    assert record["note"] == f"As of 2026. {words}".strip()
    assert record["values"] == ["boats"]
    with (folder / "tables/D01.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + many
    assert rows[1] == ["Boat 1", "50"]
    assert rows[-1] == ["Argo Noah1900 | last", "50"]


def test_rows_that_are_not_shown_cannot_break_the_table(toy: Any) -> None:
    frame = boats(MOST_ROWS + 1)
    frame.iloc[-1, 0] = "an open `mark"
    toy.registry().table("D01", frame, of=toy.released(), caption="Boats")
    written = (toy.results() / "01_boats/tables/D01.csv").read_text("utf-8")
    assert written.endswith("an open `mark,50\n")
