"""What is planted: the truth of the synthetic study, kept beside it so that analyses can be held to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from twinbenefits.evidence.simulation.draws import Draws

__all__ = ["Instruments", "Shape", "Truth", "draw_truth"]

STATUSES = ("expected", "observed", "measured")
MOST_SILENT = 2
GROUP_WEIGHT = 0.5  # a code with others below it is given where none of those fits, which is less often


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the synthetic study is.

    Parameters
    ----------
    segments
        Coded segments in all.
    sessions
        Interviews and workshops per case, one number per case.
    coders
        How many persons code.
    double_share
        Share of the segments that two persons coded.
    double_sessions
        Over how many sessions the double coding is spread, at least.
    voters
        Voters per workshop, one number per workshop.
    letter
        With what the codes of the cases begin.
    """

    segments: int = 900
    sessions: tuple[int, ...] = (4, 3, 3, 3, 3)
    coders: int = 3
    double_share: float = 0.25
    double_sessions: int = 10
    voters: tuple[int, ...] = (14, 9, 16)
    letter: str = "K"


@dataclass(frozen=True)
class Instruments:
    """The study's own tables that the generator draws from; nothing of the study is written in the code.

    Parameters
    ----------
    codebook, context_scales, proposition_terms, propositions, indicators, vote_scales
        The tables of those names.
    phrases
        Sentences per code, words per vertical, openings and tails.
    """

    codebook: pd.DataFrame
    context_scales: pd.DataFrame
    proposition_terms: pd.DataFrame
    propositions: pd.DataFrame
    indicators: pd.DataFrame
    vote_scales: pd.DataFrame
    phrases: Mapping[str, Any]

    def codes(self, role: str) -> list[str]:
        """Return the codes of one role for which there are sentences, in the codebook's order."""
        return self._by_role.get(role, [])

    def leaves(self, role: str) -> list[str]:
        """Return the codes of one role that have no code below them."""
        parents = {*self.codebook["parent"]}
        return [code for code in self.codes(role) if code not in parents]

    @cached_property
    def _by_role(self) -> dict[str, list[str]]:
        roles: dict[str, list[str]] = {}
        for code, role in zip(self.codebook["id"], self.codebook["role"], strict=True):
            if code in self.phrases["codes"]:
                roles.setdefault(role, []).append(code)
        return roles

    @cached_property
    def roles(self) -> dict[str, str]:
        """Code to role."""
        return dict(zip(self.codebook["id"], self.codebook["role"], strict=True))

    def outcomes_of(self, benefit: str) -> Sequence[str]:
        """Return the outcomes that the phrases say fit a benefit or a code above it, else all."""
        named = self.phrases.get("outcomes_of", {})
        parent = dict(zip(self.codebook["id"], self.codebook["parent"], strict=True))
        code = benefit
        while code and code not in named:
            code = parent.get(code, "")
        fitting: Sequence[str] = named[code] if code else self.codes("outcome")
        return fitting

    @property
    def verticals(self) -> list[str]:
        """The verticals for which there are words."""
        return list(self.phrases["words"])


