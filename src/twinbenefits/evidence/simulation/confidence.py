"""Invented judgements of how much confidence a finding deserves, for the confidence register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import Row
from twinbenefits.evidence.simulation.truth import Instruments

__all__ = ["confidence_steps"]

JUDGES = ("demo-1", "demo-2")

REASONS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "methodological_limitations": (
            "Two coders read the passages, and the guide asked about it.",
            "The guide asked about it late, and some sessions did not reach it.",
            "Most passages come from sessions that were read by one coder only.",
        ),
        "coherence": (
            "The companies tell the same story.",
            "One company tells it the other way round, and the reason is recorded.",
            "The companies contradict one another, and no reason is recorded.",
        ),
        "adequacy": (
            "Several companies gave examples in detail.",
            "The examples are few and short.",
            "There are statements and no example.",
        ),
        "relevance": (
            "The finding is about the use of twins in industry and about nothing else.",
            "The passages speak of a neighbouring use as well.",
            "The passages speak of plans more than of use.",
        ),
    }
)
"""Component to what is said for no or minor, moderate and serious concerns."""

STEPS: Mapping[int, float] = MappingProxyType({0: 0.7, 1: 0.25, 2: 0.05})


def confidence_steps(tools: Instruments, as_of: date, draws: Draws) -> dict[str, list[Row]]:
    """Return judgements of propositions: some judged in full, some in part, some not at all, one revised.

    Parameters
    ----------
    tools
        The study's instruments; findings are the propositions that have terms.
    as_of
        The day on which the study stands.
    draws
        The stream to draw from.
    """
    findings = list(dict.fromkeys(str(name) for name in tools.proposition_terms["proposition"]))
    rows: list[Row] = []
    for place, finding in enumerate(findings):
        if place % 4 == 3:  # every fourth waits to be judged
            continue
        components = list(REASONS)[: 2 if place % 4 == 2 else None]
        rows += [_judgement(finding, name, draws, as_of - timedelta(days=60)) for name in components]
    if rows:  # a later judgement takes the place of an earlier one
        first = rows[0]
        later = _judgement(str(first["finding"]), str(first["component"]), draws, as_of - timedelta(days=20))
        rows.append(later)
    return {"confidence_steps": rows}


def _judgement(finding: str, component: str, draws: Draws, on: date) -> Row:
    steps = draws.weighted(STEPS)
    return {
        "finding": finding,
        "component": component,
        "steps": steps,
        "reason": REASONS[component][steps],
        "author": draws.choice(JUDGES),
        "date": on.isoformat(),
    }
