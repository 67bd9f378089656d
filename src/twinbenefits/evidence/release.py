"""Release: nothing computed leaves a notebook before it is cleared for its audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from twinbenefits.evidence.cells import Cells
from twinbenefits.evidence.disclosure import ALL, Cell, protect
from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study
from twinbenefits.evidence.withholding import WITHHELD

_SEAL = object()
"""What only `release` hands over, so that nothing else makes a `Released`."""


@runtime_checkable
class Releasable(Protocol):
    """What an analysis hands over: a table, named numbers, limitations and the tables it was made from."""

    @property
    def table(self) -> pd.DataFrame:
        """The result as a table."""

    @property
    def inputs(self) -> Sequence[str]:
        """Names of the tables the result was computed from."""

    @property
    def scalars(self) -> Mapping[str, Any]:
        """Single numbers by name."""

    @property
    def limitations(self) -> Sequence[str]:
        """What the result cannot say."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Released:
    """A result that its audience may see; made only by `release`, accepted by displays and the registry.

    Parameters
    ----------
    result
        The result as it may be shown.
    audience
        For whom it was released.
    evidence
        The kind of evidence it rests on.
    inputs
        The tables it was computed from.
    synthetic
        Whether any of them is synthetic; the mark follows the result wherever it goes.
    disclosed
        The counts it shows and those it withholds (without their values), for the audit over all results.
    seal
        Shows that `release` made it.

    Raises
    ------
    TypeError
        When it is made or changed by anything but `release`.
    """

    result: Releasable
    audience: str
    evidence: str
    inputs: tuple[str, ...]
    synthetic: bool
    disclosed: tuple[Cell, ...] = ()
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError(
                "Released is made by release(result, study) and cannot be made or changed by hand"
            )

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the result's table."""
        return self.result.table.copy(deep=False)

    @property
    def scalars(self) -> Mapping[str, Any]:
        """The result's single numbers by name."""
        return self.result.scalars

    @property
    def limitations(self) -> tuple[str, ...]:
        """What the result cannot say."""
        return tuple(self.result.limitations)

    def __repr__(self) -> str:
        """Return what was released to whom, without the rows."""
        name = type(self.result).__name__
        return f"Released({name}, audience={self.audience!r}, inputs={list(self.inputs)})"


def release(result: Releasable, study: Study) -> Released:
    """Clear a result for the study's audience.

    Tables of the literature and of the study's instruments are open to every audience. Of a result that rests
    on case evidence, cells and numbers that the audience may not see are emptied, with the reason; so are
    margins that would give them away. Such a result must say what its cells and numbers rest on.

    Parameters
    ----------
    result
        What an analysis returned.
    study
        The study it was computed from.

    Returns
    -------
    Released
        The result, ready to be displayed and registered.

    Raises
    ------
    TypeError
        If `result` is not the result of an analysis (a bare table does not say what it was made from).
    EvidenceError
        If it names no input or an undeclared one; if it rests on case evidence and does not say how; if a
        withheld cell can be worked out from cells that may be shown.
    """
    if isinstance(result, Released):
        raise TypeError("this result is released already; release the analysis result itself")
    if isinstance(result, pd.DataFrame) or not isinstance(result, Releasable):
        raise TypeError(
            f"release() takes the result of an analysis, not {type(result).__name__}: "
            "it needs .table, .scalars, .limitations and .inputs"
        )
    name = type(result).__name__
    problems = [problem for table in result.inputs for problem in _refusals(table, name, study)]
    if not result.inputs:
        rule = "names no table it was computed from"
        problems.append(Problem(name, None, None, None, rule, "Set inputs in the function that makes it."))
    if problems:
        raise EvidenceError(problems)
    inputs = tuple(dict.fromkeys(result.inputs))
    synthetic = any(study.is_synthetic(table) for table in inputs)
    if not any(TABLES[table].holds_case_evidence for table in inputs):
        return Released(result, study.audience, study.evidence, inputs, synthetic, seal=_SEAL)
    shown, disclosed = _shown(result, name, study)
    return Released(shown, study.audience, study.evidence, inputs, synthetic, disclosed, seal=_SEAL)


