"""What claims may name in one edition: values, displays, propositions, codes, references, sections."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest, shortlist
from twinbenefits.publishing.claims_ledger import LEDGER, Claim
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.stage_names import NOT_YET
from twinbenefits.publishing.stage_registrations import Registrations
from twinbenefits.publishing.stage_results import REBUILD, Staged

__all__ = ["TABLES", "Edition", "Origin", "table_rows"]

TABLES = {
    "displays": ("data/study/displays.csv", "id"),
    "propositions": ("data/study/propositions.csv", "id"),
    "codes": ("data/study/codebook.csv", "id"),
    "references": ("data/literature/references.csv", "key"),
}
RATINGS = "confidence_steps.csv"
FOLDERS = ("paper", "slides", "briefs", "kit")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a registered result comes from.

    Parameters
    ----------
    notebook
        The notebook, without its suffix.
    folder
        Its folder below the edition's results; one of several where the notebook is run several times.
    cell
        What `provenance.json` says of the cell: label, order and hash of its code.
    inputs
        The tables it was computed from.
    """

    notebook: str
    folder: str
    cell: Mapping[str, Any]
    inputs: tuple[str, ...]


class Edition:
    """The results of one edition and the tables of the study, for looking up what a claim names.

    Parameters
    ----------
    layout
        Where the project stands.
    audience, evidence
        Which edition.
    staged
        Its registered results.
    registrations
        What the notebooks' code announces.
    """

    def __init__(
        self,
        layout: Layout,
        audience: str,
        evidence: str,
        staged: Staged,
        registrations: Registrations | None = None,
    ) -> None:
        self.layout, self.audience, self.evidence, self.staged = layout, audience, evidence, staged
        self.registrations = registrations or Registrations(layout)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text of every registered value."""
        return {name: str(record["text"]) for name, record in self.staged.values.items()}

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """Where each result comes from, by its part: ``value x``, ``table D02``, ``figure D03``."""
        found: dict[str, Origin] = {}
        for path in sorted(self.layout.results(self.audience, self.evidence).glob("*/provenance.json")):
            content: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
            for part, record in content.get("results", {}).items():
                found[part] = Origin(
                    _notebook(path.parent), path.parent.name, record["cell"], tuple(record["inputs"])
                )
        return found

    @cached_property
    def ratings(self) -> dict[str, dict[str, int]]:
        """Finding to component to step-downs, the latest of each, from the table of the chosen evidence."""
        folder = self.layout.cases(self.evidence)
        rows = sorted(table_rows(folder / RATINGS), key=lambda row: row.get("date", ""))
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            steps = row.get("steps", "")
            if steps.isascii() and steps.isdigit():  # the table's own checks say what is wrong with others
                found.setdefault(row.get("finding", ""), {})[row.get("component", "")] = int(steps)
        return found

    def ids(self, kind: str) -> frozenset[str]:
        """Return the ids of a kind of evidence; empty where the study has no such table."""
        path, column = TABLES[kind]
        listed = {row.get(column, "") for row in table_rows(self.layout.root / path)}
        made = set(self.staged.displays) if kind == "displays" else set()
        return frozenset((listed | made) - {""})

    def parts(self, claim: Claim) -> list[str]:
        """Return the registered results that a claim names, as parts of the provenance."""
        named = [f"value {name}" for name in claim.values]
        for display in claim.rests_on["displays"]:
            record = self.staged.displays.get(display)
            named += [f"{record['kind']} {display}"] if record else []
        return named

    def inputs(self, claim: Claim) -> tuple[str, ...]:
        """Return the tables behind everything that a claim names."""
        found = [self.origins[part].inputs for part in self.parts(claim) if part in self.origins]
        return tuple(sorted({table for tables in found for table in tables}))

    def is_about_cases(self, claim: Claim) -> bool:
        """Return whether any result that the claim names rests on case evidence."""
        from twinbenefits.evidence.schema import TABLES as CATALOGUE

        return any(CATALOGUE[table].holds_case_evidence for table in self.inputs(claim) if table in CATALOGUE)

    def is_synthetic(self, claim: Claim) -> bool:
        """Return whether any result that the claim names is marked as synthetic."""
        values = [self.staged.values.get(name) for name in claim.values]
        displays = [self.staged.displays.get(name) for name in claim.rests_on["displays"]]
        return any(record and record["mark"] for record in (*values, *displays))

    def problems(self, claim: Claim) -> Iterator[SourceProblem]:
        """Yield every name in a claim that nothing stands behind, with the nearest one there is."""
        for name in claim.values:
            if name not in self.staged.values:
                rule, way_out = self._missing_value(name)
                key = _key_of(claim, name)
                yield SourceProblem(
                    LEDGER, claim.lines.get(key, claim.line), f"{claim.id} {key}", name, rule, way_out
                )
        for kind, named in claim.rests_on.items():
            known = self.ids(kind)
            for name in named if known else ():
                if name not in known:
                    meant = nearest(name, known)
                    way_out = f"Did you mean {meant}?" if meant else f"See {TABLES[kind][0]}."
                    line = claim.lines.get(kind, claim.line)
                    rule = f"there is no such {kind.removesuffix('s')}"
                    yield SourceProblem(LEDGER, line, f"{claim.id} {kind}", name, rule, way_out)
        yield from self._sections(claim)

    def _missing_value(self, name: str) -> tuple[str, str]:
        maker = self.registrations.values.get(name, "")
        if maker:
            return NOT_YET, f"{maker} makes it. {REBUILD}"
        meant = nearest(name, {*self.staged.values, *self.registrations.values})
        way_out = f"Did you mean {meant}?" if meant else "Register it with results.value in a notebook."
        return "no notebook registers this value", way_out

    def _sections(self, claim: Claim) -> Iterator[SourceProblem]:
        line, part = claim.lines.get("where", claim.line), f"{claim.id} where"
        if not claim.where:
            rule, way_out = "the claim stands nowhere", "Name the sections that make it, as file#section."
            yield SourceProblem(LEDGER, line, part, None, rule, way_out)
        for place in claim.where:
            file, _, section = place.partition("#")
            path = self.layout.root / file
            if not path.is_file():
                meant = nearest(file, self.sources)
                way_out = f"Did you mean {meant}?" if meant else f"The sources are {shortlist(self.sources)}."
                yield SourceProblem(LEDGER, line, part, file, "there is no such source", way_out)
            elif section and f"#{section}" not in path.read_text("utf-8-sig"):
                way_out = "Name a heading's {#sec-…}, or leave out what follows the #."
                yield SourceProblem(LEDGER, line, part, place, "the source has no such section", way_out)

    @cached_property
    def sources(self) -> list[str]:
        """The sources that can make a claim, as paths from the root."""
        root = self.layout.root
        found = [path for name in FOLDERS for path in sorted((root / name).glob("*.qmd"))]
        return [path.relative_to(root).as_posix() for path in [*root.glob("index.qmd"), *found]]


def _notebook(results: Path) -> str:
    """Return the notebook that a folder of results is from."""
    try:
        return str(json.loads((results / "edition.json").read_text("utf-8"))["notebook"])
    except (OSError, ValueError, KeyError):
        return results.name


def _key_of(claim: Claim, name: str) -> str:
    """Return the key of the claim under which a value is named first."""
    if name in claim.worded_values:
        return "wording"
    if name in claim.holds_if.names:
        return "holds_if"
    return "cases" if name == claim.cases else "weakened_if"


def table_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as text; its own checks are made where the study is opened."""
    try:
        return [*_rows(path.read_bytes())]
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return []


@lru_cache(maxsize=32)
def _rows(content: bytes) -> tuple[dict[str, str], ...]:
    """Read a table; the same is asked for claim by claim."""
    lines = io.StringIO(content.decode("utf-8-sig"), newline="")
    return tuple({key: value or "" for key, value in row.items() if key} for row in csv.DictReader(lines))
