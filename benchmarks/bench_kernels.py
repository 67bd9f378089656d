"""What does it cost to run the study's notebooks, beside running the same code without any notebook?

Run it with ``python benchmarks/bench_kernels.py``. The five main notebooks and the five briefs are run in
each of these ways, each in a process of its own and one after the other:

- plain: the code cells, one notebook after another, in one process that imports everything once;
- warm: as the build runs them, kernels forked from a parent that has imported the stack, two at a time;
- stock: the same with ordinary kernels;
- papermill API, papermill CLI, nbconvert: as their users run them, two at a time;
- nbval on the committed notebooks, with ordinary and with warm kernels (the briefs' notebook runs once).

Nothing that an earlier build has kept is used. CPU seconds are those of the process and all its children.
The promise is at most 1.3 times the CPU seconds of plain code, and 1.1 times its wall time on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from headlines import headline

from twinbenefits.workflow.executors.executor import cores
from twinbenefits.workflow.normal_form import parameters_source
from twinbenefits.workflow.notebooks import ONE_THREAD
from twinbenefits.workflow.project import Project, Run
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.warm_kernels.parent import OFF

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ("self_check",)
STACK = ("numpy", "pandas", "matplotlib.pyplot", "scipy.stats", "seaborn", "networkx", "statsmodels.api")
SURROUNDINGS = {**dict.fromkeys(ONE_THREAD, "1"), "PYTHONHASHSEED": "0", "TZ": "UTC", "PYTHONWARNINGS": ""}
COPIED = (
    "_extensions",
    "data",
    "notebooks",
    "paper",
    "references",
    "slides",
    "briefs",
    "kit",
    "src",
    "tests/nbval",
)


def copy_of_the_project(folder: Path) -> Path:
    """Copy what notebooks rest on, so that nothing of the project itself is touched."""
    for name in COPIED:
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "private", "work")
        )
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith(".doit"):
            shutil.copy(path, folder)
    return folder


def study_runs(settings: Settings) -> list[Run]:
    """Return the runs of the five main notebooks and the five briefs."""
    return [run for run in Project(settings).runs if run.notebook.name not in LEFT_OUT]


# -- the ways


def plain(settings: Settings) -> None:
    """Run the code cells in this process."""
    import builtins
    import importlib

    os.environ.update(SURROUNDINGS, MPLBACKEND="agg")
    os.environ["TWINBENEFITS_ROOT"] = str(settings.root)
    os.environ["TWINBENEFITS_RESULTS"] = str(settings.root / "plain")
    for module in STACK:
        importlib.import_module(module)
    os.chdir(settings.layout.notebooks)
    builtins.display = lambda *_, **__: None  # type: ignore[attr-defined]  # a kernel brings one of its own
    for run in study_runs(settings):
        names: dict[str, Any] = {"__name__": "__main__"}
        given = Project(settings).injected(run)
        for number, source in enumerate(run.notebook.code):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, f"{run.name}-{number}", "exec"), names)
            if source == parameters_source(run.notebook.content):
                names.update(given)


def forked(settings: Settings) -> None:
    """Run the notebooks as the build does."""
    run_side_by_side(settings, study_runs(settings))


def run_side_by_side(settings: Settings, runs: Sequence[Run]) -> None:
    """Run notebooks as many at a time as there are cores, keeping nothing but their results."""
    from twinbenefits.workflow.notebooks import NotebookSpec, run_notebook
    from twinbenefits.workflow.warm_kernels.parent import end_parents

    project = Project(settings)

    def run_one(run: Run) -> None:
        run_notebook(
            NotebookSpec(
                name=run.name,
                source=run.notebook.path,
                content=run.notebook.content,
                root=settings.root,
                results=settings.results,
                work=settings.running,
                failed=settings.state / "failed",
                parameters=project.injected(run),
                environment={"EVIDENCE": settings.evidence, "AUDIENCE": settings.audience},
            )
        )

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(run_one, runs))
    end_parents()


def stock(settings: Settings) -> None:
    """Run the notebooks as the build does where kernels cannot be forked."""
    os.environ[OFF] = "0"
    forked(settings)


def _surroundings(settings: Settings) -> None:
    os.environ.update(SURROUNDINGS, TWINBENEFITS_ROOT=str(settings.root))
    os.environ["TWINBENEFITS_RESULTS"] = str(settings.root / "elsewhere")


def papermill_api(settings: Settings) -> None:
    """Run the notebooks with papermill's function; it starts kernels of its own, so processes share them."""
    import papermill

    _surroundings(settings)
    project = Project(settings)
    for run in study_runs(settings):
        papermill.execute_notebook(
            str(run.notebook.path),
            str(settings.root / f"{run.name}-papermill.ipynb"),
            parameters=project.injected(run),
            kernel_name="python3",
            cwd=str(settings.layout.notebooks),
            progress_bar=False,
        )


