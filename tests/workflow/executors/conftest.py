"""A cluster on 127.0.0.1 whose workers share no folder."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def module(name: str) -> ModuleType:
    """Return a module that stands beside this file."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What starts schedulers and workers."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    started = module("forked_cluster").Forks(tmp_path_factory.mktemp("forks"), HERE)
    yield started
    started.close()


@pytest.fixture(scope="module")
def cluster(forks: Any) -> Any:
    """A scheduler and three workers, for all tests of a module."""
    return forks.cluster(workers=3)


@pytest.fixture(scope="module")
def pieces() -> ModuleType:
    """Pieces of work that workers find as well."""
    return module("pieces")
