"""Verdicts by the rule of each kind, held to cases worked out by hand."""

from __future__ import annotations

import runpy
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.analysis.case_values import CaseValues
from twinbenefits.analysis.judgement import (
    CANNOT_SAY,
    CONTRARY,
    MIXED,
    NEITHER,
    NOT_SUPPORTED,
    SILENT,
    SUPPORTED,
    SUPPORTS,
    Material,
    Term,
    VerdictRule,
)
from twinbenefits.analysis.pairs import orders_as_good, pair_signs, smallest_sets
from twinbenefits.analysis.proposition_material import proposition_material, recorded_reasons
from twinbenefits.analysis.propositions import judge_propositions
from twinbenefits.analysis.verdicts import judge

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))
CASES = ("A", "B", "C", "D", "E")
RULE = VerdictRule(minimum_cases=4)
UP = [Term("S", "+", "X")]


def material(levels, shares, recorded=(), cases=CASES) -> Material:
    """Return what one directional proposition is held to; None is unknown."""
    sides = {
        name: CaseValues(
            name,
            name == "S",
            {case: value for case, value in zip(cases, values, strict=True) if value is not None},
            reason={case: "not known" for case, value in zip(cases, values, strict=True) if value is None},
        )
        for name, values in (("S", levels), ("X", shares))
    }
    return Material(tuple(cases), sides, recorded={"P": frozenset(recorded)})


def directional(levels, shares, recorded=(), rule=RULE, cases=CASES):
    return judge("P", "directional", UP, material(levels, shares, recorded, cases), rule)


# Pairs, sets and orders


@pytest.mark.parametrize(
    ("outcome", "as_good"),
    [([1, 2, 3, 4, 5], 1), ([2, 1, 3, 4, 5], 5), ([2, 1, 3, 5, 4], 14), ([5, 4, 3, 2, 1], 120)],
)
def test_five_untied_cases_give_the_known_counts_of_orders(outcome, as_good) -> None:
    """Orders with at most 0, 1, 2 swapped pairs: 1, 5, 14 of 120, that is .008, .042 and .117."""
    levels = np.arange(5.0)
    assert orders_as_good([levels], [np.array(outcome, dtype=float)], [1]) == (as_good, 120)


def test_terms_move_together_and_too_many_cases_are_not_gone_through() -> None:
    levels, shares = np.arange(4.0), np.array([1.0, 2.0, 4.0, 3.0])
    assert orders_as_good([levels, levels], [shares, -shares], [1, -1]) == orders_as_good(
        [levels], [shares], [1]
    )
    assert orders_as_good([np.arange(10.0)], [np.arange(10.0)], [1]) is None
    assert orders_as_good([np.arange(1.0)], [np.arange(1.0)], [1]) is None


@settings(max_examples=150)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])))
def test_smallest_sets_are_those_that_trying_all_sets_finds(pairs) -> None:
    def clears(cases) -> bool:
        return all(one in cases or other in cases for one, other in pairs)

    size = next(n for n in range(7) if any(clears(some) for some in combinations(range(6), n)))
    expected = tuple(some for some in combinations(range(6), size) if clears(some))
    assert smallest_sets(pairs) == expected


@given(
    st.lists(st.integers(1, 4), min_size=5, max_size=5), st.lists(st.integers(0, 4), min_size=5, max_size=5)
)
def test_turning_the_direction_turns_every_pair(levels, shares) -> None:
    one, other = np.array(levels, dtype=float), np.array(shares, dtype=float)
    assert (pair_signs(one, other, 1) == -pair_signs(one, other, -1)).all()
    assert (pair_signs(one, other, 1) == pair_signs(one, other, 1).T).all()


# Directional


