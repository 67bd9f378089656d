"""What a notebook shows when a display has been registered."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from twinbenefits.publishing.snippets import Display, table_document

__all__ = ["ShownFigure", "ShownTable"]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A registered table, as the notebook shows it."""

    display: Display
    markdown: str

    def __str__(self) -> str:
        """Return the table with its caption and note."""
        return table_document(self.display, self.markdown)

    def __repr__(self) -> str:
        return f"{self.display.id}: {self.display.caption}"

    def _repr_markdown_(self) -> str:
        return f"**{self.display.name}.** {self}"


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A registered figure, as the notebook shows it: a small bitmap with its alternative text."""

    display: Display
    preview: bytes

    def __repr__(self) -> str:
        return f"{self.display.id}: {self.display.caption}"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"image/png": base64.b64encode(self.preview).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"alt": self.display.alt}}
