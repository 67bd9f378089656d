"""BibTeX, RIS and CSL-JSON in and out; duplicates by DOI, then by title and year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.evidence.exchange.bibliography import (
    Work,
    find_duplicates,
    plain_title,
    read_works,
    write_works,
)
from twinbenefits.evidence.problems import EvidenceError

BIBTEX = r"""
% a comment
@article{Roe2020,
  author = {R{\"o}e, Ann and {The Study Group} and van der Doe, Bob},
  title = {{On Twins \& More: 50\% of it}},
  journal = {Letters}, year = 2020, volume = {3}, number = {4}, pages = {5--9},
  doi = {10.1000/ABC}, keywords = {one, two}, abstract = {What it says.}, file = {private.pdf}
}
@inproceedings{Doe2021, author = {Doe, Bob}, title = {Second}, booktitle = {Proc. of It}, year = {2021}}
@book{Poe2022, editor = {Poe, Cid}, title = {Third}, publisher = {House}, address = {Oulu},
  year = {2022}, isbn = {978-1}}
"""


def items(works: list[Work]) -> list[dict[str, Any]]:
    return [dict(work.item) for work in works]


@pytest.fixture
def works(tmp_path: Path) -> list[Work]:
    (tmp_path / "in.bib").write_text(BIBTEX, "utf-8")
    return read_works(tmp_path / "in.bib")[0]


def test_bibtex_is_read_with_its_letters(works: list[Work]) -> None:
    first = works[0]
    assert (first.key, first.doi, first.year) == ("Roe2020", "10.1000/abc", "2020")
    assert first.title == "On Twins & More: 50% of it"
    assert [person.get("family", person.get("literal")) for person in first.item["author"]][:2] == [
        "Röe",
        "The Study Group",
    ]


def test_what_bibliographies_do_not_share_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.bib").write_text(BIBTEX, "utf-8")
    _, report = read_works(tmp_path / "in.bib")
    assert [str(one) for one in report.dropped] == [
        "a field that bibliographies do not share was left out: file"
    ]


@pytest.mark.parametrize("suffix", [".bib", ".ris", ".json"])
def test_each_format_brings_back_what_was_written(works: list[Work], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_works(works, path) is True
    assert write_works(works, path) is False, "the same bytes every time"
    again, report = read_works(path)
    assert [work.key for work in again] == [work.key for work in works]
    for new, old in zip(items(again), items(works), strict=True):
        for name in (
            "title",
            "type",
            "DOI",
            "volume",
            "issue",
            "page",
            "container-title",
            "issued",
            "publisher",
        ):
            assert new.get(name) == old.get(name), (suffix, name)
        families = [[p.get("family", p.get("literal")) for p in one.get("author", [])] for one in (new, old)]
        assert families[0] == families[1]
    assert report.problems == ()


def test_the_projects_own_bibliography_goes_through_every_format(root: Path, tmp_path: Path) -> None:
    works, _ = read_works(root / "references" / "references.bib")
    for suffix in (".bib", ".ris", ".json"):
        write_works(works, tmp_path / f"all{suffix}")
        again, _ = read_works(tmp_path / f"all{suffix}")
        told = [(work.key, work.doi, work.title, work.year, work.item.get("author")) for work in works]
        assert [(w.key, w.doi, w.title, w.year, w.item.get("author")) for w in again] == told, suffix


def test_ris_tells_what_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "in.ris"
    path.write_bytes(
        "\ufeffTY  - JOUR\r\nID  - A\r\nTI  - On it\r\nPY  - 2020\r\nN1  - a remark\r\nER  - \r\n".encode()
    )
    works, report = read_works(path)
    assert works[0].title == "On it"
    assert "N1" in str(report.dropped[0])


def work(key: str, title: str, year: int = 2020, doi: str = "") -> Work:
    item: Mapping[str, Any] = {
        "title": title,
        "issued": {"date-parts": [[year]]},
        **({"DOI": doi} if doi else {}),
    }
    return Work(key, item)


def test_duplicates_are_found_by_doi_then_by_title_and_year() -> None:
    works = [
        work("A", "On Twins", doi="10.1000/X"),
        work("B", "Another title", doi="https://doi.org/10.1000/x."),
        work("C", "On   {Twins}!"),
        work("D", "On Twins", 2021),
        work("E", "ON TWINS", doi="10.1000/other"),
        work("F", ""),
        work("G", ""),
    ]
    assert [(one.key, one.other, one.by) for one in find_duplicates(works)] == [
        ("B", "A", "DOI"),
        ("C", "A", "title and year"),
        ("E", "C", "title and year"),
    ]
    assert [one.key for one in find_duplicates([work("Z", "on twins")], works)] == ["Z"]


def test_two_dois_are_two_works_under_one_title() -> None:
    assert find_duplicates([work("A", "On", doi="10.1000/1"), work("B", "On", doi="10.1000/2")]) == []


def test_titles_are_compared_without_accents_and_marks() -> None:
    assert plain_title("Über <i>Twins</i>: \\textit{A} Review") == "uber twins a review"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.bib", b" \n", "the file is empty"),
        ("open.bib", b"@article{A, title = {On", "braces do not close"),
        ("no_key.bib", b"@article{, title = {On}}", "no key or no field"),
        ("prose.txt", b"Dear colleague, see Roe 2020.", "neither BibTeX nor RIS nor CSL-JSON"),
        ("cut.json", b'[{"title": "On", ', "not sound JSON"),
        ("other.json", b'[{"name": "On"}]', "entry 1 has no title"),
        ("list.json", b"[1, 2]", "no list of works"),
        ("half.ris", b"TY  - JOUR\nTI  - On it\n", "0 of 1 entries can be read"),
    ],
)
def test_bad_bibliographies_are_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EvidenceError, match=said) as caught:
        read_works(tmp_path / name)
    assert caught.value.problems[0].way_out


def test_an_unknown_ending_and_a_missing_file_are_refused(tmp_path: Path, works: list[Work]) -> None:
    with pytest.raises(EvidenceError, match=r"must end in \.bib, \.ris or \.json"):
        write_works(works, tmp_path / "out.txt")
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_works(tmp_path / "nowhere.bib")


def test_csl_json_is_written_for_every_manager(works: list[Work], tmp_path: Path) -> None:
    write_works(works, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))[0]["id"] == "Roe2020"
