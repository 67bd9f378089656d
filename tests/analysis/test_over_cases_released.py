"""What an audience sees of analyses over cases: everything gated, nothing missing without a reason."""

from __future__ import annotations

import datetime
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from twinbenefits.analysis.clustering import chi_square_on_segments
from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.context import construct_table, outcome_by_case
from twinbenefits.analysis.cooccurrence import cooccurrence
from twinbenefits.analysis.descriptions import code_by_context
from twinbenefits.analysis.judgement import VerdictRule
from twinbenefits.analysis.mechanisms import mechanism_by_benefit
from twinbenefits.analysis.misclassification import misclassification
from twinbenefits.analysis.network import benefit_network
from twinbenefits.analysis.pooling import partial_pooling
from twinbenefits.analysis.proposition_material import proposition_terms, recorded_reasons
from twinbenefits.analysis.propositions import judge_propositions
from twinbenefits.analysis.ranks import benefit_ranks
from twinbenefits.analysis.robust_verdicts import robust_verdicts
from twinbenefits.analysis.robustness import robustness, specification_curve
from twinbenefits.analysis.salience import salience, salience_by_session
from twinbenefits.analysis.snapshots import compare_snapshots
from twinbenefits.analysis.specifications import specifications
from twinbenefits.analysis.sweep import sweep
from twinbenefits.analysis.theme_evidence import evidence_per_theme
from twinbenefits.evidence.cells import BASIS
from twinbenefits.evidence.consent import AudienceRule, Permissions
from twinbenefits.evidence.release import release
from twinbenefits.evidence.study import Study
from twinbenefits.evidence.withholding import WITHHELD, Gate

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))
TABLES = [
    "cases", "sessions", "sources", "segments", "coders", "assignments", "codings", "asked", "codebook",
    "context_ratings", "context_scales", "propositions", "proposition_terms", "negative_cases",
]  # fmt: skip
RULE = VerdictRule(minimum_cases=4)
PUBLIC = AudienceRule(2, 3, 4, 5, 3, 3, permission=True)


def every_result(frames: dict[str, pd.DataFrame], *, masked: bool = False):
    """Return every result of the comparison of cases by name."""
    names = ("codings", "segments", "sources", "sessions", "cases", "codebook", "assignments", "coders")
    coded = coded_evidence(**{name: frames[name] for name in names})
    asked, ratings, scales = frames["asked"], frames["context_ratings"], frames["context_scales"]
    kinds = dict(zip(frames["propositions"]["id"], frames["propositions"]["kind"], strict=True))
    terms = proposition_terms(frames["proposition_terms"])
    judged = judge_propositions(
        frames["propositions"], frames["proposition_terms"], coded=coded, asked=asked, ratings=ratings,
        context_scales=scales, negative_cases=frames["negative_cases"], rule=RULE, words_masked=masked,
    )  # fmt: skip
    specs = specifications(coded, thresholds=(1, 2))
    robust = robustness(coded, asked, specs)
    swept = robust_verdicts(
        kinds, terms, coded, asked, ratings, scales["id"], specs, rule=RULE,
        recorded=recorded_reasons(frames["negative_cases"], words_masked=masked),
    )  # fmt: skip
    cells = salience(coded, asked, minimum_sessions=8)
    ranks = benefit_ranks(coded, asked, minimum_sessions=8)
    marks = judged.cases.table
    snapshot = {
        "marks": marks[marks["mark"].notna()],
        "cells": cells.table,
        "ranks": ranks.table,
        "verdicts": judged.verdicts.table,
    }
    changes = compare_snapshots(snapshot, snapshot, inputs=("cases", "codings"))
    leaf = coded.leaves("benefit")[0]
    return {
        "salience": cells,
        "dots": salience_by_session(coded, asked),
        "pooling": partial_pooling(coded, asked, minimum_sessions_per_effect=8),
        "ranks": ranks,
        "quotes": evidence_per_theme(coded, quote_from=3),
        "quotes without cases": evidence_per_theme(coded, quote_from=3, by_case=False),
        "constructs": construct_table(ratings, scales, coded),
        "order": outcome_by_case(coded, asked, leaf),
        "mechanisms": mechanism_by_benefit(coded),
        "verdicts": judged.verdicts,
        "marks": judged.cases,
        "left out": judged.left_out,
        "co-occurrence": cooccurrence(coded, minimum_sessions=8, draws=50),
        "network": benefit_network(coded),
        "model": code_by_context(
            coded, ratings, code=leaf, scale=scales["id"].iloc[0], minimum_sessions_per_effect=8
        ),
        "chi-square": chi_square_on_segments(coded, studies=50),
        "conclusions": robust.conclusions,
        "choices": robust.choices,
        "rank ranges": robust.ranks,
        "curve": specification_curve(
            coded, sweep(coded, asked, specs), conclusion="present", code=leaf, case=coded.cases[0]
        )
        if coded.cases
        else cells,
        "robust verdicts": swept.verdicts,
        "choices on verdicts": swept.choices,
        "redrawn": misclassification(coded, asked, draws=20),
        **{f"changes of {part}": one for part, one in changes.items()},
    }


