"""Where coders differ: the segments to talk through, in the order in which talking helps most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coder_agreement import ALPHA, double_coded_rows
from twinbenefits.analysis.double_coding import codes_by_reading, readers_by_segment
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Cells

__all__ = ["Claims", "disagreement_queue", "disagreements_by_code", "settled_segments"]

Claims = Mapping[str, Sequence[str]]
"""Code to the claims that rest on it."""

_QUEUE = (
    "position", "code", "text", "first_coder", "first_codes", "second_coder", "second_codes", "label",
    "include", "exclude", "alpha", "distance", "aims_at", "would_change", "claims",
)  # fmt: skip
_BY_CODE = ("label", "differing", "alike", "alpha", "distance", "aims_at", "reason", "claims", "rank")


@dataclass(frozen=True, slots=True)
class _Rule:
    tentative: float
    reliable: float

    def next_step(self, alpha: float) -> float:
        """Return the next threshold above an alpha; missing where there is none."""
        if np.isnan(alpha):
            return np.nan
        above = [step for step in (self.tentative, self.reliable) if alpha < step]
        return min(above, default=np.nan)


def disagreements_by_code(
    coded: Coded,
    agreement: pd.DataFrame,
    *,
    tentative: float,
    reliable: float,
    claims: Claims | None = None,
) -> Result:
    """Return how often coders differ on each code, and how far its alpha is from the rule fixed beforehand.

    Parameters
    ----------
    coded
        The coded evidence with its coders side by side.
    agreement
        Table of :func:`~twinbenefits.analysis.coder_agreement.coder_agreement`, for alpha.
    tentative, reliable
        The decision rule.
    claims
        The claims that rest on each code; a claim on a code rests on those below it too.

    Returns
    -------
    Result
        table: code, label, differing (segments on which not all readers gave it, though one did), alike
        (segments on which all did), alpha, distance (to the next threshold above it; missing once the upper
        one is met), aims_at (that threshold), reason, claims (joined by "; "), rank. Codes nearest to a
        threshold come first, for there the least talking settles the most; then codes without an alpha; then
        those that meet the rule. Of two alike near, the one that more claims rest on comes first.
    """
    cells, readings = _cells(coded)
    rule = _Rule(tentative, reliable)
    alphas, reasons = _alphas(agreement)
    touched = _with_those_below(coded, claims or {})
    counted = cells.groupby("code")["differs"].agg(["sum", "size"])
    codes = [code for code in coded.codebook["id"] if code in counted.index or code in alphas]
    found = [*codes, *(code for code in counted.index if code not in set(codes))]
    lines = []
    for code in map(str, found):
        differing, given = (int(counted[part].get(code, 0)) for part in ("sum", "size"))
        alpha = alphas.get(code, np.nan)
        step = rule.next_step(alpha)
        line = (code, coded.label(code), differing, given - differing, alpha, step - alpha, step)
        lines.append((*line, reasons.get(code, ""), "; ".join(touched.get(code, ()))))
    table = pd.DataFrame(lines, columns=["code", *_BY_CODE[:-1]])
    table["rank"] = _order(table)
    table = with_basis(table.sort_values("rank", ignore_index=True), cells, ["code"])
    whole = pooled_basis(readings.drop_duplicates("segment"))
    disputed = cells[cells["differs"]]
    scalars = {
        "segments_differing": Scalar(
            int(disputed["segment"].nunique()), int(readings["segment"].nunique()), "segments", basis=whole
        ),
        "codes_differing": Scalar(int(disputed["code"].nunique()), len(table), "codes", basis=whole),
        "alpha_tentative": Scalar(tentative, unit="alpha", basis=whole),
        "alpha_reliable": Scalar(reliable, unit="alpha", basis=whole),
    }
    counts = {"differing": "differing segments", "alike": "alike segments"}
    return Result(
        table, coded.inputs, scalars=scalars, limitations=_notes(readings),
        cells=Cells(("code",), _BY_CODE, counts=counts, population="double-coded"),
    )  # fmt: skip


def disagreement_queue(
    coded: Coded, by_code: Result, *, presence_threshold: int = 1, with_settled: bool = False
) -> Result:
    """Return every differing segment with both readings and the codebook's lines, the most useful first.

    Segments for which an agreed result was recorded are settled, and left out.

    Parameters
    ----------
    coded
        The coded evidence; its segments carry the text as far as the audience may read it.
    by_code
        Result of :func:`disagreements_by_code`, which gives the order of the codes.
    presence_threshold
        From how many segments on a code counts as present in a case.
    with_settled
        Whether to list settled segments too.

    Returns
    -------
    Result
        table: case, segment, code, position, text, both coders with their codes, the code's label with what
        to include and exclude, alpha, distance, aims_at, would_change (what the decision would change beside
        alpha: whether the code counts as present in the case), claims (which rest on the code). Within a
        code, segments that would change something come first. Each row is about one company and needs its
        permission for quotes.
    """
    cells, readings = _cells(coded)
    codes = by_code.table.set_index("code")
    settled = settled_segments(coded)
    found = cells[cells["differs"] & (with_settled | ~cells["segment"].isin(settled))].copy()
    for column in ("rank", "alpha", "distance", "aims_at"):
        found[column] = found["code"].map(codes[column]).astype(float)
    found["claims"] = found["code"].map(codes["claims"]).fillna("").astype(object)
    found["would_change"] = _would_change(coded, found, presence_threshold)
    found = found.join(_both(readings, coded), on="segment")
    found["text"] = found["segment"].map(_texts(coded)).fillna("")
    book = coded.codebook.set_index("id")
    for column in ("label", "include", "exclude"):
        said = book[column] if column in book else pd.Series(dtype=object)
        found[column] = found["code"].map(said).fillna("").astype(object)
    found = found.sort_values(
        ["rank", "would_change", "segment"], ascending=[True, False, True], kind="stable", ignore_index=True
    )
    found["position"] = range(1, len(found) + 1)
    table = with_basis(found[["case", "segment", *_QUEUE]], cells, ["segment"])
    whole = pooled_basis(readings.drop_duplicates("segment"))
    changing, touching = (int((found[name] != "").sum()) for name in ("would_change", "claims"))
    disputed = set(cells.loc[cells["differs"], "segment"])
    scalars = {
        "queue_length": Scalar(len(table), unit="disagreements", basis=whole),
        "queue_changing_presence": Scalar(changing, len(table), "disagreements", basis=whole),
        "queue_touching_claims": Scalar(touching, len(table), "disagreements", basis=whole),
        "segments_settled": Scalar(len(disputed & settled), len(disputed), "segments", basis=whole),
    }
    return Result(
        table, coded.inputs, scalars=scalars, limitations=_notes(readings),
        cells=Cells(("case", "segment"), _QUEUE, "case", "quotes", words=("text",)),
    )  # fmt: skip


def settled_segments(coded: Coded) -> set[str]:
    """Return the segments for which an agreed result of several coders was recorded."""
    return set(coded.readings.loc[coded.readings["coder"].isin(coded.agreed), "segment"])


def _with_those_below(coded: Coded, claims: Claims) -> dict[str, list[str]]:
    """Return the claims by code, a claim on a code also with all codes below it."""
    found: dict[str, set[str]] = {}
    for code, named in claims.items():
        for member in coded.members(code):
            found.setdefault(member, set()).update(named)
    return {code: sorted(named) for code, named in found.items()}


def _cells(coded: Coded) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per double-coded segment and code that a reader gave, and the readings."""
    rows, readings = double_coded_rows(coded)
    readers = readings.groupby("segment")["coder"].nunique()
    where = ["segment", "session", "case", "source", "speaker", "consent_level"]
    given = rows.groupby(["segment", "code"], sort=False)["coder"].nunique().rename("coders").reset_index()
    cells = given.merge(readings[where].drop_duplicates("segment"), on="segment", how="inner")
    cells["differs"] = cells["coders"] < cells["segment"].map(readers)
    return cells, readings


