"""Commands that keep the results of a day and say what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinbenefits.cli_shared import EXIT_CODES, AsJson, Audience, Evidence, answer, settings_for

if TYPE_CHECKING:
    import pandas as pd

    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.evidence.release import Released
    from twinbenefits.evidence.snapshot_files import Snapshot
    from twinbenefits.evidence.study import Study

MOST_LINES = 40
WORDS = {"changed": "{before} -> {after}", "appeared": "new: {after}", "gone": "no longer: {before}"}


def snapshot(
    name: Annotated[str, typer.Argument(metavar="NAME", help="How to call it, such as before-K4-visit.")],
    audience: Audience = "public",
    evidence: Evidence = "demo",
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite one of the same name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep today's cells, ranks and verdicts, to be compared with later ones.

    A snapshot of real evidence stands in data/private/, never in git; a withdrawal deletes it.
    """
    answer(lambda: _take(name, audience, evidence, replace=replace), as_json)


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier snapshot.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The later one; left out, the evidence as it stands.")
    ] = None,
    audience: Audience = "public",
    evidence: Evidence = "demo",
    as_json: AsJson = False,
) -> None:
    """Say what changed from one snapshot to another: cells, ranks, verdicts and marks of cases."""
    answer(lambda: _compare(before, after, audience, evidence), as_json)


def add_snapshot_commands(app: typer.Typer) -> None:
    """Add these commands to the program's."""
    for command in (snapshot, compare):
        app.command(epilog=EXIT_CODES)(command)


def _take(name: str, audience: str, evidence: str, *, replace: bool) -> Answer:
    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.evidence.snapshot_files import place_of_snapshot, write_snapshot

    place_of_snapshot(settings_for(audience, evidence).layout, name, audience, evidence, replace=replace)
    study = _opened(audience, evidence)
    taken = _as_it_stands(study, name)
    path = write_snapshot(study.layout, taken, replace=replace)
    place = study.layout.shown(path)
    rows = {part: len(table) for part, table in taken.parts.items()}
    told = ", ".join(f"{count} {part}" for part, count in rows.items())
    return Answer(
        f"{place}: {told}, as of {taken.as_of}", {"file": place, "rows": rows, "as_of": str(taken.as_of)}
    )


def _compare(before: str, after: str | None, audience: str, evidence: str) -> Answer:
    from twinbenefits.analysis.snapshot_parts import SNAPSHOT_TABLES
    from twinbenefits.analysis.snapshots import compare_snapshots
    from twinbenefits.evidence.exchange.commands import Answer
    from twinbenefits.evidence.release import release
    from twinbenefits.evidence.snapshot_files import read_snapshot

    layout = settings_for(audience, evidence).layout
    old = read_snapshot(layout, before, audience, evidence)
    later = read_snapshot(layout, after, audience, evidence) if after is not None else None
    study = _opened(audience, evidence)
    new = later or _as_it_stands(study, "now")
    sides, gone = zip(*(_in_words_of(study, one) for one in (old, new)), strict=True)
    found = compare_snapshots(*sides, inputs=SNAPSHOT_TABLES)
    shown = {part: release(result, study) for part, result in found.items()}
    lines = [f"From {old.name} ({old.as_of}) to {new.name} ({new.as_of}), for {audience}:"]
    if evidence == "demo":
        lines.append("Invented data: the demonstration set.")
    content: dict[str, Any] = {
        "before": old.name,
        "after": new.name,
        "synthetic": evidence == "demo",
        "parts": {},
    }
    for part, released in shown.items():
        changes = _changes(released)
        withheld = int((released.table["withheld"] != "").sum())
        lines += _told(part, changes, withheld)
        content["parts"][part] = {"changes": changes.to_dict("records"), "withheld_rows": withheld}
    missing = sum(gone)
    if missing:
        lines.append(f"{missing} rows are of companies that are no longer in the study; they are left out.")
    return Answer("\n".join(lines), {**content, "rows_of_companies_gone": missing})


def _opened(audience: str, evidence: str) -> Study:
    from twinbenefits.analysis.snapshot_parts import SNAPSHOT_TABLES
    from twinbenefits.evidence.study import Study

    settings = settings_for(audience, evidence)
    return Study.open(settings.root, evidence, audience, tables=SNAPSHOT_TABLES)


def _as_it_stands(study: Study, name: str) -> Snapshot:
    """Return the results of today, with cases named by tokens."""
    from twinbenefits.analysis.snapshot_parts import snapshot_of
    from twinbenefits.evidence.snapshot_files import Snapshot

    tables = {table: study.table(table) for table in study.tables}
    parts = snapshot_of(tables, study.rules, words_masked=study.audience != "team")
    tokens = study.case_tokens
    named = {part: _renamed(table, tokens.get) for part, table in parts.items()}
    return Snapshot(name, study.audience, study.evidence, study.as_of, named)


def _in_words_of(study: Study, taken: Snapshot) -> tuple[dict[str, pd.DataFrame], int]:
    """Return a snapshot's parts with cases as this study names them, and how many rows have none any more."""
    standing = {token: case for case, token in study.case_tokens.items()}
    parts, gone = {}, 0
    for part, table in taken.parts.items():
        known = table["case"].isin(list(standing)) if "case" in table else table.index == table.index
        parts[part] = _renamed(table[known], standing.get)
        gone += int((~known).sum())
    return parts, gone


def _renamed(table: pd.DataFrame, name: Any) -> pd.DataFrame:
    return table.assign(case=[name(case) for case in table["case"]]) if "case" in table else table


def _changes(released: Released) -> pd.DataFrame:
    """Return the rows that differ and may be seen."""
    table = released.table
    differ = table["change"].notna() & (table["change"] != "same") & (table["withheld"] == "")
    return table.loc[differ, ["case", "name", "column", "before", "after", "change"]]


def _told(part: str, changes: pd.DataFrame, withheld: int) -> list[str]:
    lines = [f"{part}: {len(changes) or 'no'} change{'' if len(changes) == 1 else 's'}"]
    for found in changes.head(MOST_LINES).to_dict("records"):
        row = {str(name): str(value) for name, value in found.items()}
        place = " ".join(row[name] for name in ("case", "name") if row[name] != "*")
        lines.append(f"  {place}, {row['column']}: {WORDS[row['change']].format(**row)}")
    if len(changes) > MOST_LINES:
        lines.append(f"  and {len(changes) - MOST_LINES} more; --json has them all")
    if withheld:
        lines.append(f"  {withheld} rows are withheld from this audience, changed or not")
    return lines
