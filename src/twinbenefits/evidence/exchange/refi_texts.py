"""Find and decode the texts that a REFI-QDA file refers to."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from pathlib import Path

from twinbenefits.evidence.exchange.archives import MEMBER_LIMIT, SafeArchive
from twinbenefits.evidence.exchange.report import Log

__all__ = ["Texts", "decoded"]

INTERNAL = "internal://"


class Texts:
    """The texts beside a project file: parts of its archive, or files in the folder next to it.

    Parameters
    ----------
    names
        Where the texts stand.
    read
        Returns the content of one of them.
    log
        Where oddities are noted.
    """

    def __init__(self, names: Iterable[str], read: Callable[[str], bytes], log: Log) -> None:
        self._read = read
        self._log = log
        self._by_name: dict[str, str] = {}
        for name in names:
            self._by_name.setdefault(name.replace("\\", "/").rpartition("/")[2].lower(), name)
        self._cache: dict[str, str] = {}

    @classmethod
    def of_archive(cls, archive: SafeArchive, log: Log) -> Texts:
        """Return the texts of an archive."""
        return cls(archive.names, archive.read, log)

    @classmethod
    def of_folder(cls, folder: Path, log: Log) -> Texts:
        """Return the texts in the folder `sources` beside a bare project file."""
        found = [one for one in folder.iterdir() if one.is_dir() and one.name.lower() == "sources"]
        files = {file.name: file for one in found for file in sorted(one.iterdir()) if _is_safe(file)}
        return cls(files, lambda name: files[name].read_bytes(), log)

    def get(self, path: str, source: str) -> str | None:
        """Return the text that a path of the project refers to, or None if it is not at hand."""
        log = self._log
        if not path:
            return None
        name = path.strip().replace("\\", "/")
        if name.lower().startswith(INTERNAL):
            name = name[len(INTERNAL) :]
        elif ":" in name or name.startswith("/"):
            log.ask(
                "the text stands outside the exported file, where this project does not look",
                "Export the project with its sources inside.",
                place=f"source {source}",
            )
            return None
        else:
            log.tolerate("a path without internal:// was read as if it had it", source)
        key = name.rpartition("/")[2].lower()
        if key not in self._by_name:
            log.ask(
                "the text is not in the file, so positions cannot be resolved",
                "Export the project with its sources inside; the codings were read all the same.",
                place=f"source {source}",
            )
            return None
        if key not in self._cache:
            self._cache[key] = decoded(self._read(self._by_name[key]), log, source)
        return self._cache[key]


def decoded(content: bytes, log: Log, source: str) -> str:
    """Return a text's characters; what is not UTF-8 is read as Windows-1252 and said."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        log.tolerate("a text in UTF-16 instead of UTF-8 was read", source)
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        log.tolerate("a text that is not UTF-8 was read as Windows-1252; check its letters", source)
        return content.decode("cp1252", errors="replace")


def _is_safe(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.stat().st_size <= MEMBER_LIMIT
