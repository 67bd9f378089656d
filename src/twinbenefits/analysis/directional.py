"""Directional propositions: more of the condition goes with more, or with less, of the outcome."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.judgement import (
    CONTRARY,
    NEITHER,
    SILENT,
    SUPPORTS,
    Judgement,
    Material,
    Term,
    VerdictRule,
    Weighed,
    conclude,
)
from twinbenefits.analysis.pairs import MOST_CASES_TO_ORDER, Orders, orders_as_good, pair_signs, smallest_sets

__all__ = ["SIGNS", "judge_directional"]

SIGNS = {"+": 1, "-": -1}

_Side = tuple[Floats, Floats, int]


def judge_directional(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> Judgement:
    """Weigh every pair of cases on every term for which enough cases are known.

    Parameters
    ----------
    terms, material, rule
        As for :func:`~twinbenefits.analysis.verdicts.judge`.
    recorded
        Cases for which the team recorded why they are contrary.
    """
    cases = material.cases
    known = np.zeros((len(terms), len(cases)), dtype=bool)
    sides: list[_Side] = []
    judged: list[int] = []
    for number, term in enumerate(terms):
        above, below = (material.values[side].of(cases) for side in (term.condition, term.outcome))
        known[number] = ~np.isnan(above) & ~np.isnan(below)
        if known[number].sum() >= rule.minimum_cases:
            sides.append((above, below, SIGNS[term.direction]))
            judged.append(number)
    signs = np.array([pair_signs(*side) for side in sides]).reshape(len(sides), len(cases), len(cases))
    found = _weighed(signs, known, cases)
    contrary = {case for one in found.sets for case in one}
    speaks_for = np.asarray((signs > 0).any(axis=(0, 2)), dtype=bool)
    marks = {
        case: _mark(case in contrary, bool(speaks_for[place]), bool(known[:, place].any()))
        for place, case in enumerate(cases)
    }
    whole = known[judged].all(axis=0)
    orders, reason = _orders([(a[whole], b[whole], sign) for a, b, sign in sides], int(whole.sum()))
    return conclude(
        found,
        marks,
        {case: material.unknown(terms, case) for case in cases},
        recorded,
        enough=bool(sides),
        rule=rule,
        terms_judged=len(sides),
        orders=orders,
        orders_reason=reason,
    )


def _weighed(
    signs: Floats, known: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", cases: Sequence[str]
) -> Weighed:
    """Return how many pairs speak for and against over the terms, and which cases would have to go."""
    pairs = list(combinations(range(len(cases)), 2))
    upper = np.array([signs[:, one, other] for one, other in pairs]).reshape(len(pairs), len(signs))
    against = [(cases[i], cases[j]) for (i, j), row in zip(pairs, upper, strict=True) if (row < 0).any()]
    return Weighed(
        concordant=int((upper > 0).sum()),
        discordant=int((upper < 0).sum()),
        tied=int((upper == 0).sum()),
        unknown=len(known) * len(pairs) - int((~np.isnan(upper)).sum()),
        rated=int(known.any(axis=0).sum()),
        sets=smallest_sets(against),
    )


def _mark(contrary: bool, speaks_for: bool, known: bool) -> str:
    if contrary:
        return CONTRARY
    if speaks_for:
        return SUPPORTS
    return NEITHER if known else SILENT


def _orders(sides: Sequence[_Side], cases: int) -> tuple[Orders | None, str]:
    """Return the count of orders over the cases known on every term, or why there is none."""
    if not sides:
        return None, "no term could be judged"
    found = orders_as_good(*([side[part] for side in sides] for part in range(3)))  # type: ignore[arg-type]
    if found is None and cases > MOST_CASES_TO_ORDER:
        return None, f"{cases} cases have more orders than are gone through"
    return found, "" if found else f"only {cases} cases are known on every term"
