"""The choices under which a conclusion could have been reached otherwise, crossed with one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coincidence import Ints

__all__ = [
    "AXES",
    "MEASURES",
    "MOST_PAIRS",
    "LeftOut",
    "Measure",
    "Specifications",
    "Version",
    "sibling_pairs",
    "specifications",
]

AXES = ("version", "left_out", "merge", "threshold", "measure")


@dataclass(frozen=True, slots=True)
class Version:
    """Whose reading counts: any, all or most of the coders, or one of them where there is one."""

    rule: str
    coder: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.coder}".strip()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is left out: nothing, a coder, a session or a case."""

    kind: str = "nothing"
    name: str = ""
    case: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Measure:
    """By what benefits are ordered: weighting, and whether partly pooled over the cases."""

    weighting: str
    pooled: bool = False

    def __str__(self) -> str:
        return f"{self.weighting}, partly pooled" if self.pooled else self.weighting


MEASURES = (Measure("segments"), Measure("strength"), Measure("sessions"), Measure("sessions", pooled=True))
"""Segments that carry the code, the same weighted by strength, sessions with it, and these partly pooled."""


@dataclass(frozen=True, slots=True)
class Specifications:
    """All combinations of choices; the first of each axis is what the study reports.

    Parameters
    ----------
    version, left_out, merge, threshold, measure
        The choices of each axis. A merge is the codes counted as one, none for no merge.
    """

    version: tuple[Version, ...]
    left_out: tuple[LeftOut, ...]
    merge: tuple[tuple[str, ...], ...]
    threshold: tuple[int, ...]
    measure: tuple[Measure, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of choices on each axis, in the order of `AXES`."""
        return tuple(len(getattr(self, axis)) for axis in AXES)

    @property
    def size(self) -> int:
        """Number of specifications."""
        return prod(self.shape)

    def named(self, axis: str) -> list[str]:
        """Return the choices of an axis in words."""
        if axis == "merge":
            return [" and ".join(codes) if codes else "none" for codes in self.merge]
        return [str(choice) for choice in getattr(self, axis)]

    def table(self) -> pd.DataFrame:
        """Return one row per specification, in the order of the flattened arrays of a sweep."""
        places = np.unravel_index(np.arange(self.size), self.shape)
        return pd.DataFrame(
            {
                axis: np.array(self.named(axis), dtype=object)[at]
                for axis, at in zip(AXES, places, strict=True)
            }
        )

    def at(self, number: int) -> tuple[Version, LeftOut, tuple[str, ...], int, Measure]:
        """Return the choices of one specification by its number in the flattened order."""
        place = [int(index) for index in np.unravel_index(number, self.shape)]
        return (
            self.version[place[0]],
            self.left_out[place[1]],
            self.merge[place[2]],
            self.threshold[place[3]],
            self.measure[place[4]],
        )

    def sample(self, count: int, seed: int) -> Ints:
        """Return the numbers of some specifications drawn at random, in order."""
        chosen = np.random.default_rng(seed).choice(self.size, min(count, self.size), replace=False)
        return np.sort(chosen).astype(np.intp)


def sibling_pairs(coded: Coded, role: str = "benefit") -> tuple[tuple[str, str], ...]:
    """Return every pair of codes of a role that have one parent and no code below: what could be merged.

    Of more than `MOST_PAIRS` those that stand most often on the same segments, which are those that readers
    take for one another or give together; in the codebook's order.
    """
    parent = dict(zip(coded.codebook["id"], coded.codebook["parent"], strict=True))
    leaves = coded.leaves(role)
    pairs = [(one, other) for one, other in combinations(leaves, 2) if parent[one] == parent[other]]
    if len(pairs) <= MOST_PAIRS:
        return tuple(pairs)
    together = _together(coded, leaves)
    place = {code: number for number, code in enumerate(leaves)}
    often = np.array([together[place[one], place[other]] for one, other in pairs])
    foremost = np.sort(np.argsort(-often, kind="stable")[:MOST_PAIRS])
    return tuple(pairs[number] for number in foremost)


MOST_PAIRS = 40
"""Each merge is crossed with all other choices, so that more would not tell more, only take longer."""


def _together(coded: Coded, codes: Sequence[str]) -> Ints:
    """Return on how many segments each two codes stand together, shape (codes, codes)."""
    from scipy.sparse import csr_matrix

    rows = coded.rows.loc[coded.rows["code"].isin(codes), ["segment", "code"]].drop_duplicates()
    segment, names = pd.factorize(rows["segment"])
    code = pd.Categorical(rows["code"], categories=list(codes)).codes
    given = csr_matrix((np.ones(len(rows), dtype=np.int64), (segment, code)), shape=(len(names), len(codes)))
    return np.asarray((given.T @ given).toarray(), dtype=np.intp)


def specifications(
    coded: Coded,
    *,
    thresholds: Sequence[int],
    merges: Sequence[Sequence[str]] = (),
    measures: Sequence[Measure] = MEASURES,
) -> Specifications:
    """Cross the choices that coding, counting and comparing allow.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    thresholds
        From how many segments on a code is there; the first is what the study reports.
    merges
        Codes counted as one, pair by pair.
    measures
        By what benefits are ordered.

    Returns
    -------
    Specifications
        Versions: any coder, most, all, and each coder's reading where there is one. Left out: nothing, then
        each coder, session and case in turn.
    """
    coders = sorted(set(coded.readings["coder"]) - set(coded.agreed))
    several = len(coders) > 1
    versions = [Version("any"), Version("majority"), Version("all")] if several else [Version("any")]
    versions += [Version("preferred", coder) for coder in coders] if several else []
    sessions = coded.sessions[coded.sessions["session"].isin(set(coded.segments["session"]))]
    left = [LeftOut()]
    left += [LeftOut("coder", coder) for coder in coders] if several else []
    left += [
        LeftOut("session", str(name), str(case))
        for name, case in zip(sessions["session"], sessions["case"], strict=True)
    ]
    left += [LeftOut("case", case, case) for case in coded.cases]
    return Specifications(
        tuple(versions),
        tuple(left),
        ((), *(tuple(merge) for merge in merges)),
        tuple(thresholds),
        tuple(measures),
    )
