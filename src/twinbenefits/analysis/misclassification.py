"""What if other coders had read the segments? Codings drawn anew from how coders take codes for one another.

From the segments that two coders read: how often a code that one gave was given by the other, which other
code stood in its place, how often none did, and how often the other saw one where the first saw nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.analysis.case_cells import cells_of, pooled_basis, with_case_basis
from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.coding_tensor import Bools, Map
from twinbenefits.analysis.coincidence import Floats, Ints
from twinbenefits.analysis.conclusions import EVERYWHERE, FIRST, PRESENT, REALIZED
from twinbenefits.analysis.estimate import because
from twinbenefits.analysis.held_rows import UNTOLD
from twinbenefits.analysis.ranks import ranks_of
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.analysis.robustness import rows_behind
from twinbenefits.analysis.states import NOT_ASKED, benefit_states
from twinbenefits.evidence.disclosure import ALL

__all__ = ["Confusion", "coder_confusion", "misclassification"]

_CHUNK = 50  # draws made together; fixed, so that the result does not depend on who runs them

_LIMITATIONS = (
    "Codings are redrawn as if another of these coders had read; an error that all share is not found.",
    "A code drawn onto a segment that has it already counts twice; one drawn from nothing has no status.",
)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How one coder's codes appear in another's reading.

    Parameters
    ----------
    codes
        The codes, in order.
    given
        Shape (codes, codes + 1): the chance that the other gives each code where one gave this; the last
        column is for none.
    added
        Shape (codes,): the chance per segment that the other gives a code where the first gave none.
    seen
        Shape (codes,): how often each code could be compared.
    segments
        Segments that two coders read.
    """

    codes: tuple[str, ...]
    given: Floats
    added: Floats
    seen: Floats
    segments: int


def coder_confusion(coded: Coded, codes: Sequence[str]) -> Confusion:
    """Return how coders take codes for one another, from the segments that two or more of them read.

    Codes that both gave are matched first; what is left of one is set against what is left of the other, in
    equal parts. A code that never could be compared is kept and missed as codes are on the whole.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    codes
        The codes compared.
    """
    place = {code: number for number, code in enumerate(codes)}
    many = len(place)
    counts, added, pairs = np.zeros((many, many + 1)), np.zeros(many), 0
    persons = coded.readings[~coded.readings["coder"].isin(coded.agreed)]
    readers = persons.groupby("segment")["coder"].agg(list)
    double = readers[readers.map(len) > 1]
    rows = coded.rows[coded.rows["segment"].isin(double.index) & coded.rows["code"].isin(list(place))]
    given: dict[tuple[str, str], set[int]] = {}
    for segment, coder, code in zip(rows["segment"], rows["coder"], rows["code"], strict=True):
        given.setdefault((segment, coder), set()).add(place[code])
    for segment, coders in double.items():
        for one, other in permutations(coders, 2):
            pairs += 1
            mine, theirs = given.get((str(segment), one), set()), given.get((str(segment), other), set())
            _compare(mine, theirs, counts, added)
    seen = counts.sum(axis=1)
    total = counts.sum()
    kept = np.trace(counts[:, :many]) / total if total else 1.0
    chances = np.zeros_like(counts)
    compared = seen > 0
    chances[compared] = counts[compared] / seen[compared, None]
    rest = np.flatnonzero(~compared)
    chances[rest, rest] = kept
    chances[rest, many] = 1 - kept
    return Confusion(tuple(place), chances, added / max(pairs, 1), seen, len(double))


def _compare(mine: set[int], theirs: set[int], counts: Floats, added: Floats) -> None:
    """Count where the codes of one coder went in the reading of another."""
    both, left, right = mine & theirs, sorted(mine - theirs), sorted(theirs - mine)
    for code in both:
        counts[code, code] += 1
    for code in left:
        if right:
            counts[code, right] += 1 / len(right)
        else:
            counts[code, -1] += 1
    if not left:
        added[right] += 1


