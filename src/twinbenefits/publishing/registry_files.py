"""The registry's files: one folder per notebook, every file written only when its bytes change."""

from __future__ import annotations

import atexit
import csv
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twinbenefits.publishing.atomic import write_bytes, write_text

__all__ = ["RESULTS_VARIABLE", "Records", "csv_text", "results_folder"]

RESULTS_VARIABLE = "TWINBENEFITS_RESULTS"


def results_folder() -> tuple[Path, bool]:
    """Return the folder for results, and whether it is the build's.

    Only the build writes results that are published: it names the folder in the environment variable
    `TWINBENEFITS_RESULTS`. A notebook that is run by hand writes to a temporary folder, and says so.
    """
    named = os.environ.get(RESULTS_VARIABLE)
    if named:
        return Path(named), True
    folder = Path(tempfile.mkdtemp(prefix="twinbenefits-results-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    print(
        "Results of this run go to a temporary folder: only the build (make paper) writes what is published.",
        file=sys.stderr,
    )
    return folder, False


class Records:
    """What is kept about a notebook's results, on disk as soon as it is registered.

    Parameters
    ----------
    folder
        The notebook's folder.
    edition
        For whom the results are and from which evidence: ``edition.json``.
    origin
        What holds for every result, for ``provenance.json``.
    alone
        Whether nobody reads the folder before the notebook has ended, as in a build.
    """

    def __init__(
        self, folder: Path, edition: Mapping[str, Any], origin: Mapping[str, Any], alone: bool = False
    ) -> None:
        self.folder, self._alone = folder, alone
        self._origin = {name: _indented(_json(value)) for name, value in origin.items()}
        self._inputs: dict[str, str] = {}
        self._results: dict[str, str] = {}
        self._kept: dict[str, dict[str, str]] = {"values": {}, "displays": {}, "disclosure": {}}
        self._put("edition.json", _json(edition))
        for kind in self._kept:
            self._write(kind)

    def keep(self, kind: str, name: str, record: Mapping[str, Any]) -> None:
        """Keep a record of a value or of a display."""
        self.keep_json(kind, name, _json(record))

    def keep_json(self, kind: str, name: str, record: str) -> None:
        """Keep a record that is written as JSON already, such as the counts that a display discloses."""
        self._kept[kind][name] = _indented(record)
        self._write(kind)

    def keep_origin(self, part: str, cell: Mapping[str, Any], inputs: Mapping[str, str | None]) -> None:
        """Keep where a result comes from: its cell, and its tables with the digests of their files."""
        self._inputs |= {table: _json(digest) for table, digest in inputs.items()}
        self._results[part] = _indented(_json({"cell": cell, "inputs": sorted(inputs)}))
        nested = {"inputs": _object(self._inputs), "results": _object(self._results)}
        parts = {**self._origin, **{name: _indented(part) for name, part in nested.items()}}
        self._put("provenance.json", _object(parts))

    def save(self, files: Mapping[str, str | bytes]) -> None:
        """Write the files of a display, named relative to the folder."""
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode("utf-8")
            write_bytes(self.folder / name, data)

    def _write(self, kind: str) -> None:
        self._put(f"{kind}.json", _object(self._kept[kind]))

    def _put(self, name: str, text: str) -> None:
        path = self.folder / name
        if self._alone:  # many file systems go to the disk at once when a file takes the place of another
            path.unlink(missing_ok=True)
        write_text(path, text + "\n")


def csv_text(rows: Sequence[Sequence[str]], mark: str | None) -> str:
    """Return rows, the head first, as CSV; rows of synthetic data say so in a last column `mark`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head, *body = rows
    writer.writerow([*head, "mark"] if mark else head)
    writer.writerows([*row, mark] if mark else row for row in body)
    return out.getvalue()


def _json(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # with an indent, even a word takes the slow way
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _object(parts: Mapping[str, str]) -> str:
    """Return a JSON object of parts that are indented JSON already, as if `_json` had written it in one go.

    A notebook registers a hundred results one by one; encoding all of them anew each time would take longer
    than computing them.
    """
    if not parts:
        return "{}"
    lines = (f"  {json.dumps(name, ensure_ascii=False)}: {part}" for name, part in sorted(parts.items()))
    return "{\n" + ",\n".join(lines) + "\n}"


def _indented(part: str) -> str:
    return part.replace("\n", "\n  ")
