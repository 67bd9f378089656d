"""Identifiers for what a REFI-QDA file tells apart by GUIDs: users, codes, sources and cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from twinbenefits.evidence.exchange.project import UNKNOWN_CODER, Row
from twinbenefits.evidence.exchange.refi_markup import RawCode, RawProject
from twinbenefits.evidence.exchange.refi_properties import split_description
from twinbenefits.evidence.exchange.report import Log

__all__ = ["Guids", "Names", "code_rows", "coder_names", "coder_of", "variable_names"]

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Guids:
    """GUIDs as this file writes them, brought into one form.

    Parameters
    ----------
    log
        Where oddities are noted.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._referred: dict[str, str] = {}

    def read(self, written: str, thing: str = "") -> str:
        """Return a GUID in lower case without braces; what is no GUID stays as it is."""
        plain = written.strip()
        if plain.startswith("{") and plain.endswith("}"):
            plain = plain[1:-1].strip()
            self._log.tolerate("a GUID in braces was read without them", thing)
        low = plain.lower()
        if _GUID.fullmatch(low):
            return low
        if plain:
            self._log.tolerate("an identifier that is no GUID was kept as a name", thing)
        else:
            self._log.tolerate("an element without a GUID got an identifier made from its content", thing)
        return plain

    def refer(self, written: str) -> str:
        """Return a reference in the same form, without a note."""
        if written not in self._referred:
            plain = written.strip().removeprefix("{").removesuffix("}").strip()
            self._referred[written] = plain.lower() if _GUID.fullmatch(plain.lower()) else plain
        return self._referred[written]


def coder_names(raw: RawProject, guids: Guids, log: Log) -> dict[str, str]:
    """Return a name for each user by GUID, every name once."""
    names: dict[str, str] = {}
    given = Names(log, "users have the same name; a number tells them apart")
    if not raw.users:
        log.tolerate("the file names no users, so coders are told apart by their GUIDs or unknown")
    for user in raw.users:
        guid = guids.read(user.get("guid", ""), "Users")
        name = user.get("name", "").strip() or user.get("id", "").strip()
        if not name:
            log.tolerate("a user without a name is called by the beginning of the GUID")
            name = f"user-{guid[:8]}"
        names[guid] = given.give(name)
    return names


def coder_of(guid: str, names: dict[str, str], log: Log) -> str:
    """Return the coder a GUID refers to, naming one that is not among the users."""
    if not guid:
        log.tolerate(f"a coding that names no user, nor its selection, is by the coder {UNKNOWN_CODER!r}")
        names.setdefault("", UNKNOWN_CODER)
        return UNKNOWN_CODER
    if guid not in names:
        log.tolerate("a user who is not listed is called by the beginning of the GUID")
        names[guid] = f"user-{guid[:8]}"
    return names[guid]


def code_rows(codes: list[RawCode], guids: Guids, log: Log) -> tuple[list[Row], dict[str, str]]:
    """Return a row per code, and the code of each GUID.

    Codes of the same name under different parents are told apart by the path from the top.
    """
    names = [code.attributes.get("name", "").strip() for code in codes]
    often = {name for name, count in Counter(names).items() if count > 1}
    given = Names(log, "codes have the same name; their path or a number tells them apart")
    rows: list[Row] = []
    keys: list[str] = []
    by_guid: dict[str, str] = {}
    for code, name in zip(codes, names, strict=True):
        guid = guids.read(code.attributes.get("guid", ""), f"code {name}")
        key = name
        if not name:
            log.tolerate("a code without a name is called by its GUID")
            key = f"code-{guid[:8]}"
        elif name in often:
            key = f"{keys[code.parent]} > {name}" if code.parent >= 0 else name
        description, known = split_description(code.description)
        key = given.give(known.pop("code", key))
        keys.append(key)
        if guid in by_guid:
            log.refuse(
                f"two codes ({by_guid[guid]} and {key}) have the same GUID, so codings may mean either",
                "Give one of them a new GUID by exporting the project again.",
                place=f"code {key}",
                value=guid,
            )
        by_guid[guid or key] = key
        rows.append(
            {
                "code": key,
                "name": known.pop("name", name or key),
                "parent": keys[code.parent] if code.parent >= 0 else "",
                "description": description,
                "color": code.attributes.get("color", ""),
                "codable": "no" if code.attributes.get("isCodable", "").lower() in ("false", "0") else "yes",
                "guid": guid,
                **known,
            }
        )
    log.stop_if_refused()
    return rows, by_guid


def variable_names(raw: RawProject, guids: Guids, taken: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the column of each variable by GUID.

    A prefix such as `cases:` says where a variable belongs; a variable of another program that is called
    like a core column gets the prefix `variable:`.
    """
    columns = {}
    core = {name for names in taken.values() for name in names}
    for guid, attributes in raw.variables.items():
        written = attributes.get("name", "").strip() or f"variable-{guid[:8]}"
        prefix, colon, rest = written.partition(":")
        own = bool(colon) and prefix in taken
        name = rest if own else written
        columns[guids.refer(guid)] = name if own or name not in core else f"variable:{name}"
    return columns


class Names:
    """Names given so far; one that is given again gets a number."""

    def __init__(self, log: Log, said: str) -> None:
        self._log = log
        self._said = said
        self._given: set[str] = set()

    def give(self, name: str) -> str:
        """Return `name`, or `name (2)` and so on where it is given already."""
        free, number = name, 2
        while free in self._given:
            free, number = f"{name} ({number})", number + 1
        if free != name:
            self._log.tolerate(self._said, name)
        self._given.add(free)
        return free
