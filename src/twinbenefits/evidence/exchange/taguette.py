"""Read Taguette projects from SQLite; its CSV and Excel files are read as tables.

Taguette keeps documents as HTML and counts positions in bytes of UTF-8, without the tags.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from twinbenefits.evidence.exchange.databases import Database
from twinbenefits.evidence.exchange.positions import composed
from twinbenefits.evidence.exchange.project import UNKNOWN_CODER, Project, Row, identifier
from twinbenefits.evidence.exchange.refi_names import Names
from twinbenefits.evidence.exchange.report import ImportReport, Log

__all__ = ["TABLES", "read_taguette"]

TABLES = frozenset({"projects", "documents", "highlights", "tags", "highlight_tags"})
"""Tables by which a Taguette database is recognised."""


class _Words(HTMLParser):
    """Collects the text of HTML, without tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep a piece of text."""
        self.parts.append(data)


def text_of_html(html: str) -> str:
    """Return the text of HTML as Taguette counts it.

    >>> text_of_html("<p>Byte &amp; <b>bit</b></p>")
    'Byte & bit'
    """
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.parts)


def read_taguette(base: Database, log: Log) -> tuple[Project, ImportReport]:
    """Return the project of a Taguette database.

    Raises
    ------
    EvidenceError
        If the database holds no project, or several.
    """
    projects = list(base.rows("projects", ("id", "name"), "id"))
    if len(projects) != 1:
        names = ", ".join(str(project["name"]) for project in projects[:5])
        raise log.stop(
            f"the database holds {len(projects)} projects, and one is needed",
            "In Taguette open the project you mean and export it alone as a SQLite file.",
            value=names or None,
        )
    given = Names(log, "sources have the same name; a number tells them apart")
    codes = [
        {
            "code": str(tag["path"]),
            "name": str(tag["path"]),
            "description": _text(tag["description"]),
            "codable": "yes",
        }
        for tag in base.rows("tags", ("id", "path", "description"), "id")
    ]
    code_names = {tag["id"]: str(tag["path"]) for tag in base.rows("tags", ("id", "path"), "id")}
    sources: list[Row] = []
    raw_texts: dict[object, tuple[str, str]] = {}
    for document in base.rows("documents", ("id", "name", "description", "contents"), "id"):
        name = given.give(_text(document["name"]) or f"document-{document['id']}")
        text = text_of_html(_text(document["contents"]))
        raw_texts[document["id"]] = name, text
        sources.append(
            {
                "source": name,
                "title": name,
                "kind": "text",
                "characters": len(composed(text)),
                "description": _text(document["description"]),
            }
        )
    segments = _segments(base, raw_texts, log)
    codings = _codings(base, segments, code_names, log)
    rows = {
        "codes": codes,
        "sources": sources,
        "segments": list(segments.values()),
        "codings": codings,
        "coders": [
            {"coder": coder, "name": coder} for coder in sorted({str(row["coder"]) for row in codings})
        ],
    }
    texts = {name: composed(text) for name, text in raw_texts.values()}
    project = Project.of(_text(projects[0]["name"]), rows, texts)
    return project, log.report("Taguette project", project.counts, "Taguette")


def _segments(base: Database, texts: dict[object, tuple[str, str]], log: Log) -> dict[object, Row]:
    """Return a row per highlight by its number."""
    rows: dict[object, Row] = {}
    encoded = {number: text.encode() for number, (_, text) in texts.items()}
    wanted = ("id", "document_id", "start_offset", "end_offset", "snippet")
    for highlight in base.rows("highlights", wanted, "id"):
        number = highlight["document_id"]
        words = composed(text_of_html(_text(highlight["snippet"]))).strip()
        if number not in texts:
            log.tolerate("highlights of a document that was deleted were kept under a stand-in")
            texts[number] = f"deleted-{number}", ""
            encoded[number] = b""
        name = texts[number][0]
        start, end, text = _placed(highlight, encoded[number], words, log, name)
        rows[highlight["id"]] = {
            "segment": identifier("seg", name, str(highlight["id"])),
            "source": name,
            "start": start,
            "end": end,
            "text": text,
            "medium": "text",
        }
    return rows


def _placed(
    highlight: dict[str, Any], encoded: bytes, words: str, log: Log, source: str
) -> tuple[int | None, int | None, str]:
    """Return where a highlight stands; where its words do not stand, they are sought."""
    try:
        first, last = int(highlight["start_offset"]), int(highlight["end_offset"])
    except (TypeError, ValueError):
        first = last = -1
    if 0 <= first <= last <= len(encoded):
        start = len(composed(encoded[:first].decode("utf-8", "ignore")))
        text = composed(encoded[first:last].decode("utf-8", "ignore"))
        if "".join(text.split()) == "".join(words.split()):
            return start, start + len(text), text
    whole = composed(encoded.decode())
    again = whole.find(words) if words else -1
    if again >= 0 and whole.find(words, again + 1) < 0:
        log.tolerate("a highlight whose position did not fit its words was found again by its words", source)
        return again, again + len(words), words
    log.ask(
        "the position of a highlight does not fit its words, and the words stand there never or often",
        "Look at the highlight in Taguette, or correct its row in the tables after the import.",
        place=f"source {source}",
        value=words,
    )
    return None, None, words


def _codings(base: Database, segments: dict[object, Row], codes: dict[object, str], log: Log) -> list[Row]:
    """Return a row per tag of a highlight, with who made the highlight."""
    made = _makers(base)
    rows: list[Row] = []
    tagged = set()
    for pair in base.rows("highlight_tags", ("highlight_id", "tag_id"), "highlight_id, tag_id"):
        segment = segments.get(pair["highlight_id"])
        if segment is None:
            log.drop("a tag of a highlight that was deleted belongs to nothing")
            continue
        tagged.add(pair["highlight_id"])
        coder, created = made.get(pair["highlight_id"], (UNKNOWN_CODER, ""))
        if pair["tag_id"] not in codes:
            codes[pair["tag_id"]] = f"unknown-{pair['tag_id']}"
            log.ask(
                "a highlight has a tag that is not in the project; it was kept under a stand-in",
                "Say in the mapping sheet which code is meant.",
                place=f"tag {pair['tag_id']}",
            )
        code = codes[pair["tag_id"]]
        rows.append(
            {
                "coding": identifier("cod", str(segment["segment"]), coder, code),
                "segment": segment["segment"],
                "coder": coder,
                "code": code,
                "created": created,
            }
        )
    if len(segments) > len(tagged):
        log.tolerate("a highlight without a tag was kept", count=len(segments) - len(tagged))
    if any(row["coder"] == UNKNOWN_CODER for row in rows):
        log.tolerate(f"a highlight of which the file does not say who made it is by {UNKNOWN_CODER!r}")
    return rows


def _makers(base: Database) -> dict[object, tuple[str, str]]:
    """Return who made or changed each highlight last, and when, by the record of commands."""
    made: dict[object, tuple[str, str]] = {}
    for command in base.rows("commands", ("date", "user_login", "payload"), "id"):
        try:
            payload = json.loads(_text(command["payload"]) or "{}")
        except (ValueError, RecursionError):
            continue
        if isinstance(payload, dict) and payload.get("type") == "highlight_add":
            made[payload.get("highlight_id")] = _text(command["user_login"]), _text(command["date"])
    return made


def _text(cell: object) -> str:
    return "" if cell is None or isinstance(cell, bytes) else str(cell)
