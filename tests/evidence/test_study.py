"""The study opens with what was declared, for one audience, and stays as it was opened."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.schema import TABLES, Table
from twinbenefits.evidence.study import Study, known_audience


@pytest.fixture
def study(root: Path) -> Study:
    return Study.open(root, tables=["mentions", "references"])


def test_only_declared_tables_are_there(study: Study) -> None:
    assert study.tables == ("mentions", "references")
    assert len(study.table("mentions")) == 34
    with pytest.raises(EvidenceError) as raised:
        study.table("effects")
    assert "(mentions, references)" in str(raised.value)
    assert "Add 'effects' to tables=[…] in Study.open" in str(raised.value)


def test_a_misspelt_table_names_the_nearest_declared_one(study: Study) -> None:
    with pytest.raises(EvidenceError, match="Did you mean 'mentions'"):
        study.table("mention")
    with pytest.raises(EvidenceError, match="Did you mean 'mentions'"):
        study.is_synthetic("mention")


def test_everything_unknown_is_refused_at_once(root: Path) -> None:
    with pytest.raises(EvidenceError) as raised:
        Study.open(root, evidence="demonstration", audience="publik", tables=["menton", "effects"])
    told = str(raised.value)
    assert "audience: has 'publik'; must be one of team, company:<id>, workshop, reviewers, public" in told
    assert "evidence: has 'demonstration'; must be one of demo, private" in told
    assert "table: has 'menton'" in told
    assert len(raised.value.problems) == 3


@pytest.mark.parametrize("audience", ["team", "company:C1", "workshop", "reviewers", "public"])
def test_known_audiences(root: Path, audience: str) -> None:
    assert known_audience(audience)
    assert Study.open(root, audience=audience).audience == audience


@pytest.mark.parametrize("audience", ["company:", "company:<id>", "company", "Public", "", "company:../team"])
def test_unknown_audiences(root: Path, audience: str) -> None:
    with pytest.raises(EvidenceError, match="audience"):
        Study.open(root, audience=audience)


def test_a_table_is_a_copy(study: Study) -> None:
    frame = study.table("mentions")
    frame.loc[0, "key"] = "Changed2020"
    assert study.table("mentions").loc[0, "key"] == "Bolton2018"


def test_the_study_cannot_be_changed(study: Study) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.audience = "team"  # type: ignore[misc]
    with pytest.raises(TypeError):
        study.rules["presence_threshold"] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        study.rules["presence_threshold"]["value"] = 3  # type: ignore[index]
    with pytest.raises(TypeError):
        study.facts["authors"][0] = {}


def test_one_name_may_stand_without_a_list(root: Path) -> None:
    assert Study.open(root, tables="mentions").tables == ("mentions",)


def test_declaring_twice_is_declaring_once(root: Path) -> None:
    assert Study.open(root, tables=["mentions", "mentions"]).tables == ("mentions",)


def test_the_demonstration_stands_still(root: Path) -> None:
    assert Study.open(root).as_of == date(2026, 11, 1)


def test_private_evidence_is_judged_today(root: Path) -> None:
    before = date.today()
    assert before <= Study.open(root, evidence="private").as_of <= date.today()


def test_the_day_can_be_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINBENEFITS_AS_OF", "2027-03-01")
    assert Study.open(root).as_of == date(2027, 3, 1)
    assert Study.open(root, as_of=date(2028, 1, 1)).as_of == date(2028, 1, 1)
    monkeypatch.setenv("TWINBENEFITS_AS_OF", "1.3.2027")
    with pytest.raises(EvidenceError, match=r"TWINBENEFITS_AS_OF: has '1\.3\.2027'; must be a day"):
        Study.open(root)


def test_literature_and_instruments_are_never_synthetic(root: Path) -> None:
    standing = [name for name, table in TABLES.items() if not table.holds_case_evidence]
    study = Study.open(root, tables=standing)
    assert not any(study.is_synthetic(name) for name in standing)


def test_no_private_evidence_is_no_obstacle_to_standing_tables(project: Path) -> None:
    study = Study.open(project, evidence="private", tables=["mentions"])
    assert len(study.table("mentions")) == 34


def _case_catalogue() -> dict[str, Table]:
    like = TABLES["verticals"]
    cases = dataclasses.replace(like, path="verticals.csv", group="case")
    return {**TABLES, "verticals": cases}


def test_private_case_tables_need_private_evidence(project: Path) -> None:
    with pytest.raises(EvidenceError, match=r"data/private/: there is no private evidence, and verticals"):
        load_tables(Layout(project), "private", ["verticals"], _case_catalogue())


@pytest.mark.parametrize("evidence", ["demo", "private"])
def test_case_tables_come_from_the_chosen_evidence(project: Path, evidence: str) -> None:
    folder = project / "data" / evidence
    folder.mkdir(exist_ok=True)
    (project / "data/study/verticals.csv").rename(folder / "verticals.csv")
    frames = load_tables(Layout(project), evidence, ["verticals"], _case_catalogue())
    assert len(frames["verticals"]) == 5


def test_a_study_of_something_else_opens_as_well(project: Path) -> None:
    """No vertical, code or row of this study is written in the program."""
    data = project / "data"
    (data / "literature/source/deck.txt").write_text(
        "Bakeries and breweries bake and brew better.\n", "utf-8"
    )
    (data / "study/verticals.csv").write_text(
        "vertical,label,deck_line,as_written\nbakery,Bakery,1,Bakeries\nbrewery,Brewery,1,breweries\n",
        "utf-8",
    )
    (data / "study/codebook.csv").write_text(
        "id,parent,role,requires_role,targets_role,network_layer,label,definition,include,exclude,"
        "example,source,since,retired_on,successor\n"
        "gain,,benefit,,,benefit,Gain,What is gained.,All.,None.,better,deck,,,\n"
        "result,,outcome,benefit,,,Result,What is measured.,All.,None.,,proposed,,,\n",
        "utf-8",
    )
    (data / "study/indicators.csv").write_text(
        "id,indicator,unit,definition_note,be_code,oc_code,esrs_set1,gri,sdg,standard_version,bakery,brewery\n"
        "IN01,Loaves,per day,,gain,result,-,-,2,,loaves,bottles\n",
        "utf-8",
    )
    study = Study.open(project, tables=["indicators", "codebook", "verticals"])
    assert study.table("indicators").columns[-2:].tolist() == ["bakery", "brewery"]


def test_the_printed_study_names_no_folder(study: Study) -> None:
    assert repr(study) == (
        "Study(evidence='demo', audience='public', as_of=2026-11-01, tables=['mentions', 'references'])"
    )


def test_importing_the_study_does_not_import_pandera() -> None:
    code = "import sys, twinbenefits.evidence.study; sys.exit('pandera' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
