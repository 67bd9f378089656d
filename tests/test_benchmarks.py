"""The benchmarks run, and their report says what they found and which of them failed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("report", FOLDER / "report.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_the_small_ones_run_to_their_end() -> None:
    command = [sys.executable, str(FOLDER / "report.py"), "--smoke"]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    for name, figures in (("robustness", 2), ("disclosure", 2), ("exchange", 4), ("votes", 2)):
        assert f"{name}: {figures} figures" in outcome.stdout
    assert "wrote" not in outcome.stdout


def test_every_benchmark_is_in_the_report(report: ModuleType) -> None:
    scripts = {path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py")}
    assert scripts == {benchmark.name for benchmark in report.BENCHMARKS}


def test_one_that_fails_is_named_and_the_others_go_on(
    report: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FOLDER / "headlines.py", tmp_path)
    (tmp_path / "bench_bad.py").write_text("raise SystemExit('out of paper')", "utf-8")
    good = "from headlines import headline\nheadline('a | b', '2 s', beside='3 x c', promise='at most 3 s')\n"
    (tmp_path / "bench_good.py").write_text(good, "utf-8")
    (tmp_path / "bench_plain.py").write_text("print('took 4 s')", "utf-8")
    chosen = [report.Benchmark(name, f"What is {name}", ()) for name in ("bad", "good", "plain")]
    monkeypatch.setattr(report, "BENCHMARKS", chosen)
    monkeypatch.setattr(report, "HERE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["report.py", "--page", str(tmp_path / "page.md")])
    assert report.main() == 1
    page = (tmp_path / "page.md").read_text("utf-8")
    assert "## What is bad" in page
    assert "out of paper" in page
    assert "```text\ntook 4 s\n```" in page
    assert "| a \\| b | 2 s | 3 x c | at most 3 s |" in page
    assert f"Python {sys.version.split()[0]}" in page
    assert "good: 1 figures" in capsys.readouterr().out
