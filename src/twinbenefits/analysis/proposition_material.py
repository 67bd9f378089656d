"""What propositions are held to: values of the cases, ties between codes, recorded reasons, dates."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from twinbenefits.analysis.case_values import case_values
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.judgement import Material, Term
from twinbenefits.analysis.resolution import resolve

__all__ = ["proposition_material", "proposition_terms", "recorded_reasons", "tie_rules"]


def proposition_terms(terms: pd.DataFrame) -> dict[str, tuple[Term, ...]]:
    """Return the terms of each proposition, in order."""
    found: dict[str, list[Term]] = {}
    for row in terms.to_dict("records"):
        term = Term(str(row["condition"]), str(row["direction"]), str(row["outcome"]))
        found.setdefault(str(row["proposition"]), []).append(term)
    return {name: tuple(listed) for name, listed in found.items()}


def recorded_reasons(
    negative_cases: pd.DataFrame, *, words_masked: bool = False
) -> dict[str, frozenset[str]]:
    """Return for each proposition the cases whose contrariness has a reason, an author and a date on record.

    Parameters
    ----------
    negative_cases
        proposition, case, reason, author, recorded_on.
    words_masked
        True where the door has emptied reasons that this audience may not read. No row without a reason is
        ever let in, so author and date are enough then.

    Examples
    --------
    >>> rows = pd.DataFrame({"proposition": "P", "case": ["A", "B"], "reason": ["small", ""], "author": "x",
    ...                      "recorded_on": "2026-01-01"})
    >>> recorded_reasons(rows), recorded_reasons(rows, words_masked=True) == {"P": frozenset("AB")}
    ({'P': frozenset({'A'})}, True)
    """
    found: dict[str, set[str]] = {}
    for row in negative_cases.to_dict("records"):
        needed = ("author", "recorded_on") if words_masked else ("reason", "author", "recorded_on")
        if all(not pd.isna(row.get(name)) and str(row.get(name)).strip() for name in needed):
            found.setdefault(str(row["proposition"]), set()).add(str(row["case"]))
    return {name: frozenset(cases) for name, cases in found.items()}


def proposition_material(
    terms: Iterable[Term],
    coded: Coded,
    asked: pd.DataFrame,
    ratings: pd.DataFrame,
    scales: Iterable[str],
    *,
    presence_threshold: int,
    recorded: Mapping[str, frozenset[str]] | None = None,
    dated: pd.DataFrame | None = None,
    rater: str = "",
) -> Material:
    """Gather what propositions are held to.

    Parameters
    ----------
    terms
        All terms of all propositions.
    coded, asked, ratings
        The evidence; several coders are resolved by ``"any"`` unless that was done before.
    scales
        Names of the scales of the context.
    presence_threshold
        From how many segments on a code counts as mentioned.
    recorded
        From :func:`recorded_reasons`.
    dated
        case, code, date: when what the code stands for began in a case. Without it nothing is dated.
    rater
        Take the levels of one rater only.
    """
    listed = list(dict.fromkeys(terms))
    resolved = resolve(coded)
    names = dict.fromkeys(side for term in listed for side in (term.condition, term.outcome))
    values = case_values(
        names, resolved, asked, ratings, scales, presence_threshold=presence_threshold, rater=rater
    )
    return Material(
        cases=coded.cases,
        values=values,
        tied=_ties(listed, resolved),
        recorded=dict(recorded or {}),
        dated=_dates(dated),
    )


def tie_rules(coded: Coded) -> dict[tuple[str, str], str]:
    """Return for which roles of condition and outcome the codes themselves say what belongs together.

    A code whose role names a target counts where it names the outcome (``"named"``). A code whose role must
    stand beside another counts, together with what is measured, where it stands beside it (``"beside"``).
    """
    named, beside = (_rule_of(coded, column) for column in ("targets_role", "requires_role"))
    return {**dict.fromkeys(beside.items(), "beside"), **dict.fromkeys(named.items(), "named")}


def _ties(terms: Sequence[Term], coded: Coded) -> dict[tuple[str, str], dict[str, int]]:
    """Return per case the segments that tie a condition to its outcome."""
    about, rules = coded.about_cases().rows, tie_rules(coded)
    ties: dict[tuple[str, str], dict[str, int]] = {}
    for term in terms:
        rule = rules.get((coded.role(term.condition), coded.role(term.outcome)))
        condition = about[about["code"].isin(coded.members(term.condition))]
        outcome = coded.members(term.outcome)
        if rule == "named":
            segments = condition[condition["target_code"].isin(outcome)]
        elif rule == "beside":
            told = about[about["code"].isin(outcome)]
            aimed = condition[condition["target_code"].isin([*outcome, ""])]
            segments = told[(told["status"] == "measured") | told["segment"].isin(aimed["segment"])]
        else:
            continue
        counted = segments.groupby("case")["segment"].nunique()
        ties[term.condition, term.outcome] = {case: int(counted.get(case, 0)) for case in coded.cases}
    return ties


def _rule_of(coded: Coded, column: str) -> dict[str, str]:
    """Return role to the role that its codes name or stand beside."""
    if column not in coded.codebook:
        return {}
    book = coded.codebook[["role", column]].fillna("").astype(str)
    return {role: aim for role, aim in zip(book["role"], book[column], strict=True) if aim}


def _dates(dated: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    """Return code to case to the first day on which it is dated, as a number that orders."""
    found: dict[str, dict[str, float]] = {}
    if dated is None:
        return found
    for row in dated.to_dict("records"):
        day = pd.to_datetime(str(row["date"]), errors="coerce")
        if not pd.isna(day):
            known = found.setdefault(str(row["code"]), {})
            number = float(day.toordinal())
            known[str(row["case"])] = min(number, known.get(str(row["case"]), number))
    return found
