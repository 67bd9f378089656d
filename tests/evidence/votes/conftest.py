"""A small project with two workshops, one item that was reworded, and no real person in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from twinbenefits.evidence.exchange.commands import Answer
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.votes.commands import import_votes

TABLES: Mapping[str, str] = {
    "events": "event,held_on,kind,place_band,agenda_minutes,synthetic\n"
    "W1,2026-04-05,explore,,150,false\nW2,2026-09-05,confirm,,150,false\n",
    "voters": "voter,event,vertical,role_group,consent_level,synthetic\n"
    + "".join(f"W1-V{n:02d},W1,energy,operations,3,false\n" for n in range(1, 5))
    + "W2-V01,W2,energy,operations,3,false\n",
    "items": "item,version,kind,statement,refers_to,scale_set,synthetic\n"
    "I1,1,finding,It saves time.,BE1.3,agree;importance,false\n"
    "I2,1,finding,It is safe.,BE2.1,agree;importance,false\n"
    "I2,2,finding,It can be safe.,BE2.1,agree;importance,false\n"
    "I3,1,move,Train people.,ME4,importance;effort,false\n",
    "votes": "vote,event,round,voter,item,item_version,scale,value,not_my_field,recorded_on,corrects,"
    "synthetic\n"
    "T00001,W1,1,W1-V04,I1,1,agree,4,no,2026-04-05,,false\n",
    "comments": "comment,event,voter,item,text,consent_level,synthetic\n",
    "decisions": "decision,event,item,action,old_text,new_text,reason,author,decided_on,synthetic\n"
    "E1,W1,I2,reword,It is safe.,It can be safe.,Some said so.,a-1,2026-04-12,false\n",
    "questions": "question,event,text,refers_to,origin,status,synthetic\n",
}

Write = Callable[..., Path]
Import = Callable[..., Answer]


@pytest.fixture
def layout(root: Path, tmp_path: Path) -> Layout:
    """A project with small private tables."""
    folder = tmp_path / "project"
    for name in ("study", "literature"):
        shutil.copytree(root / "data" / name, folder / "data" / name)
    private = folder / "data" / "private"
    private.mkdir()
    for name, text in TABLES.items():
        (private / f"{name}.csv").write_text(text, "utf-8")
    (folder / "_quarto.yml").write_text("project:\n  type: default\n", "utf-8")
    return Layout(folder)


@pytest.fixture
def sheet(tmp_path: Path) -> Write:
    """Return a function that writes rows into a workbook."""

    def write(
        rows: Sequence[Sequence[object]], *, name: str = "votes.xlsx", title: str = "Votes", merged: str = "",
        more: Mapping[str, Sequence[Sequence[object]]] | None = None,
    ) -> Path:  # fmt: skip
        workbook = openpyxl.Workbook()
        page = workbook.worksheets[0]
        page.title = title
        for row in rows:
            page.append(list(row))
        if merged:
            page.merge_cells(merged)
        for other, lines in (more or {}).items():
            further = workbook.create_sheet(other)
            for line in lines:
                further.append(list(line))
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def bring(layout: Layout) -> Import:
    """Return a function that imports a file into the small project."""

    def run(file: Path, workshop: str = "W1", round_number: int = 1, **options: bool) -> Answer:
        return import_votes(layout, file, workshop=workshop, round_number=round_number, **options)

    return run


def state(layout: Layout) -> dict[str, bytes]:
    """Return what stands in the private folder."""
    return {
        p.relative_to(layout.private).as_posix(): p.read_bytes()
        for p in layout.private.rglob("*")
        if p.is_file()
    }


@pytest.fixture
def standing(layout: Layout) -> Callable[[], dict[str, bytes]]:
    """Return a function that returns what stands in the private folder."""
    return lambda: state(layout)
