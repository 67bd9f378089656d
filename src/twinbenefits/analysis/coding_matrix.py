"""Code by case: presence, count and share, the four states of a benefit, and the segments behind a cell."""

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.analysis.states import STATES, benefit_states
from twinbenefits.evidence.cells import Cells
from twinbenefits.evidence.disclosure import ALL

__all__ = ["MENTIONED", "coding_matrix", "segments_behind"]

MENTIONED = "mentioned"
"""State of a code that takes no status, where it was given."""

ELSEWHERE = "rows about no company"
"""Rows whose consent covers statements over several companies only; never shown, but part of every total."""

_SHOWN = ("present", "state", "segments", "share", "sessions", "reason", "role", "label")
_BEHIND = ("session", "code", "text", "first_order", "status", "strength", "coders", "readers", "role_group")


def coding_matrix(coded: Coded, asked: pd.DataFrame, *, presence_threshold: int = 1) -> Result:
    """Return for every code and case whether it is present, how often, and in which state; and the totals.

    Parameters
    ----------
    coded
        The coded evidence, resolved to one reading per segment.
    asked
        case, code, asked (yes, partly, no): what was asked about.
    presence_threshold
        From how many segments on a code counts as present.

    Returns
    -------
    Result
        table: code, case (or ``"*"`` for all), present (yes, no), state (one of four; ``mentioned`` for codes
        that take no status), segments, share (of the coded segments), sessions, reason (what a reader should
        know of the state), role, label. A case counts the rows that may enter a statement about it, the total
        counts all. Scalars: ``codes_used``, ``codes_never_used``, ``coded_segments``, ``codes_per_segment``.
    """
    groups = {str(code): (str(code),) for code in coded.codebook["id"]}
    mentioned = coded.mentions(groups).rename(columns={"of": "code"})
    about = mentioned[mentioned["about_case"]]
    grid = pd.MultiIndex.from_product([list(groups), [*coded.cases]], names=["code", "case"]).to_frame(
        index=False
    )
    states = benefit_states(coded, asked, groups, presence_threshold=presence_threshold)
    per_case = with_segments(grid, about, ["code", "case"]).merge(
        states[["code", "case", "state", "reason"]], on=["code", "case"], how="left"
    )
    rest = mentioned[~mentioned["about_case"]].assign(case=ELSEWHERE)
    total = mentioned.assign(case=ALL)
    margins = [
        with_segments(pd.DataFrame({"code": list(groups), "case": name}), rows, ["code", "case"])
        for name, rows in ((ELSEWHERE, rest), (ALL, total.assign(case=ALL)))
    ]
    margins[1] = with_basis(margins[1].drop(columns="case"), mentioned, ["code"]).assign(case=ALL)
    table = pd.concat([per_case, *margins], ignore_index=True)
    table["state"] = pd.Series(_states(coded, table), index=table.index, dtype=object)
    table["share"] = table["segments"] / _coded_segments(coded, table["case"])
    table["present"] = ["yes" if n >= max(presence_threshold, 1) else "no" for n in table["segments"]]
    table["reason"] = table["reason"].fillna("")
    table["role"] = table["code"].map({code: coded.role(code) for code in groups})
    table["label"] = table["code"].map({code: coded.label(code) for code in groups})
    whole = pooled_basis(coded.segments[coded.segments["segment"].isin(mentioned["segment"])])
    used, with_code = int(mentioned["code"].nunique()), int(mentioned["segment"].nunique())
    scalars = {
        "codes_used": Scalar(used, len(groups), "codes", basis=whole),
        "codes_never_used": Scalar(len(groups) - used, len(groups), "codes", basis=whole),
        "coded_segments": Scalar(with_code, len(coded.segments), "segments", basis=whole),
        "codes_per_segment": Scalar(
            len(mentioned) / with_code if with_code else None, with_code, "codes", basis=whole,
            reason=None if with_code else "undefined, because no segment carries a code",
        ),
    }  # fmt: skip
    notes = (
        "Counts say how often something came up, not how much it matters.",
        f"Where several coders read a segment, this rule made their readings one: {coded.rule or 'any'}.",
        *coded.notes,
    )
    cells = Cells(
        ("code", "case"),
        _SHOWN,
        "case",
        "benefit_states",
        {"segments": "coded segments"},
        "resolved readings",
    )
    inputs = tuple(dict.fromkeys((*coded.inputs, "asked")))
    return Result(table, inputs, scalars=scalars, limitations=notes, cells=cells)


def segments_behind(coded: Coded, code: str, participants: pd.DataFrame, *, case: str = "") -> Result:
    """Return the segments behind a cell of the matrix, with what the audience may read of them.

    Parameters
    ----------
    coded
        The coded evidence, resolved to one reading per segment.
    code
        The code, or a code with others below it, which then count too.
    participants
        participant and role_group, for who spoke.
    case
        One case; empty for all.

    Returns
    -------
    Result
        table: case, segment, session, code, text, first_order, status, strength, coders, readers, role_group.
        Each row is about one company and needs its permission for quotes.
    """
    wanted = coded.rows[coded.rows["code"].isin(coded.members(code))]
    if case:
        wanted = wanted[wanted["case"] == case]
    rows = wanted.drop_duplicates(["segment", "code"]).copy()
    for column in ("text", "first_order"):
        held = (
            coded.segments[column] if column in coded.segments else pd.Series("", index=coded.segments.index)
        )
        rows[column] = rows["segment"].map(dict(zip(coded.segments["segment"], held, strict=True))).fillna("")
    groups = dict(zip(participants["participant"], participants["role_group"], strict=True))
    rows["role_group"] = rows["speaker"].map(groups).fillna("")
    rows = rows.reindex(columns=["case", "segment", *_BEHIND, "source", "speaker", "consent_level"])
    rows = rows.sort_values(["case", "session", "segment", "code"], ignore_index=True)
    table = with_basis(rows[["case", "segment", *_BEHIND]], rows, ["segment", "code"])
    scalars = {
        "segments_behind": Scalar(int(rows["segment"].nunique()), unit="segments", basis=pooled_basis(rows))
    }
    cells = Cells(("case", "segment"), _BEHIND, "case", "quotes", words=("text", "first_order"))
    notes = () if len(rows) else (f"No segment carries {code}.",)
    inputs = tuple(dict.fromkeys((*coded.inputs, "participants")))
    return Result(table, inputs, scalars=scalars, limitations=notes, cells=cells)


def _states(coded: Coded, table: pd.DataFrame) -> list[object]:
    """Keep the four states for codes that take a status, and say mentioned or nothing for the others."""
    graded = set(coded.rows.loc[coded.rows["status"] != "", "role"])
    roles = {str(code): coded.role(str(code)) for code in table["code"].unique()}
    states: list[object] = []
    for code, state, segments, case in zip(
        table["code"], table["state"], table["segments"], table["case"], strict=True
    ):
        if case in (ALL, ELSEWHERE):
            states.append("")
        elif roles[code] in graded or state not in STATES[2:]:
            states.append(state if pd.notna(state) else "")
        else:
            states.append(MENTIONED if segments else state)
    return states


def _coded_segments(coded: Coded, cases: "pd.Series[str]") -> "pd.Series[float]":
    """Return the coded segments of each case, those of no company, and all of them."""
    carrying = coded.segments[coded.segments["segment"].isin(coded.rows["segment"])]
    about = carrying[carrying["about_case"]]
    counts = {
        **about.groupby("case").size().to_dict(),
        ELSEWHERE: int((~carrying["about_case"]).sum()),
        ALL: len(carrying),
    }
    return cases.map(counts).replace(0, float("nan")).astype(float)
