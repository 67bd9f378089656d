"""Tables of agreement and disagreement between coders."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from twinbenefits.display.withheld import EMPTY, closing_rows, number_text, row_or_withheld, withheld_rows
from twinbenefits.evidence.release import Released

__all__ = [
    "agreement",
    "agreement_by_version",
    "codes_to_revise",
    "confusions",
    "cooccurrence",
    "disagreement_queue",
    "disagreements_by_code",
]

_KAPPA = ("cohen_kappa", "fleiss_kappa")
_POOLED = {"alpha_jaccard": "All codes, sets by Jaccard", "alpha_masi": "All codes, sets by MASI"}


def agreement(released: Released, scopes: Sequence[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Return one line per family or code with every measure, its interval and what the rule makes of alpha.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coder_agreement.coder_agreement`.
    scopes
        Which lines: code, family, all.
    names
        Code to its name.
    """
    table = released.table
    lines = []
    for scope in scopes:
        of_scope = table[table["scope"] == scope]
        if scope == "all":
            lines += [_pooled(row) for row in of_scope.to_dict("records")]
            continue
        for name, rows in of_scope.groupby("name", sort=False):
            by = {str(row["measure"]): row for row in rows.to_dict("records")}
            alpha = by["krippendorff_alpha"]
            kappa = next((by[measure] for measure in _KAPPA if measure in by), alpha)
            cells = {
                "Given": number_text(alpha["share"], ".1%"),
                "Alpha [interval]": _with_interval(alpha),
                "Kappa": number_text(kappa["estimate"], ".2f"),
                "AC1": _estimate(by, "gwet_ac1", ".2f"),
                "Agreement": _estimate(by, "percent_agreement", ".1%"),
                "By the rule": _ruled(alpha),
            }
            if scope == "family":
                cells["Given"] = EMPTY
            label = f"{name} {names.get(str(name), '')}".strip() or "no family"
            lines.append(row_or_withheld(alpha, {"Codes": label}, cells, "Codes"))
    columns = ["Codes", "Given", "Alpha [interval]", "Kappa", "AC1", "Agreement", "By the rule"]
    frame = pd.DataFrame(lines, columns=columns)
    return frame if "code" in scopes else frame.drop(columns="Given")


