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

from twinbenefits.publishing.atomic import write_text

__all__ = ["RESULTS_VARIABLE", "csv_text", "json_text", "results_folder", "write_json"]

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


def json_text(data: Mapping[str, Any]) -> str:
    """Return JSON that reads well and is the same in every run."""
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_json(path: Path, data: Mapping[str, Any]) -> bool:
    """Write JSON unless it stands there already."""
    return write_text(path, json_text(data))


def csv_text(rows: Sequence[Sequence[str]], mark: str | None) -> str:
    """Return rows, the head first, as CSV; rows of synthetic data say so in a last column `mark`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head, *body = rows
    writer.writerow([*head, "mark"] if mark else head)
    writer.writerows([*row, mark] if mark else row for row in body)
    return out.getvalue()
