"""Benefits and the mechanisms that serve them as a network, and where its nodes are drawn."""

from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, with_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.cooccurrence import segment_pairs
from twinbenefits.analysis.mechanisms import mechanism_rows
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result

__all__ = ["SERVES", "TOGETHER", "benefit_network", "network_graph", "network_layout"]

SERVES, TOGETHER = "serves", "told together"
_SWEEPS = 8  # the order of nodes settles within a few

_LIMITATIONS = (
    "An edge says that a mechanism was told of for a benefit, or two benefits together; it is no cause.",
    "Where a node stands has no meaning beyond its column.",
)


def benefit_network(
    coded: Coded, *, minimum_sessions: int = 2, mechanism: str = "mechanism", benefit: str = "benefit"
) -> Result:
    """Return the edges: mechanisms to the benefits they serve, and benefits told of together.

    Parameters
    ----------
    coded
        The coded evidence; several coders are resolved by ``"any"`` unless that was done before.
    minimum_sessions
        In so many sessions an edge must stand to be drawn.
    mechanism, benefit
        The two roles.

    Returns
    -------
    Result
        ``table``: source, target, kind (serves, told together), segments, sessions, drawn (whether it has the
        sessions), cases, persons, sources and the basis; every pair of codes without any below them, pooled.
    """
    resolved = resolve(coded)
    benefits, mechanisms = coded.leaves(benefit), coded.leaves(mechanism)
    serving = mechanism_rows(resolved, mechanism)
    serving = serving.assign(source_code=serving["mechanism"], target_node=serving["benefit"])
    together = segment_pairs(resolved, benefits)
    together = together.assign(source_code=together["first"], target_node=together["second"])
    behind = pd.concat([serving.assign(kind=SERVES), together.assign(kind=TOGETHER)], ignore_index=True)
    behind = behind.rename(columns={"source_code": "from_node", "target_node": "to_node"})
    pairs = [(one, other, SERVES) for one in mechanisms for other in benefits]
    pairs += [
        (one, other, TOGETHER) for number, one in enumerate(benefits) for other in benefits[number + 1 :]
    ]
    keys = ["from_node", "to_node", "kind"]
    index = (
        pd.MultiIndex.from_tuples(pairs, names=keys)
        if pairs
        else pd.MultiIndex.from_arrays([[]] * 3, names=keys)
    )
    grouped = behind.groupby(keys)
    table = index.to_frame(index=False).assign(
        segments=grouped["segment"].nunique().reindex(index, fill_value=0).to_numpy(),
        sessions=grouped["session"].nunique().reindex(index, fill_value=0).to_numpy(),
    )
    table["drawn"] = table["sessions"] >= max(minimum_sessions, 1)
    table = with_basis(table, behind, keys)
    cells = cells_of(table, keys, shown_basis=("cases", "persons", "sources"))
    return Result(table, coded.inputs, limitations=_LIMITATIONS, cells=cells)


def network_graph(edges: pd.DataFrame) -> nx.Graph:
    """Return the drawn edges as a graph.

    Parameters
    ----------
    edges
        The released table of :func:`benefit_network`; withheld edges and those with too few sessions are left
        out.
    """
    graph = nx.Graph()
    for row in edges.to_dict("records"):
        if row["drawn"] is not None and not pd.isna(row["drawn"]) and bool(row["drawn"]):
            graph.add_edge(
                row["from_node"],
                row["to_node"],
                kind=row["kind"],
                segments=int(row["segments"]),
                sessions=int(row["sessions"]),
            )
    return graph


def network_layout(graph: nx.Graph, columns: Sequence[Sequence[str]]) -> dict[str, tuple[float, float]]:
    """Return a place for each node: one column per group, each ordered so that edges cross little.

    The order comes from the middle of each node's neighbours, swept to and fro, ties by the order given; no
    chance is involved, so that the same graph is always drawn alike.

    Parameters
    ----------
    graph
        From :func:`network_graph`.
    columns
        Nodes from left to right; nodes that the graph lacks get no place.

    Returns
    -------
    dict
        Node to x and y, between 0 and 1.

    Examples
    --------
    >>> graph = nx.Graph([("m1", "b2"), ("m2", "b1")])
    >>> network_layout(graph, [["m1", "m2"], ["b1", "b2"]])
    {'m1': (0.0, 1.0), 'm2': (0.0, 0.0), 'b2': (1.0, 1.0), 'b1': (1.0, 0.0)}
    """
    layers = [[node for node in layer if node in graph] for layer in columns]
    given = {node: place for layer in columns for place, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        sequence = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for number in sequence:
            fixed = layers[number - 1] if sweep % 2 == 0 else layers[number + 1]
            layers[number] = _by_neighbours(layers[number], fixed, graph, given)
    return {
        node: (_spread(column, len(layers)), 1.0 - _spread(place, len(layer)))
        for column, layer in enumerate(layers)
        for place, node in enumerate(layer)
    }


def _by_neighbours(
    layer: Sequence[str], fixed: Sequence[str], graph: nx.Graph, given: Mapping[str, int]
) -> list[str]:
    """Return the nodes in the order of the middle of their neighbours in the fixed layer."""
    place = {node: number for number, node in enumerate(fixed)}
    middle = {}
    for number, node in enumerate(layer):
        beside = [place[other] for other in graph[node] if other in place]
        middle[node] = float(np.mean(beside)) if beside else float(number)
    return sorted(layer, key=lambda node: (middle[node], given[node]))


def _spread(place: int, many: int) -> float:
    return place / (many - 1) if many > 1 else 0.5
