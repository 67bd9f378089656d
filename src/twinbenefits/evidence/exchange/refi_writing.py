"""Write REFI-QDA projects and codebooks strictly by the standard, with the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from twinbenefits.evidence.exchange.project import CORE, SYNTHETIC_MARK, Project, Row, guid_of
from twinbenefits.evidence.exchange.refi_elements import (
    Coded,
    Notes,
    further_columns,
    guid_in,
    moment,
    told,
)
from twinbenefits.evidence.exchange.refi_properties import (
    KINDS,
    OWN_NOTE,
    PROPERTIES_NOTE,
    OwnNote,
    joined_description,
    lines_of,
)
from twinbenefits.evidence.exchange.refi_structure import codebook_problems, project_problems
from twinbenefits.evidence.exchange.storing import write_bytes, zip_bytes
from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["write_codebook", "write_project"]

PROJECT_SPACE = "urn:QDA-XML:project:1.0"
CODEBOOK_SPACE = "urn:QDA-XML:codebook:1.0"
ORIGIN = "twinbenefits"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COLOR = re.compile(r"#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_project(project: Project, path: Path) -> bool:
    """Write a project as a `.qdpx` archive that other programs open.

    Parameters
    ----------
    project
        The project. A source whose text is not known gets one that is blank but for its segments, so that
        every position still holds.
    path
        Where to write.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    EvidenceError
        If the project cannot be said in the standard: a segment outside its text, a coding of an unknown
        segment or code, a character that XML does not know.
    """
    texts = {source: _text(project, source) for source in project.sources["source"]}
    markup = _project_markup(project, texts)
    members = {"project.qde": markup}
    for row in project.rows("sources"):
        members[f"sources/{guid_in(row, 'source', 'source').upper()}.txt"] = texts[row["source"]].encode()
    problems = project_problems(markup, members, path.name)
    if problems:
        raise EvidenceError(problems)
    return write_bytes(path, zip_bytes(members))


def write_codebook(project: Project, path: Path) -> bool:
    """Write the codes of a project as a `.qdc` codebook; return whether the file changed.

    Raises
    ------
    EvidenceError
        If there is no code, or one cannot be said in the standard.
    """
    root = Element("CodeBook", {"xmlns": CODEBOOK_SPACE, "origin": ORIGIN})
    _add_codes(SubElement(root, "Codes"), project)
    markup = _markup(root)
    problems = codebook_problems(markup, path.name)
    if problems:
        raise EvidenceError(problems)
    return write_bytes(path, markup)


def _project_markup(project: Project, texts: Mapping[str, str]) -> bytes:
    root = Element("Project", {"xmlns": PROJECT_SPACE, "name": project.name or ORIGIN, "origin": ORIGIN})
    notes = Notes()
    users = {row["coder"]: guid_in(row, "coder", "coder") for row in project.rows("coders")}
    if users:
        parent = SubElement(root, "Users")
        for name, guid in users.items():
            SubElement(parent, "User", {"guid": guid, "name": name})
    if len(project.codes):
        _add_codes(SubElement(SubElement(root, "CodeBook"), "Codes"), project)
    variables = _add_variables(root, project)
    sources = {row["source"]: guid_in(row, "source", "source") for row in project.rows("sources")}
    segments = {
        row["segment"]: guid_in(row, "segment", "segment")
        for row in project.rows("segments", ("segment", "guid"))
    }
    _add_cases(root, project, variables, sources, segments)
    if sources:
        parent = SubElement(root, "Sources")
        _add_sources(parent, project, texts, variables, Coded(project, users, segments, notes))
    _add_memos(notes, project, users)
    own = notes.add(OWN_NOTE, _own_note(project).to_text())
    notes.write(root)
    if project.is_synthetic:
        root.append(told("Description", SYNTHETIC_MARK))
    SubElement(root, "NoteRef", {"targetGUID": own})
    return _markup(root)


def _add_codes(parent: Element, project: Project) -> None:
    """Add the codes in their order, each below its parent."""
    further = further_columns(project, "codes")
    made: dict[str, Element] = {}
    waiting = project.rows("codes")
    while waiting:
        later = []
        for row in waiting:
            if row["parent"] and row["parent"] not in made:
                later.append(row)
                continue
            known = {name: row[name] for name in further}
            if row["name"] and row["name"] != row["code"]:
                known = {"code": row["code"], "name": row["name"], **known}
            shown = row["code"] if "code" not in known else f"{row['code']} {row['name']}"
            attributes = {
                "guid": guid_in(row, "code", "code"),
                "name": shown,
                "isCodable": "false" if row["codable"] == "no" else "true",
            }
            if _COLOR.fullmatch(row["color"]):
                attributes["color"] = row["color"]
            above = made[row["parent"]] if row["parent"] else parent
            made[row["code"]] = SubElement(above, "Code", attributes)
            description = joined_description(row["description"], known)
            if description:
                made[row["code"]].insert(0, told("Description", description))
        if len(later) == len(waiting):
            raise EvidenceError(
                [
                    Problem(
                        "codes",
                        None,
                        "parent",
                        row["parent"],
                        "must be a code of the project",
                        "Add the code.",
                    )
                    for row in later
                ]
            )
        waiting = later


def _add_variables(root: Element, project: Project) -> dict[tuple[str, str], str]:
    """Declare a variable for each further column of sources and cases; return their GUIDs."""
    variables = {}
    for frame in ("sources", "cases"):
        core = ("title", "kind") if frame == "sources" else ("name",)
        for column in (*core, *further_columns(project, frame)):
            variables[frame, column] = guid_of("variable", f"{frame}:{column}")
    parent = SubElement(root, "Variables")
    for (frame, column), guid in variables.items():
        SubElement(parent, "Variable", {"guid": guid, "name": f"{frame}:{column}", "typeOfVariable": "Text"})
    return variables


def _add_values(parent: Element, row: Row, frame: str, variables: Mapping[tuple[str, str], str]) -> None:
    for (kind, column), guid in variables.items():
        if kind == frame and row[column]:
            value = SubElement(parent, "VariableValue")
            SubElement(value, "VariableRef", {"targetGUID": guid})
            value.append(told("TextValue", row[column]))


def _add_cases(
    root: Element,
    project: Project,
    variables: Mapping[tuple[str, str], str],
    sources: Mapping[str, str],
    segments: Mapping[str, str],
) -> None:
    if not len(project.cases):
        return
    parent = SubElement(root, "Cases")
    for row in project.rows("cases"):
        case = SubElement(parent, "Case", {"guid": guid_in(row, "case", "case"), "name": row["case"]})
        if row["description"]:
            case.append(told("Description", row["description"]))
        _add_values(case, row, "cases", variables)
        for kind, column, guids in (
            ("SourceRef", "sources", sources),
            ("SelectionRef", "segments", segments),
        ):
            for name in filter(None, row[column].split(";")):
                SubElement(case, kind, {"targetGUID": guids.get(name, name)})


def _add_sources(
    parent: Element,
    project: Project,
    texts: Mapping[str, str],
    variables: Mapping[tuple[str, str], str],
    coded: Coded,
) -> None:
    for row in project.rows("sources"):
        guid = guid_in(row, "source", "source")
        path = f"internal://{guid.upper()}.txt"
        source = SubElement(
            parent, "TextSource", {"guid": guid, "name": row["source"], "plainTextPath": path}
        )
        if row["description"]:
            source.append(told("Description", row["description"]))
        coded.write(source, row["source"], len(texts[row["source"]]))
        _add_values(source, row, "sources", variables)


def _add_memos(notes: Notes, project: Project, users: Mapping[str, str]) -> None:
    further = further_columns(project, "memos")
    for row in project.rows("memos"):
        attributes = {"creatingUser": users[row["author"]]} if row["author"] in users else {}
        guid = row["memo"].lower() if _GUID.fullmatch(row["memo"]) else guid_of("memo", row["memo"])
        known = {name: row[name] for name in ("author", "title", "about", *further)}
        lines = lines_of(known)
        refers = (notes.add(PROPERTIES_NOTE, lines),) if lines else ()
        title = row["title"] or row["memo"]
        notes.add(title, row["text"], guid, refers, **attributes, **moment(row["created"]))


def _own_note(project: Project) -> OwnNote:
    coders = further_columns(project, "coders")
    return OwnNote(
        columns={frame: further_columns(project, frame) for frame in CORE},
        identifiers={frame: _derived(project, frame, key) for frame, key in KINDS.items()},
        coders={
            row["coder"]: {name: row[name] for name in coders if row[name]} for row in project.rows("coders")
        },
        readings=project.rows("assignments") if "assignments" in project.tables else (),
    )


def _derived(project: Project, frame: str, key: str) -> list[str]:
    """Return the identifiers of a frame from which GUIDs are derived."""
    rows = project.rows(frame)
    if frame == "memos":
        return [row[key] for row in rows if not _GUID.fullmatch(row[key])]
    return [row[key] for row in rows if guid_in(row, key, key) == guid_of(key, row[key])]


def _text(project: Project, source: str) -> str:
    """Return the text of a source; one that is not known is blank but for the segments that are."""
    if source in project.texts:
        return project.texts[source]
    own = project.segments[(project.segments["source"] == source) & project.segments["end"].notna()]
    known = project.sources.loc[project.sources["source"] == source, "characters"].dropna()
    length = max([0, *own["end"].tolist(), *known.tolist()])
    letters = [" "] * length
    for start, end, words in zip(own["start"], own["end"], own["text"], strict=True):
        if len(words) == end - start:
            letters[start:end] = words
    return "".join(letters)


def _markup(root: Element) -> bytes:
    """Return an element as UTF-8, refusing characters that XML does not know."""
    problems = [
        Problem(
            element.tag,
            None,
            element.get("name"),
            _FORBIDDEN.sub("\ufffd", value),
            "holds a character that cannot be written to XML",
            "Type the words again; a control character came in by copying.",
        )
        for element in root.iter()
        for value in (element.text or "", *element.attrib.values())
        if _FORBIDDEN.search(value)
    ]
    if problems:
        raise EvidenceError(problems)
    indent(root, "")
    content: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + content + b"\n"
