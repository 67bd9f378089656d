"""Figure of the references that several claims share."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twinbenefits.display.deferred import deferred
from twinbenefits.display.mention import mention_text
from twinbenefits.display.style import GRID, INK, STATUS, Variant, legend_line, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["shared_references"]


@deferred
def shared_references(released: Released, *, variant: Variant = "") -> Figure:
    """Draw each reference that carries several claims as a row of marks joined by a line.

    A reference that would be shared only if a finding of the audit were accepted has hollow marks, a broken
    line and the id of the finding in its name.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.overlap.shared_references`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    units = table.drop_duplicates(["table", "code"]).reset_index(drop=True)
    column = {code: i for i, code in enumerate(units["code"])}
    shared = table[table["key"] != ""]
    lines = shared.drop_duplicates(["key", "if_accepted"]).sort_values("if_accepted", kind="stable")
    with styled(variant):
        figure = new_figure("double", 58 + 5.5 * len(lines), variant)
        axes = figure.subplots()
        for place, (_, line) in enumerate(lines.iterrows()):
            same = (shared["key"] == line["key"]) & (shared["if_accepted"] == line["if_accepted"])
            _draw(axes, sorted(column[code] for code in shared.loc[same, "code"]), place, line, variant)
        if lines.empty:
            axes.text(
                0.5, 0.5, "No work is named for so many claims.", transform=axes.transAxes,
                ha="center", va="center", bbox={"facecolor": "white", "edgecolor": "none"},
            )  # fmt: skip
        _name_lines(axes, lines)
        _name_claims(axes, units, wrap=26 if variant == "" else 20)
        marks = [mark for status, mark in STATUS.items() if (lines["status"] == status).any()]
        figure.legend(
            handles=[legend_line(mark, size=6) for mark in marks],
            loc="outside lower center",
            ncols=3,
        )
        return figure


def _draw(axes: Axes, columns: list[int], place: int, line: pd.Series, variant: Variant) -> None:
    mark = STATUS[str(line["status"])]
    supposed = bool(line["if_accepted"])
    axes.plot(
        columns, [place] * len(columns), color=INK, linewidth=1.2, linestyle=(0, (2, 2)) if supposed else "-",
        marker=mark.marker, markersize=7 if variant == "" else 11, markeredgecolor=INK, markeredgewidth=0.7,
        markerfacecolor="white" if supposed else mark.colour, zorder=3,
    )  # fmt: skip


def _name_lines(axes: Axes, lines: pd.DataFrame) -> None:
    names = [
        mention_text(as_written, key, status, cite=False)
        + (f",\nif finding {finding} is accepted" if finding else "")
        for as_written, key, status, finding in zip(
            lines["as_written"], lines["key"], lines["status"], lines["if_accepted"], strict=True
        )
    ]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)


def _name_claims(axes: Axes, units: pd.DataFrame, wrap: int) -> None:
    """Write the claims above the columns, and a rule between the two tables they come from."""
    axes.xaxis.tick_top()
    names = [textwrap.fill(name, wrap) for name in units["category"]]
    axes.set_xticks(range(len(units)), names, rotation=90, multialignment="left")
    axes.set_xlim(-0.5, len(units) - 0.5)
    axes.set_axisbelow(True)
    axes.grid(color=GRID, linewidth=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for start in units.index[units["table"] != units["table"].shift()][1:]:
        axes.axvline(start - 0.5, color=INK, linewidth=1.0)
