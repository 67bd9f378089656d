"""What the columns of a voting sheet are called, in the form and in the exports of other programs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twinbenefits.evidence.exchange.grids import plain_name

__all__ = ["COMMENT", "KNOWN", "Column", "Names", "column_of", "known_column"]

COMMENT = "comment"
"""In the place of a scale: the column holds comments on its item."""

KNOWN: Mapping[str, tuple[str, ...]] = {
    "voter": ("voter", "voter_code", "participant", "participant_code", "code", "osallistuja", "äänestäjä",
              "tunnus", "koodi"),
    "item": ("item", "item_code", "statement_code", "kohta", "väite"),
    "item_version": ("item_version", "version", "versio"),
    "scale": ("scale", "asteikko"),
    "value": ("value", "mark", "vote", "score", "answer", "arvo", "ääni", "vastaus"),
    "not_my_field": ("not_my_field", "ei_alaani"),
    "text": ("text", "comment", "remark", "kommentti", "huomautus"),
    "consent_level": ("consent_level", "consent", "suostumus", "suostumustaso"),
    "vertical": ("vertical", "industry", "toimiala"),
    "role_group": ("role_group", "role", "rooli"),
    "event": ("event", "workshop", "työpaja"),
    "round": ("round", "kierros"),
}  # fmt: skip
"""Columns and what they may be called."""

_BY_NAME = {name: column for column, names in KNOWN.items() for name in names}
_ITEM = re.compile(r"(?P<item>[^\W\d_]{1,4}[-_]?\d{1,4})\b(?P<rest>.*)", re.DOTALL)
_VERSION = re.compile(
    r"[\s:.,;_\-(]*v(?:ersion|ersio)?[\s.]*(\d{1,3})\b[)]?(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_TRIM = " \t\n:.,;_-\N{EN DASH}/()[]|"


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of marks is for.

    Parameters
    ----------
    item
        The item's code as the tables have it; as written where it is not known.
    version
        The version named in the column; None where none is.
    scale
        The scale, or :data:`COMMENT`; as written where it is not known.
    """

    item: str
    version: int | None
    scale: str


@dataclass(frozen=True)
class Names:
    """The items and scales there are, and how each may be written."""

    items: Sequence[str]
    scales: Sequence[str]

    def item(self, written: str) -> str:
        """Return the item that is meant, or what was written.

        Examples
        --------
        >>> Names(["I3"], []).item("i03"), Names(["I3"], []).item("I4")
        ('I3', 'I4')
        """
        wanted = _bare(written)
        found = [item for item in self.items if _bare(item) == wanted]
        return found[0] if len(found) == 1 else written.strip()

    def scale(self, written: str) -> str:
        """Return the scale that is meant, or what was written."""
        plain = plain_name(written)
        if plain in KNOWN["text"]:
            return COMMENT
        return next((scale for scale in self.scales if scale.casefold() == plain), written.strip())


def known_column(name: str) -> str:
    """Return the column of the tables that is meant, or an empty text.

    >>> known_column("Participant code"), known_column("I3 importance")
    ('voter', '')
    """
    return _BY_NAME.get(plain_name(name), "")


def column_of(name: str, names: Names) -> Column | None:
    """Return what a column of marks is for, or None where its name is not that of one.

    Parameters
    ----------
    name
        The name of the column, such as ``I3 v2 importance``.
    names
        The items and scales there are. An item or scale that is not among them is returned as written, so
        that it can be told; a name whose first word is no code of an item is no column of marks.

    Examples
    --------
    >>> names = Names(["I3", "I10"], ["agree", "importance"])
    >>> column_of("I3 v2 importance", names), column_of("i10: Agree", names)
    (Column(item='I3', version=2, scale='importance'), Column(item='I10', version=None, scale='agree'))
    >>> column_of("Remarks of the day", names) is None
    True
    """
    found = _ITEM.fullmatch(name.strip())
    if found is None:
        return None
    item, rest = names.item(found["item"]), found["rest"]
    version = None
    if numbered := _VERSION.fullmatch(rest):
        version, rest = int(numbered[1]), numbered["rest"]
    rest = rest.strip(_TRIM)
    scale = names.scale(rest)
    if item not in names.items and scale not in (*names.scales, COMMENT):
        return None
    return Column(item, version, scale)


def _bare(code: str) -> str:
    """Return a code without what people leave out or add: capitals, hyphens, zeros in front."""
    plain = re.sub(r"[\s_-]", "", code).casefold()
    return re.sub(r"(?<=\D)0+(?=\d)", "", plain)
