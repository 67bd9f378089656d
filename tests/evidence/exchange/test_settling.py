"""Settling a reference changes table and bibliography together, and nothing else in either."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from twinbenefits.evidence.exchange.settling import settle_reference
from twinbenefits.evidence.exchange.storing import write_bytes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.evidence.references import citable_keys
from twinbenefits.evidence.study import Study


def files(layout: Layout) -> dict[str, str]:
    return {
        name: (layout.root / name).read_text("utf-8")
        for name in ("data/literature/references.csv", "references/references.bib")
    }


def changes(before: str, after: str) -> list[str]:
    """Return the lines that differ, marked - and +."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def candidate(layout: Layout) -> tuple[str, str]:
    """Return a key whose first candidate is in the bibliography, with its DOI."""
    study = Study.open(layout.root, tables=["references", "reference_candidates"])
    guesses = study.table("reference_candidates")
    unsettled = study.table("references").query("status == 'candidate'")["key"]
    row = guesses[guesses["key"].isin(unsettled) & (guesses["rank"] == 1) & (guesses["doi"] != "")].iloc[0]
    return str(row["key"]), str(row["doi"])


def test_a_candidate_that_is_in_the_bibliography_is_settled(layout: Layout) -> None:
    key, doi = candidate(layout)
    before = files(layout)
    settled = settle_reference(layout.root, key, f"https://doi.org/{doi}")
    after = files(layout)
    assert settled.files == ("data/literature/references.csv", "references/references.bib")
    table = changes(before["data/literature/references.csv"], after["data/literature/references.csv"])
    assert len(table) == 2
    assert table[1].endswith(f",settled,{doi}")
    entry = changes(before["references/references.bib"], after["references/references.bib"])
    assert not [line for line in entry if line.startswith("+") and "CANDIDATE" in line]
    assert "+  keywords = {status-settled}" in entry
    study = Study.open(layout.root, tables=["references"])
    assert key in citable_keys(study.table("references"))


def test_a_second_time_changes_nothing(layout: Layout) -> None:
    key, doi = candidate(layout)
    settle_reference(layout.root, key, doi)
    before = files(layout)
    assert settle_reference(layout.root, key, doi).files == ()
    assert files(layout) == before


def test_another_candidate_takes_the_place_of_the_entry(layout: Layout) -> None:
    study = Study.open(layout.root, tables=["reference_candidates"])
    guesses = study.table("reference_candidates")
    row = guesses[(guesses["rank"] == 2) & (guesses["doi"] != "")].iloc[0]
    settle_reference(layout.root, row["key"], row["doi"])
    text = files(layout)["references/references.bib"]
    assert text.count(f"{{{row['key']},") == 1
    assert row["doi"] in text
    Study.open(layout.root, tables=["references"])


def test_a_work_that_is_no_candidate_comes_from_a_file(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "mine.ris").write_text(
        "TY  - JOUR\nID  - X\nAU  - Li, Ann\nTI  - The right one & only\nT2  - Letters\nPY  - 2023\n"
        "DO  - 10.1000/right.1\nER  - \n"
    )
    study = Study.open(layout.root, tables=["references"]).table("references")
    key = study[study["status"] == "unresolved"]["key"].iloc[0]
    with pytest.raises(EvidenceError, match=f"is no candidate for {key}.*--from"):
        settle_reference(layout.root, key, "10.1000/right.1")
    with pytest.raises(EvidenceError, match=r"no entry of the file has this DOI.*10\.1000/right\.1"):
        settle_reference(layout.root, key, "10.1000/wrong.1", tmp_path / "mine.ris")
    settled = settle_reference(layout.root, key, "10.1000/right.1", tmp_path / "mine.ris")
    assert settled.title == "The right one & only"
    assert "title = {{The right one \\& only}}" in files(layout)["references/references.bib"]


@pytest.mark.parametrize(
    ("key", "doi", "said"),
    [
        ("Kritzinger", "10.1000/x", "no citation of the deck has this key.*Did you mean 'Kritzinger2018'"),
        ("Kritzinger2018", "Kritzinger et al.", "is no DOI"),
        ("Kritzinger2018", "10.1000/elsewhere", "is no candidate"),
    ],
)
def test_what_is_not_known_is_refused_and_changes_nothing(
    layout: Layout, key: str, doi: str, said: str
) -> None:
    before = files(layout)
    with pytest.raises(EvidenceError, match=said):
        settle_reference(layout.root, key, doi)
    assert files(layout) == before


def test_neither_file_changes_when_the_second_cannot(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    key, doi = candidate(layout)
    before = files(layout)
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "references.bib" and self.suffix == ".new":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        settle_reference(layout.root, key, doi)
    monkeypatch.undo()
    assert files(layout) == before


def test_a_table_of_another_dialect_keeps_it(layout: Layout) -> None:
    key, doi = candidate(layout)
    path = layout.literature / "references.csv"
    write_bytes(path, b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    settle_reference(layout.root, key, doi)
    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf")
    assert after.count(b"\r\n") == before.count(b"\r\n") == after.count(b"\n")
