"""What voters said to each item, round by round, and on what that rests.

Each voter counts as one person and one source, and each vertical that voters speak for as one company.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from twinbenefits.analysis.consensus import (
    ConsensusRule,
    content_validity_critical,
    content_validity_ratio,
    item_summary,
)
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.votes.standing import events_in_order, natural, scale_ranges

__all__ = [
    "CHOSEN",
    "INPUTS",
    "consensus_rules",
    "counted_votes",
    "item_votes",
    "last_event",
    "last_round",
    "on_scale",
    "over_voters",
    "scale_levels",
    "voter_basis",
    "with_voters",
]

INPUTS = ("votes", "voters", "items", "events", "vote_scales")
PLACE = ["event", "round", "item", "version", "scale"]
AGAINST = "against"
"""Outcome of an item on which the rule of consensus holds the other way round."""

CHOSEN = "Voters were invited and not drawn: what they agree on is not what an industry thinks."


def counted_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the votes that count: those that no later vote corrects.

    Examples
    --------
    >>> rows = pd.DataFrame({"vote": ["T1", "T2", "T3"], "corrects": ["", "T1", ""], "value": [3, 4, 5]})
    >>> counted_votes(rows)["vote"].tolist()
    ['T2', 'T3']
    """
    return votes[~votes["vote"].isin({*votes["corrects"]} - {""})].reset_index(drop=True)


def scale_levels(vote_scales: pd.DataFrame) -> dict[str, list[int]]:
    """Return the marks of each scale in order."""
    return {scale: [*range(low, high + 1)] for scale, (low, high) in scale_ranges(vote_scales).items()}


def consensus_rules(
    rules: Mapping[str, Mapping[str, Any]], vote_scales: pd.DataFrame
) -> dict[str, ConsensusRule]:
    """Return the rule of each scale: the one of the study's rules that is written for its marks.

    Parameters
    ----------
    rules
        Rules of the study; those whose name begins with ``consensus_`` and whose value is a mapping are for
        the scales of their range, and ``consensus_split_share`` says when votes are split.
    vote_scales
        The scales.

    Raises
    ------
    ValueError
        When a scale has no rule, or two.

    Examples
    --------
    >>> rules = {"consensus_split_share": {"value": 0.3}, "consensus_agreement": {"value": {
    ...     "scale": [1, 5], "agree": [4, 5], "minimum_share": 0.7, "against": [1, 2],
    ...     "share_against_below": 0.15}}}
    >>> scales = pd.DataFrame({"scale": ["agree"], "minimum": [1], "maximum": [5]})
    >>> consensus_rules(rules, scales)["agree"].status([5, 5, 4, 4])
    'consensus'
    """
    written = [
        entry["value"]
        for name, entry in rules.items()
        if name.startswith("consensus_") and isinstance(entry["value"], Mapping)
    ]
    split = float(rules["consensus_split_share"]["value"])
    found = {}
    for scale, marks in scale_ranges(vote_scales).items():
        fitting = [value for value in written if tuple(value["scale"]) == marks]
        if len(fitting) != 1:
            raise ValueError(
                f"{len(fitting)} rules of consensus are written for marks from {marks[0]} to {marks[1]}, the "
                f"scale {scale!r}; one is needed in rules.yml"
            )
        (value,) = fitting
        found[scale] = ConsensusRule(
            agree=tuple(value["agree"]),
            against=tuple(value["against"]),
            agree_at_least=float(value["minimum_share"]),
            against_below=float(value["share_against_below"]),
            split_at_least=split,
        )
    return found


