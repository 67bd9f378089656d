"""Every specification in one pass: the same results as one by one, and what turns a conclusion over."""

from __future__ import annotations

import runpy
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis.conclusions import EVERYWHERE, FIRST, PRESENT
from twinbenefits.analysis.judgement import Term, VerdictRule
from twinbenefits.analysis.misclassification import coder_confusion, misclassification
from twinbenefits.analysis.proposition_material import proposition_material
from twinbenefits.analysis.propositions import judgements
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.robust_verdicts import robust_verdicts, verdicts_by_specification
from twinbenefits.analysis.robustness import robustness, specification_curve
from twinbenefits.analysis.spec_verdicts import VERDICTS
from twinbenefits.analysis.specifications import MEASURES, Measure, sibling_pairs, specifications
from twinbenefits.analysis.sweep import sweep

HERE = Path(__file__).parent
TOY = SimpleNamespace(**runpy.run_path(str(HERE / "toy_cases.py")))
BENCH = SimpleNamespace(**runpy.run_path(str(HERE.parents[1] / "benchmarks/bench_robustness.py")))


def orchard(seed: int = 1, *, agreed: bool = False):
    """Return a garden in which three people code, some passages twice, with gaps of every kind."""
    rng = np.random.default_rng(seed)
    garden = TOY.Garden(sessions=3)
    coders = ("ann", "bob", "cid")
    for name, _case in garden.sessions:
        for number in range(9):
            first = coders[(len(garden.segments)) % 3]
            codes = [code for code in ("G1a", "G1b", "G2a", "Q1") if rng.random() < 0.35]
            status = ("expected", "observed", "measured")[int(rng.integers(3))]
            strength = (None, 1, 2, 3)[int(rng.integers(4))]
            passage = garden.say(name, *codes, coder=first, status=status, strength=strength)
            if number % 2:
                other = [code for code in ("G1a", "G1b", "G2a") if rng.random() < 0.35]
                second = coders[(coders.index(first) + 1) % 3]
                garden.say(name, *other, coder=second, status="observed", strength=3, segment=passage)
            if rng.random() < 0.4:
                garden.say(name, "H1", coder=first, target=str(rng.choice(["G1a", "G2a"])), segment=passage)
            if agreed and number == 3:
                garden.say(name, "G1a", coder="both", segment=passage)
    garden.not_asked |= {("north", "G1b"), ("west", "G2a")}
    garden.consensus = ["both"] if agreed else []
    return garden


@pytest.fixture(scope="module")
def garden():
    return orchard()


def specs_of(coded):
    return specifications(coded, thresholds=(1, 2, 3), merges=sibling_pairs(coded))


# The pass and the loop


@pytest.mark.parametrize("agreed", [False, True])
def test_the_pass_gives_what_a_loop_over_pandas_gives(agreed) -> None:
    garden = orchard(2, agreed=agreed)
    coded = garden.coded()
    specs = specs_of(coded)
    found = sweep(coded, garden.asked(), specs)
    loop = BENCH.Loop(coded, garden.asked(), specs)
    assert BENCH.disagreements(found, loop, specs.sample(60, seed=3)) == []
    assert BENCH.disagreements(found, loop, np.arange(8)) == []


@pytest.mark.long
def test_the_pass_gives_what_a_loop_gives_under_every_specification(garden) -> None:
    coded = garden.coded()
    specs = specs_of(coded)
    loop = BENCH.Loop(coded, garden.asked(), specs)
    assert BENCH.disagreements(sweep(coded, garden.asked(), specs), loop, np.arange(specs.size)) == []


@pytest.mark.long
def test_ten_thousand_specifications_of_the_demonstration_set_take_half_a_second() -> None:
    from time import process_time

    coded, asked = BENCH.demonstration()
    specs = specifications(coded, thresholds=(1, 2, 3), merges=sibling_pairs(coded)[:7])
    assert specs.size >= 10_000
    loop, times = BENCH.Loop(coded, asked, specs), []
    for _ in range(5):
        start = process_time()
        _ = sweep(coded, asked, specs).rank  # worked out when asked for
        times.append(process_time() - start)
    start = process_time()
    for number in specs.sample(25, seed=1):
        loop.one_specification(int(number))
    each = (process_time() - start) / 25
    assert min(times) * 10_000 / specs.size < 0.5
    assert each * specs.size > 100 * min(times)


