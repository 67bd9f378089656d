"""Models as description: published numbers, sessions as clusters, and no fit where there are too few."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis.case_counts import case_count_bounds
from twinbenefits.analysis.clustering import (
    chi_square_on_segments,
    session_correlation,
    session_design_effect,
    simulated_rejections,
)
from twinbenefits.analysis.descriptions import code_by_context, votes_by_group
from twinbenefits.analysis.models import (
    cluster_model,
    level_model,
    mixed_model,
    ordered_model,
    variance_share,
)

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))
PUBLISHED = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data/published_values.json").read_text("utf-8"))
}


def close(found: float, entry: dict, expected: float) -> bool:
    return found == pytest.approx(expected, abs=entry["tolerance"])


# Published numbers


@pytest.mark.parametrize("name", ["wilson_81_263", "wilson_15_148", "wilson_1_29", "wilson_5_5"])
def test_wilson_bounds_are_the_published_ones(name) -> None:
    entry = PUBLISHED[name]
    found = case_count_bounds(entry["input"]["x"], entry["input"]["n"], level=entry["input"]["level"])
    assert close(found.low, entry, entry["expected"][0])
    assert close(found.high, entry, entry["expected"][1])


def test_clopper_pearson_bounds_are_the_published_ones() -> None:
    entry = PUBLISHED["clopper_5_5"]
    for (count, cases), (low, high) in zip(entry["input"]["cases"], entry["expected"], strict=True):
        found = case_count_bounds(count, cases, method="clopper_pearson")
        assert close(found.low, entry, low)
        assert close(found.high, entry, high)


def test_bounds_of_shares_are_those_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    for method, theirs in (("wilson", "wilson"), ("clopper_pearson", "beta")):
        for cases in range(1, 30):
            for count in range(cases + 1):
                found = case_count_bounds(count, cases, method=method, level=0.9)
                assert (found.low, found.high) == proportion_confint(
                    count, cases, alpha=1 - 0.9, method=theirs
                )


@pytest.mark.parametrize("seed", range(4))
def test_the_level_model_has_the_estimates_of_statsmodels(seed: int) -> None:
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    random = np.random.default_rng(seed)
    many, level = random.integers(1, 40, 30), random.integers(1, 6, 30).astype(float)
    carrying = random.binomial(many, 1 / (1 + np.exp(1.5 - 0.3 * level)))
    rows = [
        {"session": str(session), "level": level[session], "carries": float(one < carrying[session])}
        for session in range(30)
        for one in range(many[session])
    ]
    found = level_model(
        pd.DataFrame(rows), "carries", "level", clusters="session", minimum_clusters_per_effect=8
    )
    design = np.column_stack([np.ones(30), level])
    expected = GLM(np.column_stack([carrying, many - carrying]), design, family=Binomial()).fit(tol=1e-12)
    assert found.effects["estimate"].tolist() == pytest.approx(expected.params.tolist(), abs=1e-10)


def test_the_mixed_model_is_that_of_the_sleep_study() -> None:
    entry = PUBLISHED["sleepstudy_lmm"]
    frame, expected = pd.DataFrame(entry["input"]["data"]), entry["expected"]
    found = mixed_model(
        frame, "Reaction ~ Days", clusters="Subject", minimum_clusters_per_effect=8, slopes="Days"
    )
    effects = found.effects.set_index("effect")
    assert close(effects.loc["Intercept", "estimate"], entry, expected["intercept"])
    assert close(effects.loc["Days", "estimate"], entry, expected["days"])
    assert close(effects.loc["Intercept", "standard_error"], entry, expected["se_intercept"])
    assert close(effects.loc["Days", "standard_error"], entry, expected["se_days"])
    assert close(found.components["residual_deviation"], entry, expected["sd_resid"])
    assert close(found.components["deviance"], entry, expected["reml_dev"])
    assert (found.clusters, found.observations) == (18, 180)


def test_the_intraclass_correlation_is_that_of_the_sleep_study() -> None:
    entry = PUBLISHED["sleepstudy_icc"]
    frame = pd.DataFrame(PUBLISHED["sleepstudy_lmm"]["input"]["data"])
    assert close(variance_share(frame, "Reaction", "Subject").estimate, entry, entry["expected"]["icc"])


def herds() -> pd.DataFrame:
    data = pd.DataFrame(PUBLISHED["cbpp_gee_independence"]["input"]["data"])
    rows = [
        (row.herd, row.period, float(number < row.incidence))
        for row in data.itertuples()
        for number in range(row.size)
    ]
    return pd.DataFrame(rows, columns=["herd", "period", "y"])


def test_the_cluster_model_is_that_of_the_herds() -> None:
    entry = PUBLISHED["cbpp_gee_independence"]
    found = cluster_model(
        herds(), "y ~ period", clusters="herd", minimum_clusters_per_effect=1, covariance="robust"
    ).effects
    ours = found["effect"].replace({"Intercept": "(Intercept)"}).str.replace("[T.", "").str.replace("]", "")
    assert sorted(ours) == sorted(entry["expected"]["est"])
    for place, effect in ours.items():
        assert close(found.at[place, "estimate"], entry, entry["expected"]["est"][effect])
        assert close(found.at[place, "standard_error"], entry, entry["expected"]["se"][effect])


def test_reduced_bias_gives_larger_errors_with_few_clusters() -> None:
    few = herds()[lambda frame: frame["herd"].astype(int) <= 6]
    errors = [
        cluster_model(few, "y ~ 1", clusters="herd", minimum_clusters_per_effect=1, covariance=kind).effects
        for kind in ("bias_reduced", "robust")
    ]
    assert errors[0]["standard_error"][0] > errors[1]["standard_error"][0]


def test_kish_design_effect_is_the_published_one() -> None:
    entry = PUBLISHED["kish_deff"]
    found = session_design_effect(np.full(7, float(entry["input"]["m"])), entry["input"]["icc"])
    assert close(found.estimate, entry, entry["expected"])


# Where there is too little


def test_too_few_sessions_leave_a_reason_and_no_number() -> None:
    found = cluster_model(herds(), "y ~ period", clusters="herd", minimum_clusters_per_effect=8)
    assert found.effects.empty
    assert found.reason == "too few sessions: 15, and 3 effects need 24"
    frame = pd.DataFrame(PUBLISHED["sleepstudy_lmm"]["input"]["data"])
    few = mixed_model(frame, "Reaction ~ Days", clusters="Subject", minimum_clusters_per_effect=19)
    assert few.reason == "too few sessions: 18, and 1 effect needs 19"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_outcome_that_does_not_vary_and_one_that_splits_are_named(share) -> None:
    frame = pd.DataFrame({"y": share, "x": [0, 1] * 10, "s": list("abcdefghij") * 2})
    assert cluster_model(frame, "y ~ x", clusters="s", minimum_clusters_per_effect=1).reason == (
        "the outcome does not vary"
    )
    split = frame.assign(y=frame["x"].astype(float))
    found = cluster_model(split, "y ~ x", clusters="s", minimum_clusters_per_effect=1)
    assert found.effects.empty
    assert found.reason


def test_bounds_of_no_case_and_of_an_impossible_count() -> None:
    assert case_count_bounds(0, 0).reason == "undefined, because there is no case"
    with pytest.raises(ValueError, match="6 of 5 cases is no count"):
        case_count_bounds(6, 5)


def test_the_ordered_model_comes_back_to_what_was_planted() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(["a", "b"], 1500)
    latent = rng.logistic(size=3000) + np.where(group == "b", 0.8, 0.0)
    frame = pd.DataFrame({"mark": np.digitize(latent, [-1.5, 0.0, 1.5]) + 1, "group": group})
    found = ordered_model(frame, "mark", "group", minimum_voters_per_effect=10)
    assert found.effects["effect"].tolist() == ["group: b"]
    assert found.effects["estimate"][0] == pytest.approx(0.8, abs=3 * found.effects["standard_error"][0])
    assert ordered_model(frame[:8], "mark", "group", minimum_voters_per_effect=10).reason == (
        "too few voters: 8, and 1 effect needs 10"
    )
    alike = ordered_model(frame.assign(mark=3), "mark", "group", minimum_voters_per_effect=10)
    assert "all gave one mark" in alike.reason


def test_votes_count_once_per_voter_and_as_corrected() -> None:
    rows = [("v1", "p1", 1, 2, ""), ("v2", "p1", 2, 5, ""), ("v3", "p2", 1, 1, ""), ("v4", "p2", 1, 4, "v3")]
    votes = pd.DataFrame(rows, columns=["vote", "voter", "round", "value", "corrects"]).assign(
        item="I1", scale="agree", not_my_field="no"
    )
    voters = pd.DataFrame(
        {"voter": ["p1", "p2"], "role_group": ["x", "y"], "vertical": ["u", "w"], "consent_level": 3}
    )
    found = votes_by_group(votes, voters, item="I1", scale="agree", minimum_voters_per_effect=10)
    assert found.table[["voters", "reason"]].values.tolist() == [
        [2, "too few voters: 2, and 1 effect needs 10"]
    ]
    basis = found.scalars["model"].basis
    assert (basis.cases, basis.persons, basis.level) == (2, 2, 3)


def test_a_code_by_context_has_sessions_as_clusters() -> None:
    garden = TOY.Garden(sessions=4)
    rng = np.random.default_rng(2)
    for place, case in enumerate(garden.cases):
        for number in range(1, 5):
            for _ in range(10):
                garden.say(f"{case}-{number}", "G1a" if rng.random() < 0.15 + 0.2 * place else "G2a")
    ratings = TOY.rated(
        {"S1": dict(zip(garden.cases, (1, 2, 3, 4), strict=True)), "S2": dict.fromkeys(garden.cases, 2)}
    )
    found = code_by_context(garden.coded(), ratings, code="G1a", scale="S1", minimum_sessions_per_effect=8)
    slope = found.table.set_index("effect").loc["level"]
    assert slope["sessions"] == 16
    assert slope["estimate"] > 2 * slope["standard_error"]
    few = code_by_context(garden.coded(), ratings, code="G1a", scale="S1", minimum_sessions_per_effect=17)
    assert few.table["reason"].tolist() == ["too few sessions: 16, and 1 effect needs 17"] * 2
    flat = code_by_context(garden.coded(), ratings, code="G1a", scale="S2", minimum_sessions_per_effect=8)
    assert flat.table["reason"][0] == "the level is the same in all rated cases"
    nobody = code_by_context(
        garden.coded(), TOY.rated({}), code="G1a", scale="S1", minimum_sessions_per_effect=8
    )
    assert nobody.table["estimate"].isna().all()
    assert (nobody.table["reason"] != "").all()


# Segments are not independent


def test_the_correlation_of_sessions_is_the_one_planted() -> None:
    rng = np.random.default_rng(3)
    rho, sessions, segments = 0.15, 4000, 12
    strength = (1 - rho) / rho
    having = rng.binomial(segments, rng.beta(0.3 * strength, 0.7 * strength, sessions)).astype(float)
    assert session_correlation(having, np.full(sessions, float(segments))).estimate == pytest.approx(
        rho, abs=0.01
    )


def test_a_chi_square_on_segments_rejects_a_true_null_far_too_often() -> None:
    """Five cases, 40 segments a session, correlation .10: three studies of four, as theory has it."""
    from scipy.stats import chi2

    case, segments = np.repeat(np.arange(5), 3), np.full(15, 40)
    limit = chi2.ppf(0.95, 4)
    for rho, known in ((0.0, 0.05), (0.1, 0.75)):
        statistic = simulated_rejections(case, segments, rho, 0.3, studies=4000, seed=1)
        rejected = (statistic > limit).mean()
        assert rejected == pytest.approx(known, abs=0.03)
        effect = session_design_effect(segments.astype(float), rho).estimate
        assert rejected == pytest.approx(chi2.sf(limit / effect, 4), abs=0.03)


def test_the_demonstration_uses_the_datas_own_correlation() -> None:
    garden = TOY.Garden(sessions=3)
    for case in garden.cases:
        garden.fill(case, "G1a", 9, session=1)
        garden.fill(case, "G1a", 2, session=2)
        garden.fill(case, "G1b", 5, session=3)
    found = chi_square_on_segments(garden.coded(), studies=1000)
    own = found.table[found.table["own"]].iloc[0]
    assert own["correlation"] == found.scalars["session_correlation"].value
    assert own["rejected"] == found.scalars["chi_square_rejects_true_null"].value
    assert own["rejected"] > 0.3
    assert own["rejected_by_sessions"] < 0.12
    first, again = (chi_square_on_segments(garden.coded(), studies=200, seed=s).table for s in (4, 4))
    assert first.equals(again)


def test_one_case_leaves_the_demonstration_without_a_number() -> None:
    garden = TOY.Garden(cases=("north",))
    garden.say("north-1", "G1a")
    found = chi_square_on_segments(garden.coded())
    assert found.table.empty
    assert found.scalars["chi_square_rejects_true_null"].value is None
    assert found.scalars["session_correlation"].reason.startswith("undefined, because")
