"""Consensus among voters: coefficients, the rule fixed beforehand, few voters, what moved between rounds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, friedmanchisquare

from twinbenefits.analysis.consensus import (
    ConsensusRule,
    attrition,
    content_validity_critical,
    content_validity_ratio,
    item_summary,
    kendall_w,
    van_der_eijk_a,
    within_person_change,
)

RULE = ConsensusRule((7, 9), (1, 3), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
LEVELS = range(1, 10)
votes_by_rater = st.integers(2, 5).flatmap(
    lambda items: st.lists(
        st.lists(st.integers(1, 9), min_size=items, max_size=items), min_size=2, max_size=6
    )
)


@given(votes_by_rater)
def test_kendalls_w_equals_friedmans_test(ratings) -> None:
    """With ties corrected, chi square of W is Friedman's statistic."""
    matrix = np.array(ratings, dtype=float)
    assume(matrix.shape[1] >= 3)
    answer = kendall_w(matrix)
    if all(len(set(row)) == 1 for row in ratings):
        assert answer.estimate is None
        return
    friedman = friedmanchisquare(*matrix.T).statistic
    assert answer.components["chi_square"] == pytest.approx(friedman, abs=1e-9)
    assert -1e-12 <= answer.estimate <= 1 + 1e-12
    assert kendall_w(matrix, ties=False).estimate <= answer.estimate + 1e-12


@given(votes_by_rater, st.randoms(use_true_random=False))
def test_the_order_of_raters_and_items_and_the_scale_of_a_rater_do_not_matter(ratings, random) -> None:
    matrix = np.array(ratings, dtype=float)
    raters, items = list(range(len(matrix))), list(range(matrix.shape[1]))
    random.shuffle(raters)
    random.shuffle(items)
    stretched = matrix[raters][:, items] * np.arange(1, len(matrix) + 1)[:, None] + 3
    assert kendall_w(matrix).estimate == (
        kendall_w(stretched).estimate
        if kendall_w(matrix).estimate is None
        else pytest.approx(kendall_w(stretched).estimate)
    )


def test_the_same_order_is_full_concordance_and_chance_is_none() -> None:
    assert kendall_w([[1, 2, 3, 4], [2, 3, 5, 9], [1, 4, 6, 7]]).estimate == pytest.approx(1)
    random = np.random.default_rng(1).normal(size=(400, 6))
    assert kendall_w(random).estimate == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([], "there are no votes"),
        ([[1, 2, 3]], "1 raters voted on all of 3 items"),
        ([[1], [2]], "2 raters voted on all of 1 items"),
        ([[1, np.nan], [2, 3]], "1 raters voted on all of 2 items"),
        ([[4, 4, 4], [2, 2, 2]], "every rater gave all items the same vote"),
        ([["a", "b"], ["b", "a"]], "the votes are not numbers"),
    ],
)
def test_too_few_votes_have_no_concordance(ratings, reason) -> None:
    answer = kendall_w(ratings)
    assert answer.estimate is None
    assert answer.reason.startswith(f"undefined, because {reason}")


def test_raters_with_gaps_are_dropped_and_counted() -> None:
    answer = kendall_w([[1, 2, 3], [2, 1, 3], [np.nan, 1, 2]])
    assert (answer.n, answer.components["raters_dropped"]) == (2, 1)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=9))
def test_van_der_eijks_a_does_not_see_direction_or_number_of_voters(counts) -> None:
    answer = van_der_eijk_a(counts)
    if sum(counts) == 0:
        assert answer.reason == "undefined, because there are no votes"
        return
    assert answer.estimate == pytest.approx(van_der_eijk_a(counts[::-1]).estimate, abs=1e-9)
    assert answer.estimate == pytest.approx(
        van_der_eijk_a([7 * count for count in counts]).estimate, abs=1e-9
    )
    assert -1 - 1e-12 <= answer.estimate <= 1 + 1e-12
    assert answer.n == sum(counts)


@given(st.lists(st.booleans(), min_size=3, max_size=8))
def test_a_layer_agrees_as_its_triples_say(pattern) -> None:
    """One layer of used and unused levels, its triples counted one by one."""
    used = [1 if level else 0 for level in pattern]
    levels, filled = len(used), sum(used)
    assume(0 < filled < levels and filled > 1)
    triples = [(used[a], used[b], used[c]) for a, b, c in combinations(range(levels), 3)]
    good = sum(triple in ((1, 1, 0), (0, 1, 1)) for triple in triples)
    bad = triples.count((1, 0, 1))
    u = ((levels - 2) * good - (levels - 1) * bad) / ((levels - 2) * (good + bad))
    assert van_der_eijk_a(used).estimate == pytest.approx(u * (1 - (filled - 1) / (levels - 1)), abs=1e-12)


