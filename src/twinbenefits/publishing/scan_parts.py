"""Parts of files that were looked through and held nothing: a figure stands in many documents.

A part is known by its content alone, whatever it stands in. It counts only while the same is looked for by
the same code; whoever keeps parts longer than one scan has to see to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

__all__ = ["Parts"]

LEAST = 2_000
"""Smaller parts are read more quickly than they are looked up."""
MOST = 3_000


class Parts:
    """Parts that held nothing, each with how deep it stood in other files.

    Parameters
    ----------
    known
        What is known already.

    Examples
    --------
    >>> parts, picture = Parts(), b"<svg/>" * 400
    >>> parts.hold(picture, 1), parts.hold(picture, 1)
    (False, False)
    >>> parts.judge(clean=True)
    >>> parts.hold(picture, 1), parts.hold(picture, 0), parts.hold(picture, 2)
    (True, True, False)
    """

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._clean = dict(known or {})
        self._met: dict[str, int] = {}

    def hold(self, data: bytes, depth: int) -> bool:
        """Return whether a part held nothing; remember that it stands in the file that is being read.

        Files may stand in one another so many times and no more; what stood less deep may hold too many.
        """
        if len(data) < LEAST:
            return False
        digest = sha256(data).hexdigest()
        before = self._clean.get(digest, -1)
        self._met[digest] = max(before, depth, self._met.get(digest, -1))
        return before >= depth

    def judge(self, *, clean: bool) -> None:
        """Say of the file that was read whether anything was found in it: only then its parts are known."""
        if clean:
            for digest in self._met:
                self._clean.pop(digest, None)  # the oldest unused stand first
            self._clean |= self._met
        self._met = {}

    @property
    def known(self) -> dict[str, int]:
        """What may be kept for the next scan."""
        return dict(list(self._clean.items())[-MOST:])
