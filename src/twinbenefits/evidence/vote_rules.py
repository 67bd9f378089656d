"""Rules of the workshops' votes."""

from __future__ import annotations

import pandas as pd

from twinbenefits.evidence.rules import Finding, Rule, Tables, findings

__all__ = ["VOTE_RULES"]

PLACE = ["voter", "item", "item_version", "round", "scale"]
"""What one mark is for; a second mark for the same place is a correction or a mistake."""


def votes_are_for_an_item_as_it_stood(tables: Tables) -> list[Finding]:
    """Hold each vote to a version and a scale that its item has."""
    votes, items = tables["votes"], tables["items"]
    voted = pd.MultiIndex.from_arrays([votes["item"], votes["item_version"]])
    known = pd.MultiIndex.from_arrays([items["item"], items["version"]])
    there = pd.Series(voted.isin(known), index=votes.index)
    scales = {
        place: {*cell.split(";")}
        for place, cell in zip(known.to_flat_index(), items["scale_set"].tolist(), strict=True)
    }
    offered = [
        scale in scales.get(place, {scale})
        for place, scale in zip(voted.to_flat_index(), votes["scale"].tolist(), strict=True)
    ]
    told = findings(
        votes,
        votes["item"].isin(items["item"]) & ~there & votes["item_version"].notna(),
        "item_version",
        "the item has no such version",
        lambda row: f"Correct it, or add that version of {row['item']} to items.",
    )
    told += findings(
        votes,
        ~pd.Series(offered, index=votes.index, dtype=bool),
        "scale",
        "the item is not voted on this scale",
        lambda row: f"Correct it, or add the scale to scale_set of {row['item']} in items.",
    )
    return told


def marks_stand_on_their_scale(tables: Tables) -> list[Finding]:
    """Hold each mark to the range of its scale."""
    votes = tables["votes"]
    scales = tables["vote_scales"].drop_duplicates("scale").set_index("scale")
    low, high = (votes["scale"].map(scales[name]).astype("Int64") for name in ("minimum", "maximum"))
    return findings(
        votes.assign(_low=low, _high=high),
        (votes["value"] < low) | (votes["value"] > high),
        "value",
        "must be a mark of its scale",
        lambda row: f"Write a number from {row['_low']} to {row['_high']}.",
    )


def scales_have_a_range(tables: Tables) -> list[Finding]:
    """Hold the highest mark of a scale above its lowest."""
    scales = tables["vote_scales"]
    return findings(
        scales,
        scales["maximum"] <= scales["minimum"],
        "maximum",
        "must be greater than the lowest mark",
        "Correct either.",
    )


def nobody_votes_twice(tables: Tables) -> list[Finding]:
    """Hold each voter to one mark per item, version, round and scale, but for corrections."""
    votes = tables["votes"]
    first = votes[votes["corrects"] == ""]
    told = findings(
        first,
        first.duplicated(PLACE),
        "vote",
        "this voter gave a mark for the same item, version, round and scale already",
        "Delete one of the two, or write in corrects which vote this one replaces.",
    )
    corrections = votes[votes["corrects"].isin(votes["vote"])]
    if corrections.empty:
        return told
    meant = votes.drop_duplicates("vote").set_index("vote").loc[corrections["corrects"], PLACE]
    other = (meant.to_numpy() != corrections[PLACE].to_numpy()).any(axis=1)
    return (
        told
        + findings(
            corrections,
            pd.Series(other, index=corrections.index) | (corrections["corrects"] == corrections["vote"]),
            "corrects",
            "must name another vote of the same voter for the same item, version, round and scale",
            "Correct the name of the vote, or clear the cell.",
        )
        + findings(
            corrections,
            corrections.duplicated("corrects"),
            "corrects",
            "another vote corrects this one already",
            "Let this one correct the newer vote.",
        )
    )


def voters_are_at_their_workshop(tables: Tables) -> list[Finding]:
    """Hold votes to the workshop of their voter."""
    return _at_their_workshop("votes", tables)


def comments_are_of_the_workshop(tables: Tables) -> list[Finding]:
    """Hold comments to the workshop of their voter."""
    return _at_their_workshop("comments", tables)


def _at_their_workshop(table: str, tables: Tables) -> list[Finding]:
    rows, voters = tables[table], tables["voters"]
    event = rows["voter"].map(dict(zip(voters["voter"], voters["event"], strict=True)))
    return findings(
        rows.assign(_event=event),
        event.notna() & (event != rows["event"]),
        "event",
        "must be the workshop of the voter",
        lambda row: f"{row['voter']} is a voter of {row['_event']}: correct the voter or the workshop.",
    )


_VOTES = ("vote", "event", "round", "voter", "item", "item_version", "scale", "value", "corrects")
_VOTERS = ("voter", "event")

VOTE_RULES = (
    Rule("vote_scales", {"vote_scales": ("scale", "minimum", "maximum")}, scales_have_a_range),
    Rule(
        "votes",
        {"votes": _VOTES, "items": ("item", "version", "scale_set")},
        votes_are_for_an_item_as_it_stood,
    ),
    Rule(
        "votes",
        {"votes": _VOTES, "vote_scales": ("scale", "minimum", "maximum")},
        marks_stand_on_their_scale,
    ),
    Rule("votes", {"votes": _VOTES}, nobody_votes_twice),
    Rule("votes", {"votes": _VOTES, "voters": _VOTERS}, voters_are_at_their_workshop),
    Rule("comments", {"comments": ("event", "voter"), "voters": _VOTERS}, comments_are_of_the_workshop),
)
"""Rules of votes, comments and scales."""
