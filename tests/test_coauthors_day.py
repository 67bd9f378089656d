"""A co-author's day: the tables filled in by hand, coded interviews brought in, the edition for the team."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.exchange.commands import export_coding_sheet
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.simulation.truth import Shape

FILLED_IN = ("cases", "use_cases", "sessions", "participants", "permissions", "objectives")
"""What people write down themselves; the rest comes from the program they code in."""

COUNTED = """
segments = study.table("segments")
n = len(segments)
about = Basis(5, 9, 9, 1)
counted = Result(
    segments[["segment"]].assign(cases=5, persons=9, sources=9, level=6),
    inputs=("segments",),
    cells=Cells(("segment",), ()),
    scalars={"passages": Scalar(n, n=n, basis=about)},
)
results.value("passages", release(counted, study))
"""
PAPER = """---
title: Passages
format:
  html: default
---

# Results {.results}

There are {{< var passages >}} passages.
"""


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twinbenefits", *arguments],
        env={**os.environ, "TWINBENEFITS_ROOT": str(root), "TWINBENEFITS_AS_OF": "2026-11-01"},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the tables that people fill in, and beside it a workbook with the coded interviews."""
    spec = importlib.util.spec_from_file_location("canary_study", Path(__file__).with_name("canary_study.py"))
    assert spec is not None
    assert spec.loader is not None
    study = importlib.util.module_from_spec(spec)
    sys.modules["canary_study"] = study
    spec.loader.exec_module(study)
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "project"
    study.make(elsewhere, Shape(segments=60), share=0.5)
    export_coding_sheet(Layout(elsewhere), tmp_path / "interviews.xlsx")
    shutil.copytree(elsewhere, root, ignore=shutil.ignore_patterns("private"))
    begun = run(root, "private", "init")
    assert begun.returncode == 0, begun.stderr
    assert "data/private/GUIDE.md" in begun.stdout
    refused = run(root, "build", "--evidence", "private", "--audience", "team")
    assert refused.returncode == 1
    assert "data/private/forbidden.txt: the list holds no word" in refused.stderr
    for name in (*FILLED_IN, "forbidden"):
        suffix = "txt" if name == "forbidden" else "csv"
        shutil.copy(elsewhere / f"data/private/{name}.{suffix}", root / "data/private")
    notebook = json.loads((root / "notebooks/01_canaries.ipynb").read_text("utf-8"))
    notebook["cells"][4:] = [{**notebook["cells"][4], "id": "counted", "source": COUNTED}]
    (root / "notebooks/01_canaries.ipynb").write_text(json.dumps(notebook), "utf-8")
    (root / "paper/index.qmd").write_text(PAPER, "utf-8")
    (root / "slides/workshop-1.qmd").write_text(PAPER.replace("html", "revealjs"), "utf-8")
    permissions = pd.read_csv(root / "data/private/permissions.csv", dtype=str)
    kept = permissions[permissions["item"].isin(["vertical", "ratings", "benefit_states", "quotes"])]
    kept.to_csv(root / "data/private/permissions.csv", index=False, lineterminator="\n")
    return root


@pytest.mark.long
def test_coded_interviews_come_in_and_the_team_reads_what_they_say(project: Path) -> None:
    workbook = str(project.parent / "interviews.xlsx")
    before = sorted(path.name for path in (project / "data/private").iterdir())
    looked = run(project, "import", workbook, "--dry-run")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "Nothing was written: this was a dry run." in looked.stdout
    assert sorted(path.name for path in (project / "data/private").iterdir()) == before

    brought = run(project, "import", workbook)
    assert brought.returncode == 0, brought.stdout + brought.stderr
    tables = load_tables(Layout(project), "private", ["segments", "codings", "coders"])
    assert len(tables["segments"]) == 60
    assert not tables["codings"].empty
    assert not tables["segments"]["synthetic"].any()
    again = json.loads(run(project, "import", workbook, "--json").stdout)
    assert again["applied"] == []

    built = run(project, "build", "--evidence", "private", "--audience", "team")
    assert built.returncode == 0, built.stdout + built.stderr
    paper = project / "_output/private/team/paper/index.html"
    page = paper.read_text("utf-8")
    total = int((tables["segments"]["consent_level"] >= 1).sum())
    assert f"There are {total} passages" in page
    assert "synthetic" not in page

    source = str(tables["segments"]["source"].iloc[0])
    left = load_tables(Layout(project), "private", ["segments"])["segments"]
    counted = int(((left["source"] != source) & (left["consent_level"] >= 1)).sum())
    withdrawn = run(project, "withdraw", "--source", source)
    assert withdrawn.returncode == 0, withdrawn.stdout + withdrawn.stderr
    assert "deleted _output/private/" in withdrawn.stdout
    assert "Edition for team: built anew" in withdrawn.stdout
    assert f"→ {counted}" in withdrawn.stdout
    assert "Out of reach" in withdrawn.stdout
    assert f"There are {counted} passages" in paper.read_text("utf-8")
