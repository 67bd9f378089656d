"""The confidence register: judgements of people, ceilings of the program, and never a verdict."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.confidence import (
    COMPONENTS,
    CONCERNS,
    LEVELS,
    CeilingRules,
    confidence_ceilings,
    confidence_register,
    current_steps,
    findings_behind,
    step_problems,
)
from twinbenefits.analysis.resolution import resolve
from twinbenefits.evidence import schema_confidence

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("toy_network.py"))))
RULES = CeilingRules(alpha=0.667, robust_share=0.8)
EMPTY = pd.DataFrame(columns=["finding", "component", "steps", "reason", "author", "date"])


def finding(**changes: object) -> pd.DataFrame:
    row = {"finding": "F1", "cases_behind": 3, "quotes": 4, "codes": "GA;GB", "cases": 3, "persons": 5,
           "sources": 5, "level": 3}  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def ceilings(agreement: dict | None = None, **changes: object) -> list[tuple[str, str, str]]:
    known = {"GA": 0.9, "GB": 0.8} if agreement is None else agreement
    table = confidence_ceilings(finding(**changes), RULES, agreement=known)
    return list(table[["component", "at_most", "reason"]].itertuples(index=False, name=None))


def judged(**steps: int) -> pd.DataFrame:
    rows = list(steps.items())
    return pd.DataFrame(
        {
            "finding": "F1",
            "component": [component for component, _ in rows],
            "steps": [number for _, number in rows],
            "reason": "said",
            "author": "a",
            "date": pd.Timestamp("2026-05-01"),
        }
    )


ALL = dict.fromkeys(COMPONENTS, 0)


def test_a_finding_on_firm_ground_has_no_ceiling() -> None:
    assert ceilings() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cases_behind": 1}, ("relevance", "Low", "one case only")),
        ({"cases_behind": 0}, ("relevance", "Low", "no case behind it")),
        ({"quotes": 0}, ("adequacy", "Low", "no quote: serious concerns about adequacy")),
        ({"agreement": {"GA": 0.5, "GB": 0.9}}, ("methodological_limitations", "Low", "low agreement on GA")),
        ({"agreement": {"GA": None, "GB": 0.9}},
         ("methodological_limitations", "Moderate", "agreement on GA is not known")),
        ({"agreement": {"GA": 0.9}},
         ("methodological_limitations", "Moderate", "agreement on GB is not known")),
    ],
)  # fmt: skip
def test_the_data_suggest_ceilings(changes: dict, expected: tuple[str, str, str]) -> None:
    assert ceilings(**changes) == [expected]


def test_a_finding_that_does_not_come_from_the_cases_is_not_measured_by_them() -> None:
    assert ceilings(cases_behind=None, quotes=None, codes="") == []


def test_what_is_not_robust_or_meets_dissent_has_a_ceiling() -> None:
    known = {"GA": 0.9, "GB": 0.8}
    table = confidence_ceilings(
        finding(), RULES, agreement=known, robustness={"F1": 0.5}, votes={"F1": "split"}
    )
    assert table["reason"].tolist() == [
        "not robust: holds in 50% of the specifications",
        "the workshop dissents (split)",
    ]
    calm = confidence_ceilings(
        finding(), RULES, agreement=known, robustness={"F1": 0.8}, votes={"F1": "consensus"}
    )
    assert calm.empty


def test_nobody_has_judged_and_the_program_does_not() -> None:
    table = confidence_ceilings(finding(cases_behind=1), RULES)
    (row,) = confidence_register(finding(), EMPTY, table).table.to_dict("records")
    assert row["overall"] == "not rated"
    assert [row[name] for name in COMPONENTS] == ["not rated"] * 4
    assert row["ceiling"] == "Low"
    assert row["ceiling_reasons"] == "one case only; agreement on GA, GB is not known"
    assert row["above_ceiling"] is False
    assert row["workshop"] == "no vote yet"


def test_a_judgement_above_the_ceiling_is_shown_and_not_lowered() -> None:
    table = confidence_ceilings(finding(cases_behind=1), RULES)
    result = confidence_register(finding(), judged(**ALL), table, votes={"F1": "split"})
    (row,) = result.table.to_dict("records")
    assert (row["overall"], row["ceiling"], row["above_ceiling"]) == ("High", "Low", True)
    assert row["workshop"] == "split"
    assert result.scalars["above_ceiling"].value == 1
    low = confidence_register(finding(), judged(**{**ALL, "relevance": 2}), table).table
    assert low[["overall", "above_ceiling"]].values.tolist() == [["Low", False]]
    assert low["relevance"].tolist() == ["serious concerns"]


def test_a_judgement_that_lacks_a_component_is_no_overall_judgement() -> None:
    table = confidence_register(finding(), judged(adequacy=1), confidence_ceilings(finding(), RULES)).table
    assert table["overall"].tolist() == ["partly rated, at most Moderate"]
    assert not table["above_ceiling"].any()


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_steps_add_up_and_never_go_below_the_lowest_level(steps: list[int]) -> None:
    made = judged(**dict(zip(COMPONENTS, steps, strict=True)))
    (row,) = confidence_register(finding(), made, confidence_ceilings(finding(), RULES)).table.to_dict(
        "records"
    )
    assert row["overall"] == LEVELS[min(sum(steps), 3)]
    assert [row[name] for name in COMPONENTS] == [CONCERNS[number] for number in steps]


def test_the_latest_judgement_of_a_component_counts() -> None:
    late = judged(adequacy=2).assign(date=pd.Timestamp("2026-09-01"), reason="seen again")
    both = pd.concat([late, judged(adequacy=0)], ignore_index=True)
    assert current_steps(both)[["steps", "reason"]].values.tolist() == [[2, "seen again"]]


def test_a_step_down_without_a_reason_is_told_with_its_row() -> None:
    table = judged(adequacy=1, coherence=1, relevance=1)
    table["reason"] = ["said", " ", "said"]
    table["author"] = ["a", "a", ""]
    table["finding"] = ["F1", "F1", "F2"]
    table.loc[0, "component"] = "adequateness"
    assert [str(problem) for problem in step_problems(table, ["F1", "F3"])] == [
        "confidence_steps.csv, row 2, column component: has 'adequateness'; must be one of "
        "methodological_limitations, coherence, adequacy, relevance. Correct the cell.",
        "confidence_steps.csv, row 3, column reason: a step-down needs a reason. Say why, or delete the row.",
        "confidence_steps.csv, row 4, column finding: has 'F2'; there is no such finding. "
        "The findings are F1, F3.",
        "confidence_steps.csv, row 4, column author: a step-down needs an author. Say who, by code.",
    ]


def test_the_table_of_steps_refuses_the_same_and_names_the_same_components() -> None:
    assert schema_confidence.COMPONENTS == COMPONENTS
    schema = schema_confidence.MODELS["confidence_steps"].to_schema()
    good = judged(**ALL).assign(synthetic=True, finding="C01", author="demo-1")
    good = good.astype({"synthetic": "boolean", "steps": "Int64"})
    schema.validate(good)
    for column, cell in (
        ("reason", ""),
        ("component", "taste"),
        ("steps", 4),
        ("finding", "one"),
        ("author", ""),
    ):
        bad = good.copy()
        bad[column] = pd.Series([cell] * len(bad)).astype(good[column].dtype)
        with pytest.raises(schema_error(), match=column):
            schema.validate(bad)


def schema_error() -> type[Exception]:
    from pandera.errors import SchemaError

    return SchemaError


def test_a_finding_rests_on_the_segments_of_its_codes() -> None:
    coded = resolve(TOY.coded(levels={"s1": 2}))
    table = findings_behind(coded, {"F1": ["WB"], "F2": ["WB", "WT"], "F3": [], "F4": ["HB"]}, quote_from=4)
    shown = table.set_index("finding")
    assert shown.loc["F1", ["cases_behind", "quotes", "persons", "level"]].tolist() == [2, 1, 2, 2]
    assert shown.loc["F2", ["cases_behind", "quotes"]].tolist() == [2, 3]
    assert shown.loc["F3", ["cases_behind", "quotes"]].isna().all()
    assert shown.loc["F4", ["cases_behind", "quotes"]].tolist() == [0, 0]
