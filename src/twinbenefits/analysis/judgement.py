"""The verdict on one proposition: what speaks for it, what against, and what follows, fixed beforehand.

Cannot say: too few cases known, or nothing that speaks for or against. Supported: no contrary case. Mixed:
more speaks for than against, and the team has recorded why each contrary case is one. Else not supported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twinbenefits.analysis.case_values import CaseValues
from twinbenefits.analysis.pairs import Orders

__all__ = [
    "CANNOT_SAY",
    "CONTRARY",
    "MARKS",
    "MIXED",
    "NEITHER",
    "NOT_SUPPORTED",
    "SILENT",
    "SUPPORTED",
    "SUPPORTS",
    "Judgement",
    "Material",
    "Term",
    "VerdictRule",
    "Weighed",
    "conclude",
    "conclude_by_case",
    "concluded",
]

CANNOT_SAY, SUPPORTED, MIXED, NOT_SUPPORTED = "Cannot say", "Supported", "Mixed", "Not supported"
SUPPORTS, CONTRARY, NEITHER, SILENT = "supports", "contrary", "neither", "silent"
MARKS = (SUPPORTS, CONTRARY, NEITHER, SILENT)


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """The thresholds of a verdict, from the study's rules.

    Parameters
    ----------
    minimum_cases
        With fewer cases known nothing is said.
    presence_threshold
        From how many segments on a code is there.
    condition_from_level
        From which level of a scale on a necessary condition is there; below, it is absent.
    """

    minimum_cases: int
    presence_threshold: int = 1
    condition_from_level: int = 2


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a proposition: condition, direction (+, - or the kind), outcome."""

    condition: str
    direction: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Material:
    """What propositions are held to.

    Parameters
    ----------
    cases
        The cases compared.
    values
        Scale or code to its values; for a condition that names its outcome, see `tied`.
    tied
        Condition and outcome to case to how many segments tie the one to the other: mechanisms that name the
        benefit, outcomes measured on it.
    recorded
        Proposition to the cases for which the team recorded why they are contrary.
    dated
        Code to case to when it began; empty where nothing is dated.
    """

    cases: tuple[str, ...]
    values: Mapping[str, CaseValues]
    tied: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    recorded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def unknown_of(self, terms: Iterable[Term]) -> dict[str, list[str]]:
        """Return by case why it is not known on conditions and outcomes of the terms."""
        sides = dict.fromkeys(side for term in terms for side in (term.condition, term.outcome))
        why: dict[str, list[str]] = {case: [] for case in self.cases}
        for side in sides:
            for case, reason in self.values[side].reason.items():
                if case in why:
                    why[case].append(f"{side}: {reason}")
        return why


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one proposition and what it rests on.

    Parameters
    ----------
    verdict, why
        The verdict, and in a sentence why.
    concordant, discordant, tied, unknown
        Pairs of cases over the terms; for kinds that look at single cases, cases.
    rated
        How many cases are known.
    marks, notes
        Case to supports, contrary, neither or silent, and to what there is to say about it.
    smallest_sets
        The smallest sets of cases whose removal leaves nothing against it.
    terms_judged
        On how many of the terms it rests.
    orders
        How many of how many orders of the cases would look at least as good; never used in the verdict.
    orders_reason
        Why there is no such count.
    """

    verdict: str
    why: str
    concordant: int
    discordant: int
    tied: int
    unknown: int
    rated: int
    marks: Mapping[str, str]
    notes: Mapping[str, str]
    smallest_sets: tuple[tuple[str, ...], ...]
    terms_judged: int
    orders: Orders | None = None
    orders_reason: str = ""

    def named(self, mark: str) -> tuple[str, ...]:
        """Return the cases with a mark."""
        return tuple(case for case, is_one in self.marks.items() if is_one == mark)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for and against, before the verdict."""

    concordant: int
    discordant: int
    tied: int
    unknown: int
    rated: int
    sets: tuple[tuple[str, ...], ...]


