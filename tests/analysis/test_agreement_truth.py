"""Simulated truth recovered: what a measure must be when it is known how the ratings came about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis.agreement import agreement_table, cohen_kappa, krippendorff_alpha, set_valued_alpha


@pytest.mark.parametrize("known", [0.2, 0.5, 0.8])
def test_alpha_is_the_share_of_units_that_both_coders_knew(known) -> None:
    """Each coder knows the value with probability k, else draws one at random: alpha is k squared."""
    rng = np.random.default_rng(int(known * 10))
    shares = np.array([0.5, 0.3, 0.2])
    truth = rng.choice(3, 40_000, p=shares)
    ratings = np.stack(
        [
            np.where(rng.random(truth.size) < known, truth, rng.choice(3, truth.size, p=shares))
            for _ in range(3)
        ],
        1,
    ).astype(float)
    assert krippendorff_alpha(ratings).estimate == pytest.approx(known**2, abs=0.015)
    assert cohen_kappa(ratings[:, :2]).estimate == pytest.approx(known**2, abs=0.015)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan  # gaps at random do not move it
    assert krippendorff_alpha(ratings).estimate == pytest.approx(known**2, abs=0.02)


def test_interval_alpha_is_the_reliability_of_the_scale() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(0, 1, 20_000)
    ratings = true[:, None] + rng.normal(0, 0.5, (20_000, 3))
    assert krippendorff_alpha(ratings, "interval").estimate == pytest.approx(1 / (1 + 0.25), abs=0.01)


def test_alpha_per_code_is_that_of_independent_finding() -> None:
    """A code with prevalence p, found with probability h and never invented: alpha = (1-p)h / (1 - ph)."""
    rng = np.random.default_rng(3)
    prevalence, hit, segments = 0.3, 0.8, 20_000
    truth = rng.random(segments) < prevalence
    coded = pd.DataFrame({"session": np.arange(segments) % 40, "segment": np.arange(segments)})
    frames = [
        coded[truth & (rng.random(segments) < hit)].assign(coder=coder, code="BE1") for coder in ("X", "Y")
    ]
    both = pd.concat([coded.assign(coder=coder) for coder in ("X", "Y")])
    row = agreement_table(pd.concat(frames), both, minimum_sessions=8).table.iloc[0]
    expected = (1 - prevalence) * hit / (1 - prevalence * hit)
    assert row["estimate"] == pytest.approx(expected, abs=0.015)
    assert row["low"] < expected < row["high"]


def test_session_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Sessions differ in how hard they are; the interval of 95 per cent must hold the study's true value."""
    rng = np.random.default_rng(4)
    sessions, segments, held = 24, 30, 0
    population = rng.beta(6, 2, 200_000)
    prevalence = 0.3
    yes = prevalence * population  # one coder's chance of giving the code, by session
    both = prevalence * population**2
    share = yes.mean()
    true_alpha = 1 - (yes.mean() - both.mean()) / (share * (1 - share))
    trials = 120
    for _ in range(trials):
        hit = rng.beta(6, 2, sessions)
        truth = rng.random((sessions, segments)) < prevalence
        coded = pd.DataFrame(
            {"session": np.repeat(np.arange(sessions), segments), "segment": np.arange(sessions * segments)}
        )
        frames = [
            coded[(truth & (rng.random(truth.shape) < hit[:, None])).ravel()].assign(coder=coder, code="BE1")
            for coder in ("X", "Y")
        ]
        both_coders = pd.concat([coded.assign(coder=coder) for coder in ("X", "Y")])
        row = agreement_table(pd.concat(frames), both_coders, minimum_sessions=8, draws=400).table.iloc[0]
        held += row["low"] <= true_alpha <= row["high"]
    assert 0.86 <= held / trials <= 0.99


def test_coders_who_choose_sets_alone_agree_by_chance_only() -> None:
    rng = np.random.default_rng(5)
    sets = [[set(np.flatnonzero(rng.random(5) < 0.4)) for _ in range(2)] for _ in range(4000)]
    for distance in ("jaccard", "masi"):
        assert set_valued_alpha(sets, distance).estimate == pytest.approx(0.0, abs=0.03)
