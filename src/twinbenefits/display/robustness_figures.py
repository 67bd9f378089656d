"""Robustness: the curve over all specifications of one conclusion, and what turns conclusions over."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.display.case_panels import nothing_to_draw
from twinbenefits.display.deferred import deferred
from twinbenefits.display.proposition_tables import choice_words, share_words
from twinbenefits.display.style import GRID, INK, MUTED, Variant, new_figure, styled
from twinbenefits.display.withheld import EMPTY, number_text
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import Released

__all__ = ["conclusions_held", "flips", "specification_curve"]

_AXES: Mapping[str, str] = {
    "version": "reading",
    "left_out": "left out",
    "merge": "counted as one",
    "threshold": "present from",
    "measure": "ordered by",
}
_BLUE, _ORANGE = "#0072B2", "#E69F00"
_MOST_CHOICES = 8


@deferred
def specification_curve(released: Released, what: str, *, variant: Variant = "") -> Figure:
    """Draw in which specifications a conclusion holds, and under each choice in what share of them.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.robustness.specification_curve`.
    what
        The conclusion in words.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    shown = table[(table["withheld"] == "") & table["holds"].notna()]
    if shown.empty:
        reasons = [str(reason) for reason in table["withheld"].unique() if reason]
        why = f"withheld: {reasons[0]}" if reasons else "cannot be said under any specification"
        return nothing_to_draw(f"{what}: {why}", variant)
    holds = shown["holds"].astype(bool).to_numpy()
    lines = _choices(shown)
    with styled(variant):
        figure = new_figure("double", 42 + 3.9 * len(lines), variant)
        above, below = figure.subplots(2, 1, height_ratios=[1, max(len(lines), 4) / 4.5])
        _bar(above, holds, what)
        _shares(below, lines, float(holds.mean()))
        figure.legend(handles=_legend(), loc="outside lower center", ncols=3)
        return figure


def flips(choices: Released, most: int = 25) -> pd.DataFrame:
    """Return which single choice turns which conclusions over, the choice with most conclusions first.

    Parameters
    ----------
    choices
        The released choices of `twinbenefits.analysis.robustness.robustness`.
    most
        How many choices are listed.
    """
    table = choices.table
    told = table[(table["withheld"] == "") & (table["case"] != ALL) & (table["conclusion"] != _EVERYWHERE)]
    turned = told[told["holds_alone"].astype(object) == False]  # noqa: E712
    columns = ["Choice", "Conclusions turned over", "Which"]
    lines = []
    for (axis, choice), part in turned.groupby(["axis", "choice"], sort=False):
        named = [_named(row) for row in part.to_dict("records")]
        words = "; ".join(named[:4]) + (f"; {len(named) - 4} more" if len(named) > 4 else "")
        lines.append((len(named), {
            "Choice": choice_words(str(axis), str(choice), str(part["case"].iloc[0])),
            "Conclusions turned over": f"{len(named)}", "Which": words,
        }))  # fmt: skip
    lines.sort(key=lambda line: -line[0])
    rows = [row for _, row in lines[:most]]
    nothing = dict(zip(columns, ("*none*", "0", "no single choice turns a conclusion over"), strict=True))
    return pd.DataFrame(rows or [nothing], columns=columns)


def conclusions_held(counted: Released, redrawn: Released) -> pd.DataFrame:
    """Return per kind of conclusion how many hold always, how many one choice flips, and how many redrawn.

    Parameters
    ----------
    counted
        Released result of `twinbenefits.analysis.comparison.conclusions_held`.
    redrawn
        Released result of `twinbenefits.analysis.misclassification.misclassification`.
    """
    again = redrawn.table
    again = again[(again["withheld"] == "") & (again["case"] != ALL)]
    share = pd.to_numeric(again["share"]).groupby(again["conclusion"]).agg(["min", "median"])
    lines = []
    for row in counted.table.to_dict("records"):
        kind = str(row["conclusion"])
        drawn = share.loc[kind] if kind in share.index else {"min": np.nan, "median": np.nan}
        lines.append(
            {
                "Conclusions": kind,
                "Number": number_text(row["listed"]),
                "Under every specification": number_text(row["always"]),
                "Turned over by one choice": number_text(row["flipped"]),
                "Share of specifications, median [least]": _pair(row["middle"], row["least"]),
                "Share of redrawn codings, median [least]": _pair(drawn["median"], drawn["min"]),
            }
        )
    columns = [
        "Conclusions", "Number", "Under every specification", "Turned over by one choice",
        "Share of specifications, median [least]", "Share of redrawn codings, median [least]",
    ]  # fmt: skip
    return pd.DataFrame(lines or [dict.fromkeys(columns, EMPTY)], columns=columns)


_EVERYWHERE = "present in all cases"


def _pair(middle: Any, least: Any) -> str:
    words = number_text(middle, ".0%")
    return words if words == EMPTY else f"{words} [{number_text(least, '.0%')}]"


def _named(row: Mapping[Any, Any]) -> str:
    code = str(row["code"] or "")
    return f"{code} {row['conclusion']} in {row['case']}" if code else f"which is first in {row['case']}"


def _choices(shown: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Return axis, choice and share for every choice; of long axes those furthest from the whole."""
    whole = float(shown["holds"].astype(bool).mean())
    lines: list[tuple[str, str, float]] = []
    for axis in _AXES:
        share = shown["holds"].astype(float).groupby(shown[axis], sort=False).mean()
        names = list(share.index)
        if len(names) > _MOST_CHOICES:
            far = (share - whole).abs().sort_values(ascending=False, kind="stable").index[: _MOST_CHOICES - 1]
            names = [name for name in names if name in set(far) or name == names[0]]
        lines += [(axis, str(name), float(share[name])) for name in names]
    return lines


def _bar(axes: Axes, holds: np.ndarray, what: str) -> None:
    """Draw the specifications side by side, those in which it holds first."""
    share = float(holds.mean())
    axes.axvspan(0, share, color=_BLUE, linewidth=0)
    axes.axvspan(share, 1, color=_ORANGE, linewidth=0, hatch="////")
    axes.set_xlim(0, 1)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_xticks([0, share, 1], ["", share_words(share), ""])
    axes.set_title(f"{what}: holds in {share_words(share)} of {len(holds)} specifications", loc="left")


def _shares(axes: Axes, lines: Sequence[tuple[str, str, float]], whole: float) -> None:
    axes.axvline(whole, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    last = ""
    for place, (axis, _, share) in enumerate(lines):
        if axis != last and place:
            axes.axhline(place - 0.5, color=GRID, linewidth=0.8)
        last = axis
        axes.plot([whole, share], [place, place], color=MUTED, linewidth=0.7)
        axes.plot([share], [place], marker="o", markersize=4, color=_BLUE, markeredgecolor=INK)
    names = [_line_name(axis, choice) for axis, choice, _ in lines]
    axes.set_yticks(range(len(lines)), names)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(-0.03, 1.03)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.set_xlabel("share of the specifications with this choice in which the conclusion holds")
    axes.tick_params(axis="y", length=0)


def _line_name(axis: str, choice: str) -> str:
    words = choice.replace("preferred ", "coder ")
    if axis == "left_out" and choice.startswith("session ") and len(choice) > _LONG:
        words = f"session {choice[-4:]}"
    if axis == "threshold":
        words += " segment" if choice == "1" else " segments"
    return f"{_AXES[axis]}: {words}"


_LONG = 20  # longer names stand for sessions that these readers may not know; their end tells them apart


def _legend() -> list[Any]:
    return [
        Line2D([], [], marker="s", linestyle="none", color=_BLUE, markersize=6, label="holds"),
        Line2D([], [], marker="s", linestyle="none", color=_ORANGE, markersize=6, label="does not hold"),
        Line2D([], [], color=INK, linewidth=0.8, linestyle=(0, (4, 3)), label="over all specifications"),
    ]
