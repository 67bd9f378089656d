"""After an edit a page has the bytes it would have if all of it had been rendered anew."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.publishing.render.edits import edit

from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.render import RenderError, render
from twinbenefits.publishing.render.last_time import LastTime

EPOCH = 1767225600
PAPER = """---
title: Lamps
author:
  - name: Ada Quill
abstract: |
  This is about lamps. [Most lamps are red.]{{.claim key=C01}} [They shine.]{{.claim key=C03}}

  It has two paragraphs.
keywords: [lamp]
format:
  html: default
  typst: default
number-sections: true
toc: true
---

# Of lamps {{#sec-lamps .results}}

{prose}

# References {{.unnumbered}}

::: {{#refs}}
:::
"""
PROSE = (Path(__file__).parents[2] / "data/render/prose.qmd").read_text("utf-8")
CLAIMS = '{"page": "evidence/index.html", "claims": {"C01": {"invented": true}, "C02": {"left_out": true}}}'


@dataclass
class Author:
    """Edits a document, and has it rendered as the build does and all anew."""

    workspace: Path
    out: Path
    to: str = "html"
    taken: list[bool] = field(default_factory=list)

    @property
    def prose(self) -> Path:
        return self.workspace / "paper/prose.qmd"

    def write(self, text: str) -> None:
        self.prose.write_text(text, "utf-8")

    def change(self, old: str, new: str, file: str = "paper/prose.qmd") -> None:
        text = (self.workspace / file).read_text("utf-8")
        assert text.count(old) == 1
        (self.workspace / file).write_text(text.replace(old, new), "utf-8")

    def render(self, kept: Kept | None = None) -> bytes | str:
        try:
            render(
                self.workspace, "paper/index.qmd", self.to, self.out, engine="embedded", epoch=EPOCH,
                kept=kept, rests_on={"code": "1"} if kept else None,
            )  # fmt: skip
        except RenderError as error:
            return str(error)
        return self.out.read_bytes()

    def is_equal(self) -> bool:
        return self.render(Kept(self.out.parent / "kept")) == self.render()


@pytest.fixture
def author(new_workspace: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Author:
    workspace = new_workspace(tmp_path / "workspace")
    (workspace / "paper/index.qmd").write_text(PAPER.format(prose="{{< include prose.qmd >}}"), "utf-8")
    (workspace / "_staged/claims.json").write_text(CLAIMS, "utf-8")
    author = Author(workspace, tmp_path / "page.html")
    author.write(PROSE)
    rendered = LastTime.rendered

    def watched(last_time: LastTime) -> bytes | None:
        page = rendered(last_time)
        author.taken.append(page is not None)
        return page

    monkeypatch.setattr(LastTime, "rendered", watched)
    return author


def test_only_what_was_edited_is_rendered_and_the_page_is_the_same(author: Author) -> None:
    assert author.is_equal()
    author.change("seen from afar;", 'seen from "very" far & near -- or <https://example.org>;')
    author.change("and some late;", "and *some*, 5 < 6, very late;")
    author.change("None is blue.", "None is as blue.")
    author.change("It has a second paragraph, too.", "It has another.\n\n- and\n- a list\n\nAnd a third.")
    author.change("The last paragraph ends it.", "A new one.\n\nThe last paragraph ends it.")
    assert author.is_equal()
    assert author.taken == [False, True]


def test_of_a_pdf_only_what_was_edited_is_written(author: Author) -> None:
    author.to = "typst"
    assert author.is_equal()
    author.change("seen from afar;", 'seen from "very" far, #5 & near -- or 7 % [so];')
    author.change("It has a second paragraph, too.", "It has another.\n\nAnd a third.")
    author.change("After the list, one", "After that list, *one*")
    assert author.is_equal()
    author.change("\n\nAnd a third.", "")
    assert author.is_equal()
    assert author.taken == [False, True, True]


def test_an_edited_front_matter_is_rendered_alone(author: Author) -> None:
    document = "paper/index.qmd"
    assert author.is_equal()
    author.change("This is about lamps.", 'This, they say, is about *lamps* & "quays".', document)
    author.change("title: Lamps", "title: On *lamps*\nsubtitle: New", document)
    author.change("keywords: [lamp]\n", "", document)
    author.change("They shine.", "They do shine.", document)
    author.change("Keepers differ.", "Keepers do differ.")
    assert author.is_equal()
    assert author.taken == [False, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[They shine.]{.claim key=C03}", "They shine."),
        ("They shine.", "They shine [@Quill2019]."),
        ("They shine.", "They shine.^[They do.]"),
        ("number-sections: true", "number-sections: false"),
        ("toc: true", "toc: false"),
    ],
)  # fmt: skip
@pytest.mark.long
def test_a_front_matter_that_concerns_the_text_renders_all(author: Author, old: str, new: str) -> None:
    assert author.is_equal()
    author.change(old, new, "paper/index.qmd")
    assert author.is_equal()
    assert author.taken == [False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("as in @tbl-few", "as in @sec-lamps"),
        ("[@Reed2021, p. 4].", "[@Reed2021, p. 4] [@Quill2019]."),
        ("Keepers differ.", "Keepers [differ](#sec-lamps)."),
        ("Keepers differ.", "Keepers [differ][Elements]."),
        ("Keepers differ.", "Keepers differ.^[Do they?]"),
        ("## Elements", "## Other elements"),
        ("[None is blue.]{.claim key=C02}", "None is blue."),
        ("[Most lamps are red, in", "Or: [Most lamps are red, in"),
        ("|    3 |", "|    4 |"),
    ],
)  # fmt: skip
@pytest.mark.long
def test_what_concerns_the_whole_document_renders_it(author: Author, old: str, new: str) -> None:
    assert author.is_equal()
    author.change(old, new)
    assert author.is_equal()
    assert author.taken == [False, False]


def test_nothing_is_taken_where_anything_else_has_changed(author: Author) -> None:
    kept = Kept(author.out.parent / "kept")
    author.render(kept)
    author.change("toc: true", "toc: false", "paper/index.qmd")
    assert b'class="with-toc"' not in author.render(kept)  # type: ignore[operator]
    (author.workspace / "_staged/claims.json").write_text(CLAIMS.replace('"left_out"', '"invented"'), "utf-8")
    assert b"None is blue" in author.render(kept)  # type: ignore[operator]
    shutil.rmtree(kept.folder)
    author.render(kept)
    assert author.taken == [False] * 4


def test_an_edit_that_is_refused_is_refused_in_the_same_words(author: Author) -> None:
    author.render(Kept(author.out.parent / "kept"))
    author.change("Keepers differ.", "Keepers [differ]{.loudly}.")
    assert author.is_equal()
    assert ".loudly" in str(author.render())


@pytest.mark.parametrize("seed", range(1))
def test_a_few_random_edits_give_the_same_bytes(author: Author, seed: int) -> None:
    assert_equal_after_edits(author, random.Random(seed), 2)


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "to"), [(100, "html"), (101, "html"), (102, "html"), (103, "typst"), (104, "typst")]
)
def test_many_random_edits_give_the_same_bytes(author: Author, seed: int, to: str) -> None:
    author.to = to
    assert_equal_after_edits(author, random.Random(seed), 20)


def assert_equal_after_edits(author: Author, draw: random.Random, times: int) -> None:
    assert author.is_equal()
    for _ in range(times):
        if draw.random() < 0.4:
            author.write(PROSE)
        done = [edit(author.prose, draw) for _ in range(draw.choice((1, 1, 2)))]
        assert author.is_equal(), done
