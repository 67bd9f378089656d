"""Open SQLite files from elsewhere without trusting them: read only, no views or triggers, time capped."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from twinbenefits.evidence.exchange.archives import MEMBER_LIMIT
from twinbenefits.evidence.exchange.report import Log

__all__ = ["Database"]

SECONDS = 120
"""No project takes longer to read."""
STEPS_BETWEEN_LOOKS = 100_000


class Database:
    """A SQLite file whose tables can be read.

    Parameters
    ----------
    content
        The file, or its bytes (from an archive).
    log
        Where problems are noted.

    Raises
    ------
    EvidenceError
        If the file is damaged, or its program has not finished writing it.
    """

    def __init__(self, content: Path | bytes, log: Log) -> None:
        self._log = log
        if isinstance(content, Path):
            _refuse_unfinished(content, log)
            self._connection = sqlite3.connect(f"{content.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        else:
            self._connection = sqlite3.connect(":memory:")
            self._connection.deserialize(content)
        self._connection.text_factory = self._decode
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MEMBER_LIMIT)
        end = time.monotonic() + SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_LOOKS)
        try:
            for setting in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
                self._connection.execute(f"PRAGMA {setting}")
            sound = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            names = self._connection.execute("SELECT name, type FROM sqlite_master").fetchall()
        except (sqlite3.Error, UnicodeError):
            sound, names = "damaged", []
        if sound != "ok":
            self.close()
            raise log.stop(
                "the database is damaged",
                "Open it in the program it comes from, and save a copy; then import the copy.",
            )
        self.tables = frozenset(name for name, kind in names if kind == "table")

    def columns(self, table: str) -> frozenset[str]:
        """Return the names of a table's columns."""
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
        return frozenset(row[0] for row in rows)

    def rows(self, table: str, wanted: Collection[str], order: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table; a table or column that is missing counts as empty.

        Parameters
        ----------
        table, wanted, order
            Names known to this program, never from the file.
        """
        if table not in self.tables:
            return
        there = self.columns(table)
        chosen = [name if name in there else f"NULL AS {name}" for name in wanted]
        sql = f"SELECT {', '.join(chosen)} FROM {table} ORDER BY {order}"
        try:
            with closing(self._connection.execute(sql)) as cursor:
                for row in cursor:
                    yield dict(zip(wanted, row, strict=True))
        except (sqlite3.Error, UnicodeError) as error:
            raise self._log.stop(
                f"the table cannot be read ({error})",
                "Open the project in the program it comes from, and save a copy; then import the copy.",
                place=f"table {table}",
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _decode(self, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            self._log.tolerate("text that is not UTF-8 was read with marks in place of its lost letters")
            return content.decode("utf-8", errors="replace")


def _refuse_unfinished(path: Path, log: Log) -> None:
    """Refuse a file whose latest changes stand in another file beside it."""
    for suffix in ("-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.is_file() and beside.stat().st_size:
            raise log.stop(
                "the project is open in its program, and the latest changes are not in the file yet",
                "Close the program, then import again.",
                value=beside.name,
            )
