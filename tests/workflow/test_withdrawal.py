"""Withdrawal: what rests on it goes first and stays away; the account names what changed and what is left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.exchange.existing import bytes_of_table, read_existing
from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.demonstration import instruments
from twinbenefits.evidence.simulation.generator import simulate
from twinbenefits.evidence.simulation.truth import Shape
from twinbenefits.workflow.settings import Settings, SettingsError
from twinbenefits.workflow.withdrawal import plan_withdrawal, withdraw

PROJECT = Path(__file__).resolve().parents[2]
EDITIONS = ("public", "team", "company:K2")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with private evidence, which tests copy."""
    root = tmp_path_factory.mktemp("private") / "project"
    for name in ("data/study", "data/literature"):
        shutil.copytree(PROJECT / name, root / name)
    shutil.copyfile(PROJECT / "_quarto.yml", root / "_quarto.yml")
    layout = Layout(root)
    layout.private.mkdir()
    made = simulate(instruments(layout), read_facts(layout)["as_of"], 3, Shape(segments=150))
    marks = {True: "true", False: "false"}
    for name, frame in made.tables.items():
        flags = {str(column): frame[column].map(marks) for column in frame.select_dtypes("boolean")}
        real = frame.assign(**{**flags, "synthetic": "false"})
        path = TABLES[name].file(layout, "private")
        path.write_text(real.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"), "utf-8")
    (layout.private / "sources").mkdir()
    for source, text in made.texts.items():
        (layout.private / "sources" / f"{source}.txt").write_text(text, "utf-8")
    return root


@pytest.fixture
def layout(drawn: Path, tmp_path: Path) -> Layout:
    """A copy of the project, with traces of builds for several audiences."""
    shutil.copytree(drawn, tmp_path / "project")
    layout = Layout(tmp_path / "project")
    for audience in EDITIONS:
        write(layout.results(audience, "private") / "02" / "values.json", {"n": {"text": "9"}})
        write(layout.output(audience, "private") / "paper/index.html", {})
        for name in (
            "failed/02.ipynb",
            "rendered/paper/index.html",
            "records/stage.json",
            "kept/9f",
            "scanned.json",
        ):
            write(layout.build(audience, "private") / name, {})
        write(layout.private / "snapshots" / audience / "before.json", {})
    write(layout.results("public", "demo") / "02" / "values.json", {})
    write(layout.root / "_variables.yml", {})
    cell = {"cell_type": "code", "source": "1", "outputs": [{"text": "a quote"}], "execution_count": 3}
    write(layout.private / "work" / "02.ipynb", {"cells": [cell]})
    return layout


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def made(layout: Layout) -> list[str]:
    """Every file that was made from private evidence."""
    folders = [layout.output("x", "private").parent, layout.results("x", "private").parent]
    folders += [layout.build("x", "private").parent, layout.private / "snapshots"]
    return [
        path.relative_to(layout.root).as_posix()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    ]


def builder(layout: Layout, built: list[str], code: int = 0) -> Callable[[Settings], int]:
    def rebuild(settings: Settings) -> int:
        assert built or not made(layout), "something was left when the first build began"
        built.append(settings.audience)
        if code == 0:
            write(settings.results / "02" / "values.json", {"n": {"text": "8"}})
        return code

    return rebuild


def frame(layout: Layout, name: str) -> pd.DataFrame:
    return load_tables(layout, "private", [name])[name]


def test_a_source_goes_with_its_passages_and_everything_made_from_it(layout: Layout) -> None:
    source = str(frame(layout, "sources")["source"].iloc[0])
    before = {name: frame(layout, name) for name in ("segments", "codings", "permissions")}
    said: list[str] = []
    built: list[str] = []
    assert withdraw(layout.root, "source", source, say=said.append, rebuild=builder(layout, built)) == 0
    assert sorted(built) == sorted(EDITIONS)
    sources, segments = frame(layout, "sources").set_index("source"), frame(layout, "segments")
    assert sources.loc[source, "consent_level"] == 0
    assert (segments.loc[segments["source"] == source, "consent_level"] == 0).all()
    others = segments["source"] != source
    assert segments.loc[others].equals(before["segments"].loc[others])
    for name in ("codings", "permissions"):
        assert frame(layout, name).equals(before[name])
    assert not (layout.root / "_variables.yml").exists()
    assert (layout.results("public", "demo") / "02" / "values.json").exists()
    work = json.loads((layout.private / "work" / "02.ipynb").read_text("utf-8"))
    assert work["cells"][0]["outputs"] == []
    account = "\n".join(said)
    assert "value n: 9 → 8" in account
    assert "file paper/index.html: gone" in account
    assert "Out of reach" in account
    assert f"data/private/sources/{source}.txt" in account


LEDGER = """claims:
- {id: C30, wording: "{n} passages.", where: [paper/index.qmd], rests_on: {codes: [BE1]}, against: Few.,
   holds_if: n > 8, cases: n, confidence: null}
- {id: C31, wording: "{m} works.", where: [paper/index.qmd], rests_on: {codes: [BE1]}, against: Few.,
   holds_if: m > 8, confidence: null}
"""


def register(layout: Layout, audience: str, n: int) -> None:
    """Leave the results of a notebook that counts passages and works."""
    folder = layout.results(audience, "private") / "02"
    value = {"text": str(n), "value": n, "n": None, "unit": "", "mark": None, "reason": None, "format": "d"}
    cell = {"code_hash": "0", "label": None, "order": 1}
    inputs = {"n": ["codings", "segments"], "m": ["mentions"]}
    origins = {f"value {name}": {"cell": cell, "inputs": tables} for name, tables in inputs.items()}
    write(folder / "edition.json", {"audience": audience, "evidence": "private", "notebook": "02"})
    write(folder / "values.json", {"n": value, "m": {**value, "value": 9, "text": "9"}})
    write(folder / "displays.json", {})
    write(folder / "provenance.json", {"results": origins})


def test_the_claims_that_rest_on_it_are_named_with_what_became_of_them(layout: Layout) -> None:
    (layout.root / "paper").mkdir(exist_ok=True)
    (layout.root / "paper/claims.yml").write_text(LEDGER, "utf-8")
    (layout.root / "paper/index.qmd").write_text("# Results\n", "utf-8")
    register(layout, "team", 9)
    said: list[str] = []

    def rebuild(settings: Settings) -> int:
        if settings.audience == "team":
            register(layout, "team", 7)
        return 0

    source = read_existing(layout).tables["sources"]["source"].iloc[0]
    assert withdraw(layout.root, "source", str(source), say=said.append, rebuild=rebuild) == 0
    assert [line for line in said if "C3" in line] == [
        "Edition for team: claims that rest on it: C30",
        "Edition for team: C30: was holds, is broken",
    ]


def test_what_was_deleted_stays_deleted_when_the_build_fails(layout: Layout) -> None:
    source = str(frame(layout, "sources")["source"].iloc[0])
    said: list[str] = []
    rebuild = builder(layout, [], code=1)
    assert withdraw(layout.root, "source", source, say=said.append, rebuild=rebuild) == 1
    assert made(layout) == []
    assert frame(layout, "sources").set_index("source").loc[source, "consent_level"] == 0
    assert "NOT built anew; what was deleted stays deleted" in "\n".join(said)


def test_a_build_that_breaks_does_not_keep_the_others_from_being_built(layout: Layout) -> None:
    built: list[str] = []

    def rebuild(settings: Settings) -> int:
        built.append(settings.audience)
        raise RuntimeError("broken")

    source = str(frame(layout, "sources")["source"].iloc[0])
    assert withdraw(layout.root, "source", source, say=lambda _: None, rebuild=rebuild) == 1
    assert len(built) == len(EDITIONS)
    assert made(layout) == []


def test_a_participant_goes_with_what_they_said(layout: Layout) -> None:
    segments = frame(layout, "segments")
    person = str(segments.loc[segments["speaker"] != "", "speaker"].iloc[0])
    planned = plan_withdrawal(layout, "participant", person)
    after = planned.tables["segments"]
    assert (after.loc[after["speaker"] == person, "consent_level"] == "0").all()
    alone = frame(layout, "sessions").query("participants == @person")["session"]
    sources = planned.tables["sources"]
    assert (sources.loc[sources["session"].isin(alone), "consent_level"] == "0").all()
    untouched = after["speaker"].isin(set(segments["speaker"]) - {person, ""})
    others = read_existing(layout).tables["segments"]
    assert (after.loc[untouched, "consent_level"] == others.loc[untouched, "consent_level"]).all()


def test_a_passage_without_a_speaker_goes_with_everybody_who_was_there(layout: Layout) -> None:
    sessions = frame(layout, "sessions")
    group = sessions[sessions["participants"].str.contains(";")].iloc[0]
    person = group["participants"].split(";")[0]
    tables = dict(read_existing(layout).tables)
    source = tables["sources"].loc[tables["sources"]["session"] == group["session"], "source"].iloc[0]
    segments = tables["segments"]
    row = segments.index[segments["source"] == source][0]
    segments.loc[row, "speaker"] = ""
    TABLES["segments"].file(layout, "private").write_bytes(bytes_of_table("segments", segments))
    planned = plan_withdrawal(layout, "participant", person)
    assert planned.tables["segments"].loc[row, "consent_level"] == "0"


def test_a_company_loses_its_permissions_only(layout: Layout) -> None:
    case = str(frame(layout, "permissions")["case"].iloc[0])
    planned = plan_withdrawal(layout, "company", case)
    assert set(planned.tables) == {"permissions"}
    assert case not in set(planned.tables["permissions"]["case"])
    assert len(planned.tables["permissions"]) > 0


def test_a_misspelt_code_and_the_demonstration_touch_nothing(layout: Layout) -> None:
    before = made(layout)
    source = str(frame(layout, "sources")["source"].iloc[0])
    with pytest.raises(SettingsError, match=f"Did you mean '{source}'"):
        withdraw(layout.root, "source", f"{source}x", say=lambda _: None)
    with pytest.raises(SettingsError, match="nobody's consent stands behind it"):
        withdraw(layout.root, "source", source, evidence="demo", say=lambda _: None)
    assert made(layout) == before
