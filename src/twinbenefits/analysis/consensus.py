"""Do the voters agree? Votes on items, round by round: where they lie, who moved and who came back.

With few voters there is no percentage: the votes themselves are handed over. The coefficients for one set of
votes stand in :mod:`twinbenefits.analysis.concordance` and are imported here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.concordance import (
    content_validity_critical,
    content_validity_ratio,
    kendall_w,
    van_der_eijk_a,
)
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.result import Result

__all__ = [
    "ConsensusRule",
    "ItemSummary",
    "attrition",
    "content_validity_critical",
    "content_validity_ratio",
    "item_summary",
    "kendall_w",
    "van_der_eijk_a",
    "within_person_change",
]


@dataclass(frozen=True, slots=True)
class ConsensusRule:
    """When the votes on an item count as consensus; fixed before the vote.

    Parameters
    ----------
    agree, against
        Lowest and highest vote that count as agreeing and as against.
    agree_at_least
        Consensus needs this share of agreeing votes or more …
    against_below
        … and a smaller share than this against.
    split_at_least
        Split: at least this share on either side, and no consensus.

    Raises
    ------
    ValueError
        When the two ranges overlap, or a share is outside 0 to 1.

    Examples
    --------
    >>> rule = ConsensusRule((7, 9), (1, 3), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
    >>> rule.status([8, 9, 7, 5]), rule.status([9, 8, 1, 2])
    ('consensus', 'split')
    """

    agree: tuple[float, float]
    against: tuple[float, float]
    agree_at_least: float
    against_below: float
    split_at_least: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "agree", tuple(self.agree))
        object.__setattr__(self, "against", tuple(self.against))
        if max(self.agree[0], self.against[0]) <= min(self.agree[1], self.against[1]):
            raise ValueError(f"votes cannot be agreeing {self.agree} and against {self.against} at once")
        for share in (self.agree_at_least, self.against_below, self.split_at_least):
            if not 0 <= share <= 1:
                raise ValueError(f"{share} is not a share: give a number from 0 to 1")

    def shares(self, votes: Sequence[float]) -> tuple[float, float]:
        """Return the shares of agreeing votes and of votes against."""
        given = np.asarray(votes, dtype=float)
        agree = (given >= self.agree[0]) & (given <= self.agree[1])
        against = (given >= self.against[0]) & (given <= self.against[1])
        return float(agree.mean()), float(against.mean())

    def status(self, votes: Sequence[float]) -> str:
        """Return ``"consensus"``, ``"split"`` or ``"unclear"`` for votes on one item."""
        agree, against = self.shares(votes)
        if agree >= self.agree_at_least and against < self.against_below:
            return "consensus"
        return "split" if min(agree, against) >= self.split_at_least else "unclear"


@dataclass(frozen=True)
class ItemSummary(Result):
    """Votes per item; see :func:`item_summary`.

    Parameters
    ----------
    votes
        Every vote that was counted: the grouping columns, voter, value. What a figure with one dot per vote
        is drawn from.
    """

    votes: pd.DataFrame = field(default_factory=pd.DataFrame)


def item_summary(
    votes: pd.DataFrame,
    *,
    rule: ConsensusRule | Mapping[str, ConsensusRule],
    levels: Sequence[float] | Mapping[str, Sequence[float]],
    minimum_voters: int,
    by: Sequence[str] = ("item",),
    inputs: Sequence[str] = ("votes",),
) -> ItemSummary:
    """Return the votes per item: how many, where they lie, how spread, and the status by the rule.

    Parameters
    ----------
    votes
        One row per vote: the columns of `by`, voter, value; with several scales also scale. An empty value is
        "not my field": no vote, but counted as such.
    rule
        The rule, or one per scale.
    levels
        The levels of the scale in order, or one list per scale.
    minimum_voters
        With fewer votes the shares are left out and the status is "too few"; the votes stay. A threshold of
        the study, from its rules.
    by
        Columns that make up an item, for example ``("item", "round")``.
    inputs
        Names of the tables behind the frame.

    Returns
    -------
    ItemSummary
        table: `by`, (scale,) n, no_vote, median, lower_quartile, upper_quartile, distribution (votes per
        level, "0 1 3 …"), votes (sorted, "7 8 8", when there are few), van_der_eijk_a, share_agree,
        share_against, status, reason.

    Raises
    ------
    ValueError
        When a column is missing, a value is no number or no level of its scale, a scale has no rule, or a
        voter has two votes on an item: all such cases are named at once.

    Examples
    --------
    >>> rule = ConsensusRule((4, 5), (1, 2), agree_at_least=0.7, against_below=0.15, split_at_least=0.3)
    >>> votes = pd.DataFrame({"item": "F1", "voter": list("abc"), "value": [5, 4, 5]})
    >>> found = item_summary(votes, rule=rule, levels=range(1, 6), minimum_voters=3)
    >>> found.table[["n", "median", "status", "distribution"]].values.tolist()
    [[3, 5.0, 'consensus', '0 0 0 1 2']]
    """
    keys = list(by)
    frame = _votes(votes, [*keys, "voter", "value"], keys)
    scales = _scales(frame, rule, levels)
    rows = []
    group = [*keys, "scale"] if "scale" in frame.columns else keys
    for name, part in frame.groupby(group, sort=True, dropna=False):
        scale = str(part["scale"].iloc[0]) if "scale" in frame.columns else ""
        rows.append(
            dict(zip(group, name, strict=True)) | _summary_row(part["value"], *scales[scale], minimum_voters)
        )
    columns = [*group, *_SUMMARY]
    table = pd.DataFrame(rows, columns=columns) if rows else pd.DataFrame(columns=columns)
    limitations = (
        "The rule was fixed before the vote; statuses speak of these voters, who were invited and not drawn.",
        f"Fewer than {minimum_voters} votes: shown one by one, without shares.",
    )
    kept = frame[[*group, "voter", "value"]].dropna(subset="value").reset_index(drop=True)
    return ItemSummary(table, tuple(inputs), limitations=limitations, votes=kept)


_SUMMARY = (
    "n",
    "no_vote",
    "median",
    "lower_quartile",
    "upper_quartile",
    "distribution",
    "votes",
    "van_der_eijk_a",
    "share_agree",
    "share_against",
    "status",
    "reason",
)


def _summary_row(
    values: "pd.Series[float]", rule: ConsensusRule, levels: list[float], minimum: int
) -> dict[str, Any]:
    given = np.sort(values.dropna().to_numpy(dtype=float))
    counts = [int(np.count_nonzero(given == level)) for level in levels]
    row: dict[str, Any] = dict.fromkeys(_SUMMARY, np.nan) | {
        "n": len(given),
        "no_vote": int(values.isna().sum()),
        "distribution": " ".join(map(str, counts)),
        "votes": " ".join(f"{vote:g}" for vote in given) if len(given) < minimum else "",
        "status": "too few",
        "reason": "",
    }
    if len(given) == 0:
        return row | {"reason": because("nobody voted")}
    lower, middle, upper = np.quantile(given, [0.25, 0.5, 0.75])
    row |= {"median": float(middle), "lower_quartile": float(lower), "upper_quartile": float(upper)}
    if len(given) < minimum:
        return row | {"reason": f"{len(given)} votes, fewer than {minimum}: no shares"}
    agree, against = rule.shares(given.tolist())
    return row | {
        "van_der_eijk_a": van_der_eijk_a(counts).estimate,
        "share_agree": agree,
        "share_against": against,
        "status": rule.status(given.tolist()),
    }


def _scales(
    frame: pd.DataFrame,
    rule: ConsensusRule | Mapping[str, ConsensusRule],
    levels: Sequence[float] | Mapping[str, Sequence[float]],
) -> dict[str, tuple[ConsensusRule, list[float]]]:
    """Return rule and levels by scale, and refuse votes that are no level of their scale."""
    names = [str(name) for name in frame["scale"].unique()] if "scale" in frame.columns else [""]
    problems = []
    found: dict[str, tuple[ConsensusRule, list[float]]] = {}
    for name in names:
        own_rule = rule.get(name) if isinstance(rule, Mapping) else rule
        own_levels = levels.get(name) if isinstance(levels, Mapping) else levels
        if own_rule is None or own_levels is None:
            problems.append(f"scale {name!r} has no {'rule' if own_rule is None else 'levels'}")
            continue
        found[name] = own_rule, [float(level) for level in own_levels]
        values = frame.loc[frame["scale"].astype(str) == name, "value"] if name else frame["value"]
        strange = values[values.notna() & ~values.isin(found[name][1])]
        problems += [f"row {index}: {value:g} is no level of the scale" for index, value in strange.items()]
    if problems:
        raise ValueError("; ".join(problems))
    return found


def _votes(votes: pd.DataFrame, columns: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """Return the columns with numbers in value, or refuse all that is wrong at once."""
    absent = [name for name in columns if name not in votes.columns]
    if absent:
        raise ValueError(
            f"votes lack the column {', '.join(absent)}: they have {', '.join(map(str, votes.columns))}"
        )
    wanted = [*columns, "scale"] if "scale" in votes.columns and "scale" not in columns else list(columns)
    frame = votes[wanted].copy()
    numbers = pd.to_numeric(frame["value"], errors="coerce")
    odd = frame["value"].notna() & (numbers.isna() | ~np.isfinite(numbers.fillna(0.0)))
    problems = [f"row {index}: {value!r} is not a vote" for index, value in frame.loc[odd, "value"].items()]
    frame["value"] = numbers
    identity = [*keys, "voter"] + (["scale"] if "scale" in frame.columns and "scale" not in keys else [])
    for index, row in frame[frame.duplicated(identity)].iterrows():
        problems.append(
            f"row {index}: voter {row['voter']!r} voted twice on {' '.join(str(row[k]) for k in keys)}"
        )
    if problems:
        raise ValueError("; ".join(problems))
    return frame


def within_person_change(
    votes: pd.DataFrame, *, minimum_voters: int, inputs: Sequence[str] = ("votes",)
) -> Result:
    """Return how the same voters moved between consecutive rounds, item by item.

    Parameters
    ----------
    votes
        One row per vote: item, round, voter, value (and scale). Rounds are taken in their sorted order.
    minimum_voters
        With fewer voters in both rounds there is no share, only counts and the single changes.
    inputs
        Names of the tables behind the frame.

    Returns
    -------
    Result
        table: item, (scale,) round_before, round_after, both (voters in both), up, down, same,
        median_change, changes (sorted, when there are few), share_moved, reason.

    Raises
    ------
    ValueError
        As :func:`item_summary`.

    Examples
    --------
    >>> votes = pd.DataFrame({"item": "F1", "round": [1, 1, 1, 2, 2], "voter": list("abcab"),
    ...                       "value": [3, 5, 4, 5, 5]})
    >>> found = within_person_change(votes, minimum_voters=10)
    >>> found.table[["both", "up", "down", "same", "changes"]].values.tolist()
    [[2, 1, 0, 1, '0 +2']]
    """
    frame = _votes(votes, ["item", "round", "voter", "value"], ["item", "round"]).dropna(subset="value")
    rounds = sorted(frame["round"].unique().tolist(), key=_natural)
    names = ["item", "scale"] if "scale" in frame.columns else ["item"]
    rows = []
    for before, after in pairwise(rounds):
        pair = frame[frame["round"] == before].merge(
            frame[frame["round"] == after], on=[*names, "voter"], suffixes=("_before", "_after")
        )
        for name in frame[names].drop_duplicates().sort_values(names).itertuples(index=False, name=None):
            same_item = (pair[names] == list(name)).all(axis=1)
            change = np.sort((pair["value_after"] - pair["value_before"])[same_item].to_numpy(dtype=float))
            rows.append(
                dict(zip(names, name, strict=True))
                | {"round_before": before, "round_after": after}
                | _change_row(change, minimum_voters)
            )
    columns = [*names, "round_before", "round_after", *_CHANGE]
    table = pd.DataFrame(rows, columns=columns)
    limitations = ("Voters who left may have thought otherwise: read beside attrition.",)
    return Result(table, tuple(inputs), limitations=limitations)


_CHANGE = ("both", "up", "down", "same", "median_change", "changes", "share_moved", "reason")


def _change_row(change: npt.NDArray[np.float64], minimum: int) -> dict[str, Any]:
    few = len(change) < minimum
    reason = f"{len(change)} voters in both rounds, fewer than {minimum}: no share" if few else ""
    return {
        "both": len(change),
        "up": int((change > 0).sum()),
        "down": int((change < 0).sum()),
        "same": int((change == 0).sum()),
        "median_change": float(np.median(change)) if len(change) else np.nan,
        "changes": " ".join(f"{step:+g}" if step else "0" for step in change) if few else "",
        "share_moved": np.nan if few else float((change != 0).mean()),
        "reason": reason if len(change) else because("nobody voted in both rounds"),
    }


def _natural(value: Any) -> tuple[int, float, str]:
    number = pd.to_numeric(str(value), errors="coerce")
    return (0, float(number), "") if not math.isnan(number) else (1, 0.0, str(value))


def attrition(votes: pd.DataFrame, *, inputs: Sequence[str] = ("votes",)) -> Result:
    """Return who came back: voters per round, kept from the round before, lost, new and returned later.

    Parameters
    ----------
    votes
        One row per vote: round, voter, value; a voter without any value in a round did not take part.
    inputs
        Names of the tables behind the frame.

    Returns
    -------
    Result
        table: round, voters, kept, left, new (never before), returned (earlier, but not in the round before).

    Raises
    ------
    ValueError
        When a column is missing.

    Examples
    --------
    >>> votes = pd.DataFrame({"round": [1, 1, 2, 2], "voter": ["a", "b", "b", "c"], "value": 5})
    >>> attrition(votes).table.values.tolist()
    [[1, 2, 0, 0, 2, 0], [2, 2, 1, 1, 1, 0]]
    """
    absent = [name for name in ("round", "voter", "value") if name not in votes.columns]
    if absent:
        raise ValueError(
            f"votes lack the column {', '.join(absent)}: they have {', '.join(map(str, votes.columns))}"
        )
    present = votes.dropna(subset=["round", "voter", "value"])
    rows = []
    before: set[Any] = set()
    ever: set[Any] = set()
    for number in sorted(present["round"].unique().tolist(), key=_natural):
        now = set(present.loc[present["round"] == number, "voter"])
        rows.append(
            (
                number,
                len(now),
                len(now & before),
                len(before - now),
                len(now - ever),
                len((now & ever) - before),
            )
        )
        before, ever = now, ever | now
    table = pd.DataFrame(rows, columns=["round", "voters", "kept", "left", "new", "returned"])
    return Result(table, tuple(inputs))
