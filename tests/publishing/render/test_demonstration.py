"""A demonstration says so in title and by-line, and makes no claim where readers look first."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
from twinbenefits.publishing.render import render
from twinbenefits.publishing.scan_texts import pieces

ROOT = Path(__file__).resolve().parents[3]
PAPER = """---
title: "On boats"
author:
  - name: Ann Roe
  - name: Bo Doe
abstract: |
  Boats float. [Ten boats sank.]{.claim key=C30} [The boats are invented.]{.demonstration-only}
  [The boats are real.]{.real-only}
demonstration-mark: "do not board"
format:
  html: default
  typst: default
  docx: default
---

# Findings

[Ten boats sank in the findings.]{.claim key=C30}

::: {.real-only}
A block on real boats.
:::

::: {.demonstration-only}
A block on invented boats.
:::

# Conclusion {.conclusion}

Rafts float too. [Ten boats sank in the end.]{.claim key=C30}

## And more

[Ten boats sank at last.]{.claim key=C30} [Books say so.]{.claim key=C01}

# After it

[Ten boats sank afterwards.]{.claim key=C30}
"""
SLIDES = """---
title: "On boats"
author: "Ann Roe and Bo Doe"
format:
  revealjs: default
  pptx: default
---

## A slide

Boats float.
"""
BY_LINE = "Study by Ann Roe and Bo Doe; case material invented by the software"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import shutil

    folder = tmp_path_factory.mktemp("workspace")
    shutil.copy(ROOT / "_quarto.yml", folder)
    shutil.copytree(ROOT / "_extensions", folder / "_extensions")
    for name, text in (("paper", PAPER), ("slides", SLIDES)):
        (folder / name).mkdir()
        (folder / name / "index.qmd").write_text(text, "utf-8")
    (folder / "_staged").mkdir()
    (folder / "_staged" / "references.bib").write_text("", "utf-8")
    claims = {"C01": {}, "C30": {"invented": True}}
    (folder / "_staged" / "claims.json").write_text(json.dumps({"claims": claims}), "utf-8")
    return folder


def read(workspace: Path, to: str, tmp_path: Path, mark: str) -> str:
    folder = "slides" if to in ("revealjs", "pptx") else "paper"
    made = render(
        workspace, f"{folder}/index.qmd", to, tmp_path / to, engine="embedded", epoch=0, edition_mark=mark
    )
    text = " ".join(text for _, text in pieces(made.read_bytes()))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


@pytest.mark.parametrize("to", ["html", "typst", "docx", "revealjs", "pptx"])
def test_title_and_by_line_say_so_in_every_format(workspace: Path, tmp_path: Path, to: str) -> None:
    text = read(workspace, to, tmp_path, SYNTHETIC_EDITION)
    assert "Demonstration edition: On boats" in text
    assert BY_LINE in text
    real = read(workspace, to, tmp_path, "")
    assert "Demonstration edition" not in real
    assert "invented by the software" not in real
    assert "do not board" not in real


@pytest.mark.parametrize("to", ["html", "typst", "docx"])
def test_abstract_and_conclusion_make_no_case_claim(workspace: Path, tmp_path: Path, to: str) -> None:
    text = read(workspace, to, tmp_path, SYNTHETIC_EDITION)
    assert "do not board" in text
    for said in ("The boats are invented.", "sank in the findings", "sank afterwards", "Books say so."):
        assert said in text
    assert "A block on invented boats." in text
    for silent in (
        "Ten boats sank.",
        "The boats are real.",
        "on real boats",
        "sank in the end",
        "sank at last",
    ):
        assert silent not in text


@pytest.mark.parametrize("to", ["html", "docx"])
def test_what_is_for_one_kind_of_evidence_only_stands_in_no_other(
    workspace: Path, tmp_path: Path, to: str
) -> None:
    text = read(workspace, to, tmp_path, "")
    assert "The boats are real." in text
    assert "The boats are invented." not in text


def test_the_files_own_properties_say_so_too(workspace: Path, tmp_path: Path) -> None:
    made = render(
        workspace, "paper/index.qmd", "docx", tmp_path / "made.docx", engine="embedded", epoch=0,
        edition_mark=SYNTHETIC_EDITION,
    )  # fmt: skip
    with zipfile.ZipFile(made) as parts:
        properties = parts.read("docProps/core.xml").decode()
    assert "Demonstration edition: On boats" in properties
    assert BY_LINE in properties
