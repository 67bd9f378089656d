"""Votes come in from the form and from usual exports: first told, then written, and never twice."""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from twinbenefits.evidence.exchange.applying import repair_interrupted_import
from twinbenefits.evidence.exchange.commands import Answer
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.votes import commands
from twinbenefits.evidence.votes.commands import form_of, import_votes
from twinbenefits.evidence.votes.planning import Setting
from twinbenefits.evidence.votes.reading import VoteLog

HEADER = ["voter", "I1 v1 agree", "I1 v1 importance", "I2 v1 agree"]
Write = Callable[..., Path]
Import = Callable[..., Answer]
State = Callable[[], dict[str, bytes]]


def table(layout: Layout, name: str) -> pd.DataFrame:
    return pd.read_csv(layout.private / f"{name}.csv", dtype=str, keep_default_na=False)


def new_votes(layout: Layout) -> list[list[str]]:
    columns = ["voter", "item", "item_version", "scale", "value", "not_my_field", "corrects"]
    return table(layout, "votes").loc[1:, columns].values.tolist()


def test_a_dry_run_tells_and_writes_nothing(sheet: Write, bring: Import, standing: State) -> None:
    before = standing()
    answer = bring(sheet([HEADER, ["W1-V01", 5, 9, "not my field"]]))
    assert answer.status == 0
    assert "3 new marks of 1 voters" in answer.text
    assert "1 of the new marks say 'not my field'" in answer.text
    assert "add --apply" in answer.text
    assert standing() == before


def test_applied_votes_stand_in_the_table_and_are_not_added_again(
    sheet: Write, bring: Import, layout: Layout, standing: State
) -> None:
    file = sheet([HEADER, ["W1-V01", 5, 9, "not my field"], ["W1-V02", 4, None, 2]])
    assert bring(file, apply=True).content["applied"] == ["data/private/votes.csv"]
    assert new_votes(layout) == [
        ["W1-V01", "I1", "1", "agree", "5", "no", ""],
        ["W1-V01", "I1", "1", "importance", "9", "no", ""],
        ["W1-V01", "I2", "1", "agree", "", "yes", ""],
        ["W1-V02", "I1", "1", "agree", "4", "no", ""],
        ["W1-V02", "I2", "1", "agree", "2", "no", ""],
    ]
    assert table(layout, "votes")["vote"].tolist()[-1] == "T00006"
    assert set(table(layout, "votes")["recorded_on"]) == {"2026-04-05"}
    load_tables(layout, "private", ["votes", "voters", "items", "events", "comments"])
    after = standing()
    again = bring(file, apply=True)
    assert "Nothing to do" in again.text
    assert standing() == after


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_form_comes_back(layout: Layout, tmp_path: Path, bring: Import, suffix: str) -> None:
    path = tmp_path / f"form.{suffix}"
    form_of(layout, "private", "W2", 1, path)
    first = path.read_bytes()
    form_of(layout, "private", "W2", 1, path)
    assert path.read_bytes() == first, "equal tables make equal forms"
    _fill(path)
    answer = bring(path, workshop="W2", apply=True)
    assert answer.status == 0, answer.text
    versions = {(row[1], row[2]) for row in new_votes(layout)}
    assert versions == {("I1", "1"), ("I2", "2"), ("I3", "1")}  # the words that stand at the second workshop


def _fill(path: Path) -> None:
    if path.suffix == ".csv":
        rows = list(csv.reader(path.open(encoding="utf-8-sig")))
        rows[-1][1:] = ["1"] * (len(rows[-1]) - 1)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=";").writerows(rows)
        return
    workbook = openpyxl.load_workbook(path)
    page = workbook["Votes"]
    for column in range(2, page.max_column + 1):
        page.cell(4, column, 1)
    workbook.save(path)


def test_the_form_of_the_first_workshop_has_the_words_of_that_day(layout: Layout, tmp_path: Path) -> None:
    form_of(layout, "private", "W1", 1, tmp_path / "form.csv")
    text = (tmp_path / "form.csv").read_text("utf-8-sig")
    assert "I2 v1 agree" in text
    assert "It can be safe." not in text


def test_one_row_per_vote_is_read_too(tmp_path: Path, bring: Import, layout: Layout) -> None:
    path = tmp_path / "long.csv"
    path.write_text(
        "Participant code;Item;Version;Scale;Mark\n"
        "V01;i1;;agree;4\nW1-V02;I2;2;importance;7,0\nW1-V03;I3;;effort;\n",
        "utf-8",
    )
    answer = bring(path, apply=True)
    assert answer.status == 0, answer.text
    assert [row[:5] for row in new_votes(layout)] == [
        ["W1-V01", "I1", "1", "agree", "4"],
        ["W1-V02", "I2", "2", "importance", "7"],
    ]
    assert "V01 is W1-V01" in answer.text
    assert "decimals of zero" in answer.text


