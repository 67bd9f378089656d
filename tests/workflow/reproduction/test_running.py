"""Which environment a reproduction runs in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from twinbenefits.workflow.reproduction.expected import ExpectedError
from twinbenefits.workflow.reproduction.running import interpreter_in

ROOT = Path(__file__).resolve().parents[3]


def test_an_environment_is_named_by_its_folder_or_its_interpreter() -> None:
    assert interpreter_in(Path(sys.executable)) == Path(sys.executable)
    assert interpreter_in(Path(sys.prefix)) == Path(sys.prefix) / "bin" / "python"


@pytest.mark.parametrize("what", ["an empty folder", "a table.csv", "nothing"])
def test_what_is_no_environment_is_refused_with_the_way_out(what: str, tmp_path: Path) -> None:
    (tmp_path / "an empty folder").mkdir()
    (tmp_path / "a table.csv").write_text("code\n")
    with pytest.raises(ExpectedError, match=rf"{what} is no environment .*--environment \.venv"):
        interpreter_in(tmp_path / what)


def test_the_command_ends_with_2_before_anything_is_copied(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "twinbenefits",
        "reproduce",
        "--allow-dirty",
        "--environment",
        str(tmp_path),
    ]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "is no environment" in ended.stderr
    assert "Traceback" not in ended.stderr
