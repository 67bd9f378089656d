"""The mark on every page of a document that holds synthetic results; nothing in a document takes it off."""

from __future__ import annotations

__all__ = ["SYNTHETIC_EDITION", "with_mark"]

SYNTHETIC_EDITION = "contains synthetic demonstration data; literature parts are real"


def with_mark(own: object, mark: str) -> str:
    """Return what stands on every page: the mark that results bring along, then the document's own.

    Parameters
    ----------
    own
        The document's own `edition-mark`, however it is given; it can add to the mark, never replace it.
    mark
        What the results bring along; empty for none.

    Examples
    --------
    >>> with_mark("Draft", "invented data")
    'invented data; Draft'
    >>> with_mark(None, "invented data"), with_mark("Draft", "")
    ('invented data', 'Draft')
    """
    said = str(own or "").strip()
    if not mark or mark in said:
        return said
    return f"{mark}; {said}" if said else mark
