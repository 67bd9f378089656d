"""Why something is shown to an audience or withheld from it, step by step, for the team's own eyes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from twinbenefits.evidence.admission import Admitted, admit
from twinbenefits.evidence.consent import AudienceRule, Permissions, audience_rule, own_case
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import nearest
from twinbenefits.evidence.schema import TABLES
from twinbenefits.workflow.settings import Settings, SettingsError

__all__ = ["explain"]

WANTED = re.compile(r"([^\[\]]+?)\s*(?:\[(.*)\])?")
ITEMS = ("vertical", "benefit_states", "ratings", "quotes")
MOST = 20


@dataclass(frozen=True)
class _Evidence:
    """What an explanation looks at: the tables as they are, and as the audience may hold them."""

    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    admitted: Admitted
    permissions: Permissions

    @property
    def layout(self) -> Layout:
        return self.settings.layout

    def rule(self, case: str) -> tuple[AudienceRule, str]:
        """Return the rule for rows of a case, and where it stands."""
        own = bool(case) and case == own_case(self.settings.audience)
        named = self.settings.audience.partition(":")[0]
        rows = self.tables["release_rules"].reset_index(drop=True)
        rows = rows[(rows["audience"] == named) & (rows["rows"] == ("own" if own else "all"))]
        line = int(rows.index[0]) + 2
        rule = audience_rule(self.tables["release_rules"], self.settings.audience, own=own)
        whose = "its own rows" if own else "all rows"
        return rule, f"data/study/release_rules.csv, line {line} ({named}, {whose}): {rows['reason'].iloc[0]}"


def explain(settings: Settings, what: str, as_of: date) -> str:
    """Explain what an audience may see of a segment, a source, a table or a cell.

    Parameters
    ----------
    settings
        The audience and the evidence.
    what
        The code of a segment or source, the name of a table, or a display with a cell, as in
        ``D24[code=BE1.1, case=K2]``.
    as_of
        The day for which permissions are judged.

    Raises
    ------
    SettingsError
        If there is no such thing.
    EvidenceError
        If the tables cannot be read.
    """
    match = WANTED.fullmatch(what.strip())
    if match is None:
        raise SettingsError(f"{what!r} cannot be read; write a code, or a display as in D24[code=…, case=…].")
    name, cell = match[1], match[2]
    evidence = _read(settings, as_of)
    segments, sources = evidence.tables["segments"], evidence.tables["sources"]
    if cell is None and name in set(segments["segment"]):
        lines = _segment(evidence, name)
    elif cell is None and name in set(sources["source"]):
        lines = _source(evidence, name)
    elif cell is None and name in TABLES:
        lines = _table(evidence, name)
    else:
        lines = _cells(evidence, name, cell)
    return "\n".join(lines)


def _read(settings: Settings, as_of: date) -> _Evidence:
    layout = settings.layout
    names = [
        name
        for name, table in TABLES.items()
        if table.holds_case_evidence and table.file(layout, settings.evidence).exists()
    ]
    tables = load_tables(layout, settings.evidence, [*names, "release_rules"])
    _, admitted = admit(layout, settings.evidence, settings.audience, as_of, names)
    if admitted is None:
        raise SettingsError(f"There are no tables of case evidence ({settings.evidence}).")
    return _Evidence(settings, tables, admitted, Permissions(tables["permissions"], as_of))


def _segment(evidence: _Evidence, name: str) -> Iterator[str]:
    segment = evidence.tables["segments"].set_index("segment").loc[name]
    source = evidence.tables["sources"].set_index("source").loc[segment["source"]]
    own, of_source = int(str(segment["consent_level"])), int(str(source["consent_level"]))
    yield f"Segment {name} of source {segment['source']}, case {source['case']}"
    yield f"  consent: segment {own}, source {of_source}; the stricter counts: {min(own, of_source)}"
    yield from _uses(evidence, str(source["case"]), min(own, of_source))


def _source(evidence: _Evidence, name: str) -> Iterator[str]:
    source = evidence.tables["sources"].set_index("source").loc[name]
    segments = evidence.tables["segments"]
    levels = segments.loc[segments["source"] == name, "consent_level"].value_counts().sort_index()
    yield f"Source {name}, case {source['case']}, consent {source['consent_level']}"
    counted = ", ".join(f"{count} at level {level}" for level, count in levels.items())
    yield f"  its segments: {counted or 'none'}; each may be stricter than the source, never looser"
    yield from _uses(evidence, str(source["case"]), int(str(source["consent_level"])))


def _uses(evidence: _Evidence, case: str, level: int) -> Iterator[str]:
    """Yield, for each use, whether it is open and which step decides it."""
    rule, place = evidence.rule(case)
    yield f"  rule: {place}"
    uses = {
        "counted": rule.count_from,
        "its term shown (paraphrase)": rule.paraphrase_from,
        "quoted": rule.quote_from,
        "part of a statement about its own case": rule.case_from,
    }
    for use, least in uses.items():
        verdict = "shown" if level >= least else "withheld"
        yield f"  {use}: {verdict} (level {level}, needed {least})"
    yield from _permissions(evidence, case, rule)
    if rule.minimum_persons > 1:
        yield (
            f"  pooled statements: at least 2 companies, {rule.minimum_sources} sources and "
            f"{rule.minimum_persons} persons behind each number"
        )


def _permissions(evidence: _Evidence, case: str, rule: AudienceRule) -> Iterator[str]:
    if not rule.permission:
        yield "  permissions of the company: not needed for this audience"
        return
    for item in ITEMS:
        refusal = evidence.permissions.refusal(case, item)
        yield f"  permission of {case} for {item.replace('_', ' ')}: {refusal or 'in force'}"


def _table(evidence: _Evidence, name: str) -> Iterator[str]:
    if not TABLES[name].holds_case_evidence:
        yield f"Table {name}: open to every audience; it holds no case evidence"
        return
    if name not in evidence.tables:
        raise SettingsError(f"There is no file for the table {name} ({evidence.settings.evidence}).")
    every, passed = evidence.tables[name], evidence.admitted.passed.frames[name]
    yield f"Table {name}: {len(passed)} of {len(every)} rows pass the door for {evidence.settings.audience}"
    if len(passed) < len(every):
        yield "  the others stand under the level that is needed, or hang on rows that do"
    emptied = [
        f"{column} ({len(passed) - _filled(passed[column])} of {len(passed)} cells)"
        for column in every.columns
        if _filled(passed[column]) > 0
        and _filled(every[column]) == len(every)
        and _filled(passed[column]) < len(passed)
    ]
    emptied += [
        f"{column} (all)"
        for column in every.columns
        if _filled(every[column]) and not _filled(passed[column])
    ]
    if emptied:
        yield f"  emptied where it may not be read: {', '.join(emptied)}"
    _, place = evidence.rule("")
    yield f"  rule: {place}"


def _filled(column: pd.Series) -> int:
    return int((column.notna() & (column.astype("str") != "")).sum())


def _cells(evidence: _Evidence, display: str, cell: str | None) -> Iterator[str]:
    """Yield the counts of a display, or those of one cell, and why the withheld ones are."""
    known = _disclosed(evidence.settings)
    if display not in known:
        meant = nearest(display, [*known, *evidence.tables["segments"]["segment"], *TABLES])
        hint = f"Did you mean {meant!r}?" if meant else "Run the build for this audience, then ask again."
        raise SettingsError(
            f"{display!r} is no segment, source or table, and no display with counts of case evidence in the "
            f"results for {evidence.settings.audience}. {hint}"
        )
    wanted = _coordinates(evidence, cell or "")
    found = [
        record
        for record in known[display]
        if all(record["at"].get(key, ALL) == value for key, value in wanted.items())
    ]
    if not found:
        raise SettingsError(
            f"{display} has no cell with {cell}. Its dimensions: {_dimensions(known[display])}."
        )
    for record in found[:MOST]:
        yield from _cell(evidence, display, record)
    if len(found) > MOST:
        yield f"and {len(found) - MOST} more cells; name more of {_dimensions(found)}"


def _disclosed(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(settings.results.glob("*/disclosure.json")):
        for part, records in json.loads(path.read_text("utf-8")).items():
            found.setdefault(part.split(" ", 1)[-1], []).extend(records)
    return found


def _dimensions(records: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({key for record in records for key in record["at"]}))


def _coordinates(evidence: _Evidence, cell: str) -> dict[str, str]:
    """Read ``code=BE1.1, case=K2``; a case may be named by its code or as the audience reads it."""
    labels = {code: label for label, code in evidence.admitted.passed.cases.items()}
    labels |= {name: label for label, name in evidence.admitted.passed.labels.items()}
    wanted = {}
    for part in filter(None, (part.strip() for part in cell.split(","))):
        key, _, value = (piece.strip() for piece in part.partition("="))
        wanted[key] = labels.get(value, value)
    return wanted


def _cell(evidence: _Evidence, display: str, record: Mapping[str, Any]) -> Iterator[str]:
    at = ", ".join(f"{key}={value}" for key, value in record["at"].items() if value != ALL) or "total"
    codes = evidence.admitted.passed.cases
    case = next((codes[value] for value in record["at"].values() if value in codes), "")
    rule, place = evidence.rule(case)
    if record["value"] is not None:
        yield f"{display}[{at}], {record['measure']}: shown ({record['value']:g})"
        return
    if record["complementary"]:
        yield f"{display}[{at}], {record['measure']}: kept back so that another cell cannot be worked out"
        return
    yield f"{display}[{at}], {record['measure']}: withheld"
    yield f"  rule: {place}"
    if case:
        yield f"  about one company: {case}, from level {rule.case_from} on"
        yield from _permissions(evidence, case, rule)
    else:
        yield (
            f"  pooled: needs at least 2 companies, {rule.minimum_sources} sources and "
            f"{rule.minimum_persons} persons, and rows of level {rule.count_from} or above"
        )
