"""Partial pooling: a case's share is drawn to the mean of the cases by as much as its sessions leave open."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from twinbenefits.analysis.pooling import between_case_correlation, partial_pooling, pooled_shares

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


def test_the_pooled_share_is_the_mean_of_the_beta_that_the_sessions_leave() -> None:
    """With correlation rho the prior is Beta(mean k, (1 - mean) k) with k = (1 - rho) / rho."""
    having, held, rho = np.array([[3.0], [0.0], [1.0]]), np.array([4.0, 3.0, 5.0]), 0.3
    pooled, shrinkage = pooled_shares(having, held, np.ones((3, 1)), np.array(rho))
    mean, strength = 4 / 12, 0.7 / 0.3
    for case in range(3):
        posterior = beta(
            mean * strength + having[case, 0], (1 - mean) * strength + held[case] - having[case, 0]
        )
        assert pooled[case, 0] == pytest.approx(posterior.mean())
    assert shrinkage[:, 0] == pytest.approx(strength / (strength + held))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=2, max_size=6))
def test_a_pooled_share_lies_between_the_share_and_the_mean(cases) -> None:
    held = np.array([float(n) for n, _ in cases])
    having = np.array([[float(min(n, k))] for n, k in cases])
    known = np.ones_like(having)
    rho = between_case_correlation(having, held, known)
    assert 0 <= rho <= 1
    pooled, shrinkage = pooled_shares(having, held, known, rho)
    share, mean = having[:, 0] / held, having.sum() / held.sum()
    assert ((pooled[:, 0] - share) * (pooled[:, 0] - mean) <= 1e-12).all()
    assert ((shrinkage >= 0) & (shrinkage <= 1)).all()


def test_more_sessions_are_drawn_less() -> None:
    held = np.array([2.0, 20.0])
    _, shrinkage = pooled_shares(np.array([[1.0], [10.0]]), held, np.ones((2, 1)), np.array(0.2))
    assert shrinkage[0, 0] > shrinkage[1, 0]


def test_the_correlation_is_the_one_planted() -> None:
    """Cases draw their share from a Beta; over many benefits the estimate comes back to its correlation."""
    rng = np.random.default_rng(1)
    rho, cases, held, benefits = 0.25, 6, 8, 4000
    strength = (1 - rho) / rho
    share = rng.beta(0.4 * strength, 0.6 * strength, (cases, benefits))
    having = rng.binomial(held, share).astype(float)
    found = between_case_correlation(having, np.full(cases, float(held)), np.ones((cases, benefits)))
    assert found == pytest.approx(rho, abs=0.02)


def garden_of(sessions: int):
    garden = TOY.Garden(sessions=sessions)
    for case, share in zip(garden.cases, (1, 2, 3, 4), strict=True):
        for number in range(1, sessions + 1):
            garden.say(f"{case}-{number}", "G1a" if number <= share else "G2a")
    garden.not_asked.add(("east", "G1b"))
    return garden


def test_too_few_sessions_are_named() -> None:
    garden = garden_of(4)
    found = partial_pooling(garden.coded(), garden.asked(), minimum_sessions_per_effect=9)
    assert found.table["pooled"].isna().all()
    assert found.table["reason"][0] == "too few sessions: 16, and a mean and a spread need 18"
    assert found.scalars["between_case_correlation"].value is None


def test_cells_not_asked_about_stay_blank_and_out_of_the_fit() -> None:
    garden = garden_of(4)
    found = partial_pooling(garden.coded(), garden.asked(), minimum_sessions_per_effect=8).table
    blank = found[(found["case"] == "east") & (found["code"] == "G1b")].iloc[0]
    assert blank["reason"] == "not asked"
    assert blank[["share", "pooled", "mean"]].isna().all()
    row = found[(found["case"] == "east") & (found["code"] == "G1a")].iloc[0]
    assert row["share"] == 0.25
    assert row["share"] < row["pooled"] < row["mean"]


def test_only_the_cases_named_are_pooled() -> None:
    garden = garden_of(4)
    found = partial_pooling(
        garden.coded(), garden.asked(), minimum_sessions_per_effect=4, among=("east", "north")
    ).table
    assert set(found["case"]) == {"east", "north"}
    assert found.loc[found["code"] == "G1a", "mean"].unique() == pytest.approx([3 / 8])
