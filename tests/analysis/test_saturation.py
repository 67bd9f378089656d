"""Are the data enough? Exact averages over orders, published numbers, simulated truth, too little data."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.saturation import (
    Incidence,
    chao2,
    coverage,
    design_effect,
    effective_sample_size,
    extrapolation,
    fugard_potts_n,
    guest_saturation,
    lowe_saturation,
    new_codes,
    rarefaction,
)

INSECTS = (
    Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "insect-study" / "insect_study_long.csv"
)
SMALL = pd.DataFrame(
    {
        "a": [1, 1, 1, 1, 0],
        "b": [1, 0, 1, 0, 0],
        "c": [0, 0, 0, 1, 1],
        "d": [0, 0, 0, 0, 1],
        "e": [0, 1, 0, 0, 0],
        "never": [0, 0, 0, 0, 0],
    },
    index=["I1", "I2", "I3", "I4", "I5"],
)
matrices = st.integers(2, 6).flatmap(
    lambda sessions: st.lists(
        st.lists(st.booleans(), min_size=sessions, max_size=sessions), min_size=1, max_size=6
    ).map(lambda codes: pd.DataFrame(np.array(codes).T, columns=[f"c{i}" for i in range(len(codes))]))
)


@pytest.fixture
def insects() -> Incidence:
    if not INSECTS.is_file():
        pytest.skip("the insect study is another project's data and lies beside this project; it is not here")
    rows = pd.read_csv(INSECTS)
    table = rows.pivot_table(index="interview_seq", columns="code", values="n_references", aggfunc="sum")
    return Incidence.from_frame(table.sort_index())


def test_the_insect_study_has_eighteen_codes_and_late_new_ones(insects) -> None:
    """An interview without a new code must not end the count: a program that stops there finds 15."""
    found = new_codes(insects)
    assert found.total == 18
    assert found.table["cumulative"].iloc[-1] == 18
    assert {8, 11, 13} <= set(found.positions)
    assert [position for position in found.positions if position > 6] == [8, 11, 13]
    assert found.table.loc[6, "new"] == 0  # interview 7 brought nothing, where that program stops


def test_the_insect_study_would_have_been_stopped_too_early_by_runs(insects) -> None:
    guest = guest_saturation(insects, base=4, run=2, threshold=0.05)
    assert guest.scalars["sessions_before_run"].value == 8
    assert guest.scalars["codes_after"].value == 2


@given(matrices)
def test_rarefaction_is_the_average_over_all_choices_of_sessions(frame) -> None:
    found = rarefaction(Incidence.from_frame(frame), range(len(frame) + 1)).estimate
    values = frame.to_numpy()
    if not values.any():
        assert found == [None] * (len(frame) + 1)
        return
    for size in range(len(frame) + 1):
        choices = [values[list(chosen)].any(axis=0).sum() for chosen in combinations(range(len(frame)), size)]
        assert found[size] == pytest.approx(np.mean(choices), abs=1e-9)


@given(matrices)
def test_new_codes_average_over_all_orders(frame) -> None:
    if len(frame) > 5:
        frame = frame.iloc[:5]
    found = new_codes(Incidence.from_frame(frame)).table
    orders = [
        np.diff([0, *np.logical_or.accumulate(frame.to_numpy()[list(order)]).sum(axis=1)])
        for order in permutations(range(len(frame)))
    ]
    np.testing.assert_allclose(found["expected_new"], np.mean(orders, axis=0), atol=1e-9)


@given(matrices, st.randoms(use_true_random=False))
def test_the_order_of_sessions_moves_only_the_new_codes_as_held(frame, random) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)
    one, other = Incidence.from_frame(frame), Incidence.from_frame(frame.iloc[order])
    for measure in (coverage, chao2, lowe_saturation):
        left, right = measure(one), measure(other)
        assert left.estimate == pytest.approx(right.estimate) if left.estimate is not None else right.reason
    assert one.expected().tolist() == other.expected().tolist()
    left, right = new_codes(one), new_codes(other)
    assert left.total == right.total == left.table["new"].sum() == right.table["new"].sum()


@given(matrices)
def test_estimates_stay_within_what_is_possible(frame) -> None:
    incidence = Incidence.from_frame(frame)
    share, richness = coverage(incidence), chao2(incidence)
    if share.estimate is None:
        assert richness.estimate is None
        return
    assert 0 <= share.estimate <= 1
    assert (share.low is None) == bool(share.interval_reason)
    if share.low is not None:
        assert 0 <= share.low <= share.estimate <= share.high <= 1
    assert richness.estimate >= incidence.seen - 1e-12
    assert incidence.seen - 1e-9 <= richness.low <= richness.high
    curve = extrapolation(incidence, [0, 1, 2, 10, 1000]).estimate
    assert curve[0] == incidence.seen
    assert all(a <= b + 1e-12 for a, b in pairwise(curve))
    assert curve[-1] <= richness.estimate + 1e-9
    assert new_codes(incidence).estimate == pytest.approx(curve[1] - curve[0])


def test_a_small_study_by_hand() -> None:
    incidence = Incidence.from_frame(SMALL)
    assert (incidence.sessions, incidence.seen, incidence.total) == (5, 5, 10)
    assert [incidence.found_in(k) for k in (1, 2, 3, 4)] == [2, 2, 0, 1]
    assert coverage(incidence).estimate == pytest.approx(1 - 2 / 10 * (4 * 2) / (4 * 2 + 2 * 2))
    assert chao2(incidence).estimate == pytest.approx(5 + 4 / 5 * 4 / (2 * 2))
    assert chao2(incidence, bias_corrected=True).estimate == pytest.approx(5 + 4 / 5 * 2 / (2 * 3))
    found = new_codes(incidence)
    assert found.table["new"].tolist() == [2, 1, 0, 1, 1]
    assert found.table["codes"].tolist() == ["a; b", "e", "", "c", "d"]
    assert found.positions == (1, 2, 4, 5)


def test_no_code_found_twice_uses_the_other_formula() -> None:
    incidence = Incidence.from_counts(6, [6, 4, 1, 1, 1])
    assert coverage(incidence).estimate == pytest.approx(1 - 3 / 13 * (5 * 2) / (5 * 2 + 2))
    assert chao2(incidence).estimate == pytest.approx(5 + 5 / 6 * 3 * 2 / 2)


def test_the_jackknife_range_is_that_of_leaving_each_session_out() -> None:
    incidence = Incidence.from_frame(SMALL)
    for measure in (coverage, chao2):
        left_out = [measure(incidence.without(position)).estimate for position in range(5)]
        assert measure(incidence).jackknife == pytest.approx((min(left_out), max(left_out)))
    counts = coverage(Incidence.from_counts(5, [4, 2, 2, 1, 1]))
    assert (counts.jackknife, counts.low) == (None, None)
    assert counts.interval_reason == "no interval from counts alone: it leaves out one session at a time"


def simulated_study(rng: np.random.Generator, sessions: int, probabilities: np.ndarray) -> Incidence:
    return Incidence.from_frame(pd.DataFrame(rng.random((sessions, len(probabilities))) < probabilities))


def test_simulated_truth_is_recovered() -> None:
    """Sixty codes of different prevalence: coverage, further codes and intervals against the known truth."""
    rng = np.random.default_rng(9)
    probabilities = rng.beta(0.8, 4, 60)
    sessions, trials = 20, 300
    gaps, held, gains, grown, bound = [], 0, [], 0, []
    for _ in range(trials):
        study = rng.random((sessions + 5, 60)) < probabilities
        incidence = Incidence.from_frame(pd.DataFrame(study[:sessions]))
        seen = study[:sessions].any(axis=0)
        truth = probabilities[seen].sum() / probabilities.sum()
        found = coverage(incidence)
        gaps.append(found.estimate - truth)
        held += found.low <= truth <= found.high
        further = extrapolation(incidence, 5).table.iloc[0]
        gains.append(further["estimate"] - study.any(axis=0).sum())
        expected = seen.sum() + (1 - (1 - probabilities[~seen]) ** 5).sum()
        grown += further["low"] <= expected <= further["high"]
        bound.append(chao2(incidence).estimate)
    assert np.mean(gaps) == pytest.approx(0.0, abs=0.003)
    assert np.mean(gains) == pytest.approx(0.0, abs=0.25)
    assert 0.92 <= held / trials <= 0.995
    assert 0.92 <= grown / trials <= 0.995
    assert np.mean(bound) < 60.5  # a lower bound


def test_rarefaction_intervals_hold_what_another_study_of_that_size_would_find() -> None:
    rng = np.random.default_rng(10)
    probabilities = rng.beta(0.8, 4, 60)
    truth = float((1 - (1 - probabilities) ** 15).sum())
    held = 0
    for _ in range(200):
        row = rarefaction(simulated_study(rng, 25, probabilities), 15).table.iloc[0]
        held += row["low"] <= truth <= row["high"]
    assert held / 200 > 0.9


@pytest.mark.parametrize(
    ("incidence", "reason"),
    [
        (Incidence.from_frame(pd.DataFrame()), "there are no sessions"),
        (Incidence.from_counts(0, []), "there are no sessions"),
        (Incidence.from_frame(pd.DataFrame({"a": [0, 0, 0]})), "no session holds a code"),
        (Incidence.from_frame(pd.DataFrame({"a": [None, np.nan]})), "no session holds a code"),
        (Incidence.from_counts(1, [1, 1, 1]), "one session says nothing about the next"),
    ],
)
def test_too_little_to_say_anything_is_undefined(incidence, reason) -> None:
    for answer in (coverage(incidence), chao2(incidence), new_codes(incidence).next_session):
        assert answer.estimate is None
        assert answer.reason == f"undefined, because {reason}"
    curve = extrapolation(incidence, [1, 2])
    assert curve.estimate == [None, None]
    assert set(curve.table["reason"]) == {f"undefined, because {reason}"}
    lowe = lowe_saturation(incidence)
    assert lowe.estimate is None
    assert lowe.reason


def test_one_session_is_never_full_coverage() -> None:
    """The formula alone would answer 1 for a single session."""
    assert coverage(Incidence.from_counts(1, [1, 1])).estimate is None


def test_sizes_outside_the_sessions_are_answered_with_a_reason() -> None:
    incidence = Incidence.from_frame(SMALL)
    curve = rarefaction(incidence, [-1, 0, 5, 6])
    assert curve.estimate == [None, 0.0, 5.0, None]
    assert "extrapolation looks further" in curve.table["reason"].iloc[3]
    assert "cannot be negative" in curve.table["reason"].iloc[0]
    assert "rarefaction looks back" in extrapolation(incidence, -2).table["reason"].iloc[0]
    assert extrapolation(incidence, -2).estimate is None
    assert any(
        "More than as many sessions again" in sentence for sentence in extrapolation(incidence, 6).limitations
    )
    assert not any("More than" in sentence for sentence in extrapolation(incidence, 5).limitations)


def test_few_sessions_have_no_interval_and_say_so() -> None:
    incidence = Incidence.from_frame(SMALL)
    for answer in (coverage(incidence, minimum_sessions=8), chao2(incidence, minimum_sessions=8)):
        assert answer.estimate is not None
        assert (answer.low, answer.high) == (None, None)
        assert answer.interval_reason == "no interval from 5 sessions, fewer than 8"
        assert answer.jackknife is not None
    curve = rarefaction(incidence, [1, 2], minimum_sessions=8)
    assert curve.table[["low", "high"]].isna().all(axis=None)
    assert "No interval from 5 sessions, fewer than 8." in curve.limitations
    assert coverage(incidence, minimum_sessions=5).low is not None


def test_codes_group_to_themes() -> None:
    incidence = Incidence.from_frame(SMALL)
    themes = incidence.grouped({"a": "T1", "b": "T1", "c": "T2", "d": "T2"})
    assert themes.codes == ("T1", "T2")
    assert themes.counts.tolist() == [4, 2]
    assert themes.sessions == 5
    assert incidence.grouped({}).seen == 0
    assert new_codes(themes).positions == (1, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Incidence.from_counts(3, [4]), "found in 4 sessions, but there are only 3"),
        (lambda: Incidence.from_counts(3, [-1]), "cannot be negative"),
        (lambda: Incidence.from_frame(pd.DataFrame({"a": ["yes"]})), "holds counts or true and false"),
        (lambda: Incidence.from_frame(pd.DataFrame({"a": [-1]})), "negative counts"),
        (lambda: Incidence.from_counts(3, [1]).grouped({0: "x"}), "use|make the incidence with from_frame"),
        (lambda: Incidence.from_counts(3, [1]).without(0), "use from_frame"),
        (lambda: guest_saturation(Incidence.from_frame(SMALL), order="best"), "'best' is no order"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_counted_is_refused(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_counts_alone_know_no_order() -> None:
    found = new_codes(Incidence.from_counts(5, [4, 2, 2, 1, 1]))
    assert found.positions == ()
    assert found.table["new"].isna().all()
    assert found.table["expected"].iloc[-1] == pytest.approx(5)
    assert found.total == 5


def test_guest_by_hand_and_averaged() -> None:
    frame = pd.DataFrame(0, index=range(8), columns=range(10))
    for session, codes in enumerate([(0, 1, 2, 3), (4, 5), (6,), (7,), (8,), (), (9,), ()]):
        frame.loc[session, list(codes)] = 1
    given_order = guest_saturation(Incidence.from_frame(frame), base=4, run=2, threshold=0.05)
    assert given_order.table["new"].tolist() == [1, 1, 1]
    assert given_order.table["share"].tolist() == [1 / 8] * 3
    assert given_order.scalars["sessions_before_run"].value is None
    assert "every run brought more than 5% of new codes" in given_order.scalars["sessions_before_run"].reason
    loose = guest_saturation(Incidence.from_frame(frame), base=4, run=2, threshold=0.15)
    assert loose.scalars["sessions_before_run"].value == 4
    assert loose.scalars["codes_after"].value == 1
    average = guest_saturation(Incidence.from_frame(frame), base=4, run=2, order="average").table
    expected = Incidence.from_frame(frame).expected()
    assert average["share"].iloc[0] == pytest.approx((expected[6] - expected[4]) / expected[4])


def test_guest_says_why_there_is_no_answer() -> None:
    short = guest_saturation(Incidence.from_frame(SMALL), base=4, run=2)
    assert "fewer than a base of 4 and a run of 2" in short.scalars["sessions_before_run"].reason
    silent = guest_saturation(Incidence.from_frame(pd.DataFrame({"a": [0] * 7})))
    assert "no session holds a code" in silent.scalars["codes_after"].reason
    late = pd.DataFrame({"a": [0, 0, 0, 0, 0, 1, 1]})
    assert (
        "the first 4 sessions hold no code"
        in guest_saturation(Incidence.from_frame(late)).scalars["codes_after"].reason
    )
    counts = guest_saturation(Incidence.from_counts(9, [5, 4]))
    assert "not the order of the sessions" in counts.scalars["sessions_before_run"].reason


def test_lowe_recovers_the_curve_it_assumes() -> None:
    """Codes laid out on the curve itself give its own number of codes back."""
    sessions, known, share = 12, 50, 0.2
    found = known * share * sessions / (1 + share * (sessions - 1))
    total = known * share * sessions
    counts = np.ones(round(found), dtype=int)
    extra = round(total) - counts.sum()
    for position in range(extra):
        counts[position % len(counts)] += 1
    answer = lowe_saturation(Incidence.from_counts(sessions, counts))
    assert answer.components["codes_expected"] == pytest.approx(known, rel=0.02)
    assert "does not bend" in lowe_saturation(Incidence.from_counts(4, [1, 1, 1])).reason


@given(st.floats(0.02, 0.9), st.integers(1, 6), st.floats(0.5, 0.99))
def test_fugard_and_potts_is_the_smallest_sample(prevalence, k, power) -> None:
    from scipy.stats import binom

    n = fugard_potts_n(prevalence, k, power).estimate
    rounding = 1e-12  # at a tie, such as one half, the last digit decides
    assert binom.sf(k - 1, n, prevalence) >= power - rounding
    assert n == k or binom.sf(k - 1, n - 1, prevalence) < power + rounding


def test_impossible_samples_are_undefined() -> None:
    for arguments in ((0.0, 1, 0.8), (1.2, 1, 0.8), (0.1, 0, 0.8), (0.1, 1, 1.0)):
        assert fugard_potts_n(*arguments).estimate is None
    assert effective_sample_size(0, 3, 0.1).estimate is None


def test_more_interviews_in_one_firm_add_little_when_they_are_alike() -> None:
    worth = [effective_sample_size(5, m, 0.3).estimate for m in (1, 2, 3, 4)]
    assert worth[0] == 5
    assert worth[1] - worth[0] > worth[2] - worth[1] > worth[3] - worth[2] > 0
    assert effective_sample_size(5, 100, 1.0).estimate == pytest.approx(5)
    assert design_effect(1, 0.9) == 1


def test_codes_of_a_single_session_have_no_interval() -> None:
    answer = coverage(Incidence.from_frame(pd.DataFrame({"a": [0, 1, 0], "b": [0, 1, 0]})))
    assert answer.low is None
    assert answer.interval_reason == "no interval: all codes come from one session"
