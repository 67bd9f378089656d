"""The embedded engine and the real Quarto, behind one function."""

from twinbenefits.publishing.render.faults import RenderError
from twinbenefits.publishing.render.front_door import render
from twinbenefits.publishing.render.notebook_page import render_notebook

__all__ = ["RenderError", "render", "render_notebook"]