def _alphas(agreement: pd.DataFrame) -> tuple[dict[str, float], dict[str, str]]:
    scope = "scope" if "scope" in agreement else "level"
    rows = agreement[(agreement[scope] == "code") & (agreement["measure"] == ALPHA)]
    names = rows["name"].astype(str)
    return (
        dict(zip(names, rows["estimate"].astype(float), strict=True)),
        dict(zip(names, rows["reason"].fillna("").astype(str), strict=True)),
    )


def _order(table: pd.DataFrame) -> "pd.Series[int]":
    """Rank codes: nearest to a threshold first, undefined next, the settled ones last."""
    group = np.select(
        [
            table["distance"].notna() & (table["differing"] > 0),
            table["alpha"].isna() & (table["differing"] > 0),
        ],
        [0, 1],
        2,
    )
    keys = table.assign(group=group, near=table["distance"].fillna(0.0), many=-table["differing"])
    keys["resting"] = [-len(named.split("; ")) if named else 0 for named in table["claims"]]
    ordered = keys.sort_values(["group", "near", "resting", "many", "code"], kind="stable").index
    return pd.Series(range(1, len(table) + 1), index=ordered).reindex(table.index)


def _would_change(coded: Coded, found: pd.DataFrame, threshold: int) -> list[str]:
    """Say for which disagreements the presence of the code in the case hangs on this very segment."""
    given = coded.rows.groupby(["case", "code"])["segment"].nunique().to_dict()
    settled = [
        given.get(cell, 0) for cell in zip(found["case"].tolist(), found["code"].tolist(), strict=True)
    ]
    return [
        "whether the code counts as present in the case" if count - 1 < threshold <= count else ""
        for count in settled
    ]


def _both(readings: pd.DataFrame, coded: Coded) -> pd.DataFrame:
    """Return per segment its first two coders and the codes of each."""
    given = codes_by_reading(coded.rows)
    none: set[str] = set()
    lines = []
    for segment, names in readers_by_segment(readings).items():
        said = {name: "; ".join(sorted(given.get((segment, name), none))) or "no code" for name in names}
        second = names[1:]
        lines.append(
            {
                "segment": segment,
                "first_coder": names[0],
                "first_codes": said[names[0]],
                "second_coder": ", ".join(second),
                "second_codes": " | ".join(said[name] for name in second),
            }
        )
    columns = ["segment", "first_coder", "first_codes", "second_coder", "second_codes"]
    return pd.DataFrame(lines, columns=columns).set_index("segment")


def _texts(coded: Coded) -> dict[str, str]:
    if "text" not in coded.segments:
        return {}
    return dict(zip(coded.segments["segment"], coded.segments["text"].fillna("").astype(str), strict=True))


def _notes(readings: pd.DataFrame) -> tuple[str, ...]:
    if len(readings):
        return ("The order says where talking settles most, not who is right.",)
    return (f"There is nothing to talk through: {because('no segment was read by two coders')[11:]}.",)
