"""Quarto: a stand-in that replays what it says, and the real one where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from twinbenefits.publishing.render import RenderError, render
from twinbenefits.publishing.render.front_door import chosen_engine
from twinbenefits.publishing.render.quarto import messages

SAID = Path(__file__).parents[2] / "data" / "render" / "quarto"
REAL = shutil.which("quarto")

STAND_IN = """\
import json, os, pathlib, shutil, sys
work = pathlib.Path.cwd()
settings = (work / "_quarto.yml").read_text("utf-8")
(pathlib.Path({record!r})).write_text(json.dumps(dict(
    arguments=sys.argv[1:], settings=settings, epoch=os.environ["SOURCE_DATE_EPOCH"], folder=str(work),
    files=sorted(str(p.relative_to(work)) for p in work.rglob("*") if p.is_file()))))
sys.stderr.buffer.write(pathlib.Path({said!r}).read_bytes())
if {made!r}:
    target = work / "_rendered" / {target!r}
    target.parent.mkdir(parents=True)
    shutil.copy({made!r}, target)
sys.exit({status})
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a stand-in for Quarto on the PATH; it returns the file in which the call is recorded."""

    def install(
        said: str, status: int = 0, made: Path | None = None, target: str = "paper/index.html"
    ) -> Path:
        record = tmp_path / "record.json"
        programs = tmp_path / "programs"
        programs.mkdir()
        program = programs / "quarto"
        # a first line with #! cannot name a Python in a folder with a space
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{programs}/stand_in.py" "$@"\n')
        (programs / "stand_in.py").write_text(
            STAND_IN.format(
                record=str(record), said=str(SAID / said), status=status,
                made=str(made or ""), target=target,
            )
        )  # fmt: skip
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        return record

    return install


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "made.html"
    path.write_text("<p>Made by Quarto</p>", "utf-8")
    return path


def test_a_good_run_hands_over_the_file(workspace: Path, stand_in: Callable[..., Path], page: Path) -> None:
    record = stand_in("good.txt", made=page)
    out = render(workspace, "paper/index.qmd", "html", workspace / "x.html", engine="quarto", epoch=7)
    assert out.read_bytes() == page.read_bytes()
    call = json.loads(record.read_text())
    assert call["arguments"] == ["render", "paper/index.qmd", "--to", "html"]
    assert call["epoch"] == "7"


def test_quarto_works_in_a_copy_and_does_not_stage_again(
    workspace: Path, stand_in: Callable[..., Path], page: Path
) -> None:
    before = sorted(path for path in workspace.rglob("*") if path.is_file())
    record = stand_in("good.txt", made=page)
    render(workspace, "paper/index.qmd", "html", workspace.parent / "x.html", engine="quarto", epoch=7)
    assert sorted(path for path in workspace.rglob("*") if path.is_file()) == before
    call = json.loads(record.read_text())
    assert not Path(call["folder"]).exists()
    project = yaml.safe_load(call["settings"])["project"]
    assert "pre-render" not in project
    assert project["render"] == ["paper/index.qmd"]
    needed = {
        "_staged/D03.svg",
        "_variables.yml",
        "paper/findings.qmd",
        "_extensions/compendium/compendium.lua",
    }
    assert needed <= set(call["files"])
    assert not any(name.startswith("slides/") for name in call["files"])


def test_auto_takes_quarto_where_it_is_and_the_embedded_engine_elsewhere(
    stand_in: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert chosen_engine("auto") == "embedded"
    stand_in("good.txt")
    assert chosen_engine("auto") == "quarto"
    assert chosen_engine("embedded") == "embedded"
    with pytest.raises(RenderError, match="not one of auto, embedded, quarto"):
        chosen_engine("latex")


def test_asking_for_an_absent_quarto_says_what_to_do(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RenderError, match="use --engine embedded"):
        render(workspace, "paper/index.qmd", "html", workspace / "x.html", engine="quarto", epoch=0)


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("unresolved-reference.txt", [("paper/index.qmd", "@fig-d03"), ("paper/index.qmd", "@sec-findings")]),
        ("unknown-variable.txt", [("paper/index.qmd", "rows_total"), ("paper/index.qmd", "running-title")]),
        ("missing-citation.txt", [("paper/index.qmd", "Reed2021")]),
        ("missing-figure.txt", [("_staged/fig-d03.md", "D03.svg")]),
    ],
)
def test_a_warning_is_an_error_with_its_line_even_at_status_0(
    workspace: Path,
    stand_in: Callable[..., Path],
    page: Path,
    said: str,
    expected: list[tuple[str, str]],
    status: int,
) -> None:
    stand_in(said, status, made=page)
    out = workspace / "x.html"
    with pytest.raises(RenderError) as error:
        render(workspace, "paper/index.qmd", "html", out, engine="quarto", epoch=0)
    for file, word in expected:
        hits = [
            problem for problem in error.value.problems if problem.file == file and word in str(problem.value)
        ]
        assert hits, f"{word} in {file}"
        for problem in hits:
            assert problem.row is not None
            line = (workspace / file).read_text("utf-8").split("\n")[problem.row - 1]
            assert word.removesuffix(".svg") in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        ("typst-failure.txt", 1, "PDF/UA-1 error: missing alt text"),
        ("internal-error.txt", 1, "attempt to index a nil value"),
        ("silence.txt", 1, "exit status 1, last words: nothing"),
        ("silence.txt", 0, "exit status 0, last words: nothing"),
        ("good.txt", 0, "Quarto made no file"),
    ],
)
def test_a_failure_is_told_with_quartos_own_words(
    workspace: Path, stand_in: Callable[..., Path], said: str, status: int, expected: str
) -> None:
    stand_in(said, status)
    with pytest.raises(RenderError) as error:
        render(workspace, "paper/index.qmd", "html", workspace / "x.html", engine="quarto", epoch=0)
    assert expected in str(error.value)
    assert "\x1b" not in str(error.value)
    assert "main.lua:14000" not in str(error.value)


def test_an_absent_extra_checker_is_no_error(
    workspace: Path, stand_in: Callable[..., Path], page: Path
) -> None:
    stand_in("no-verapdf.txt", made=page, target="paper/index.pdf")
    out = render(workspace, "paper/index.qmd", "typst", workspace / "x.pdf", engine="quarto", epoch=0)
    assert out.read_bytes() == page.read_bytes()


def test_what_both_engines_must_refuse_is_refused_before_quarto_runs(
    workspace: Path, stand_in: Callable[..., Path], page: Path
) -> None:
    record = stand_in("good.txt", made=page, target="paper/x.html")
    body = "# A {#sec-a}\n\n# B {#sec-a}\n\n@fig-none, @Nobody, {{< var no >}}\n\n![c](no){fig-alt='d'}\n"
    (workspace / "paper" / "x.qmd").write_text(f"---\ntitle: T\nformat: html\n---\n\n{body}", "utf-8")
    with pytest.raises(RenderError) as error:
        render(workspace, "paper/x.qmd", "html", workspace / "x.html", engine="quarto", epoch=0)
    assert len(error.value.problems) == 6
    assert not record.exists()


def test_labelled_tables_are_not_left_to_quarto_on_powerpoint_slides(
    workspace: Path, stand_in: Callable[..., Path]
) -> None:
    record = stand_in("good.txt")
    with pytest.raises(RenderError, match="leaves labelled tables out") as error:
        render(workspace, "slides/workshop-1.qmd", "pptx", workspace / "x.pptx", engine="quarto", epoch=0)
    assert {problem.file for problem in error.value.problems} == {
        "_staged/tbl-d02.md",
        "slides/workshop-1.qmd",
    }
    assert not record.exists()


def test_a_word_file_by_quarto_gets_the_mark_and_repeating_bytes(
    marked: Callable[[str, str], Path], tmp_path: Path, stand_in: Callable[..., Path],
    new_workspace: Callable[[Path], Path], rendered: Callable[[str, str], Path],
) -> None:  # fmt: skip
    docx: Any = pytest.importorskip("docx")
    workspace = new_workspace(tmp_path / "workspace")
    source = workspace / "paper" / "index.qmd"
    source.write_text(source.read_text("utf-8").replace("---\n", "---\nedition-mark: Invented\n", 1), "utf-8")
    stand_in("good.txt", made=rendered("paper/index.qmd", "docx"), target="paper/index.docx")
    out = render(workspace, "paper/index.qmd", "docx", tmp_path / "x.docx", engine="quarto", epoch=0)
    assert docx.Document(str(out)).sections[0].header.paragraphs[0].text == "Invented"


def test_messages_are_taken_apart_without_colours_and_inner_paths() -> None:
    said = (SAID / "unresolved-reference.txt").read_text("utf-8")
    assert list(messages(said)) == [
        "WARNING Unable to resolve crossref @fig-d03",
        "WARNING Unable to resolve crossref @sec-findings",
    ]


@pytest.mark.skipif(REAL is None, reason="Quarto is not installed here")
@pytest.mark.parametrize(
    ("source", "to"),
    [
        ("index.qmd", "html"),
        ("paper/index.qmd", "html"),
        ("paper/index.qmd", "docx"),
        ("slides/workshop-1.qmd", "revealjs"),
    ],
)
def test_the_real_quarto_renders_the_same_sources(workspace: Path, source: str, to: str) -> None:
    out = workspace / "out" / to
    assert render(workspace, source, to, out, engine="quarto", epoch=0).stat().st_size > 1000


@pytest.mark.skipif(REAL is None, reason="Quarto is not installed here")
def test_the_real_quarto_is_not_overheard(workspace: Path) -> None:
    (workspace / "paper" / "x.qmd").write_text("---\ntitle: T\nformat: html\n---\n\nWords.\n", "utf-8")
    lua = workspace / "_extensions" / "compendium" / "compendium.lua"
    lua.write_text(
        "quarto.log.warning('Unable to resolve crossref @fig-none')\n" + lua.read_text("utf-8"), "utf-8"
    )
    with pytest.raises(RenderError, match="fig-none"):
        render(workspace, "paper/x.qmd", "html", workspace / "x.html", engine="quarto", epoch=0)