def test_supported_when_no_pair_is_discordant() -> None:
    found = directional([1, 2, 3, 4, 4], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert (found.verdict, found.concordant, found.discordant, found.tied) == (SUPPORTED, 9, 0, 1)
    assert found.smallest_sets == ()
    assert set(found.marks.values()) == {SUPPORTS}


def test_one_case_that_breaks_the_order_is_contrary() -> None:
    found = directional([1, 2, 3, 4, 4], [0.1, 0.2, 0.3, 0.4, 0.0])
    assert found.smallest_sets == (("E",),)
    assert found.named(CONTRARY) == ("E",)
    assert (found.verdict, found.why) == (NOT_SUPPORTED, "a contrary case has no reason on record")
    assert found.notes["E"] == "no reason on record"


def test_mixed_needs_a_reason_for_every_contrary_case() -> None:
    levels, shares = [1, 2, 3, 4, 4], [0.1, 0.2, 0.4, 0.3, 0.5]
    found = directional(levels, shares, recorded=("C",))
    assert found.smallest_sets == (("C",), ("D",))
    assert found.verdict == NOT_SUPPORTED  # D belongs to a smallest set too, and has no reason
    assert directional(levels, shares, recorded=("C", "D")).verdict == MIXED


def test_reasons_do_not_help_where_no_more_speaks_for_it() -> None:
    found = directional([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], recorded=CASES)
    assert (found.verdict, found.why) == (NOT_SUPPORTED, "no more speaks for it than against it")


def test_cannot_say_with_few_cases_or_only_ties() -> None:
    few = directional([1, 2, 3, None, None], [0.1, 0.2, 0.3, 0.4, None])
    assert (few.verdict, few.why, few.unknown) == (CANNOT_SAY, "fewer than 4 cases are known", 10)
    assert few.named(SILENT) == ("D", "E")
    tied = directional([2] * 5, [0.1, 0.2, 0.3, 0.4, 0.5])
    assert (tied.verdict, tied.tied) == (CANNOT_SAY, 10)
    assert set(tied.marks.values()) == {NEITHER}


def test_two_cases_cannot_say_and_do_not_fail() -> None:
    found = directional([1, 2], [0.1, 0.2], cases=("A", "B"))
    assert (found.verdict, found.orders_reason) == (CANNOT_SAY, "no term could be judged")
    assert directional([], [], cases=()).verdict == CANNOT_SAY


def test_a_term_with_few_cases_is_not_judged_and_the_others_are() -> None:
    whole = material([1, 2, 3, 4, 5], [0.1, 0.2, 0.3, 0.4, 0.5])
    poor = CaseValues("Y", False, {"A": 0.9, "B": 0.1}, reason={"C": "not asked"})
    both = Material(whole.cases, {**whole.values, "Y": poor})
    found = judge("P", "directional", [*UP, Term("S", "+", "Y")], both, RULE)
    assert (found.verdict, found.terms_judged, found.unknown) == (SUPPORTED, 1, 10)
    assert found.notes["C"] == "Y: not asked"


@settings(max_examples=100)
@given(
    st.lists(st.integers(1, 4), min_size=5, max_size=5),
    st.lists(st.integers(0, 5), min_size=5, max_size=5),
    st.permutations(range(5)),
)
def test_the_order_in_which_cases_are_listed_changes_nothing(levels, shares, order) -> None:
    one = directional(levels, shares)
    other = directional(
        [levels[i] for i in order], [shares[i] for i in order], cases=[CASES[i] for i in order]
    )
    assert one.verdict == other.verdict
    assert (one.concordant, one.discordant, one.orders) == (other.concordant, other.discordant, other.orders)
    assert dict(one.marks) == dict(other.marks)
    assert one.smallest_sets == other.smallest_sets
    assert one.concordant + one.discordant + one.tied + one.unknown == 10


# Kinds that look at single cases, on gardens


def grown(*, conditions: dict[str, bool], outcomes: dict[str, bool]):
    garden = TOY.Garden()
    for case in garden.cases:
        garden.say(f"{case}-1", "G2a", status="expected")
        garden.say(f"{case}-1", "H2", target="G2a")
        if outcomes[case]:
            garden.say(f"{case}-1", "G1a", status="observed")
        if conditions[case]:
            garden.say(f"{case}-1", "H1", target="G1a")
    return garden


def judged(garden, kind, terms, ratings=None, recorded=(), dated=None, rule=RULE):
    ratings = TOY.rated({}) if ratings is None else ratings
    held = proposition_material(
        terms,
        garden.coded(),
        garden.asked(),
        ratings,
        ["S1", "S2"],
        presence_threshold=rule.presence_threshold,
        recorded={"P": frozenset(recorded)},
        dated=dated,
    )
    return judge("P", kind, terms, held, rule)


ALL, NONE = dict.fromkeys(TOY.CASES, True), dict.fromkeys(TOY.CASES, False)
NEEDED = [Term("H1", "necessary", "G1a")]


def test_the_outcome_without_its_condition_is_contrary() -> None:
    garden = grown(conditions={**ALL, "west": False}, outcomes={**ALL, "south": False})
    found = judged(garden, "necessary", NEEDED)
    assert dict(found.marks) == {"east": SUPPORTS, "north": SUPPORTS, "south": NEITHER, "west": CONTRARY}
    assert (found.verdict, found.smallest_sets) == (NOT_SUPPORTED, (("west",),))
    assert judged(garden, "necessary", NEEDED, recorded=["west"]).verdict == MIXED


def test_a_condition_counts_only_where_it_names_the_outcome() -> None:
    garden = grown(conditions=NONE, outcomes=ALL)
    for case in garden.cases:
        garden.say(f"{case}-1", "H1", target="G2a")
    assert judged(garden, "necessary", NEEDED).named(CONTRARY) == TOY.CASES


def test_necessary_says_nothing_where_no_case_has_the_outcome() -> None:
    found = judged(grown(conditions=ALL, outcomes=NONE), "necessary", NEEDED)
    assert found.verdict == CANNOT_SAY
    assert "no known case has the outcome" in found.why


def test_a_scale_is_there_from_a_level_on_and_unknown_where_raters_stand_on_both_sides() -> None:
    garden = grown(conditions=NONE, outcomes=ALL)
    ratings = TOY.rated({"S1": {"east": 2, "north": 1, "south": (1, 2), "west": None}})
    found = judged(garden, "necessary", [Term("S1", "necessary", "G1a")], ratings, rule=VerdictRule(2))
    assert dict(found.marks) == {"east": SUPPORTS, "north": CONTRARY, "south": SILENT, "west": SILENT}
    assert "raters stand on both sides" in found.notes["south"]


def test_orders_of_a_necessary_condition() -> None:
    """Two of four cases have the condition, the same two the outcome: one of six ways, 4 of 24 orders."""
    half = {"east": True, "north": True, "south": False, "west": False}
    assert judged(grown(conditions=half, outcomes=half), "necessary", NEEDED).orders == (4, 24)


def test_a_gap_is_compared_within_each_case() -> None:
    garden = TOY.Garden()
    for case, expected, measured in (("east", 3, 1), ("north", 2, 2), ("south", 0, 0), ("west", 2, 0)):
        for _ in range(expected):
            garden.say(f"{case}-1", "G1a", status="expected")
        for _ in range(measured):
            garden.say(f"{case}-1", "G1a", status="measured")
        garden.say(f"{case}-1", "G2a")
    garden.say("west-1", "G1a", "Z1", target="G1a", status="observed")  # counted: as good as measured
    found = judged(garden, "gap", [Term("Z1", "gap", "G1")], rule=VerdictRule(3))
    assert dict(found.marks) == {"east": SUPPORTS, "north": CONTRARY, "south": SILENT, "west": SUPPORTS}
    garden.say("west-1", "G1a", "Z1", target="G1a", status="observed")
    assert judged(garden, "gap", [Term("Z1", "gap", "G1")], rule=VerdictRule(3)).marks["west"] == CONTRARY


def test_a_pattern_is_contrary_where_the_team_recorded_it() -> None:
    garden = grown(conditions=ALL, outcomes={**ALL, "south": False})
    terms = [Term("H", "pattern", "G1a")]
    assert judged(garden, "pattern", terms).verdict == CANNOT_SAY  # three cases tell of both
    garden.say("south-1", "G1a")
    assert judged(garden, "pattern", terms).verdict == SUPPORTED
    found = judged(garden, "pattern", terms, recorded=["east"])
    assert (found.verdict, found.named(CONTRARY)) == (MIXED, ("east",))


def test_what_came_first_needs_dates_on_both_sides() -> None:
    garden, terms = grown(conditions=ALL, outcomes=ALL), [Term("H1", "precedes", "G1a")]
    assert judged(garden, "precedes", terms).verdict == CANNOT_SAY
    rows = [(case, code, f"202{year}-05-01") for case, code, year in (
        ("east", "H1", 1), ("east", "G1a", 2), ("north", "H1", 3), ("north", "G1a", 2),
        ("south", "H1", 2), ("south", "G1a", 2), ("west", "H1", 2),
    )]  # fmt: skip
    dated = pd.DataFrame(rows, columns=["case", "code", "date"])
    found = judged(garden, "precedes", terms, dated=dated, rule=VerdictRule(3))
    assert dict(found.marks) == {"east": SUPPORTS, "north": CONTRARY, "south": NEITHER, "west": SILENT}
    assert found.notes["west"] == "not dated: G1a"


def test_a_kind_without_a_rule_and_a_proposition_without_terms_are_refused() -> None:
    held = material([1], [1], cases=("A",))
    with pytest.raises(ValueError, match="is no kind of proposition"):
        judge("P", "magical", UP, held, RULE)
    with pytest.raises(ValueError, match="P has no term"):
        judge("P", "directional", [], held, RULE)
    with pytest.raises(ValueError, match=r"needs \+ or -"):
        judge("P", "directional", [Term("S", "necessary", "X")], held, RULE)


def test_a_reason_on_record_has_an_author_and_a_date() -> None:
    rows = pd.DataFrame(
        {"proposition": "P", "case": list("ABC"), "reason": ["x", "x", ""], "author": ["a", "", "a"],
         "recorded_on": ["2026-01-01", "2026-01-01", "2026-01-01"]}
    )  # fmt: skip
    assert recorded_reasons(rows) == {"P": frozenset("A")}
    assert recorded_reasons(rows, words_masked=True) == {"P": frozenset("AC")}


# All together


@pytest.fixture
def garden():
    garden = TOY.Garden()
    for case, many in zip(garden.cases, (1, 2, 3, 4), strict=True):
        garden.fill(case, "G1a", many)
    return garden


def all_of(garden, ratings, kinds=("directional",), negative=()):
    names = [f"P{number}" for number in range(1, len(kinds) + 1)]
    propositions = pd.DataFrame(
        {
            "id": names,
            "kind": kinds,
            "statement": "More sun, more apples.",
            "would_count_against": "a dark orchard",
        }
    )
    directions = [{"directional": "+"}.get(kind, kind) for kind in kinds]
    terms = pd.DataFrame({"proposition": names, "condition": "S1", "direction": directions, "outcome": "G1a"})
    columns = ["proposition", "case", "reason", "author", "recorded_on"]
    return judge_propositions(
        propositions,
        terms,
        coded=garden.coded(),
        asked=garden.asked(),
        ratings=ratings,
        context_scales=TOY.SCALES,
        negative_cases=pd.DataFrame(list(negative), columns=columns),
        rule=RULE,
    )


def test_the_tables_say_what_stands_for_and_against(garden) -> None:
    ratings = TOY.rated({"S1": {"east": 1, "north": 2, "south": 3, "west": 4}})
    found = all_of(garden, ratings, kinds=("directional", "necessary"))
    row = found.verdicts.table.iloc[0]
    assert row[["verdict", "concordant", "rated", "orders_as_good", "orders"]].tolist() == [
        SUPPORTED,
        6,
        4,
        1,
        24,
    ]
    assert row["would_count_against"] == "a dark orchard"
    totals = found.cases.table[found.cases.table["case"] == "*"]
    assert totals["supports"].tolist()[0] == 4
    assert TOY.unexplained(found.verdicts.table, {"orders": ("orders_reason",)}).empty


def test_each_case_is_left_out_in_turn_and_counts_as_its_own_cell(garden) -> None:
    ratings = TOY.rated({"S1": {"east": 4, "north": 2, "south": 3, "west": 4}})
    found = all_of(garden, ratings)
    assert found.verdicts.table["verdict"].tolist() == [NOT_SUPPORTED]
    left = found.left_out.table.set_index("left_out")
    assert left["verdict"].to_dict() == dict.fromkeys(TOY.CASES, CANNOT_SAY)  # three cases are left
    assert left["changes"].all()
    assert found.left_out.cells.case == "left_out"
    assert (left["cases"] == 1).all()


def test_sets_are_numbered_and_every_case_has_a_row(garden) -> None:
    ratings = TOY.rated({"S1": {"east": 1, "north": 3, "south": 2, "west": 4}})
    cases = all_of(garden, ratings).cases.table.set_index("case")
    assert cases["sets"].to_dict() == {"east": "", "north": "1", "south": "2", "west": "", "*": ""}
    assert cases.loc["*", ["supports", "contrary"]].tolist() == [2, 2]


def test_all_bad_propositions_are_named(garden) -> None:
    with pytest.raises(ValueError, match="is no kind"):
        all_of(garden, TOY.rated({}), kinds=("magical",))
