"""Hold a REFI-QDA file to the structure of the standard, without the schema at hand.

The schema says which elements may stand in which, in which order and with which attributes. Beyond it, every
GUID must be there once, every reference must lead somewhere, and every passage must lie in its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from twinbenefits.evidence.exchange.markup import local_name
from twinbenefits.evidence.problems import Problem

__all__ = ["codebook_problems", "project_problems"]

MANY = -1

_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_KINDS: Mapping[str, re.Pattern[str]] = {
    "guid": _GUID,
    "whole": re.compile(r"[+-]?\d+"),
    "yes_no": re.compile("true|false|0|1"),
    "color": re.compile("#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})"),
    "moment": re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    "type": re.compile("Text|Boolean|Integer|Float|Date|DateTime"),
    "text": re.compile(r"[\s\S]*"),
}


@dataclass(frozen=True, slots=True)
class _Form:
    """What an element may hold: children in order with how many, attributes with kind (* for required)."""

    children: Mapping[str, int]
    attributes: Mapping[str, str]


_MADE = {
    "creatingUser": "guid",
    "creationDateTime": "moment",
    "modifyingUser": "guid",
    "modifiedDateTime": "moment",
}
_REFERENCE = _Form({}, {"targetGUID": "guid*"})
_TEXT = _Form({}, {})
_SOURCE = _Form(
    {
        "Description": 1,
        "PlainTextContent": 1,
        "PlainTextSelection": MANY,
        "Coding": MANY,
        "NoteRef": MANY,
        "VariableValue": MANY,
    },
    {"guid": "guid*", "name": "text", "richTextPath": "text", "plainTextPath": "text", **_MADE},
)
_CODE = {"guid": "guid*", "name": "text*", "isCodable": "yes_no*", "color": "color"}
_PROJECT_ATTRIBUTES = {
    "name": "text*",
    "origin": "text",
    "creatingUserGUID": "guid",
    "creationDateTime": "moment",
    "modifyingUserGUID": "guid",
    "modifiedDateTime": "moment",
    "basePath": "text",
}

PROJECT: Mapping[str, _Form] = {
    "Project": _Form(
        {
            "Users": 1,
            "CodeBook": 1,
            "Variables": 1,
            "Cases": 1,
            "Sources": 1,
            "Notes": 1,
            "Description": 1,
            "NoteRef": MANY,
        },
        _PROJECT_ATTRIBUTES,
    ),
    "Users": _Form({"User": MANY}, {}),
    "User": _Form({}, {"guid": "guid*", "name": "text", "id": "text"}),
    "CodeBook": _Form({"Codes": 1}, {}),
    "Codes": _Form({"Code": MANY}, {}),
    "Code": _Form({"Description": 1, "NoteRef": MANY, "Code": MANY}, _CODE),
    "Variables": _Form({"Variable": MANY}, {}),
    "Variable": _Form({"Description": 1}, {"guid": "guid*", "name": "text*", "typeOfVariable": "type*"}),
    "VariableValue": _Form({"VariableRef": 1, "TextValue": 1}, {}),
    "Cases": _Form({"Case": MANY}, {}),
    "Case": _Form(
        {"Description": 1, "CodeRef": MANY, "VariableValue": MANY, "SourceRef": MANY, "SelectionRef": MANY},
        {"guid": "guid*", "name": "text"},
    ),
    "Sources": _Form({"TextSource": MANY}, {}),
    "TextSource": _SOURCE,
    "PlainTextSelection": _Form(
        {"Description": 1, "Coding": MANY, "NoteRef": MANY},
        {"guid": "guid*", "name": "text", "startPosition": "whole*", "endPosition": "whole*", **_MADE},
    ),
    "Coding": _Form(
        {"CodeRef": 1, "NoteRef": MANY},
        {"guid": "guid*", "creatingUser": "guid", "creationDateTime": "moment"},
    ),
    "Notes": _Form({"Note": MANY}, {}),
    "Note": _SOURCE,
    **dict.fromkeys(("CodeRef", "NoteRef", "SourceRef", "SelectionRef", "VariableRef"), _REFERENCE),
    **dict.fromkeys(("Description", "PlainTextContent", "TextValue"), _TEXT),
}
"""The forms of the elements that this project writes, by the schema of March 2019."""

CODEBOOK: Mapping[str, _Form] = {
    "CodeBook": _Form({"Codes": 1}, {"origin": "text"}),
    "Codes": _Form({"Code": MANY}, {}),
    "Code": _Form({"Description": 1, "Code": MANY}, _CODE),
    "Description": _TEXT,
}

NEEDED: Mapping[str, tuple[str, ...]] = {
    "Coding": ("CodeRef",),
    "VariableValue": ("VariableRef",),
    "CodeBook": ("Codes",),
    **{
        group: (one,)
        for group, one in {
            "Users": "User",
            "Codes": "Code",
            "Variables": "Variable",
            "Cases": "Case",
            "Sources": "TextSource",
            "Notes": "Note",
        }.items()
    },
}
REFERS: Mapping[str, tuple[str, ...]] = {
    "CodeRef": ("Code",),
    "NoteRef": ("Note",),
    "SourceRef": ("TextSource",),
    "SelectionRef": ("PlainTextSelection",),
    "VariableRef": ("Variable",),
    "creatingUser": ("User",),
    "creatingUserGUID": ("User",),
}


def project_problems(markup: bytes, members: Mapping[str, bytes], shown: str) -> list[Problem]:
    """Return what is wrong with a project file.

    Parameters
    ----------
    markup
        The content of `project.qde`.
    members
        The parts of the archive, in which the texts stand.
    shown
        The file's name in messages.
    """
    root = fromstring(markup)
    problems = [*_form_problems(root, "Project", PROJECT, shown)]
    if problems:
        return problems
    return [*_reference_problems(root, shown), *_text_problems(root, members, shown)]


def codebook_problems(markup: bytes, shown: str) -> list[Problem]:
    """Return what is wrong with a codebook file."""
    root = fromstring(markup)
    return [*_form_problems(root, "CodeBook", CODEBOOK, shown), *_reference_problems(root, shown)]


def _problem(shown: str, element: Element, value: str | None, rule: str) -> Problem:
    what = element.get("name") or element.get("guid") or ""
    place = f"{shown}, {local_name(element)} {what}".rstrip()
    return Problem(place, None, None, value, rule, "Correct the tables that the file is made from.")


def _form_problems(root: Element, top: str, forms: Mapping[str, _Form], shown: str) -> Iterator[Problem]:
    if local_name(root) != top:
        yield _problem(shown, root, None, f"must be {top}")
        return
    for element in root.iter():
        name = local_name(element)
        form = forms.get(name)
        if form is None:
            yield _problem(shown, element, None, "is not an element of the standard")
            continue
        yield from _child_problems(element, name, form, shown)
        yield from _attribute_problems(element, form, shown)


def _child_problems(element: Element, name: str, form: _Form, shown: str) -> Iterator[Problem]:
    order = [*form.children]
    children = [local_name(child) for child in element]
    last = 0
    for child in dict.fromkeys(children):
        if child not in form.children:
            yield _problem(shown, element, child, "may not hold this element")
        elif form.children[child] == 1 and children.count(child) > 1:
            yield _problem(shown, element, child, "may hold this element once")
    for child in children:
        if child in order:
            if order.index(child) < last:
                yield _problem(shown, element, child, "must stand before the element it follows")
                break
            last = order.index(child)
    for child in NEEDED.get(name, ()):
        if child not in children:
            yield _problem(shown, element, child, "must hold this element")


def _attribute_problems(element: Element, form: _Form, shown: str) -> Iterator[Problem]:
    for name, kind in form.attributes.items():
        value = element.get(name)
        if value is None:
            if kind.endswith("*"):
                yield _problem(shown, element, name, "must have this attribute")
        elif not _KINDS[kind.rstrip("*")].fullmatch(value):
            yield _problem(shown, element, f"{name}={value}", f"must be of the kind {kind.rstrip('*')}")
    for name in element.attrib:
        if name not in form.attributes:
            yield _problem(shown, element, name, "may not have this attribute")


def _reference_problems(root: Element, shown: str) -> Iterator[Problem]:
    """Yield GUIDs that stand there twice and references that lead nowhere."""
    owners: dict[str, str] = {}
    for element in root.iter():
        guid = element.get("guid", "").lower()
        if guid and guid in owners:
            yield _problem(shown, element, guid, "must be the GUID of one element only")
        if guid:
            owners[guid] = local_name(element)
    for element in root.iter():
        name = local_name(element)
        asked = [(name, element.get("targetGUID"))] if name in REFERS else []
        asked += [(attribute, element.get(attribute)) for attribute in ("creatingUser", "creatingUserGUID")]
        for kind, target in asked:
            if target and owners.get(target.lower()) not in REFERS[kind]:
                wanted = " or ".join(REFERS[kind])
                yield _problem(shown, element, target, f"must refer to a {wanted} of this file")


def _text_problems(root: Element, members: Mapping[str, bytes], shown: str) -> Iterator[Problem]:
    """Yield sources without a text, and passages outside it."""
    for source in root.iter():
        if local_name(source) != "TextSource":
            continue
        path = source.get("plainTextPath", "").removeprefix("internal://")
        content = members.get(f"sources/{path}")
        if content is None:
            yield _problem(shown, source, path, "must have its text in the folder sources")
            continue
        length = len(content.decode("utf-8"))
        for selection in source:
            if local_name(selection) == "PlainTextSelection":
                start, end = (int(selection.get(name, "0")) for name in ("startPosition", "endPosition"))
                if not 0 <= start <= end <= length:
                    yield _problem(
                        shown,
                        selection,
                        f"{start} to {end}",
                        f"must lie within the text of {length:,} characters",
                    )
