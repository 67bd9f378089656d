"""Whatever stands in a table's file, opening it answers with rows or with problems, never with a crash."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinbenefits.evidence import converting, problems
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.study import Study

GOOD = (Path(__file__).parents[2] / "data/literature/reference_candidates.csv").read_bytes()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return the file with a piece cut out, doubled, or replaced by any bytes."""
    start = draw(st.integers(0, len(GOOD)))
    end = draw(st.integers(start, min(len(GOOD), start + 400)))
    piece = draw(
        st.one_of(st.binary(max_size=40), st.text('",;\t\r\n\x00aä=\ufeff', max_size=20).map(str.encode))
    )
    doubled = draw(st.booleans())
    return GOOD[:start] + piece + GOOD[start if doubled else end :]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        damaged(), st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_no_content_crashes_the_loader(project: Path, content: bytes) -> None:
    path = project / "data/literature/reference_candidates.csv"
    path.write_bytes(content)
    refused: tuple[Problem, ...] = ()
    frame = None
    try:
        frame = Study.open(project, tables=["reference_candidates"]).table("reference_candidates")
    except EvidenceError as error:
        refused = error.problems
    assert (frame is None) == bool(refused)
    assert all(problem.rule and problem.way_out and str(problem) for problem in refused)
    assert frame is None or not (frame.empty or frame.duplicated(["key", "rank"]).any())


@pytest.mark.parametrize("module", [converting, problems], ids=["converting", "problems"])
def test_examples_in_docstrings_run(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed
