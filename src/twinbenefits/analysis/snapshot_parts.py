"""What is kept in a snapshot: the answers of the comparison of cases, as they stand on one day."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.analysis.coded import coded_evidence
from twinbenefits.analysis.judgement import VerdictRule
from twinbenefits.analysis.propositions import judge_propositions
from twinbenefits.analysis.ranks import benefit_ranks
from twinbenefits.analysis.salience import salience
from twinbenefits.analysis.snapshots import parts_of_a_snapshot

__all__ = ["SNAPSHOT_TABLES", "snapshot_of"]

SNAPSHOT_TABLES = (
    "codings", "segments", "sources", "sessions", "cases", "codebook", "assignments", "coders", "asked",
    "context_ratings", "context_scales", "propositions", "proposition_terms", "negative_cases",
)  # fmt: skip
"""The tables behind a snapshot."""

FEWEST_DRAWS = 2  # intervals are no part of a snapshot


def snapshot_of(
    tables: Mapping[str, pd.DataFrame], rules: Mapping[str, Mapping[str, Any]], *, words_masked: bool = False
) -> dict[str, pd.DataFrame]:
    """Return the parts of a snapshot, each with the basis of its rows.

    Parameters
    ----------
    tables
        Those of :data:`SNAPSHOT_TABLES` by name.
    rules
        The study's thresholds: name to value and reason.
    words_masked
        Whether the door has emptied recorded reasons, as it does for every audience but the team.

    Returns
    -------
    dict
        Part to its table, with just the columns that are compared and the basis.
    """
    coded = coded_evidence(
        codings=tables["codings"],
        segments=tables["segments"],
        sources=tables["sources"],
        sessions=tables["sessions"],
        cases=tables["cases"],
        codebook=tables["codebook"],
        assignments=tables["assignments"],
        coders=tables["coders"],
    )
    threshold = int(rules["presence_threshold"]["value"])
    sessions = int(rules["minimum_sessions_for_interval"]["value"])
    judged = judge_propositions(
        tables["propositions"],
        tables["proposition_terms"],
        coded=coded,
        asked=tables["asked"],
        ratings=tables["context_ratings"],
        context_scales=tables["context_scales"],
        negative_cases=tables["negative_cases"],
        rule=VerdictRule(int(rules["minimum_cases_for_verdict"]["value"]), threshold),
        words_masked=words_masked,
    )
    asked = tables["asked"]
    told, ranked = (
        of(coded, asked, minimum_sessions=sessions, presence_threshold=threshold, draws=FEWEST_DRAWS)
        for of in (salience, benefit_ranks)
    )
    marks = judged.cases.table
    found = {
        "cells": told.table,
        "ranks": ranked.table,
        "verdicts": judged.verdicts.table,
        "marks": marks[marks["mark"].notna()],
    }
    return {part.name: found[part.name][list(part.kept)] for part in parts_of_a_snapshot()}
