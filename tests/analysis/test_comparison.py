"""What cases add up to, counted by hand, and never from a cell that is withheld."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twinbenefits.analysis.comparison import (
    benefits_over_cases,
    conclusions_held,
    order_beside_outcome,
    ranks_over_cases,
    verdicts_counted,
    widest_outcome,
)

WHY = "vertical: not permitted by the company"
STATES = pd.DataFrame(
    [
        ("A", "X", "observed or measured", 2, ""),
        ("B", "X", "observed or measured", 0, ""),
        ("C", "X", None, np.nan, WHY),
        ("A", "Y", "observed or measured", 0, ""),
        ("B", "Y", "expected only", 0, ""),
        ("C", "Y", None, np.nan, WHY),
        ("A", "Z", "asked and absent", 0, ""),
        ("B", "Z", "not asked", 0, ""),
        ("C", "Z", None, np.nan, WHY),
        ("A", "W", None, 0, ""),
        ("B", "W", "asked and absent", 0, ""),
        ("C", "W", None, np.nan, WHY),
    ],
    columns=["case", "code", "state", "measured", "withheld"],
).assign(label=lambda frame: frame["code"].str.lower())


def test_benefits_are_counted_by_their_states() -> None:
    result = benefits_over_cases(STATES, ["codings"])
    told = {name: scalar.value for name, scalar in result.scalars.items()}
    assert (told["cases_compared"], told["cases_withheld"], told["benefits_compared"]) == (2, 1, 4)
    cells = ("realized", "measured", "expected_only", "absent", "not_asked", "untold", "withheld")
    assert [told[f"cells_{name}"] for name in cells] == [3, 1, 1, 2, 1, 1, 4]
    assert (told["benefits_realized"], told["benefits_realized_everywhere"]) == (2, 1)
    assert (told["benefits_varying"], told["most_realized"]) == (1, "x")
    row = result.table.set_index("code").loc["X"]
    assert (row["realized"], row["asked"], row["kept_back"]) == (2, 2, 1)
    assert row["low"] == pytest.approx(0.342, abs=0.001)
    assert row["high"] == 1.0


def test_a_withheld_case_adds_nothing_but_its_being_withheld() -> None:
    other = STATES.assign(state=STATES["state"].mask(STATES["case"] == "C", "observed or measured"))
    one, two = (benefits_over_cases(frame, ["codings"]) for frame in (STATES, other))
    pd.testing.assert_frame_equal(one.table, two.table)
    assert {name: scalar.value for name, scalar in one.scalars.items()} == {
        name: scalar.value for name, scalar in two.scalars.items()
    }


def test_ranks_of_one_order_are_concordant_and_of_two_opposite_ones_are_not() -> None:
    def ranked(*orders: str) -> pd.DataFrame:
        rows = [
            (case, code, place) for case, order in enumerate(orders) for place, code in enumerate(order, 1)
        ]
        return pd.DataFrame(rows, columns=["case", "code", "rank"])

    alike = ranks_over_cases(ranked("XYZ", "XYZ"), {"X": "the first"}, ["codings"]).scalars
    assert (alike["rank_concordance"].value, alike["benefits_first"].value) == (1.0, 1)
    assert alike["top_benefit"].value == "the first"
    apart = ranks_over_cases(ranked("XYZ", "ZYX"), {}, ["codings"])
    assert apart.scalars["rank_concordance"].value == 0.0
    assert apart.scalars["benefits_first"].value == 2
    assert apart.table.set_index("code")["apart"].to_dict() == {"X": 2, "Y": 0, "Z": 2}


@pytest.mark.parametrize("rows", [[], [("A", "X", None)]])
def test_without_ranks_nothing_is_said_to_be_first(rows: list[tuple[str, str, None]]) -> None:
    found = ranks_over_cases(pd.DataFrame(rows, columns=["case", "code", "rank"]), {}, ["codings"]).scalars
    assert (found["cases_ranked"].value, found["benefits_first"].value) == (0, 0)
    for name in ("rank_concordance", "top_benefit", "widest_benefit"):
        assert found[name].value is None
        assert found[name].reason


def test_verdicts_are_counted_and_withheld_ones_apart() -> None:
    verdicts = pd.DataFrame(
        {"verdict": ["Supported", "Cannot say", None], "withheld": ["", "", "rests on one company"]}
    )
    left = pd.DataFrame(
        {
            "proposition": ["P1", "P1", "P2"],
            "changes": [True, None, False],
            "withheld": ["", WHY, ""],
        }
    )
    told = verdicts_counted(verdicts, left, ["codings"]).scalars
    assert told["propositions_judged"].value == 2
    assert told["verdicts_withheld"].value == 1
    assert (told["verdicts_supported"].value, told["verdicts_mixed"].value) == (1, 0)
    assert told["verdicts_hanging_on_one_case"].value == 1


def test_conclusions_over_all_cases_and_withheld_ones_are_left_out() -> None:
    shown = pd.DataFrame(
        {
            "conclusion": "present",
            "case": ["A", "A", "B", "*", "C"],
            "baseline": ["present", "absent", None, "in all", None],
            "share": [1.0, 0.5, np.nan, 1.0, np.nan],
            "flips": [0, 2, 0, 0, np.nan],
            "specifications": [10, 8, 0, 20, np.nan],
            "withheld": ["", "", "", "", WHY],
        }
    )
    told = {name: scalar.value for name, scalar in conclusions_held(shown, ["codings"]).scalars.items()}
    assert told == {
        "conclusions_tried": 2, "conclusions_always": 1, "conclusions_flipped": 1,
        "conclusions_middle_share": 0.75, "specifications": 10,
    }  # fmt: skip


def test_the_outcome_that_differs_most_among_the_best_known_orders_the_cases() -> None:
    shares = pd.DataFrame(
        {"code": ["X", "X", "Y", "Y", "Z", "Z"], "share": [0.1, 0.2, 0.0, 0.3, 0.9, np.nan]}
    )
    assert widest_outcome(shares) == "Y"
    assert widest_outcome(shares.iloc[:0]) == ""


def test_pairs_with_an_unknown_case_count_for_nothing() -> None:
    levels = pd.DataFrame({"S": [1.0, np.nan, 3.0]})
    found = order_beside_outcome(levels, pd.Series([0.3, 0.2, 0.1]), ["S"])
    assert found.iloc[0].tolist() == ["S", 0, 1, 0, 2]
