"""Figures of the workshops: every vote as a dot, importance against realization, impact against effort."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import GRID, INK, MUTED, Mark, Variant, legend_line, new_figure, styled
from twinbenefits.display.withheld import WITHHELD
from twinbenefits.evidence.release import Released

__all__ = ["impact_effort", "importance_map", "votes_as_dots"]

OUTCOMES: Mapping[str, Mark] = {
    "consensus": Mark("consensus", "#0072B2", "", "o"),
    "against": Mark("agreed against", "#000000", "", "X"),
    "split": Mark("split", "#D55E00", "", "D"),
    "unclear": Mark("unclear", "#A6A6A6", "", "s"),
    "too few": Mark("too few for a share", "#FFFFFF", "", "o"),
}
"""The look of a status: colour and shape together."""

_STABLE = Mark("same quadrant by every cut", "#0072B2", "", "o")
_MOVES = Mark("moves", "#009E73", "", "s")
_TALLEST = 5


@deferred
def votes_as_dots(
    released: Released, levels: Sequence[int], ends: tuple[str, str], *, variant: Variant = ""
) -> Figure:
    """Draw every vote as a dot: one line per item, one column per workshop.

    Parameters
    ----------
    released
        Released rows of one scale, one per item and workshop, of `twinbenefits.analysis.votes.item_votes`.
    levels
        The marks of the scale, in order.
    ends
        What the lowest and the highest mark mean.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    items = list(dict.fromkeys(table["item"]))
    events = list(dict.fromkeys(table["event"]))
    with styled(variant):
        figure = new_figure("double", 30 + 12 * max(len(items), 1), variant)
        if not items:
            _say(figure.subplots(), "nobody has voted yet")
            return figure
        columns = figure.subplots(1, len(events), sharex=True, sharey=True, squeeze=False)[0]
        for axes, event in zip(columns, events, strict=True):
            axes.set_title(str(event), loc="left", fontweight="bold")
            for row in table[table["event"] == event].to_dict("records"):
                _dots(axes, row, items.index(row["item"]), levels)
            axes.set_xlim(levels[0] - 0.6, levels[-1] + 0.6)
            axes.set_ylim(len(items) - 0.35, -0.75)
            axes.set_xticks(list(levels))
            axes.set_yticks(range(len(items)), items)
            axes.tick_params(axis="y", length=0)
            for line in range(len(items)):
                axes.axhline(line + 0.3, color=GRID, linewidth=0.5, zorder=0)
        figure.supxlabel(f"Mark: {levels[0]} {ends[0]}, {levels[-1]} {ends[1]}", fontsize="medium")
        marks = [mark for name, mark in OUTCOMES.items() if (table["outcome"] == name).any()]
        handles = [legend_line(mark) for mark in marks]
        if (table["withheld"] != "").any():
            handles.append(Line2D([], [], linestyle="none", marker="$-$", color=MUTED, label=WITHHELD))
        figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), 6) or 1)
        return figure


