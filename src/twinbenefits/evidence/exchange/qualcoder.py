"""Read QualCoder projects: a folder, or a zip of it, with the database `data.qda`."""

from __future__ import annotations

from typing import Any

from twinbenefits.evidence.exchange.databases import Database
from twinbenefits.evidence.exchange.positions import Counting, Passage, SourceText, likeliest, says
from twinbenefits.evidence.exchange.project import UNKNOWN_CODER, Project, Row, identifier
from twinbenefits.evidence.exchange.refi_names import Names
from twinbenefits.evidence.exchange.report import ImportReport, Log

__all__ = ["TABLES", "read_qualcoder"]

TABLES = frozenset({"code_name", "code_cat", "code_text", "source"})
"""Tables by which a QualCoder database is recognised."""

MEDIA_PLACES = {
    "code_image": ("imid", "id", "picture", ("x1", "y1", "width", "height", "pdf_page")),
    "code_av": ("avid", "id", "audio", ("pos0", "pos1")),
}
NOT_HERE = {
    "stored_sql": "stored queries",
    "graph": "drawings",
    "files_filter": "filters",
}


def read_qualcoder(base: Database, log: Log) -> tuple[Project, ImportReport]:
    """Return the project of a QualCoder database.

    Parameters
    ----------
    base
        The opened database.
    log
        Where everything unusual is noted.
    """
    codes, code_names = _codes(base, log)
    sources, texts, source_names = _sources(base, log)
    segments: dict[tuple[object, ...], Row] = {}
    codings = _text_codings(base, log, texts, source_names, code_names, segments)
    codings += _media_codings(base, log, source_names, code_names, segments)
    cases, memos = _cases(base, source_names), _memos(base, source_names)
    for number, name in source_names.items():
        sources.setdefault(number, {"source": name, "title": name, "description": "deleted in QualCoder"})
    _add_attributes(base, sources, cases, log)
    for table, things in NOT_HERE.items():
        count = sum(1 for _ in base.rows(table, ("rowid",), "rowid"))
        if count:
            log.drop(f"{things} have no table here; they stay in the program", table, count)
    coders = sorted({str(row["coder"]) for row in codings} | {str(row["author"]) for row in memos} - {""})
    rows = {
        "codes": codes,
        "sources": list(sources.values()),
        "segments": list(segments.values()),
        "codings": codings,
        "coders": [{"coder": coder, "name": coder} for coder in coders],
        "cases": list(cases.values()),
        "memos": memos,
    }
    about = next(base.rows("project", ("about",), "rowid"), {})
    project = Project.of("", rows, {name: text.text for name, text in texts.items()})
    return project, log.report("QualCoder project", project.counts, _text(about.get("about")) or "QualCoder")


def _codes(base: Database, log: Log) -> tuple[list[Row], dict[object, str]]:
    """Return categories and codes as a tree, and the name of each code by its number."""
    given = Names(log, "a category and a code have the same name; a number tells them apart")
    categories = list(base.rows("code_cat", ("catid", "name", "memo", "supercatid"), "catid"))
    names = {row["catid"]: given.give(_text(row["name"]) or f"category-{row['catid']}") for row in categories}
    rows: list[Row] = [
        {
            "code": names[row["catid"]],
            "name": _text(row["name"]),
            "parent": names.get(row["supercatid"], ""),
            "description": _text(row["memo"]),
            "codable": "no",
        }
        for row in categories
    ]
    by_number: dict[object, str] = {}
    for row in base.rows("code_name", ("cid", "name", "memo", "catid", "color", "supercid"), "cid"):
        by_number[row["cid"]] = given.give(_text(row["name"]) or f"code-{row['cid']}")
        rows.append(
            {
                "code": by_number[row["cid"]],
                "name": _text(row["name"]),
                "parent": names.get(row["catid"], "") or by_number.get(row["supercid"], ""),
                "description": _text(row["memo"]),
                "color": _text(row["color"]),
                "codable": "yes",
            }
        )
    return rows, by_number


