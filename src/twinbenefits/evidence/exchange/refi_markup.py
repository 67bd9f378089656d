"""The elements of a REFI-QDA file as they stand there, in one pass and whatever their order.

Sources can be large: their selections are taken down as soon as they end, and the tree is let go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from twinbenefits.evidence.exchange.markup import elements, local_name
from twinbenefits.evidence.exchange.report import Log

__all__ = [
    "RawCase",
    "RawCode",
    "RawCoding",
    "RawProject",
    "RawSelection",
    "RawSource",
    "read_markup",
    "root_name",
]

SOURCES = ("TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource")
INNER = ("Representation", "TextDescription", "Transcript")
"""Texts that belong to another source."""
SELECTIONS = (
    "PlainTextSelection",
    "PictureSelection",
    "PDFSelection",
    "AudioSelection",
    "VideoSelection",
    "TranscriptSelection",
)

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class RawCoding:
    """A `Coding` element: its attributes, the codes it refers to (one, by the standard) and its notes."""

    attributes: Attributes
    codes: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawSelection:
    """A selection of any kind."""

    kind: str
    attributes: Attributes
    description: str
    content: str
    codings: tuple[RawCoding, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class RawSource:
    """A source, or a text that belongs to one (then `within` is that source)."""

    kind: str
    attributes: Attributes
    within: RawSource | None = None
    description: str = ""
    content: str | None = None
    selections: list[RawSelection] = field(default_factory=list)
    codings: list[RawCoding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    sync_points: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawCode:
    """A `Code` element; `parent` is the place of the code above it in the list, or -1."""

    attributes: Attributes
    description: str
    parent: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawCase:
    """A `Case` element."""

    attributes: Attributes
    description: str
    codes: tuple[str, ...]
    sources: tuple[str, ...]
    selections: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class RawProject:
    """Everything a file holds, references still unresolved."""

    root: str = ""
    attributes: Attributes = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    users: list[Attributes] = field(default_factory=list)
    codes: list[RawCode] = field(default_factory=list)
    variables: dict[str, Attributes] = field(default_factory=dict)
    cases: list[RawCase] = field(default_factory=list)
    sources: list[RawSource] = field(default_factory=list)
    notes: list[RawSource] = field(default_factory=list)
    description: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    left_over: dict[str, list[str]] = field(default_factory=dict)


def read_markup(content: bytes, log: Log, place: str = "") -> RawProject:
    """Return the elements of a project or codebook file.

    Parameters
    ----------
    content
        The XML.
    log
        Where problems are noted.
    place
        The part of an archive that is read, for messages.

    Raises
    ------
    EvidenceError
        If the file is not sound XML, or unsafe.
    """
    project = RawProject()
    path: list[str] = []
    open_sources: list[RawSource] = []
    for event, element in elements(content, log, place):
        name = local_name(element)
        if event == "start":
            path.append(name)
            if len(path) == 1:
                project.root, project.attributes = name, dict(element.attrib)
            elif name in SOURCES or name in INNER or name == "Note":
                within = open_sources[-1] if open_sources else None
                open_sources.append(RawSource(name, dict(element.attrib), within))
            continue
        path.pop()
        if name in SELECTIONS and open_sources:
            _end_selection(element, name, open_sources, within_selection=path[-1] in SELECTIONS)
            element.clear()
        elif open_sources and name == open_sources[-1].kind:
            if path[-1] not in SELECTIONS:
                _end_source(element, project, open_sources)
                element.clear()
            else:
                inner = open_sources.pop()
                project.sources += [inner] if inner.selections else []
        elif len(path) == 1:
            project.order.append(name)
            _end_part(element, name, project)
            element.clear()
    return project


def _end_selection(
    element: Element, name: str, open_sources: list[RawSource], *, within_selection: bool
) -> None:
    if within_selection:  # a selection inside the words of a selection says nothing more
        return
    content = ""
    for child in element:
        if local_name(child) == "Representation":
            content = _text_of(child, "PlainTextContent")
    owner = open_sources[-1]
    owner.selections.append(
        RawSelection(
            kind=name,
            attributes=dict(element.attrib),
            description=_text_of(element, "Description"),
            content=content,
            codings=tuple(_codings(element)),
            notes=tuple(_targets(element, "NoteRef")),
        )
    )


def _end_source(element: Element, project: RawProject, open_sources: list[RawSource]) -> None:
    source = open_sources.pop()
    source.description = _text_of(element, "Description")
    source.codings = list(_codings(element))
    source.notes = list(_targets(element, "NoteRef"))
    source.values = list(_values(element))
    for child in element:
        name = local_name(child)
        if name == "PlainTextContent":
            source.content = child.text or ""
        elif name == "SyncPoint":
            source.sync_points[child.get("guid", "")] = child.get("position", "")
    (project.notes if source.kind == "Note" else project.sources).append(source)


def _end_part(element: Element, name: str, project: RawProject) -> None:
    """Take down one of the parts directly below the root."""
    if name == "Users":
        project.users += [dict(user.attrib) for user in element if local_name(user) == "User"]
    elif name in ("CodeBook", "Codes"):
        for codes in [element] if name == "Codes" else element:
            _codes(codes, project.codes)
    elif name == "Variables":
        project.variables |= {variable.get("guid", ""): dict(variable.attrib) for variable in element}
    elif name == "Cases":
        project.cases += [_case(case) for case in element if local_name(case) == "Case"]
    elif name == "Description":
        project.description = element.text or ""
    elif name == "Links":
        project.links += [(link.get("originGUID", ""), link.get("targetGUID", "")) for link in element]
    elif name not in ("Sources", "Notes", "NoteRef"):
        project.left_over.setdefault(name, []).extend(child.get("name", "") for child in element)


def _codes(element: Element, codes: list[RawCode]) -> None:
    """Take down codes with those that lie in them, without recursion."""
    waiting = [(code, -1) for code in reversed(element) if local_name(code) == "Code"]
    while waiting:
        code, parent = waiting.pop()
        here = len(codes)
        codes.append(
            RawCode(
                dict(code.attrib), _text_of(code, "Description"), parent, tuple(_targets(code, "NoteRef"))
            )
        )
        waiting += [(child, here) for child in reversed(code) if local_name(child) == "Code"]


def _case(element: Element) -> RawCase:
    return RawCase(
        attributes=dict(element.attrib),
        description=_text_of(element, "Description"),
        codes=tuple(_targets(element, "CodeRef")),
        sources=tuple(_targets(element, "SourceRef")),
        selections=tuple(_targets(element, "SelectionRef")),
        values=tuple(_values(element)),
    )


def _codings(element: Element) -> Iterable[RawCoding]:
    for child in element:
        if local_name(child) == "Coding":
            yield RawCoding(
                dict(child.attrib), tuple(_targets(child, "CodeRef")), tuple(_targets(child, "NoteRef"))
            )


def _targets(element: Element, kind: str) -> Iterable[str]:
    return (child.get("targetGUID", "") for child in element if local_name(child) == kind)


def _values(element: Element) -> Iterable[tuple[str, str]]:
    """Yield pairs of a variable's GUID and its value as written."""
    for child in element:
        if local_name(child) == "VariableValue":
            variable = next(iter(_targets(child, "VariableRef")), "")
            values = [part.text or "" for part in child if local_name(part).endswith("Value")]
            yield variable, values[0] if values else ""


def _text_of(element: Element, kind: str) -> str:
    return next((child.text or "" for child in element if local_name(child) == kind), "")


def root_name(content: bytes, log: Log) -> str:
    """Return the name of the element that holds all others.

    Raises
    ------
    EvidenceError
        If the file is not XML.
    """
    for _, element in elements(content, log):
        return local_name(element)
    raise log.stop("the file holds no element", "Export the project again.")
