"""Release: nothing computed leaves a notebook before it is cleared for its audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from twinbenefits.evidence.problems import EvidenceError, Problem, nearest, shortlist
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.study import Study


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
    """A result that its audience may see; made by `release` and accepted by displays and the registry.

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
    """

    result: Releasable
    audience: str
    evidence: str
    inputs: tuple[str, ...]
    synthetic: bool

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the result's table."""
        return self.result.table.copy()

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

    Tables of the literature and of the study's instruments are open to every audience. A result that
    rests on anything else is refused by name.

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
        If it names no input, an undeclared one, or one that this audience may not see.
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
    return Released(result, study.audience, study.evidence, inputs, synthetic)


def _refusals(table: str, name: str, study: Study) -> list[Problem]:
    """Return why a result that rests on `table` is not released to this audience."""
    if table not in study.tables:
        rule = f"is not among the tables this study was opened with ({shortlist(study.tables, 30) or 'none'})"
        meant = nearest(table, study.tables)
        way_out = f"Did you mean {meant!r}?" if meant else "Add it to tables=[…] in Study.open."
        return [Problem(f"{name}.inputs", None, None, table, rule, way_out)]
    if TABLES[table].holds_case_evidence:
        rule = f"holds case evidence, which cannot be released to {study.audience}"
        way_out = "Compute the result from tables of the literature and the study."
        return [Problem(f"{name}.inputs", None, None, table, rule, way_out)]
    return []
