"""How was each benefit reached? Mechanisms against the benefits they serve."""

from collections.abc import Sequence

import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["mechanism_by_benefit", "mechanism_rows"]

_LIMITATIONS = (
    "A cell says that informants told of a mechanism for a benefit, not that the benefit came of it alone.",
    "An empty cell was not told of; nobody was asked about every pair.",
)


def mechanism_rows(coded: Coded, role: str = "mechanism") -> pd.DataFrame:
    """Return one row per segment, mechanism and the benefit it serves.

    Parameters
    ----------
    coded
        Resolved evidence.
    role
        The role whose codes name a target.

    Returns
    -------
    DataFrame
        The rows of the codings that name a target, with `mechanism` and `benefit`.
    """
    rows = coded.rows[coded.rows["code"].isin(coded.codes(role)) & (coded.rows["target_code"] != "")]
    named = rows.assign(mechanism=rows["code"], benefit=rows["target_code"])
    return named.drop_duplicates(["segment", "mechanism", "benefit"])


def mechanism_by_benefit(
    coded: Coded, *, role: str = "mechanism", roll_up: Sequence[str] | None = None
) -> Result:
    """Return for each mechanism and benefit in how many segments, sessions and cases they were tied together.

    Parameters
    ----------
    coded
        The coded evidence; several coders are resolved by ``"any"`` unless that was done before.
    role
        The role whose codes name a target.
    roll_up
        Codes under which benefits are brought together, each with all below; what stands under none is left
        out. Wider cells rest on more persons, so that more of them may be shown.

    Returns
    -------
    Result
        ``table``: mechanism, benefit, segments, sessions, cases, persons, sources, ids (the segments, parted
        by semicolons); every mechanism without codes below it against every benefit without any, and
        whatever else was coded. Cells are pooled over cases. Scalars: ``mechanism_segments``,
        ``mechanisms_without_benefit`` (codings that name no target), ``pairs_told_of``.
    """
    resolved = resolve(coded)
    found = mechanism_rows(resolved, role)
    if roll_up is not None:
        upper = {code: group for group in roll_up for code in resolved.members(group)}
        found = found[found["benefit"].isin(list(upper))]
        found = found.assign(benefit=found["benefit"].map(upper))
        found = found.drop_duplicates(["segment", "mechanism", "benefit"])
    index = _pairs(resolved, found, role, roll_up)
    grouped = found.groupby(["mechanism", "benefit"])
    table = index.to_frame(index=False).assign(
        segments=grouped["segment"].nunique().reindex(index, fill_value=0).to_numpy(),
        sessions=grouped["session"].nunique().reindex(index, fill_value=0).to_numpy(),
        ids=grouped["segment"].agg(_joined).reindex(index, fill_value="").to_numpy(),
    )
    table = with_basis(table, found, ["mechanism", "benefit"])
    own = resolved.rows[resolved.rows["code"].isin(resolved.codes(role))]
    rests_on = pooled_basis(own)
    untied = own[own["target_code"] == ""]
    return Result(
        table,
        coded.inputs,
        scalars={
            "mechanism_segments": Scalar(int(own["segment"].nunique()), unit="segments", basis=rests_on),
            "mechanisms_without_benefit": Scalar(
                len(untied), n=len(own), unit="codings", basis=pooled_basis(untied)
            ),
            "pairs_told_of": Scalar(
                int((table["segments"] > 0).sum()), n=len(table), unit="pairs", basis=pooled_basis(found)
            ),
        },
        limitations=_LIMITATIONS,
        cells=cells_of(
            table,
            ("mechanism", "benefit"),
            counts={"segments": "segments"},
            population=f"segments in which a code of the role {role} names a target, resolved by "
            f"{resolved.rule}" + (", benefits brought together" if roll_up is not None else ""),
            shown_basis=("cases", "persons", "sources"),
        ),
    )


def _pairs(coded: Coded, found: pd.DataFrame, role: str, roll_up: Sequence[str] | None) -> pd.MultiIndex:
    """Return all pairs in the codebook's order, and pairs of other codes that were met."""
    aimed_at: set[str] = set()
    if "targets_role" in coded.codebook:
        mine = coded.codebook["role"] == role
        aimed_at = {str(aim) for aim in coded.codebook.loc[mine, "targets_role"].dropna() if aim}
    benefits = [code for target in sorted(aimed_at) for code in coded.leaves(target)]
    benefits = benefits if roll_up is None else list(roll_up)
    every = [str(code) for code in coded.codebook["id"]]
    place = {code: number for number, code in enumerate(every)}
    mechanisms = dict.fromkeys([*coded.leaves(role), *found["mechanism"]])
    reached = dict.fromkeys([*benefits, *found["benefit"]])
    ordered = [
        sorted(map(str, part), key=lambda code: (place.get(code, len(place)), code))
        for part in (mechanisms, reached)
    ]
    return pd.MultiIndex.from_product(ordered, names=["mechanism", "benefit"])


def _joined(segments: "pd.Series[str]") -> str:
    return ";".join(sorted(set(segments)))
