"""Make the files that tests read: projects of other programs with one quirk each."""

from __future__ import annotations

import sqlite3
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pandas as pd

SPACE = "urn:QDA-XML:project:1.0"
TEXT = "Interviewer: How is it?\nWe see the whole line at once. It saves us hours.\nThat is all."
SENTENCE = "We see the whole line at once."

TABLES = ("cases", "sources", "segments", "coders", "codings", "assignments", "memos")
PEOPLE = ("sessions", "participants", "use_cases")


def guid(name: str) -> str:
    """Return a GUID, the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def users(*names: str) -> str:
    """Return a Users element."""
    return "<Users>" + "".join(f'<User guid="{guid(n)}" name={quoteattr(n)}/>' for n in names) + "</Users>"


def code(name: str, *inner: str, **attributes: str) -> str:
    """Return a Code element."""
    known = {"guid": guid(name), "name": name, "isCodable": "true"} | attributes
    said = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f"<Code {said}>{''.join(inner)}</Code>"


def codebook(*codes: str) -> str:
    """Return a CodeBook element."""
    return f"<CodeBook><Codes>{''.join(codes)}</Codes></CodeBook>"


def coding(name: str, of: str, user: str = "", **attributes: str) -> str:
    """Return a Coding element."""
    known = {"guid": guid(name)} | ({"creatingUser": guid(user)} if user else {}) | attributes
    said = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f'<Coding {said}><CodeRef targetGUID="{guid(of)}"/></Coding>'


def selection(label: str, start: object, end: object, *inner: str, **attributes: str) -> str:
    """Return a PlainTextSelection element."""
    known = {"guid": guid(label), "startPosition": str(start), "endPosition": str(end)} | attributes
    said = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f"<PlainTextSelection {said}>{''.join(inner)}</PlainTextSelection>"


def source(label: str, *inner: str, path: str | None = None, **attributes: str) -> str:
    """Return a TextSource element whose text stands in the archive."""
    known = {
        "guid": guid(label),
        "name": label,
        "plainTextPath": path or f"internal://{label}.txt",
    } | attributes
    said = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f"<TextSource {said}>{''.join(inner)}</TextSource>"


def project(*parts: str, **attributes: str) -> str:
    """Return a project file."""
    known = {"name": "made"} | attributes
    said = " ".join(f"{key}={quoteattr(value)}" for key, value in known.items())
    return f'<?xml version="1.0" encoding="utf-8"?><Project xmlns="{SPACE}" {said}>{"".join(parts)}</Project>'


def usual(*inner: str, text: str = TEXT) -> str:
    """Return a sound project with one source called A, two users and two codes."""
    start = text.find(SENTENCE)
    found = inner or (selection("s1", start, start + len(SENTENCE), coding("c1", "BE1", "Ann")),)
    return project(
        users("Ann", "Bea"), codebook(code("BE1"), code("BE2")), f"<Sources>{source('A', *found)}</Sources>"
    )


def qdpx(
    path: Path, markup: str, texts: Mapping[str, str | bytes] | None = None, inner: str = "project.qde"
) -> Path:
    """Write a .qdpx archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(inner, markup)
        for name, text in (texts if texts is not None else {"A": TEXT}).items():
            content = text if isinstance(text, bytes) else text.encode("utf-8")
            archive.writestr(f"sources/{name}.txt", content)
    return path


def variable_value(name: str, value: str) -> str:
    """Return a VariableValue element."""
    return (
        f'<VariableValue><VariableRef targetGUID="{guid(name)}"/><TextValue>{escape(value)}</TextValue>'
        "</VariableValue>"
    )


def reference(kind: str, name: str) -> str:
    """Return an element that refers to another, such as a SourceRef."""
    return f'<{kind} targetGUID="{guid(name)}"/>'


QUALCODER = (
    "project (databaseversion text, date text, memo text, about text, bookmarkfile integer, codername text)",
    "source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, "
    "date text, av_text_id integer, risid integer, unique(name))",
    "code_image (imid integer primary key, id integer, x1 integer, y1 integer, width integer, "
    "height integer, cid integer, memo text, date text, owner text, important integer)",
    "code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer, memo text, "
    "date text, owner text, important integer)",
    "annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text, "
    "date text)",
    "attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date text, "
    "owner text)",
    "case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer, "
    "owner text, date text, memo text)",
    "cases (caseid integer primary key, name text, memo text, owner text, date text)",
    "code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer)",
    "code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, "
    "pos1 integer, owner text, date text, memo text, avid integer, important integer)",
    "code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, "
    "color text)",
    "journal (jid integer primary key, name text, jentry text, date text, owner text)",
)


