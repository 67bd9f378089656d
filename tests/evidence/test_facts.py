"""The study's facts and rules are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinbenefits.evidence.facts import read_facts, read_rules
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError

FACTS = "title: T\nauthors: []\nas_of: 2026-11-01\nresearch_question: {}\n"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "data/study").mkdir(parents=True)
    return Layout(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            FACTS.replace("title: T\n", ""),
            "column title: the fact is missing. Add a line that starts with title:",
        ),
        (FACTS.replace("2026-11-01", '"2026-11-01"'), "without quotation marks"),
        (FACTS.replace("2026-11-01", "1.11.2026"), "has '1.11.2026'; must be a day"),
        (FACTS + "title: Another\n", "row 5: the file is not sound YAML: title stands there twice"),
        (FACTS + "place: {name: a, name: b}\n", "name stands there twice"),
        (FACTS + "  event: x\n", "row 5: the file is not sound YAML"),
        (FACTS + "event: a: b\n", "row 5: the file is not sound YAML"),
        ("- a\n- b\n", "must hold names with values"),
        ("", "must hold names with values"),
    ],
)
def test_unsound_facts_are_refused(layout: Layout, content: str, told: str) -> None:
    (layout.study / "study.yml").write_text(content, "utf-8")
    with pytest.raises(EvidenceError) as raised:
        read_facts(layout)
    assert told in str(raised.value)
    assert "data/study/study.yml" in str(raised.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: 8\n", "column a: has '8'; a rule needs a value and a reason"),
        ("a: {value: 8}\n", "a rule needs a value and a reason"),
        ("a: {value: 8, reason: ' '}\n", "a rule needs a value and a reason"),
        ("a: {value: 8, reason: Because., unit: kg}\n", "and nothing else"),
    ],
)
def test_a_rule_needs_its_value_and_its_reason(layout: Layout, content: str, told: str) -> None:
    (layout.study / "rules.yml").write_text(content, "utf-8")
    with pytest.raises(EvidenceError) as raised:
        read_rules(layout)
    assert told in str(raised.value)


def test_missing_files_and_other_encodings_are_named(layout: Layout) -> None:
    with pytest.raises(EvidenceError, match=r"study\.yml: the file is missing"):
        read_facts(layout)
    (layout.study / "rules.yml").write_bytes("a: Jääskö\n".encode("latin-1"))
    with pytest.raises(EvidenceError, match=r"rules\.yml: the bytes are not UTF-8"):
        read_rules(layout)


def test_facts_and_rules_cannot_be_changed_at_any_depth(layout: Layout) -> None:
    (layout.study / "study.yml").write_text(FACTS + "event: {days: [1, 2]}\n", "utf-8-sig")
    facts = read_facts(layout)
    assert facts["event"]["days"] == (1, 2)
    with pytest.raises(TypeError):
        facts["event"]["days"] = ()
