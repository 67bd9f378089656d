"""Outlets ask for lengths; a manuscript is measured, and an anonymous one names nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.anonymous import Identity, anonymise, identity_of
from twinbenefits.publishing.outlets import OUTLETS, Outlet, measure, read_outlets
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.render import render
from twinbenefits.publishing.scan import scan_files

IDENTITY = Identity(("Jari Collin", "Roope Lahti"), ("Collin", "Lahti"), ("https://example.org/study",))
PAPER = """---
title: "Boats"
author:
  - name: Jari Collin
    affiliations: [Harbour]
  - name: Roope Lahti
abstract: |
  Four words stand here.
format:
  html: default
  typst: default
  docx: default
---

# Introduction

Five words stand in here [@Collin2024; @Noah1900]. See Collin et al. (2023) and https://example.org/study/a.

Lahtinen keeps his name, as Collinear does.

![A boat](../_staged/D1){#fig-d1 fig-alt="A boat by Collin"}

| a | b |
|---|---|
| not counted | Lahti 2020 |

: A table {#tbl-t1}

# Data availability

Open.

## Acknowledgements

We thank Maija.

# References {.unnumbered}

::: {#refs}
:::
"""
BIBLIOGRAPHY = """@article{Collin2024, author = {Collin, Jari and Noah, N.}, title = {Twins}, year = {2024}}
@book{Noah1900, author = {Noah, N.}, title = {Boats}, year = {1900}}
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="6pt"><!-- Collin --><path d="M0 0h9"/></svg>'
)


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    for name in ("paper", "_staged"):
        (folder / name).mkdir(parents=True)
    shutil.copy(root / "_quarto.yml", folder)
    shutil.copytree(root / "_extensions", folder / "_extensions")
    (folder / "paper/index.qmd").write_text(PAPER, "utf-8")
    (folder / "_staged/references.bib").write_text(BIBLIOGRAPHY, "utf-8")
    (folder / "_staged/D1.svg").write_text(SVG, "utf-8")
    shutil.copy(root / "docs/images/benefits-map.png", folder / "_staged/D1.png")
    return folder


def outlet(**changes: object) -> Outlet:
    fields: dict[str, object] = {
        "key": "x", "name": "X", "seen_on": "2026-11-23", "verified": False, "words": (10, 40),
        "abstract_words": (5, 9), "displays": None, "review": None,
        "statements": ("data availability", "funding"), "citation_style": None,
    }  # fmt: skip
    return Outlet(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_shipped_profiles_are_sound(root: Path) -> None:
    profiles = read_outlets(root)
    assert list(profiles) == ["rtm", "emr", "jotmi", "ispim"]
    assert not any(profile.verified for profile in profiles.values()), "only an author can confirm a limit"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("words: [3500, 4500]", "words: [4500, 3500]", r"\[4500, 3500\].*words must be \[least, most\]"),
        ("seen_on: 2026-11-23", "seen: 2026-11-23", "lacks seen_on"),
        ("review: anonymous", "reviews: anonymous", "Did you mean review"),
        ("rtm:", "rtm: {", "not sound YAML"),
    ],
)
def test_a_profile_with_a_mistake_is_refused_by_name(
    root: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / OUTLETS
    path.parent.mkdir(parents=True)
    text = (root / OUTLETS).read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PublishingError, match=told):
        read_outlets(tmp_path)


def test_text_abstract_displays_and_statements_are_measured(workspace: Path) -> None:
    found = {one.what: (one.found, one.fits) for one in measure(outlet(), workspace, "paper/index.qmd")}
    assert found["words of the abstract"] == ("4", False)
    assert found["figures and tables"] == ("2", None)
    assert found["statement on data availability"] == ("found", True)
    assert found["statement on funding"] == ("missing", False)
    assert found["words of the text"] == ("30", True)


def test_an_anonymous_edition_names_nobody_in_any_format(workspace: Path, tmp_path: Path) -> None:
    done = anonymise(workspace, IDENTITY)
    text = (workspace / "paper/index.qmd").read_text("utf-8")
    assert "Lahtinen keeps his name, as Collinear does." in text
    assert "Maija" not in text
    assert "# References" in text
    assert "[@Author2024a; @Noah1900]" in text
    assert any(line.startswith("D1: replaced") for line in done)
    files = {}
    for to, name in (("html", "a.html"), ("typst", "a.pdf"), ("docx", "a.docx")):
        files[name] = render(workspace, "paper/index.qmd", to, tmp_path / name, engine="embedded", epoch=1)
    assert scan_files(files, IDENTITY.words, places=False) == []


def test_the_scan_of_an_edition_finds_what_was_left_in(workspace: Path, tmp_path: Path) -> None:
    out = render(workspace, "paper/index.qmd", "docx", tmp_path / "a.docx", engine="embedded", epoch=1)
    told = {hit.word for hit in scan_files({"a.docx": out}, IDENTITY.words, places=False)}
    assert {"Jari Collin", "Collin", "https://example.org/study"} <= told


def test_who_the_authors_are_comes_from_the_facts(root: Path) -> None:
    identity = identity_of(
        read_facts(Layout(root)), "repository-code: https://example.org/repo\ndoi: 10.1234/abc\n"
    )
    assert identity.surnames == ("Pellikka", "Collin", "Lahti", "Penttinen")
    assert identity.addresses == ("https://example.org/repo", "10.1234/abc")
