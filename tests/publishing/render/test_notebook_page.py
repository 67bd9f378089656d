"""An executed notebook as one page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from twinbenefits.publishing.render import RenderError, render_notebook

NOTEBOOK = Path(__file__).parents[2] / "data" / "render" / "lamps.ipynb"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("notebook") / "lamps.html"
    return render_notebook(NOTEBOOK, out).read_text("utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> html.HtmlElement:
    return html.fromstring(text)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], Path]:
    def change(how: Callable[[dict[str, Any]], None]) -> Path:
        notebook = json.loads(NOTEBOOK.read_text("utf-8"))
        how(notebook)
        path = tmp_path / "changed.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        return path

    return change


def test_the_first_heading_becomes_the_title_and_the_others_the_contents(page: html.HtmlElement) -> None:
    assert [heading.text_content() for heading in page.iter("h1")] == ["What the lamps say"]
    assert page.findtext(".//title") == "What the lamps say"
    assert [link.text_content() for link in page.xpath('//nav[@id="toc"]//a')] == [
        "Tables",
        "Figures",
        "Words",
    ]


def test_code_is_folded_and_parameters_are_shown(page: html.HtmlElement) -> None:
    folds = page.xpath('//details[@class="code"]')
    assert [fold.findtext("summary") for fold in folds] == ["Parameters", *["Code"] * 7]
    assert [fold.get("open") is not None for fold in folds] == [True, *[False] * 7]
    assert "minimum = 2" in folds[0].text_content()


def test_every_kind_of_output_is_shown_in_its_best_form(page: html.HtmlElement) -> None:
    tables = page.xpath('//div[@class="table-wrap"]//table')
    assert len(tables) == 2
    assert "Amber" in tables[0].text_content()
    assert "names" in tables[1].text_content()
    assert "[not yet identified]" in page.text_content()
    assert "lit at dusk" in page.text_content()
    assert "\x1b" not in page.text_content()
    assert "D03" not in "".join(cell.text_content() for cell in page.find_class("shown"))


def test_descriptions_of_images_are_kept(page: html.HtmlElement) -> None:
    alts = [image.get("alt") for image in page.iter("img")]
    assert alts == ["A line that rises, falls and rises.", "Three bars, the longest for Amber."]


def test_the_page_needs_no_other_file(text: str, page: html.HtmlElement) -> None:
    assert all(element.get("src").startswith("data:") for element in page.iter() if element.get("src"))
    assert not list(page.iter("link", "script"))
    assert not re.findall(r"url\(\s*['\"]?(?!data:)", text)
    assert "execution_count" not in text


def test_an_editions_mark_stands_at_the_top(tmp_path: Path) -> None:
    out = render_notebook(NOTEBOOK, tmp_path / "x.html", edition_mark="Made of invented lamps")
    (mark,) = html.fromstring(out.read_text("utf-8")).find_class("edition-mark")
    assert mark.text_content().strip() == "Made of invented lamps"


def test_execution_counts_do_not_change_a_byte(
    changed: Callable[..., Path], tmp_path: Path, text: str
) -> None:
    def count(notebook: dict[str, Any]) -> None:
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] == "code":
                cell["execution_count"] = number + 100
                for output in cell["outputs"]:
                    if "execution_count" in output:
                        output["execution_count"] = number + 100

    assert render_notebook(changed(count), tmp_path / "x.html").read_text("utf-8") == text


def add_error(notebook: dict[str, Any]) -> None:
    notebook["cells"][3]["outputs"] = [
        {"output_type": "error", "ename": "KeyError", "evalue": "'lamp'", "traceback": []}
    ]


def remove_alt(notebook: dict[str, Any]) -> None:
    notebook["cells"][6]["outputs"][0]["metadata"] = {}


def remove_title(notebook: dict[str, Any]) -> None:
    notebook["cells"][0]["source"] = "No heading"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (add_error, r"KeyError: 'lamp'.*cell 4 \(cell-04\) ended in an error"),
        (remove_alt, r"an image of cell 7 \(cell-07\) says what it shows"),
        (remove_title, "no heading of the first level"),
        (lambda notebook: notebook.update(nbformat=3), "a notebook of version 4"),
    ],
)
def test_a_notebook_that_cannot_be_shown_is_refused(
    changed: Callable[..., Path], tmp_path: Path, how: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(RenderError, match=said):
        render_notebook(changed(how), tmp_path / "x.html")
    assert not (tmp_path / "x.html").exists()


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{", "utf-8")
    with pytest.raises(RenderError, match="this must be a notebook"):
        render_notebook(tmp_path / "x.ipynb", tmp_path / "x.html")
