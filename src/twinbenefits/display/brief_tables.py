"""Tables of the one-page brief: short cells, so that all of it stands on one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.analysis.brief import HERE
from twinbenefits.display.withheld import EMPTY, WITHHELD, number_text
from twinbenefits.evidence.release import Released

__all__ = ["benefits", "published", "self_check"]

_PUBLISHED = ("Grade", "Published number", "How it came about", "Caveat", "Id")
_NOT_SHOWN = "not shown"
_HEADS = (
    "No.",
    "Benefit",
    "Seen here",
    "Confidence at most",
    "What must change at work",
    "Measure before starting",
)


def benefits(
    ordered: Released,
    changes: Released,
    register: Released,
    gaps: Released,
    indicators: Released,
    vertical: str,
    names: Mapping[str, str],
) -> pd.DataFrame:
    """Return the benefits in order, each with confidence, what must change and what to measure.

    Parameters
    ----------
    ordered, changes
        Released results of `benefits_in_order` and `changes_told_of` of `twinbenefits.analysis.brief`.
    register
        Released confidence register of the benefits.
    gaps
        Released result of `twinbenefits.analysis.dependency_checks.benefit_gaps`.
    indicators
        Released indicator map with the industry's column.
    vertical
        The industry.
    names
        Code to its name.
    """
    told_here = ordered.scalars["ordered_by"].value == HERE
    change, ceiling = _by_code(changes.table, "code"), _by_code(register.table, "finding")
    baseline = _by_code(gaps.table[gaps.table["check"] == "no_baseline"], "node")
    lines = [
        dict(
            zip(
                _HEADS,
                (
                    str(row["place"]),
                    f"**{row['label']}**",
                    _seen(row, told_here=told_here),
                    _ceiling(ceiling.get(row["code"], {})),
                    _changes(change.get(row["code"], {}), names),
                    _measure(indicators.table, str(row["code"]), vertical, baseline.get(row["code"], {})),
                ),
                strict=True,
            )
        )
        for row in ordered.table.to_dict("records")
    ]
    nothing = dict(zip(_HEADS, (EMPTY, "*nothing may be told to these readers*", *[""] * 4), strict=True))
    return pd.DataFrame(lines or [nothing], columns=list(_HEADS), dtype="str")


def published(released: Released, most: int = 4) -> pd.DataFrame:
    """Return the published effects of an industry, strongest grade first, in short.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.effects.published_effects` on the industry's effects.
    most
        How many; a last line counts the rest.
    """
    rows = released.table.to_dict("records")
    lines = [
        {
            "Grade": str(row["grade"]),
            "Published number": _effect(row),
            "How it came about": f"{row['design']}; {row['twin_level']}",
            "Caveat": str(row["caveat"]),
            "Id": str(row["id"]),
        }
        for row in rows[:most]
    ]
    if len(rows) > most:
        ids = ", ".join(str(row["id"]) for row in rows[most:])
        lines.append(dict.fromkeys(_PUBLISHED, "") | {"Published number": f"graded no better: {ids}"})
    if not rows:
        lines.append(dict.fromkeys(_PUBLISHED, "") | {"Published number": "none listed"})
    return pd.DataFrame(lines, columns=list(_PUBLISHED), dtype="str")


def self_check(released: Released) -> pd.DataFrame:
    """Return the sheet on which a company rates its own context and sees which propositions apply.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.self_check.self_check`.
    """
    return pd.DataFrame(
        [
            {
                "Item": str(row["id"]),
                "How is it with us?": f"**{row['sub_dimension']}**",
                **{f"Level {level}": f"☐ {row[f'level_{level}']}" for level in range(1, 5)},
                "Then consider": str(row["propositions"]) or EMPTY,
            }
            for row in released.table.to_dict("records")
        ],
        dtype="str",
    )


def _by_code(table: pd.DataFrame, column: str) -> dict[Any, Mapping[Any, Any]]:
    return {row[column]: row for row in table.to_dict("records")}


def _seen(row: Mapping[Any, Any], *, told_here: bool) -> str:
    others = f"{number_text(row['realized'])} of {number_text(row['asked'])} companies"
    return f"{row['here']}; {others}" if told_here else f"{_NOT_SHOWN}; {others}"


def _ceiling(row: Mapping[Any, Any]) -> str:
    if not row or row.get(WITHHELD):
        return _NOT_SHOWN
    reason = str(row["ceiling_reasons"]).partition(";")[0]
    return f"{row['ceiling']} ({reason})" if reason else str(row["ceiling"])


def _changes(row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    codes = [code for code in str(row.get("changes", "")).split(";") if code]
    return "; ".join(names.get(code, code) for code in codes) or _NOT_SHOWN


def _measure(indicators: pd.DataFrame, code: str, vertical: str, baseline: Mapping[Any, Any]) -> str:
    rows = indicators[indicators["code"] == code].to_dict("records")
    if not rows:
        return "no indicator listed: agree on one first"
    first = rows[0]
    form = str(first.get(vertical) or "").strip()
    usual = f"; here: {form}" if form not in ("", "-") else ""
    fix = str(first.get("definition_note") or "").strip()
    note = f"; {fix}" if fix else ""
    return f"{first['name']} [{first['unit']}{usual}]{note}{_baseline(baseline)}"


def _baseline(row: Mapping[Any, Any]) -> str:
    if not row or row.get(WITHHELD) or not row.get("cases_with_benefit"):
        return ""
    return (
        f". Starting value missing in {number_text(row['cases_with_gap'])} of "
        f"{number_text(row['cases_with_benefit'])} companies"
    )


def _effect(row: Mapping[Any, Any]) -> str:
    direction = "" if row["direction"] == "level" else f"{row['direction']}, "
    unit = "" if row["unit"] == "fraction" else f"\N{NO-BREAK SPACE}{row['unit']}"
    return f"{row['indicator']}: {direction}{row['value']}{unit}"
