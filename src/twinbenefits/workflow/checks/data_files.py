"""Whether data and code know each other: files that nothing opens, codes that nobody could apply."""

from __future__ import annotations

from collections.abc import Iterator

from twinbenefits.evidence.schema import TABLES
from twinbenefits.workflow.checks.finding import Finding, error, for_authors, kept_files, note
from twinbenefits.workflow.checks.open_decisions import rows
from twinbenefits.workflow.project import Project

EXPLAINED = frozenset({"README.md", "datapackage.json"})
RAW = ("data/literature/source/", "data/demo/sources/")
"""The material that tables were made from."""

NEEDED = ("label", "definition", "include", "exclude", "example", "source")


def unused(project: Project) -> Iterator[Finding]:
    """Find files in data/ that no table, rule or notebook opens, and tables that no notebook declares."""
    root = project.settings.root
    layout = project.settings.layout
    tables = {table.file(layout, "demo").relative_to(root).as_posix(): name for name, table in TABLES.items()}
    named_in_code = _names_in_code(project)
    for file in kept_files(root):
        name = file.rpartition("/")[2]
        if not file.startswith("data/") or file in tables or name in EXPLAINED or file.startswith(RAW):
            continue
        if name not in named_in_code:
            yield error(
                "data files",
                file,
                "nothing in the compendium reads this file",
                "Use it, or take it out of data/",
            )
    declared = {table for notebook in project.notebooks for table in notebook.tables}
    read = {
        name
        for file, name in tables.items()
        if file.rpartition("/")[2] in named_in_code or name in named_in_code
    }
    for file, name in sorted(tables.items()):
        if name not in declared | read:
            yield note(
                "data files", file, "no notebook declares this table", "Fine while it waits for its analysis"
            )


def codebook(project: Project) -> Iterator[Finding]:
    """Find codes that a second coder could not apply alike, because part of their entry is empty."""
    file = "data/study/codebook.csv"
    found = rows(project.settings.root / file)
    parents = {row.get("parent", "") for row in found}
    for number, row in enumerate(found, 2):
        wanted = NEEDED if row.get("id") not in parents else ("label", "definition", "source")
        empty = [column for column in wanted if not row.get(column, "").strip()]
        if empty and not row.get("retired_on"):
            yield for_authors(
                "codebook",
                f"{file}, row {number}",
                f"code {row.get('id')} has no {', '.join(empty)}",
                "Write it, so that two coders read the code alike",
            )


def _names_in_code(project: Project) -> frozenset[str]:
    """Return the words of the program and the notebooks: names of files and tables among them."""
    import re

    root = project.settings.root
    words: set[str] = set()
    for file in kept_files(root):
        if file.startswith(("src/", "notebooks/", "tools/")) and file.endswith((".py", ".ipynb", ".yml")):
            if "evidence/catalogue_" in file or "evidence/schema_" in file:
                continue  # they name every table
            words.update(re.findall(r"[\w.-]+", (root / file).read_text("utf-8", "replace")))
    return frozenset(words)
