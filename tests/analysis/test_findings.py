"""What ceilings are told from: codes, agreement, robustness; and what the network and the reach count."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from twinbenefits.analysis.confidence import step_problems
from twinbenefits.analysis.dependency import network_links
from twinbenefits.analysis.dependency_reach import benefits_carried
from twinbenefits.analysis.findings import (
    agreement_on_codes,
    codes_of_propositions,
    evidence_of_findings,
    robust_shares,
)
from twinbenefits.analysis.resolution import resolve
from twinbenefits.publishing.findings import case_findings

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("toy_network.py"))))


def test_a_scale_stands_for_the_code_it_belongs_to_and_each_code_once() -> None:
    terms = pd.DataFrame(
        {"proposition": ["P1", "P1", "P2"], "condition": ["S1", "S1", "GA"], "outcome": ["GA", "GB", ""]}
    )
    scales = pd.DataFrame({"id": ["S1"], "code": ["FA"]})
    assert codes_of_propositions(terms, scales) == {"P1": ("FA", "GA", "GB"), "P2": ("GA",)}


def test_who_speaks_of_a_group_of_codes_means_its_members() -> None:
    coded = resolve(TOY.network().coded)
    parents = {*coded.codebook["parent"]} - {""}
    group = next(str(code) for code in coded.codebook["id"] if code in parents)
    table = evidence_of_findings(coded, {"C50": [group], "C51": []}, quote_from=4).set_index("finding")
    mine = coded.rows[coded.rows["code"].isin(coded.members(group))]
    assert table.loc["C50", "codes"] == group
    assert table.loc["C50", "cases_behind"] == mine["case"].nunique()
    assert pd.isna(table.loc["C51", "cases_behind"]), "a finding without codes does not come from the cases"


def test_a_group_without_a_family_has_the_agreement_of_its_weakest_part() -> None:
    rows = pd.DataFrame(
        {"scope": ["family", "family", "code"], "name": ["G1", "G2", "GA"],
         "measure": "krippendorff_alpha", "estimate": [0.9, 0.7, None]}
    )  # fmt: skip
    codes = pd.DataFrame({"id": ["R", "G1", "G2", "Q", "GA"], "parent": ["", "R", "R", "", "Q"]})
    known = agreement_on_codes(rows, codes)
    assert known == {"G1": 0.9, "G2": 0.7, "GA": None, "R": 0.7}
    assert "Q" not in known, "part of it has no agreement, so nothing is told of the whole"
    assert "R" not in agreement_on_codes(rows)


def test_only_propositions_that_coding_can_change_have_a_share() -> None:
    table = pd.DataFrame({"proposition": ["P1", "P2"], "share": [0.5, None]})
    assert robust_shares(table) == {"P1": 0.5}


def test_without_the_order_of_the_file_no_row_and_no_author_is_asked_for() -> None:
    rows = pd.DataFrame(
        {"finding": ["P1"], "component": ["adequacy"], "steps": [1], "reason": [""], "author": [""]}
    )
    told = [str(problem) for problem in step_problems(rows, ["P1"], in_file_order=False)]
    assert told == [
        "confidence_steps.csv, column reason: a step-down needs a reason. Say why, or delete the row."
    ]
    assert len(step_problems(rows, ["P1"])) == 2


def test_links_to_draw_are_those_that_enough_companies_have() -> None:
    network = TOY.network()
    every, several = network_links(network), network_links(network, least_cases=2)
    assert every.scalars["links_to_draw"].value == every.scalars["links"].value
    assert several.scalars["links_to_draw"].value == (several.table["in_cases"] >= 2).sum()
    assert several.scalars["least_cases"].value == 2
    assert several.scalars["companies"].value == several.scalars["companies"].basis.cases


def test_the_leader_is_the_first_row_and_rests_on_it() -> None:
    found = benefits_carried(TOY.network(), minimum_sessions=8, draws=20)
    first, second = (found.table.iloc[place] for place in (0, 1))
    assert found.scalars["leader"].value == first["label"]
    assert found.scalars["most_benefits"].value == first["benefits"]
    assert found.scalars["least_benefits"].value == first["least"]
    assert found.scalars["next_benefits"].value == second["benefits"]
    assert found.scalars["leader"].basis.persons == first["persons"]
    assert found.scalars["next_benefits"].basis.persons == second["persons"]
    assert found.scalars["leader_leads_in"].value is None, "too few sessions for an interval"
    assert found.scalars["leader_leads_in"].reason


def test_findings_are_the_claims_that_say_on_how_many_companies_they_rest(tmp_path: Path) -> None:
    assert case_findings(tmp_path) == []
    (tmp_path / "paper").mkdir()
    claim = (
        "- id: {id}\n  wording: Of {{n}} companies all.\n  where: [paper/a.qmd]\n"
        "  rests_on: {{codes: [GA]}}\n"
        "  against: Few.\n  holds_if: n > 1\n  confidence: null\n{more}"
    )
    text = claim.format(id="C01", more="") + claim.format(id="C02", more="  cases: n\n  workshop: I3\n")
    (tmp_path / "paper/claims.yml").write_text(f"claims:\n{text}", "utf-8")
    (found,) = case_findings(tmp_path)
    assert (found.id, found.codes, found.workshop) == ("C02", ("GA",), "I3")
    assert found.sentence == "Of … companies all."
