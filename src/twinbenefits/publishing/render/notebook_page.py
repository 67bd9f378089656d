"""An executed notebook as one page that needs no other file and no network."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from twinbenefits.publishing.atomic import write_bytes
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.embedded import ASSETS
from twinbenefits.publishing.render.faults import RenderError, problem_at
from twinbenefits.publishing.render.pandoc import run_pandoc

BEST_FIRST = ("image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/html", "text/plain")
"""Which form of an output the page shows."""

PAGE: Mapping[str, Any] = {
    "from": "ipynb+smart",
    "to": "html5",
    "standalone": True,
    "wrap": "preserve",
    "filters": [str(ASSETS / "notebook.lua")],
    "template": str(ASSETS / "page.html"),
    "css": [str(ASSETS / "page.css")],
    "embed-resources": True,
    "section-divs": True,
    "table-of-contents": True,
    "toc-depth": 2,
    "html-math-method": {"method": "mathml"},
    "syntax-highlighting": "monochrome",
}
"""How pandoc writes the page; colours of code would be too pale to read."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def render_notebook(
    ipynb: Path, out_html: Path, *, edition_mark: str = "", lang: str = "en", epoch: int = 0
) -> Path:
    """Render an executed notebook as a self-contained page.

    Parameters
    ----------
    ipynb
        The notebook with its outputs.
    out_html
        The page to write; it appears complete or not at all.
    edition_mark
        Stands at the top of the page; empty for none.
    lang
        The language of the text.
    epoch
        Seconds since 1970 that stand for "now".

    Returns
    -------
    Path
        `out_html`.

    Raises
    ------
    RenderError
        When the file is no notebook, a cell ended in an error, an image has no alternative text or the
        notebook has no title.
    """
    notebook = read_notebook(ipynb)
    problems = list(notebook_problems(notebook, ipynb.name))
    if problems:
        raise RenderError(problems, ipynb.name)
    metadata = {"lang": lang} | ({"edition-mark": edition_mark} if edition_mark else {})
    text = json.dumps(with_best_outputs(notebook), ensure_ascii=False).encode()
    with tempfile.TemporaryDirectory() as name:
        page, described = Path(name) / "page.html", Path(name) / "metadata.yaml"
        described.write_text(yaml.safe_dump(metadata, allow_unicode=True), "utf-8")
        options = {**PAGE, "metadata-files": [str(described)], "output-file": str(page)}
        done = run_pandoc(options, text, folder=Path(name), epoch=epoch)
        said = [str(entry.get("message") or entry.get("pretty")) for entry in done.warnings]
        if done.returncode and not said:
            said = [done.message]
        if said:
            rule = "a notebook becomes a page without warnings"
            problems = [problem_at(ipynb.name, None, line, rule, "Mend it in the notebook.") for line in said]
            raise RenderError(problems, ipynb.name)
        write_bytes(out_html, page.read_bytes())
    return out_html


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook file.

    Raises
    ------
    RenderError
        When it is missing or not a notebook of version 4.
    """
    try:
        notebook = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        rule = "this must be a notebook"
        raise RenderError([problem_at(path.name, None, str(error), rule, "Run the build again.")]) from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        rule = "this must be a notebook of version 4"
        raise RenderError([problem_at(path.name, None, "nbformat", rule, "Save it in JupyterLab.")])
    return notebook


def notebook_problems(notebook: dict[str, Any], name: str) -> Iterator[SourceProblem]:
    """Yield the cells that ended in an error and the images nobody has described."""
    for number, cell, output in _outputs(notebook):
        place = f"cell {number} ({cell.get('id', 'without id')})"
        if output["output_type"] == "error":
            rule = f"{place} ended in an error"
            value = f"{output.get('ename')}: {output.get('evalue')}"
            yield problem_at(name, None, value, rule, "Mend the cell and run the notebook again.")
        for kind in output.get("data", {}):
            if kind.startswith("image/") and not output.get("metadata", {}).get(kind, {}).get("alt"):
                rule = f"an image of {place} says what it shows to those who cannot see it"
                yield problem_at(name, None, kind, rule, "Register the figure with an alternative text.")


def with_best_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook whose outputs have one form each, without colour codes and execution counts."""
    best: dict[str, Any] = json.loads(json.dumps(notebook))
    for _, cell, output in _outputs(best):
        cell["execution_count"] = None
        if "data" in output:
            kind = next((kind for kind in BEST_FIRST if kind in output["data"]), None)
            output["data"] = {kind: output["data"][kind]} if kind else {}
        if "text" in output:
            output["text"] = COLOUR.sub("", "".join(output["text"]))
    return best


def _outputs(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            yield number, cell, output
