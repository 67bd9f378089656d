"""Ratings, links, owners, permissions, memos and negative cases of the synthetic study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import Passage, Row
from twinbenefits.evidence.simulation.truth import Instruments, Truth

__all__ = ["judgements", "permissions"]


def judgements(
    passages: Sequence[Passage],
    codings: Sequence[Mapping[str, object]],
    tools: Instruments,
    truth: Truth,
    as_of: date,
    draws: Draws,
) -> dict[str, list[Row]]:
    """Return context ratings, objectives, owners, links, memos and negative cases."""
    return {
        "context_ratings": _ratings(passages, tools, truth, as_of, draws.branch("ratings")),
        **_network(codings, passages, tools, truth, draws.branch("network")),
        "memos": _memos(tools, truth, as_of),
        "negative_cases": _negative_cases(passages, tools, truth, as_of),
    }


def _memos(tools: Instruments, truth: Truth, as_of: date) -> list[Row]:
    """Return a note for each pair of codes that a coder takes for one another."""
    label = dict(zip(tools.codebook["id"], tools.codebook["label"], strict=True))
    pairs = [(coder, one, other) for coder, found in truth.confusions.items() for one, other, _ in found]
    return [
        {
            "memo": f"M{number}",
            "author": "demo-1",
            "created": _before(as_of, 260),
            "about": one,
            "consent_level": 2,
            "text": f'{coder} at times reads "{label[one]}" as "{label[other]}" and the other way round. '
            "Talked through with the definitions at hand; the definitions stay.",
        }
        for number, (coder, one, other) in enumerate(pairs, 1)
    ]


def _before(as_of: date, days: int) -> str:
    return (as_of - timedelta(days=days)).isoformat()


def _ratings(
    passages: Sequence[Passage], tools: Instruments, truth: Truth, as_of: date, draws: Draws
) -> list[Row]:
    factor = dict(zip(tools.context_scales["id"], tools.context_scales["code"], strict=True))
    rows: list[Row] = []
    for case in truth.verticals:
        for scale, code in factor.items():
            evidence = [p.segment for p in passages if p.case == case and code in p.codes]
            unknown = draws.chance(0.05)
            raters = [("demo-rater-1", "coder"), ("demo-rater-2", "coder")]
            raters += [(f"demo-company-{case}", "company")] if draws.chance(0.5) else []
            for rater, kind in raters:
                off = (
                    draws.weighted({-1: 0.12, 0: 0.76, 1: 0.12}) if kind == "coder" else draws.integer(-1, 1)
                )
                level = min(4, max(1, truth.levels[case][scale] + off))
                rows.append(
                    {
                        "rating": f"R{len(rows) + 1:04d}",
                        "case": case,
                        "sub_dimension": scale,
                        "rater": rater,
                        "rater_kind": kind,
                        "level": None if unknown else level,
                        "na_reason": draws.choice(tools.phrases["na_reasons"]) if unknown else "",
                        "evidence": draws.choice(evidence) if evidence and draws.chance(0.8) else "",
                        "confidence": draws.integer(1, 3),
                        "rated_on": _before(as_of, 130),
                    }
                )
    return rows


def _network(
    codings: Sequence[Mapping[str, object]],
    passages: Sequence[Passage],
    tools: Instruments,
    truth: Truth,
    draws: Draws,
) -> dict[str, list[Row]]:
    case_of = {passage.segment: passage.case for passage in passages}
    mechanisms, benefits = set(tools.codes("mechanism")), set(tools.codes("benefit"))
    layer = dict(zip(tools.codebook["id"], tools.codebook["network_layer"], strict=True))
    order = ("enabler", "enabling_change", "business_change")
    objectives: list[Row] = []
    owners: list[Row] = []
    links: list[Row] = []
    for case in truth.verticals:
        goals = draws.sample(tools.phrases["goals"], 2)
        for number, goal in enumerate(goals, 1):
            objectives.append(
                {
                    "objective": f"{case}-O{number}",
                    "case": case,
                    "statement": goal,
                    "origin": draws.choice(("informant", "document")),
                }
            )
        served: dict[tuple[str, str], list[str]] = {}
        for coding in codings:
            if (
                case_of[str(coding["segment"])] == case
                and coding["code"] in mechanisms
                and coding["target_code"]
            ):
                served.setdefault((str(coding["code"]), str(coding["target_code"])), []).append(
                    str(coding["segment"])
                )
        reached = [target for target in dict.fromkeys(target for _, target in served) if target in benefits]
        for benefit in reached:
            steps = sorted(
                (m for m, target in served if target == benefit), key=lambda m: (order.index(layer[m]), m)
            )
            for one, other in pairwise(steps):
                if layer[one] != layer[other] and draws.chance(0.7):
                    evidence = served[one, benefit][:2] + served[other, benefit][:1]
                    links.append(_link(links, case, one, other, "enables", evidence))
            if draws.chance(0.8):
                evidence = next(segments for (_, target), segments in served.items() if target == benefit)
                links.append(
                    _link(links, case, benefit, f"{case}-O{draws.integer(1, 2)}", "serves", evidence[:2])
                )
            if draws.chance(0.6):
                owners.append(_owner(case, benefit, tools, draws))
    return {"objectives": objectives, "owners": owners, "links": links}


def _link(
    links: Sequence[Row], case: str, source: str, target: str, kind: str, evidence: Sequence[str]
) -> Row:
    return {
        "link": f"L{len(links) + 1:03d}",
        "case": case,
        "from_node": source,
        "to_node": target,
        "kind": kind,
        "evidence": ";".join(dict.fromkeys(evidence)),
    }


def _owner(case: str, benefit: str, tools: Instruments, draws: Draws) -> Row:
    table = tools.indicators
    fitting = [
        row
        for row, codes in zip(table["id"], table["be_code"], strict=True)
        if benefit in str(codes).split(", ")
    ]
    return {
        "case": case,
        "code": benefit,
        "owner_role": draws.choice(tools.phrases["owner_roles"]),
        "indicator": draws.choice(fitting) if fitting else "",
        "baseline_known": draws.choice(("yes", "no")),
    }


def _negative_cases(passages: Sequence[Passage], tools: Instruments, truth: Truth, as_of: date) -> list[Row]:
    """Return the planted exceptions, each with segments that show it."""
    label = dict(zip(tools.codebook["id"], tools.codebook["label"], strict=True))
    scales = tools.context_scales
    what = dict(zip(scales["id"], scales["sub_dimension"], strict=True))
    factor = dict(zip(scales["id"], scales["code"], strict=True))
    rows: list[Row] = []
    for proposition, scale, benefit, case in truth.exceptions:
        own = [p for p in passages if p.case == case]
        showing = [p.segment for p in own if benefit in p.codes] + [
            p.segment for p in own if factor[scale] in p.codes
        ]
        rows.append(
            {
                "negative_case": f"N{len(rows) + 1}",
                "proposition": proposition,
                "case": case,
                "reason": f'"{what[scale]}" stands at level {truth.levels[case][scale]} here, and '
                f'"{label[benefit]}" is spoken of the other way round than in the other cases.',
                "evidence": ";".join(showing[:2]),
                "author": "demo-1",
                "recorded_on": _before(as_of, 105),
            }
        )
    return rows


def permissions(truth: Truth, as_of: date, draws: Draws) -> list[Row]:
    """Return what the companies permit.

    One company refuses everything (it has no row: absent means no), one permits only a part, and the others
    permit ratings, benefit states and quotes with their vertical. One permission has expired and one is
    still under embargo.
    """
    cases = draws.shuffled(list(truth.verticals))
    full, part = cases[:-2], cases[-2:-1]
    items = [(case, item) for case in full for item in ("vertical", "ratings", "benefit_states", "quotes")]
    items += [(case, item) for case in part for item in ("vertical", "benefit_states")]
    lapsed, waiting = full[:1], full[1:][-1:]
    rows: list[Row] = []
    for case, item in items:
        approved = as_of - timedelta(days=draws.integer(120, 300))
        expires = (
            as_of - timedelta(days=20) if item == "quotes" and case in lapsed else as_of + timedelta(days=600)
        )
        embargo = (as_of + timedelta(days=90)).isoformat() if item == "quotes" and case in waiting else ""
        rows.append(
            {
                "permission": f"A{len(rows) + 1:02d}",
                "case": case,
                "item": item,
                "what": f"{item.replace('_', ' ')} of this case",
                "approved_by": "invented company, communications",
                "approved_on": approved.isoformat(),
                "expires_on": expires.isoformat(),
                "embargo_until": embargo,
            }
        )
    return rows
