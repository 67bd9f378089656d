"""Figures of agreement: every code or family with its interval against the rule fixed beforehand."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import GRID, INK, MUTED, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["agreement"]

_ALPHA = "krippendorff_alpha"
_BLUE = "#0072B2"


@deferred
def agreement(
    released: Released,
    names: Mapping[str, str],
    *,
    thresholds: tuple[float, float],
    scope: str = "family",
    dots: Released | None = None,
    variant: Variant = "",
) -> Figure:
    """Draw alpha per family or code: a point with its interval, or one dot per session where there is none.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.coder_agreement.coder_agreement`.
    names
        Code to its name.
    thresholds
        The two values of the decision rule.
    scope
        ``"family"`` or ``"code"``.
    dots
        Released values per session.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    rows = table[(table["scope"] == scope) & (table["measure"] == _ALPHA)].reset_index(drop=True)
    sessions = (
        dots.table if dots is not None else pd.DataFrame(columns=["scope", "name", "measure", "estimate"])
    )
    sessions = sessions[(sessions["scope"] == scope) & (sessions["measure"] == _ALPHA)]
    with styled(variant):
        figure = new_figure("double", 26 + (5.2 if scope == "family" else 3.9) * max(len(rows), 3), variant)
        axes = figure.subplots()
        left = _left_end(rows, sessions)
        _rule(axes, thresholds)
        for place, row in enumerate(rows.to_dict("records")):
            mine = sessions.loc[sessions["name"] == row["name"], "estimate"].dropna()
            _line(axes, place, row, mine.to_numpy(dtype=float), left)
        axes.set_yticks(range(len(rows)), [_label(str(name), names) for name in rows["name"]])
        axes.set_ylim(len(rows) - 0.4, -0.9)
        axes.set_xlim(left, 1.04)
        axes.set_xlabel("Krippendorff's alpha, nominal")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        figure.legend(handles=_legend(rows, sessions), loc="outside lower center", ncols=3)
        return figure


def _left_end(rows: pd.DataFrame, sessions: pd.DataFrame) -> float:
    values = pd.concat([rows["low"], rows["estimate"], sessions["estimate"]]).astype(float).dropna()
    return min(0.0, float(np.floor(values.min() * 10) / 10) if len(values) else 0.0) - 0.04


def _rule(axes: Axes, thresholds: tuple[float, float]) -> None:
    for value in thresholds:
        axes.axvline(value, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.text(value, -0.95, f"{value:g}", ha="center", va="bottom")


def _line(axes: Axes, place: int, row: Mapping[object, object], dots: np.ndarray, left: float) -> None:
    value, low, high = (
        float(str(row[name])) if row[name] is not None else np.nan for name in ("estimate", "low", "high")
    )
    if row["withheld"] or np.isnan(value):
        words = f"withheld: {row['withheld']}" if row["withheld"] else str(row["reason"])
        axes.text(left + 0.01, place, words, va="center", style="italic", color=MUTED, fontsize="small")
        return
    if not np.isnan(low):
        axes.plot([low, high], [place, place], color=_BLUE, linewidth=1.4, solid_capstyle="butt")
    axes.plot(
        dots, np.full(len(dots), place), linestyle="none", marker="o", markersize=3,
        markerfacecolor="white", markeredgecolor=INK, markeredgewidth=0.6,
    )  # fmt: skip
    axes.plot(
        [value], [place], marker="D", markersize=4.5, color=_BLUE, markeredgecolor=INK, markeredgewidth=0.6
    )


def _label(name: str, names: Mapping[str, str]) -> str:
    words = names.get(name, "")
    return f"{words if len(words) <= 52 else words[:51].rstrip() + '…'}  {name}".strip()


def _legend(rows: pd.DataFrame, sessions: pd.DataFrame) -> list[Line2D]:
    point = Line2D([], [], marker="D", linestyle="none", color=_BLUE, markeredgecolor=INK, label="alpha")
    handles = [point]
    if rows["low"].notna().any():
        handles.append(Line2D([], [], color=_BLUE, linewidth=1.4, label="interval, sessions resampled"))
    if len(sessions):
        handles.append(
            Line2D(
                [],
                [],
                marker="o",
                linestyle="none",
                markerfacecolor="white",
                markeredgecolor=INK,
                markersize=4,
                label="one session",
            )
        )
    handles.append(Line2D([], [], color=INK, linewidth=0.8, linestyle=(0, (4, 3)), label="decision rule"))
    return handles