def conclude(
    found: Weighed,
    marks: Mapping[str, str],
    notes: Mapping[str, Iterable[str]],
    recorded: frozenset[str],
    *,
    enough: bool,
    rule: VerdictRule,
    terms_judged: int,
    orders: Orders | None = None,
    orders_reason: str = "",
    why_not: str = "",
) -> Judgement:
    """Return the verdict that follows from what speaks for and against.

    Parameters
    ----------
    found, marks, notes
        What was weighed, the mark of each case, what there is to say about each.
    recorded
        Cases for which the team recorded why they are contrary.
    enough
        Whether enough cases are known.
    rule, terms_judged, orders, orders_reason
        As in :class:`Judgement`.
    why_not
        Why nothing can be said, where there is more to say than the rule.
    """
    contrary = [case for case, mark in marks.items() if mark == CONTRARY]
    verdict, why = concluded(
        found.concordant,
        found.discordant,
        contrary=bool(contrary),
        unexplained=any(case not in recorded for case in contrary),
        enough=enough,
        rule=rule,
        why_not=why_not,
    )
    return Judgement(
        verdict,
        why,
        found.concordant,
        found.discordant,
        found.tied,
        found.unknown,
        found.rated,
        dict(marks),
        _noted(notes, marks, recorded),
        found.sets if contrary else (),
        terms_judged,
        orders,
        orders_reason,
    )


def concluded(
    concordant: int,
    discordant: int,
    *,
    contrary: bool,
    unexplained: bool,
    enough: bool,
    rule: VerdictRule,
    why_not: str = "",
) -> tuple[str, str]:
    """Return the verdict that follows, and in a sentence why.

    Parameters
    ----------
    concordant, discordant
        What speaks for and against.
    contrary, unexplained
        Whether a case is contrary, and whether one is for which the team recorded no reason.
    enough, rule, why_not
        As for :func:`conclude`.
    """
    if not enough:
        return CANNOT_SAY, why_not or f"fewer than {rule.minimum_cases} cases are known"
    if not concordant and not discordant:
        return CANNOT_SAY, why_not or "nothing speaks for or against it: all that is known is tied"
    if not contrary:
        return SUPPORTED, "no case is contrary"
    if concordant > discordant and not unexplained:
        return MIXED, "more speaks for it than against it, and each contrary case has a reason on record"
    if concordant > discordant:
        return NOT_SUPPORTED, "a contrary case has no reason on record"
    return NOT_SUPPORTED, "no more speaks for it than against it"


def _noted(
    reasons: Mapping[str, Iterable[str]], marks: Mapping[str, str], recorded: frozenset[str]
) -> dict[str, str]:
    """Return what there is to say about each case."""
    notes = {}
    for case, why in reasons.items():
        said = list(why)
        if case in recorded:
            said.append(
                "reason on record"
                if marks[case] == CONTRARY
                else "recorded as contrary by the team; the rule does not find it so"
            )
        elif marks[case] == CONTRARY:
            said.append("no reason on record")
        notes[case] = "; ".join(said)
    return notes


def conclude_by_case(
    marks: Mapping[str, str],
    notes: Mapping[str, Iterable[str]],
    recorded: frozenset[str],
    *,
    rule: VerdictRule,
    terms: int,
    why_not: str = "",
    orders: Orders | None = None,
    orders_reason: str = "",
) -> Judgement:
    """Return the verdict of a kind that looks at single cases: each case counts for, against or neither."""
    count = {
        mark: sum(one == mark for one in marks.values()) for mark in (SUPPORTS, CONTRARY, NEITHER, SILENT)
    }
    rated = len(marks) - count[SILENT]
    contrary = tuple(sorted(case for case, mark in marks.items() if mark == CONTRARY))
    found = Weighed(count[SUPPORTS], count[CONTRARY], count[NEITHER], count[SILENT], rated, (contrary,))
    return conclude(
        found,
        marks,
        notes,
        recorded,
        enough=rated >= rule.minimum_cases,
        rule=rule,
        terms_judged=terms if rated >= rule.minimum_cases else 0,
        why_not="" if rated < rule.minimum_cases else why_not,
        orders=orders,
        orders_reason=orders_reason,
    )
