"""What may not stand in a text is found, with its line; what only resembles it is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twinbenefits.workflow.checks.finding import Finding, kept_files
from twinbenefits.workflow.checks.texts import absolute_paths, alternative_texts, personal_data

Check = Callable[[Path], Iterator[Finding]]


def found(check: Check, root: Path, name: str, text: str) -> list[Finding]:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")
    kept_files.cache_clear()
    return list(check(root))


@pytest.mark.parametrize(
    "line", ["read /home/maija/a.csv", "in C:\\Users\\Maija\\a.csv", "<x at 0x7fffe0123456>", "see /tmp/x"]
)
def test_a_place_on_one_machine_is_an_error(tmp_path: Path, line: str) -> None:
    (finding,) = found(absolute_paths, tmp_path, "docs/a.md", f"One.\n{line}\n")
    assert (finding.severity, finding.place) == ("error", "docs/a.md, line 2")


@pytest.mark.parametrize("line", ["#!/usr/bin/env python", "data/tmp/x.csv", "[a](/about)", "1/home"])
def test_a_place_inside_the_project_is_fine(tmp_path: Path, line: str) -> None:
    assert not found(absolute_paths, tmp_path, "docs/a.md", line)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("write to maija.virtanen@yritys.fi", "e-mail"),
        ("call +358 40 123 4567", "telephone"),
        ("131052-308T was born", "identity code"),
        ("pay to FI21 1234 5600 0007 85", "account"),
    ],
)
def test_personal_data_are_an_error_and_are_not_repeated(tmp_path: Path, line: str, what: str) -> None:
    (finding,) = found(personal_data, tmp_path, "data/demo/memos.csv", f"id,text\nM1,{line}\n")
    assert finding.severity == "error"
    assert what in finding.message
    assert finding.place == "data/demo/memos.csv, line 3" or finding.place.endswith("line 2")
    assert not any(part in str(finding) for part in ("maija", "123 4567", "308T", "1234"))


@pytest.mark.parametrize(
    "line",
    [
        "write to somebody@workshop.example",
        "alpha rose by +0.12 to 0.80",
        "2026-11-23, EF01, 10.5281/zenodo.4319999",
        "ISO 13374-1:2003 and EN 15978",
        "@Kritzinger2018 and [@Fu2022]",
    ],
)
def test_numbers_and_citations_are_no_personal_data(tmp_path: Path, line: str) -> None:
    assert not found(personal_data, tmp_path, "paper/a.qmd", line)


def test_tests_may_keep_bad_examples(tmp_path: Path) -> None:
    assert not found(personal_data, tmp_path, "tests/test_a.py", "a@b.fi /home/maija/x")
    assert not found(absolute_paths, tmp_path, "tests/test_a.py", "a@b.fi /home/maija/x")


def test_pictures_need_words(tmp_path: Path) -> None:
    in_markdown = '![](a.png)\n![](b.png){fig-alt="A map."}\n![A map](c.png)\n'
    text = in_markdown + '<img src="d.png">\n<img src="e.png" alt="E">\n'
    places = [finding.place for finding in found(alternative_texts, tmp_path, "docs/a.md", text)]
    assert places == ["docs/a.md, line 1", "docs/a.md, line 4"]