def test_items_merged_over_their_scales_are_a_header_of_two_rows(
    sheet: Write, bring: Import, layout: Layout
) -> None:
    rows: Sequence[Sequence[object]] = [
        ["", "I1 v1", "", "I3"],
        ["voter", "agree", "importance", "effort"],
        ["W1-V01", 5, 9, 3],
    ]
    answer = bring(sheet(rows, merged="B1:C1"), apply=True)
    assert answer.status == 0, answer.text
    assert [row[1:5] for row in new_votes(layout)] == [
        ["I1", "1", "agree", "5"], ["I1", "1", "importance", "9"], ["I3", "1", "effort", "3"],
    ]  # fmt: skip


def test_comments_and_new_voters_come_with_their_consent(sheet: Write, bring: Import, layout: Layout) -> None:
    more = {
        "Comments": [
            ["voter", "item", "text", "consent_level"],
            ["W1-V01", "I1", "It depends.", 2],
            ["W1-V09", "", "Well done.", None],
        ],
        "Voters": [
            ["voter", "vertical", "role_group", "consent_level"],
            ["W1-V09", "mining", "engineering", 4],
        ],
    }
    file = sheet([[*HEADER, "I1 comment"], ["W1-V09", 5, 9, 4, "True for us."]], more=more)
    answer = bring(file, apply=True)
    assert answer.status == 0, answer.text
    comments = table(layout, "comments")[["voter", "item", "text", "consent_level"]].values.tolist()
    assert comments == [
        ["W1-V01", "I1", "It depends.", "2"],
        ["W1-V09", "", "Well done.", "4"],
        ["W1-V09", "I1", "True for us.", "4"],
    ]
    assert "W1-V09" in table(layout, "voters")["voter"].tolist()
    assert "Nothing to do" in bring(file, apply=True).text


def test_a_correction_keeps_the_old_mark(sheet: Write, bring: Import, layout: Layout) -> None:
    file = sheet([HEADER, ["W1-V04", 2, None, None]])
    refused = bring(file, apply=True)
    assert refused.status == 1
    assert "W1-V04 has 4 for this in the table already (vote T00001)" in refused.text
    corrected = bring(file, apply=True, corrections=True)
    assert "1 of them corrections" in corrected.text
    assert new_votes(layout) == [["W1-V04", "I1", "1", "agree", "2", "no", "T00001"]]
    again = bring(sheet([HEADER, ["W1-V04", 3, None, None]]), apply=True, corrections=True)
    assert again.status == 0
    assert new_votes(layout)[-1] == ["W1-V04", "I1", "1", "agree", "3", "no", "T00002"]
    load_tables(layout, "private", ["votes", "voters", "items", "events"])


def test_marks_for_new_words_stay_apart_and_that_is_told(sheet: Write, bring: Import, layout: Layout) -> None:
    bring(sheet([HEADER, ["W1-V01", None, None, 2]]), apply=True)
    answer = bring(sheet([["voter", "I2 v2 agree"], ["W1-V01", 5]]), round_number=2, apply=True)
    assert (
        "I2 was reworded between rounds: these marks are for v2, earlier ones of this workshop for v1"
        in answer.text
    )
    assert [row[2] for row in new_votes(layout)] == ["1", "2"]


def killed_at(when: int, work: Callable[[], object]) -> bool:
    """Run work in a child that is killed before its `when`-th change on disk; return whether it was."""
    child = os.fork()
    if child == 0:
        steps = iter(range(when))

        def counting(holder: object, name: str) -> None:
            plain = getattr(holder, name)

            def counted(*arguments: object, **named: object) -> object:
                if next(steps, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return plain(*arguments, **named)

            setattr(holder, name, counted)

        for holder, name in ((Path, "replace"), (Path, "unlink"), (os, "fsync")):
            counting(holder, name)
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a child that can be killed at a given step")
def test_a_kill_at_any_moment_leaves_all_or_nothing(
    layout: Layout, sheet: Write, standing: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three tables change together; whoever opens them next finds them as they were, or complete."""
    more = {
        "Comments": [["voter", "item", "text"], ["W1-V01", "I1", "It depends."]],
        "Voters": [["voter", "consent_level"], ["W1-V09", 4]],
    }
    file = sheet([HEADER, ["W1-V09", 5, 9, 4]], more=more)
    before = standing()
    plan = commands._planned(layout, file, Setting("W1", 1), VoteLog(file.name))
    monkeypatch.setattr(commands, "_planned", lambda *_: plan)  # what is written is the same every time
    ends = set()
    for when in range(40):
        for name, content in before.items():
            (layout.private / name).write_bytes(content)
        killed = killed_at(
            when, lambda: import_votes(layout, file, workshop="W1", round_number=1, apply=True)
        )
        repair_interrupted_import(layout)  # as whoever opens the tables next does first
        after = standing()
        changed = {name for name in before if after[name] != before[name]}
        assert set(after) == set(before)
        assert changed in (set(), {"votes.csv", "comments.csv", "voters.csv"})
        ends.add((killed, bool(changed)))
        if not killed:
            break
    assert ends == {(True, False), (True, True), (False, True)}
