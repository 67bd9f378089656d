"""The one look of all figures: sizes, fonts, colours, and how a figure is made deterministic."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "STATUS",
    "Mark",
    "Variant",
    "Width",
    "legend_line",
    "legend_patch",
    "new_figure",
    "styled",
]

Variant = Literal["", "slide"]
Width = Literal["single", "double"]

INK = "#222222"
MUTED = "#6b6b6b"
GRID = "#d9d9d9"

_WIDTH_MM: Mapping[Width, float] = {"single": 90.0, "double": 180.0}
_SLIDE_INCHES = (10.0, 5.2)
_POINTS: Mapping[Variant, float] = {"": 8.0, "slide": 12.0}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a category looks: a fill, a hatch and a marker, so that colour is never alone.

    Parameters
    ----------
    label
        Words for the legend.
    colour
        From the palette of Okabe and Ito, which readers with a colour vision deficiency can tell apart.
    hatch, marker
        In matplotlib's notation.
    """

    label: str
    colour: str
    hatch: str
    marker: str


STATUS: Mapping[str, Mark] = {
    "verified": Mark("verified", "#0072B2", "", "o"),
    "settled": Mark("settled by the authors", "#009E73", "\\\\\\", "D"),
    "candidate": Mark("candidate [not yet identified]", "#E69F00", "////", "s"),
    "unresolved": Mark("unresolved [not yet identified]", "#A6A6A6", "....", "^"),
}


@contextmanager
def styled(variant: Variant = "") -> Iterator[None]:
    """Apply the style while a figure is drawn, and put the reader's own settings back afterwards.

    Text becomes paths and svg ids are salted with a fixed word, so that the same data give the same bytes.
    """
    points = _POINTS[variant]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": "DejaVu Sans",  # shipped with matplotlib, so the same everywhere
                "font.size": points,
                "axes.titlesize": points,
                "axes.labelsize": points,
                "xtick.labelsize": points,
                "ytick.labelsize": points,
                "legend.fontsize": points,
                "axes.edgecolor": INK,
                "axes.labelcolor": INK,
                "text.color": INK,
                "xtick.color": INK,
                "ytick.color": INK,
                "axes.linewidth": 0.6,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "hatch.linewidth": 0.5,
                "legend.frameon": False,
                "figure.constrained_layout.use": True,
                "svg.fonttype": "path",
                "svg.hashsalt": "twinbenefits",
            }
        )
        yield


def new_figure(width: Width, height_mm: float, variant: Variant) -> Figure:
    """Return an empty figure in journal size, or in the shape of a slide.

    Parameters
    ----------
    width
        ``"single"`` (90 mm) or ``"double"`` (180 mm) column.
    height_mm
        Height on paper; a slide has a height of its own.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    size = _SLIDE_INCHES if variant == "slide" else (_WIDTH_MM[width] / 25.4, height_mm / 25.4)
    return Figure(figsize=size, dpi=300 if variant == "" else 200, layout="constrained")


def legend_patch(mark: Mark) -> Patch:
    """Return the legend entry of a filled area."""
    return Patch(facecolor=mark.colour, edgecolor=INK, linewidth=0.6, hatch=mark.hatch, label=mark.label)


def legend_line(mark: Mark, *, hollow: bool = False, label: str | None = None, size: float = 5.0) -> Line2D:
    """Return the legend entry of a marker."""
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=mark.marker,
        markersize=size,
        markerfacecolor="white" if hollow else mark.colour,
        markeredgecolor=INK,
        markeredgewidth=0.6,
        label=mark.label if label is None else label,
    )
