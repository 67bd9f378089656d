"""What carries a theme: power quotes that put it best, proof quotes that show it is not one voice.

The rule is fixed, so that nobody picks: segments are ordered by strength, status, how many coders gave the
code, brevity and name. The first is the power quote; proof quotes are the next ones of other speakers in
other sessions.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of
from twinbenefits.analysis.coded import STATUSES, Coded
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.salience import benefit_groups
from twinbenefits.evidence.cells import BASIS, basis

__all__ = ["POWER", "PROOF", "evidence_per_theme"]

POWER, PROOF = "power", "proof"

_LIMITATIONS = (
    "Quotes illustrate; they were chosen by a fixed rule, and how often a theme was raised stands elsewhere.",
    "Only segments whose words this audience may read were candidates.",
)


def evidence_per_theme(
    coded: Coded,
    *,
    quote_from: int,
    proof_quotes: int = 2,
    by_case: bool = True,
    role: str = "benefit",
    codes: Sequence[str] | None = None,
) -> Result:
    """Return a power quote and proof quotes for each theme, per case or over all cases.

    Parameters
    ----------
    coded
        The coded evidence with the segments' `text`.
    quote_from
        Least consent level from which this audience may read a quote; from the release rules.
    proof_quotes
        How many proof quotes beside the power quote.
    by_case
        With True each quote stands with its case and needs the company's permission for quotes; with False
        the case is left out, and a quote needs the consent for quotes without a vertical only.
    role, codes
        Themes: codes of the role without any below them, or the codes named, each with all below.

    Returns
    -------
    Result
        ``table``: code, case (with `by_case`), kind (power, proof), place, segment, status, strength, text,
        reason and the basis. Every theme has as many rows; one without
        a quotable segment says so.

    References
    ----------
    Pratt, M. G. (2008). https://doi.org/10.1177/1094428107303349
    """
    resolved = resolve(coded)
    groups = benefit_groups(coded, role, codes)
    mentioned = _candidates(resolved, groups, quote_from)
    about = mentioned[mentioned["about_case"]] if by_case else mentioned
    keys = ["code", "case"] if by_case else ["code"]
    cells = [(code, case) for code in groups for case in coded.cases] if by_case else [(c,) for c in groups]
    chosen: dict[tuple[str, ...], list[int]] = {}
    for place, name in enumerate(zip(*(about[key].tolist() for key in keys), strict=True)):
        chosen.setdefault(name, []).append(place)
    columns_of = {name: about[name].tolist() for name in (*_QUOTED, "speaker", "session")}
    rows = []
    for name in cells:
        picked = _picked(columns_of, chosen.get(name, []), proof_quotes)
        for place in range(proof_quotes + 1):  # as many rows for all, so that their number says nothing
            quote = _quote(picked[place]) if place < len(picked) else _NOTHING
            kind = PROOF if place else POWER
            rows.append({**dict(zip(keys, name, strict=True)), "kind": kind, "place": place + 1, **quote})
    columns = [*keys, "kind", "place", *_NOTHING]
    table = pd.DataFrame(rows, columns=columns)
    if not by_case:
        table = _theme_basis(table, resolved.mentions(groups).rename(columns={"of": "code"}))
    table = table.astype(dict.fromkeys(BASIS, "int64"))
    item = "quotes"
    shown = cells_of(
        table, (*keys, "kind", "place"), case="case" if by_case else "", item=item, words=("text",)
    )
    return Result(table, coded.inputs, limitations=_LIMITATIONS, cells=shown)


_QUOTED = ("segment", "status", "strength", "text", "consent_level")
_NOTHING: dict[str, object] = {
    "segment": "",
    "status": "",
    "strength": np.nan,
    "text": "",
    "reason": "no further segment whose words may be read",
    "cases": 0,
    "persons": 0,
    "sources": 0,
    "level": 0,
}


def _quote(row: Mapping[str, object]) -> dict[str, object]:
    told = {name: row[name] for name in _QUOTED[:-1]}
    return {**told, "reason": "", "cases": 1, "persons": 1, "sources": 1, "level": row["consent_level"]}


def _candidates(coded: Coded, groups: dict[str, tuple[str, ...]], quote_from: int) -> pd.DataFrame:
    """Return segments with words per theme, in the order of the rule."""
    text = (
        coded.segments.set_index("segment")["text"] if "text" in coded.segments else pd.Series(dtype=object)
    )
    found = coded.mentions(groups).rename(columns={"of": "code"})
    given = coded.rows.groupby("segment", sort=False)["coders"].max()
    found = found.assign(
        text=found["segment"].map(text).astype(object),
        coders=found["segment"].map(given),
        _status=found["status"].map({name: place for place, name in enumerate(STATUSES, 1)}).fillna(0),
    )
    found = found[(found["text"].fillna("") != "") & (found["consent_level"] >= quote_from)]
    found = found.assign(_length=found["text"].astype(str).str.len())
    order = ["strength", "_status", "coders", "_length", "segment"]
    ascending = [False, False, False, True, True]
    return found.sort_values(order, ascending=ascending, na_position="last", kind="stable")


def _picked(
    columns: Mapping[str, Sequence[object]], places: Sequence[int], proof_quotes: int
) -> list[dict[str, object]]:
    """Return the first segment and the next ones of other speakers in other sessions."""
    picked: list[dict[str, object]] = []
    speakers: set[object] = set()
    sessions: set[object] = set()
    for at in places:
        row = {name: held[at] for name, held in columns.items()}
        unknown = row["speaker"] == ""
        if row["session"] in sessions or (row["speaker"] in speakers and not unknown):
            continue
        picked.append(row)
        speakers.add(row["speaker"])
        sessions.add(row["session"])
        if len(picked) > proof_quotes:
            break
    return picked


def _theme_basis(table: pd.DataFrame, mentioned: pd.DataFrame) -> pd.DataFrame:
    """Let a quote without its case rest on all who spoke of the theme; its own consent level stays."""
    quoted = table["sources"] > 0
    if not quoted.any():
        return table
    found = basis(mentioned, ["code"]).set_index("code")
    for name in ("cases", "persons", "sources"):
        table.loc[quoted, name] = table.loc[quoted, "code"].map(found[name])
    return table