def voter_basis(votes: pd.DataFrame, voters: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return on what votes rest, per group.

    Examples
    --------
    >>> votes = pd.DataFrame({"item": ["I1", "I1"], "voter": ["a", "b"]})
    >>> voters = pd.DataFrame({"voter": ["a", "b"], "vertical": ["x", "y"], "consent_level": [3, 2]})
    >>> voter_basis(votes, voters, ["item"]).values.tolist()
    [['I1', 2, 2, 2, 2]]
    """
    rows = votes[[*by, "voter"]].merge(voters[["voter", "vertical", "consent_level"]], on="voter")
    grouped = rows.groupby(list(by), sort=False)
    persons = grouped["voter"].nunique()
    found = pd.DataFrame(
        {
            "cases": grouped["vertical"].nunique(),
            "persons": persons,
            "sources": persons,
            "level": grouped["consent_level"].min(),
        }
    )
    return found.astype(dict.fromkeys(BASIS, "int64")).reset_index()


def over_voters(votes: pd.DataFrame, voters: pd.DataFrame) -> Basis:
    """Return on what one number over all these votes rests."""
    mine = voters[voters["voter"].isin(votes["voter"])]
    if mine.empty:
        return Basis(0, 0, 0, 0)
    return Basis(mine["vertical"].nunique(), len(mine), len(mine), int(mine["consent_level"].min()))


def item_votes(
    *,
    votes: pd.DataFrame,
    voters: pd.DataFrame,
    items: pd.DataFrame,
    events: pd.DataFrame,
    vote_scales: pd.DataFrame,
    rules: Mapping[str, ConsensusRule],
    minimum_voters: int,
    critical_level: float = 0.05,
) -> Result:
    """Return where the votes lie per workshop, round, item, wording and scale, with the status by the rule.

    Parameters
    ----------
    votes, voters, items, events, vote_scales
        The tables of these names. Votes that a later one corrects are left out.
    rules
        What :func:`consensus_rules` returns.
    minimum_voters
        With fewer marks there is no share and no coefficient, and the marks stand one by one.
    critical_level
        For the critical value of the content validity ratio.

    Returns
    -------
    Result
        table: event, round, item, version, scale, kind, refers_to, statement, n, no_vote, median,
        lower_quartile, upper_quartile, distribution, votes (when there are few), van_der_eijk_a,
        share_agree, share_against, content_validity, content_validity_critical (essential is a mark that
        agrees by the rule), status (consensus, split, unclear, too few), outcome (the status, or "against"
        where the rule holds the other way round), reason, and the basis. Scalars: ``workshops``, ``voters``,
        ``votes``, ``votes_corrected``, ``items``, ``passes`` ("not my field").
    """
    counted = counted_votes(votes).rename(columns={"item_version": "version"})
    levels = scale_levels(vote_scales)
    summary = item_summary(
        counted, rule=dict(rules), levels=levels, minimum_voters=minimum_voters, by=PLACE[:-1]
    )
    marked = counted.dropna(subset="value")
    table = summary.table.merge(_statements(items), on=["item", "version"], how="left")
    table = with_voters(table, marked, voters, PLACE)  # who passed is no cover for who did not
    table = pd.concat([table, _content_validity(table, minimum_voters, critical_level)], axis=1)
    table["outcome"] = [_outcome(row, rules) for row in table.to_dict("records")]
    table = _ordered(table, events)
    shown = [name for name in _SHOWN if name in table]
    about = over_voters(counted, voters)
    newest = counted.drop_duplicates(["item"])
    numbers = {
        "workshops": (counted["event"].nunique(), "workshops"),
        "voters": (counted["voter"].nunique(), "voters"),
        "votes": (len(marked), "votes"),
        "passes": (len(counted) - len(marked), "votes"),
        "votes_corrected": (len(votes) - len(counted), "votes"),
        "items": (len(newest), "items"),
    }
    return Result(
        table=table[[*PLACE, "kind", "refers_to", "statement", *shown, *BASIS]],
        inputs=INPUTS,
        scalars={name: Scalar(int(value), unit=unit, basis=about) for name, (value, unit) in numbers.items()},
        limitations=(CHOSEN, *summary.limitations),
        cells=Cells(dimensions=tuple(PLACE), shown=tuple(shown)),
    )


_SHOWN = (
    "n", "no_vote", "median", "lower_quartile", "upper_quartile", "distribution", "votes", "van_der_eijk_a",
    "share_agree", "share_against", "content_validity", "content_validity_critical", "status", "outcome",
    "reason",
)  # fmt: skip


def last_event(table: pd.DataFrame, events: pd.DataFrame) -> str:
    """Return the last workshop that is among the rows, or an empty text."""
    held = [name for name in events_in_order(events) if (table["event"] == name).any()]
    return held[-1] if held else ""


def last_round(table: pd.DataFrame, events: pd.DataFrame, event: str = "") -> pd.DataFrame:
    """Return the rows of the last round in which each item was voted on.

    Parameters
    ----------
    table
        Rows with event, round and item, such as those of :func:`item_votes`.
    events
        The table of this name: workshops follow one another by their day.
    event
        Look at this workshop only; empty is the last one that voted on the item.

    Examples
    --------
    >>> rows = pd.DataFrame({"event": ["W1", "W1", "W2"], "round": [1, 2, 1], "item": "I1"})
    >>> days = pd.DataFrame({"event": ["W2", "W1"], "held_on": pd.to_datetime(["2026-05-01", "2026-03-01"])})
    >>> last_round(rows, days).index.tolist(), last_round(rows, days, "W1").index.tolist()
    ([2], [1])
    """
    order = {name: place for place, name in enumerate(events_in_order(events))}
    mine = table[table["event"] == event] if event else table
    when = mine["event"].map(order).fillna(-1) * 100 + mine["round"].astype(float)
    return mine[when == when.groupby(mine["item"]).transform("max")]


def with_voters(
    table: pd.DataFrame, votes: pd.DataFrame, voters: pd.DataFrame, by: list[str]
) -> pd.DataFrame:
    """Return a table with its basis, by these columns; nothing stands behind a row without votes."""
    if table.empty or votes.empty:
        return table.assign(**dict.fromkeys(BASIS, 0))
    joined = table.merge(voter_basis(votes, voters, by), on=by, how="left")
    joined[list(BASIS)] = joined[list(BASIS)].fillna(0).astype("int64")
    return joined.reset_index(drop=True)


def on_scale(
    summary: Result, events: pd.DataFrame, scale: str, *, event: str = "", every_workshop: bool = False
) -> Result:
    """Return the last votes on one scale, one row per item, or one per item and workshop.

    Parameters
    ----------
    summary
        What :func:`item_votes` returns.
    events
        The table of this name.
    scale
        The scale.
    event
        Look at this workshop only; empty is the last one that voted on the item.
    every_workshop
        One row per item and workshop, each of the workshop's last round.

    Returns
    -------
    Result
        Rows of the summary. Scalars: ``items_voted`` and how many there are of each outcome:
        ``items_consensus``, ``items_against``, ``items_split``, ``items_unclear``, ``items_too_few``.
    """
    table = summary.table[summary.table["scale"] == scale]
    looked_at = events_in_order(events) if every_workshop and not event else [event]
    rows = pd.concat([last_round(table, events, name) for name in looked_at] or [table])
    keys = rows.assign(item=rows["item"].map(natural))
    rows = rows.loc[keys.sort_values("item", kind="stable").index].reset_index(drop=True)
    about = summary.scalars["votes"].basis
    counts = {name: int((rows["outcome"] == outcome).sum()) for name, outcome in _COUNTED.items()}
    return replace(
        summary,
        table=rows,
        scalars={
            "items_voted": Scalar(len(rows), unit="items", basis=about),
            **{name: Scalar(count, n=len(rows), unit="items", basis=about) for name, count in counts.items()},
        },
    )


_COUNTED = {
    "items_consensus": "consensus",
    "items_against": AGAINST,
    "items_split": "split",
    "items_unclear": "unclear",
    "items_too_few": "too few",
}


def _statements(items: pd.DataFrame) -> pd.DataFrame:
    return items[["item", "version", "kind", "refers_to", "statement"]]


def _content_validity(table: pd.DataFrame, minimum: int, level: float) -> pd.DataFrame:
    """Return the ratio and its critical value where there are voters enough for a share."""
    found: list[tuple[float | None, float | None]] = []
    for n, share in zip(table["n"], table["share_agree"], strict=True):
        if n < minimum or pd.isna(share):
            found.append((None, None))
            continue
        ratio = content_validity_ratio(round(share * n), int(n)).estimate
        found.append((ratio, content_validity_critical(int(n), level).estimate))
    return pd.DataFrame(
        found, columns=["content_validity", "content_validity_critical"], index=table.index, dtype="float64"
    )


def _outcome(row: Mapping[Any, Any], rules: Mapping[str, ConsensusRule]) -> str:
    """Return the status, or that the voters agree against the item."""
    rule = rules[str(row["scale"])]
    against, agree = row["share_against"], row["share_agree"]
    if pd.notna(against) and against >= rule.agree_at_least and agree < rule.against_below:
        return AGAINST
    return str(row["status"])


def _ordered(table: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by workshop, round, item (I2 before I10) and scale."""
    order = {name: place for place, name in enumerate(events_in_order(events))}
    keys = table.assign(event=table["event"].map(order), item=table["item"].map(natural))
    return table.loc[keys.sort_values(PLACE, kind="stable").index].reset_index(drop=True)
