"""What holds benefits back: challenges by area of effort, who speaks of them, and what is done about them."""

from __future__ import annotations

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.evidence.cells import BASIS, Cells
from twinbenefits.evidence.disclosure import ALL

__all__ = ["challenges_and_mechanisms", "challenges_by_actor"]

KINDS = {"effort_area": "area", "consequence": "symptom"}
UNKNOWN = "unknown"


def challenges_by_actor(
    coded: Coded,
    participants: pd.DataFrame,
    deck_statements: pd.DataFrame,
    *,
    by: str = "organization_kind",
) -> Result:
    """Count who speaks of which challenge.

    The actor is read from the speaker. That a challenge is told by one kind of actor does not say that it is
    theirs to solve: who should act is not coded.

    Parameters
    ----------
    coded
        The coded evidence.
    participants
        The table of that name.
    deck_statements
        The table of that name: which code stands for an area of effort, which for a consequence.
    by
        The column of the participants that tells actors apart.

    Returns
    -------
    Result
        One row per challenge and actor, and one per challenge for all of them (``*``), in the codebook's
        order: code, label, kind (area, symptom, or empty), as_written, actor, segments, sessions, in_cases.
        Scalars: ``challenges``, ``challenges_met``, ``companies``.

    Raises
    ------
    ValueError
        When the participants have no such column.
    """
    if by not in participants:
        raise ValueError(f"participants have no column {by!r}: they have {', '.join(map(str, participants))}")
    whole = resolve(coded)
    codes = _challenges(whole)
    actors = dict(zip(participants["participant"], participants[by], strict=True))
    rows = whole.rows[whole.rows["code"].isin(codes)]
    rows = rows.assign(actor=rows["speaker"].map(actors).fillna(UNKNOWN).astype(str))
    named = sorted({*map(str, participants[by])} | {*rows["actor"]})
    grid = pd.DataFrame({"code": codes}, dtype="str").merge(pd.DataFrame({"actor": [ALL, *named]}), "cross")
    every = pd.concat([rows, rows.assign(actor=ALL)], ignore_index=True)
    table = with_segments(grid, every, ["code", "actor"])
    table["in_cases"] = table["cases"]
    table = _told(table, whole, deck_statements)
    met = int((table.loc[table["actor"] == ALL, "segments"] > 0).sum())
    about = pooled_basis(rows)
    shown = ("segments", "sessions", "in_cases")
    return Result(
        table=table[["code", "label", "kind", "as_written", "actor", *shown, *BASIS]],
        inputs=(*whole.inputs, "participants", "deck_statements"),
        scalars={
            "challenges": Scalar(len(codes), unit="challenges", basis=about),
            "challenges_met": Scalar(met, n=len(codes), unit="challenges", basis=about),
            "companies": Scalar(about.cases, unit="companies", basis=about),
        },
        limitations=(
            "The actor is the one who speaks; who should act is not coded.",
            "No segment means that nobody spoke of it, not that the challenge is absent.",
        ),
        cells=Cells(
            dimensions=("code", "actor"),
            shown=shown,
            counts={"segments": "segments on a challenge"},
            population="challenges",
        ),
    )


def challenges_and_mechanisms(coded: Coded, deck_statements: pd.DataFrame) -> Result:
    """Count in how many segments a challenge is told together with something that people do.

    Returns
    -------
    Result
        One row per challenge and mechanism that meet in a segment, in the codebook's order: code, label,
        kind, as_written, mechanism, mechanism_label, segments, sessions, in_cases.
    """
    whole = resolve(coded)
    codes = _challenges(whole)
    mine = whole.rows[whole.rows["code"].isin(codes)].drop_duplicates(["segment", "code"])
    acts = whole.rows.loc[whole.rows["role"] == "mechanism", ["segment", "code"]].drop_duplicates()
    rows = mine.merge(acts.rename(columns={"code": "mechanism"}), on="segment", how="inner")
    rank = {code: number for number, code in enumerate(whole.codebook["id"])}
    pairs = rows[["code", "mechanism"]].drop_duplicates()
    pairs = pairs.assign(a=pairs["code"].map(rank), b=pairs["mechanism"].map(rank)).sort_values(["a", "b"])
    table = with_segments(pairs[["code", "mechanism"]].reset_index(drop=True), rows, ["code", "mechanism"])
    table["in_cases"] = table["cases"]
    table = _told(table, whole, deck_statements)
    table["mechanism_label"] = [whole.label(code) for code in table["mechanism"]]
    shown = ("segments", "sessions", "in_cases")
    columns = ["code", "label", "kind", "as_written", "mechanism", "mechanism_label", *shown, *BASIS]
    return Result(
        table=table[columns],
        inputs=(*whole.inputs, "deck_statements"),
        scalars={"pairs": Scalar(len(table), unit="pairs", basis=pooled_basis(rows))},
        limitations=("That both stand in one segment does not say that the one answers the other.",),
        cells=Cells(dimensions=("code", "mechanism"), shown=shown),
    )


def _challenges(coded: Coded) -> list[str]:
    """Return the challenges without the code above them all, unless that code was given."""
    roots = {
        str(code)
        for code, above in zip(coded.codebook["id"], coded.codebook["parent"], strict=True)
        if not above
    }
    given = {*coded.rows["code"]}
    return [code for code in coded.codes("challenge") if code not in roots or code in given]


def _told(table: pd.DataFrame, coded: Coded, deck_statements: pd.DataFrame) -> pd.DataFrame:
    stated = deck_statements[deck_statements["kind"].isin(KINDS)]
    kind = dict(zip(stated["code"], stated["kind"].map(KINDS), strict=True))
    words = dict(zip(stated["code"], stated["as_written"], strict=True))
    table["label"] = [coded.label(code) for code in table["code"]]
    table["kind"] = table["code"].map(kind).fillna("").astype("str")
    table["as_written"] = table["code"].map(words).fillna("").astype("str")
    return table
