"""Read REFI-QDA projects and codebooks leniently: every quirk programs are known for, each of them told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import pandas as pd

from twinbenefits.evidence.exchange.archives import SafeArchive
from twinbenefits.evidence.exchange.positions import SourceText
from twinbenefits.evidence.exchange.project import CORE, Project, Row
from twinbenefits.evidence.exchange.refi_markup import RawProject, RawSource, read_markup
from twinbenefits.evidence.exchange.refi_names import (
    Guids,
    Names,
    code_rows,
    coder_names,
    variable_names,
)
from twinbenefits.evidence.exchange.refi_properties import OWN_NOTE, PROPERTIES_NOTE, OwnNote, properties_of
from twinbenefits.evidence.exchange.refi_segments import Codings, segments_of_source, standing
from twinbenefits.evidence.exchange.refi_texts import Texts
from twinbenefits.evidence.exchange.report import ImportReport, Log

__all__ = ["read_archive", "read_codebook_markup", "read_project_markup"]

ORDER = (
    *("Users", "CodeBook", "Variables", "Cases", "Sources", "Notes"),
    *("Links", "Sets", "Graphs", "Description", "NoteRef"),
)
"""The order of the parts of a project by the standard."""
LEFT_OUT: Mapping[str, str] = {
    "Sets": "sets (groups of codes or sources) have no table here; they stay in the program",
    "Graphs": "network drawings have no table here; they stay in the program",
}
KINDS: Mapping[str, str] = {
    "TextSource": "text",
    "PictureSource": "picture",
    "PDFSource": "pdf",
    "AudioSource": "audio",
    "VideoSource": "video",
}


def read_archive(archive: SafeArchive, log: Log) -> tuple[Project, ImportReport]:
    """Return the project of a `.qdpx` archive.

    Raises
    ------
    EvidenceError
        If the archive holds no project file, or several.
    """
    found = archive.find(lambda path: path.suffix.lower() == ".qde")
    if len(found) > 1:
        found = [name for name in found if PurePosixPath(name).name.lower() == "project.qde"] or found
    if len(found) != 1:
        rule = (
            "the archive holds no project file (.qde)"
            if not found
            else "the archive holds several project files"
        )
        raise log.stop(rule, "Export one project in the REFI-QDA format (.qdpx).")
    if found[0] != "project.qde":
        log.tolerate("the project file inside is not called project.qde at the top", found[0])
    pictures = archive.find(lambda path: path.suffix.lower() not in (".qde", ".txt", ".xml", ".docx", ".rtf"))
    if pictures:
        log.drop(
            "recordings, pictures and PDF files inside are not copied",
            PurePosixPath(pictures[0]).name,
            len(pictures),
        )
    return read_project_markup(archive.read(found[0]), log, Texts.of_archive(archive, log))


def read_codebook_markup(content: bytes, log: Log) -> tuple[Project, ImportReport]:
    """Return the codes of a `.qdc` codebook as a project without sources."""
    raw = read_markup(content, log)
    rows, _ = code_rows(raw.codes, Guids(log), log)
    if not rows:
        raise log.stop("the codebook holds no code", "Export the codebook again, with its codes.")
    for name, members in raw.left_over.items():
        _leave_out(name, members, log)
    project = Project.of("", {"codes": rows})
    return project, log.report("REFI-QDA codebook", project.counts, raw.attributes.get("origin", ""))


def read_project_markup(content: bytes, log: Log, texts: Texts) -> tuple[Project, ImportReport]:
    """Return the project of a `.qde` file.

    Parameters
    ----------
    content
        The XML of the project file.
    log
        Where everything unusual is noted.
    texts
        Where the texts of the sources are found.
    """
    raw = read_markup(content, log)
    _note_quirks(raw, log)
    guids = Guids(log)
    own = _own_note(raw)
    codes, by_guid = code_rows(raw.codes, guids, log)
    columns = variable_names(raw, guids, CORE)
    cases, case_by_guid, of_sources = _cases(raw, guids, columns, own, log)
    codings = Codings(
        log, guids, coder_names(raw, guids, log), by_guid, case_by_guid, _property_notes(raw, guids), own
    )
    sources, source_texts, source_ids = _sources(raw, texts, columns, codings, own)
    for kind, members in raw.left_over.items():
        _leave_out(kind, members, log)
    _name_members(cases, codings, source_ids)
    for row in sources:
        row.update(of_sources.get(row["guid"], {}))
    rows: dict[str, list[Row]] = {
        "codes": codes + codings.missing_codes,
        "sources": sources,
        "segments": codings.segments,
        "codings": codings.rows,
        "coders": [
            {"coder": name, "name": name, "guid": guid, **own.coders.get(name, {})}
            for guid, name in codings.coders.items()
        ],
        "cases": cases,
        "memos": _memos(raw, texts, codings, source_ids),
    }
    _complete(rows, own)
    tables = {"assignments": pd.DataFrame([*own.readings], dtype="str")} if own.readings else {}
    project = Project.of(raw.attributes.get("name", ""), rows, source_texts, tables)
    return project, log.report("REFI-QDA project", project.counts, raw.attributes.get("origin", ""))


def _note_quirks(raw: RawProject, log: Log) -> None:
    if raw.attributes.get("basePath"):
        log.tolerate("the file names a folder of the computer it was made on; the name was not kept")
    known = [ORDER.index(name) for name in raw.order if name in ORDER]
    if known != sorted(known):
        late = next(raw.order[i] for i in range(1, len(raw.order)) if _is_late(raw.order, i))
        log.tolerate("the parts of the project file stand in another order than the standard has", late)
    if raw.root == "Project" and not raw.codes:
        log.tolerate("the file has no code book")


def _is_late(order: list[str], place: int) -> bool:
    before = [ORDER.index(name) for name in order[:place] if name in ORDER]
    return order[place] in ORDER and bool(before) and ORDER.index(order[place]) < max(before)


def _leave_out(kind: str, members: list[str], log: Log) -> None:
    reason = LEFT_OUT.get(kind, f"elements called {kind} are not known here")
    named = ", ".join(name for name in members[:5] if name)
    log.drop(reason, named, max(1, len(members)))


def _own_note(raw: RawProject) -> OwnNote:
    found = [note for note in raw.notes if note.attributes.get("name") == OWN_NOTE]
    return OwnNote.read(found[0].content or "") if found else OwnNote()


def _property_notes(raw: RawProject, guids: Guids) -> dict[str, Mapping[str, str]]:
    return {
        guids.refer(note.attributes.get("guid", "")): properties_of(note.content or "")
        for note in raw.notes
        if note.attributes.get("name") == PROPERTIES_NOTE
    }


def _cases(
    raw: RawProject, guids: Guids, columns: Mapping[str, str], own: OwnNote, log: Log
) -> tuple[list[Row], dict[str, str], dict[str, Row]]:
    """Return a row per case, the cases by GUID, and what nameless cases say of the one source they name."""
    ids = own.by_guid("cases")
    given = Names(log, "cases have the same name; a number tells them apart")
    rows: list[Row] = []
    by_guid: dict[str, str] = {}
    of_sources: dict[str, Row] = {}
    for case in raw.cases:
        guid = guids.read(case.attributes.get("guid", ""), "cases")
        name = case.attributes.get("name", "").strip()
        values = {columns.get(guids.refer(v), f"variable-{v[:8]}"): value.strip() for v, value in case.values}
        if not name and len(case.sources) == 1:
            log.tolerate("a case without a name that carries the variables of one source was read as such")
            of_sources.setdefault(guids.refer(case.sources[0]), {}).update(values)
            continue
        key = given.give(ids.get(guid) or name or f"case-{guid[:8]}")
        by_guid[guid] = key
        row: Row = {
            "case": key,
            "name": name or key,
            "description": case.description,
            "guid": guid,
            "sources": ";".join(guids.refer(source) for source in case.sources),
            "segments": ";".join(guids.refer(selection) for selection in case.selections),
        }
        rows.append({**row, **values})
    return rows, by_guid, of_sources


def _sources(
    raw: RawProject, texts: Texts, columns: Mapping[str, str], codings: Codings, own: OwnNote
) -> tuple[list[Row], dict[str, str], dict[str, str]]:
    """Return a row per source, the texts by source, and the sources by GUID."""
    log, guids = codings.log, codings.guids
    ids = own.by_guid("sources")
    given = Names(log, "sources have the same name; a number tells them apart")
    names: dict[int, str] = {}
    by_guid: dict[str, str] = {}
    rows: list[Row] = []
    for source in raw.sources:
        if source.within is None:
            guid = guids.read(source.attributes.get("guid", ""), "sources")
            title = source.attributes.get("name", "").strip()
            if not title:
                log.tolerate("a source without a name is called by the beginning of its GUID")
            name = given.give(ids.get(guid) or title or f"source-{guid[:8]}")
            names[id(source)] = by_guid[guid] = name
            rows.append(
                {
                    "source": name,
                    "title": title,
                    "kind": KINDS.get(source.kind, source.kind),
                    "description": source.description,
                    "guid": guid,
                    **{columns.get(guids.refer(v), f"variable-{v[:8]}"): x.strip() for v, x in source.values},
                }
            )
    readable = _readable(raw, texts, names, log)
    counting = standing(list(readable.values()), log, break_is_two="ATLAS" not in _origin(raw))
    source_texts: dict[str, str] = {}
    for source in raw.sources:
        text = readable[id(source)][1] if id(source) in readable else None
        name = names[id(source.within or source)]
        if text and name in source_texts and source_texts[name] != text.text:
            name = _second_text(source, name, given, rows, log)
        if text:
            source_texts[name] = text.text
        segments_of_source(source, name, text, counting(source), codings)
    for row in rows:
        if row["source"] in source_texts:
            row["characters"] = len(source_texts[str(row["source"])])
    return rows, source_texts, by_guid


def _readable(
    raw: RawProject, texts: Texts, names: Mapping[int, str], log: Log
) -> dict[int, tuple[RawSource, SourceText]]:
    """Return the text of each source that has one at hand, by the identity of the source."""
    found = {}
    for source in raw.sources:
        name = names[id(source.within or source)]
        has_own = source.kind == "TextSource" or source.within is not None
        text = source.content
        if text is None and has_own:
            text = texts.get(source.attributes.get("plainTextPath", ""), name)
            if text is None and source.attributes.get("richTextPath"):
                log.drop("formatted texts (docx) are not read; positions rest on the plain text", name)
        if text is not None:
            found[id(source)] = (source, SourceText(text))
    return found


def _second_text(source: RawSource, name: str, given: Names, rows: list[Row], log: Log) -> str:
    """Return a name for a further text of a source, and add a row for it."""
    log.tolerate("a further text of a source (a second transcript) was kept as a source of its own", name)
    title = source.attributes.get("name", "") or f"{name}, further text"
    new = given.give(title)
    rows.append({"source": new, "title": title, "kind": "text", "guid": source.attributes.get("guid", "")})
    return new


def _origin(raw: RawProject) -> str:
    return raw.attributes.get("origin", "").upper()


def _name_members(cases: list[Row], codings: Codings, source_ids: Mapping[str, str]) -> None:
    """Put names in place of GUIDs in cases."""
    for row in cases:
        sources = [source_ids.get(guid, guid) for guid in str(row["sources"]).split(";") if guid]
        segments = [codings.by_guid.get(guid, guid) for guid in str(row["segments"]).split(";") if guid]
        segments += codings.members.get(str(row["case"]), [])
        row["sources"], row["segments"] = ";".join(sources), ";".join(dict.fromkeys(segments))


def _memos(raw: RawProject, texts: Texts, codings: Codings, source_ids: Mapping[str, str]) -> list[Row]:
    """Return the notes of the project, but for those that carry properties of this study."""
    guids = codings.guids
    about = _what_notes_are_about(raw, codings, source_ids)
    ids = codings.own.by_guid("memos")
    rows: list[Row] = []
    for note in raw.notes:
        title = note.attributes.get("name", "")
        if title in (OWN_NOTE, PROPERTIES_NOTE):
            continue
        guid = guids.read(note.attributes.get("guid", ""), "notes")
        text = note.content
        if text is None:
            text = texts.get(note.attributes.get("plainTextPath", ""), "notes") or ""
        user = guids.refer(note.attributes.get("creatingUser", ""))
        rows.append(
            {
                "memo": ids.get(guid, guid),
                "author": codings.coders.get(user, "") if user else "",
                "created": note.attributes.get("creationDateTime", "").removesuffix("T00:00:00Z"),
                "about": ";".join(dict.fromkeys(about.get(guid, ()))),
                "title": "" if guid in ids else title,
                "text": "\n".join(part for part in (note.description, text.strip()) if part),
                **codings.properties(note.notes),
            }
        )
    return rows


def _what_notes_are_about(
    raw: RawProject, codings: Codings, source_ids: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return the codes, sources, segments and cases that each note belongs to, by the note's GUID."""
    guids = codings.guids
    known = {**source_ids, **codings.by_guid, **codings.codes, **codings.cases}
    pairs = [(note, source.attributes) for source in raw.sources for note in source.notes]
    pairs += [
        (note, one.attributes) for source in raw.sources for one in source.selections for note in one.notes
    ]
    pairs += [(note, code.attributes) for code in raw.codes for note in code.notes]
    about: dict[str, list[str]] = {}
    for note, attributes in pairs:
        thing = known.get(guids.refer(attributes.get("guid", "")))
        about.setdefault(guids.refer(note), []).extend([thing] if thing else [])
    notes = {guids.refer(note.attributes.get("guid", "")) for note in raw.notes}
    for origin, target in raw.links:
        thing = known.get(guids.refer(target))
        if guids.refer(origin) in notes and thing:
            about.setdefault(guids.refer(origin), []).append(thing)
        else:
            codings.log.drop("links between passages have no table here; they stay in the program")
    return about


def _complete(rows: dict[str, list[Row]], own: OwnNote) -> None:
    """Give every frame the further columns it had when this study wrote the file."""
    for frame, columns in own.columns.items():
        if rows.get(frame):
            rows[frame][0] = dict.fromkeys([*CORE[frame], *columns], "") | rows[frame][0]
