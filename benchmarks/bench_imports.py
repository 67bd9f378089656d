"""How much do the quick commands import, and what do they cost?

Run it with ``python benchmarks/bench_imports.py``. Each command is run several times in a process of its own;
the least CPU seconds count. Beside it stands the time of an empty Python, which no command can beat. Of each
command the modules that took longest to import are listed (``python -X importtime``), and those that it must
not need: a test holds it to that.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

from headlines import headline

ROOT = Path(__file__).resolve().parents[1]
IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")
COMMANDS = {
    "--help": "at most 0.15 s",
    "status": "at most 0.5 s",
    "build": "at most 0.5 s where there is nothing to do",
}
MODULE = ("-m", "twinbenefits")


def environment() -> dict[str, str]:
    """Return surroundings in which compiled bytecode is used, as it is for everybody."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu_of(*arguments: str, times: int) -> float:
    """Return the least CPU seconds of a command of this Python."""
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def slowest(command: str, most: int) -> list[tuple[float, str]]:
    """Return the milliseconds of the packages a command imports, each with all that it imports itself."""
    said = subprocess.run(
        [sys.executable, "-X", "importtime", *MODULE, command],
        cwd=ROOT,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    found = [(int(match[1]), match[4].partition(".")[0]) for match in IMPORTED.finditer(said)]
    packages: dict[str, float] = {}
    for own, package in found:
        packages[package] = packages.get(package, 0.0) + own / 1000
    return sorted(((taken, package) for package, taken in packages.items()), reverse=True)[:most]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    subprocess.run([sys.executable, *MODULE, "build"], cwd=ROOT, env=environment(), check=True)
    empty = cpu_of("-c", "", times=times)
    for command, promise in COMMANDS.items():
        taken = cpu_of(*MODULE, command, times=times)
        headline(
            f"twinbenefits {command}",
            f"{taken:.2f} s CPU",
            beside=f"{taken / empty:.0f} x an empty Python ({empty:.3f} s)",
            promise=promise,
        )
        told = ", ".join(f"{package} {taken:.0f} ms" for taken, package in slowest(command, 8))
        print(f"  imports: {told}")


if __name__ == "__main__":
    main()
