"""Whether the outputs of a committed notebook are those of its code, its tables and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from twinbenefits.workflow.checks.finding import Finding, error
from twinbenefits.workflow.outputs_of import MADE_FROM, made_from
from twinbenefits.workflow.parameters import ParameterError
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.tracked_notebooks import REFRESH


def stale_outputs(project: Project) -> Iterator[Finding]:
    """Find notebooks that were edited, or whose tables changed, since they were run."""
    committed = Project(replace(project.settings, evidence="demo"))  # nothing else may be committed
    for notebook in committed.notebooks:
        place = f"notebooks/{notebook.path.name}"
        try:
            noted = notebook.content.get("metadata", {}).get(MADE_FROM)
            now = made_from(committed, notebook)
        except ParameterError:
            continue  # told with the parameters
        if not isinstance(noted, dict):
            message = "does not say what its outputs were made from"
            yield error("outputs of notebooks", place, message, f"Run `{REFRESH}`")
            continue
        for part in sorted({*noted, *now}):
            if noted.get(part) != now.get(part):
                what = "its code" if part == "code" else f"the table {part}"
                yield error(
                    "outputs of notebooks",
                    place,
                    f"{what} has changed since its outputs were made",
                    f"Run `{REFRESH}`",
                )
