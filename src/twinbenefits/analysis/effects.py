"""Published effect sizes, graded by how they came about and never pooled."""

import pandas as pd

from twinbenefits.analysis.result import Result, Scalar

__all__ = ["effects_by_grade", "published_effects"]

_PROPOSED = "The grade scale is proposed by the makers of the compendium, for the authors to change."


def published_effects(
    effects: pd.DataFrame, effect_grades: pd.DataFrame, *, lowest_grade: str | None = None
) -> Result:
    """Sort the published effects by grade and count them, without averaging anything.

    Values come from different designs, measures and levels of twin, many as best cases; a mean or a range
    over them would describe nothing. They are kept as written.

    Parameters
    ----------
    effects, effect_grades
        The tables of that name; the order of the grades in `effect_grades` is the order of strength.
    lowest_grade
        Show effects of this grade and the stronger ones; all of them if not given. Counts per grade always
        cover all effects.

    Returns
    -------
    Result
        The shown effects with the ``meaning`` of their grade. Scalars: ``effects``, ``effects_shown``,
        ``grade_<g>`` for every grade of the scale (zero included), ``strongest_grade`` (how many have it),
        ``abstract_only`` and ``abstract_only_share``, ``read_in_full``, ``sources`` (distinct entries; two
        outlets that report one programme count as two).

    Raises
    ------
    ValueError
        When `lowest_grade` is not a grade of the scale.

    Examples
    --------
    >>> scale = pd.DataFrame({"grade": ["A", "B"], "meaning": ["measured", "claimed"]})
    >>> found = pd.DataFrame({"id": ["E1"], "grade": ["B"], "seen_as": ["abstract"], "source": ["Roe"]})
    >>> published_effects(found, scale).scalars["grade_A"].value
    0
    """
    scale = list(effect_grades["grade"])
    if lowest_grade is not None and lowest_grade not in scale:
        raise ValueError(f"lowest_grade is {lowest_grade!r}; the scale has {', '.join(scale)}")
    rank = effects["grade"].map({grade: i for i, grade in enumerate(scale)})
    least = len(scale) if lowest_grade is None else scale.index(lowest_grade)
    shown = effects.assign(rank=rank).sort_values(["rank", "id"], kind="stable")
    shown = shown[shown["rank"] <= least].drop(columns="rank")
    shown = shown.merge(effect_grades[["grade", "meaning"]], on="grade", how="left")
    return Result(
        table=shown,
        inputs=("effects", "effect_grades"),
        scalars=_counts(effects, scale) | {"effects_shown": _count(len(shown), len(effects))},
        limitations=(
            "Designs, measures and levels of twin differ: the effects are neither pooled nor ranged.",
            "Several values are maxima or best cases, as their caveats say.",
            _PROPOSED,
        ),
    )


def effects_by_grade(effects: pd.DataFrame, effect_grades: pd.DataFrame) -> Result:
    """Return the grade scale with the number of published effects in each grade.

    Parameters
    ----------
    effects, effect_grades
        The tables of that name.

    Returns
    -------
    Result
        Columns ``grade, meaning, effects``, a grade without any effect included.
    """
    scale = list(effect_grades["grade"])
    counts = effects["grade"].value_counts().reindex(scale, fill_value=0)
    return Result(
        table=effect_grades[["grade", "meaning"]].assign(effects=counts.to_numpy()),
        inputs=("effects", "effect_grades"),
        scalars=_counts(effects, scale),
        limitations=(_PROPOSED,),
    )


def _distinct_sources(effects: pd.DataFrame) -> int:
    """Count sources, following an entry such as "same as EF02" to the effect it names."""
    source = effects["source"]
    same = "same as " + effects["id"]
    return int(source[~source.isin(same)].nunique())


def _counts(effects: pd.DataFrame, scale: list[str]) -> dict[str, Scalar]:
    total = len(effects)
    # An abstract is what was read both where a publisher and where an aggregator shows it.
    abstract_only = int(effects["seen_as"].str.startswith("abstract").sum())
    share = (
        Scalar(abstract_only / total, n=total, unit="share", method="share of effects")
        if total
        else Scalar(None, n=0, reason="no effect is listed")
    )
    return {
        "effects": _count(total, None),
        **{f"grade_{grade}": _count(int((effects["grade"] == grade).sum()), total) for grade in scale},
        "strongest_grade": _count(int((effects["grade"] == scale[0]).sum()), total),
        "abstract_only": _count(abstract_only, total),
        "abstract_only_share": share,
        "read_in_full": _count(int((effects["seen_as"] == "full text").sum()), total),
        "sources": Scalar(_distinct_sources(effects), n=total, unit="sources", method="count of entries"),
    }


def _count(value: int, n: int | None) -> Scalar:
    return Scalar(value, n=n, unit="effects", method="count")
