"""Which items stand at a workshop, in which version: decisions add wordings and take items away."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

__all__ = ["GONE", "events_in_order", "natural", "scale_ranges", "standing_items"]

GONE = ("drop", "split", "merge")
"""Decisions after which an item is voted on no more; what came of a split or merge is an item of its own."""

UNCHANGED = ("keep", "defer")
"""Decisions that repeat the words they were taken about; they bring in no version."""


def events_in_order(events: pd.DataFrame) -> list[str]:
    """Return the codes of the workshops by their day."""
    return [str(event) for event in events.sort_values(["held_on", "event"], kind="stable")["event"]]


def standing_items(
    items: pd.DataFrame, decisions: pd.DataFrame, events: pd.DataFrame, event: str
) -> pd.DataFrame:
    """Return the items that are voted on at a workshop, each in the version that stood then.

    A version that a decision of the same or a later workshop brought in did not stand yet, and an item that
    an earlier workshop dropped, split or merged stands no more.

    Parameters
    ----------
    items, decisions, events
        The tables of these names.
    event
        The workshop.

    Returns
    -------
    DataFrame
        Rows of `items`, one per item, in the order of their codes (I2 before I10).

    Examples
    --------
    >>> items = pd.DataFrame({"item": ["I1", "I1", "I2"], "version": [1, 2, 1], "statement": ["a", "b", "c"]})
    >>> decisions = pd.DataFrame({"event": ["W1", "W1"], "item": ["I1", "I2"], "action": ["reword", "drop"],
    ...                           "new_text": ["b", ""]})
    >>> days = pd.to_datetime(["2026-01-01", "2026-02-01"])
    >>> events = pd.DataFrame({"event": ["W1", "W2"], "held_on": days})
    >>> for workshop in ("W1", "W2"):
    ...     standing_items(items, decisions, events, workshop)[["item", "version"]].values.tolist()
    [['I1', 1], ['I2', 1]]
    [['I1', 2]]
    """
    order = events_in_order(events)
    place = order.index(event) if event in order else len(order)
    later = decisions["event"].map(lambda one: one in order and order.index(one) >= place)
    before = decisions[~later.astype(bool)]
    gone = {*before.loc[before["action"].isin(GONE), "item"]}
    changing = decisions[later.astype(bool) & ~decisions["action"].isin(UNCHANGED)]
    coming = {*zip(changing["item"], changing["new_text"], strict=True)}
    rows = items.sort_values("version", kind="stable")
    there = [
        item not in gone and (version == 1 or (item, statement) not in coming)
        for item, version, statement in zip(rows["item"], rows["version"], rows["statement"], strict=True)
    ]
    newest = rows[pd.Series(there, rows.index, dtype=bool)].drop_duplicates("item", keep="last")
    return newest.sort_values("item", key=lambda names: names.map(natural), kind="stable", ignore_index=True)


def natural(code: str) -> tuple[str, int, str]:
    """Return what codes are sorted by so that I2 comes before I10.

    >>> sorted(["I10", "I2", "I1"], key=natural)
    ['I1', 'I2', 'I10']
    """
    found = re.fullmatch(r"(.*?)(\d*)", code, re.DOTALL)
    return (found[1], int(found[2] or 0), code) if found else (code, 0, code)


def scale_ranges(vote_scales: pd.DataFrame) -> Mapping[str, tuple[int, int]]:
    """Return lowest and highest mark by scale."""
    return {
        str(scale): (int(low), int(high))
        for scale, low, high in zip(
            vote_scales["scale"], vote_scales["minimum"], vote_scales["maximum"], strict=True
        )
    }