def _refusals(table: str, name: str, study: Study) -> list[Problem]:
    """Return why a result that rests on `table` cannot be released."""
    if table in study.tables:
        return []
    rule = f"is not among the tables this study was opened with ({shortlist(study.tables, 30) or 'none'})"
    meant = nearest(table, study.tables)
    way_out = f"Did you mean {meant!r}?" if meant else "Add it to tables=[…] in Study.open."
    return [Problem(f"{name}.inputs", None, None, table, rule, way_out)]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is left of a result for its audience; nothing else of the result is kept."""

    table: pd.DataFrame
    inputs: tuple[str, ...]
    scalars: Mapping[str, Any]
    limitations: tuple[str, ...]


def _shown(result: Releasable, name: str, study: Study) -> tuple[_Shown, tuple[Cell, ...]]:
    cells: Cells | None = getattr(result, "cells", None)
    gate = study.gate
    problems = [
        Problem(
            f"{name}.scalars", None, None, key, "does not say what it rests on", "Give the Scalar a basis."
        )
        for key, scalar in result.scalars.items()
        if getattr(scalar, "basis", None) is None
    ]
    if cells is None:
        rule = "rests on case evidence and does not say what its rows are"
        problems.append(Problem(f"{name}.cells", None, None, None, rule, "Give the Result its Cells."))
    elif gate is not None:
        rule = "is mixed into what is said of the other cases, and may not be shown to this audience"
        way_out = "Compute it only among the cases that Study.cases_that_permit names."
        problems += [
            Problem(f"{name}.cells", None, cells.case, case, f"{rule} ({why})", way_out)
            for case, why in gate.mixed_in(result.table, cells).items()
        ]
    if problems or cells is None or gate is None:
        raise EvidenceError(problems)
    table = gate.withhold(result.table, cells)
    table, disclosed = _protected(result.table, table, cells, name)
    reasons = table[WITHHELD].value_counts()
    notes = [f"{count} of {len(table)} cells withheld: {why}." for why, count in reasons.items() if why]
    if cells.case:
        names = {**study.case_names, ALL: ALL}
        table[cells.case] = table[cells.case].map(lambda case: names.get(str(case), case))
    scalars = {key: _scalar(scalar, gate.reason(scalar.basis)) for key, scalar in result.scalars.items()}
    limitations = (*result.limitations, *notes)
    return _Shown(table, tuple(result.inputs), MappingProxyType(scalars), limitations), disclosed


def _scalar(scalar: Any, reason: str) -> Any:
    """Return the number without its basis, or the reason why it is withheld."""
    if not reason:
        return replace(scalar, basis=None)
    return replace(scalar, value=None, n=None, basis=None, reason=f"withheld: {reason}")


def _protected(
    full: pd.DataFrame, table: pd.DataFrame, cells: Cells, name: str
) -> tuple[pd.DataFrame, tuple[Cell, ...]]:
    """Withhold the margins that give a withheld count away; refuse what only inner cells give away."""
    if not cells.counts:
        return table, ()
    counts = []
    named = [table[dimension].astype(str).tolist() for dimension in cells.dimensions]
    places = [dict(zip(cells.dimensions, at, strict=True)) for at in zip(*named, strict=True)]
    for column, measure in cells.counts.items():
        for place, why, value in zip(places, table[WITHHELD], full[column], strict=True):
            known = float("nan") if why or pd.isna(value) else float(value)
            counts.append(Cell(name, measure, cells.population, place, known, bool(why)))
    standing, leaks = protect(counts)
    if leaks:
        way_out = "Leave out the cells named, or ask the companies for permission."
        raise EvidenceError([Problem(name, None, None, None, str(leak), way_out) for leak in leaks])
    kept_back = [
        number % len(table)
        for number, (before, after) in enumerate(zip(counts, standing, strict=True))
        if after.withheld and not before.withheld
    ]
    if kept_back:
        rows = table.index[sorted(set(kept_back))]
        table.loc[rows, WITHHELD] = "kept back so that another cell cannot be worked out"
        for column in cells.shown:
            table[column] = table[column].astype(object)
            table.loc[rows, column] = None
    return table, tuple(replace(cell, value=float("nan")) if cell.withheld else cell for cell in standing)
