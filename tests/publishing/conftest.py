"""A toy study with displays and names of its own, for tests of the registry and of staging."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.claims import ClaimsReport
from twinbenefits.publishing.claims_listing import read_claims
from twinbenefits.publishing.registry import Results

RULES = """
prose_years: {value: [1900, 2099], reason: Years stand alone.}
prose_counted_nouns: {value: [boats, sailors], reason: What the toy study counts.}
"""
DISPLAYS = """id,kind,display,what_it_shows,data_needed,how_drawn,notebook,where
D01,table,Boats,boats,boats,table,01,paper
D02,figure,Winds,winds,winds,bars,01,paper
D03,table,Sailors,sailors,sailors,table,02,paper
"""
REFERENCES = """key,cited_as,year,status,why,author_decision,settled_doi
Noah1900,Noah 1900,1900,verified,Seen.,,
Jonah1910,Jonah 1910; Jonah (1910),1910,candidate,Perhaps.,,
Ahab1920,Ahab et al. 1920,1920,candidate,Perhaps.,settled,10.1000/ahab
"""
BIBLIOGRAPHY = """@book{Noah1900, author = {Noah, N.}, title = {Boats}, year = {1900}, keywords = {x}}
@book{Jonah1910, author = {Jonah, J.}, title = {Fish}, year = {1910}}
@book{Ahab1920, author = {Ahab, A.}, title = {Whales}, year = {1920}, doi = {10.1000/ahab}}
"""
MENTIONS = "mention_id,table,row_id,position,as_written,key\nM01,boats,B1,1,Noah 1900,Noah1900\n"


class Toy:
    """A small project in a folder of its own, without any source or notebook at first."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self.write(
            {
                "_quarto.yml": "project:\n  type: default\n",
                "data/study/rules.yml": RULES,
                "data/study/displays.csv": DISPLAYS,
                "data/literature/references.csv": REFERENCES,
                "data/literature/mentions.csv": MENTIONS,
                "data/literature/source/log.txt": "We had 45 boats and 1,234 sailors.\n",
                "references/references.bib": BIBLIOGRAPHY,
            }
        )

    def write(self, files: Mapping[str, str]) -> None:
        """Write files relative to the root."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def study(self, audience: str = "public", evidence: str = "demo") -> Study:
        """Return the toy study; nothing is loaded, since the registry looks at no rows."""
        return Study(
            layout=Layout(self.root),
            evidence=evidence,
            audience=audience,
            as_of=date(2026, 11, 1),
            tables=("mentions",),
            rules={},
            facts={},
        )

    def released(
        self,
        scalars: Mapping[str, Scalar] | None = None,
        *,
        synthetic: bool = False,
        audience: str = "public",
        evidence: str = "demo",
    ) -> Released:
        """Return a released result with these numbers."""
        numbers = {"boats": Scalar(34, n=34, unit="boats")} if scalars is None else scalars
        result = Result(pd.DataFrame({"boat": ["Argo"]}), inputs=("mentions",), scalars=numbers)
        with self._monkeypatch.context() as patch:
            patch.setattr(Study, "is_synthetic", lambda *_: synthetic)
            return release(result, self.study(audience, evidence))

    def registry(self, notebook: str = "01_boats", audience: str = "public") -> Results:
        """Return a registry that writes where the build keeps the edition's results."""
        self._monkeypatch.setenv("TWINBENEFITS_RESULTS", str(self.results(audience)))
        return Results.for_notebook(notebook, self.study(audience))

    def results(self, audience: str = "public") -> Path:
        """Return where the build keeps the edition's results."""
        return Layout(self.root).results(audience, "demo")

    def notebook(self, name: str, *cells: str, parameters: str = "") -> Path:
        """Write a notebook of code cells; the parameters cell comes first."""
        sources = [(parameters, ["parameters"])] if parameters else []
        sources += [(cell, []) for cell in cells]
        content = {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "metadata": {"tags": tags},
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for source, tags in sources
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        self.write({f"notebooks/{name}.ipynb": json.dumps(content)})
        return self.root / "notebooks" / f"{name}.ipynb"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A toy project in an empty folder."""
    return Toy(tmp_path / "project", monkeypatch)


SCALARS = {
    "boats": Scalar(34, n=34, unit="boats"),
    "sailors": Scalar(10, unit="sailors"),
    "one": Scalar(1, unit="ports"),
    "hidden": Scalar(None, reason="withheld: rests on one company"),
    "word": Scalar("calm"),
}
SOURCE = (
    "# Boats {.results #sec-boats}\n\nThere are {{< var boats >}}.\n\n{{< include ../_staged/tbl-d01.md >}}\n"
)
CLAIM: Mapping[str, Any] = {
    "wording": "We counted {boats} boats.",
    "where": ["paper/part.qmd#sec-boats"],
    "rests_on": {"displays": ["D01"], "references": ["Noah1900"]},
    "against": "Nobody counted twice.",
    "holds_if": "boats > sailors",
    "confidence": None,
}


class Ledgered:
    """A toy project with results and a ledger that tests write."""

    def __init__(self, toy: Any) -> None:
        self.toy, self.root, self.layout = toy, toy.root, Layout(toy.root)
        toy.write({"paper/part.qmd": SOURCE})
        for audience in ("public", "team"):
            registry = toy.registry(audience=audience)
            released = toy.released(SCALARS, audience=audience)
            for name, scalar in SCALARS.items():
                registry.value(name, released, fmt="s" if scalar.value in ("calm", None) else "d")
            frame = pd.DataFrame({"boat": ["Argo"]})
            registry.table("D01", frame, of=released, caption="All {boats} boats")
        toy.notebook(
            "01_boats", *[f'results = R.for_notebook("x")\nresults.value("{n}", r)' for n in SCALARS]
        )

    def write(self, *claims: Mapping[str, Any]) -> None:
        listed = [{"id": f"C{n:02d}", **CLAIM, **claim} for n, claim in enumerate(claims, 1)]
        self.toy.write({"paper/claims.yml": json.dumps({"claims": listed}, indent=1)})

    def check(self, *claims: Mapping[str, Any], audience: str = "public") -> ClaimsReport:
        self.write(*claims)
        return read_claims(self.root, audience, "demo")

    def rests_on_cases(self, synthetic: bool = True) -> None:
        """Let the results come from a table of case evidence."""
        for audience in ("public", "team"):
            folder = self.toy.results(audience) / "01_boats"
            origin = json.loads((folder / "provenance.json").read_text())
            for record in origin["results"].values():
                record["inputs"] = ["codings"]
            (folder / "provenance.json").write_text(json.dumps(origin))
            if synthetic:
                values = json.loads((folder / "values.json").read_text())
                marked = {name: {**record, "mark": "synthetic"} for name, record in values.items()}
                (folder / "values.json").write_text(json.dumps(marked))


@pytest.fixture
def made(toy: Any) -> Ledgered:
    return Ledgered(toy)
