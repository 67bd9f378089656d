"""Open questions of every kind, in turn, and the part of the interview each belongs to."""

from __future__ import annotations

import pandas as pd

from twinbenefits.analysis.next_round import Known, interview_guide, next_questions
from twinbenefits.evidence.cells import Basis

BASIS = Basis(3, 9, 9, 3)
KNOWN = Known(
    votes=pd.DataFrame(
        {
            "item": ["I1", "I2", "I3"],
            "refers_to": ["GA", "P1", "GB"],
            "statement": ["Bread sells.", "More ovens, more bread.", "Rolls sell."],
            "outcome": ["split", "split", "consensus"],
            "share_agree": [0.6, 0.5, 0.9],
            "share_against": [0.3, 0.5, 0.0],
        }
    ),
    states=pd.DataFrame(
        {
            "case": ["K1", "K2", "K1", "K2"],
            "code": ["GA", "GA", "GB", "GB"],
            "state": ["not asked", "expected only", "observed or measured", None],
        }
    ),
    marks=pd.DataFrame(
        {"proposition": "P1", "case": ["K1", "K2", "*"], "mark": ["silent", "supports", "silent"]}
    ),
    levels={"P1": "Very low", "P2": "High"},
    segments=pd.DataFrame({"code": ["GA", "GB", "WB"], "segments": [2, 40, None]}),
    deck=("What else?",),
    own=pd.DataFrame(
        {
            "text": ["Kept.", "Asked in the room.", "Done."],
            "refers_to": ["GA", "GB", "GA"],
            "origin": ["computed", "workshop", "workshop"],
            "status": ["open", "open", "answered"],
        }
    ),
    labels={"GA": "Bread", "GB": "Rolls", "WB": "Baking"},
    statements={"P1": "More ovens, more bread."},
    case_names={"K1": "the mill"},
    codes_of={"P1": ("WB", "GA")},
)
GUIDE = pd.DataFrame(
    [
        ("A", 1, "Opening", 5, "Who are you?", ""),
        ("B", 1, "Gains", 40, "What is better?", "G"),
        ("C", 1, "Ways", 15, "How?", "W"),
        ("D", 1, "Future", 5, "What next?", ""),
        ("E", 1, "Close", 3, "Who else?", ""),
    ],
    columns=["part", "place", "title", "minutes", "question", "codes"],
)
PARENTS = {"GA": "G", "GB": "G", "WB": "W", "G": "", "W": ""}


def test_the_lists_take_turns_and_the_foremost_comes_first() -> None:
    found = next_questions(KNOWN, thin_below=5, basis=BASIS, inputs=("votes",)).table
    assert found["list"].tolist() == [
        "split", "kept", "silent", "confidence", "empty", "thin", "deck", "split", "kept",
    ]  # fmt: skip
    assert found["turn"].tolist() == [1] * 7 + [2] * 2
    assert found.loc[found["list"] == "split", "about"].tolist() == ["I2", "I1"], "the most even split first"
    assert found.loc[found["list"] == "kept", "question"].tolist() == ["Asked in the room.", "Kept."]


def test_each_question_says_what_it_would_fill() -> None:
    result = next_questions(KNOWN, thin_below=5, basis=BASIS, inputs=("votes",))
    rows = result.table.drop_duplicates("list").set_index("list")
    assert rows.loc["empty", "cells"] == "the mill, GA, any status; K2, GA, observed or measured"
    assert rows.loc["silent", "cells"] == "the mill, P1", "the row over all cases is no case"
    assert result.scalars["cells_to_fill"].value == 3
    assert rows.loc["thin", "about"] == "GA", "what is withheld raises no question"
    assert rows.loc["confidence", "why"] == "confidence is low: very low"
    assert "The lists take turns in this order" in result.limitations[0]


def test_only_what_is_worked_out_from_cases_rests_on_them() -> None:
    found = next_questions(KNOWN, thin_below=5, basis=BASIS, inputs=("votes",)).table
    assert set(found.loc[found["list"].isin(["deck", "kept"]), "persons"]) == {0}
    assert set(found.loc[~found["list"].isin(["deck", "kept"]), "persons"]) == {9}


def test_questions_join_the_part_that_names_their_code() -> None:
    asking = next_questions(KNOWN, thin_below=5, basis=BASIS, inputs=("votes",))
    result = interview_guide(asking, GUIDE, PARENTS, per_part=3)
    rows = result.table
    parts = rows.groupby("part")["rank"].apply(lambda ranks: ranks.dropna().tolist()).to_dict()
    assert parts == {"A": [], "B": [2, 5, 6], "C": [1, 3, 4], "D": [7], "E": []}
    assert result.scalars["guide_minutes"].value == 68
    assert result.scalars["guide_open"].value == 7
    assert rows.loc[rows["part"] == "B", "minutes"].tolist()[0] == 40
    assert interview_guide(asking, GUIDE, PARENTS, per_part=0).scalars["guide_open"].value == 0


def test_nothing_known_leaves_no_question() -> None:
    empty = next_questions(Known(), thin_below=5, basis=Basis(0, 0, 0, 0), inputs=("votes",))
    assert empty.table.empty
    assert len(interview_guide(empty, GUIDE, PARENTS, per_part=2).table) == len(GUIDE)
