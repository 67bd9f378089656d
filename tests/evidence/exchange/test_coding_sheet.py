"""The coding sheet goes out with drop-downs and comes back without a loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from twinbenefits.evidence.exchange.coding_sheet import read_coding_sheet, write_coding_sheet
from twinbenefits.evidence.exchange.project import CORE, Project
from twinbenefits.evidence.exchange.study_project import project_of_tables
from twinbenefits.evidence.problems import EvidenceError

FRAMES = ("codes", "sources", "segments", "codings", "coders", "cases")


def rows(project: Project, frame: str) -> dict[str, dict[str, Any]]:
    key = CORE[frame][0]
    return {
        row[key]: {
            name: str(cell) for name, cell in row.items() if name not in ("guid", "synthetic") and cell
        }
        for row in project.rows(frame)
    }


@pytest.fixture(scope="module")
def sheet(demo: Mapping[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "coding.xlsx"
    write_coding_sheet(demo, path)
    return path


def test_it_comes_back_without_a_loss(sheet: Path, demo: Mapping[str, pd.DataFrame]) -> None:
    expected = project_of_tables(demo)
    project, report = read_coding_sheet(sheet)
    for frame in FRAMES:
        assert rows(project, frame) == rows(expected, frame), frame
    coded = {*zip(demo["codings"]["segment"], demo["codings"]["coder"], strict=True)}
    readings = demo["assignments"].drop(columns="synthetic")
    only_read = [row for row in readings.itertuples(index=False, name=None) if row[:2] not in coded]
    again = project.tables["assignments"][[*readings.columns]]
    assert sorted(again.itertuples(index=False, name=None)) == sorted(only_read)
    assert report.dropped == report.problems == report.tolerated == ()


def test_rows_of_the_demonstration_stay_marked(sheet: Path) -> None:
    project, _ = read_coding_sheet(sheet)
    for frame in ("segments", "sources", "coders", "cases", "codings"):
        assert {*project.frame(frame)["synthetic"]} == {"true"}
    for page in openpyxl.load_workbook(sheet):
        assert "synthetic demonstration data" in str(page.oddHeader.center.text)


def test_real_rows_are_not_marked(as_real: Mapping[str, pd.DataFrame], tmp_path: Path) -> None:
    write_coding_sheet(small(as_real), tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    cells = [str(cell.value) for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if "synthetic" in cell]
    assert not [page for page in book if page.oddHeader.center.text]


def test_equal_tables_give_equal_bytes(sheet: Path, demo: Mapping[str, pd.DataFrame], tmp_path: Path) -> None:
    write_coding_sheet(demo, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == sheet.read_bytes()


def test_it_has_drop_downs_and_colour(sheet: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    assert book.sheetnames == [
        "Guide",
        "Codings",
        "Segments",
        "Coders",
        "Sources",
        "Cases",
        "Codebook",
        "Lists",
    ]
    codings = book["Codings"]
    names = [cell.value for cell in codings[1]]
    lists = {str(one.sqref).split("2:")[0]: one.formula1 for one in codings.data_validations.dataValidation}
    letters = {openpyxl.utils.get_column_letter(place): name for place, name in enumerate(names, start=1)}
    assert {letters[letter] for letter in lists} == {"coder", "code", "target_code", "status", "strength"}
    assert '"expected,observed,measured"' in lists.values()
    assert '"1,2,3"' in lists.values()
    consent = [one.formula1 for one in book["Segments"].data_validations.dataValidation]
    assert consent == ['"0,1,2,3,4,5,6"']
    assert len({cell.fill.fgColor.rgb for cell in codings[1]}) == 2
    assert len({row[0].fill.fgColor.rgb for row in book["Codebook"].iter_rows(min_row=2)}) > 3
    assert book["Lists"].sheet_state == "hidden"


def small(demo: Mapping[str, pd.DataFrame], **cells: str) -> dict[str, pd.DataFrame]:
    """Return a few rows of the tables, with other words in the first segment."""
    segments = demo["segments"].head(3).assign(**{name: [value, "", ""] for name, value in cells.items()})
    return {
        **demo,
        "segments": segments,
        "codings": demo["codings"].head(0),
        "assignments": demo["assignments"].head(0),
    }


@pytest.mark.parametrize("words", ["=1+1", "+358 40", "-5 %", "@somebody", "'=quoted", "'plain'"])
def test_no_cell_is_a_formula(demo: Mapping[str, pd.DataFrame], tmp_path: Path, words: str) -> None:
    write_coding_sheet(small(demo, first_order=words), tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.value[0] in "=+-@"]
    project, _ = read_coding_sheet(tmp_path / "s.xlsx")
    assert project.segments["first_order"].tolist()[0] == words


def test_passages_over_several_lines_and_blanks_at_their_ends_come_back(
    demo: Mapping[str, pd.DataFrame], tmp_path: Path
) -> None:
    words = " First line.\nSecond line. "
    write_coding_sheet(small(demo, text=words), tmp_path / "s.xlsx")
    project, _ = read_coding_sheet(tmp_path / "s.xlsx")
    assert project.segments["text"].tolist()[0] == words


@pytest.mark.parametrize(("words", "said"), [("x" * 40_000, "32,767"), ("bell \x07", "control character")])
def test_what_excel_would_spoil_is_refused(
    demo: Mapping[str, pd.DataFrame], tmp_path: Path, words: str, said: str
) -> None:
    with pytest.raises(EvidenceError, match=said) as caught:
        write_coding_sheet(small(demo, text=words), tmp_path / "s.xlsx")
    assert (caught.value.problems[0].row, caught.value.problems[0].column) == (2, "text")
    assert not (tmp_path / "s.xlsx").exists()


def test_a_coder_adds_a_row_and_changes_another(
    sheet: Path, demo: Mapping[str, pd.DataFrame], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(sheet)
    page = book["Codings"]
    names = [cell.value for cell in page[1]]
    first = {name: page.cell(2, place).value for place, name in enumerate(names, start=1)}
    choice = book["Lists"]["A10"].value
    page.cell(2, names.index("status") + 1).value = "observed"
    page.append([{**first, "coding": None, "code": choice}.get(name) for name in names])
    book.save(tmp_path / "edited.xlsx")
    project, _ = read_coding_sheet(tmp_path / "edited.xlsx")
    assert len(project.codings) == len(demo["codings"]) + 1
    added = project.codings.iloc[-1]
    assert (added["segment"], added["coder"]) == (first["segment"], first["coder"])
    assert str(choice).startswith(added["code"] + " ")
