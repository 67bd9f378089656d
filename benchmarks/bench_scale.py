"""How do time and memory grow with the study? The whole main job at several sizes, in the same run.

Run it with ``python benchmarks/bench_scale.py``; ``--sizes`` says how many codings, ``--json FILE`` keeps the
measurements, ``--figure FILE`` draws the growth (svg or png, by the name). For each size a synthetic study is
written; then everything is done with it that a build does with the case evidence: the code of the notebooks
on cases and workshops is run cell by cell (open, check, door, release, agreement, matrices, enough data,
ranks, propositions, robustness, displays registered as results), the study is opened for the team besides,
and a page with all tables and figures is staged and rendered. As in a build two notebooks run at a time, in
processes forked after the imports. Literature, briefs and the paper do not grow with the codings and are left
out.

The time of a stage is the sum over all processes, in processor seconds and in seconds of the clock; that of
the whole is what one waits. The peak of the whole is that of all processes together, each page that they
share counted once (the proportional set size, looked at twice a second); that of a stage is the high-water
mark that its process had by its end. An exponent of 1 says that twice the codings take twice as long; the
proportions of the largest study (500 companies and 300,000 segments at 1,000,000 codings) hold at each
size, but the codes are always 200.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from headlines import headline
from large_study import size_of, write_study
from scale_job import REST, STAGES, whole_job

from twinbenefits.workflow.notebooks import ONE_THREAD

SIZES = (10_000, 100_000, 1_000_000)
PROMISED = {100_000: "at most 60 s", 1_000_000: "at most 6 minutes and 4 GiB"}


def measured(size: int, audience: str, keep: Path | None) -> dict[str, Any] | None:
    """Write a study of some codings, and measure the main job with it in processes of its own.

    None if it does not come to its end; it has said why.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = (keep or Path(temporary)) / f"study-{size}"
        start = time.perf_counter()
        write_study(root, size_of(size))
        written = time.perf_counter() - start
        command = [sys.executable, __file__, "--job", str(root), "--audience", audience]
        alone = os.environ | dict.fromkeys(ONE_THREAD, "1")  # as in a build, where two run at a time
        done = subprocess.run(  # it says how far it is
            command, check=False, stdout=subprocess.PIPE, text=True, env=alone
        )
        if done.returncode:
            return None
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    shape = size_of(size)
    return {
        "codings": size,
        "segments": shape.segments,
        "cases": shape.cases,
        "codes": shape.codes,
        "written_in": written,
        **found,
    }


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the slope of the logarithms: 1 for what grows as the size does.

    >>> exponent([10, 100, 1000], [2, 20, 200])
    1.0
    """
    if len(sizes) < 2 or min(values) <= 0:
        return None
    return round(float(np.polyfit(np.log(sizes), np.log(values), 1)[0]), 2)


def growth(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Return the exponents of every stage and of the whole."""
    sizes = [run["codings"] for run in runs]
    parts: dict[str, list[dict[str, float]]] = {"whole": [run["whole"] for run in runs]}
    for stage in (*STAGES, REST):
        parts[stage] = [run["stages"].get(stage, {"cpu": 0.0, "gibibytes": 0.0}) for run in runs]
    kinds = ("cpu", "gibibytes")
    return {
        name: {kind: exponent(sizes, [one[kind] for one in some]) for kind in kinds}
        for name, some in parts.items()
    }


def print_table(runs: Sequence[dict[str, Any]], exponents: dict[str, dict[str, float | None]]) -> None:
    """Print what every stage took at every size: processor seconds, seconds of the clock, peak."""
    print(f"{'':18}" + "".join(f"{run['codings']:>24,} codings" for run in runs) + "   exponent")
    print(f"{'':18}" + f"{'CPU s':>12}{'wall s':>10}{'GiB':>10}" * len(runs) + f"{'time':>8}{'peak':>6}")
    for stage in (*STAGES, REST, "whole"):
        cells = [run["whole"] if stage == "whole" else run["stages"].get(stage) for run in runs]
        words = "".join(
            f"{one['cpu']:>12.1f}{one['wall']:>10.1f}{one['gibibytes']:>10.2f}" if one else f"{'-':>32}"
            for one in cells
        )
        slope = exponents[stage]
        said = [f"{value:.2f}" if value is not None else "-" for value in (slope["cpu"], slope["gibibytes"])]
        print(f"{stage:18}{words}{said[0]:>8}{said[1]:>6}")


