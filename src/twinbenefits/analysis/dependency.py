"""The benefits dependency network: what must be in place and be done for a benefit, and what it is for.

enabler → enabling change → business change → benefit → objective. Source of the layers: Peppard, Ward and
Daniel (2007), Managing the Realization of Business Benefits from IT Investments, MIS Quarterly Executive
6(1). Which code stands in which layer is said by the codebook; nothing here knows a code.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.segment_counts import with_segments
from twinbenefits.evidence.cells import BASIS, Cells

__all__ = ["LAYERS", "OBJECTIVE", "DependencyNetwork", "dependency_network", "links_by_case", "network_links"]

OBJECTIVE = "objective"
"""The last layer, and the one node that stands for the objectives of all companies in a pooled network."""

LAYERS = ("enabler", "enabling_change", "business_change", "benefit", OBJECTIVE)
"""From what must be in place to what it is for."""

TABLES = ("links", "objectives", "owners")
DELIVERS = "delivers"
SEGMENTS, COMPANIES = "segments behind a link", "companies with a link"
_NEEDED = ("from_node", "to_node", "kind", "case", "segment", "link", "objective")
_COLUMNS = (*_NEEDED, "session", "source", "speaker", "consent_level", "about_case")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DependencyNetwork:
    """All links with their evidence; for computing, not for showing: results are made from it.

    Parameters
    ----------
    nodes
        node, label, layer (empty where the codebook names none), role.
    evidence
        One row per link, case and segment: from_node, to_node, kind, case, segment (empty for a link without
        evidence), link (its code in the table of links, empty for a coding), objective (which one, where an
        end is an objective), session, source, speaker, consent_level, about_case.
    coded
        The resolved codings behind it.
    owners, objectives
        The tables of these names.
    inputs
        The tables it was made from.
    """

    nodes: pd.DataFrame
    evidence: pd.DataFrame
    coded: Coded
    owners: pd.DataFrame
    objectives: pd.DataFrame
    inputs: tuple[str, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        """All cases, sorted."""
        return tuple(sorted(self.coded.cases))

    def layer(self, node: str) -> str:
        """Return the layer of a node, empty if it has none."""
        found = self.nodes.loc[self.nodes["node"] == node, "layer"]
        return str(found.iloc[0]) if len(found) else ""

    def in_layer(self, *layers: str) -> list[str]:
        """Return the nodes of some layers in the order of the nodes."""
        return [str(node) for node in self.nodes.loc[self.nodes["layer"].isin(layers), "node"]]

    def about_cases(self) -> pd.DataFrame:
        """Return the evidence that may enter a statement about its own case."""
        return self.evidence[self.evidence["about_case"]]

    def graph(self, case: str | None = None, session: str | None = None) -> nx.DiGraph:
        """Return the links as a directed graph, of all cases, of one case, or of what one session tells."""
        rows = self.evidence if case is None else self.evidence[self.evidence["case"] == case]
        rows = rows if session is None else rows[rows["session"] == session]
        graph = nx.DiGraph()
        graph.add_nodes_from(self.nodes["node"])
        graph.add_edges_from(sorted({*zip(rows["from_node"], rows["to_node"], strict=True)}))
        return graph


def dependency_network(
    coded: Coded, links: pd.DataFrame, objectives: pd.DataFrame, owners: pd.DataFrame
) -> DependencyNetwork:
    """Build the network from codings that name a target, and from the table of links.

    A coding counts when its code stands in a layer before the benefits and its target in the layer of the
    benefits; it reads "this delivers that benefit". Codes that lie in a layer but occur nowhere are left out.

    Parameters
    ----------
    coded
        The coded evidence; where several coders read a segment, a code counts that any of them gave, unless
        another rule was applied before (:func:`twinbenefits.analysis.resolution.resolve`).
    links, objectives, owners
        The tables of these names, as the audience's notebook holds them. Evidence of a link that did not
        come through the door is gone: the link then stands without evidence.

    Returns
    -------
    DependencyNetwork
        The network of all cases.

    Raises
    ------
    ValueError
        When the codebook does not say in which layer a code stands.
    """
    if "network_layer" not in coded.codebook:
        raise ValueError("the codebook lacks the column network_layer, which says where a code stands")
    whole = resolve(coded)
    goals = {str(goal) for goal in objectives["objective"]}
    layers = _layers(whole.codebook)
    found = [_from_codings(whole.rows, layers), _from_links(links, goals, whole.segments)]
    evidence = pd.concat([part[list(_COLUMNS)] for part in found], ignore_index=True)
    evidence = evidence.drop_duplicates([*_NEEDED]).sort_values([*_NEEDED], kind="stable", ignore_index=True)
    return DependencyNetwork(
        nodes=_nodes(whole, layers, evidence),
        evidence=evidence,
        coded=whole,
        owners=owners.sort_values(["case", "code"], kind="stable", ignore_index=True),
        objectives=objectives.sort_values("objective", kind="stable", ignore_index=True),
        inputs=tuple(dict.fromkeys([*whole.inputs, *TABLES])),
    )


def network_links(network: DependencyNetwork, *, least_cases: int = 1) -> Result:
    """Return the links of all cases together, each with how much evidence it has.

    Links without any evidence are left out here: nothing shows that more than one company stands behind
    them. They are listed by the checks of the network.

    Parameters
    ----------
    network
        The network.
    least_cases
        In how many companies a link must stand to be counted as one to draw; the table holds all.

    Returns
    -------
    Result
        One row per link: from_node, to_node, their labels and layers, kind, in_cases, segments, sessions.
        Scalars: ``links``, ``links_in_several_cases``, ``links_to_draw``, ``least_cases``, ``nodes``,
        ``companies``.
    """
    rows = network.evidence[network.evidence["segment"] != ""]
    grid = _pairs(rows)
    table = with_segments(grid, rows, ["from_node", "to_node"])
    table["in_cases"] = table["cases"]
    table = _described(table, network)
    columns = (
        "from_node", "to_node", "from_label", "to_label", "from_layer", "to_layer", "kind", "in_cases",
        "segments", "sessions", *BASIS,
    )  # fmt: skip
    about = pooled_basis(rows)
    several, drawn = (int((table["cases"] >= least).sum()) for least in (2, least_cases))
    named = len({*table["from_node"], *table["to_node"]})
    return Result(
        table=table[list(columns)],
        inputs=network.inputs,
        scalars={
            "links": Scalar(len(table), unit="links", method="codings and links with evidence", basis=about),
            "links_in_several_cases": Scalar(several, n=len(table), unit="links", basis=about),
            "links_to_draw": Scalar(drawn, n=len(table), unit="links", basis=about),
            "least_cases": Scalar(least_cases, unit="companies", basis=about),
            "nodes": Scalar(named, unit="nodes", basis=about),
            "companies": Scalar(about.cases, unit="companies", basis=about),
        },
        limitations=(
            "A link says that informants tied one thing to another, not that one causes the other.",
            "The layers of the codes are proposed and for the authors to change.",
        ),
        cells=Cells(
            dimensions=("from_node", "to_node"),
            shown=("kind", "in_cases", "segments", "sessions"),
            counts={"segments": SEGMENTS, "in_cases": COMPANIES},
            population="links",
        ),
    )


def links_by_case(network: DependencyNetwork) -> Result:
    """Return every link in every case, also where the case does not have it, with its evidence.

    That a row is there says nothing about a company, because every case has a row for every link. Beside
    the links of all cases together this table lets a reader work out what a withheld company has: where not
    all companies are shown, register one of the two.

    Returns
    -------
    Result
        One row per link and case: from_node, to_node, case, present, segments, sessions, evidence (segments),
        links (their codes in the table of links), objectives.
    """
    pairs = network.evidence[["from_node", "to_node"]].drop_duplicates()
    grid = pairs.sort_values(["from_node", "to_node"]).merge(
        pd.DataFrame({"case": network.cases}, dtype="str"), "cross"
    )
    by = ["from_node", "to_node", "case"]
    about = network.about_cases()
    with_evidence = about[about["segment"] != ""]
    table = with_segments(grid, with_evidence, by)
    for column, name in (("segment", "evidence"), ("link", "links"), ("objective", "objectives")):
        rows = about[about[column] != ""]
        lists = rows.groupby(by)[column].agg(lambda found: ";".join(sorted({*map(str, found)})))
        table = table.merge(lists.rename(name).reset_index(), on=by, how="left")
        table[name] = table[name].fillna("").astype("str")
    there = {*about[by].itertuples(index=False, name=None)}
    table["present"] = [row in there for row in table[by].itertuples(index=False, name=None)]
    shown = ("present", "segments", "sessions", "evidence", "links", "objectives")
    return Result(
        table=table[[*by, *shown, *BASIS]],
        inputs=network.inputs,
        limitations=(
            "Evidence whose consent does not cover statements about its own case counts for all cases only.",
        ),
        cells=Cells(
            dimensions=("from_node", "to_node", "case"),
            shown=shown,
            case="case",
            counts={"segments": SEGMENTS, "present": COMPANIES},
            population="links",
        ),
    )


def _layers(codebook: pd.DataFrame) -> dict[str, str]:
    named = codebook["network_layer"].fillna("").astype(str)
    return {str(code): layer for code, layer in zip(codebook["id"], named, strict=True) if layer in LAYERS}


def _from_codings(rows: pd.DataFrame, layers: dict[str, str]) -> pd.DataFrame:
    """Return one row per segment that ties a code of an earlier layer to a benefit."""
    code, target = rows["code"].map(layers), rows["target_code"].map(layers)
    found = rows[code.isin(LAYERS[:3]) & (target == "benefit")]
    named = found.rename(columns={"code": "from_node", "target_code": "to_node"})
    return named.assign(kind=DELIVERS, link="", objective="")


def _from_links(links: pd.DataFrame, goals: set[str], facts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per link and segment, one with an empty segment for a link without evidence."""
    found = links[["from_node", "to_node", "kind", "case", "link"]].astype(str)
    ends = found[["from_node", "to_node"]]
    found["objective"] = [
        next((end for end in pair if end in goals), "") for pair in ends.itertuples(index=False, name=None)
    ]
    for column in ends:
        found[column] = found[column].where(~found[column].isin(goals), OBJECTIVE)
    found["segment"] = [_listed(cell) or [""] for cell in links["evidence"].fillna("").astype(str)]
    found = found.explode("segment", ignore_index=True).astype({"segment": "str"})
    found = found.merge(facts.drop(columns="case"), on="segment", how="left")
    gone = (found["segment"] != "") & found["source"].isna()
    found["segment"] = found["segment"].mask(gone, "")
    for column in ("session", "source", "speaker"):
        found[column] = found[column].fillna("").astype("str")
    found["consent_level"] = found["consent_level"].fillna(0).astype("int64")
    found["about_case"] = found["about_case"].astype("boolean").fillna(True).astype(bool)
    backed = found.groupby("link")["segment"].transform(lambda parts: (parts != "").any())
    return found[(found["segment"] != "") | ~backed.astype(bool)]


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _nodes(coded: Coded, layers: dict[str, str], evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the codes of a layer that occur, any other end of a link, and the objectives as one node."""
    ends = {*evidence["from_node"], *evidence["to_node"]}
    occurring = {*coded.rows["code"], *coded.rows["target_code"]}
    known = [
        (code, coded.label(code), layers.get(code, ""), coded.role(code))
        for code in coded.codebook["id"]
        if code in ends or (code in occurring and code in layers)
    ]
    strange = sorted(ends - {node for node, *_ in known} - {OBJECTIVE})
    known += [(node, node, "", "") for node in strange]
    known += [(OBJECTIVE, "Objectives of the companies", OBJECTIVE, "")] if OBJECTIVE in ends else []
    return pd.DataFrame(known, columns=["node", "label", "layer", "role"], dtype="str")


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    kinds = rows.groupby(["from_node", "to_node"])["kind"]
    return kinds.agg(lambda found: ";".join(sorted({*map(str, found)}))).reset_index()


def _described(table: pd.DataFrame, network: DependencyNetwork) -> pd.DataFrame:
    """Add labels and layers of both ends and sort by layer and node."""
    facts = network.nodes.set_index("node")
    for end in ("from", "to"):
        table[f"{end}_label"] = table[f"{end}_node"].map(facts["label"])
        table[f"{end}_layer"] = table[f"{end}_node"].map(facts["layer"])
    rank = {layer: number for number, layer in enumerate(LAYERS)}
    order = pd.DataFrame({end: table[f"{end}_layer"].map(rank).fillna(-1) for end in ("from", "to")})
    order = order.assign(a=table["from_node"], b=table["to_node"]).sort_values(["from", "to", "a", "b"])
    return table.loc[order.index].reset_index(drop=True)
