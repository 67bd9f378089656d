"""Only verified or author-settled works reach the bibliography."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.references import (
    citable_bibliography,
    citable_keys,
    read_entries,
    write_bibliography,
)
from twinbenefits.evidence.study import Study

QI = "10.1016/j.jmsy.2019.10.001"


@pytest.fixture
def references(root: Path) -> pd.DataFrame:
    return Study.open(root, tables=["references"]).table("references")


@pytest.fixture
def bibliography(root: Path) -> str:
    return (root / "references/references.bib").read_text("utf-8")


def decided(references: pd.DataFrame, key: str, decision: str, doi: str = "") -> pd.DataFrame:
    changed = references.copy()
    changed.loc[changed["key"] == key, ["author_decision", "settled_doi"]] = [decision, doi]
    return changed


def test_nine_works_can_be_cited_today(references: pd.DataFrame) -> None:
    assert citable_keys(references) == {
        "Bolton2018",
        "Fu2022",
        "Sacks2020",
        "Kritzinger2018",
        "Jagannath2022",
        "Nguyen2021",
        "Kusic2023",
        "Ma2022",
        "HeBai2021",
    }


def test_the_authors_settle_and_drop(references: pd.DataFrame) -> None:
    today = citable_keys(references)
    assert citable_keys(decided(references, "Oj2021", "settled", QI)) == today | {"Oj2021"}
    assert citable_keys(decided(references, "Oj2021", "settled")) == today
    assert citable_keys(decided(references, "Fu2022", "dropped")) == today - {"Fu2022"}


def test_the_bibliography_holds_just_the_citable_works(references: pd.DataFrame, bibliography: str) -> None:
    kept = citable_bibliography(bibliography, references, "references.bib")
    assert {entry.key for entry in read_entries(kept, "kept.bib")} == citable_keys(references)
    assert "CANDIDATE" not in kept
    assert "keywords" not in kept
    assert "pages = {776--808}" in kept


def test_entries_are_kept_as_they_are(references: pd.DataFrame, bibliography: str) -> None:
    before = {entry.key: entry for entry in read_entries(bibliography, "a.bib")}
    for entry in read_entries(citable_bibliography(bibliography, references, "a.bib"), "b.bib"):
        own = tuple(field for field in before[entry.key].fields if field[0] != "keywords")
        assert entry.fields == own


def test_a_settled_candidate_is_a_candidate_no_longer(references: pd.DataFrame, bibliography: str) -> None:
    settled = decided(references, "Oj2021", "settled", QI.upper())
    entries = {
        entry.key: entry for entry in read_entries(citable_bibliography(bibliography, settled, "a"), "b")
    }
    assert entries["Oj2021"].value("doi") == QI
    assert entries["Oj2021"].value("note") == ""


def test_a_settled_work_needs_the_entry_of_that_work(references: pd.DataFrame, bibliography: str) -> None:
    other = decided(references, "Oj2021", "settled", "10.1016/j.jobe.2021.102726")
    with pytest.raises(EvidenceError, match=r"settled Oj2021 as 10\.1016/j\.jobe\.2021\.102726"):
        citable_bibliography(bibliography, other, "references.bib")
    missing = decided(references, "Weng2022", "settled", "10.1000/x")
    with pytest.raises(EvidenceError, match="'Weng2022'; the reference may be cited and has no entry"):
        citable_bibliography(bibliography, missing, "references.bib")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("@article{Fu2022, title = {Again}}", "the entry stands there twice, first on line"),
        ("@article{Fu2023, title = {Other}}", "has no row in data/literature/references.csv"),
        ("@article{Fu2023, title = {Not closed}", "braces do not close"),
        ("@article{, title = {No key}}", "no key or no field"),
        ("@article{Fu2023}", "no key or no field"),
        ("@article{Fu2023, title = {A} # {B}, year = 2023}", "cannot be read from here on"),
    ],
)
def test_an_unsound_bibliography_is_refused(
    references: pd.DataFrame, bibliography: str, more: str, told: str
) -> None:
    with pytest.raises(EvidenceError, match=told) as raised:
        citable_bibliography(f"{bibliography}\n{more}\n", references, "references.bib")
    assert raised.value.problems[0].row == len(bibliography.splitlines()) + 2


def test_every_way_of_writing_a_field_is_read() -> None:
    text = (
        "% a comment with @article{No2020, title = {no}}\n"
        "free text\n"
        "@comment{ @article{No2021, title = {no}} }\n"
        '@Book { Key-1:a , TITLE = "A {"}quoted{"} title", year=2020 ,\n  note={braces {in} \\{ braces},\n}\n'
    )
    (entry,) = read_entries(text, "a.bib")
    assert (entry.key, entry.kind, entry.row) == ("Key-1:a", "book", 4)
    assert dict(entry.fields) == {
        "title": '"A {"}quoted{"} title"',
        "year": "2020",
        "note": "{braces {in} \\{ braces}",
    }
    assert read_entries(str(entry), "b.bib")[0].fields == entry.fields


def test_the_bibliography_is_written_once(project: Path, references: pd.DataFrame) -> None:
    into = project / "_staged/references.bib"
    assert write_bibliography(Layout(project), references, into) is True
    assert write_bibliography(Layout(project), references, into) is False
    assert [path.name for path in into.parent.iterdir()] == ["references.bib"]
    assert into.read_text("utf-8").count("@") == 9


def test_a_missing_bibliography_is_named(project: Path, references: pd.DataFrame) -> None:
    (project / "references/references.bib").unlink()
    with pytest.raises(EvidenceError, match=r"references/references\.bib: the file is missing"):
        write_bibliography(Layout(project), references, project / "out.bib")
    assert not (project / "out.bib").exists()


def test_the_bibliography_agrees_with_the_tables(root: Path, bibliography: str) -> None:
    study = Study.open(root, tables=["references", "reference_candidates"])
    status = study.table("references").set_index("key")["status"]
    candidates = study.table("reference_candidates")
    best = candidates[candidates["rank"] == 1].set_index("key")
    for entry in read_entries(bibliography, "references.bib"):
        assert entry.value("keywords") == f"status-{status[entry.key]}"
        assert ("CANDIDATE" in entry.value("note")) == (status[entry.key] == "candidate")
        assert entry.value("doi") == best.loc[entry.key, "doi"]
        assert entry.value("title").strip("{}") == best.loc[entry.key, "title"]
        assert entry.value("year") == str(best.loc[entry.key, "year"])
