"""No test over cases that were chosen: no p-value, star or talk of significance is registered from them.

What informants said stands in quotation marks and may use any word; the guide, which explains why there is no
test, is not registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twinbenefits.evidence.release import Released
from twinbenefits.evidence.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rests_on_cases", "signs_in_result", "signs_of_a_test", "texts_of_cells"]

QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"|«[^»]*»")
EMPHASIS = re.compile(r"(\*{1,3})(?=\S)[^*]*?\S\1(?!\*)")
SIGNS: Mapping[str, re.Pattern[str]] = {
    "a p-value": re.compile(
        r"(?<![\w.-])p(?:[ _-]?values?\b|\s*(?:[<>=≤≥]|&lt;|&gt;)\s*[.\d])", re.IGNORECASE
    ),
    "talk of significance": re.compile(r"\b(?:in|non-?)?significan(?:t|tly|ce)\b|\bsig\.", re.IGNORECASE),
    "a star beside a number": re.compile(r"\d\s?\\?\*"),
}
NAMES = frozenset({"p", "pvalue", "p_value", "p-value", "p>|z|", "p>|t|", "z", "t", "chi2", "sig", "stars"})
"""Names of columns and numbers that only a test has."""


def rests_on_cases(released: Released) -> bool:
    """Return whether a result was computed from case evidence."""
    return any(name in TABLES and TABLES[name].holds_case_evidence for name in released.inputs)


def signs_of_a_test(text: str) -> list[str]:
    """Return what in a text looks like a test over cases; words in quotation marks are somebody's own.

    Examples
    --------
    >>> signs_of_a_test("the difference is significant (p < .05)")
    ['a p-value', 'talk of significance']
    >>> signs_of_a_test("0.4**"), signs_of_a_test("changes (*2 withheld*); “a significant saving”")
    (['a star beside a number'], [])
    """
    plain = QUOTED.sub(" ", text)
    spoken = EMPHASIS.sub(" ", plain)
    return [
        what
        for what, pattern in SIGNS.items()
        if pattern.search(spoken if what == "a star beside a number" else plain)
    ]


def signs_in_result(released: Released) -> Iterator[tuple[str, str]]:
    """Yield the places of a result over cases in which something looks like a test, and what."""
    yield from _signs_in_names("column", map(str, released.table.columns))
    yield from _signs_in_names("number", released.scalars)
    told: dict[str, Any] = {f"limitation {place}": text for place, text in enumerate(released.limitations, 1)}
    told |= {
        f"number {name}": " ".join(
            str(getattr(scalar, part, "") or "") for part in ("method", "unit", "reason")
        )
        for name, scalar in released.scalars.items()
    }
    for place, text in told.items():
        yield from ((place, what) for what in signs_of_a_test(text))


def texts_of_cells(frame: pd.DataFrame) -> dict[str, str]:
    """Return the text of each column of a formatted table by its place, and the column names."""
    texts = {f"column {name}": "\n".join({str(cell) for cell in frame[name]}) for name in frame.columns}
    return texts | {"column names": "\n".join(map(str, frame.columns))}


def _signs_in_names(kind: str, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        words = name.replace("_", " ")
        if name.strip().lower() in NAMES or signs_of_a_test(words):
            yield f"{kind} {name}", "a name that only a test has"
