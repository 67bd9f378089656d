"""Tables over the cases: benefits with bounds, models as description, and the warning about segments."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY, number_text
from twinbenefits.evidence.release import Released

__all__ = ["basis_of_states", "benefits_over_cases", "chi_square_warning", "models"]


def basis_of_states(
    released: Released, codes: Sequence[str], cases: Sequence[str], names: Mapping[str, str]
) -> pd.DataFrame:
    """Return a line per benefit and a column per case: segments, sessions of those held, and speakers.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.salience.salience`.
    codes, cases
        Lines and columns in order; cases as the audience reads them.
    names
        Code to its name.
    """
    cells = {(str(row["code"]), str(row["case"])): row for row in released.table.to_dict("records")}
    lines = [
        {
            "Benefit": f"{names.get(code, '')} ({code})".strip(),
            **{case: _basis(cells.get((code, case), {})) for case in cases},
        }
        for code in codes
    ]
    columns = ["Benefit", *cases]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def _basis(row: Mapping[Any, Any]) -> str:
    if not row:
        return EMPTY
    if row["withheld"]:
        return "*withheld*"
    if not isinstance(row["state"], str) or row["state"] == "":
        return "cannot be told"
    if row["state"] == "not asked":
        return "not asked"
    held = number_text(row["of_sessions"])
    sessions = number_text(0 if pd.isna(row["sessions"]) else row["sessions"])
    return f"{int(row['segments'])}; {sessions} of {held}; {int(row['persons'])}"


def benefits_over_cases(released: Released, ranks: Released) -> pd.DataFrame:
    """Return one line per benefit: in how many cases it has which state, with bounds, and its ranks.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.comparison.benefits_over_cases`.
    ranks
        Released result of `twinbenefits.analysis.comparison.ranks_over_cases`.
    """
    placed = {str(row["code"]): row for row in ranks.table.to_dict("records")}
    lines = []
    for row in released.table.to_dict("records"):
        rank = placed.get(str(row["code"]), {})
        middle = number_text(rank.get("middle"), "g")
        ends = (
            ""
            if middle == EMPTY
            else f" [{number_text(rank['best'], 'g')}-{number_text(rank['worst'], 'g')}]"
        )
        bounds = "" if pd.isna(row["low"]) else f" [{100 * row['low']:.0f}-{100 * row['high']:.0f}%]"
        lines.append(
            {
                "Benefit": f"{row['label']} ({row['code']})",
                "Observed or measured [bounds]": f"{int(row['realized'])} of {int(row['asked'])}{bounds}",
                "Measured": number_text(row["measured"]),
                "Expected only": number_text(row["expected_only"]),
                "Absent": number_text(row["absent"]),
                "Not asked": number_text(row["not_asked"]),
                "Not told": number_text(row["untold"] + row["kept_back"]),
                "Middle rank [range]": f"{middle}{ends}",
            }
        )
    columns = [
        "Benefit", "Observed or measured [bounds]", "Measured", "Expected only", "Absent", "Not asked",
        "Not told", "Middle rank [range]",
    ]  # fmt: skip
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def models(fitted: Sequence[tuple[str, Released]], effects: Mapping[str, str]) -> pd.DataFrame:
    """Return one line per described pair: the effect with its standard error, or why nothing was fitted.

    Parameters
    ----------
    fitted
        What was described, in words, and the released result of
        `twinbenefits.analysis.descriptions.code_by_context`.
    effects
        Effect to be shown, to its name; others (the intercept) are left out.
    """
    lines = []
    for words, released in fitted:
        for row in released.table.to_dict("records"):
            if str(row["effect"]) not in effects:
                continue
            held = {
                "Described": words,
                "Sessions": number_text(row["sessions"]),
                "Segments": number_text(row["segments"]),
            }
            if row["withheld"] or row["reason"]:
                why = f"*withheld: {row['withheld']}*" if row["withheld"] else f"*{row['reason']}*"
                lines.append({**held, "Log-odds per level": why, "Standard error": EMPTY})
                continue
            lines.append(
                {
                    **held,
                    "Log-odds per level": number_text(row["estimate"], ".2f"),
                    "Standard error": number_text(row["standard_error"], ".2f"),
                }
            )
    columns = ["Described", "Log-odds per level", "Standard error", "Sessions", "Segments"]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def chi_square_warning(released: Released) -> pd.DataFrame:
    """Return how often a chi-square on segments would reject although cases do not differ.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.clustering.chi_square_on_segments`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        own = " (these data)" if row["own"] else ""
        if row["withheld"]:
            lines.append({"Correlation within sessions": "*withheld*", "Counting segments": row["withheld"]})
            continue
        lines.append(
            {
                "Correlation within sessions": f"{number_text(row['correlation'], '.2f')}{own}",
                "Counting segments": number_text(row["rejected"], ".0%"),
                "Counting sessions": number_text(row["rejected_by_sessions"], ".0%"),
                "Simulated studies": number_text(row["studies"]),
            }
        )
    columns = ["Correlation within sessions", "Counting segments", "Counting sessions", "Simulated studies"]
    frame = pd.DataFrame(lines, columns=columns).fillna("")
    nothing = ["*too little data*", EMPTY, EMPTY, EMPTY]
    return frame if len(frame) else pd.DataFrame([dict(zip(columns, nothing, strict=True))])
