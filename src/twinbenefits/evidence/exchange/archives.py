"""Open zip archives from elsewhere without trusting them: nothing is unpacked to disk, all is capped."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath

from twinbenefits.evidence.exchange.report import Log

__all__ = ["SafeArchive"]

MEBIBYTE = 1024 * 1024
MEMBER_LIMIT = 200 * MEBIBYTE
"""A member that is not a recording or picture may be so large when unpacked."""
TOTAL_LIMIT = 1024 * MEBIBYTE
"""All such members together."""
RATIO_LIMIT = 200
"""Text shrinks to a twentieth, a table of repeated cells to a hundredth; more is a bomb."""
RATIO_FLOOR = 10 * MEBIBYTE
"""Below this size a ratio does no harm."""
MEMBERS_LIMIT = 100_000

RECORDINGS = {
    ".3gp",
    ".aac",
    ".aif",
    ".aiff",
    ".flac",
    ".m4a",
    ".mp3",
    ".oga",
    ".ogg",
    ".opus",
    ".wav",
    ".wma",
}
FILMS = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".weba", ".webm", ".wmv"}
PICTURES = {".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
DOCUMENTS = {".docx", ".odt", ".pdf", ".pptx", ".rtf"}
MEDIA = frozenset(RECORDINGS | FILMS | PICTURES | DOCUMENTS)
"""Members of these kinds are never read, so their size does not matter."""


class SafeArchive:
    """A zip archive whose members have been looked over before any is read.

    Parameters
    ----------
    content
        The file, or its bytes.
    log
        Where problems are noted.
    limit
        Largest unpacked size of a member that is read.

    Raises
    ------
    EvidenceError
        If the archive is damaged, encrypted, or built to do harm.
    """

    def __init__(self, content: Path | bytes, log: Log, limit: int = MEMBER_LIMIT) -> None:
        self._log = log
        self._limit = limit
        try:
            self._zip = zipfile.ZipFile(BytesIO(content) if isinstance(content, bytes) else content)
            members = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError):
            raise log.stop(
                "the file is damaged: it begins like an archive and does not end like one",
                "Export it again, or copy it again if it came by mail.",
            ) from None
        self._look_over(members)
        log.stop_if_refused()
        self.names = [member.filename for member in members if not member.is_dir()]

    def read(self, name: str) -> bytes:
        """Return a member's content.

        Raises
        ------
        EvidenceError
            If the member is damaged, encrypted or larger than it claims to be.
        """
        try:
            with self._zip.open(name) as member:
                content = member.read(self._limit + 1)
        except Exception as error:  # zipfile raises a dozen kinds for damaged members
            raise self._log.stop(
                f"the part cannot be unpacked ({type(error).__name__})",
                "Export the project again, or copy the file again if it came by mail.",
                place=f"part {name}",
            ) from None
        if len(content) > self._limit:
            raise self._log.stop(*_TOO_LARGE, place=f"part {name}")
        return content

    def find(self, wanted: Callable[[PurePosixPath], bool]) -> list[str]:
        """Return the names of the members for which `wanted` holds."""
        return [name for name in self.names if wanted(PurePosixPath(name))]

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _look_over(self, members: list[zipfile.ZipInfo]) -> None:
        """Note everything that makes the archive unsafe."""
        log = self._log
        if len(members) > MEMBERS_LIMIT:
            log.refuse(f"the archive has more than {MEMBERS_LIMIT:,} parts", "Export the project in pieces.")
            return
        seen: set[str] = set()
        total = 0
        for member in members:
            place = f"part {member.filename}"
            for rule, way_out in _member_problems(member, self._limit):
                log.refuse(rule, way_out, place=place)
            if member.filename in seen:
                log.refuse(
                    "the part stands there twice, and only one can be meant", "Export it again.", place=place
                )
            seen.add(member.filename)
            total += 0 if _is_media(member.filename) else member.file_size
        if total > TOTAL_LIMIT:
            size = f"{total // MEBIBYTE:,}"
            log.refuse(
                f"the archive would unpack to {size} MB of text, more than {TOTAL_LIMIT // MEBIBYTE:,} MB",
                "Export the project in pieces, if this is not an attack.",
            )


_TOO_LARGE = (
    "the part is larger than a project needs",
    "Take large files out of the project before exporting it, or ask who sent this file.",
)
_UNSAFE_PATH = (
    "the part would be written outside its folder",
    "Do not use this file: programs for qualitative analysis do not write such names. Ask who sent it.",
)


def _member_problems(member: zipfile.ZipInfo, limit: int) -> list[tuple[str, str]]:
    problems = []
    if not _is_tame(member.filename):
        problems.append(_UNSAFE_PATH)
    if stat.S_ISLNK(member.external_attr >> 16):
        problems.append(
            ("the part is a link to another place", "Export the project again without links to files.")
        )
    if member.flag_bits & 0x1:
        problems.append(("the part is protected by a password", "Export the project without a password."))
    if member.file_size > RATIO_FLOOR and member.file_size > RATIO_LIMIT * max(member.compress_size, 1):
        size = f"{member.file_size // MEBIBYTE:,} MB"
        problems.append(
            (
                f"the part would swell to {size}, more than {RATIO_LIMIT} times its packed size",
                "Do not use this file; it is built to fill a computer's memory. Ask who sent it.",
            )
        )
    elif member.file_size > limit and not _is_media(member.filename):
        size, most = f"{member.file_size // MEBIBYTE:,}", f"{limit // MEBIBYTE:,}"
        problems.append((f"{_TOO_LARGE[0]} ({size} MB; {most} MB at most)", _TOO_LARGE[1]))
    return problems


def _is_media(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in MEDIA


def _is_tame(name: str) -> bool:
    """Return whether a name stays below its folder on every system."""
    parts = name.replace("\\", "/").split("/")
    return not (name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name)
