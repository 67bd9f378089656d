"""The benefits dependency network: worked out by hand, with its gaps and faults, its reach and its layout."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.dependency import dependency_network, links_by_case, network_links
from twinbenefits.analysis.dependency_checks import (
    FAULTS,
    GAPS,
    benefit_gaps,
    cycles,
    gaps_by_case,
    network_faults,
)
from twinbenefits.analysis.dependency_layout import crossings, layered_layout, network_depth
from twinbenefits.analysis.dependency_reach import benefits_carried, benefits_per_session
from twinbenefits.evidence.cells import BASIS

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("toy_network.py"))))


def test_links_come_from_codings_and_from_the_table_each_with_its_evidence() -> None:
    table = network_links(TOY.network()).table
    found = {
        (row.from_node, row.to_node): (row.kind, row.in_cases, row.segments, row.sessions)
        for row in table.itertuples()
    }
    assert found == {
        ("WK", "WB"): ("enables", 1, 1, 1),
        ("WK", "GC"): ("delivers", 1, 1, 1),
        ("WT", "GA"): ("delivers", 1, 1, 1),
        ("WT", "GB"): ("delivers", 1, 1, 1),
        ("WB", "GA"): ("delivers", 2, 2, 2),
        ("GA", "objective"): ("serves", 1, 1, 1),
    }
    assert list(table["from_layer"]) == [
        "enabler", "enabler", "enabling_change", "enabling_change", "business_change", "benefit",
    ]  # fmt: skip


def test_every_link_says_on_whom_it_rests() -> None:
    result = network_links(TOY.network())
    by_link = result.table.set_index(["from_node", "to_node"])
    assert by_link.loc[("WB", "GA"), list(BASIS)].tolist() == [2, 2, 2, 5]
    assert result.cells is not None
    assert set(result.cells.counts) == {"segments", "in_cases"}
    assert all(scalar.basis is not None for scalar in result.scalars.values())
    assert result.scalars["links"].value == 6
    assert result.scalars["links_in_several_cases"].value == 1


def test_by_case_every_case_has_a_row_for_every_link_so_that_a_row_tells_nothing() -> None:
    table = links_by_case(TOY.network()).table
    assert len(table) == 7 * 3
    there = table[table["present"]].set_index(["from_node", "to_node", "case"])
    assert sorted(there.index) == [
        ("GA", "objective", "T1"),
        ("WB", "GA", "T1"),
        ("WB", "GA", "T2"),
        ("WK", "GC", "T3"),
        ("WK", "WB", "T1"),
        ("WS", "WT", "T2"),
        ("WT", "GA", "T1"),
        ("WT", "GB", "T2"),
    ]
    assert there.loc[("GA", "objective", "T1"), ["evidence", "links", "objectives"]].tolist() == [
        "s2",
        "L2",
        "T1-O",
    ]
    assert there.loc[("WS", "WT", "T2"), "segments"] == 0


def test_what_may_not_enter_a_statement_about_its_case_counts_for_all_cases_only() -> None:
    closed = TOY.coded()
    closed.segments["about_case"] = closed.segments["segment"] != "s1"
    closed.rows["about_case"] = closed.rows["segment"] != "s1"
    network = dependency_network(closed, TOY.links(), TOY.OBJECTIVES, TOY.OWNERS)
    pooled = network_links(network).table.set_index(["from_node", "to_node"])
    assert pooled.loc[("WB", "GA"), "in_cases"] == 2
    by_case = links_by_case(network).table.set_index(["from_node", "to_node", "case"])
    assert not by_case.loc[("WB", "GA", "T1"), "present"]
    assert by_case.loc[("WB", "GA", "T2"), "present"]


def test_a_link_whose_evidence_is_gone_stands_without_evidence() -> None:
    network = TOY.network(
        linked=[("L1", "T1", "WK", "WB", "enables", "s1;gone"), ("L2", "T1", "WS", "WB", "enables", "gone")]
    )
    kept = network.evidence[network.evidence["link"] != ""]
    assert list(zip(kept["link"], kept["segment"], strict=True)) == [("L1", "s1"), ("L2", "")]


def test_a_codebook_without_layers_is_refused() -> None:
    plain = TOY.coded()
    object.__setattr__(plain, "codebook", plain.codebook.drop(columns="network_layer"))
    with pytest.raises(ValueError, match="network_layer"):
        dependency_network(plain, TOY.links(), TOY.OBJECTIVES, TOY.OWNERS)


def test_nothing_coded_gives_an_empty_network_and_no_error() -> None:
    empty = dependency_network(TOY.coded(()), TOY.links(()), TOY.OBJECTIVES.iloc[:0], TOY.OWNERS.iloc[:0])
    for make in (
        network_links,
        links_by_case,
        benefit_gaps,
        gaps_by_case,
        network_faults,
        benefits_per_session,
    ):
        assert make(empty).table.empty
    carried = benefits_carried(empty, minimum_sessions=3)
    assert carried.table.empty
    assert carried.scalars["most_benefits"].value is None
    assert carried.scalars["most_benefits"].reason == "nothing before the benefits occurs"


def test_gaps_are_told_for_the_cases_that_have_the_benefit() -> None:
    table = benefit_gaps(TOY.network()).table.set_index(["check", "node"])
    expected = {
        ("no_mechanism", "GA"): (0, 2), ("no_mechanism", "GB"): (0, 1), ("no_mechanism", "GC"): (0, 1),
        ("no_business_change", "GA"): (0, 2), ("no_business_change", "GB"): (1, 1),
        ("no_business_change", "GC"): (1, 1),
        ("no_objective", "GA"): (1, 2), ("no_objective", "GB"): (1, 1), ("no_objective", "GC"): (1, 1),
        ("no_owner", "GA"): (0, 2), ("no_owner", "GB"): (1, 1), ("no_owner", "GC"): (1, 1),
        ("no_indicator", "GA"): (1, 2), ("no_indicator", "GB"): (1, 1), ("no_indicator", "GC"): (1, 1),
        ("no_baseline", "GA"): (1, 2), ("no_baseline", "GB"): (1, 1), ("no_baseline", "GC"): (1, 1),
    }  # fmt: skip
    found = {key: (row["cases_with_gap"], row["cases_with_benefit"]) for key, row in table.iterrows()}
    assert found == expected
    assert table.loc[("no_objective", "GA"), "found"] == "in some cases"
    assert table.loc[("no_owner", "GB"), "found"] == "everywhere"
    assert table.loc[("no_owner", "GA"), "found"] == "nowhere"
    assert benefit_gaps(TOY.network()).scalars["no_owner_everywhere"].value == 2


def test_a_benefit_that_nothing_reaches_is_a_gap() -> None:
    network = TOY.network(rows=[("s4", "T2-1", "p2", "GB", "")], linked=())
    table = benefit_gaps(network).table.set_index(["check", "node"])
    assert table.loc[("no_mechanism", "GB"), "found"] == "everywhere"


def test_gaps_by_case_have_a_row_for_every_case_and_agree_with_the_count() -> None:
    network = TOY.network()
    by_case = gaps_by_case(network).table
    assert len(by_case) == len(GAPS) * 3 * 3
    counted = by_case.groupby(["check", "node"])["is_gap"].sum()
    pooled = benefit_gaps(network).table.set_index(["check", "node"])["cases_with_gap"]
    assert counted.sort_index().tolist() == pooled.sort_index().tolist()
    state = by_case.set_index(["check", "node", "case"])["state"]
    assert state["no_objective", "GA", "T1"] == "filled"
    assert state["no_objective", "GA", "T2"] == "gap"
    assert state["no_objective", "GA", "T3"] == "benefit not found here"


def faults(network) -> list[tuple[str, str, str, str]]:
    return list(
        network_faults(network).table[["check", "case", "where", "links"]].itertuples(index=False, name=None)
    )


def test_a_link_without_evidence_is_a_fault_and_so_is_an_enabler_that_leads_nowhere() -> None:
    lost = [*TOY.LINKS, ("L4", "T3", "WS", "WK", "enables", "s5"), ("L5", "T1", "WS", "WS", "enables", "s1")]
    rows = [*TOY.ROWS, ("s8", "T1-1", "p1", "WS", "")]
    assert faults(TOY.network(rows=rows, linked=lost)) == [
        ("link_without_evidence", "T2", "WS → WT", "L3"),
        ("leads_nowhere", "T1", "WS", ""),
        ("cycle", "T1", "WS → WS", "L5"),
    ]


def test_links_against_the_layers_and_ends_without_a_layer_are_faults() -> None:
    odd = [("L1", "T1", "GA", "WB", "enables", "s1"), ("L2", "T1", "NA1", "WB", "enables", "s1")]
    found = faults(TOY.network(rows=[("s1", "T1-1", "p1", "WT", "GA")], linked=odd))
    assert ("against_layers", "T1", "GA → WB", "L1") in found
    assert ("without_layer", "T1", "NA1", "L2") in found


def test_a_circle_is_printed_with_its_links() -> None:
    round_about = [("L1", "T1", "WK", "WT", "enables", "s1"), ("L2", "T1", "WT", "WB", "enables", "s1"),
                   ("L3", "T1", "WB", "WK", "enables", "s1")]  # fmt: skip
    network = TOY.network(linked=round_about)
    assert ("cycle", "T1", "WB → WK → WT → WB", "L1;L2;L3") in faults(network)


def test_a_circle_that_only_the_cases_together_make_is_told_for_all_of_them() -> None:
    apart = [("L1", "T1", "WK", "WB", "enables", "s1"), ("L2", "T2", "WB", "WK", "enables", "s3")]
    found = faults(TOY.network(linked=apart))
    assert ("cycle", "*", "WB → WK → WB", "") in found
    assert not any(check == "cycle" and case != "*" for check, case, *_ in found)


def test_faults_are_counted_by_kind() -> None:
    scalars = network_faults(TOY.network()).scalars
    assert set(scalars) == {"faults", *FAULTS}
    assert scalars["faults"].value == scalars["link_without_evidence"].value == 1


def test_what_carries_most_benefits_counts_paths_within_a_company_only() -> None:
    result = benefits_carried(TOY.network(), minimum_sessions=8)
    table = result.table.set_index("node")
    # WK leads to WB in T1, and there on to GA; in T3 to GC. WS leads to WT in T2, and there on to GB.
    assert table["benefits"].to_dict() == {"WK": 2, "WT": 2, "WS": 1, "WB": 1}
    assert table["least"].to_dict() == {"WK": 1, "WT": 1, "WS": 0, "WB": 1}
    assert table["reason"].unique().tolist() == ["no interval: 5 sessions, and at least 8 are needed"]
    assert table[["low", "high", "leads_in"]].isna().all().all()
    assert result.scalars["most_benefits"].value == 2


def test_with_enough_sessions_an_interval_holds_the_mean_and_the_seed_fixes_it() -> None:
    one = benefits_carried(TOY.network(), minimum_sessions=3, seed=4).table
    assert one.equals(benefits_carried(TOY.network(), minimum_sessions=3, seed=4).table)
    assert ((one["low"] <= one["per_session"]) & (one["per_session"] <= one["high"])).all()
    assert (one["reason"] == "").all()
    per_session = one.set_index("node")["per_session"]
    assert per_session["WT"] == pytest.approx(2 / 5)
    assert per_session["WK"] == pytest.approx(2 / 5)  # s1 ties WK to WB and WB to GA; s5 ties WK to GC
    assert one.groupby("layer")["leads_in"].max().min() > 0


def test_one_layer_can_be_asked_for_and_an_unknown_one_is_refused() -> None:
    assert benefits_carried(TOY.network(), minimum_sessions=3, layer="enabler").table["node"].tolist() == [
        "WK",
        "WS",
    ]
    with pytest.raises(ValueError, match="'benefit' is no layer before the benefits"):
        benefits_carried(TOY.network(), minimum_sessions=3, layer="benefit")


def test_dots_stand_for_every_session_of_every_case() -> None:
    table = benefits_per_session(TOY.network(), layer="enabler").table
    assert len(table) == 2 * len(TOY.SESSIONS)
    dots = table.set_index(["node", "case", "session"])["benefits"]
    assert dots["WK", "T1", 1] == 1
    assert dots["WK", "T1", 2] == 0
    assert dots["WK", "T3", 1] == 1
    assert table.loc[table["benefits"] > 0, "cases"].tolist() == [1, 1]


nodes = st.sampled_from("abcdef")
edges = st.lists(st.tuples(nodes, nodes), max_size=14)


@given(edges)
def test_circles_are_found_exactly_where_a_graph_has_one(pairs: list[tuple[str, str]]) -> None:
    graph = nx.DiGraph(pairs)
    found = cycles(graph)
    assert bool(found) is not nx.is_directed_acyclic_graph(graph)
    for circle in found:
        assert circle[0] == circle[-1]
        assert all(graph.has_edge(*step) for step in pairwise(circle))
        assert len({*circle}) == len(circle) - 1


@given(edges)
def test_depth_grows_along_every_link_that_is_in_no_circle(pairs: list[tuple[str, str]]) -> None:
    graph = nx.DiGraph(pairs)
    depth = network_depth(graph)
    together = {
        node: part for part in map(frozenset, nx.strongly_connected_components(graph)) for node in part
    }
    for start, end in graph.edges:
        assert depth[start] < depth[end] or together[start] == together[end]
    assert min(depth.values(), default=0) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=25), st.randoms())
def test_places_do_not_depend_on_the_order_of_links_and_cross_no_more_than_by_name(pairs, random) -> None:
    links = pd.DataFrame(
        [(f"e{a}", f"b{b}", "enabler", "benefit") for a, b in pairs],
        columns=["from_node", "to_node", "from_layer", "to_layer"],
    )
    layout = layered_layout(links)
    shuffled = links.iloc[random.sample(range(len(links)), len(links))]
    assert layered_layout(shuffled).equals(layout)
    assert len(layout) == links["from_node"].nunique() + links["to_node"].nunique()
    assert layout["y"].between(0, 1).all()
    assert not layout.duplicated(["x", "y"]).any()
    by_name = layout.sort_values(["layer", "node"])
    by_name = by_name.assign(y=by_name.groupby("layer")["y"].transform(lambda y: sorted(y, reverse=True)))
    assert crossings(layout, links) <= crossings(by_name, links)


def test_a_layout_can_be_untangled() -> None:
    links = pd.DataFrame([("a", "z"), ("b", "y"), ("c", "x")], columns=["from_node", "to_node"]).assign(
        from_layer="enabler", to_layer="benefit"
    )
    assert crossings(layered_layout(links), links) == 0


def test_the_nodes_of_withheld_links_have_no_place() -> None:
    table = network_links(TOY.network()).table
    shown = table[table["in_cases"] > 1]
    assert set(layered_layout(shown)["node"]) == {"WB", "GA"}
    assert layered_layout(shown.iloc[:0]).empty
