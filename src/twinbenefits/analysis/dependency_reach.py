"""Which enablers and changes carry most benefits, and how much that depends on the sessions heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import networkx as nx
import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.dependency import LAYERS, DependencyNetwork
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.analysis.session_bootstrap import percentile_intervals, resampled_sums, session_draws
from twinbenefits.evidence.cells import BASIS, Basis, Cells

__all__ = ["benefits_carried", "benefits_per_session", "reached_benefits"]

_LEVEL = 0.95


def benefits_carried(
    network: DependencyNetwork,
    *,
    minimum_sessions: int,
    layer: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Result:
    """Order what must be in place or be done by how many benefits it leads to.

    ``benefits`` counts the different benefits that can be reached within the companies, each company by its
    own links: a path that only several companies together make is none. How firm it is shows in two ways. The
    number is given again with each session left out (``least``). And the mean number of benefits that one
    session ties to it has an interval from resampled sessions; the count itself has none, since a resample
    can lose benefits and never gain one, so that its interval would lie below it.

    Parameters
    ----------
    network
        The network.
    minimum_sessions
        With fewer sessions no interval is given; one dot per session stands in its place
        (:func:`benefits_per_session`). A threshold of the study, from its rules.
    layer
        Only nodes of this layer; all layers before the benefits if not given.
    draws, seed
        Resamples of sessions, and the seed.

    Returns
    -------
    Result
        One row per node in descending order: node, label, layer, benefits, least, in_cases, per_session, low,
        high, leads_in (share of resamples in which no other node of its layer has a higher mean), segments,
        sessions, reason (why there is no interval). Scalars: ``leader`` (the name of the first
        row), ``most_benefits``, ``least_benefits``, ``leader_layer``, ``leader_leads_in``,
        ``leader_companies`` (all of that row), ``next_benefits`` (of the second), ``nodes``, ``sessions``.

    Raises
    ------
    ValueError
        For a layer that the network does not know.
    """
    if layer is not None and layer not in LAYERS[:3]:
        raise ValueError(f"{layer!r} is no layer before the benefits: choose one of {', '.join(LAYERS[:3])}")
    nodes = network.in_layer(*([layer] if layer else LAYERS[:3]))
    rows = _rows(network, nodes)
    per_session = _per_session(network, nodes)
    table = pd.DataFrame({"node": nodes}, dtype="str")
    facts = network.nodes.set_index("node")
    table["label"], table["layer"] = table["node"].map(facts["label"]), table["node"].map(facts["layer"])
    table["benefits"] = [len(found) for found in reached_benefits(network, nodes).values()]
    table["least"] = _least(network, nodes)
    table = table.join(_intervals(per_session, table["layer"], minimum_sessions, draws, seed))
    table = with_segments(table, rows, ["node"])
    table["in_cases"] = table["cases"]
    order = table.assign(_minus=-table["benefits"], _mean=-per_session.mean(axis=0).to_numpy())
    table = table.loc[order.sort_values(["_minus", "_mean", "node"], kind="stable").index].reset_index(
        drop=True
    )
    about = pooled_basis(rows)
    numbers = ("benefits", "least", "in_cases", "per_session", "low", "high", "leads_in")
    shown = (*numbers, "segments", "sessions", "reason")
    return Result(
        table=table[["node", "label", "layer", *shown, *BASIS]],
        inputs=network.inputs,
        scalars={
            **_leader(table, about),
            "nodes": Scalar(len(table), unit="nodes", basis=about),
            "sessions": Scalar(len(per_session), unit="sessions", basis=about),
        },
        limitations=(
            "A benefit is reached when somebody tied it to the step; how large it is does not enter.",
            "What was talked about more has more links: a long list is not a strong effect.",
        ),
        cells=Cells(dimensions=("node",), shown=shown),
    )


_OF_THE_LEADER = {
    "most_benefits": "benefits", "least_benefits": "least", "leader": "label", "leader_layer": "layer",
    "leader_leads_in": "leads_in", "leader_companies": "in_cases",
}  # fmt: skip


def _leader(table: pd.DataFrame, about: Basis) -> dict[str, Scalar]:
    """Return what stands first, each number resting on its own row, and how far the next one comes."""
    if table.empty:
        why = "nothing before the benefits occurs"
        return {
            name: Scalar(None, n=0, reason=why, basis=about) for name in (*_OF_THE_LEADER, "next_benefits")
        }
    first = table.iloc[0]
    found = {name: _cell(first, column, len(table)) for name, column in _OF_THE_LEADER.items()}
    if len(table) > 1:
        found["next_benefits"] = _cell(table.iloc[1], "benefits", len(table))
    else:
        found["next_benefits"] = Scalar(None, n=1, reason="there is one step only", basis=about)
    return found


def _cell(row: pd.Series, column: str, n: int) -> Scalar:
    """Return one cell as a number that rests on its row."""
    cases, persons, sources, level = (int(row[name]) for name in BASIS)
    basis = Basis(cases, persons, sources, level)
    value = row[column]
    if not isinstance(value, str) and pd.isna(value):
        return Scalar(None, n=n, reason=str(row["reason"]), basis=basis)
    return Scalar(value.item() if hasattr(value, "item") else value, n=n, basis=basis)


def benefits_per_session(network: DependencyNetwork, *, layer: str | None = None) -> Result:
    """Return how many benefits each session ties to each node: the dots that stand for an interval.

    Sessions are told apart by their number within the company only, and every company has a row for every
    session of it, so each dot is a statement about one company.

    Returns
    -------
    Result
        One row per node and session: node, case, session (its number within the case), benefits.
    """
    nodes = network.in_layer(*([layer] if layer else LAYERS[:3]))
    dots = _per_session(network, nodes, about_cases=True)
    table = dots.rename_axis(index="key", columns="node").reset_index().melt("key", value_name="benefits")
    held = network.coded.sessions
    case_of = dict(zip(held["session"], held["case"], strict=True))
    table["case"] = table["key"].map(case_of)
    number = held.sort_values(["case", "session"]).groupby("case").cumcount() + 1
    table["session"] = table["key"].map(dict(zip(held.loc[number.index, "session"], number, strict=True)))
    rows = _rows(network, nodes)
    rows = rows[rows["about_case"]]
    keyed = with_segments(table.rename(columns={"session": "number"}),
                          rows.assign(key=rows["session"]), ["node", "key"])  # fmt: skip
    keyed["session"] = keyed["number"].astype("int64")
    keyed = keyed.sort_values(["node", "case", "session"], ignore_index=True)
    return Result(
        table=keyed[["node", "case", "session", "benefits", *BASIS]],
        inputs=network.inputs,
        cells=Cells(dimensions=("node", "case", "session"), shown=("benefits",), case="case"),
    )


def _rows(network: DependencyNetwork, nodes: list[str]) -> pd.DataFrame:
    """Return the evidence of the links that start at the nodes, by node."""
    found = network.evidence[(network.evidence["segment"] != "") & network.evidence["from_node"].isin(nodes)]
    return found.rename(columns={"from_node": "node"})


def reached_benefits(network: DependencyNetwork, nodes: list[str]) -> dict[str, set[str]]:
    """Return per node the benefits that some company's own links lead to."""
    found: dict[str, set[str]] = {node: set() for node in nodes}
    benefits = {*network.in_layer("benefit")}
    for _, mine in network.evidence.groupby("case", sort=False):
        for node, reached in _reached(mine, nodes, benefits).items():
            found[node] |= reached
    return found


