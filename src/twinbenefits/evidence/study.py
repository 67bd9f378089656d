"""Open the study: the declared tables, checked, for one audience and one kind of evidence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from twinbenefits.evidence.admission import Admitted, admit
from twinbenefits.evidence.facts import read_facts, read_rules
from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.withholding import Gate

EVIDENCE = ("demo", "private")
AUDIENCES = ("team", "company:<id>", "workshop", "reviewers", "public")
AS_OF_VARIABLE = "TWINBENEFITS_AS_OF"

_COMPANY = re.compile(r"company:[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Study:
    """The study as one audience may see it; made by `Study.open`.

    Parameters
    ----------
    layout
        Where the project stands.
    evidence
        `demo` or `private`: which case evidence is used.
    audience
        For whom the results are.
    as_of
        The day for which permissions and embargoes are judged.
    tables
        Names of the declared tables, in the order they were declared.
    rules
        The thresholds of `data/study/rules.yml`: name to value and reason.
    facts
        The facts of `data/study/study.yml`.
    """

    layout: Layout
    evidence: str
    audience: str
    as_of: date
    tables: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Any]]
    facts: Mapping[str, Any]
    _frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    _admitted: Admitted | None = None

    @classmethod
    def open(
        cls,
        root: Path | str | None = None,
        evidence: str = "demo",
        audience: str = "public",
        tables: Sequence[str] = (),
        *,
        as_of: date | None = None,
    ) -> Study:
        """Open the study with just the declared tables, checked.

        Parameters
        ----------
        root
            The project's top folder; found from the working directory if left out.
        evidence
            `demo` (synthetic cases) or `private` (real ones).
        audience
            `team`, `company:<id>`, `workshop`, `reviewers` or `public`.
        tables
            The tables that will be used. Declaring them makes the inputs of a result known.
        as_of
            The day for which permissions are judged. Left out, it is the variable `TWINBENEFITS_AS_OF`,
            else the day fixed in `study.yml` for the demonstration, and today with private evidence.

        Raises
        ------
        EvidenceError
            For an unknown evidence, audience or table, and for every problem of the declared tables.
        """
        names = (tables,) if isinstance(tables, str) else tuple(dict.fromkeys(tables))
        problems = [*_unknown("evidence", [evidence], EVIDENCE), *_audience_problems(audience)]
        problems += _unknown("table", names, TABLES)
        if problems:
            raise EvidenceError(problems)
        layout = Layout(find_root() if root is None else Path(root).resolve())
        facts = read_facts(layout)
        day = as_of or _as_of(evidence, facts)
        frames, admitted = admit(layout, evidence, audience, day, names)
        return cls(
            layout=layout,
            evidence=evidence,
            audience=audience,
            as_of=day,
            tables=names,
            rules=read_rules(layout),
            facts=facts,
            _frames=MappingProxyType(frames),
            _admitted=admitted,
        )

    @property
    def root(self) -> Path:
        """The project's top folder."""
        return self.layout.root

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of a declared table.

        Text columns hold an empty string where the cell is empty, other columns a missing value.

        Raises
        ------
        EvidenceError
            If the table was not declared when the study was opened.
        """
        self._need_declared(name)
        return self._frames[name].copy(deep=False)  # pandas copies what is written to

    @property
    def gate(self) -> Gate | None:
        """The rule by which cells of case evidence are shown or withheld; None where none is open."""
        return None if self._admitted is None else self._admitted.gate

    @property
    def case_names(self) -> Mapping[str, str]:
        """Case as it stands in the tables, to the name this audience may read."""
        return MappingProxyType(dict(self._admitted.passed.labels) if self._admitted else {})

    @property
    def case_tokens(self) -> Mapping[str, str]:
        """Case as it stands in the tables, to a keyed token that is the same for every audience and day."""
        if self._admitted is None:
            return MappingProxyType({})
        key = open_key(self.layout, self.evidence)
        codes = self._admitted.passed.cases
        return MappingProxyType({standing: key.token("case", code) for standing, code in codes.items()})

    def cases_that_permit(self, *items: str) -> tuple[str, ...]:
        """Return the cases of which this audience may be told, as they stand in the tables.

        Parameters
        ----------
        items
            What would be told: `ratings`, `benefit_states`, `quotes` or `counts`; by default states of
            benefits. A case counts when it permits all of them, and its vertical; the team is told of all.
        """
        gate = self.gate
        if gate is None:
            return ()
        needed = items or ("benefit_states",)
        return tuple(sorted(case for case in self.case_names if not gate.refusal(case, needed)))

    @property
    def left_outside(self) -> Mapping[str, int]:
        """Table to the number of rows that did not pass the door."""
        return MappingProxyType(dict(self._admitted.passed.dropped) if self._admitted else {})

    def is_synthetic(self, name: str) -> bool:
        """Return whether the rows of a declared table are invented for the demonstration.

        Raises
        ------
        EvidenceError
            If the table was not declared when the study was opened.
        """
        self._need_declared(name)
        return self.evidence == "demo" and TABLES[name].holds_case_evidence

    def _need_declared(self, name: str) -> None:
        if name in self.tables:
            return
        declared = shortlist(self.tables, 30) or "none"
        rule = f"is not among the tables this study was opened with ({declared})"
        meant = nearest(name, self.tables)
        hint = f"Did you mean {meant!r}? " if meant else ""
        way_out = (
            f"{hint}Add {name!r} to tables=[…] in Study.open."
            if name in TABLES
            else f"{hint}The tables there are: {shortlist(TABLES, 60)}."
        )
        raise EvidenceError(Problem("table", None, None, name, rule, way_out))

    def __repr__(self) -> str:
        """Return the declarations, without rows and without the folder's place on this machine."""
        return (
            f"Study(evidence={self.evidence!r}, audience={self.audience!r}, "
            f"as_of={self.as_of.isoformat()}, tables={list(self.tables)})"
        )


def known_audience(audience: str) -> bool:
    """Return whether there is such an audience; a company is named as in `company:C1`."""
    return audience in AUDIENCES or _COMPANY.fullmatch(audience) is not None


def _audience_problems(audience: str) -> list[Problem]:
    if audience != "company:<id>" and known_audience(audience):
        return []
    rule = f"must be one of {shortlist(AUDIENCES)}"
    meant = nearest(audience, AUDIENCES)
    way_out = "Write the company's id after the colon, as in company:C1."
    if not audience.startswith("company"):
        way_out = f"Did you mean {meant!r}?" if meant else "Choose one of them."
    return [Problem("audience", None, None, audience, rule, way_out)]


def _unknown(what: str, names: Sequence[str], known: Sequence[str] | Mapping[str, object]) -> list[Problem]:
    problems = []
    for name in names:
        if name not in known:
            meant = nearest(name, known)
            way_out = f"Did you mean {meant!r}?" if meant else "Choose one of them."
            problems.append(
                Problem(what, None, None, name, f"must be one of {shortlist(known, 60)}", way_out)
            )
    return problems


def _as_of(evidence: str, facts: Mapping[str, Any]) -> date:
    named = os.environ.get(AS_OF_VARIABLE)
    if named:
        try:
            return date.fromisoformat(named)
        except ValueError:
            rule = "must be a day written YYYY-MM-DD"
            raise EvidenceError(
                Problem(AS_OF_VARIABLE, None, None, named, rule, "Write it as in 2026-11-01, or unset it.")
            ) from None
    if evidence == "private":
        return date.today()
    day: date = facts["as_of"]
    return day
