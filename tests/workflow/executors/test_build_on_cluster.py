"""Whole builds on a cluster that dies, loses workers or is interrupted, and the study byte for byte."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from twinbenefits.evidence.layout import Layout
from twinbenefits.workflow.executors.executor import ClusterError
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.steps import Steps

pytestmark = pytest.mark.long
SLEEPS = """\
import os, pathlib, time
began = pathlib.Path("/").joinpath(*{parts!r})
if not began.exists():
    began.write_text(f"{{os.getpid()}} {{os.getcwd()}}")
    time.sleep(1)
"""


@pytest.fixture
def pair(forks: Any) -> Iterator[Any]:
    """A scheduler and two workers."""
    cluster = forks.cluster(workers=2)
    yield cluster
    cluster.close()


@pytest.fixture
def sleeper(toy: Any, toys: Any, tmp_path: Path) -> Callable[[int], Path]:
    """Return a function that makes the second notebook sleep, and returns the file it then writes."""

    def make(cells: int) -> Path:
        marker = tmp_path / "began"
        parts = marker.parts[1:]  # a path in one piece would stop the scan before publishing
        more = [SLEEPS.format(parts=parts), *["time.sleep(1)"] * cells]
        toy.write_notebook("02_animals", toys.notebook("02_animals", "animals", *more))
        return marker

    return make


def on(cluster: Any) -> tuple[str, ...]:
    return ("build", "--executor", "dask", "--scheduler", cluster.address)


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)
    return found


def worker_of(marker: Path, cluster: Any) -> int:
    """Return the process of the worker that runs the notebook: the kernel stands in its folder."""
    (number,) = re.findall(r"worker(\d+)/", marker.read_text())
    return int(cluster.workers[int(number) - cluster.forks.made - 1])  # the last ones that were started


def test_a_build_there_publishes_what_a_build_here_does(pair: Any, toy: Any, built_once: Any) -> None:
    outcome = toy.run(*on(pair))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert toy.files() == built_once.files()
    assert pair.left() == []
    pair.close()
    again = toy.run(*on(pair))
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)  # nobody is asked


def test_a_scheduler_that_is_not_there_changes_nothing(pair: Any, toy: Any) -> None:
    began = time.monotonic()
    outcome = toy.run("build", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert time.monotonic() - began < 15
    assert outcome.returncode == 2
    assert "tcp://127.0.0.1:9 did not answer within 5 seconds" in outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert toy.files() == {}


def test_when_the_scheduler_dies_finished_work_is_kept(
    forks: Any, toy: Any, sleeper: Callable[[int], Path]
) -> None:
    mortal = forks.cluster(workers=2)
    sleeper(60)
    process = toy.start(*on(mortal))
    wait_for((toy.root / ".build/demo/public/records/notebook--01_plants.json").exists)
    mortal.close()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert said.count("does not answer any more. Finished work is kept") == 1
    assert "Traceback" not in said
    assert toy.result("01_plants") == {"rows_plants": 4, "audience": "public"}
    assert not (toy.root / "results/public/02_animals").exists()
    assert list((toy.root / ".build/demo/public").glob("running/*")) == []
    sleeper(0)
    local = toy.run("build")
    assert local.returncode == 0, local.stdout + local.stderr
    assert "run notebook 02_animals" in local.stdout
    assert "run notebook 01_plants" not in local.stdout


def test_when_a_worker_is_killed_its_notebook_runs_elsewhere(
    pair: Any, toy: Any, sleeper: Callable[[int], Path]
) -> None:
    marker = sleeper(2)
    process = toy.start(*on(pair))
    wait_for(lambda: marker.exists() and marker.read_text())
    pair.kill_worker(worker_of(marker, pair))
    said, _ = process.communicate(timeout=90)
    assert process.returncode == 0, said
    assert toy.result("02_animals") == {"rows_animals": 2, "audience": "public"}


def test_without_workers_the_build_gives_up(pair: Any, toy: Any, sleeper: Callable[[int], Path]) -> None:
    marker = sleeper(60)
    process = toy.start(*on(pair))
    wait_for(marker.exists)
    for pid in list(pair.workers):
        pair.kill_worker(pid)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert said.count("has no workers left. Finished work is kept") == 1


def test_ctrl_c_cancels_what_was_sent(pair: Any, toy: Any, sleeper: Callable[[int], Path]) -> None:
    marker = sleeper(60)
    process = toy.start(*on(pair))
    kernel = int(wait_for(lambda: marker.exists() and marker.read_text()).split()[0])
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Nothing half-made was left behind" in said
    assert not (toy.root / "results/public/02_animals").exists()
    wait_for(lambda: not is_alive(kernel), seconds=15)  # after the cell it was in
    wait_for(lambda: pair.left() == [], seconds=15)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_the_studys_notebooks_are_the_same_to_the_byte(
    pair: Any, copy_project: Callable[[Path], Path], tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "project")

    def results(**where: str) -> dict[str, bytes]:
        settings = Settings(project, **where)
        steps = Steps(settings)
        shutil.rmtree(settings.results, ignore_errors=True)
        assert not any(step.is_current() for step in steps.notebooks)  # reads every module in one thread
        with steps.serving(print), ThreadPoolExecutor(steps.executor.slots) as pool:
            assert list(pool.map(steps.attempt, steps.notebooks)) == [None] * len(steps.notebooks)
        assert steps.failures == {}
        return {
            path.relative_to(settings.results).as_posix(): path.read_bytes()
            for path in settings.results.rglob("*")
            if path.is_file()
        }

    there = results(executor="dask", scheduler=pair.address)
    here = results()
    assert len(here) > 400
    assert set(there) == set(here)
    assert [name for name in here if here[name] != there[name]] == []
    assert pair.left() == []


# Private evidence


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of this computer, with its key in one file."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed; it makes the certificate")
    file = tmp_path / "certificate.pem"
    options = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    made = [program, *options.split(), "-keyout", tmp_path / "key.pem", "-out", file]
    subprocess.run(list(map(str, made)), check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "key.pem").read_text())
    return file


def as_if_private(project: Path) -> None:
    """Give a project private evidence: the invented one, without saying so."""
    private = Layout(project).private
    private.mkdir()
    for file in Layout(project).demo.glob("*.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        if "synthetic" in table:
            table["synthetic"] = "false"
        table.to_csv(private / file.name, index=False)


def test_private_evidence_travels_over_tls_and_makes_the_same_bytes(
    forks: Any, certificate: Path, copy_project: Callable[[Path], Path], tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "project")
    as_if_private(project)
    secured = forks.cluster(workers=1, certificate=str(certificate))
    assert secured.address.startswith("tls://")
    there = Settings(project, audience="team", evidence="private", executor="dask", scheduler=secured.address)
    with pytest.raises(ClusterError, match="did not answer"), Steps(there).serving(print):
        pass  # without a certificate nobody is let in
    import dask

    tls = {
        "distributed.comm.tls.ca-file": str(certificate),
        "distributed.comm.tls.client.cert": str(certificate),
        "distributed.comm.require-encryption": True,
    }
    made = []
    for settings in (there, replace(there, executor="local", scheduler="")):
        steps = Steps(settings)
        (step,) = [step for step in steps.notebooks if step.name == "notebook:02_case_coding"]
        with dask.config.set(tls), steps.serving(print):
            assert steps.attempt(step) is None, steps.failures
        files = [path for path in settings.results.rglob("*") if path.is_file()]
        made.append({path.relative_to(settings.results): path.read_bytes() for path in files})
        shutil.rmtree(settings.results)
    assert len(made[0]) > 20
    assert made[0] == made[1]
    assert secured.left() == []
    secured.close()


def test_a_private_build_over_tcp_is_not_tried(toy: Any) -> None:
    (Layout(toy.root).private).mkdir()
    outcome = toy.run(
        "build", "--evidence", "private", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9"
    )
    assert outcome.returncode == 2
    assert "Private evidence leaves this computer only over tls://" in outcome.stderr
