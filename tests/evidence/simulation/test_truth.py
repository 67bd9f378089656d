"""What was planted is found again: a set ten times as large is held to its truth."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.simulation import draws
from twinbenefits.evidence.simulation.demonstration import instruments
from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.generator import Simulated, simulate
from twinbenefits.evidence.simulation.truth import Instruments, Shape, draw_truth

SHAPE = Shape(segments=9000, double_share=0.5, double_sessions=16)
SPREAD = 4.5  # standard errors; with some hundred comparisons none should lie further off by chance


@pytest.fixture(scope="module")
def tools(root: Path) -> Instruments:
    return instruments(Layout(root))


@pytest.fixture(scope="module")
def made(root: Path, tools: Instruments) -> Simulated:
    return simulate(tools, read_facts(Layout(root))["as_of"], seed=2, shape=SHAPE)


@pytest.fixture(scope="module")
def codings(made: Simulated, tools: Instruments) -> pd.DataFrame:
    tables = made.tables
    segments = tables["segments"].merge(tables["sources"][["source", "case", "session"]])
    joined = tables["codings"].merge(segments[["segment", "case", "session"]])
    return joined.assign(role=joined["code"].map(tools.roles))


def test_prevalence_by_case_is_recovered(made: Simulated, codings: pd.DataFrame, tools: Instruments) -> None:
    """The first coder takes no code for another, so shares of that coder's codes have no bias."""
    own = codings[(codings["coder"] == "demo-1") & codings["role"].isin(["benefit", "mechanism"])]
    compared = 0
    for (case, role), group in own.groupby(["case", "role"]):
        shares = group["code"].value_counts(normalize=True)
        for code in tools.codes(str(role)):
            planted = made.truth.prevalence[str(case)][code]
            error = SPREAD * np.sqrt(planted * (1 - planted) / len(group))
            assert shares.get(code, 0.0) == pytest.approx(planted, abs=error + 1e-9), (case, code)
            compared += 1
    assert compared == 5 * (19 + 9)


def test_what_nobody_spoke_of_is_absent(made: Simulated, codings: pd.DataFrame) -> None:
    own = codings[codings["coder"] == "demo-1"]
    given = {*zip(own["case"], own["code"], strict=True)}
    for case, codes in made.truth.prevalence.items():
        silent = {code for code, share in codes.items() if share == 0.0}
        assert {*made.truth.not_asked[case]} < silent
        assert not {(case, code) for code in silent} & given


def test_a_benefit_is_silent_in_two_cases_at_most(made: Simulated) -> None:
    silent = pd.Series([c for codes in made.truth.prevalence.values() for c, p in codes.items() if p == 0.0])
    assert silent.value_counts().max() <= 2


def test_the_most_frequent_status_is_the_planted_one(made: Simulated, codings: pd.DataFrame) -> None:
    own = codings[(codings["coder"] == "demo-1") & (codings["role"] == "benefit")]
    groups = own.groupby(["case", "code"])["status"]
    large = groups.size()[lambda sizes: sizes >= 40].index
    right = [groups.get_group(place).mode()[0] == made.truth.status[place[0]][place[1]] for place in large]
    assert len(right) > 20
    assert np.mean(right) > 0.95


def _first_and_other(made: Simulated, codings: pd.DataFrame, other: str) -> pd.DataFrame:
    """Return the codes that the first coder gave where another coder read the segment as well."""
    read = made.tables["assignments"]
    shared = {*read.query("coder == 'demo-1'")["segment"]} & {*read.query("coder == @other")["segment"]}
    own = codings[(codings["coder"] == "demo-1") & codings["segment"].isin(shared)]
    theirs = codings[codings["coder"] == other].groupby("segment")["code"].agg(set)
    return own.assign(theirs=[theirs.get(segment, set()) for segment in own["segment"]])


def test_sensitivity_by_session_is_recovered(made: Simulated, codings: pd.DataFrame) -> None:
    """Where the first coder saw a code that nobody confuses, the other saw it as often as was planted."""
    compared = 0
    for other in ("demo-2", "demo-3"):
        confused = {code for one, two, _ in made.truth.confusions[other] for code in (one, two)}
        both = _first_and_other(made, codings, other)
        both = both[~both["code"].isin(confused) & both["role"].isin(["benefit", "mechanism"])]
        for session, group in both.groupby("session"):
            planted = made.truth.sensitivity[str(session)][other]
            seen = np.mean(
                [code in theirs for code, theirs in zip(group["code"], group["theirs"], strict=True)]
            )
            assert seen == pytest.approx(planted, abs=SPREAD * np.sqrt(planted * (1 - planted) / len(group)))
            compared += 1
    assert compared >= 8


