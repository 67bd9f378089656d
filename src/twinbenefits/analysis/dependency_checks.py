"""What is missing or wrong in a benefits dependency network: gaps of benefits, and faults of links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

import networkx as nx
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.dependency import LAYERS, OBJECTIVE, DependencyNetwork
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.evidence.cells import BASIS, Cells
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.link_rules import circles

__all__ = ["FAULTS", "GAPS", "benefit_gaps", "cycles", "gaps_by_case", "network_faults"]

GAPS: Mapping[str, str] = MappingProxyType(
    {
        "no_mechanism": "nothing that people do is tied to the benefit",
        "no_business_change": "no changed way of working leads to the benefit",
        "no_objective": "the benefit serves no stated objective",
        "no_owner": "nobody answers for the benefit",
        "no_indicator": "the benefit has no indicator",
        "no_baseline": "no starting value of an indicator is known",
    }
)
"""What a benefit can lack, in words."""

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "link_without_evidence": "the link names no segment that may be used",
        "leads_nowhere": "no path leads from here to a benefit",
        "against_layers": "the link leads from a later layer back to an earlier one",
        "without_layer": "the codebook names no layer for this end of a link",
        "cycle": "the links go round in a circle",
    }
)
"""What can be wrong with links and nodes, in words."""

GAP_COUNT, HELD_COUNT = "companies with a gap", "companies with the benefit"
GAP, FILLED, NOT_THERE = "gap", "filled", "benefit not found here"


def benefit_gaps(network: DependencyNetwork) -> Result:
    """Return for each benefit what it lacks, and in how many of the companies that have it.

    Returns
    -------
    Result
        One row per check and benefit: check, meaning, node, label, cases_with_gap, cases_with_benefit, found
        ("everywhere", "in some cases", "nowhere"). Scalars: ``benefits``, and for each check how many
        benefits lack it everywhere.
    """
    found = _gaps(network, _benefit_rows(network.coded.rows), network.evidence)
    parts = found.groupby(["check", "node"])["gap"].agg(["sum", "count"]).reset_index()
    parts = parts.rename(columns={"sum": "cases_with_gap", "count": "cases_with_benefit"})
    parts = parts.astype({"cases_with_gap": "int64", "cases_with_benefit": "int64"})
    grid = _sorted(parts, network)
    table = with_segments(grid, _benefit_rows(network.coded.rows), ["node"])
    everywhere = table["cases_with_gap"] == table["cases_with_benefit"]
    table["found"] = "in some cases"
    table.loc[everywhere, "found"] = "everywhere"
    table.loc[table["cases_with_gap"] == 0, "found"] = "nowhere"
    table = _with_labels(table, network)
    about = pooled_basis(_benefit_rows(network.coded.rows))
    benefits = int(table["node"].nunique())
    scalars = {"benefits": Scalar(benefits, unit="benefits", basis=about)}
    for check in GAPS:
        count = int((everywhere & (table["check"] == check)).sum())
        scalars[f"{check}_everywhere"] = Scalar(count, n=benefits, unit="benefits", basis=about)
    shown = ("cases_with_gap", "cases_with_benefit", "found")
    return Result(
        table=table[["check", "meaning", "node", "label", *shown, *BASIS]],
        inputs=network.inputs,
        scalars=scalars,
        limitations=("What was not asked about looks like a gap: ask before acting on it.",),
        cells=Cells(
            dimensions=("check", "node"),
            shown=shown,
            counts={"cases_with_gap": GAP_COUNT, "cases_with_benefit": HELD_COUNT},
            population="benefits",
        ),
    )


def gaps_by_case(network: DependencyNetwork) -> Result:
    """Return every check of every benefit in every case, also where the case does not have the benefit.

    Beside :func:`benefit_gaps` this table lets a reader work out a withheld company; see there.

    Returns
    -------
    Result
        One row per check, benefit and case: check, node, case, state (gap, filled, benefit not found
        here), is_gap, is_there.
    """
    rows = _benefit_rows(network.coded.about_cases().rows)
    found = _gaps(network, rows, network.about_cases())
    everything = _gaps(network, _benefit_rows(network.coded.rows), network.evidence)
    grid = (
        everything[["check", "node"]]
        .drop_duplicates()
        .merge(pd.DataFrame({"case": network.cases}, dtype="str"), "cross")
    )
    table = with_segments(_sorted(grid, network), rows, ["node", "case"])
    table = table.merge(found, on=["check", "node", "case"], how="left")
    table["state"] = table["gap"].map({True: GAP, False: FILLED}).fillna(NOT_THERE).astype("str")
    table["is_gap"], table["is_there"] = table["state"] == GAP, table["state"] != NOT_THERE
    table = _with_labels(table, network)
    return Result(
        table=table[["check", "meaning", "node", "label", "case", "state", "is_gap", "is_there", *BASIS]],
        inputs=network.inputs,
        limitations=("What was not asked about looks like a gap: ask before acting on it.",),
        cells=Cells(
            dimensions=("check", "node", "case"),
            shown=("state", "is_gap", "is_there"),
            case="case",
            counts={"is_gap": GAP_COUNT, "is_there": HELD_COUNT},
            population="benefits",
        ),
    )


def network_faults(network: DependencyNetwork) -> Result:
    """Return what is wrong with links and nodes, case by case.

    A cycle that no single case has but all cases together is told for all cases: the companies then put the
    same steps in a different order, which is a finding and no mistake.

    Returns
    -------
    Result
        One row per fault: check, case (``*`` for all cases together), number, where, links (their codes),
        meaning. Scalars: ``faults``, and one per check.
    """
    found = [*_faults_of_cases(network), *_cycles_across_cases(network)]
    table = pd.DataFrame(found, columns=["check", "case", "where", "links"]).astype("str")
    table["check"] = pd.Categorical(table["check"], categories=[*FAULTS])
    table = table.sort_values(["check", "case", "where"], kind="stable", ignore_index=True)
    table["check"] = table["check"].astype("str")
    table["number"] = table.groupby(["check", "case"]).cumcount() + 1
    table["meaning"] = table["check"].map(dict(FAULTS))
    rows = network.about_cases()
    table = with_segments(table, rows[rows["segment"] != ""], ["case"])
    for name, number in _pooled_columns(network).items():
        table.loc[table["case"] == ALL, name] = number
    about = pooled_basis(network.coded.rows)
    counts = {"faults": len(table), **{check: int((table["check"] == check).sum()) for check in FAULTS}}
    return Result(
        table=table[["check", "case", "number", "where", "links", "meaning", *BASIS]],
        inputs=network.inputs,
        scalars={name: Scalar(count, unit="faults", basis=about) for name, count in counts.items()},
        cells=Cells(dimensions=("check", "case", "number"), shown=("where", "links"), case="case"),
    )


def cycles(graph: nx.DiGraph) -> list[tuple[str, ...]]:
    """Return one shortest circle for every knot of nodes that lead to one another.

    Examples
    --------
    >>> cycles(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]))
    [('a', 'b', 'c', 'a')]
    """
    return circles(graph.edges)


def _pooled_columns(network: DependencyNetwork) -> dict[str, int]:
    """Return the basis of all evidence by the names of its columns."""
    about = pooled_basis(network.evidence[network.evidence["segment"] != ""])
    return {name: getattr(about, name) for name in BASIS}


def _benefit_rows(coded: pd.DataFrame) -> pd.DataFrame:
    """Return the coded rows once for their code and once for the code they serve, as `node`."""
    aimed = coded[coded["target_code"] != ""]
    both = [coded.assign(node=coded["code"]), aimed.assign(node=aimed["target_code"])]
    return pd.concat(both, ignore_index=True)


def _gaps(network: DependencyNetwork, rows: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return check, node, case and whether the benefit lacks it, for the benefits that each case has."""
    benefits, owners = {*network.in_layer("benefit")}, network.owners
    told = rows[["node", "case"]].drop_duplicates()
    held = {pair for pair in zip(told["node"], told["case"], strict=True) if pair[0] in benefits}
    held |= {pair for pair in zip(owners["code"], owners["case"], strict=True) if pair[0] in benefits}
    owned = {*zip(owners["code"], owners["case"], strict=True)}
    measured = owners[owners["indicator"].fillna("") != ""]
    started = measured[measured["baseline_known"] == "yes"]
    pairs = {name: {*zip(part["code"], part["case"], strict=True)}
             for name, part in (("no_indicator", measured), ("no_baseline", started))}  # fmt: skip
    layer = dict(zip(network.nodes["node"], network.nodes["layer"], strict=True))
    links, nodes = _by_case(evidence), _of_case(held)
    found = []
    for case in network.cases:
        graph = _graph(links[case]) if case in links else nx.DiGraph()
        for node in nodes.get(case, ()):
            before = {layer.get(other, "") for other in nx.ancestors(graph, node)} if node in graph else set()
            served = node in graph and OBJECTIVE in nx.descendants(graph, node)
            lacks = {
                "no_mechanism": not before & {*LAYERS[:3]},
                "no_business_change": "business_change" not in before,
                "no_objective": not served,
                "no_owner": (node, case) not in owned,
                **{name: (node, case) not in there for name, there in pairs.items()},
            }
            found += [(check, node, case, lacks[check]) for check in GAPS]
    return pd.DataFrame(found, columns=["check", "node", "case", "gap"])