@dataclass(frozen=True, slots=True)
class _Cells:
    """Resolved codings as numbers."""

    code: Ints
    case: Ints
    realized: Bools
    segments: Ints  # of each case
    cases: int


def misclassification(
    coded: Coded,
    asked: pd.DataFrame,
    *,
    presence_threshold: int = 1,
    draws: int = 1000,
    seed: int = 1,
    role: str = "benefit",
    map: Map = map,
) -> Result:
    """Return in what share of redrawn codings each conclusion still holds.

    Parameters
    ----------
    coded
        The coded evidence before several coders were made one.
    asked
        What was asked about.
    presence_threshold
        From how many segments on a code is there.
    draws, seed
        How often the codings are drawn anew, and the seed.
    role
        Codes of the role without any below them are looked at.
    map
        Runs the draws in portions of fixed size; the built-in by default, or that of an executor.

    Returns
    -------
    Result
        ``table``: conclusion, code, case (``*`` for all), baseline, share (of the draws in which it holds),
        draws, reason and the basis. Scalar ``segments_read_twice``.
    """
    codes = coded.leaves(role)
    about = coded.about_cases()
    confusion = coder_confusion(about, codes)
    states = benefit_states(
        resolve(coded),
        asked,
        {code: coded.members(code) for code in codes},
        presence_threshold=presence_threshold,
    )
    shape = (len(coded.cases), len(codes))
    known = (states["state"].notna() & (states["state"] != NOT_ASKED)).to_numpy().reshape(shape)
    cells = _cells(resolve(about), codes)
    limit = max(presence_threshold, 1)
    base = _Drawn.of(cells.case * shape[1] + cells.code, cells, shape, 1)
    why = "" if confusion.segments else "no segment was read by two coders"
    drawn: Iterator[_Drawn] = iter(())
    if not why:
        portions = [min(_CHUNK, draws - start) for start in range(0, draws, _CHUNK)]
        seeds = np.random.SeedSequence(seed).spawn(len(portions))
        drawn = iter(map(partial(_draw, cells=cells, confusion=confusion), portions, seeds))
    held = _Held(base, known, limit)
    for part in drawn:
        held.add(part)
    table = _table(held, coded.cases, codes, why)
    behind = rows_behind(resolve(about), codes)
    table = with_case_basis(table, behind, ["conclusion", "code"])
    scalar = Scalar(
        confusion.segments if not why else None,
        unit="segments",
        reason=because(why) if why else None,
        basis=pooled_basis(about.rows),
    )
    return Result(
        table,
        (*coded.inputs, "asked"),
        scalars={"segments_read_twice": scalar},
        limitations=_LIMITATIONS,
        cells=cells_of(table, ("conclusion", "code", "case"), case="case"),
    )


