"""How long does exchange take with many codings? Seconds and peak memory, each in a process of its own.

Run it with ``python benchmarks/bench_exchange.py [--codings 100000]``. The project has a source per thousand
segments, half of them with line breaks of two characters; a plain pass of the XML parser over the same file
is the yardstick.
"""

import argparse
import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from headlines import headline

CODES, CODERS, PER_SOURCE = 60, 4, 1000
WORDS = "The twin shows the whole line at once and saves us hours every week"


def projects(codings: int) -> tuple[object, object]:
    """Return a project with so many codings, and the same under the study's own names."""
    from twinbenefits.evidence.exchange.project import Project

    segments = codings // 2
    sources = max(1, segments // PER_SOURCE)
    sentence = f"{WORDS}.\n"
    texts = {f"S{number}": sentence * PER_SOURCE for number in range(sources)}
    rows = {
        "codes": [{"code": f"C{n}", "name": f"C{n}", "codable": "yes"} for n in range(CODES)],
        "coders": [{"coder": f"coder-{n}", "name": f"coder-{n}"} for n in range(CODERS)],
        "sources": [{"source": name, "title": name, "kind": "text"} for name in texts],
        "segments": [
            {
                "segment": f"G{n}",
                "source": f"S{n // PER_SOURCE % sources}",
                "start": n % PER_SOURCE * len(sentence),
                "end": n % PER_SOURCE * len(sentence) + len(WORDS),
                "text": WORDS,
                "medium": "text",
                "speaker": f"P{n % 40}",
            }
            for n in range(segments)
        ],
        "codings": [
            {
                "coding": f"K{n}",
                "segment": f"G{n // 2}",
                "coder": f"coder-{n % CODERS}",
                "code": f"C{n % CODES}",
                "created": "2026-01-01",
            }
            for n in range(codings)
        ],
    }
    return Project.of("large", rows, texts), texts


def write(path: Path, codings: int) -> None:
    from twinbenefits.evidence.exchange.refi_writing import write_project

    project, _ = projects(codings)
    write_project(project, path)


def read(path: Path, codings: int) -> None:
    from twinbenefits.evidence.exchange import read_project

    project, _ = read_project(path)
    assert len(project.codings) == codings, len(project.codings)


def parse(path: Path, codings: int) -> None:
    from defusedxml.ElementTree import iterparse

    with zipfile.ZipFile(path) as archive:
        content = archive.read("project.qde")
    count = sum(1 for _, element in iterparse(io.BytesIO(content)) if element.tag.endswith("Coding"))
    assert count == codings, count


def workbook(path: Path, codings: int) -> None:
    import openpyxl

    from twinbenefits.evidence.exchange import read_project

    sheet = path.with_suffix(".xlsx")
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Codings")
    page.append(["segment", "source", "text", "coder", "code"])
    for number in range(codings):
        page.append([f"G{number // 2}", "S", WORDS, f"coder-{number % CODERS}", f"C{number % CODES}"])
    book.save(sheet)
    begun = time.perf_counter()
    project, _ = read_project(sheet)
    assert len(project.codings) == codings, len(project.codings)
    print(f"  of which reading the workbook {time.perf_counter() - begun:.1f} s")


STEPS = {"write": write, "read": read, "parse": parse, "workbook": workbook}
TOLD = {
    "write": "write the .qdpx",
    "read": "read the .qdpx",
    "parse": "parse its XML and nothing else",
    "workbook": "write and read a workbook",
}


def measured(step: str, path: Path, codings: int) -> None:
    """Run one step in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--step", step, "--file", str(path), "--codings", str(codings)]
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codings", type=int, default=100_000)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.step:
        begun = time.perf_counter()
        STEPS[options.step](options.file, options.codings)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        what = f"{options.codings:,} codings: {TOLD[options.step]}"
        headline(what, f"{time.perf_counter() - begun:.1f} s, peak {peak:.0f} MB")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.qdpx"
        for step in STEPS:
            measured(step, path, options.codings)


if __name__ == "__main__":
    main()
