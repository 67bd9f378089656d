"""Directional propositions: more of the condition goes with more, or with less, of the outcome."""

from collections.abc import Sequence
from math import comb

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
    concluded,
)
from twinbenefits.analysis.pairs import (
    MOST_CASES_TO_ORDER,
    Bools,
    Orders,
    contrary_sets,
    orders_as_good,
    pairs_for_and_against,
)

__all__ = ["SIGNS", "concluded_without_each", "judge_directional"]

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
    found, speaks_for = _weighed(sides, known, judged, cases)
    contrary = {case for one in found.sets for case in one}
    marks = {
        case: _mark(case in contrary, bool(speaks_for[place]), bool(known[:, place].any()))
        for place, case in enumerate(cases)
    }
    whole = known[judged].all(axis=0)
    orders, reason = _orders([(a[whole], b[whole], sign) for a, b, sign in sides], int(whole.sum()))
    return conclude(
        found,
        marks,
        material.unknown_of(terms),
        recorded,
        enough=bool(sides),
        rule=rule,
        terms_judged=len(sides),
        orders=orders,
        orders_reason=reason,
    )


def concluded_without_each(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Return verdict and why with each case left out in turn, where counting pairs once tells them.

    Leaving a case out takes its pairs away and changes no other. Which cases would then have to go matters
    only where each discordant pair has a case on record; such a case is left to :func:`judge_directional`,
    and so are all where a term just has its cases.

    Parameters
    ----------
    terms, material, rule, recorded
        As for :func:`judge_directional`.
    """
    cases = material.cases
    open_cases = np.array([case not in recorded for case in cases], dtype=bool)
    good, bad, open_pairs = (np.zeros(len(cases), dtype=np.int64) for _ in range(3))
    total_good = total_bad = total_open = judged = 0
    for term in terms:
        above, below = (material.values[side].of(cases) for side in (term.condition, term.outcome))
        known = int((~np.isnan(above) & ~np.isnan(below)).sum())
        if known < rule.minimum_cases:
            continue
        if known == rule.minimum_cases:
            return {}
        judged += 1
        speaks_for, against = pairs_for_and_against(above, below, SIGNS[term.direction])
        unexplained = against & open_cases & open_cases[:, None]
        for pairs, by_case in ((speaks_for, good), (against, bad), (unexplained, open_pairs)):
            np.add(by_case, pairs.sum(axis=0) + pairs.sum(axis=1), out=by_case)
        total_good += int(np.count_nonzero(speaks_for))
        total_bad += int(np.count_nonzero(against))
        total_open += int(np.count_nonzero(unexplained))
    found = {}
    for place, case in enumerate(cases):
        concordant, discordant = total_good - int(good[place]), total_bad - int(bad[place])
        unexplained_left = total_open > int(open_pairs[place])
        if concordant > discordant > 0 and not unexplained_left:
            continue
        found[case] = concluded(
            concordant,
            discordant,
            contrary=discordant > 0,
            unexplained=unexplained_left,
            enough=judged > 0,
            rule=rule,
        )
    return found


def _weighed(
    sides: Sequence[_Side], known: Bools, judged: Sequence[int], cases: Sequence[str]
) -> tuple[Weighed, Bools]:
    """Return how many pairs speak for and against over the terms, and which cases would have to go.

    And which cases are in a pair that speaks for it.
    """
    against, speaks_for = np.zeros((2, len(cases), len(cases)), dtype=bool)
    concordant = discordant = 0
    for side in sides:
        good, bad = pairs_for_and_against(*side)
        concordant += int(np.count_nonzero(good))
        discordant += int(np.count_nonzero(bad))
        against |= bad
        speaks_for |= good
    compared = sum(comb(int(known[number].sum()), 2) for number in judged)
    weighed = Weighed(
        concordant=concordant,
        discordant=discordant,
        tied=compared - concordant - discordant,
        unknown=len(known) * comb(len(cases), 2) - compared,
        rated=int(known.any(axis=0).sum()),
        sets=contrary_sets(against | against.T, cases),
    )
    return weighed, np.asarray(speaks_for.any(axis=0) | speaks_for.any(axis=1), dtype=bool)


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