def test_planted_confusions_are_visible(made: Simulated, codings: pd.DataFrame) -> None:
    assert "demo-1" not in made.truth.confusions
    for other, pairs in made.truth.confusions.items():
        both = _first_and_other(made, codings, other)
        for one, two, chance in pairs:
            group = both[both["code"] == one]
            swapped = np.mean([two in theirs and one not in theirs for theirs in group["theirs"]])
            expected = chance * np.mean([made.truth.sensitivity[s][other] for s in group["session"]])
            if len(group) >= 30:
                assert swapped == pytest.approx(expected, abs=SPREAD * np.sqrt(0.25 / len(group)))
                assert swapped > 0.1
    assert sum(len(pairs) for pairs in made.truth.confusions.values()) == 4


def test_planted_pairs_show_in_the_shares(made: Simulated) -> None:
    """In the case with the higher level, a benefit is the more frequent the way the pair was planted."""
    turned = {(scale, benefit, case) for _, scale, benefit, case in made.truth.exceptions}
    alike = []
    for scale, benefit, direction in made.truth.associations:
        if sum(other == benefit for _, other, _ in made.truth.associations) > 1:
            continue
        points = [
            (made.truth.levels[case][scale], made.truth.prevalence[case][benefit])
            for case in made.truth.levels
            if (scale, benefit, case) not in turned and made.truth.prevalence[case][benefit]
        ]
        pairs = [(a, b) for a in points for b in points if a[0] < b[0]]
        alike += [(b[1] > a[1]) == (direction > 0) for a, b in pairs]
    assert len(alike) >= 15
    assert np.mean(alike) > 0.7


def test_directions_are_drawn_without_a_look_at_the_propositions(tools: Instruments) -> None:
    """Turning every proposition round changes no planted direction."""
    flip = {"+": "-", "-": "+"}
    terms = tools.proposition_terms
    turned = Instruments(
        codebook=tools.codebook,
        context_scales=tools.context_scales,
        propositions=tools.propositions,
        proposition_terms=terms.assign(direction=[flip.get(sign, sign) for sign in terms["direction"]]),
        indicators=tools.indicators,
        vote_scales=tools.vote_scales,
        phrases=tools.phrases,
    )
    agree = []
    for seed in range(40):
        one, two = (draw_truth(t, Shape(), Draws(seed)).associations for t in (tools, turned))
        assert one == two
        agree += [direction > 0 for _, _, direction in one]
    assert 0.4 < np.mean(agree) < 0.6


def test_segments_stand_where_they_say(made: Simulated) -> None:
    texts = made.texts
    for row in made.tables["segments"].head(2000).itertuples():
        assert texts[row.source][row.start : row.end] == row.text


@pytest.mark.parametrize("seed", [1, 2, "a study"])
def test_equal_seeds_give_equal_draws(seed: int | str) -> None:
    one, two = (Draws(seed).branch("x") for _ in range(2))
    assert [one.integer(1, 9) for _ in range(50)] == [two.integer(1, 9) for _ in range(50)]
    assert [one.normal() for _ in range(3)] != [Draws(seed).branch("y").normal() for _ in range(3)]


def test_draws_have_the_distributions_they_name() -> None:
    made = Draws("distributions")
    normal = np.array([made.normal(2.0, 3.0) for _ in range(20_000)])
    assert normal.mean() == pytest.approx(2.0, abs=0.1)
    assert normal.std() == pytest.approx(3.0, abs=0.1)
    weighted = pd.Series([made.weighted({"a": 1, "b": 3}) for _ in range(8_000)]).value_counts(normalize=True)
    assert weighted["b"] == pytest.approx(0.75, abs=0.02)
    whole = pd.Series([made.integer(1, 4) for _ in range(8_000)]).value_counts(normalize=True)
    assert sorted(whole.index) == [1, 2, 3, 4]
    assert whole.to_numpy() == pytest.approx(np.full(4, 0.25), abs=0.03)
    assert sorted(made.shuffled(range(20))) == [*range(20)]
    assert len({*made.sample(range(100), 30)}) == 30


def test_examples_in_docstrings_run() -> None:
    result = doctest.testmod(draws)
    assert result.attempted
    assert not result.failed
