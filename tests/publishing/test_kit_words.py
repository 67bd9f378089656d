"""The words of a kit: what stands in for what the data leave open, and how lists become Markdown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.kit_agenda import timed_agenda
from twinbenefits.publishing.kit_codes import CodesApart
from twinbenefits.publishing.kit_content import Decision, Item, KitContent, Scale, read_kit
from twinbenefits.publishing.kit_plan import AgendaPart, Plan, read_plan
from twinbenefits.publishing.kit_slides import kit_slides
from twinbenefits.publishing.kit_snippets import kit_metadata, kit_snippets, markdown
from twinbenefits.publishing.markdown_tree import plain_text, read_trees
from twinbenefits.publishing.scan_passages import ClosedEvidence

ROOT = Path(__file__).resolve().parent.parent.parent
SCALES = {"agree": Scale("agree", 1, 5, "Is it so?", "no", "yes")}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(Layout(ROOT))


def content(items: int = 2, kind: str = "finding", decisions: int = 0, before: str = "") -> KitContent:
    """A workshop on boats."""
    return KitContent(
        event="B2",
        order=2 if before else 1,
        held_on=date(2027, 3, 4),
        kind="explore",
        minutes=90,
        before=before,
        items=tuple(
            Item(n, f"I{n}", 1, kind, f"Boat {n} | floats *well*", ("agree",), "Low", "Why?")
            for n in range(1, items + 1)
        ),
        decisions=tuple(
            Decision(f"I{n}", "reword", f"old {n}", f"new {n}", "it sank") for n in range(decisions)
        ),
        scales=SCALES,
        voters=(),
        synthetic=True,
    )


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40))
def test_words_of_the_data_are_printed_as_they_are(words: str) -> None:
    (blocks,) = read_trees([f"x {markdown(words)}"], curled=False)
    shown = " ".join(" ".join(plain_text(block) for block in blocks).split())
    assert shown == " ".join(f"x {words}".split())


@given(
    st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=12),
    st.integers(min_value=12, max_value=600),
)
def test_an_agenda_adds_up_and_leaves_nobody_out(minutes: list[int], planned: int) -> None:
    parts = [AgendaPart(f"part {number}", share, "do") for number, share in enumerate(minutes)]
    timed = timed_agenda(parts, planned, {"always"})
    assert sum(part.minutes for part in timed) == planned
    assert all(part.minutes >= 1 for part in timed)
    ends = [part.begins + part.minutes for part in timed]
    assert [part.begins for part in timed] == [0, *ends[:-1]]


def test_an_agenda_of_more_parts_than_minutes_is_refused() -> None:
    with pytest.raises(ValueError, match="3 parts do not fit into 2 minutes"):
        timed_agenda([AgendaPart("a", 1, "do")] * 3, 2, {"always"})


def test_the_first_workshop_has_nothing_to_tell_of_changes(plan: Plan) -> None:
    assert kit_slides(content(), plan)["slides/you-said.qmd"] == "\n"
    words = kit_snippets(content(), plan, plan.documents, frozenset({"always"}))["decisions.md"]
    assert "first workshop" in words


def test_no_decision_since_the_workshop_before_is_said_plainly(plan: Plan) -> None:
    said = kit_slides(content(before="B1"), plan)["slides/you-said.qmd"]
    assert "No statement has been changed since B1." in said


def test_many_decisions_take_several_slides(plan: Plan) -> None:
    said = kit_slides(content(decisions=7, before="B1"), plan)["slides/you-said.qmd"]
    assert said.count("\n## ") + said.startswith("## ") == 3
    assert said.count("**Reworded.**") == 7


def test_few_findings_have_a_slide_each_and_many_share(plan: Plan) -> None:
    few = kit_slides(content(items=7), plan)["slides/to-vote.qmd"]
    many = kit_slides(content(items=12), plan)["slides/to-vote.qmd"]
    assert few.count("## Finding ") == 7
    assert many.count("## Findings ") == 4
    assert all(text.count("Boat 7") == 1 for text in (few, many))


def test_a_sheet_without_a_code_has_room_for_one(plan: Plan) -> None:
    sheet = kit_snippets(content(), plan, plan.documents, frozenset({"always"}))["sheet.md"]
    assert "Code \\_\\_" in sheet
    assert sheet.count("\u2610\u00a05") == 2
    assert "\u2610\u00a06" not in sheet


def test_documents_may_name_the_day_in_both_languages() -> None:
    named = kit_metadata(content())
    assert (named["day"], named["day-fi"], named["code"]) == ("4 March 2027", "4.3.2027", "B2")


def test_another_code_on_a_sheet_is_still_found() -> None:
    closed = ClosedEvidence([("voters.voter", "W1-V01"), ("voters.voter", "W1-V02")], [])
    apart = CodesApart(closed, ["W1-V01"])
    assert not list(apart.found_in("Sheet of W1-V01"))
    assert list(apart.found_in("Sheet of W1-V02"))
    assert list(apart.found_in("Sheet of W1-V01 and W1-V02"))


def test_what_is_read_says_who_comes_before_and_what_is_open(plan: Plan) -> None:
    first, second = (read_kit(Layout(ROOT), "demo", event, plan) for event in ("W1", "W2"))
    assert (first.order, first.before, first.decisions) == (1, "", ())
    assert (second.order, second.before) == (2, "W1")
    assert {decision.action for decision in second.decisions} == {"reword", "drop"}
    assert [item.number for item in first.items] == list(range(1, len(first.items) + 1))
    questions = {item.code: item.question for item in first.items}
    assert questions["I1"].startswith("What would show that this has been reached")
    assert questions["I8"] == plan.questions["move"]
    assert all(item.confidence for item in first.items)
    reworded = next(item for item in second.items if item.code == "I3")
    assert (reworded.version, "I4" in {item.code for item in second.items}) == (2, False)
