"""The benefits dependency network and the roadmap, drawn in layers from released results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from twinbenefits.analysis.dependency import LAYERS
from twinbenefits.analysis.dependency_layout import layered_layout
from twinbenefits.display.case_panels import legible, say_cut
from twinbenefits.display.deferred import deferred
from twinbenefits.display.layer_boxes import (
    ANY_NODE,
    LAYER_NAMES,
    LAYER_TINTS,
    Box,
    arrow,
    bow,
    draw_box,
    small,
    wrapped,
)
from twinbenefits.display.style import INK, MUTED, Variant, new_figure, styled
from twinbenefits.display.withheld import WITHHELD
from twinbenefits.evidence.release import Released

__all__ = ["SHOWN_GAPS", "dependency_network", "drawn_links", "roadmap_lanes"]

SHOWN_GAPS: Mapping[str, str] = {
    "no_business_change": "C",
    "no_owner": "O",
    "no_indicator": "I",
}
"""The gaps that are drawn beside a benefit, with the letter over their column."""

_GAP_FILL = {"nowhere": "white", "in some cases": "#F0B26B", "everywhere": "#B2182B"}
_COLOUR = {"enabler": "#0072B2", "enabling_change": "#009E73", "business_change": "#D55E00", "benefit": MUTED}
_WIDTH = 180.0
_COLUMNS = {"enabler": (13.0, 26.0), "enabling_change": (47.0, 28.0), "business_change": (83.0, 28.0),
            "benefit": (124.5, 37.0), "objective": (170.0, 20.0)}  # fmt: skip
_SQUARE, _PITCH = 2.0, 2.7
_MOST_NODES = {"": 28, "slide": 8}  # of a layer that fit a page or a slide
_MOST_MOVES = {"": 7, "slide": 2}  # of a lane, side by side


def drawn_links(released: Released, least_cases: int = 1) -> pd.DataFrame:
    """Return the links that may be shown and that enough companies have.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.dependency.network_links`.
    least_cases
        In how many companies a link must stand to be drawn.
    """
    table = released.table
    shown = table[table[WITHHELD] == ""]
    return shown[shown["in_cases"].astype(int) >= least_cases].reset_index(drop=True)


@deferred
def dependency_network(
    links: Released, gaps: Released, *, least_cases: int = 1, variant: Variant = ""
) -> Figure:
    """Draw the network from left to right in its layers, with what each benefit lacks.

    Three squares beside a benefit say in how many of the companies that have it a business change, an owner
    and an indicator are lacking. A benefit to which no drawn link leads has a dashed outline. Of very many
    links those in most companies are drawn.

    Parameters
    ----------
    links
        Released result of `twinbenefits.analysis.dependency.network_links`.
    gaps
        Released result of `twinbenefits.analysis.dependency_checks.benefit_gaps`.
    least_cases
        In how many companies a link must stand to be drawn.
    variant
        ``""`` for paper; a slide leaves out benefits to which no drawn link leads.
    """
    shown = drawn_links(links, least_cases)
    if variant == "slide":
        reached = shown.loc[shown["from_layer"].isin(LAYERS[:3]), "to_node"]
        shown = shown[(shown["from_layer"] != "benefit") | shown["from_node"].isin(reached)]
    by_companies = [*shown.sort_values("in_cases", ascending=False, kind="stable", key=pd.to_numeric).index]
    (strongest,), _ = legible(variant, links=by_companies)
    shown = shown.loc[sorted(strongest)]
    columns = _columns(shown, gaps.table, with_unlinked=variant == "")
    by_layer = {LAYER_NAMES[layer].lower(): nodes for layer, nodes in columns.items()}
    parts = {**by_layer, "links by companies": by_companies}
    (*kept, _), cut = legible(variant, _MOST_NODES[variant], **parts)
    columns = dict(zip(columns, kept, strict=True))
    lines = max([len(nodes) for nodes in columns.values()] + [4])
    height = 9.4 * lines + 10.0
    with styled(variant):
        figure = new_figure("double", height + 16.0, variant)
        axes = figure.subplots()
        axes.set_xlim(0, _WIDTH)
        axes.set_ylim(-2, height)
        axes.axis("off")
        if not any(columns.values()):
            words = "no link may be shown to these readers, or none stands in enough companies"
            axes.text(_WIDTH / 2, height / 2, words, ha="center", va="center", style="italic", color=MUTED)
            return figure
        boxes = _draw_columns(axes, columns, height - 10.0, shown, variant)
        for row in shown.to_dict("records"):
            _draw_link(axes, row, boxes)
        _draw_gaps(axes, gaps.table, boxes, height, variant)
        figure.legend(handles=_legend(shown), loc="outside lower center", ncols=3, handlelength=2.0)
        say_cut(figure, cut)
        return figure


def _columns(
    shown: pd.DataFrame, gaps: pd.DataFrame, *, with_unlinked: bool
) -> dict[str, list[tuple[str, str, bool]]]:
    """Return per layer its nodes from top to bottom: node, label, whether a drawn link touches it."""
    labels = {**dict(zip(gaps["node"], gaps["label"], strict=True)),
              **{row[f"{end}_node"]: row[f"{end}_label"]
                 for row in shown.to_dict("records") for end in ("from", "to")}}  # fmt: skip
    layout = layered_layout(shown)
    found = {
        layer: [(node, str(labels[node]), True) for node in layout.loc[layout["layer"] == layer, "node"]]
        for layer in LAYERS
    }
    placed = {node for nodes in found.values() for node, *_ in nodes}
    if with_unlinked:
        others = dict.fromkeys(str(node) for node in gaps["node"])
        found["benefit"] += [(node, str(labels[node]), False) for node in others if node not in placed]
    return found


def _draw_columns(
    axes: Axes,
    columns: Mapping[str, list[tuple[str, str, bool]]],
    height: float,
    shown: pd.DataFrame,
    variant: Variant,
) -> dict[str, Box]:
    """Draw the boxes of each layer under its name and return them by node."""
    reached = {*shown.loc[shown["from_layer"].isin(LAYERS[:3]), "to_node"]}
    boxes = {}
    for layer, nodes in columns.items():
        x, width = _COLUMNS[layer]
        axes.text(x, height + 6.5, LAYER_NAMES[layer], ha="center", va="center", fontweight="bold")
        step = height / max(len(nodes), 1)
        tall = min(step - 1.4, 8.2 if layer == "benefit" else 13.0)
        for place, (node, label, _) in enumerate(nodes):
            box = Box(x, height - (place + 0.5) * step, width, tall)
            name = label if layer == LAYERS[-1] else f"{label} ({node})"
            words = wrapped(name, int(width * (0.74 if variant == "" else 0.58)), 3)
            lone = layer == "benefit" and node not in reached
            draw_box(axes, box, words, fill=LAYER_TINTS[layer], dashed=lone, size=small(variant))
            boxes[node] = box
    return boxes


def _draw_link(axes: Axes, row: Mapping[Any, Any], boxes: Mapping[str, Box]) -> None:
    start, end = boxes.get(str(row["from_node"])), boxes.get(str(row["to_node"]))
    if start is None or end is None:
        return
    width = _thick(row["in_cases"])
    if end.x > start.x:
        colour = _COLOUR.get(str(row["from_layer"]), INK)
        beside = 0.8 + _PITCH * len(SHOWN_GAPS) + 0.5 if row["from_layer"] == "benefit" else 0.0
        leaves = (start.right[0] + beside, start.right[1])
        arrow(axes, leaves, end.left, colour=colour, width=width, alpha=0.75)
    else:
        bow(axes, start.right, end.right, 12.0, width=width, dashed=True)


def _draw_gaps(
    axes: Axes, gaps: pd.DataFrame, boxes: Mapping[str, Box], height: float, variant: Variant
) -> None:
    x, width = _COLUMNS["benefit"]
    first = x + width / 2 + 0.8
    for place, (check, letter) in enumerate(SHOWN_GAPS.items()):
        left = first + place * _PITCH
        axes.text(left + _SQUARE / 2, height - 8.6, letter, ha="center", va="center", fontsize=small(variant))
        for row in gaps[gaps["check"] == check].to_dict("records"):
            box = boxes.get(str(row["node"]))
            if box is None:
                continue
            hidden = bool(row[WITHHELD])
            axes.add_patch(
                Rectangle(
                    (left, box.y - _SQUARE / 2), _SQUARE, _SQUARE, edgecolor=INK, linewidth=0.5, zorder=3,
                    facecolor="#D9D9D9" if hidden else _GAP_FILL[str(row["found"])],
                    hatch="xxxxxx" if hidden else "",
                )
            )  # fmt: skip


def _legend(shown: pd.DataFrame) -> list[Line2D | Patch]:
    cases = sorted({int(number) for number in shown["in_cases"]})
    lines = [
        Line2D([], [], color=INK, linewidth=_thick(number), label=f"in {number} compan{_ies(number)}")
        for number in dict.fromkeys([*cases[:1], *cases[-1:]])
    ]
    squares = [
        Patch(facecolor=_GAP_FILL[found], edgecolor=INK, linewidth=0.5, label=words)
        for found, words in (
            ("nowhere", "lacking in no company"),
            ("in some cases", "lacking in some"),
            ("everywhere", "lacking in all with the benefit"),
        )
    ]
    lone = Patch(
        facecolor=LAYER_TINTS["benefit"],
        edgecolor=INK,
        linestyle=(0, (3, 2)),
        label="no drawn link leads here",
    )
    letters = "C change, O owner, I indicator"
    return [*lines, lone, *squares, Patch(facecolor="none", edgecolor="none", label=letters)]


def _thick(companies: Any) -> float:
    """Return the width of a line by the companies that have the link; from a dozen on it grows no further."""
    return 0.35 + 0.35 * min(int(companies), 12)


def _ies(number: int) -> str:
    return "y" if number == 1 else "ies"


@deferred
def roadmap_lanes(road: Released, links: Released, *, least_cases: int = 1, variant: Variant = "") -> Figure:
    """Draw the order of moves in lanes, one per layer; every arrow points to the right.

    Parameters
    ----------
    road
        Released result of `twinbenefits.analysis.roadmap.roadmap`.
    links
        Released result of `twinbenefits.analysis.dependency.network_links`.
    least_cases
        What the order was computed with: links in fewer companies are neither obeyed nor drawn.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    rows = road.table.to_dict("records")
    lanes = [lane for lane in LAYERS if any(row["lane"] == lane for row in rows)]
    depths = sorted({at for at in map(_depth, rows) if at is not None})
    cells: dict[tuple[str, int | None], list[Mapping[Any, Any]]] = {}
    for row in rows:
        cells.setdefault((str(row["lane"]), _depth(row)), []).append(row)
    side_by_side = max(cells.values(), key=len, default=[])
    _, cut = legible(variant, _MOST_MOVES[variant], **{"moves side by side": side_by_side})
    cells = {place: some[: _MOST_MOVES[variant]] for place, some in cells.items()}
    tall = {lane: max([len(cells.get((lane, at), ())) for at in (*depths, None)] + [1]) for lane in lanes}
    height = sum(tall.values()) * 12.5 + 4.0 * len(lanes)
    with styled(variant):
        figure = new_figure("double", max(height, 30.0) + 18.0, variant)
        axes = figure.subplots()
        axes.set_xlim(0, _WIDTH)
        axes.set_ylim(-9, max(height, 30.0))
        axes.axis("off")
        if not rows:
            words = "nothing before the benefits was told of"
            axes.text(_WIDTH / 2, 15, words, ha="center", va="center", style="italic", color=MUTED)
            return figure
        boxes = _draw_lanes(axes, lanes, depths, cells, tall, height, variant)
        for link in drawn_links(links, least_cases).to_dict("records"):
            start, end = boxes.get(str(link["from_node"])), boxes.get(str(link["to_node"]))
            if start is not None and end is not None and start is not end:
                width = _thick(link["in_cases"])
                if end.x > start.x:
                    arrow(axes, start.right, end.left, colour=_COLOUR[str(link["from_layer"])], width=width)
                else:
                    bow(axes, start.right, end.right, 6.0, width=width, dashed=True)
        say_cut(figure, cut)
        return figure


def _draw_lanes(
    axes: Axes,
    lanes: list[str],
    depths: list[int],
    cells: Mapping[tuple[str, int | None], list[Mapping[Any, Any]]],
    tall: Mapping[str, int],
    height: float,
    variant: Variant,
) -> dict[str, Box]:
    """Draw the lanes with the moves in them, and return the boxes by node."""
    places = [*depths, None] if any(at is None for _, at in cells) else depths
    step = (_WIDTH - 24.0) / max(len(places), 1)
    boxes = {}
    top = height
    for lane in lanes:
        deep = tall[lane] * 12.5 + 2.0
        axes.add_patch(Rectangle((0, top - deep), _WIDTH, deep, facecolor=LAYER_TINTS.get(lane, ANY_NODE),
                                 alpha=0.45, linewidth=0, zorder=0))  # fmt: skip
        axes.text(2.0, top - deep / 2, wrapped(LAYER_NAMES[lane], 10), va="center", fontweight="bold")
        for column, at in enumerate(places):
            inside = cells.get((lane, at), [])
            for line, row in enumerate(inside):
                y = top - deep / 2 + (len(inside) / 2 - line - 0.5) * 12.5
                box = Box(24.0 + (column + 0.5) * step, y, min(step - 8.0, 42.0), 11.0)
                draw_box(
                    axes, box, _move(row, box.width, variant), dashed=bool(row[WITHHELD]), size=small(variant)
                )
                boxes[str(row["node"])] = box
        top -= deep + 4.0
    for column, at in enumerate(places):
        words = f"after {at} steps" if at else "first" if at == 0 else "withheld"
        axes.text(
            24.0 + (column + 0.5) * step, -5.5, words.replace("1 steps", "1 step"), ha="center", va="center"
        )
    return boxes


def _move(row: Mapping[Any, Any], width: float, variant: Variant) -> str:
    step = "" if row[WITHHELD] else f"{int(row['step'])}. "
    name = wrapped(f"{step}{row['label']} ({row['node']})", int(width * (0.72 if variant == "" else 0.6)))
    if row[WITHHELD]:
        return f"{name}\nwithheld"
    reached = int(row["benefits"])
    return f"{name}\nleads to {reached} benefit{'' if reached == 1 else 's'}"


def _depth(row: Mapping[Any, Any]) -> int | None:
    return None if row[WITHHELD] or pd.isna(row["depth"]) else int(row["depth"])
