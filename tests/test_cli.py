"""The command line: what it says, how it ends, and what it does not import."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    *("build", "status", "stage", "render", "check", "notebooks", "lab"),
    *("import", "simulate", "withdraw"),
)
GROUPS = {
    "references": ("settle",),
    "release": ("explain",),
    "disagreements": ("export", "import"),
    "export": ("coding-sheet", "project", "references"),
    "private": ("init",),
}
HEAVY = {
    "pandas", "numpy", "matplotlib", "pandera", "papermill", "nbformat", "nbclient", "jupyter_client",
    "jsonschema", "rfc3987_syntax", "typst", "pypandoc", "statsmodels", "scipy", "pydantic",
}  # fmt: skip


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twinbenefits", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )


def imported_by(*arguments: str, **environment: str) -> set[str]:
    code = (
        "import sys\n"
        f"sys.argv = ['twinbenefits', *{list(arguments)!r}]\n"
        "from twinbenefits.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "print('imported', code, *sorted(name for name, module in sys.modules.items() if module))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    words = outcome.stdout.splitlines()[-1].split()
    assert words[:2] == ["imported", "0"], outcome.stdout + outcome.stderr
    return set(words[2:])


def test_help_names_every_command_and_the_exit_codes() -> None:
    outcome = run("--help")
    assert outcome.returncode == 0
    for command in (*COMMANDS, *GROUPS):
        assert f"\n  {command} " in outcome.stdout
    assert "0 fine, 1 the check or a step failed, 2 it could not be tried" in " ".join(outcome.stdout.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_the_exit_codes(command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.returncode == 0
    assert "Exit codes: 0 fine" in outcome.stdout


@pytest.mark.parametrize(("group", "command"), [(g, c) for g, cs in GROUPS.items() for c in cs])
def test_each_command_of_a_group_has_help_with_the_exit_codes(group: str, command: str) -> None:
    outcome = run(group, command, "--help")
    assert outcome.returncode == 0
    assert "Exit codes: 0 fine" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("withdraw",), 2, "Name one of --source, --participant and --company."),
        (("withdraw", "--source", "S1", "--company", "K1"), 2, "Name one of"),
        (("withdraw", "--source", "S1", "--evidence", "demo"), 2, "nobody's consent stands behind it"),
        (("release", "explain", "K1-S1-T", "--audience", "company:nobody"), 2, "has no case 'nobody'"),
        (("release", "explain", "D99[code=X]"), 2, "no segment, source or table"),
        (("import", "nosuch.qdpx"), 1, "there is no such file"),
        (("references", "settle", "Nobody1900", "--doi", "10.1/x"), 1, "Nobody1900"),
        (("build", "--audience", "company:"), 2, "The audience is 'company:'"),
        (("build", "--audience", "company:nobody"), 2, "there are company:"),
    ],
)
def test_mistakes_are_told_without_a_traceback(arguments: tuple[str, ...], code: int, told: str) -> None:
    outcome = run(*arguments)
    assert outcome.returncode == code, outcome.stdout + outcome.stderr
    assert told in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_import_that_is_refused_is_told_to_machines() -> None:
    outcome = run("import", "nosuch.qdpx", "--json")
    assert outcome.returncode == 1
    assert json.loads(outcome.stdout)["problems"][0]["file"] == "nosuch.qdpx"


def test_why_a_segment_is_shown_is_walked_step_by_step() -> None:
    with (ROOT / "data/demo/segments.csv").open(encoding="utf-8") as lines:
        segment = next(csv.DictReader(lines))
    outcome = run("release", "explain", segment["segment"], "--audience", "workshop")
    assert outcome.returncode == 0, outcome.stderr
    for step in ("consent: segment", "rule: data/study/release_rules.csv, line 5", "counted:", "quoted:"):
        assert step in outcome.stdout
    assert "permission of K1 for ratings:" in outcome.stdout
    assert segment["text"] not in outcome.stdout
    table = run("release", "explain", "segments", "--audience", "workshop").stdout
    assert "rows pass the door for workshop" in table
    assert "start (all)" in table


def test_the_version() -> None:
    from twinbenefits import __version__

    assert run("--version").stdout == f"twinbenefits {__version__}\n"


def test_no_command_shows_the_help() -> None:
    assert "Usage:" in run().stdout + run().stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (
            ["build", "--audience", "boss"],
            {},
            "The audience is 'boss'; known are public, team, workshop, reviewers, company:<id>.",
        ),
        (["build"], {"AUDIENCE": "boss"}, "The audience is 'boss'"),
        (["status", "--evidence", "real"], {}, "The evidence is 'real'; known are demo, private."),
        (["status"], {"EVIDENCE": "real"}, "The evidence is 'real'"),
        (["build", "--engine", "latex"], {}, "The engine is 'latex'; known are auto, embedded, quarto."),
        (["build"], {"TWINBENEFITS_AS_OF": "tomorrow"}, "write a day as in 2026-11-01"),
        (["status", "-p", "nonsense"], {}, "write NOTEBOOK.NAME=VALUE"),
        (["frobnicate"], {}, "No such command"),
        (["build", "--frobnicate"], {}, "No such option"),
    ],
)
def test_what_cannot_be_tried_ends_with_2_and_without_a_traceback(
    arguments: list[str], environment: dict[str, str], told: str
) -> None:
    outcome = run(*arguments, **environment)
    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_all_that_is_wrong_with_the_options_is_told_at_once() -> None:
    outcome = run("build", "--audience", "boss", "--evidence", "real", "--engine", "latex")
    assert len(outcome.stderr.splitlines()) == 3


@pytest.mark.parametrize("value", ["", "public"])
def test_an_empty_variable_is_as_good_as_none(value: str) -> None:
    assert run("status", AUDIENCE=value, EVIDENCE="").returncode == 0


def test_outside_the_project_the_way_in_is_told(tmp_path: Path) -> None:
    outcome = run("status", cwd=tmp_path)
    assert outcome.returncode == 2
    assert "TWINBENEFITS_ROOT" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_every_folder_of_the_project_is_a_place_to_work_in() -> None:
    assert run("status", cwd=ROOT / "notebooks").stdout == run("status").stdout


def test_help_imports_nothing_heavy() -> None:
    found = imported_by("--help")
    assert not found & {*HEAVY, "doit", "yaml", "rich", "pydantic"}


def test_status_imports_nothing_heavy() -> None:
    assert not imported_by("status") & HEAVY
