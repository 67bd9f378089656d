"""Codes told of together, and the network of mechanisms and benefits."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from twinbenefits.analysis.cooccurrence import cooccurrence
from twinbenefits.analysis.network import benefit_network, network_graph, network_layout
from twinbenefits.analysis.session_bootstrap import session_draws

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "toy_cases.py")))
PUBLISHED = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "data/published_values.json").read_text("utf-8"))
}


@pytest.fixture
def garden():
    garden = TOY.Garden(sessions=3)
    for case in garden.cases:
        for number in (1, 2, 3):
            garden.say(f"{case}-{number}", "G1a", "Q1")
            garden.say(f"{case}-{number}", "G1a")
            garden.say(f"{case}-{number}", "G2a")
    garden.say("north-1", "G1a", "G2a")
    garden.say("north-1", "H1", target="G1a")
    garden.say("south-1", "H1", target="G1a")
    garden.say("south-1", "H2", target="G2a")
    return garden


def row_of(table, first, second):
    return table[(table["first"] == first) & (table["second"] == second)].iloc[0]


def test_jaccard_and_lift_by_hand(garden) -> None:
    row = row_of(cooccurrence(garden.coded(), minimum_sessions=8).table, "G1a", "Q1")
    assert row[["segments", "sessions"]].tolist() == [12, 12]
    assert row["jaccard"] == pytest.approx(12 / (25 + 12 - 12))
    assert row["lift"] == pytest.approx(12 * 40 / (25 * 12))


def test_jaccard_is_the_published_one() -> None:
    """Two sites of the dune data are two codes; a species at a site is a segment with the code."""
    entry = PUBLISHED["jaccard_bray_dune"]
    garden = TOY.Garden()
    for one, other in zip(entry["input"]["site1"], entry["input"]["site2"], strict=True):
        garden.say("north-1", *(["G1a"] if one else []), *(["G1b"] if other else []))
    row = row_of(cooccurrence(garden.coded(), minimum_sessions=8).table, "G1a", "G1b")
    assert 1 - row["jaccard"] == pytest.approx(entry["expected"]["jaccard"], abs=entry["tolerance"])


def test_intervals_resample_sessions(garden) -> None:
    row = row_of(cooccurrence(garden.coded(), minimum_sessions=8, draws=400, seed=2).table, "G1a", "G2a")
    sessions = garden.coded().sessions["session"].tolist()
    both = np.array([1.0 if name == "north-1" else 0.0 for name in sessions])
    one, other = 2 + both, 1 + both
    drawn = session_draws(len(sessions), 400, 2)
    values = (drawn @ both) / (drawn @ (one + other - both))
    assert [row["jaccard_low"], row["jaccard_high"]] == pytest.approx(np.quantile(values, [0.025, 0.975]))


def test_few_sessions_leave_no_interval_and_a_code_never_given_no_measure(garden) -> None:
    table = cooccurrence(garden.coded(), minimum_sessions=13, codes=["G1a", "Q1", "G1b", "Z1"]).table
    assert "no interval from 12 sessions" in row_of(table, "G1a", "Q1")["interval_reason"]
    assert row_of(table, "G1b", "Z1")["reason"] == "neither code was given"
    assert TOY.unexplained(
        table, {"jaccard": ("reason",), "jaccard_low": ("reason", "interval_reason")}
    ).empty


def test_edges_have_support_in_sessions(garden) -> None:
    table = benefit_network(garden.coded(), minimum_sessions=2).table
    edges = {(r["from_node"], r["to_node"]): r for r in table.to_dict("records")}
    assert (edges["H1", "G1a"]["sessions"], edges["H1", "G1a"]["drawn"]) == (2, True)
    assert (edges["H2", "G2a"]["sessions"], edges["H2", "G2a"]["drawn"]) == (1, False)
    graph = network_graph(table)
    assert set(graph.edges) == {("H1", "G1a")}
    assert graph.edges["H1", "G1a"]["segments"] == 2


def test_what_release_has_withheld_is_not_drawn(garden) -> None:
    table = benefit_network(garden.coded(), minimum_sessions=1).table.astype(object)
    table.loc[table["from_node"] == "H1", ["drawn", "segments", "sessions"]] = None
    assert "H1" not in network_graph(table)


def test_the_layout_is_the_same_every_time_and_uncrosses_what_it_can() -> None:
    graph = nx.Graph([("m1", "b3"), ("m2", "b2"), ("m3", "b1")])
    columns = [["m1", "m2", "m3"], ["b1", "b2", "b3"]]
    places = network_layout(graph, columns)
    again = network_layout(nx.Graph([("m3", "b1"), ("m2", "b2"), ("m1", "b3")]), columns)
    assert places == again
    for one, other in graph.edges:
        assert places[one][1] == places[other][1]
    assert len(set(places.values())) == 6
