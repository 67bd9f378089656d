"""Where the nodes of a layered network stand, so that a drawing is the same in every run."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pandas as pd

from twinbenefits.analysis.dependency import LAYERS

__all__ = ["crossings", "layered_layout", "network_depth"]

_SWEEPS = 12


def layered_layout(links: pd.DataFrame) -> pd.DataFrame:
    """Place the ends of links in columns, one per layer, ordered so that few links cross.

    Nodes are moved to the mean place of their neighbours, layer by layer, to and fro, and the order with the
    fewest crossings is kept (Sugiyama, Tagawa and Toda 1981, doi:10.1109/TSMC.1981.4308636). Ties go by the
    node's name, so equal links give equal places.

    Parameters
    ----------
    links
        The links that will be drawn: from_node, to_node, from_layer, to_layer. Give only released ones, or
        the places of the others would show where they are.

    Returns
    -------
    DataFrame
        node, layer, x (0 for the first layer, 1 for the last), y (the nodes of a layer share the height from
        0 at the bottom to 1 at the top evenly), in order of layer and from top to bottom.

    Examples
    --------
    >>> links = pd.DataFrame({"from_node": ["a", "b"], "to_node": ["z", "y"],
    ...                       "from_layer": "enabler", "to_layer": "benefit"})
    >>> layered_layout(links)[["node", "x", "y"]].values.tolist()
    [['a', 0.0, 0.75], ['b', 0.0, 0.25], ['z', 0.75, 0.75], ['y', 0.75, 0.25]]
    """
    layer_of = {
        str(node): str(layer)
        for end in ("to", "from")
        for node, layer in zip(links[f"{end}_node"], links[f"{end}_layer"], strict=True)
        if layer in LAYERS
    }
    edges = sorted(
        {
            (str(start), str(end))
            for start, end in zip(links["from_node"], links["to_node"], strict=True)
            if start in layer_of and end in layer_of and layer_of[str(start)] != layer_of[str(end)]
        }
    )
    orders = _ordered([sorted(n for n, at in layer_of.items() if at == layer) for layer in LAYERS], edges)
    rows = [
        (node, LAYERS[column], column / (len(LAYERS) - 1), 1.0 - share)
        for column, order in enumerate(orders)
        for node, share in _shares(order).items()
    ]
    return pd.DataFrame(rows, columns=["node", "layer", "x", "y"]).astype({"node": "str", "layer": "str"})


def crossings(layout: pd.DataFrame, links: pd.DataFrame) -> int:
    """Return how many pairs of links cross between neighbouring layers of a layout."""
    place = {node: (x, y) for node, x, y in zip(layout["node"], layout["x"], layout["y"], strict=True)}
    edges = {
        (place[start], place[end])
        for start, end in zip(links["from_node"], links["to_node"], strict=True)
        if start in place and end in place
    }
    return sum(
        1
        for ((ax, ay), (bx, by)), ((cx, cy), (dx, dy)) in combinations(sorted(edges), 2)
        if ax == cx and bx == dx and ax != bx and (ay - cy) * (by - dy) < 0
    )


def network_depth(graph: nx.DiGraph) -> dict[str, int]:
    """Return how many steps stand before each node at most; the nodes of a circle share one number.

    Examples
    --------
    >>> network_depth(nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")]))
    {'a': 0, 'b': 1, 'c': 2}
    """
    knots = nx.condensation(graph)
    depth: dict[int, int] = {}
    for knot in nx.topological_sort(knots):
        depth[knot] = max((depth[before] + 1 for before in knots.predecessors(knot)), default=0)
    found = {str(node): depth[knot] for node, knot in knots.graph["mapping"].items()}
    return dict(sorted(found.items()))


def _ordered(orders: list[list[str]], edges: list[tuple[str, str]]) -> list[list[str]]:
    """Return the order within each layer with the fewest crossings that the sweeps came across."""
    near: dict[str, list[str]] = {}
    for start, end in edges:
        near.setdefault(start, []).append(end)
        near.setdefault(end, []).append(start)
    column = {node: number for number, order in enumerate(orders) for node in order}
    best, fewest = orders, _crossed(orders, edges)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        orders = [*orders]
        numbers = range(len(orders)) if forwards else range(len(orders) - 1, -1, -1)
        for number in numbers:
            place = {node: at for order in orders for node, at in _shares(order).items()}
            wanted = {
                node: _mean(
                    [place[n] for n in near.get(node, []) if (column[n] < number) == forwards], place[node]
                )
                for node in orders[number]
            }
            orders[number] = sorted(orders[number], key=lambda node: (wanted[node], node))
        count = _crossed(orders, edges)
        if count < fewest:
            best, fewest = orders, count
    return best


def _shares(order: list[str]) -> dict[str, float]:
    return {node: (at + 0.5) / len(order) for at, node in enumerate(order)}


def _mean(places: list[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _crossed(orders: list[list[str]], edges: list[tuple[str, str]]) -> int:
    """Count crossings, also of links that pass over a layer, by the places of their ends."""
    at = {
        node: (number, share) for number, order in enumerate(orders) for node, share in _shares(order).items()
    }
    spans: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for start, end in edges:
        (first, y), (last, z) = sorted((at[start], at[end]))
        spans.setdefault((first, last), []).append((y, z))
    return sum(
        1 for group in spans.values() for (a, b), (c, d) in combinations(group, 2) if (a - c) * (b - d) < 0
    )
