"""Hold a table to its columns, its key, its references and the texts it quotes; every problem at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from twinbenefits.evidence.problems import Problem, nearest, shortlist
from twinbenefits.evidence.schema import Reference
from twinbenefits.evidence.words import Words

if TYPE_CHECKING:
    import pandera.pandas as pa

PARTED = "\x1f"
"""A control character: cells that hold one are refused when the file is read."""

NEAREST_AMONG = 2_000
"""The nearest word is sought for and among at most so many words; more would take longer than it helps."""


def header_problems(header: Sequence[str], columns: Collection[str], shown: str) -> list[Problem]:
    """Return what is wrong with the names in the first row: misspelt, missing, too many, twice."""
    if not {*header} & {*columns}:
        rule = f"the first row must hold the column names {shortlist(columns)}"
        value = shortlist(header, 4)
        return [Problem(shown, 1, None, value, rule, "Put the header row back on top of the file.")]
    missing = [name for name in columns if name not in header]
    problems = []
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            rule, way_out = "the column stands there twice", "Keep the right one and delete the other."
            problems.append(Problem(shown, 1, name, None, rule, way_out))
        elif name not in columns:
            meant = nearest(name, missing)
            if meant:
                missing.remove(meant)
                way_out = f"It is nearest to {meant!r}, which is missing: rename it."
            else:
                way_out = f"Delete the column; the table has only {shortlist(columns, 30)}."
            problems.append(Problem(shown, 1, name or "(no name)", None, "the column is not known", way_out))
    for name in missing:
        way_out = "Add the column; its cells may stay empty only where the data dictionary says so."
        problems.append(Problem(shown, 1, name, None, "the column is missing", way_out))
    return problems


def line_problems(cells: Words, rows: pd.Index, place: tuple[str, str]) -> list[Problem]:
    """Return the cells that run over several lines where a cell has one.

    Parameters
    ----------
    cells, rows
        The cells, and the row a spreadsheet shows for each.
    place
        The names of file and column in messages.
    """
    rule = "must be on one line"
    way_out = "Replace the line break by a blank; if rows were swallowed, look for a stray quotation mark."
    several = cells.where(lambda word: "\n" in word)
    found = zip(rows[several].tolist(), cells.array[several].tolist(), strict=True)
    return [Problem(place[0], row, place[1], cell, rule, way_out) for row, cell in found]


def value_problems(
    frame: pd.DataFrame,
    schema: pa.DataFrameSchema,
    shown: str,
    words: Mapping[str, Words],
    doubtful: Collection[int | None] = (),
) -> list[Problem]:
    """Return the cells and rows that break the table's pandera schema.

    Parameters
    ----------
    frame
        The table in its types; the index is the row a spreadsheet shows.
    schema
        The schema of the columns that are there.
    shown
        The file's name in messages.
    words
        The words of each column.
    doubtful
        Rows in which something is wrong already; what holds between the cells of a row is not asked there.
    """
    from pandera.errors import SchemaErrors

    suspects = [
        name for name, column in schema.columns.items() if may_break(frame[name], words[name], column)
    ]
    if not suspects and all(_holds_in_every_row(check, frame) for check in schema.checks):
        return []
    try:
        schema.select_columns(suspects).validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [
            problem
            for error in errors.schema_errors
            for problem in _problems_of(error, frame, shown)
            if error.column_name is not None or problem.row not in doubtful
        ]
    return []


def may_break(cells: pd.Series[Any], words: Words, column: pa.Column) -> bool:
    """Return whether a column may break its schema; False is certain, and found without a look at each cell.

    Large tables are sound in nearly all of their columns, and only the others are worth a close look.
    """
    if str(cells.dtype) == "str":
        return any(_some_word_may_break(words.words, check) for check in column.checks)
    if not column.nullable and bool(cells.isna().any()):
        return True
    return any(_some_number_may_break(cells, check) for check in column.checks)


def _holds_in_every_row(check: pa.Check, frame: pd.DataFrame) -> bool:
    """Return whether whole rows keep a check; asked before pandera is, which first imports much for it."""
    return bool(check._check_fn(frame).all())


def _some_word_may_break(words: Collection[str], check: Any) -> bool:
    told = check.statistics
    if check.name == "isin":
        return not {*words} <= {*told["allowed_values"]}
    if check.name == "str_length" and told["min_value"] == 1 and told["max_value"] is None:
        return "" in words
    if check.name == "str_matches":  # all at once, parted by a sign that no cell may hold
        form = told["pattern"].removeprefix("^").removesuffix("$")
        return re.fullmatch(f"(?:{form})(?:{PARTED}(?:{form}))*", PARTED.join(words)) is None
    return True


def _some_number_may_break(cells: pd.Series[Any], check: Any) -> bool:
    told = check.statistics
    if check.name == "greater_than_or_equal_to":
        return bool((cells < told["min_value"]).any())
    if check.name == "less_than_or_equal_to":
        return bool((cells > told["max_value"]).any())
    return True


def _problems_of(error: Any, frame: pd.DataFrame, shown: str) -> list[Problem]:
    """Return one problem per row that fails one pandera check."""
    whole_row = error.column_name is None
    column = error.check.name if whole_row else error.column_name
    rows = sorted(int(row) for row in pd.unique(error.failure_cases["index"]))
    values = _as_written(frame.loc[rows, column])
    if whole_row:
        said = dict.fromkeys(values, (error.check.error, error.check.description))
    else:
        said = {value: _explained(error, value) for value in dict.fromkeys(values)}
    return [Problem(shown, row, column, value, *said[value]) for row, value in zip(rows, values, strict=True)]


def _explained(error: Any, value: str) -> tuple[str, str]:
    """Return the rule and the way out for a cell that fails a check of its column."""
    metadata = error.schema.metadata or {}
    if value == "":
        return "must not be empty", "Fill in the cell, or delete the row."
    name = getattr(error.check, "name", "")
    if name == "isin":
        allowed = metadata["allowed"]
        return f"must be one of {shortlist(allowed, 30)}", _did_you_mean(value, allowed, metadata)
    if name == "str_matches":
        return f"must look like this: {metadata['looks_like']}", "Correct the cell."
    limits = error.check.statistics
    if "min_value" in limits:
        return f"must be at least {limits['min_value']:g}", "Correct the number."
    return f"must be at most {limits['max_value']:g}", "Correct the number."


def _did_you_mean(value: str, allowed: Collection[str], metadata: Mapping[str, Any]) -> str:
    meant = nearest(value, allowed)
    stay_empty = "" if metadata.get("required", True) else " It may also stay empty."
    return (f"Did you mean {meant!r}?" if meant else "Write one of these words.") + stay_empty


def key_problems(frame: pd.DataFrame, key: Sequence[str], shown: str) -> list[Problem]:
    """Return the rows whose key stands in an earlier row already."""
    if not frame.duplicated([*key]).any():
        return []
    column = " + ".join(key)
    values = [" + ".join(parts) for parts in zip(*(_as_written(frame[name]) for name in key), strict=True)]
    first: dict[str, int] = {}
    problems = []
    for row, value in zip(frame.index, values, strict=True):
        earlier = first.setdefault(value, row)
        if earlier != row and value.strip("+ "):
            rule = "must stand in one row only"
            told = f"It stands in row {earlier} already: give this row a name of its own, or delete it."
            problems.append(Problem(shown, row, column, value, rule, told))
    return problems


def reference_problems(
    frame: pd.DataFrame,
    reference: Reference,
    cells: Words,
    words: Mapping[tuple[str, str], Collection[str]],
    shown: str,
) -> list[Problem]:
    """Return the cells that name something which does not stand in the table they refer to.

    Parameters
    ----------
    frame
        The referring table.
    reference
        What must stand where.
    cells
        The referring column.
    words
        The words of each target column.
    shown
        The file's name in messages.
    """
    asked = frame.index
    if reference.when is not None:
        column, word = reference.when
        fits = (frame[column] == word).to_numpy(dtype=bool)
        asked, cells = asked[fits], Words.of(cells.array[fits])
    known = {word for target in reference.targets for word in words[target]} - {""} | {*reference.also}
    orphans = {
        cell: lost
        for cell in {*cells.words} - known
        if (lost := [word for word in _items(cell, reference) if word not in known])
    }
    if not orphans:
        return []
    where = " or ".join(f"column {column} of {table}" for table, column in reference.targets)
    rule = f"must stand in {where}" + (f", or be {shortlist(reference.also)}" if reference.also else "")
    add = f"add a row for it to {' or '.join(table for table, _ in reference.targets)}"
    ways_out = _ways_out(orphans.values(), known, add)
    return [
        Problem(shown, row, reference.column, lost, rule, ways_out[lost])
        for row, cell in zip(asked, cells.tolist(), strict=True)
        for lost in orphans.get(cell, ())
    ]


def _items(cell: str, reference: Reference) -> list[str]:
    if not cell:
        return []
    return cell.split(reference.separator) if reference.separator else [cell]


def _ways_out(orphans: Iterable[Collection[str]], known: Collection[str], add: str) -> dict[str, str]:
    lost = {word for group in orphans for word in group}
    near = len(lost) <= NEAREST_AMONG and len(known) <= NEAREST_AMONG
    ways_out = {}
    for word in lost:
        meant = nearest(word, sorted(known)) if near else None
        ways_out[word] = f"Did you mean {meant!r}? Otherwise {add}." if meant else f"Correct it, or {add}."
    return ways_out


def verbatim_problems(
    frame: pd.DataFrame, quoted: Mapping[str, str], sources: Mapping[str, str], shown: str
) -> list[Problem]:
    """Return the cells that do not stand word for word in any of the source texts.

    Parameters
    ----------
    frame
        The table.
    quoted
        The columns that quote, each with the separator of its pieces ("" for a single piece).
    sources
        The texts by name.
    shown
        The file's name in messages.
    """
    rule = f"must stand word for word in {shortlist(sources) or 'a source text, and there is none'}"
    way_out = "Write it exactly as the source has it, slips of the pen included."
    problems = []
    for column, separator in quoted.items():
        lost = {}
        for cell in pd.unique(frame[column]):
            pieces = cell.split(separator) if separator else [cell]
            lost[cell] = [piece for piece in pieces if not any(piece in text for text in sources.values())]
        if any(lost.values()):
            problems += [
                Problem(shown, row, column, piece, rule, way_out)
                for row, cell in zip(frame.index, frame[column].tolist(), strict=True)
                for piece in lost[cell]
            ]
    return problems


def _as_written(column: pd.Series[Any]) -> list[str]:
    """Return cells as text, an empty string for a missing value."""
    cells = column.tolist()
    return ["" if lost else str(cell) for cell, lost in zip(cells, column.isna().tolist(), strict=True)]
