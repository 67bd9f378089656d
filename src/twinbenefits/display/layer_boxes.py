"""What figures of boxes and arrows share: boxes with wrapped words, curved arrows, heads of columns."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from twinbenefits.display.style import INK, Variant

__all__ = ["ANY_NODE", "LAYER_NAMES", "LAYER_TINTS", "Box", "arrow", "bow", "draw_box", "small", "wrapped"]

LAYER_NAMES: Mapping[str, str] = {
    "enabler": "Enablers",
    "enabling_change": "Enabling changes",
    "business_change": "Business changes",
    "benefit": "Benefits",
    "objective": "Objectives",
}
"""Names of the layers as readers see them, from what must be in place to what it is for."""

LAYER_TINTS: Mapping[str, str] = {
    "enabler": "#DCEBFA",
    "enabling_change": "#E3F4DE",
    "business_change": "#FCE4D6",
    "benefit": "#FFF2CC",
    "objective": "#EADCF4",
}

ANY_NODE = "#EEEEEE"
"""Fill of a box whose kind has no colour of its own."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box by its middle and size, in the units of its axes.

    Parameters
    ----------
    x, y
        The middle.
    width, height
        The size.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> tuple[float, float]:
        """The middle of its left side."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> tuple[float, float]:
        """The middle of its right side."""
        return self.x + self.width / 2, self.y


def small(variant: Variant) -> float:
    """Return the size of words in boxes, in points."""
    return 6.5 if variant == "" else 8.5


def wrapped(words: str, width: int, lines: int = 3) -> str:
    """Return words on at most so many lines.

    Examples
    --------
    >>> wrapped("Ownership of benefits", 12)
    'Ownership of\\nbenefits'
    >>> wrapped("one two three four", 5, 2)
    'one\\ntwo…'
    """
    return "\n".join(textwrap.wrap(words, width, max_lines=lines, placeholder="…"))


def draw_box(
    axes: Axes,
    box: Box,
    words: str,
    *,
    fill: str = "white",
    dashed: bool = False,
    size: float | None = None,
    bold: bool = False,
) -> None:
    """Draw a box with rounded corners and words in its middle.

    Parameters
    ----------
    axes
        Where; one unit should be one millimetre in both directions.
    box
        The box.
    words
        What stands in it.
    fill
        Its colour.
    dashed
        Whether its outline is dashed.
    size
        Size of the words in points; that of the figure if not given.
    bold
        Whether the words are bold.
    """
    axes.add_patch(
        FancyBboxPatch(
            (box.x - box.width / 2, box.y - box.height / 2), box.width, box.height,
            boxstyle="round,pad=0,rounding_size=0.9", facecolor=fill, edgecolor=INK,
            linewidth=0.6, linestyle=(0, (3, 2)) if dashed else "-", zorder=3,
        )
    )  # fmt: skip
    axes.text(
        box.x, box.y, words, ha="center", va="center", fontsize=size, linespacing=1.05, zorder=4,
        fontweight="bold" if bold else "normal",
    )  # fmt: skip


def arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    colour: str = INK,
    width: float = 0.7,
    dashed: bool = False,
    alpha: float = 0.85,
) -> None:
    """Draw an arrow that leaves and arrives level, so that arrows of one box do not lie on one another."""
    reach = (end[0] - start[0]) * 0.5
    path = Path(
        [start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    _put(axes, path, colour, width, dashed, alpha)


def bow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    out: float,
    *,
    colour: str = INK,
    width: float = 0.7,
    dashed: bool = False,
) -> None:
    """Draw an arrow that swings out sideways, between boxes that stand one above the other."""
    path = Path(
        [start, (start[0] + out, start[1]), (end[0] + out, end[1]), end],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    _put(axes, path, colour, width, dashed, 0.9)


def _put(axes: Axes, path: Path, colour: str, width: float, dashed: bool, alpha: float) -> None:
    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>", mutation_scale=4.5 + 1.5 * width, color=colour, linewidth=width,
            linestyle=(0, (3, 2)) if dashed else "-", alpha=alpha, zorder=2, shrinkA=0, shrinkB=0,
            joinstyle="miter", capstyle="butt",
        )
    )  # fmt: skip
