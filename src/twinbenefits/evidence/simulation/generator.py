"""Put the synthetic study together and write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation import coding, confidence, interviews, judgements, workshops
from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.truth import Instruments, Shape, Truth, draw_truth

__all__ = ["Simulated", "simulate"]


@dataclass(frozen=True, slots=True)
class Simulated:
    """A synthetic study.

    Parameters
    ----------
    tables
        One frame per case and workshop table; every row says `synthetic`.
    texts
        The invented transcript of each source.
    truth
        What was planted.
    """

    tables: Mapping[str, pd.DataFrame]
    texts: Mapping[str, str]
    truth: Truth


def simulate(tools: Instruments, as_of: date, seed: int | str = 1, shape: Shape | None = None) -> Simulated:
    """Draw a synthetic study with known truth.

    Parameters
    ----------
    tools
        The study's own instruments; codes, scales and words all come from there.
    as_of
        The day on which the study stands; permissions lapse or wait relative to it.
    seed
        Equal seeds give equal studies, byte for byte.
    shape
        How large it is; the default is the demonstration set.

    Returns
    -------
    Simulated
        The tables, the transcripts and the truth.
    """
    shape = shape or Shape()
    draws = Draws(seed)
    truth = draw_truth(tools, shape, draws.branch("truth"))
    rows = interviews.people(tools, shape, truth, as_of, draws.branch("people"))
    spoken, texts, passages = interviews.segments(tools, shape, truth, rows, draws.branch("segments"))
    dates = {session["session"]: session["date"] for session in rows["sessions"]}
    rows |= spoken
    rows |= coding.code_passages(passages, tools, shape, truth, dates, as_of, draws.branch("coding"))
    rows |= interviews.field_work(passages, truth, tools, draws.branch("asked"))
    rows |= judgements.judgements(passages, rows["codings"], tools, truth, as_of, draws.branch("judgements"))
    rows["permissions"] = judgements.permissions(truth, as_of, draws.branch("permissions"))
    rows |= confidence.confidence_steps(tools, as_of, draws.branch("confidence"))
    rows |= workshops.workshops(tools, shape, truth, as_of, draws.branch("workshops"))
    return Simulated({name: _frame(name, content) for name, content in rows.items()}, texts, truth)


def _frame(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a table in the types and the order of its columns."""
    columns = TABLES[name].model.to_schema().columns
    content = {column: [row.get(column, True) for row in rows] for column in columns}
    types = {column: str(schema.dtype) for column, schema in columns.items()}
    return pd.DataFrame(content, dtype=object).astype(types)
