"""Pipe tables: what is written is what pandoc reads back."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.publishing.markdown_tree import plain_text, read_trees
from twinbenefits.publishing.pipe_tables import (
    UNMARKED,
    _alone,
    _rows_of,
    cell_problems,
    pipe_table,
    plain_rows,
)

PLAIN = "ab4é -\u201c\u201d,.;:()%/?+=\u00b7\u2013\u2212"
WORDS = st.text(alphabet=st.sampled_from("abc |é-4%.,;()"), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split()) or "x"
)


@settings(max_examples=40)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_plain_cells_come_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["one", "two | three"], dtype=object)
    assert plain_rows(frame, pipe_table(frame)) == [["one", "two | three"], *map(list, rows)]


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.text(PLAIN, max_size=9), min_size=2, max_size=2),
        min_size=1,
        max_size=9,
    )
)
def test_cells_without_a_mark_are_read_as_they_stand(rows: list[list[str]]) -> None:
    kept = [[cell.strip() for cell in row] for row in rows]
    kept = [row for row in kept if all(map(UNMARKED.fullmatch, row))] or [["a", "b"]]
    assert _rows_of(pipe_table(pd.DataFrame(kept, columns=["one", "two"])))[1:] == kept


@settings(max_examples=40)
@given(st.lists(st.text("xa b`$*_[]<>/(){}^~@|:-\\!#&", max_size=9), min_size=1, max_size=9))
def test_cells_are_read_together_as_each_is_read_alone(cells: list[str]) -> None:
    lines = [f"x {' '.join(cell.split())}" for cell in cells]
    alone = read_trees(lines, curled=False)
    assert [plain_text(blocks) for blocks in _alone(lines)] == [plain_text(blocks) for blocks in alone]


def test_markdown_in_cells_is_kept_and_bars_and_line_breaks_do_no_harm() -> None:
    frame = pd.DataFrame(
        {"who": ["*Tao* [@Tao2023; @Qi2021] | Qi\net al. 2021 [not yet identified]"], "n": ["1 234"]}
    )
    markdown = pipe_table(frame)
    assert "*Tao* [@Tao2023; @Qi2021] \\| Qi et al. 2021 [not yet identified]" in markdown
    assert plain_rows(frame, markdown)[1] == [
        "Tao Tao2023; Qi2021 | Qi et al. 2021 [not yet identified]",
        "1 234",
    ]


def test_a_bar_that_is_escaped_already_is_not_escaped_again() -> None:
    frame = pd.DataFrame({"a": [r"x \| y", r"x \\| y"]})
    assert plain_rows(frame, pipe_table(frame)) == [["a"], ["x | y"], ["x \\| y"]]


def test_columns_of_numbers_are_set_to_the_right_and_words_to_the_left() -> None:
    frame = pd.DataFrame(
        {"word": ["a", "4"], "number": ["\u22124.5", ""], "share": ["12 %", "3%"], "none": ["", ""]}
    )
    assert pipe_table(frame).splitlines()[1] == "|:---|---:|---:|:---|"


def test_widths_become_the_share_of_dashes_that_pandoc_reads() -> None:
    table = read_trees([pipe_table(pd.DataFrame({"a": ["x"], "b": ["y"]}), widths=[30, 70])])[0][0]
    shares = [column[1]["c"] for column in table["c"][2]]
    assert shares == pytest.approx([0.3, 0.7], abs=0.02)


def test_quotation_marks_stay_as_typed_in_plain_text() -> None:
    frame = pd.DataFrame({"a": ['the "what-if" -- it\'s 1...2']})
    assert plain_rows(frame, pipe_table(frame))[1] == ['the "what-if" -- it\'s 1...2']


def test_cells_that_would_be_lists_or_headings_elsewhere_stay_cells() -> None:
    frame = pd.DataFrame({"a": ["- x", "# y", "1. z", "> q", ""], "b": ["(a) p", "+ r", ": s", "***", "---"]})
    assert plain_rows(frame, pipe_table(frame))[1:] == frame.to_numpy().tolist()


def test_cells_that_are_not_text_are_named_by_row_and_column() -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [1.5, 2]}, dtype=object)
    assert [(row, column) for row, column, _ in cell_problems(frame)] == [(1, "b"), (2, "a"), (2, "b")]
    assert cell_problems(pd.DataFrame({"a": []})) == [(None, "", "the frame has 0 rows and 1 columns")]
    assert cell_problems(pd.DataFrame({7: ["x"]})) == [(None, "7", "the column name is not text")]


@pytest.mark.parametrize("cells", [("`x", "y`"), ("$x", "y$")])
def test_a_mark_that_swallows_the_border_to_the_next_cell_is_an_error(cells: tuple[str, str]) -> None:
    frame = pd.DataFrame([cells], columns=["a", "b"])
    with pytest.raises(ValueError, match="changes its neighbours"):
        plain_rows(frame, pipe_table(frame))


@pytest.mark.parametrize("cells", [("`x", "b"), ("$x", "b"), ("[x", "y](z)"), ("**x", "y**"), ("<x", "y>")])
def test_an_open_mark_that_does_no_harm_stays_as_it_is(cells: tuple[str, str]) -> None:
    frame = pd.DataFrame([cells], columns=["a", "b"])
    assert plain_rows(frame, pipe_table(frame))[1] == list(cells)


def test_what_is_no_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="no table"):
        plain_rows(pd.DataFrame({"a": ["x"]}), "words\n")
