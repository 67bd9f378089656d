"""What does it cost to render the paper and the slides, beside the bare pandoc and beside Quarto?

Run it with ``python benchmarks/bench_rendering.py``; it builds the study first if that is out of date. Each
document is rendered by the embedded engine, a pandoc without filters, template and checks converts the same
text to the same kind of file, and, where Quarto is on the PATH, Quarto renders the same sources. CPU seconds,
of this process and what it starts; the least of several runs counts.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from headlines import headline

from twinbenefits.publishing.render import render
from twinbenefits.publishing.render.document import read_document
from twinbenefits.publishing.render.embedded import WRITERS
from twinbenefits.publishing.render.pandoc import run_pandoc
from twinbenefits.workflow.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    ("paper/index.qmd", "html"),
    ("paper/index.qmd", "typst"),
    ("paper/index.qmd", "docx"),
    ("slides/workshop-2.qmd", "revealjs"),
    ("slides/workshop-2.qmd", "pptx"),
)


def cpu_of(work: Callable[[], object], times: int) -> float:
    """Return the least CPU seconds of some work, with those of the programs it starts."""
    return min(_cpu_once(work) for _ in range(times))


def _cpu_once(work: Callable[[], object]) -> float:
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    work()
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(used.ru_utime + used.ru_stime for used in after)
    return spent - sum(used.ru_utime + used.ru_stime for used in before)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2)
    times = parser.parse_args().times
    subprocess.run([sys.executable, "-m", "twinbenefits", "build"], cwd=ROOT, check=True)
    workspace = Settings.from_environment(ROOT).workspace
    quarto = shutil.which("quarto")
    with tempfile.TemporaryDirectory(prefix="rendering-") as name:
        made = Path(name) / "made"

        def rendered(source: str, to: str, engine: Literal["embedded", "quarto"]) -> Callable[[], object]:
            return lambda: render(workspace, source, to, made, engine=engine, epoch=0, edition_mark="")

        def bare(source: str, to: str) -> Callable[[], object]:
            document = read_document(workspace, source, to)
            options = {"from": "json", "to": WRITERS[to], "standalone": True, "output-file": str(made)}
            return lambda: run_pandoc(options, document.syntax, folder=document.folder)

        for source, to in DOCUMENTS:
            ours = cpu_of(rendered(source, to, "embedded"), times)
            least = cpu_of(bare(source, to), times)
            beside = f"{ours / least:.1f} x a bare pandoc ({least:.2f} s)"
            if quarto:
                theirs = cpu_of(rendered(source, to, "quarto"), times)
                beside += f", {ours / theirs:.2f} x Quarto ({theirs:.1f} s)"
            headline(f"{source} to {to}", f"{ours:.2f} s CPU", beside=beside)
    if not quarto:
        print("Quarto is not on the PATH, so it was not measured.")


if __name__ == "__main__":
    main()