def test_counts_that_are_no_votes_are_undefined() -> None:
    for counts in ([], [4], [-1, 2], [np.nan, 1]):
        assert van_der_eijk_a(counts).estimate is None


def test_content_validity_needs_voters_and_possible_counts() -> None:
    assert content_validity_ratio(0, 0).reason == "undefined, because there are no voters"
    assert "9 of 5 voters is not possible" in content_validity_ratio(9, 5).reason
    assert content_validity_ratio(0, 6).estimate == -1
    assert content_validity_ratio(3, 6).estimate == 0
    assert content_validity_critical(0).estimate is None


@given(st.integers(1, 60), st.sampled_from([0.05, 0.01, 0.1]))
def test_the_critical_value_is_the_first_count_that_chance_rarely_gives(n, alpha) -> None:
    answer = content_validity_critical(n, alpha)
    if answer.estimate is None:
        assert 0.5**n > alpha
        return
    needed = int(answer.components["n_essential"])
    assert binom.sf(needed - 1, n, 0.5) <= alpha < binom.sf(needed - 2, n, 0.5)
    assert answer.estimate == content_validity_ratio(needed, n).estimate


def votes(item: str, values: list, **columns) -> pd.DataFrame:
    return pd.DataFrame(
        {"item": item, "voter": [f"V{n}" for n in range(len(values))], "value": values, **columns}
    )


def test_an_item_with_enough_votes_is_summed_up() -> None:
    values = [9, 8, 8, 7, 7, 7, 9, 8, 5, 7, None]
    found = item_summary(votes("F1", values), rule=RULE, levels=LEVELS, minimum_voters=10)
    row = found.table.iloc[0]
    assert (row["n"], row["no_vote"], row["median"]) == (10, 1, 7.5)
    assert (row["lower_quartile"], row["upper_quartile"]) == (7.0, 8.0)
    assert row["distribution"] == "0 0 0 0 1 0 4 3 2"
    assert (row["share_agree"], row["share_against"], row["status"]) == (0.9, 0.0, "consensus")
    assert row["van_der_eijk_a"] == van_der_eijk_a([0, 0, 0, 0, 1, 0, 4, 3, 2]).estimate
    assert row["votes"] == ""
    assert len(found.votes) == 10


def test_few_votes_are_shown_one_by_one_without_a_share() -> None:
    found = item_summary(votes("F1", [9, 2, 8]), rule=RULE, levels=LEVELS, minimum_voters=10)
    row = found.table.iloc[0]
    assert (row["status"], row["votes"], row["median"]) == ("too few", "2 8 9", 8)
    assert np.isnan(row["share_agree"])
    assert np.isnan(row["van_der_eijk_a"])
    assert row["reason"] == "3 votes, fewer than 10: no shares"
    assert found.votes["value"].tolist() == [9, 2, 8]


def test_an_item_nobody_voted_on_says_so() -> None:
    row = item_summary(votes("F1", [None, None]), rule=RULE, levels=LEVELS, minimum_voters=10).table.iloc[0]
    assert (row["n"], row["no_vote"], row["status"]) == (0, 2, "too few")
    assert row["reason"] == "undefined, because nobody voted"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([9] * 7 + [5] * 3, "consensus"),
        ([9] * 6 + [5] * 4, "unclear"),
        ([9] * 7 + [1] * 3, "split"),
        ([9] * 17 + [1] * 3, "unclear"),  # 85 % agree, and 15 % against are too many
        ([9] * 18 + [1] * 2, "consensus"),
        ([9] * 5 + [1] * 5, "split"),
        ([1] * 10, "unclear"),
    ],
)
def test_the_rule_decides_as_it_was_written(values, status) -> None:
    assert RULE.status(values) == status
    found = item_summary(votes("F1", values), rule=RULE, levels=LEVELS, minimum_voters=10)
    assert found.table["status"].tolist() == [status]


