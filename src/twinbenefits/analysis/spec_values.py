"""What conditions and outcomes are under every specification, for verdicts over all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np
import pandas as pd

from twinbenefits.analysis.case_sums import case_sums
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Bools, Map, coding_tensor
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.context import context_levels
from twinbenefits.analysis.judgement import Term, VerdictRule
from twinbenefits.analysis.proposition_material import tie_rules
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.spec_verdicts import Verdicts
from twinbenefits.analysis.specifications import Measure, Specifications
from twinbenefits.analysis.states import asked_answers, benefit_states

__all__ = ["SpecValues", "raters_of"]

_COUNTED = ("segment", "coder", "code", "target_code", "status", "strength")
_ASKED = ("yes", "partly", "not recorded")


def raters_of(ratings: pd.DataFrame) -> list[str]:
    """Return whose levels are tried: the middle of all raters (empty), then each of several alone."""
    coders = sorted({str(name) for name in ratings.loc[ratings["rater_kind"] == "coder", "rater"]})
    return ["", *coders] if len(coders) > 1 else [""]


class SpecValues:
    """Values of conditions and outcomes under every specification, shape (specifications, cases).

    They are given version by version; of a large study those of all versions do not fit into memory.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    asked, ratings, scales
        What was asked about, the ratings of the context, and the names of its scales.
    specs
        The choices.
    terms
        The terms whose sides are looked at.
    map
        Runs the versions.
    """

    def __init__(
        self,
        coded: Coded,
        asked: pd.DataFrame,
        ratings: pd.DataFrame,
        scales: set[str],
        specs: Specifications,
        terms: Sequence[Term],
        map: Map,
    ) -> None:
        self.coded, self.specs, self.scales = coded, specs, scales
        self.raters = raters_of(ratings)
        self.levels = [_by_scale(context_levels(ratings, rater=rater), coded.cases) for rater in self.raters]
        self.measures = [m for m in specs.measure if not m.pooled] or [Measure("segments")]
        names = list(dict.fromkeys(s for t in terms for s in (t.condition, t.outcome) if s not in scales))
        self.codes = names
        members = {name: coded.members(name) for name in names}
        states = benefit_states(resolve(coded), asked, members, presence_threshold=specs.threshold[0])
        shape = (len(coded.cases), len(names))
        self.told = (states["untold"] != "presence").to_numpy().reshape(shape)
        self.status_told = (states["untold"] == "").to_numpy().reshape(shape)
        answers = asked_answers(coded, asked, members)
        self.asked = np.array(
            [[answers.get((case, name), "") in _ASKED for name in names] for case in coded.cases], dtype=bool
        ).reshape(shape)
        self.gone = np.array(
            [[left.kind == "case" and left.name == case for case in coded.cases] for left in specs.left_out],
            dtype=bool,
        )
        narrow = replace(coded, rows=coded.rows[[*_COUNTED, "about_case"]])
        about, ties = _with_ties(narrow.about_cases(), terms)
        columns, self.column = _columns(coded, names, ties, specs)
        coders = [left.name for left in specs.left_out if left.kind == "coder"]
        tensor = coding_tensor(about, specs.version, columns, left_out=coders, map=map)
        self.sums = case_sums(tensor, specs.left_out, coders, len(coded.cases))
        self.held = self.sums.held_of_all()  # (left out, case)

    def _flat(self, values: Floats) -> Floats:
        """Return (specifications, cases) from left out, merge, threshold, measure and rater, case."""
        full = (*self.specs.shape[1:4], len(self.measures) * len(self.raters), len(self.coded.cases))
        return np.broadcast_to(values, full).reshape(prod(full[:-1]), full[-1])

    def _taken(self, name: str, sums: str, version: int) -> Floats:
        """Return sums of a code under each merge, shape (left out, merge, case)."""
        return np.moveaxis(self.sums.of_all(sums, version, self.column[name]), -1, 1)

    def _known(self, name: str, version: int) -> Bools:
        """Return where a code is known, shape (left out, merge, threshold, case)."""
        place = self.codes.index(name)
        present = self._taken(name, "segments", version)[:, :, None] >= self._limits
        spoken = self._taken(f"of {name}", "segments", version) > 0  # anything of its kind
        known = (present | self.asked[:, place]) & self.told[:, place] & spoken[:, :, None]
        return np.asarray(known & ~self.gone[:, None, None], dtype=bool)

    @property
    def _limits(self) -> Floats:
        limits: Floats = np.maximum(np.array(self.specs.threshold, dtype=float), 1)[:, None]
        return limits

    def _levels(self, scale: str, column: str) -> Floats:
        """Return levels, shape (left out, 1, 1, rater, case), gone with the case."""
        unrated = np.full(len(self.coded.cases), np.nan)
        levels = np.stack([mine.get((scale, column), unrated) for mine in self.levels])[None, None, None]
        return np.where(self.gone[:, None, None, None], np.nan, levels)

    def order(self, side: str, version: int) -> Floats:
        """Return what orders the cases: the level of a scale or the share of a code.

        Shape (left out, rater, merge, threshold, measure, case), 1 along what it does not depend on.
        """
        if side in self.scales:
            return np.moveaxis(self._levels(side, "rating"), 3, 1)[:, :, :, :, None]
        known = self._known(side, version)
        parts = []
        for measure in self.measures:
            above = self._taken(side, measure.weighting, version)
            base = self._taken(f"of {side}", measure.weighting, version)
            base = self.held[:, None] if measure.weighting == "sessions" else base
            with np.errstate(invalid="ignore", divide="ignore"):
                share = np.where(base > 0, above / base, np.nan)
            parts.append(np.where(known, share[:, :, None], np.nan))
        return np.stack(parts, axis=3)[:, None]

    def flat(self, verdicts: Verdicts) -> Verdicts:
        """Return verdicts on what :meth:`order` gave in the order of the specifications, one by one."""
        left, *rest = self.specs.shape[1:4]
        full = np.broadcast_to(verdicts, (left, len(self.raters), *rest, len(self.measures)))
        return np.moveaxis(full, 1, -1).ravel()

    def there(
        self, side: str, term: Term | None, rule: VerdictRule, version: int, *, realized: bool = False
    ) -> Floats:
        """Return whether a condition or outcome is there: 1, 0, or NaN where unknown."""
        if side in self.scales:
            low, high = self._levels(side, "lowest"), self._levels(side, "highest")
            level = np.where(high < rule.condition_from_level, 0.0, np.nan)
            level = np.where(low >= rule.condition_from_level, 1.0, level)
            return self._flat(np.tile(level, (1, 1, 1, len(self.measures), 1)))
        known, name = self._known(side, version), side
        if term is not None and tie_name(term) in self.column:
            name = tie_name(term)
        counted = self._taken(name, "realized" if realized else "segments", version)
        if realized:
            known &= self.status_told[:, self.codes.index(side)]
        there = np.where(known, (counted[:, :, None] >= self._limits).astype(float), np.nan)
        return self._flat(there[:, :, :, None])

    def expected_and_measured(self, term: Term, version: int) -> tuple[Floats, Floats]:
        """Return segments expected and segments measured of an outcome, NaN where unknown."""
        known = self._known(term.outcome, version)
        expected = self._taken(term.outcome, "expected", version)
        measured = self._taken(term.outcome, "measured", version)
        if tie_name(term) in self.column:
            measured = np.maximum(measured, self._taken(tie_name(term), "measured", version))
        both = [np.where(known, part[:, :, None], np.nan)[:, :, :, None] for part in (expected, measured)]
        return self._flat(both[0]), self._flat(both[1])


def _by_scale(levels: pd.DataFrame, cases: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """Return the levels of the cases by scale and column, NaN where a case is not rated."""
    place = {case: number for number, case in enumerate(cases)}
    found: dict[tuple[str, str], Floats] = {}
    for column in ("rating", "lowest", "highest"):
        rows = zip(levels["scale"].tolist(), levels["case"].tolist(), levels[column].tolist(), strict=True)
        for scale, case, level in rows:
            if case in place:
                found.setdefault((scale, column), np.full(len(cases), np.nan))[place[case]] = level
    return found


def tie_name(term: Term) -> str:
    """Return the name of the column that counts what ties a condition to its outcome."""
    return f"{term.condition} tied to {term.outcome}"


def _with_ties(about: Coded, terms: Sequence[Term]) -> tuple[Coded, dict[str, tuple[str, ...]]]:
    """Add codings for what ties a condition to its outcome, and return of which codes each tie is made."""
    rules = tie_rules(about)
    parts: list[pd.DataFrame] = [about.rows]
    columns: dict[str, tuple[str, ...]] = {}
    for term in dict.fromkeys(terms):
        rule = rules.get((about.role(term.condition), about.role(term.outcome)))
        if rule is None:
            continue
        outcome = about.members(term.outcome)
        mine = about.rows[about.rows["code"].isin(about.members(term.condition))]
        name = tie_name(term)
        if rule == "named":
            tied = mine[mine["target_code"].isin(outcome)].assign(status="")
            columns[name] = (name,)
        else:
            beside = about.rows.loc[about.rows["code"].isin(outcome), ["segment", "coder"]].drop_duplicates()
            here = mine.merge(beside, on=["segment", "coder"])
            tied = here[here["target_code"].isin([*outcome, ""])].assign(status="measured")
            columns[name] = (*outcome, name)
        tied = tied.assign(code=name, target_code="")
        parts.append(tied.drop_duplicates(["segment", "coder", "code"]))
    return replace(about, rows=pd.concat(parts, ignore_index=True)), columns


def _columns(
    coded: Coded, names: Sequence[str], ties: Mapping[str, tuple[str, ...]], specs: Specifications
) -> tuple[dict[str, tuple[str, ...]], dict[str, Ints]]:
    """Return the columns to count, and for each name the place of its column under each merge.

    What a share is a share of stands under ``of`` and the name: the segments on the code's role, or for a
    whole role all coded ones.
    """
    columns: dict[str, tuple[str, ...]] = {name: coded.members(name) for name in names}
    columns |= ties
    of_role = {role: coded.codes(role) for role in {coded.role(name) for name in names}}
    for name in names:
        role = of_role[coded.role(name)]
        whole = set(role) <= set(columns[name])
        every = tuple(dict.fromkeys(coded.rows["code"])) if whole else tuple(role)
        columns[f"of {name}"] = tuple(dict.fromkeys([*every, *columns[name]]))
    unions = {merge: " and ".join(merge) for merge in specs.merge if merge}
    columns |= {
        label: tuple(code for one in merge for code in coded.members(one)) for merge, label in unions.items()
    }
    place = {name: number for number, name in enumerate(columns)}
    under = {
        name: [place[unions[merge]] if name in merge else place[name] for merge in specs.merge]
        for name in (*names, *ties)
    }
    found = {name: np.array(places, dtype=np.intp) for name, places in under.items()}
    return columns, found | {
        name: np.array([place[name]], dtype=np.intp) for name in place if name[:3] == "of "
    }
