"""The state of every claim in one edition: holds, weakened, broken, or cannot say.

A claim is weakened when it holds and its own condition for it is met, or when a component of its confidence
lies below the baseline. A claim that cannot be told leaves every edition but the team's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Literal

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.claims_baseline import Baseline, read_baseline
from twinbenefits.publishing.claims_expression import Expression, ExpressionError, decide
from twinbenefits.publishing.claims_known import Edition
from twinbenefits.publishing.claims_ledger import LEDGER, Claim, read_ledger_file
from twinbenefits.publishing.claims_marks import claim_marks, mark_problems
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.stage_registrations import Registrations
from twinbenefits.publishing.stage_results import REBUILD, Staged

__all__ = ["STATES", "ClaimState", "ClaimsReport", "check_claims", "claim_states"]

State = Literal["holds", "weakened", "broken", "cannot say"]
STATES: tuple[State, ...] = ("holds", "weakened", "broken", "cannot say")
TEAM = "team"
TEAM_EDITION = "`make paper AUDIENCE=team` builds the edition that shows it marked"
ONE_CASE = re.compile(r"\b(?:one|1|single)\b(?:\s+\S+){0,4}?\s+(?:cases?|company|companies)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClaimState:
    """One claim with what this edition's values make of it.

    Parameters
    ----------
    claim
        The claim.
    state
        Its state.
    reason
        Why; empty for a claim that holds.
    sentence
        Its wording with the values written out.
    about_cases
        Whether it rests on case evidence.
    synthetic
        Whether it rests on synthetic data.
    steps
        The rated step-downs by component, empty when nobody has rated it.
    flaws
        What keeps it out of every edition but the team's although it may hold.
    """

    claim: Claim
    state: State
    reason: str
    sentence: str
    about_cases: bool
    synthetic: bool
    steps: Mapping[str, int]
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """All claims of an edition.

    Parameters
    ----------
    audience
        For whom.
    states
        One per claim, in the order of the ledger.
    problems
        What is wrong with the ledger; stops every edition.
    refusals
        What stops this edition because of what a claim says; always empty for the team.
    """

    audience: str
    states: tuple[ClaimState, ...] = ()
    problems: tuple[SourceProblem, ...] = ()
    refusals: tuple[SourceProblem, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The claims whose sentences this edition leaves out."""
        if self.audience == TEAM:
            return ()
        return tuple(state.claim.id for state in self.states if state.state == "cannot say")

    @property
    def invented(self) -> tuple[str, ...]:
        """The claims about cases whose evidence is invented."""
        return tuple(state.claim.id for state in self.states if state.about_cases and state.synthetic)

    @property
    def notes(self) -> dict[str, str]:
        """What the team's edition says behind each marked sentence; nothing in the others."""
        if self.audience != TEAM:
            return {}
        return {state.claim.id: f"{state.claim.id}: {state.state}" for state in self.states}

    @property
    def counts(self) -> dict[str, int]:
        """How many claims are in each state."""
        counted = Counter(state.state for state in self.states)
        return {state: counted[state] for state in STATES}


def check_claims(
    layout: Layout,
    audience: str,
    evidence: str,
    staged: Staged,
    registrations: Registrations | None = None,
) -> ClaimsReport:
    """Tell the state of every claim of the ledger and collect what stops the edition.

    A broken claim never stops the team's edition. For other audiences every claim that is broken, that names
    no evidence, or that rests on one company without saying so is listed, all at once.

    Parameters
    ----------
    layout
        Where the project stands; without a ledger there are no claims.
    audience, evidence
        Which edition.
    staged
        Its registered results.
    registrations
        What the notebooks' code announces, for messages about values that are not made yet.
    """
    ledger = read_ledger_file(layout.root)
    if not ledger.claims:
        return ClaimsReport(audience, problems=ledger.problems)
    if not staged.values and not staged.displays:
        rule = f"there are no results of this edition yet; {len(ledger.claims)} claims rest on them"
        nothing = SourceProblem(LEDGER, None, None, None, rule, REBUILD)
        return ClaimsReport(audience, problems=(*ledger.problems, nothing))
    edition = Edition(layout, audience, evidence, staged, registrations)
    baseline, faults = read_baseline(layout, evidence)
    unknown = {claim.id: list(edition.problems(claim)) for claim in ledger.claims}
    problems = [*ledger.problems, *faults, *chain.from_iterable(unknown.values())]
    problems += [
        _rated_twice(claim) for claim in ledger.claims if claim.rated and claim.id in edition.ratings
    ]
    sound = [claim for claim in ledger.claims if not unknown[claim.id]]
    states, unmeant = claim_states(sound, edition, baseline)
    marked, strange = _marks(edition, [claim.id for claim in ledger.claims])
    refusals = [] if audience == TEAM else [r for state in states for r in _refusals(state, marked)]
    return ClaimsReport(audience, tuple(states), (*problems, *unmeant, *strange), tuple(refusals))


def _rated_twice(claim: Claim) -> SourceProblem:
    rule = "the claim is rated here and in the table confidence_steps"
    part, line = f"{claim.id} confidence", claim.lines.get("confidence", claim.line)
    return SourceProblem(
        LEDGER, line, part, None, rule, "Keep the rating in one of the two; write null here."
    )


