"""What to measure for which benefit, and what has been published beside what the study itself has seen."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.states import STATES
from twinbenefits.evidence.cells import BASIS, Cells

__all__ = ["PUBLISHED", "STUDY", "indicator_map", "published_beside_status"]

STANDARDS = ("esrs_set1", "gri", "sdg")
VERSION = "standard_version"
NONE = "-"
PUBLISHED, STUDY = "published effects", "this study"
HIGHEST = 6
"""The highest consent level: what rests on no segment is not held back by one."""


def indicator_map(indicators: pd.DataFrame, codebook: pd.DataFrame, verticals: Sequence[str] = ()) -> Result:
    """Return which indicator can show which benefit, and where reporting standards ask for it.

    Standards are replaced: every row says which version its references belong to. Where the table of
    indicators has no column for it, the name of the standard's own column stands in ("esrs set 1").

    Parameters
    ----------
    indicators, codebook
        The tables of these names.
    verticals
        Columns of the indicators with the usual unit or form per vertical; they are kept.

    Returns
    -------
    Result
        One row per benefit and indicator, in the codebook's order: code, label, indicator, name, unit,
        outcome, the standards' columns, standard_version, definition_note, the verticals. Scalars:
        ``indicators``, ``benefits_with_indicator``, ``benefits_without_indicator``.

    Raises
    ------
    ValueError
        When a vertical has no column.
    """
    missing = [vertical for vertical in verticals if vertical not in indicators]
    if missing:
        raise ValueError(f"the indicators have no column for {', '.join(missing)}")
    order = {str(code): number for number, code in enumerate(codebook["id"])}
    label = dict(zip(codebook["id"], codebook["label"], strict=True))
    known = [column for column in STANDARDS if column in indicators]
    long = indicators.rename(columns={"id": "indicator", "indicator": "name", "oc_code": "outcome"})
    long["code"] = long["be_code"].map(_listed)
    long = long.explode("code", ignore_index=True)
    for column in known:
        long[column] = long[column].replace(NONE, "")
    if VERSION not in long:
        named = {column: _in_words(column) for column in known}
        filled = long[known].to_dict("records")
        long[VERSION] = ["; ".join(named[column] for column in known if row[column]) for row in filled]
    long = long.assign(_order=long["code"].map(order), label=long["code"].map(label))
    long = long.sort_values(["_order", "indicator"], kind="stable", ignore_index=True)
    columns = ["code", "label", "indicator", "name", "unit", "outcome", *known, VERSION, "definition_note"]
    benefits = codebook[(codebook["role"] == "benefit") & ~codebook["id"].isin(codebook["parent"])]["id"]
    measured = int(benefits.isin(long["code"]).sum())
    return Result(
        table=long[[*columns, *verticals]],
        inputs=("indicators", "codebook"),
        scalars={
            "indicators": Scalar(len(indicators), unit="indicators"),
            "benefits_with_indicator": Scalar(measured, n=len(benefits), unit="benefits"),
            "benefits_without_indicator": Scalar(len(benefits) - measured, n=len(benefits), unit="benefits"),
        },
        limitations=(
            "An indicator shows a benefit only with a starting value and a reason to tie it to the twin.",
            "References to reporting standards hold for the version named; standards are being replaced.",
        ),
    )


def published_beside_status(
    effects: pd.DataFrame,
    effect_grades: pd.DataFrame,
    states: pd.DataFrame,
    coded: Coded,
) -> Result:
    """Set the published effects of each benefit beside what the study has seen of it, without joining them.

    Parameters
    ----------
    effects, effect_grades
        The tables of these names.
    states
        What :func:`twinbenefits.analysis.states.benefit_states` returns for single benefits: case, code,
        state.
    coded
        The resolved evidence that the states were told from.

    Returns
    -------
    Result
        One row per benefit, side and grade or state: code, label, side, what, count (effects, or companies).
        Every benefit has a row for every grade and every state. Scalars: ``benefits_with_effects``,
        ``benefits_realized`` (observed or measured in a company), ``companies``.
    """
    states = states.astype({"case": "str", "code": "str"})  # without cases the column has no type of its own
    grades = [str(grade) for grade in effect_grades["grade"]]
    codes = list(dict.fromkeys(str(code) for code in states["code"]))
    found = effects.groupby(["be_code", "grade"]).size()
    published = [
        (code, PUBLISHED, grade, int(found.get((code, grade), 0))) for code in codes for grade in grades
    ]
    told = states[states["state"].notna()].groupby(["code", "state"])["case"].nunique()
    own = [(code, STUDY, state, int(told.get((code, state), 0))) for code in codes for state in STATES]
    table = pd.DataFrame(published + own, columns=["code", "side", "what", "count"])
    table["label"] = [coded.label(code) for code in table["code"]]
    table = _with_state_basis(table, states, coded)
    realized = table[(table["side"] == STUDY) & (table["what"] == STATES[-1]) & (table["count"] > 0)]
    about = pooled_basis(coded.rows[coded.rows["code"].isin(codes)])
    with_effects = len({*effects["be_code"]} & {*codes})
    return Result(
        table=table[["code", "label", "side", "what", "count", *BASIS]],
        inputs=tuple(dict.fromkeys([*coded.inputs, "asked", "effects", "effect_grades"])),
        scalars={
            "benefits_with_effects": Scalar(with_effects, n=len(codes), unit="benefits", basis=about),
            "benefits_realized": Scalar(len(realized), n=len(codes), unit="benefits", basis=about),
            "companies": Scalar(about.cases, unit="companies", basis=about),
        },
        limitations=(
            "Published effects and companies of the study are counted side by side and never added up.",
            "Companies whose state cannot be told to this audience are not counted.",
            "A published effect says nothing about these companies, nor these companies about it.",
        ),
        cells=Cells(
            dimensions=("code", "side", "what"),
            shown=("count",),
            counts={"count": "effects or companies"},
            population="benefits by grade and state",
        ),
    )


def _with_state_basis(table: pd.DataFrame, states: pd.DataFrame, coded: Coded) -> pd.DataFrame:
    """Let a count of companies rest on their segments; one without segments counts the companies alone.

    That a benefit was not asked about, or was asked about and is absent, rests on no segment. It is still a
    statement about the companies counted, so their number stands for persons and sources, which withholds it
    where too few companies are behind it.
    """
    companies = states[states["state"].notna()].rename(columns={"state": "what"})
    coded_rows = coded.rows.astype({"case": "str", "code": "str"})
    rows = coded_rows.merge(companies[["case", "code", "what"]], on=["case", "code"], how="inner")
    spoken = {(code, what): pooled_basis(part) for (code, what), part in rows.groupby(["code", "what"])}
    bases = []
    for code, side, what, count in table[["code", "side", "what", "count"]].itertuples(
        index=False, name=None
    ):
        basis = spoken.get((code, what))
        if side == PUBLISHED:
            bases.append((0, 0, 0, 0))
        elif basis is not None and what in STATES[2:]:
            bases.append((basis.cases, basis.persons, basis.sources, basis.level))
        else:
            bases.append((count, count, count, HIGHEST if count else 0))
    return table.join(pd.DataFrame(bases, columns=list(BASIS), index=table.index))


def _listed(cell: str) -> list[str]:
    return [part for part in re.split(r"[,;]\s*", str(cell)) if part and part != NONE]


def _in_words(column: str) -> str:
    return re.sub(r"(?<=[a-z])(?=\d)", " ", column).replace("_", " ")
