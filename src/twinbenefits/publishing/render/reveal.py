"""What slides need of reveal.js, and no more."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from twinbenefits.publishing.render.faults import RenderError, problem_at

SCRIPTS = ("reveal.js", "plugin/notes.js")
STYLES = ("reset.css", "reveal.css")


def reveal_folder() -> Path:
    """Return the folder of the built reveal.js in the `pyreveal` wheel, without importing that package."""
    spec = importlib.util.find_spec("pyreveal")
    folder = Path(spec.origin).parent / "revealjs" / "dist" if spec and spec.origin else Path()
    missing = [name for name in (*SCRIPTS, *STYLES) if not (folder / name).is_file()]
    if missing:
        rule = f"the wheel holds no {', '.join(missing)}"
        way_out = "Set the environment up again from requirements.lock."
        raise RenderError([problem_at("pyreveal", None, "reveal.js not found", rule, way_out)])
    return folder


def stylesheets() -> list[Path]:
    """Return reveal.js's own styles; its themes fetch fonts from the network and are left out."""
    source = reveal_folder()
    return [source / name for name in STYLES]
