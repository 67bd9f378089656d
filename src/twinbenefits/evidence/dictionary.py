"""The data dictionary in words: `data/README.md` and `data/datapackage.json`, made from the schemas.

    python -m twinbenefits.evidence.dictionary

writes both; a test fails when they no longer say what the schemas say.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twinbenefits.evidence.case_rules import RULES
from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.loading import load_tables, spread
from twinbenefits.evidence.schema import TABLES, Reference, Table

COMMAND = "python -m twinbenefits.evidence.dictionary"
LICENCES = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    )
}
KINDS = {"Int64": "integer", "Float64": "number", "boolean": "boolean", "datetime64[ns]": "date"}
GROUPS = {
    "literature": "Read from the deck and from the literature",
    "study": "The study's own instruments",
    "case": "Case evidence",
    "workshop": "Workshops",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the data dictionary describes it.

    Parameters
    ----------
    name, kind, description, unit
        Its name, its type in words of the Frictionless standard, what it holds, and in which unit.
    required
        Whether its cells must hold something.
    allowed
        The only words that may stand in it.
    looks_like
        The form a cell must have.
    verbatim
        Whether it quotes a source word for word.
    separator
        What parts the items of a cell that lists several.
    pattern, minimum, maximum
        The same limits for programs.
    """

    name: str
    kind: str
    description: str
    unit: str
    required: bool
    allowed: tuple[str, ...]
    looks_like: str
    verbatim: bool
    separator: str
    pattern: str | None
    minimum: float | None
    maximum: float | None


def columns_of(table: Table, verticals: Mapping[str, Collection[str]]) -> list[Column]:
    """Return the columns of a table in order.

    Parameters
    ----------
    table
        The table.
    verticals
        For each table that others are spread over, the columns it gives them.
    """
    schema = table.model.to_schema()
    own = list(schema.columns)
    if table.column_per:
        schema = spread(schema, verticals[table.column_per])
    return [
        _column(str(name), column, None if name in own else f"The same for {str(name).replace('_', ' ')}.")
        for name, column in schema.columns.items()
    ]


def _column(name: str, column: Any, description: str | None) -> Column:
    metadata = column.metadata or {}
    limits = {check.name: check.statistics for check in column.checks}
    minimum = limits.get("greater_than_or_equal_to", {}).get("min_value")
    maximum = limits.get("less_than_or_equal_to", {}).get("max_value")
    pattern = limits.get("str_matches", {}).get("pattern")
    return Column(
        name=name,
        kind=KINDS.get(str(column.dtype), "string"),
        description=description or column.description,
        unit=metadata.get("unit", ""),
        required=metadata["required"],
        allowed=metadata.get("allowed", ()),
        looks_like=metadata.get("looks_like", ""),
        verbatim=metadata.get("verbatim", False),
        separator=metadata.get("separator", ""),
        pattern=getattr(pattern, "pattern", pattern),
        minimum=minimum,
        maximum=maximum,
    )


def data_package(layout: Layout, catalogue: Mapping[str, Table] = TABLES) -> str:
    """Return `datapackage.json`: the tables described by the Frictionless standard."""
    facts = read_facts(layout)
    verticals = _spread_over(layout, catalogue)
    package = {
        "profile": "tabular-data-package",
        "name": "digital-twin-benefits",
        "title": f"Evidence of the study: {facts['title']}",
        "description": "Tables of the literature, of the study's instruments, and of an invented "
        "demonstration. No row comes from a company.",
        "licenses": [_licence(name) for name in sorted({table.licence for table in catalogue.values()})],
        "contributors": [{"title": author["name"], "role": "author"} for author in facts["authors"]],
        "resources": [_resource(layout, table, verticals) for table in catalogue.values()],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(layout: Layout, table: Table, verticals: Mapping[str, Collection[str]]) -> dict[str, Any]:
    foreign = [_foreign_key(reference, table) for reference in table.references if _is_plain(reference)]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns_of(table, verticals)],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": table.file(layout, "demo").relative_to(layout.data).as_posix(),
        "title": table.title,
        "description": f"Invented: {table.description}" if table.holds_case_evidence else table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "licenses": [_licence(table.licence)],
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    constraints = {
        "required": column.required or None,
        "enum": list(column.allowed) or None,
        "pattern": column.pattern,
        "minimum": column.minimum,
        "maximum": column.maximum,
    }
    field = {
        "name": column.name,
        "type": column.kind,
        "description": column.description,
        "unit": column.unit or None,
        "constraints": {name: value for name, value in constraints.items() if value is not None} or None,
    }
    return {name: value for name, value in field.items() if value is not None}


def _is_plain(reference: Reference) -> bool:
    """Return whether the standard can say it: every word, one target, which is that table's key."""
    conditional = reference.when or reference.separator or reference.also
    return not conditional and len(reference.targets) == 1 and _is_key(*reference.targets[0])


def _is_key(table: str, column: str) -> bool:
    return TABLES[table].key == (column,)


def _foreign_key(reference: Reference, table: Table) -> dict[str, Any]:
    (target, column) = reference.targets[0]
    resource = "" if target == table.name else target
    return {"fields": reference.column, "reference": {"resource": resource, "fields": column}}


