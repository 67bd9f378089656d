"""A stand-in project that holds every element a document may use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from twinbenefits.publishing.render import RenderError, render

ROOT = Path(__file__).parents[3]
STAND_IN = ROOT / "tests" / "data" / "render" / "project"
EPOCH = 1767225600
DOCUMENTS = (
    ("index.qmd", "html"),
    ("paper/index.qmd", "html"),
    ("paper/index.qmd", "typst"),
    ("paper/index.qmd", "docx"),
    ("slides/workshop-1.qmd", "revealjs"),
    ("slides/workshop-1.qmd", "pptx"),
)
SUFFIX = {"html": ".html", "typst": ".pdf", "docx": ".docx", "revealjs": ".html", "pptx": ".pptx"}

Rendered = Callable[[str, str], Path]


def make_workspace(folder: Path) -> Path:
    """Lay out the stand-in with the project's own project file and extension."""
    shutil.copytree(STAND_IN, folder)
    shutil.copy(ROOT / "_quarto.yml", folder)
    shutil.copytree(ROOT / "_extensions", folder / "_extensions")
    return folder


@pytest.fixture(scope="session")
def new_workspace() -> Callable[[Path], Path]:
    """Lay out the stand-in in a folder of the test's choice."""
    return make_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Render a document of the stand-in once and return the file."""
    folder = tmp_path_factory.mktemp("rendered")
    workspace = make_workspace(folder / "workspace")

    def file(source: str, to: str) -> Path:
        out = folder / "out" / to / Path(source).with_suffix(SUFFIX[to])
        if not out.exists():
            render(workspace, source, to, out, engine="embedded", epoch=EPOCH)
        return out

    return file


@pytest.fixture(scope="session")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Render a document of an edition that carries a mark."""
    folder = tmp_path_factory.mktemp("marked")
    workspace = make_workspace(folder / "workspace")
    for source in {source for source, _ in DOCUMENTS}:
        path = workspace / source
        text = path.read_text("utf-8").replace("---\n", '---\nedition-mark: "Made of invented lamps"\n', 1)
        path.write_text(text, "utf-8")

    def file(source: str, to: str) -> Path:
        out = folder / "out" / to / Path(source).with_suffix(SUFFIX[to])
        if not out.exists():
            render(workspace, source, to, out, engine="embedded", epoch=EPOCH)
        return out

    return file


FRONT = """---
title: "A paper"
format:
  html: default
  docx: default
  typst: default
  pptx: default
---
"""


@dataclass(frozen=True)
class Refused:
    """How a body was refused; its own first line counts as 1."""

    error: RenderError

    @property
    def text(self) -> str:
        return str(self.error)

    @property
    def lines(self) -> list[int | None]:
        problems = self.error.problems
        assert {problem.file for problem in problems} == {"paper/refused.qmd"}
        return [problem.row and problem.row - FRONT.count("\n") for problem in problems]


@pytest.fixture
def refusal(workspace: Path) -> Callable[..., Refused]:
    """Return a function that renders a body as `paper/refused.qmd` and returns how it is refused."""

    def refused(body: str, to: str = "html") -> Refused:
        (workspace / "paper" / "refused.qmd").write_text(FRONT + body, "utf-8")
        out = workspace / "out" / "refused.html"
        with pytest.raises(RenderError) as error:
            render(workspace, "paper/refused.qmd", to, out, engine="embedded", epoch=EPOCH)
        assert not out.exists()
        return Refused(error.value)

    return refused
