"""Run all benchmarks and write what they found into one page.

Run it with ``make bench``, or ``python benchmarks/report.py NAME …`` for some of them. Each benchmark runs in
a process of its own; one that fails is named with what it said, and the others go on. With ``--smoke`` each
that can be small runs at its smallest, to see that it runs; its figures mean nothing and no page is written.

Figures of a busy machine jump about. What can be relied on are the ratios, taken within one run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from headlines import VARIABLE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE, GROWTH = HERE / "report.md", HERE / "growth.svg"
PACKAGES = (
    *(
        "numpy",
        "pandas",
        "scipy",
        "statsmodels",
        "matplotlib",
        "seaborn",
        "papermill",
        "nbclient",
        "nbconvert",
    ),
    *("nbval", "ipykernel", "krippendorff", "distributed", "doit", "pypandoc_binary", "typst"),
)


@dataclass(frozen=True)
class Benchmark:
    """One of the scripts beside this one.

    Parameters
    ----------
    name
        The script, without ``bench_`` and ``.py``.
    title
        What it measures.
    smoke
        The arguments that make it small; None where it cannot be.
    full
        The arguments otherwise.
    """

    name: str
    title: str
    smoke: tuple[str, ...] | None
    full: tuple[str, ...] = ()


BENCHMARKS = (
    Benchmark("kernels", "Running the study's notebooks", None),
    Benchmark("imports", "Quick commands", None),
    Benchmark("edits", "What an edit makes again", None),
    Benchmark("rendering", "Rendering", None),
    Benchmark("agreement", "Agreement of coders", None, ("--package",)),
    Benchmark(
        "robustness", "Sweeps over specifications", ("--loop", "3", "--segments", "2000", "--sessions", "9")
    ),
    Benchmark("disclosure", "Protection of tables", ("--small",)),
    Benchmark("evidence", "Opening a large study", None),
    Benchmark("exchange", "Projects of other programs", ("--codings", "400")),
    Benchmark("votes", "Votes of a large workshop", ("--voters", "10")),
    Benchmark("cluster", "A cluster beside this computer", None),
    Benchmark("scale", "The whole job with a large study", None, ("--figure", str(GROWTH))),
)


@dataclass(frozen=True)
class Outcome:
    """What a benchmark found."""

    benchmark: Benchmark
    rows: tuple[dict[str, str], ...]
    said: str
    failed: bool
    seconds: float


def run(benchmark: Benchmark, *, smoke: bool) -> Outcome:
    """Run one benchmark and collect its figures."""
    arguments = benchmark.smoke if smoke and benchmark.smoke is not None else benchmark.full
    with tempfile.TemporaryDirectory(prefix="headlines-") as folder:
        found = Path(folder) / "headlines.jsonl"
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(HERE / f"bench_{benchmark.name}.py"), *arguments],
            cwd=ROOT,
            env={**os.environ, VARIABLE: str(found)},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
        lines = found.read_text("utf-8").splitlines() if found.is_file() else []
    said = done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"
    return Outcome(benchmark, tuple(map(json.loads, lines)), said.strip(), done.returncode != 0, seconds)


def machine() -> list[str]:
    """Say what the figures were measured on, without names of persons or computers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    system = f"{platform.system()} on {platform.machine()}"
    return [
        f"{system}, {cores} cores{memory}; Python {platform.python_version()}.",
        f"Packages: {', '.join(found)}.",
    ]


def page(outcomes: list[Outcome]) -> str:
    """Return the report as Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; what each script measures and how, it says at its top. Ratios are taken",
        "within one run and can be compared between machines; seconds cannot.",
        "",
        *machine(),
    ]
    for outcome in outcomes:
        lines += ["", f"## {outcome.benchmark.title}", ""]
        lines += [f"`benchmarks/bench_{outcome.benchmark.name}.py`, {outcome.seconds:.0f} s", ""]
        if outcome.rows:
            lines += ["| what | measured | beside it, in the same run | promised |", "|---|---|---|---|"]
            lines += [_row(row) for row in outcome.rows]
        elif not outcome.failed:
            lines += ["```text", outcome.said, "```"]
        if outcome.failed:
            lines += [
                "",
                "**It did not come to its end**, and said:",
                "",
                "```text",
                outcome.said[-2000:],
                "```",
            ]
        if outcome.benchmark.name == "scale" and GROWTH.is_file():
            lines += ["", f"![Time and memory over the number of codings, on two panels.]({GROWTH.name})"]
    return "\n".join([*lines, ""])


def _row(row: dict[str, str]) -> str:
    cells = (row[name].replace("|", "\\|") for name in ("what", "figure", "beside", "promise"))
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Run the benchmarks; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--smoke", action="store_true", help="run each at its smallest and write nothing")
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.names) - set(names)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    wanted = [benchmark for benchmark in BENCHMARKS if not chosen.names or benchmark.name in chosen.names]
    if chosen.smoke:
        wanted = [benchmark for benchmark in wanted if benchmark.smoke is not None]
    outcomes = []
    for benchmark in wanted:
        print(f"{benchmark.name}: {benchmark.title.lower()} ...", flush=True)
        outcomes.append(run(benchmark, smoke=chosen.smoke))
        told = "failed" if outcomes[-1].failed else f"{len(outcomes[-1].rows)} figures"
        print(f"{benchmark.name}: {told}, {outcomes[-1].seconds:.0f} s", flush=True)
        if outcomes[-1].failed:
            print(outcomes[-1].said[-2000:])
        if not chosen.smoke:  # after each, so that what was found is kept
            made = chosen.page.with_name(f".{chosen.page.name}.tmp")
            made.write_text(page(outcomes), "utf-8", newline="\n")
            made.replace(chosen.page)
    if not chosen.smoke:
        print(f"wrote {chosen.page.relative_to(ROOT) if chosen.page.is_relative_to(ROOT) else chosen.page}")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
