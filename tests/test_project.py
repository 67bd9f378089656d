"""The project agrees with itself: generated files with their source, the code with its rules.

What fails here has drifted; the message names the command that mends it where there is one.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
LOCKS = ("requirements-bootstrap.lock", "requirements.lock", "requirements-dev.lock")


@pytest.fixture(scope="session")
def pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def tool(root: Path, name: str) -> ModuleType:
    """Load a program of tools/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", root / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def locked(root: Path, lock: str) -> dict[str, set[str]]:
    """Return the versions a lock names for this platform and Python, by name."""
    found: dict[str, set[str]] = {}
    for line in (root / lock).read_text("utf-8").splitlines():
        if match := LOCKED.match(line):
            requirement = Requirement(line.removesuffix(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def needed(requirements: list[str]) -> dict[str, str]:
    """Follow `requirements` through what is installed here; return each package's installed version."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(Requirement(text), "") for text in requirements]
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        distribution = importlib.metadata.distribution(name)
        assert distribution.version in SpecifierSet(str(requirement.specifier), prereleases=True), str(
            requirement
        )
        found[name] = distribution.version
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                queue += [(Requirement(text), wanted) for text in distribution.requires or []]
    return found


# --- generated files ----------------------------------------------------------------------------------------


def test_environment_yml_is_what_pyproject_makes_of_it(root: Path, pyproject: dict[str, Any]) -> None:
    text = (root / "environment.yml").read_text("utf-8")
    assert text == tool(root, "lock").environment_yml(), "environment.yml has drifted; run `make lock`"
    environment = yaml.safe_load(text)
    assert environment["channels"] == ["conda-forge"]
    assert f"python {pyproject['project']['requires-python']}" in environment["dependencies"]
    assert any(str(item).startswith("quarto") for item in environment["dependencies"])
    assert {"pip": ["-e .[lab,test]"]} in environment["dependencies"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_by_hash_and_names_no_place_to_fetch_it_from(root: Path, lock: str) -> None:
    lines = (root / lock).read_text("utf-8").splitlines()
    assert lines[0].startswith("# Made by `make lock`")
    for number, line in enumerate(lines[1:], 2):
        assert LOCKED.match(line) or HASH.match(line), f"{lock}, line {number}: {line}"
        if LOCKED.match(line):
            assert HASH.match(lines[number]), f"{lock}, line {number}: {line} has no hash"


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("test", "lab"))]
)
def test_a_lock_holds_what_pyproject_needs_and_nothing_else(
    root: Path, pyproject: dict[str, Any], lock: str, extras: tuple[str, ...]
) -> None:
    project = pyproject["project"]
    wanted = project["dependencies"] + [
        text for extra in extras for text in project["optional-dependencies"][extra]
    ]
    pins = locked(root, lock)
    for text in wanted:
        requirement = Requirement(text)
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{lock} does not pin {requirement.name}; run `make lock`"
        assert all(version in requirement.specifier for version in versions), (
            f"{text}: {versions}; run `make lock`"
        )
    reached = needed(wanted)
    assert {name: {version} for name, version in reached.items()} == pins, (
        "run `make lock`, then set up again"
    )


def test_the_locks_agree_with_each_other(root: Path) -> None:
    build, development = locked(root, "requirements.lock"), locked(root, "requirements-dev.lock")
    assert {name: development.get(name) for name in build} == build
    bootstrap = locked(root, "requirements-bootstrap.lock")
    assert set(bootstrap) == {"uv", "flit-core"}
    assert development["flit-core"] == bootstrap["flit-core"]


def test_the_python_versions_are_said_the_same_way_everywhere(root: Path, pyproject: dict[str, Any]) -> None:
    set_up = tool(root, "set_up")
    bounds = SpecifierSet(pyproject["project"]["requires-python"])
    oldest, newest = (".".join(map(str, version)) for version in (set_up.OLDEST, set_up.NEWEST))
    after = f"{set_up.NEWEST[0]}.{set_up.NEWEST[1] + 1}"
    before = f"{set_up.OLDEST[0]}.{set_up.OLDEST[1] - 1}"
    assert [version in bounds for version in (before, oldest, newest, after)] == [False, True, True, False]
    assert f"CPython {oldest} to {newest}" in (root / "Makefile").read_text("utf-8")
    assert f"--python-version {oldest}" in (root / "tools/lock.py").read_text("utf-8")


# --- make ---------------------------------------------------------------------------------------------------


def test_make_alone_prints_one_line_per_target(root: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    text = (root / "Makefile").read_text("utf-8")
    phony = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    targets = " ".join(phony).split()
    shown = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)
    assert listed == targets
    assert re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE) == targets
    assert (
        subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout == shown
    )


def test_clean_deletes_what_is_made_and_nothing_else(root: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    shown = subprocess.run(
        ["make", "--no-print-directory", "-n", "clean"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    command, *names = shown.split()[0:1] + shown.split()[2:]
    assert command == "rm"
    for name in names:
        tracked = subprocess.run(
            ["git", "ls-files", "--", name.rstrip("*")], cwd=root, capture_output=True, text=True, check=False
        ).stdout
        assert tracked == "", f"`make clean` would delete {tracked}"
        assert not name.startswith("data")


# --- the code -----------------------------------------------------------------------------------------------


def passes(root: Path, *command: str) -> None:
    program = Path(sys.executable).parent / command[0]
    outcome = subprocess.run(
        [str(program), *command[1:]], cwd=root, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, f"{' '.join(command)} says:\n{outcome.stdout}{outcome.stderr}"


def test_the_rooms_import_only_whom_they_may(root: Path) -> None:
    passes(root, "lint-imports", "--no-cache")


def test_every_room_has_a_contract(root: Path, pyproject: dict[str, Any]) -> None:
    rooms = {path.parent.name for path in (root / "src/twinbenefits").glob("*/__init__.py")}
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    assert {contract["source_modules"][0].removeprefix("twinbenefits.") for contract in contracts} == rooms
    for contract in contracts:
        allowed = {"evidence"} if "evidence" in contract["name"].split(" imports ")[1] else set()
        forbidden = {name.removeprefix("twinbenefits.") for name in contract["forbidden_modules"]}
        assert not allowed & forbidden


def test_no_room_imports_its_modules_for_others(root: Path) -> None:
    """A re-export would make every notebook depend on the whole room, and imports slow."""
    package = root / "src/twinbenefits"
    for path in (package / "__init__.py", *package.glob("*/__init__.py")):
        text = path.read_text("utf-8")
        assert not re.search(r"^\s*(from|import) ", text, re.MULTILINE), path


def test_ruff_finds_nothing(root: Path) -> None:
    passes(root, "ruff", "check", "--no-cache", ".")


def test_the_code_is_formatted(root: Path) -> None:
    passes(root, "ruff", "format", "--no-cache", "--check", ".")


def test_every_rule_left_out_says_why(root: Path) -> None:
    text = (root / "pyproject.toml").read_text("utf-8")
    ignored = re.search(r"^ignore = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert ignored is not None
    for line in ignored[1].splitlines():
        assert "  # " in line, f"pyproject.toml, ignore: {line.strip()} has no reason"


def test_the_types_hold(root: Path, tmp_path: Path) -> None:
    passes(root, "mypy", "--cache-dir", str(tmp_path))


def test_no_module_is_longer_than_a_room(root: Path) -> None:
    lengths = {
        path.relative_to(root).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in (root / "src").rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_pre_commit_runs_local_hooks_that_exist(root: Path) -> None:
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        program, *rest = hook["entry"].split()
        if program == "sh":
            assert (root / rest[0]).is_file()
        else:
            assert (Path(sys.executable).parent / Path(program).name).exists(), hook["entry"]


# --- what a co-author reads ---------------------------------------------------------------------------------


def test_the_start_page_names_every_notebook(root: Path) -> None:
    text = (root / "notebooks/START.md").read_text("utf-8")
    named = set(re.findall(r"\]\(([^)/]+\.ipynb)\)", text))
    assert named == {path.name for path in (root / "notebooks").glob("*.ipynb")}


def test_the_start_page_links_to_files_only(root: Path) -> None:
    """JupyterLab answers a link to a folder with an error."""
    text = (root / "notebooks/START.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)\)", text)
    assert links
    assert [link for link in links if not (root / "notebooks" / link).is_file()] == []


@pytest.mark.parametrize("page", ["notebooks/START.md", "docs/jupyterlab.md", "README.md"])
def test_links_lead_somewhere_and_make_targets_exist(root: Path, page: str) -> None:
    text = (root / page).read_text("utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)\)", text):
        if "://" not in link:
            assert (root / page).parent.joinpath(link).exists(), f"{page}: {link}"
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`(?:[A-Z]+=\w+ )*make ([a-z-]+)", text)) <= targets
