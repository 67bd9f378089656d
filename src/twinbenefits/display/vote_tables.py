"""Tables of the workshops: votes and status, rounds, and the map of importance."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY, number_text, row_or_withheld
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = ["by_vertical", "changes", "consensus", "importance", "rounds", "wording_model"]


def consensus(released: Released) -> pd.DataFrame:
    """Return one line per item: where its last votes lie, and the status by the rule.

    Parameters
    ----------
    released
        Released rows of one scale, one per item, of `twinbenefits.analysis.votes.item_votes`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        cells = {
            "Votes (no vote)": f"{number_text(row['n'])} ({number_text(row['no_vote'])})",
            "Median [quartiles]": _spread(row),
            "Agree / against": _shares(row),
            "A": number_text(row["van_der_eijk_a"], ".2f"),
            "CVR (critical)": _validity(row),
            "Status": str(row["outcome"]),
        }
        names = {"Item": str(row["item"]), "Words": f"v{row['version']}", "Statement": str(row["statement"])}
        lines.append(row_or_withheld(row, names, cells))
    columns = ["Item", "Words", "Statement", "Votes (no vote)", "Median [quartiles]", "Agree / against", "A"]
    return pd.DataFrame(lines, columns=[*columns, "CVR (critical)", "Status"])


def rounds(attrition: Released, agreement: Released) -> pd.DataFrame:
    """Return one line per workshop and round: who voted, who came back, and how alike items were ordered.

    Parameters
    ----------
    attrition, agreement
        Released results of `twinbenefits.analysis.vote_rounds`: `round_attrition` and `concordance`.
    """
    w = {(row["event"], row["round"]): row for row in agreement.table.to_dict("records")}
    lines = []
    for row in attrition.table.to_dict("records"):
        other = w.get((row["event"], row["round"]), {})
        cells = {
            "Voters": number_text(row["voters"]),
            "Of the round before": number_text(row["kept"]),
            "Left": number_text(row["left"]),
            "Kendall's W": number_text(other.get("w"), ".2f"),
            "Ordered by": number_text(other.get("voters")),
            "Items": number_text(other.get("items")),
        }
        lines.append(row_or_withheld(row, {"Workshop": f"{row['event']}, round {row['round']}"}, cells))
    columns = ["Workshop", "Voters", "Of the round before", "Left", "Kendall's W", "Ordered by", "Items"]
    return pd.DataFrame(lines, columns=columns)


def changes(released: Released) -> pd.DataFrame:
    """Return one line per item and workshop: how the same voters moved between its rounds.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.vote_rounds.vote_changes`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        share = number_text(row["share_moved"], ".0%")
        cells = {
            "In both rounds": number_text(row["both"]),
            "Up": number_text(row["up"]),
            "Down": number_text(row["down"]),
            "Same": number_text(row["same"]),
            "Share moved": share if share != EMPTY else str(row["changes"] or EMPTY),
        }
        lines.append(
            row_or_withheld(row, {"Of item": str(row["item"]), "Workshop": str(row["event"])}, cells)
        )
    columns = ["Of item", "Workshop", "In both rounds", "Up", "Down", "Same", "Share moved"]
    return pd.DataFrame(lines, columns=columns)


def importance(released: Released) -> pd.DataFrame:
    """Return one line per item of the importance-performance map, with the quadrants of other cuts.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.importance.importance_performance`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        others = [name for name in str(row["quadrants"]).split(";") if name != row["quadrant"]]
        cells = {
            "Votes": number_text(row["n"]),
            "Importance": number_text(row["importance"], "g"),
            "Realized": number_text(row["realized"], "g"),
            "Place": str(row["quadrant"]),
            "By another cut": ", ".join(others) or "the same",
        }
        lines.append(row_or_withheld(row, _named(row), cells))
    columns = ["Of item", "Statement", "Votes", "Importance", "Realized", "Place", "By another cut"]
    return pd.DataFrame(lines, columns=columns)


def by_vertical(released: Released) -> pd.DataFrame:
    """Return one line per item: the marks over all voters, and those of each vertical that may be named.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.vote_split.votes_by_vertical`.
    """
    table = released.table
    verticals = sorted({str(case) for case in table["case"] if case not in ("", ALL)})
    lines = []
    for item, part in table.groupby("item", sort=False):
        row = {str(one["case"]): one for one in part.to_dict("records")}
        line = {"Of item": str(item), "All voters": _marks(row.get(ALL, {}))}
        line |= {name: _marks(row[name]) if name in row else EMPTY for name in verticals}
        line |= {"Not named": _marks(row[""])} if "" in row else {}
        lines.append(line)
    columns = ["Of item", "All voters", *verticals, *(["Not named"] if (table["case"] == "").any() else [])]
    return pd.DataFrame(lines, columns=columns).fillna(EMPTY)


def wording_model(released: Released) -> pd.DataFrame:
    """Return one line per new wording: the log-odds of a higher mark, or why no model was fitted.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.vote_split.wording_model`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        fitted = row["estimate"] is not None and not pd.isna(row["estimate"])
        cells = {
            "Voters": number_text(row["voters"]),
            "Log-odds of a higher mark (s.e.)": f"{number_text(row['estimate'], '.2f')} "
            f"({number_text(row['standard_error'], '.2f')})"
            if fitted
            else f"not fitted: {row['reason']}",
        }
        names = {"Of item": str(row["item"]), "Against the first wording": str(row["effect"]) or EMPTY}
        lines.append(row_or_withheld(row, names, cells))
    columns = ["Of item", "Against the first wording", "Voters", "Log-odds of a higher mark (s.e.)"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def _named(row: Mapping[Any, Any]) -> dict[str, str]:
    return {"Of item": f"{row['item']} v{row['version']}", "Statement": str(row["statement"])}


def _spread(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["median"]):
        return EMPTY
    ends = (number_text(row[name], "g") for name in ("lower_quartile", "upper_quartile"))
    return f"{number_text(row['median'], 'g')} [{', '.join(ends)}]"


def _shares(row: Mapping[Any, Any]) -> str:
    """Return the shares, or every single vote where there are too few for a share."""
    if row["votes"]:
        return f"votes: {row['votes']}"
    if pd.isna(row["share_agree"]):
        return EMPTY
    return f"{number_text(row['share_agree'], '.0%')} / {number_text(row['share_against'], '.0%')}"


def _validity(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["content_validity"]):
        return EMPTY
    return (
        f"{number_text(row['content_validity'], '.2f')} "
        f"({number_text(row['content_validity_critical'], '.2f')})"
    )


def _marks(row: Mapping[Any, Any]) -> str:
    if not row:
        return EMPTY
    if row["withheld"]:
        return "*withheld*"
    return f"{number_text(row['median'], 'g')} (n = {number_text(row['n'])})"
