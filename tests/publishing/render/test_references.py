"""Labels, references, citations, links and images that lead nowhere are errors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing.render.document import read_document
from twinbenefits.publishing.render.references import bibliography_keys

BROKEN = [
    ("broken reference", "See @fig-d30.\n", "no element of this document carries that label"),
    ("broken bare reference", "See section [-@sec-none].\n", "no element of this document"),
    ("missing citation", "As @Quill2091 says.\n", "Did you mean `Quill2019`?"),
    ("missing citation in brackets", "Said [see @Nobody1999, p. 3].\n", "no such entry that may be cited"),
    ("missing figure", '![A](../_staged/D99){#fig-x fig-alt="B"}\n', "there is no such file"),
    ("image without description", "![A](../_staged/D03){#fig-x}\n", "cannot see it"),
    ("image with an empty description", '![A](../_staged/D03){#fig-x fig-alt=""}\n', "cannot see it"),
    ("image from the network", '![A](https://example.org/a.png){fig-alt="B"}\n', "fetch nothing"),
    ("image by an absolute path", '![A](/a/b.png){fig-alt="B"}\n', "fetch nothing"),
    ("link to nowhere", "[x](#sec-none)\n", "no element of this document"),
    (
        "reference that swallows a citation",
        "# A {#sec-a}\n\n@sec-a [@Quill2019] says.\n",
        "loses the citation",
    ),
]


@pytest.mark.parametrize("to", ["html", "typst", "docx"])
@pytest.mark.parametrize(("body", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_it_is_an_error_with_its_line(refusal: Callable[..., Any], body: str, said: str, to: str) -> None:
    error = refusal(body, to=to)
    assert said in error.text
    assert error.lines[0] == body.count("\n")


def test_a_label_used_twice_is_an_error_at_both_places(refusal: Callable[..., Any]) -> None:
    error = refusal("# One {#sec-a}\n\n# Two {#sec-a}\n")
    assert error.lines == [1, 3]
    assert "2 elements carry this label" in error.text


def test_an_equation_and_a_figure_cannot_share_a_label(refusal: Callable[..., Any]) -> None:
    error = refusal("$$\nx\n$$ {#eq-a}\n\n$$\ny\n$$ {#eq-a}\n")
    assert error.lines == [3, 7]


def test_a_label_may_be_used_once_per_format(workspace: Path) -> None:
    body = "\n".join(
        f'::: {{.content-visible when-format="{to}"}}\n\n# Only here {{#sec-a}}\n\n:::\n'
        for to in ("html", "docx")
    )
    (workspace / "paper" / "x.qmd").write_text(
        f"---\ntitle: T\nformat: docx\n---\n\nSee @sec-a.\n\n{body}", "utf-8"
    )
    assert read_document(workspace, "paper/x.qmd", "docx").body.text.count("Only here") == 2


def test_a_reference_to_what_the_format_does_not_show_is_broken(refusal: Callable[..., Any]) -> None:
    body = 'See @sec-a.\n\n::: {.content-visible when-format="docx"}\n\n# Only there {#sec-a}\n\n:::\n'
    assert "no element of this document" in refusal(body).text


def test_everything_broken_is_reported_at_once(refusal: Callable[..., Any]) -> None:
    text = refusal("@fig-a, @Nobody, {{< var no >}}, [l](#x)\n\n![c](no){fig-alt='d'}\n").text
    assert text.startswith("5 problems")


def test_keys_are_read_from_the_bibliography(tmp_path: Path) -> None:
    file = tmp_path / "a.bib"
    file.write_text("@comment{no, x}\n@Article{One, t={}}\n @book {Two-2 ,\n}\n@string{s = {x}}\n", "utf-8")
    assert bibliography_keys([file, tmp_path / "none.bib"]) == {"One", "Two-2"}


def test_widths_that_do_not_fit_the_columns_name_the_table(refusal: Callable[..., Any]) -> None:
    error = refusal('| a | b |\n|--|--|\n| 1 | 2 |\n\n: C {#tbl-a tbl-colwidths="[1,2,3]"}\n')
    assert "tbl-a has 2 columns and 3 tbl-colwidths" in error.text
    assert error.lines == [5]


def test_a_table_block_without_a_table_names_itself(refusal: Callable[..., Any]) -> None:
    error = refusal("::: {#tbl-a}\nWords only\n\nCaption\n:::\n")
    assert "no table in the block #tbl-a" in error.text
    assert error.lines == [1]
