"""Columns of the workshops: events, voters, items, votes, comments, decisions, questions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from twinbenefits.evidence.columns import ANSWERS, day, number, text
from twinbenefits.evidence.schema_case import CONSENT, Evidence, name

ACTIONS = ("keep", "reword", "split", "merge", "drop", "defer")


class Events(Evidence):
    """One validation workshop."""

    event: Series[str] = name("Code of the workshop.")
    held_on: Series[pd.Timestamp] = day("Day of the workshop.")
    kind: Series[str] = text("Whether it explores or confirms.", allowed=("explore", "confirm"))
    place_band: Series[str] = text("Country or region.", required=False)
    agenda_minutes: Series[pd.Int64Dtype] = number("Planned length.", unit="minutes", minimum=1, maximum=1440)


class Voters(Evidence):
    """One person who votes, by a code."""

    voter: Series[str] = name("Code on the voting sheet; never a name.")
    event: Series[str] = name("The workshop.")
    vertical: Series[str] = text("Industry the person speaks for.", required=False)
    role_group: Series[str] = text("Kind of work, wide enough not to point at one person.", required=False)
    consent_level: Series[pd.Int64Dtype] = number(
        f"What votes may be used for. {CONSENT}", minimum=0, maximum=6
    )


class Items(Evidence):
    """One version of a statement that is voted on."""

    item: Series[str] = name("Code of the item.")
    version: Series[pd.Int64Dtype] = number("Version of its wording.", minimum=1)
    kind: Series[str] = text("What it is.", allowed=("finding", "proposition", "move"))
    statement: Series[str] = text("The words that were voted on.")
    refers_to: Series[str] = text("Claim, proposition or code it is about.", required=False)
    scale_set: Series[str] = text("Scales it is voted on.", separator=";")


class Votes(Evidence):
    """One mark of one voter on one scale of one item."""

    vote: Series[str] = name("Code of the vote.")
    event: Series[str] = name("The workshop.")
    round: Series[pd.Int64Dtype] = number("Round of voting.", minimum=1, maximum=9)
    voter: Series[str] = name("The voter.")
    item: Series[str] = name("The item.")
    item_version: Series[pd.Int64Dtype] = number("The version that was voted on.", minimum=1)
    scale: Series[str] = text("The scale.")
    value: Series[pd.Int64Dtype] = number("The mark.", required=False)
    not_my_field: Series[str] = text("Whether the voter passed.", allowed=ANSWERS)
    recorded_on: Series[pd.Timestamp] = day("Day of recording.")
    corrects: Series[str] = name("The vote that this one replaces.", required=False)

    @pa.dataframe_check(
        name="value", error="a vote has a mark or says not my field", description="Fill in one of the two."
    )
    @classmethod
    def mark_or_pass(cls, frame: pd.DataFrame) -> pd.Series[bool]:
        """Hold each vote to exactly one of a mark and a pass."""
        return frame["value"].isna() == (frame["not_my_field"] == "yes")


class Comments(Evidence):
    """What a voter wrote."""

    comment: Series[str] = name("Code of the comment.")
    event: Series[str] = name("The workshop.")
    voter: Series[str] = name("The voter.", required=False)
    item: Series[str] = name("The item.", required=False)
    text_: Series[str] = text("The comment.", lines=True, alias="text")
    consent_level: Series[pd.Int64Dtype] = number(f"What it may be used for. {CONSENT}", minimum=0, maximum=6)


class Decisions(Evidence):
    """What the authors decided about an item after a workshop."""

    decision: Series[str] = name("Code of the decision.")
    event: Series[str] = name("The workshop.")
    item: Series[str] = name("The item.")
    action: Series[str] = text("What was decided.", allowed=ACTIONS)
    old_text: Series[str] = text("Words before.")
    new_text: Series[str] = text("Words after; empty when dropped.", required=False)
    reason: Series[str] = text("Why.")
    author: Series[str] = name("Who decided, by code.")
    decided_on: Series[pd.Timestamp] = day("Day of the decision.")


class Questions(Evidence):
    """A question for the next round."""

    question: Series[str] = name("Code of the question.")
    event: Series[str] = name("Workshop it was put to; empty while open.", required=False)
    text_: Series[str] = text("The question.", alias="text")
    refers_to: Series[str] = text("Claim, proposition, code or case it is about.", required=False)
    origin: Series[str] = text("Where it comes from.", allowed=("deck", "computed", "workshop"))
    status: Series[str] = text("Whether it is open.", allowed=("open", "asked", "answered"))


MODELS: Mapping[str, type[pa.DataFrameModel]] = {
    "events": Events,
    "voters": Voters,
    "items": Items,
    "votes": Votes,
    "comments": Comments,
    "decisions": Decisions,
    "questions": Questions,
}
