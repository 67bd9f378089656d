"""JupyterLab as co-authors meet it: its own kernel and settings, nothing from the network, private copies."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from twinbenefits.workflow import lab
from twinbenefits.workflow.tracked_notebooks import check_notebook

TOKEN = "a-token-for-tests"
NOTEBOOK = "01_literature_tables"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks like the project, with one notebook and the start page, in a path with a space."""
    folder = tmp_path / "a project"
    (folder / "data/study").mkdir(parents=True)
    (folder / "_quarto.yml").touch()
    (folder / "notebooks").mkdir()
    (folder / "notebooks/START.md").write_text(
        "# Start here\n\n[01](01_example.ipynb), [columns](../data/README.md)\n", "utf-8"
    )
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
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(lab.LabError) as error:
        lab.open_lab(project)
    assert "`make lab`" in str(error.value)
    assert f"{shlex.quote(sys.executable)} -m pip install -e '{project}[lab]'" in str(error.value)
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
            [sys.executable, "-m", "twinbenefits", "lab", "--no-browser", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(source), "TWINBENEFITS_LAB_TOKEN": TOKEN},
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


# --- a co-author at work ------------------------------------------------------------------------------------

BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SLOW = 120_000  # milliseconds; machines that run tests are slow at times


@pytest.fixture
def browser(browser_program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_program, args=BROWSER_OPTIONS)
        yield started
        started.close()


class CoAuthor:
    """Somebody who works in JupyterLab with mouse and keyboard."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.requests: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.page.set_default_timeout(SLOW)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{address}/?token={TOKEN}")

    def open_from_start_page(self, notebook: str) -> None:
        expect(self.page.get_by_role("heading", name="Start here")).to_be_visible(timeout=SLOW)
        self.page.get_by_role("link", name=f"{notebook}.ipynb").click()
        expect(self.page.locator(".jp-Toolbar-kernelName")).to_have_text("Python 3 (ipykernel)", timeout=SLOW)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        idle = self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        expect(idle).to_have_count(1, timeout=SLOW)

    def run_all_cells(self) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def prompts(self) -> list[str]:
        return [
            text.strip() for text in self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
        ]

    def add_to_markdown(self, heading: str, text: str) -> None:
        cell = self.page.locator(".jp-MarkdownCell").filter(
            has=self.page.get_by_role("heading", name=heading)
        )
        cell.locator(".jp-RenderedMarkdown").dblclick()
        self.page.locator(".jp-MarkdownCell:not(.jp-mod-rendered) .cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Shift+Enter")
        expect(self.page.locator(".jp-RenderedMarkdown").filter(has_text=text.strip())).to_have_count(1)

    def add_to_code(self, fragment: str, text: str) -> None:
        self.page.locator(".jp-CodeCell .cm-content").filter(has_text=fragment).first.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty")).to_have_count(0, timeout=SLOW)


def runs_of(project: Path) -> dict[str, int]:
    """Return when each notebook's results were made."""
    made = {
        path.parent.name: path.stat().st_mtime_ns for path in project.glob("results/public/*/values.json")
    }
    assert made
    return made


@pytest.mark.browser
def test_a_co_author_edits_in_jupyterlab_and_only_what_changed_is_made_again(
    tmp_path: Path,
    copy_project: Callable[[Path], Path],
    run_in: Callable[..., subprocess.CompletedProcess[str]],
    browser: Browser,
) -> None:
    project = copy_project(tmp_path / "a project")
    listed = (project / "_quarto.yml").read_text("utf-8")
    shorter = re.sub(
        r"^    - paper/index\.qmd\n(?:    .*\n)*?(?=  pre-render)", "", listed, flags=re.MULTILINE
    )
    assert shorter != listed, "notebooks and their pages are what this is about"
    (project / "_quarto.yml").write_text(shorter, "utf-8")
    notebook = project / "notebooks" / f"{NOTEBOOK}.ipynb"
    page = project / "_output/public/notebooks" / f"{NOTEBOOK}.html"

    def build() -> str:
        outcome = run_in(project, "-m", "twinbenefits", "build")
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout + outcome.stderr

    build()
    first = runs_of(project)
    assert "nothing to do" in build()

    with running_lab(project, free_port(), project / "src") as address:
        author = CoAuthor(browser, address)
        author.open_from_start_page(NOTEBOOK)
        author.run_all_cells()
        cells = [cell for cell in json_of(notebook)["cells"] if cell["cell_type"] == "code"]
        last = author.page.locator(".jp-CodeCell .jp-InputPrompt").filter(has_text=f"[{len(cells)}]:")
        expect(last).to_have_count(1, timeout=SLOW)
        assert author.prompts() == [f"[{number}]:" for number in range(1, len(cells) + 1)]
        author.save()
        check_figures(author, project)
        author.add_to_markdown("What the literature tables carry", "\n\nA sentence of a co-author.")
        author.save()
        saved = json_of(notebook)
        assert any("A sentence of a co-author." in "".join(cell["source"]) for cell in saved["cells"])

        text = build()
        assert runs_of(project) == first, text
        assert "A sentence of a co-author." in page.read_text("utf-8")

        author.add_to_code("Study.open(", "\nlooked_at = len(mentions)")
        author.save()
        assert "looked_at" in notebook.read_text("utf-8")
        text = build()
        second = runs_of(project)
        assert {name for name in second if second[name] != first[name]} == {NOTEBOOK}, text
        assert "looked_at" in page.read_text("utf-8")
        assert [url for url in author.requests if not url.startswith((address, "data:", "blob:"))] == []


def check_figures(author: CoAuthor, project: Path) -> None:
    """See every registered figure at least once (a variant of it may be registered unseen)."""
    displays = json_of(project / "results/public" / NOTEBOOK / "displays.json").values()
    figures = {display["id"] for display in displays if display["kind"] == "figure"}
    images = author.page.locator(".jp-OutputArea-output img")
    shown = sum(
        "image/png" in output.get("data", {})
        for cell in json_of(project / "notebooks" / f"{NOTEBOOK}.ipynb")["cells"]
        for output in cell.get("outputs", [])
    )
    assert shown >= len(figures) > 0
    expect(images).to_have_count(shown, timeout=SLOW)
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.complete && image.naturalWidth > 100")
