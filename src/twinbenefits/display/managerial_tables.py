"""Tables for those who decide: what carries benefits, what they lack, challenges, indicators, confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from twinbenefits.analysis.confidence import LEVELS, NOT_RATED
from twinbenefits.analysis.dependency_checks import GAPS
from twinbenefits.analysis.indicators import PUBLISHED, STUDY
from twinbenefits.analysis.states import STATES
from twinbenefits.display.layer_boxes import LAYER_NAMES
from twinbenefits.display.withheld import EMPTY, WITHHELD, number_text, row_or_withheld
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = [
    "benefit_gaps",
    "carriers",
    "challenges",
    "confidence_register",
    "indicator_map",
    "links_with_evidence",
    "network_faults",
    "published_beside_status",
]

_GAP_HEADS: Mapping[str, str] = {
    "no_mechanism": "Mechanism",
    "no_business_change": "Business change",
    "no_objective": "Objective",
    "no_owner": "Owner",
    "no_indicator": "Indicator",
    "no_baseline": "Starting value",
}
_COMPONENT_HEADS: Mapping[str, str] = {
    "methodological_limitations": "methods",
    "coherence": "coherence",
    "adequacy": "adequacy",
    "relevance": "relevance",
}


def carriers(released: Released) -> pd.DataFrame:
    """Return what must be in place or be done, by how many benefits it leads to.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.dependency_reach.benefits_carried`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        interval = f"[{number_text(row['low'], '.1f')}, {number_text(row['high'], '.1f')}]"
        per_session = number_text(row["per_session"], ".1f")
        cells = {
            "Benefits": number_text(row["benefits"]),
            "Without any one session": f"at least {number_text(row['least'])}",
            "Per session [interval]": per_session if _missing(row["low"]) else f"{per_session} {interval}",
            "Companies": number_text(row["in_cases"]),
            "Sessions": number_text(row["sessions"]),
        }
        named = {"Step": f"{row['label']} ({row['node']})", "Layer": LAYER_NAMES[str(row["layer"])]}
        lines.append(row_or_withheld(row, named, cells))
    columns = ["Step", "Layer", "Benefits", "Without any one session", "Per session [interval]",
               "Companies", "Sessions"]  # fmt: skip
    return _lines(lines, columns)


def benefit_gaps(released: Released) -> pd.DataFrame:
    """Return for each benefit in how many of the companies that have it something is lacking.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.dependency_checks.benefit_gaps`.
    """
    lines: dict[str, dict[str, str]] = {}
    for row in released.table.to_dict("records"):
        line = lines.setdefault(str(row["node"]), {"Benefit": f"{row['label']} ({row['node']})"})
        head = _GAP_HEADS[str(row["check"])]
        if row[WITHHELD]:
            line[head] = "*withheld*"
        else:
            line[head] = f"{number_text(row['cases_with_gap'])} of {number_text(row['cases_with_benefit'])}"
    return _lines(list(lines.values()), ["Benefit", *(_GAP_HEADS[check] for check in GAPS)])


def network_faults(released: Released) -> pd.DataFrame:
    """Return what is wrong with links and steps; a circle is printed with all its steps.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.dependency_checks.network_faults`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        case = "all companies together" if row["case"] == ALL else str(row["case"])
        cells = {"Where": _text(row["where"]), "Links": _text(row["links"]) or EMPTY}
        lines.append(row_or_withheld(row, {"What": str(row["meaning"]), "Case": case}, cells))
    nothing = {"What": "nothing is wrong", "Case": EMPTY, "Where": EMPTY, "Links": EMPTY}
    return _lines(lines or [nothing], ["What", "Case", "Where", "Links"])


def links_with_evidence(released: Released) -> pd.DataFrame:
    """Return every link of every case with the segments it rests on.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.dependency.links_by_case`.
    """
    table = released.table
    held = table[(table[WITHHELD] != "") | table["present"].fillna(False).astype(bool)]
    lines = []
    for row in held.to_dict("records"):
        cells = {
            "Segments": _spaced(row["evidence"]) or "none",
            "Links": _spaced(row["links"]) or "from codings",
        }
        named = {"From": str(row["from_node"]), "To": str(row["to_node"]), "Case": str(row["case"])}
        lines.append(row_or_withheld(row, named, cells))
    return _lines(lines, ["From", "To", "Case", "Segments", "Links"])


def challenges(by_actor: Released, answered: Released) -> pd.DataFrame:
    """Return the challenges by area of effort, who tells of them, and what people do where they meet them.

    Parameters
    ----------
    by_actor, answered
        Released results of `twinbenefits.analysis.challenges.challenges_by_actor` and
        `challenges_and_mechanisms`.
    """
    acts: dict[str, list[str]] = {}
    for row in answered.table.to_dict("records"):
        words = (
            "*withheld*" if row[WITHHELD] else f"{row['mechanism_label']} ({number_text(row['segments'])})"
        )
        acts.setdefault(str(row["code"]), []).append(words)
    told: dict[str, list[str]] = {}
    table = by_actor.table
    for row in table[table["actor"] != ALL].to_dict("records"):
        words = str(row["actor"]).replace("_", " ")
        if row[WITHHELD]:
            told.setdefault(str(row["code"]), []).append(f"{words} (*withheld*)")
        elif int(row["segments"]):
            told.setdefault(str(row["code"]), []).append(f"{words} ({number_text(row['segments'])})")
    lines = []
    for row in table[table["actor"] == ALL].to_dict("records"):
        code = str(row["code"])
        cells = {
            "Segments": number_text(row["segments"]),
            "Sessions": number_text(row["sessions"]),
            "Companies": number_text(row["in_cases"]),
            "Told by": "; ".join(told.get(code, [])) or EMPTY,
            "Done about it": _summed_up(acts.get(code, [])),
        }
        kind = str(row["kind"]).capitalize()
        name = str(row["label"]).removeprefix(f"{kind}: ")
        named = {"Kind": kind or EMPTY, "Challenge": f"{name[:1].upper()}{name[1:]} ({code})"}
        lines.append(row_or_withheld(row, named, cells))
    columns = ["Kind", "Challenge", "Segments", "Sessions", "Companies", "Told by", "Done about it"]
    order = {"Area": 0, "Symptom": 1}
    return _lines(sorted(lines, key=lambda line: order.get(line["Kind"], 2)), columns)


def indicator_map(released: Released, vertical: str = "") -> pd.DataFrame:
    """Return which indicator can show which benefit and where reporting standards ask for it.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.indicators.indicator_map`.
    vertical
        A vertical whose usual unit or form gets a column of its own; none if empty.
    """
    lines = []
    for row in released.table.to_dict("records"):
        standards = [
            f"{name} {_text(row.get(column))}"
            for column, name in (("esrs_set1", "ESRS"), ("gri", "GRI"), ("sdg", "SDG"))
            if _text(row.get(column))
        ]
        line = {
            "Benefit": f"{row['label']} ({row['code']})",
            "Indicator": f"{row['name']} ({row['indicator']})",
            "Unit": _text(row["unit"]),
            "Before measuring": _text(row["definition_note"]) or EMPTY,
            "Standards": "; ".join(standards) or "none asks for it",
            "Editions": _text(row["standard_version"]) or EMPTY,
        }
        lines.append({**line, **({f"In {vertical}": _text(row[vertical]) or EMPTY} if vertical else {})})
    columns = ["Benefit", "Indicator", "Unit", "Before measuring", "Standards", "Editions"]
    return _lines(lines, [*columns, *([f"In {vertical}"] if vertical else [])])


def confidence_register(
    released: Released, sentences: Mapping[str, str], *, everything: bool = True
) -> pd.DataFrame:
    """Return the findings with four components, the judgement, why, and the ceiling that the data suggest.

    A judgement above the ceiling is marked and nothing is changed: the verdict is the people's.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.confidence.confidence_register`.
    sentences
        Finding to its sentence, as far as these readers may read it.
    everything
        Whether findings are listed that nobody has judged and for which the data suggest no ceiling.
    """
    lines = []
    for row in released.table.to_dict("records"):
        finding = str(row["finding"])
        if not everything and row["overall"] == NOT_RATED and row["ceiling"] == LEVELS[0]:
            continue
        components = [f"{head}: {_concern(row[name])}" for name, head in _COMPONENT_HEADS.items()]
        above = "; **the judgement stands above it**" if row["above_ceiling"] is True else ""
        limits = f" ({_text(row['ceiling_reasons'])})" if _text(row["ceiling_reasons"]) else ""
        cells = {
            "Concerns": "; ".join(components),
            "Judged as": _text(row["overall"]),
            "Lowered because": _text(row["reasons"]).replace(".; ", ". ") or EMPTY,
            "Ceiling proposed": f"{_text(row['ceiling'])}{limits}{above}",
            "Workshop": _text(row["workshop"]),
        }
        sentence = sentences.get(finding, "")
        named = {"Finding": f"{finding}: {sentence}" if sentence else finding}
        lines.append(row_or_withheld(row, named, cells))
    columns = ["Finding", "Concerns", "Judged as", "Lowered because", "Ceiling proposed", "Workshop"]
    return _lines(lines, columns)


def published_beside_status(released: Released, grades: Sequence[str]) -> pd.DataFrame:
    """Return published effects by grade beside the companies of the study by state, never added up.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.indicators.published_beside_status`.
    grades
        The grades of published effects, strongest first.
    """
    lines: dict[str, dict[str, Any]] = {}
    for row in released.table.to_dict("records"):
        line = lines.setdefault(str(row["code"]), {"Benefit": f"{row['label']} ({row['code']})"})
        line[f"{row['side']}/{row['what']}"] = "*withheld*" if row[WITHHELD] else number_text(row["count"])
    shown = []
    for line in lines.values():
        published = [f"{grade}: {line[f'{PUBLISHED}/{grade}']}" for grade in grades
                     if line.get(f"{PUBLISHED}/{grade}", "0") != "0"]  # fmt: skip
        own = {state.capitalize(): line.get(f"{STUDY}/{state}", EMPTY) for state in STATES}
        shown.append(
            {"Benefit": line["Benefit"], "Published effects by grade": ", ".join(published) or "none", **own}
        )
    return _lines(shown, ["Benefit", "Published effects by grade", *(state.capitalize() for state in STATES)])


def _concern(words: object) -> str:
    """Return the concerns without the word that is the same everywhere."""
    return _text(words).replace(" concerns", "")


def _summed_up(words: Sequence[str]) -> str:
    """Return words with those withheld counted at the end."""
    named = [word for word in words if word != "*withheld*"]
    hidden = len(words) - len(named)
    parts = [*named, *([f"*{hidden} withheld*"] if hidden else [])]
    return "; ".join(parts) or EMPTY


def _lines(lines: Sequence[Mapping[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(lines) or [dict.fromkeys(columns, EMPTY)], columns=list(columns))


def _missing(value: object) -> bool:
    return bool(pd.isna(value))  # type: ignore[call-overload]


def _spaced(cell: object) -> str:
    return _text(cell).replace(";", ", ")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
