"""What figures with a panel per case have in common: names, marks for what is missing, and empty panels."""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from twinbenefits.display.style import MUTED, Variant, new_figure, styled
from twinbenefits.display.withheld import UNTOLD, WITHHELD

__all__ = [
    "MOST_CASES",
    "MOST_LINES",
    "MOST_LINKS",
    "benefit_label",
    "legible",
    "missing_legend",
    "nothing_to_draw",
    "say_cut",
    "say_missing",
    "say_withheld",
]

MOST_CASES, MOST_LINES, MOST_LINKS = 8, 36, 120
"""As many columns, lines and arrows as can be read on a page; a figure shows the first ones and says so."""

_ABOVE = 105  # letters that stand side by side above a figure, on a page as on a slide
_MISSING = {WITHHELD: "x", "not asked": ".", UNTOLD: "$?$"}


def benefit_label(code: str, names: Mapping[str, str], most: int = 46) -> str:
    """Return a code's name, cut off where it is long, and the code.

    Examples
    --------
    >>> benefit_label("B1", {"B1": "Energy efficiency"}), benefit_label("B2", {})
    ('Energy efficiency  B1', 'B2')
    """
    words = names.get(code, "")
    return (
        f"{words if len(words) <= most else textwrap.shorten(words, most, placeholder='…')}  {code}".strip()
    )


def legible(
    variant: Variant = "", most: int | None = None, /, **parts: Sequence[Any]
) -> tuple[list[list[Any]], str]:
    """Return as many of each part as can be read, the first ones, and words for what is left out.

    Parameters
    ----------
    variant
        ``""`` for paper; on a slide half as much can be read.
    most
        How many lines can be read, where this is not the usual number.
    parts
        What they are called, to the lines in order; of ``cases`` columns are drawn, of ``links`` arrows.

    Examples
    --------
    >>> legible(benefits=["B1", "B2"], cases=["mining"])
    ([['B1', 'B2'], ['mining']], '')
    >>> kept, words = legible(cases=[f"Case {n}" for n in range(500)])
    >>> len(kept[0]), words
    (8, 'Drawn are the first 8 of 500 cases: more cannot be read on a page. The numbers count all.')
    """
    whole = 2 if variant == "slide" else 1
    usual = {"cases": MOST_CASES, "links": MOST_LINKS // whole}
    lines = MOST_LINES // whole if most is None else most
    limit = {name: usual.get(name.partition(" ")[0], lines) for name in parts}
    kept = [list(part[: limit[name]]) for name, part in parts.items()]
    over = {name: len(part) for name, part in parts.items() if len(part) > limit[name]}
    if not over:
        return kept, ""
    words = " and ".join(f"the first {limit[name]} of {many:,} {name}" for name, many in over.items())
    return kept, f"Drawn are {words}: more cannot be read on a {variant or 'page'}. The numbers count all."


def say_cut(figure: Figure, words: str) -> None:
    """Write above a figure what it leaves out, if anything."""
    if words:
        figure.suptitle(textwrap.fill(words, _ABOVE), fontsize="medium", style="italic", color=MUTED)


def nothing_to_draw(why: str, variant: Variant = "") -> Figure:
    """Return a figure that says why there is nothing to draw."""
    with styled(variant):
        figure = new_figure("double", 30, variant)
        axes = figure.subplots()
        axes.axis("off")
        words = textwrap.fill(why, 100 if variant == "" else 70)
        axes.text(0.5, 0.5, words, ha="center", va="center", style="italic", color=MUTED)
        return figure


def say_withheld(axes: Axes, rows: Mapping[str, Mapping[Any, Any]]) -> None:
    """Grey a whole panel and write into it why it is withheld, or that there is nothing of the case."""
    reason = next((str(row["withheld"]) for row in rows.values() if row.get("withheld")), "")
    axes.set_facecolor("#EFEFEF")
    words = f"withheld: {reason}" if reason else "no session held, or nothing of it may be shown"
    axes.text(
        0.5, 0.5, textwrap.fill(words, 26), transform=axes.transAxes,
        ha="center", va="center", rotation=90, style="italic", color=MUTED,
    )  # fmt: skip


def say_missing(axes: Axes, x: float, line: int, why: str) -> None:
    """Mark a place without a value: withheld, not asked, or cannot be told."""
    axes.plot([x], [line], linestyle="none", marker=_MISSING.get(why, "$?$"), color=MUTED, markersize=4.5)


def missing_legend(met: Collection[str]) -> list[Line2D]:
    """Return the legend entries of the marks for what is missing, of the kinds that were met."""
    return [
        Line2D([], [], linestyle="none", marker=marker, color=MUTED, markersize=4.5, label=label)
        for label, marker in _MISSING.items()
        if label in met
    ]
