"""Who makes what: the registrations that the notebooks' code announces, for messages and for stale names."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from pathlib import PurePosixPath

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.registry_calls import RegisteredCall, registered_calls
from twinbenefits.publishing.runs import Runs, qualified_display, qualified_value, read_runs
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

    @cached_property
    def _all_runs(self) -> dict[str, Runs]:
        return read_runs(self._layout)

    def _runs(self, notebook: str) -> tuple[str, ...]:
        """Return the runs of a notebook; one that is run once has a single one without a name."""
        runs = self._all_runs.get(PurePosixPath(notebook).stem)
        return runs.values if runs else ("",)

    @property
    def notebooks(self) -> list[str]:
        """The notebooks that register anything."""
        return [notebook for notebook, calls in self._calls.items() if calls]

    @cached_property
    def values(self) -> dict[str, str]:
        """The notebook of each value whose name is written out."""
        return {
            qualified_value(run, call.name): notebook
            for notebook, calls in self._calls.items()
            for run in self._runs(notebook)
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
            for call, run in product(calls, self._runs(notebook)):
                if call.kind != "value" and call.name:
                    kind = "tbl" if call.kind == "table" else "fig"
                    stem = qualified_display(run, call.name, call.variant)
                    name = stem.removesuffix(f"-{SLIDE}").casefold()
                    found |= {f"{kind}-{name}": notebook, name: notebook}
        return found
