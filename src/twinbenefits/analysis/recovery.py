"""Do the analyses find what was planted? Simulated studies with known truth, and how often we are right.

The true verdict on a proposition is what the same rule says to the planted levels and shares, without coders,
raters or chance between them and the reader. What is missed is what coding, rating and few sessions cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_values import CaseValues
from twinbenefits.analysis.coded import Coded, coded_evidence
from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.judgement import CANNOT_SAY, NOT_SUPPORTED, SUPPORTED, Material, Term, VerdictRule
from twinbenefits.analysis.pairs import pair_signs
from twinbenefits.analysis.proposition_material import proposition_material
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.states import ABSENT, EXPECTED, NOT_ASKED, REALIZED, benefit_states
from twinbenefits.analysis.verdicts import judge
from twinbenefits.evidence.simulation.generator import Simulated, simulate
from twinbenefits.evidence.simulation.truth import Instruments, Shape, Truth

__all__ = ["QUESTIONS", "SMALL", "recovered", "recovery"]

QUESTIONS: Mapping[str, str] = {
    "not asked": "a benefit never asked about is told as not asked, or as raised without being asked",
    "absent": "a benefit that is truly absent is told as asked and absent",
    "present": "a benefit with at least one expected segment per session is told as present",
    "direction": "the planted direction of an association is that of most pairs of cases",
    "verdict": "the verdict on a directional proposition, or on a planted association, is that of the truth",
    "supported": "a verdict of Supported is right",
    "supported, nearly": "behind a verdict of Supported stands at most one discordant pair in truth",
    "supported, on balance": "behind a verdict of Supported more pairs are truly concordant than discordant",
    "not supported": "a verdict of Not supported is right",
    "support is found": "what is truly supported is found to be so",
}

SMALL = Shape(segments=500, sessions=(4, 4, 4, 4, 4), voters=())
"""A small study: five cases, four sessions and about a hundred segments each."""

_LIMITATIONS = (
    "The simulated coders and informants are simpler than real ones: rates in the field may be lower.",
    "A verdict that one pair of cases decides is easily lost; that is what five cases can give.",
)


@dataclass(frozen=True, slots=True)
class _Study:
    """What is common to all simulated studies."""

    tools: Instruments
    terms: Mapping[str, tuple[Term, ...]]
    as_of: date
    shape: Shape
    rule: VerdictRule


def recovery(
    seeds: Iterable[int],
    tools: Instruments,
    terms: Mapping[str, Sequence[Term]],
    *,
    as_of: date,
    rule: VerdictRule,
    shape: Shape | None = None,
    map: Map = map,
) -> Result:
    """Return how often the analyses are right on simulated studies.

    Parameters
    ----------
    seeds
        One study per seed.
    tools
        The instruments from which studies are drawn.
    terms
        Directional propositions and their terms.
    as_of
        The day on which the studies stand.
    rule
        The thresholds of a verdict.
    shape
        How large the studies are; by default :data:`SMALL`.
    map
        Runs the studies; the built-in by default, or that of an executor.

    Returns
    -------
    Result
        ``table``: question, meaning, right, asked, rate (of the answers that are right), reason.
    """
    chosen = shape or SMALL
    study = _Study(tools, {name: tuple(some) for name, some in terms.items()}, as_of, chosen, rule)
    parts = list(map(partial(_one, study=study), seeds))
    total = (
        {question: np.sum([part[question] for part in parts], axis=0) for question in QUESTIONS}
        if parts
        else {}
    )
    rows = []
    for question, meaning in QUESTIONS.items():
        right, asked = (int(number) for number in total.get(question, (0, 0)))
        rows.append(
            {
                "question": question,
                "meaning": meaning,
                "right": right,
                "asked": asked,
                "rate": right / asked if asked else np.nan,
                "reason": "" if asked else "never came up",
            }
        )
    table = pd.DataFrame(rows)
    studies = Scalar(len(parts), unit="simulated studies")
    return Result(
        table, ("codebook", "context_scales"), scalars={"studies": studies}, limitations=_LIMITATIONS
    )


def _one(seed: int, *, study: _Study) -> dict[str, tuple[int, int]]:
    made = simulate(study.tools, study.as_of, seed, study.shape)
    return recovered(made, study.tools, study.terms, rule=study.rule)


def recovered(
    made: Simulated, tools: Instruments, terms: Mapping[str, Sequence[Term]], *, rule: VerdictRule
) -> dict[str, tuple[int, int]]:
    """Return per question how many answers are right, and how many there are, for one simulated study.

    Parameters
    ----------
    made
        The study with its truth.
    tools
        The instruments it was drawn from.
    terms
        Directional propositions and their terms.
    rule
        The thresholds of a verdict.
    """
    tables = made.tables
    coded = coded_evidence(
        codings=tables["codings"],
        segments=tables["segments"],
        sources=tables["sources"],
        sessions=tables["sessions"],
        cases=tables["cases"],
        codebook=tools.codebook,
        assignments=tables["assignments"],
        coders=tables["coders"],
    )
    found = _states_found(coded, tables["asked"], made.truth, tools, rule)
    return found | _verdicts_found(coded, made, tools, terms, rule)


def _states_found(
    coded: Coded, asked: pd.DataFrame, truth: Truth, tools: Instruments, rule: VerdictRule
) -> dict[str, tuple[int, int]]:
    """Hold states to what was planted; benefits in between, rarely told of, are not asked about here."""
    benefits = tools.codes("benefit")
    states = benefit_states(
        resolve(coded),
        asked,
        {code: (code,) for code in benefits},
        presence_threshold=rule.presence_threshold,
    )
    spoken = coded.segments.groupby("case")["segment"].nunique()
    held = coded.sessions.groupby("case")["session"].nunique()
    right: dict[str, list[bool]] = {"not asked": [], "absent": [], "present": []}
    for row in states.to_dict("records"):
        case, code, state = str(row["case"]), str(row["code"]), row["state"]
        share = truth.prevalence[case][code]
        if code in truth.not_asked[case]:
            right["not asked"].append(state == NOT_ASKED or row["segments"] >= rule.presence_threshold)
        elif share == 0.0:
            right["absent"].append(state == ABSENT)
        elif _OF_BENEFITS * share * spoken.get(case, 0) >= held.get(case, 1):
            right["present"].append(state in (EXPECTED, REALIZED))
    return {question: (sum(answers), len(answers)) for question, answers in right.items()}


_OF_BENEFITS = 0.44  # the share of segments that the generator gives to benefits


def _verdicts_found(
    coded: Coded,
    made: Simulated,
    tools: Instruments,
    terms: Mapping[str, Sequence[Term]],
    rule: VerdictRule,
) -> dict[str, tuple[int, int]]:
    planted = [
        Term(str(scale), "+" if sign > 0 else "-", str(benefit))
        for scale, benefit, sign in made.truth.associations
    ]
    listed = [term for some in terms.values() for term in some] + planted
    scales = [str(name) for name in tools.context_scales["id"]]
    material = proposition_material(
        listed,
        coded,
        made.tables["asked"],
        made.tables["context_ratings"],
        scales,
        presence_threshold=rule.presence_threshold,
    )
    true = _true_material(listed, coded, made.truth, set(scales))
    each = {f"planted {number}": (term,) for number, term in enumerate(planted)}
    answers = [
        (judge(name, "directional", some, material, rule), judge(name, "directional", some, true, rule))
        for name, some in {**terms, **each}.items()
    ]
    answers = [(found, real) for found, real in answers if real.verdict != CANNOT_SAY]
    said = [(found.verdict, real.verdict) for found, real in answers]
    behind = [real for found, real in answers if found.verdict == SUPPORTED]
    verdict = [one == other for one, other in said]
    directions = [_balance(term, material) > 0 for term in planted if _balance(term, true) > 0]
    counted = {
        "direction": directions,
        "verdict": verdict,
        "supported": [real == SUPPORTED for found, real in said if found == SUPPORTED],
        "supported, nearly": [real.discordant <= 1 for real in behind],
        "supported, on balance": [real.concordant > real.discordant for real in behind],
        "not supported": [real == NOT_SUPPORTED for found, real in said if found == NOT_SUPPORTED],
        "support is found": [found == SUPPORTED for found, real in said if real == SUPPORTED],
    }
    return {question: (sum(some), len(some)) for question, some in counted.items()}


def _balance(term: Term, material: Material) -> float:
    """Return concordant minus discordant pairs of one term."""
    above, below = (material.values[side].of(material.cases) for side in (term.condition, term.outcome))
    return float(np.nansum(pair_signs(above, below, 1 if term.direction == "+" else -1))) / 2


def _true_material(terms: Sequence[Term], coded: Coded, truth: Truth, scales: set[str]) -> Material:
    """Return what the rules would be held to if nothing stood between the truth and the reader."""
    values: dict[str, CaseValues] = {}
    for side in dict.fromkeys(name for term in terms for name in (term.condition, term.outcome)):
        if side in scales:
            level = {case: float(levels[side]) for case, levels in truth.levels.items()}
            values[side] = CaseValues(side, True, level, level, level)
        else:
            share = {
                case: sum(shares.get(code, 0.0) for code in coded.members(side))
                for case, shares in truth.prevalence.items()
                if side not in truth.not_asked[case]
            }
            values[side] = CaseValues(side, False, share)
    return Material(coded.cases, values)
