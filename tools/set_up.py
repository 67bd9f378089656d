"""Make or complete ``.venv`` from the hash-pinned locks; safe to repeat and to interrupt.

Runs on the system's Python and uses nothing but its standard library.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST, NEWEST = (3, 11), (3, 14)


def run(*command: str | Path) -> None:
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_NO_PROGRESS": "1"}
    environment.pop("PYTHONHOME", None)
    outcome = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False)
    if outcome.returncode:
        sys.exit(
            "\nThe set-up stopped before it was complete (the message above says why).\n"
            "Nothing is broken: mend the cause (most often the network) and run the same command again."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="add the test tools and JupyterLab")
    dev = parser.parse_args().dev
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            f"This is Python {sys.version.split()[0]}; the study needs "
            f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}.\n"
            "Name another one, for example: make paper PYTHON=python3.12"
        )
    python = VENV / "bin" / "python"
    if not dev:
        print("Setting up .venv (once; about a minute) ...", flush=True)
        venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--require-hashes", "-r", "requirements-bootstrap.lock")  # fmt: skip
    else:
        print("Adding the test tools and JupyterLab to .venv (once) ...", flush=True)
    install = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--compile-bytecode"]
    run(*install, "--require-hashes", "-r", "requirements-dev.lock" if dev else "requirements.lock")
    if not dev:
        run(*install, "--no-deps", "--no-build-isolation", "-e", ".")
    hook = ROOT / "tools" / "install_git_hook.py"
    if dev is False and hook.exists() and (ROOT / ".git").exists():
        run(python, hook)
    (VENV / (".ready-dev" if dev else ".ready")).touch()


if __name__ == "__main__":
    main()
