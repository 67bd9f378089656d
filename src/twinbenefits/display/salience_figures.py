"""Figures of salience: each benefit in each case with its strength and state, and dot by dot per session."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from twinbenefits.display.case_panels import (
    benefit_label,
    legible,
    missing_legend,
    nothing_to_draw,
    say_cut,
    say_missing,
    say_withheld,
)
from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import GRID, INK, MUTED, Variant, new_figure, styled
from twinbenefits.display.withheld import STATE_MARKS, UNTOLD, WITHHELD
from twinbenefits.evidence.release import Released

__all__ = ["case_by_benefit", "salience_dots", "shrinkage"]

_BLUE = "#0072B2"
_STRENGTH = ("#D6E8F5", "#7FB6DC", "#0072B2")
"""Fills for a mean strength up to 1.5, up to 2.5, and above."""
_REALIZED, _EXPECTED, _ABSENT, _NOT_ASKED = (
    "observed or measured",
    "expected only",
    "asked and absent",
    "not asked",
)


@deferred
def case_by_benefit(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw benefits by cases: the fill tells the mean strength, the hatch what is expected only.

    Each cell says the benefit's share of the case's talk about benefits, with ``m`` where something was
    measured; 0 where it was asked about and absent; a dot where it was not asked.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.salience.salience`.
    codes, cases
        Lines and columns in order; cases as the audience reads them.
    names
        Code to its name.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    if not len(codes) or not len(cases):
        return nothing_to_draw("there is no case, or no benefit to compare", variant)
    (codes, cases), cut = legible(variant, benefits=codes, cases=cases)
    cells = {(str(row["code"]), str(row["case"])): row for row in released.table.to_dict("records")}
    with styled(variant):
        figure = new_figure("double", 36 + 5.6 * max(len(codes), 2), variant)
        axes = figure.subplots()
        met = [
            _heat(axes, column, line, cells.get((code, case), {}))
            for line, code in enumerate(codes)
            for column, case in enumerate(cases)
        ]
        axes.set_xlim(-0.5, len(cases) - 0.5)
        axes.set_ylim(len(codes) - 0.5, -0.5)
        axes.set_xticks(range(len(cases)), [textwrap.fill(case, 14) for case in cases])
        width = 46 if variant == "" else 40
        axes.set_yticks(range(len(codes)), [benefit_label(code, names, width) for code in codes])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        figure.legend(
            handles=_heat_legend(met), loc="outside lower center", ncols=4, handlelength=2.2, handleheight=1.3
        )
        say_cut(figure, cut)
        return figure


@deferred
def salience_dots(
    released: Released,
    by_session: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw each benefit's share per case: a diamond for the case, a dot per session or an interval.

    Parameters
    ----------
    released, by_session
        Released results of `salience` and `salience_by_session` of `twinbenefits.analysis.salience`.
    codes, cases, names
        As for :func:`case_by_benefit`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    if not len(codes) or not len(cases):
        return nothing_to_draw("there is no case, or no benefit to compare", variant)
    (codes, cases), cut = legible(variant, benefits=codes, cases=cases)
    table, dots = released.table, by_session.table
    most = pd.concat([pd.to_numeric(dots["share"]), pd.to_numeric(table["high"])]).max()
    right = 0.1 if pd.isna(most) else float(np.ceil(most * 10) / 10)
    with styled(variant):
        figure = new_figure("double", 30 + 4.9 * max(len(codes), 3), variant)
        panels = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
        for axes, case in zip(panels, cases, strict=True):
            rows = {str(row["code"]): row for row in table[table["case"] == case].to_dict("records")}
            mine = dots[(dots["case"] == case) & (dots["withheld"] == "")]
            _panel(axes, case, codes, rows, mine, right)
        panels[0].set_yticks(range(len(codes)), [benefit_label(code, names, 40) for code in codes])
        panels[0].set_ylim(len(codes) - 0.4, -0.8)
        panels[len(panels) // 2].set_xlabel("share of the segments on benefits")
        figure.legend(handles=_dot_legend(table), loc="outside lower center", ncols=4)
        say_cut(figure, cut)
        return figure


@deferred
def shrinkage(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw how far each case's share of sessions is drawn towards the mean of the cases, or why it is not.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.pooling.partial_pooling`.
    codes, cases, names, variant
        As for :func:`case_by_benefit`.
    """
    table = released.table
    mine = table[(table["withheld"] == "") & table["case"].isin(list(cases))]
    mine = mine[pd.to_numeric(mine["pooled"]).notna()]
    if mine.empty:
        why = next((str(reason) for reason in table["reason"].dropna() if str(reason).startswith("too")), "")
        return nothing_to_draw(f"nothing is pooled: {why or 'no case may be shown'}", variant)
    (codes, cases), cut = legible(variant, benefits=codes, cases=cases)
    with styled(variant):
        figure = new_figure("double", 30 + 4.9 * max(len(codes), 3), variant)
        panels = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
        for axes, case in zip(panels, cases, strict=True):
            rows = {str(row["code"]): row for row in mine[mine["case"] == case].to_dict("records")}
            axes.set_title(textwrap.fill(case, 16))
            axes.set_xlim(-0.06, 1.06)
            axes.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
            axes.grid(axis="x", color=GRID, linewidth=0.5)
            axes.set_axisbelow(True)
            axes.tick_params(axis="y", length=0)
            if not rows:
                every = table[table["case"] == case].to_dict("records")
                say_withheld(axes, {str(row["code"]): row for row in every})
            for line, code in enumerate(codes):
                _drawn_in(axes, line, rows.get(code))
        panels[0].set_yticks(range(len(codes)), [benefit_label(code, names, 40) for code in codes])
        panels[0].set_ylim(len(codes) - 0.4, -0.8)
        panels[len(panels) // 2].set_xlabel("share of the case's sessions in which the benefit came up")
        figure.legend(handles=_shrinkage_legend(), loc="outside lower center", ncols=3)
        say_cut(figure, cut)
        return figure


def _heat(axes: Axes, column: int, line: int, row: Mapping[Any, Any]) -> str:
    """Draw one cell and return its state."""
    state = WITHHELD if not row or row.get("withheld") else str(_told(row["state"]) or UNTOLD)
    fill, hatch = STATE_MARKS[state].colour, STATE_MARKS[state].hatch if state == WITHHELD else ""
    strength = row.get("strength") if state in (_REALIZED, _EXPECTED) else None
    if state in (_REALIZED, _EXPECTED):
        fill = _fill(strength)
        hatch = STATE_MARKS[_EXPECTED].hatch if state == _EXPECTED else ""
    axes.add_patch(
        Rectangle(
            (column - 0.47, line - 0.44), 0.94, 0.88, facecolor=fill, hatch=hatch,
            edgecolor="#777777" if state != _NOT_ASKED else GRID, linewidth=0.4,
        )
    )  # fmt: skip
    words = _heat_words(row, state)
    if words:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85} if hatch else None
        colour = "white" if fill == _STRENGTH[2] and not hatch else INK
        axes.text(column, line, words, ha="center", va="center", fontsize="small", bbox=box, color=colour)
    return state


