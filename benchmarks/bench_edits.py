"""After an edit, what is made again, and how long does it take?

Run it with ``python benchmarks/bench_edits.py``. A copy of the project is built once; then one thing after
another is edited in it, as an author would, and built again. Times are those of the whole command, with the
start of Python. Beside each stands its share of the first build.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench_kernels import copy_of_the_project
from headlines import headline

DONE = re.compile(r"^(run notebook|render|stage|write|scan|publish)\b(.*?): .*?\d s$", re.MULTILINE)
PAPER = ("render", "paper/index.qmd", "--to", "html")


@dataclass(frozen=True)
class Made:
    """What one command made again, and what it cost."""

    cpu: float
    wall: float
    notebooks: int
    documents: int

    def __str__(self) -> str:
        return f"{self.wall:.1f} s wall, {self.cpu:.1f} s CPU"


def build(root: Path, *command: str) -> Made:
    """Run a command of the project, `build` by default."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "twinbenefits", *(command or ("build",))],
        cwd=root,
        env={**environment, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"The build failed:\n{run.stdout}{run.stderr}")
    done = [match[1] for match in DONE.finditer(run.stdout + run.stderr)]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Made(cpu, wall, done.count("run notebook"), done.count("render"))


# -- edits


def append(path: Path, text: str) -> None:
    """Add a line at the end of a source."""
    path.write_text(f"{path.read_text('utf-8')}\n{text}\n", "utf-8")


def edit_cell(path: Path, kind: str, added: str) -> None:
    """Add a line to the last cell of a kind."""
    content = json.loads(path.read_text("utf-8"))
    cell = [cell for cell in content["cells"] if cell["cell_type"] == kind][-1]
    cell["source"] = "".join(cell["source"]) + f"\n\n{added}"
    path.write_text(json.dumps(content), "utf-8")


def change(path: Path, row: int, column: str, values: tuple[str, str]) -> None:
    """Change one cell of a table to the first of two values that it does not hold."""
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index(column)
    rows[row][place] = values[rows[row][place] == values[0]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def edits(root: Path) -> list[tuple[str, Callable[[], None], tuple[str, ...], str]]:
    """Return what is edited: in words, how, the command then, and what is promised."""
    notebooks, codings = root / "notebooks", root / "data/demo/codings.csv"
    sentence = "This sentence was added."
    nothing: Callable[[], None] = lambda: None  # noqa: E731
    return [
        ("nothing", nothing, (), "≤ 0.5 s CPU"),
        (
            "a sentence of the paper, html alone",
            lambda: append(root / "paper/background.qmd", sentence),
            PAPER,
            "≤ 1.5 s wall",
        ),
        (
            "a sentence of the paper, all formats, published",
            lambda: append(root / "paper/background.qmd", sentence),
            (),
            "",
        ),
        (
            "a Markdown cell of notebook 01",
            lambda: edit_cell(notebooks / "01_literature_tables.ipynb", "markdown", sentence),
            (),
            "",
        ),
        (
            "a comment in a code cell of notebook 05",
            lambda: edit_cell(notebooks / "05_workshop_validation.ipynb", "code", "# a comment"),
            (),
            "",
        ),
        (
            "one row of the literature (a caveat of an effect)",
            lambda: change(root / "data/literature/effects.csv", 1, "caveat", ("A caveat.", "Another.")),
            (),
            "",
        ),
        (
            "one coding's strength",
            lambda: change(codings, 1, "strength", ("1", "2")),
            (),
            "≤ 8 s wall",
        ),
        (
            "the same coding, back to what it was",
            lambda: change(codings, 1, "strength", ("1", "2")),
            (),
            "≤ 8 s wall",
        ),
        (
            "another coding's code, which shows in figures and documents",
            lambda: change(codings, 3, "code", ("BE2.4", "BE2.3")),
            (),
            "",
        ),
    ]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="the first build and no edit but the first")
    smoke = parser.parse_args().smoke
    with tempfile.TemporaryDirectory(prefix="edits-") as name:
        root = copy_of_the_project(Path(name) / "project")
        first = build(root)
        headline(
            "the first build", str(first), beside=f"{first.notebooks} notebooks, {first.documents} documents"
        )
        for what, edit, command, promise in edits(root)[: 1 if smoke else None]:
            edit()
            made = build(root, *command)
            share = (
                f"{made.notebooks} notebooks, {made.documents} documents; {made.wall / first.wall:.0%} of it"
            )
            headline(f"edited: {what}", str(made), beside=share, promise=promise)


if __name__ == "__main__":
    main()
