"""From files to checked tables: read, convert, check, and report every problem of a load at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from twinbenefits.evidence.case_rules import RULES, mark_findings
from twinbenefits.evidence.checking import (
    header_problems,
    key_problems,
    line_problems,
    reference_problems,
    value_problems,
    verbatim_problems,
)
from twinbenefits.evidence.converting import converted
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.reading import RawTable, read_table
from twinbenefits.evidence.rules import Finding, Rule, Tables
from twinbenefits.evidence.schema import TABLES, Table
from twinbenefits.evidence.words import Words

if TYPE_CHECKING:
    import pandera.pandas as pa


def load_tables(
    layout: Layout, evidence: str, names: Sequence[str], catalogue: Mapping[str, Table] = TABLES
) -> dict[str, pd.DataFrame]:
    """Return the named tables, checked.

    Parameters
    ----------
    layout
        Where the project stands.
    evidence
        `demo` or `private`: where case tables are taken from.
    names
        The tables wanted.
    catalogue
        The tables there are.

    Returns
    -------
    dict
        One frame per name, columns in the order of the data dictionary. Empty cells are empty strings in
        text columns and missing values elsewhere.

    Raises
    ------
    EvidenceError
        With every problem of every named table.
    """
    problems = missing_evidence(layout, evidence, [catalogue[name] for name in names])
    if problems:
        raise EvidenceError(problems)
    load = _Load(layout, evidence, catalogue, names)
    frames = {name: load.table(name) for name in dict.fromkeys(names)}
    for name, frame in frames.items():
        load.check_references(name, frame)
    for rule in load.rules:
        load.check_rule(rule)
    if load.problems:
        raise EvidenceError(dict.fromkeys(load.problems))
    return {name: frame.reset_index(drop=True) for name, frame in frames.items()}


def missing_evidence(layout: Layout, evidence: str, tables: Sequence[Table]) -> list[Problem]:
    """Return a problem if private case tables are asked for and there is no private evidence."""
    asked = [table.name for table in tables if table.holds_case_evidence]
    if evidence != "private" or not asked or layout.private.is_dir():
        return []
    rule = f"there is no private evidence, and {', '.join(asked)} would come from it"
    way_out = "Put the case tables there, or work with evidence='demo'."
    return [Problem(layout.shown(layout.private) + "/", None, None, None, rule, way_out)]


class _Load:
    """One load: the tables read so far and the problems met."""

    def __init__(
        self, layout: Layout, evidence: str, catalogue: Mapping[str, Table], names: Sequence[str]
    ) -> None:
        self.layout = layout
        self.evidence = evidence
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self.rules = [rule for rule in RULES if rule.table in names and {*rule.needs} <= {*catalogue}]
        self._unsound: set[tuple[str, int | None, str | None]] = set()
        self._frames: dict[str, pd.DataFrame] = {}
        self._texts: dict[str, str | None] = {}
        self._neighbours: dict[str, pd.DataFrame] = {}
        self._words: dict[tuple[str, str], Words] = {}
        self._looked_at = _looked_at([catalogue[name] for name in names], self.rules, catalogue)

    def table(self, name: str) -> pd.DataFrame:
        """Read and check one table but for its references; problems are kept."""
        table = self.catalogue[name]
        shown = self._shown(table)
        schema = self._schema(table)
        frame = self._typed(table, schema)
        self._frames[name] = frame
        if frame.empty:
            return frame
        absent = [column for column in schema.columns if column not in frame]
        if absent:  # checks of whole rows need all columns
            schema = schema.remove_columns(absent)
            schema.checks = []
        doubtful = {row for file, row, _ in self._unsound if file == shown}
        words = {str(column): self._words[name, str(column)] for column in frame}
        problems = value_problems(frame, schema, shown, words, doubtful)
        if not {*table.key} & {*absent}:
            problems += key_problems(frame, table.key, shown)
        if table.holds_case_evidence and "synthetic" in frame:
            problems += [_problem(finding, shown) for finding in mark_findings(frame, self.evidence)]
        quoted = _quoted(schema)
        if quoted:
            problems += verbatim_problems(frame, quoted, self._sources(), shown)
        self._note(problems)
        return frame

    def check_references(self, name: str, frame: pd.DataFrame) -> None:
        """Hold a table to what must stand in other tables."""
        table = self.catalogue[name]
        for reference in table.references:
            needed = {reference.column, *([reference.when[0]] if reference.when else [])}
            words = {target: self._column(*target) for target in reference.targets}
            known = {target: found for target, found in words.items() if found is not None}
            if needed <= set(frame.columns) and len(known) == len(words):
                cells, shown = self._words[name, reference.column], self._shown(table)
                self._note(reference_problems(frame, reference, cells, known, shown))

    def check_rule(self, rule: Rule) -> None:
        """Hold the rows of a table to a rule, unless a column it looks at is not there."""
        frames = {name: self._frame(name) for name in rule.needs}
        judged = frames[rule.table]
        if judged.empty or any({*columns} - {*frames[name]} for name, columns in rule.needs.items()):
            return
        shown = self._shown(self.catalogue[rule.table])
        found = rule.check(Tables(frames, self._text_of, self._words))
        self._note([_problem(finding, shown) for finding in found])

    def _text_of(self, source: str) -> str | None:
        """Return the text of a source in NFC with plain line ends, or None where none is kept."""
        if not source or {*source} & {*"/\\:"}:
            return None
        if source not in self._texts:
            path = (
                self.catalogue["sources"].file(self.layout, self.evidence).parent
                / "sources"
                / f"{source}.txt"
            )
            self._texts[source] = read_text(path) if path.is_file() else None
        return self._texts[source]

    def _note(self, problems: Sequence[Problem]) -> None:
        """Keep problems, but for those of cells and rows whose trouble was found by an earlier step."""
        unsound = self._unsound
        self.problems += [
            p
            for p in problems
            if (p.file, p.row, p.column) not in unsound and (p.file, p.row, None) not in unsound
        ]
        self._unsound |= {(p.file, p.row, p.column) for p in problems if p.row is not None}

    def _shown(self, table: Table) -> str:
        return self.layout.shown(table.file(self.layout, self.evidence))

    def _schema(self, table: Table) -> pa.DataFrameSchema:
        """Return the table's schema, with one more column per key of the table it is spread over."""
        schema = table.model.to_schema()
        if not table.column_per:
            return schema
        return spread(schema, self._column(table.column_per, self.catalogue[table.column_per].key[0]) or ())

    def _column(self, name: str, column: str) -> Collection[str] | None:
        """Return the words of a column, or None if it cannot be read (which is a problem of its own)."""
        return self._words[name, column].words.tolist() if column in self._frame(name) else None

    def _frame(self, name: str) -> pd.DataFrame:
        """Return a table; one that is not asked for is read for the columns that are looked at."""
        if name in self._frames:
            return self._frames[name]
        if name not in self._neighbours:
            self._neighbours[name] = self._neighbour(self.catalogue[name])
        return self._neighbours[name]

    def _neighbour(self, table: Table) -> pd.DataFrame:
        """Return the columns that are looked at; a cell that cannot be read is a matter for its own load."""
        wanted, shown = self._looked_at[table.name], self._shown(table)
        kinds = table.model.to_schema().columns
        raw = self._read(table, wanted, kinds)
        self._note(raw.problems)
        if not raw.problems:
            self._note(header_problems(raw.header, [*dict.fromkeys([*raw.header, *wanted])], shown))
        there = {name: str(kinds[name].dtype) for name in wanted if name in raw.header}
        return pd.DataFrame({name: self._cells(table, raw, name, kind)[0] for name, kind in there.items()})

    def _read(self, table: Table, wanted: Sequence[str], columns: Mapping[str, pa.Column]) -> RawTable:
        """Read a table's file; one that is missing from the private folder can be begun with its header."""
        path, shown = table.file(self.layout, self.evidence), self._shown(table)
        if table.holds_case_evidence and self.evidence == "private" and not path.exists():
            way_out = f"Make it with one row that holds the names of its columns: {','.join(columns)}"
            return RawTable(problems=[Problem(shown, None, None, None, "the file is missing", way_out)])
        return read_table(path, shown, wanted, _running(columns))

    def _cells(self, table: Table, raw: RawTable, name: str, kind: str) -> tuple[pd.Series, list[Problem]]:
        """Return a column in its type and what cannot be read in it; its words are kept."""
        cells = self._words[table.name, name] = raw.column(name)
        place = (self._shown(table), name)
        return converted(cells, raw.rows, kind, place, decimal_comma=raw.decimal_comma)

    def _typed(self, table: Table, schema: pa.DataFrameSchema) -> pd.DataFrame:
        """Read the file and give every known column its type."""
        shown = self._shown(table)
        raw = self._read(table, list(schema.columns), schema.columns)
        self._note(raw.problems)
        if raw.problems and not raw.header:
            return pd.DataFrame()
        problems = header_problems(raw.header, list(schema.columns), shown)
        if raw.rows.empty and not raw.problems and not problems and not table.may_be_empty:
            way_out = "Add its rows, or restore the file with git."
            problems = [Problem(shown, None, None, None, "the table has a header and no rows", way_out)]
        self._note(problems)
        columns = {}
        for name, column in schema.columns.items():
            if name in raw.header:
                columns[name], problems = self._cells(table, raw, name, str(column.dtype))
                if raw.several_lines and not (column.metadata or {}).get("lines"):
                    problems += line_problems(raw.column(name), raw.rows, (shown, name))
                self._note(problems)
        return pd.DataFrame(columns, index=raw.rows)

    def _sources(self) -> dict[str, str]:
        """Return the texts that cells may quote, by name."""
        folder = self.layout.literature / "source"
        return {
            self.layout.shown(path): unicodedata.normalize(
                "NFC", path.read_bytes().decode("utf-8", "replace")
            )
            for path in sorted(folder.glob("*.txt"))
        }


