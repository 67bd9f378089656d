"""Everything that a build does with the case evidence, as a build does it: two processes at a time.

The notebooks on cases and workshops run in processes that are forked from one that has imported the stack,
the longest first, and so does the opening for the team; when all are done, a page with what they made is
rendered.
"""

import functools
import importlib
import json
import multiprocessing
import os
import resource
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

NOTEBOOKS = (
    "02_case_coding",
    "03_cross_vertical_comparison",
    "04_managerial_implications",
    "05_workshop_validation",
)
IN_TURN = (NOTEBOOKS[1], NOTEBOOKS[2], NOTEBOOKS[3], NOTEBOOKS[0])
"""The longest first; the others run beside it, one after the other."""

TABLES = (
    *("cases", "use_cases", "participants", "sessions", "sources", "segments", "coders", "assignments"),
    *(
        "codings",
        "asked",
        "context_ratings",
        "links",
        "objectives",
        "owners",
        "permissions",
        "negative_cases",
    ),
)
"""Everything that grows."""

STAGES = {
    "open and door": ("evidence.study",),
    "release": ("evidence.release", "evidence.consent"),
    "join": ("analysis.coded", "analysis.resolution"),
    "agreement": ("analysis.coder_agreement", "analysis.confusion", "analysis.disagreement"),
    "matrices": (
        *("analysis.coding_matrix", "analysis.cooccurrence", "analysis.salience", "analysis.states"),
        *("analysis.inventory", "analysis.mechanisms", "analysis.context", "analysis.theme_evidence"),
        "analysis.data_structure",
    ),
    "enough data": ("analysis.enough_data",),
    "ranks and models": (
        *("analysis.ranks", "analysis.pooling", "analysis.descriptions", "analysis.clustering"),
    ),
    "propositions": ("analysis.propositions", "analysis.robust_verdicts", "analysis.proposition_material"),
    "robustness": (
        *("analysis.robustness", "analysis.sweep", "analysis.specifications", "analysis.misclassification"),
    ),
    "network and order": (
        *("analysis.network", "analysis.dependency", "analysis.dependency_checks", "analysis.roadmap"),
        *("analysis.dependency_reach", "analysis.challenges", "analysis.indicators"),
    ),
    "displays": ("display", "publishing.registry"),
    "render": ("render",),
}
"""Stage to the modules whose functions, called from a notebook, belong to it; other ones are the rest."""

REST = "rest"
GIBIBYTE = 2**30 if sys.platform == "darwin" else 2**20


class Clock:
    """Adds up what stages take, by the outermost call."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._inside = False

    def timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """Return the function with its time counted for a stage."""

        @functools.wraps(function)
        def counted(*arguments: Any, **named: Any) -> Any:
            if self._inside:
                return function(*arguments, **named)
            self._inside = True
            begun, start = worked(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._inside = False
                self.add(stage, worked() - begun, time.perf_counter() - start)

        return counted

    def add(self, stage: str, cpu: float, wall: float) -> None:
        """Count a part of a stage."""
        self.gather({stage: {"cpu": cpu, "wall": wall, "gibibytes": peak()}})

    def gather(self, stages: dict[str, dict[str, float]]) -> None:
        """Count what another clock has counted."""
        for stage, spent in stages.items():
            kept = self.stages.setdefault(stage, {"cpu": 0.0, "wall": 0.0, "gibibytes": 0.0})
            kept["cpu"] += spent["cpu"]
            kept["wall"] += spent["wall"]
            kept["gibibytes"] = max(kept["gibibytes"], spent["gibibytes"])


def worked() -> float:
    """Return how long this process and its children worked, in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak() -> float:
    """Return the high-water mark of this process or of one of its children, in GiB."""
    return (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        / GIBIBYTE
    )


def stage_of(module: str) -> str:
    """Return the stage that a module's functions belong to.

    >>> stage_of("twinbenefits.analysis.ranks"), stage_of("twinbenefits.display.rank_figures")
    ('ranks and models', 'displays')
    """
    name = module.removeprefix("twinbenefits.")
    for stage, modules in STAGES.items():
        if name in modules or name.split(".")[0] in modules:
            return stage
    return REST


