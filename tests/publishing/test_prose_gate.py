"""The prose gate on texts as authors write them: what passes, what is found, and on which line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.prose_gate import Document, check_documents, numbers_in_caption, read_documents
from twinbenefits.publishing.prose_gate_tokens import Vocabulary
from twinbenefits.publishing.prose_gate_vocabulary import read_vocabulary

EXAMPLES = Path(__file__).parent.parent / "data" / "prose"
HEADING = "# Findings {.results}\n\n"
Example = Mapping[str, Any]


def examples(name: str) -> list[Any]:
    entries: list[Example] = yaml.safe_load((EXAMPLES / name).read_text("utf-8"))
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    known = yaml.safe_load((EXAMPLES / "vocabulary.yml").read_text("utf-8"))
    return Vocabulary(
        counted_nouns=tuple(known["counted_nouns"]),
        years=tuple(known["years"]),
        ids=frozenset(known["ids"]),
        names=tuple(known["names"]),
        sources=known["sources"],
    )


def document_of(example: Example) -> tuple[Document, int]:
    """Return the example as a source, and how many lines stand before its text."""
    place = example.get("in", "results")
    text = HEADING + example["text"] if place == "results" else example["text"]
    file = "slides/deck.qmd" if place == "deck" else "paper/section.qmd"
    return Document(file, text, whole=place == "deck"), HEADING.count("\n") if place == "results" else 0


def gate(document: Document, vocabulary: Vocabulary) -> list[SourceProblem]:
    assert read_documents([document]) == []
    return check_documents([document], vocabulary)


def test_there_are_at_least_forty_examples_of_each_kind() -> None:
    assert len(examples("passing.yml")) >= 40
    assert len(examples("failing.yml")) >= 40


@pytest.mark.parametrize("example", examples("passing.yml"))
def test_passes(example: Example, vocabulary: Vocabulary) -> None:
    document, _ = document_of(example)
    assert [str(problem) for problem in gate(document, vocabulary)] == []


@pytest.mark.parametrize("example", examples("failing.yml"))
def test_is_refused_at_its_line(example: Example, vocabulary: Vocabulary) -> None:
    document, before = document_of(example)
    found = [((problem.row or 0) - before, problem.value) for problem in gate(document, vocabulary)]
    assert sorted(found) == sorted((line, str(token)) for line, token in example["findings"])
