"""Includes and values, with every line's place kept."""

from pathlib import Path

import pytest

from twinbenefits.publishing.render.document import read_document
from twinbenefits.publishing.render.faults import RenderError
from twinbenefits.publishing.render.shortcodes import Expansion
from twinbenefits.publishing.render.source import number_lines


def expand(text: str, tmp_path: Path, **known: object) -> tuple[str, list[str]]:
    expansion = Expansion(tmp_path, "paper/main.qmd", {"running-title": "Lamps"}, dict(known))
    lines = expansion.expand(number_lines(text, "paper/main.qmd"))
    return "\n".join(line.text for line in lines), [str(problem) for problem in expansion.problems]


def test_values_are_looked_up_by_dotted_names(tmp_path: Path) -> None:
    text, problems = expand(
        "{{< var a.b >}} and {{< var n >}} in {{< meta running-title >}}", tmp_path, a={"b": "x"}, n=3
    )
    assert (text, problems) == ("x and 3 in Lamps", [])


def test_an_escaped_shortcode_is_printed(tmp_path: Path) -> None:
    assert expand("{{{< var a >}}}", tmp_path) == ("{{< var a >}}", [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{< var nmae >}}", "Did you mean `name`?"),
        ("{{< var name.deeper >}}", "there is no such value"),
        ("{{< meta titel >}}", "there is no such metadata"),
        ("{{< var share >}}", "Put the value in quotes"),
        ("{{< var flag >}}", "Put the value in quotes"),
        ("{{< var >}}", "takes one name"),
        ("{{< embed x.ipynb#fig >}}", "not a shortcode both engines know"),
        ("{{< video x >}}", "not a shortcode both engines know"),
        ("{{<var name>}}", "with the spaces"),
        ("{{< var name", "with the spaces"),
        ("Words {{< include a.qmd >}}", "stands alone on its line"),
        ("Words {{< pagebreak >}}", "stands alone on its line"),
        ("{{< include a.qmd b.qmd >}}", "takes one file"),
        ("{{< include missing.qmd >}}", "Looked for paper/missing.qmd"),
        ("{{< include ../../etc.qmd >}}", "a file of the project"),
        ("{{< include /a.qmd >}}", "a file of the project"),
        ("{{< include main.qmd >}}", "cannot include itself"),
        ("```\n{{< var name >}}\n```", "code blocks"),
        ("Words\n{{< include missing.qmd >}}", "empty line before and after"),
    ],
)
def test_what_cannot_be_replaced_is_refused_with_a_way_out(tmp_path: Path, text: str, said: str) -> None:
    _, problems = expand(text, tmp_path, name="x", share=0.5, flag=True)
    assert any(said in problem for problem in problems)


def test_everything_unknown_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    _, problems = expand("{{< var a >}}\n\n{{< var b >}}\n\n{{< kbd x >}}", tmp_path)
    assert [problem.split(":")[0] for problem in problems] == [f"paper/main.qmd, line {n}" for n in (1, 3, 5)]


def test_paths_in_an_included_file_start_at_the_main_document(workspace: Path) -> None:
    (workspace / "_staged" / "outer.md").write_text("{{< include ../_staged/tbl-d02.md >}}\n", "utf-8")
    (workspace / "paper" / "nested.qmd").write_text(
        "---\ntitle: T\nformat: html\n---\n\n{{< include ../_staged/outer.md >}}\n", "utf-8"
    )
    assert "A lamp with a mirror" in read_document(workspace, "paper/nested.qmd", "html").body.text


def test_a_problem_in_an_included_file_points_into_that_file(workspace: Path) -> None:
    findings = workspace / "paper" / "findings.qmd"
    lines = findings.read_text("utf-8").split("\n")
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("The two panels"))
    lines[line - 1] += " See @fig-none and {{< var nothing >}}."
    findings.write_text("\n".join(lines), "utf-8")
    with pytest.raises(RenderError) as error:
        read_document(workspace, "paper/index.qmd", "html")
    assert {(problem.file, problem.row) for problem in error.value.problems} == {("paper/findings.qmd", line)}
    assert len(error.value.problems) == 2


def test_an_included_file_with_front_matter_is_refused(workspace: Path) -> None:
    (workspace / "paper" / "findings.qmd").write_text("---\ntitle: Another\n---\n\nWords\n", "utf-8")
    with pytest.raises(
        RenderError, match=r"paper/findings\.qmd, line 1: '---': an included file has no front"
    ):
        read_document(workspace, "paper/index.qmd", "html")


def test_files_that_include_each_other_are_refused(workspace: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (workspace / "paper" / f"{name}.qmd").write_text(f"{{{{< include {other}.qmd >}}}}\n", "utf-8")
    (workspace / "paper" / "c.qmd").write_text(
        "---\ntitle: T\nformat: html\n---\n\n{{< include a.qmd >}}\n", "utf-8"
    )
    with pytest.raises(RenderError, match="cannot include itself"):
        read_document(workspace, "paper/c.qmd", "html")


def test_a_file_may_be_included_twice(workspace: Path) -> None:
    (workspace / "paper" / "note.qmd").write_text("Twice.\n", "utf-8")
    (workspace / "paper" / "d.qmd").write_text(
        "---\ntitle: T\nformat: html\n---\n\n{{< include note.qmd >}}\n\n{{< include note.qmd >}}\n", "utf-8"
    )
    assert read_document(workspace, "paper/d.qmd", "html").body.text.count("Twice.") == 2
