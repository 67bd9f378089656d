"""After an edit staging says and writes what it would say and write if everything were checked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.analysis.result import Scalar
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing import stage as staging
from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.stage_again import LastStaging

PAPER = """---
title: "Boats"
---

# Method {#sec-method}

We had 45 boats. {{< include part.qmd >}}

# Findings {.results}

All {{< var boats_total >}} boats [@Noah1900]. [Most are blue.]{.claim key=C01}

{{< include other.qmd >}}

{{< include ../_staged/tbl-d01.md >}}
"""
CLAIMS = """claims:
- id: C01
  wording: There are {boats_total} boats.
  where: [paper/index.qmd#sec-method]
  rests_on: {displays: [D01]}
  against: More could sail.
  holds_if: boats_total > 1
  confidence: null
"""
EDITS = (
    ("part.qmd", "Some.", "Some, and 12 more boats."),
    ("part.qmd", "Some.", "Some [@Jonah1910]."),
    ("part.qmd", "Some.", "Some {{< var unused >}}."),
    ("part.qmd", "Some.", "Some {{< var nothing >}}."),
    ("part.qmd", "Some.", "Some {{< include ../_staged/tbl-d09.md >}}."),
    ("part.qmd", "Some.", "[Some]{.claim key=C09}."),
    ("other.qmd", "Others.", "Others, 12 of them."),
    ("other.qmd", "Others.", "Others [12]{.quoted from=log}."),
    ("index.qmd", "{.results}", "{.findings}"),
    ("index.qmd", "{.results}\n\nAll", "\n\nAll"),
    ("index.qmd", "# Method {#sec-method}", "# Method {.results #sec-method}"),
    ("index.qmd", "{#sec-method}", "{#sec-methods}"),
    ("index.qmd", "{#sec-method}", "{#method}"),
    ("index.qmd", "[Most are blue.]{.claim key=C01}", "Most are blue."),
    ("index.qmd", "{{< include other.qmd >}}", "Nothing."),
    ("index.qmd", "45 boats", "12 boats"),
    ("index.qmd", 'title: "Boats"', "title: ["),
)


@pytest.fixture
def built(toy: Any) -> Any:
    """The toy project with sources and results, staged once."""
    toy.write(
        {
            "paper/index.qmd": PAPER,
            "paper/part.qmd": "Some.",
            "paper/other.qmd": "Others.",
            "slides/deck.qmd": "## Winds\n\nWords.\n",
            "paper/claims.yml": CLAIMS,
        }
    )
    code = "kept.value('boats_total', r)\nkept.value('unused', r)\nkept.table('D01', frame, of=r)"
    toy.notebook("01_boats", "kept = Results.for_notebook('01_boats', study)", code)
    released = toy.released({"boats": Scalar(34), "unused": Scalar(1)})
    results = toy.registry()
    results.value("boats_total", released, of="boats")
    results.value("unused", released)
    results.table("D01", pd.DataFrame({"boat": ["x"]}), of=released, caption="Boats")
    assert "_variables.yml" in staged(toy, kept=True)
    return toy


def staged(toy: Any, *, kept: bool) -> dict[str, bytes] | str:
    """Return what staging writes and says, or why it refuses."""
    into = toy.root / ("again" if kept else "anew")
    known = Kept(toy.root / "kept") if kept else None
    try:
        report = staging.stage(toy.root, "public", "demo", into, known, {"code": "1"} if kept else None)
    except EvidenceError as error:
        return str(error)
    told = repr((report.unused, report.synthetic, report.left_out)).encode()
    files = {
        path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()
    }
    return {**files, "told": told}


@pytest.fixture
def all_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been checked completely."""
    made: list[str] = []
    check = staging._check

    def watched(*given: Any) -> Any:
        made.append("all")
        return check(*given)

    monkeypatch.setattr(staging, "_check", watched)
    return made


@pytest.mark.parametrize(("file", "old", "new"), EDITS)
def test_every_edit_is_told_as_if_all_were_checked(built: Any, file: str, old: str, new: str) -> None:
    path = built.root / "paper" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    again, anew = staged(built, kept=True), staged(built, kept=False)
    assert again == anew
    path.write_text(text, "utf-8")
    assert isinstance(staged(built, kept=True), dict)


def test_an_edited_sentence_is_checked_alone(built: Any, all_checks: list[str]) -> None:
    for number, text in enumerate(
        ("Some more.", "Some {{< var unused >}} more.", "Some in 2024 [@Noah1900].")
    ):
        (built.root / "paper/part.qmd").write_text(text, "utf-8")
        again = staged(built, kept=True)
        assert all_checks == [], number
        assert again == staged(built, kept=False)
        all_checks.clear()


@pytest.mark.parametrize(
    "name",
    ["data/study/displays.csv", "data/literature/references.csv", "notebooks/01_boats.ipynb", "results"],
)
def test_where_anything_else_has_changed_all_is_checked(built: Any, all_checks: list[str], name: str) -> None:
    path: Path = built.root / name
    path = next(path.rglob("disclosure.json")) if path.is_dir() else path
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    staged(built, kept=True)
    assert all_checks == ["all"]


def test_a_new_or_a_missing_source_is_seen(built: Any, all_checks: list[str]) -> None:
    (built.root / "slides/deck.qmd").unlink()
    staged(built, kept=True)
    shutil.rmtree(built.root / "kept")
    staged(built, kept=True)
    assert all_checks == ["all", "all"]


def test_the_same_sources_with_other_code_are_checked(built: Any) -> None:
    layout = staging.Layout(built.root)
    results, names = staging.read_results(layout, "public", "demo"), staging.Registrations(layout)
    now = staging.Staging(layout, "public", "demo", results, [], [], names, {})
    kept = Kept(built.root / "kept")
    assert LastStaging(now, kept, {"code": "1"}).key != LastStaging(now, kept, {"code": "2"}).key
    assert LastStaging(now, kept, {"a.qmd": "1"}).key == LastStaging(now, kept, {"a.qmd": "2"}).key