def _sources(base: Database, log: Log) -> tuple[dict[object, Row], dict[str, SourceText], dict[object, str]]:
    """Return a row per source by its number, the texts, and the names."""
    given = Names(log, "sources have the same name; a number tells them apart")
    rows: dict[object, Row] = {}
    texts: dict[str, SourceText] = {}
    names: dict[object, str] = {}
    for row in base.rows("source", ("id", "name", "fulltext", "mediapath", "memo"), "id"):
        name = names[row["id"]] = given.give(_text(row["name"]) or f"source-{row['id']}")
        path = _text(row["mediapath"]).lower()
        kind = next((kind for kind in ("audio", "video", "images") if kind in path.partition("/")[2]), "text")
        if kind == "text" and path.endswith(".pdf"):
            kind = "pdf"
        if _text(row["fulltext"]):
            texts[name] = SourceText(str(row["fulltext"]))
        rows[row["id"]] = {
            "source": name,
            "title": name,
            "kind": "picture" if kind == "images" else kind,
            "characters": len(texts[name].text) if name in texts else None,
            "description": _text(row["memo"]),
        }
    return rows, texts, names


def _text_codings(
    base: Database,
    log: Log,
    texts: dict[str, SourceText],
    sources: dict[object, str],
    codes: dict[object, str],
    segments: dict[tuple[object, ...], Row],
) -> list[Row]:
    """Return the codings of texts; their segments are added to `segments`."""
    wanted = ("ctid", "cid", "fid", "seltext", "pos0", "pos1", "owner", "date", "memo")
    found = list(base.rows("code_text", wanted, "ctid"))
    by_source: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_source.setdefault(_source(row["fid"], sources, log), []).append(row)
    material = [
        (texts[name], [_passage(row) for row in rows]) for name, rows in by_source.items() if name in texts
    ]
    counting = likeliest(material)
    if counting != Counting() or any(text.is_counted_differently for text, _ in material):
        log.tolerate(f"how positions count was found by trying: {counting}")
    codings: list[Row] = []
    for name, rows in by_source.items():
        for row in rows:
            start, end, words = _placed(row, texts.get(name), counting, log, name)
            place = (row["pos0"], row["pos1"]) if start is None else (start, end)
            key = (name, *place, words)
            segment = identifier("seg", *(str(part) for part in key))
            known = {"segment": segment, "source": name, "start": start, "end": end}
            segments.setdefault(key, {**known, "text": words, "medium": "text"})
            codings.append(_coding(row, "ctid", segment, codes, log))
    return codings


def _placed(
    row: dict[str, Any], text: SourceText | None, counting: Counting, log: Log, source: str
) -> tuple[int | None, int | None, str]:
    """Return where a passage stands; where its words do not stand, they are sought."""
    words = _text(row["seltext"], strip=False)
    passage = _passage(row)
    if text is None:
        log.tolerate("a passage of a source without text has no position", source)
        return None, None, words
    starts, ends, inside = text.place([passage.start], [passage.end], counting)
    start, end = int(starts[0]), int(ends[0])
    if inside[0] and (not words or says(text.text[start:end], words)):
        return start, end, text.text[start:end]
    kept = SourceText(words).text
    again = text.text.find(kept) if kept else -1
    if again >= 0 and text.text.find(kept, again + 1) < 0:
        log.tolerate("a passage whose position did not fit its words was found again by its words", source)
        return again, again + len(kept), kept
    log.ask(
        "the position of a passage does not fit its words, and the words stand there never or often",
        "Look at the passage in QualCoder, or correct its row in the tables after the import.",
        place=f"source {source}",
        value=words,
    )
    return None, None, kept


def _media_codings(
    base: Database,
    log: Log,
    sources: dict[object, str],
    codes: dict[object, str],
    segments: dict[tuple[object, ...], Row],
) -> list[Row]:
    """Return the codings of pictures and recordings; their segments have a place instead of a position."""
    codings: list[Row] = []
    for table, (key, file, medium, corners) in MEDIA_PLACES.items():
        wanted = (key, file, "cid", "owner", "date", "memo", *corners)
        for row in base.rows(table, wanted, key):
            source = _source(row[file], sources, log)
            place = ", ".join(f"{name} {row[name]}" for name in corners if row[name] is not None)
            segment = identifier("seg", source, place)
            segments.setdefault(
                (table, source, place),
                {"segment": segment, "source": source, "medium": medium, "place": place},
            )
            codings.append(_coding(row, key, segment, codes, log))
    return codings


