"""The tables of the validation workshops: synthetic in `data/demo`, real in `data/private`."""

from __future__ import annotations

from twinbenefits.evidence.table import LICENCE, Reference, Table

__all__ = ["WORKSHOP"]

_EVENT = Reference("event", (("events", "event"),))
_VOTER = Reference("voter", (("voters", "voter"),))
_ITEM = Reference("item", (("items", "item"),))


def _workshop(
    name: str, title: str, description: str, *key: str, references: tuple[Reference, ...] = ()
) -> Table:
    path = f"{name}.csv"
    return Table(name, path, title, description, "workshop", LICENCE, key, references, may_be_empty=True)


WORKSHOP = (
    _workshop("events", "Workshops", "The validation workshops.", "event"),
    _workshop(
        "voters",
        "Voters",
        "Those who vote, each by the code on the voting sheet.",
        "voter",
        references=(_EVENT, Reference("vertical", (("verticals", "vertical"),))),
    ),
    _workshop(
        "items",
        "Items",
        "What is voted on, one row per version of its wording.",
        "item",
        "version",
        references=(Reference("scale_set", (("vote_scales", "scale"),), separator=";"),),
    ),
    _workshop(
        "votes",
        "Votes",
        "Marks of the voters. A vote that corrects another names it; the corrected one stays.",
        "vote",
        references=(
            _EVENT,
            _VOTER,
            _ITEM,
            Reference("scale", (("vote_scales", "scale"),)),
            Reference("corrects", (("votes", "vote"),)),
        ),
    ),
    _workshop(
        "comments",
        "Comments",
        "What voters wrote.",
        "comment",
        references=(_EVENT, _VOTER, _ITEM),
    ),
    _workshop(
        "decisions",
        "Decisions",
        "What the authors decided about an item after a workshop.",
        "decision",
        references=(_EVENT, _ITEM),
    ),
    _workshop(
        "questions",
        "Questions",
        "Questions for the next round.",
        "question",
        references=(_EVENT,),
    ),
)
"""Tables of the workshops."""
