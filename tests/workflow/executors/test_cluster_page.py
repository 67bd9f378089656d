"""What docs/cluster.md shows can be typed: its commands, its options and its lines of Python."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.analysis import (
    clustering,
    misclassification,
    ranks,
    recovery,
    recovery_rates,
    robustness,
    salience,
    sweep,
)
from twinbenefits.analysis import robust_verdicts as verdicts
from twinbenefits.evidence.layout import Layout

PAGE = Path(__file__).resolve().parents[3] / "docs/cluster.md"
TEXT = PAGE.read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.M | re.S)
PYTHON = [block for language, block in BLOCKS if language == "python"]
SHELL = [line for language, block in BLOCKS if not language for line in block.splitlines()]
SCRIPTS = Path(sys.executable).parent
PATIENCE = 60.0


def shown(*words: str) -> str:
    """Return the one command that holds some words."""
    (found,) = [line for line in SHELL if all(word in line.split() for word in words)]
    return found


@pytest.mark.parametrize("source", PYTHON)
def test_its_python_can_be_read(source: str) -> None:
    compile(source, PAGE.name, "exec")


@pytest.mark.parametrize("program", ["scheduler", "worker"])
def test_dask_knows_the_options_it_is_given(program: str) -> None:
    cli = pytest.importorskip(
        f"distributed.cli.dask_{program}", reason="the extra `cluster` is not installed"
    )
    known = {name for option in cli.main.params for name in (*option.opts, *option.secondary_opts)}
    given = [line for line in SHELL if f"dask {program}" in line]
    assert len(given) == 2
    for line in given:
        assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_the_build_knows_the_options_it_is_given() -> None:
    from typer.main import get_command

    from twinbenefits.cli import app

    build: Any = get_command(app).commands["build"]  # type: ignore[attr-defined]
    known = {name: option for option in build.params for name in option.opts}
    assert set(re.findall(r"--[a-z-]+", shown("build"))) <= set(known)
    for name in ("executor", "scheduler"):
        assert f"`{known[f'--{name}'].envvar}`" in TEXT


def test_the_analyses_it_lists_take_a_map() -> None:
    rooms = (
        clustering,
        misclassification,
        ranks,
        recovery,
        recovery_rates,
        robustness,
        salience,
        sweep,
        verdicts,
    )
    table = TEXT.split("| Its pieces |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", table)
    assert len(named) == 9
    for name in named:
        (function,) = {getattr(room, name) for room in rooms if hasattr(room, name)}
        assert "map" in function.__annotations__


@pytest.mark.long
def test_its_analysis_runs(forks: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = forks.cluster(workers=2)
    monkeypatch.chdir(root)
    source = PYTHON[0].replace("tcp://127.0.0.1:8786", cluster.address).replace("2000", "6")
    assert cluster.address in source
    names: dict[str, Any] = {}
    exec(source, names)
    cluster.close()
    here = recovery_rates.recovery_of_the_study(Layout(root), studies=6)
    assert names["found"].table.equals(here.table)
    assert names["found"].scalars == here.scalars


@pytest.mark.long
def test_its_commands_build_over_tls(toy: Any, tmp_path: Path) -> None:
    """As it stands there, but for addresses, paths and the number of workers."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed; it makes the certificate")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def typed(line: str) -> list[str]:
        line = (
            line.replace("10.0.0.5", "127.0.0.1").replace("8786", str(port)).replace("rsa:3072", "rsa:2048")
        )
        line = line.replace("--nworkers 4", "--nworkers 2").replace(".venv/bin/", f"{SCRIPTS}/")
        return line.split()

    subprocess.run(typed(shown("openssl")), check=True, capture_output=True, cwd=tmp_path)
    exported = dict(line.removeprefix("export ").split("=") for line in SHELL if line.startswith("export "))
    assert len(exported) == 3
    started = []
    with (tmp_path / "log").open("w") as log:
        for program in ("scheduler", "worker"):
            command = [*typed(shown(program, "--tls-key")), "--dashboard-address", "127.0.0.1:0"]
            started.append(
                subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
            )
    try:
        certificates = {name: str(tmp_path / file) for name, file in exported.items()}
        options = typed(shown("build"))[1:]
        until = time.monotonic() + PATIENCE
        while (outcome := toy.run(*options, **certificates)).returncode == 2:
            assert time.monotonic() < until, outcome.stderr + (tmp_path / "log").read_text()
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        assert toy.result("01_plants") == {"rows_plants": 4, "audience": "public"}
        without = toy.run(*options, "--force")
        assert without.returncode == 2
        assert "did not answer" in without.stderr
    finally:
        for process in reversed(started):
            os.killpg(process.pid, 9)
            process.wait()
