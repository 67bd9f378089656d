"""Workers that share no folder compute the same bytes, whatever becomes of them meanwhile."""

from __future__ import annotations

import json
import runpy
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from twinbenefits.analysis.misclassification import misclassification
from twinbenefits.analysis.specifications import sibling_pairs, specifications
from twinbenefits.analysis.sweep import sweep
from twinbenefits.workflow.executors.cluster import Cluster
from twinbenefits.workflow.executors.dask import DaskExecutor
from twinbenefits.workflow.executors.executor import ClusterError
from twinbenefits.workflow.executors.local import LocalExecutor
from twinbenefits.workflow.notebooks import NotebookError, NotebookSpec

TESTS = Path(__file__).resolve().parents[2]
GARDEN = SimpleNamespace(**runpy.run_path(str(TESTS / "analysis/test_robustness.py")))
TOY_STUDY = SimpleNamespace(**runpy.run_path(str(TESTS / "toy_study.py")))


def connected(cluster: Any, root: Path, **options: Any) -> Cluster:
    return Cluster(cluster.address, evidence="demo", root=root, **options)


def wait_for(what: Callable[[], Any]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


# Pieces


def test_pieces_come_back_in_their_order_as_from_the_builtin(cluster: Any, root: Path) -> None:
    with connected(cluster, root) as workers:
        assert workers.slots == 3
        assert list(workers.map(divmod, range(10, 30), [3, 4, 5])) == [(3, 1), (2, 3), (2, 2)]
        assert list(workers.map(abs, [])) == []


def test_an_error_of_a_piece_is_raised_with_its_place(cluster: Any, root: Path, pieces: Any) -> None:
    with connected(cluster, root) as workers:
        with pytest.raises(ZeroDivisionError) as caught:
            workers.map(pieces.one_over, [1, 0, 2])
        assert "in one_over" in caught.value.__notes__[0]
        with pytest.raises(RuntimeError, match="UntoldError: 1 and 2"):
            workers.call(pieces.raises_untold, 1)
        assert workers.call(pieces.one_over, 4) == 0.25


def test_a_sweep_is_the_same_although_a_worker_is_killed(cluster: Any, root: Path, pieces: Any) -> None:
    garden = GARDEN.orchard()
    coded, asked = garden.coded(), garden.asked()
    specs = specifications(coded, thresholds=(1, 2), merges=sibling_pairs(coded))
    sent: list[str] = []
    began = threading.Event()

    def map_slowly(function: Any, *iterables: Any) -> Any:
        sent.append(function.func.__name__)
        began.set()
        return workers.map(partial(pieces.slowly, function, seconds=0.3), *iterables)

    def kill() -> None:
        began.wait()
        time.sleep(0.2)
        cluster.kill_worker(cluster.workers[0])

    with connected(cluster, root) as workers:
        killer = threading.Thread(target=kill)
        killer.start()
        spread = sweep(coded, asked, specs, map=map_slowly)
        killer.join()
        wait_for(lambda: workers.slots == 2)
        drawn = misclassification(coded, asked, draws=120, seed=5, map=workers.map)
    cluster.start_worker()
    assert sent
    plain = sweep(coded, asked, specs)
    np.testing.assert_array_equal(plain.present, spread.present)
    np.testing.assert_array_equal(plain.rank, spread.rank)
    assert drawn.table.equals(misclassification(coded, asked, draws=120, seed=5).table)


def test_who_joins_late_is_asked_and_then_works(
    cluster: Any, root: Path, pieces: Any, tmp_path: Path
) -> None:
    told: list[str] = []
    first = set(cluster.workers)
    work = partial(pieces.process, seconds=0.1)
    with connected(cluster, root, say=told.append) as workers:
        late = threading.Thread(target=lambda: cluster.start_worker(path=[other_pandas(tmp_path)]))
        late.start()
        done = set(workers.map(work, range(24)))
        late.join()
        wait_for(lambda: told)
        assert done == first
        assert "pandas 0.0.1" in told[0]
        assert told[0].endswith("It gets no work.")
        cluster.kill_worker(cluster.workers[-1])
        joined = cluster.start_worker()
        wait_for(lambda: workers.slots == 4)
        assert joined in set(workers.map(work, range(24)))
    cluster.kill_worker(joined)


# Strangers


def other_pandas(folder: Path) -> str:
    """Make a folder that says another version of pandas is installed."""
    info = folder / "other/pandas-0.0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 0.0.1\n")
    return str(info.parent)


def source_digest_of(folder: Path) -> str:
    """Return the digest of the package in a folder, as a Python that finds it there says it."""
    said = (
        "from twinbenefits.workflow.executors.identity import source_digest as of; print(of('twinbenefits'))"
    )
    script = f"import sys; sys.path.insert(0, {str(folder)!r}); {said}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_workers_that_would_compute_other_bytes_are_refused(cluster: Any, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "src/twinbenefits/workflow", tmp_path / "src/twinbenefits/workflow")
    (tmp_path / "src/twinbenefits/__init__.py").write_text("")
    strangers = [
        cluster.start_worker(path=[other_pandas(tmp_path)]),
        cluster.start_worker(path=[str(tmp_path / "src")]),
        cluster.start_worker(without=["twinbenefits"]),
    ]
    with pytest.raises(ClusterError) as caught, connected(cluster, root):
        pass
    for pid in strangers:
        cluster.kill_worker(pid)
    import pandas

    told = "\n".join(caught.value.problems)
    assert f"pandas 0.0.1 (here {pandas.__version__})" in told
    here, there = (source_digest_of(folder)[:12] for folder in (root / "src", tmp_path / "src"))
    assert (
        f"another source of the package twinbenefits: its files have the digest {there}, those of this"
        in told
    )
    assert f"computer {here}." in told, told
    assert "does not have the package twinbenefits: set this project up" in told
    assert len(caught.value.problems) == 4
    assert "docs/cluster.md" in caught.value.problems[-1]
    with connected(cluster, root) as workers:
        assert workers.slots == 3


