"""Damage of every kind is detected, and named where it was done."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing.bundle import BundleError, bundle_bytes
from twinbenefits.workflow.reproduction.reproduce import OUTPUT, publish_results, reproduce
from twinbenefits.workflow.reproduction.running import tracked_files
from twinbenefits.workflow.reproduction.verdict import Reproduction

pytestmark = pytest.mark.long
LITERATURE = "notebooks/01_literature_tables.ipynb"


@pytest.fixture(scope="module")
def published(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compendium as committed, with the results of its own run as the published ones."""
    folder = tmp_path_factory.mktemp("published") / "a project"
    for name in tracked_files(root):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    edit(
        folder / "_quarto.yml", r"^    - paper/index\.qmd\n(?:    .*\n)*?(?=  pre-render)", ""
    )  # notebooks are what counts
    publish_results(folder, print, environment=Path(sys.executable))
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    shutil.copytree(published, tmp_path / "project")
    return tmp_path / "project"


def edit(file: Path, pattern: str, replacement: str) -> None:
    text = file.read_text("utf-8")
    changed = re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert changed != text, f"{pattern} stands nowhere in {file.name}"
    file.write_text(changed, "utf-8")


def edit_code(folder: Path, notebook: str, old: str, new: str | None) -> None:
    """Replace text in the code cells of a notebook; None takes the whole cell out."""
    content = json.loads((folder / notebook).read_text("utf-8"))
    hit = [c for c in content["cells"] if c["cell_type"] == "code" and old in "".join(c["source"])]
    assert hit, f"{old} stands in no code cell of {notebook}"
    if new is None:
        content["cells"].remove(hit[0])
    else:
        hit[0]["source"] = "".join(hit[0]["source"]).replace(old, new)
    (folder / notebook).write_text(json.dumps(content), "utf-8")


def environment_with(folder: Path, module: str, text: str) -> Path:
    """Return an interpreter for which a module of ours comes before the installed one."""
    (folder / "first" / module).mkdir(parents=True)
    (folder / "first" / module / "__init__.py").write_text(text, "utf-8")
    return _interpreter(folder)


def _interpreter(folder: Path) -> Path:
    program = folder / "python"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{folder}/first" exec "{sys.executable}" "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    return program


def told(outcome: Reproduction) -> str:
    return "\n".join(outcome.reasons)


def of(outcome: Reproduction, kind: str, name: str) -> Any:
    return next(one for one in outcome.compared if (one.kind, one.name) == (kind, name))


def changed_row(folder: Path) -> None:
    edit(folder / "data/literature/effects.csv", r"^(EF01,.*arXiv:2502\.00242,)abstract", r"\1full text")


def dropped_row(folder: Path) -> None:
    edit(folder / "data/literature/audit.csv", r"^R3,.*\n", "")


def changed_constant(folder: Path) -> None:
    edit(folder / "src/twinbenefits/analysis/saturation_error.py", r"^NORMAL = 1\.95\d*", "NORMAL = 1.644854")


def other_seed(folder: Path) -> None:
    edit(folder / "src/twinbenefits/analysis/clustering.py", r"    seed: int = 1,", "    seed: int = 2,")


def other_colours(folder: Path) -> None:
    edit(folder / "src/twinbenefits/display/literature_figures.py", r"cmap=_COUNTS", 'cmap="magma"')


def dropped_table_row(folder: Path) -> None:
    edit(
        folder / "src/twinbenefits/publishing/registry_files.py",
        r"^    head, \*body = rows$",
        '    head, *body = [row for row in rows if row[0] != "Dynamic"]',
    )


def offset(by: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        edit(
            folder / "src/twinbenefits/publishing/registry_values.py",
            r"^        return \{key: value for key, value in asdict\(self\)\.items\(\) if key != \"name\"\}$",
            "        record = {key: value for key, value in asdict(self).items() if key != 'name'}\n"
            "        if self.name == 'effects_sources':\n"
            f"            record['value'] += {by}\n"
            "        return record",
        )

    return damage


SEEN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a changed data row": (changed_row, "01_literature_tables", "value effects_read_in_full"),
    "a dropped data row": (dropped_row, "01_literature_tables", "value audit_findings"),
    "a changed constant": (changed_constant, "02_case_coding", ""),
    "another seed": (other_seed, "03_cross_vertical_comparison", "value chi_square_rejects_true_null"),
    "another colour map": (other_colours, "01_literature_tables", "figure D03"),
    "a dropped table row": (dropped_table_row, "01_literature_tables", "table D01"),
}
"""Damage that a reader of the documents would see: what is done, in which notebook it shows, and where."""


