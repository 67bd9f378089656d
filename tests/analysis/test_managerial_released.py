"""The managerial results over the demonstration set: recounted by hand, and held to the gate."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.analysis.challenges import challenges_and_mechanisms, challenges_by_actor
from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.confidence import (
    CeilingRules,
    confidence_ceilings,
    confidence_register,
    findings_behind,
)
from twinbenefits.analysis.dependency import (
    DependencyNetwork,
    dependency_network,
    links_by_case,
    network_links,
)
from twinbenefits.analysis.dependency_checks import benefit_gaps, gaps_by_case, network_faults
from twinbenefits.analysis.dependency_reach import benefits_carried, benefits_per_session
from twinbenefits.analysis.indicators import published_beside_status
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.roadmap import move_votes, roadmap
from twinbenefits.analysis.states import benefit_states
from twinbenefits.evidence.release import Released, release
from twinbenefits.evidence.study import Study

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data/demo"
EVIDENCE = ("codings", "segments", "sources", "sessions", "cases", "codebook", "assignments", "coders")
OTHERS = ("links", "objectives", "owners", "participants", "deck_statements", "votes", "items", "voters")
OTHERS += ("asked", "effects", "effect_grades", "permissions")
IDENTIFIERS = {"segments": "segment", "sources": "source", "sessions": "session", "cases": "case",
               "participants": "participant", "links": "link", "objectives": "objective"}  # fmt: skip
STEPS = pd.DataFrame(columns=["finding", "component", "steps", "reason", "author", "date"])

pytestmark = pytest.mark.skipif(
    not (DEMO / "links.csv").is_file(), reason="there is no demonstration set here"
)


@cache
def opened(audience: str) -> tuple[Study, DependencyNetwork]:
    study = Study.open(ROOT, "demo", audience, [*EVIDENCE, *OTHERS])
    coded = coded_evidence(**{name: study.table(name) for name in EVIDENCE})
    return study, dependency_network(
        coded, *(study.table(name) for name in ("links", "objectives", "owners"))
    )


def register(study: Study, network: DependencyNetwork) -> Result:
    codes = {"P01": network.coded.leaves("benefit")[:2], "P02": network.coded.leaves("mechanism")[:1]}
    behind = findings_behind(network.coded, codes, quote_from=4)
    suggested = confidence_ceilings(behind, CeilingRules(alpha=0.667, robust_share=0.8))
    return confidence_register(behind, STEPS, suggested, inputs=network.inputs)


def beside(study: Study, network: DependencyNetwork) -> Result:
    coded = resolve(network.coded)
    states = benefit_states(coded, study.table("asked"), {code: [code] for code in coded.leaves("benefit")})
    return published_beside_status(study.table("effects"), study.table("effect_grades"), states, coded)


def voted(study: Study, network: DependencyNetwork) -> Result:
    votes = move_votes(study.table("votes"), study.table("items"), study.table("voters"))
    return roadmap(network, votes, least_cases=2)


MAKERS: dict[str, Callable[[Study, DependencyNetwork], Result]] = {
    "network_links": lambda study, network: network_links(network),
    "links_by_case": lambda study, network: links_by_case(network),
    "benefit_gaps": lambda study, network: benefit_gaps(network),
    "gaps_by_case": lambda study, network: gaps_by_case(network),
    "network_faults": lambda study, network: network_faults(network),
    "benefits_carried": lambda study, network: benefits_carried(network, minimum_sessions=8, draws=200),
    "benefits_per_session": lambda study, network: benefits_per_session(network),
    "roadmap": lambda study, network: roadmap(network),
    "roadmap_voted": voted,
    "challenges_by_actor": lambda study, network: challenges_by_actor(
        network.coded, study.table("participants"), study.table("deck_statements")
    ),
    "challenges_and_mechanisms": lambda study, network: challenges_and_mechanisms(
        network.coded, study.table("deck_statements")
    ),
    "published_beside_status": beside,
    "confidence_register": register,
}
AUDIENCES = ("team", "company:K1", "workshop", "reviewers", "public")


def released(name: str, audience: str) -> Released:
    study, network = opened(audience)
    return release(MAKERS[name](study, network), study)


def raw(table: str) -> list[dict[str, str]]:
    with (DEMO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", MAKERS)
def test_every_result_says_enough_to_be_released_to_every_audience(name: str, audience: str) -> None:
    found = released(name, audience)
    assert found.synthetic
    assert not {"persons", "level"} & set(found.table.columns)


def words(found: Released) -> Iterator[str]:
    for column in found.table.columns:
        for cell in found.table[column].dropna():
            yield from str(cell).replace(" → ", ";").split(";")


@pytest.mark.parametrize("name", MAKERS)
def test_the_public_meets_no_identifier_of_the_tables(name: str) -> None:
    names = {row[key] for table, key in IDENTIFIERS.items() for row in raw(table)}
    assert not {*words(released(name, "public"))} & names


@pytest.mark.parametrize("name", ["links_by_case", "gaps_by_case", "benefits_per_session"])
def test_a_company_that_permits_nothing_has_only_empty_cells(name: str) -> None:
    permitted = {row["case"] for row in raw("permissions")}
    closed = [case for case in (row["case"] for row in raw("cases")) if case not in permitted]
    assert closed, "the demonstration set has a company that refuses everything"
    found = released(name, "public").table
    shown = [
        column
        for column in ("present", "segments", "evidence", "state", "is_gap", "benefits")
        if column in found
    ]
    verticals = {row["vertical"] for row in raw("cases") if row["case"] in closed}
    assert not verticals & {*found["case"]}, "its industry is not named either"
    hidden = found[found["withheld"] != ""]
    assert len(hidden) >= len(found) * len(closed) / len(raw("cases"))
    assert hidden[shown].isna().all().all()


@pytest.mark.parametrize("audience", ["workshop", "reviewers", "public"])
def test_no_pooled_link_of_one_company_is_shown(audience: str) -> None:
    found = released("network_links", audience).table
    one = found["withheld"] == "rests on one company"
    assert one.any()
    shown = found[found["withheld"] == ""]
    assert (shown["in_cases"].astype(int) >= 2).all()
    assert (shown["segments"].astype(int) >= 3).all()


def test_the_links_of_the_team_are_those_counted_by_hand() -> None:
    with (ROOT / "data/study/codebook.csv").open(encoding="utf-8", newline="") as file:
        layer = {row["id"]: row["network_layer"] for row in csv.DictReader(file)}
    case_of = {row["segment"]: row["segment"].partition("-")[0] for row in raw("segments")}
    closed = {row["source"] for row in raw("sources") if row["consent_level"] == "0"}
    withdrawn = {
        row["segment"] for row in raw("segments") if row["consent_level"] == "0" or row["source"] in closed
    }
    counted: dict[tuple[str, str], set[str]] = {}
    for row in raw("codings"):
        if layer.get(row["target_code"]) == "benefit" and layer[row["code"]] not in ("", "benefit"):
            counted.setdefault((row["code"], row["target_code"]), set()).add(row["segment"])
    for row in raw("links"):
        end = "objective" if row["to_node"].partition("-")[2].startswith("O") else row["to_node"]
        counted.setdefault((row["from_node"], end), set()).update(filter(None, row["evidence"].split(";")))
    expected = {pair: segments - withdrawn for pair, segments in counted.items() if segments - withdrawn}
    table = released("network_links", "team").table
    found = {(row.from_node, row.to_node): (row.segments, row.in_cases) for row in table.itertuples()}
    assert found == {
        pair: (len(segments), len({case_of[segment] for segment in segments}))
        for pair, segments in expected.items()
    }


def test_the_demonstration_set_has_no_link_that_the_checks_would_refuse() -> None:
    assert released("network_faults", "team").scalars["cycle"].value == 0


def test_every_move_of_the_road_stands_behind_what_enables_it() -> None:
    for name, least in (("roadmap", 1), ("roadmap_voted", 2)):
        step = released(name, "team").table.set_index("node")["step"].to_dict()
        table = released("network_links", "team").table
        for row in table[table["in_cases"] >= least].itertuples():
            if row.from_node in step and row.to_node in step:
                assert step[row.from_node] < step[row.to_node]
