"""What only the authors can decide: which works are meant, the audit, drafts, answers, how it is shared."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from twinbenefits.workflow.checks.finding import Finding, for_authors

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """Return the rows of a table as text; a file that cannot be read is reported with the tables."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def references(root: Path) -> Iterator[Finding]:
    """List the references that nobody has identified yet."""
    file = "data/literature/references.csv"
    for status in ("candidate", "unresolved"):
        waiting = [
            row["key"] for row in rows(root / file) if row["status"] == status and not row["author_decision"]
        ]
        if waiting:
            yield for_authors(
                "reference status",
                file,
                f"{len(waiting)} references are {status}, printed as the deck has them ({_listed(waiting)})",
                "Settle them one by one: `twinbenefits references settle`",
            )


def audit(root: Path) -> Iterator[Finding]:
    """List the findings of the audit that wait for a decision."""
    file = "data/literature/audit.csv"
    waiting: dict[str, list[str]] = {}
    for row in rows(root / file):
        if not row["author_decision"]:
            waiting.setdefault(row["group"], []).append(row["finding_id"])
    for group, ids in waiting.items():
        yield for_authors(
            "audit findings",
            file,
            f"{len(ids)} findings on {group.replace('_', ', ')} are open ({_listed(ids)})",
            "Fill author_decision, decided_by and decided_on",
        )


def drafts(root: Path) -> Iterator[Finding]:
    """List the propositions and the answers of the reporting list that wait for the authors."""
    file = "data/study/propositions.csv"
    open_ones = [row["id"] for row in rows(root / file) if not row.get("author_decision")]
    if open_ones:
        yield for_authors(
            "propositions",
            file,
            f"{len(open_ones)} propositions are drafts ({_listed(open_ones)}) and are drawn dashed",
            "Write accepted, reworded or dropped into author_decision",
        )
    file = "data/study/coreq.csv"
    unanswered = [
        row["item"]
        for row in rows(root / file)
        if row["answered_by"] == "authors" and not row["author_answer"]
    ]
    if unanswered:
        yield for_authors(
            "reporting checklist",
            file,
            f"{len(unanswered)} items wait for the authors' answer (items {_listed(unanswered)})",
            "Write it into author_answer",
        )


def _listed(ids: list[str], most: int = 8) -> str:
    shown = ", ".join(ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most} more"