def database(path: Path, schema: Sequence[str], rows: Mapping[str, Sequence[Mapping[str, object]]]) -> Path:
    """Write a SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    for table in schema:
        connection.execute(f"CREATE TABLE {table}")
    for table, some in rows.items():
        for row in some:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])
    connection.commit()
    connection.close()
    return path


def qualcoder_rows(text: str = TEXT) -> dict[str, list[dict[str, object]]]:
    """Return the rows of a sound QualCoder project."""
    start = text.find(SENTENCE)
    end = start + len(SENTENCE)
    moment = "2026-03-05 10:00:00"
    return {
        "project": [{"databaseversion": "v8", "about": "QualCoder 3.6"}],
        "source": [{"id": 1, "name": "A", "fulltext": text, "memo": "first", "owner": "ann", "date": moment}],
        "code_cat": [{"catid": 1, "name": "Benefits", "memo": "all of them"}],
        "code_name": [
            {"cid": 1, "name": "BE1", "memo": "seen", "catid": 1, "color": "#F5F5DC"},
            {"cid": 2, "name": "BE2", "memo": "", "catid": None, "color": "#DCDCDC"},
        ],
        "code_text": [
            {
                "ctid": number,
                "cid": number,
                "fid": 1,
                "seltext": SENTENCE,
                "pos0": start,
                "pos1": end,
                "owner": owner,
                "date": moment,
                "memo": "",
            }
            for number, owner in ((1, "ann"), (2, "bea"))
        ],
        "cases": [{"caseid": 1, "name": "K1", "memo": "the first"}],
        "case_text": [{"id": 1, "caseid": 1, "fid": 1, "pos0": 0, "pos1": len(text)}],
        "attribute": [{"attrid": 1, "name": "size", "attr_type": "case", "value": "large", "id": 1}],
        "journal": [{"jid": 1, "name": "Day one", "jentry": "We began.", "owner": "ann", "date": moment}],
        "annotation": [
            {"anid": 1, "fid": 1, "pos0": 0, "pos1": 5, "memo": "who?", "owner": "bea", "date": moment}
        ],
    }


TAGUETTE = (
    "projects (id integer primary key, name text, description text)",
    "documents (id integer primary key, name text, description text, filename text, project_id integer, "
    "text_direction text, contents text)",
    "highlights (id integer primary key, document_id integer, start_offset integer, end_offset integer, "
    "snippet text)",
    "tags (id integer primary key, project_id integer, path text, description text)",
    "highlight_tags (highlight_id integer, tag_id integer)",
    "commands (id integer primary key, date text, user_login text, project_id integer, document_id integer, "
    "payload text)",
)


def taguette_rows() -> dict[str, list[dict[str, object]]]:
    """Return the rows of a sound Taguette project; its positions count bytes of UTF-8."""
    html = "<h1>Säästö</h1><p>We see the <b>whole line</b> &amp; more.</p>"
    text = "SäästöWe see the whole line & more."
    start = len(text[: text.find("whole")].encode())
    return {
        "projects": [{"id": 1, "name": "made", "description": ""}],
        "documents": [{"id": 1, "name": "A", "description": "", "project_id": 1, "contents": html}],
        "tags": [{"id": 1, "project_id": 1, "path": "BE1", "description": "seen"}],
        "highlights": [
            {
                "id": 1,
                "document_id": 1,
                "start_offset": start,
                "end_offset": start + 10,
                "snippet": "<p><b>whole line</b></p>",
            }
        ],
        "highlight_tags": [{"highlight_id": 1, "tag_id": 1}],
        "commands": [
            {
                "id": 1,
                "date": "2026-03-05 10:00:00",
                "user_login": "ann",
                "project_id": 1,
                "payload": '{"type": "highlight_add", "highlight_id": 1}',
            }
        ],
    }


def workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], merged: Sequence[str] = ()
) -> Path:
    """Write a workbook; ranges to merge are those of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    book.save(path)
    return path


def sheet_of(frame: pd.DataFrame) -> list[list[object]]:
    """Return a table as rows of a sheet."""
    return [[*frame.columns], *frame.to_numpy().tolist()]


def real(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the demonstration as if it were real, for tests of the way in."""
    return frame.drop(columns="synthetic", errors="ignore")
