"""Whatever the two engines would not render alike is refused with file and line."""

from collections.abc import Callable
from typing import Any

import pytest

REFUSED = [
    ("code cell", "```{python}\n1 + 1\n```\n", "only notebooks compute"),
    ("R cell with options", "```{r, echo=FALSE}\n1\n```\n", "only notebooks compute"),
    ("diagram", "```{mermaid}\ngraph TD\n```\n", "only notebooks compute"),
    ("tabset", "::: {.panel-tabset}\n\n## A\n\n:::\n", "tabs exist in html only"),
    ("margin", "::: {.column-margin}\nAside\n:::\n", "the margin exists in some formats only"),
    ("incremental list", "::: {.incremental}\n- a\n:::\n", "step by step"),
    ("misspelt block", "::: {.landscpae}\nWide\n:::\n", "Did you mean `landscape`?"),
    ("unknown callout", "::: {.callout-danger}\nX\n:::\n", "not a class of a block"),
    ("theorem", "::: {#thm-one}\nX\n:::\n", "only fig-, tbl-, sec- and eq- labels"),
    ("listing", "``` {#lst-one}\nx\n```\n", "only fig-, tbl-, sec- and eq- labels"),
    ("unknown span", "[x]{.aside}\n", "the margin exists"),
    ("unknown heading class", "## A {.appendix}\n", "not a class of a heading"),
    ("rows of panels", '::: {layout-nrow="2"}\nx\n:::\n', "Did you mean `layout-ncol`?"),
    ("collapsed callout", '::: {.callout-note collapse="true"}\nx\n:::\n', "not an attribute of a block"),
    ("raw LaTeX block", "\\newpage\n", "raw LaTeX"),
    ("raw LaTeX in text", "Words \\textbf{bold} words\n", "raw LaTeX"),
    ("raw attribute", "```{=latex}\n\\clearpage\n```\n", "raw LaTeX"),
    ("html block", "<div class='x'>\n\nx\n\n</div>\n", "not a class of a block"),
    ("html in text", "Words <br> words\n", "raw html"),
    ("link with a class", "[x](https://example.org){.btn}\n", "not a class of a link"),
    ("lightbox", '![A](../_staged/D03){fig-alt="B" lightbox="true"}\n', "not an attribute of a image"),
]


@pytest.mark.parametrize(("body", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_with_its_line(refusal: Callable[..., Any], body: str, said: str) -> None:
    error = refusal(f"Words first.\n\n{body}")
    assert said in error.text
    assert error.lines[0] == 3


def test_everything_is_refused_at_once(refusal: Callable[..., Any]) -> None:
    bodies = [body for _, body, _ in REFUSED]
    starts = [1 + sum(body.count("\n") + 1 for body in bodies[:n]) for n in range(len(bodies))]
    assert set(starts) <= set(refusal("\n".join(bodies)).lines)


def test_the_same_fault_twice_is_reported_twice(refusal: Callable[..., Any]) -> None:
    error = refusal("::: {.aside}\nA\n:::\n\nB\n\n::: {.aside}\nC\n:::\n")
    assert error.lines == [1, 7]


def test_code_that_is_only_shown_is_not_code_that_runs(refusal: Callable[..., Any]) -> None:
    block = "```markdown\n::: {.panel-tabset}\n\\newpage @fig-x\n:::\n```\n"
    error = refusal(f"{block}\n`\\newpage`\n\n::: {{.aside}}\nx\n:::\n")
    assert len(error.lines) == 1


def test_comments_are_allowed(refusal: Callable[..., Any]) -> None:
    error = refusal("<!-- a comment -->\n\nWords <!-- another --> words\n\n[x]{.aside}\n")
    assert len(error.lines) == 1


def test_the_message_counts_and_names_file_line_value_rule_and_way_out(refusal: Callable[..., Any]) -> None:
    error = refusal("[x]{.quotde}\n")
    assert error.text.startswith("1 problem in paper/refused.qmd to html:")
    assert "paper/refused.qmd, line 9: '.quotde'" in error.text
    assert "Did you mean `quoted`?" in error.text