REASONS = {
    "salience": {
        "state": ("reason",),
        "share": ("state", "reason"),
        "low": ("interval_reason", "state", "reason"),
    },
    "dots": {"share": ("reason",)},
    "pooling": {"pooled": ("reason",), "share": ("reason",)},
    "ranks": {"rank": ("reason",), "low": ("reason", "range_from")},
    "constructs": {"rating": ("reason",)},
    "order": {"share": ("state", "reason"), "state": ("reason",)},
    "verdicts": {"orders": ("orders_reason",)},
    "co-occurrence": {"jaccard": ("reason",), "jaccard_low": ("reason", "interval_reason")},
    "model": {"estimate": ("reason",)},
    "conclusions": {"baseline": ("reason",), "share": ("reason",)},
    "rank ranges": {"rank": ("reason",), "best": ("reason",)},
    "robust verdicts": {"share": ("reason",)},
    "redrawn": {"share": ("reason",)},
}


def sound(results) -> None:
    """Hold every result to what release needs and to a reason beside every missing number."""
    for name, result in results.items():
        assert result.cells is not None, name
        absent = {*result.cells.dimensions, *result.cells.shown, *BASIS} - set(result.table)
        assert not absent, (name, absent)
        stray = set(result.table) - {*result.cells.dimensions, *result.cells.shown, *BASIS}
        assert not stray, (name, stray)
        assert all(scalar.basis is not None for scalar in result.scalars.values()), name
        left = TOY.unexplained(result.table, REASONS.get(name, {}))
        assert left.empty, (name, left.head())


# The demonstration set, for two audiences


@pytest.fixture(scope="module", params=["team", "public"])
def released(request, root):
    study = Study.open(root, audience=request.param, tables=TABLES)
    results = every_result({name: study.table(name) for name in TABLES}, masked=request.param != "team")
    return request.param, study, results, {name: release(one, study) for name, one in results.items()}


def test_every_result_can_be_released(released) -> None:
    _, _, results, shown = released
    sound(results)
    assert all(one.synthetic for one in shown.values())


def test_the_public_sees_what_is_permitted_and_why_the_rest_is_withheld(released) -> None:
    audience, _, _, shown = released
    table = shown["salience"].table
    if audience == "team":
        assert (table[WITHHELD] == "").all()
        return
    hidden = table[WITHHELD] != ""
    assert hidden.any()
    assert not hidden.all()
    assert table.loc[hidden, ["state", "segments", "share", "reason"]].isna().all(axis=None)
    assert table.loc[~hidden, "state"].notna().any()
    assert any("cells withheld" in note for note in shown["salience"].limitations)


def test_rows_of_a_withheld_company_are_as_many_as_of_any_other(released) -> None:
    """Which rows there are must not tell what is withheld."""
    _, _, _, shown = released
    for name in (
        "salience",
        "quotes",
        "marks",
        "left out",
        "conclusions",
        "rank ranges",
        "constructs",
        "changes of cells",
        "changes of marks",
    ):
        table = shown[name].table
        column = shown[name].table.columns[shown[name].table.columns.isin(["case", "left_out"])][0]
        counts = table[(table[column] != "*") & (table.get("conclusion", "") != "present in all cases")]
        assert counts.groupby(column).size().nunique() == 1, name


