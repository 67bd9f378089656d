"""Would another way of coding, counting or comparing have led to another conclusion?

Every conclusion is looked at under all combinations of choices: in what share of them it holds, and which
single choice turns it over. A share says how much a conclusion rests on choices that could have been others;
it is no probability that the conclusion is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, with_basis, with_case_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.conclusions import (
    CONCLUSIONS,
    EVERYWHERE,
    FIRST,
    PRESENT,
    REALIZED,
    Conclusions,
    conclusions,
)
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.spec_summary import by_choice, concerns, held_share
from twinbenefits.analysis.specifications import AXES, Specifications
from twinbenefits.analysis.sweep import Sweep, sweep
from twinbenefits.evidence.disclosure import ALL

__all__ = ["Robustness", "robustness", "rows_behind", "specification_curve", "told_for"]

UNTOLD = "not asked about, or nothing of it may be told"

LIMITATIONS = (
    "Specifications are choices that could have been made, not draws: a share of them is no probability.",
    "All specifications share the same interviews; what was not asked stays unknown under each.",
)


@dataclass(frozen=True, slots=True)
class Robustness:
    """How conclusions fare under the specifications; each part is released by itself.

    Parameters
    ----------
    conclusions
        One row per conclusion: conclusion, code, case (``*`` for one over all cases), baseline (what is
        reported), share (of specifications in which it holds), specifications (in which it can be said),
        flips (single choices that turn it over, without leaving one company out where it is about all).
    choices
        One row per conclusion and choice: conclusion, code, case (the one it is about or that is left out),
        axis, choice, holds_alone (with only this choice changed), share (of the specifications with it).
    ranks
        One row per case and code: rank as reported, best, worst, low and high (the middle 95 per cent of
        the specifications), first (share of them in which it stands first), specifications.
    """

    conclusions: Result
    choices: Result
    ranks: Result


def told_for(coded: Coded, pairs: Sequence[tuple[str, str]]) -> tuple[Coded, list[str]]:
    """Add a code of its own for each pair of a mechanism and the benefit it names.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    pairs
        Mechanism and benefit, each with all codes below it.

    Returns
    -------
    Coded, list of str
        The evidence with codings of the pairs besides, and the names of the pairs.
    """
    parts = [coded.rows]
    names = []
    for one, other in pairs:
        name = f"{one} for {other}"
        aimed = coded.rows["target_code"].isin(coded.members(other))
        mine = coded.rows[coded.rows["code"].isin(coded.members(one)) & aimed]
        parts.append(mine.assign(code=name, target_code="").drop_duplicates(["segment", "coder", "code"]))
        names.append(name)
    return replace(coded, rows=pd.concat(parts, ignore_index=True)), names


def robustness(
    coded: Coded,
    asked: pd.DataFrame,
    specs: Specifications,
    *,
    patterns: Sequence[tuple[str, str]] = (),
    role: str = "benefit",
    map: Map = map,
) -> Robustness:
    """Hold presence, realization, first ranks and patterns over all cases to every specification.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    asked
        What was asked about.
    specs
        The choices.
    patterns
        Pairs of a mechanism and a benefit: is the one told of for the other in all cases?
    role
        The role whose codes without any below are looked at.
    map
        Runs the versions; the built-in by default, or that of an executor.
    """
    found = sweep(coded, asked, specs, role=role, map=map)
    paired, names = told_for(coded, patterns)
    listed = [one for kind in CONCLUSIONS for one in conclusions(found, kind)]
    if names:
        listed += conclusions(sweep(paired, asked, specs, codes=names, map=map), EVERYWHERE)
    behind = rows_behind(resolve(paired).about_cases(), [*found.codes, *names])
    inputs = (*coded.inputs, "asked")
    keys = ["conclusion", "code"]
    table = pd.DataFrame(_conclusion_rows(listed, specs), columns=_CONCLUSION)
    table = with_case_basis(table, behind, keys)
    chosen = with_case_basis(pd.DataFrame(_choice_rows(listed, specs), columns=_CHOICE), behind, keys)
    ranked = with_basis(_rank_ranges(found), behind[behind["conclusion"] == PRESENT], ["code", "case"])
    dimensions = (*keys, "case", "axis", "choice")
    return Robustness(
        Result(table, inputs, limitations=LIMITATIONS, cells=cells_of(table, (*keys, "case"), case="case")),
        Result(chosen, inputs, limitations=LIMITATIONS, cells=cells_of(chosen, dimensions, case="case")),
        Result(
            ranked, inputs, limitations=LIMITATIONS, cells=cells_of(ranked, ("code", "case"), case="case")
        ),
    )


_CONCLUSION = ["conclusion", "code", "case", "baseline", "share", "specifications", "flips", "reason"]
_CHOICE = ["conclusion", "code", "case", "axis", "choice", "holds_alone", "share"]


def rows_behind(about: Coded, codes: Sequence[str]) -> pd.DataFrame:
    """Return the rows behind each kind of conclusion and code; which ranks first rests on all codes.

    Parameters
    ----------
    about
        Resolved evidence that may enter statements about its cases.
    codes
        The codes.
    """
    each = about.mentions({code: about.members(code) for code in codes}).rename(columns={"of": "code"})
    whole = each.drop_duplicates("segment").assign(code="", conclusion=FIRST)
    return pd.concat(
        [whole, *(each.assign(conclusion=kind) for kind in (PRESENT, REALIZED, EVERYWHERE))],
        ignore_index=True,
    )


def _conclusion_rows(listed: Sequence[Conclusions], specs: Specifications) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for one in listed:
        share, defined = held_share(one.held)
        flips = np.zeros(len(one.codes), dtype=int)
        for choice in by_choice(one.held, specs, one.left_out):
            if one.case != ALL or not choice.company:
                flips += np.asarray(choice.alone == 0, dtype=int)
        for place, code in enumerate(one.codes):
            told = one.baseline[place] is not None
            rows.append(
                {
                    "conclusion": one.kind,
                    "code": code,
                    "case": one.case,
                    "baseline": one.baseline[place],
                    "share": share[place] if told else np.nan,
                    "specifications": int(defined[place]) if told else 0,
                    "flips": int(flips[place]) if told else 0,
                    "reason": "" if told else UNTOLD,
                }
            )
    return rows


def _choice_rows(listed: Sequence[Conclusions], specs: Specifications) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for one in listed:
        for choice in by_choice(one.held, specs, one.left_out):
            about = one.case if one.case != ALL else choice.company or ALL
            for place, code in enumerate(one.codes):
                told = one.baseline[place] is not None
                alone = choice.alone[place]
                rows.append(
                    {
                        "conclusion": one.kind,
                        "code": code,
                        "case": about,
                        "axis": choice.axis,
                        "choice": choice.choice,
                        "holds_alone": bool(alone) if told and not np.isnan(alone) else None,
                        "share": choice.share[place] if told else np.nan,
                    }
                )
    return rows


def specification_curve(
    coded: Coded, found: Sweep, *, conclusion: str, code: str = "", case: str = ALL
) -> Result:
    """Return every specification with whether one conclusion holds in it, those in which it holds first.

    Parameters
    ----------
    coded
        The coded evidence that was swept.
    found
        The sweep.
    conclusion, code, case
        The conclusion: its kind, its code (empty for which ranks first) and its case (``*`` for all).

    Returns
    -------
    Result
        ``table``: conclusion, code, case (the one it is about or that is left out), specification (its
        number), version, left_out, merge, threshold, measure, holds (missing where it cannot be said).

    Raises
    ------
    ValueError
        When there is no such conclusion.

    References
    ----------
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). https://doi.org/10.1038/s41562-020-0912-z
    """
    mine = [one for one in conclusions(found, conclusion) if one.case == case and code in one.codes]
    if not mine:
        raise ValueError(f"there is no conclusion {conclusion!r} on code {code!r} in case {case!r}")
    specs, one = found.specifications, mine[0]
    told = replace(specs, left_out=tuple(specs.left_out[number] for number in one.left_out))
    held = np.broadcast_to(one.held[..., one.codes.index(code)], told.shape).ravel()
    table = told.table().assign(conclusion=conclusion, code=code, specification=np.arange(told.size))
    company = np.array([gone.case or case for gone in told.left_out], dtype=object)
    places = np.unravel_index(np.arange(told.size), told.shape)[AXES.index("left_out")]
    table["case"] = company[places] if case == ALL else case
    table["holds"] = [None if np.isnan(value) else bool(value) for value in held]
    behind = rows_behind(resolve(coded).about_cases(), found.codes)
    keys = ["conclusion", "code"]
    table = with_case_basis(table, behind, keys).sort_values(
        "holds", ascending=False, na_position="last", kind="stable", ignore_index=True
    )
    cells = cells_of(table, ("specification", *keys, "case"), case="case")
    return Result(table, (*coded.inputs, "asked"), limitations=LIMITATIONS, cells=cells)


_SPREAD = ("best", "worst", "low", "high")


def _rank_ranges(found: Sweep) -> pd.DataFrame:
    """Return per case and code the rank as reported and the range it moves in."""
    rows = []
    for number, case in enumerate(found.cases):
        left = concerns(found.specifications, case)
        rank = found.rank[:, left][..., number, :]
        standing = np.stack(
            [np.take(rank[:, :, merge], index, axis=-1) for merge, index in enumerate(found.stands_in)],
            axis=2,
        ).reshape(-1, len(found.codes))
        best = np.fmin.reduce(standing, axis=1, initial=np.inf)[:, None]
        for place, code in enumerate(found.codes):
            mine = standing[:, place]
            told = ~np.isnan(mine)
            reported = float(rank[0, 0, 0, 0, 0, place])
            spread = (
                _spread(mine[told].astype(float)) if told.any() and not np.isnan(reported) else [np.nan] * 4
            )
            rows.append(
                {
                    "code": code,
                    "case": case,
                    "rank": reported,
                    **dict(zip(_SPREAD, spread, strict=True)),
                    "first": float((mine[told] <= best[told, 0]).mean()) if told.any() else np.nan,
                    "specifications": int(told.sum()),
                    "reason": "" if not np.isnan(reported) else UNTOLD,
                }
            )
    columns = ["code", "case", "rank", *_SPREAD, "first", "specifications", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _spread(ranks: Floats) -> list[float]:
    return [float(ranks.min()), float(ranks.max()), *map(float, np.quantile(ranks, [0.025, 0.975]))]
