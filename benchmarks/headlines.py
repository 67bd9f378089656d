"""The figures a benchmark stands for: printed for whoever runs it, kept for whoever collects them.

``report.py`` runs all benchmarks, names a file in the environment, and reads from it what each has found.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "TWINBENEFITS_HEADLINES"


def headline(what: str, figure: str, *, beside: str = "", promise: str = "") -> None:
    """Print a figure, and keep it where somebody collects.

    Parameters
    ----------
    what
        What was measured.
    figure
        The figure with its unit.
    beside
        What it is held against in the same run, with the ratio.
    promise
        What the project promises of it, if anything.
    """
    print(" | ".join(filter(None, (what, figure, beside, promise and f"promised: {promise}"))), flush=True)
    if named := os.environ.get(VARIABLE):
        with Path(named).open("a", encoding="utf-8") as file:
            row = {"what": what, "figure": figure, "beside": beside, "promise": promise}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
