"""Figures as files: vector and bitmap, the same bytes in every run."""

from __future__ import annotations

import io
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from twinbenefits.publishing.drawings import figure_digest
from twinbenefits.publishing.kept import Kept

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["DPI", "StandIn", "figure_bytes", "figure_problem", "kept_drawing"]

DPI = 300
PREVIEW_DPI = 110  # in the notebook, where the file is committed
PARTS = ("svg", "png", "preview")
MARK_STRIP = 0.18  # inches below a figure of synthetic data, for saying so
NAMELESS = {"Date": None, "Creator": None}
OPENING = re.compile(rb'<svg [^>]*?width="(?P<width>[0-9.]+)pt" height="(?P<height>[0-9.]+)pt"[^>]*>')
DRAWN = re.compile(rb'<g id="figure_1">.*</g>', re.DOTALL)
NAMED = re.compile(rb'(\bid="|href="#|url\(#)')
MOST_ENTRIES = 8  # of one figure: under as many names, or with as many settings
WIDEST, HIGHEST = 12.0, 12.0  # inches: larger ones have unreadably small letters once they stand on a page


class StandIn(Protocol):
    """What display functions return within a build: a figure that need not be built yet."""

    def recipe(self) -> str | None:
        """Return what the figure is made from; None if it was changed since, or may have been."""

    def finished(self) -> Figure:
        """Return the figure."""


def kept_drawing(figure: Figure | StandIn, name: str, mark: str | None) -> dict[str, bytes] | None:
    """Return the drawing of a figure that an earlier build has registered, without building the figure.

    Parameters
    ----------
    figure, name, mark
        As in `figure_bytes`.

    Returns
    -------
    dict or None
        As from `figure_bytes`; None where nothing was kept, or the figure was changed.
    """
    kept, recipe = Kept.of_this_build(), _recipe(figure)
    entries = _entries(kept, recipe)
    entry = figure_digest(recipe, name, mark) if recipe and entries else None
    found = kept.get(entries[entry]) if kept and entry in entries else None
    return dict(zip(PARTS, found, strict=True)) if found else None


def figure_problem(figure: Figure | StandIn) -> str | None:
    """Return why a figure cannot be printed: it is empty, or larger than any page."""
    figure = _finished(figure)
    width, height = figure.get_size_inches()
    if not figure.get_axes():
        return "the figure is empty"
    if width > WIDEST or height > HIGHEST:
        return f"the figure is {width:.1f} by {height:.1f} inches, larger than a page"
    return None


def figure_bytes(figure: Figure | StandIn, name: str, mark: str | None) -> dict[str, bytes]:
    """Draw a figure as SVG and PNG, without dates, versions or random ids.

    Within a build, the drawing of an earlier one is taken where nothing that decides its bytes has changed.

    Parameters
    ----------
    figure
        The figure; it is closed afterwards, so that the notebook does not show it a second time.
    name
        Its name, which seeds the ids inside the SVG.
    mark
        What must be said below the figure itself, for example that its data are synthetic.

    Returns
    -------
    dict
        ``"svg"``, ``"png"`` (300 dpi) and ``"preview"`` (a smaller PNG for the notebook).
    """
    kept, recipe = Kept.of_this_build(), _recipe(figure)
    figure = _finished(figure)
    digest = figure_digest(figure, name, mark) if kept else None
    found = kept.get(digest) if kept and digest else None
    drawing = dict(zip(PARTS, found, strict=True)) if found else _drawn(figure, name, mark)
    if kept and digest and not found:
        kept.put(digest, *(drawing[part] for part in PARTS))
    if kept and digest and recipe and (entry := figure_digest(recipe, name, mark)):
        entries = {**_entries(kept, recipe), entry: digest}
        latest = [*entries.items()][-MOST_ENTRIES:]
        kept.put(recipe, *(word.encode() for pair in latest for word in pair))
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)
    return drawing


def _recipe(figure: Figure | StandIn) -> str | None:
    """Return what a stand-in's figure is made from; of figures as such nobody knows."""
    return cast("StandIn", figure).recipe() if _stands_in(figure) else None


def _finished(figure: Figure | StandIn) -> Figure:
    return cast("StandIn", figure).finished() if _stands_in(figure) else cast("Figure", figure)


def _stands_in(figure: Figure | StandIn) -> bool:
    return hasattr(type(figure), "finished")  # its kind, for to ask itself for anything would change it


