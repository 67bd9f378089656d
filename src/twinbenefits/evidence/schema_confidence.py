"""Columns of the confidence register: by how much, and why, a component lowers confidence in a finding."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from twinbenefits.evidence.columns import day, number, text
from twinbenefits.evidence.schema_case import Evidence, name

__all__ = ["COMPONENTS", "MODELS", "ConfidenceSteps"]

COMPONENTS = ("methodological_limitations", "coherence", "adequacy", "relevance")


class ConfidenceSteps(Evidence):
    """One judgement of one component of one finding by one person."""

    finding: Series[str] = text(
        "Claim or proposition that is judged.",
        pattern=r"[A-Z]\d{2,}",
        looks_like="a capital letter and digits, as in C07 or P03",
    )
    component: Series[str] = text("What is judged.", allowed=COMPONENTS)
    steps: Series[pd.Int64Dtype] = number(
        "By how many levels it lowers the confidence: 0 for no or minor concerns, 1 for moderate, 2 for "
        "serious, 3 for very serious ones.",
        minimum=0,
        maximum=3,
    )
    reason: Series[str] = text(
        "Why, in words that every audience may read; a judgement without a reason is refused."
    )
    author: Series[str] = name("Who judged, by code.")
    date: Series[pd.Timestamp] = day("Day of the judgement; a later one replaces an earlier one.")


MODELS: Mapping[str, type[pa.DataFrameModel]] = {"confidence_steps": ConfidenceSteps}
