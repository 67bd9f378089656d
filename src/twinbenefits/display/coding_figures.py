"""Figures of the coding: codes by cases with their states, the data structure, the course of the research."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch, Rectangle

from twinbenefits.display.case_panels import legible, say_cut
from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import GRID, INK, MUTED, Variant, legend_patch, new_figure, styled
from twinbenefits.display.withheld import STATE_MARKS, UNTOLD, WITHHELD
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = ["coding_matrix", "data_structure", "research_process"]

_HIGHEST = {"": 68.0, "slide": 16.0}  # lines of a data structure that fit a page or a slide
_SHORT = 20 / 366  # years; what is shorter is drawn as a point
_DARK = ("observed or measured",)
_UNITS = {"data": "sessions", "analysis": "segments", "workshops": "planned", "findings": ""}
_LANES = ("data", "analysis", "workshops", "findings")
_LANE_COLOUR = {"data": "#0072B2", "analysis": "#E69F00", "workshops": "#009E73", "findings": "#CC79A7"}
_TINTS = ("#DCEBFA", "#E3F4DE", "#FCE4D6", "#EADCF4", "#FFF2CC", "#D9F0F0", "#F7DDE4", "#E9E9D8")


@deferred
def coding_matrix(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw codes by case: the state as fill and hatch, segments and their share in words.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coding_matrix.coding_matrix`.
    codes
        The codes, in the order of the lines.
    cases
        Names of the cases as the audience reads them, in the order of the columns.
    names
        Code to its name.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    cells = {(str(row["code"]), str(row["case"])): row for row in table.to_dict("records")}
    (codes, cases), cut = legible(variant, codes=codes, cases=cases)
    columns = [*cases, ALL]
    with styled(variant):
        figure = new_figure("double", 34 + 5.6 * max(len(codes), 2), variant)
        axes = figure.subplots()
        met = [
            _cell(axes, column, line, cells.get((code, case), {}), total=case == ALL)
            for line, code in enumerate(codes)
            for column, case in enumerate(columns)
        ]
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(codes) - 0.5, -0.5)
        axes.set_xticks(range(len(columns)), [textwrap.fill(case, 12) for case in [*cases, "All cases"]])
        axes.set_yticks(range(len(codes)), [f"{_short(names.get(code, ''), 46)}  {code}" for code in codes])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.axvline(len(cases) - 0.5, color=INK, linewidth=1.2)
        handles = [legend_patch(mark) for state, mark in STATE_MARKS.items() if state in met]
        figure.legend(
            handles=handles, loc="outside lower center", ncols=3, handlelength=2.2, handleheight=1.3
        )
        say_cut(figure, cut)
        return figure


@deferred
def data_structure(released: Released, *, variant: Variant = "") -> Figure:
    """Draw the data structure from left to right: informants' terms, themes, dimensions.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.data_structure.data_structure`.
    variant
        ``""`` for paper; a slide leaves the terms out, which cannot be read from a distance.
    """
    rows = released.table.to_dict("records")
    lines = [_terms(row) for row in rows]
    heights = [max(len(terms), 1) + 0.55 for terms in lines] if variant == "" else [1.3] * len(rows)
    fit = max(int(np.searchsorted(np.cumsum(heights), _HIGHEST[variant], side="right")), 1)
    (_, cut), rows, heights = legible(variant, fit, themes=rows), rows[:fit], heights[:fit]
    total = sum(heights) or 2.0
    with styled(variant):
        figure = new_figure("double", max(14 + 4.0 * total, 40), variant)
        axes = figure.subplots()
        axes.set_xlim(0, 100)
        axes.set_ylim(total + 0.4, -1.6)
        axes.axis("off")
        if not rows:
            words = released.limitations[0] if released.limitations else "there is no term of an informant"
            axes.text(50, 0.5, words, ha="center", va="center", style="italic", color=MUTED, wrap=True)
            return figure
        first, second, third = ((0, 38), (43, 32), (80, 19.6)) if variant == "" else (None, (4, 48), (62, 34))
        tops = np.concatenate([[0.0], np.cumsum(heights)])
        fills = dict(zip(dict.fromkeys(row["dimension"] for row in rows), _TINTS * 4, strict=False))
        for row, terms, top, height in zip(rows, lines, tops, heights, strict=False):
            middle = top + height / 2 - 0.15
            _box(
                axes,
                second,
                middle,
                height - 0.5,
                _theme(row, 35 if variant == "" else 60),
                fills[row["dimension"]],
            )
            if first is not None:
                _first_order(axes, first, second[0], top, terms, middle)
        _dimensions(axes, rows, tops, second, third, fills)
        heads = ["First-order terms of informants", "Second-order themes", "Dimensions"]
        for place, words in zip((first, second, third), heads, strict=True):
            if place is not None:
                axes.text(place[0] + place[1] / 2, -1.0, words, ha="center", va="center", fontweight="bold")
        say_cut(figure, cut)
        return figure


@deferred
def research_process(released: Released, *, variant: Variant = "") -> Figure:
    """Draw the rounds of data and analysis over the years: planned as outlines, held as filled bars.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.inventory.research_process`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    table = table.assign(lane=table["lane"].fillna("data"))
    table["_lane"] = table["lane"].map({lane: place for place, lane in enumerate(_LANES)}).fillna(len(_LANES))
    table["_part"] = (table["part"] == "held").astype(int)
    rows = table.sort_values(["_lane", "_part"], kind="stable").to_dict("records")
    with styled(variant):
        figure = new_figure("double", 30 + 6.2 * max(len(rows), 3), variant)
        axes = figure.subplots()
        for line, row in enumerate(rows):
            _bar(axes, line, row)
        axes.set_yticks(range(len(rows)), [_activity(row) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        _years(axes, [row[name] for row in rows for name in ("start", "end") if pd.notna(row[name])])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        handles = [
            Patch(facecolor="white", edgecolor=INK, linestyle=(0, (3, 2)), label="planned by the study"),
            Patch(facecolor="#8C8C8C", edgecolor=INK, label="held"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        return figure


def _cell(axes: Axes, column: int, line: int, row: Mapping[Any, Any], *, total: bool) -> str:
    """Draw one cell of the matrix and return its state."""
    if not row or row.get("withheld"):
        state = WITHHELD
    elif total:
        state = ""
    else:
        state = str(row["state"] or UNTOLD)
    mark = STATE_MARKS.get(state)
    axes.add_patch(
        Rectangle(
            (column - 0.47, line - 0.44), 0.94, 0.88, facecolor=mark.colour if mark else "white",
            hatch=mark.hatch if mark else "", edgecolor="#777777" if mark else GRID, linewidth=0.4,
        )
    )  # fmt: skip
    words = _words(row, state)
    if words:
        pad = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
        box = pad if mark is not None and mark.hatch else None
        axes.text(
            column, line, words, ha="center", va="center", fontsize="small", bbox=box,
            color="white" if state in _DARK else INK,
        )  # fmt: skip
    return state


def _words(row: Mapping[Any, Any], state: str) -> str:
    if state == WITHHELD:
        return ""
    if state == UNTOLD:
        return "?"
    if state == "not asked":
        return ""
    if state == "asked and absent":
        return f"{int(row['segments'])}"
    segments, share = row["segments"], row["share"]
    return f"{int(segments)}" if share is None or pd.isna(share) else f"{int(segments)} · {float(share):.1%}"


def _terms(row: Mapping[Any, Any]) -> list[str]:
    if row["withheld"] or not row["terms"]:
        return []
    return str(row["terms"]).split("\n")


def _theme(row: Mapping[Any, Any], width: int) -> str:
    if row["withheld"]:
        return f"{row['code']}: withheld"
    return textwrap.fill(f"{_short(str(row['code_label']), 74)} ({row['code']})", width)


def _first_order(
    axes: Axes, place: tuple[float, float], to: float, top: float, terms: list[str], middle: float
) -> None:
    shown = terms or ["terms withheld or not kept"]
    for number, term in enumerate(shown):
        line = top + 0.55 + number * 0.95
        style = "normal" if terms else "italic"
        axes.text(
            place[0] + place[1],
            line,
            _short(term, 50),
            ha="right",
            va="center",
            style=style,
            color=INK if terms else MUTED,
        )
        axes.plot([place[0] + place[1] + 0.6, to - 0.2], [line, middle], color=MUTED, linewidth=0.6)


def _dimensions(
    axes: Axes,
    rows: list[dict[Any, Any]],
    tops: np.ndarray,
    second: tuple[float, float],
    third: tuple[float, float],
    fills: Mapping[str, str],
) -> None:
    names = [str(row["dimension"]) for row in rows]
    for dimension in dict.fromkeys(names):
        mine = [place for place, name in enumerate(names) if name == dimension]
        middles = [(tops[place] + tops[place + 1]) / 2 - 0.15 for place in mine]
        middle = (middles[0] + middles[-1]) / 2
        label = next(
            (rows[place]["dimension_label"] for place in mine if rows[place]["dimension_label"]), dimension
        )
        _box(
            axes,
            third,
            middle,
            min(4.2, tops[mine[-1] + 1] - tops[mine[0]] - 0.5),
            textwrap.fill(str(label), 22),
            fills[dimension],
        )
        for line in middles:
            axes.plot(
                [second[0] + second[1] + 0.4, third[0] - 0.3], [line, middle], color=MUTED, linewidth=0.6
            )


def _box(axes: Axes, place: tuple[float, float], middle: float, height: float, words: str, fill: str) -> None:
    left, width = place
    axes.add_patch(
        FancyBboxPatch(
            (left, middle - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.5",
            facecolor=fill, edgecolor=INK, linewidth=0.6, mutation_aspect=0.2,
        )
    )  # fmt: skip
    style = "italic" if words.endswith("withheld") else "normal"
    axes.text(left + width / 2, middle, words, ha="center", va="center", style=style, linespacing=1.05)


def _bar(axes: Axes, line: int, row: Mapping[Any, Any]) -> None:
    if row["withheld"] or row["start"] is None or pd.isna(row["start"]):
        words = f"withheld: {row['withheld']}" if row["withheld"] else "no date"
        axes.text(
            0.01, line, words, transform=axes.get_yaxis_transform(), va="center", style="italic", color=MUTED
        )
        return
    start, end = (_moment(row[name]) for name in ("start", "end"))
    colour = _LANE_COLOUR.get(str(row["lane"]), MUTED)
    planned = row["part"] == "planned"
    if end - start < _SHORT:
        axes.plot([start], [line], marker="D", markersize=7, color=colour, markeredgecolor=INK)
    else:
        axes.barh(
            line, end - start, left=start, height=0.52, edgecolor=INK,
            facecolor="white" if planned else colour, linewidth=0.7,
            linestyle=(0, (3, 2)) if planned else "-",
        )  # fmt: skip
    if row["number"] is not None and not pd.isna(row["number"]) and end - start >= _SHORT:
        words = f"{int(row['number'])} {_UNITS[str(row['lane'])]}"
        if planned:
            axes.text((start + end) / 2, line, words, ha="center", va="center")
        else:
            axes.text(end + 0.03, line, words, ha="left", va="center")


def _activity(row: Mapping[Any, Any]) -> str:
    words = str(row["activity"]).replace("_", " ")
    return f"{words[:1].upper()}{_short(words[1:], 46)}"


def _moment(day: object) -> float:
    """Return a day as a year with its fraction."""
    stamp = pd.Timestamp(str(day))
    return float(stamp.year + (stamp.day_of_year - 1) / 366)


def _years(axes: Axes, days: Sequence[object]) -> None:
    """Write the years between quarters as ticks; each year stands in the middle of its quarters."""
    if not days:
        axes.set_xticks([])
        return
    moments = [_moment(day) for day in days]
    first, last = int(min(moments)), int(max(moments)) + 1
    axes.set_xlim(first, last)
    axes.set_xticks(range(first, last + 1), [])
    axes.set_xticks([year + part / 4 for year in range(first, last) for part in (1, 2, 3)], minor=True)
    for year in range(first, last):
        axes.text(year + 0.5, -0.02, str(year), transform=axes.get_xaxis_transform(), ha="center", va="top")


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else textwrap.shorten(words, most, placeholder="…")
