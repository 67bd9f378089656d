"""The short way over the words of a column never passes what pandera would refuse."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.evidence.checking import may_break, value_problems
from twinbenefits.evidence.columns import day, number, text
from twinbenefits.evidence.words import Words, joined


class Sheet(pa.DataFrameModel):
    """One column of each kind."""

    code: pa.typing.Series[str] = text("A code.", pattern="[a-z]+[0-9]?", looks_like="ab or ab1")
    maybe: pa.typing.Series[str] = text("A code or nothing.", required=False, pattern="a|ab", looks_like="a")
    kind: pa.typing.Series[str] = text("A word.", allowed=("one", "two"))
    note: pa.typing.Series[str] = text("Something.")
    level: pa.typing.Series[pd.Int64Dtype] = number("A level.", minimum=1, maximum=3)
    share: pa.typing.Series[pd.Float64Dtype] = number("A share.", minimum=0, required=False)
    when: pa.typing.Series[pd.Timestamp] = day("A day.")


WORDS = st.sampled_from(["", "a", "ab", "ab1", "1", "one", "two", "three", "a1\n", "A", "a b", "aa|ab"])
COLUMNS = {
    **dict.fromkeys(("code", "maybe", "kind", "note"), WORDS),
    "level": st.sampled_from([None, 0, 1, 2, 3, 4]),
    "share": st.sampled_from([None, -0.5, 0.0, 1.5]),
    "when": st.sampled_from([None, pd.Timestamp("2026-01-01")]),
}


@given(data=st.data(), name=st.sampled_from([*COLUMNS]))
def test_a_column_that_cannot_break_does_not_break(data: st.DataObject, name: str) -> None:
    schema = Sheet.to_schema().columns[name]
    kind = str(schema.dtype).replace("string[python]", "str")
    cells = pd.Series(data.draw(st.lists(COLUMNS[name], max_size=6)), dtype=object).astype(kind)
    words = Words.of(cells.astype(str))
    try:
        pa.DataFrameSchema({name: schema}).validate(cells.to_frame(name), lazy=True)
        sound = True
    except pa.errors.SchemaErrors:
        sound = False
    assert sound or may_break(cells, words, schema)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_sound_column_is_not_looked_at_closely(name: str) -> None:
    sound = {
        "code": ["a", "ab1"],
        "maybe": ["", "ab"],
        "kind": ["one", "two"],
        "note": ["a b", "x"],
        "level": [1, 3],
        "share": [None, 0.5],
        "when": [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")],
    }
    schema = Sheet.to_schema().columns[name]
    cells = pd.Series(sound[name], dtype=object).astype(str(schema.dtype).replace("string[python]", "str"))
    assert not may_break(cells, Words.of(cells.astype(str)), schema)


def test_only_what_breaks_is_reported() -> None:
    rows = {"code": ["a", "A"], "maybe": ["", "ab"], "kind": ["one", "two"], "note": ["x", ""]}
    frame = pd.DataFrame(rows, index=[2, 3]).assign(
        level=pd.array([1, 9], "Int64"),
        share=pd.array([None, 1.0], "Float64"),
        when=pd.Timestamp("2026-01-01"),
    )
    words = {name: Words.of(frame[name].astype(str)) for name in frame}
    problems = value_problems(frame, Sheet.to_schema(), "a.csv", words)
    assert [(problem.row, problem.column) for problem in problems] == [(3, "code"), (3, "note"), (3, "level")]


@given(cells=st.lists(st.text(max_size=3)))
def test_words_give_back_their_cells(cells: list[str]) -> None:
    words = Words.of(cells)
    assert words.tolist() == cells
    assert len({*words.words}) == len(words.words)
    assert words.changed(str.upper).tolist() == [cell.upper() for cell in cells]
    assert words.where(str.isdigit).tolist() == [cell.isdigit() for cell in cells]
    assert words.looked_up({"a": 1}, 0).tolist() == [int(cell == "a") for cell in cells]


@given(pairs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))))
def test_joined_numbers_tell_rows_apart(pairs: list[tuple[str, str]]) -> None:
    one, two = (Words.of([pair[place] for pair in pairs]) for place in (0, 1))
    numbers = joined(one, two).tolist()
    assert [numbers.index(n) for n in numbers] == [pairs.index(pair) for pair in pairs]


def test_a_column_of_a_table_may_be_given() -> None:
    assert Words.of(pd.Series(["a", "b", "a"], dtype="str")).words.tolist() == ["a", "b"]


@pytest.mark.parametrize("cells", [[], [""]])
def test_hardly_anything_is_fine(cells: list[str]) -> None:
    assert Words.of(cells).tolist() == cells
    assert joined(Words.of(cells), Words.of(cells)).tolist() == [0] * len(cells)
