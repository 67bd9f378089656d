"""The conceptual framework: boxes by role, arrows from propositions, dashed while they are only proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from twinbenefits.display.deferred import deferred
from twinbenefits.display.layer_boxes import ANY_NODE, Box, arrow, bow, draw_box, wrapped
from twinbenefits.display.style import INK, MUTED, Variant, new_figure, styled
from twinbenefits.evidence.release import Released

__all__ = ["conceptual_framework"]

_ROLES: Sequence[tuple[str, ...]] = (
    ("characteristic", "context", "moderator", "challenge"),
    ("mechanism",),
    ("benefit",),
    ("outcome",),
)
"""The roles from left to right; several in a column stand below one another."""

_PLACES = ((22.0, 42.0), (72.0, 36.0), (121.0, 38.0), (164.0, 30.0))
_TINTS = {"characteristic": "#F1F1F1", "context": "#DCEBFA", "moderator": "#EADCF4", "challenge": "#F7DDE4",
          "mechanism": "#E3F4DE", "benefit": "#FFF2CC", "outcome": "#D9F0F0"}  # fmt: skip
_SIGNS = {
    "+": ("#0072B2", "the more, the more"),
    "-": ("#D55E00", "the more, the less"),
    "both": ("#CC79A7", "propositions disagree"),
    "": ("#444444", "needed, pattern or order"),
}
_WRITTEN = {"+": "+", "-": "\N{MINUS SIGN}", "both": "\N{PLUS-MINUS SIGN}"}
_LINE, _HEAD, _SPACE = 8.6, 7.0, 5.0
_WORDS = 6.5  # points; a slide has room for no more boxes with larger words


@deferred
def conceptual_framework(boxes: Released, arrows: Released, *, variant: Variant = "") -> Figure:
    """Draw the framework; nothing but the tables decides what stands in it.

    Parameters
    ----------
    boxes, arrows
        Released parts of `twinbenefits.analysis.framework.conceptual_framework`.
    variant
        ``""`` for paper, ``"slide"`` for slides.
    """
    accepted = str(arrows.scalars["status"].value) == "accepted"
    rows = boxes.table.to_dict("records")
    columns = [[role for role in roles if any(row["box"] == role for row in rows)] for roles in _ROLES]
    members = {role: [row for row in rows if row["box"] == role] for roles in columns for role in roles}
    height = max([_tall(roles, members) for roles in columns] + [40.0])
    with styled(variant):
        figure = new_figure("double", height + 26.0, variant)
        axes = figure.subplots()
        axes.set_xlim(0, 180)
        axes.set_ylim(0, height)
        axes.axis("off")
        axes.set_title("Accepted by the authors" if accepted else "Proposed", fontweight="bold")
        if not rows:
            axes.text(90, height / 2, "no proposition is left", ha="center", style="italic", color=MUTED)
            return figure
        places, frames = _draw_boxes(axes, columns, members, height, variant)
        for row in arrows.table.to_dict("records"):
            if row["status"] == "frame":
                _draw_frame(axes, frames.get(str(row["from_node"])), frames.get(str(row["to_node"])))
            else:
                _draw_arrow(axes, row, places, frames, members, dashed=not accepted)
        signs = [
            sign for sign in _SIGNS if (arrows.table["sign"][arrows.table["status"] != "frame"] == sign).any()
        ]
        handles = [
            Line2D(
                [],
                [],
                color=_SIGNS[sign][0],
                linestyle="-" if accepted else (0, (3, 2)),
                label=_SIGNS[sign][1],
            )
            for sign in signs
        ]
        handles.append(Line2D([], [], color="#BBBBBB", linewidth=4, label="rule of the codebook"))
        figure.legend(handles=handles, loc="outside lower center", ncols=3 if variant == "" else 5)
        return figure


def _tall(roles: Sequence[str], members: Mapping[str, Sequence[Mapping[Any, Any]]]) -> float:
    """Return how much height the roles of a column take."""
    inside = sum(_HEAD + _LINE * _count(members[role]) for role in roles)
    return inside + _SPACE * (len(roles) + 1)


def _count(rows: Sequence[Mapping[Any, Any]]) -> int:
    return sum(not row["is_root"] for row in rows)


def _draw_boxes(
    axes: Axes,
    columns: Sequence[Sequence[str]],
    members: Mapping[str, Sequence[Mapping[Any, Any]]],
    height: float,
    variant: Variant,
) -> tuple[dict[str, Box], dict[str, Box]]:
    """Draw the roles with their codes; return the boxes of the codes and the frames of the roles."""
    places: dict[str, Box] = {}
    frames: dict[str, Box] = {}
    for (x, width), roles in zip(_PLACES, columns, strict=True):
        spare = (height - _tall(roles, members)) / (len(roles) + 1)
        top = height - _SPACE - spare
        for role in roles:
            inside = [row for row in members[role] if not row["is_root"]]
            deep = _HEAD + _LINE * len(inside)
            frames[role] = Box(x, top - deep / 2, width, deep)
            axes.add_patch(
                Rectangle((x - width / 2, top - deep), width, deep, facecolor=_TINTS.get(role, ANY_NODE),
                          edgecolor=INK, linewidth=0.8, zorder=2.5)
            )  # fmt: skip
            axes.text(x, top - _HEAD / 2, f"{role.capitalize()}s" if role != "context" else "Context",
                      ha="center", va="center", fontweight="bold", zorder=4)  # fmt: skip
            for line, row in enumerate(inside):
                box = Box(x, top - _HEAD - (line + 0.5) * _LINE + 0.4, width - 3.0, _LINE - 1.4)
                words = wrapped(
                    f"{row['label']} ({row['node']})", int(width * (0.68 if variant == "" else 0.95))
                )
                draw_box(axes, box, words, size=_WORDS)
                places[str(row["node"])] = Box(x, box.y, width, box.height)
            top -= deep + _SPACE + spare
    return places, frames


def _draw_frame(axes: Axes, start: Box | None, end: Box | None) -> None:
    if start is None or end is None:
        return
    right = end.x > start.x
    one, other = (start.right, end.left) if right else (start.left, end.right)
    axes.annotate(
        "", xy=other, xytext=one, zorder=0,
        arrowprops={"arrowstyle": "-|>", "color": "#BBBBBB", "linewidth": 4, "mutation_scale": 16,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _draw_arrow(
    axes: Axes,
    row: Mapping[Any, Any],
    places: Mapping[str, Box],
    frames: Mapping[str, Box],
    members: Mapping[str, Sequence[Mapping[Any, Any]]],
    *,
    dashed: bool,
) -> None:
    """Draw one arrow between two codes; a code that is a role's root stands for the whole role."""
    roots = {str(r["node"]): role for role, rows in members.items() for r in rows if r["is_root"]}
    one, other = (
        places.get(str(row[end])) or frames.get(roots.get(str(row[end]), ""))
        for end in ("from_node", "to_node")
    )
    if one is None or other is None:
        return
    colour = _SIGNS[str(row["sign"])][0]
    if abs(one.x - other.x) < 1:
        bow(axes, one.right, other.right, 5.0, colour=colour, width=0.8, dashed=dashed)
    elif one.x < other.x:
        arrow(axes, one.right, other.left, colour=colour, width=0.8, dashed=dashed)
        x, y = other.left
        axes.text(
            x - 2.6,
            y + 1.3,
            _WRITTEN.get(str(row["sign"]), ""),
            color=colour,
            ha="center",
            va="center",
            fontsize=_WORDS,
        )
    else:
        arrow(axes, one.left, other.right, colour=colour, width=0.8, dashed=dashed)
