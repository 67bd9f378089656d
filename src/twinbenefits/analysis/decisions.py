"""From votes to decisions to changed sentences: what was said, what was decided, and what follows from it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.analysis.confidence import CeilingRules, confidence_ceilings
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.votes import last_round
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.votes.history import CHANGING, decision_history, how_items_stand
from twinbenefits.evidence.votes.standing import events_in_order, natural

__all__ = ["NO_VOTE", "changed_sentences", "decision_effects", "votes_and_decisions", "workshop_outcomes"]

INPUTS = ("votes", "voters", "items", "events", "vote_scales", "decisions")
NO_VOTE = "no vote"


def votes_and_decisions(
    summary: Result,
    *,
    items: pd.DataFrame,
    decisions: pd.DataFrame,
    events: pd.DataFrame,
    scale: str,
) -> Result:
    """Return per item and workshop how the vote ended and what was decided.

    Parameters
    ----------
    summary
        What :func:`~twinbenefits.analysis.votes.item_votes` returns.
    items, decisions, events
        The tables of these names.
    scale
        The scale that decides on the status.

    Returns
    -------
    Result
        table: item, event, kind, refers_to, version, statement (as it was voted on), n, median, outcome,
        action, new_text, reason, decided_on (the last four empty where nothing was decided), and the basis.
        Scalars: ``decisions`` and one per action, such as ``decided_keep``; ``items_undecided``,
        ``items_reworded``.
    """
    last = [
        last_round(summary.table, events, event)
        for event in events_in_order(events)
        if (summary.table["event"] == event).any()
    ]
    voted = pd.concat(last) if last else summary.table
    voted = voted[voted["scale"] == scale]
    history = decision_history(items, decisions, events)
    decided = history.drop_duplicates(["item", "event"], keep="last")
    table = voted.merge(
        decided[["item", "event", "action", "new_text", "reason", "decided_on"]],
        on=["item", "event"],
        how="left",
        suffixes=("", "_decided"),
    ).drop(columns="reason")
    table = table.rename(columns={"reason_decided": "reason"})
    for name in ("action", "new_text", "reason"):
        table[name] = table[name].fillna("").astype("str")
    table["decided_on"] = _days(table["decided_on"])
    order = {name: place for place, name in enumerate(events_in_order(events))}
    keys = table.assign(item=table["item"].map(natural), event=table["event"].map(order))
    table = table.loc[keys.sort_values(["item", "event"], kind="stable").index].reset_index(drop=True)
    shown = ("n", "median", "outcome", "action", "new_text", "reason", "decided_on")
    about = summary.scalars["votes"].basis
    stand = how_items_stand(items, decisions, events)
    counts = {f"decided_{action}": int((history["action"] == action).sum()) for action in _ACTIONS}
    counts |= {
        "decisions": len(history),
        "items_undecided": int((stand["decision"] == "").sum()),
        "items_reworded": int(stand["reworded"].sum()),
    }
    return Result(
        table=table[["item", "event", "kind", "refers_to", "version", "statement", *shown, *BASIS]],
        inputs=INPUTS,
        scalars={name: Scalar(count, unit="decisions", basis=about) for name, count in counts.items()},
        limitations=(
            "Decisions are the authors'; the rule says how the votes lie, not what is to be decided.",
        ),
        cells=Cells(dimensions=("item", "event"), shown=shown),
    )


_ACTIONS = ("keep", "reword", "split", "merge", "drop", "defer")


def changed_sentences(decided: Result, decisions: pd.DataFrame) -> Result:
    """Return every sentence that a decision changed, with the votes before and after.

    Parameters
    ----------
    decided
        What :func:`votes_and_decisions` returns.
    decisions
        The table of this name.

    Returns
    -------
    Result
        table: decision, item, refers_to, event, action, old_text, new_text, reason, decided_on, n_before,
        before (outcome of the vote that led to it), n_after, after (outcome of the last vote on the new
        wording; "no vote" while there is none), and the basis of both votes together. Scalars:
        ``sentences_changed``, ``sentences_voted_again``; of the first sentence that was reworded
        ``reworded_old``, ``reworded_new``, ``reworded_before`` and ``reworded_after``, and of the first that
        was dropped ``dropped_old`` and ``dropped_before``.
    """
    rows = []
    votes = decided.table
    changing = decisions[decisions["action"].isin(CHANGING)]
    for row in changing.sort_values("item", key=lambda names: names.map(natural)).to_dict("records"):
        mine = votes[votes["item"] == row["item"]]
        before = mine[mine["event"] == row["event"]]
        version = int(before["version"].iloc[0]) if len(before) else 0
        later = mine[mine["version"] > version] if row["action"] == "reword" else mine.iloc[:0]
        both = pd.concat([before, later.tail(1)])
        rows.append(
            {
                **{name: row[name] for name in ("decision", "item", "event", "action")},
                "refers_to": str(mine["refers_to"].iloc[0]) if len(mine) else "",
                **{name: row[name] for name in ("old_text", "new_text", "reason")},
                "decided_on": f"{row['decided_on']:%Y-%m-%d}",
                **_vote(before, "before"),
                **_vote(later, "after"),
                **{name: int(both[name].min()) if len(both) else 0 for name in BASIS},
            }
        )
    shown = ("n_before", "before", "n_after", "after", "old_text", "new_text", "reason", "decided_on")
    columns = ["decision", "item", "refers_to", "event", "action", *shown, *BASIS]
    table = pd.DataFrame(rows, columns=columns)
    about = decided.scalars["decisions"].basis
    again = int((table["after"] != NO_VOTE).sum())
    return Result(
        table=table,
        inputs=INPUTS,
        scalars={
            "sentences_changed": Scalar(len(table), unit="sentences", basis=about),
            "sentences_voted_again": Scalar(again, n=len(table), unit="sentences", basis=about),
            **_first_of(table, about),
        },
        limitations=("Those who voted on the new words are not those who voted on the old ones.",),
        cells=Cells(dimensions=("decision", "item", "refers_to", "event", "action"), shown=shown),
    )


def _first_of(table: pd.DataFrame, about: Basis | None) -> dict[str, Scalar]:
    """Return words and outcomes of the first sentence that was reworded, and the first that was dropped."""
    wanted = {
        "reworded_old": ("reword", "old_text"), "reworded_new": ("reword", "new_text"),
        "reworded_before": ("reword", "before"), "reworded_after": ("reword", "after"),
        "dropped_old": ("drop", "old_text"), "dropped_before": ("drop", "before"),
    }  # fmt: skip
    found = {}
    for name, (action, column) in wanted.items():
        words = table.loc[table["action"] == action, column].tolist()
        text = str(words[0]).rstrip(".") if words else None
        reason = None if words else f"no sentence has the decision {action}"
        found[name] = Scalar(text, reason=reason, basis=about)
    return found


def workshop_outcomes(table: pd.DataFrame) -> dict[str, str]:
    """Return the outcome of the last vote on each claim, proposition or code, for the confidence register.

    Parameters
    ----------
    table
        Rows of :func:`votes_and_decisions`, released or not; a withheld outcome says nothing. An item that
        was dropped counts as one that the workshop spoke against.

    Examples
    --------
    >>> rows = pd.DataFrame({"item": ["I1", "I1", "I2"], "refers_to": ["C07", "C07", "P03"],
    ...                      "outcome": ["split", "consensus", None], "action": ["defer", "", ""]})
    >>> workshop_outcomes(rows)
    {'C07': 'consensus'}
    """
    found: dict[str, str] = {}
    for row in table.to_dict("records"):
        if row["refers_to"] and isinstance(row["outcome"], str) and row["outcome"]:
            found[str(row["refers_to"])] = "against" if row["action"] == "drop" else row["outcome"]
    return found


def decision_effects(
    decided: Result,
    *,
    items: pd.DataFrame,
    decisions: pd.DataFrame,
    events: pd.DataFrame,
    kinds: Mapping[str, str],
    rules: CeilingRules,
) -> Result:
    """Return what votes and decisions change in claims, propositions, codes and the confidence register.

    Parameters
    ----------
    decided
        What :func:`votes_and_decisions` returns.
    items, decisions, events
        The tables of these names.
    kinds
        Id of a proposition or code to what it is; an id that is not among them is that of a claim.
    rules
        Thresholds of the register's ceilings.

    Returns
    -------
    Result
        table: target (claim, proposition or code), what, item, version, state, sentence (as it stands now,
        empty when dropped), history ("W1: unclear, reworded; W2: …"), outcome (of the last vote),
        at_most (the ceiling that the vote sets in the confidence register, empty for none), why, and the
        basis. Scalars: ``targets``, ``ceilings_by_votes``.
    """
    stand = how_items_stand(items, decisions, events)
    ceilings = _ceilings(workshop_outcomes(decided.table), rules)
    rows = []
    for row in stand[stand["refers_to"] != ""].to_dict("records"):
        mine = decided.table[decided.table["item"] == row["item"]]
        limit = ceilings.get(str(row["refers_to"]), ("", ""))
        rows.append(
            {
                "target": row["refers_to"],
                "what": kinds.get(str(row["refers_to"]), "claim"),
                "item": row["item"],
                "version": row["version"],
                "state": row["state"],
                "sentence": "" if row["state"] == "dropped" else row["statement"],
                "history": "; ".join(_step(one) for one in mine.to_dict("records")),
                "outcome": str(mine["outcome"].iloc[-1]) if len(mine) else NO_VOTE,
                "at_most": limit[0],
                "why": limit[1],
                **{name: int(mine[name].min()) if len(mine) else 0 for name in BASIS},
            }
        )
    shown = ("version", "state", "sentence", "history", "outcome", "at_most", "why")
    table = pd.DataFrame(rows, columns=["target", "what", "item", *shown, *BASIS])
    about = decided.scalars["decisions"].basis
    return Result(
        table=table,
        inputs=(*INPUTS, "codebook", "propositions"),
        scalars={
            "targets": Scalar(len(table), unit="targets", basis=about),
            "ceilings_by_votes": Scalar(int((table["at_most"] != "").sum()), unit="ceilings", basis=about),
        },
        limitations=("A ceiling is a proposal: the judgement in the register is the authors'.",),
        cells=Cells(dimensions=("target", "what", "item"), shown=shown),
    )


def _ceilings(outcomes: Mapping[str, str], rules: CeilingRules) -> dict[str, tuple[str, str]]:
    """Return the ceiling that each vote sets, with its reason; nothing else is looked at here."""
    findings = pd.DataFrame({"finding": [*outcomes], "cases_behind": pd.NA, "quotes": pd.NA, "codes": ""})
    found = confidence_ceilings(findings, rules, votes=outcomes)
    return {
        str(row["finding"]): (str(row["at_most"]), str(row["reason"])) for row in found.to_dict("records")
    }


def _vote(rows: pd.DataFrame, when: str) -> dict[str, Any]:
    if rows.empty:
        return {f"n_{when}": None, when: NO_VOTE}
    return {f"n_{when}": int(rows["n"].iloc[-1]), when: str(rows["outcome"].iloc[-1])}


def _step(row: Mapping[Any, Any]) -> str:
    decided = {"keep": "kept", "reword": "reworded", "drop": "dropped", "defer": "deferred"}
    action = decided.get(str(row["action"]), str(row["action"]))
    return f"{row['event']}: {row['outcome']}" + (f", {action}" if action else "")


def _days(days: pd.Series) -> pd.Series:
    return days.map(lambda day: "" if pd.isna(day) else f"{day:%Y-%m-%d}").astype("str")
