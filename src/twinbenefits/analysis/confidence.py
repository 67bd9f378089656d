"""How much confidence a finding deserves: the people's judgement, and the ceilings that the data suggest.

Informed by GRADE-CERQual (Lewin et al. 2018, doi:10.1186/s13012-017-0688-3): a finding starts at high, and
each of four components can lower it. The judgement is the authors'. The program proposes ceilings and shows
where a judgement stands above one; it never issues the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import BASIS, Basis, Cells
from twinbenefits.evidence.problems import Problem, nearest, shortlist

__all__ = [
    "COMPONENTS",
    "CONCERNS",
    "LEVELS",
    "NOT_RATED",
    "CeilingRules",
    "confidence_ceilings",
    "confidence_register",
    "current_steps",
    "findings_behind",
    "step_problems",
]

LEVELS = ("High", "Moderate", "Low", "Very low")
CONCERNS = ("no or minor concerns", "moderate concerns", "serious concerns", "very serious concerns")
COMPONENTS = ("methodological_limitations", "coherence", "adequacy", "relevance")
NOT_RATED, NO_VOTE = "not rated", "no vote yet"

DISSENT = ("split", "against")
"""Outcomes of a vote that lower the ceiling."""


@dataclass(frozen=True, slots=True)
class CeilingRules:
    """Thresholds of the ceilings; a study takes them from its rules.

    Parameters
    ----------
    alpha
        Below this value of Krippendorff's alpha on a code the coders do not agree enough on it.
    robust_share
        A finding that holds in a smaller share of the specifications is not robust.
    """

    alpha: float
    robust_share: float


def current_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the latest judgement of each component of each finding; of one day's the last row.

    Examples
    --------
    >>> rows = pd.DataFrame({"finding": "F", "component": "adequacy", "steps": [2, 1], "reason": ["x", "y"],
    ...                      "author": "a", "date": pd.to_datetime(["2026-03-01", "2026-04-01"])})
    >>> current_steps(rows)["steps"].tolist()
    [1]
    """
    latest = steps.sort_values("date", kind="stable").drop_duplicates(["finding", "component"], keep="last")
    return latest.sort_values(["finding", "component"], kind="stable", ignore_index=True)


def step_problems(
    steps: pd.DataFrame,
    findings: Sequence[str],
    file: str = "confidence_steps.csv",
    *,
    in_file_order: bool = True,
) -> list[Problem]:
    """Return what is wrong with judgements: a finding that is not there, a missing reason or author.

    Parameters
    ----------
    steps
        The table ``confidence_steps`` in the order of its file.
    findings
        The findings there are.
    file
        The file's name in messages.
    in_file_order
        Whether the rows stand as in the file; for other audiences than the team they do not, and messages
        then name no row.

    Examples
    --------
    >>> rows = pd.DataFrame({"finding": ["C3"], "component": ["adequacy"], "steps": [1], "reason": [""],
    ...                      "author": ["a"]})
    >>> for problem in step_problems(rows, ["C03"]):
    ...     print(problem)
    confidence_steps.csv, row 2, column finding: has 'C3'; there is no such finding. Did you mean 'C03'?
    confidence_steps.csv, row 2, column reason: a step-down needs a reason. Say why, or delete the row.
    """
    problems = []
    columns = [steps[name] for name in ("finding", "component", "reason", "author")]
    for place, (finding, component, reason, author) in enumerate(zip(*columns, strict=True), start=2):
        row = place if in_file_order else None
        if finding not in findings:
            meant = nearest(str(finding), findings)
            way_out = f"Did you mean {meant!r}?" if meant else f"The findings are {shortlist(findings, 60)}."
            problems.append(Problem(file, row, "finding", str(finding), "there is no such finding", way_out))
        if component not in COMPONENTS:
            rule = f"must be one of {shortlist(COMPONENTS)}"
            problems.append(Problem(file, row, "component", str(component), rule, "Correct the cell."))
        for column, cell in (("reason", reason), *([("author", author)] if in_file_order else [])):
            if not str(cell).strip():  # nobody but the team reads who judged
                way_out = "Say why, or delete the row." if column == "reason" else "Say who, by code."
                article = "an" if column == "author" else "a"
                rule = f"a step-down needs {article} {column}"
                problems.append(Problem(file, row, column, "", rule, way_out))
    return problems


