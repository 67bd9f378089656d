"""Mechanisms and the benefits they are told of for, as a network in columns."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.analysis.network import SERVES, network_graph, network_layout
from twinbenefits.display.salience_figures import nothing_to_draw
from twinbenefits.display.style import INK, MUTED, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["benefit_network"]

_BLUE, _GREY = "#0072B2", "#9A9A9A"


def benefit_network(
    released: Released,
    mechanisms: Sequence[str],
    benefits: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw mechanisms on the left and benefits on the right; the width of an edge tells its sessions.

    Benefits told of together are tied by bows on the right. The number of sessions stands beside each edge
    that is wide enough to be followed.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.network.benefit_network`.
    mechanisms, benefits
        Codes of the two columns, in the codebook's order.
    names
        Code to its name.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    graph = network_graph(released.table)
    if not graph.number_of_edges():
        hidden = (released.table["withheld"] != "").any()
        why = "edges are withheld or rest on too few sessions" if hidden else "no edge has the sessions"
        return nothing_to_draw(f"no edge is drawn: {why}", variant)
    place = network_layout(graph, [list(mechanisms), list(benefits)])
    longest = max(sum(code in graph for code in column) for column in (mechanisms, benefits))
    with styled(variant):
        figure = new_figure("double", 34 + 6.6 * max(longest, 4), variant)
        axes = figure.subplots()
        axes.axis("off")
        axes.set_xlim(-0.95, 2.35)
        axes.set_ylim(-0.06, 1.06)
        widest = max(int(held["sessions"]) for _, _, held in graph.edges(data=True))
        for one, other, held in sorted(graph.edges(data=True), key=lambda edge: edge[2]["sessions"]):
            _edge(axes, place[one], place[other], held, widest)
        for node, (x, y) in place.items():
            left = x < 0.5
            axes.plot([x], [y], marker="s" if left else "o", markersize=6, markeredgecolor=INK,
                      color="#E69F00" if left else _BLUE)  # fmt: skip
            words = textwrap.fill(f"{names.get(node, '')} ({node})", 36)
            shift = -0.04 if left else 0.04
            pad = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
            axes.text(x + shift, y, words, ha="right" if left else "left", va="center", bbox=pad)
        figure.legend(handles=_legend(graph), loc="outside lower center", ncols=2)
        return figure


def _edge(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], held: Mapping[str, Any], widest: int
) -> None:
    sessions = int(held["sessions"])
    width = 0.5 + 3.0 * sessions / widest
    if held["kind"] == SERVES:
        axes.plot([start[0], end[0]], [start[1], end[1]], color=_BLUE, alpha=0.55, linewidth=width, zorder=1)
        middle = (0.62 * start[0] + 0.38 * end[0], 0.62 * start[1] + 0.38 * end[1])
        axes.text(*middle, f"{sessions}", ha="center", va="center", fontsize="x-small", color=INK,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8})  # fmt: skip
        return
    bow = 0.12 + 0.5 * abs(start[1] - end[1])
    axes.annotate(
        "", xy=end, xytext=start, zorder=0,
        arrowprops={"arrowstyle": "-", "color": _GREY, "linewidth": width, "alpha": 0.5,
                    "connectionstyle": f"arc3,rad={0.35 * (1 if start[1] > end[1] else -1)}"},
    )  # fmt: skip
    axes.text(end[0] + 0.0 * bow, (start[1] + end[1]) / 2, "", color=MUTED)


def _legend(graph: nx.Graph) -> list[Line2D]:
    kinds = {held["kind"] for _, _, held in graph.edges(data=True)}
    handles = [
        Line2D([], [], marker="s", linestyle="none", color="#E69F00", markeredgecolor=INK, label="mechanism"),
        Line2D([], [], marker="o", linestyle="none", color=_BLUE, markeredgecolor=INK, label="benefit"),
    ]
    if SERVES in kinds:
        handles.append(Line2D([], [], color=_BLUE, linewidth=2, alpha=0.6,
                              label="mechanism told of for the benefit (sessions)"))  # fmt: skip
    if kinds - {SERVES}:
        handles.append(Line2D([], [], color=_GREY, linewidth=2, alpha=0.6, label="benefits told of together"))
    return handles
