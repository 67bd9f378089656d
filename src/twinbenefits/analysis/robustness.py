"""Would another way of coding, counting or comparing have led to another conclusion?

Every conclusion is looked at under all combinations of choices: in what share of them it holds, and which
single choice turns it over. A share says how much a conclusion rests on choices that could have been others;
it is no probability that the conclusion is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import BEHIND, cells_of, with_basis, with_case_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.conclusions import (
    EVERYWHERE,
    FIRST,
    OF_A_CASE,
    PRESENT,
    REALIZED,
    Everywhere,
    case_conclusions,
    conclusions,
)
from twinbenefits.analysis.held_rows import Summary, choice_rows, conclusion_rows, summary, summary_by_code
from twinbenefits.analysis.rank_ranges import ranges_of, rank_ranges
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.specifications import AXES, MOST_PAIRS, Specifications
from twinbenefits.analysis.sweep import Sweep, sweep
from twinbenefits.evidence.disclosure import ALL

__all__ = ["Robustness", "robustness", "rows_behind", "specification_curve", "told_for"]

LIMITATIONS = (
    "Specifications are choices that could have been made, not draws: a share of them is no probability.",
    "All specifications share the same interviews; what was not asked stays unknown under each.",
)


_FEW_MERGES = (
    f"Of the pairs of codes that could be merged, the {MOST_PAIRS} most often on the same segments were.",
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
    if not pairs:
        return coded, []
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
    paired, names = told_for(coded, patterns)
    summaries, ranges, codes = _swept(coded, asked, specs, role, map)
    if names:
        patterned = sweep(paired, asked, specs, codes=names, map=map)
        summaries.append(summary(conclusions(patterned, EVERYWHERE, ALL), specs))
    behind = rows_behind(resolve(paired).about_cases(), [*codes, *names])
    limits = (*LIMITATIONS, *(_FEW_MERGES if len(specs.merge) > MOST_PAIRS else ()))
    inputs = (*coded.inputs, "asked")
    keys = ["conclusion", "code"]
    table = with_case_basis(conclusion_rows(summaries), behind, keys)
    chosen = with_case_basis(choice_rows(summaries), behind, keys)
    ranked = with_basis(ranges_of(ranges), behind[behind["conclusion"] == PRESENT], ["code", "case"])
    dimensions = (*keys, "case", "axis", "choice")
    return Robustness(
        Result(table, inputs, limitations=limits, cells=cells_of(table, (*keys, "case"), case="case")),
        Result(chosen, inputs, limitations=limits, cells=cells_of(chosen, dimensions, case="case")),
        Result(ranked, inputs, limitations=limits, cells=cells_of(ranked, ("code", "case"), case="case")),
    )


def _swept(
    coded: Coded, asked: pd.DataFrame, specs: Specifications, role: str, map: Map
) -> tuple[list[Summary], list[list[dict[str, object]]], tuple[str, ...]]:
    """Return what is kept of the conclusions, the ranges of ranks by case, and the codes.

    The sweep itself ends here: beside the tables made of it, it would not fit into memory.
    """
    found = sweep(coded, asked, specs, role=role, map=map)
    of_kind: dict[str, list[Summary]] = {kind: [] for kind in OF_A_CASE}
    everywhere, ranges = Everywhere(found), []
    for number, case in enumerate(found.cases):
        one = found.of_case(number)
        for kind, listed in of_kind.items():
            listed.append(summary(case_conclusions(found, kind, one, case), specs))
        everywhere.add(one)
        ranges.append(rank_ranges(found, one, case))
    about_all = summary_by_code(everywhere, specs, len(found.codes))
    return [*chain.from_iterable(of_kind.values()), about_all], ranges, found.codes


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
    each = each[["code", "segment", *BEHIND]]
    whole = each.drop_duplicates("segment").assign(code="", conclusion=FIRST)
    return pd.concat(
        [whole, *(each.assign(conclusion=kind) for kind in (PRESENT, REALIZED, EVERYWHERE))],
        ignore_index=True,
    )


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
    known = case in found.cases if conclusion in OF_A_CASE else conclusion == EVERYWHERE and case == ALL
    one = conclusions(found, conclusion, case) if known else None
    if one is None or code not in one.codes:
        raise ValueError(f"there is no conclusion {conclusion!r} on code {code!r} in case {case!r}")
    specs = found.specifications
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
