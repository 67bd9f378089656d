"""Tables of what follows from votes: decisions, changed sentences, what we did, and what to ask next."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY, number_text, row_or_withheld
from twinbenefits.evidence.release import Released

__all__ = ["changed_sentences", "decisions", "effects", "guide", "next_questions", "said_and_done"]

DONE: Mapping[str, str] = {
    "keep": "kept",
    "reword": "reworded",
    "split": "split into two",
    "merge": "merged with another",
    "drop": "dropped",
    "defer": "deferred to the next round",
}
SAID: Mapping[str, str] = {
    "consensus": "You agreed.",
    "against": "You agreed that it is not so.",
    "split": "You were split.",
    "unclear": "You neither agreed nor were split.",
    "too few": "Too few of you voted for a share.",
}


def decisions(released: Released) -> pd.DataFrame:
    """Return one line per item and workshop: the outcome of the vote and the decision.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.decisions.votes_and_decisions`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        cells = {
            "Votes": number_text(row["n"]),
            "Median": number_text(row["median"], "g"),
            "Status": str(row["outcome"]),
            "Decision": DONE.get(str(row["action"]), EMPTY),
            "Reason": str(row["reason"] or EMPTY),
            "Day": str(row["decided_on"] or EMPTY),
        }
        names = {
            "Item": str(row["item"]),
            "Workshop": str(row["event"]),
            "Words": f"v{row['version']}",
        }
        lines.append(row_or_withheld(row, names, cells))
    columns = ["Item", "Workshop", "Words", "Votes", "Median", "Status", "Decision", "Reason", "Day"]
    return pd.DataFrame(lines, columns=columns)


def changed_sentences(released: Released) -> pd.DataFrame:
    """Return one line per sentence that a decision changed, with the votes before and after.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.decisions.changed_sentences`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        cells = {
            "Before": str(row["old_text"]),
            "After": str(row["new_text"] or "*dropped*"),
            "Decision": f"{DONE.get(str(row['action']), EMPTY)}, {row['decided_on']}: {row['reason']}",
            "Vote before / after": f"{_vote(row, 'before')} / {_vote(row, 'after')}",
        }
        lines.append(
            row_or_withheld(row, {"Item": str(row["item"]), "After workshop": str(row["event"])}, cells)
        )
    columns = ["Item", "After workshop", "Before", "After", "Decision", "Vote before / after"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def said_and_done(released: Released, workshop: str = "") -> pd.DataFrame:
    """Return what you said and what we did: one line per decision, in words.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.decisions.votes_and_decisions`.
    workshop
        Decisions after this workshop only; empty is all.
    """
    lines = []
    rows = released.table[(released.table["action"] != "") | (released.table["withheld"] != "")]
    rows = rows[rows["event"] == workshop] if workshop else rows
    for row in rows.sort_values("event", kind="stable").to_dict("records"):
        cells = {
            "What you said": SAID.get(str(row["outcome"]), EMPTY),
            "What we did": f"We {_did(row)}.",
            "Why": str(row["reason"] or EMPTY),
        }
        names = {"Workshop": str(row["event"]), "What we had written": str(row["statement"])}
        lines.append(row_or_withheld(row, names, cells))
    columns = ["Workshop", "What we had written", "What you said", "What we did", "Why"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def effects(released: Released) -> pd.DataFrame:
    """Return one line per claim, proposition or code: its history, how it stands, and its ceiling.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.decisions.decision_effects`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        limit = f"at most {row['at_most']}: {row['why']}" if row["at_most"] else "no ceiling from votes"
        cells = {
            "History": str(row["history"] or EMPTY),
            "Stands as": str(row["state"]),
            "Sentence now": str(row["sentence"] or "*none*"),
            "Confidence": limit,
        }
        names = {"About": f"{row['target']} ({row['what']})", "Item": str(row["item"])}
        lines.append(row_or_withheld(row, names, cells))
    columns = ["About", "Item", "History", "Stands as", "Sentence now", "Confidence"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def next_questions(released: Released, *, most: int) -> pd.DataFrame:
    """Return the foremost open questions, with what an answer would fill.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.next_round.next_questions`.
    most
        How many are shown.
    """
    lines = []
    for row in released.table.head(most).to_dict("records"):
        cells = {
            "Question": str(row["question"]),
            "Why": str(row["why"]),
            "About": str(row["about"] or EMPTY),
            "Fills": _filled(row),
        }
        lines.append(row_or_withheld(row, {"Rank": number_text(row["rank"])}, cells))
    columns = ["Rank", "Question", "Why", "About", "Fills"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def guide(released: Released) -> pd.DataFrame:
    """Return the interview guide: parts with their minutes, standing and open questions.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.next_round.interview_guide`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        first = not pd.isna(row["minutes"])
        cells = {
            "Question": str(row["question"]),
            "From": f"open question {row['rank']}" if not pd.isna(row["rank"]) else "every interview",
            "Fills": _filled(row),
        }
        names = {
            "Part": f"{row['part']} {row['title']}" if first else "",
            "Minutes": number_text(row["minutes"]) if first else "",
        }
        lines.append(row_or_withheld(row, names, cells))
    columns = ["Part", "Minutes", "Question", "From", "Fills"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def _vote(row: Mapping[Any, Any], when: str) -> str:
    if pd.isna(row[f"n_{when}"]):
        return str(row[when])
    return f"{row[when]} ({number_text(row[f'n_{when}'])})"


def _did(row: Mapping[Any, Any]) -> str:
    words = {
        "defer": "deferred it to the next round",
        "reword": f"reworded it: “{row['new_text']}”".rstrip("."),
    }
    done = DONE.get(str(row["action"]), EMPTY)
    return words.get(str(row["action"]), done.replace(" ", " it ", 1) if " " in done else f"{done} it")


def _filled(row: Mapping[Any, Any]) -> str:
    """Return the cells in words; many are counted behind the first few."""
    cells = [cell for cell in str(row["cells"] or "").split("; ") if cell]
    shown = "; ".join(cells[:3])
    return f"{shown}; and {len(cells) - 3} more" if len(cells) > 3 else shown or EMPTY
