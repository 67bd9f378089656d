"""Runs a module's notebook in this process: the module says which one it is about in ``NAME``."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing import registry

BLANK = {"svg": b"<svg/>", "png": b"png", "preview": b"png"}
Run = Callable[..., Path]


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, root: Path) -> Path:
    """The notebook that the module is about."""
    return root / "notebooks" / f"{request.module.NAME}.ipynb"


@pytest.fixture(scope="module")
def run(notebook: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs the notebook's code with parameters and returns the folder of its results.

    Cells with one of the texts in `without` are left out, and so is all from the one with `stop` on. Figures
    are drawn and not saved: saving them is most of the time, and no parameter is about it.
    """
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [(cell, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]

    def execute(*, stop: str = "", without: Collection[str] = (), **parameters: object) -> Path:
        folder = tmp_path_factory.mktemp("results")
        patch.setenv("TWINBENEFITS_RESULTS", str(folder))
        names: dict[str, Any] = {}
        for cell, source in code:
            if stop and stop in source:
                break
            if any(text in source for text in without):
                continue
            exec(compile(source, cell["id"], "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                assert set(parameters) <= set(names)
                names.update(parameters)
        return folder / notebook.stem

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setattr(registry, "figure_bytes", lambda *_: BLANK)
        yield execute


@pytest.fixture(scope="module")
def defaults(run: Run) -> Path:
    """The results with the notebook's own parameters."""
    return run()
