"""Would the verdict on a proposition be another under other choices of coding, counting or rating?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_cells import ABOUT_BOTH, cells_of, with_case_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Bools, Map
from twinbenefits.analysis.judgement import Term, VerdictRule
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result
from twinbenefits.analysis.robustness import LIMITATIONS
from twinbenefits.analysis.spec_summary import by_choice, held_share
from twinbenefits.analysis.spec_values import SpecValues, raters_of
from twinbenefits.analysis.spec_verdicts import (
    VERDICTS,
    Verdicts,
    directional_verdicts,
    gap_marks,
    mark_verdicts,
    necessary_marks,
)
from twinbenefits.analysis.specifications import Measure, Specifications
from twinbenefits.evidence.disclosure import ALL

__all__ = ["RobustVerdicts", "robust_verdicts", "verdicts_by_specification"]

SWEPT = ("directional", "necessary", "gap")
"""Kinds whose verdict the coding can change; patterns are read by the team, and dates are no coding."""


@dataclass(frozen=True, slots=True)
class RobustVerdicts:
    """How verdicts fare under the specifications; each part is released by itself.

    Parameters
    ----------
    verdicts
        One row per proposition: baseline (the verdict reported), share (of the specifications with it), the
        share of each verdict, specifications, flips (single choices that change it, without leaving one
        company or its session out), reason.
    choices
        One row per proposition and choice: case (the one left out, ``*`` for other choices), axis, choice,
        holds_alone, share.
    """

    verdicts: Result
    choices: Result


def robust_verdicts(
    kinds: Mapping[str, str],
    terms: Mapping[str, Sequence[Term]],
    coded: Coded,
    asked: pd.DataFrame,
    ratings: pd.DataFrame,
    scales: Iterable[str],
    specs: Specifications,
    *,
    rule: VerdictRule,
    recorded: Mapping[str, frozenset[str]],
    map: Map = map,
) -> RobustVerdicts:
    """Hold every verdict that coding can change to the specifications.

    Parameters
    ----------
    kinds, terms
        Proposition to its kind and to its terms.
    coded
        The coded evidence before several coders were made one.
    asked, ratings, scales
        What was asked about, the ratings of the context, and the names of its scales.
    specs
        The choices; partly pooled measures and merges of codes that no term names change nothing here. Under
        each measure the levels of each rater are tried too.
    rule
        The thresholds; the threshold of presence is varied.
    recorded
        From :func:`~twinbenefits.analysis.proposition_material.recorded_reasons`.
    map
        Runs the versions; the built-in by default, or that of an executor.
    """
    swept = {name: kind for name, kind in kinds.items() if kind in SWEPT}
    specs, limits = _fewer_left_out(specs)
    tried = _with_raters(specs, ratings)
    found = verdicts_by_specification(
        swept, terms, coded, asked, ratings, scales, specs, rule=rule, recorded=recorded, map=map
    )
    rows: list[dict[str, object]] = []
    chosen: list[dict[str, object]] = []
    for name in kinds:
        if name not in found:
            rows.append(
                {"proposition": name, "case": ALL, "reason": "no choice of coding enters its verdict"}
            )
            continue
        verdict = found[name].reshape(*tried.shape, 1)
        base = int(verdict.flat[0])
        held = (verdict == base).astype(np.float32)
        choices = list(by_choice(held, tried))
        share, defined = held_share(held)
        rows.append(
            {
                "proposition": name,
                "case": ALL,
                "baseline": VERDICTS[base],
                "share": float(share[0]),
                **{one: float((verdict == place).mean()) for place, one in enumerate(VERDICTS)},
                "specifications": int(defined[0]),
                "flips": sum(one.alone[0] == 0 for one in choices if not one.company),
                "reason": "",
            }
        )
        chosen += [
            {
                "proposition": name,
                "case": one.company or ALL,
                "axis": one.axis,
                "choice": one.choice,
                "holds_alone": bool(one.alone[0]),
                "share": float(one.share[0]),
            }
            for one in choices
        ]
    return _results(rows, chosen, coded, terms, limits)


def _results(
    rows: Sequence[Mapping[str, object]],
    chosen: Sequence[Mapping[str, object]],
    coded: Coded,
    terms: Mapping[str, Sequence[Term]],
    limits: tuple[str, ...],
) -> RobustVerdicts:
    columns = ["proposition", "case", "baseline", "share", *VERDICTS, "specifications", "flips", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    listed = pd.DataFrame(chosen, columns=["proposition", "case", "axis", "choice", "holds_alone", "share"])
    about = resolve(coded).about_cases()
    sides = {name: {s for t in some for s in (t.condition, t.outcome)} for name, some in terms.items()}
    groups = {
        name: [code for one in sorted(some) for code in coded.members(one)] for name, some in sides.items()
    }
    behind = about.mentions(groups).rename(columns={"of": "proposition"})
    table = with_case_basis(table, behind, ["proposition"]).drop(columns="case")
    listed = with_case_basis(listed, behind, ["proposition"])
    inputs = (
        *coded.inputs,
        "asked",
        "context_ratings",
        "propositions",
        "proposition_terms",
        "negative_cases",
    )
    dimensions = ("proposition", "case", "axis", "choice")
    return RobustVerdicts(
        Result(table, inputs, limitations=limits, cells=cells_of(table, ("proposition",))),
        Result(
            listed,
            inputs,
            limitations=LIMITATIONS,
            cells=cells_of(listed, dimensions, case="case", item=ABOUT_BOTH),
        ),
    )


_MOST_LEFT_OUT = 20
"""Of more sessions, or more cases, as many are left out in turn, evenly over their order."""


def _fewer_left_out(specs: Specifications) -> tuple[Specifications, tuple[str, ...]]:
    """Return the choices with no more sessions and cases left out than can be tried, and what to say of it.

    A verdict is about all cases, so that each choice goes through all of their pairs; and of many sessions
    none moves it much.
    """
    kept, said = list(specs.left_out), list(LIMITATIONS)
    for kind in ("session", "case"):
        every = [gone for gone in specs.left_out if gone.kind == kind]
        if len(every) > _MOST_LEFT_OUT:
            places = np.linspace(0, len(every) - 1, _MOST_LEFT_OUT).round().astype(int)
            some = {every[place] for place in places}
            kept = [gone for gone in kept if gone.kind != kind or gone in some]
            said.append(
                f"Of {len(every)} {kind}s {len(some)}, evenly over their order, were left out in turn."
            )
    return replace(specs, left_out=tuple(kept)), tuple(said)


def _with_raters(specs: Specifications, ratings: pd.DataFrame) -> Specifications:
    """Return the choices with each measure under the middle of the raters and under each rater alone."""
    raters = raters_of(ratings)
    plain = [measure for measure in specs.measure if not measure.pooled] or [Measure("segments")]
    named = [
        Measure(f"{measure.weighting}, rated by {rater}" if rater else measure.weighting)
        for measure in plain
        for rater in raters
    ]
    return replace(specs, measure=tuple(named))


def verdicts_by_specification(
    kinds: Mapping[str, str],
    terms: Mapping[str, Sequence[Term]],
    coded: Coded,
    asked: pd.DataFrame,
    ratings: pd.DataFrame,
    scales: Iterable[str],
    specs: Specifications,
    *,
    rule: VerdictRule,
    recorded: Mapping[str, frozenset[str]],
    map: Map = map,
) -> dict[str, Verdicts]:
    """Return per proposition the verdict under each specification, flat; see :func:`robust_verdicts`.

    Returns
    -------
    dict
        Proposition to places in :data:`~twinbenefits.analysis.spec_verdicts.VERDICTS`, shape (versions times
        left out times merges times thresholds times measures and raters,).
    """
    values = SpecValues(
        coded, asked, ratings, set(scales), specs, [t for some in terms.values() for t in some], map
    )
    found: dict[str, list[Verdicts]] = {name: [] for name in kinds}
    for version in range(len(specs.version)):
        for name, kind in kinds.items():
            known = np.array([case in recorded.get(name, frozenset()) for case in coded.cases], dtype=bool)
            found[name].append(_verdicts(values, version, kind, terms[name], rule, known))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _verdicts(
    values: SpecValues, version: int, kind: str, terms: Sequence[Term], rule: VerdictRule, known: Bools
) -> Verdicts:
    """Return the verdicts on one proposition under the specifications of one version."""
    if kind == "directional":
        sides = [
            (
                values.order(t.condition, version),
                values.order(t.outcome, version),
                1 if t.direction == "+" else -1,
            )
            for t in terms
        ]
        return values.flat(directional_verdicts(sides, rule.minimum_cases, known))
    if kind == "necessary":
        pairs = [
            (
                values.there(t.condition, t, rule, version),
                values.there(t.outcome, None, rule, version, realized=True),
            )
            for t in terms
        ]
        return mark_verdicts(necessary_marks(pairs), rule.minimum_cases, known)
    gaps = [values.expected_and_measured(t, version) for t in terms]
    return mark_verdicts(gap_marks(gaps), rule.minimum_cases, known)
