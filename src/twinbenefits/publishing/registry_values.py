"""One registered number: how it is written, and what is kept about it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["RegisteredValue", "written"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
MINUS = "\u2212"
NOT_RELEASED = "not released"
CLOSE_UNITS = ("%", "\u2030", "\u00b0")  # written without a gap


@dataclass(frozen=True, slots=True)
class RegisteredValue:
    """A number of the study, as it stands in ``values.json``.

    Parameters
    ----------
    name
        What prose calls it.
    value
        The number or word; None when it is undefined.
    text
        What readers see.
    unit
        Its unit.
    n
        How many units of analysis it rests on; None where nothing is counted.
    format
        How it was written out, as in Python's format specifications.
    mark
        Set when it rests on synthetic data.
    reason
        Why it is undefined; None when it is defined.
    """

    name: str
    value: int | float | str | None
    text: str
    unit: str
    n: int | None
    format: str
    mark: str | None
    reason: str | None

    @property
    def record(self) -> dict[str, Any]:
        """Everything but the name, for ``values.json``."""
        return {key: value for key, value in asdict(self).items() if key != "name"}

    def __str__(self) -> str:
        """Return what readers see."""
        return self.text

    def _repr_markdown_(self) -> str:
        mark = f" ({self.mark})" if self.mark else ""
        n = f" (n = {self.n})" if self.n is not None else ""
        return f"`{self.name}`: {self.text}{n}{mark}"


def written(value: Any, reason: str | None, fmt: str, unit: str) -> str:
    """Write a number out.

    Parameters
    ----------
    value
        The number or word, None when it is undefined.
    reason
        Why it is undefined.
    fmt
        Python's format specification.
    unit
        Set behind the number, with a gap that does not break; empty for the number alone.

    Raises
    ------
    ValueError
        When the number cannot be written in this format.

    Examples
    --------
    >>> written(-0.5, None, ".2f", "")
    '\u22120.50'
    >>> written(None, "no pairs", ".2f", "")
    'not defined (no pairs)'
    >>> written(None, "withheld: rests on one company", ".2f", "")
    'not released'
    >>> written(45, None, "d", "%")
    '45%'
    """
    if value is None:
        return NOT_RELEASED if str(reason).startswith("withheld") else f"not defined ({reason})"
    number = format(value.item() if hasattr(value, "item") else value, fmt)
    number = re.sub(r"^-(?=[\d.])", MINUS, number)
    if not unit:
        return number
    return number + unit if unit in CLOSE_UNITS else f"{number}\u00a0{unit}"
