"""What the last interviews changed, on the command line, for the team and for the public."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from twinbenefits.cli import app
from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.demonstration import instruments
from twinbenefits.evidence.simulation.generator import simulate
from twinbenefits.evidence.simulation.truth import Shape
from twinbenefits.evidence.snapshot_files import snapshot_folder

PROJECT = Path(__file__).resolve().parent.parent
DAY = "2026-11-01"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with real evidence, and a snapshot of it for the team and the public."""
    root = tmp_path_factory.mktemp("snapshots") / "project"
    for name in ("data/study", "data/literature"):
        shutil.copytree(PROJECT / name, root / name)
    for name in ("_quarto.yml", ".gitignore"):
        shutil.copyfile(PROJECT / name, root / name)
    layout = Layout(root)
    layout.private.mkdir()
    made = simulate(instruments(layout), read_facts(layout)["as_of"], 3, Shape(segments=150))
    for name, frame in made.tables.items():
        flags = {
            str(column): frame[column].map({True: "true", False: "false"})
            for column in frame.select_dtypes("boolean")
        }
        write(layout, name, frame.assign(**{**flags, "synthetic": "false"}))
    with pytest.MonkeyPatch.context() as patch:
        for audience in ("team", "public"):
            assert run(patch, root, "snapshot", "before", "--audience", audience).exit_code == 0
    return root


@pytest.fixture
def layout(drawn: Path, tmp_path: Path) -> Layout:
    shutil.copytree(drawn, tmp_path / "project")
    return Layout(tmp_path / "project")


def run(patch: pytest.MonkeyPatch, root: Path, *arguments: str, evidence: str = "private") -> Any:
    patch.setenv("TWINBENEFITS_ROOT", str(root))
    patch.setenv("TWINBENEFITS_AS_OF", DAY)
    outcome = CliRunner().invoke(app, [*arguments, "--evidence", evidence])
    if isinstance(outcome.exception, EvidenceError):
        raise outcome.exception
    return outcome


def write(layout: Layout, name: str, frame: pd.DataFrame) -> None:
    text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    TABLES[name].file(layout, "private").write_text(text, "utf-8")


def read(layout: Layout, name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES[name].file(layout, "private"), dtype=str, keep_default_na=False)


def take_codings_away(layout: Layout) -> tuple[str, str]:
    """Take away what was coded for one benefit of one case; return case and code."""
    codings, segments, sources = (read(layout, name) for name in ("codings", "segments", "sources"))
    case_of = segments.set_index("segment")["source"].map(sources.set_index("source")["case"])
    benefits = codings["code"].str.match(r"BE\d\.\d")
    case, code = case_of[codings.loc[benefits, "segment"].iloc[0]], codings.loc[benefits, "code"].iloc[0]
    of_case = codings["segment"].map(case_of) == case
    told = codings.loc[of_case & (codings["code"] == code), "segment"]
    write(layout, "codings", codings[~codings["segment"].isin(told)])
    return str(case), str(code)


def test_snapshots_of_real_evidence_stand_where_git_never_looks(layout: Layout) -> None:
    for audience in ("team", "public"):
        assert snapshot_folder(layout, audience, "private").is_relative_to(layout.private)
        path = snapshot_folder(layout, audience, "private") / "before.json"
        content = json.loads(path.read_text("utf-8"))
        assert content["synthetic"] is False
        codes = {*read(layout, "cases")["case"], *read(layout, "cases")["vertical"]}
        assert not codes & set(re.findall(r'"([^"]*)"', path.read_text("utf-8")))
    subprocess.run(["git", "init", "-q", str(layout.root)], check=True)
    (layout.data / "snapshots" / "public").mkdir(parents=True)
    (layout.data / "snapshots" / "public" / "demo.json").write_text("{}")
    command = ["git", "-C", str(layout.root), "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "snapshots" not in listed
    assert "data/study/codebook.csv" in listed


def test_nothing_changed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, layout.root, "compare", "before", "--audience", "team").output
    assert told.splitlines() == [
        f"From before ({DAY}) to now ({DAY}), for team:",
        "cells: no changes", "ranks: no changes", "verdicts: no changes", "marks: no changes",
    ]  # fmt: skip


