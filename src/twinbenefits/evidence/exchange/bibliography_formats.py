"""Write a CSL-JSON item as BibTeX or RIS, field by field, so that nothing a reference list needs is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["as_bibtex", "as_ris", "bibtex_entry", "latex"]

Item = Mapping[str, Any]

BIBTEX_TYPES: Mapping[str, str] = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "book": "book",
    "chapter": "incollection",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "thesis": "phdthesis",
    "manuscript": "unpublished",
}
RIS_TYPES: Mapping[str, str] = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "book": "BOOK",
    "chapter": "CHAP",
    "paper-conference": "CPAPER",
    "report": "RPRT",
    "thesis": "THES",
    "webpage": "ELEC",
    "dataset": "DATA",
    "manuscript": "UNPB",
}
_SPECIAL = re.compile(r"([&%#_$])")
_BRACES = re.compile(r"[{}\\]")


def latex(text: str) -> str:
    """Return text so that LaTeX prints it as it is.

    >>> latex("R&D 50 %")
    'R\\\\&D 50 \\\\%'
    """
    return _SPECIAL.sub(r"\\\1", _BRACES.sub("", " ".join(str(text).split())))


def as_bibtex(item: Item) -> str:
    """Return a work as a BibTeX entry."""
    kind = BIBTEX_TYPES.get(str(item.get("type", "")), "misc")
    container = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}
    publisher = {"techreport": "institution", "phdthesis": "school"}.get(kind, "publisher")
    names = {
        "author": _names(item, "author"),
        "editor": _names(item, "editor"),
    }
    fields = {
        **{name: value for name, value in names.items() if value},
        "title": f"{{{latex(item['title'])}}}" if item.get("title") else "",
        container.get(kind, "howpublished"): latex(item.get("container-title", "")),
        "year": _year(item),
        "volume": latex(item.get("volume", "")),
        "number": latex(item.get("issue", item.get("number", ""))),
        "pages": latex(item.get("page", "")).replace("-", "--"),
        "edition": latex(item.get("edition", "")),
        publisher: latex(item.get("publisher", "")),
        "address": latex(item.get("publisher-place", "")),
        "isbn": latex(item.get("ISBN", "")),
        "issn": latex(item.get("ISSN", "")),
        "doi": str(item.get("DOI", "")),
        "url": str(item.get("URL", "")),
        "language": latex(item.get("language", "")),
        "keywords": latex(item.get("keyword", "")),
        "abstract": latex(item.get("abstract", "")),
        "note": latex(item.get("note", "")),
    }
    return bibtex_entry(str(item.get("id", "work")), kind, fields)


def bibtex_entry(key: str, kind: str, fields: Mapping[str, str]) -> str:
    """Return an entry with one field per line; empty fields are left out.

    >>> print(bibtex_entry("Roe2001", "article", {"title": "On it", "volume": ""}), end="")
    @article{Roe2001,
      title = {On it}
    }
    """
    fitting = re.sub(r"[^\w:.-]", "", key) or "work"
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{fitting},\n" + ",\n".join(lines) + "\n}\n"


def as_ris(item: Item) -> str:
    """Return a work as a RIS record, with the line ends that RIS asks for."""
    lines = [f"TY  - {RIS_TYPES.get(str(item.get('type', '')), 'GEN')}"]
    lines += [f"{tag}  - {value}" for tag, value in _ris_fields(item) if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _ris_fields(item: Item) -> Iterator[tuple[str, str]]:
    yield "ID", _line(item.get("id"))
    for tag, role in (("AU", "author"), ("ED", "editor")):
        for person in item.get(role) or ():
            yield tag, _person(person) + ("," if person.get("literal") else "")
    yield "TI", _line(item.get("title"))
    yield "T2", _line(item.get("container-title"))
    parts = _date(item)
    yield "PY", parts[0] if parts else ""
    if len(parts) > 1:
        yield "DA", "/".join([parts[0], *(part.zfill(2) for part in parts[1:])])
    yield "VL", _line(item.get("volume"))
    yield "IS", _line(item.get("issue") or item.get("number"))
    first, _, last = _line(item.get("page")).replace("\u2013", "-").partition("-")
    yield "SP", first.strip()
    yield "EP", last.strip(" -")
    for tag, name in (
        ("ET", "edition"),
        ("PB", "publisher"),
        ("CY", "publisher-place"),
        ("SN", "ISSN"),
        ("SN", "ISBN"),
        ("DO", "DOI"),
        ("UR", "URL"),
        ("LA", "language"),
        ("AB", "abstract"),
        ("N1", "note"),
    ):
        yield tag, _line(item.get(name))
    for word in filter(None, (word.strip() for word in str(item.get("keyword", "")).split(","))):
        yield "KW", word


def _names(item: Item, role: str) -> str:
    people = []
    for person in item.get(role) or ():
        if person.get("literal"):
            name = latex(person["literal"])
            people.append(name if name == "others" else f"{{{name}}}")
        else:
            people.append(latex(_person(person)))
    return " and ".join(filter(None, people))


def _person(person: Mapping[str, Any]) -> str:
    """Return a name as family, given, suffix."""
    if person.get("literal"):
        return _line(person["literal"])
    particle = _line(person.get("non-dropping-particle") or person.get("dropping-particle"))
    family = " ".join(filter(None, (particle, _line(person.get("family")))))
    parts = (family, _line(person.get("suffix")), _line(person.get("given")))
    return ", ".join(part for part in parts if part)


def _date(item: Item) -> list[str]:
    try:
        return [str(part) for part in item["issued"]["date-parts"][0]]
    except (KeyError, IndexError, TypeError):
        return []


def _year(item: Item) -> str:
    parts = _date(item)
    return parts[0] if parts else ""


def _line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
