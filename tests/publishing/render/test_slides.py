"""The slides in the browser's form, read back from disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html

from twinbenefits.publishing.render.reveal import STYLES, reveal_folder


@pytest.fixture(scope="module")
def text(rendered: Callable[[str, str], Path]) -> str:
    return rendered("slides/workshop-1.qmd", "revealjs").read_text("utf-8")


@pytest.fixture(scope="module")
def slides(text: str) -> html.HtmlElement:
    return html.fromstring(text)


def test_every_slide_has_its_heading(slides: html.HtmlElement) -> None:
    headings = [heading.text_content() for heading in slides.xpath("//section//*[self::h1 or self::h2]")]
    assert headings[0] == "The lamps of small harbours"
    assert "A part of its own" in headings
    assert len(headings) == 9


def test_notes_figures_and_values_are_there(slides: html.HtmlElement) -> None:
    notes = [note.text_content().strip() for note in slides.xpath('//aside[@class="notes"]')]
    assert notes[0] == "Speak slowly; the list says 45."
    said = slides.text_content().replace("\u00a0", " ")
    assert "There are 12 rows in the list (Quill and Tern 2019)" in said
    assert "Words on the left, about Figure 1:" in said
    assert all(image.get("alt") for image in slides.iter("img"))


def test_the_file_needs_no_other_file_and_no_network(text: str, slides: html.HtmlElement) -> None:
    fetched = [
        element.get(name) for element in slides.iter() for name in ("src", "data-src") if element.get(name)
    ]
    fetched += [link.get("href") for link in slides.iter("link")]
    assert all(address.startswith("data:") for address in fetched)
    styles = "".join(style.text_content() for style in slides.iter("style"))
    assert "@import" not in styles
    assert not re.findall(r"url\(\s*['\"]?(?!data:)", styles)


def test_only_what_is_needed_of_reveal_is_inside(text: str) -> None:
    assert len(text) < 350_000
    assert "RevealNotes" in text
    assert "RevealHighlight" not in text
    assert "RevealSearch" not in text


def test_reveal_brings_the_parts_that_are_used() -> None:
    assert all((reveal_folder() / name).is_file() for name in STYLES)


def test_an_editions_mark_stands_below_every_slide(marked: Callable[[str, str], Path]) -> None:
    tree = html.fromstring(marked("slides/workshop-1.qmd", "revealjs").read_text("utf-8"))
    (mark,) = tree.find_class("edition-mark")
    assert mark.text_content().strip() == "Made of invented lamps"
    assert not mark.xpath("ancestor::section")
