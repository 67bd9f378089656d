"""The prose gate on texts as authors write them: what passes, what is found, and on which line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.prose_gate import (
    Document,
    check_documents,
    numbers_in_caption,
    numbers_in_plain_text,
    read_documents,
)
from twinbenefits.publishing.prose_gate_tokens import Vocabulary, find_numbers
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


def test_what_gated_text_includes_is_gated_as_well(vocabulary: Vocabulary) -> None:
    documents = [
        Document(
            "paper/index.qmd", "# A {.results}\n\n{{< include part.qmd >}}\n\n# B\n\n{{< include free.qmd >}}"
        ),
        Document("paper/part.qmd", "Here are 12.\n\n{{< include ../paper/deeper.qmd >}}"),
        Document("paper/deeper.qmd", "And 13."),
        Document("paper/free.qmd", "And 14."),
    ]
    assert read_documents(documents) == []
    found = [(problem.file, problem.row, problem.value) for problem in check_documents(documents, vocabulary)]
    assert sorted(found) == [("paper/deeper.qmd", 1, "13"), ("paper/part.qmd", 1, "12")]


def test_front_matter_that_is_no_yaml_is_a_problem_of_that_file_alone(vocabulary: Vocabulary) -> None:
    documents = [Document("paper/a.qmd", "---\ntitle: [\n---\n\nText"), Document("paper/b.qmd", "Text")]
    (problem,) = read_documents(documents)
    assert (problem.file, problem.row) == ("paper/a.qmd", 1)
    assert check_documents(documents, vocabulary) == []


def test_the_value_that_reads_like_a_typed_number_is_named(vocabulary: Vocabulary) -> None:
    document = Document("paper/a.qmd", "# A {.results}\n\nThe 34 of them.")
    read_documents([document])
    values = {"mentions_total": "34", "rows": "9", "others": "34"}
    (problem,) = check_documents([document], vocabulary, values)
    assert "(mentions_total, others reads so)" in problem.way_out
    assert str(problem).startswith("paper/a.qmd, line 3, text: '34': a number is typed")


def test_captions_and_plain_texts_are_read_by_the_same_rules(vocabulary: Vocabulary) -> None:
    caption = (
        "All 34 works of [@Key2020], `x = 5`, [45 billion]{.quoted from=deck} and [46]{.quoted from=deck}"
    )
    refused = numbers_in_caption([caption, "", "Years 2024-2026"], vocabulary)
    assert sorted(value for value, _, _ in refused) == ["34", "46"]
    assert [value for value, _, _ in numbers_in_plain_text("3 bars of two rows in 5G", vocabulary)] == [
        "3",
        "two",
    ]


WORDS = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "*delta*", "e.g.", "`45`", "[@Key2020]"]), max_size=9
)


@given(before=st.lists(WORDS, max_size=4), words=WORDS, after=st.lists(WORDS, max_size=4))
def test_a_number_is_found_on_its_line_wherever_it_stands(
    before: list[list[str]], words: list[str], after: list[list[str]]
) -> None:
    paragraphs = [" ".join(part) for part in before] + [" ".join([*words, "77", "end"])]
    paragraphs += [" ".join(part) for part in after]
    document = Document("slides/a.qmd", "\n\n".join(paragraphs), whole=True)
    read_documents([document])
    (problem,) = check_documents([document], Vocabulary())
    assert problem.row == document.text[: document.text.index("77")].count("\n") + 1


@given(st.integers(0, 10**9), st.sampled_from(["", "%", " %"]), st.sampled_from(["", "-", "\u2212", "+"]))
def test_every_number_that_is_no_year_is_found_whole(number: int, unit: str, sign: str) -> None:
    written = f"{sign}{number:,}{unit}"
    is_year = 1900 <= number <= 2099 and not unit and not sign and "," not in written
    found = [token.text for token in find_numbers(f"It is {written} today.", Vocabulary())]
    assert found == ([] if is_year else [written])


def test_the_vocabulary_is_read_from_the_study(root: Path) -> None:
    vocabulary = read_vocabulary(root)
    assert vocabulary.years == (1900, 2099)
    assert {"mentions", "cases", "benefits"} <= set(vocabulary.counted_nouns)
    assert {"D02", "C1", "B1.1", "M01"} <= vocabulary.ids
    assert "5 case companies" in vocabulary.sources["deck"]


def test_a_study_without_the_gates_rules_is_refused(toy: Any) -> None:
    toy.write({"data/study/rules.yml": "other: {value: 1, reason: Because.}\n"})
    with pytest.raises(PublishingError, match="prose_counted_nouns"):
        read_vocabulary(toy.root)
