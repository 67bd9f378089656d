"""Mechanisms and the benefits they are told of for, as a network in columns."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.analysis.network import SERVES, TOGETHER, network_graph, network_layout
from twinbenefits.display.case_panels import benefit_label, legible, nothing_to_draw, say_cut
from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import INK, MUTED, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["benefit_network"]

_BLUE, _GREY = "#0072B2", "#9A9A9A"


@deferred
def benefit_network(
    released: Released,
    mechanisms: Sequence[str],
    benefits: Sequence[str],
    names: Mapping[str, str],
    *,
    variant: Variant = "",
) -> Figure:
    """Draw mechanisms on the left and benefits on the right; the width of an edge tells its sessions.

    Benefits told of together are tied by bows. Nodes without an edge that is drawn are left out, and of very
    many edges those of fewer sessions.

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
    told = [[code for code in column if code in graph] for column in (mechanisms, benefits)]
    nodes, _ = legible(variant, mechanisms=told[0], benefits=told[1])
    among = graph.subgraph([node for column in nodes for node in column])
    links = sorted(among.edges(data="sessions"), key=lambda edge: (-edge[2], *edge[:2]))
    (*_, links), cut = legible(variant, mechanisms=told[0], benefits=told[1], **{"links by sessions": links})
    if cut:
        graph = among.edge_subgraph([(one, other) for one, other, _ in links])
    if not graph.number_of_edges():
        return nothing_to_draw("no edge is drawn between the first mechanisms and benefits", variant)
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
            words = _label(node, names, variant)
            shift = -0.04 if left else 0.04
            pad = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
            axes.text(x + shift, y, words, ha="right" if left else "left", va="center", bbox=pad)
        figure.legend(handles=_legend(graph, widest), loc="outside lower center", ncols=3)
        say_cut(figure, cut)
        return figure


def _label(node: str, names: Mapping[str, str], variant: Variant) -> str:
    words = f"{names.get(node, '')} ({node})"
    return textwrap.fill(words, 36) if variant == "" else benefit_label(node, names, 36)


def _edge(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], held: Mapping[str, Any], widest: int
) -> None:
    width = _width(int(held["sessions"]), widest)
    if held["kind"] == SERVES:
        axes.plot([start[0], end[0]], [start[1], end[1]], color=_BLUE, alpha=0.55, linewidth=width, zorder=1)
        return
    bow = 0.35 if start[1] > end[1] else -0.35
    line = {"arrowstyle": "-", "color": _GREY, "linewidth": width, "alpha": 0.6}
    axes.annotate(
        "", xy=end, xytext=start, zorder=0, arrowprops={**line, "connectionstyle": f"arc3,rad={bow}"}
    )


def _width(sessions: int, widest: int) -> float:
    return 0.5 + 3.5 * sessions / max(widest, 1)


def _legend(graph: nx.Graph, widest: int) -> list[Line2D]:
    """Return what nodes and edges mean, with the widths of the fewest and the most sessions."""
    kinds = {held["kind"] for _, _, held in graph.edges(data=True)}
    fewest = min(int(held["sessions"]) for _, _, held in graph.edges(data=True))
    handles = [
        Line2D([], [], marker="s", linestyle="none", color="#E69F00", markeredgecolor=INK, label="mechanism"),
        Line2D([], [], marker="o", linestyle="none", color=_BLUE, markeredgecolor=INK, label="benefit"),
    ]
    for kind, colour, words in (
        (SERVES, _BLUE, "told of for the benefit"),
        (TOGETHER, _GREY, "benefits told of together"),
    ):
        if kind in kinds:
            handles.append(Line2D([], [], color=colour, linewidth=2, alpha=0.6, label=words))
    handles += [
        Line2D([], [], color=MUTED, linewidth=_width(count, widest),
               label=f"{count} session{'' if count == 1 else 's'}")
        for count in dict.fromkeys((fewest, widest))
    ]  # fmt: skip
    return handles
