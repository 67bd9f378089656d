"""A project with the study's own kit; its edition is put there instead of built, which takes seconds."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from twinbenefits.publishing.claims_marks import CLAIMS_FILE, EVIDENCE_PAGE, staged_claims
from twinbenefits.workflow import kit
from twinbenefits.workflow.progress import Report
from twinbenefits.workflow.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
COPIED = ("_extensions", "kit", "slides", "references", "data/study", "data/literature", "data/demo")
FILES = ("_quarto.yml", "requirements.lock", "dodo.py")
STAGED = re.compile(r"\.\./_staged/([\w-]+\.md)")
VALUE = re.compile(r"\{\{<\s*var\s+([\w-]+)\s*>\}\}")


def kit_project(folder: Path, *, event: str = "W2", voters: int = 2) -> Settings:
    """Copy the project to a folder, with so few voters of one workshop, and no case, vote or comment."""
    for name in COPIED:
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("sources"))
    for name in FILES:
        shutil.copyfile(PROJECT / name, folder / name)
    demo = folder / "data/demo"
    kept = [row for row in rows(demo / "voters.csv") if row["event"] == event][:voters]
    write(demo / "voters.csv", kept)
    for path in demo.glob("*.csv"):
        if path.stem not in ("events", "items", "decisions", "questions", "voters"):
            write(path, [])
    return Settings(root=folder, audience="workshop", engine="embedded")


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def write(path: Path, content: Iterable[dict[str, str]]) -> None:
    """Replace the rows of a table, keeping its header."""
    header = path.read_text("utf-8").splitlines()[0].split(",")
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(content)
    path.write_text(out.getvalue(), "utf-8")


def put_edition(settings: Settings, **_: object) -> int:
    """Lay the sources and something for every value and display they name where a build would.

    Publishing takes kits of an earlier edition away, as a build does; here the one of the third workshop.
    """
    shutil.rmtree(settings.output / "kit" / "W3", ignore_errors=True)
    workspace = settings.workspace
    for name in ("_extensions", "kit", "slides", "references"):
        shutil.copytree(settings.root / name, workspace / name, dirs_exist_ok=True)
    shutil.copyfile(settings.root / "_quarto.yml", workspace / "_quarto.yml")
    text = "\n".join(
        path.read_text("utf-8") for folder in ("kit", "slides") for path in (workspace / folder).glob("*.qmd")
    )
    staged = workspace / "_staged"
    staged.mkdir(exist_ok=True)
    for name in set(STAGED.findall(text)):
        (staged / name).write_text("Here stands a display.\n", "utf-8")
    (staged / CLAIMS_FILE).write_text(staged_claims({}, [], EVIDENCE_PAGE), "utf-8")
    (staged / "references.bib").write_text("", "utf-8")
    values = "".join(f"{name}: some\n" for name in sorted(set(VALUE.findall(text))))
    (workspace / "_variables.yml").write_text(values or "{}\n", "utf-8")
    return 0


class Said(Report):
    """Keeps what a command says."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def make(settings: Settings, event: str, *, force: bool = False) -> tuple[int, str]:
    """Make a kit on the edition that is put there; return its status and what was said."""
    said = Said()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit, "build", put_edition)
        status = kit.make_kit(settings, event, force=force, report=said)
    return status, said.text


DECK = """---
title: Boats
date: 2026-11-01
format:
  revealjs: default
  pptx: default
---

{{< include to-vote.qmd >}}
"""


def only(settings: Settings, *sources: str) -> None:
    """Leave only some documents in the plan and a short deck, so that a refusal comes soon."""
    (settings.layout.slides / "workshop-1.qmd").write_text(DECK, "utf-8")
    path = settings.root / "kit/kit.yml"
    text = path.read_text("utf-8")
    head, _, rest = text.partition("documents:\n")
    documents, _, after = rest.partition("\n# The agenda")
    entries = re.findall(r"  - source: .*?(?=  - source:|\Z)", documents + "\n", re.DOTALL)
    chosen = [entry for entry in entries if entry.split()[2] in sources]
    path.write_text(f"{head}documents:\n{''.join(chosen)}\n# The agenda{after}", "utf-8")
