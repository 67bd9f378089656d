"""How fast are the specifications? One pass over all of them beside a loop over pandas, in the same run.

Run it with ``python benchmarks/bench_robustness.py``; ``--loop N`` says how many specifications the loop goes
through (all of them take minutes; its time for all is projected from those). A test holds the two to equal
results.

``one_specification`` is how the matter is usually written: filter, group, count and rank, time and again.
"""

import argparse
import resource
import statistics
import time

import numpy as np
import pandas as pd

from twinbenefits.analysis.coded import Coded, coded_evidence
from twinbenefits.analysis.resolution import resolve
from twinbenefits.analysis.specifications import Specifications, sibling_pairs, specifications
from twinbenefits.analysis.states import asked_answers, benefit_states
from twinbenefits.analysis.sweep import Sweep, sweep

TABLES = ["cases", "sessions", "sources", "segments", "coders", "assignments", "codings", "asked", "codebook"]
THRESHOLDS = (1, 2, 3)


class Loop:
    """The same answers by a loop over pandas; built once, asked once per specification."""

    def __init__(self, coded: Coded, asked: pd.DataFrame, specs: Specifications) -> None:
        about = coded.about_cases()
        self.specs, self.cases, self.codes = specs, list(coded.cases), coded.leaves("benefit")
        members = {code: coded.members(code) for code in self.codes}
        self.rows = about.rows[about.rows["code"].isin(self.codes)]
        self.readings, self.segments, self.agreed = about.readings, about.segments, list(coded.agreed)
        states = benefit_states(resolve(coded), asked, members, presence_threshold=specs.threshold[0])
        self.told = states.pivot(index="case", columns="code", values="untold") != "presence"
        answers = asked_answers(coded, asked, members)
        self.asked = pd.DataFrame(
            {
                c: [answers.get((k, c), "") in ("yes", "partly", "not recorded") for k in self.cases]
                for c in self.codes
            },
            index=self.cases,
        )

    def one_specification(self, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return presence and rank, cases by codes; missing where nothing can be said."""
        version, left, merge, threshold, measure = self.specs.at(number)
        rows, readings, segments = self.rows, self.readings, self.segments
        if left.kind == "coder":
            rows, readings = rows[rows["coder"] != left.name], readings[readings["coder"] != left.name]
            segments = segments[segments["segment"].isin(readings["segment"])]
        if left.kind in ("session", "case"):
            rows, segments = rows[rows[left.kind] != left.name], segments[segments[left.kind] != left.name]
        chosen = [version.coder] if version.coder else self.agreed
        mine = readings.loc[readings["coder"].isin(chosen), "segment"]
        readings = readings[readings["coder"].isin(chosen) | ~readings["segment"].isin(mine)]
        rows = rows[rows["coder"].isin(chosen) | ~rows["segment"].isin(mine)]
        readers = readings.groupby("segment")["coder"].nunique()
        grouped = rows.groupby(["segment", "code"])
        cells = grouped.agg(coders=("coder", "nunique"), case=("case", "first"), session=("session", "first"))
        cells["strength"] = grouped["strength"].quantile(0.5, interpolation="lower")
        cells = cells.reset_index()
        read = cells["segment"].map(readers)
        if version.rule == "all":
            cells = cells[cells["coders"] >= read]
        if version.rule == "majority":
            cells = cells[2 * cells["coders"] > read]
        asked, told = self.asked.copy(), self.told.copy()
        if merge:
            cells = cells.assign(code=cells["code"].replace(dict.fromkeys(merge, merge[0])))
            asked[merge[0]], told[merge[0]] = asked[list(merge)].any(axis=1), told[list(merge)].all(axis=1)
            told[list(merge[1:])] = False
        cells = (
            cells.groupby(["segment", "code"])
            .agg(strength=("strength", "max"), case=("case", "first"), session=("session", "first"))
            .reset_index()
        )
        if left.kind == "case":
            told.loc[left.name] = False
        count = self._table(cells.groupby(["case", "code"])["segment"].count())
        present = count >= threshold
        known = (present | asked) & told[self.codes].reindex(self.cases)
        held = segments.groupby("case")["session"].nunique().reindex(self.cases, fill_value=0)
        value = count
        if measure.weighting == "strength":
            value = self._table(
                cells.assign(strength=cells["strength"].fillna(1)).groupby(["case", "code"])["strength"].sum()
            )
        if measure.weighting == "sessions":
            value = self._table(cells.groupby(["case", "code"])["session"].nunique())
        if measure.pooled:
            open_ = ((value > 0) | asked) & told[self.codes].reindex(self.cases)
            value = _pooled(value, held, open_.loc[:, self.codes] & (held > 0).to_numpy()[:, None])
            value = value.round(12)  # equal shares, added up in another order, must still share their rank
        rank = value.where(present, 0.0).where(known).rank(axis=1, ascending=False, method="average")
        return present.where(known), rank

    def _table(self, series: pd.Series) -> pd.DataFrame:
        table = series.unstack("code") if len(series) else pd.DataFrame()
        return table.reindex(index=self.cases, columns=self.codes).fillna(0.0).astype(float)


def _pooled(having: pd.DataFrame, held: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    """Draw shares of sessions towards the mean of the cases, code by code and case by case."""
    between = within = apart = inside = spare = 0.0
    mean = {}
    for code in having.columns:
        cases = [case for case in having.index if known.at[case, code]]
        total = sum(held[case] for case in cases)
        mean[code] = sum(having.at[case, code] for case in cases) / total if total else 0.0
        if len(cases) < 2:
            continue
        for case in cases:
            share = having.at[case, code] / held[case]
            between += held[case] * (share - mean[code]) ** 2
            within += held[case] * share * (1 - share)
        apart += len(cases) - 1
        inside += total - len(cases)
        spare += total - sum(held[case] ** 2 for case in cases) / total
    alike = 1.0
    if apart:
        mean_between, mean_within = between / apart, within / inside if inside else 0.0
        spread = mean_between + (spare / apart - 1) * mean_within
        alike = min(max((mean_between - mean_within) / spread, 0.0), 1.0) if spread > 0 else 0.0
    pooled = having.astype(float) * np.nan
    for code in having.columns:
        for case in having.index:
            if known.at[case, code]:
                shrinkage = (1 - alike) / (1 - alike + held[case] * alike)
                pooled.at[case, code] = (
                    shrinkage * mean[code] + (1 - shrinkage) * having.at[case, code] / held[case]
                )
    return pooled


def disagreements(found: Sweep, loop: Loop, numbers: np.ndarray) -> list[int]:
    """Return the specifications for which the loop gives another presence or rank than the pass."""
    shape = found.specifications.shape
    different = []
    known_all, present_all, rank_all = found.known, found.present, found.rank
    for number in numbers:
        place = np.unravel_index(number, shape)
        present, rank = loop.one_specification(int(number))
        known = known_all[place[:4]]
        same = (present.notna().to_numpy() == known).all()
        same &= (present.fillna(False).to_numpy(dtype=bool) == present_all[place[:4]]).all()
        same &= np.allclose(rank.to_numpy(dtype=float), rank_all[place], equal_nan=True)
        different += [] if same else [int(number)]
    return different


def demonstration() -> tuple[Coded, pd.DataFrame]:
    from twinbenefits.evidence.study import Study

    study = Study.open(audience="team", tables=TABLES)
    frames = {name: study.table(name) for name in TABLES if name != "asked"}
    return coded_evidence(**frames), study.table("asked")


def large_study(segments: int, sessions: int, cases: int = 5, seed: int = 1) -> tuple[Coded, pd.DataFrame]:
    """Return an invented study with as many segments as asked, a quarter of them read by two coders."""
    rng = np.random.default_rng(seed)
    names = [f"C{number}" for number in range(cases)]
    codes = [f"X{group}.{number}" for group in range(3) for number in range(5)]
    book = pd.DataFrame(
        [("X", ""), *((f"X{group}", "X") for group in range(3)), *((code, code[:2]) for code in codes)],
        columns=["id", "parent"],
    ).assign(role="benefit")
    held = pd.DataFrame({"session": [f"I{n}" for n in range(sessions)]})
    held["case"] = np.array(names)[np.arange(sessions) % cases]
    of = rng.integers(0, sessions, segments)
    listed = pd.DataFrame(
        {"segment": [f"G{n}" for n in range(segments)], "source": held["session"].to_numpy()[of]}
    )
    listed = listed.assign(speaker="P", consent_level=5)
    coders = np.array(["A", "B", "C"])
    first = rng.integers(0, 3, segments)
    second = rng.random(segments) < 0.25
    readings = pd.concat(
        [
            pd.DataFrame({"segment": listed["segment"], "coder": coders[first]}),
            pd.DataFrame({"segment": listed["segment"][second], "coder": coders[(first[second] + 1) % 3]}),
        ],
        ignore_index=True,
    )
    given = readings.sample(frac=1.3, replace=True, random_state=seed)
    given = given.assign(
        code=np.array(codes)[rng.integers(0, len(codes), len(given))],
        status=np.array(["expected", "observed", "measured"])[rng.integers(0, 3, len(given))],
        strength=rng.integers(1, 4, len(given)),
        target_code="",
    ).drop_duplicates(["segment", "coder", "code"])
    coded = coded_evidence(
        codings=given,
        segments=listed,
        sources=held.assign(source=held["session"]),
        sessions=held,
        cases=pd.DataFrame({"case": names}),
        codebook=book,
        assignments=readings,
    )
    asked = pd.DataFrame(
        [(case, code, "yes") for case in names for code in codes], columns=["case", "code", "asked"]
    )
    return coded, asked


def main() -> None:
    from headlines import headline  # beside this file; the tests load the loop without it

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loop", type=int, default=150, help="specifications that the loop goes through")
    parser.add_argument("--segments", type=int, default=100_000, help="size of the large study")
    parser.add_argument("--sessions", type=int, default=80, help="sessions of the large study")
    chosen = parser.parse_args()

    coded, asked = demonstration()
    specs = specifications(coded, thresholds=THRESHOLDS, merges=sibling_pairs(coded)[:7])
    times, worked = [], []
    for _ in range(5):
        start, begun = time.perf_counter(), time.process_time()
        found = sweep(coded, asked, specs)
        _ = found.rank  # worked out when asked for
        times.append(time.perf_counter() - start)
        worked.append(time.process_time() - begun)
    ours = statistics.median(times)
    loop = Loop(coded, asked, specs)
    numbers = specs.sample(chosen.loop, seed=1)
    start = time.perf_counter()
    for number in numbers:
        loop.one_specification(int(number))
    each = (time.perf_counter() - start) / max(len(numbers), 1)
    wrong = disagreements(found, loop, numbers)
    per_10_000 = 1e4 * ours / specs.size
    busy = 1e4 * statistics.median(worked) / specs.size
    whole = each * specs.size
    headline(
        f"{specs.size:,} specifications of the demonstration set",
        f"{ours:.3f} s, {per_10_000:.3f} s per 10,000 (CPU {busy:.3f} s)",
        beside=f"a loop over pandas takes {whole / ours:,.0f} x as long ({1e3 * each:.1f} ms each); of "
        f"{len(numbers)} compared {len(wrong)} have another result",
    )

    start = time.perf_counter()
    coded, asked = large_study(chosen.segments, chosen.sessions)
    built = time.perf_counter() - start
    specs = specifications(coded, thresholds=THRESHOLDS, merges=sibling_pairs(coded)[:5])
    start, begun = time.perf_counter(), time.process_time()
    _ = sweep(coded, asked, specs).rank  # worked out when asked for
    taken, busy = time.perf_counter() - start, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    headline(
        f"{specs.size:,} specifications, {chosen.segments:,} segments in {chosen.sessions} sessions",
        f"{taken:.1f} s (CPU {busy:.1f} s), peak {peak:.2f} GiB",
        beside=f"joining the tables before takes {built:.1f} s",
    )


if __name__ == "__main__":
    main()
