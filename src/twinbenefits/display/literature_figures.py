"""Figures of the cited literature: when it appeared, and which claim it is named for."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy

from twinbenefits.display.deferred import deferred
from twinbenefits.display.mention import mention_text
from twinbenefits.display.style import (
    GRID,
    INK,
    MUTED,
    STATUS,
    Mark,
    Variant,
    legend_line,
    legend_patch,
    new_figure,
    styled,
)
from twinbenefits.evidence.release import Released

__all__ = ["evidence_matrix", "literature_over_time", "references_per_row"]

_YEAR = "Year in the author-year key"
# Lightness steps of one blue: readable in grey, and dark enough apart for one, two, three or more mentions.
_COUNTS = ListedColormap(["#d6e6f2", "#8fbfdd", "#3b8bc0", "#0b4f80"])


@deferred
def literature_over_time(released: Released, *, variant: Variant = "") -> Figure:
    """Draw the years of the cited works: bars by status above, mentions per claim and year below.

    A slide shows the bars alone, since the lower panel cannot be read from a distance.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.literature.literature_over_time`.
    variant
        ``""`` for paper, ``"slide"`` for slides.

    Raises
    ------
    ValueError
        When no work is cited: there is nothing to place in time.
    """
    table = released.table
    cited = table[table["key"] != ""].assign(year=lambda t: t["year"].astype(int))
    if cited.empty:
        raise ValueError("no work is cited, so there is no year to draw")
    years = np.arange(cited["year"].min(), cited["year"].max() + 1)
    with styled(variant):
        figure = new_figure("double", 128, variant)
        if variant == "slide":
            bars = figure.subplots()
            bars.set_xlabel(_YEAR)
        else:
            bars, heat = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.5])
            _claims_by_year(heat, table, cited, years)
            for axes, letter in ((bars, "a"), (heat, "b")):
                axes.set_title(letter, loc="left", fontweight="bold")
        bars.set_xticks(years, [str(year) for year in years])
        _bars_by_status(bars, cited.drop_duplicates("key"), years)
        figure.legend(handles=_status_legend(cited["status"]), loc="outside upper center", ncols=3)
        return figure


@deferred
def evidence_matrix(released: Released) -> Figure:
    """Draw every reference against every claim; own references are filled marks, inherited ones hollow.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.literature.evidence_matrix`.
    """
    table = released.table
    rows = table.drop_duplicates(["table", "row_id"]).reset_index(drop=True)
    cells = table[table["key"] != ""]
    cited = cells[cells["support"] == "own"].drop_duplicates("key")
    labels = [
        mention_text(as_written, key, status, cite=False)
        for as_written, key, status in zip(cited["as_written"], cited["key"], cited["status"], strict=True)
    ]
    with styled():
        figure = new_figure("double", 62 + 3.7 * len(labels), "")
        axes = figure.subplots()
        _grid(axes, len(rows), len(labels))
        _mark_cells(axes, cells, rows, list(cited["key"]))
        axes.set_yticks(range(len(labels)), labels)
        _name_claims(axes, figure, rows)
        _legend_of_cells(figure, cells)
        return figure


@deferred
def references_per_row(released: Released, *, variant: Variant = "") -> Figure:
    """Draw how many references each row of the tables names itself, by status.

    A row without any says so in words, since a missing bar is easily overlooked.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.literature.evidence_matrix`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    rows = table.drop_duplicates(["table", "row_id"]).reset_index(drop=True)
    own = table[table["support"] == "own"]
    counts = own.groupby(["table", "row_id", "status"]).size()
    with styled(variant):
        figure = new_figure("double", 20 + 6 * len(rows), variant)
        axes = figure.subplots()
        for place, row in enumerate(rows.to_dict("records")):
            of_row = {status: int(counts.get((row["table"], row["row_id"], status), 0)) for status in STATUS}
            _bar_of_row(axes, place, of_row)
        axes.set_yticks(range(len(rows)), _row_names(rows, 46))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        _rule_between_tables(axes, rows)
        axes.set_xlabel("References named in the row")
        axes.set_xlim(
            0, max(1, counts.groupby(level=["table", "row_id"]).sum().max() if len(counts) else 1) * 1.03
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(axis="y", length=0)
        figure.legend(handles=_status_legend(own["status"]), loc="outside lower center", ncols=3)
        return figure


def _bar_of_row(axes: Axes, place: int, counts: Mapping[str, int]) -> None:
    left = 0
    for status, n in counts.items():
        mark = STATUS[status]
        if n:
            axes.barh(
                place, n, left=left, height=0.72, color=mark.colour, hatch=mark.hatch, edgecolor=INK, lw=0.6
            )
        left += n
    if left == 0:
        axes.text(0.06, place, "none of its own", va="center", style="italic", color=MUTED)


def _row_names(rows: pd.DataFrame, width: int) -> list[str]:
    """Return row ids with the category where it starts; the rows below it carry the id alone."""
    first = ~rows.duplicated(["table", "code"])
    return [
        f"{textwrap.shorten(category, width, placeholder='…')}  {row}" if shown else row
        for category, row, shown in zip(rows["category"], rows["row_id"], first, strict=True)
    ]


def _status_legend(statuses: pd.Series) -> list[Patch]:
    return [legend_patch(mark) for status, mark in STATUS.items() if (statuses == status).any()]


def _bars_by_status(axes: Axes, works: pd.DataFrame, years: np.ndarray) -> None:
    base = np.zeros(len(years), dtype=int)
    for status, mark in STATUS.items():
        at = (
            works.loc[works["status"] == status, "year"]
            .value_counts()
            .reindex(years, fill_value=0)
            .to_numpy()
        )
        drawn = at > 0
        axes.bar(
            years[drawn], at[drawn], bottom=base[drawn], width=0.72,
            color=mark.colour, hatch=mark.hatch, edgecolor=INK, lw=0.6,
        )  # fmt: skip
        base = base + at
    for year, total in zip(years.tolist(), base.tolist(), strict=True):
        if total:
            axes.text(year, total + 0.15, str(total), ha="center", va="bottom")
    axes.set_ylim(0, base.max() * 1.18)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_ylabel("References")


def _claims_by_year(axes: Axes, table: pd.DataFrame, cited: pd.DataFrame, years: np.ndarray) -> None:
    units = table.drop_duplicates(["table", "code"])[["table", "code", "category"]].reset_index(drop=True)
    grid = cited.groupby(["code", "year"]).size().unstack(fill_value=0)
    grid = grid.reindex(index=units["code"], columns=years, fill_value=0)
    shades = np.ma.masked_equal(np.minimum(grid.to_numpy(), _COUNTS.N), 0)
    edges = np.append(years - 0.5, years[-1] + 0.5)
    axes.pcolormesh(
        edges, np.arange(len(units) + 1) - 0.5, shades, cmap=_COUNTS, vmin=0.5, vmax=_COUNTS.N + 0.5,
        edgecolors=GRID, linewidth=0.5,
    )  # fmt: skip
    for (row, column), n in np.ndenumerate(grid.to_numpy()):
        if n:
            axes.text(
                float(years[column]), row, str(n), ha="center", va="center", color="white" if n > 2 else INK
            )
    axes.set_yticks(range(len(units)), [textwrap.fill(name, 34) for name in units["category"]])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    _rule_between_tables(axes, units)
    axes.set_xlabel(f"{_YEAR}; numbers in the cells are mentions")


def _rule_between_tables(axes: Axes, rows: pd.DataFrame) -> None:
    for start in rows.index[rows["table"] != rows["table"].shift()][1:]:
        axes.axhline(start - 0.5, color=INK, linewidth=1.0)


def _grid(axes: Axes, columns: int, lines: int) -> None:
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(lines - 0.5, -0.5)
    axes.set_axisbelow(True)
    axes.grid(color=GRID, linewidth=0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _mark_cells(axes: Axes, cells: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> None:
    column = {(t, r): i for i, (t, r) in enumerate(zip(rows["table"], rows["row_id"], strict=True))}
    line = {key: i for i, key in enumerate(keys)}
    for status, mark in STATUS.items():
        for support in ("own", "inherited"):
            found = cells[(cells["status"] == status) & (cells["support"] == support)]
            axes.plot(
                [column[t, r] for t, r in zip(found["table"], found["row_id"], strict=True)],
                [line[key] for key in found["key"]],
                linestyle="none", marker=mark.marker, markersize=6, markeredgecolor=INK, markeredgewidth=0.6,
                markerfacecolor=mark.colour if support == "own" else "white",
                alpha=1 if support == "own" else 0.55,
            )  # fmt: skip


def _name_claims(axes: Axes, figure: Figure, rows: pd.DataFrame) -> None:
    """Write ids along the top edge and the categories above them, with a rule per category."""
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(rows)), rows["row_id"])
    # In points above the axes, so that few or many references leave the same room for the ids.
    rule, name = (
        offset_copy(axes.get_xaxis_transform(), fig=figure, y=points, units="points") for points in (15, 18)
    )
    for _, group in rows.groupby(["table", "code"], sort=False):
        first, last = int(group.index[0]), int(group.index[-1])
        axes.plot(
            [first - 0.35, last + 0.35], [1, 1], color=INK, linewidth=0.8, transform=rule, clip_on=False
        )
        alone = first == last
        axes.text(
            (first + last) / 2, 1, textwrap.fill(str(group["category"].iloc[0]), 24 if alone else 20),
            transform=name, ha="center", va="bottom", rotation=90 if alone else 0,
        )  # fmt: skip


def _legend_of_cells(figure: Figure, cells: pd.DataFrame) -> None:
    statuses = set(cells["status"])
    handles = [legend_line(mark, size=6) for status, mark in STATUS.items() if status in statuses]
    if (cells["support"] == "inherited").any():
        inherited = Mark("inherited from the category (hollow)", "#FFFFFF", "", "o")
        handles.append(legend_line(inherited, hollow=True, size=6))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