def draw(runs: Sequence[dict[str, Any]], exponents: dict[str, dict[str, float | None]], file: Path) -> str:
    """Draw the growth of time and memory; return in words what is drawn."""
    from matplotlib import rc_context

    from twinbenefits.display.style import GRID, INK, MUTED, new_figure, styled
    from twinbenefits.publishing.atomic import write_bytes
    from twinbenefits.publishing.figures import figure_bytes

    sizes = np.array([run["codings"] for run in runs], dtype=float)
    slowest = sorted(STAGES, key=lambda stage: -runs[-1]["stages"].get(stage, {"cpu": 0.0})["cpu"])[:5]
    colours = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00")
    with styled(), rc_context():
        figure = new_figure("double", 84, "")
        left, right = figure.subplots(1, 2)
        for place, stage in enumerate(slowest):
            seconds = [run["stages"].get(stage, {"cpu": np.nan})["cpu"] for run in runs]
            left.plot(
                sizes, seconds, color=colours[place], marker="osD^v"[place], markersize=3.6, label=stage
            )
        whole = [run["whole"]["cpu"] for run in runs]
        left.plot(sizes, whole, color=INK, marker="o", linewidth=1.6, label="the whole job")
        left.plot(
            sizes, whole[0] * sizes / sizes[0], color=MUTED, linestyle=(0, (4, 3)), label="in proportion"
        )
        left.set_ylabel("processor seconds")
        peaks = [run["whole"]["gibibytes"] for run in runs]
        right.plot(sizes, peaks, color=INK, marker="o", linewidth=1.6)
        right.set_ylabel("peak memory, GiB")
        right.set_ylim(bottom=0)
        left.set_yscale("log")
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
            axes.minorticks_off()
            axes.set_xlabel("codings")
            axes.grid(color=GRID, linewidth=0.5)
            axes.set_axisbelow(True)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        drawn = figure_bytes(figure, "scale", None)
    write_bytes(file, drawn["svg" if file.suffix == ".svg" else "png"])
    slope = exponents["whole"]["cpu"]
    grows = f"; time grows with the power {slope:.2f} of the codings" if slope is not None else ""
    return (
        f"Two panels over the number of codings, from {sizes[0]:,.0f} to {sizes[-1]:,.0f}: processor time of "
        f"the whole job and of its slowest stages ({', '.join(slowest)}) on logarithmic axes beside a broken "
        f"line that grows in proportion, and peak memory. The whole takes {whole[0]:,.0f} to "
        f"{whole[-1]:,.0f} seconds{grows}; the peak is {peaks[-1]:.1f} GiB."
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of codings")
    parser.add_argument("--audience", default="public", help="for whom the results are")
    parser.add_argument("--beside", type=Path, help="what an earlier run has kept of other sizes")
    parser.add_argument("--json", type=Path, help="keep the measurements in this file")
    parser.add_argument("--figure", type=Path, help="draw the growth into this file, .svg or .png")
    parser.add_argument("--folder", type=Path, help="keep the studies and their results here")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        print(json.dumps(whole_job(chosen.job.resolve(), chosen.audience)))
        return
    runs, failed = [], []
    for size in sorted(chosen.sizes):
        found = measured(size, chosen.audience, chosen.folder)
        if found is None:
            failed.append(f"{size:,}")
            continue
        runs.append(found)
        tell(found)
    if chosen.beside:
        kept = json.loads(chosen.beside.read_text("utf-8"))["runs"]
        runs = sorted([*runs, *kept], key=lambda run: int(run["codings"]))
    if not runs:
        raise SystemExit("No job came to its end.")
    exponents = growth(runs)
    print_table(runs, exponents)
    report: dict[str, Any] = {"audience": chosen.audience, "runs": runs, "exponents": exponents}
    if chosen.figure:
        report["caption"] = draw(runs, exponents, chosen.figure)
    if chosen.json:
        from twinbenefits.publishing.atomic import write_text

        write_text(chosen.json, json.dumps(report, indent=1) + "\n")
    if failed:
        raise SystemExit(f"Not to its end, as is said above: the job with {', '.join(failed)} codings.")


def tell(run: dict[str, Any]) -> None:
    """Say what one size took as soon as it is known; a larger one may fail."""
    whole = run["whole"]
    longest = sorted(run["stages"].items(), key=lambda item: -item[1]["cpu"])[:3]
    headline(
        f"the whole job, {run['codings']:,} codings, {run['segments']:,} segments, {run['cases']} cases",
        f"{whole['wall']:.0f} s wall, {whole['cpu']:.0f} s CPU, peak {whole['gibibytes']:.2f} GiB",
        beside="of it " + ", ".join(f"{name} {spent['cpu']:.0f} s CPU" for name, spent in longest),
        promise=PROMISED.get(run["codings"], ""),
    )


if __name__ == "__main__":
    main()
