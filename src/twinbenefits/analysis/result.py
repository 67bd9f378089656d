"""What an analysis hands over: a table, its numbers, and what they cannot show."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from twinbenefits.evidence.cells import Basis, Cells
from twinbenefits.evidence.schema import TABLES

__all__ = ["Result", "Scalar", "pipe_table"]

NOT_RELEASED = "not released: release(result, study) shows what its audience may see"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number of a result, with what a reader needs to judge it.

    Parameters
    ----------
    value
        The number or word. ``None`` means undefined, and then `reason` says why.
    n
        How many units it rests on; ``None`` where nothing is counted.
    unit
        Unit of `value`, for example ``"mentions"``.
    method
        How it was obtained, in the field's term.
    reason
        Why there is no value. Given exactly when `value` is ``None``.
    basis
        On which companies, persons and sources it rests; needed for release when it rests on case evidence.

    Raises
    ------
    ValueError
        For a not-a-number or infinite value, an undefined value without a reason, or a reason beside a value.

    Examples
    --------
    >>> Scalar(34, unit="mentions").value
    34
    >>> Scalar(None, reason="only one coder").reason
    'only one coder'
    >>> Scalar(float("nan"))
    Traceback (most recent call last):
        ...
    ValueError: nan is not a value: pass value=None with the reason
    """

    value: int | float | str | None
    n: int | None = None
    unit: str = ""
    method: str = ""
    reason: str | None = None
    basis: Basis | None = None

    def __post_init__(self) -> None:
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise ValueError(f"{self.value} is not a value: pass value=None with the reason")
        if self.value is None and not self.reason:
            raise ValueError("an undefined value needs a reason: pass reason=…")
        if self.value is not None and self.reason is not None:
            raise ValueError(f"the value {self.value!r} is defined: only an undefined value has a reason")


@dataclass(frozen=True)
class Result:
    """A table with its numbers, the names of the tables it was computed from, and its limits.

    Parameters
    ----------
    table
        One row per unit of the analysis. A copy is kept, so that later changes to the frame do not reach it.
    inputs
        Names of the evidence tables used; release checks that the notebook declared them.
    scalars
        The numbers worth quoting, by name.
    limitations
        What a reader must not conclude, one sentence each.
    cells
        What the rows of the table are, so that release can judge each; needed when it rests on case evidence.

    Raises
    ------
    ValueError
        When no input is named: then nobody could say what the result rests on.

    Examples
    --------
    >>> result = Result(pd.DataFrame({"row": ["C1"], "n": [5]}), inputs=("mentions",))
    >>> print(result.to_markdown())
    | row | n |
    |:--|--:|
    | C1 | 5 |
    """

    table: pd.DataFrame
    inputs: tuple[str, ...]
    scalars: Mapping[str, Scalar] = field(default_factory=dict)
    limitations: tuple[str, ...] = ()
    cells: Cells | None = None

    def __post_init__(self) -> None:
        if not self.inputs:
            raise ValueError("a result names the tables it was computed from: pass inputs=(…)")
        object.__setattr__(self, "table", self.table.copy(deep=False))  # pandas copies what is written to
        object.__setattr__(self, "inputs", tuple(self.inputs))
        object.__setattr__(self, "scalars", MappingProxyType(dict(self.scalars)))
        object.__setattr__(self, "limitations", tuple(self.limitations))

    def __str__(self) -> str:
        """Return the result for the team; for others, that it has not been released."""
        return repr(self) if self._may_be_printed else NOT_RELEASED

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show nothing of case evidence in a notebook before it is released, except to the team."""
        return {} if self._may_be_printed else {"text/plain": NOT_RELEASED}

    @property
    def _may_be_printed(self) -> bool:
        tables = [TABLES[name] for name in self.inputs if name in TABLES]
        return os.environ.get("AUDIENCE") == "team" or not any(t.holds_case_evidence for t in tables)

    def to_markdown(self) -> str:
        """Return the table as a pipe table, followed by the limitations as a list."""
        parts = [pipe_table(self.table)]
        parts += ["\n".join(f"- {sentence}" for sentence in self.limitations)] if self.limitations else []
        return "\n\n".join(parts)


def pipe_table(frame: pd.DataFrame) -> str:
    """Return `frame` as a Markdown pipe table, without its index; numbers are right-aligned.

    Parameters
    ----------
    frame
        Any frame; missing cells are printed empty and vertical bars are escaped.

    Returns
    -------
    str
        One line per row, without a final line break.
    """
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
    lines = [
        [_cell(name) for name in frame.columns],
        *([_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)),
    ]
    rule = "|" + "|".join("--:" if right else ":--" for right in numeric) + "|"
    head, *body = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([head, rule, *body])


def _cell(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    return str(value).replace("|", "\\|").replace("\n", " ")