def _entries(kept: Kept | None, recipe: str | None) -> dict[str, str]:
    """Return what is kept of figures made from the same: by how each was to be drawn, its drawing."""
    words = [part.decode() for part in kept.get(recipe) or []] if kept and recipe else []
    return dict(zip(words[::2], words[1::2], strict=True))


def _drawn(figure: Figure, name: str, mark: str | None) -> dict[str, bytes]:
    from matplotlib import rc_context
    from PIL.Image import Resampling

    for axes in figure.axes:
        for axis in axes.xaxis, axes.yaxis:
            if not axis.label.get_text():
                axis.set_label_coords(0, 0)  # else all ticks are measured each time to find its place
    # letters become outlines: the fonts of the reader's machine do not matter
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        image = _pixels(figure)  # first, for it also lays the figure out
        svg = _svg(figure, mark)
    if mark is not None:
        below_svg, below = _strip(figure.get_size_inches()[0], mark, _settings())
        svg, image = _svg_above(svg, below_svg), _image_above(image, below)
    smaller = (round(image.width * PREVIEW_DPI / DPI), round(image.height * PREVIEW_DPI / DPI))
    small = image.resize(smaller, Resampling.HAMMING)
    return {
        "svg": re.sub(rb"[ \t]+\n", b"\n", svg.replace(b"\r\n", b"\n")),
        "png": _png(image, DPI, mark),
        "preview": _png(small, PREVIEW_DPI, mark),
    }


def _pixels(figure: Figure) -> Image:
    """Draw as pixels; the layout made for it stands for all that is drawn afterwards."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL.Image import frombuffer

    dpi = figure.dpi
    figure.set_dpi(DPI)  # letters are a little wider or narrower at another resolution
    canvas = FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    image = frombuffer("RGBA", canvas.get_width_height(), pixels, "raw", "RGBA", 0, 1).convert("RGB")
    figure.set_dpi(dpi)
    return image


def _svg(figure: Figure, mark: str | None) -> bytes:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    svg = io.BytesIO()
    about = NAMELESS if mark is None else {**NAMELESS, "Description": mark}
    FigureCanvasSVG(figure).print_svg(svg, metadata=about)  # type: ignore[no-untyped-call]
    return svg.getvalue()


def _settings() -> str:
    from matplotlib import rcParams

    return repr(dict(rcParams.copy()))


@lru_cache(maxsize=8)
def _strip(width: float, mark: str, settings: str) -> tuple[bytes, Image]:  # noqa: ARG001 - tells strips apart
    """Draw what goes below a figure, so that the mark covers nothing; most figures are of one width."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    strip = Figure(figsize=(width, MARK_STRIP))
    strip.text(1 - 0.05 / width, 0.5, mark, ha="right", va="center", fontsize=7, style="italic", color="0.25")
    with rc_context({"svg.hashsalt": "mark", "svg.fonttype": "path"}):
        return _svg(strip, None), _pixels(strip)


def _image_above(image: Image, strip: Image) -> Image:
    from PIL.Image import new

    both = new("RGB", (image.width, image.height + strip.height), "white")
    both.paste(image, (0, 0))
    both.paste(strip, (0, image.height))
    return both


def _svg_above(figure: bytes, strip: bytes) -> bytes:
    """Return a drawing with another inside it, below; what the lower one names is named apart."""
    head, below = OPENING.search(figure), DRAWN.search(strip)
    if head is None or below is None:
        raise ValueError("this is no drawing of matplotlib's")
    width, height, more = float(head["width"]), float(head["height"]), 72 * MARK_STRIP
    opening = re.sub(rb'height="[^"]*"', b'height="%.6fpt"' % (height + more), head[0])
    opening = re.sub(rb'viewBox="[^"]*"', b'viewBox="0 0 %.6f %.6f"' % (width, height + more), opening)
    inner = NAMED.sub(rb"\1mark-", below[0])
    body = figure[head.end() :].rstrip().removesuffix(b"</svg>")
    lower = b' <g transform="translate(0 %.6f)">\n %s\n </g>\n</svg>\n' % (height, inner)
    return figure[: head.start()] + opening + body + lower


def _png(image: Image, dpi: int, mark: str | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    about = PngInfo()
    if mark:
        about.add_text("Description", mark)
    data = io.BytesIO()
    image.save(data, format="PNG", dpi=(dpi, dpi), pnginfo=about, compress_level=3)
    return data.getvalue()
