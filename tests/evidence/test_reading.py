"""What carries no information is read away; nothing else is lost, and no file is changed by reading it."""

from __future__ import annotations

import csv
import io
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.reading import read_table
from twinbenefits.evidence.study import Study

Writer = Callable[[str, str | bytes], Path]
TABLE = "reference_candidates"


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, object]:
    return {
        "delimiter": draw(st.sampled_from([",", ";", "\t"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        "form": draw(st.sampled_from(["NFC", "NFD"])),
        "announced": draw(st.booleans()),
        "blanks": draw(st.sampled_from(["", " ", "\u00a0"])),
        "empty_rows": draw(st.integers(0, 3)),
        "empty_columns": draw(st.integers(0, 2)),
        "cut": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**16)),
    }


def written(frame: pd.DataFrame, dialect: dict[str, object]) -> bytes:
    """Return a table as another program may have saved it."""
    shuffled = frame.sample(frac=1, random_state=dialect["seed"])  # type: ignore[call-overload]
    shuffled = shuffled.sample(frac=1, axis=1, random_state=dialect["seed"])
    blanks, more = dialect["blanks"], [""] * int(dialect["empty_columns"])  # type: ignore[call-overload]
    rows = [[f"{blanks}{cell}{blanks}" for cell in row] + more for row in shuffled.to_numpy().tolist()]
    if dialect["cut"]:  # spreadsheets leave out empty cells at the end of a row
        rows = [row[: max((i + 1 for i, cell in enumerate(row) if cell.strip()), default=1)] for row in rows]
    stream = io.StringIO()
    sheet = csv.writer(
        stream,
        delimiter=str(dialect["delimiter"]),
        quoting=dialect["quoting"],  # type: ignore[arg-type]
        lineterminator="\n",
    )
    sheet.writerows([[*shuffled.columns, *more], *rows])
    sheet.writerows([[""] * len(shuffled.columns)] * int(dialect["empty_rows"]))  # type: ignore[call-overload]
    announced = f"sep={dialect['delimiter']}\n" if dialect["announced"] else ""
    text = unicodedata.normalize(str(dialect["form"]), announced + stream.getvalue())  # type: ignore[arg-type]
    return text.replace("\n", str(dialect["end"])).encode(str(dialect["encoding"]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dialect=dialects())
def test_any_dialect_and_order_reads_the_same(
    root: Path, project: Path, write: Writer, dialect: dict[str, object]
) -> None:
    good = root / "data/literature" / f"{TABLE}.csv"
    plain = Study.open(root, tables=[TABLE]).table(TABLE)
    text = pd.read_csv(good, dtype=str, keep_default_na=False)
    write(TABLE, written(text, dialect))

    frame = Study.open(project, tables=[TABLE]).table(TABLE)

    order = ["key", "rank"]
    pd.testing.assert_frame_equal(
        frame.sort_values(order, ignore_index=True), plain.sort_values(order, ignore_index=True)
    )


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), delimiter=st.sampled_from(",;\t")
)
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows([("a", "b", "c"), *rows])
    path = tmp_path / "t.csv"
    path.write_bytes(stream.getvalue().encode("utf-8"))
    expected = {
        number: [unicodedata.normalize("NFC", cell).strip() for cell in row]
        for number, row in enumerate(rows, start=2)
        if any(unicodedata.normalize("NFC", cell).strip() for cell in row)
    }

    table = read_table(path, "t.csv", ["a", "b", "c"])

    suspicious = [problem for problem in table.problems if "Windows-1252" not in problem.rule]
    assert table.header == ["a", "b", "c"]
    assert dict(zip(table.rows, map(list, zip(*table.columns, strict=True)), strict=True)) == expected
    assert suspicious == [] or any("\ufffd" in cell or "\ufffe" in cell for row in rows for cell in row)


def test_rows_keep_the_number_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"two\nlines"\n\n,\n5,x\n', "utf-8")
    table = read_table(path, "t.csv", ["a", "b"])
    assert [*table.rows] == [2, 5]
    assert table.columns == [["1", "5"], ["two\nlines", "x"]]
    assert table.several_lines


def test_reading_changes_no_file(root: Path, project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    Study.open(project, tables=["mentions", "effects", "audit"])
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["Ääni ja öljy", "“quoted” — with dash", "Kušić", "naïve café", "Ω≈ç√"])
def test_sound_letters_are_not_taken_for_garbled_ones(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"a,b\n{name},x\n", "utf-8")
    table = read_table(path, "t.csv", ["a", "b"])
    assert table.problems == []
    assert table.columns[0] == [name]


def test_two_hundred_thousand_rows_open_in_two_seconds(project: Path, write: Writer) -> None:
    path = project / "data/literature/mentions.csv"
    mentions = pd.read_csv(path, dtype=str)
    count = 200_000
    many = pd.concat([mentions] * (count // len(mentions) + 1), ignore_index=True).iloc[:count]
    many = many.assign(mention_id=[f"M{number:06d}" for number in range(count)])
    many.to_csv(path, index=False)
    Study.open(project, tables=["verticals"])  # imports what checking needs
    seconds = []
    for _ in range(3):
        start = time.process_time()
        frame = Study.open(project, tables=["mentions"]).table("mentions")
        seconds.append(time.process_time() - start)
    assert len(frame) == count
    assert min(seconds) < 2, f"opening took {min(seconds):.2f} s of processor time at best"


def test_fifty_thousand_bad_rows_are_all_reported(project: Path, write: Writer) -> None:
    path = project / "data/literature/mentions.csv"
    mentions = pd.read_csv(path, dtype=str).iloc[:1]
    many = pd.concat([mentions] * 50_000, ignore_index=True)
    many = many.assign(mention_id=[f"M{number:06d}" for number in range(len(many))], key="Nobody2020")
    many.to_csv(path, index=False)
    with pytest.raises(EvidenceError) as raised:
        Study.open(project, tables=["mentions"])
    assert len(raised.value.problems) == 50_000
    assert "49980 more of the same kind, in rows 22 to 50001" in str(raised.value)
