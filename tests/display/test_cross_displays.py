"""What readers see of the comparison of odd cases: drawn with what there is, and what is missing is said."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pandas as pd
import pytest
from matplotlib.figure import Figure

from twinbenefits.analysis.comparison import (
    benefits_over_cases,
    conclusions_held,
    ranks_over_cases,
    verdicts_counted,
    widest_outcome,
)
from twinbenefits.analysis.context import construct_table, outcome_by_case
from twinbenefits.analysis.judgement import VerdictRule
from twinbenefits.analysis.mechanisms import mechanism_by_benefit
from twinbenefits.analysis.misclassification import misclassification
from twinbenefits.analysis.network import benefit_network
from twinbenefits.analysis.pooling import partial_pooling
from twinbenefits.analysis.propositions import judge_propositions
from twinbenefits.analysis.ranks import benefit_ranks
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.robustness import robustness, specification_curve
from twinbenefits.analysis.salience import salience, salience_by_session
from twinbenefits.analysis.specifications import specifications
from twinbenefits.analysis.sweep import sweep
from twinbenefits.analysis.theme_evidence import evidence_per_theme
from twinbenefits.display import (
    comparison_tables,
    context_tables,
    mechanism_tables,
    network_figures,
    proposition_tables,
    rank_figures,
    robustness_figures,
    salience_figures,
    theme_tables,
)
from twinbenefits.evidence.release import _SEAL, Released

SMALL = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "small_study.py")))
NAMES = {"B1.1": "first", "B1.2": "second", "M1": "one way"}
SCALES = pd.DataFrame(
    {
        "id": ["S1"],
        "code": ["C1"],
        "sub_dimension": ["steepness"],
        **{f"level_{level}": [f"step {level}"] for level in range(1, 5)},
    }
)
PROPOSITIONS = pd.DataFrame(
    {
        "id": ["P1", "P2"],
        "kind": ["directional", "necessary"],
        "statement": ["The steeper, the more.", "Not without."],
        "would_count_against": ["a flat case with much", "one without"],
    }
)
TERMS = pd.DataFrame(
    {
        "proposition": ["P1", "P2"],
        "condition": ["S1", "M1"],
        "direction": ["+", "necessary"],
        "outcome": ["B1.1", "B1.1"],
    }
)
NEGATIVE = pd.DataFrame(columns=["proposition", "case", "reason", "evidence", "author", "recorded_on"])

Study = dict[str, pd.DataFrame]
Shown = Mapping[str, Figure | pd.DataFrame]


def rating(study: Study, raters: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    rows = [
        {"case": case, "sub_dimension": "S1", "rater": rater, "rater_kind": "coder", "level": 1 + place % 3}
        for place, case in enumerate(study["cases"]["case"])
        for rater in raters
    ]
    columns = ["case", "sub_dimension", "rater", "rater_kind", "level", "na_reason", "evidence", "confidence"]
    return pd.DataFrame(rows, columns=[*columns, "rated_on"])


def asking(study: Study, answers: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        {"case": case, "code": code, "asked": answer, "session": ""}
        for case in study["cases"]["case"]
        for code, answer in answers.items()
    ]
    return pd.DataFrame(rows, columns=["case", "code", "asked", "session"])


def plain() -> Study:
    study: Study = SMALL.double_coded(sessions=8, cases=4)
    return study | {"asked": asking(study, {"B1.1": "yes", "B1.2": "yes"}), "ratings": rating(study)}


def a_case_without_sessions() -> Study:
    study = plain()
    more = study["cases"].iloc[[0]].assign(case="K9")
    return study | {"cases": pd.concat([study["cases"], more], ignore_index=True)}


def a_benefit_never_asked() -> Study:
    study = plain()
    codings = study["codings"]
    return study | {
        "asked": asking(study, {"B1.1": "yes", "B1.2": "no"}),
        "codings": codings[codings["code"] != "B1.2"],
    }


def all_ties() -> Study:
    study = plain()
    segments = list(study["segments"]["segment"])
    both = [(segment, coder, code) for segment in segments for coder in "ab" for code in ("B1.1", "B1.2")]
    return study | {"codings": SMALL.coding(both)}


def one_rater() -> Study:
    study = plain()
    return study | {"ratings": rating(study, ("a",))}


def two_cases() -> Study:
    study: Study = SMALL.double_coded(sessions=4, cases=2)
    return study | {"asked": asking(study, {"B1.1": "yes", "B1.2": "yes"}), "ratings": rating(study)}


def nothing() -> Study:
    study: Study = SMALL.tables(sessions=0, cases=0)
    return study | {"ratings": rating(study)}


def shown(study: Study, *, withheld: str = "") -> Shown:
    """Return every display of a study; with `withheld`, every row about a case is withheld for it."""

    def released(result: Result) -> Released:
        table = result.table.assign(withheld="")
        cells = result.cells
        if withheld and cells is not None and cells.case:
            table["withheld"] = withheld
            for column in cells.shown:
                table[column] = pd.Series([None] * len(table), index=table.index, dtype=object)
        part = SimpleNamespace(
            table=table, scalars=result.scalars, limitations=result.limitations, inputs=result.inputs
        )
        return Released(part, "public", "demo", tuple(result.inputs), synthetic=True, seal=_SEAL)

    coded = SMALL.joined(study)
    read, asked, cases = resolve(coded), study["asked"], [str(case) for case in study["cases"]["case"]]
    benefits = coded.leaves("benefit")
    states = released(salience(read, asked, minimum_sessions=8))
    dots = released(salience_by_session(read, asked))
    ranks = released(benefit_ranks(read, asked, minimum_sessions=8))
    pooled = released(partial_pooling(read, asked, minimum_sessions_per_effect=2))
    constructs = released(construct_table(study["ratings"], SCALES, coded))
    ordered = released(outcome_by_case(read, asked, "B1.1"))
    reached = released(mechanism_by_benefit(read))
    edges = released(benefit_network(read))
    quotes = released(evidence_per_theme(read, quote_from=4))
    judged = judge_propositions(
        PROPOSITIONS, TERMS, coded=read, asked=asked, ratings=study["ratings"], context_scales=SCALES,
        negative_cases=NEGATIVE, rule=VerdictRule(minimum_cases=4),
    )  # fmt: skip
    verdicts, marks, left = (released(part) for part in (judged.verdicts, judged.cases, judged.left_out))
    specs = specifications(coded, thresholds=[1, 2])
    held = robustness(coded, asked, specs)
    concluded, choices, moved = (released(part) for part in (held.conclusions, held.choices, held.ranks))
    over, beside = (
        released(benefits_over_cases(states.table, states.inputs)),
        released(ranks_over_cases(ranks.table, NAMES, ranks.inputs)),
    )
    counted = released(conclusions_held(concluded.table, concluded.inputs))
    redrawn = released(misclassification(coded, asked, draws=20))
    verdicts_counted(verdicts.table, left.table, verdicts.inputs)
    assert widest_outcome(states.table) in (*benefits, "")
    at = (benefits, cases, NAMES)
    drawn: dict[str, Figure | pd.DataFrame] = {
        "heat": salience_figures.case_by_benefit(states, *at),
        "dots": salience_figures.salience_dots(states, dots, *at),
        "shrinkage": salience_figures.shrinkage(pooled, *at),
        "ranks": rank_figures.benefit_ranks(ranks, *at),
        "moved": rank_figures.rank_ranges(moved, *at),
        "network": network_figures.benefit_network(edges, ["M1"], benefits, NAMES),
        "constructs": context_tables.construct_table(constructs, cases, {"S1": "steepness"}),
        "lines": context_tables.construct_evidence(constructs),
        "matrix": context_tables.case_ordered_matrix(ordered, constructs, {"S1": "steepness"}),
        "mechanisms": mechanism_tables.mechanism_by_benefit(
            reached, NAMES, theme_tables.quote_numbers(quotes)
        ),
        "quotes": theme_tables.evidence_per_theme(quotes, NAMES),
        "propositions": proposition_tables.propositions(verdicts, marks, left),
        "notes": proposition_tables.verdict_notes(marks),
        "over": comparison_tables.benefits_over_cases(over, beside),
        "held": robustness_figures.conclusions_held(counted, redrawn),
        "flips": robustness_figures.flips(choices),
    }
    if cases:
        one = specification_curve(
            coded, sweep(coded, asked, specs), conclusion="present", code="B1.1", case=cases[0]
        )
        drawn["curve"] = robustness_figures.specification_curve(released(one), "first is present")
    return drawn


def words(display: Figure | pd.DataFrame) -> str:
    """Return all the words a reader sees; a figure must also be drawable."""
    if isinstance(display, pd.DataFrame):
        assert len(display)
        assert all(isinstance(cell, str) for row in display.itertuples(index=False) for cell in row)
        return " | ".join([*display.columns, *display.astype(str).to_numpy().ravel()])
    display.draw_without_rendering()
    artists: Any = display.findobj(lambda artist: hasattr(artist, "get_text"))
    return " | ".join(" ".join(str(artist.get_text()).split()) for artist in artists if artist.get_text())


@pytest.mark.parametrize(
    ("study", "missing"),
    [
        (a_case_without_sessions, {"ranks": "K9.*not asked", "heat": "K9.*not asked", "matrix": "K9"}),
        (a_benefit_never_asked, {"heat": "not asked", "ranks": "not asked", "over": "Not asked"}),
        (all_ties, {"flips": "none|K1", "moved": "all specifications"}),
        (one_rater, {"constructs": "one rater"}),
        (two_cases, {"propositions": "Cannot say", "held": "present"}),
        (nothing, {"heat": "no case", "dots": "no case", "ranks": "no case", "moved": "no case"}),
    ],
)
def test_odd_data_are_drawn_and_what_is_missing_is_said(
    study: Callable[[], Study], missing: Mapping[str, str]
) -> None:
    drawn = {name: words(display) for name, display in shown(study()).items()}
    for name, said in missing.items():
        assert re.search(said, drawn[name]), (name, drawn[name])
    assert not [name for name, seen in drawn.items() if re.search(r"\bnan\b|\bNone\b|<NA>", seen)]


def test_where_all_is_withheld_every_display_says_so() -> None:
    why = "vertical: not permitted by the company"
    drawn = {name: words(display) for name, display in shown(plain(), withheld=why).items()}
    for name in ("heat", "dots", "ranks", "moved", "constructs", "matrix", "propositions", "quotes", "curve"):
        assert "withheld" in drawn[name], (name, drawn[name])
    for name in ("dots", "ranks", "moved", "curve"):
        assert why in drawn[name]
    assert not re.search(r"\d%", drawn["heat"])


def test_the_network_is_the_same_every_time() -> None:
    coded = resolve(SMALL.joined(plain()))
    edges = benefit_network(coded, minimum_sessions=1)
    table = edges.table.assign(withheld="")
    part = SimpleNamespace(table=table, scalars={}, limitations=(), inputs=("codings",))
    of = Released(part, "public", "demo", ("codings",), synthetic=True, seal=_SEAL)
    first, second = (
        [
            tuple(line.get_xydata().ravel())
            for line in network_figures.benefit_network(of, ["M1"], coded.leaves("benefit"), NAMES)
            .axes[0]
            .get_lines()
        ]
        for _ in range(2)
    )
    assert first == second


def test_choices_are_told_without_long_names_of_sessions() -> None:
    told = proposition_tables.choice_words("left_out", "session session-0123456789abcdef", "telecom")
    assert told == "without a session of telecom"
    assert proposition_tables.choice_words("left_out", "session K1-S1", "K1") == "without session K1-S1"
    assert proposition_tables.choice_words("left_out", "coder demo-2", "K1") == "without coder demo-2"
    assert proposition_tables.choice_words("version", "preferred demo-1", "*") == "read by demo-1"


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "0%"), (0.001, "under 1%"), (0.25, "25%"), (0.999, "over 99%"), (1.0, "100%")],
)
def test_a_share_is_nothing_or_all_only_where_it_is(share: float, told: str) -> None:
    assert proposition_tables.share_words(share) == told


@pytest.mark.parametrize(("variant", "drawn"), [("", 120), ("slide", 60)])
def test_of_very_many_edges_those_of_most_sessions_are_drawn_and_it_is_said(
    variant: Literal["", "slide"], drawn: int
) -> None:
    rows = [
        {"from_node": f"M{one}", "to_node": f"B{other}", "kind": "serves", "segments": 9, "drawn": True}
        | {"sessions": 2 + (one == other), "withheld": ""}
        for one in range(13) for other in range(13)
    ]  # fmt: skip
    part = SimpleNamespace(table=pd.DataFrame(rows), scalars={}, limitations=(), inputs=("codings",))
    of = Released(part, "public", "demo", ("codings",), synthetic=True, seal=_SEAL)
    codes = [[f"{letter}{number}" for number in range(13)] for letter in "MB"]
    figure = network_figures.benefit_network(of, *codes, {}, variant=variant)
    assert f"the first {drawn} of 169 links by sessions" in words(figure)
    edges = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 2]
    assert len(edges) == drawn
    assert sum(line.get_linewidth() == 4 for line in edges) == 13, "those of three sessions are all there"
