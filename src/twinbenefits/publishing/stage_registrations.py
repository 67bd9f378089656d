"""Who makes what: the registrations that the notebooks' code announces, for messages and for stale names."""

from __future__ import annotations

from functools import cached_property

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.registry_calls import RegisteredCall, registered_calls
from twinbenefits.publishing.snippets import SLIDE

__all__ = ["Registrations"]


class Registrations:
    """The registry calls of all notebooks; read only when somebody asks.

    Parameters
    ----------
    layout
        Where the project stands.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    @cached_property
    def _calls(self) -> dict[str, list[RegisteredCall]]:
        found = {}
        for path in sorted(self._layout.notebooks.glob("*.ipynb")):
            try:
                found[f"notebooks/{path.name}"] = registered_calls(path)
            except (ValueError, KeyError, TypeError):  # no notebook: the notebooks' own checks say so
                continue
        return found

    @property
    def notebooks(self) -> list[str]:
        """The notebooks that register anything."""
        return [notebook for notebook, calls in self._calls.items() if calls]

    @cached_property
    def values(self) -> dict[str, str]:
        """The notebook of each value whose name is written out."""
        return {
            call.name: notebook
            for notebook, calls in self._calls.items()
            for call in calls
            if call.kind == "value" and call.name
        }

    def maker_of_snippet(self, file: str) -> str | None:
        """Return the notebook that registers the display behind a staged file such as ``tbl-d02.md``."""
        return self._snippets.get(file.removesuffix(".md").removesuffix(f"-{SLIDE}").casefold())

    def still_made(self, notebook: str, name: str) -> bool:
        """Return whether a notebook still registers a value; one that computes its names is believed."""
        calls = [call for call in self._calls.get(notebook, []) if call.kind == "value"]
        return notebook not in self._calls or any(call.name in (name, None) for call in calls)

    @cached_property
    def _snippets(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for notebook, calls in self._calls.items():
            for call in calls:
                if call.kind != "value" and call.name:
                    kind = "tbl" if call.kind == "table" else "fig"
                    stem = f"{call.name}-{call.variant}" if call.variant else call.name
                    name = stem.removesuffix(f"-{SLIDE}").casefold()
                    found |= {f"{kind}-{name}": notebook, name: notebook}
        return found
