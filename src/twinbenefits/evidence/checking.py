"""Hold a table to its columns, its key, its references and the texts it quotes; every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from twinbenefits.evidence.problems import Problem, nearest, shortlist
from twinbenefits.evidence.schema import Reference

if TYPE_CHECKING:
    import pandera.pandas as pa

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


def value_problems(frame: pd.DataFrame, schema: pa.DataFrameSchema, shown: str) -> list[Problem]:
    """Return the cells and rows that break the table's pandera schema.

    Parameters
    ----------
    frame
        The table in its types; the index is the row a spreadsheet shows.
    schema
        The schema of the columns that are there.
    shown
        The file's name in messages.
    """
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [problem for error in errors.schema_errors for problem in _problems_of(error, frame, shown)]
    return []


def _problems_of(error: Any, frame: pd.DataFrame, shown: str) -> list[Problem]:
    """Return one problem per row that fails one pandera check."""
    whole_row = error.column_name is None
    column = error.check.name if whole_row else error.column_name
    rows = [int(row) for row in pd.unique(error.failure_cases["index"])]
    if whole_row:
        rule, way_out = error.check.error, error.check.description
        return [Problem(shown, row, column, _cell(frame, row, column), rule, way_out) for row in sorted(rows)]
    metadata = error.schema.metadata or {}
    problems = []
    for row in sorted(rows):
        value = _cell(frame, row, column)
        rule, way_out = _explained(error, metadata, value)
        problems.append(Problem(shown, row, column, value, rule, way_out))
    return problems


def _explained(error: Any, metadata: Mapping[str, Any], value: str) -> tuple[str, str]:
    """Return the rule and the way out for a cell that fails a check of its column."""
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
    repeated = frame.duplicated(list(key), keep="first") & (frame[list(key)] != "").any(axis=1)
    if not repeated.any():
        return []
    first_rows = frame.reset_index(names="_row").groupby(list(key), dropna=False)["_row"].transform("first")
    first_of = dict(zip(frame.index, first_rows, strict=True))
    column = " + ".join(key)
    problems = []
    for row in frame.index[repeated]:
        value = " + ".join(_cell(frame, row, name) for name in key)
        rule = f"must stand in one row only, and stands in row {first_of[row]} already"
        problems.append(
            Problem(shown, int(row), column, value, rule, "Give it a name of its own, or delete the row.")
        )
    return problems


def reference_problems(
    frame: pd.DataFrame, reference: Reference, words: Mapping[tuple[str, str], Collection[str]], shown: str
) -> list[Problem]:
    """Return the cells that name something which does not stand in the table they refer to.

    Parameters
    ----------
    frame
        The referring table.
    reference
        What must stand where.
    words
        The words of each target column.
    shown
        The file's name in messages.
    """
    cells = frame[reference.column]
    if reference.when is not None:
        column, word = reference.when
        cells = cells[frame[column] == word]
    known = {word for target in reference.targets for word in words[target]} | {*reference.also, ""}
    used = pd.unique(cells)
    orphans = {
        cell: lost for cell in used if (lost := [w for w in _items(cell, reference) if w not in known])
    }
    if not orphans:
        return []
    where = " or ".join(f"{column} of {table}" for table, column in reference.targets)
    rule = f"must stand in {where}" + (f", or be {shortlist(reference.also)}" if reference.also else "")
    ways_out = _ways_out(orphans.values(), known - {""}, where)
    return [
        Problem(shown, int(str(row)), reference.column, lost, rule, ways_out[lost])
        for row, cell in cells[cells.isin(list(orphans))].items()
        for lost in orphans[cell]
    ]


def _items(cell: str, reference: Reference) -> list[str]:
    return cell.split(reference.separator) if reference.separator else [cell]


def _ways_out(orphans: Iterable[Collection[str]], known: Collection[str], where: str) -> dict[str, str]:
    lost = {word for group in orphans for word in group}
    near = len(lost) <= NEAREST_AMONG and len(known) <= NEAREST_AMONG
    ways_out = {}
    for word in lost:
        meant = nearest(word, sorted(known)) if near else None
        add = f"add a row with this {where}"
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
    problems = []
    for column, separator in quoted.items():
        for cell in pd.unique(frame[column]):
            pieces = cell.split(separator) if separator else [cell]
            lost = [piece for piece in pieces if not any(piece in text for text in sources.values())]
            for piece in lost:
                rule = (
                    f"must stand word for word in {shortlist(sources) or 'a source text, and there is none'}"
                )
                way_out = "Write it exactly as the source has it, slips of the pen included."
                rows = frame.index[frame[column] == cell]
                problems += [Problem(shown, int(row), column, piece, rule, way_out) for row in rows]
    return problems


def _cell(frame: pd.DataFrame, row: int, column: str) -> str:
    value: Any = frame.at[row, column]
    return "" if pd.isna(value) else str(value)
