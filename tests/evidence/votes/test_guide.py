"""The examples of the guide to workshops, typed as they stand there."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from twinbenefits.cli import app
from twinbenefits.evidence.layout import Layout

COMMAND = re.compile(r"^ {4,}twinbenefits (votes .*)$", re.MULTILINE)


@pytest.fixture
def commands(root: Path) -> list[list[str]]:
    """The commands of the guide."""
    return [
        shlex.split(line) for line in COMMAND.findall((root / "docs" / "workshops.md").read_text("utf-8"))
    ]


def test_the_commands_of_the_guide_do_what_it_says(
    commands: list[list[str]], layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINBENEFITS_ROOT", str(layout.root))
    monkeypatch.chdir(tmp_path)
    form, look, write, correct = commands
    said = [CliRunner().invoke(app, form)]
    _type_in(tmp_path / "votes-W1.xlsx", 4)
    said += [CliRunner().invoke(app, look), CliRunner().invoke(app, write), CliRunner().invoke(app, write)]
    _type_in(tmp_path / "votes-W1.xlsx", 5)
    said += [CliRunner().invoke(app, write), CliRunner().invoke(app, correct)]
    assert [one.exit_code for one in said] == [0, 0, 0, 0, 1, 0], [one.output for one in said]
    told = [one.output for one in said]
    assert "for 4 voters" in told[0]
    assert "1 new marks of 1 voters" in told[1]
    assert "Nothing was written: add --apply" in told[1]
    assert "Written:" in told[2]
    assert "Nothing to do" in told[3]
    assert "import it with --corrections" in told[4]
    assert "1 of them corrections" in told[5]
    votes = (layout.private / "votes.csv").read_text("utf-8")
    assert votes.count("W1-V01,I1,1,agree") == 2


def _type_in(path: Path, mark: int) -> None:
    workbook = openpyxl.load_workbook(path)
    page = workbook["Votes"]
    assert [page.cell(3, 2).value, page.cell(4, 1).value] == ["I1 v1 agree", "W1-V01"]
    page.cell(4, 2, mark)
    workbook.save(path)


def test_for_a_machine_the_answer_is_json(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINBENEFITS_ROOT", str(layout.root))
    (tmp_path / "votes.csv").write_text("voter,I1 v1 agree\nW1-V01,9+\n", "utf-8")
    arguments = ["votes", "import", str(tmp_path / "votes.csv"), "--workshop", "W1", "--round", "1", "--json"]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 1
    assert '"rule": "is no mark: the scale ends at 5"' in answer.output
    assert os.fspath(tmp_path) not in answer.output
