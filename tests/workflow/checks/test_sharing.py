"""What keeps the compendium from being deposited is told: dependencies, licences, folders, rules, README."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from twinbenefits.publishing.replicators_sections import README, SECTIONS
from twinbenefits.workflow.checks.dependencies import pinned
from twinbenefits.workflow.checks.finding import kept_files
from twinbenefits.workflow.checks.sharing import RULES, dcas, folders, licences, readme

PARTS = (
    "data", "docs", "kit", "notebooks", "paper", "src/twinbenefits/evidence", "src/twinbenefits/analysis",
    "README.md", "CITATION.cff", "LICENSE", "LICENSE-text", "LICENSE-data", "dodo.py", "pyproject.toml",
    "requirements-bootstrap.lock", "requirements.lock", "requirements-dev.lock",
)  # fmt: skip


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The parts of the compendium that are shared, as committed."""
    tracked = subprocess.run(["git", "-C", root, "ls-files", "-z", *PARTS], check=True, capture_output=True)
    for name in tracked.stdout.decode().split("\0"):
        if name and (root / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, tmp_path / name)
    (tmp_path / "tests").mkdir(exist_ok=True)
    kept_files.cache_clear()
    return tmp_path


def test_the_standard_has_its_sixteen_rules() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 17))


def test_what_only_the_authors_know_is_theirs_and_nothing_else_is_open(copy: Path) -> None:
    severities = {finding.place: finding.severity for finding in dcas(copy)}
    assert set(severities.values()) <= {"authors"}
    assert any("ethics" in place for place in severities)


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("paper/availability.qmd", "data availability statement"),
        ("data/literature/source/deck.txt", "raw data"),
        ("dodo.py", "analysis data"),
        ("data/datapackage.json", "metadata"),
        ("data/literature/effects.csv", "citation"),
        ("README.md", "documentation"),
        ("LICENSE-data", "omissions"),
    ],
)
def test_a_missing_part_breaks_its_rule(copy: Path, damage: str, rule: str) -> None:
    file = copy / damage
    header = file.read_text("utf-8").splitlines()[0] if damage.endswith(".csv") else ""
    file.write_text(header + "\n,,,\n", "utf-8") if header else file.unlink()
    kept_files.cache_clear()
    broken = [finding.place for finding in dcas(copy) if finding.severity == "error"]
    assert any(f"({rule})" in place for place in broken)


def test_a_statement_on_ethics_closes_its_rule(copy: Path) -> None:
    facts = copy / "data/study/study.yml"
    facts.write_text(facts.read_text("utf-8") + "ethics: Not needed, said the board.\n", "utf-8")
    assert not any("ethics" in finding.place for finding in dcas(copy))


def test_dependencies_are_pinned(copy: Path) -> None:
    assert not list(pinned(copy))
    lock = copy / "requirements.lock"
    text = lock.read_text("utf-8")
    name = next(line.split("==")[0] for line in text.splitlines() if "==" in line)
    lock.write_text(text.replace(f"{name}==", f"{name}>=", 1) + "loose==1.0\n", "utf-8")
    told = [str(finding) for finding in pinned(copy)]
    assert any(f"{name}>=" in line and "no exact version" in line for line in told)
    assert any("loose==1.0 has no digest" in line for line in told)


def test_a_dependency_that_no_lock_knows_is_told(copy: Path) -> None:
    project = copy / "pyproject.toml"
    text = project.read_text("utf-8")
    assert "dependencies = [" in text
    project.write_text(text.replace("dependencies = [", 'dependencies = [\n    "unheard-of>=1",', 1), "utf-8")
    assert any("unheard-of stands in no lock" in str(finding) for finding in pinned(copy))


def test_licences_lie_beside_what_they_cover(copy: Path) -> None:
    assert not list(licences(copy))
    (copy / "LICENSE").unlink()
    (copy / "data" / "grid.min.js").write_text("x", "utf-8")
    kept_files.cache_clear()
    assert {finding.place for finding in licences(copy)} == {"LICENSE", "data/grid.min.js"}


def test_what_is_made_is_not_kept(copy: Path) -> None:
    subprocess.run(["git", "init", "-q", copy], check=True)
    assert not [finding for finding in folders(copy) if not finding.place.startswith("src")]
    (copy / "results").mkdir()
    (copy / "results" / "values.json").write_text("{}", "utf-8")
    shutil.rmtree(copy / "paper")
    kept_files.cache_clear()
    assert {finding.place for finding in folders(copy)} == {"results/values.json", "paper/"}


def test_the_readme_for_replicators_has_its_sections_in_order(tmp_path: Path) -> None:
    file = tmp_path / README
    assert [finding.severity for finding in readme(tmp_path)] == ["note"]
    file.parent.mkdir()
    file.write_text("\n\n".join(f"## {section}" for section in SECTIONS), "utf-8")
    assert not list(readme(tmp_path))
    file.write_text("\n\n".join(f"## {section}" for section in reversed(SECTIONS)), "utf-8")
    assert "another order" in str(next(readme(tmp_path)))
    file.write_text("# Overview\n", "utf-8")
    assert len(list(readme(tmp_path))) == len(SECTIONS) - 1