def findings_behind(coded: Coded, codes_of: Mapping[str, Sequence[str]], *, quote_from: int) -> pd.DataFrame:
    """Return for each finding what its codes rest on, for the ceilings and the register.

    Parameters
    ----------
    coded
        Resolved evidence.
    codes_of
        Finding to the codes it speaks of. One without codes does not come from the cases.
    quote_from
        Consent level from which a segment may be quoted.

    Returns
    -------
    DataFrame
        finding, codes, cases_behind and quotes (missing for a finding without codes), cases, persons,
        sources, level.
    """
    rows = []
    for finding, codes in codes_of.items():
        mine = coded.rows[coded.rows["code"].isin(list(codes))].drop_duplicates("segment")
        found = pooled_basis(mine)
        quotes = int((mine["consent_level"] >= quote_from).sum())
        behind = (found.cases, quotes) if codes else (None, None)
        rows.append((finding, ";".join(codes), *behind, *(getattr(found, name) for name in BASIS)))
    columns = ["finding", "codes", "cases_behind", "quotes", *BASIS]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"cases_behind": "Int64", "quotes": "Int64"})


def confidence_ceilings(
    findings: pd.DataFrame,
    rules: CeilingRules,
    *,
    agreement: Mapping[str, float | None] = MappingProxyType({}),
    robustness: Mapping[str, float] = MappingProxyType({}),
    votes: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Propose ceilings from the data, one row per reason.

    Parameters
    ----------
    findings
        finding, cases_behind, quotes (segments that may be quoted), codes (parted by semicolons). Companies
        and quotes are missing for a finding that does not come from the cases.
    rules
        Thresholds.
    agreement
        Code to Krippendorff's alpha; None where it is undefined. A code that nobody coded twice is missing.
    robustness
        Finding to the share of specifications in which it holds.
    votes
        Finding to the outcome of the last vote on it, such as ``consensus`` or ``split``.

    Returns
    -------
    DataFrame
        finding, component, at_most (a level), reason; a finding without a ceiling has no row.

    Examples
    --------
    >>> findings = pd.DataFrame({"finding": ["F1"], "cases_behind": [1], "quotes": [3], "codes": ["X"]})
    >>> found = confidence_ceilings(findings, CeilingRules(alpha=0.667, robust_share=0.8))
    >>> found[["at_most", "reason"]].values.tolist()
    [['Low', 'one case only'], ['Moderate', 'agreement on X is not known']]
    """
    cases, quotes = (_counted(findings[name]) for name in ("cases_behind", "quotes"))
    rows = [
        (finding, *ceiling)
        for finding, codes, case_count, quote_count in zip(
            findings["finding"], findings["codes"], cases, quotes, strict=True
        )
        for ceiling in (
            *_from_evidence(case_count, quote_count),
            *_from_agreement(_listed(str(codes)), agreement, rules),
            *_from_robustness(robustness.get(finding), rules),
            *_from_votes(votes.get(finding, "")),
        )
    ]
    return pd.DataFrame(rows, columns=["finding", "component", "at_most", "reason"]).astype("str")


def confidence_register(
    findings: pd.DataFrame,
    steps: pd.DataFrame,
    ceilings: pd.DataFrame,
    *,
    votes: Mapping[str, str] = MappingProxyType({}),
    inputs: Sequence[str] = ("confidence_steps",),
) -> Result:
    """Set the people's judgement beside the ceilings that the data suggest.

    Parameters
    ----------
    findings
        finding, and on what it rests: cases, persons, sources, level.
    steps
        The table ``confidence_steps``; may be empty.
    ceilings
        What :func:`confidence_ceilings` returns.
    votes
        Finding to the outcome of the last vote on it.
    inputs
        The tables behind all of this.

    Returns
    -------
    Result
        One row per finding: finding, the four components (concerns in words, or "not rated"), overall (the
        judgement: high less all steps; "not rated" while no component is judged, "partly rated" while one is
        missing), reasons (of what lowers it), judged_by, ceiling (the lowest that the data suggest),
        ceiling_reasons, above_ceiling (whether the judgement stands above it), workshop. Scalars:
        ``findings``, ``rated`` (at least one component), ``judged_in_full`` (all four), ``with_ceiling``
        (below the highest level), ``above_ceiling``, ``companies`` (behind the widest finding).
    """
    judged = dict(_by_finding(current_steps(steps)))
    rows = []
    for finding in findings["finding"]:
        mine = judged.get(str(finding), {})
        limits = ceilings[ceilings["finding"] == finding]
        ceiling = max((LEVELS.index(level) for level in limits["at_most"]), default=0)
        overall, lowest = _overall(mine)
        rows.append(
            {
                "finding": finding,
                **{name: CONCERNS[mine[name][0]] if name in mine else NOT_RATED for name in COMPONENTS},
                "overall": overall,
                "reasons": "; ".join(reason for steps, reason, _ in mine.values() if steps),
                "judged_by": "; ".join(sorted({author for *_, author in mine.values()})),
                "ceiling": LEVELS[ceiling],
                "ceiling_reasons": "; ".join(limits["reason"]),
                "above_ceiling": lowest is not None and lowest < ceiling,
                "workshop": votes.get(str(finding), NO_VOTE),
            }
        )
    columns = [*COMPONENTS, *_SAID]
    table = pd.DataFrame(rows, columns=["finding", *columns])
    table["above_ceiling"] = table["above_ceiling"].astype(bool)
    table = table.merge(findings[["finding", *BASIS]], on="finding", how="left")
    about = _widest(findings)
    rated = int((table["overall"] != NOT_RATED).sum())
    return Result(
        table=table,
        inputs=tuple(inputs),
        scalars={
            "findings": Scalar(len(table), unit="findings", basis=about),
            "rated": Scalar(rated, n=len(table), unit="findings", basis=about),
            **{
                name: Scalar(count, n=len(table), unit="findings", basis=about)
                for name, count in _counts(table).items()
            },
            "companies": Scalar(about.cases, unit="companies", basis=about),
        },
        limitations=(
            "Confidence is judged by people; ceilings are proposals of the program and no verdict.",
            "Informed by GRADE-CERQual, which was made for syntheses of published studies.",
        ),
        cells=Cells(dimensions=("finding",), shown=tuple(columns)),
    )


def _counts(table: pd.DataFrame) -> dict[str, int]:
    return {
        "judged_in_full": int(table["overall"].isin(LEVELS).sum()),
        "with_ceiling": int((table["ceiling"] != LEVELS[0]).sum()),
        "above_ceiling": int(table["above_ceiling"].sum()),
    }


_SAID = ("overall", "reasons", "judged_by", "ceiling", "ceiling_reasons", "above_ceiling", "workshop")
Judged = Mapping[str, tuple[int, str, str]]


def _by_finding(steps: pd.DataFrame) -> Iterator[tuple[str, Judged]]:
    """Yield per finding its components with steps, reason and author, in the order of the components."""
    for finding, part in steps.groupby("finding", sort=True):
        found = {
            str(name): (int(number), str(reason), str(author))
            for name, number, reason, author in part[["component", "steps", "reason", "author"]].itertuples(
                index=False, name=None
            )
        }
        yield str(finding), {name: found[name] for name in COMPONENTS if name in found}


def _overall(judged: Judged) -> tuple[str, int | None]:
    """Return the judgement in words, and the best level that the steps so far leave open."""
    if not judged:
        return NOT_RATED, None
    level = min(sum(steps for steps, *_ in judged.values()), len(LEVELS) - 1)
    if len(judged) < len(COMPONENTS):
        return f"partly rated, at most {LEVELS[level]}", None
    return LEVELS[level], level


def _counted(column: pd.Series) -> list[int | None]:
    """Return whole numbers, None where there is none."""
    return [None if pd.isna(number) else int(number) for number in pd.to_numeric(column)]


def _from_evidence(cases: int | None, quotes: int | None) -> Iterator[tuple[str, str, str]]:
    if cases is not None and cases <= 1:
        yield "relevance", "Low", "one case only" if cases == 1 else "no case behind it"
    if quotes is not None and quotes < 1:
        yield "adequacy", "Low", "no quote: serious concerns about adequacy"


def _from_agreement(
    codes: Sequence[str], agreement: Mapping[str, float | None], rules: CeilingRules
) -> Iterator[tuple[str, str, str]]:
    unknown = [code for code in codes if agreement.get(code) is None]
    low = [code for code in codes if (value := agreement.get(code)) is not None and value < rules.alpha]
    if low:
        yield "methodological_limitations", "Low", f"low agreement on {', '.join(low)}"
    if unknown:
        yield "methodological_limitations", "Moderate", f"agreement on {', '.join(unknown)} is not known"


def _from_robustness(share: float | None, rules: CeilingRules) -> Iterator[tuple[str, str, str]]:
    if share is not None and share < rules.robust_share:
        yield "coherence", "Moderate", f"not robust: holds in {share:.0%} of the specifications"


def _from_votes(outcome: str) -> Iterator[tuple[str, str, str]]:
    if outcome in DISSENT:
        yield "coherence", "Moderate", f"the workshop dissents ({outcome})"


def _listed(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]


def _widest(findings: pd.DataFrame) -> Basis:
    """Return the basis of a count over all findings: the widest of their bases at the strictest level."""
    if findings.empty:
        return Basis(0, 0, 0, 0)
    most = findings[["cases", "persons", "sources"]].max()
    level = findings.loc[findings["sources"] > 0, "level"].min()
    return Basis(
        int(most["cases"]), int(most["persons"]), int(most["sources"]), 0 if pd.isna(level) else int(level)
    )
