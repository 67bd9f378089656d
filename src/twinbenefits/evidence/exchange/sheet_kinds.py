"""What a sheet holds, told by its column names: one of the study's tables, a codebook, or coded passages.

Excel files of NVivo, ATLAS.ti, MAXQDA and Taguette, and what people type themselves, call the same things
by other names; English and Finnish ones are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from twinbenefits.evidence.exchange.cell_rules import own_columns
from twinbenefits.evidence.exchange.grids import Header, plain_name

__all__ = ["CODES", "PASSAGES", "PASSAGE_COLUMNS", "columns_of", "kind_of", "known_names"]

CODES, PASSAGES = "codes", "passages"
SHARE = 0.6
"""A sheet is one of the study's tables if so many of its columns are."""

CODEBOOK: Mapping[str, str] = {"id": "code", "label": "name", "definition": "description"}
CODE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "tag", "koodi", "code_name", "node", "nodes"),
    "name": ("name", "label", "nimi"),
    "parent": ("parent", "parent_code", "category", "code_group", "yläkoodi"),
    "description": ("description", "definition", "comment", "memo", "kuvaus", "määritelmä"),
    "color": ("color", "colour", "väri"),
}
PASSAGE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": (
        *("text", "content", "quotation_content", "quotation", "quote", "coded_text", "coded_segment"),
        *("coded_segments", "excerpt", "passage", "reference_text", "teksti", "lainaus", "sitaatti", "ote"),
    ),
    "code": ("code", "codes", "tag", "tags", "koodi", "koodit", "code_name", "node", "coded_at"),
    "source": (
        *("source", "document", "document_name", "file", "file_name", "transcript", "interview"),
        *("dokumentti", "lähde", "haastattelu", "tiedosto"),
    ),
    "coder": (
        *("coder", "coded_by", "created_by", "user", "owner", "author", "coder_name"),
        *("koodaaja", "tekijä"),
    ),
    "created": ("created", "created_on", "creation_date", "coded_on", "date", "päivä", "päivämäärä", "pvm"),
    "memo": ("memo", "comment", "comments", "note", "notes", "kommentti", "huomautus"),
    "segment": ("segment", "id", "segment_id", "quotation_id", "highlight_id", "tunnus"),
    "place": ("reference", "position", "location", "sijainti"),
    "start": ("start", "start_position", "startposition", "pos0", "alku"),
    "end": ("end", "end_position", "endposition", "pos1", "loppu"),
}
"""Names that the columns of coded passages have, in the order in which they are taken."""

ALSO_IN_PASSAGES = (
    *("coding", "target_code", "status", "strength", "codebook_version", "first_order", "speaker"),
    *("use_case", "consent_level", "case", "session"),
)


@cache
def known_names() -> frozenset[str]:
    """Return every column name that is known."""
    own = {column for columns in own_columns().values() for column in columns}
    other = {name for names in (CODE_COLUMNS, PASSAGE_COLUMNS) for one in names.values() for name in one}
    return frozenset(own | other | {*CODEBOOK} | {"number_of_highlights", "synthetic"})


def kind_of(sheet: str, header: Header) -> str | None:
    """Return what a sheet holds: the name of a table, `codes`, `passages`, or None.

    Parameters
    ----------
    sheet
        Name of the sheet; it decides between tables that fit equally well.
    header
        Its column names.
    """
    have = {plain_name(name) for name in header.names if name}
    if {*CODEBOOK} <= have:
        return CODES
    if {"segment", "coder", "code"} <= have:
        return "codings"
    own = _own_table(plain_name(sheet), have)
    if own:
        return own
    passage = _taken(header.names, PASSAGE_COLUMNS).values()
    if "code" in passage and ("text" in passage or "segment" in passage or "place" in passage):
        return PASSAGES
    code = set(_taken(header.names, CODE_COLUMNS).values())
    if ("code" in code and len(code) > 1) or {"name", "description"} <= code:
        return CODES
    return None


def _own_table(sheet: str, have: set[str]) -> str | None:
    """Return the study's table that fits the columns best."""
    from twinbenefits.evidence.schema import TABLES

    scores = {
        name: (sheet == name, len(have & {*columns}) / len(have))
        for name, columns in own_columns().items()
        if {*TABLES[name].key} <= have
    }
    if not scores:
        return None
    best = max(scores, key=lambda name: scores[name])
    named, share = scores[best]
    return best if named or share >= SHARE else None


def columns_of(kind: str, names: Sequence[str]) -> list[str]:
    """Return the column of the tables that each column of a sheet is; empty for one that is not known."""
    if kind == CODES:
        if {*CODEBOOK} <= {plain_name(name) for name in names}:
            return [CODEBOOK.get(plain_name(name), plain_name(name)) for name in names]
        taken = _taken(names, CODE_COLUMNS)
        if "code" not in taken.values():
            taken = {place: "code" if column == "name" else column for place, column in taken.items()}
        return [taken.get(place, "") for place in range(len(names))]
    if kind == PASSAGES:
        taken = _taken(names, PASSAGE_COLUMNS)
        for place, name in enumerate(names):
            if plain_name(name) in ALSO_IN_PASSAGES:
                taken.setdefault(place, plain_name(name))
        return [taken.get(place, "") for place in range(len(names))]
    known = {*own_columns()[kind]} | {"synthetic"}
    if kind == "codings":
        known |= {*own_columns()["segments"], "case", "session", "memo"}
    return [plain if (plain := plain_name(name)) in known else "" for name in names]


def _taken(names: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> dict[int, str]:
    """Return which column each place holds; the first name in the list of a column is preferred."""
    plain = [plain_name(name) for name in names]
    taken: dict[int, str] = {}
    for column, known in columns.items():
        place = next(
            (plain.index(name) for name in known if name in plain and plain.index(name) not in taken), None
        )
        if place is not None:
            taken[place] = column
    return taken