def _graph(links: pd.DataFrame) -> nx.DiGraph:
    return nx.DiGraph(sorted({*zip(links["from_node"].tolist(), links["to_node"].tolist(), strict=True)}))


def _by_case(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of each case that has any, in their order."""
    return {str(case): part for case, part in rows.groupby("case", sort=False)}


def _of_case(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the nodes of each case, sorted, from pairs of node and case."""
    found: dict[str, list[str]] = {}
    for node, case in sorted(pairs):
        found.setdefault(case, []).append(node)
    return found


def _faults_of_cases(network: DependencyNetwork) -> Iterator[tuple[str, str, str, str]]:
    rank = {layer: number for number, layer in enumerate(LAYERS)}
    layer = dict(zip(network.nodes["node"], network.nodes["layer"], strict=True))
    benefits = {*network.in_layer("benefit")}
    changes = {*network.in_layer(*LAYERS[:3])}
    evidence, rows = network.about_cases(), network.coded.about_cases().rows
    by_case, none = _by_case(evidence), evidence.iloc[:0]
    given = rows[["code", "case"]].drop_duplicates()
    codes = _of_case(zip(given["code"].tolist(), given["case"].tolist(), strict=True))
    for case in network.cases:
        mine = by_case.get(case, none)
        links = _link_names(mine)
        for row in mine[mine["segment"] == ""].itertuples():
            yield "link_without_evidence", case, f"{row.from_node} → {row.to_node}", str(row.link)
        for (start, end), names in links.items():
            ends = layer.get(start, ""), layer.get(end, "")
            if all(ends) and rank[ends[0]] > rank[ends[1]]:
                yield "against_layers", case, f"{start} → {end}", names
            for node, where in zip((start, end), ends, strict=True):
                if not where:
                    yield "without_layer", case, node, names
        graph = _graph(mine)
        for node in sorted({*codes.get(case, ()), *graph} & changes):
            if node not in graph or not nx.descendants(graph, node) & benefits:
                yield "leads_nowhere", case, node, ""
        for circle in cycles(graph):
            steps = pairwise(circle)
            named = ";".join(sorted({name for step in steps for name in links[step].split(";")} - {""}))
            yield "cycle", case, " → ".join(circle), named


def _link_names(evidence: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the codes of the links behind each step, empty for a step that only codings make."""
    names: dict[tuple[str, str], set[str]] = {}
    for start, end, link in zip(evidence["from_node"], evidence["to_node"], evidence["link"], strict=True):
        names.setdefault((start, end), set()).add(link)
    return {step: ";".join(sorted(found - {""})) for step, found in sorted(names.items())}


def _cycles_across_cases(network: DependencyNetwork) -> Iterator[tuple[str, str, str, str]]:
    """Yield the circles that only the cases together make."""
    by_case = _by_case(network.evidence)
    single = [
        {*circle} for case in network.cases if case in by_case for circle in cycles(_graph(by_case[case]))
    ]
    for circle in cycles(network.graph()):
        if {*circle} not in single:
            yield "cycle", ALL, " → ".join(circle), ""


def _sorted(table: pd.DataFrame, network: DependencyNetwork) -> pd.DataFrame:
    order = {node: number for number, node in enumerate(network.nodes["node"])}
    rank = {check: number for number, check in enumerate(GAPS)}
    keys = [table["check"].map(rank), table["node"].map(order)]
    keys += [table["case"]] if "case" in table else []
    names = [f"key{number}" for number in range(len(keys))]
    ordered = pd.concat(keys, axis=1, keys=names).sort_values(names, kind="stable").index
    return table.loc[ordered].reset_index(drop=True)


def _with_labels(table: pd.DataFrame, network: DependencyNetwork) -> pd.DataFrame:
    labels = dict(zip(network.nodes["node"], network.nodes["label"], strict=True))
    return table.assign(label=table["node"].map(labels), meaning=table["check"].map(dict(GAPS)))
