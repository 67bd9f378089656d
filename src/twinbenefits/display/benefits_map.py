"""Figure of the benefit categories with the sub-benefits named under each."""

import textwrap
from collections.abc import Mapping
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch

from twinbenefits.display.deferred import deferred
from twinbenefits.display.style import INK, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["benefits_map"]

_HEADS = ("#0072B2", "#9C5A00", "#00664B", "#7A3E68", "#444444")
"""Dark enough for white text; from the palette of Okabe and Ito, the lighter ones deepened."""

_SUPPORT: Mapping[str, tuple[str, str, Literal["-", "--", ":"]]] = {
    "own": ("read from a row that names references", "#dfe9f1", "-"),
    "none": ("read from a row without references of its own", "#ffffff", "--"),
    "outside": ("named outside the table of benefits", "#ffffff", ":"),
}


@deferred
def benefits_map(released: Released, *, variant: Variant = "") -> Figure:
    """Draw one column per category with a box per sub-benefit; the frame tells on what it rests.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.benefit_map.benefit_map`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    table = released.table
    columns = list(table.groupby("category_code", sort=False))
    most = max(len(rows) for _, rows in columns)
    with styled(variant):
        figure = new_figure("double", 30 + 11 * most, variant)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0, len(columns))
        axes.set_ylim(most + 1.35, -0.1)
        wrap = int(96 / len(columns))
        for place, (_, rows) in enumerate(columns):
            head = textwrap.fill(str(rows["category"].iloc[0]), wrap)
            _box(axes, place, 0.0, 1.15, head, face=_HEADS[place % len(_HEADS)], ink="white", weight="bold")
            for line, (label, support) in enumerate(zip(rows["label"], rows["support"], strict=True)):
                _, face, frame = _SUPPORT[support]
                _box(axes, place, line + 1.35, 0.84, textwrap.fill(label, wrap), face=face, frame=frame)
        handles = [
            Patch(facecolor=face, edgecolor=INK, linestyle=frame, linewidth=0.9, label=label)
            for kind, (label, face, frame) in _SUPPORT.items()
            if (table["support"] == kind).any()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        return figure


def _box(
    axes: Axes, column: int, top: float, height: float, text: str, *, face: str, ink: str = INK,
    weight: str = "normal", frame: Literal["-", "--", ":"] = "-",
) -> None:  # fmt: skip
    axes.add_patch(
        FancyBboxPatch(
            (column + 0.04, top), 0.92, height, boxstyle="round,pad=0,rounding_size=0.04",
            mutation_aspect=2.5, facecolor=face, edgecolor=INK, linewidth=0.9, linestyle=frame,
        )
    )  # fmt: skip
    axes.text(
        column + 0.5,
        top + height / 2,
        text,
        ha="center",
        va="center",
        color=ink,
        weight=weight,
        linespacing=1.15,
    )
