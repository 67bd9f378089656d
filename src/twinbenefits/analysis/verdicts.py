"""The verdict on a proposition, by the rule of its kind."""

from collections.abc import Callable, Mapping, Sequence

from twinbenefits.analysis.case_kinds import judge_gap, judge_necessary, judge_pattern, judge_precedes
from twinbenefits.analysis.directional import SIGNS, judge_directional
from twinbenefits.analysis.judgement import Judgement, Material, Term, VerdictRule

__all__ = ["KINDS", "judge"]

_Judge = Callable[[Sequence[Term], Material, VerdictRule, frozenset[str]], Judgement]

KINDS: Mapping[str, _Judge] = {
    "directional": judge_directional,
    "necessary": judge_necessary,
    "gap": judge_gap,
    "pattern": judge_pattern,
    "precedes": judge_precedes,
}


def judge(
    proposition: str, kind: str, terms: Sequence[Term], material: Material, rule: VerdictRule
) -> Judgement:
    """Return the verdict on a proposition.

    Parameters
    ----------
    proposition
        Its name, under which contrary cases are recorded.
    kind
        ``"directional"``: every pair of cases is concordant, discordant, tied or unknown on each term.
        ``"necessary"``: a case with the outcome and without the condition is contrary. ``"gap"``: within each
        case more is expected than measured. ``"pattern"``: contrary as the team recorded. ``"precedes"``: by
        dates, where both sides are dated.
    terms
        Its terms.
    material
        What it is held to.
    rule
        The thresholds.

    Raises
    ------
    ValueError
        For a kind that has no rule, a proposition without terms, or a directional term without a direction.

    Examples
    --------
    >>> from twinbenefits.analysis.case_values import CaseValues
    >>> levels = CaseValues("S", True, {"A": 1, "B": 2, "C": 3, "D": 4})
    >>> shares = CaseValues("X", False, {"A": 0.1, "B": 0.2, "C": 0.3, "D": 0.05})
    >>> material = Material(("A", "B", "C", "D"), {"S": levels, "X": shares})
    >>> found = judge("P", "directional", [Term("S", "+", "X")], material, VerdictRule(minimum_cases=4))
    >>> found.verdict, found.concordant, found.discordant, found.smallest_sets
    ('Not supported', 3, 3, (('D',),))
    """
    if kind not in KINDS:
        raise ValueError(
            f"{proposition}: {kind!r} is no kind of proposition; the kinds are {', '.join(KINDS)}"
        )
    if not terms:
        raise ValueError(f"{proposition} has no term: add its condition, direction and outcome")
    astray = [term.direction for term in terms if term.direction not in SIGNS]
    if kind == "directional" and astray:
        raise ValueError(f"{proposition}: a directional term needs + or -, not {astray[0]!r}")
    return KINDS[kind](terms, material, rule, material.recorded.get(proposition, frozenset()))
