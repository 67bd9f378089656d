"""JupyterLab as co-authors meet it: its own kernel and settings, nothing from the network, private copies."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.workflow import lab
from twinbenefits.workflow.tracked_notebooks import check_notebook

TOKEN = "a-token-for-tests"
SESSION = """\
import sys
from twinbenefits.workflow.lab import open_lab
open_lab(browser=False, port=int(sys.argv[1]), token=sys.argv[2])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks like the project, with one notebook and the start page, in a path with a space."""
    folder = tmp_path / "a project"
    (folder / "data/study").mkdir(parents=True)
    (folder / "_quarto.yml").touch()
    (folder / "notebooks").mkdir()
    (folder / "notebooks/START.md").write_text("# Start here\n", "utf-8")
    (folder / "notebooks/01_example.ipynb").write_text(json.dumps(example()), "utf-8")
    return folder


def example() -> dict[str, Any]:
    def code(source: str, count: int, *tags: str) -> dict[str, Any]:
        output = {"output_type": "display_data", "data": {"text/plain": "demo"}, "metadata": {}}
        return {
            "cell_type": "code",
            "id": f"cell-{count}",
            "metadata": {"tags": list(tags)},
            "execution_count": count,
            "outputs": [] if tags else [output],
            "source": source,
        }

    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return {
        "cells": [
            code('evidence = "demo"\naudience = "public"', 1, "parameters"),
            code("print(evidence)", 2),
        ],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def json_of(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


# --- how it is started --------------------------------------------------------------------------------------


def test_nothing_of_the_users_own_jupyter_is_read_or_written(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/somewhere/else")
    monkeypatch.setenv("JUPYTERLAB_DIR", "/somewhere/else")
    session = lab.prepare_session(project)
    ours = {
        name: value for name, value in session.environment.items() if name.startswith(("JUPYTER", "IPYTHON"))
    }
    assert set(ours) == {
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_PATH",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    }
    assert all(Path(value).is_relative_to(project / ".build/lab") for value in ours.values())
    assert session.folder == project
    assert session.start == "notebooks/START.md"
    assert session.command == (sys.executable, "-m", "jupyterlab")


def test_the_kernel_is_this_python_under_the_name_that_notebooks_carry(project: Path) -> None:
    lab.prepare_session(project)
    kernel = json_of(project / ".build/lab/share/jupyter/kernels/python3/kernel.json")
    assert kernel["argv"][0] == sys.executable
    assert kernel["display_name"] == example()["metadata"]["kernelspec"]["display_name"]
    assert kernel["env"]["TWINBENEFITS_ROOT"] == str(project)


def test_what_the_user_has_set_in_an_earlier_session_stays(project: Path) -> None:
    lab.prepare_session(project)
    setting = project / ".build/lab/settings/theme.json"
    setting.write_text('{"theme": "dark"}', "utf-8")
    lab.prepare_session(project)
    assert setting.read_text("utf-8") == '{"theme": "dark"}'


def test_results_of_a_build_are_out_of_reach(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINBENEFITS_RESULTS", str(project / "results"))
    assert "TWINBENEFITS_RESULTS" not in lab.prepare_session(project).environment


def test_the_token_is_not_on_the_command_line(project: Path) -> None:
    session = lab.prepare_session(project, token=TOKEN, browser=False)
    assert session.environment["JUPYTER_TOKEN"] == TOKEN
    assert session.command[1:] == ("-m", "jupyterlab", "--no-browser")


def test_without_jupyterlab_the_message_is_the_command_that_installs_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(lab.LabError) as error:
        lab.open_lab(project)
    assert "`make lab`" in str(error.value)
    assert f"{sys.executable} -m pip install -e '{project}[lab]'" in str(error.value)
    assert not (project / ".build").exists()


def test_another_evidence_is_refused_with_what_there_is(project: Path) -> None:
    with pytest.raises(lab.LabError, match="EVIDENCE is 'secret'; it may be demo or private"):
        lab.prepare_session(project, evidence="secret")


# --- the private session ------------------------------------------------------------------------------------


def test_private_work_without_private_evidence_says_how_to_go_on(project: Path) -> None:
    with pytest.raises(lab.LabError, match=r"data/private/ does not exist(.|\n)*make lab"):
        lab.prepare_session(project, evidence="private")


def test_a_private_session_shows_copies_that_work_on_the_private_evidence(project: Path) -> None:
    (project / "data/private").mkdir()
    before = (project / "notebooks/01_example.ipynb").read_bytes()
    session = lab.prepare_session(project, evidence="private")
    assert session.folder == project / "data/private"
    assert (
        (session.folder / session.start)
        .read_text("utf-8")
        .startswith("> **This session works on the private")
    )
    assert session.environment["EVIDENCE"] == "private"
    assert Path(session.environment["TMPDIR"]).is_relative_to(project / "data/private")
    copy = json_of(project / "data/private/work/01_example.ipynb")
    assert [cell["metadata"]["tags"] for cell in copy["cells"]] == [
        ["parameters"],
        ["injected-parameters"],
        [],
    ]
    names: dict[str, object] = {}
    for cell in copy["cells"][:2]:
        exec(cell["source"], names)
    assert (names["evidence"], names["audience"]) == ("private", "public")
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in copy["cells"])
    assert (project / "notebooks/01_example.ipynb").read_bytes() == before


def test_a_private_copy_may_not_enter_git(project: Path) -> None:
    text = json.dumps(lab.private_copy(example(), "0" * 64))
    assert any("private session" in str(problem) for problem in check_notebook("notebooks/01.ipynb", text))


def test_a_private_copy_is_the_users_work_and_is_never_overwritten(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "data/private").mkdir()
    lab.prepare_session(project, evidence="private")
    copy = project / "data/private/work/01_example.ipynb"
    edited = copy.read_text("utf-8").replace("print(evidence)", "print(evidence, 1)")
    copy.write_text(edited, "utf-8")
    lab.prepare_session(project, evidence="private")
    assert copy.read_text("utf-8") == edited
    assert capsys.readouterr().out == ""
    original = project / "notebooks/01_example.ipynb"
    original.write_text(original.read_text("utf-8").replace("print(evidence)", "print(evidence, 2)"), "utf-8")
    lab.prepare_session(project, evidence="private")
    assert copy.read_text("utf-8") == edited
    assert "was copied from another version of notebooks/01_example.ipynb" in capsys.readouterr().out
    copy.write_text("broken", "utf-8")
    lab.prepare_session(project, evidence="private")
    assert copy.read_text("utf-8") == "broken"


# --- a running JupyterLab -----------------------------------------------------------------------------------


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_lab(folder: Path, port: int, source: Path) -> Iterator[str]:
    """Start JupyterLab on `folder` with the package of `source`; yield its address; stop it in the end."""
    log = folder / ".build-lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(port), TOKEN],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(source)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield address_of(folder, process, log)
    finally:
        process.terminate()  # JupyterLab then stops its kernels
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        log.unlink()


def address_of(folder: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until JupyterLab answers and return its address, which it writes down itself."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for note in (folder / ".build/lab/runtime").glob(f"jpserver-{process.pid}.json"):
            try:
                address = str(json_of(note)["url"]).rstrip("/")
                urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5).close()
            except (ValueError, OSError):
                break
            return address
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text('utf-8')}")


def ask(address: str, path: str, token: str = TOKEN) -> Any:
    with urllib.request.urlopen(f"{address}{path}?token={token}", timeout=10) as answer:
        return json.loads(answer.read())


def test_a_running_lab_has_one_kernel_and_asks_the_network_for_nothing(project: Path, root: Path) -> None:
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen()
    taken = busy.getsockname()[1]
    try:
        with running_lab(project, taken, root / "src") as address:
            assert address.rsplit(":", 1)[1] != str(taken)
            kernels = ask(address, "/api/kernelspecs")
            assert list(kernels["kernelspecs"]) == ["python3"]
            assert kernels["kernelspecs"]["python3"]["spec"]["argv"][0] == sys.executable
            assert ask(address, "/lab/api/news") == {"news": []}
            assert ask(address, "/lab/api/update") == {"notification": None}
            listed = {item["name"] for item in ask(address, "/api/contents/notebooks")["content"]}
            assert {"START.md", "01_example.ipynb"} <= listed
            with pytest.raises(urllib.error.HTTPError, match="403"):
                ask(address, "/api/contents", token="another")
    finally:
        busy.close()
    assert list((project / ".build/lab/runtime").glob("jpserver-*.json")) == []