def _cells(coded: Coded, codes: Sequence[str]) -> _Cells:
    mentioned = coded.mentions({code: coded.members(code) for code in codes})
    code = {name: number for number, name in enumerate(codes)}
    case = {name: number for number, name in enumerate(coded.cases)}
    held = coded.segments["case"].map(case).dropna().to_numpy().astype(np.intp)
    return _Cells(
        code=mentioned["of"].map(code).to_numpy().astype(np.intp),
        case=mentioned["case"].map(case).to_numpy().astype(np.intp),
        realized=mentioned["status"].isin(["observed", "measured"]).to_numpy(),
        segments=np.bincount(held, minlength=len(case)).astype(np.intp),
        cases=len(case),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Segments and realized segments, shape (draws, cases, codes)."""

    segments: npt.NDArray[np.int_]
    realized: npt.NDArray[np.int_]

    @classmethod
    def of(cls, place: Ints, cells: _Cells, shape: tuple[int, int], draws: int) -> "_Drawn":
        """Count cells by place; a negative place was not given."""
        size = draws * shape[0] * shape[1]
        kept = place >= 0
        realized = kept & np.broadcast_to(cells.realized, place.shape)
        counted = [
            np.bincount(place[some], minlength=size).reshape(draws, *shape) for some in (kept, realized)
        ]
        return cls(*counted)


def _draw(draws: int, seed: np.random.SeedSequence, *, cells: _Cells, confusion: Confusion) -> _Drawn:
    """Draw the codings anew some times."""
    generator = np.random.default_rng(seed)
    many = len(confusion.codes)
    chance = generator.random((draws, len(cells.code)))
    limits = confusion.given.cumsum(axis=1)
    limits[:, -1] = 1.0
    new = np.empty(chance.shape, dtype=np.intp)
    for code in range(many):
        mine = cells.code == code
        new[:, mine] = np.searchsorted(limits[code], chance[:, mine], side="right")
    offset = np.arange(draws)[:, None] * cells.cases
    place = np.where(new < many, (offset + cells.case) * many + new, -1)
    found = _Drawn.of(place, cells, (cells.cases, many), draws)
    more = generator.binomial(cells.segments[:, None], confusion.added[None, :], (draws, cells.cases, many))
    return replace(found, segments=found.segments + more)


class _Held:
    """In how many draws each conclusion holds."""

    def __init__(self, base: _Drawn, known: Bools, limit: int) -> None:
        self.known, self.limit, self.draws = known, limit, 0
        self.present, self.realized = base.segments[0] >= limit, base.realized[0] >= limit
        value = np.where(known & self.present, base.segments[0].astype(float), np.nan)
        self.winner = np.where(np.isnan(value).all(axis=1), -1, np.nan_to_num(value, nan=-1.0).argmax(axis=1))
        self.everywhere = (self.present | ~known).all(axis=0)
        self.counts = {
            PRESENT: np.zeros(known.shape),
            REALIZED: np.zeros(known.shape),
            FIRST: np.zeros(len(known)),
            EVERYWHERE: np.zeros(known.shape[1]),
        }

    def add(self, part: _Drawn) -> None:
        """Count the draws in which conclusions hold."""
        self.draws += len(part.segments)
        present = part.segments >= self.limit
        self.counts[PRESENT] += (present == self.present).sum(axis=0)
        self.counts[REALIZED] += ((part.realized >= self.limit) == self.realized).sum(axis=0)
        rank = ranks_of(np.where(self.known, np.where(present, part.segments, 0).astype(float), np.nan))
        best = np.fmin.reduce(rank, axis=-1)
        rows = np.arange(len(self.winner))
        self.counts[FIRST] += (rank[:, rows, self.winner] <= best).sum(axis=0)
        self.counts[EVERYWHERE] += ((present | ~self.known).all(axis=1) == self.everywhere).sum(axis=0)


def _table(held: _Held, cases: Sequence[str], codes: Sequence[str], why: str) -> pd.DataFrame:
    rows: list[dict[str, object]] = []

    def add(kind: str, code: str, case: str, baseline: str | None, count: float) -> None:
        told = baseline is not None and not why
        rows.append(
            {
                "conclusion": kind,
                "code": code,
                "case": case,
                "baseline": baseline,
                "share": count / held.draws if told and held.draws else np.nan,
                "draws": held.draws if told else 0,
                "reason": why or ("" if baseline is not None else UNTOLD),
            }
        )

    words = {PRESENT: (PRESENT, "absent"), REALIZED: (REALIZED, f"not {REALIZED}")}
    for kind, found in ((PRESENT, held.present), (REALIZED, held.realized)):
        for row, case in enumerate(cases):
            for column, code in enumerate(codes):
                word = words[kind][not found[row, column]] if held.known[row, column] else None
                add(kind, code, case, word, held.counts[kind][row, column])
    for row, case in enumerate(cases):
        winner = int(held.winner[row])
        add(FIRST, "", case, codes[winner] if winner >= 0 else None, held.counts[FIRST][row])
    for column, code in enumerate(codes):
        enough = held.known[:, column].sum() > 1
        word = ("in all", "not in all")[not held.everywhere[column]] if enough else None
        add(EVERYWHERE, code, ALL, word, held.counts[EVERYWHERE][column])
    return pd.DataFrame(rows)
