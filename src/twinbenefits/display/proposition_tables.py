"""Propositions with the cases for and against, the verdict, and how much it hangs on single choices."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = ["choice_words", "propositions", "share_words", "verdict_notes", "verdict_robustness"]

_MARKS = ("supports", "contrary", "neither", "silent")
_WITHHELD = "*withheld*"


def propositions(verdicts: Released, cases: Released, left_out: Released) -> pd.DataFrame:
    """Return one line per proposition: verdict, cases by what they say, one case left out, chance, counter.

    Counts of pairs of cases are given only where no case is withheld: beside the marks of the others they
    would tell of it.

    Parameters
    ----------
    verdicts, cases, left_out
        The released parts of `twinbenefits.analysis.propositions.judge_propositions`.
    """
    marks, without = cases.table, left_out.table
    lines = []
    for row in verdicts.table.to_dict("records"):
        name = str(row["proposition"])
        mine = marks[(marks["proposition"] == name) & (marks["case"] != ALL)]
        hidden = bool((mine["withheld"] != "").any())
        lines.append(
            {
                "Proposition": f"**{name}** {row['statement']}",
                "Verdict": _WITHHELD if row["withheld"] else _verdict(row, hidden),
                "Cases": _by_mark(mine),
                "Without one case": _without(without[without["proposition"] == name]),
                "Orders as good": _orders(row, hidden),
                "What would count against": str(row["would_count_against"] or EMPTY),
            }
        )
    columns = [
        "Proposition", "Verdict", "Cases", "Without one case", "Orders as good", "What would count against",
    ]  # fmt: skip
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def verdict_notes(cases: Released) -> pd.DataFrame:
    """Return why cases are contrary or silent, proposition by proposition.

    The smallest sets are numbered only where no case is withheld: beside the others they would tell of it.

    Parameters
    ----------
    cases
        The released marks of `twinbenefits.analysis.propositions.judge_propositions`.
    """
    table = cases.table
    told = table[(table["withheld"] == "") & table["mark"].isin(["contrary", "silent"])]
    hidden = set(table.loc[(table["withheld"] != "") & (table["case"] != ALL), "proposition"])
    columns = ["Proposition", "Case", "Mark", "Why", "Smallest sets"]
    lines = [
        {
            "Proposition": str(row["proposition"]),
            "Case": str(row["case"]),
            "Mark": str(row["mark"]),
            "Why": str(row["note"] or "") or EMPTY,
            "Smallest sets": EMPTY
            if row["proposition"] in hidden
            else str(row["sets"] or "").replace(";", ", ") or EMPTY,
        }
        for row in told.to_dict("records")
    ]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def verdict_robustness(verdicts: Released, choices: Released, most: int = 3) -> pd.DataFrame:
    """Return one line per proposition: how often each verdict is reached over the specifications, and flips.

    Parameters
    ----------
    verdicts, choices
        The released parts of `twinbenefits.analysis.robust_verdicts.robust_verdicts`.
    most
        How many of the choices that change a verdict are named.
    """
    chosen = choices.table
    lines = []
    for row in verdicts.table.to_dict("records"):
        name = str(row["proposition"])
        if row["withheld"] or row["reason"]:
            why = f"*withheld: {row['withheld']}*" if row["withheld"] else f"*{row['reason']}*"
            lines.append({"Proposition": name, "Verdict": why})
            continue
        shares = [
            f"{verdict} {share_words(float(row[verdict]))}"
            for verdict in ("Supported", "Mixed", "Not supported", "Cannot say")
            if float(row[verdict]) > 0
        ]
        lines.append(
            {
                "Proposition": name,
                "Verdict": str(row["baseline"]),
                "Share of specifications": share_words(float(row["share"])),
                "All verdicts reached": ", ".join(shares),
                "Single choices that change it": _flips(chosen[chosen["proposition"] == name], most),
            }
        )
    columns = [
        "Proposition", "Verdict", "Share of specifications", "All verdicts reached",
        "Single choices that change it",
    ]  # fmt: skip
    frame = pd.DataFrame(lines, columns=columns).fillna("")
    return frame if len(frame) else pd.DataFrame([dict.fromkeys(columns, EMPTY)])


def share_words(share: float) -> str:
    """Return a share as a whole percentage that is 0 or 100 only where it is so exactly.

    Examples
    --------
    >>> share_words(0.001), share_words(0.25), share_words(0.999), share_words(1.0)
    ('under 1%', '25%', 'over 99%', '100%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _verdict(row: Mapping[Any, Any], hidden: bool) -> str:
    pairs = ""
    if not hidden and row["kind"] == "directional" and not pd.isna(row["concordant"]):
        pairs = (
            f" Pairs: {int(row['concordant'])} for, {int(row['discordant'])} against, "
            f"{int(row['tied'])} tied, {int(row['unknown'])} unknown."
        )
    why = str(row["why"] or "")
    return f"**{row['verdict']}** ({row['kind']}): {why}.{pairs}"


def _by_mark(mine: pd.DataFrame) -> str:
    parts = []
    for mark in _MARKS:
        named = [str(case) for case in mine.loc[mine["mark"] == mark, "case"]]
        if named:
            parts.append(f"{mark}: {', '.join(named)}")
    hidden = [str(case) for case in mine.loc[mine["withheld"] != "", "case"]]
    if hidden:
        parts.append(f"*withheld: {', '.join(hidden)}*")
    return "; ".join(parts) or "no case"


def _without(mine: pd.DataFrame) -> str:
    shown = mine[mine["withheld"] == ""]
    changed = [
        f"{row['left_out']}: {row['verdict']}" for row in shown.to_dict("records") if bool(row["changes"])
    ]
    words = f"changes without {'; '.join(changed)}" if changed else "same" if len(shown) else EMPTY
    hidden = len(mine) - len(shown)
    return f"{words} (*{hidden} withheld*)" if hidden else words


def _orders(row: Mapping[Any, Any], hidden: bool) -> str:
    if row["withheld"]:
        return _WITHHELD
    if pd.isna(row["orders"]):
        return f"*{row['orders_reason'] or 'not counted'}*"
    del hidden
    return f"{int(row['orders_as_good'])} of {int(row['orders'])}"


def _flips(mine: pd.DataFrame, most: int) -> str:
    shown = mine[(mine["withheld"] == "") & (mine["holds_alone"].astype(object) == False)]  # noqa: E712
    named = [choice_words(str(row["axis"]), str(row["choice"]), str(row["case"]))
             for row in shown.to_dict("records")]  # fmt: skip
    hidden = int((mine["withheld"] != "").sum())
    words = "; ".join(named[:most]) + (f"; {len(named) - most} more" if len(named) > most else "")
    return (words or "none") + (f" (*{hidden} choices withheld*)" if hidden else "")


_AXES = {"version": "read by", "left_out": "without", "merge": "as one:", "measure": "ordered by"}


def choice_words(axis: str, choice: str, case: str) -> str:
    """Return a choice of a specification in words.

    Parameters
    ----------
    axis, choice
        The axis and what is chosen on it.
    case
        The case that is left out or whose session is; ``*`` for none.

    Examples
    --------
    >>> choice_words("threshold", "2", "*"), choice_words("left_out", "case", "telecom")
    ('present from 2 segments', 'without telecom')
    >>> choice_words("left_out", "session session-5c0ffee5c0ffee", "telecom")
    'without a session of telecom'
    """
    if axis == "threshold":
        return f"present from {choice} segments"
    if axis == "left_out" and choice == "case":
        return f"without {case}"
    if axis != "left_out" or not choice.startswith("session "):
        return f"{_AXES.get(axis, axis)} {choice}".replace("preferred ", "")
    name = choice.removeprefix("session ")
    return f"without a session of {case}" if len(name) > _LONG else f"without session {name}"


_LONG = 12
"""Names of sessions that are longer stand for others that these readers may not know."""
