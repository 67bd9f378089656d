"""The verdict of a reproduction, in the four grades of the AEA Data Editor, and the reasons for it.

Full: everything came out again. Full with minor issues: nothing that a reader sees differs. Partial:
something does. Not reproduced: half of the results or more differ or are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twinbenefits.workflow.reproduction.compare import OUTCOMES, Compared, Outcome

Verdict = Literal["full", "full with minor issues", "partial", "not reproduced"]
REPRODUCED: tuple[Verdict, ...] = ("full", "full with minor issues")
LISTED = 30
MOST = 0.5
"""From this share of results on that differ or are missing, nothing can be said to be reproduced."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What happened, and what it amounts to.

    Parameters
    ----------
    edition
        Audience, evidence and date.
    compared
        Every published result with its outcome.
    additional
        Results that were never published.
    failures
        What did not run, with its message.
    other_versions
        Packages whose versions differ from the published run, as "name: then, now".
    stale_outputs
        Committed notebooks whose outputs are not those of this run, with the cell.
    other_documents
        Published documents whose bytes differ.
    changed_files
        Files that were not as committed.
    surroundings
        Machine, versions, seconds and memory.
    """

    edition: Mapping[str, str]
    compared: tuple[Compared, ...]
    additional: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    other_versions: tuple[str, ...] = ()
    stale_outputs: tuple[str, ...] = ()
    other_documents: tuple[str, ...] = ()
    changed_files: tuple[str, ...] = ()
    surroundings: Mapping[str, Any] | None = None

    def count(self, kind: str | None = None) -> dict[Outcome, int]:
        """Return how many results of a kind, or of all, came out how."""
        counted = Counter(one.outcome for one in self.compared if kind in (None, one.kind))
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    @property
    def funnel(self) -> dict[str, int]:
        """How many results were declared, installed, executed, and how they came out."""
        executed = [one for one in self.compared if one.outcome != "missing"]
        installed = len(self.compared) if self.compared and self.surroundings else 0
        return {
            "declared": len(self.compared),
            "installed": installed,
            "executed": len(executed),
            **{str(outcome): count for outcome, count in self.count().items()},
        }

    @property
    def visible(self) -> list[Compared]:
        """The results that a reader would see to differ."""
        return [one for one in self.compared if one.in_print]

    @property
    def invisible(self) -> list[Compared]:
        """The results that differ where no reader would see it."""
        return [one for one in self.compared if one.outcome == "different" and not one.in_print]

    @property
    def verdict(self) -> Verdict:
        """What it amounts to."""
        if not self.compared or len(self.visible) >= MOST * len(self.compared):
            return "not reproduced"
        if self.visible or self.failures:
            return "partial"
        return "full with minor issues" if self.minor_issues else "full"

    @property
    def minor_issues(self) -> list[str]:
        """What a reader does not see, and a reviewer should know."""
        issues = [f"{one.kind} {one.name} ({one.notebook}): {one.detail}" for one in self.invisible]
        issues += [f"{name} was never published" for name in self.additional]
        issues += [f"another version of {name}" for name in self.other_versions]
        issues += [
            f"the committed outputs of {name} are not those of this run" for name in self.stale_outputs
        ]
        issues += [f"the file {name} was not as committed" for name in self.changed_files]
        if self.other_documents:
            issues.append(f"other bytes in {_few(self.other_documents)}")
        return issues

    @property
    def reasons(self) -> list[str]:
        """Why the verdict is not better; empty for a full reproduction."""
        seen = [
            f"{one.kind} {one.name} ({one.notebook}) is {one.outcome}: {one.detail}" for one in self.visible
        ]
        return [*self.failures, *seen, *self.minor_issues]

    def as_text(self) -> str:
        """Return verdict, counts and reasons for a terminal."""
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.count().items())
        lines = [f"  {reason}" for reason in self.reasons[:LISTED]]
        if len(self.reasons) > LISTED:
            lines.append(f"  and {len(self.reasons) - LISTED} more; the report lists all")
        return "\n".join([*lines, f"{self.verdict}: {counts}"])


def _few(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more files"
