"""Figures of whether the data are enough, and which session should come next."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import GRID, INK, MUTED, Mark, Variant, new_figure, styled
from twinbenefits.display.withheld import EMPTY, number_text
from twinbenefits.evidence.release import Released

__all__ = ["new_codes", "next_data", "next_data_table"]

_GRAINS: Mapping[str, Mark] = {
    "code": Mark("codes", "#0072B2", "", "o"),
    "theme": Mark("themes (families of codes)", "#D55E00", "", "s"),
    "group": Mark("groups (roots of the codebook)", "#009E73", "", "^"),
}
_OPTIONS: Mapping[str, Mark] = {
    "same": Mark("more sessions in the same companies", "#0072B2", "", "o"),
    "new": Mark("a new company", "#D55E00", "", "D"),
}
_WHAT = {"code": "new codes", "theme": "new themes"}


@deferred
def new_codes(released: Released, *, variant: Variant = "") -> Figure:
    """Draw the codes found by the number of sessions, and what further sessions are expected to add.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.enough_data.new_codes_per_session`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    with styled(variant):
        figure = new_figure("double", 92, variant)
        axes = figure.subplots()
        for grain, mark in _GRAINS.items():
            _curve(axes, table[(table["grain"] == grain) & table["estimate"].notna()], mark)
        if not table["estimate"].notna().any():
            _nothing(axes, table)
        axes.set_xlabel("Sessions")
        axes.set_ylabel("Found, average over all orders of the sessions")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=3)
        return figure


@deferred
def next_data(released: Released, *, variant: Variant = "") -> Figure:
    """Draw what each option would bring per unit of cost, as a point with its range.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.enough_data.next_data`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    grains = [grain for grain in _WHAT if (table["grain"] == grain).any()]
    with styled(variant):
        figure = new_figure("double", 30 + 22 * len(grains), variant)
        axes = figure.subplots(len(grains), 1, squeeze=False)[:, 0]
        for one, grain in zip(axes, grains, strict=True):
            _options(one, table[table["grain"] == grain], grain)
        axes[-1].set_xlabel("Expected new per unit of cost; range with one company left out in turn")
        return figure


def next_data_table(released: Released) -> pd.DataFrame:
    """Return one line per option: what it would bring, at what cost, and what it might confirm.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.enough_data.next_data`.
    """
    lines = []
    for row in released.table.to_dict("records"):
        what = "codes" if row["grain"] == "code" else "themes"
        rests = "one session" if row["option"] == "same" else "one company"
        lines.append(
            {
                "Option": f"{_OPTIONS[str(row['option'])].label} ({what})".capitalize(),
                "Expected new [range]": _ranged(row, "expected_new", "low", "high"),
                "Cost": number_text(row["cost"], "g"),
                "New per cost [range]": _ranged(row, "gain_per_cost", "gain_low", "gain_high"),
                "Might confirm": f"{number_text(row['could_confirm'])} {what} that rest on {rests}",
            }
        )
    return pd.DataFrame(
        lines, columns=["Option", "Expected new [range]", "Cost", "New per cost [range]", "Might confirm"]
    )


def _curve(axes: Axes, rows: pd.DataFrame, mark: Mark) -> None:
    seen, beyond = rows[rows["part"] == "seen"], rows[rows["part"] == "beyond"]
    if seen.empty:
        return
    onward = pd.concat([seen.tail(1), beyond])
    for part, alpha in ((seen, 0.22), (onward, 0.12)):
        known = part[part["low"].notna()]
        axes.fill_between(
            known["sessions"],
            known["low"].astype(float),
            known["high"].astype(float),
            color=mark.colour,
            alpha=alpha,
            linewidth=0,
        )
    axes.plot(seen["sessions"], seen["estimate"], color=mark.colour, linewidth=1.5)
    axes.plot(onward["sessions"], onward["estimate"], color=mark.colour, linewidth=1.5, linestyle=(0, (4, 2)))
    last = seen.iloc[-1]
    axes.plot(
        [last["sessions"]],
        [last["estimate"]],
        marker=mark.marker,
        color=mark.colour,
        markeredgecolor=INK,
        markersize=6,
    )
    place = (last["sessions"], last["estimate"])
    shift = (0, -13 if mark is _GRAINS["group"] else 6)
    axes.annotate(f"{place[1]:.0f}", place, textcoords="offset points", xytext=shift, ha="center")


def _options(axes: Axes, rows: pd.DataFrame, grain: str) -> None:
    ends = rows[["gain_low", "gain_high", "gain_per_cost"]].astype(float).to_numpy()
    for place, row in enumerate(rows.to_dict("records")):
        mark = _OPTIONS[str(row["option"])]
        value = row["gain_per_cost"]
        if row["withheld"] or value is None or np.isnan(float(value)):
            words = f"withheld: {row['withheld']}" if row["withheld"] else str(row["reason"])
            axes.text(
                0.01,
                place,
                words,
                va="center",
                style="italic",
                color=MUTED,
                transform=axes.get_yaxis_transform(),
            )
            continue
        axes.plot(
            [row["gain_low"], row["gain_high"]],
            [place, place],
            color=mark.colour,
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
        )
        axes.plot([value], [place], marker=mark.marker, color=mark.colour, markeredgecolor=INK, markersize=7)
        axes.annotate(f"{value:.2f}", (value, place), textcoords="offset points", xytext=(0, 8), ha="center")
    top = np.nanmax(ends) if np.isfinite(ends).any() else 0.0
    end = top * 1.12 if top > 0 else 1.0
    axes.set_xlim(-0.03 * end, end)
    axes.set_yticks(range(len(rows)), [_OPTIONS[str(option)].label for option in rows["option"]])
    axes.set_ylim(len(rows) - 0.5, -0.7)
    axes.set_title(_WHAT[grain].capitalize(), loc="left", fontweight="bold")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)


def _nothing(axes: Axes, table: pd.DataFrame) -> None:
    reasons = [str(reason) for name in ("withheld", "reason") for reason in table[name].dropna() if reason]
    words = reasons[0] if reasons else "no session holds a code"
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", style="italic", color=MUTED, wrap=True)


def _legend() -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=mark.colour, marker=mark.marker, markeredgecolor=INK, label=mark.label)
        for mark in _GRAINS.values()
    ]
    handles.append(Line2D([], [], color=INK, label="the sessions held"))
    handles.append(Line2D([], [], color=INK, linestyle=(0, (4, 2)), label="beyond them, extrapolated"))
    handles.append(Patch(facecolor=MUTED, alpha=0.3, label="interval"))
    return handles


def _ranged(row: Mapping[object, object], name: str, low: str, high: str) -> str:
    value = row[name]
    if not isinstance(value, int | float) or np.isnan(value):
        return f"withheld: {row['withheld']}" if row["withheld"] else str(row["reason"] or EMPTY)
    return f"{number_text(value, '.2f')} [{number_text(row[low], '.2f')}, {number_text(row[high], '.2f')}]"