def _fill(strength: Any) -> str:
    if strength is None or pd.isna(strength):
        return "#FFFFFF"
    return _STRENGTH[0] if strength <= 1.5 else _STRENGTH[1] if strength <= 2.5 else _STRENGTH[2]


def _heat_words(row: Mapping[Any, Any], state: str) -> str:
    if state == WITHHELD:
        return ""
    if state == UNTOLD:
        return "?"
    if state == _NOT_ASKED:
        return "\N{BULLET}"
    if state == _ABSENT:
        return "0"
    share = row["share"]
    words = "" if share is None or pd.isna(share) else f"{float(share):.0%}"
    measured = row["measured"]
    return f"{words} m" if measured is not None and not pd.isna(measured) and measured > 0 else words


def _heat_legend(met: Sequence[str]) -> list[Patch]:
    handles = []
    if {_REALIZED, _EXPECTED} & set(met):
        words = ("strength up to 1.5", "up to 2.5", "up to 3")
        handles += [
            Patch(facecolor=fill, edgecolor=INK, linewidth=0.6, label=text)
            for fill, text in zip(_STRENGTH, words, strict=True)
        ]
    marks = {
        _EXPECTED: Patch(facecolor="white", edgecolor=INK, hatch="////", label="hatched: expected only"),
        _ABSENT: Patch(facecolor="white", edgecolor="#777777", label="0: asked and absent"),
        _NOT_ASKED: Patch(facecolor="white", edgecolor=GRID, label="\N{BULLET}: not asked"),
        UNTOLD: Patch(facecolor=STATE_MARKS[UNTOLD].colour, edgecolor=INK, label="?: cannot be told"),
        WITHHELD: Patch(facecolor="#D9D9D9", edgecolor="#777777", hatch="xxxx", label="withheld"),
    }
    handles += [patch for state, patch in marks.items() if state in met]
    for patch in handles:
        patch.set_linewidth(0.6)
    return handles