def _licence(name: str) -> dict[str, str]:
    title, path = LICENCES[name]
    return {"name": name, "title": title, "path": path}


def readme(layout: Layout, catalogue: Mapping[str, Table] = TABLES) -> str:
    """Return `data/README.md`: what each table and column holds, in words."""
    verticals = _spread_over(layout, catalogue)
    facts = read_facts(layout)
    lines = [f"<!-- Made by `{COMMAND}` from the schemas; change it there. -->", "", _PREFACE]
    lines += [f"- **{mark}**: {meaning}." for mark, meaning in facts["origins"].items()]
    for group, title in GROUPS.items():
        tables = [table for table in catalogue.values() if table.group == group]
        if tables:
            lines += ["", f"## {title}", "", "| table | what it holds |", "|---|---|"]
            lines += [f"| [`{t.name}`](#{t.name}) | {t.title} |" for t in tables]
            for table in tables:
                lines += ["", *_described(table, columns_of(table, verticals))]
    return "\n".join(lines) + "\n"


_PREFACE = """# The evidence

One CSV file per table: UTF-8, one header row, days written YYYY-MM-DD. Every table is checked when it is
opened; what breaks a rule below is refused with its file, row, column, value, the rule and a way out, all
problems at once.

- `literature/`: what the deck says, word for word, and what was found in the literature;
  `literature/source/` keeps the deck's text, and every cell marked *word for word* stands in it.
- `study/`: codebook, scales, propositions, indicators and displays; `rules.yml` holds every threshold with
  its reason, `study.yml` the facts of the study as a whole.
- `demo/`: invented case evidence, marked `synthetic` in every row; `demo/README.md` says how it was made.
- `private/`: real case evidence in tables of the same form; never in the repository. Invented and real rows
  are never mixed: every row says which it is.

A table may be edited in Excel or any spreadsheet. Semicolons, decimal commas, a byte-order mark, line ends of
any system, empty rows and another order of the columns are understood. Save as *CSV UTF-8*: letters in
another encoding are refused, because they cannot be told apart safely.

An empty cell means that nothing is known or decided, never zero. Columns named `author_decision` are
for the study's authors alone.

Marks of origin:
"""


def _described(table: Table, columns: Iterable[Column]) -> Iterator[str]:
    yield f"### {table.name}"
    yield ""
    folder = "demo/" if table.holds_case_evidence else ""
    yield f"{table.title}: `{folder}{table.path}`, {table.licence}. {table.description}"
    yield ""
    yield f"One row per {' and '.join(f'`{name}`' for name in table.key)}."
    for reference in table.references:
        yield f"{_reference_in_words(reference)}."
    rules = [rule.says for rule in RULES if rule.table == table.name]
    if rules:
        yield ""
        yield "Besides, the check holds"
        yield ""
        yield from (f"- {rule.removeprefix('Hold ')}" for rule in rules)
    yield ""
    yield "| column | type | must be filled | what it holds |"
    yield "|---|---|---|---|"
    for column in columns:
        must = "yes" if column.required else "no"
        yield f"| `{column.name}` | {column.kind} | {must} | {_meaning(column)} |"


def _reference_in_words(reference: Reference) -> str:
    what = f"Each of the words in `{reference.column}`" if reference.separator else f"`{reference.column}`"
    where = " or ".join(f"`{column}` of `{table}`" for table, column in reference.targets)
    also = f", or is {' or '.join(f'`{word}`' for word in reference.also)}" if reference.also else ""
    when = f" where `{reference.when[0]}` is `{reference.when[1]}`" if reference.when else ""
    return f"{what} stands in {where}{also}{when}"


def _meaning(column: Column) -> str:
    parts = [column.description.rstrip(".")]
    if column.unit:
        parts.append(f"Unit: {column.unit}")
    if column.allowed:
        parts.append("One of " + ", ".join(f"`{word}`" for word in column.allowed))
    if column.looks_like:
        parts.append(f"Looks like this: {column.looks_like}")
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"From {column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        parts.append(f"At least {column.minimum:g}")
    elif column.maximum is not None:
        parts.append(f"At most {column.maximum:g}")
    if column.verbatim:
        parts.append("Word for word")
    if column.separator:
        parts.append(f"Several are parted by `{column.separator}`")
    return ". ".join(parts).replace("|", "\\|") + "."


def _spread_over(layout: Layout, catalogue: Mapping[str, Table]) -> dict[str, list[str]]:
    names = [table.column_per for table in catalogue.values() if table.column_per]
    frames = load_tables(layout, "demo", names, catalogue)
    return {name: frames[name][catalogue[name].key[0]].tolist() for name in names}


def main() -> None:
    """Write both files and say which changed."""
    layout = Layout(find_root())
    for path, text in (
        (layout.data / "README.md", readme(layout)),
        (layout.data / "datapackage.json", data_package(layout)),
    ):
        changed = write_if_changed(path, text)
        print(f"{layout.shown(path)}: {'written' if changed else 'up to date'}")


if __name__ == "__main__":
    main()
