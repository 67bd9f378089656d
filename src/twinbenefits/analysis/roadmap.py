"""In which order to move: nothing before what enables it, then by depth, or by impact and effort if voted."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.dependency import LAYERS, DependencyNetwork
from twinbenefits.analysis.dependency_layout import network_depth
from twinbenefits.analysis.dependency_reach import reached_benefits
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.evidence.cells import BASIS, Cells

__all__ = ["move_votes", "roadmap"]

IMPACT, EFFORT = "importance", "effort"
"""The scales of the voting sheet by which moves are ordered."""

BY_VOTES, BY_DEPTH = "votes", "depth"


def move_votes(votes: pd.DataFrame, items: pd.DataFrame, voters: pd.DataFrame) -> pd.DataFrame:
    """Return how each move was judged in the last round of the last workshop that voted on it.

    Votes on an earlier wording of a move, votes that a later one corrects, and "not my field" do not count.

    Parameters
    ----------
    votes, items, voters
        The tables of these names. Items of the kind ``move`` refer to a code.

    Returns
    -------
    DataFrame
        code, impact and effort (medians; missing where nobody voted on that scale), voters, and on what it
        rests: each voter counts as a person and a source, and each vertical as a company.
    """
    moves = items[items["kind"] == "move"].sort_values("version").drop_duplicates("item", keep="last")
    code, version = (dict(zip(moves["item"], moves[name], strict=True)) for name in ("refers_to", "version"))
    valid = votes[~votes["vote"].isin({*votes["corrects"]} - {""}) & votes["item"].isin(code)]
    valid = valid[valid["item_version"] == valid["item"].map(version)]
    last = valid.groupby("item")["recorded_on"].transform("max")
    valid = valid[valid["recorded_on"] == last]
    valid = valid[valid["round"] == valid.groupby("item")["round"].transform("max")]
    valid = valid[valid["value"].notna() & valid["scale"].isin([IMPACT, EFFORT])]
    columns = ["code", "impact", "effort", "voters", *BASIS]
    if valid.empty:
        return pd.DataFrame(columns=columns)
    valid = valid.assign(code=valid["item"].map(code), value=valid["value"].astype(float))
    valid = valid.merge(voters[["voter", "vertical", "consent_level"]], on="voter", how="inner")
    medians = valid.pivot_table(index="code", columns="scale", values="value", aggfunc="median")
    grouped = valid.groupby("code")
    persons = grouped["voter"].nunique()
    table = pd.DataFrame(
        {
            "impact": medians.get(IMPACT),
            "effort": medians.get(EFFORT),
            "voters": persons,
            "cases": grouped["vertical"].nunique(),
            "persons": persons,
            "sources": persons,
            "level": grouped["consent_level"].min(),
        },
        index=persons.index,
    )
    return table.rename_axis("code").reset_index()[columns]


def roadmap(network: DependencyNetwork, votes: pd.DataFrame | None = None, *, least_cases: int = 1) -> Result:
    """Order what must be in place and be done; no move stands before one that enables it.

    Parameters
    ----------
    network
        The network. Moves are the nodes of the layers before the benefits.
    votes
        What :func:`move_votes` returns. Without it, and for a move that nobody voted on, depth in the
        network decides, then the number of benefits that the move leads to.
    least_cases
        A link is obeyed when so many companies have it. Give 2 where what one company does may not be shown.

    Returns
    -------
    Result
        One row per move in order: step, node, label, lane (its layer), depth, benefits (those that some
        company's own links lead to), impact, effort, voters, ordered_by, together_with (moves that enable one
        another in a circle and so stand side by side). Scalars: ``moves``, ``moves_voted_on``, ``steps_deep``
        (how many steps stand before the last moves).
    """
    nodes = network.in_layer(*LAYERS[:3])
    moves = _obeyed(network, least_cases).subgraph(nodes)
    depth, judged = network_depth(moves), _judged(votes)
    reach = {node: len(found) for node, found in reached_benefits(network, nodes).items()}
    order = _order(moves, depth, reach, judged)
    label = dict(zip(network.nodes["node"], network.nodes["label"], strict=True))
    knots = {node: sorted(knot) for knot in nx.strongly_connected_components(moves) for node in knot}
    rows = [
        {
            "step": step, "node": node, "label": label[node], "lane": network.layer(node),
            "depth": depth[node], "benefits": reach[node],
            **{name: judged.get(node, {}).get(name) for name in ("impact", "effort", "voters")},
            "ordered_by": BY_VOTES if _gain(judged, node) is not None else BY_DEPTH,
            "together_with": ";".join(other for other in knots[node] if other != node),
        }
        for step, node in enumerate(order, 1)
    ]  # fmt: skip
    shown = ("step", "depth", "benefits", "impact", "effort", "voters", "ordered_by", "together_with")
    table = pd.DataFrame(rows, columns=["node", "label", "lane", *shown])
    table = table.astype({"impact": "Float64", "effort": "Float64", "voters": "Int64"})
    evidence = network.evidence.rename(columns={"from_node": "node"})
    evidence = evidence[(evidence["segment"] != "") & evidence["node"].isin(nodes)]
    table = _weakest(with_segments(table, evidence, ["node"]), votes)
    about = pooled_basis(evidence)
    voted = int((table["ordered_by"] == BY_VOTES).sum())
    note = "No votes yet: the order follows the network alone." if not voted else ""
    return Result(
        table=table[["node", "label", "lane", *shown, *BASIS]],
        inputs=(*network.inputs, *(() if votes is None else ("votes", "items", "voters"))),
        scalars={
            "moves": Scalar(len(table), unit="moves", basis=about),
            "moves_voted_on": Scalar(voted, n=len(table), unit="moves", basis=about),
            "steps_deep": Scalar(max(depth.values(), default=0), n=len(table), unit="steps", basis=about),
        },
        limitations=tuple(
            sentence
            for sentence in (
                note,
                "The order says what waits for what, not how long anything takes or whether it pays.",
            )
            if sentence
        ),
        cells=Cells(dimensions=("node",), shown=shown),
    )


def _obeyed(network: DependencyNetwork, least_cases: int) -> nx.DiGraph:
    """Return the links that enough companies have."""
    pairs = network.evidence.groupby(["from_node", "to_node"])["case"].nunique()
    graph = nx.DiGraph()
    graph.add_nodes_from(network.nodes["node"])
    graph.add_edges_from(sorted(pairs[pairs >= least_cases].index))
    return graph


def _judged(votes: pd.DataFrame | None) -> dict[str, Mapping[str, float]]:
    if votes is None:
        return {}
    columns = ["impact", "effort", "voters"]
    return {
        str(code): {
            name: float(value) for name, value in zip(columns, values, strict=True) if pd.notna(value)
        }
        for code, *values in votes[["code", *columns]].itertuples(index=False, name=None)
    }


def _gain(judged: Mapping[str, Mapping[str, float]], node: str) -> float | None:
    """Return impact less effort, or None for a move that was not judged on both."""
    marks = judged.get(node, {})
    return marks["impact"] - marks["effort"] if "impact" in marks and "effort" in marks else None


def _order(
    moves: nx.DiGraph,
    depth: Mapping[str, int],
    reach: Mapping[str, int],
    judged: Mapping[str, Mapping[str, float]],
) -> list[str]:
    """Return the moves; of those that wait for nothing, the most wanted goes first."""

    def wanted(node: str) -> tuple[bool, float, int, int, str]:
        gain = _gain(judged, node)
        return (gain is None, -(gain or 0.0), depth[node], -reach[node], node)

    knots = nx.condensation(moves)
    members = {knot: sorted(knots.nodes[knot]["members"], key=wanted) for knot in knots}
    ordered = nx.lexicographical_topological_sort(knots, key=lambda knot: wanted(members[knot][0]))
    return [node for knot in ordered for node in members[knot]]


def _weakest(table: pd.DataFrame, votes: pd.DataFrame | None) -> pd.DataFrame:
    """Let each row rest on the weaker of its evidence and its votes."""
    if votes is None or votes.empty:
        return table
    other = votes.set_index("code").reindex(table["node"])
    for name in BASIS:
        theirs = other[name].to_numpy()
        table[name] = [
            mine if pd.isna(vote) else min(int(mine), int(vote))
            for mine, vote in zip(table[name], theirs, strict=True)
        ]
    return table
