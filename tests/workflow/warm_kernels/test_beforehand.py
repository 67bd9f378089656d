"""A build's kernels find modules imported, share nothing of them, and never find what has changed."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.workflow.papermill_engine import Execution, execute
from twinbenefits.workflow.warm_kernels import parent
from twinbenefits.workflow.warm_kernels.parent import NOTHING, Beforehand, expect

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

APART = """
TAKEN = []

def take(things):
    TAKEN.extend(things)

def made(last):
    import sys
    sys.modules["seen"] = sys
    yield ["lent"]
    yield "for the build", last

def failed(last):
    yield 1 / last

def half_made(last):
    yield ["lent"]
    yield 1 / last
"""
LOOK = "import sys; print('shelf.books' in sys.modules)\nimport shelf.books\nprint(shelf.books.TITLES)"
TAKE = "import shelf.books; shelf.books.TITLES.append('mine'); shelf.books.keep = 1"


def wish(package: Path, function: str) -> Beforehand:
    """Wish for what a function of the package makes apart."""
    wished = Beforehand(
        str(package),
        ["shelf", "shelf.broken", "shelf.books"],
        ("shelf.apart", function, {"last": 0}),
        ("shelf.apart", "take"),
    )
    expect(wished)
    return wished


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that a build wants imported, in a folder from which Python imports."""
    monkeypatch.setattr(parent, "STACK", ("json",))  # what takes long is not what is tested
    package = tmp_path / "packages" / "shelf"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", "utf-8")
    (package / "books.py").write_text("TITLES = ['one']\n", "utf-8")
    (package / "broken.py").write_text("import nowhere_at_all\n", "utf-8")
    (package / "apart.py").write_text(APART, "utf-8")
    wish(package, "made")
    yield package
    expect(NOTHING)
    parent.end_parents()


@pytest.fixture
def said(shelf: Path, tmp_path: Path) -> Any:
    """Run a cell in a fresh kernel and return what it prints."""
    count = iter(range(9))

    def said(cell: str) -> list[str]:
        private = tmp_path / f"k{next(count)}"
        private.mkdir()
        environment = {"PYTHONPATH": f"{shelf.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
        execution = Execution(str(tmp_path), environment, str(private), lambda **_: None)
        code = {"cell_type": "code", "id": "c", "metadata": {}, "source": cell, "outputs": []}
        notebook = {"cells": [{**code, "execution_count": None}], "nbformat": 4, "nbformat_minor": 5}
        kernel = {"kernelspec": {"name": "python3", "display_name": "x"}}
        made = execute({**notebook, "metadata": kernel}, {}, execution)
        return "".join(output["text"] for output in made["cells"][0]["outputs"]).split("\n")[:-1]

    return said


def test_kernels_find_modules_imported_and_share_nothing_of_them(said: Any) -> None:
    assert said(LOOK) == ["True", "['one']"]
    assert said(TAKE) == []
    assert said(LOOK) == ["True", "['one']"]


@pytest.mark.parametrize("changed", ["books.py", "another.py"])
def test_a_package_that_has_changed_is_imported_by_the_kernel_itself(
    said: Any, shelf: Path, changed: str
) -> None:
    assert said(LOOK) == ["True", "['one']"]
    before = (shelf / "books.py").stat()
    (shelf / changed).write_text("TITLES = ['two']\n", "utf-8")
    os.utime(shelf / changed, ns=(before.st_atime_ns, before.st_mtime_ns))  # no time tells of it
    told = {path.name: path.read_text("utf-8").strip() for path in shelf.glob("*.py")}
    for cached in shelf.rglob("*.pyc"):  # Python itself goes by times
        cached.unlink()
    assert said(LOOK) == ["False", told["books.py"].removeprefix("TITLES = ")]


def test_another_wish_ends_the_parents_of_the_one_before(said: Any) -> None:
    said("print(0)")
    (mine,) = (one for one in parent._parents.values() if one.wish != NOTHING)
    expect(NOTHING)
    assert not mine.is_alive
    assert said(LOOK)[0] == "False"


TAKEN = "import sys, shelf.apart; print(shelf.apart.TAKEN, 'seen' in sys.modules)"


def test_kernels_have_what_was_made_for_them_and_nothing_of_the_fork_that_made_it(
    said: Any, shelf: Path
) -> None:
    assert said(TAKEN) == ["['lent'] False"]
    assert pickle.loads(parent.told(wish(shelf, "made"))) == ("for the build", 0)
    assert said(TAKEN) == ["['lent'] False"]


@pytest.mark.parametrize(("function", "taken"), [("failed", []), ("half_made", ["lent"])])
def test_what_could_not_be_made_is_missing_and_nothing_else(
    said: Any, shelf: Path, function: str, taken: list[str]
) -> None:
    wished = wish(shelf, function)
    assert said(TAKEN) == [f"{taken} False"]
    assert parent.told(wished) == b""
    assert said("print(0)") == ["0"]


def test_nothing_is_told_where_nobody_was_asked() -> None:
    assert parent.told(NOTHING) == b""
