"""Markdown pipe tables from frames of formatted cells, and the plain text of the same cells."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from twinbenefits.publishing.kept import Kept, code_digests
from twinbenefits.publishing.markdown_tree import Node, plain_text, read_trees, what_reads

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cell_problems", "pipe_table", "plain_rows", "with_a_line"]

NUMBER = re.compile(r"^[\u2212+-]?[\d.,\u00a0\u202f ]*\d\s?%?$")
MARKS = re.compile(r"[*_`\\\[\]@\s]")
UNMARKED = re.compile(r"(?:[^\W_](?:-(?=[^\W_]))?|[,.;:()%/?+=·\u2013\u2212\u201c\u201d]| (?! ))*")  # no mark
RULE_LENGTH = 80  # longer than a line for pandoc, so that the dashes are read as relative widths


def cell_problems(frame: pd.DataFrame) -> list[tuple[int | None, str, str]]:
    """Return what keeps a frame from being printed as it is: (row, column, what is wrong).

    Rows are counted from 1, as a reader of the table counts them.
    """
    found: list[tuple[int | None, str, str]] = []
    if frame.shape[1] == 0 or frame.shape[0] == 0:
        return [(None, "", f"the frame has {frame.shape[0]} rows and {frame.shape[1]} columns")]
    for column in frame.columns:
        if not isinstance(column, str):
            found.append((None, str(column), "the column name is not text"))
    for number, row in enumerate(frame.itertuples(index=False, name=None), start=1):
        for column, value in zip(frame.columns, row, strict=True):
            if not isinstance(value, str):
                found.append((number, str(column), f"the cell holds {value!r}, not formatted text"))
    return found


def with_a_line(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that has a line also when there is nothing to show yet.

    Examples
    --------
    >>> import pandas as pd
    >>> with_a_line(pd.DataFrame(columns=["Vote", "Mark"])).values.tolist()
    [['*none yet*', '']]
    """
    import pandas as pd

    if len(frame) or not frame.shape[1]:
        return frame
    line = ["*none yet*", *[""] * (frame.shape[1] - 1)]
    return pd.DataFrame([line], columns=frame.columns, dtype=str)


