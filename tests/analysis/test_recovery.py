"""On simulated studies with known truth the answers are right at stated rates."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from datetime import date

import pandas as pd
import pytest

from twinbenefits.analysis.judgement import VerdictRule
from twinbenefits.analysis.proposition_material import proposition_terms
from twinbenefits.analysis.recovery import QUESTIONS, recovery
from twinbenefits.analysis.recovery_rates import (
    STUDIES,
    kept_rates,
    kept_table,
    made_rates,
    recovery_of_the_study,
)
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.simulation.demonstration import instruments

AS_OF = date(2026, 11, 1)
RULE = VerdictRule(minimum_cases=4)
EARLY = 0.35  # so far the rates of five studies may be from those of two hundred
WORDS = {"supported": (0.45, 0.62), "supported, on balance": (0.88, 0.97), "support is found": (0.35, 0.5)}
"""Rates that are told in words, on the validation page and beside verdicts, and their limits."""


@pytest.fixture(scope="module")
def given(root):
    tools = instruments(Layout(root))
    kinds = pd.read_csv(root / "data/study/propositions.csv").set_index("id")["kind"]
    terms = proposition_terms(tools.proposition_terms)
    return tools, {name: some for name, some in terms.items() if kinds[name] == "directional"}


def rates(result) -> dict[str, float]:
    return dict(zip(result.table["question"], result.table["rate"], strict=True))


def test_five_studies_are_as_right_as_is_stated(given, root) -> None:
    tools, terms = given
    kept = dict(kept_table(root)[["question", "rate"]].itertuples(index=False, name=None))
    found = recovery(range(5), tools, terms, as_of=AS_OF, rule=RULE)
    assert found.scalars["studies"].value == 5
    assert found.table["question"].tolist() == list(QUESTIONS)
    assert found.table["asked"].gt(0).all()
    for question, rate in rates(found).items():
        assert abs(rate - kept[question]) <= EARLY, question  # a few answers each: a rough net


def test_no_study_leaves_reasons(given) -> None:
    tools, terms = given
    found = recovery([], tools, terms, as_of=AS_OF, rule=RULE)
    assert found.table["rate"].isna().all()
    assert set(found.table["reason"]) == {"never came up"}


def test_the_kept_rates_are_those_of_two_hundred_studies_and_of_these_questions(root) -> None:
    kept = kept_rates(root)
    assert kept["studies"] == STUDIES == 200
    assert list(kept["questions"]) == list(QUESTIONS)


def test_what_is_said_in_words_is_what_the_rates_say(root) -> None:
    kept = kept_table(root).set_index("question")["rate"]
    for question, (low, high) in WORDS.items():
        assert low < kept[question] < high, question


@pytest.mark.long
def test_two_hundred_studies_are_right_at_the_stated_rates(root) -> None:
    with ProcessPoolExecutor(2) as pool:
        made = made_rates(recovery_of_the_study(Layout(root), map=pool.map))
    print(json.dumps(made))
    kept = kept_rates(root)
    assert made["studies"] == kept["studies"]
    for question, counts in made["questions"].items():
        stated = kept["questions"][question]
        assert counts["asked"] == pytest.approx(stated["asked"], rel=0.02), question
        assert counts["right"] / counts["asked"] == pytest.approx(
            stated["right"] / stated["asked"], abs=0.02
        ), question
