"""Where each case stands on each condition and outcome: a level on a scale, or a code's share of the talk."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Floats
from twinbenefits.analysis.context import context_levels
from twinbenefits.analysis.states import NOT_ASKED, benefit_states

__all__ = ["CaseValues", "Counts", "case_values"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Segments that one case has on one code.

    Parameters
    ----------
    segments
        All of them.
    realized, expected, measured
        Observed or measured; expected; measured.
    """

    segments: int = 0
    realized: int = 0
    expected: int = 0
    measured: int = 0


@dataclass(frozen=True, slots=True)
class CaseValues:
    """One condition or outcome over the cases.

    Parameters
    ----------
    name
        The scale or code.
    is_scale
        Whether it is a scale of the context.
    value
        Case to what orders it: the middle level, or the share of the talk; absent where unknown.
    lowest, highest
        Case to the lowest and highest level of the raters; only for scales.
    counts
        Case to its segments; only for codes.
    reason
        Case to why its value is unknown.
    status_untold
        Cases of which may not be told whether anything was observed or measured.
    """

    name: str
    is_scale: bool
    value: Mapping[str, float]
    lowest: Mapping[str, float] = field(default_factory=dict)
    highest: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    reason: Mapping[str, str] = field(default_factory=dict)
    status_untold: frozenset[str] = frozenset()

    def of(self, cases: Sequence[str]) -> Floats:
        """Return the values of these cases, NaN where unknown."""
        return np.array([self.value.get(case, np.nan) for case in cases], dtype=float)

    def present(self, case: str, *, threshold: int, from_level: int, realized: bool = False) -> bool | None:
        """Return whether it is there in a case; None where unknown or where the raters are on both sides.

        Parameters
        ----------
        case
            The case.
        threshold
            For codes: from how many segments on.
        from_level
            For scales: from which level on.
        realized
            For codes: count only what was observed or measured.
        """
        if case not in self.value:
            return None
        if self.is_scale:
            if self.lowest[case] >= from_level:
                return True
            return False if self.highest[case] < from_level else None
        if realized and case in self.status_untold:
            return None
        counts = self.counts[case]
        return (counts.realized if realized else counts.segments) >= max(threshold, 1)

    def without(self, case: str) -> "CaseValues":
        """Leave one case out."""
        return replace(self, value={name: one for name, one in self.value.items() if name != case})


def case_values(
    names: Iterable[str],
    coded: Coded,
    asked: pd.DataFrame,
    ratings: pd.DataFrame,
    scales: Iterable[str],
    *,
    presence_threshold: int = 1,
    rater: str = "",
) -> dict[str, CaseValues]:
    """Return the values of conditions and outcomes.

    Parameters
    ----------
    names
        Scales and codes.
    coded
        Resolved evidence; only rows that may enter a statement about their case are used.
    asked, ratings
        What was asked about, and how the context was rated.
    scales
        The names that are scales.
    presence_threshold
        From how many segments on a code counts as mentioned.
    rater
        Take the levels of one rater only.
    """
    wanted, known_scales = dict.fromkeys(names), set(scales)
    levels = context_levels(ratings, rater=rater)
    codes = [name for name in wanted if name not in known_scales]
    return {
        **{name: _scale(name, levels, coded.cases) for name in wanted if name in known_scales},
        **_codes(codes, coded, asked, presence_threshold),
    }


def _scale(name: str, levels: pd.DataFrame, cases: Sequence[str]) -> CaseValues:
    mine = levels[levels["scale"] == name].set_index("case")
    rated = mine[mine["rating"].notna()]
    value, lowest, highest = (
        {str(case): float(number) for case, number in rated[column].items()}
        for column in ("rating", "lowest", "highest")
    )
    why = {case: str(mine.at[case, "reason"]) if case in mine.index else "not rated" for case in cases}
    reason = {case: why[case] for case in cases if case not in value}
    return CaseValues(name, True, value, lowest, highest, reason=reason)


def _codes(names: Sequence[str], coded: Coded, asked: pd.DataFrame, threshold: int) -> dict[str, CaseValues]:
    """Return the values of codes, each with all codes below it."""
    groups = {name: coded.members(name) for name in names}
    states = benefit_states(coded, asked, groups, presence_threshold=threshold)
    about = coded.about_cases()
    known = set(coded.codebook["id"])
    found = {}
    records = {(row["code"], row["case"]): row for row in states.to_dict("records")}
    shares = _shares(about, groups)
    for name in names:
        share = shares[name]
        rows = {case: records[name, case] for case in coded.cases}
        told = {case for case, row in rows.items() if _told(row) and not np.isnan(share[case])}
        found[name] = CaseValues(
            name,
            False,
            {case: float(share[case]) for case in coded.cases if case in told},
            counts={case: _counted(row) for case, row in rows.items()},
            reason={case: _why(row, name in known) for case, row in rows.items() if case not in told},
            status_untold=frozenset(case for case, row in rows.items() if row["untold"]),
        )
    return found


def _told(row: Mapping[Any, Any]) -> bool:
    """Return whether the share may be told; a status that may not leaves the share as it is."""
    if row["untold"]:
        return bool(row["untold"] == "status")
    return bool(row["state"] != NOT_ASKED)


def _counted(row: Mapping[Any, Any]) -> Counts:
    realized = int(row["observed"]) + int(row["measured"])
    return Counts(int(row["segments"]), realized, int(row["expected"]), int(row["measured"]))


def _shares(about: Coded, groups: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """Return each code's share of the segments on its role, by case; of a whole role among all coded ones."""
    roles = {name: about.role(name) for name in groups}
    of_role = {role: about.codes(role) for role in set(roles.values())}
    whole = {name for name, role in roles.items() if set(of_role[role]) <= set(groups[name])}
    count, every = _segments_by_case(about), tuple(about.rows["code"].unique())
    shares: dict[str, dict[str, float]] = {}
    for name, role in roles.items():
        base = every if name in whole else (*of_role[role], *groups[name])
        above, below = count(groups[name]), count(base)
        shares[name] = {
            case: above.get(case, 0) / below[case] if case in below else np.nan for case in about.cases
        }
    return shares


def _segments_by_case(about: Coded) -> Callable[[Iterable[str]], dict[str, int]]:
    """Return what tells how many segments of each case carry any of some codes; no case has none."""
    segment, names = pd.factorize(about.rows["segment"])
    code, codes = pd.factorize(about.rows["code"])
    first = np.unique(segment, return_index=True)[1]
    case, named = pd.factorize(about.rows["case"].take(first))
    cases = named.tolist()

    def count(wanted: Iterable[str]) -> dict[str, int]:
        carrying = np.zeros(len(names), dtype=bool)
        carrying[segment[codes.isin(list(wanted))[code]]] = True
        many = np.bincount(case[carrying], minlength=len(cases)).tolist()
        return {str(one): found for one, found in zip(cases, many, strict=True) if found}

    return count


def _why(row: Mapping[Any, Any], known: bool) -> str:
    if not known:
        return "neither a scale of the context nor a code of the codebook"
    if row["state"] == NOT_ASKED:
        return "; ".join(text for text in (NOT_ASKED, row["reason"]) if text)
    return str(row["reason"]) or "nothing of its kind was coded in this case"
