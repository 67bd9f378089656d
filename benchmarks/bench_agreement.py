"""How fast is agreement on large codings? Ratios to a plain pass over the same data, in the same run.

Run it with ``python benchmarks/bench_agreement.py``; ``--package`` also times the krippendorff package (test
extra), whose dense arrays need about 4 GB at 40 codes and are therefore left out there.

Times of a busy machine jump about; ratios of runs taken in turn jump less, so the table gives those first.
"""

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd
from headlines import headline

from twinbenefits.analysis.agreement import agreement_table, krippendorff_alpha
from twinbenefits.analysis.code_agreement import binary_measures, binary_sums
from twinbenefits.analysis.double_coding import DoubleCoding, double_coded
from twinbenefits.analysis.session_bootstrap import percentile_intervals, resampled_sums, session_draws

UNITS, CODERS, SESSIONS, CODES, DRAWS = 100_000, 3, 400, 60, 1000


def in_turn(*functions: Callable[[], object], runs: int) -> list[float]:
    """Return the median seconds of each function, run one after the other so that they meet the same load."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(runs):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def peak_megabytes(function: Callable[[], object]) -> float:
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def ratings(codes: int, missing: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, codes, UNITS)[:, None]
    known = rng.random((UNITS, CODERS)) < 0.7
    table = np.where(known, truth, rng.integers(0, codes, (UNITS, CODERS))).astype(float)
    table[rng.random(table.shape) < missing] = np.nan
    return table


def nominal_alpha(package: bool) -> None:
    print(f"nominal alpha, {CODERS} coders, {UNITS:,} units; one pass = cast to integers and numpy.bincount")
    for codes in (5, 40):
        for missing in (0.0, 0.1):
            table = ratings(codes, missing)
            whole = np.nan_to_num(table, nan=codes)
            base, ours = in_turn(
                lambda whole=whole: np.bincount(whole.ravel().astype(np.intp)),
                lambda table=table: krippendorff_alpha(table),
                runs=61,
            )
            memory = peak_megabytes(lambda table=table: krippendorff_alpha(table))
            headline(
                f"nominal alpha, {CODERS} coders, {UNITS:,} units, {codes} codes, {missing:.0%} missing",
                f"{1e3 * ours:.2f} ms, peak {memory:.1f} MB",
                beside=f"{ours / base:.2f} x one pass of numpy.bincount ({1e3 * base:.2f} ms)",
                promise="at most 2 passes",
            )
        if package and codes == 5:
            import krippendorff

            table = ratings(codes, 0.0)
            theirs, ours = in_turn(
                lambda table=table: krippendorff.alpha(
                    reliability_data=table.T, level_of_measurement="nominal"
                ),
                lambda table=table: krippendorff_alpha(table),
                runs=3,
            )
            headline(
                f"the same, {codes} codes, none missing",
                f"{1e3 * ours:.2f} ms",
                beside=f"the package krippendorff takes {theirs / ours:.0f} x as long",
            )


def codings() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tidy codings with text ids; about three codes per segment among all coders."""
    rng = np.random.default_rng(2)
    truth = rng.random((UNITS, CODES)) < 0.02
    rows = []
    for coder in range(CODERS):
        found = (truth & (rng.random((UNITS, CODES)) < 0.8)) | (rng.random((UNITS, CODES)) < 0.002)
        segment, code = np.nonzero(found)
        rows.append(pd.DataFrame({"segment": segment, "coder": coder, "code": code}))
    given = pd.concat(rows, ignore_index=True)
    coded = pd.DataFrame(
        {"segment": np.repeat(np.arange(UNITS), CODERS), "coder": np.tile(np.arange(CODERS), UNITS)}
    )
    for frame in (given, coded):
        frame["session"] = "I" + (frame["segment"] % SESSIONS).astype(str)
        frame["segment"] = "g" + frame["segment"].astype(str)
        frame["coder"] = "C" + frame["coder"].astype(str)
    given["code"] = "K" + given["code"].astype(str)
    return given, coded


def bootstrap(double: DoubleCoding) -> None:
    sums = binary_sums(double)
    drawn = resampled_sums(sums, session_draws(len(double.sessions), DRAWS, seed=1))
    alpha = binary_measures(double)["krippendorff_alpha"](drawn)
    percentile_intervals(alpha, level=0.95, least_defined=0.95)


def session_bootstrap() -> None:
    given, coded = codings()
    double = double_coded(given, coded)
    (all_draws,) = in_turn(lambda: bootstrap(double), runs=7)
    headline(
        f"session bootstrap of alpha, {DRAWS} draws, {UNITS:,} units, {CODES} codes, {SESSIONS} sessions",
        f"{all_draws:.2f} s",
        beside=f"{1e6 * all_draws / DRAWS / CODES:.1f} microseconds per draw and code",
    )
    (numbering,) = in_turn(lambda: double_coded(given, coded), runs=3)
    (whole,) = in_turn(lambda: agreement_table(given, coded, minimum_sessions=8, draws=DRAWS), runs=1)
    print(f"  numbering of the text ids of {len(given) + len(coded):,} rows: {numbering:.2f} s")
    print(f"  the whole table, four measures per code and two on sets: {whole:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", action="store_true", help="also time the krippendorff package")
    chosen = parser.parse_args()
    nominal_alpha(chosen.package)
    session_bootstrap()


if __name__ == "__main__":
    main()
