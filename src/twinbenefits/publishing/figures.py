"""Figures as files: vector and bitmap, the same bytes in every run."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    about = {"Description": mark} if mark else {}
    try:
        # letters become outlines: the fonts of the reader's machine do not matter
        with rc_context({"svg.hashsalt": name, "svg.fonttype": "path", "savefig.bbox": None}):
            svg = io.BytesIO()
            figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, **about})
            bitmaps = [_png(figure, dpi, about) for dpi in (DPI, PREVIEW_DPI)]
    finally:
        if note is not None:
            note.remove()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    plain = re.sub(rb"[ \t]+\n", b"\n", svg.getvalue().replace(b"\r\n", b"\n"))
    return {"svg": plain, "png": bitmaps[0], "preview": bitmaps[1]}


def _png(figure: Figure, dpi: int, about: dict[str, str]) -> bytes:
    data = io.BytesIO()
    figure.savefig(
        data, format="png", dpi=dpi, metadata={"Software": None, **about}, pil_kwargs={"compress_level": 6}
    )
    return data.getvalue()
