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
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
CASES = ("cases", "use_cases", "participants", "sessions", "sources", "segments", "coders", "codings")
OPENED = ("codebook", *CASES)
SECONDS, GIBIBYTES = 12.0, 2.0
SESSIONS = 300


def write_study(folder: Path, codings: int, segments: int, seed: int = 1) -> Layout:
    """Write a sound study of the wanted size."""
    layout = Layout(folder)
    shutil.copytree(ROOT / "data", layout.data, ignore=shutil.ignore_patterns("demo", "private"))
    layout.demo.mkdir()
    rng = np.random.default_rng(seed)
    small = pd.read_csv(ROOT / "data/demo/segments.csv", dtype=str, keep_default_na=False)
    for name in ("cases", "use_cases", "coders"):
        shutil.copy(ROOT / "data/demo" / f"{name}.csv", layout.demo)
    case = np.array([f"K{1 + n % 5}" for n in range(SESSIONS)])
    session = np.array([f"{case[n]}-S{n + 10}" for n in range(SESSIONS)])
    people = pd.DataFrame({"participant": [f"{c}-P{n}" for c in sorted({*case}) for n in range(8)]})
    people["case"] = people["participant"].str[:2]
    _write(layout, "participants", people.assign(role_group="operations", organization_kind="case_company"))
    part = {c: group.tolist() for c, group in people.groupby("case")["participant"]}
    held = pd.DataFrame(
        {"session": session, "case": case, "kind": "interview", "date": "2025-11-20", "minutes": 60}
    )
    _write(
        layout,
        "sessions",
        held.assign(participants=[";".join(part[c]) for c in case], language="en", note=""),
    )
    frame = _segments(layout, rng, small["text"].to_numpy(), session, case, part, segments)
    _codings(layout, rng, frame["segment"].to_numpy(), codings)
    return layout


def _segments(
    layout: Layout,
    rng: np.random.Generator,
    pool: np.ndarray,
    session: np.ndarray,
    case: np.ndarray,
    people: dict[str, list[str]],
    count: int,
) -> pd.DataFrame:
    place = np.sort(rng.integers(0, SESSIONS, count))
    text = pool[rng.integers(0, len(pool), count)]
    source = np.char.add(session.astype(str), "-T")
    (layout.demo / "sources").mkdir()
    frame = pd.DataFrame(
        {"segment": [f"G{n:06d}" for n in range(count)], "source": source[place], "text": text}
    )
    lengths = frame["text"].str.len()
    end = (lengths + 2).groupby(frame["source"]).cumsum() - 2
    frame["start"], frame["end"] = end - lengths, end
    whole = frame.groupby("source", sort=False)["text"].agg("\n\n".join)
    for name, content in whole.items():
        (layout.demo / "sources" / f"{name}.txt").write_text(content, "utf-8")
    sources = pd.DataFrame(
        {"source": source, "case": case, "session": session, "kind": "transcript", "title": ""}
    )
    characters = sources["source"].map(whole.str.len()).fillna(0).astype(int)
    _write(layout, "sources", sources.assign(characters=characters, text_sha256="", consent_level=5))
    persons = np.array([people[c] for c in case])[place, rng.integers(0, 8, count)]
    frame = frame.assign(first_order=frame["text"].str[:20], speaker=persons, use_case="")
    _write(layout, "segments", frame.assign(consent_level=rng.choice([3, 4, 5], count)))
    return frame


def _codings(layout: Layout, rng: np.random.Generator, segments: np.ndarray, count: int) -> None:
    """Write codings of one or two coders per segment that keep every rule of the codebook's roles."""
    codebook = pd.read_csv(layout.study / "codebook.csv", dtype=str, keep_default_na=False)
    of_role = {role: group.to_numpy() for role, group in codebook.groupby("role")["id"]}
    coders = np.array(["demo-1", "demo-2", "demo-3"])
    twice = rng.random(len(segments)) < 0.25
    segment = np.concatenate([segments, segments[twice]])
    first = rng.integers(0, 3, len(segments))
    coder = coders[np.concatenate([first, (first[twice] + 1) % 3])]
    benefit = rng.choice(of_role["benefit"], len(segment))
    base = {"segment": segment, "coder": coder}
    parts = [pd.DataFrame({**base, "code": benefit, "target_code": "", "role": "benefit"})]
    spare = count / len(segment) - 1
    for role, share in (("mechanism", 0.5), ("outcome", 0.25), ("challenge", 0.25)):
        hit = rng.random(len(segment)) < share * spare
        code = rng.choice(of_role[role], int(hit.sum()))
        target = benefit[hit] if role != "challenge" else ""
        rows = {
            "segment": segment[hit],
            "coder": coder[hit],
            "code": code,
            "target_code": target,
            "role": role,
        }
        parts.append(pd.DataFrame(rows))
    frame = pd.concat(parts, ignore_index=True)
    graded = frame["role"] == "benefit"
    frame["status"] = np.where(graded, rng.choice(["expected", "observed", "measured"], len(frame)), "")
    frame["strength"] = pd.Series(rng.integers(1, 4, len(frame))).where(graded).astype("Int64")
    frame["coding"] = [f"C{n:07d}" for n in range(len(frame))]
    _write(layout, "codings", frame.assign(codebook_version="2025-11-03", created="2026-01-10"))


def _write(layout: Layout, table: str, frame: pd.DataFrame) -> None:
    columns = list(TABLES[table].model.to_schema().columns)
    frame.assign(synthetic="true")[columns].to_csv(
        layout.demo / f"{table}.csv", index=False, lineterminator="\n"
    )


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
            write_study(folder, options.codings, options.segments)
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
