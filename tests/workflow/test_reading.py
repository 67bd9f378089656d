"""What a document reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinbenefits.publishing.render.project import SUFFIX as RENDERED
from twinbenefits.workflow.project import SUFFIX, Project
from twinbenefits.workflow.reading import Reading
from twinbenefits.workflow.settings import Settings, SettingsError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path)
    files = {
        "_quarto.yml": "project:\n  render: [paper/index.qmd]\n",
        "_extensions/x/x.lua": "",
        "references/references.bib": "",
        "paper/index.qmd": (
            "{{< include one.qmd >}}\n{{< var total >}} ![A](../_staged/D03){#fig-d03}\n"
            '<img src="local.png">\n'
            "{{< include ../_staged/tbl-d02.md >}} [a link](https://example.org/x.png) ![B](missing)\n"
        ),
        "paper/one.qmd": "{{< include two.qmd >}} {{< var deep.er >}}\n",
        "paper/two.qmd": "{{< include one.qmd >}} {{< var nowhere >}}\n",
        "paper/unread.qmd": "",
        "paper/local.png": "png",
    }
    staged = {
        "_variables.yml": "total: 34\ndeep: {er: 1}\nother: 5\n",
        "_staged/tbl-d02.md": "![C](../_staged/D09.svg)",
        "_staged/D03.svg": "",
        "_staged/D03.png": "",
        "_staged/D09.svg": "",
        "_staged/D30.svg": "",
        "_staged/references.bib": "",
    }
    for folder, names in ((tmp_path, files), (settings.workspace, staged)):
        for name, text in names.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    return settings


def test_a_document_reads_its_includes_images_values_and_what_all_share(settings: Settings) -> None:
    found = Reading(settings.workspace, settings.root).inputs("paper/index.qmd")
    assert set(found) == {
        "_quarto.yml",
        "_extensions/x/x.lua",
        "references/references.bib",
        "_staged/references.bib",
        "paper/index.qmd",
        "paper/one.qmd",
        "paper/two.qmd",
        "paper/local.png",
        "_staged/tbl-d02.md",
        "_staged/D03.svg",
        "_staged/D03.png",
        "_staged/D09.svg",
        "value total",
        "value deep.er",
        "value nowhere",
    }
    assert (found["value total"], found["value deep.er"], found["value nowhere"]) == ("34", "1", "absent")


def test_a_value_that_is_not_printed_does_not_count(settings: Settings) -> None:
    before = Reading(settings.workspace, settings.root).inputs("paper/index.qmd")
    (settings.workspace / "_variables.yml").write_text("total: 34\ndeep: {er: 1}\nother: 6\n", "utf-8")
    assert Reading(settings.workspace, settings.root).inputs("paper/index.qmd") == before
    (settings.workspace / "_variables.yml").write_text("total: 35\ndeep: {er: 1}\nother: 6\n", "utf-8")
    assert Reading(settings.workspace, settings.root).inputs("paper/index.qmd")["value total"] == "35"


def test_a_missing_include_is_part_of_what_is_read(settings: Settings) -> None:
    (settings.root / "paper/two.qmd").unlink()
    assert Reading(settings.workspace, settings.root).inputs("paper/index.qmd")["paper/two.qmd"] == "absent"


def test_formats_come_from_the_front_matter(settings: Settings) -> None:
    (settings.root / "paper/index.qmd").write_text(
        "---\r\ntitle: T\r\nformat:\r\n  html: default\r\n  typst: {toc: true}\r\n---\r\ntext\r\n", "utf-8"
    )
    assert [(d.to, d.output) for d in Project(settings).documents] == [
        ("html", "paper/index.html"),
        ("typst", "paper/index.pdf"),
    ]


def test_the_endings_are_those_of_the_renderer() -> None:
    assert dict(RENDERED) == SUFFIX


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("project: {}\n", "lists no documents"),
        ("", "lists no documents"),
        ("project: [", "is not sound YAML"),
        (
            "project: {render: [paper/index.qmd, slides/gone.qmd]}",
            "lists slides/gone.qmd, which does not exist",
        ),
    ],
)
def test_a_project_file_without_documents_is_refused(settings: Settings, content: str, told: str) -> None:
    (settings.root / "_quarto.yml").write_text(content, "utf-8")
    with pytest.raises(SettingsError, match=told):
        _ = Project(settings).documents


def test_a_document_reads_what_is_said_of_the_claims_it_marks(settings: Settings) -> None:
    source = settings.root / "paper/two.qmd"
    source.write_text("[Boats sink.]{.claim key=C01} [They float.]{.claim key='C02'}\n", "utf-8")
    before = Reading(settings.workspace, settings.root).inputs("paper/index.qmd")
    assert (before["claim C01"], before["claim C02"]) == ("null", "null")
    told = settings.workspace / "_staged/claims.json"
    told.write_text('{"claims": {"C01": {"left_out": true}, "C09": {"left_out": true}}}', "utf-8")
    after = Reading(settings.workspace, settings.root).inputs("paper/index.qmd")
    assert after["claim C01"] == '{"left_out": true}'
    assert after["claim C02"] == "null"
    assert "claim C09" not in after
