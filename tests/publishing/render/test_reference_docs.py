"""The committed reference documents are what the tool would make."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing.render.office import normalise_zip, read_zip, write_zip

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tool() -> Any:
    path = ROOT / "tools" / "make_reference_docs.py"
    spec = importlib.util.spec_from_file_location("make_reference_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["docx", "pptx"])
def test_the_committed_file_has_not_drifted(tool: Any, kind: str) -> None:
    committed = (ROOT / "_extensions" / "compendium" / f"reference.{kind}").read_bytes()
    made = getattr(tool, f"make_{kind}")()
    assert read_zip(made) == read_zip(committed), "run `python tools/make_reference_docs.py` and commit"


def test_a_zip_depends_on_its_parts_only() -> None:
    parts = {"b.xml": b"2", "[Content_Types].xml": b"0", "a.xml": b"1"}
    made = write_zip(parts, 1767225600)
    assert made == write_zip(dict(reversed(parts.items())), 1767225600)
    assert list(read_zip(made)) == ["[Content_Types].xml", "a.xml", "b.xml"]
    assert normalise_zip(made, 1767225600) == made
    assert write_zip(parts, 0) == write_zip(parts, 1000), "a zip knows no time before 1980"