def _commands(settings: Settings, command: Callable[[Run], list[str]]) -> None:
    _surroundings(settings)

    def run_one(run: Run) -> None:
        subprocess.run(
            [sys.executable, "-m", *command(run)],
            cwd=settings.layout.notebooks,
            check=True,
            capture_output=True,
        )

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(run_one, study_runs(settings)))


def papermill_cli(settings: Settings) -> None:
    """Run the notebooks with papermill's command, two at a time."""
    project = Project(settings)

    def command(run: Run) -> list[str]:
        given = [part for item in project.injected(run).items() for part in ("-p", item[0], str(item[1]))]
        made = str(settings.root / f"{run.name}-cli.ipynb")
        return ["papermill", str(run.notebook.path), made, "--no-progress-bar", "-k", "python3", *given]

    _commands(settings, command)


def nbconvert(settings: Settings) -> None:
    """Run the notebooks with nbconvert, two at a time; it knows no parameters."""

    def command(run: Run) -> list[str]:
        made = f"{run.name}-nbconvert"
        options = ["--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=python3"]
        return [
            "nbconvert",
            *options,
            "--output",
            made,
            "--output-dir",
            str(settings.root),
            str(run.notebook.path),
        ]

    _commands(settings, command)


def _nbval(settings: Settings, **environment: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(cores()), "--dist", "loadfile"]
    subprocess.run(
        [*command, "-p", "tests.nbval.committed_outputs", "notebooks"],
        cwd=settings.root,
        env={**os.environ, "PYTHONPATH": str(settings.root), **environment},
        check=False,  # a copy without git may differ in what it says of itself; the work is the same
        capture_output=True,
    )


def nbval_warm(settings: Settings) -> None:
    """Hold the committed notebooks to what they make, as ``make test`` does."""
    _nbval(settings)


def nbval_stock(settings: Settings) -> None:
    """Do the same with ordinary kernels."""
    plugin = settings.root / "tests/nbval/committed_outputs.py"
    text = plugin.read_text("utf-8")
    plugin.write_text(text.replace("JUPYTER_DEFAULT_PROVISIONER_NAME=WARM,", ""), "utf-8")
    _nbval(settings)


WAYS: dict[str, tuple[str, Callable[[Settings], None]]] = {
    "plain": ("plain code in one process", plain),
    "warm": ("the build's forked kernels", forked),
    "stock": ("the build with ordinary kernels", stock),
    "papermill-api": ("papermill's function, one after another", papermill_api),
    "papermill-cli": ("papermill's command", papermill_cli),
    "nbconvert": ("nbconvert --execute", nbconvert),
    "nbval-warm": ("nbval, forked kernels", nbval_warm),
    "nbval-stock": ("nbval, ordinary kernels", nbval_stock),
}


# -- measuring


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of one way."""

    cpu: float
    wall: float


def cost_of(way: str) -> Cost:
    """Run one way in a process of its own, in a fresh copy of the project."""
    with tempfile.TemporaryDirectory(prefix="kernels-") as name:
        root = copy_of_the_project(Path(name) / "project")
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, __file__, "--way", way, "--root", str(root)],
            check=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("TWINBENEFITS_")},
        )
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def best(costs: list[Cost]) -> Cost:
    """Return the least CPU and the least wall time of several runs."""
    return Cost(min(cost.cpu for cost in costs), min(cost.wall for cost in costs))


def main() -> None:
    """Measure, or do the work of one way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS, help="do this one and nothing else")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="what to measure")
    parser.add_argument("--times", type=int, default=1, help="how often; the least counts")
    chosen = parser.parse_args()
    if chosen.way:
        WAYS[chosen.way][1](replace(Settings.from_environment(chosen.root), executor="local"))
        return
    costs: dict[str, list[Cost]] = {}
    for _ in range(chosen.times):
        for way in dict.fromkeys(("plain", *chosen.ways)):
            costs.setdefault(way, []).append(cost_of(way))
    one = best(costs["plain"])
    for way, measured in costs.items():
        cost = best(measured)
        promise = "CPU ≤ 1.3, wall ≤ 1.1" if way == "warm" else ""
        headline(
            f"ten notebook runs: {WAYS[way][0]}",
            f"{cost.cpu:.1f} s CPU, {cost.wall:.1f} s wall",
            beside=f"plain code: {cost.cpu / one.cpu:.2f} x its CPU, {cost.wall / one.wall:.2f} x its wall",
            promise=promise,
        )
    print(json.dumps({way: [vars(cost) for cost in measured] for way, measured in costs.items()}))


if __name__ == "__main__":
    main()