@dataclass(frozen=True, slots=True)
class Truth:
    """The planted values.

    Parameters
    ----------
    verticals
        Case to vertical.
    levels
        Case to sub-dimension to level 1-4.
    prevalence
        Case to code to its share among all codes of its role that are put into the case's segments.
    not_asked
        Case to the benefits that were never asked about.
    status
        Case to benefit to the most frequent status.
    associations
        Planted pairs: sub-dimension, benefit, direction (+1 or -1). The direction is a coin toss.
    exceptions
        Planted negative cases: proposition, sub-dimension, benefit, case. The pair goes the way that the
        proposition says, but for this case, where it goes the other way.
    sensitivity
        Session to coder to the chance that a code in the text is given.
    confusions
        Coder to pairs of codes that this coder takes for one another, with the chance.
    """

    verticals: dict[str, str]
    levels: dict[str, dict[str, int]]
    prevalence: dict[str, dict[str, float]]
    not_asked: dict[str, list[str]]
    status: dict[str, dict[str, str]]
    associations: list[tuple[str, str, int]]
    exceptions: list[tuple[str, str, str, str]]
    sensitivity: dict[str, dict[str, float]] = field(default_factory=dict)
    confusions: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dictionaries, for a file."""
        return asdict(self)


def draw_truth(tools: Instruments, shape: Shape, draws: Draws) -> Truth:
    """Draw what will be planted.

    The direction of each association is a coin toss. Propositions only help to choose pairs that
    matter, never the direction, so that some of them come out supported and some contradicted.
    """
    verticals = tools.verticals[: len(shape.sessions)]
    cases = {f"{shape.letter}{number}": vertical for number, vertical in enumerate(verticals, 1)}
    scales = list(tools.context_scales["id"])
    levels = {case: {scale: draws.integer(1, 4) for scale in scales} for case in cases}
    associations = _associations(tools, scales, draws.branch("associations"))
    benefits = tools.codes("benefit")
    leaves = tools.leaves("benefit")
    unspoken = _unspoken(list(cases), leaves, draws)
    not_asked = {case: draws.sample(codes, len(codes) * 2 // 5) for case, codes in unspoken.items()}
    exceptions = _exceptions(tools, associations, levels, unspoken, draws.branch("exceptions"))
    turned = {(scale, benefit, case) for _, scale, benefit, case in exceptions}
    prevalence: dict[str, dict[str, float]] = {}
    for case in cases:
        own = [(s, b, -d if (s, b, case) in turned else d) for s, b, d in associations]
        rest = {code: _base(draws) for role in _other_roles(tools) for code in tools.codes(role)}
        tilted = {
            code: _tilted(_base(draws) * (1.0 if code in leaves else GROUP_WEIGHT), code, levels[case], own)
            for code in benefits
        }
        weights = rest | tilted | dict.fromkeys(unspoken[case], 0.0)
        prevalence[case] = _shares(weights, tools.roles)
    status = {case: {code: draws.choice(STATUSES) for code in benefits} for case in cases}
    return Truth(cases, levels, prevalence, not_asked, status, associations, exceptions)


def _unspoken(cases: Sequence[str], leaves: Sequence[str], draws: Draws) -> dict[str, list[str]]:
    """Draw the benefits that nobody speaks of in a case; each is spoken of in all cases but two at least."""
    silent = dict.fromkeys(leaves, 0)
    unspoken = {}
    for case in cases:
        unspoken[case] = draws.sample(
            [code for code in leaves if silent[code] < MOST_SILENT], min(5, len(leaves) // 3)
        )
        for code in unspoken[case]:
            silent[code] += 1
    return unspoken


def _shares(weights: Mapping[str, float], roles: Mapping[str, str]) -> dict[str, float]:
    total: dict[str, float] = {}
    for code, weight in weights.items():
        total[roles[code]] = total.get(roles[code], 0.0) + weight
    return {code: round(weight / total[roles[code]], 5) for code, weight in weights.items()}


def _exceptions(
    tools: Instruments,
    associations: Sequence[tuple[str, str, int]],
    levels: Mapping[str, Mapping[str, int]],
    unspoken: Mapping[str, Sequence[str]],
    draws: Draws,
) -> list[tuple[str, str, str, str]]:
    """Draw a negative case for each planted pair that goes the way its proposition says."""
    terms = tools.proposition_terms
    said = zip(terms["proposition"], terms["condition"], terms["direction"], terms["outcome"], strict=True)
    found = []
    for proposition, condition, sign, outcome in said:
        if (condition, outcome, {"+": 1, "-": -1}.get(sign)) in associations:
            fitting = [
                case for case in levels if levels[case][condition] in (1, 4) and outcome not in unspoken[case]
            ]
            if fitting:
                found.append((str(proposition), str(condition), str(outcome), draws.choice(fitting)))
    return found


def _other_roles(tools: Instruments) -> list[str]:
    return [role for role in tools.codebook["role"].unique() if role != "benefit"]


def _base(draws: Draws) -> float:
    """Draw a weight between rare and common, most often small."""
    return 0.02 + 0.2 * math.pow(draws.uniform(), 2.0)


def _tilted(
    base: float, code: str, levels: Mapping[str, int], planted: Sequence[tuple[str, str, int]]
) -> float:
    shift: float = sum(
        0.9 * direction * (levels[scale] - 2.5) for scale, benefit, direction in planted if benefit == code
    )
    odds = math.log(base / (1.0 - base)) + shift
    return 1.0 / (1.0 + math.exp(-odds))


def _associations(tools: Instruments, scales: Sequence[str], draws: Draws) -> list[tuple[str, str, int]]:
    benefits = tools.leaves("benefit")
    terms = tools.proposition_terms
    spoken_of = [
        (str(condition), str(outcome))
        for condition, outcome in zip(terms["condition"], terms["outcome"], strict=True)
        if condition in scales and outcome in benefits
    ]
    free = [(draws.choice(scales), draws.choice(benefits)) for _ in range(4)]
    pairs = list(dict.fromkeys([*draws.sample(spoken_of, 6), *free]))
    return [(scale, benefit, draws.choice((1, -1))) for scale, benefit in pairs]