def _marks(edition: Edition, known: Sequence[str]) -> tuple[set[str], list[SourceProblem]]:
    """Return the claims whose sentences some source marks, and the marks that name no claim."""
    marked: set[str] = set()
    problems: list[SourceProblem] = []
    for file in edition.sources:
        text = (edition.layout.root / file).read_text("utf-8-sig")
        if ".claim" in text:
            marked |= {mark.key for mark in claim_marks(text)}
            problems += mark_problems(file, text, known)
    return marked, problems


def claim_states(
    claims: Iterable[Claim], edition: Edition, baseline: Baseline
) -> tuple[list[ClaimState], list[SourceProblem]]:
    """Return the state of each claim, and a problem for each condition that its values make meaningless.

    Parameters
    ----------
    claims
        Claims that name only what is known.
    edition
        The results.
    baseline
        What the claims were before.
    """
    states, problems = [], []
    for claim in claims:
        steps = MappingProxyType(dict(claim.steps if claim.rated else edition.ratings.get(claim.id, {})))
        try:
            state, reason = _state(claim, edition, steps, baseline)
        except _MeaninglessError as error:
            problems.append(error.problem)
            continue
        about_cases = edition.is_about_cases(claim)
        states.append(
            ClaimState(
                claim, state, reason, claim.sentence(edition.texts), about_cases,
                edition.is_synthetic(claim), steps, tuple(_flaws(claim, edition, about_cases)),
            )
        )  # fmt: skip
    return states, problems


class _MeaninglessError(Exception):
    """A condition that compares what cannot be compared."""

    def __init__(self, problem: SourceProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def _state(claim: Claim, edition: Edition, steps: Mapping[str, int], baseline: Baseline) -> tuple[State, str]:
    unsaid = _unsaid(claim, edition)
    if unsaid:
        return "cannot say", unsaid
    holds, reason = _decided(claim, "holds_if", claim.holds_if, edition)
    if not holds:
        return ("cannot say" if holds is None else "broken"), reason
    weak, reason = _decided(claim, "weakened_if", claim.weakened_if, edition)
    if weak or weak is None:
        return ("weakened" if weak else "cannot say"), reason
    lower = [
        f"{component.replace('_', ' ')} was lowered by {before} and is lowered by {steps[component]}"
        for component, before in baseline.steps(claim.id).items()
        if steps.get(component, 0) > before
    ]
    return ("weakened", "; ".join(lower)) if lower else ("holds", "")


def _unsaid(claim: Claim, edition: Edition) -> str:
    """Return why this edition cannot tell: a display is missing, a value withheld or undefined."""
    absent = [name for name in claim.rests_on["displays"] if name not in edition.staged.displays]
    reasons = [f"{', '.join(absent)} is not part of this edition"] if absent else []
    records = {name: edition.staged.values[name] for name in claim.values}
    reasons += [f"{name}: {record['reason']}" for name, record in records.items() if record["value"] is None]
    return "; ".join(reasons)


def _decided(
    claim: Claim, key: str, expression: Expression | None, edition: Edition
) -> tuple[bool | None, str]:
    """Return what a condition says and the sentence that tells it; without a condition it is not met."""
    if expression is None:
        return False, ""
    values = {name: edition.staged.values[name]["value"] for name in expression.names}
    try:
        decision = decide(expression, values)
    except ExpressionError as error:
        line = claim.lines.get(key, claim.line)
        problem = SourceProblem(LEDGER, line, f"{claim.id} {key}", expression.text, error.rule, error.way_out)
        raise _MeaninglessError(problem) from None
    given = ", ".join(f"{name} is {value}" for name, value in values.items())
    if decision.answer is None:
        return None, f"{key}: {decision.reason} ({given})"
    return decision.answer, f"{key} is {'' if decision.answer else 'not '}met: {expression.text} ({given})"


def _flaws(claim: Claim, edition: Edition, about_cases: bool) -> Iterator[str]:
    if not claim.has_evidence:
        yield "the claim names nothing that carries it"
    if not about_cases:
        return
    if not claim.cases:
        yield "the claim rests on case evidence and does not say on how many companies"
        return
    count = edition.staged.values[claim.cases]["value"]
    if count == 1 and not ONE_CASE.search(claim.sentence(edition.texts)):
        yield "the claim rests on one company and does not say so"


def _refusals(state: ClaimState, marked: Collection[str]) -> Iterator[SourceProblem]:
    """Yield what keeps a claim out of an edition that is not the team's."""
    claim, places = state.claim, " and ".join(state.claim.where)
    found = []
    if state.state == "broken":
        found.append((f"the claim is broken: {state.reason}", f"Reword or drop the sentence in {places}"))
    if state.state == "cannot say" and claim.id not in marked:
        rule = f"this edition cannot tell whether the claim holds ({state.reason})"
        mark = f"Mark it in {places} as [sentence]{{.claim key={claim.id}}}, so that it can be left out"
        found.append((rule, mark))
    found += [(flaw, f"Mend it here, or drop the sentence in {places}") for flaw in state.flaws]
    for rule, way_out in found:
        ending = f"{way_out}; {TEAM_EDITION}."
        yield SourceProblem(LEDGER, claim.line, claim.id, state.sentence, rule, ending)
