"""A tea study with its own codes: a network small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from twinbenefits.analysis.coded import Coded, coded_evidence
from twinbenefits.analysis.dependency import DependencyNetwork, dependency_network

CODEBOOK = pd.DataFrame(
    [
        ("G", "", "benefit", "", "Gains", "", ""),
        ("GA", "G", "benefit", "benefit", "Better taste", "", ""),
        ("GB", "G", "benefit", "benefit", "Less waste", "", ""),
        ("GC", "G", "benefit", "benefit", "Shorter queues", "", ""),
        ("W", "", "mechanism", "", "Ways", "benefit", ""),
        ("WK", "W", "mechanism", "enabler", "Clean kettles", "benefit", ""),
        ("WS", "W", "mechanism", "enabler", "Good scales", "benefit", ""),
        ("WT", "W", "mechanism", "enabling_change", "Trained staff", "benefit", ""),
        ("WB", "W", "mechanism", "business_change", "Brewing by weight", "benefit", ""),
        ("H", "", "challenge", "", "Hindrances", "", ""),
        ("HA", "H", "challenge", "", "No standard cup", "", ""),
        ("HB", "H", "challenge", "", "Scattered shops", "", ""),
        ("N", "", "context", "", "Setting", "", ""),
        ("NA1", "N", "context", "", "Hard water", "", ""),
        ("R", "", "outcome", "", "Results", "", "benefit"),
        ("R1", "R", "outcome", "", "Cups sold", "", "benefit"),
    ],
    columns=["id", "parent", "role", "network_layer", "label", "targets_role", "requires_role"],
)
SESSIONS = {"T1-1": "T1", "T1-2": "T1", "T2-1": "T2", "T2-2": "T2", "T3-1": "T3"}
OBJECTIVES = pd.DataFrame(
    {"objective": ["T1-O"], "case": ["T1"], "statement": ["Sell more"], "origin": ["document"]}
)
OWNERS = pd.DataFrame(
    {
        "case": ["T1", "T2"],
        "code": ["GA", "GA"],
        "owner_role": ["cook", "cook"],
        "indicator": ["IN01", ""],
        "baseline_known": ["yes", "no"],
    }
)
PARTICIPANTS = pd.DataFrame(
    {"participant": ["p1", "p2", "p3"], "organization_kind": ["company", "supplier", "company"]}
)

Row = tuple[str, str, str, str, str]
"""Segment, session, speaker, code, target."""

ROWS: tuple[Row, ...] = (
    ("s1", "T1-1", "p1", "WB", "GA"),
    ("s2", "T1-2", "p1", "WT", "GA"),
    ("s3", "T2-1", "p2", "WB", "GA"),
    ("s4", "T2-1", "p2", "GB", ""),
    ("s5", "T3-1", "p3", "WK", "GC"),
    ("s6", "T2-2", "p2", "HA", ""),
    ("s6", "T2-2", "p2", "WT", "GB"),
    ("s7", "T3-1", "p3", "HA", ""),
)
LINKS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("L1", "T1", "WK", "WB", "enables", "s1"),
    ("L2", "T1", "GA", "T1-O", "serves", "s2"),
    ("L3", "T2", "WS", "WT", "enables", ""),
)


def links(rows: Sequence[tuple[str, str, str, str, str, str]] = LINKS) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["link", "case", "from_node", "to_node", "kind", "evidence"])


def coded(rows: Sequence[Row] = ROWS, levels: dict[str, int] | None = None) -> Coded:
    frame = pd.DataFrame(rows, columns=["segment", "session", "speaker", "code", "target_code"])
    segments = frame.drop_duplicates("segment")[["segment", "session", "speaker"]]
    segments = segments.assign(source=segments["session"] + "-T")
    segments["consent_level"] = [(levels or {}).get(segment, 5) for segment in segments["segment"]]
    return coded_evidence(
        codings=frame[["segment", "code", "target_code"]].assign(coder="c1", status="observed"),
        segments=segments.drop(columns="session"),
        sources=pd.DataFrame(
            {
                "source": [f"{session}-T" for session in SESSIONS],
                "session": list(SESSIONS),
                "case": list(SESSIONS.values()),
            }
        ),
        sessions=pd.DataFrame({"session": list(SESSIONS), "case": list(SESSIONS.values())}),
        cases=pd.DataFrame({"case": ["T1", "T2", "T3"]}),
        codebook=CODEBOOK,
    )


def network(
    rows: Sequence[Row] = ROWS,
    linked: Sequence[tuple[str, str, str, str, str, str]] = LINKS,
    owners: pd.DataFrame = OWNERS,
) -> DependencyNetwork:
    return dependency_network(coded(rows), links(linked), OBJECTIVES, owners)
