"""Which modules a notebook rests on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twinbenefits.workflow.imports import ModuleGraph, imported_names

FILES = {
    "__init__.py": "",
    "analysis/__init__.py": "",
    "analysis/counts.py": "import numpy\nfrom shelf.evidence.layout import find_root\n",
    "analysis/late.py": "def f():\n    from ..evidence import study\n",
    "analysis/ring_a.py": "from shelf.analysis import ring_b\n",
    "analysis/ring_b.py": "from . import ring_a\n",
    "analysis/broken.py": "def (\n",
    "evidence/__init__.py": "from .layout import Layout\n",
    "evidence/layout.py": "",
    "evidence/study.py": "if True:\n    import shelf.evidence.layout as where\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "shelf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "shelf"


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import pandas as pd", []),
        (
            "from shelf.analysis.counts import count",
            ["", "analysis", "analysis.counts", "evidence", "evidence.layout"],
        ),
        (
            "from shelf.analysis import counts",
            ["", "analysis", "analysis.counts", "evidence", "evidence.layout"],
        ),
        (
            "import shelf.analysis.late",
            ["", "analysis", "analysis.late", "evidence", "evidence.layout", "evidence.study"],
        ),
        ("from shelf.analysis.ring_a import x", ["", "analysis", "analysis.ring_a", "analysis.ring_b"]),
        ("import shelf.analysis.broken", ["", "analysis", "analysis.broken"]),
        ("import shelf.nothing.there", [""]),
        ("import shelves", []),
        ("%matplotlib inline\nimport shelf", []),
    ],
)
def test_the_closure_holds_what_is_imported_and_what_that_imports(
    package: Path, code: str, modules: list[str]
) -> None:
    expected = [f"shelf.{name}".rstrip(".") for name in modules]
    assert list(ModuleGraph(package).closure(imported_names(code))) == expected


def test_an_edit_changes_the_digest_of_that_module_only(package: Path) -> None:
    names = ["shelf.analysis.counts"]
    before = ModuleGraph(package).closure(names)
    (package / "evidence/layout.py").write_text("x = 1\n", "utf-8")
    after = ModuleGraph(package).closure(names)
    assert {name for name in before if before[name] != after[name]} == {"shelf.evidence.layout"}


def test_the_cache_gives_the_same_answer_and_a_new_import_is_seen(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "imports.json"
    first = ModuleGraph(package, cache)
    expected = first.closure(["shelf.analysis.counts"])
    first.save()
    assert ModuleGraph(package, cache).closure(["shelf.analysis.counts"]) == expected
    (package / "evidence/layout.py").write_text("import shelf.analysis.ring_a\n", "utf-8")
    assert "shelf.analysis.ring_b" in ModuleGraph(package, cache).closure(["shelf.analysis.counts"])


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_a_broken_cache_is_an_empty_one(package: Path, tmp_path: Path, content: str) -> None:
    cache = tmp_path / "imports.json"
    cache.write_text(content, "utf-8")
    graph = ModuleGraph(package, cache)
    assert "shelf.analysis.ring_b" in graph.closure(["shelf.analysis.ring_a"])
    graph.save()
    assert json.loads(cache.read_text("utf-8"))


def test_the_projects_own_modules_are_found() -> None:
    import twinbenefits

    found = ModuleGraph(Path(twinbenefits.__file__).parent).closure(["twinbenefits.workflow.staleness"])
    assert {"twinbenefits", "twinbenefits.workflow", "twinbenefits.workflow.imports"} <= set(found)
    assert "twinbenefits.cli" not in found
