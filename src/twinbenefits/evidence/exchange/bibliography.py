"""Read and write bibliographies: BibTeX, RIS and CSL-JSON; pandoc knows the first two, JSON the third.

Inside, a work is a CSL-JSON item (https://docs.citationstyles.org), which all reference managers share.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.evidence.exchange.archives import MEBIBYTE
from twinbenefits.evidence.exchange.bibliography_formats import as_bibtex, as_ris
from twinbenefits.evidence.exchange.report import ImportReport, Log
from twinbenefits.evidence.exchange.storing import write_bytes
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.references import read_entries

__all__ = ["Duplicate", "Work", "find_duplicates", "plain_doi", "read_works", "write_works"]

SIZE_LIMIT = 50 * MEBIBYTE
SECONDS = 60

_RIS_START = re.compile(r"^\s*TY {1,2}-", re.MULTILINE)
_RIS_FIELD = re.compile(r"^([A-Z][A-Z0-9]) {1,2}- ?(.*)$", re.MULTILINE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_RESOLVER = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """One work of a bibliography.

    Parameters
    ----------
    key
        By which it is cited.
    item
        The CSL-JSON item.
    """

    key: str
    item: Mapping[str, Any]

    @property
    def doi(self) -> str:
        """The DOI in one spelling, or an empty string."""
        return plain_doi(str(self.item.get("DOI", "")))

    @property
    def title(self) -> str:
        """The title."""
        return str(self.item.get("title", ""))

    @property
    def year(self) -> str:
        """The year, or an empty string."""
        try:
            return str(self.item["issued"]["date-parts"][0][0])
        except (KeyError, IndexError, TypeError):
            return ""

    @property
    def meaning(self) -> tuple[str, str]:
        """Title and year in one spelling, by which a work without a DOI is known."""
        return plain_title(self.title), self.year


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two entries for one work.

    Parameters
    ----------
    key, other
        The later entry and the one it repeats.
    by
        `DOI`, or `title and year`.
    """

    key: str
    other: str
    by: str


def plain_doi(written: str) -> str:
    """Return a DOI without the resolver's address, in small letters; empty if it is none.

    >>> plain_doi("https://doi.org/10.1000/ABC")
    '10.1000/abc'
    """
    plain = _RESOLVER.sub("", written.strip()).rstrip(".,;").lower()
    return plain if _DOI.fullmatch(plain) else ""


def plain_title(title: str) -> str:
    """Return a title's letters and digits only, without accents and capitals.

    >>> plain_title("Béyond {Twins}: a  Review")
    'beyond twins a review'
    """
    bare = unicodedata.normalize("NFKD", re.sub(r"<[^>]+>|\\[A-Za-z]+|[{}\\$]", "", title))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()
    return " ".join(re.findall(r"\w+", letters))


def find_duplicates(works: Sequence[Work], known: Iterable[Work] = ()) -> list[Duplicate]:
    """Return works that stand there twice: by DOI first, then by title and year.

    Parameters
    ----------
    works
        The works in question.
    known
        Works that are there already.

    Notes
    -----
    Two different DOIs are two works, even under one title (a preprint and its article).
    """
    by_doi: dict[str, str] = {}
    by_meaning: dict[tuple[str, str], list[Work]] = {}
    duplicates = []
    known = list(known)
    for place, work in enumerate([*known, *works]):
        same = by_doi.get(work.doi, "") if work.doi else ""
        by = "DOI"
        if not same and work.title:
            alike = by_meaning.get(work.meaning, [])
            same = next((one.key for one in alike if not (one.doi and work.doi)), "")
            by = "title and year"
        if same and place >= len(known):
            duplicates.append(Duplicate(work.key, same, by))
        if work.doi:
            by_doi.setdefault(work.doi, work.key)
        by_meaning.setdefault(work.meaning, []).append(work)
    return duplicates


def read_works(path: Path) -> tuple[list[Work], ImportReport]:
    """Read a bibliography; its format shows by its content.

    Raises
    ------
    EvidenceError
        If the file is no bibliography, or an entry cannot be read.
    """
    log = Log(path.name)
    text = _text(path, log)
    start = re.sub(r"(?m)^\s*%.*$", "", text).lstrip()
    if start.startswith(("[", "{")):
        items, format_ = _json_items(text, log), "CSL-JSON"
    elif _RIS_START.match(start):
        items, format_ = _ris_items(text, log), "RIS"
    elif re.match(r"@\w+\s*[{(]", start) or re.search(r"^\s*@\w+\s*\{", text, re.MULTILINE):
        items, format_ = _bibtex_items(text, log), "BibTeX"
    else:
        raise log.stop(
            "the file is neither BibTeX nor RIS nor CSL-JSON",
            "Export the references from Zotero, Mendeley or EndNote as BibTeX, RIS or CSL-JSON.",
            value=start[:60] or None,
        )
    works = [Work(str(item.get("id") or f"work-{place}"), item) for place, item in enumerate(items, start=1)]
    for key, count in Counter(work.key for work in works).items():
        if count > 1:
            log.ask(
                "several entries have the same key", "Give each entry a key of its own.", place=f"entry {key}"
            )
    for duplicate in find_duplicates(works):
        log.ask(
            f"is the same work as {duplicate.other}, by {duplicate.by}",
            "Keep one of the two entries.",
            place=f"entry {duplicate.key}",
        )
    return works, log.report(f"bibliography in {format_}", {"works": len(works)})


