"""Votes by the industry that voters speak for, as far as release allows, and a model where voters are enough.

One company stands for each vertical, so votes of one vertical are told under the same permission as what is
told of its company.
"""

from collections.abc import Sequence

import pandas as pd

from twinbenefits.analysis.models import ordered_model
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.votes import counted_votes, last_event, last_round, over_voters, voter_basis
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.votes.standing import natural

__all__ = ["votes_by_vertical", "wording_model"]


def votes_by_vertical(
    *,
    votes: pd.DataFrame,
    voters: pd.DataFrame,
    cases: pd.DataFrame,
    events: pd.DataFrame,
    scale: str,
    event: str = "",
) -> Result:
    """Return the marks on each item by the vertical of the voters, and over all of them.

    Parameters
    ----------
    votes, voters, cases, events
        The tables of these names. Where a company does not permit its vertical to be named, its case has no
        vertical for these readers, and votes from that vertical are told under no name.
    scale
        The scale.
    event
        The workshop; empty is the last one with votes. The last round counts.

    Returns
    -------
    Result
        table: item, case (``*`` over all voters, empty for verticals without a name here), n, median,
        marks (sorted), and the basis. Scalars: ``verticals`` (that voters speak for) and
        ``verticals_named`` (that belong to one case these readers know).
    """
    counted = counted_votes(votes).dropna(subset="value")
    counted = counted[counted["scale"] == scale]
    counted = last_round(counted, events, event or last_event(counted, events))
    known = cases[cases["vertical"] != ""].groupby("vertical")["case"].agg(list)
    case_of = {str(vertical): found[0] for vertical, found in known.items() if len(found) == 1}
    spoken = counted.merge(voters[["voter", "vertical"]], on="voter")
    rows = spoken.assign(case=spoken["vertical"].map(case_of).fillna(""))
    whole = rows.assign(case=ALL)
    parts = []
    for name, part in pd.concat([rows, whole]).groupby(["item", "case"], sort=False):
        marks = sorted(part["value"].astype(int))
        parts.append(
            {
                "item": name[0], "case": name[1], "n": len(part), "median": float(part["value"].median()),
                "marks": " ".join(map(str, marks)),
            }
        )  # fmt: skip
    table = pd.DataFrame(parts, columns=["item", "case", "n", "median", "marks"])
    both = pd.concat([rows, whole])[["item", "case", "voter"]]
    table = table.merge(voter_basis(both, voters, ["item", "case"]), on=["item", "case"], how="left")
    table[list(BASIS)] = table[list(BASIS)].fillna(0).astype("int64")
    table.loc[table["case"] == "", "cases"] = 1  # nobody may tell which company these voters stand for
    keys = table.assign(item=table["item"].map(natural))
    table = table.loc[keys.sort_values(["item", "case"], kind="stable").index].reset_index(drop=True)
    about = over_voters(counted, voters)
    spoken_for = spoken["vertical"].nunique()
    return Result(
        table=table,
        inputs=("votes", "voters", "cases", "events"),
        scalars={
            "verticals": Scalar(int(spoken_for), unit="verticals", basis=about),
            "verticals_named": Scalar(
                int(spoken.loc[spoken["vertical"].isin(case_of), "vertical"].nunique()),
                n=int(spoken_for),
                unit="verticals",
                basis=about,
            ),
        },
        limitations=("Voters speak for an industry they know; they are not their company.",),
        cells=Cells(
            dimensions=("item", "case"),
            shown=("n", "median", "marks"),
            counts={"n": "marks in the last round"},
            case="case",
            item=("vertical", "ratings"),
        ),
    )


def wording_model(
    *,
    votes: pd.DataFrame,
    voters: pd.DataFrame,
    items: Sequence[str],
    scale: str,
    minimum_voters_per_effect: int,
) -> Result:
    """Describe how marks differ between the wordings of reworded items, where voters are enough.

    One mark per voter counts, the last. The model speaks of these voters, never of companies.

    Parameters
    ----------
    votes, voters
        The tables of these names.
    items
        The reworded items.
    scale
        The scale.
    minimum_voters_per_effect
        With fewer voters nothing is fitted.

    Returns
    -------
    Result
        table: item, effect, estimate (log-odds of a higher mark than under the first wording),
        standard_error, voters, reason (why nothing was fitted), and the basis.
    """
    counted = counted_votes(votes).dropna(subset="value")
    rows = []
    for item in sorted(items, key=natural):
        mine = counted[(counted["item"] == item) & (counted["scale"] == scale)]
        mine = mine.sort_values(["recorded_on", "round"]).drop_duplicates("voter", keep="last")
        frame = pd.DataFrame(
            {"mark": mine["value"].astype(int), "wording": "v" + mine["item_version"].astype(str)}
        )
        found = ordered_model(frame, "mark", "wording", minimum_voters_per_effect=minimum_voters_per_effect)
        fitted = found.effects.to_dict("records")
        about = over_voters(mine, voters)
        for row in fitted or [{"effect": "", "estimate": None, "standard_error": None}]:
            rows.append(
                {
                    "item": item,
                    **{str(k): v for k, v in row.items()},
                    "voters": len(mine),
                    "reason": found.reason,
                    **_columns(about),
                }
            )
    shown = ("estimate", "standard_error", "voters", "reason")
    table = pd.DataFrame(rows, columns=["item", "effect", *shown, *BASIS])
    return Result(
        table=table,
        inputs=("votes", "voters"),
        limitations=("Those who saw one wording are others than those who saw the next.",),
        cells=Cells(dimensions=("item", "effect"), shown=shown),
    )


def _columns(basis: Basis) -> dict[str, int]:
    return {name: getattr(basis, name) for name in BASIS}
