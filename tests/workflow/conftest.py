"""The toy project: one that is built once per session, and copies of it that tests may change."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def toys() -> ModuleType:
    """The module that makes toy projects."""
    spec = importlib.util.spec_from_file_location("toy", Path(__file__).with_name("toy.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built_once(toys: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A toy project after its first build; not to be changed."""
    toy = toys.Toy.make(tmp_path_factory.mktemp("built"), kernels=True)
    outcome = toy.run("build")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return toy


@pytest.fixture
def built(toys: ModuleType, built_once: Any, tmp_path: Path) -> Any:
    """A copy of the built toy project; its cells run without kernels unless a test says so."""
    shutil.copytree(built_once.root, tmp_path / "project")
    return toys.Toy(tmp_path / "project")


@pytest.fixture
def toy(toys: ModuleType, tmp_path: Path) -> Any:
    """A toy project that was never built."""
    (tmp_path / "project").mkdir()
    return toys.Toy.make(tmp_path / "project")
