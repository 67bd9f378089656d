"""Agreement of coders on one set of ratings: undefined answers, bad input, other programs' numbers."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa as statsmodels_kappa

from twinbenefits.analysis.agreement import (
    agreement_weights,
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_weighted_alpha,
    intraclass_correlation,
    krippendorff_alpha,
    percent_agreement,
    ratings_from_counts,
    ratings_from_table,
    scott_pi,
)
from twinbenefits.analysis.coincidence import nominal_margins

NAN = np.nan
METRICS = ("nominal", "ordinal", "interval", "ratio")
MEASURES = (
    krippendorff_alpha,
    percent_agreement,
    gwet_ac1,
    fleiss_kappa,
    brennan_prediger,
    conger_kappa,
    gwet_weighted_alpha,
    cohen_kappa,
    scott_pi,
)
NOTHING_TO_MEASURE = {
    "an empty frame": (pd.DataFrame(), "there are no ratings"),
    "an empty list": ([], "there are no ratings"),
    "no units": (np.empty((0, 2)), "there are no ratings"),
    "one coder": ([[1.0], [2.0]], "there is only one coder"),
    "all missing": ([[NAN, NAN], [NAN, NAN]], "no unit was rated by two coders"),
    "no overlap": ([[1.0, NAN], [NAN, 2.0], [2.0, NAN]], "no unit was rated by two coders"),
    "one category": ([[1.0, 1.0], [1.0, 1.0]], "only one category was used"),
    "one category of words": ([["a", "a"], ["a", "a"], ["b", None]], "only one category was used"),
}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("name", NOTHING_TO_MEASURE)
def test_nothing_to_measure_is_undefined_with_the_reason(measure, name) -> None:
    ratings, reason = NOTHING_TO_MEASURE[name]
    answer = measure(ratings)
    assert answer.estimate is None
    assert answer.reason.startswith(f"undefined, because {reason}")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", [name for name in NOTHING_TO_MEASURE if "words" not in name])
def test_alpha_is_undefined_under_every_metric(metric, name) -> None:
    ratings, reason = NOTHING_TO_MEASURE[name]
    answer = krippendorff_alpha(ratings, metric)
    assert answer.estimate is None
    assert reason in answer.reason


def test_unused_categories_do_not_turn_a_constant_into_agreement() -> None:
    for measure in (gwet_ac1, brennan_prediger, percent_agreement, cohen_kappa, fleiss_kappa):
        assert measure([[0, 0], [0, 0]], categories=[0, 1, 2]).estimate is None


def test_an_answer_carries_n_unit_and_method() -> None:
    answer = krippendorff_alpha([[1, 1], [1, 2], [2, NAN], [2, 2]])
    assert (answer.n, answer.unit, answer.method) == (3, "units", "Krippendorff's alpha, nominal")
    assert answer.components["values"] == 6
    assert 1 - answer.components["observed_disagreement"] / answer.components["expected_disagreement"] == (
        pytest.approx(answer.estimate)
    )


def random_ratings(seed: int, units: int = 40, coders: int = 4, values: int = 5, missing: float = 0.2):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, values + 1, units)[:, None]
    ratings = np.where(rng.random((units, coders)) < 0.6, truth, rng.integers(1, values + 1, (units, coders)))
    ratings = ratings.astype(float)
    ratings[rng.random(ratings.shape) < missing] = NAN
    return ratings


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(6))
def test_alpha_equals_the_krippendorff_package(metric, seed) -> None:
    ratings = random_ratings(seed, coders=2 + seed)
    theirs = krippendorff.alpha(reliability_data=ratings.T, level_of_measurement=metric)
    assert krippendorff_alpha(ratings, metric).estimate == pytest.approx(theirs, abs=1e-12)


def test_alpha_is_the_same_by_patterns_and_by_pairs() -> None:
    """Few categories are counted by pattern, many by pairs of coders: two ways to the same counts."""
    few, rng = random_ratings(1, units=20_000, values=6), np.random.default_rng(2)
    many = rng.permutation(300)[np.nan_to_num(few).astype(int)].astype(float)
    many[np.isnan(few)] = NAN
    assert krippendorff_alpha(few).estimate == pytest.approx(krippendorff_alpha(many).estimate, abs=1e-13)
    assert nominal_margins(few).disagreement == pytest.approx(nominal_margins(many).disagreement, abs=1e-6)
    assert nominal_margins(few).units == nominal_margins(many).units


@pytest.mark.parametrize("scale", [-1.0, 0.5, 1e6, 1e12])
def test_categories_may_be_any_numbers(scale) -> None:
    ratings = random_ratings(3)
    assert krippendorff_alpha(ratings * scale).estimate == pytest.approx(krippendorff_alpha(ratings).estimate)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_and_its_errors_equal_statsmodels(weights) -> None:
    table = np.array([[20, 6, 2], [4, 15, 5], [1, 3, 19]])
    wt = {None: None, "linear": "linear", "quadratic": "quadratic"}[weights]
    theirs = statsmodels_kappa(table, wt=wt)
    ours = cohen_kappa(ratings_from_table(table), weights)
    assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-12)
    assert ours.standard_error == pytest.approx(theirs.std_kappa, abs=1e-12)
    assert ours.components["standard_error_if_chance"] == pytest.approx(theirs.std_kappa0, abs=1e-12)


def test_kappa_is_zero_when_one_coder_never_varies() -> None:
    assert cohen_kappa([[0, 0], [0, 1], [0, 0], [0, 1]]).estimate == 0


def test_a_kappa_of_other_programs_is_another_number() -> None:
    """Two coders mark ten of a hundred characters each, six of them together: the example of the guide."""
    table = [[6, 4], [4, 86]]
    ours = cohen_kappa(ratings_from_table(table))
    assert round(ours.estimate, 3) == 0.556
    marked = 6 + 4 + 4
    observed = 6 / marked
    yes_times_no = (10 / marked) ** 2 * (4 / marked) ** 2
    assert round((observed - yes_times_no) / (1 - yes_times_no), 3) == 0.404


def test_conger_and_scott_are_the_two_coder_cases() -> None:
    ratings = random_ratings(5, coders=2, missing=0.0)
    assert conger_kappa(ratings).estimate == pytest.approx(cohen_kappa(ratings).estimate, abs=1e-12)
    assert scott_pi(ratings).estimate == pytest.approx(fleiss_kappa(ratings).estimate, abs=1e-12)


def test_gwet_ordinal_weights_are_not_krippendorffs_ordinal_metric() -> None:
    ratings = random_ratings(7)
    assert gwet_weighted_alpha(ratings, "quadratic").estimate == pytest.approx(
        krippendorff_alpha(ratings, "interval").estimate, abs=1e-12
    )
    gap = gwet_weighted_alpha(ratings, "ordinal").estimate - krippendorff_alpha(ratings, "ordinal").estimate
    assert abs(gap) > 0.01


def test_worded_levels_need_their_order() -> None:
    words = [["low", "high"], ["high", "high"], ["middle", "low"]]
    assert "naming the order" in krippendorff_alpha(words, "ordinal").reason
    ordered = krippendorff_alpha(words, "ordinal", categories=["low", "middle", "high"])
    assert ordered.estimate == krippendorff_alpha([[0, 2], [2, 2], [1, 0]], "ordinal").estimate


def test_values_that_a_metric_cannot_take_are_named() -> None:
    assert "infinite" in krippendorff_alpha([[1, np.inf], [2, 2]], "interval").reason
    assert "negative" in krippendorff_alpha([[1, -1], [2, 2]], "ratio").reason
    assert krippendorff_alpha([[0, 0], [0, 1], [2, 2]], "ratio").estimate is not None


def test_fleiss_can_be_kept_to_complete_units() -> None:
    ratings = [[1, 1, 1], [1, 2, NAN], [2, 2, 2], [1, 1, 2]]
    assert fleiss_kappa(ratings, complete=True).estimate == fleiss_kappa([ratings[0], *ratings[2:]]).estimate
    assert fleiss_kappa(ratings).estimate != fleiss_kappa(ratings, complete=True).estimate


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: krippendorff_alpha([[1, 1]], "cubic"), "'cubic' is no metric"),
        (lambda: krippendorff_alpha([1, 2, 3]), "table of units by coders"),
        (lambda: krippendorff_alpha([["a", "z"]], categories=["a", "b"]), "'z' is not one of the categories"),
        (lambda: cohen_kappa([[1, 2, 3], [1, 1, 2]]), "compares two coders, not 3"),
        (lambda: scott_pi([[1, 2, 3], [1, 1, 2]]), "compares two coders, not 3"),
        (lambda: agreement_weights("steep", [1, 2]), "'steep' is no weighting"),
        (lambda: agreement_weights("linear", ["a", "b"]), "need numeric categories"),
        (lambda: agreement_weights([[1.0]], [1, 2]), "have shape"),
        (lambda: intraclass_correlation([[1, 2], [2, 3]], "ICC9"), "'ICC9' is no intraclass correlation"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(call, message) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        call()


def test_frames_of_any_numeric_type_are_read() -> None:
    frame = pd.DataFrame({"A": pd.array([1, 2, None], dtype="Int64"), "B": [1.0, 2.0, 1.0]})
    assert krippendorff_alpha(frame).n == 2
    words = pd.DataFrame({"A": ["x", "y", None], "B": ["x", "y", "x"]})
    assert krippendorff_alpha(words).estimate == krippendorff_alpha(frame).estimate
    flags = pd.DataFrame({"A": [True, False, True], "B": [True, False, False]})
    assert krippendorff_alpha(flags).estimate == krippendorff_alpha(flags.astype(int)).estimate


def test_intraclass_correlation_without_spread_is_undefined() -> None:
    assert "nothing varies" in intraclass_correlation([[3, 3], [3, 3]]).reason
    assert "leave nothing to compare" in intraclass_correlation([[3, 3]]).reason


def test_counts_unfold_to_the_ratings_they_came_from() -> None:
    counts = np.array([[2, 1, 0], [0, 0, 2], [0, 0, 0]])
    ratings = ratings_from_counts(counts)
    assert ratings.shape == (3, 3)
    refolded = [[int(np.sum(row == category)) for category in range(3)] for row in ratings]
    assert refolded == counts.tolist()