def run_notebook(path: Path, audience: str, clock: Clock) -> None:
    """Run the code cells of a notebook, with the calls of the project's functions timed."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    for place, code in enumerate(codes):
        exec(compile(code, f"{path.stem}, code cell {place + 1}", "exec"), names)
        if place == 0:
            names["audience"] = audience
        if place < 2:  # parameters, imports
            for name, thing in list(names.items()):
                _time_calls(names, name, thing, clock)


def _time_calls(names: dict[str, Any], name: str, thing: Any, clock: Clock) -> None:
    if isinstance(thing, types.FunctionType) and thing.__module__.startswith("twinbenefits."):
        names[name] = clock.timed(thing, stage_of(thing.__module__))
    elif isinstance(thing, types.ModuleType) and thing.__name__.startswith("twinbenefits."):
        timed = {
            each: clock.timed(function, stage_of(thing.__name__))
            for each, function in vars(thing).items()
            if isinstance(function, types.FunctionType) and not each.startswith("_")
        }
        names[name] = types.SimpleNamespace(**{**vars(thing), **timed})


def whole_job(root: Path, audience: str) -> dict[str, Any]:
    """Do the main job with the study in a folder; return what each stage took, and what came of it."""
    os.environ |= {"TWINBENEFITS_ROOT": str(root), "TWINBENEFITS_RESULTS": str(root / "results" / audience)}
    warnings.simplefilter("ignore")  # a numpy warning is no measurement
    begun, start = worked(), time.perf_counter()
    from twinbenefits.workflow.warm_kernels.parent import STACK

    for name in STACK:
        importlib.import_module(name)
    parts = [functools.partial(_notebook, root, name, audience) for name in IN_TURN]
    if audience != "team":
        parts.append(functools.partial(_opened_for_the_team, root))
    clock = Clock()
    told, together = side_by_side(parts)
    for stages in told:
        clock.gather(stages)
    page = clock.timed(rendered_page, "render")(root, audience)
    whole = {"cpu": worked() - begun, "wall": time.perf_counter() - start}
    clock.add(REST, max(whole["cpu"] - sum(part["cpu"] for part in clock.stages.values()), 0.0), 0.0)
    results = sorted((root / "results" / audience).glob("*/displays.json"))
    displays = sum(len(json.loads(path.read_text("utf-8"))) for path in results)
    return {
        "stages": clock.stages,
        "whole": {**whole, "gibibytes": max(together, peak())},
        "displays": displays,
        "page_bytes": page.stat().st_size,
    }


def _notebook(root: Path, name: str, audience: str) -> Clock:
    from twinbenefits.evidence.study import Study
    from twinbenefits.publishing.registry import Results

    clock = Clock()
    Study.open = clock.timed(Study.open, "open and door")  # type: ignore[method-assign]
    for each in ("for_notebook", "value", "table", "figure"):
        setattr(Results, each, clock.timed(getattr(Results, each), "displays"))
    run_notebook(root / "notebooks" / f"{name}.ipynb", audience, clock)
    return clock


def _opened_for_the_team(root: Path) -> Clock:
    from twinbenefits.evidence.study import Study

    clock = Clock()
    clock.timed(Study.open, "open and door")(root, audience="team", tables=TABLES)
    return clock


def side_by_side(
    parts: Sequence[Callable[[], Clock]], at_a_time: int = 2
) -> tuple[list[dict[str, dict[str, float]]], float]:
    """Do parts of the job in forked processes; return the stages of each, and the peak of all together.

    The peak, in GiB, is that of the proportional set sizes of all processes alive (each shared page counted
    once), looked at twice a second; where the system does not tell them, it is 0.

    Raises
    ------
    SystemExit
        When a part does not come to its end; it has said why.
    """
    fork = multiprocessing.get_context("fork")
    waiting, running, told, most = list(parts), {}, [], 0.0
    while waiting or running:
        while waiting and len(running) < at_a_time:
            receiver, sender = fork.Pipe(duplex=False)
            process = fork.Process(target=_do, args=(waiting.pop(0), sender))
            process.start()
            sender.close()
            running[receiver] = process
        for done in wait(list(running), timeout=0.5):
            try:
                told.append(done.recv())
            except EOFError:
                raise SystemExit("A part of the job did not come to its end, as is said above.") from None
            running.pop(done).join()
        most = max(
            most, proportional_size([os.getpid(), *(process.pid or 0 for process in running.values())])
        )
    return told, most


def _do(part: Callable[[], Clock], sender: Connection) -> None:
    begun, start = worked(), time.perf_counter()
    clock = part()
    known = [sum(stage[kind] for stage in clock.stages.values()) for kind in ("cpu", "wall")]
    clock.add(REST, max(worked() - begun - known[0], 0.0), max(time.perf_counter() - start - known[1], 0.0))
    said = f"{worked() - begun:.0f} s CPU, {time.perf_counter() - start:.0f} s wall, peak {peak():.2f} GiB"
    print(f"{' '.join(map(str, getattr(part, 'args', ())[1:2])) or 'team'}: {said}", file=sys.stderr)
    sender.send(clock.stages)


def proportional_size(processes: Iterable[int]) -> float:
    """Return the memory of processes in GiB, what they share counted once; 0 where that is not told."""
    total = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 2**20


def rendered_page(root: Path, audience: str) -> Path:
    """Stage the results and render one page with all of their tables and figures."""
    from twinbenefits.publishing.render import render
    from twinbenefits.publishing.stage import stage

    snippets = sorted((root / "results" / audience).glob("*/snippets/*.md"))
    shown = [path.name for path in snippets if not path.stem.endswith("-slide")]
    for folder in ("paper", "slides", "briefs"):  # what they say of the demonstration does not hold here
        for source in (root / folder).iterdir():
            if source.suffix in (".qmd", ".yml", ".json"):
                source.unlink()
    includes = "\n\n".join(f"{{{{< include ../_staged/{name} >}}}}" for name in shown)
    (root / "index.qmd").unlink()
    (root / "paper/index.qmd").write_text(
        f'---\ntitle: "Results"\nformat:\n  html: default\n---\n\n{includes}\n', "utf-8"
    )
    stage(root, audience, "demo", root)
    return render(
        root, "paper/index.qmd", "html", root / "page.html", engine="embedded", epoch=0, edition_mark=""
    )
