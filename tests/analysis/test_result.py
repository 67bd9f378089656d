"""Results carry what a reader needs, and nothing undefined passes silently."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from twinbenefits.analysis.result import Result, Scalar


def test_an_undefined_number_says_why() -> None:
    assert Scalar(None, reason="only one coder").reason == "only one coder"
    with pytest.raises(ValueError, match="needs a reason"):
        Scalar(None)
    with pytest.raises(ValueError, match="needs a reason"):
        Scalar(None, reason="")


def test_a_defined_number_has_no_reason() -> None:
    with pytest.raises(ValueError, match="3 is defined"):
        Scalar(3, reason="too few")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_infinite_or_missing_number_is_a_value(value: float) -> None:
    with pytest.raises(ValueError, match="is not a value"):
        Scalar(value)


def test_a_result_names_its_inputs() -> None:
    with pytest.raises(ValueError, match="names the tables"):
        Result(pd.DataFrame({"a": [1]}), inputs=())


def test_a_result_cannot_be_changed_from_outside() -> None:
    frame = pd.DataFrame({"a": [1]})
    counts = {"n": Scalar(1)}
    result = Result(frame, inputs=("mentions",), scalars=counts)
    frame.loc[0, "a"] = 2
    counts["n"] = Scalar(2)
    assert result.table.loc[0, "a"] == 1
    assert result.scalars["n"].value == 1
    with pytest.raises(TypeError):
        result.scalars["n"] = Scalar(3)  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.inputs = ("other",)  # type: ignore[misc]


def test_markdown_keeps_bars_and_blanks_readable() -> None:
    frame = pd.DataFrame({"text": ["a|b", None], "n": [1.5, float("nan")]})
    result = Result(frame, inputs=("mentions",), limitations=("Few rows.",))
    assert result.to_markdown().splitlines() == [
        "| text | n |",
        "|:--|--:|",
        "| a\\|b | 1.5 |",
        "|  |  |",
        "",
        "- Few rows.",
    ]
