"""The kinds of columns a table can have, as pandera fields with what the data dictionary needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandera.pandas as pa

ORIGINS = ("deck", "literature", "proposed")
"""Marks of origin: the study's own words; the literature; proposed here, for the authors to change."""

DECISIONS = ("accepted", "changed", "rejected")
"""What the authors can answer to a proposal or a finding."""

ANSWERS = ("yes", "no")
"""Answers that are written as words."""

MARK = "synthetic"
"""The column with which every table of case evidence ends."""


class Rows(pa.DataFrameModel):
    """The columns of one table, each with its type and what its cells must be."""

    @classmethod
    def build_schema_(cls, **settings: Any) -> pa.DataFrameSchema:
        """Return the schema, with the table's own columns first, as its files have them.

        Every field here is a plain column. pandera's own way asks of each whether it is an index, of dask or
        modin too, and imports them for that wherever they are installed.
        """
        described = sorted(cls.__fields__.values(), key=lambda pair: pair[1].name == MARK)
        columns = {
            field.name: pa.Column(
                **field.column_properties(
                    kind.default_dtype or kind.arg, nullable=kind.nullable, name=field.name
                )
            )
            for kind, field in described
        }
        schema = pa.DataFrameSchema(checks=cls.__root_checks__, **settings)
        schema.columns = columns  # handed over, each would be copied down to its last word for its name
        return schema


def text(
    description: str,
    *,
    required: bool = True,
    allowed: Sequence[str] = (),
    pattern: str = "",
    looks_like: str = "",
    verbatim: bool = False,
    separator: str = "",
    lines: bool = False,
    alias: str | None = None,
) -> Any:
    """Return a text column; an empty cell is an empty string.

    Parameters
    ----------
    description
        One sentence for the data dictionary.
    required
        Whether the cell must hold something.
    allowed
        The only words that may stand here.
    pattern, looks_like
        A regular expression the cell must match, and the same in words with an example.
    verbatim
        Whether the cell must stand word for word in a text kept under `data/literature/source/`;
        with a separator, each piece of it.
    separator
        What parts the items of a cell that lists several.
    lines
        Whether a cell holds running text: it may run over several lines, and blanks at its ends are kept.
        Elsewhere a line break is refused, because a stray quotation mark swallows the rows that follow it
        into one cell, and blanks at the ends are left out.
    alias
        The column's name in the file, where that name is taken in Python.
    """
    checks: dict[str, Any] = {}
    if allowed:
        checks["isin"] = [*allowed] if required else ["", *allowed]
    elif pattern:
        checks["str_matches"] = f"^(?:{pattern})$" if required else f"^(?:{pattern})?$"
    elif required:
        checks["str_length"] = {"min_value": 1}
    return pa.Field(
        description=description,
        alias=alias,
        metadata={
            "required": required,
            "allowed": tuple(allowed),
            "looks_like": looks_like,
            "verbatim": verbatim,
            "separator": separator,
            "lines": lines,
        },
        **checks,
    )


def number(
    description: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    required: bool = True,
) -> Any:
    """Return a column of numbers; an empty cell is `<NA>`.

    Whether it holds whole or decimal numbers is said by the column's type (`Int64` or `Float64`).
    """
    return pa.Field(
        description=description,
        nullable=not required,
        ge=minimum,
        le=maximum,
        metadata={"required": required, "unit": unit},
    )


def yes_no(description: str, *, required: bool = True) -> Any:
    """Return a column of `true` and `false`; an empty cell is `<NA>`."""
    return pa.Field(description=description, nullable=not required, metadata={"required": required})


def day(description: str, *, required: bool = True) -> Any:
    """Return a column of days written YYYY-MM-DD; an empty cell is `NaT`."""
    return pa.Field(description=description, nullable=not required, metadata={"required": required})
