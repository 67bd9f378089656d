"""A kit that cannot be made, or has nothing new: what is said, and what stays as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.toy_kit import kit_project, make, only, rows, write

from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.workflow.settings import Settings, SettingsError


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A project whose kits have one document beside the deck and the forms."""
    settings = kit_project(tmp_path, voters=0)
    only(settings, "voting-sheet", "voting-sheets-personal")
    return settings


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_second_run_does_nothing_and_what_is_found_leaves_the_kit_as_it_was(small: Settings) -> None:
    status, said = make(small, "W1")
    kit = small.output / "kit/W1"
    assert status == 0, said
    assert "No voters are listed for W1 yet" in said
    assert {"voting-sheet.pdf", "voting-form-round-1.xlsx", "slides.pptx"} <= contents(kit).keys()
    assert not (kit / "personal").exists()

    before = contents(kit)
    assert make(small, "W1")[1].startswith("nothing to do: _output/workshop/kit/W1/ is up to date")
    (small.output / "kit/W3").mkdir()
    small.layout.private.mkdir()
    (small.layout.private / "forbidden.txt").write_text("resource allocation\n", "utf-8")
    status, said = make(small, "W1")
    assert status == 1
    assert "The edition has changed: the kit of W3 was taken away." in said
    assert "voting-sheet.pdf, page 1" in said
    assert "resource allocation" not in said
    assert "Nothing was put in place; _output/workshop/kit/W1/ is as it was." in said
    assert contents(kit) == before
    assert not list(small.running.glob("kit-*"))


@pytest.mark.long
def test_a_kit_that_is_made_anew_has_the_same_bytes(tmp_path: Path) -> None:
    settings = kit_project(tmp_path)
    assert make(settings, "W2")[0] == 0
    before = contents(settings.output / "kit/W2")
    assert make(settings, "W2", force=True)[0] == 0
    assert contents(settings.output / "kit/W2") == before


@pytest.mark.parametrize(
    ("event", "rule", "way_out"),
    [
        ("W22", "has 'W22'; there is no such workshop", "Did you mean W2? There are W1, W2, W3."),
        ("", "no workshop was named", "Name one of W1, W2, W3, as in make kit WORKSHOP=W1."),
    ],
)
def test_a_workshop_that_does_not_exist_names_those_there_are(
    small: Settings, event: str, rule: str, way_out: str
) -> None:
    with pytest.raises(EvidenceError) as refused:
        make(small, event)
    assert f"data/demo/events.csv, column event: {rule}. {way_out}" in str(refused.value)
    assert not small.output.exists()


def test_without_a_workshop_the_way_out_is_to_write_one_down(small: Settings) -> None:
    for name in ("events", "voters", "items", "decisions", "questions"):
        write(small.layout.demo / f"{name}.csv", [])
    with pytest.raises(EvidenceError) as refused:
        make(small, "W1")
    assert "no workshop is written down yet. Add a row" in str(refused.value)
    assert "items.csv: no statement stands at this workshop" in str(refused.value)


def test_a_workshop_without_statements_is_told_so(small: Settings) -> None:
    for name in ("items", "decisions"):
        write(small.layout.demo / f"{name}.csv", [])
    with pytest.raises(EvidenceError, match=r"items\.csv: no statement stands at this workshop\. Write down"):
        make(small, "W1")


def test_a_workshop_without_a_deck_is_told_before_anything_is_built(small: Settings) -> None:
    path = small.layout.demo / "events.csv"
    fourth = {**rows(path)[-1], "event": "W4", "held_on": "2026-10-20"}
    write(path, [*rows(path), fourth])
    with pytest.raises(
        SettingsError, match=r"W4 is workshop 4, and it has no deck\. Write slides/workshop-4"
    ):
        make(small, "W4")
    assert not small.workspace.exists()


def test_real_evidence_needs_a_list_of_forbidden_words(small: Settings) -> None:
    shutil.copytree(small.layout.demo, small.layout.private)
    private = Settings(root=small.root, audience="workshop", evidence="private", engine="embedded")
    with pytest.raises(EvidenceError, match=r"forbidden\.txt"):
        make(private, "W1")
    assert not private.output.exists()


def test_a_kit_is_for_a_workshop_only(small: Settings) -> None:
    public = Settings(root=small.root, audience="public", engine="embedded")
    with pytest.raises(SettingsError, match="for the audience 'workshop' and for no other"):
        make(public, "W1")


def test_documents_tell_all_that_is_wrong_with_them_at_once(small: Settings) -> None:
    plan = small.root / "kit/kit.yml"
    text = plan.read_text("utf-8")
    plan.write_text(
        text.replace("  - source: voting-sheet\n", "  - source: voting-sheet\n    pages: 7\n"), "utf-8"
    )
    status, said = make(small, "W1")
    assert status == 1
    assert "kit/voting-sheet.qmd: has 2 pages, and must have 7. Change the length" in said

    sheet = small.root / "kit/voting-sheet.qmd"
    sheet.write_text(sheet.read_text("utf-8") + "\n{{< include ../_kit/nothing.md >}}\n", "utf-8")
    deck = small.root / "slides/workshop-1.qmd"
    deck.write_text(deck.read_text("utf-8") + "\n@fig-nowhere\n", "utf-8")
    status, said = make(small, "W1")
    assert status == 1
    assert "nothing.md" in said
    assert "fig-nowhere" in said


def test_a_plan_that_is_wrong_is_told_line_by_line(small: Settings) -> None:
    plan = small.root / "kit/kit.yml"
    text = plan.read_text("utf-8").replace("rounds: 2 ", "round: 2 ")
    text = text.replace("  - source: voting-sheet\n", "  - source: voting-shet\n    when: somtimes\n")
    plan.write_text(text, "utf-8")
    with pytest.raises(EvidenceError) as refused:
        make(small, "W1")
    assert "kit/kit.yml, rounds: must be a whole number" in str(refused.value)
    assert "kit/kit.yml, round: is not an entry of the plan. Did you mean rounds?" in str(refused.value)
    plan.write_text(text.replace("round: 2 ", "rounds: 2 "), "utf-8")
    with pytest.raises(EvidenceError) as refused:
        make(small, "W1")
    assert "voting-shet: there is no such document in kit/" in str(refused.value)
    assert "`when` must be one of always, voters, decisions, interview guide" in str(refused.value)