def _coding(row: dict[str, Any], key: str, segment: str, codes: dict[object, str], log: Log) -> Row:
    code = codes.get(row["cid"])
    if code is None:
        code = f"unknown-{row['cid']}"
        log.ask(
            "a coding names a code that is not in the project; it was kept under a stand-in",
            "Say in the mapping sheet which code is meant.",
            place=f"code {code}",
        )
    coder = _text(row["owner"])
    if not coder:
        log.tolerate(f"a coding that names no coder is by the coder {UNKNOWN_CODER!r}")
    return {
        "coding": identifier("cod", key, str(row[key]), segment, code),
        "segment": segment,
        "coder": coder or UNKNOWN_CODER,
        "code": code,
        "created": _text(row["date"]),
        "memo": _text(row["memo"]),
    }


def _cases(base: Database, sources: dict[object, str]) -> dict[object, Row]:
    cases: dict[object, Row] = {}
    for row in base.rows("cases", ("caseid", "name", "memo"), "caseid"):
        name = _text(row["name"]) or f"case-{row['caseid']}"
        cases[row["caseid"]] = {"case": name, "name": name, "description": _text(row["memo"])}
    members: dict[object, dict[str, None]] = {}
    for row in base.rows("case_text", ("caseid", "fid"), "id"):
        if row["fid"] in sources:
            members.setdefault(row["caseid"], {})[sources[row["fid"]]] = None
    for number, case in cases.items():
        case["sources"] = ";".join(members.get(number, ()))
    return cases


def _memos(base: Database, sources: dict[object, str]) -> list[Row]:
    """Return journal entries and annotations."""
    rows: list[Row] = [
        {
            "memo": f"journal-{row['jid']}",
            "author": _text(row["owner"]),
            "created": _text(row["date"]),
            "title": _text(row["name"]),
            "text": _text(row["jentry"]),
        }
        for row in base.rows("journal", ("jid", "name", "jentry", "date", "owner"), "jid")
    ]
    for row in base.rows("annotation", ("anid", "fid", "pos0", "pos1", "memo", "owner", "date"), "anid"):
        place = f"{sources.get(row['fid'], row['fid'])}, {row['pos0']} to {row['pos1']}"
        rows.append(
            {
                "memo": f"annotation-{row['anid']}",
                "author": _text(row["owner"]),
                "created": _text(row["date"]),
                "about": sources.get(row["fid"], ""),
                "title": place,
                "text": _text(row["memo"]),
            }
        )
    return rows


def _add_attributes(base: Database, sources: dict[object, Row], cases: dict[object, Row], log: Log) -> None:
    for row in base.rows("attribute", ("name", "attr_type", "value", "id"), "rowid"):
        owner = (cases if row["attr_type"] == "case" else sources).get(row["id"])
        name = _text(row["name"])
        if owner is None or not name:
            log.drop("an attribute belongs to a file or case that is not in the project", name)
        elif _text(row["value"]):
            owner[f"variable:{name}" if name in owner or name in ("guid", "segments") else name] = _text(
                row["value"]
            )


def _source(number: object, sources: dict[object, str], log: Log) -> str:
    if number not in sources:
        log.tolerate("codings of a file that was deleted were kept under a stand-in", f"file {number}")
        sources[number] = f"deleted-{number}"
    return sources[number]


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(_whole(row["pos0"]), _whole(row["pos1"]), _text(row["seltext"]))


def _whole(cell: object) -> int:
    try:
        return max(-1, min(2**40, int(str(cell))))
    except ValueError:
        return -1


def _text(cell: object, *, strip: bool = True) -> str:
    """Return a cell as text, an empty one for NULL; a blob is none."""
    if cell is None or isinstance(cell, bytes):
        return ""
    return str(cell).strip() if strip else str(cell)
