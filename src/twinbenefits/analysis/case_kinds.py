"""Propositions that look at each case by itself: necessary conditions, gaps, patterns, what comes first."""

from collections.abc import Sequence
from math import comb, factorial

from twinbenefits.analysis.judgement import (
    CONTRARY,
    NEITHER,
    SILENT,
    SUPPORTS,
    Judgement,
    Material,
    Term,
    VerdictRule,
    conclude_by_case,
)
from twinbenefits.analysis.pairs import MOST_CASES_TO_ORDER, Orders

__all__ = ["judge_gap", "judge_necessary", "judge_pattern", "judge_precedes"]

WITHIN = "compared within each case: no order of cases to change"


def judge_necessary(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> Judgement:
    """Hold each case to the conditions: with the outcome and without one of them it is contrary."""
    has = {case: [_outcome_there(term, case, material, rule) for term in terms] for case in material.cases}
    needs = {
        case: [_condition_there(term, case, material, rule) for term in terms] for case in material.cases
    }
    marks = {case: _necessary_mark(has[case], needs[case]) for case in material.cases}
    notes = material.unknown_of(terms)
    for case in material.cases:
        for term, there in zip(terms, needs[case], strict=True):
            if there is None and case in material.values[term.condition].value:
                notes[case].append(f"{term.condition}: the raters stand on both sides of the threshold")
    known = [case for case in material.cases if marks[case] != SILENT]
    alike = all(len(set(has[case])) == 1 for case in known)
    orders = None
    if alike and 2 <= len(known) <= MOST_CASES_TO_ORDER:
        orders = _orders_by_presence(
            [all(needs[case]) for case in known], [bool(has[case][0]) for case in known]
        )
    return conclude_by_case(
        marks,
        notes,
        recorded,
        rule=rule,
        terms=len(terms),
        why_not="no known case has the outcome, so none could lack the condition",
        orders=orders,
        orders_reason=""
        if orders
        else "not counted: too few or too many cases, or outcomes that differ by term",
    )


def _outcome_there(term: Term, case: str, material: Material, rule: VerdictRule) -> bool | None:
    return material.values[term.outcome].present(
        case, threshold=rule.presence_threshold, from_level=rule.condition_from_level, realized=True
    )


def _condition_there(term: Term, case: str, material: Material, rule: VerdictRule) -> bool | None:
    """Return whether the condition is there; one that names an outcome counts where it names this one."""
    values = material.values[term.condition]
    bound = material.tied.get((term.condition, term.outcome))
    if bound is None or case not in values.value:
        return values.present(case, threshold=rule.presence_threshold, from_level=rule.condition_from_level)
    return bound.get(case, 0) >= max(rule.presence_threshold, 1)


def _necessary_mark(has: Sequence[bool | None], needs: Sequence[bool | None]) -> str:
    pairs = list(zip(has, needs, strict=True))
    if any(outcome is True and condition is False for outcome, condition in pairs):
        return CONTRARY
    if any(outcome is None or (outcome and condition is None) for outcome, condition in pairs):
        return SILENT
    return SUPPORTS if any(has) else NEITHER


def _orders_by_presence(there: Sequence[bool], outcome: Sequence[bool]) -> Orders:
    """Return in how many orders no more cases would have the outcome without the condition."""
    cases, absent, having = len(there), len(there) - sum(there), sum(outcome)
    contrary = sum(has and not is_there for has, is_there in zip(outcome, there, strict=True))
    ways = sum(comb(absent, k) * comb(cases - absent, having - k) for k in range(min(contrary, having) + 1))
    return ways * factorial(having) * factorial(cases - having), factorial(cases)


def judge_gap(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> Judgement:
    """Compare within each case: contrary where as much or more was measured than is expected."""
    marks: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    for case in material.cases:
        found: list[bool] = []
        notes[case] = []
        for term in terms:
            outcome = material.values[term.outcome]
            counts = outcome.counts.get(case)
            measured = material.tied.get((term.condition, term.outcome), {}).get(case, 0)
            if counts is None or case not in outcome.value:
                notes[case].append(f"{term.outcome}: {outcome.reason.get(case, 'not known')}")
            elif counts.expected + max(counts.measured, measured) == 0:
                notes[case].append(f"{term.outcome}: neither expected nor measured")
            else:
                found.append(counts.expected > max(counts.measured, measured))
        marks[case] = SILENT if not found else SUPPORTS if all(found) else CONTRARY
    return conclude_by_case(marks, notes, recorded, rule=rule, terms=len(terms), orders_reason=WITHIN)


def judge_pattern(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> Judgement:
    """Take the team's reading: only a recorded case is contrary, and one without both sides is silent."""
    marks: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    for case in material.cases:
        both = any(
            _there(term.condition, case, material, rule) and _there(term.outcome, case, material, rule)
            for term in terms
        )
        marks[case] = CONTRARY if case in recorded else SUPPORTS if both else SILENT
        notes[case] = [] if both else ["condition and outcome were not both told of"]
    reason = "read by the team: no order of cases to change"
    return conclude_by_case(marks, notes, recorded, rule=rule, terms=len(terms), orders_reason=reason)


def _there(name: str, case: str, material: Material, rule: VerdictRule) -> bool:
    return bool(
        material.values[name].present(
            case, threshold=rule.presence_threshold, from_level=rule.condition_from_level
        )
    )


def judge_precedes(
    terms: Sequence[Term], material: Material, rule: VerdictRule, recorded: frozenset[str]
) -> Judgement:
    """Compare dates within each case; a case in which a side is not dated is silent."""
    marks: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    for case in material.cases:
        ahead: list[float] = []
        notes[case] = []
        for term in terms:
            first, then = (material.dated.get(side, {}).get(case) for side in (term.condition, term.outcome))
            if first is None or then is None:
                absent = [
                    side
                    for side in (term.condition, term.outcome)
                    if case not in material.dated.get(side, {})
                ]
                notes[case].append(f"not dated: {', '.join(absent)}")
            else:
                ahead.append(then - first)
        marks[case] = SILENT if not ahead else SUPPORTS
        if ahead and min(ahead) <= 0:
            marks[case] = CONTRARY if min(ahead) < 0 else NEITHER
    return conclude_by_case(
        marks,
        notes,
        recorded,
        rule=rule,
        terms=len(terms),
        why_not="both began at once",
        orders_reason=WITHIN,
    )