# Schedulers that are none


def test_a_silent_scheduler_is_given_five_seconds(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with (
            pytest.raises(ClusterError, match="did not answer within 5 seconds"),
            Cluster(address, evidence="demo", root=root),
        ):
            pass
    assert 4 < time.monotonic() - began < 15


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait two seconds where five are meant."""
    monkeypatch.setattr("twinbenefits.workflow.executors.cluster.ANSWER", 2.0)


def test_a_scheduler_without_workers_is_told(forks: Any, root: Path, impatient: None) -> None:
    empty = forks.cluster(workers=0)
    with pytest.raises(ClusterError, match="has no workers"), connected(empty, root):
        pass
    empty.close()


def test_a_scheduler_that_dies_ends_the_work(forks: Any, root: Path, pieces: Any, impatient: None) -> None:
    mortal = forks.cluster(workers=1)
    with connected(mortal, root) as workers:
        assert workers.call(pieces.process, 0) == mortal.workers[0]
        threading.Timer(0.3, mortal.close).start()
        began = time.monotonic()
        with pytest.raises(ClusterError, match=r"does not answer any more\. Finished work is kept"):
            workers.map(partial(pieces.process, seconds=1.0), range(30))
        assert time.monotonic() - began < 20  # all pieces would take 30
        with pytest.raises(ClusterError, match="does not answer"):
            workers.call(pieces.process, 0)


# Notebooks

REGISTER = """\
import json, os
from pathlib import Path
root, results = (Path(os.environ[f"TWINBENEFITS_{name}"]) for name in ("ROOT", "RESULTS"))
table = (root / "data/literature/characteristics.csv").read_bytes()
folder = results / "01_toy"
(folder / "tables").mkdir(parents=True)
(folder / "tables/T1.csv").write_bytes(table)
(folder / "values.json").write_text(json.dumps({"rows": table.count(b"\\n") * times}))
print("read", root / "data", os.environ["EVIDENCE"])
"""


@pytest.fixture
def toy_spec(tmp_path: Path) -> NotebookSpec:
    """A notebook that reads a table of the toy study."""
    for name in ("data/study/rules.yml", "data/literature/characteristics.csv", "_quarto.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    TOY_STUDY.ROWS.to_csv(tmp_path / "data/literature/characteristics.csv", index=False)
    (tmp_path / "requirements.lock").write_text("numpy==1 \\\n")
    return spec_of(tmp_path, REGISTER)


def spec_of(root: Path, *sources: str) -> NotebookSpec:
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for source, tags in [("times = 1", ["parameters"]), *((source, []) for source in sources)]
    ]
    return NotebookSpec(
        name="01_toy",
        source=root / "notebooks/01_toy.ipynb",
        content={"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
        root=root,
        results=root / "results",
        work=root / ".build/running",
        failed=root / ".build/failed",
        parameters={"times": 2},
        environment={"EVIDENCE": "demo", "TWINBENEFITS_WARM_KERNELS": "0"},
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_notebook_makes_the_same_bytes_there_as_here(cluster: Any, toy_spec: NotebookSpec) -> None:
    from twinbenefits.evidence.layout import Layout

    toy_spec.source.parent.mkdir()
    toy_spec.source.write_text(json.dumps(toy_spec.content))
    here = LocalExecutor().run(toy_spec)
    local = contents(toy_spec.results)
    assert set(local) == {f"01_toy/{name}" for name in ("01_toy.ipynb", "tables/T1.csv", "values.json")}
    shutil.rmtree(toy_spec.results)
    executor = DaskExecutor(Layout(toy_spec.root), cluster.address, "demo")
    with executor.serving(print):
        assert executor.slots == 3
        there = executor.run(toy_spec)
        assert contents(toy_spec.results) == local
        assert (there.cells, there.results, there.executed) == (here.cells, here.results, here.executed)
        broken = spec_of(toy_spec.root, "print('so far')", "open(f'{os.environ[\"TWINBENEFITS_ROOT\"]}/no')")
        broken.content["cells"][1]["source"] = "import os"
        with pytest.raises(NotebookError) as caught:
            executor.run(broken)
    assert contents(toy_spec.results) == local
    assert caught.value.cell == 3
    assert caught.value.error == (
        f"FileNotFoundError: [Errno 2] No such file or directory: '{toy_spec.root}/no'"
    )
    assert caught.value.kept == toy_spec.failed / "01_toy.ipynb"
    assert "FileNotFoundError" in caught.value.kept.read_text()
    assert list(toy_spec.work.iterdir()) == []
    assert cluster.left() == []
    assert str(toy_spec.root) not in cluster.forks.log.read_text()
