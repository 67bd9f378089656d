"""Tables of the data: case profiles, inventory, code book with frequencies, reporting list."""

import pandas as pd

from twinbenefits.display.withheld import EMPTY, closing_rows, number_text, row_or_withheld, withheld_rows
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = ["case_profiles", "code_frequencies", "data_inventory", "reporting_list", "segments_behind"]


def case_profiles(released: Released) -> pd.DataFrame:
    """Return one line per case; a case that may not be described keeps its label and the reason.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.inventory.case_profiles`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        cells = {
            "Vertical": _text(row["vertical"]),
            "Size": _text(row["size_band"]),
            "Twin": _text(row["twin_level"]),
            "Roles heard": _text(row["roles"]) or "none",
            "Informants": number_text(row["informants"]),
            "Sessions": number_text(row["sessions"]),
            "Documents": number_text(row["documents"]),
        }
        lines.append(row_or_withheld(row, {"Case": str(row["case"])}, cells, "Roles heard"))
    columns = ["Case", "Vertical", "Size", "Twin", "Roles heard", "Informants", "Sessions", "Documents"]
    return pd.DataFrame(lines, columns=columns)


def data_inventory(released: Released) -> pd.DataFrame:
    """Return one line per kind of session or document, and one for all.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.inventory.data_inventory`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        kind = "All" if row["kind"] == ALL else str(row["kind"]).replace("_", " ")
        cells = {
            "Number": number_text(row["number"]),
            "Companies": number_text(row["companies"]),
            "Minutes": number_text(row["minutes"]),
            "From": _text(row["first"]) or EMPTY,
            "To": _text(row["last"]) or EMPTY,
            "Informants": number_text(row["informants"]),
            "Roles heard": _text(row["roles"]) or "none",
        }
        lines.append(row_or_withheld(row, {"Kind": kind.capitalize()}, cells))
    columns = ["Kind", "Number", "Companies", "Minutes", "From", "To", "Informants", "Roles heard"]
    return pd.DataFrame(lines, columns=columns)


def code_frequencies(released: Released, codebook: pd.DataFrame) -> pd.DataFrame:
    """Return the code book with how often each code was given.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coding_matrix.coding_matrix`; its totals are used.
    codebook
        The table of that name, for definitions.
    """
    table = released.table
    definition = dict(zip(codebook["id"], codebook["definition"], strict=True))
    names = dict(zip(codebook["id"], codebook["label"], strict=True))
    lines = []
    for row in table[table["case"] == ALL].to_dict("records"):
        code = str(row["code"])
        cells = {
            "Segments": number_text(row["segments"]),
            "Share": number_text(row["share"], ".1%"),
            "Sessions": number_text(row["sessions"]),
        }
        named = {
            "Code": code,
            "Name": str(names.get(code, code)),
            "Definition": str(definition.get(code, "")),
        }
        lines.append(row_or_withheld(row, named, cells, "Definition"))
    return pd.DataFrame(lines, columns=["Code", "Name", "Definition", "Segments", "Share", "Sessions"])


def segments_behind(released: Released, most: int = 6) -> pd.DataFrame:
    """Return the segments behind a cell, as far as they may be read; the withheld ones are counted by reason.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coding_matrix.segments_behind`.
    most
        How many segments are shown.
    """
    table = released.table
    columns = ["Case", "Segment", "Status", "Strength", "Said by", "Coders"]
    readable = table[(table["withheld"] == "") & table["text"].notna() & (table["text"] != "")]
    lines = [
        {
            "Case": str(row["case"]),
            "Segment": _text(row["text"]),
            "Status": _text(row["status"]) or EMPTY,
            "Strength": number_text(row["strength"]),
            "Said by": _text(row["role_group"]) or EMPTY,
            "Coders": f"{number_text(row['coders'])} of {number_text(row['readers'])}",
        }
        for row in readable.head(most).to_dict("records")
    ]
    counts = withheld_rows(table)
    beyond = len(readable) - min(len(readable), most)
    lines += closing_rows(counts, columns, "segments")
    if beyond:
        lines.append(
            {**dict.fromkeys(columns, ""), "Case": "…", "Segment": f"*{beyond} further segments may be read*"}
        )
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


def reporting_list(released: Released) -> pd.DataFrame:
    """Return one line per item of the reporting list.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.reporting_list.reporting_list`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        answers = [part for part in (_text(row["answer"]), _text(row["author_answer"])) if part]
        if row["answered_by"] != "data" and not _text(row["author_answer"]):
            answers.append("*for the authors to answer*" if not answers else "*the rest is for the authors*")
        cells = {"Answered in": _text(row["answered_in"]), "Answer": " ".join(answers)}
        topic = f"{row['topic']}: {row['asks']}"
        lines.append(row_or_withheld(row, {"Item": str(row["item"]), "What is asked": topic}, cells))
    return pd.DataFrame(lines, columns=["Item", "What is asked", "Answered in", "Answer"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
