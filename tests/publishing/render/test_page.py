"""The paper and the start page as html, read back from disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html


@pytest.fixture(scope="module")
def page(rendered: Callable[[str, str], Path]) -> html.HtmlElement:
    return html.fromstring(rendered("paper/index.qmd", "html").read_text("utf-8"))


def words(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content().replace("\u00a0", " "))


def test_references_are_resolved_and_values_filled_in(page: html.HtmlElement) -> None:
    text = words(page)
    assert (
        "The rest is in Section 2, Table 1 and Figure 1, and in Figure 1, Figure 2; see also section 2."
        in text
    )
    assert (
        "The list has 12 rows; the deck says 45. Of them 58 % have a name; the first group is Amber." in text
    )
    assert "The two panels of Figure 2 are Figure 2 (a) and Figure 2 (b)." in text
    assert "as Equation 1 says" in text
    assert "?@" not in text
    assert "{{<" not in text


def test_every_internal_link_has_its_target(page: html.HtmlElement) -> None:
    targets = {element.get("id") for element in page.iter() if element.get("id")}
    links = {a.get("href") for a in page.iter("a") if a.get("href", "").startswith("#")}
    assert links
    assert {link[1:] for link in links} <= targets


def test_identifiers_are_used_once(page: html.HtmlElement) -> None:
    used = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(used) == len(set(used))


def test_ordinary_brackets_and_quoted_words_survive(page: html.HtmlElement) -> None:
    assert "“Oj et al 2021” [not yet identified] does not." in words(page)
    assert not page.xpath('//*[contains(@class, "quoted")]')


def test_a_format_shows_only_what_is_meant_for_it(page: html.HtmlElement) -> None:
    text = words(page)
    assert "Only the page shows this sentence." in text
    assert "Only Word shows this sentence." not in text
    assert "Every format but the page" not in text


def test_captions_are_numbered_in_reading_order(page: html.HtmlElement) -> None:
    captions = [words(caption).strip() for caption in page.xpath("//figcaption | //caption")]
    numbered = [caption.split(":")[0] for caption in captions if ":" in caption]
    assert numbered == ["Table 1", "Figure 1", "Figure 2", "Table 2", "Table 3"]
    assert "(a) Left panel" in captions


def test_every_image_has_its_description(page: html.HtmlElement) -> None:
    alts = [image.get("alt") for image in page.iter("img")]
    assert len(alts) == 3
    assert "Three horizontal bars: Amber with twelve names, Blue with seven, Copper with none." in alts


def test_wide_tables_scroll_and_can_be_reached_with_the_keyboard(page: html.HtmlElement) -> None:
    regions = page.xpath('//div[@class="table-wrap"]')
    assert [(region.get("role"), region.get("tabindex")) for region in regions] == [("region", "0")] * 3
    assert [region.get("aria-label").replace("\u00a0", " ") for region in regions] == [
        "Table 1",
        "Table 2",
        "Table 3",
    ]


def test_authors_and_affiliations_are_shown(page: html.HtmlElement) -> None:
    assert words(page.xpath('//p[@class="authors"]')[0]).strip() == "Ada Quill1, Boris Tern1,2"
    assert (
        words(page.xpath('//p[@class="affiliations"]')[0]).strip() == "1 School of Lamps 2 Institute of Quays"
    )
    assert words(page.xpath('//p[@class="date"]')[0]) == "7 June 2026"


@pytest.mark.parametrize("source", ["index.qmd", "paper/index.qmd"])
def test_a_page_needs_no_other_file_and_no_network(rendered: Callable[[str, str], Path], source: str) -> None:
    text = rendered(source, "html").read_text("utf-8")
    tree = html.fromstring(text)
    fetched = [element.get("src") for element in tree.iter() if element.get("src")]
    fetched += [link.get("href") for link in tree.iter("link")]
    assert all(address.startswith("data:") for address in fetched)
    assert "@import" not in text
    assert not re.findall(r"url\(\s*['\"]?(?!data:)", text)


def test_only_works_that_are_cited_are_listed(page: html.HtmlElement) -> None:
    entries = [words(entry) for entry in page.xpath('//*[contains(@class, "csl-entry")]')]
    assert [entry.split(",")[0].strip() for entry in entries] == ["Quill", "Reed"]


def test_an_editions_mark_stands_on_the_page(marked: Callable[[str, str], Path]) -> None:
    for source in ("index.qmd", "paper/index.qmd"):
        tree = html.fromstring(marked(source, "html").read_text("utf-8"))
        assert [words(mark).strip() for mark in tree.find_class("edition-mark")] == ["Made of invented lamps"]


def test_without_a_mark_there_is_no_banner(page: html.HtmlElement) -> None:
    assert not page.find_class("edition-mark")
