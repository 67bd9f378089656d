"""A study of bakeries with claims of its own, from literature and cases, and all that carries them."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Basis, Cells
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.release import release
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.evidence_page import write_evidence_page
from twinbenefits.publishing.registry import Results
from twinbenefits.publishing.render import render
from twinbenefits.publishing.stage import stage

ROOT = Path(__file__).resolve().parents[2]
CASE_TABLES = ("cases", "sources", "segments", "codings", "codebook")
LEDGER = """
claims:
- id: C01
  wording: There are {propositions_total} propositions on ovens.
  where: [paper/index.qmd#sec-ovens]
  rests_on: {propositions: [P01], references: [Roe2001]}
  against: More could be written.
  holds_if: propositions_total > 1
  confidence:
    methodological_limitations: {steps: 0, reason: Counted., author: demo-1, date: 2030-01-02}
    coherence: {steps: 1, reason: Two readings., author: demo-1, date: 2030-01-02}
    adequacy: {steps: 0, reason: All read., author: demo-1, date: 2030-01-02}
    relevance: {steps: 0, reason: Ours., author: demo-1, date: 2030-01-02}
- id: C02
  wording: Hours are gained in {companies_hours} of the companies.
  where: [paper/index.qmd#sec-ovens]
  rests_on: {displays: [hours], codes: [time.hours, teach], propositions: [P01]}
  against: Three companies are few.
  holds_if: companies_hours > 1
  cases: companies_hours
  confidence: null
  workshop: I1
- id: C03
  wording: One company gains {hours_of_one} hours.
  where: [paper/index.qmd#sec-ovens]
  rests_on: {propositions: [P02]}
  against: Nobody else was asked.
  holds_if: hours_of_one > 1
  cases: companies_hours
  confidence: null
"""
PAPER = """---
title: Ovens
abstract: |
  We look at ovens. [There are propositions on ovens.]{.claim key=C01}
format:
  html: default
---

# Ovens {#sec-ovens}

{{< include more.qmd >}}
"""
MORE = """[There are {{< var propositions_total >}} propositions.]{.claim key=C01} This stays.
[Hours are gained in {{< var companies_hours >}} of the companies.]{.claim key=C02}

- [One company gains {{< var hours_of_one >}} hours.]{.claim key=C03}
- This item stays.

[One company gains {{< var hours_of_one >}} hours, too.]{.claim key=C03}

{{< include ../_staged/tbl-hours.md >}}
"""
SLIDES = """---
title: Ovens
format: revealjs
---

## Ovens

[There are {{< var propositions_total >}} propositions.]{.claim key=C01}
"""
LITERATURE: Mapping[str, str] = {
    "references.csv": "key,cited_as,year,status,why,author_decision,settled_doi\n"
    "Roe2001,Roe 2001,2001,verified,found,,\nDoe2002,Doe 2002,2002,candidate,two fit,,\n",
    "mentions.csv": "mention_id,table,row_id,position,as_written,key\nM01,benefits,B1,1,Doe 2002,Doe2002\n",
    "benefit_codes.csv": "row_id,column,code,as_written,note\nB1,benefits,time.hours,hours,\n",
}


def write_toy(root: Path) -> Layout:
    """Write the study, its literature, its paper and its claims into an empty folder."""
    layout: Layout = runpy.run_path(str(ROOT / "tests/toy_evidence.py"))["toy_study"](root)
    project = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))
    project["project"] = {"type": "default", "render": ["index.qmd", "paper/index.qmd", "slides/ovens-*.qmd"]}
    texts = {
        "_quarto.yml": yaml.safe_dump(project),
        "index.qmd": "---\ntitle: Start\nformat:\n  html: default\n---\n\nStart.\n",
        "paper/index.qmd": PAPER,
        "paper/more.qmd": MORE,
        "slides/ovens-1.qmd": SLIDES,
        "paper/claims.yml": LEDGER,
        "references/references.bib": "@book{Roe2001, author = {Roe, A.}, title = {Bread}, year = {2001}}\n",
        "data/study/displays.csv": "id,kind,display\nhours,table,Hours\n",
        **{f"data/literature/{name}": text for name, text in LITERATURE.items()},
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    shutil.copytree(ROOT / "_extensions", root / "_extensions")
    return layout


def register(layout: Layout, audience: str, monkeypatch: object) -> None:
    """Register what a notebook would, for one audience."""
    monkeypatch.setenv("TWINBENEFITS_RESULTS", str(layout.results(audience, "demo")))  # type: ignore[attr-defined]
    study = Study.open(layout.root, "demo", audience, [*CASE_TABLES, "propositions"])
    results = Results.for_notebook("01_ovens", study)
    propositions = study.table("propositions")
    counted = Result(propositions, inputs=("propositions",), scalars={"n": Scalar(len(propositions))})
    results.value("propositions_total", release(counted, study), of="n")
    votes = pd.DataFrame({"Item": ["I1", "I2"], "Votes": ["7", "9"], "Median": ["5", ""], "Mark": ["x", "x"]})
    results.table("consensus", votes, of=release(counted, study), caption="Votes", extra=True)
    one = next(iter(study.case_names))
    table = pd.DataFrame(
        {"code": ["time.hours"], "companies": [3], "cases": 3, "persons": 9, "sources": 9, "level": 5}
    )
    hours = Result(
        table,
        inputs=CASE_TABLES,
        cells=Cells(("code",), ("companies",)),
        scalars={
            "companies_hours": Scalar(3, basis=Basis(3, 9, 9, 5)),
            "hours_of_one": Scalar(4, basis=Basis(1, 4, 4, 2, about=one)),
        },
    )
    released = release(hours, study)
    for name in ("companies_hours", "hours_of_one"):
        results.value(name, released)
    shown = released.table[["code", "companies"]].astype(str)
    results.table("hours", shown, of=released, caption="Hours gained", extra=True)


def publish(layout: Layout, audience: str) -> Path:
    """Stage, render the paper and write the evidence page; return the folder of the edition."""
    out, workspace = layout.root / "out" / audience.replace(":", "-"), layout.root / "workspace" / audience
    for name in ("_quarto.yml", "index.qmd", "_extensions", "paper", "slides", "references"):
        source, target = layout.root / name, workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    stage(layout.root, audience, "demo", workspace)
    for source, to in (
        ("index.qmd", "html"),
        ("paper/index.qmd", "html"),
        ("slides/ovens-1.qmd", "revealjs"),
    ):
        made = out / Path(source).with_suffix(".html")
        made.parent.mkdir(parents=True, exist_ok=True)
        render(workspace, source, to, made, engine="embedded", epoch=1767225600)
    write_evidence_page(layout.root, audience, "demo", out)
    return out
