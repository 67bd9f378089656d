"""What the outputs of a committed notebook were made from, noted in the notebook itself.

Only digests of its code and of its tables: enough to see without running anything that they have changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinbenefits.workflow.project import Notebook, Project
from twinbenefits.workflow.staleness import digest, file_digest

MADE_FROM = "outputs_made_from"
"""The key in a notebook's metadata."""
LENGTH = 16


def made_from(project: Project, notebook: Notebook) -> Mapping[str, str]:
    """Return short digests of a notebook's code cells and of each table that it declares."""
    tables = {name: project.table_file(name) for name in notebook.tables}
    found = {name: file_digest(path)[:LENGTH] for name, path in tables.items() if path.is_file()}
    return {"code": digest("\0".join(notebook.code))[:LENGTH], **found}
