"""Figures as files: vector and bitmap, the same bytes in every run."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["DPI", "figure_bytes", "figure_problem"]

DPI = 300
PREVIEW_DPI = 110  # in the notebook, where the file is committed
WIDEST, HIGHEST = 12.0, 12.0  # inches: larger ones have unreadably small letters once they stand on a page


def figure_problem(figure: Figure) -> str | None:
    """Return why a figure cannot be printed: it is empty, or larger than any page."""
    width, height = figure.get_size_inches()
    if not figure.get_axes():
        return "the figure is empty"
    if width > WIDEST or height > HIGHEST:
        return f"the figure is {width:.1f} by {height:.1f} inches, larger than a page"
    return None


def figure_bytes(figure: Figure, name: str, mark: str | None) -> dict[str, bytes]:
    """Draw a figure as SVG and PNG, without dates, versions or random ids.

    Parameters
    ----------
    figure
        The figure; it is closed afterwards, so that the notebook does not show it a second time.
    name
        Its name, which seeds the ids inside the SVG.
    mark
        What must be said on the figure itself, for example that its data are synthetic.

    Returns
    -------
    dict
        ``"svg"``, ``"png"`` (300 dpi) and ``"preview"`` (a smaller PNG for the notebook).
    """
    from matplotlib import rc_context

    note = None
    if mark:
        note = figure.text(
            0.995, 0.005, mark, ha="right", va="bottom", fontsize=7, style="italic", color="0.25"
        )
    try:
        # letters become outlines: the fonts of the reader's machine do not matter
        with rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
            drawn = {"svg": _svg(figure, mark), **_bitmaps(figure, mark)}
    finally:
        if note is not None:
            note.remove()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    return drawn


def _svg(figure: Figure, mark: str | None) -> bytes:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    about = {"Description": mark} if mark else {}
    data = io.BytesIO()
    dpi = figure.dpi
    canvas = FigureCanvasSVG(figure)
    canvas.print_svg(data, metadata={"Date": None, "Creator": None, **about})  # type: ignore[no-untyped-call]
    figure.set_dpi(dpi)
    return re.sub(rb"[ \t]+\n", b"\n", data.getvalue().replace(b"\r\n", b"\n"))


def _bitmaps(figure: Figure, mark: str | None) -> dict[str, bytes]:
    """Draw once; the preview is the same picture made smaller."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL.Image import frombytes

    dpi = figure.dpi
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = bytes(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = frombytes("RGBA", canvas.get_width_height(), pixels).convert("RGB")
    figure.set_dpi(dpi)
    small = image.resize((round(image.width * PREVIEW_DPI / DPI), round(image.height * PREVIEW_DPI / DPI)))
    return {"png": _png(image, DPI, mark), "preview": _png(small, PREVIEW_DPI, mark)}


def _png(image: Image, dpi: int, mark: str | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    about = PngInfo()
    if mark:
        about.add_text("Description", mark)
    data = io.BytesIO()
    image.save(data, format="PNG", dpi=(dpi, dpi), pnginfo=about)
    return data.getvalue()
