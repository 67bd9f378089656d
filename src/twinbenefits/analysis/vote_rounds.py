"""From round to round: how alike voters order the items, who moved, and who came back."""

import pandas as pd

from twinbenefits.analysis.consensus import attrition, kendall_w, within_person_change
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.votes import CHOSEN, counted_votes, with_voters
from twinbenefits.evidence.cells import Cells
from twinbenefits.evidence.votes.standing import natural

__all__ = ["concordance", "round_attrition", "vote_changes"]


def concordance(
    *,
    votes: pd.DataFrame,
    voters: pd.DataFrame,
    items: pd.DataFrame,
    scale: str,
    kind: str = "finding",
    minimum_voters: int = 2,
) -> Result:
    """Return how alike the voters order the items, per workshop and round: Kendall's W, corrected for ties.

    Parameters
    ----------
    votes, voters, items
        The tables of these names.
    scale
        The scale by which items are ordered.
    kind
        Kind of the items that are ordered.
    minimum_voters
        With fewer voters who marked all items there is no coefficient.

    Returns
    -------
    Result
        table: event, round, scale, items, voters (who marked all of them), left_out (who did not), w,
        reason, and the basis. No probability: nobody was drawn.
    """
    of_kind = items.loc[items["kind"] == kind, "item"]
    counted = counted_votes(votes)
    mine = counted[(counted["scale"] == scale) & counted["item"].isin(of_kind)].dropna(subset="value")
    rows = []
    for (event, number), part in mine.groupby(["event", "round"], sort=True):
        grid = part.astype({"value": float}).pivot_table(index="voter", columns="item", values="value")
        found = kendall_w(grid.to_numpy())
        whole = int(grid.notna().all(axis=1).sum())
        few = whole < minimum_voters
        why = f"{whole} voters marked all items, fewer than {minimum_voters}" if few else found.reason or ""
        rows.append(
            {
                "event": event, "round": number, "scale": scale, "items": grid.shape[1], "voters": whole,
                "left_out": len(grid) - whole, "w": None if few else found.estimate, "reason": why,
            }
        )  # fmt: skip
    shown = ("items", "voters", "left_out", "w", "reason")
    table = pd.DataFrame(rows, columns=["event", "round", "scale", *shown])
    table = with_voters(table, mine, voters, ["event", "round"])
    return Result(
        table=table,
        inputs=("votes", "voters", "items"),
        limitations=(CHOSEN, "Only voters who marked every item are compared."),
        cells=Cells(dimensions=("event", "round", "scale"), shown=shown),
    )


def vote_changes(
    *, votes: pd.DataFrame, voters: pd.DataFrame, minimum_voters: int, scale: str = ""
) -> Result:
    """Return how the same voters moved from round to round of one workshop, item by item.

    Parameters
    ----------
    votes, voters
        The tables of these names.
    minimum_voters
        With fewer voters in both rounds there is no share, and the single changes stand one by one.
    scale
        Look at this scale only; empty is every scale.

    Returns
    -------
    Result
        table: event, item, scale, round_before, round_after, both, up, down, same, median_change, changes,
        share_moved, reason, and the basis.
    """
    counted = counted_votes(votes)
    counted = counted[counted["scale"] == scale] if scale else counted
    parts, seen = [], []
    for event, part in counted.groupby("event", sort=True):
        parts.append(within_person_change(part, minimum_voters=minimum_voters).table.assign(event=event))
        rounds = part.dropna(subset="value").groupby(["voter", "item", "scale"])["round"].nunique()
        seen.append(rounds[rounds > 1].reset_index().assign(event=event))
    columns = ["event", "item", "scale", "round_before", "round_after"]
    shown = ("both", "up", "down", "same", "median_change", "changes", "share_moved", "reason")
    table = pd.concat(parts) if parts else pd.DataFrame(columns=[*columns, *shown])
    both = pd.concat(seen) if seen else counted
    table = with_voters(table[[*columns, *shown]], both, voters, ["event", "item", "scale"])
    table = table.sort_values(
        ["event", "item", "scale"],
        key=lambda names: names.map(natural) if names.name == "item" else names,
        ignore_index=True,
    )
    return Result(
        table=table,
        inputs=("votes", "voters"),
        limitations=("Voters who left may have thought otherwise: read beside who came back.",),
        cells=Cells(dimensions=tuple(columns), shown=shown),
    )


def round_attrition(*, votes: pd.DataFrame, voters: pd.DataFrame) -> Result:
    """Return who came back, round by round within each workshop.

    Returns
    -------
    Result
        table: event, round, voters, kept, left, new, returned, and the basis.
    """
    counted = counted_votes(votes)
    parts = [attrition(part).table.assign(event=event) for event, part in counted.groupby("event", sort=True)]
    shown = ("voters", "kept", "left", "new", "returned")
    table = pd.concat(parts) if parts else pd.DataFrame(columns=["round", *shown, "event"])
    table = with_voters(table[["event", "round", *shown]], counted, voters, ["event", "round"])
    return Result(
        table=table,
        inputs=("votes", "voters"),
        cells=Cells(dimensions=("event", "round"), shown=shown),
    )
