"""Rules of the links of the dependency network: within a case they never go round."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from twinbenefits.evidence.rules import Finding, Rule, Tables

__all__ = ["LINK_RULES", "circles"]


def circles(links: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return one shortest circle for every knot of ends that lead to one another.

    Examples
    --------
    >>> circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    [('a', 'b', 'c', 'a')]
    >>> circles([("a", "a")])
    [('a', 'a')]
    """
    import networkx as nx  # late: most tables have no links, and importing it takes a tenth of a second

    graph: Any = nx.DiGraph(list(links))
    found = []
    for knot in nx.strongly_connected_components(graph):
        first = min(knot)
        if graph.has_edge(first, first):
            found.append((first, first))
        elif len(knot) > 1:
            inside = graph.subgraph(sorted(knot))
            back = nx.single_target_shortest_path(inside, first)
            ways = [back[node] for node in sorted(inside.successors(first))]
            found.append((first, *min(ways, key=lambda way: (len(way), way))))
    return sorted(found)


def links_do_not_go_round(tables: Tables) -> list[Finding]:
    """Hold the links of a case to a direction: none leads back to where it starts, over whatever others."""
    links = tables["links"]
    columns = [links[name].astype(str) for name in ("case", "from_node", "to_node", "link")]
    rows = list(zip(links.index.tolist(), *columns, strict=True))
    told = []
    for case in sorted({row[1] for row in rows}):
        steps = [(place, (start, end), link) for place, where, start, end, link in rows if where == case]
        for circle in circles(step for _, step, _ in steps):
            round_about = {*pairwise(circle)}
            guilty = [(place, link) for place, step, link in steps if step in round_about]
            places, names = (", ".join(str(part) for part in parts) for parts in zip(*guilty, strict=True))
            rule = f"the links {names} of case {case} go round in a circle (rows {places})"
            told.append(
                Finding(guilty[0][0], "to_node", " → ".join(circle), rule, "Delete a link, or turn it round.")
            )
    return told


LINK_RULES = (Rule("links", {"links": ("link", "case", "from_node", "to_node")}, links_do_not_go_round),)
"""Rules of links."""
