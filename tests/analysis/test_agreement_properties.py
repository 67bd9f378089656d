"""What must hold for any ratings: names, orders and repetitions do not matter, perfection and chance do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twinbenefits.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    set_distance,
    set_valued_alpha,
)
from twinbenefits.analysis.coincidence import nominal_margins

NAN = np.nan
NOMINAL = (krippendorff_alpha, percent_agreement, gwet_ac1, fleiss_kappa, brennan_prediger, conger_kappa)


@st.composite
def tables(draw):
    width = draw(st.integers(2, 4))
    cell = st.one_of(st.none(), st.integers(0, 3))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=12))
    return np.array([[NAN if value is None else value for value in row] for row in rows], dtype=float)


def same(left, right) -> bool:
    if left.estimate is None or right.estimate is None:
        return left.estimate is None and right.estimate is None and left.reason == right.reason
    return left.estimate == pytest.approx(right.estimate, abs=1e-9)


@given(tables(), st.permutations(range(4)))
def test_the_names_of_categories_do_not_matter(ratings, names) -> None:
    renamed = np.where(
        np.isnan(ratings), NAN, np.array(names, dtype=float)[np.nan_to_num(ratings).astype(int)]
    )
    for measure in NOMINAL:
        assert same(measure(ratings), measure(renamed))
    words = np.full(ratings.shape, None, dtype=object)
    words[~np.isnan(ratings)] = [f"code {int(value)}" for value in ratings[~np.isnan(ratings)]]
    assert same(krippendorff_alpha(ratings), krippendorff_alpha(words))


@given(tables())
def test_margins_counted_in_blocks_are_those_of_a_plain_count(ratings) -> None:
    """What the first block has not seen, a higher code or the first gap, may come in any later one."""
    apart, counts, units = 0.0, [0] * 4, 0
    for row in ratings:
        given_codes = [int(value) for value in row if not np.isnan(value)]
        if len(given_codes) >= 2:
            pairs = sum(a != b for a in given_codes for b in given_codes)
            apart, units = apart + pairs / (len(given_codes) - 1), units + 1
            for code in given_codes:
                counts[code] += 1
    for rows in (1, 2, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("twinbenefits.analysis.coincidence._ROWS", rows)
            margins = nominal_margins(ratings)
        assert margins.disagreement == pytest.approx(apart)
        assert margins.units == units
        assert [*margins.counts, 0, 0, 0, 0][:4] == counts


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_coders_and_of_units_does_not_matter(ratings, random) -> None:
    coders, units = list(range(ratings.shape[1])), list(range(len(ratings)))
    random.shuffle(coders)
    random.shuffle(units)
    for measure in NOMINAL:
        assert same(measure(ratings), measure(ratings[units][:, coders]))
    for metric in ("ordinal", "interval", "ratio"):
        assert same(
            krippendorff_alpha(ratings, metric), krippendorff_alpha(ratings[units][:, coders], metric)
        )


@given(tables())
def test_units_twice_leave_agreement_as_it_was(ratings) -> None:
    """All but alpha are untouched; alpha loses part of its correction for small samples."""
    twice = np.vstack([ratings, ratings])
    for measure in NOMINAL[1:]:
        assert same(measure(ratings), measure(twice))
    once, again = krippendorff_alpha(ratings), krippendorff_alpha(twice)
    if once.estimate is None:
        assert again.estimate is None
    else:
        n = once.components["values"]
        assert 1 - again.estimate == pytest.approx((1 - once.estimate) * (2 * n - 1) / (2 * n - 2), abs=1e-9)


@given(tables(), st.integers(1, 3))
def test_units_that_only_one_coder_saw_do_not_move_alpha(ratings, extra) -> None:
    alone = np.full((extra, ratings.shape[1]), NAN)
    alone[:, 0] = 1
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        assert same(
            krippendorff_alpha(ratings, metric), krippendorff_alpha(np.vstack([ratings, alone]), metric)
        )


@given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(2, 4))
def test_perfect_agreement_is_one(values, coders) -> None:
    assume(len(set(values)) > 1)
    ratings = np.repeat(np.array(values, dtype=float)[:, None], coders, axis=1)
    for measure in NOMINAL:
        assert measure(ratings).estimate == pytest.approx(1.0, abs=1e-12)
    for metric in ("ordinal", "interval", "ratio"):
        assert krippendorff_alpha(ratings, metric).estimate == pytest.approx(1.0, abs=1e-12)
    assert cohen_kappa(ratings[:, :2]).estimate == pytest.approx(1.0, abs=1e-12)


@given(tables())
def test_a_measure_answers_at_most_one_or_why_not(ratings) -> None:
    for measure in NOMINAL:
        answer = measure(ratings)
        assert (answer.estimate is None) == (answer.reason is not None)
        if answer.estimate is not None:
            assert answer.estimate <= 1 + 1e-12
            if answer.estimate > 1 - 1e-12:
                rows = [set(row[~np.isnan(row)]) for row in ratings if np.sum(~np.isnan(row)) > 1]
                assert all(len(row) == 1 for row in rows)


@given(tables(), st.floats(0.1, 50), st.floats(-1000, 1000))
def test_interval_alpha_does_not_see_scale_or_origin_and_ratio_alpha_not_the_scale(
    ratings, scale, origin
) -> None:
    assert same(
        krippendorff_alpha(ratings, "interval"), krippendorff_alpha(ratings * scale + origin, "interval")
    )
    assert same(krippendorff_alpha(ratings, "ratio"), krippendorff_alpha(ratings * scale, "ratio"))
    assert same(krippendorff_alpha(ratings, "ordinal"), krippendorff_alpha(np.exp(ratings), "ordinal"))


@pytest.mark.parametrize("measure", NOMINAL[0:1] + NOMINAL[2:], ids=lambda measure: measure.__name__)
def test_coders_who_toss_coins_agree_by_chance_only(measure) -> None:
    ratings = np.random.default_rng(11).integers(0, 3, (20_000, 3)).astype(float)
    assert measure(ratings).estimate == pytest.approx(0.0, abs=0.015)


SETS = st.sets(st.sampled_from("abcd"))


@given(SETS, SETS, SETS)
def test_jaccard_is_a_distance_and_masi_is_never_nearer(left, right, third) -> None:
    assert set_distance(left, right) == set_distance(right, left)
    assert (set_distance(left, right) == 0) == (left == right)
    assert set_distance(left, third) <= set_distance(left, right) + set_distance(right, third) + 1e-12
    assert set_distance(left, right) - 1e-12 <= set_distance(left, right, "masi") <= 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=12))
def test_single_codes_as_sets_give_nominal_alpha(pairs) -> None:
    sets = [[{left}, {right}] for left, right in pairs]
    for distance in ("jaccard", "masi"):
        as_sets, nominal = (
            set_valued_alpha(sets, distance),
            krippendorff_alpha([list(pair) for pair in pairs]),
        )
        assert (as_sets.estimate is None) == (nominal.estimate is None)
        if nominal.estimate is not None:
            assert as_sets.estimate == pytest.approx(nominal.estimate, abs=1e-12)


@given(
    st.lists(st.tuples(SETS, SETS, st.one_of(st.none(), SETS)), min_size=1, max_size=10),
    st.permutations("abcd"),
)
def test_sets_do_not_care_for_names_or_the_order_of_coders(units, names) -> None:
    rename = dict(zip("abcd", names, strict=True))
    renamed = [
        [cell if cell is None else {rename[code] for code in cell} for cell in reversed(row)] for row in units
    ]
    assert same(set_valued_alpha(units), set_valued_alpha(renamed))
    assert same(set_valued_alpha(units, "masi"), set_valued_alpha(renamed, "masi"))