def write_works(works: Sequence[Work], path: Path) -> bool:
    """Write a bibliography in the format its suffix names: `.bib`, `.ris` or `.json`.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    EvidenceError
        If the suffix names no format.
    """
    items = [{**work.item, "id": work.key} for work in works]
    if path.suffix.lower() == ".json":
        text = json.dumps(items, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    elif path.suffix.lower() == ".ris":
        text = "".join(as_ris(item) for item in items)
    elif path.suffix.lower() == ".bib":
        text = "\n".join(as_bibtex(item) for item in items)
    else:
        rule, way_out = "must end in .bib, .ris or .json", "Choose the ending of the format you need."
        raise EvidenceError(Problem(path.name, None, None, path.suffix, rule, way_out))
    return write_bytes(path, text.encode("utf-8"))


def _text(path: Path, log: Log) -> str:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= SIZE_LIMIT else b""
    except OSError as error:
        raise log.stop(
            f"the file cannot be read ({error.strerror})", "Check the name and its rights."
        ) from None
    if size > SIZE_LIMIT:
        raise log.stop(f"the file is larger than {SIZE_LIMIT // MEBIBYTE} MB", "Export fewer references.")
    if not content.strip():
        raise log.stop("the file is empty", "Export the references again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.tolerate("the file is not in UTF-8 and was read as Windows-1252 (Latin 1); check its letters")
        return content.decode("cp1252", errors="replace")


def _json_items(text: str, log: Log) -> list[dict[str, Any]]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        log.refuse("the file is not sound JSON from here on", "Export the references again.", row=line)
        log.stop_if_refused()
        raise
    found = [items] if isinstance(items, dict) else items
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise log.stop("the file is JSON, but no list of works", "Export the references as CSL-JSON.")
    strange = [place for place, item in enumerate(found, start=1) if not item.get("title")]
    if strange:
        raise log.stop(
            f"entry {strange[0]} has no title, so it is no work in CSL-JSON",
            "Export the references as CSL-JSON (in Zotero: CSL JSON).",
        )
    return found


def _bibtex_items(text: str, log: Log) -> list[dict[str, Any]]:
    entries = read_entries(text, log.file)
    items = _pandoc_items(text, "bibtex", len(entries), log)
    for entry in entries:
        for name, value in entry.fields:
            if name not in BIBTEX_KNOWN and value.strip('{} "'):
                log.drop("a field that bibliographies do not share was left out", name)
    return items


BIBTEX_KNOWN = frozenset(
    [
        *("author", "editor", "title", "booktitle", "journal", "journaltitle", "year", "month", "date"),
        *("volume", "number", "pages", "doi", "url", "urldate", "publisher", "address", "location"),
        *("edition", "series", "chapter", "institution", "organization", "school", "howpublished", "note"),
        *(
            "isbn",
            "issn",
            "abstract",
            "keywords",
            "language",
            "type",
            "eprint",
            "archiveprefix",
            "eprinttype",
        ),
        *(
            "subtitle",
            "translator",
            "annote",
            "issue",
            "shorttitle",
            "key",
            "crossref",
            "eid",
            "primaryclass",
        ),
        *("pubstate", "version", "pagetotal", "bookpagination", "langid", "entrysubtype"),
    ]
)


def _pandoc_items(text: str, format_: str, expected: int, log: Log) -> list[dict[str, Any]]:
    """Return the items that pandoc reads, and refuse a file of which it reads less than stands there."""
    spec = importlib.util.find_spec("pypandoc")
    program = Path(spec.origin or "").with_name("files") / "pandoc" if spec else Path("pandoc")
    if not program.exists():
        program = program.with_suffix(".exe")
    try:
        run = subprocess.run(
            [str(program), "--sandbox", "--from", format_, "--to", "csljson"],
            input=text.encode("utf-8"),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        items: list[dict[str, Any]] = json.loads(run.stdout or b"[]")
        said = " ".join(run.stderr.decode("utf-8", "replace").split())[:120]
    except (subprocess.TimeoutExpired, ValueError):
        items, said = [], "it took too long or was no list"
    if len(items) < expected or not items:
        raise log.stop(
            f"{len(items)} of {expected} entries can be read{f' ({said})' if said else ''}",
            "Export the references again, or correct the entry.",
        )
    return items


def _ris_items(text: str, log: Log) -> list[dict[str, Any]]:
    """Return the items of a RIS file, and tell of the fields of which nothing came through."""
    items = _pandoc_items(text, "ris", len(_RIS_START.findall(text)), log)
    for person in [one for item in items for role in ("author", "editor") for one in item.get(role, ())]:
        if {*person} == {"family"}:  # a group, or somebody with one name
            person["literal"] = person.pop("family")
    there = _letters(json.dumps(items, ensure_ascii=False))
    for tag, value in _RIS_FIELD.findall(text):
        if tag not in ("TY", "ER", "DA", "Y1", "PY") and _letters(value) and _letters(value) not in there:
            log.drop("a field that is not read was left out", tag)
    return items


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)
