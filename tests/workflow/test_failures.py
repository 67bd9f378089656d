"""Notebooks that fail, builds that are killed, folders that cannot be written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest


def break_cell(toy: Any, source: str, name: str = "01_plants") -> None:
    content = toy.read_notebook(name)
    content["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    )
    toy.write_notebook(name, content)


def test_a_failing_cell_leaves_earlier_results_and_keeps_the_notebook(built: Any) -> None:
    built.kernels = True
    before = built.files()
    break_cell(built, "print('so far')\n1 / 0")
    outcome = built.run("build")
    assert outcome.returncode == 1
    assert "Notebook 01_plants failed in code cell 4:" in outcome.stdout
    assert "ZeroDivisionError: division by zero" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert built.files() == before
    kept = built.root / ".build/demo/public/failed/01_plants.ipynb"
    assert kept.relative_to(built.root).as_posix() in outcome.stdout
    outputs = json.loads(kept.read_text("utf-8"))["cells"][-1]["outputs"]
    assert [output["output_type"] for output in outputs] == ["stream", "error"]
    assert not any((built.root / ".build/demo/public/running").glob("*"))


def test_the_number_of_the_failing_cell_leaves_injected_cells_out(built: Any) -> None:
    built.kernels = True
    break_cell(built, "raise ValueError('no')")
    outcome = built.run("build", "-p", "01_plants.times=3")
    assert "failed in code cell 4:\nValueError: no" in outcome.stdout


def test_a_notebook_that_is_mended_clears_the_failed_one_away(built: Any) -> None:
    built.kernels = True
    break_cell(built, "1 / 0")
    built.run("build")
    content = built.read_notebook("01_plants")
    content["cells"].pop()
    built.write_notebook("01_plants", content)
    assert built.run("build").returncode == 0
    assert not (built.root / ".build/demo/public/failed/01_plants.ipynb").exists()


def test_one_failing_notebook_does_not_stop_the_other(toy: Any) -> None:
    toy.kernels = True
    break_cell(toy, "1 / 0")
    assert toy.run("build").returncode == 1
    assert toy.result("02_animals")["rows_animals"] == 2
    assert not (toy.root / "results/public/01_plants").exists()
    assert not (toy.root / "_output").exists()


def test_a_kernel_that_dies_is_told_with_its_last_words(built: Any) -> None:
    built.kernels = True
    before = built.files()
    break_cell(built, "import os, sys\nos.write(2, b'out of luck\\n')\nos._exit(3)")
    outcome = built.run("build")
    assert outcome.returncode == 1
    assert "failed in code cell 4:\nthe kernel could not go on" in outcome.stdout
    assert "out of luck" in outcome.stdout
    assert built.files() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-p", "01_plants.tims=3"], "01_plants has no parameter 'tims' (did you mean times?)."),
        (["-p", "01_plant.times=3"], "There is no notebook '01_plant' (did you mean 01_plants?)."),
        (["-p", "01_plants.times=many"], "times = 'many' must be of type int, not str"),
        (["-p", "01_plants.times=10"], "times = 10 must be at most 9"),
        (["-p", "01_plants.audience=boss"], "audience = 'boss' must be one of public, team"),
        (["-p", "times=3"], "'times=3' is not a parameter; write NOTEBOOK.NAME=VALUE"),
    ],
)
def test_a_wrong_parameter_stops_before_a_kernel_starts(toy: Any, arguments: list[str], told: str) -> None:
    outcome = toy.run("build", *arguments)
    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert outcome.stdout == ""
    assert not (toy.root / ".build").exists()
    assert not (toy.root / "results").exists()


def test_all_wrong_parameters_are_told_at_once(toy: Any) -> None:
    outcome = toy.run(
        "build", "-p", "01_plants.tims=3", "-p", "02_animals.times=0", "-p", "01_plants.greting=x"
    )
    assert [line.partition(" ")[0].rstrip(":") for line in outcome.stderr.splitlines()] == [
        "01_plants",
        "01_plants",
        "02_animals",
    ]


def test_a_parameters_cell_at_odds_with_the_schema_stops_before_a_kernel_starts(toy: Any) -> None:
    content = toy.read_notebook("01_plants")
    content["cells"][1]["source"] = 'evidence = "demo"\naudiense = "public"\ntimes = "2"\ngreeting = "hello"'
    toy.write_notebook("01_plants", content)
    outcome = toy.run("build")
    assert outcome.returncode == 2
    assert "sets 'audiense' in its parameters cell" in outcome.stderr
    assert "did you mean audience?" in outcome.stderr
    assert "times = '2' must be of type int, not str" in outcome.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "notebooks/01_plants.ipynb is not a notebook of format 4"),
        ("{}", "notebooks/01_plants.ipynb is not a notebook of format 4"),
        ("<<<<<<< ours", "notebooks/01_plants.ipynb is not a notebook of format 4"),
        ('{"cells": [], "nbformat": 4}', "no code cell tagged 'parameters'"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(toy: Any, content: str, told: str) -> None:
    toy.write("notebooks/01_plants.ipynb", content)
    outcome = toy.run("build")
    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_private_evidence_that_is_not_there(toy: Any) -> None:
    outcome = toy.run("build", EVIDENCE="private")
    assert outcome.returncode == 2
    assert "data/private/ does not exist" in outcome.stderr
    assert "EVIDENCE=demo" in outcome.stderr


def test_private_evidence_is_looked_at_today_and_kept_apart(toy: Any) -> None:
    (toy.root / "data/private").mkdir()
    refused = toy.run("build", EVIDENCE="private")
    assert refused.returncode == 1
    assert "data/private/forbidden.txt: the list is missing" in refused.stderr
    toy.write("data/private/forbidden.txt", "# names\nInvented Lamps Ltd\n")
    assert toy.run("build", EVIDENCE="private").returncode == 0
    assert (toy.root / "results/private/public/01_plants/values.json").exists()
    assert (toy.root / "_output/private/public/index.html").exists()
    assert not (toy.root / "results/public").exists()
    status = toy.run("status", EVIDENCE="private", TWINBENEFITS_AS_OF="2031-01-01")
    assert "the date of the evidence changed from" in status.stdout


def kernels_of(process: subprocess.Popen[str]) -> set[int]:
    """The kernels that a build has started, by itself or through a parent that forks them."""
    children: dict[str, list[tuple[str, bytes]]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            command = folder.joinpath("cmdline").read_bytes()
        except OSError:
            continue
        children.setdefault(parent, []).append((folder.name, command))
    own = children.get(str(process.pid), [])
    forking = [pid for pid, command in own if b"warm_kernels" in command]
    started = [pid for pid, command in own if b"ipykernel_launcher" in command]
    return {int(pid) for pid in started} | {int(pid) for one in forking for pid, _ in children.get(one, [])}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks at processes through /proc"
)


def started_and_busy(toy: Any) -> tuple[subprocess.Popen[str], set[int]]:
    """A build whose first notebook has written half of its results and goes on for a minute."""
    toy.kernels = True
    break_cell(toy, "(folder / 'half.json').write_text('half')\nimport time\ntime.sleep(60)")
    process = toy.start("build")
    running = toy.root / ".build/demo/public/running"
    wait_for(lambda: list(running.glob("01_plants-*/results/01_plants/half.json")))
    return process, kernels_of(process)


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_no_kernel_and_nothing_half_made(
    built: Any, number: signal.Signals
) -> None:
    before = built.files()
    process, kernels = started_and_busy(built)
    assert kernels
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Stopped. Nothing half-made was left behind" in output
    assert "Traceback" not in output
    assert not any(map(alive, kernels))
    assert built.files() == before
    assert not (built.root / ".build/demo/public/running").exists()
    assert not (built.root / ".build/demo/public/failed/01_plants.ipynb").exists()


@needs_proc
def test_a_killed_build_leaves_results_as_they_were_and_the_next_one_goes_on(built: Any) -> None:
    before = built.files()
    process, kernels = started_and_busy(built)
    process.kill()
    process.communicate(timeout=30)
    wait_for(lambda: not any(map(alive, kernels)), seconds=10)  # each kernel notices that its parent is gone
    assert built.files() == before
    content = built.read_notebook("01_plants")
    content["cells"].pop()
    built.write_notebook("01_plants", content)
    assert built.run("build").stdout.startswith("nothing to do")
    assert not any((built.root / ".build/demo/public/running").glob("*"))


@needs_proc
def test_finished_notebooks_are_not_run_again_after_a_kill(toy: Any) -> None:
    process, _ = started_and_busy(toy)
    wait_for((toy.root / ".build/demo/public/records/notebook--02_animals.json").exists)
    process.kill()
    process.communicate(timeout=30)
    content = toy.read_notebook("01_plants")
    content["cells"].pop()
    toy.write_notebook("01_plants", content)
    outcome = toy.run("build")
    assert outcome.returncode == 0
    assert "run notebook 01_plants" in outcome.stdout
    assert "run notebook 02_animals" not in outcome.stdout


@needs_proc
def test_a_second_build_waits_for_the_first(built: Any) -> None:
    built.kernels = True
    break_cell(built, "import time\ntime.sleep(3)")
    first = built.start("build")
    wait_for(partial(kernels_of, first))
    second = built.run("build")
    assert first.wait(timeout=30) == 0
    assert (
        f"Another build for this audience is running (process {first.pid}); waiting for it." in second.stdout
    )
    assert second.stdout.splitlines()[-1].startswith("nothing to do")
    first.communicate()


def cannot_write_here() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.skipif(cannot_write_here(), reason="root may write into read-only folders")
@pytest.mark.parametrize("folder", ["_output/public", ".build/demo/public", "results/public"])
def test_a_folder_that_cannot_be_written(built: Any, folder: str) -> None:
    built.write("data/literature/plants.csv", "id,name\nP1,oak\n")
    (built.root / folder).chmod(0o500)
    try:
        outcome = built.run("build")
    finally:
        (built.root / folder).chmod(0o700)
    assert outcome.returncode == 2
    assert "Permission denied" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert built.run("build").returncode == 0


def test_a_file_where_a_folder_belongs(toy: Any) -> None:
    toy.write("_output", "in the way")
    outcome = toy.run("build")
    assert outcome.returncode == 2
    assert "The build could not go on: " in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    (toy.root / "_output").unlink()
    outcome = toy.run("build")
    assert outcome.returncode == 0
    assert "run notebook" not in outcome.stdout  # finished work was kept


def test_a_full_disk(built: Any, tmp_path: Path) -> None:
    """The size limit of a file stands for the disk: writing beyond it fails with an OSError as well."""
    built.write("data/literature/plants.csv", "id,name\n" + "".join(f"P{n},oak\n" for n in range(9000)))
    before = built.files()
    command = ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh", *built.command("build")]
    outcome = subprocess.run(command, capture_output=True, text=True, env=built.environment(), check=False)
    assert outcome.returncode in (1, 2)
    assert "File too large" in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert {name: digest for name, digest in built.files().items() if name.startswith("_output")} == {
        name: digest for name, digest in before.items() if name.startswith("_output")
    }
    assert built.run("build").returncode == 0
