"""What a co-author did in Word is listed by the source section that it touches."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from twinbenefits.publishing.docx_review import DocxError, changes_as_json, changes_as_text, review
from twinbenefits.publishing.markdown_tree import pandoc

WHO = 'author="Maija Mäkinen" date="2026-11-20T10:00:00Z"'
MARKED = f"""
Before [all]{{.insertion {WHO}}} else.

# 1 Method

The *study* [is]{{.deletion {WHO}}}[was]{{.insertion {WHO}}} a case study.

## 1.1 Data and cases

- One [item]{{.comment-start id="1" {WHO}}} [in a list]{{.deletion {WHO}}}[]{{.comment-end id="1"}} stays.

> Quoted [words]{{.insertion {WHO}}}.

# Nowhere in the sources

Text [gone]{{.deletion {WHO}}}.
"""


def word_file(path: Path, markdown: str) -> Path:
    command = [pandoc(), "--from", "markdown", "--to", "docx", "--output", str(path)]
    subprocess.run(command, input=markdown.encode(), check=True)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper/method.qmd").write_text(
        "# Method {.results #sec-m}\n\nText.\n\n## Data, and cases\n", "utf-8"
    )
    return tmp_path


def test_changes_and_comments_are_listed_in_reading_order(project: Path) -> None:
    found = review(project, word_file(project / "back from Maija.docx", MARKED))
    told = [(change.kind, change.text, change.heading, change.source) for change in found]
    method, data = "paper/method.qmd, line 1", "paper/method.qmd, line 5"
    assert told == [
        ("insertion", "all", "before the first heading", ""),
        ("deletion", "is", "1 Method", method),
        ("insertion", "was", "1 Method", method),
        ("comment", "item", "1.1 Data and cases", data),
        ("deletion", "in a list", "1.1 Data and cases", data),
        ("insertion", "words", "1.1 Data and cases", data),
        ("deletion", "gone", "Nowhere in the sources", ""),
    ]
    assert {change.author for change in found} == {"Maija Mäkinen"}
    assert found[1].about == "The study"


def test_the_list_reads_well_for_people_and_machines(project: Path) -> None:
    found = review(project, word_file(project / "back.docx", MARKED))
    text = changes_as_text(found)
    assert "paper/method.qmd, line 1: 1 Method" in text.splitlines()
    assert "  deletion by Maija Mäkinen, 2026-11-20: is (at: The study)" in text.splitlines()
    assert "no source has this heading: Nowhere in the sources" in text.splitlines()
    assert text.splitlines()[-1] == "3 insertions, 3 deletions, 1 comments"
    assert json.loads(changes_as_json(found))[0]["kind"] == "insertion"


def test_a_file_without_changes_says_so(project: Path) -> None:
    assert "no tracked changes" in changes_as_text(
        review(project, word_file(project / "a.docx", "# Method\n\nText."))
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.docx", None, r"There is no file none\.docx"),
        ("empty.docx", b"", r"empty\.docx"),
        ("text.docx", b"Just text.", r"text\.docx"),
    ],
)
def test_what_is_no_word_file_is_told(project: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (project / name).write_bytes(content)
    with pytest.raises(DocxError, match=told):
        review(project, project / name)


def test_another_kind_of_office_file_is_told(project: Path) -> None:
    path = project / "slides.docx"
    command = [pandoc(), "--from", "markdown", "--to", "pptx", "--output", str(path)]
    subprocess.run(command, input=b"# A", check=True)
    with pytest.raises(DocxError, match="is no Word file"):
        review(project, path)
