"""The embedded engine and the real Quarto, behind one function."""

from twinbenefits.publishing.render.faults import Fault, RenderError
from twinbenefits.publishing.render.front_door import render

__all__ = ["Fault", "RenderError", "render"]
