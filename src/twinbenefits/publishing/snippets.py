"""Markdown of a display, ready to be included in the paper or in a deck.

The paper's snippet carries label and caption and can be cross-referenced. A slide's carries no label: slides
have their own headings, a labelled table is lost when a deck is written as PowerPoint, and a table's caption
would be drawn over the table there. A display that has a variant named ``slide`` is shown on slides so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twinbenefits.publishing.runs import qualified_display

__all__ = ["SLIDE", "STAGED", "Display", "figure_snippet", "slide_snippet", "table_document", "table_snippet"]

STAGED = "../_staged"
"""Where the staged files stand, seen from any source folder."""

SLIDE = "slide"
"""The variant that is made for slides."""


@dataclass(frozen=True, slots=True)
class Display:
    """A registered table or figure.

    Parameters
    ----------
    id
        Its id in the list of displays, or a word for one that has none.
    kind
        ``"table"`` or ``"figure"``.
    variant
        Tells several forms of one display apart; empty for the main one.
    caption, note
        Markdown, with the values filled in.
    alt
        What a reader who cannot see the figure is told.
    mark
        Set when the display rests on synthetic data.
    run
        The run of its notebook, where that is run several times.
    """

    id: str
    kind: str
    variant: str
    caption: str
    note: str
    alt: str
    mark: str | None
    run: str = ""

    @property
    def name(self) -> str:
        """The stem of its files."""
        return qualified_display(self.run, self.id, self.variant)

    @property
    def label(self) -> str:
        """What cross-references say after the @."""
        return f"{'tbl' if self.kind == 'table' else 'fig'}-{self.name.lower()}"

    @property
    def full_note(self) -> str:
        """The note with the mark of synthetic data."""
        mark = f"**{self.mark[0].upper()}{self.mark[1:]}.**" if self.mark else ""
        return " ".join(part for part in (self.note, mark) if part)


def table_snippet(display: Display, table: str, widths: Sequence[float] | None) -> str:
    """Return a labelled table with its caption and note."""
    columns = f' tbl-colwidths="[{",".join(f"{width:g}" for width in widths)}]"' if widths else ""
    return f"{table}\n: {display.caption} {{#{display.label}{columns}}}\n{_note(display.full_note)}"


def figure_snippet(display: Display) -> str:
    """Return a labelled figure; the engines choose between its vector and its bitmap file."""
    return f"{_image(display, f'#{display.label} ')}\n{_note(display.full_note)}"


def slide_snippet(display: Display, table: str = "") -> str:
    """Return a figure without label, or a table without label and caption.

    The words below a table are left out of PowerPoint, which would move them to a slide of their own.
    """
    if display.kind == "figure":
        return f"{_image(display, '')}\n"
    words = " ".join(part for part in (display.caption, display.full_note) if part)
    return f'{table}\n::: {{.content-hidden when-format="pptx"}}\n{_note(words)}:::\n'


def table_document(display: Display, table: str) -> str:
    """Return a table to be read by itself: caption, table, note."""
    note = f"\n{display.full_note}\n" if display.full_note else ""
    return f"{display.caption}\n\n{table}{note}"


def _image(display: Display, label: str) -> str:
    return f"![{display.caption}]({STAGED}/{display.name}){{{label}fig-alt={_quoted(display.alt)}}}"


def _note(words: str) -> str:
    return f"\n::: {{.table-note}}\n{words}\n:::\n" if words else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
