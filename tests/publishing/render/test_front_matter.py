"""What project, front matter and variables say together."""

from pathlib import Path

import pytest

from twinbenefits.publishing.edition_mark import author_names
from twinbenefits.publishing.render import RenderError, render
from twinbenefits.publishing.render.document import read_document
from twinbenefits.publishing.render.embedded import written_date
from twinbenefits.publishing.render.project import merge, merged_metadata, read_project

REFUSED = "paper/refused.qmd"


def write(workspace: Path, front: str, body: str = "Words.\n") -> None:
    (workspace / REFUSED).write_text(f"---\n{front}---\n\n{body}", "utf-8")


def problems(workspace: Path, front: str, to: str = "html") -> list[tuple[int | None, str]]:
    write(workspace, front)
    with pytest.raises(RenderError) as error:
        read_document(workspace, REFUSED, to)
    return [(problem.row, str(problem)) for problem in error.value.problems]


def test_an_option_of_the_document_overrides_the_projects_and_its_format_overrides_both(
    workspace: Path,
) -> None:
    own = {"title": "T", "toc": True, "format": {"typst": {"toc-depth": 1}, "html": None}}
    project = read_project(workspace)
    assert merged_metadata(project, own, "typst")["toc-depth"] == 1
    assert "toc-depth" not in merged_metadata(project, own, "html")
    assert merged_metadata(project, own, "html")["toc"] is True
    assert merged_metadata(project, own, "html")["default-image-extension"] == "svg"
    assert merged_metadata(project, own, "docx")["default-image-extension"] == "png"


def test_merging_goes_into_mappings_and_replaces_everything_else() -> None:
    assert merge({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}}


def test_a_misspelt_option_names_the_nearest_known_one_with_its_line(workspace: Path) -> None:
    found = problems(workspace, "title: T\nrunning-titel: R\nformat: html\n")
    assert found[0][0] == 3
    assert "Did you mean `running-title`?" in found[0][1]


def test_all_problems_of_the_front_matter_are_reported_together(workspace: Path) -> None:
    found = problems(workspace, "titel: T\ndate: today\nformat:\n  pdf: default\n")
    assert [line for line, _ in found] == [2, 5, 4, 2, 3]
    text = "\n".join(said for _, said in found)
    for part in ("`titel:`", "date: today", "format pdf", "does not declare this format", "every document"):
        assert part in text


def test_yaml_that_cannot_be_read_names_the_line(workspace: Path) -> None:
    found = problems(workspace, "title: T\nabstract: [open\nformat: html\n")
    assert found[0][0] in {3, 4}


def test_front_matter_that_is_no_mapping_is_refused(workspace: Path) -> None:
    assert "must be a mapping" in problems(workspace, "- a\n- b\n")[0][1]


@pytest.mark.parametrize("date", ["today", "last-modified", "June 2026"])
def test_a_date_that_would_move_is_refused(workspace: Path, date: str) -> None:
    assert "fixed day" in problems(workspace, f"title: T\ndate: {date}\nformat: html\n")[0][1]


def test_a_date_is_written_out_alike_everywhere() -> None:
    assert written_date("2026-06-07") == "7 June 2026"


def test_an_unknown_format_and_a_missing_source_are_refused(workspace: Path) -> None:
    with pytest.raises(RenderError, match=r"Did you mean `docx`\?"):
        render(workspace, "paper/index.qmd", "doc", workspace / "o", epoch=0)
    with pytest.raises(RenderError, match="there is no such source"):
        render(workspace, "paper/none.qmd", "html", workspace / "o", epoch=0)


def test_a_folder_without_project_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"_quarto\.yml"):
        render(tmp_path, "index.qmd", "html", tmp_path / "o", epoch=0)


def test_shortcodes_in_the_front_matter_are_replaced(workspace: Path) -> None:
    document = read_document(workspace, "paper/index.qmd", "html")
    assert document.metadata["subtitle"] == "With 12 rows"
    assert "12 rows" in document.metadata["abstract"]


def test_an_unknown_name_in_the_front_matter_has_its_line(workspace: Path) -> None:
    found = problems(workspace, 'title: T\nsubtitle: "{{< var rows_totel >}}"\nformat: html\n')
    assert found[0][0] == 3
    assert "Did you mean `rows_total`?" in found[0][1]


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Quill", ["Ada Quill"]),
        (
            ["Ada Quill", {"name": "Boris Tern", "affiliations": [{"name": "Quay"}]}],
            ["Ada Quill", "Boris Tern"],
        ),
        (None, []),
    ],
)
def test_authors_are_read_however_they_are_listed(author: object, names: list[str]) -> None:
    assert author_names({"author": author}) == names


def test_line_ends_and_a_byte_order_mark_make_no_difference(workspace: Path) -> None:
    source = workspace / "paper" / "index.qmd"
    plain = read_document(workspace, "paper/index.qmd", "html")
    text = source.read_text("utf-8").replace("\n", "\r\n")
    source.write_bytes(b"\xef\xbb\xbf" + text.encode())
    other = read_document(workspace, "paper/index.qmd", "html")
    assert other.body.text == plain.body.text
    assert other.metadata == plain.metadata


def test_a_source_that_is_not_utf8_is_refused_with_its_line(workspace: Path) -> None:
    (workspace / "paper" / "findings.qmd").write_bytes(
        "# One\n\nKu\u0161i\u0107, caf\u00e9\n".encode("utf-8", "replace")[:-3] + b"\xe9\n"
    )
    with pytest.raises(RenderError, match=r"paper/findings\.qmd, line 3: 'byte 0xe9': a source is UTF-8"):
        read_document(workspace, "paper/index.qmd", "html")
