"""Committed outputs, and what a build says while it works."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import pytest

from twinbenefits.workflow.progress import LiveReport, Report, choose_report


def contents(toy: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((toy.root / "notebooks").iterdir())}


def test_outputs_are_written_back_in_normal_form_and_stay_the_same(toy: Any) -> None:
    outcome = toy.run("notebooks")
    assert outcome.returncode == 0, outcome.stderr
    assert "notebooks/01_plants.ipynb refreshed: 3 code cells" in outcome.stdout
    once = contents(toy)
    cells = json.loads(once["01_plants.ipynb"])["cells"]
    assert cells[3]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["hello 2\n"]}]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2, 3]
    assert "notebooks/01_plants.ipynb unchanged" in toy.run("notebooks").stdout
    assert contents(toy) == once
    assert not (toy.root / "results").exists()
    assert not list((toy.root / ".build/refresh").rglob("*.ipynb"))


def test_real_kernels_write_the_same_bytes_from_any_folder(toy: Any, built_once: Any) -> None:
    toy.kernels = True
    assert toy.run("notebooks").returncode == 0
    executed = json.loads((built_once.root / "results/public/01_plants/01_plants.ipynb").read_bytes())
    committed = toy.read_notebook("01_plants")
    assert committed["metadata"].pop("outputs_made_from").keys() == {"code", "plants"}
    assert committed == executed


def test_a_notebook_that_fails_keeps_its_file_and_the_other_is_refreshed(toy: Any) -> None:
    toy.kernels = True
    content = toy.read_notebook("01_plants")
    content["cells"][3]["source"] = "raise ValueError('no')"
    toy.write_notebook("01_plants", content)
    before = contents(toy)
    outcome = toy.run("notebooks")
    assert outcome.returncode == 1
    assert (
        "It failed in code cell 3:\nValueError: no\nKept: .build/refresh/failed/01_plants.ipynb"
        in outcome.stdout
    )
    after = contents(toy)
    assert after["01_plants.ipynb"] == before["01_plants.ipynb"]
    assert after["02_animals.ipynb"] != before["02_animals.ipynb"]


def test_environment_variables_do_not_choose_other_evidence_for_committed_outputs(toy: Any) -> None:
    content = toy.read_notebook("01_plants")
    content["cells"][3]["source"] = "print(os.environ['EVIDENCE'], os.environ['AUDIENCE'])"
    toy.write_notebook("01_plants", content)
    assert toy.run("notebooks", EVIDENCE="private", AUDIENCE="team").returncode == 0
    cells = toy.read_notebook("01_plants")["cells"]
    assert cells[3]["outputs"][0]["text"] == ["demo public\n"]


def test_plain_lines_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    report = Report(out)
    report.begin("notebook:a", "run notebook a")
    report.cell("notebook:a", 1, 7)
    report.done("notebook:a", "run notebook a")
    report.begin("stage", "stage")
    report.failed("stage", "stage")
    lines = out.getvalue().splitlines()
    assert lines == ["run notebook a ...", "run notebook a: 7 code cells, 0.0 s", "stage: failed after 0.0 s"]


def test_the_live_display_shows_the_step_and_its_cell() -> None:
    from rich.console import Console
    from rich.progress import Progress

    report = LiveReport()
    report.begin("notebook:a", "run notebook a")
    try:
        report.cell("notebook:a", 4, 21)
        display = report._display
        assert isinstance(display, Progress)
        console = Console(file=io.StringIO(), width=100)
        console.print(display.make_tasks_table(display.tasks))
        shown = console.file.getvalue()  # type: ignore[attr-defined]
        assert "run notebook a" in shown
        assert "cell 4 of 21" in shown
        assert "0:00:00" in shown
        report.done("notebook:a", "run notebook a")
        assert display.tasks == []
    finally:
        report.close()
    assert report._display is None


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
@pytest.mark.parametrize("colour", [True, False])
def test_in_a_terminal_the_display_goes_away_and_colours_are_a_choice(built: Any, colour: bool) -> None:
    import pty

    content = built.read_notebook("01_plants")
    content["cells"][3]["source"] += "\nimport time\ntime.sleep(0.5)"
    built.write_notebook("01_plants", content)
    os.environ.pop("NO_COLOR", None)
    environment = built.environment(
        TERM="xterm-256color", COLUMNS="100", **({} if colour else {"NO_COLOR": "1"})
    )
    process, terminal = pty.fork()
    if process == 0:
        os.execve(sys.executable, built.command("build"), environment)
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # the other end was closed
        pass
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    text = written.decode("utf-8", "replace")
    assert "cell 3 of 3" in text
    assert text.rstrip().splitlines()[-1].startswith("Open _output/public/index.html")
    assert ("\x1b[3" in text.replace("\x1b[3F", "")) is colour


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    assert type(choose_report()) is Report
    monkeypatch.setenv("TERM", "xterm")
    assert type(choose_report()) is LiveReport