def read_text(path: Path) -> str:
    """Return a text in NFC with plain line ends; positions count its code points."""
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def spread(schema: pa.DataFrameSchema, names: Collection[str]) -> pa.DataFrameSchema:
    """Return a schema with one more text column per name."""
    import pandera.pandas as pa

    more = {
        name: pa.Column(str, pa.Check.str_length(min_value=1), metadata={"required": True}) for name in names
    }
    return schema.add_columns(more)


def _running(columns: Mapping[str, pa.Column]) -> set[str]:
    return {name for name, column in columns.items() if (column.metadata or {}).get("lines")}


def _quoted(schema: pa.DataFrameSchema) -> dict[str, str]:
    return {
        str(name): column.metadata["separator"]
        for name, column in schema.columns.items()
        if (column.metadata or {}).get("verbatim")
    }


def _problem(finding: Finding, shown: str) -> Problem:
    return Problem(shown, finding.row, finding.column, finding.value, finding.rule, finding.way_out)


def _looked_at(
    tables: Sequence[Table], rules: Sequence[Rule], catalogue: Mapping[str, Table]
) -> dict[str, list[str]]:
    """Return which columns of which tables are looked at when these tables are checked."""
    places = [target for table in tables for reference in table.references for target in reference.targets]
    places += [(table.column_per, catalogue[table.column_per].key[0]) for table in tables if table.column_per]
    places += [(name, column) for rule in rules for name, columns in rule.needs.items() for column in columns]
    columns: dict[str, dict[str, None]] = {}
    for name, column in places:
        columns.setdefault(name, {})[column] = None
    return {name: [*found] for name, found in columns.items()}