def test_the_first_specification_is_what_is_reported(garden) -> None:
    specs = specs_of(garden.coded())
    first = specs.table().iloc[0]
    assert first.tolist() == ["any", "nothing", "none", "1", "segments"]
    assert specs.size == len(specs.table()) == np.prod(specs.shape)
    assert specs.shape[0] == 6  # any, majority, all, and each of three coders
    version, left, merge, threshold, measure = specs.at(specs.size - 1)
    assert (str(version), left.kind, merge, threshold) == ("preferred cid", "case", ("G1a", "G1b"), 3)
    assert measure == MEASURES[-1]


def test_an_executor_gives_the_same(garden) -> None:
    coded, asked = garden.coded(), garden.asked()
    specs = specs_of(coded)
    plain = sweep(coded, asked, specs)
    with ProcessPoolExecutor(2) as pool:
        spread = sweep(coded, asked, specs, map=pool.map)
        drawn = misclassification(coded, asked, draws=120, seed=5, map=pool.map)
    assert (plain.present == spread.present).all()
    np.testing.assert_array_equal(plain.rank, spread.rank)
    assert drawn.table.equals(misclassification(coded, asked, draws=120, seed=5).table)


# Conclusions


def plain_garden():
    """Apples in every case by ann and bob alike, beans in one session of one case by ann alone."""
    garden = TOY.Garden()
    for name, case in garden.sessions:
        for _ in range(4):
            passage = garden.say(name, "G1a")
            garden.say(name, "G1a", coder="bob", segment=passage)
        passage = garden.say(name, "H1", target="G1a")
        garden.say(name, "H1", coder="bob", target="G1a", segment=passage)
        if (name, case) == ("north-1", "north"):
            passage = garden.say(name, "G1b")
            garden.say(name, coder="bob", segment=passage)
    return garden


def row(table: pd.DataFrame, **named: str) -> pd.Series:
    mask = pd.Series(True, index=table.index)
    for column, value in named.items():
        mask &= table[column] == value
    (place,) = table.index[mask]
    return table.loc[place]


def test_a_conclusion_that_all_choices_share_holds_everywhere() -> None:
    garden = plain_garden()
    found = robustness(garden.coded(), garden.asked(), specifications(garden.coded(), thresholds=(1, 2, 3)))
    apples = row(found.conclusions.table, conclusion=PRESENT, code="G1a", case="north")
    assert apples[["baseline", "share", "flips"]].tolist() == [PRESENT, 1.0, 0]
    first = row(found.conclusions.table, conclusion=FIRST, case="north")
    assert first[["baseline", "share"]].tolist() == ["G1a", 1.0]
    assert row(found.conclusions.table, conclusion=EVERYWHERE, code="G1a", case="*")["share"] == 1.0


def test_the_single_choices_that_turn_a_conclusion_over_are_named() -> None:
    garden = plain_garden()
    found = robustness(garden.coded(), garden.asked(), specifications(garden.coded(), thresholds=(1, 2, 3)))
    beans = row(found.conclusions.table, conclusion=PRESENT, code="G1b", case="north")
    assert beans["baseline"] == PRESENT
    table = found.choices.table
    mine = table[(table["conclusion"] == PRESENT) & (table["code"] == "G1b") & (table["case"] == "north")]
    over = mine[mine["holds_alone"].isin([False])]
    turned = set(zip(over["axis"], over["choice"], strict=True))
    assert turned == {
        ("version", "majority"), ("version", "all"), ("version", "preferred bob"), ("left_out", "coder ann"),
        ("left_out", "session north-1"), ("threshold", "2"), ("threshold", "3"),
    }  # fmt: skip
    assert beans["flips"] == 7
    assert beans["share"] < 0.5


def test_leaving_a_company_out_counts_as_a_cell_of_that_company() -> None:
    garden = plain_garden()
    found = robustness(garden.coded(), garden.asked(), specifications(garden.coded(), thresholds=(1,)))
    table = found.choices.table
    mine = table[(table["conclusion"] == EVERYWHERE) & (table["code"] == "G1b")]
    left = mine[mine["choice"] == "case"]
    assert sorted(left["case"]) == sorted(TOY.CASES)
    assert (left["cases"] <= 1).all()
    assert found.choices.cells.case == found.conclusions.cells.case == "case"
    others = mine[~mine["case"].isin(TOY.CASES)]
    assert set(others["case"]) == {"*"}
    flips = row(found.conclusions.table, conclusion=EVERYWHERE, code="G1b", case="*")["flips"]
    assert flips == 0  # what leaving one company out does is told in its own row only


