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
MARK_STRIP = 0.18  # inches below a figure of synthetic data, for saying so
NAMELESS = {"Date": None, "Creator": None}
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

    # letters become outlines: the fonts of the reader's machine do not matter
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        svg, image = _drawn(figure) if mark is None else _drawn_with_mark(figure, mark)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    small = image.resize((round(image.width * PREVIEW_DPI / DPI), round(image.height * PREVIEW_DPI / DPI)))
    return {
        "svg": re.sub(rb"[ \t]+\n", b"\n", svg.replace(b"\r\n", b"\n")),
        "png": _png(image, DPI, mark),
        "preview": _png(small, PREVIEW_DPI, mark),
    }


def _drawn(figure: Figure) -> tuple[bytes, Image]:
    """Draw once as SVG and once as pixels; savefig would draw each twice."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from PIL.Image import frombytes

    svg, dpi = io.BytesIO(), figure.dpi
    FigureCanvasSVG(figure).print_svg(svg, metadata=NAMELESS)  # type: ignore[no-untyped-call]
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = bytes(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = frombytes("RGBA", canvas.get_width_height(), pixels).convert("RGB")
    figure.set_dpi(dpi)
    return svg.getvalue(), image


def _drawn_with_mark(figure: Figure, mark: str) -> tuple[bytes, Image]:
    """Draw with a strip below the figure that holds the mark, so that it covers nothing."""
    from matplotlib.transforms import Bbox
    from PIL.Image import new
    from PIL.Image import open as open_image

    width, height = figure.get_size_inches()
    page = Bbox([[0, -MARK_STRIP], [width, height]])
    place = (1 - 0.05 / width, -MARK_STRIP / 2 / height)
    note = figure.text(*place, mark, ha="right", va="center", fontsize=7, style="italic", color="0.25")
    note.set_in_layout(False)
    figure.set_dpi(DPI)  # letters are a little wider or narrower at another resolution
    for _ in range(2):  # the second pass knows the sizes that the first one made
        figure.draw_without_rendering()
    figure.set_layout_engine("none")  # or each of the two files would lay it out twice over again
    svg, png = io.BytesIO(), io.BytesIO()
    try:
        figure.savefig(svg, format="svg", bbox_inches=page, metadata={**NAMELESS, "Description": mark})
        unpacked = {"compress_level": 0}  # it is read again at once
        figure.savefig(png, format="png", bbox_inches=page, dpi=DPI, pil_kwargs=unpacked)
    finally:
        note.remove()
    with open_image(png) as drawn:
        image = new("RGB", drawn.size, "white")
        image.paste(drawn, mask=drawn.getchannel("A"))
    return svg.getvalue(), image


def _png(image: Image, dpi: int, mark: str | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    about = PngInfo()
    if mark:
        about.add_text("Description", mark)
    data = io.BytesIO()
    image.save(data, format="PNG", dpi=(dpi, dpi), pnginfo=about)
    return data.getvalue()