@deferred
def importance_map(released: Released, *, variant: Variant = "") -> Figure:
    """Draw importance against realization with the medians as crosshairs.

    Items that another cut would put elsewhere are hollow.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.importance.importance_performance`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    known = table[table["importance"].notna() & table["realized"].notna()]
    with styled(variant):
        figure = new_figure("single" if variant == "" else "double", 96, variant)
        axes = figure.subplots()
        lines = [released.scalars[name].value for name in ("cut_importance", "cut_realized")]
        if known.empty or None in lines:
            _say(axes, _why_nothing(table))
            return figure
        x, y = (float(line) for line in lines if line is not None)
        axes.axvline(y, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        axes.axhline(x, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        for stable, part in known.groupby(known["stable"].astype(bool)):
            axes.plot(
                part["realized"].astype(float),
                part["importance"].astype(float),
                linestyle="none",
                marker="o",
                markersize=7,
                markerfacecolor=_STABLE.colour if stable else "white",
                markeredgecolor=INK,
                markeredgewidth=0.8,
                zorder=3,
            )
        _name_points(axes, known, "realized", "importance")
        _frame(axes, "Realized today (median mark)", "Importance (median mark)")
        corners = (
            (0.0, 1.0, "work on this"),
            (1.0, 1.0, "keep it up"),
            (0.0, 0.0, "lower priority"),
            (1.0, 0.0, "perhaps too much"),
        )
        for across, up, words in corners:
            axes.text(
                0.02 + 0.96 * across,
                0.015 + 0.97 * up,
                words,
                transform=axes.transAxes,
                ha="right" if across else "left",
                va="top" if up else "bottom",
                color=MUTED,
                style="italic",
                backgroundcolor="white",
                zorder=1.5,
            )
        other = legend_line(_STABLE, hollow=True, label="another cut puts it elsewhere")
        figure.legend(handles=[legend_line(_STABLE), other], loc="outside lower center", ncols=1)
        return figure


@deferred
def impact_effort(released: Released, *, variant: Variant = "") -> Figure:
    """Draw the moves by impact and effort; what lies up and to the left is wanted and light.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.importance.impact_effort`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    known = table[table["impact"].notna() & table["effort"].notna()]
    with styled(variant):
        figure = new_figure("single" if variant == "" else "double", 84, variant)
        axes = figure.subplots()
        if known.empty:
            _say(axes, _why_nothing(table))
            return figure
        axes.plot([1, 9], [1, 9], color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        axes.plot(
            known["effort"].astype(float),
            known["impact"].astype(float),
            linestyle="none",
            marker=_MOVES.marker,
            markersize=7,
            markerfacecolor=_MOVES.colour,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            zorder=3,
        )
        _name_points(axes, known, "effort", "impact")
        _frame(axes, "Effort (median mark)", "Impact (median mark)")
        axes.text(
            0.02, 0.98, "impact above effort", transform=axes.transAxes, va="top", color=MUTED, style="italic"
        )
        axes.text(
            0.98,
            0.02,
            "effort above impact",
            transform=axes.transAxes,
            ha="right",
            color=MUTED,
            style="italic",
        )
        return figure


def _dots(axes: Axes, row: Mapping[object, object], line: int, levels: Sequence[int]) -> None:
    """Draw the votes on one item at one workshop, stacked by mark; tall stacks stand closer."""
    if row["withheld"] or not isinstance(row["distribution"], str):
        axes.text(float(np.mean(levels)), line, "\N{EN DASH}", ha="center", va="center", color=MUTED)
        return
    mark = OUTCOMES.get(str(row["outcome"]), OUTCOMES["unclear"])
    counts = [int(count) for count in row["distribution"].split()]
    step = 0.8 / max(_TALLEST, *counts)
    for level, count in zip(levels, counts, strict=True):
        axes.plot(
            [level] * count,
            [line + 0.18 - step * place for place in range(count)],
            linestyle="none",
            marker=mark.marker,
            markersize=3.4,
            markerfacecolor=mark.colour,
            markeredgecolor=INK,
            markeredgewidth=0.4,
        )


def _name_points(axes: Axes, rows: pd.DataFrame, x: str, y: str) -> None:
    """Write the items' codes beside their points, those of one place together."""
    places = zip(rows[x].astype(float), rows[y].astype(float), strict=True)
    names: dict[tuple[float, float], list[str]] = {}
    for place, item in zip(places, rows["item"], strict=True):
        names.setdefault(place, []).append(str(item))
    for place, items in names.items():
        axes.annotate(", ".join(items), place, textcoords="offset points", xytext=(7, -3))


def _frame(axes: Axes, x: str, y: str) -> None:
    axes.set_xlim(0.0, 10.4)
    axes.set_ylim(0.0, 10.4)
    axes.set_xticks(range(1, 10))
    axes.set_yticks(range(1, 10))
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_aspect("equal")
    axes.grid(color=GRID, linewidth=0.4)
    axes.set_axisbelow(True)


def _say(axes: Axes, words: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", style="italic", color=MUTED, wrap=True)


def _why_nothing(table: pd.DataFrame) -> str:
    reasons = [str(reason) for reason in table["withheld"].unique() if reason]
    return f"withheld: {reasons[0]}" if reasons else "nobody has voted yet"