def test_patterns_are_mechanisms_told_of_for_a_benefit_in_all_cases() -> None:
    garden = plain_garden()
    specs = specifications(garden.coded(), thresholds=(1, 3))
    found = robustness(garden.coded(), garden.asked(), specs, patterns=[("H1", "G1a"), ("H1", "G2a")])
    table = found.conclusions.table
    water = row(table, conclusion=EVERYWHERE, code="H1 for G1a", case="*")
    assert water["baseline"] == "in all"
    assert 0 < water["share"] < 1  # two passages per case: a threshold of three takes it away
    assert row(table, conclusion=EVERYWHERE, code="H1 for G2a", case="*")["baseline"] == "not in all"


def test_nothing_is_said_of_what_was_not_asked_about(garden) -> None:
    found = robustness(garden.coded(), garden.asked(), specs_of(garden.coded()))
    told = {"share": ("reason",), "baseline": ("reason",)}
    assert TOY.unexplained(found.conclusions.table, told).empty
    assert TOY.unexplained(found.ranks.table, {"rank": ("reason",), "best": ("reason",)}).empty


def test_ranks_stay_within_what_the_specifications_give(garden) -> None:
    coded, asked = garden.coded(), garden.asked()
    specs = specs_of(coded)
    table = robustness(coded, asked, specs).ranks.table.dropna(subset=["rank"])
    assert (table["best"] <= table["low"]).all()
    assert (table["low"] <= table["high"]).all()
    assert (table["high"] <= table["worst"]).all()
    assert table["rank"].between(table["best"], table["worst"]).all()


def test_the_curve_lists_every_specification_of_a_conclusion(garden) -> None:
    coded, asked = garden.coded(), garden.asked()
    specs = specs_of(coded)
    found = sweep(coded, asked, specs)
    curve = specification_curve(coded, found, conclusion=PRESENT, code="G1a", case="east").table
    own = 1 + 3 + 3 + 1  # nothing, three coders, three sessions, the case
    assert len(curve) == specs.size // specs.shape[1] * own
    held = curve["holds"].dropna().astype(bool)
    table = robustness(coded, asked, specs).conclusions.table
    assert held.mean() == pytest.approx(row(table, conclusion=PRESENT, code="G1a", case="east")["share"])
    assert curve["holds"].isna().sum() == specs.size // specs.shape[1]  # without the case nothing can be said
    with pytest.raises(ValueError, match="there is no conclusion"):
        specification_curve(coded, found, conclusion=PRESENT, code="none", case="east")


# Verdicts


KINDS = {"P1": "directional", "P2": "necessary", "P3": "gap", "P4": "directional", "P5": "pattern"}
TERMS = {
    "P1": (Term("S1", "+", "G1a"), Term("S2", "-", "G2a")),
    "P2": (Term("H1", "necessary", "G"), Term("S1", "necessary", "G1")),
    "P3": (Term("Z1", "gap", "G1"),),
    "P4": (Term("Q1", "+", "G1"),),
    "P5": (Term("H", "pattern", "G"),),
}
LEVELS = {
    "S1": {"east": (1, 2), "north": (2, 3), "south": (4, 3), "west": (4, 4)},
    "S2": {"east": (2, 2), "north": (1, 4), "south": (2, 1), "west": None},
}