def pipe_table(frame: pd.DataFrame, widths: Sequence[float] | None = None) -> str:
    """Write a frame of Markdown cells as a pipe table.

    Parameters
    ----------
    frame
        Formatted cells: Markdown emphasis, citations and links are left as they are; vertical bars are
        escaped and line breaks become spaces. The index is not printed.
    widths
        Relative widths of the columns; without them pandoc chooses.

    Returns
    -------
    str
        The table, with a final line break.

    Examples
    --------
    >>> import pandas as pd
    >>> print(pipe_table(pd.DataFrame({"row": ["*C1* | a"], "n": ["5"]})), end="")
    | row | n |
    |:---|---:|
    | *C1* \\| a | 5 |
    """
    rows = list(frame.itertuples(index=False, name=None))
    marks = []
    for position, dashes in enumerate(_dashes(frame.shape[1], widths)):
        cells = [str(row[position]).strip() for row in rows]
        filled = [cell for cell in cells if cell]
        right = bool(filled) and all(NUMBER.match(cell) for cell in filled)
        marks.append("-" * dashes + ":" if right else ":" + "-" * dashes)
    lines = [_line(frame.columns), "|" + "|".join(marks) + "|", *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def plain_rows(frame: pd.DataFrame, table: str, shown: int | None = None) -> list[list[str]]:
    """Return the cells of a frame as plain text, the head first: no emphasis, no brackets of citations.

    Within a build, what pandoc read of the same table in an earlier one is taken.

    Parameters
    ----------
    frame
        The cells.
    table
        The frame as a pipe table.
    shown
        How many rows stand in the table, where these are the first ones and not all.

    Raises
    ------
    ValueError
        When pandoc does not read the table as it was meant: a mark that a cell leaves open, such as a
        backtick, swallows the border to the next one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": ["*Tao* [@Tao2024]"]})
    >>> plain_rows(frame, pipe_table(frame))
    [['a'], ['Tao Tao2024']]
    """
    rows = [list(frame.columns), *frame.itertuples(index=False, name=None)]
    cells = [[_escaped(str(cell)) for cell in row] for row in rows]
    lines = len(cells) if shown is None else shown + 1
    kept = Kept.of_this_build()
    if kept is None:
        return _read_back(cells, table, lines)
    about = json.dumps([cells, table, lines, *what_reads(), *code_digests("pipe_tables.py")])
    digest = hashlib.sha256(about.encode()).hexdigest()
    found = kept.get(digest)
    if found is not None:
        texts: list[list[str]] = json.loads(found[0])
        return texts
    read = _read_back(cells, table, lines)
    kept.put(digest, json.dumps(read).encode())
    return read


def _read_back(cells: list[list[str]], table: str, lines: int) -> list[list[str]]:
    """Return the cells as pandoc reads them; those of the table's lines must read there as they do alone.

    Lines without a mark can neither be misread nor mislead and are left out, but for the first. A cell that
    differs from its text by the marks alone needs no second reading: nothing of its neighbours is in it.
    """
    plainly = [all(map(UNMARKED.fullmatch, row)) for row in cells[:lines]]
    doubtful = [number for number, sure in enumerate(plainly) if number < 2 or not sure]
    head, rule, *rows = [*table.split("\n"), ""]
    found = _rows_of("\n".join([head, rule, *(row for at, row in enumerate(rows, 1) if at in doubtful)]))
    asked = [cells[number] for number in doubtful]
    if [len(row) for row in found] != [len(row) for row in asked]:
        raise ValueError("a cell changes its neighbours")
    told = zip(chain.from_iterable(asked), chain.from_iterable(found), strict=True)
    meant = {cell: text for cell, text in told if MARKS.sub("", cell) == MARKS.sub("", text)}
    others = [cell for cell in dict.fromkeys(chain.from_iterable(cells)) if cell not in meant]
    marked = [cell for cell in others if not UNMARKED.fullmatch(cell)]
    alone = [plain_text(blocks) for blocks in _alone([f"x {cell}" for cell in marked])]  # no cell is a list
    meant |= {cell: text.removeprefix("x").strip() for cell, text in zip(marked, alone, strict=True)}
    plain = [[meant.get(cell, cell) for cell in row] for row in cells]
    if found != [plain[number] for number in doubtful]:
        raise ValueError("a cell changes its neighbours")
    return plain


def _rows_of(table: str) -> list[list[str]]:
    """Return the cells of a table as pandoc reads them, the head first."""
    (tree,) = read_trees([table], curled=False)
    if [block["t"] for block in tree] != ["Table"]:
        raise ValueError("this is no table")
    _, _, _, head, bodies, foot = tree[0]["c"]
    read = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
    return [[plain_text(cell[4]).strip() for cell in row[1]] for row in read]


def _alone(lines: Sequence[str]) -> list[list[Node]]:
    """Return what pandoc reads of each line alone.

    As paragraphs of one text they are read in half the time; where one runs into another, each is read again.
    """
    if not lines:
        return []
    (together,) = read_trees(["\n\n".join(lines)], curled=False)
    if len(together) == len(lines) and all(
        block["t"] == "Para" and block["c"][0] == {"t": "Str", "c": "x"} for block in together
    ):
        return [[block] for block in together]
    return read_trees(lines, curled=False)


def _dashes(columns: int, widths: Sequence[float] | None) -> list[int]:
    if widths is None:
        return [3] * columns
    return [max(3, round(RULE_LENGTH * width / sum(widths))) for width in widths]


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_escaped(str(cell)) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    """Escape bare vertical bars; one that is escaped already stays so."""
    one_line = " ".join(cell.split("\n")).strip()
    return re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", one_line)
