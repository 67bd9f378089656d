"""Evidence per theme: power and proof quotes, as far as these readers may read them."""

from collections.abc import Mapping

import pandas as pd

from twinbenefits.display.withheld import EMPTY, number_text, withheld_rows
from twinbenefits.evidence.release import Released

__all__ = ["evidence_per_theme", "quote_numbers"]


def quote_numbers(released: Released) -> dict[str, str]:
    """Return the number under which each quoted segment stands in the table of evidence, as in ``Q3``.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.theme_evidence.evidence_per_theme`.
    """
    numbers: dict[str, str] = {}
    for row in _quoted(released.table).to_dict("records"):
        numbers.setdefault(str(row["segment"]), f"Q{len(numbers) + 1}")
    return numbers


def evidence_per_theme(released: Released, names: Mapping[str, str]) -> pd.DataFrame:
    """Return one line per quote, themes in the order of the codebook, and how many places stay empty and why.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.theme_evidence.evidence_per_theme`, with or without cases.
    names
        Code to its name.
    """
    table = released.table
    numbers = quote_numbers(released)
    by_case = "case" in table
    columns = ["Theme", *(["Case"] if by_case else []), "Kind", "No.", "Quote", "Status"]
    lines: list[dict[str, str]] = []
    before = ""
    for row in _quoted(table).to_dict("records"):
        code = str(row["code"])
        named = {"Theme": f"({code})" if code == before else f"{names.get(code, '')} ({code})".strip()}
        before = code
        if by_case:
            named["Case"] = str(row["case"])
        status = row["status"] if isinstance(row["status"], str) and row["status"] else EMPTY
        strength = number_text(row["strength"])
        lines.append(
            {
                **named,
                "Kind": str(row["kind"]),
                "No.": numbers[str(row["segment"])],
                "Quote": f"“{row['text']}”",
                "Status": status if strength == EMPTY else f"{status}, {strength}",
            }
        )
    lines += _closing(table, columns)
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def _quoted(table: pd.DataFrame) -> pd.DataFrame:
    text = table["text"]
    return table[(table["withheld"] == "") & text.notna() & (text.fillna("") != "")]


def _closing(table: pd.DataFrame, columns: list[str]) -> list[dict[str, str]]:
    """Say which themes have no quote, and how many places are withheld and why."""
    shown = table[table["withheld"] == ""]
    silent = sorted(set(shown["code"]) - set(_quoted(table)["code"]))
    lines = []
    empty = dict.fromkeys(columns, "")
    if silent:
        words = f"*no segment whose words may be read: {', '.join(silent)}*"
        lines.append({**empty, "Theme": "*none*", "Quote": words})
    for reason, count in withheld_rows(table).items():
        words = f"*{count} places for quotes withheld: {reason}*"
        lines.append({**empty, "Theme": "*withheld*", "Quote": words})
    return lines