def test_verdicts_of_the_pass_are_those_of_the_rules_one_by_one(garden) -> None:
    coded, asked, ratings = garden.coded(), garden.asked(), TOY.rated(LEVELS)
    rule, recorded = VerdictRule(3), {"P1": frozenset(TOY.CASES)}
    specs = specifications(coded, thresholds=(1, 2, 3), measures=(Measure("segments"),))
    swept = {name: kind for name, kind in KINDS.items() if kind != "pattern"}
    found = verdicts_by_specification(
        swept, TERMS, coded, asked, ratings, ["S1", "S2"], specs, rule=rule, recorded=recorded
    )
    raters = ["", "r1", "r2"]
    assert len(found["P1"]) == specs.size * len(raters)
    seen = set()
    for number in np.random.default_rng(1).choice(specs.size, 60, replace=False):
        version, left, _, threshold, _ = specs.at(int(number))
        gone = {left.kind: left.name} if left.kind != "nothing" else {}
        rest = coded.without(**gone)
        alone = left.kind == "coder" and left.name == version.coder
        resolved = resolve(rest, *(("any", "") if alone else (version.rule, version.coder)))
        for place, rater in enumerate(raters):
            held = proposition_material(
                [term for name in swept for term in TERMS[name]], resolved, asked, ratings, ["S1", "S2"],
                presence_threshold=threshold, recorded=recorded, rater=rater,
            )  # fmt: skip
            real = judgements(swept, TERMS, held, VerdictRule(3, threshold))
            for name in swept:
                ours = VERDICTS[found[name][int(number) * len(raters) + place]]
                assert ours == real[name].verdict, (name, version, left, threshold, rater)
                seen.add(ours)
    assert len(seen) == 4  # all four verdicts came up


def test_shares_of_verdicts_and_what_changes_them(garden) -> None:
    coded, asked, ratings = garden.coded(), garden.asked(), TOY.rated(LEVELS)
    specs = specifications(coded, thresholds=(1, 2))
    found = robust_verdicts(
        KINDS, TERMS, coded, asked, ratings, ["S1", "S2"], specs, rule=VerdictRule(3), recorded={}
    )
    table = found.verdicts.table.set_index("proposition")
    told = table[table["reason"] == ""]
    assert told[list(VERDICTS)].sum(axis=1).tolist() == pytest.approx([1.0] * 4)
    assert table.loc["P5", "reason"] == "no choice of coding enters its verdict"
    for name, line in told.iterrows():
        assert line["share"] == pytest.approx(line[line["baseline"]]), name
    left = found.choices.table[found.choices.table["choice"] == "case"]
    assert set(left["case"]) == set(TOY.CASES)
    assert "rated by" in " ".join(found.choices.table["choice"])


# Redrawn codings


def test_confusion_by_hand() -> None:
    garden = TOY.Garden()
    for mine, theirs in ((("G1a",), ("G1a",)), (("G1a",), ("G1b",)), (("G1a",), ()), ((), ("G2a",))):
        passage = garden.say("north-1", *mine)
        garden.say("north-1", *theirs, coder="bob", segment=passage)
    garden.say("north-1", "G1b")  # read once: no comparison
    found = coder_confusion(garden.coded(), ["G1a", "G1b", "G2a"])
    assert found.segments == 4
    assert found.given[0].tolist() == pytest.approx([2 / 4, 1 / 4, 0, 1 / 4])
    assert found.given[1].tolist() == pytest.approx([1, 0, 0, 0])
    assert found.added.tolist() == pytest.approx([1 / 8, 0, 1 / 8])
    assert found.given.sum(axis=1) == pytest.approx(np.ones(3))


def test_coders_who_read_alike_change_nothing() -> None:
    garden = TOY.Garden()
    for name, _ in garden.sessions:
        passage = garden.say(name, "G1a")
        garden.say(name, "G1a", coder="bob", segment=passage)
    found = misclassification(garden.coded(), garden.asked(), draws=100)
    assert found.table["share"].dropna().eq(1.0).all()


def test_redrawn_codings_keep_what_rests_on_many_segments_and_may_lose_a_single_one() -> None:
    garden = TOY.Garden()
    for number in range(40):
        passage = garden.say("north-1", "G1a")
        garden.say("north-1", *(["G1a"] if number % 4 else []), coder="bob", segment=passage)
    garden.say("north-1", "G1b")
    garden.say("south-1", "G2a")
    table = misclassification(garden.coded(), garden.asked(), draws=400, seed=1).table
    shares = table[(table["conclusion"] == PRESENT) & (table["case"] == "north")].set_index("code")["share"]
    assert shares["G1a"] == 1.0
    kept = 60 / 70  # of all codes given, as often as the other coder gave them too
    assert shares["G1b"] == pytest.approx(kept, abs=0.06)


def test_without_a_second_coder_there_is_a_reason() -> None:
    garden = TOY.Garden()
    garden.say("north-1", "G1a")
    found = misclassification(garden.coded(), garden.asked())
    assert set(found.table["reason"]) == {"no segment was read by two coders"}
    assert (
        found.scalars["segments_read_twice"].reason == "undefined, because no segment was read by two coders"
    )
