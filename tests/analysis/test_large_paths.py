"""What is done otherwise for large studies gives what the plain way gives."""

from __future__ import annotations

import hmac
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis import cooccurrence, propositions, rank_ranges, ranks, spec_verdicts
from twinbenefits.analysis.case_values import CaseValues
from twinbenefits.analysis.judgement import Material, Term, VerdictRule
from twinbenefits.analysis.models import cluster_model, level_model
from twinbenefits.analysis.pairs import MOST_TO_REMOVE, contrary_sets, smallest_sets
from twinbenefits.analysis.pooling import (
    OneChanged,
    between_case_correlation,
    means_of_cases,
    pooling_with_one_changed,
)
from twinbenefits.evidence.keys import Key

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))


@pytest.mark.parametrize("things", [1, 2, 7, 40])
def test_ranks_by_sorting_are_ranks_by_comparing(things) -> None:
    rng = np.random.default_rng(things)
    values = rng.integers(0, 6, (50, 3, things)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    plain = 0.5 + sum(
        0.5 * (values[..., one : one + 1] > values) + 0.5 * (values[..., one : one + 1] >= values)
        for one in range(things)
    )
    plain[np.isnan(values)] = np.nan
    np.testing.assert_array_equal(ranks._sorted_ranks(values), plain)
    np.testing.assert_array_equal(ranks.ranks_of(values), plain)


@pytest.mark.parametrize("seed", range(8))
def test_pooling_with_one_case_changed_is_pooling_anew(seed) -> None:
    rng = np.random.default_rng(seed)
    cases, codes = 9, 6
    held = rng.integers(0, 5, cases).astype(float)
    having = np.minimum(rng.integers(0, 5, (cases, codes)), held[:, None]).astype(float)
    known = ((rng.random((cases, codes)) < 0.8) & (held > 0)[:, None]).astype(float)
    place = np.arange(cases)
    less = np.maximum(held - 1, 0.0)
    left = np.minimum(having, less[:, None])
    still = known * (less > 0)[:, None]
    alike, mean = pooling_with_one_changed(having, held, known, OneChanged(place, left, less, still))
    for case in place:
        changed = [part.copy() for part in (having, held, known)]
        changed[0][case], changed[1][case], changed[2][case] = left[case], less[case], still[case]
        np.testing.assert_allclose(alike[case], between_case_correlation(*changed), rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(mean[case], means_of_cases(*changed))


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_over_many_cases_are_those_over_few(seed) -> None:
    rng = np.random.default_rng(seed)
    many, cases = 40, 7
    recorded = rng.random(cases) < 0.4
    terms = []
    for direction in (1, -1):
        condition = rng.integers(1, 4, (many, cases)).astype(float)
        outcome = direction * condition + 1.5 * (rng.random((many, cases)) < 0.1)
        outcome[rng.random(outcome.shape) < 0.1] = np.nan
        terms.append((condition, outcome, direction))
    few = spec_verdicts.directional_verdicts(terms, 4, recorded)
    np.testing.assert_array_equal(spec_verdicts._over_many_cases(terms, 4, recorded), few)
    assert len(set(few.tolist())) > 1


@pytest.mark.parametrize("seed", range(4))
def test_a_model_of_counts_by_session_is_the_model_of_segments(seed) -> None:
    rng = np.random.default_rng(seed)
    sizes, levels = rng.integers(1, 40, 18), rng.integers(1, 5, 18)
    frame = pd.DataFrame({"session": np.repeat([f"S{n}" for n in range(18)], sizes)})
    frame["level"] = np.repeat(levels, sizes).astype(float)
    frame["carries"] = (rng.random(len(frame)) < np.repeat(rng.beta(2, 4, 18), sizes)).astype(float)
    asked = {"clusters": "session", "minimum_clusters_per_effect": 8}
    plain, found = (
        cluster_model(frame, "carries ~ level", **asked),
        level_model(frame, "carries", "level", **asked),
    )
    assert (found.method, found.clusters, found.observations) == (plain.method, 18, len(frame))
    numbers = ["estimate", "standard_error"]
    np.testing.assert_allclose(found.effects[numbers], plain.effects[numbers], rtol=1e-8)
    apart = frame.assign(carries=(frame["level"] > 2).astype(float))
    reasons = {model.reason for model in (
        cluster_model(apart, "carries ~ level", **asked), level_model(apart, "carries", "level", **asked),
    )}  # fmt: skip
    assert reasons == {"in some group all segments carry the code, or none"}


def test_where_many_cases_would_have_to_go_one_set_leaves_no_pair() -> None:
    rng = np.random.default_rng(3)
    against = np.triu(rng.random((60, 60)) < 0.5, 1)
    against |= against.T
    cases = [f"K{number:02}" for number in range(60)]
    (removed,) = contrary_sets(against, cases)
    stays = [case not in removed for case in cases]
    assert len(removed) > MOST_TO_REMOVE
    assert not against[np.ix_(stays, stays)].any()
    pairs = [(cases[i], cases[j]) for i, j in np.argwhere(np.triu(against))]
    assert smallest_sets(pairs) == (removed,)


def test_cases_are_left_out_at_once_as_one_by_one() -> None:
    coded = TOY.Garden(sessions=2).coded()
    kept = coded.cases[1:-1]
    together, single = coded.among(kept), coded
    for case in (coded.cases[0], coded.cases[-1]):
        single = single.without(case=case)
    assert together.cases == single.cases == kept
    for name in ("rows", "segments", "readings", "sessions"):
        assert getattr(together, name).equals(getattr(single, name)), name


def test_tokens_of_many_names_are_those_of_each() -> None:
    key = Key(b"for the test only")
    cells = ["K1-S1", "K1-P2;K1-P1", "", "K1-S1"]
    assert key.tokens("person", cells) == [
        key.token("person", "K1-S1"),
        ";".join(sorted(key.token("person", name) for name in ("K1-P2", "K1-P1"))),
        "",
        key.token("person", "K1-S1"),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_ranges_from_counted_ranks_are_those_of_the_ranks(seed) -> None:
    rng = np.random.default_rng(seed)
    standing = (rng.integers(2, 13, (rng.integers(1, 300), 6)) / 2).astype(np.float32)
    standing[rng.random(standing.shape) < 0.2] = np.nan
    for column, counts in zip(standing.T, rank_ranges._counted(standing), strict=True):
        told = column[~np.isnan(column)].astype(float)
        assert counts.sum() == len(told)
        if len(told):
            plain = [told.min(), told.max(), *np.quantile(told, [0.025, 0.975])]
            assert rank_ranges._spread(counts) == plain


@pytest.mark.parametrize("seed", range(10))
def test_a_verdict_without_each_case_is_that_of_judging_the_others(seed) -> None:
    rng = np.random.default_rng(seed)
    cases = tuple("ABCDEFG")

    def values(name: str) -> CaseValues:
        return CaseValues(name, True, {c: float(rng.integers(1, 5)) for c in cases if rng.random() < 0.9})

    material = Material(
        cases,
        {name: values(name) for name in "STXY"},
        {"P": frozenset(case for case in cases if rng.random() < 0.5)},
    )
    terms, rule = {"P": [Term("S", "+", "X"), Term("T", "-", "Y")]}, VerdictRule(minimum_cases=4)
    kinds = {"P": "directional"}
    quick = propositions._without_each(kinds, terms, material, rule)
    for case in cases:
        plain = propositions.judgements(kinds, terms, propositions._without(material, case), rule)["P"]
        assert quick[case]["P"] == (plain.verdict, plain.why)


def test_pairs_resampled_block_by_block_are_those_resampled_at_once(monkeypatch) -> None:
    rng, garden = np.random.default_rng(2), TOY.Garden(sessions=2)
    for name, _case in garden.sessions * 5:
        garden.say(name, *(code for code in TOY.BENEFITS if rng.random() < 0.6))
    coded = garden.coded()
    whole = cooccurrence.cooccurrence(coded, minimum_sessions=2, draws=50).table
    assert whole["segments"].min() > 0
    monkeypatch.setattr(cooccurrence, "_PAIRS", 1)
    pd.testing.assert_frame_equal(
        cooccurrence.cooccurrence(coded, minimum_sessions=2, draws=50).table, whole, check_exact=True
    )


@pytest.mark.parametrize("secret", [b"", b"short", b"k" * 64, b"longer than a block " * 5])
def test_a_digest_is_the_standard_one(secret) -> None:
    key = Key(secret)
    assert key.digest("name") == hmac.digest(secret, b"name", "sha256").hex()
    assert key.tokens("p", ["", "a", "b;a"]) == ["", key.token("p", "a"), ";".join(
        sorted((key.token("p", "a"), key.token("p", "b")))
    )]  # fmt: skip
