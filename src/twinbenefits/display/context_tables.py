"""Tables of the context: constructs by case from two raters, and cases in the order of an outcome."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from twinbenefits.analysis.comparison import order_beside_outcome
from twinbenefits.display.withheld import EMPTY, number_text, withheld_rows
from twinbenefits.evidence.release import Released

__all__ = ["case_ordered_matrix", "construct_evidence", "construct_table"]

_WITHHELD = "*withheld*"


def construct_table(released: Released, cases: Sequence[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Return one line per construct and one column per case: the raters' levels, and the company's beside.

    Where raters differ both levels stand; ``own`` is the company's level where it lies outside theirs.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.context.construct_table`.
    cases
        The cases as the audience reads them, in the order of the columns.
    names
        Scale to its name.
    """
    table = released.table
    cells = {(str(row["scale"]), str(row["case"])): row for row in table.to_dict("records")}
    lines = []
    for scale, part in table.groupby("scale", sort=False):
        line = {"Construct": _named(str(scale), names), "Factor": _text(part, "factor") or EMPTY}
        line |= {case: _level(cells.get((str(scale), case), {})) for case in cases}
        lines.append(line)
    columns = ["Construct", "Factor", *cases]
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def construct_evidence(released: Released, most: int = 60) -> pd.DataFrame:
    """Return the line of evidence behind each level, as far as it may be read; the rest is counted by reason.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.context.construct_table`.
    most
        How many lines are shown.
    """
    table = released.table
    told = table[(table["withheld"] == "") & table["text"].notna() & (table["text"].fillna("") != "")]
    columns = ["Case", "Construct", "Level", "Wording of the level", "Evidence"]
    lines = [
        {
            "Case": str(row["case"]),
            "Construct": f"{row['construct']} ({row['scale']})",
            "Level": _level(row),
            "Wording of the level": str(row["wording"] or "") or "*raters differ*",
            "Evidence": f"“{row['text']}”",
        }
        for row in told.head(most).to_dict("records")
    ]
    empty = dict.fromkeys(columns, "")
    unread = int(((table["withheld"] == "") & table["rating"].notna()).sum()) - len(told)
    if unread > 0:
        words = f"*{unread} ratings without a line of evidence that may be read*"
        lines.append({**empty, "Case": "…", "Evidence": words})
    for reason, count in withheld_rows(table).items():
        lines.append({**empty, "Case": _WITHHELD, "Evidence": f"*{count} ratings withheld: {reason}*"})
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def case_ordered_matrix(outcomes: Released, constructs: Released, names: Mapping[str, str]) -> pd.DataFrame:
    """Return conditions in lines and cases in columns, the case with the most of the outcome first.

    The last column counts pairs of cases: along the outcome's order, against it, tied. It is no test.

    Parameters
    ----------
    outcomes
        Released result of `twinbenefits.analysis.context.outcome_by_case`.
    constructs
        Released result of `twinbenefits.analysis.context.construct_table`.
    names
        Scale to its name.
    """
    ordered = outcomes.table.assign(
        place=pd.to_numeric(outcomes.table["place"]), share=pd.to_numeric(outcomes.table["share"])
    ).sort_values(["place", "case"], na_position="last", kind="stable", ignore_index=True)
    table = constructs.table
    cases = [str(case) for case in ordered["case"]]
    levels = table.assign(rating=pd.to_numeric(table["rating"])).pivot_table(
        index="case", columns="scale", values="rating", aggfunc="first"
    )
    scales = [str(scale) for scale in dict.fromkeys(table["scale"])]
    levels = levels.reindex(index=cases, columns=scales).reset_index(drop=True)
    pairs = order_beside_outcome(levels, ordered["share"], scales).set_index("condition")
    cells = {(str(row["scale"]), str(row["case"])): row for row in table.to_dict("records")}
    last = "Pairs along / against / tied"
    lines = [
        {"Condition": "**Outcome**: share", **_by_case(ordered, _share), last: ""},
        {"Condition": "**Outcome**: state", **_by_case(ordered, _state), last: ""},
    ]
    for scale in scales:
        found = pairs.loc[scale]
        known = f"{found['along']} / {found['against']} / {found['tied']}" if found["known"] > 1 else EMPTY
        line = {"Condition": _named(scale, names)}
        line |= {case: _level(cells.get((scale, case), {}), own=False) for case in cases}
        lines.append({**line, last: known})
    return pd.DataFrame(lines, columns=["Condition", *cases, last])


def _by_case(ordered: pd.DataFrame, write: Any) -> dict[str, str]:
    return {str(row["case"]): write(row) for row in ordered.to_dict("records")}


def _share(row: Mapping[Any, Any]) -> str:
    return _WITHHELD if row["withheld"] else number_text(row["share"], ".1%")


def _state(row: Mapping[Any, Any]) -> str:
    if row["withheld"]:
        return _WITHHELD
    return row["state"] if isinstance(row["state"], str) and row["state"] else "cannot be told"


def _level(row: Mapping[Any, Any], *, own: bool = True) -> str:
    if not row:
        return EMPTY
    if row["withheld"]:
        return _WITHHELD
    low, high = (row[name] for name in ("lowest", "highest"))
    if low is None or pd.isna(low):
        return "NA"
    words = f"{float(low):g}" if low == high else f"{float(low):g}-{float(high):g}"
    if row["raters"] == 1:
        words += " (one rater)"
    if own and row["company_differs"] is not None and row["company_differs"] is not pd.NA:
        words += f" (own {float(row['company']):g})" if bool(row["company_differs"]) else ""
    return words


def _named(scale: str, names: Mapping[str, str]) -> str:
    return f"{names[scale]} ({scale})" if names.get(scale) else scale


def _text(part: pd.DataFrame, column: str) -> str:
    return next((str(value) for value in part[column] if isinstance(value, str) and value), "")