def test_no_result_tests_chosen_cases(released) -> None:
    """No p-value, star or talk of significance in any column, number or limitation, but for the warning."""
    _, _, _, shown = released
    for name, one in shown.items():
        words = " ".join([*map(str, one.table.columns), *one.scalars, *one.limitations]).lower()
        columns = set(map(str.lower, one.table.columns))
        assert not columns & {"p", "p_value", "pvalue", "p>|z|", "z", "t", "chi2"}, name
        if name != "chi-square":
            assert "significan" not in words, name
        for column in one.table.select_dtypes(["object", "str"]):
            text = " ".join(one.table[column].dropna().astype(str).unique())
            assert "***" not in text, (name, column)
            assert "p <" not in text, (name, column)


def test_a_statement_about_all_cases_needs_three_persons_and_two_companies() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "H1", target="G1a")
    for case in ("east", "north", "south"):
        garden.say(f"{case}-1", "H2", target="G1a")
    permissions = Permissions(
        pd.DataFrame(columns=["case", "item", "approved_on", "expires_on", "embargo_until"]),
        datetime.date(2026, 1, 1),
    )
    gate = Gate(PUBLIC, PUBLIC, "", permissions, {})
    found = mechanism_by_benefit(garden.coded())
    table = gate.withhold(found.table, found.cells).set_index(["mechanism", "benefit"])
    assert table.loc[("H1", "G1a"), WITHHELD] == "rests on one company"
    assert table.loc[("H2", "G1a"), [WITHHELD, "segments"]].tolist() == ["", 3]


# Bad input


def bad_inputs():
    """Return gardens in which something is missing."""
    empty = TOY.Garden()
    silent = TOY.Garden()
    silent.fill("north", "G1a", 3)
    silent.sessions = [(name, case) for name, case in silent.sessions if case != "west"]
    never = TOY.Garden()
    for case in never.cases:
        never.fill(case, "G1a", 3)
        never.not_asked.add((case, "G1b"))
    tied = TOY.Garden()
    for case in tied.cases:
        tied.fill(case, "G1a", 5)
    hidden = TOY.Garden()
    for case in hidden.cases:
        hidden.fill(case, "G1a", 4, level=2, about=False)
    two = TOY.Garden(cases=("north", "south"))
    two.fill("north", "G1a", 3)
    two.fill("south", "G1a", 1)
    one = TOY.Garden(cases=("north",), sessions=1)
    one.say("north-1", "G1a")
    none = TOY.Garden(cases=())
    return {
        "nothing coded": empty,
        "a case without sessions": silent,
        "a benefit never asked": never,
        "all ties": tied,
        "every cell withheld": hidden,
        "two cases": two,
        "one case, one session": one,
        "no case": none,
    }


@pytest.mark.parametrize("name", list(bad_inputs()))
@pytest.mark.parametrize("raters", [("r1", "r2"), ("r1",), ()])
def test_bad_input_gives_what_there_is_and_why_the_rest_is_missing(name, raters) -> None:
    garden = bad_inputs()[name]
    levels = {case: tuple(range(1, len(raters) + 1)) for case in garden.cases} if raters else {}
    ratings = TOY.rated({"S1": levels}, raters=raters)
    frames = {
        **garden.frames(),
        "asked": garden.asked(),
        "context_ratings": ratings,
        "context_scales": TOY.SCALES,
        "propositions": pd.DataFrame(
            {
                "id": ["P1", "P2", "P3", "P4", "P5"],
                "kind": ["directional", "necessary", "gap", "pattern", "precedes"],
            }
        ),
        "proposition_terms": pd.DataFrame(
            {
                "proposition": ["P1", "P1", "P2", "P3", "P4", "P5"],
                "condition": ["S1", "none such", "H1", "Z1", "H", "H1"],
                "direction": ["+", "-", "necessary", "gap", "pattern", "precedes"],
                "outcome": ["G1a", "G2a", "G1", "G", "G", "H2"],
            }
        ),
        "negative_cases": pd.DataFrame(columns=["proposition", "case", "reason", "author", "recorded_on"]),
    }
    results = every_result(frames)
    sound(results)
    assert set(results["verdicts"].table["verdict"]) <= {"Cannot say", "Supported", "Not supported"}
    assert results["verdicts"].table["verdict"].tolist()[-1] == "Cannot say"  # nothing is dated