def _reached(rows: pd.DataFrame, nodes: Sequence[str], benefits: set[str]) -> dict[str, set[str]]:
    """Return the benefits that one company's links lead to, by node."""
    graph = nx.DiGraph(list(zip(rows["from_node"], rows["to_node"], strict=True)))
    return {node: nx.descendants(graph, node) & benefits for node in nodes if node in graph}


def _least(network: DependencyNetwork, nodes: list[str]) -> list[int]:
    """Return the smallest number of benefits each node reaches when one session is left out.

    A session has the links of its own company only, so what the others lead to stands.
    """
    benefits = {*network.in_layer("benefit")}
    parts = dict(list(network.evidence.groupby("case", sort=False)))
    whole = {case: _reached(part, nodes, benefits) for case, part in parts.items()}
    companies = {
        node: Counter(chain.from_iterable(found.get(node, ()) for found in whole.values())) for node in nodes
    }
    least = {node: len(companies[node]) for node in nodes}
    for case, part in parts.items():
        for session in sorted({*part["session"]} - {""}):
            still = _reached(part[part["session"] != session], nodes, benefits)
            for node, reached in whole[case].items():
                alone = {benefit for benefit in reached if companies[node][benefit] == 1}
                lost = alone - still.get(node, set())
                least[node] = min(least[node], len(companies[node]) - len(lost))
    return [least[node] for node in nodes]


def _per_session(network: DependencyNetwork, nodes: list[str], *, about_cases: bool = False) -> pd.DataFrame:
    """Return how many benefits each session's own evidence leads to, sessions by nodes."""
    coded = network.coded.about_cases() if about_cases else network.coded
    evidence = network.about_cases() if about_cases else network.evidence
    benefits = {*network.in_layer("benefit")}
    sessions = [str(session) for session in coded.sessions["session"]]
    parts = dict(list(evidence[evidence["segment"] != ""].groupby("session", sort=False)))
    counts = np.zeros((len(sessions), len(nodes)))
    for row, session in enumerate(sessions):
        if session in parts:
            part = parts[session]
            graph = nx.DiGraph(list(zip(part["from_node"], part["to_node"], strict=True)))
            for column, node in enumerate(nodes):
                counts[row, column] = len(nx.descendants(graph, node) & benefits) if node in graph else 0
    return pd.DataFrame(counts, index=sessions, columns=nodes).astype("int64")


def _intervals(
    per_session: pd.DataFrame, layers: pd.Series, minimum: int, draws: int, seed: int
) -> pd.DataFrame:
    """Return the mean per session, its interval, and how often each node leads its layer."""
    sessions, nodes = per_session.shape
    empty = pd.Series([None] * nodes, dtype="Float64")
    table = pd.DataFrame(dict.fromkeys(("per_session", "low", "high", "leads_in"), empty))
    table["reason"] = ""
    if not nodes or not sessions:
        return table
    table["per_session"] = per_session.mean(axis=0).round(3).astype("Float64").to_numpy()
    if sessions < minimum:
        table["reason"] = f"no interval: {sessions} sessions, and at least {minimum} are needed"
        return table
    values: Floats = per_session.to_numpy(dtype=float)
    means = resampled_sums(values[:, None, :], session_draws(sessions, draws, seed))[:, 0, :] / sessions
    found = percentile_intervals(means, level=_LEVEL, least_defined=1.0)
    table["low"] = pd.array(found.low.round(3), dtype="Float64")
    table["high"] = pd.array(found.high.round(3), dtype="Float64")
    leads = np.zeros(nodes)
    for name in layers.unique():
        mine = np.flatnonzero((layers == name).to_numpy())
        leads[mine] = (means[:, mine] >= means[:, mine].max(axis=1, keepdims=True) - 1e-12).mean(axis=0)
    table["leads_in"] = pd.array(leads.round(3), dtype="Float64")
    return table
