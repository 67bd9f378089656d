"""The state of every claim, what stops an edition, and what a reader is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from twinbenefits.publishing.claims import ClaimsReport, check_claims
from twinbenefits.publishing.claims_baseline import (
    Baseline,
    baseline_changes,
    baseline_path,
    read_baseline,
    write_baseline,
)
from twinbenefits.publishing.claims_listing import (
    claims_as_json,
    claims_as_text,
    claims_table,
    read_claims,
    why,
)
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.stage import stage

SOURCE = (
    "# Boats {.results #sec-boats}\n\nThere are {{< var boats >}}.\n\n{{< include ../_staged/tbl-d01.md >}}\n"
)


@pytest.mark.parametrize(
    ("claim", "state", "reason"),
    [
        ({}, "holds", ""),
        ({"weakened_if": "boats < 2 * sailors"}, "holds", ""),
        ({"weakened_if": "boats > 30"}, "weakened", "weakened_if is met: boats > 30 (boats is 34)"),
        ({"holds_if": "boats < sailors"}, "broken", "boats < sailors (boats is 34, sailors is 10)"),
        ({"holds_if": "word == 'calm'"}, "holds", ""),
        ({"holds_if": "hidden > 3"}, "cannot say", "hidden: withheld: rests on one company"),
        ({"holds_if": "boats > 3 or hidden > 3"}, "cannot say", "hidden: withheld"),
        ({"weakened_if": "hidden > 3"}, "cannot say", "hidden: withheld"),
        ({"wording": "We met {hidden}."}, "cannot say", "hidden: withheld"),
        ({"holds_if": "boats / (sailors - 10) > 1"}, "cannot say", "it divides by zero"),
        ({"rests_on": {"displays": ["D03"]}}, "cannot say", "D03 is not part of this edition"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("audience", ["public", "team"])
def test_there_are_four_states(
    made: Any, claim: Mapping[str, Any], state: str, reason: str, audience: str
) -> None:
    report = made.check(claim, audience=audience)
    assert not report.problems
    (found,) = report.states
    assert (found.state, reason in found.reason) == (state, True)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ({"holds_if": "boat > 3"}, ["'boat': no notebook registers this value. Did you mean boats?"]),
        ({"wording": "{salors} sailors"}, ["C01 wording: 'salors'", "Did you mean sailors?"]),
        ({"weakened_if": "xyzzy > 3"}, ["C01 weakened_if: 'xyzzy'", "Register it with results.value"]),
        ({"cases": "portz"}, ["C01 cases: 'portz': no notebook registers this value."]),
        ({"rests_on": {"displays": ["D09"]}}, ["'D09': there is no such display. Did you mean D0"]),
        ({"rests_on": {"references": ["Noah1901"]}}, ["there is no such reference. Did you mean Noah1900?"]),
        ({"where": []}, ["the claim stands nowhere"]),
        ({"where": ["paper/pat.qmd"]}, ["there is no such source. Did you mean paper/part.qmd?"]),
        ({"where": ["paper/part.qmd#sec-ships"]}, ["the source has no such section"]),
        ({"holds_if": "word > 3"}, ["C01 holds_if", "cannot be compared in this way"]),
        ({"holds_if": "boats"}, ["C01 holds_if", "is neither true nor false"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("audience", ["public", "team"])
def test_unknown_names_stop_every_edition_with_line_and_nearest_name(
    made: Any, claim: Mapping[str, Any], said: list[str], audience: str
) -> None:
    report = made.check(claim, {}, audience=audience)
    (problem,) = report.problems
    for words in said:
        assert words in str(problem)
    assert problem.file == "paper/claims.yml"
    assert problem.row
    lines = (made.root / "paper/claims.yml").read_text().splitlines()
    assert str(problem.column).split()[1] in lines[problem.row - 1]
    assert [state.claim.id for state in report.states] == ["C02"]


def test_a_value_that_a_notebook_announces_is_said_to_be_missing_yet(made: Any) -> None:
    made.toy.notebook("02_ports", 'results = R.for_notebook("x")\nresults.value("ports", r)')
    (problem,) = made.check({"holds_if": "ports > 3"}).problems
    assert "it is not there yet. notebooks/02_ports.ipynb makes it" in str(problem)


BAD = [
    {"holds_if": "boats < sailors"},
    {"wording": "There are {sailors} sailors.", "holds_if": "sailors > 90"},
    {"rests_on": {}},
    {},
]


def test_a_broken_claim_and_one_without_evidence_are_refused_all_at_once(made: Any) -> None:
    report = made.check(*BAD)
    found = [str(refusal) for refusal in report.refusals]
    assert len(found) == 3
    assert (
        "C01: 'We counted 34 boats.': the claim is broken: holds_if is not met: boats < sailors" in found[0]
    )
    assert "Reword or drop the sentence in paper/part.qmd#sec-boats" in found[0]
    assert "C02: 'There are 10 sailors.'" in found[1]
    assert "the claim names nothing that carries it" in found[2]
    assert all("make paper AUDIENCE=team" in message for message in found)


def test_the_team_gets_its_edition_whatever_breaks(made: Any) -> None:
    report = made.check(*BAD, audience="team")
    assert report.refusals == report.problems == ()
    assert report.counts == {"holds": 2, "weakened": 0, "broken": 2, "cannot say": 0}
    assert [state.flaws for state in report.states] == [
        (),
        (),
        ("the claim names nothing that carries it",),
        (),
    ]
    stage(made.root, "team", "demo", made.root / "out")


def test_stage_refuses_every_broken_claim_and_writes_nothing(made: Any) -> None:
    made.write(*BAD)
    with pytest.raises(PublishingError) as refused:
        stage(made.root, "public", "demo", made.root / "out")
    assert [problem.column for problem in refused.value.problems] == ["C01", "C02", "C03"]
    assert not (made.root / "out").exists()
    made.write({})
    stage(made.root, "public", "demo", made.root / "out")
    assert (made.root / "out/_variables.yml").is_file()


def test_what_cannot_be_told_is_left_out_or_refused_when_it_cannot_be_left_out(made: Any) -> None:
    report = made.check({"holds_if": "hidden > 3"})
    assert report.left_out == ("C01",)
    (refusal,) = report.refusals
    assert "[sentence]{.claim key=C01}" in str(refusal)
    made.toy.write({"paper/part.qmd": SOURCE + "\n[We counted.]{.claim key=C01}\n"})
    assert made.check({"holds_if": "hidden > 3"}).refusals == ()
    assert made.check({"holds_if": "hidden > 3"}, audience="team").left_out == ()


def test_stage_tells_the_workspace_what_to_leave_out_and_never_touches_a_source(made: Any) -> None:
    marked = SOURCE + "\nWe came. [We saw.]{.claim key=C01} [We counted.]{.claim key=C02} We left.\n"
    made.toy.write({"paper/part.qmd": marked})
    made.write({"holds_if": "hidden > 3"}, {})
    for folder, page in (("out", "evidence/index.html"), (".", None)):
        assert stage(made.root, "public", "demo", made.root / folder).left_out == ("C01",)
        told = json.loads((made.root / folder / "_staged/claims.json").read_text())
        assert told["claims"] == {"C01": {"left_out": True}}
        assert told.get("page") == page, "a project that is staged in place has no page of evidence"
    assert "_staged/claims.json" not in stage(made.root, "public", "demo", made.root / "out").written
    stage(made.root, "team", "demo", made.root / "team")
    told = json.loads((made.root / "team/_staged/claims.json").read_text())
    assert told["claims"] == {"C01": {"note": "C01: cannot say"}, "C02": {"note": "C02: holds"}}
    assert (made.root / "paper/part.qmd").read_text() == marked


def test_a_source_that_marks_an_unknown_claim_is_refused(made: Any) -> None:
    made.toy.write({"paper/part.qmd": SOURCE + "\n[We counted.]{.claim key=C11}\n"})
    (problem,) = made.check({}).problems
    assert str(problem).startswith(
        "paper/part.qmd, line 7, claim: 'C11': no such claim stands in the ledger."
    )


ONE = "the claim rests on one company and does not say so"


@pytest.mark.parametrize(
    ("claim", "flaws"),
    [
        ({}, ("the claim rests on case evidence and does not say on how many companies",)),
        ({"cases": "sailors"}, ()),
        ({"cases": "one"}, (ONE,)),
        ({"cases": "one", "wording": "Oneness of companies in {sailors} ports."}, (ONE,)),
        ({"cases": "one", "wording": "In one case there were {boats} boats."}, ()),
        ({"cases": "one", "wording": "{one} of the five companies had {boats}."}, ()),
        ({"cases": "one", "wording": "A single company had boats."}, ()),
    ],
)
def test_a_claim_from_one_company_says_so(
    made: Any, claim: Mapping[str, Any], flaws: tuple[str, ...]
) -> None:
    made.rests_on_cases()
    report = made.check(claim)
    (state,) = report.states
    assert state.about_cases
    assert state.synthetic
    assert state.flaws == flaws
    assert len(report.refusals) == len(flaws)


def test_a_claim_from_the_literature_need_not_count_companies(made: Any) -> None:
    (state,) = made.check({"cases": "one"}).states
    assert (state.about_cases, state.synthetic, state.flaws) == (False, False, ())


RATED = {"adequacy": {"steps": 1, "reason": "Few logs.", "author": "A. Hand", "date": "2026-05-01"}}


def test_a_component_rated_below_the_baseline_weakens_a_claim(made: Any) -> None:
    write_baseline(made.layout, "demo", made.check({"confidence": RATED}).states)
    assert made.check({"confidence": RATED}).counts["holds"] == 1
    lower = {"adequacy": {**RATED["adequacy"], "steps": 2}}
    (state,) = made.check({"confidence": lower}).states
    assert (state.state, state.reason) == ("weakened", "adequacy was lowered by 1 and is lowered by 2")
    better = {"adequacy": {**RATED["adequacy"], "steps": 0}, "coherence": RATED["adequacy"]}
    assert made.check({"confidence": better}).counts["holds"] == 1


HEAD = "synthetic,finding,component,steps,reason,author,date\n"


def test_ratings_in_the_table_of_the_evidence_count_and_the_latest_wins(made: Any) -> None:
    rows = "true,C01,adequacy,2,x,demo-1,2026-05-02\ntrue,C01,adequacy,1,x,demo-1,2026-03-02\n"
    made.toy.write({"data/demo/confidence_steps.csv": HEAD + rows})
    (state,) = made.check({}).states
    assert state.steps == {"adequacy": 2}
    (problem,) = made.check({"confidence": RATED}).problems
    assert "rated here and in the table" in str(problem)


def test_the_baseline_is_read_back_and_every_change_is_told(made: Any) -> None:
    assert write_baseline(made.layout, "demo", made.check({}, {}, {}).states)
    assert not write_baseline(made.layout, "demo", made.check({}, {}, {}).states)
    baseline, problems = read_baseline(made.layout, "demo")
    assert problems == []
    assert list(baseline_changes(made.check({}, {}, {}).states, baseline)) == []
    now = made.check({"holds_if": "boats < 3"}, {"wording": "New {boats}.", "confidence": RATED}).states
    assert [str(change) for change in baseline_changes(now, baseline)] == [
        "C01: state was «holds», is «broken»",
        "C02: sentence was «We counted 34 boats.», is «New 34.»",
        "C02: confidence was «not rated», is «adequacy 1»",
        "C03: gone: its sentence was «We counted 34 boats.»",
    ]
    assert [str(change) for change in baseline_changes(now[:1], Baseline())] == ["C01 is new"]


def test_the_baseline_of_private_evidence_stays_with_it(made: Any) -> None:
    assert baseline_path(made.layout, "demo") == made.root / "paper/claims_baseline.json"
    assert baseline_path(made.layout, "private") == made.layout.private / "claims_baseline.json"


@pytest.mark.parametrize("text", ["{", "[]", '{"claims": 3}', '{"claims": {"C01": 3}}'])
def test_a_baseline_that_cannot_be_read_is_told(made: Any, text: str) -> None:
    made.toy.write({"paper/claims_baseline.json": text})
    (problem,) = made.check({}).problems
    assert problem.file == "paper/claims_baseline.json"


def test_without_results_one_line_says_so(made: Any) -> None:
    made.write({}, {})
    report = read_claims(made.root, "reviewers", "demo")
    (problem,) = report.problems
    assert "no results of this edition yet; 2 claims rest on them" in str(problem)
    assert report.states == ()


def test_the_list_is_the_same_for_readers_and_machines(made: Any) -> None:
    report = made.check(*BAD)
    text = claims_as_text(report)
    assert text.startswith("4 claims for public: 2 holds, 0 weakened, 2 broken, 0 cannot say\n")
    assert "C02  broken: There are 10 sailors.\n      holds_if is not met" in text
    content = json.loads(claims_as_json(report))
    assert content["claims"] == claims_table(report)
    assert content["counts"]["broken"] == 2
    assert len(content["refusals"]) == 3
    made.rests_on_cases()
    assert "C04  holds (synthetic)" in claims_as_text(made.check(*BAD))


def test_why_walks_down_to_values_displays_references_and_segments(made: Any) -> None:
    made.toy.write(
        {"data/study/codebook.csv": "id,label,definition,include,exclude\nB1,Big,Is big.,Yes.,No.\n"}
    )
    made.rests_on_cases()
    made.write(
        {
            "weakened_if": "boats > 30",
            "cases": "sailors",
            "confidence": RATED,
            "workshop": "I3",
            "rests_on": {"displays": ["D01"], "codes": ["B1"], "references": ["Noah1900"]},
        }
    )
    asked: list[Any] = []

    def segments(codes: Any) -> list[tuple[str, str]]:
        asked.append(codes)
        return [("g1", "It was big.")]

    ground = why(made.root, "team", "demo", "C01", segments)
    text = ground.as_text()
    for line in (
        "state: weakened, because weakened_if is met: boats > 30 (boats is 34)",
        "confidence: adequacy lowered by 1",
        "against: Nobody counted twice.",
        "since the baseline: C01 is new",
        "rests on synthetic demonstration data",
        "  holds if boats > sailors",
        "    boats: 34 boats (n = 34), synthetic",
        "made in notebooks/01_boats.ipynb, a cell that has changed since, from codings",
        "  table D01\n    All 34 boats",
        "    files: tables/D01.csv, tables/D01.md",
        "  code B1\n    label: Big\n    definition: Is big.\n    include: Yes.\n    exclude: No.",
        "  reference Noah1900\n    cited as: Noah 1900\n    status: verified",
        "  segments\n    g1\n      It was big.",
        "adequacy: 1, Few logs. (A. Hand, 2026-05-01)",
        "votes\n    item I3: no vote yet",
    ):
        assert line in text, line
    assert asked == [("B1",)]
    assert json.loads(ground.as_json())["title"] == "C01"
    assert "workshop: no vote yet" not in text


def test_why_of_a_claim_that_is_not_there_names_the_nearest(made: Any) -> None:
    made.write({}, {"holds_if": "boat > 3"})
    with pytest.raises(PublishingError, match=r"no such claim stands in the ledger\. Did you mean C02\?"):
        why(made.root, "public", "demo", "C20")
    with pytest.raises(PublishingError, match=r"Did you mean boats\?"):
        why(made.root, "public", "demo", "C02")


def test_states_are_read_from_the_editions_own_results(made: Any) -> None:
    values = made.toy.results("team") / "01_boats/values.json"
    content = json.loads(values.read_text())
    content["boats"]["value"] = 3
    values.write_text(json.dumps(content))
    assert made.check({}).counts["holds"] == 1
    assert made.check({}, audience="team").counts["broken"] == 1


def test_no_ledger_no_claims(made: Any) -> None:
    from twinbenefits.publishing.stage_results import read_results

    report = check_claims(made.layout, "public", "demo", read_results(made.layout, "public", "demo"))
    assert report == ClaimsReport("public")
