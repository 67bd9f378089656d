"""How a mention of a work is printed, everywhere."""

from twinbenefits.analysis.citations import CITABLE

__all__ = ["NOT_IDENTIFIED", "mention_text", "not_identified"]

NOT_IDENTIFIED = "[not yet identified]"


def not_identified(status: str) -> bool:
    """Return whether a reference of this status may not stand in the reference list."""
    return status not in CITABLE


def mention_text(as_written: str, key: str, status: str, *, cite: bool = True) -> str:
    """Return a mention as a document prints it.

    A work that is not identified keeps the words of the deck and says so; only an identified one becomes a
    citation, so that no reference list can hold a guess.

    Parameters
    ----------
    as_written
        The words of the deck.
    key
        The author-year key.
    status
        *verified*, *settled*, *candidate* or *unresolved*.
    cite
        Whether an identified work is printed as a citation (for documents) or as written (for figures).

    Examples
    --------
    >>> mention_text("Roe et al., 2018", "Roe2018", "verified")
    '@Roe2018'
    >>> mention_text("Roe et al., 2018", "Roe2018", "verified", cite=False)
    'Roe et al., 2018'
    >>> mention_text("Doe et al 2021", "Doe2021", "candidate")
    'Doe et al 2021 [not yet identified]'
    """
    if not_identified(status):
        return f"{as_written} {NOT_IDENTIFIED}"
    return f"@{key}" if cite else as_written
