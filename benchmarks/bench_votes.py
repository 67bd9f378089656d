"""How fast do votes come in? 5,000 marks of 125 voters, typed into the form, from the file to the tables.

Run it with ``python benchmarks/bench_votes.py``; promised are 3 seconds of CPU in this process.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import openpyxl
import pandas as pd
from headlines import headline

from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.votes.commands import form_of, import_votes

VOTERS, MARKS = 125, 5_000
TABLES = ("events", "voters", "items", "votes", "comments", "decisions", "questions")


def project(folder: Path, voters: int) -> Layout:
    """Return a project whose private tables are the invented ones, with one more workshop."""
    root = find_root(Path(__file__).parent)
    for name in ("study", "literature"):
        shutil.copytree(root / "data" / name, folder / "data" / name)
    (folder / "_quarto.yml").write_text("project:\n  type: default\n", "utf-8")
    private = folder / "data" / "private"
    private.mkdir()
    frames = {
        name: pd.read_csv(root / "data" / "demo" / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLES
    }
    event = {"event": "W9", "held_on": "2026-11-10", "kind": "confirm", "agenda_minutes": "150"}
    frames["events"] = pd.concat([frames["events"], pd.DataFrame([event])])
    people = pd.DataFrame({"voter": [f"W9-V{n:03d}" for n in range(voters)]})
    people = people.assign(event="W9", vertical="energy", role_group="operations", consent_level="3")
    frames["voters"] = pd.concat([frames["voters"], people])
    for name, frame in frames.items():
        frame.fillna("").assign(synthetic="false").to_csv(private / f"{name}.csv", index=False)
    return Layout(folder)


def fill_in(path: Path, voters: int) -> int:
    """Type a mark into every cell, up to the number promised; return how many."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Votes"]
    typed = 0
    for row in range(4, voters + 4):
        for column in range(2, sheet.max_column + 1):
            if typed < MARKS:
                sheet.cell(row, column, 1 + (row + column) % 3)
                typed += 1
    workbook.save(path)
    return typed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voters", type=int, default=VOTERS)
    voters = parser.parse_args().voters
    with tempfile.TemporaryDirectory() as folder:
        layout = project(Path(folder), voters)
        form = Path(folder) / "votes.xlsx"
        form_of(layout, "private", "W9", 1, form)
        typed = fill_in(form, voters)
        for apply in (False, True):
            own = time.process_time()
            answer = import_votes(layout, form, workshop="W9", round_number=1, apply=apply)
            own = time.process_time() - own
            done = "written" if answer.content["applied"] else "dry run"
            marks = answer.content["new"]["votes"]
            headline(
                f"a form of {voters} voters, {done}",
                f"{own:.2f} s CPU",
                promise="at most 3 s for 5,000 marks",
                beside=f"{marks:,} of {typed:,} marks; {1e6 * own / typed:.0f} microseconds each",
            )


if __name__ == "__main__":
    main()
