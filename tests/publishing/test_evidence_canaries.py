"""The promise, for the evidence page: words planted in a private study reach nobody who may not read them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.simulation.truth import Shape
from twinbenefits.publishing.evidence_page import write_evidence_page
from twinbenefits.publishing.scan_texts import pieces

TESTS = Path(__file__).resolve().parents[1]
WORDS = ("text", "first_order")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, Any, Any]:
    canaries, root = load("canary_study"), tmp_path_factory.mktemp("canaries") / "project"
    planted = canaries.make(root, Shape(segments=120), share=0.5)
    return Layout(root), planted, canaries.AS_OF


def read(layout: Layout, audience: str, as_of: Any) -> str:
    page = write_evidence_page(layout.root, audience, "private", layout.root / "out" / audience, as_of=as_of)
    data = page.read_bytes()
    return "\n".join([*(text for _, text in pieces(data)), data.decode("utf-8")])


def test_no_page_holds_a_word_that_its_audience_may_not_read(study: tuple[Layout, Any, Any]) -> None:
    layout, planted, as_of = study
    company = f"company:{planted.tables['cases']['case'].iloc[0]}"
    shown = {}
    for audience in ("public", "workshop", "team", company):
        text = read(layout, audience, as_of)
        found = [canary for canary in planted.canaries if canary.word in text]
        leaked = [canary for canary in found if not planted.may_see(canary, audience)]
        assert leaked == [], f"{audience}: {leaked[:5]}"
        shown[audience] = {canary.word for canary in found if canary.column in WORDS}
    assert shown["public"] == shown["workshop"]
    assert 0 < len(shown["public"]) < len(shown["team"])


def test_beyond_the_team_a_company_must_have_permitted_quotes(study: tuple[Layout, Any, Any]) -> None:
    layout, planted, as_of = study
    needed = ("vertical", "quotes", "benefit_states")
    text = read(layout, "public", as_of)
    for canary in planted.canaries:
        if canary.table == "segments" and canary.word in text:
            assert canary.level >= 5
            assert all((canary.case, item) in planted.permitted for item in needed)


def test_the_team_reads_every_passage_that_it_may(study: tuple[Layout, Any, Any]) -> None:
    layout, planted, as_of = study
    text = read(layout, "team", as_of)
    coded = set(planted.tables["codings"]["segment"])
    of_segment = dict(
        zip(planted.tables["segments"].index, planted.tables["segments"]["segment"], strict=True)
    )
    texts = "\n".join(
        planted.tables["segments"].loc[[i for i, s in of_segment.items() if s in coded], "text"]
    )
    missing = [
        canary
        for canary in planted.canaries
        if (canary.table, canary.column) == ("segments", "text")
        and canary.word in texts
        and planted.may_see(canary, "team")
        and canary.word not in text
    ]
    assert missing == []
