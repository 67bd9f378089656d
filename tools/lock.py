"""Write the lock files and ``environment.yml`` anew from ``pyproject.toml``.

Versions already locked are kept where they still fit; ``tests/test_project.py`` fails on drift.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
NAMED = ("jupyterlab", "pandas", "statsmodels", "seaborn", "papermill", "nbval")
LOCKS = {
    "requirements-bootstrap.lock": (),
    "requirements.lock": (),
    "requirements-dev.lock": ("--extra", "test", "--extra", "lab"),
}
BOOTSTRAP = "uv>=0.5\nflit_core>=3.12,<4\n"


def environment_yml() -> str:
    """Conda's Python and Quarto, the packages the study names, the rest through pip."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [
        "# Generated from pyproject.toml by `make lock`; a test fails when it drifts.",
        "# For conda and Binder users. The two make commands use requirements.lock instead.",
        "name: twinbenefits",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python {project['requires-python']}",
        "  - make",
        "  - quarto >=1.5",
    ]
    wanted = {}
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in group:
            name = requirement.split(">")[0].split("=")[0].split("[")[0].strip()
            wanted.setdefault(name, requirement[len(name) :].replace("[pandas]", ""))
    lines += [f"  - {name} {wanted[name]}" for name in NAMED]
    lines += ["  - pip", "  - pip:", "      - -e .[lab,test]", ""]
    return "\n".join(lines)


def resolve(name: str, target: Path) -> None:
    source = ROOT / "pyproject.toml"
    extra: tuple[str, ...] = LOCKS[name]
    if name == "requirements-bootstrap.lock":
        source = target.with_suffix(".in")
        source.write_text(BOOTSTRAP, "utf-8")
    elif name == "requirements-dev.lock":
        extra = (*extra, "--constraint", str(ROOT / "requirements.lock"))
    settings = "--quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header"
    command = [UV, "pip", "compile", *settings.split(), *extra, source, "-o", target]
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)
    if name == "requirements-bootstrap.lock":
        source.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = parser.parse_args().upgrade
    (ROOT / "environment.yml").write_text(environment_yml(), "utf-8")
    for name in LOCKS:
        target = ROOT / name
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / name
            if target.exists() and not upgrade:
                made.write_bytes(target.read_bytes())  # uv keeps the versions it finds there
            resolve(name, made)
            origin = "its own list" if "bootstrap" in name else "pyproject.toml"
            header = f"# Made by `make lock` from {origin}; exact versions and hashes.\n"
            target.write_text(header + made.read_text("utf-8"), "utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    sys.exit(main())
