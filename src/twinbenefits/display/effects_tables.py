"""Tables of published effects, always beside their grade."""

import pandas as pd

from twinbenefits.evidence.release import Released

__all__ = ["effects_by_grade", "grade_scale", "published_effects"]

_COLUMNS = [
    "Grade",
    "Industry and use",
    "Reported effect",
    "How it came about",
    "Source, what was seen, caveat",
]


def published_effects(released: Released) -> pd.DataFrame:
    """Return the effects, strongest grade first, each with its design, level of twin, source and caveat.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.effects.published_effects`.
    """
    if released.table.empty:
        return pd.DataFrame([["none", *[""] * (len(_COLUMNS) - 1)]], columns=_COLUMNS)
    return pd.DataFrame(
        [
            {
                "Grade": f"{effect['grade']} ({effect['id']})",
                "Industry and use": f"{effect['vertical']}: {effect['use_case']}",
                "Reported effect": _effect(effect),
                "How it came about": _origin(effect),
                "Source, what was seen, caveat": f"{_source(effect)}. {effect['caveat']}",
            }
            for _, effect in released.table.iterrows()
        ],
        columns=_COLUMNS,
    )


def effects_by_grade(released: Released) -> pd.DataFrame:
    """Return the grade scale and how many published effects have each grade, empty grades included.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.effects.effects_by_grade`.
    """
    table = released.table
    return pd.DataFrame(
        {"Grade": table["grade"], "Meaning": table["meaning"], "Effects": table["effects"].astype(str)}
    )


def grade_scale(released: Released) -> str:
    """Return the grade scale as one sentence per grade, for the note under a table.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.effects.effects_by_grade`.
    """
    table = released.table
    return " ".join(
        f"{grade}: {meaning}" for grade, meaning in zip(table["grade"], table["meaning"], strict=True)
    )


def _effect(effect: pd.Series) -> str:
    direction = "" if effect["direction"] == "level" else f"{effect['direction']}, "
    # The number and its unit stay on one line.
    unit = "" if effect["unit"] == "fraction" else f"\N{NO-BREAK SPACE}{effect['unit']}"
    return f"{effect['indicator']}: {direction}{effect['value']}{unit}"


def _origin(effect: pd.Series) -> str:
    return f"{effect['design']}; {effect['twin_level']}; sites: {effect['n_sites']}"


def _source(effect: pd.Series) -> str:
    return f"{effect['source']} ({effect['year']}); seen: {effect['seen_as']}"
