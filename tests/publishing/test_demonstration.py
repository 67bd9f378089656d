"""Invented numbers in abstracts and conclusions stop an edition."""

from __future__ import annotations

import pytest

from twinbenefits.publishing.demonstration import demonstration_problems
from twinbenefits.publishing.prose_gate import Document
from twinbenefits.publishing.stage_results import Staged

TEXT = """---
title: "Boats"
abstract: |
  We saw {abstract}.
---

# Findings

We saw {{{{< var seen >}}}} boats.

# In the end {{.results .conclusion}}

We saw {conclusion}.

## Below

And {below}.

# After

We saw {{{{< var seen >}}}} boats again.
"""
STAGED = Staged(values={"seen": {"mark": "synthetic"}, "read": {"mark": None}})
PLAIN = {"abstract": "boats", "conclusion": "boats", "below": "so on"}


def found(**parts: str) -> list[tuple[str | None, int | None]]:
    document = Document("paper/index.qmd", TEXT.format(**{**PLAIN, **parts}))
    return [(problem.column, problem.row) for problem in demonstration_problems([document], STAGED)]


@pytest.mark.parametrize(
    ("part", "what", "line"),
    [("abstract", "front matter", 4), ("conclusion", "conclusion", 13), ("below", "conclusion", 17)],
)
def test_an_invented_number_is_refused_with_its_place(part: str, what: str, line: int) -> None:
    assert found(**{part: "{{< var seen >}} boats"}) == [(what, line)]


@pytest.mark.parametrize("part", ["abstract", "conclusion", "below"])
@pytest.mark.parametrize(
    "said",
    [
        "{{< var read >}} books",
        "[{{< var seen >}} boats]{.claim key=C30}",
        "[{{< var seen >}} boats]{.real-only}",
    ],
)
def test_what_is_real_or_left_out_there_may_stand(part: str, said: str) -> None:
    assert found(**{part: said}) == []


def test_without_invented_evidence_nothing_is_refused() -> None:
    document = Document("paper/index.qmd", TEXT.format(**{**PLAIN, "abstract": "{{< var seen >}}"}))
    assert demonstration_problems([document], Staged(values={"seen": {"mark": None}})) == []
