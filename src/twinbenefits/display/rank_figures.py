"""Figures of ranks: benefits by case with the range each rank moves in, over sessions or specifications."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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
from twinbenefits.display.style import GRID, INK, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["benefit_ranks", "rank_ranges"]

_BLUE, _SKY = "#0072B2", "#8EC1E3"


@deferred
def benefit_ranks(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw the rank of each benefit in each case, and the range it moves in with other sessions.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.ranks.benefit_ranks`.
    codes, cases, names
        Lines, panels (as the audience reads them), and the codes' names. Lines are put in the order of the
        middle rank over the cases shown.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    return _ranks(released, codes, cases, names, variant, thin=("low", "high"), thick=None)


@deferred
def rank_ranges(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw the reported rank of each benefit in each case with the ranks under all specifications.

    Parameters
    ----------
    released
        The released ranks of `twinbenefits.analysis.robustness.robustness`.
    codes, cases, names, variant
        As for :func:`benefit_ranks`.
    """
    return _ranks(released, codes, cases, names, variant, thin=("best", "worst"), thick=("low", "high"))


def _ranks(
    released: Released,
    codes: Sequence[str],
    cases: Sequence[str],
    names: Mapping[str, str],
    variant: Variant,
    *,
    thin: tuple[str, str],
    thick: tuple[str, str] | None,
) -> Figure:
    if not len(codes) or not len(cases):
        return nothing_to_draw("there is no case, or no benefit to rank", variant)
    table = released.table
    table = table.assign(**{name: pd.to_numeric(table[name]) for name in ("rank", *thin, *(thick or ()))})
    middle = table.groupby("code")["rank"].median()
    place = {code: number for number, code in enumerate(codes)}
    ordered = sorted(codes, key=lambda code: (_last(middle.get(code)), place[code]))
    most = float(np.nanmax([len(codes), *table[thin[1]].dropna().tolist()]))
    (ordered, cases), cut = legible(variant, benefits=ordered, cases=cases)
    with styled(variant):
        figure = new_figure("double", 32 + 4.9 * max(len(ordered), 3), variant)
        panels = figure.subplots(1, len(cases), sharey=True, squeeze=False)[0]
        for axes, case in zip(panels, cases, strict=True):
            rows = {str(row["code"]): row for row in table[table["case"] == case].to_dict("records")}
            _panel(axes, case, ordered, rows, most, thin, thick)
        panels[0].set_yticks(range(len(ordered)), [benefit_label(code, names, 40) for code in ordered])
        panels[0].set_ylim(len(ordered) - 0.4, -0.8)
        panels[len(panels) // 2].set_xlabel("rank by share of the talk about benefits (1: the most)")
        figure.legend(handles=_legend(table, thick is not None), loc="outside lower center", ncols=3)
        say_cut(figure, cut)
        return figure


def _last(value: Any) -> float:
    return np.inf if value is None or pd.isna(value) else float(value)


def _panel(
    axes: Axes,
    case: str,
    codes: Sequence[str],
    rows: Mapping[str, Mapping[Any, Any]],
    most: float,
    thin: tuple[str, str],
    thick: tuple[str, str] | None,
) -> None:
    axes.set_title(textwrap.fill(case, 16))
    axes.set_xlim(most + 0.9, 0.1)
    axes.set_xticks([1, *[tick for tick in (5, 10, 15, 20) if tick <= most]])
    axes.grid(axis="x", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    if not rows or all(row["withheld"] for row in rows.values()):
        say_withheld(axes, rows)
        return
    for line, code in enumerate(codes):
        row = rows.get(code)
        if row is None or row["withheld"] or pd.isna(row["rank"]):
            say_missing(axes, most, line, _why(row))
            continue
        if not pd.isna(row[thin[0]]):
            axes.plot([row[name] for name in thin], [line, line], color=_BLUE, linewidth=0.9)
        if thick is not None and not pd.isna(row[thick[0]]):
            ends = [row[name] for name in thick]
            axes.plot(ends, [line, line], color=_SKY, linewidth=3.4, solid_capstyle="butt", zorder=1)
        axes.plot(
            [row["rank"]], [line], marker="D" if row["rank"] <= 1 else "o", markersize=4.6, zorder=3,
            markerfacecolor=_BLUE, markeredgecolor=INK, markeredgewidth=0.6,
        )  # fmt: skip


def _why(row: Mapping[Any, Any] | None) -> str:
    if row is None or row["withheld"]:
        return "withheld"
    return "not asked" if str(row["reason"]).startswith("not asked") else "cannot be told"


def _legend(table: pd.DataFrame, by_specification: bool) -> list[Line2D]:
    kinds = set(table["range_from"].dropna()) if "range_from" in table else set()
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=4.6, markerfacecolor=_BLUE,
               markeredgecolor=INK, markeredgewidth=0.6, label="rank as reported"),
        Line2D([], [], linestyle="none", marker="D", markersize=4.6, markerfacecolor=_BLUE,
               markeredgecolor=INK, markeredgewidth=0.6, label="first"),
    ]  # fmt: skip
    if by_specification:
        handles.append(Line2D([], [], color=_SKY, linewidth=3.4, label="middle 95 % of the specifications"))
        handles.append(Line2D([], [], color=_BLUE, linewidth=0.9, label="all specifications"))
    for words, label in (
        ("sessions resampled", "interval, sessions resampled"),
        ("one session left out in turn", "range with one session left out (no interval)"),
    ):
        if words in kinds:
            handles.append(Line2D([], [], color=_BLUE, linewidth=0.9, label=label))
    missing = table[(table["withheld"] != "") | table["rank"].isna()]
    return handles + missing_legend({_why(row) for row in missing.to_dict("records")})
