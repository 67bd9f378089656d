"""Equal sources give equal bytes: in another folder, home, time zone and locale."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "data" / "render" / "lamps.ipynb"

SCRIPT = """
import sys
from pathlib import Path
from twinbenefits.publishing.render import render, render_notebook
workspace, out = Path(sys.argv[1]), Path(sys.argv[2])
for document in sys.argv[4:]:
    source, to = document.split(":")
    render(workspace, source, to, out / f"{source}.{to}", engine="embedded", epoch=1767225600)
render_notebook(Path(sys.argv[3]), out / "lamps.html")
"""

DOCUMENTS = (
    "index.qmd:html",
    "paper/index.qmd:html",
    "paper/index.qmd:typst",
    "paper/index.qmd:docx",
    "slides/workshop-1.qmd:revealjs",
    "slides/workshop-1.qmd:pptx",
)


@pytest.fixture(scope="module")
def editions(
    tmp_path_factory: pytest.TempPathFactory, new_workspace: Callable[[Path], Path]
) -> tuple[Path, Path]:
    """Render everything twice, in surroundings that differ in all that must not matter."""
    made = []
    for name, zone, locale in (
        ("here", "Europe/Helsinki", "C.UTF-8"),
        ("elsewhere", "Pacific/Kiritimati", "C"),
    ):
        folder = tmp_path_factory.mktemp(name)
        home = folder / "home of somebody"
        home.mkdir()
        workspace = new_workspace(folder / name / "deeper" / "workspace")
        arguments = [str(workspace), str(folder / "out"), str(NOTEBOOK), *DOCUMENTS]
        environment = os.environ | {
            "HOME": str(home), "TZ": zone, "LC_ALL": locale, "LANG": locale, "PYTHONHASHSEED": str(len(name)),
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "-c", SCRIPT, *arguments], check=True, env=environment, cwd=home, timeout=120
        )
        made.append(folder / "out")
    return made[0], made[1]


@pytest.mark.parametrize("file", [*(document.replace(":", ".") for document in DOCUMENTS), "lamps.html"])
def test_bytes_are_equal(editions: tuple[Path, Path], file: str) -> None:
    here, elsewhere = ((edition / file).read_bytes() for edition in editions)
    assert len(here) > 1000
    assert here == elsewhere


def test_a_second_run_leaves_the_file_alone(tmp_path: Path, new_workspace: Callable[[Path], Path]) -> None:
    from twinbenefits.publishing.render import render

    workspace, out = new_workspace(tmp_path / "workspace"), tmp_path / "index.html"
    render(workspace, "index.qmd", "html", out, engine="embedded", epoch=0)
    os.utime(out, (1, 1))
    render(workspace, "index.qmd", "html", out, engine="embedded", epoch=0)
    assert out.stat().st_mtime == 1


def test_a_refused_document_leaves_the_last_good_file(
    tmp_path: Path, new_workspace: Callable[[Path], Path]
) -> None:
    from twinbenefits.publishing.render import RenderError, render

    workspace, out = new_workspace(tmp_path / "workspace"), tmp_path / "out" / "index.html"
    render(workspace, "index.qmd", "html", out, engine="embedded", epoch=0)
    before = out.read_bytes()
    (workspace / "index.qmd").write_text("---\ntitle: T\nformat: html\n---\n\n@fig-none\n", "utf-8")
    with pytest.raises(RenderError):
        render(workspace, "index.qmd", "html", out, engine="embedded", epoch=0)
    assert out.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["index.html"]
