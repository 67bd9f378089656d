"""Apply a planned import: every file or none, whatever happens in between."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twinbenefits.evidence.exchange.naming import MAPPING_FILE
from twinbenefits.evidence.exchange.planning import CHANGES_FOLDER, ImportPlan
from twinbenefits.evidence.exchange.storing import replace_together, undo_interrupted, write_bytes
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import EvidenceError, Problem

__all__ = ["Applied", "apply_import", "repair_interrupted_import", "write_mapping_sheet"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import changed.

    Parameters
    ----------
    files
        The files that changed, as seen from the project's top folder.
    """

    files: tuple[str, ...]


def apply_import(plan: ImportPlan) -> Applied:
    """Write what was planned into `data/private`, all of it or nothing.

    Raises
    ------
    EvidenceError
        If something stands in the way of the plan, if the tables changed since it was made, or if another
        import is under way. Nothing is changed then.
    """
    layout = plan.layout
    if plan.problems:
        raise EvidenceError(plan.problems)
    if plan.open_lines:
        shown = layout.shown(layout.private / MAPPING_FILE)
        raise EvidenceError(
            [
                Problem(
                    shown,
                    None,
                    "becomes",
                    line.as_written,
                    f"nobody has said yet what this {line.kind} is in the study's tables",
                    "Fill in the cell; write - to leave it out on purpose."
                    + (f" The nearest is {line.nearest}." if line.nearest else ""),
                )
                for line in plan.open_lines
            ]
        )
    contents = plan.contents()
    _refuse_if_changed(plan, contents)
    changed = replace_together(layout.private / CHANGES_FOLDER, contents)
    return Applied(tuple(sorted(layout.shown(path) for path in changed)))


def write_mapping_sheet(plan: ImportPlan) -> bool:
    """Write the mapping sheet for people to fill in; return whether it changed."""
    return write_bytes(plan.layout.private / MAPPING_FILE, plan.naming.sheet())


def repair_interrupted_import(layout: Layout) -> bool:
    """Undo an import that was cut off while it wrote; return whether there was one.

    Whoever reads the private tables calls this first: it costs a look for one folder.

    Raises
    ------
    EvidenceError
        If an import is under way at this moment.
    """
    return undo_interrupted(layout.private / CHANGES_FOLDER)


def _refuse_if_changed(plan: ImportPlan, contents: dict[Path, bytes]) -> None:
    """Refuse to write over what somebody else wrote since the plan was made."""
    problems = [
        Problem(
            plan.layout.shown(path),
            None,
            None,
            None,
            "changed while the import was being prepared",
            "Import again, so that the new rows are compared with the table as it is now.",
        )
        for path in contents
        if (path.read_bytes() if path.is_file() else None) != plan.seen.get(path)
    ]
    if problems:
        raise EvidenceError(problems)
