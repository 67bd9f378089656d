"""Tell by its content what a file is, whatever it is called, and have it read."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from twinbenefits.evidence.exchange.archives import MEMBER_LIMIT, SafeArchive
from twinbenefits.evidence.exchange.databases import Database
from twinbenefits.evidence.exchange.project import Project
from twinbenefits.evidence.exchange.report import ImportReport, Log

__all__ = ["is_bibliography", "read_project"]

UNDERSTOOD = (
    "a REFI-QDA project (.qdpx, .qde) or codebook (.qdc), a QualCoder project, a Taguette project (SQLite), "
    "an Excel workbook (.xlsx), or a CSV file"
)
EXPORT = (
    "Export it as a REFI-QDA project (.qdpx): in NVivo Share, Export Project, REFI-QDA Project; ATLAS.ti and "
    "MAXQDA offer the same format where they export a project."
)
_BIBLIOGRAPHY = re.compile(rb"\s*(@\w+\s*[{(]|TY {1,2}- |\[\s*\{|\{\s*\")")


def read_project(path: Path | str) -> tuple[Project, ImportReport]:
    """Read a coded project, whatever program it comes from.

    Parameters
    ----------
    path
        A file, or the folder of a QualCoder project. What it is shows by its content, not by its name.

    Returns
    -------
    tuple
        The project, and the report of what was read, tolerated and left out. Nothing is written anywhere.

    Raises
    ------
    EvidenceError
        With every reason why the file is refused: where it stands, what is expected and what to do.
    """
    path = Path(path)
    log = Log(path.name)
    if path.is_dir():
        return _read_folder(path, log)
    head = _head(path, log)
    if head.startswith(b"PK"):
        return _read_zip(path, log)
    if head.startswith(b"SQLite format 3\x00"):
        return _read_database(Database(path, log), log)
    if path.stat().st_size > MEMBER_LIMIT:
        raise log.stop(f"the file is larger than {MEMBER_LIMIT // 2**20} MB", "Export the project in pieces.")
    content = path.read_bytes()
    text = _without_mark(head)
    if text.lstrip().startswith(b"<"):
        return _read_markup(path, content, log)
    _refuse_other_kinds(head, log)
    from twinbenefits.evidence.exchange.sheets import read_sheets
    from twinbenefits.evidence.exchange.text_tables import read_text_table

    return read_sheets([read_text_table(content, log)], "CSV file", log)


def is_bibliography(path: Path) -> bool:
    """Return whether a file looks like BibTeX, RIS or CSL-JSON.

    Raises
    ------
    EvidenceError
        If the file cannot be read.
    """
    if path.is_dir():
        return False
    head = _without_mark(_head(path, Log(path.name)))
    lines = [line for line in head.splitlines() if not line.lstrip().startswith(b"%")]
    return bool(_BIBLIOGRAPHY.match(b"\n".join(lines)))


def _head(path: Path, log: Log) -> bytes:
    """Return the beginning of a file."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise log.stop("there is no such file", "Check the name and the folder.") from None
    except OSError as error:
        raise log.stop(
            f"the file cannot be read ({error.strerror})", "Close it elsewhere and check its rights."
        ) from None
    if not head.strip():
        raise log.stop("the file is empty", "Export it again, or copy it again if it came by mail.")
    return head


def _without_mark(head: bytes) -> bytes:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _read_folder(path: Path, log: Log) -> tuple[Project, ImportReport]:
    base = path / "data.qda"
    if base.is_file():
        head = _head(base, log)
        if not head.startswith(b"SQLite format 3\x00"):
            raise log.stop(
                "data.qda in this folder is not a database", "Export the project again from QualCoder."
            )
        return _read_database(Database(base, log), log)
    files = [one for one in sorted(path.iterdir()) if one.suffix.lower() == ".qde" and one.is_file()]
    if len(files) == 1:
        log.tolerate("an unpacked project was read from its folder", files[0].name)
        return _read_markup(files[0], files[0].read_bytes(), log)
    raise log.stop(
        "the folder holds neither a QualCoder project (data.qda) nor an unpacked REFI-QDA project",
        "Name the file itself, or the folder of the QualCoder project.",
    )


