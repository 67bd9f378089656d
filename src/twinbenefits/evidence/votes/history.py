"""What was decided on each item, in order: how it stands now, and every sentence that changed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from twinbenefits.evidence.votes.standing import events_in_order, natural

__all__ = ["CHANGING", "STATES", "decision_history", "how_items_stand"]

STATES: Mapping[str, str] = {
    "keep": "kept",
    "reword": "reworded",
    "split": "split into others",
    "merge": "merged with another",
    "drop": "dropped",
    "defer": "deferred",
}
"""How an item stands after a decision."""

CHANGING = ("reword", "split", "merge", "drop")
"""Decisions that change a sentence."""

UNDECIDED = "not decided yet"


def decision_history(items: pd.DataFrame, decisions: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions on each item in the order in which they were taken.

    Parameters
    ----------
    items, decisions, events
        The tables of these names.

    Returns
    -------
    DataFrame
        item, kind, refers_to, step (1 is the first decision on the item), decision, event, action, old_text,
        new_text, reason, author, decided_on; items by their code.

    Examples
    --------
    >>> items = pd.DataFrame({"item": ["I1"], "version": [1], "kind": "finding", "refers_to": "C07",
    ...                       "statement": ["a"]})
    >>> days = pd.to_datetime(["2026-04-12", "2026-02-01"])
    >>> decisions = pd.DataFrame({"decision": ["E2", "E1"], "event": ["W2", "W1"], "item": "I1",
    ...     "action": ["keep", "reword"], "old_text": ["b", "a"], "new_text": "b", "reason": "r",
    ...     "author": "x", "decided_on": days})
    >>> events = pd.DataFrame({"event": ["W1", "W2"], "held_on": days[::-1]})
    >>> decision_history(items, decisions, events)[["step", "event", "action"]].values.tolist()
    [[1, 'W1', 'reword'], [2, 'W2', 'keep']]
    """
    order = {name: place for place, name in enumerate(events_in_order(events))}
    known = items.sort_values("version", kind="stable").drop_duplicates("item", keep="last")
    rows = decisions.merge(known[["item", "kind", "refers_to"]], on="item", how="left")
    rows = rows.assign(_event=rows["event"].map(order), _item=rows["item"].map(natural))
    rows = rows.sort_values(["_item", "decided_on", "_event", "decision"], kind="stable")
    rows["step"] = rows.groupby("item").cumcount() + 1
    columns = [
        "item", "kind", "refers_to", "step", "decision", "event", "action", "old_text", "new_text", "reason",
        "author", "decided_on",
    ]  # fmt: skip
    return rows[columns].reset_index(drop=True)


def how_items_stand(items: pd.DataFrame, decisions: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return how each item stands: its newest wording, and the last decision on it.

    Parameters
    ----------
    items, decisions, events
        The tables of these names.

    Returns
    -------
    DataFrame
        item, kind, refers_to, version, statement, state (kept, reworded, dropped, deferred, split into
        others, merged with another, not decided yet), decision, event, reason, decided_on, reworded (whether
        it ever was). An item that was reworded and later kept is kept, and was reworded.
    """
    newest = items.sort_values("version", kind="stable").drop_duplicates("item", keep="last")
    history = decision_history(items, decisions, events)
    last = history.drop_duplicates("item", keep="last")
    joined = newest[["item", "kind", "refers_to", "version", "statement"]].merge(
        last[["item", "decision", "event", "action", "reason", "decided_on"]], on="item", how="left"
    )
    joined["state"] = [STATES.get(str(action), UNDECIDED) for action in joined["action"]]
    joined["reworded"] = joined["item"].isin(history.loc[history["action"] == "reword", "item"])
    for name in ("decision", "event", "reason"):
        joined[name] = joined[name].fillna("")
    columns = [
        "item", "kind", "refers_to", "version", "statement", "state", "decision", "event", "reason",
        "decided_on", "reworded",
    ]  # fmt: skip
    return joined.sort_values("item", key=lambda names: names.map(natural), ignore_index=True)[columns]
