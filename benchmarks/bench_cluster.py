"""What does a cluster cost beside this computer? Connecting, a piece, a sweep, simulated studies, a notebook.

Run it with ``python benchmarks/bench_cluster.py``; it starts a scheduler and two workers on 127.0.0.1, so
that nobody gains a core and what is left is the overhead. Seconds of this process are given beside those of
the clock, because other work on the machine slows the clock down.
"""

import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench_robustness import THRESHOLDS, demonstration
from distributed import LocalCluster
from headlines import headline

from twinbenefits.analysis.recovery_rates import recovery_of_the_study
from twinbenefits.analysis.specifications import sibling_pairs, specifications
from twinbenefits.analysis.sweep import sweep
from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.workflow.executors.cluster import Cluster
from twinbenefits.workflow.executors.dask import DaskExecutor
from twinbenefits.workflow.executors.local import LocalExecutor
from twinbenefits.workflow.executors.parcels import files_behind, packed
from twinbenefits.workflow.notebooks import NotebookSpec
from twinbenefits.workflow.project import Notebook

NOTEBOOK = "01_literature_tables"
PIECES, STUDIES = 200, 24


@contextmanager
def timed(what: str, per: int = 1) -> Iterator[None]:
    """Print the seconds of the clock and of this process."""
    clock, process = time.monotonic(), time.process_time()
    yield
    clock, process = (time.monotonic() - clock) / per, (time.process_time() - process) / per
    headline(what, f"{clock:.3f} s", beside=f"{process:.3f} s CPU of the process that asks")


class Counted:
    """The built-in map, and the bytes that its pieces would be on their way."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> list[Any]:
        pieces = list(zip(*iterables, strict=True))
        self.bytes += sum(len(pickle.dumps((function, piece))) for piece in pieces)
        return [function(*piece) for piece in pieces]


def swept() -> Callable[..., Any]:
    """Return the sweep of the demonstration, for a map."""
    coded, asked = demonstration()
    specs = specifications(coded, thresholds=THRESHOLDS, merges=sibling_pairs(coded))
    print(f"{specs.size:,} specifications")
    return lambda **how: sweep(coded, asked, specs, **how)


def spec(root: Path, folder: Path) -> NotebookSpec:
    """Return a notebook's run with its results in a folder."""
    notebook = Notebook(NOTEBOOK, root / "notebooks" / f"{NOTEBOOK}.ipynb")
    return NotebookSpec(
        name=NOTEBOOK,
        source=notebook.path,
        content=notebook.content,
        root=root,
        results=folder / "results",
        work=folder / "running",
        failed=folder / "failed",
        environment={"EVIDENCE": "demo", "AUDIENCE": "public"},
    )


def main() -> None:
    root = find_root(Path(__file__).parent)
    here = "127.0.0.1:0"
    options = {"host": "127.0.0.1", "dashboard_address": here, "worker_dashboard_address": here}
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, local_directory=folder, **options) as started,
    ):
        address = started.scheduler_address
        with (
            timed("connect, ask two workers who they are, leave"),
            Cluster(address, evidence="demo", root=root),
        ):
            pass
        with Cluster(address, evidence="demo", root=root) as workers:
            list(workers.map(abs, [1, 2]))
            with timed(f"one of {PIECES} empty pieces", per=PIECES):
                list(workers.map(abs, range(PIECES)))
            work, counted = swept(), Counted()
            work(map=counted)
            work(map=workers.map)
            with timed("a sweep here"):
                work()
            with timed(f"a sweep there ({counted.bytes / 1e6:.1f} MB are sent)"):
                work(map=workers.map)
            with timed(f"{STUDIES} simulated studies here, one after another"):
                recovery_of_the_study(Layout(root), studies=STUDIES)
            with timed(f"{STUDIES} simulated studies there, two at a time"):
                recovery_of_the_study(Layout(root), studies=STUDIES, map=workers.map)
        with timed("pack what a notebook may read"):
            content = packed(files_behind(Layout(root), "demo"), root)
        print(f"{len(content) / 1e3:.0f} kB travel to a worker with each notebook")
        there = DaskExecutor(Layout(root), address, "demo")
        with there.serving(print):
            for place, executor in (("here", LocalExecutor()), ("there", there)):
                for time_of in ("first", "second"):
                    with timed(f"a {time_of} notebook {place}"):
                        executor.run(spec(root, Path(folder)))


if __name__ == "__main__":
    main()