def test_scales_have_their_own_rule() -> None:
    agree = ConsensusRule((4, 5), (1, 2), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
    both = pd.concat([votes("F1", [9] * 10, scale="importance"), votes("F1", [5] * 10, scale="agree")])
    found = item_summary(
        both.reset_index(drop=True),
        rule={"importance": RULE, "agree": agree},
        levels={"importance": LEVELS, "agree": range(1, 6)},
        minimum_voters=10,
    )
    assert found.table[["scale", "status"]].values.tolist() == [
        ["agree", "consensus"],
        ["importance", "consensus"],
    ]
    with pytest.raises(ValueError, match="scale 'agree' has no rule"):
        item_summary(both, rule={"importance": RULE}, levels={"importance": LEVELS}, minimum_voters=10)


def test_items_can_be_told_apart_by_round() -> None:
    both = pd.concat([votes("F1", [3, 4], round=1), votes("F1", [8, 9], round=2)]).reset_index(drop=True)
    found = item_summary(both, rule=RULE, levels=LEVELS, minimum_voters=2, by=("item", "round"))
    assert found.table[["round", "median"]].values.tolist() == [[1, 3.5], [2, 8.5]]


def test_impossible_votes_are_all_named_at_once() -> None:
    frame = votes("F1", [9, "9+", "n/a", np.inf])
    frame = pd.concat([frame, frame[:1]], ignore_index=True)
    with pytest.raises(
        ValueError, match=r"row 1: '9\+' is not a vote; row 2: 'n/a' is not a vote; row 3: inf"
    ) as error:
        item_summary(frame, rule=RULE, levels=LEVELS, minimum_voters=10)
    assert "row 4: voter 'V0' voted twice on F1" in str(error.value)
    with pytest.raises(ValueError, match="row 1: 12 is no level of the scale"):
        item_summary(votes("F1", [9, 12]), rule=RULE, levels=LEVELS, minimum_voters=10)
    with pytest.raises(ValueError, match="votes lack the column value"):
        item_summary(votes("F1", [9]).drop(columns="value"), rule=RULE, levels=LEVELS, minimum_voters=10)


def test_no_votes_at_all_are_an_empty_table() -> None:
    empty = votes("F1", [])
    assert item_summary(empty, rule=RULE, levels=LEVELS, minimum_voters=10).table.empty
    assert within_person_change(empty.assign(round=[]), minimum_voters=10).table.empty
    assert attrition(empty.assign(round=[])).table.empty


def test_a_rule_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="agreeing"):
        ConsensusRule((5, 9), (1, 5), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
    with pytest.raises(ValueError, match="70 is not a share"):
        ConsensusRule((7, 9), (1, 3), agree_at_least=70, against_below=0.15, split_at_least=0.3)


def rounds() -> pd.DataFrame:
    rows = [
        *(("F1", 1, voter, value) for voter, value in zip("abcde", [3, 5, 4, 8, 2], strict=True)),
        *(("F1", 2, voter, value) for voter, value in zip("abcf", [5, 5, 3, 9], strict=True)),
        *(("F2", 1, voter, 5) for voter in "ab"),
        *(("F2", 10, voter, 7) for voter in "ce"),
    ]
    return pd.DataFrame(rows, columns=["item", "round", "voter", "value"])


def test_change_is_counted_within_the_same_persons() -> None:
    table = within_person_change(rounds(), minimum_voters=3).table
    first = table[(table["item"] == "F1") & (table["round_before"] == 1)].iloc[0]
    assert first[["both", "up", "down", "same", "median_change"]].tolist() == [3, 1, 1, 1, 0.0]
    assert (first["share_moved"], first["changes"]) == (pytest.approx(2 / 3), "")
    none = table[(table["item"] == "F2") & (table["round_after"] == 2)].iloc[0]
    assert none["both"] == 0
    assert none["reason"] == "undefined, because nobody voted in both rounds"
    few = within_person_change(rounds(), minimum_voters=10).table.iloc[0]
    assert (few["changes"], few["reason"]) == ("-1 0 +2", "3 voters in both rounds, fewer than 10: no share")
    assert np.isnan(few["share_moved"])


def test_rounds_are_taken_in_the_order_of_their_numbers() -> None:
    table = within_person_change(
        rounds().assign(round=lambda frame: frame["round"].astype(str)), minimum_voters=3
    ).table
    assert table[["round_before", "round_after"]].drop_duplicates().values.tolist() == [
        ["1", "2"],
        ["2", "10"],
    ]


def test_who_came_back() -> None:
    table = attrition(rounds()).table
    assert table.values.tolist() == [
        [1, 5, 0, 0, 5, 0],
        [2, 4, 3, 2, 1, 0],
        [10, 2, 1, 3, 0, 1],
    ]
    silent = rounds().assign(value=np.nan)
    assert attrition(silent).table.empty
    with pytest.raises(ValueError, match="votes lack the column round"):
        attrition(rounds().drop(columns="round"))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_a_summary_does_not_depend_on_the_order_of_votes(values, random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    one = item_summary(votes("F1", values), rule=RULE, levels=LEVELS, minimum_voters=10).table
    other = item_summary(votes("F1", shuffled), rule=RULE, levels=LEVELS, minimum_voters=10).table
    pd.testing.assert_frame_equal(one, other)
    assert sum(map(int, one["distribution"].iloc[0].split())) == len(values)