def agreement_by_version(released: Released) -> pd.DataFrame:
    """Return one line per version of the codebook.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coder_agreement.version_agreement`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        cells = {
            "Segments": number_text(row["segments"]),
            "Sessions": number_text(row["sessions"]),
            "Median alpha of codes": number_text(row["alpha_median"], ".2f"),
            "Alpha on sets [interval]": _with_interval({**row, "estimate": row["alpha_jaccard"]}),
            "Remark": _text(row["reason"]) or _text(row["interval_reason"]),
        }
        lines.append(row_or_withheld(row, {"Codebook of": str(row["version"])}, cells))
    columns = [
        "Codebook of",
        "Segments",
        "Sessions",
        "Median alpha of codes",
        "Alpha on sets [interval]",
        "Remark",
    ]
    return pd.DataFrame(lines, columns=columns)


def disagreements_by_code(released: Released, most: int = 12, *, brief: bool = False) -> pd.DataFrame:
    """Return the codes to talk through first; withheld ones are counted at the end, by reason.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.disagreement.disagreements_by_code`.
    most
        How many codes are listed.
    brief
        Whether to leave out, for a slide, how far the rule is and what rests on the code.
    """
    table = released.table
    shown = table[(table["withheld"] == "") & (table["differing"].fillna(0) > 0)]
    columns = [
        "Code", "Name", "Read differently", "Read alike", "Alpha", "To the next threshold", "Claims on it",
    ]  # fmt: skip
    lines = [
        {
            "Code": str(row["code"]),
            "Name": _text(row["label"]),
            "Read differently": number_text(row["differing"]),
            "Read alike": number_text(row["alike"]),
            "Alpha": number_text(row["alpha"], ".2f"),
            "To the next threshold": _distance(row),
            "Claims on it": _text(row.get("claims")).replace("; ", ", ") or EMPTY,
        }
        for row in shown.head(most).to_dict("records")
    ]
    closed = _closed(lines, columns, withheld_rows(table), "codes", len(shown) - len(lines))
    return closed.iloc[:, :-2] if brief else closed


def disagreement_queue(released: Released, most: int = 5) -> pd.DataFrame:
    """Return the segments to talk through, with both readings; withheld ones are counted by reason.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.disagreement.disagreement_queue`.
    most
        How many segments are listed.
    """
    table = released.table
    shown = table[table["withheld"] == ""]
    columns = ["Case", "Segment", "Readings", "Code in dispute", "Would change"]
    lines = [
        {
            "Case": str(row["case"]),
            "Segment": _text(row["text"]) or "*text withheld*",
            "Readings": _readings(row),
            "Code in dispute": _dispute(row),
            "Would change": "; ".join(filter(None, (_text(row["would_change"]), _aim(row), _rest(row))))
            or EMPTY,
        }
        for row in shown.head(most).to_dict("records")
    ]
    return _closed(lines, columns, withheld_rows(table), "segments", len(shown) - len(lines))


def confusions(released: Released, most: int = 10) -> pd.DataFrame:
    """Return which codes are taken for which, most frequent first.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.confusion.confusions`.
    most
        How many pairs are listed.
    """
    table = released.table
    shown = table[table["withheld"] == ""]
    columns = ["One coder gave", "Another gave", "Segments", "Sessions", "Share of disputes"]
    lines = [
        {
            "One coder gave": _named(row["code"], row["label"]),
            "Another gave": _named(row["other"], row["other_label"]),
            "Segments": number_text(row["segments"]),
            "Sessions": number_text(row["sessions"]),
            "Share of disputes": number_text(row["share"], ".0%"),
        }
        for row in shown.head(most).to_dict("records")
    ]
    return _closed(lines, columns, withheld_rows(table), "pairs", len(shown) - len(lines))


def codes_to_revise(released: Released) -> pd.DataFrame:
    """Return the pairs of codes that agree better as one, and the codes to define anew.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.confusion.codes_to_revise`.
    """
    table = released.table
    columns = ["Code", "With", "Alpha", "Alpha as one", "Advice"]
    lines = [
        {
            "Code": _named(row["code"], row["label"]),
            "With": _named(row["other"], row["other_label"]) or EMPTY,
            "Alpha": " and ".join(
                number_text(row[name], ".2f") for name in ("alpha", "other_alpha") if pd.notna(row[name])
            ),
            "Alpha as one": number_text(row["alpha_merged"], ".2f"),
            "Advice": _text(row["advice"]),
        }
        for row in table[table["withheld"] == ""].to_dict("records")
    ]
    return _closed(lines, columns, withheld_rows(table), "entries", 0)


def cooccurrence(
    released: Released, names: Mapping[str, str], *, least: int = 3, most: int = 12
) -> pd.DataFrame:
    """Return the pairs of codes that stand together most often, with intervals that resample sessions.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.cooccurrence.cooccurrence`.
    names
        Code to its name.
    least
        Pairs on fewer segments are left out.
    most
        How many pairs are listed.
    """
    table = released.table
    shown = table[(table["withheld"] == "") & (table["segments"].fillna(0).astype(float) >= least)]
    shown = shown.sort_values("segments", ascending=False, kind="stable")
    columns = ["Code", "With", "Segments", "Sessions", "Jaccard [interval]", "Lift [interval]"]
    lines = [
        {
            "Code": _named(row["first"], names.get(str(row["first"]), "")),
            "With": _named(row["second"], names.get(str(row["second"]), "")),
            "Segments": number_text(row["segments"]),
            "Sessions": number_text(row["sessions"]),
            "Jaccard [interval]": _ranged(row, "jaccard", ".2f"),
            "Lift [interval]": _ranged(row, "lift", ".1f"),
        }
        for row in shown.head(most).to_dict("records")
    ]
    return _closed(lines, columns, withheld_rows(table), "pairs", len(shown) - len(lines))


def _closed(
    lines: list[dict[str, str]], columns: list[str], withheld: Mapping[str, int], what: str, more: int
) -> pd.DataFrame:
    """Add how many further rows there are and are withheld; a table without a row says that there is none."""
    if more > 0:
        lines.append({**dict.fromkeys(columns, ""), columns[0]: "…", columns[1]: f"*{more} further {what}*"})
    lines += closing_rows(withheld, columns, what)
    if not lines:
        lines = [{**dict.fromkeys(columns, EMPTY), columns[0]: f"*no {what}*"}]
    return pd.DataFrame(lines, columns=columns)


def _pooled(row: Mapping[Any, Any]) -> dict[str, str]:
    cells = {
        "Given": EMPTY,
        "Alpha [interval]": _with_interval(row),
        "Kappa": EMPTY,
        "AC1": EMPTY,
        "Agreement": EMPTY,
        "By the rule": _ruled(row),
    }
    return row_or_withheld(row, {"Codes": _POOLED.get(str(row["measure"]), str(row["name"]))}, cells)


def _with_interval(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["estimate"]):
        return _text(row.get("reason")) or EMPTY
    ends = (
        "no interval"
        if pd.isna(row["low"])
        else f"{number_text(row['low'], '.2f')}, {number_text(row['high'], '.2f')}"
    )
    return f"{number_text(row['estimate'], '.2f')} [{ends}]"


def _ranged(row: Mapping[Any, Any], name: str, form: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    ends = "no interval" if pd.isna(low) else f"{number_text(low, form)}, {number_text(high, form)}"
    return f"{number_text(row[name], form)} [{ends}]"


def _estimate(rows: Mapping[str, Mapping[Any, Any]], measure: str, form: str) -> str:
    return number_text(rows[measure]["estimate"], form) if measure in rows else EMPTY


def _ruled(row: Mapping[Any, Any]) -> str:
    return _text(row.get("decision")) or EMPTY


def _distance(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["alpha"]):
        return _text(row["reason"]) or EMPTY
    if pd.isna(row["distance"]):
        return "met"
    return f"{row['distance']:.3f} to {row['aims_at']:g}"


def _aim(row: Mapping[Any, Any]) -> str:
    return "" if pd.isna(row["aims_at"]) else f"alpha of the code towards {row['aims_at']:g}"


def _rest(row: Mapping[Any, Any]) -> str:
    claims = _text(row.get("claims")).replace("; ", ", ")
    return f"what rests on the code: {claims}" if claims else ""


def _dispute(row: Mapping[Any, Any]) -> str:
    parts = [f"**{row['code']}** {_text(row['label'])}."]
    parts += [f"Include: {row['include']}" for _ in [0] if _text(row["include"])]
    parts += [f"Exclude: {row['exclude']}" for _ in [0] if _text(row["exclude"])]
    return " ".join(parts)


def _readings(row: Mapping[Any, Any]) -> str:
    both = (("first_coder", "first_codes"), ("second_coder", "second_codes"))
    return "; ".join(f"{row[coder]}: {row[codes]}" for coder, codes in both)


def _named(code: object, label: object) -> str:
    return _text(code) if _text(code) == _text(label) else f"{_text(code)} {_text(label)}".strip()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
