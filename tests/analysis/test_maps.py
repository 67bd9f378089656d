"""Whoever does the pieces, in whatever order and process: the results are those of the built-in map."""

from __future__ import annotations

import pickle
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from twinbenefits.analysis.clustering import chi_square_on_segments
from twinbenefits.analysis.misclassification import misclassification
from twinbenefits.analysis.ranks import benefit_ranks
from twinbenefits.analysis.robustness import robustness
from twinbenefits.analysis.salience import salience
from twinbenefits.analysis.specifications import sibling_pairs, specifications

HERE = Path(__file__).parent
ORCHARD = SimpleNamespace(**runpy.run_path(str(HERE / "test_robustness.py"))).orchard()
CODED, ASKED = ORCHARD.coded(), ORCHARD.asked()
SPECS = specifications(CODED, thresholds=(1, 2), merges=sibling_pairs(CODED))
ANALYSES: dict[str, Callable[..., Any]] = {
    "sweep": lambda **how: robustness(CODED, ASKED, SPECS, **how),
    "misclassification": lambda **how: misclassification(CODED, ASKED, draws=120, seed=5, **how),
    "salience": lambda **how: salience(CODED, ASKED, minimum_sessions=2, draws=200, **how),
    "ranks": lambda **how: benefit_ranks(CODED, ASKED, minimum_sessions=2, draws=200, **how),
    "chi-square": lambda **how: chi_square_on_segments(CODED, studies=50, **how),
}


class Elsewhere:
    """A map that does the pieces in an order of its own, each from a copy, as other processes do."""

    def __init__(self) -> None:
        self.pieces = 0

    def __call__(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> list[Any]:
        sent = [pickle.dumps((function, piece)) for piece in zip(*iterables, strict=True)]
        self.pieces += len(sent)
        done = {}
        for number in np.random.default_rng(len(sent)).permutation(len(sent)):
            work, piece = pickle.loads(sent[number])
            done[int(number)] = pickle.dumps(work(*piece))
        return [pickle.loads(done[number]) for number in range(len(sent))]


@pytest.mark.parametrize("name", ANALYSES)
def test_results_do_not_depend_on_who_does_the_pieces(name: str) -> None:
    elsewhere = Elsewhere()
    there, here = ANALYSES[name](map=elsewhere), ANALYSES[name]()
    assert elsewhere.pieces > 1
    parts = [here] if hasattr(here, "table") else [getattr(here, part) for part in here.__slots__]
    others = [there] if hasattr(there, "table") else [getattr(there, part) for part in there.__slots__]
    for one, other in zip(parts, others, strict=True):
        assert one.table.equals(other.table)
        assert one.scalars == other.scalars
    assert any(len(one.table) for one in parts)