def test_what_changed_is_told_to_the_team_and_to_others_as_far_as_they_may_know(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, code = take_codings_away(layout)
    assert run(monkeypatch, layout.root, "snapshot", "after", "--audience", "team").exit_code == 0
    told = run(monkeypatch, layout.root, "compare", "before", "after", "--audience", "team").output
    assert re.search(
        rf"^  {case} {code}, state: .+ -> asked and absent|no longer|-> none", told, re.MULTILINE
    )
    machine = run(monkeypatch, layout.root, "compare", "before", "after", "--audience", "team", "--json")
    content = json.loads(machine.output)
    cells = content["parts"]["cells"]["changes"]
    assert (case, code) in {(row["case"], row["name"]) for row in cells}
    assert {row["case"] for row in cells} == {case}
    assert content["synthetic"] is False
    public = json.loads(run(monkeypatch, layout.root, "compare", "before", "--json").output)
    assert public["parts"]["cells"]["withheld_rows"] > 0
    assert not {row["case"] for row in public["parts"]["cells"]["changes"]} & {case}
    # what rests on nothing any more may have been taken back: the public is not told what it was
    assert all(
        row["after"] != "none" for row in public["parts"]["cells"]["changes"] if row["column"] == "state"
    )


def test_a_snapshot_is_not_overwritten_unasked(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    path = snapshot_folder(layout, "team", "private") / "before.json"
    kept = path.read_bytes()
    with pytest.raises(EvidenceError, match=r"there already.*--replace"):
        run(monkeypatch, layout.root, "snapshot", "before", "--audience", "team")
    assert path.read_bytes() == kept
    take_codings_away(layout)
    run(monkeypatch, layout.root, "snapshot", "before", "--audience", "team", "--replace")
    assert path.read_bytes() != kept
    assert not [name for name in path.parent.iterdir() if name.name.startswith(".")]


def test_other_names_audiences_and_files_are_refused_in_words(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EvidenceError, match=r"no such snapshot for team .* Did you mean 'before'\?"):
        run(monkeypatch, layout.root, "compare", "befor", "--audience", "team")
    with pytest.raises(EvidenceError, match=r"There is none yet: `twinbenefits snapshot NAME`"):
        run(monkeypatch, layout.root, "compare", "before", "--audience", "reviewers")
    for name in ("../x", ".hidden", "a/b", "", "x" * 99):
        with pytest.raises(EvidenceError, match="a name has letters, digits"):
            run(monkeypatch, layout.root, "snapshot", name)
    public, team = (snapshot_folder(layout, one, "private") / "before.json" for one in ("public", "team"))
    shutil.copyfile(team, public)
    with pytest.raises(EvidenceError, match=r"was taken for team .*what one audience may see"):
        run(monkeypatch, layout.root, "compare", "before")
    for text in ("", "{", "[]", '{"form": "snapshot 0"}', '{"form": "snapshot 1", "parts": {"cells": 3}}'):
        team.write_text(text, "utf-8")
        with pytest.raises(EvidenceError, match="cannot be read as a snapshot"):
            run(monkeypatch, layout.root, "compare", "before", "--audience", "team")


def test_a_company_that_left_the_study_is_counted_and_not_told(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = snapshot_folder(layout, "team", "private") / "before.json"
    content = json.loads(path.read_text("utf-8"))
    tokens = {row[0] for row in content["parts"]["cells"]["data"]}
    path.write_text(path.read_text("utf-8").replace(sorted(tokens)[0], "case-0000000000000000"), "utf-8")
    told = run(monkeypatch, layout.root, "compare", "before", "--audience", "team").output
    assert "rows are of companies that are no longer in the study" in told
    assert "case-" not in told
