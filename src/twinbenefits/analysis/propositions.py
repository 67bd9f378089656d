"""Propositions and what the cases say to them: verdicts, counter-cases, silent cases, one case left out.

No test is made over the cases: they were chosen, not sampled. Beside each verdict stands how easily chance
would look like this, as a count of orders, and what would count against the proposition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import ABOUT_BOTH, cells_of, with_basis, with_case_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.directional import concluded_without_each
from twinbenefits.analysis.judgement import MARKS, Judgement, Material, Term, VerdictRule
from twinbenefits.analysis.proposition_material import (
    proposition_material,
    proposition_terms,
    recorded_reasons,
)
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.verdicts import judge
from twinbenefits.evidence.disclosure import ALL

__all__ = ["JudgedPropositions", "judge_propositions", "judgements"]

INPUTS = ("asked", "context_ratings", "context_scales", "propositions", "proposition_terms", "negative_cases")

_LIMITATIONS = (
    "The cases were chosen, not sampled: a verdict speaks of these cases.",
    "The count of orders is not a test and has no part in the verdict.",
    "In simulated studies of this size hardly more than half of the verdicts of Supported were exactly "
    "right; that more pairs of cases speak for than against was true behind nine in ten.",
    "A verdict compares companies, so it rests on rows that may enter a statement about their own company.",
)
_OF_PATTERNS = (
    "That no contrary case of a pattern is recorded does not show that the team looked for one.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgedPropositions:
    """What the cases say to the propositions; each part is released by itself.

    Parameters
    ----------
    verdicts
        One row per proposition: proposition, kind, statement, would_count_against, verdict, why, concordant,
        discordant, tied, unknown (pairs of cases over the terms, for directional ones), rated (cases),
        smallest_sets, terms, terms_judged, orders_as_good, orders, orders_reason.
    cases
        One row per proposition and case: mark (supports, contrary, neither, silent), note, sets (the numbers
        of the smallest sets of contrary cases that it belongs to; removing all cases of one set leaves
        nothing against the proposition); and one row per proposition over all cases (``*``) with how many
        there are of each mark, which release keeps back where it would give a withheld mark away.
    left_out
        One row per proposition and case left out: verdict, changes (whether it is another), why.
    """

    verdicts: Result
    cases: Result
    left_out: Result


def judgements(
    kinds: Mapping[str, str],
    terms: Mapping[str, Sequence[Term]],
    material: Material,
    rule: VerdictRule,
) -> dict[str, Judgement]:
    """Return the judgement on each proposition.

    Parameters
    ----------
    kinds
        Proposition to its kind.
    terms
        Proposition to its terms.
    material, rule
        As for :func:`~twinbenefits.analysis.verdicts.judge`.
    """
    return {name: judge(name, kind, terms[name], material, rule) for name, kind in kinds.items()}


def judge_propositions(
    propositions: pd.DataFrame,
    terms: pd.DataFrame,
    *,
    coded: Coded,
    asked: pd.DataFrame,
    ratings: pd.DataFrame,
    context_scales: pd.DataFrame,
    negative_cases: pd.DataFrame,
    rule: VerdictRule,
    words_masked: bool = False,
    dated: pd.DataFrame | None = None,
) -> JudgedPropositions:
    """Hold every proposition to the cases.

    Parameters
    ----------
    propositions
        id, kind, statement, would_count_against.
    terms
        proposition, condition, direction, outcome.
    coded, asked, ratings, context_scales, negative_cases
        The evidence.
    rule
        The thresholds of a verdict.
    words_masked
        Whether the door has emptied recorded reasons, as it does for every audience but the team.
    dated
        case, code, date: when something began; without it nothing can be said on what came first.

    Returns
    -------
    JudgedPropositions
        Verdicts, marks by case, the smallest contrary sets among them, and verdicts with one case left out.

    Raises
    ------
    ValueError
        For a proposition of an unknown kind or without terms, all of them at once.
    """
    kinds = {
        str(name): str(kind) for name, kind in zip(propositions["id"], propositions["kind"], strict=True)
    }
    listed = {name: proposition_terms(terms).get(name, ()) for name in kinds}
    material = proposition_material(
        (term for some in listed.values() for term in some),
        coded,
        asked,
        ratings,
        context_scales["id"].astype(str),
        presence_threshold=rule.presence_threshold,
        recorded=recorded_reasons(negative_cases, words_masked=words_masked),
        dated=dated,
    )
    found = judgements(kinds, listed, material, rule)
    without = _without_each(kinds, listed, material, rule)
    behind = _behind(coded, listed)
    inputs = (*coded.inputs, *INPUTS)
    limits = (*_LIMITATIONS, *(_OF_PATTERNS if "pattern" in kinds.values() else ()))
    return JudgedPropositions(
        verdicts=_verdicts(propositions, listed, found, behind, inputs, limits),
        cases=_cases(found, behind, inputs),
        left_out=_left_out(found, without, behind, inputs),
    )


def _without_each(
    kinds: Mapping[str, str], terms: Mapping[str, Sequence[Term]], material: Material, rule: VerdictRule
) -> dict[str, dict[str, tuple[str, str]]]:
    """Return per case left out the verdict on each proposition, and why."""
    known = {
        name: concluded_without_each(terms[name], material, rule, material.recorded.get(name, frozenset()))
        for name, kind in kinds.items()
        if kind == "directional"
    }
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for case in material.cases:
        left = _without(material, case)
        found[case] = {}
        for name, kind in kinds.items():
            told = known.get(name, {}).get(case)
            if told is None:
                judged = judge(name, kind, terms[name], left, rule)
                told = judged.verdict, judged.why
            found[case][name] = told
    return found


def _without(material: Material, case: str) -> Material:
    """Leave one case out."""
    return replace(
        material,
        cases=tuple(one for one in material.cases if one != case),
        values={name: values.without(case) for name, values in material.values.items()},
        recorded={name: cases - {case} for name, cases in material.recorded.items()},
    )


def _behind(coded: Coded, terms: Mapping[str, Sequence[Term]]) -> pd.DataFrame:
    """Return the rows behind each proposition: every segment with one of its codes."""
    about = resolve(coded).about_cases()
    sides = {name: {side for t in some for side in (t.condition, t.outcome)} for name, some in terms.items()}
    groups = {
        name: [code for side in sorted(some) for code in coded.members(side)] for name, some in sides.items()
    }
    return about.mentions(groups).rename(columns={"of": "proposition"})


def _verdicts(
    propositions: pd.DataFrame,
    terms: Mapping[str, Sequence[Term]],
    found: Mapping[str, Judgement],
    behind: pd.DataFrame,
    inputs: tuple[str, ...],
    limits: tuple[str, ...],
) -> Result:
    texts = ("kind", "statement", "would_count_against")
    stated = propositions.assign(id=propositions["id"].astype(str)).set_index("id")
    stated = stated.reindex(columns=list(texts), fill_value="").fillna("")
    rows = []
    for name, one in found.items():
        paired = stated.at[name, "kind"] == "directional"
        rows.append(
            {
                "proposition": name,
                **{text: stated.at[name, text] for text in texts},
                "verdict": one.verdict,
                "why": one.why,
                **{pairs: getattr(one, pairs) if paired else np.nan for pairs in _PAIRS},
                "rated": one.rated,
                "smallest_sets": len(one.smallest_sets),
                "terms": len(terms[name]),
                "terms_judged": one.terms_judged,
                "orders_as_good": one.orders[0] if one.orders else np.nan,
                "orders": one.orders[1] if one.orders else np.nan,
                "orders_reason": one.orders_reason,
            }
        )
    columns = ["proposition", *texts, "verdict", "why", *_PAIRS, *_COUNTED]
    table = with_basis(pd.DataFrame(rows, columns=columns), behind, ["proposition"])
    return Result(table, inputs, limitations=limits, cells=cells_of(table, ("proposition", *texts)))


_PAIRS = ("concordant", "discordant", "tied", "unknown")
_COUNTED = ("rated", "smallest_sets", "terms", "terms_judged", "orders_as_good", "orders", "orders_reason")


def _cases(found: Mapping[str, Judgement], behind: pd.DataFrame, inputs: tuple[str, ...]) -> Result:
    rows = []
    for name, one in found.items():
        for case, mark in one.marks.items():
            sets = [str(number) for number, some in enumerate(one.smallest_sets, 1) if case in some]
            told = {"mark": mark, "note": one.notes.get(case, ""), "sets": ";".join(sets)}
            counts = {each: int(each == mark) for each in MARKS}
            rows.append({"proposition": name, "case": case, **told, **counts})
        totals = {each: len(one.named(each)) for each in MARKS}
        rows.append({"proposition": name, "case": ALL, "mark": None, "note": "", "sets": "", **totals})
    table = pd.DataFrame(rows, columns=["proposition", "case", "mark", "note", "sets", *MARKS])
    table = with_case_basis(table, behind, ["proposition"])
    cells = cells_of(
        table,
        ("proposition", "case"),
        case="case",
        item=ABOUT_BOTH,
        counts={mark: f"cases marked {mark}" for mark in MARKS},
        population="cases held to a proposition",
    )
    return Result(table, inputs, limitations=_LIMITATIONS[:1], cells=cells)


def _left_out(
    found: Mapping[str, Judgement],
    without: Mapping[str, Mapping[str, tuple[str, str]]],
    behind: pd.DataFrame,
    inputs: tuple[str, ...],
) -> Result:
    rows = [
        {
            "proposition": name,
            "left_out": case,
            "verdict": judged[name][0],
            "changes": judged[name][0] != one.verdict,
            "why": judged[name][1],
        }
        for name, one in found.items()
        for case, judged in without.items()
    ]
    table = pd.DataFrame(rows, columns=["proposition", "left_out", "verdict", "changes", "why"])
    table = with_basis(table, behind.assign(left_out=behind["case"]), ["proposition", "left_out"])
    cells = cells_of(table, ("proposition", "left_out"), case="left_out", item=ABOUT_BOTH)
    return Result(table, inputs, limitations=_LIMITATIONS[:1], cells=cells)
