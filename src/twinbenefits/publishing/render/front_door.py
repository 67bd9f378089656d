"""One function that renders a document, whichever engine does it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from twinbenefits.publishing.render.document import read_document
from twinbenefits.publishing.render.embedded import render_embedded

Engine = Literal["auto", "embedded", "quarto"]


def render(workspace: Path, source: str, to: str, out: Path, *, engine: Engine = "auto", epoch: int) -> Path:
    """Render one document of a workspace into one format.

    Parameters
    ----------
    workspace
        A folder that holds `_quarto.yml`, `_extensions/`, the sources, `_variables.yml` and `_staged/`.
    source
        The main document, relative to the workspace.
    to
        `html`, `typst` (a PDF), `docx`, `revealjs` or `pptx`.
    out
        The file to write; it appears complete or not at all.
    engine
        `auto` takes Quarto when it is on the PATH and the embedded engine otherwise.
    epoch
        Seconds since 1970 that stand for "now"; equal sources and epochs give equal bytes.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    RenderError
        With every fault of the document, each with file and line.
    """
    document = read_document(workspace, source, to)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".rendering-") as folder:
        unfinished = Path(folder) / out.name
        render_embedded(document, unfinished, epoch)
        unfinished.replace(out)
    return out