def reproduced(folder: Path) -> Reproduction:
    outcome = reproduce(folder, print, environment=Path(sys.executable))
    print(f"{outcome.verdict}\n{told(outcome)}")
    return outcome


@pytest.fixture(scope="module")
def damaged(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    """All of it at once, each in its own place."""
    folder = tmp_path_factory.mktemp("damaged") / "project"
    shutil.copytree(published, folder)
    for work, _, _ in SEEN.values():
        work(folder)
    return reproduced(folder)


def test_without_damage_everything_comes_out_again(copy: Path) -> None:
    outcome = reproduce(copy, print, environment=Path(sys.executable))
    assert outcome.reasons == []
    assert outcome.verdict == "full"
    assert {path.name for path in (copy / OUTPUT).iterdir()} == {"report.html", "report.pdf", "report.json"}


@pytest.mark.parametrize("damage", SEEN, ids=str)
def test_damage_that_readers_see_is_named_where_it_shows(damaged: Reproduction, damage: str) -> None:
    _, notebook, part = SEEN[damage]
    different = {
        f"{one.kind} {one.name}" for one in damaged.compared if one.notebook == notebook and one.in_print
    }
    assert (part in different) if part else different
    assert damaged.verdict == "partial"


@pytest.mark.parametrize("by", [1e-6, 1e-3])
def test_a_value_that_prints_alike_and_is_another_is_named(copy: Path, by: float) -> None:
    offset(by)(copy)
    outcome = reproduced(copy)
    one = of(outcome, "value", "effects_sources")
    assert (one.outcome, one.in_print) == ("different", False)
    assert f"differs by {by:.1e}" in one.detail
    assert outcome.verdict == "full with minor issues"


def test_a_deleted_cell_is_missed(copy: Path) -> None:
    edit_code(copy, LITERATURE, "effects_tables.published_effects(effects)", None)
    outcome = reproduce(copy, print, environment=Path(sys.executable))
    assert of(outcome, "table", "D20").outcome == "missing"
    assert outcome.verdict == "partial"


def test_a_missing_package_is_named(copy: Path, tmp_path: Path) -> None:
    python = environment_with(tmp_path, "networkx", "raise ImportError('no networkx here')")
    outcome = reproduce(copy, print, environment=python)
    assert "no networkx here" in told(outcome)
    assert outcome.verdict in ("partial", "not reproduced")


def test_another_minor_version_of_pandas_is_named(copy: Path, tmp_path: Path) -> None:
    target = tmp_path / "first"
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--target", str(target), "--no-deps", "pandas==3.0.*"]
    installed = subprocess.run(command, check=False, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"another pandas cannot be had here: {installed.stderr.strip()[:200]}")
    outcome = reproduce(copy, print, environment=_interpreter(tmp_path))
    assert any(name.startswith("pandas: 3.1") and "3.0" in name for name in outcome.other_versions)
    assert outcome.verdict != "full"


def test_stale_outputs_are_named_with_their_cell(copy: Path) -> None:
    content = json.loads((copy / LITERATURE).read_text("utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    shown = [
        (n, o) for n, cell in enumerate(code, 1) for o in cell["outputs"] if "text/plain" in o.get("data", {})
    ]
    number, output = shown[0]
    output["data"]["text/plain"] = ["stale"]
    (copy / LITERATURE).write_text(json.dumps(content), "utf-8")
    outcome = reproduce(copy, print, environment=Path(sys.executable))
    assert outcome.stale_outputs == (f"{LITERATURE} (code cell {number})",)
    assert outcome.verdict == "full with minor issues"


def test_a_bundle_is_reproduced_and_a_damaged_one_is_not_tried(published: Path, tmp_path: Path) -> None:
    files = {name: (published / name).read_bytes() for name in tracked_files(published)}
    bundle = tmp_path / "deposit.zip"
    bundle.write_bytes(bundle_bytes(files, date(2026, 11, 1)))
    outcome = reproduce(tmp_path, print, bundle=bundle, environment=Path(sys.executable))
    assert outcome.verdict == "full"
    report = (tmp_path / OUTPUT / "report.json").read_bytes()
    bundle.write_bytes(bundle.read_bytes()[:-100])
    with pytest.raises(BundleError):
        reproduce(tmp_path, print, bundle=bundle, environment=Path(sys.executable))
    assert (tmp_path / OUTPUT / "report.json").read_bytes() == report
