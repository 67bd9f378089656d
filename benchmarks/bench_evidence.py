"""How long does it take, and how much memory, to open and check a large study?

Run it with ``python benchmarks/bench_evidence.py``. It writes a synthetic study of 1,000,000 codings over
300,000 segments, with the texts of its sources, into a temporary folder, then opens it in a process of its
own, so that the peak is that of opening alone. Times of a busy machine jump about; the ratio to a plain
``pandas.read_csv`` of the same files, taken in the same run, jumps less.

The promise is at most 12 seconds and 2 GiB for opening the tables that coding needs.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from large_study import Size, write_study

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES

CASES = ("cases", "use_cases", "participants", "sessions", "sources", "segments", "coders", "codings")
OPENED = ("codebook", *CASES)
SECONDS, GIBIBYTES = 12.0, 2.0


def open_and_check(layout: Layout) -> int:
    return sum(map(len, load_tables(layout, "demo", OPENED).values()))


def read_plainly(layout: Layout) -> int:
    files = (TABLES[name].file(layout, "demo") for name in OPENED)
    return sum(len(pd.read_csv(file, dtype=str, keep_default_na=False)) for file in files)


def measure(layout: Layout, what: str) -> dict[str, float]:
    start = time.perf_counter()
    rows = {"check": open_and_check, "read": read_plainly}[what](layout)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    return {"rows": rows, "seconds": seconds, "gibibytes": peak}


def in_a_process(layout: Layout, what: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", what, "--folder", str(layout.root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codings", type=int, default=1_000_000)
    parser.add_argument("--segments", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=("check", "read"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="keep the study here, and use the one that is there")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(Layout(options.folder), options.measure)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "study"
        if not folder.exists():
            start = time.perf_counter()
            write_study(folder, Size(options.codings, options.segments, cases=5, sessions=60, codes=0))
            print(f"written in {time.perf_counter() - start:.1f} s")
        runs = [
            {what: in_a_process(Layout(folder), what) for what in ("check", "read")}
            for _ in range(options.runs)
        ]
    best = min(run["check"]["seconds"] for run in runs)
    peak = max(run["check"]["gibibytes"] for run in runs)
    ratio = min(run["check"]["seconds"] / run["read"]["seconds"] for run in runs)
    print(f"{runs[0]['check']['rows']:,.0f} rows in {', '.join(OPENED)}")
    print(
        f"open and check: {best:.1f} s at best of {options.runs} (at most {SECONDS:g}), "
        f"{ratio:.1f} plain reads"
    )
    print(f"peak of the process: {peak:.2f} GiB (at most {GIBIBYTES:g})")
    sys.exit(best > SECONDS or peak > GIBIBYTES)


if __name__ == "__main__":
    main()
