"""The evidence page of a toy study: what it says to whom, and where its links lead."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import html

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.claims_listing import permitted_segments, why
from twinbenefits.publishing.evidence_page import NUMBERS, write_evidence_page
from twinbenefits.publishing.evidence_segments import read_segments
from twinbenefits.publishing.scan_texts import pieces

AUDIENCES = ("team", "public")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    toy, monkeypatch = load("toy_claims"), pytest.MonkeyPatch()
    layout: Layout = toy.write_toy(tmp_path_factory.mktemp("bakery") / "project")
    for audience in AUDIENCES:
        toy.register(layout, audience, monkeypatch)
        toy.publish(layout, audience)
    monkeypatch.undo()
    return layout


@pytest.fixture(scope="module")
def page(bakery: Layout) -> Callable[[str], Any]:
    return lambda audience: html.parse(str(bakery.root / "out" / audience / "evidence/index.html")).getroot()


def data_of(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.get_element_by_id("data").text)
    return found


def test_a_claim_leads_to_all_that_carries_it(page: Callable[[str], Any]) -> None:
    claim = page("team").get_element_by_id("C02")
    said = " ".join(claim.text_content().split())
    assert "Hours are gained in 3 of the companies." in said
    assert "companies_hours > 1" in said
    assert "Three companies are few." in said
    assert "hours, Hours gained" in said
    assert "made in notebooks/01_ovens.ipynb" in said
    assert "P01: The warmer, the more. Would count against it: A cold case with much of it." in said
    assert "item I1, votes: 7; median: 5 (consensus)" in said
    assert "no vote yet" in page("team").get_element_by_id("C01").text_content()
    links = {link.get("href") for link in claim.iter("a")}
    assert {"../paper/index.html#claim-C02", "../paper/index.html#tbl-hours", "#code-teach"} <= links


def test_a_code_leads_to_the_works_named_for_it_and_back_to_the_claims(page: Callable[[str], Any]) -> None:
    links = {link.get("href") for link in page("team").get_element_by_id("code-time.hours").iter("a")}
    assert links == {"#ref-Doe2002", "#C01", "#C02"}
    assert "candidate, not yet identified" in page("team").get_element_by_id("ref-Doe2002").text_content()


def test_a_claim_through_a_proposition_leads_to_the_codes_of_its_terms(page: Callable[[str], Any]) -> None:
    claim = page("team").get_element_by_id("C03")
    links = {link.get("href") for link in claim.iter("a")}
    assert {"#code-taste.crust", "#code-taste.foam"} <= links
    assert claim.xpath('.//button[@data-claim="C03"]')


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_link_leads_somewhere(bakery: Layout, page: Callable[[str], Any], audience: str) -> None:
    out = bakery.root / "out" / audience
    pages = {file: html.parse(str(file)).getroot() for file in sorted(out.rglob("*.html"))}
    for file, root in pages.items():
        for link in root.iter("a"):
            target, _, anchor = link.get("href").partition("#")
            there = (file.parent / target).resolve() if target else file
            assert there.is_file(), link.get("href")
            if anchor and there.suffix == ".html":
                assert pages[there].xpath(f'//*[@id="{anchor}"]'), link.get("href")


def test_every_claim_of_the_paper_is_linked_and_links_back(
    bakery: Layout, page: Callable[[str], Any]
) -> None:
    paper = html.parse(str(bakery.root / "out/team/paper/index.html")).getroot()
    marked = {span.get("id") for span in paper.xpath('//span[@class="claim"]')}
    assert marked == {"claim-C01", "claim-C01-2", "claim-C02", "claim-C03", "claim-C03-2"}
    notes = [link.text_content() for link in paper.xpath('//a[@class="claim-note"]')]
    assert notes == ["C01: holds", "C01: holds", "C02: holds", "C03: holds", "C03: holds"]
    back = {link.get("href") for link in page("team").xpath('//article[@class="claim"]//a')}
    assert {f"../paper/index.html#{anchor}" for anchor in marked} <= back
    assert "../slides/ovens-1.html" in back, "decks that _quarto.yml lists by a pattern are read, too"


def test_what_cannot_be_told_is_left_out_of_paper_and_page(
    bakery: Layout, page: Callable[[str], Any]
) -> None:
    paper = " ".join((bakery.root / "out/public/paper/index.html").read_text("utf-8").split())
    assert "One company gains" not in paper
    assert "<li>This item stays.</li>" in paper
    assert not re.search(r"<(li|p)>\s*</\1>", paper)
    found = page("public")
    assert not found.xpath('//*[@id="C03"]')
    assert "Left out of this edition" in found.text_content()
    assert "One company gains" not in found.text_content()


def test_the_public_reads_only_what_it_may_and_is_told_why(
    bakery: Layout, page: Callable[[str], Any]
) -> None:
    study = Study.open(bakery.root, "demo", "public", ["segments"])
    texts = {text for text in study.table("segments")["text"] if text}
    shown = data_of(page("public"))["segments"]
    assert {segment[2] for segment in shown} <= texts
    assert len(shown) < len(data_of(page("team"))["segments"])
    assert "Why other segments are not shown" in page("public").text_content()


def test_an_edition_without_segments_says_so_kindly(bakery: Layout, tmp_path: Path) -> None:
    permissions = bakery.demo / "permissions.csv"
    kept = permissions.read_text("utf-8")
    permissions.write_text(kept.splitlines()[0] + "\n", "utf-8")
    try:
        made = write_evidence_page(bakery.root, "public", "demo", tmp_path).read_text("utf-8")
    finally:
        permissions.write_text(kept, "utf-8")
    assert "No segment may be shown here. This is not a fault" in made
    assert "vertical: not permitted by the company" in made
    assert "segment-table" not in made.partition("<script")[0]


def test_a_company_reads_nothing_that_the_gate_withholds(bakery: Layout) -> None:
    for case in Study.open(bakery.root, "demo", "team", ["cases"]).table("cases")["case"]:
        found = read_segments(bakery, f"company:{case}", "demo")
        study = Study.open(bakery.root, "demo", f"company:{case}", ["segments"])
        open_texts = set(study.table("segments")["text"])
        assert {segment.words for segment in found.rows} <= open_texts
        assert found.reasons


def test_the_page_bears_the_mark_of_invented_data(page: Callable[[str], Any]) -> None:
    for audience in AUDIENCES:
        (mark,) = page(audience).find_class("edition-mark")
        assert "synthetic" in mark.text_content()


def test_two_runs_write_the_same_bytes(bakery: Layout, tmp_path: Path) -> None:
    for audience in AUDIENCES:
        made = write_evidence_page(bakery.root, audience, "demo", tmp_path / audience)
        assert made.read_bytes() == (bakery.root / "out" / audience / "evidence/index.html").read_bytes()


def test_the_page_needs_no_network(bakery: Layout) -> None:
    text = (bakery.root / "out/team/evidence/index.html").read_text("utf-8")
    markup = re.sub(r"(?s)<script.*?</script>", "", text)
    assert "Permission is hereby granted, free of charge" in text, "the library comes with its licence"
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", markup)


def test_the_list_of_numbers_stands_beside_the_page_and_in_it(
    bakery: Layout, page: Callable[[str], Any]
) -> None:
    rows = list(csv.DictReader((bakery.root / "out/team" / NUMBERS).read_text("utf-8").splitlines()))
    assert {row["name"] for row in rows} == {"propositions_total", "companies_hours", "hours_of_one", "hours"}
    assert {row["notebook"] for row in rows} == {"notebooks/01_ovens.ipynb"}
    table = page("team").get_element_by_id("number-table")
    assert len(table.xpath(".//tbody/tr")) == len(rows)
    assert page("team").xpath('//a[@href="numbers.csv"]')


def test_the_scan_reads_the_data_of_the_page(bakery: Layout, page: Callable[[str], Any]) -> None:
    words = next(segment[2] for segment in data_of(page("team"))["segments"] if segment[2])
    file = bakery.root / "out/team/evidence/index.html"
    assert any(text == words for _, text in pieces(file.read_bytes()))


def test_why_walks_from_a_claim_of_the_cases_to_segments_codes_references_and_votes(bakery: Layout) -> None:
    told = why(bakery.root, "team", "demo", "C02", permitted_segments(bakery.root, "team", "demo")).as_text()
    assert "made in notebooks/01_ovens.ipynb" in told
    assert "code time.hours" in told
    assert "definition: What is said of time.hours." in told
    assert re.search(r"\n  segments\n    \S+\n      \S+", told)
    assert "reference Doe2002" in told
    through = why(
        bakery.root, "team", "demo", "C03", permitted_segments(bakery.root, "team", "demo")
    ).as_text()
    assert "code taste.crust" in through
    assert re.search(r"\n  segments\n    \S+\n      \S+", through)
    assert "item I1, votes: 7; median: 5 (consensus)" in told
