"""A voter's code on the sheet of its voter is no disclosure; anywhere else it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from twinbenefits.publishing.scan import Closed

__all__ = ["CodesApart"]


class CodesApart:
    """Looks for closed evidence in files that carry the codes of one workshop's voters on purpose.

    Parameters
    ----------
    closed
        What the audience may not see.
    codes
        The codes that may stand here.

    Examples
    --------
    >>> class Codes:
    ...     def found_in(self, text):
    ...         return [word for word in text.split() if word in ("A-1", "A-2")]
    >>> list(CodesApart(Codes(), ["A-1"]).found_in("Code: A-1, not A-2"))
    ['A-2']
    """

    def __init__(self, closed: Closed, codes: Sequence[str]) -> None:
        self._closed = closed
        any_of = "|".join(map(re.escape, sorted(codes, key=len, reverse=True)))
        self._codes = re.compile(rf"(?<![\w.-])(?:{any_of})(?![\w-])") if codes else None

    def found_in(self, text: str) -> Iterable[str]:
        """Return what stands in a text besides those codes, in words that may be shown to anybody."""
        return self._closed.found_in(self._codes.sub(" ", text) if self._codes else text)