def _read_markup(path: Path, content: bytes, log: Log) -> tuple[Project, ImportReport]:
    from twinbenefits.evidence.exchange.refi_markup import root_name
    from twinbenefits.evidence.exchange.refi_reading import read_codebook_markup, read_project_markup
    from twinbenefits.evidence.exchange.refi_texts import Texts

    root = root_name(content, log)
    if root == "Project":
        return read_project_markup(content, log, Texts.of_folder(path.absolute().parent, log))
    if root == "CodeBook":
        return read_codebook_markup(content, log)
    raise log.stop(
        f"the file is XML and begins with {root}, not with Project or CodeBook", EXPORT, value=root
    )


def _read_zip(path: Path, log: Log) -> tuple[Project, ImportReport]:
    archive = SafeArchive(path, log)
    try:
        if "xl/workbook.xml" in archive.names or "[Content_Types].xml" in archive.names:
            return _read_office(archive, path, log)
        if archive.find(lambda name: name.suffix.lower() == ".qde"):
            from twinbenefits.evidence.exchange.refi_reading import read_archive

            return read_archive(archive, log)
        for suffix in (".qda", ".sqlite3", ".qdc"):
            found = archive.find(lambda name, suffix=suffix: name.suffix.lower() == suffix)  # type: ignore[misc]
            if len(found) == 1:
                log.tolerate("the project was read from inside a zip archive", found[0])
                return _read_packed(archive.read(found[0]), suffix, log)
        what = next((said for mark, said in OTHER_ARCHIVES.items() if mark in archive.names), "a zip archive")
        raise log.stop(f"the file is {what}, not {UNDERSTOOD}", EXPORT)
    finally:
        archive.close()


OTHER_ARCHIVES = {
    "mimetype": "an OpenDocument file",
    "Index/Document.iwa": "an Apple Numbers file",
    "META-INF/manifest.xml": "an OpenDocument file",
}


def _read_office(archive: SafeArchive, path: Path, log: Log) -> tuple[Project, ImportReport]:
    if "xl/workbook.xml" in archive.names:
        from twinbenefits.evidence.exchange.sheets import read_sheets
        from twinbenefits.evidence.exchange.workbooks import read_workbook

        return read_sheets(read_workbook(path, archive, log), "Excel workbook", log)
    if "xl/workbook.bin" in archive.names:
        raise log.stop("the file is a binary Excel workbook (.xlsb)", "Save it as .xlsx.")
    kind = "a Word document" if "word/document.xml" in archive.names else "an Office file that is no workbook"
    raise log.stop(f"the file is {kind}, not {UNDERSTOOD}", EXPORT)


def _read_packed(content: bytes, suffix: str, log: Log) -> tuple[Project, ImportReport]:
    if suffix == ".qdc":
        from twinbenefits.evidence.exchange.refi_reading import read_codebook_markup

        return read_codebook_markup(content, log)
    if not content.startswith(b"SQLite format 3\x00"):
        raise log.stop("the part inside the archive is not a database", EXPORT)
    return _read_database(Database(content, log), log)


def _read_database(base: Database, log: Log) -> tuple[Project, ImportReport]:
    from twinbenefits.evidence.exchange import qualcoder, taguette

    try:
        if base.tables >= qualcoder.TABLES:
            return qualcoder.read_qualcoder(base, log)
        if base.tables >= taguette.TABLES:
            return taguette.read_taguette(base, log)
        known = ", ".join(sorted(base.tables)[:5])
        raise log.stop(
            "the file is a database, but neither of QualCoder nor of Taguette", EXPORT, value=known or None
        )
    finally:
        base.close()


def _refuse_other_kinds(head: bytes, log: Log) -> None:
    """Refuse files that are known and not understood, each with its own way out."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise log.stop(
            "the file is an old Excel workbook (.xls), an NVivo project, or a workbook with a password",
            f"Save a workbook as .xlsx without a password. From NVivo: {EXPORT[:1].lower()}{EXPORT[1:]}",
        )
    if head.startswith(b"%PDF"):
        raise log.stop("the file is a PDF document, which holds no codings", EXPORT)
    if head.startswith((b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise log.stop(f"the file is not {UNDERSTOOD}", EXPORT)
    if _BIBLIOGRAPHY.match(_without_mark(head)):
        raise log.stop(
            "the file is a bibliography, not a coded project",
            "Import it as references: the command tells which of the study's works it holds.",
        )
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise log.stop(f"the file is not {UNDERSTOOD}", EXPORT)