def _panel(
    axes: Axes,
    case: str,
    codes: Sequence[str],
    rows: Mapping[str, Mapping[Any, Any]],
    dots: pd.DataFrame,
    right: float,
) -> None:
    axes.set_title(textwrap.fill(case, 16))
    axes.set_xlim(-0.04 * right, right * 1.06)
    axes.grid(axis="x", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.set_xticks([0, right / 2, right])
    if not rows or all(row["withheld"] for row in rows.values()):
        say_withheld(axes, rows)
        return
    for line, code in enumerate(codes):
        row = rows.get(code, {})
        values = pd.to_numeric(dots.loc[dots["code"] == code, "share"]).dropna().to_numpy(dtype=float)
        _one(axes, line, row, values)


def _one(axes: Axes, line: int, row: Mapping[Any, Any], dots: np.ndarray) -> None:
    state = WITHHELD if not row or row["withheld"] else str(_told(row["state"]) or UNTOLD)
    if state in (WITHHELD, UNTOLD, _NOT_ASKED):
        say_missing(axes, 0, line, state)
        return
    low, high, share = (
        float(row[name]) if row[name] is not None else np.nan for name in ("low", "high", "share")
    )
    if not np.isnan(low):
        axes.plot([low, high], [line, line], color=_BLUE, linewidth=1.4, solid_capstyle="butt")
    else:
        axes.plot(
            dots, np.full(len(dots), line), linestyle="none", marker="o", markersize=3.2,
            markerfacecolor="white", markeredgecolor=INK, markeredgewidth=0.6,
        )  # fmt: skip
    if not np.isnan(share):
        axes.plot(
            [share], [line], marker="D", markersize=4.6, markeredgecolor=INK, markeredgewidth=0.6,
            markerfacecolor=_BLUE if state == _REALIZED else "white",
        )  # fmt: skip


def _drawn_in(axes: Axes, line: int, row: Mapping[Any, Any] | None) -> None:
    """Draw one share, its pooled value, and between them how far it was drawn."""
    if row is None:
        return
    raw, pooled, mean = (float(row[name]) for name in ("share", "pooled", "mean"))
    axes.plot([raw, pooled], [line, line], color=_BLUE, linewidth=1.0)
    axes.plot([mean], [line], marker="|", color=MUTED, markersize=6)
    for value, fill in ((raw, "white"), (pooled, _BLUE)):
        axes.plot(
            [value], [line], marker="o", markersize=4.2, markerfacecolor=fill, markeredgecolor=INK,
            markeredgewidth=0.6,
        )  # fmt: skip


def _shrinkage_legend() -> list[Line2D]:
    def circle(fill: str, label: str) -> Line2D:
        return Line2D(
            [], [], linestyle="none", marker="o", markersize=4.2, markerfacecolor=fill, markeredgecolor=INK,
            markeredgewidth=0.6, label=label,
        )  # fmt: skip

    mean = Line2D([], [], linestyle="none", marker="|", color=MUTED, markersize=6, label="mean of the cases")
    return [circle("white", "the case's own share"), circle(_BLUE, "partly pooled"), mean]


def _dot_legend(table: pd.DataFrame) -> list[Line2D]:
    def mark(marker: str, fill: str, label: str, size: float = 4.6) -> Line2D:
        return Line2D(
            [], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=fill,
            markeredgecolor=INK, markeredgewidth=0.6, label=label,
        )  # fmt: skip

    handles = [
        mark("D", _BLUE, "case: observed or measured"),
        mark("D", "white", "case: expected only or absent"),
        mark("o", "white", "one session", 3.2),
    ]
    if pd.to_numeric(table["low"]).notna().any():
        handles.append(Line2D([], [], color=_BLUE, linewidth=1.4, label="interval, sessions resampled"))
    states = table["state"].where(table["state"].notna(), UNTOLD).where(table["withheld"] == "", WITHHELD)
    return handles + missing_legend(set(states))


def _told(value: Any) -> str:
    return value if isinstance(value, str) else ""
