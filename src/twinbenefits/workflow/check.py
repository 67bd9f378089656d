"""Check the compendium without running it, and say for each finding where it is and what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from twinbenefits.workflow.checks import (
    benefits_network,
    data_files,
    dependencies,
    open_decisions,
    sharing,
    stale_outputs,
    study_parts,
    texts,
)
from twinbenefits.workflow.checks.finding import SEVERITIES, Finding, Severity, kept_files
from twinbenefits.workflow.project import Project
from twinbenefits.workflow.settings import Settings

HEADINGS: Mapping[Severity, str] = {
    "error": "Wrong",
    "authors": "Open until the authors decide",
    "note": "Good to know",
}


@dataclass(frozen=True)
class CheckReport:
    """What was found.

    Parameters
    ----------
    checked : tuple of str
        What was looked at.
    findings : tuple of Finding
        Everything found, each once.
    """

    checked: tuple[str, ...]
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong, a line each."""
        return tuple(map(str, self.of("error")))

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong; decisions that are open are nobody's mistake."""
        return not self.of("error")

    def as_json(self) -> str:
        """Return everything for a machine."""
        counts = {severity: len(self.of(severity)) for severity in SEVERITIES}
        content = {
            "checked": self.checked,
            "counts": counts,
            "findings": [asdict(finding) for finding in self.findings],
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def as_text(self) -> str:
        """Return everything for a reader, the worst last, where a terminal shows it."""
        lines: list[str] = []
        for severity in reversed(SEVERITIES):
            found = self.of(severity)
            if found:
                lines += [f"{HEADINGS[severity]}:", *(f"  {finding}" for finding in found), ""]
        wrong, waiting = len(self.of("error")), len(self.of("authors"))
        matters = "1 matter waits" if waiting == 1 else f"{waiting} matters wait"
        open_ones = f" ({matters} for the authors)" if waiting else ""
        if wrong:
            lines.append(f"{wrong} problem{'' if wrong == 1 else 's'} found{open_ones}")
        else:
            lines.append(f"fine: {', '.join(self.checked)}{open_ones}")
        return "\n".join(lines)


def check(settings: Settings) -> CheckReport:
    """Look at everything that can be looked at without running a notebook.

    Parameters
    ----------
    settings : Settings
        For whom and on which evidence.

    Returns
    -------
    CheckReport
        All findings at once.
    """
    project, root = Project(settings), settings.root
    kept_files.cache_clear()
    checks: Mapping[str, Callable[[], Iterable[Finding]]] = {
        "tables": lambda: study_parts.tables(settings),
        "parameters": lambda: study_parts.parameters(project),
        "displays": lambda: study_parts.displays(project),
        "tracked notebooks": lambda: study_parts.tracked(settings),
        "outputs of notebooks": lambda: stale_outputs.stale_outputs(project),
        "documents": lambda: study_parts.documents(project),
        "prose": lambda: study_parts.prose(settings, project),
        "data files": lambda: data_files.unused(project),
        "codebook": lambda: data_files.codebook(project),
        "benefits network": lambda: benefits_network.gaps(settings),
        "dependencies": lambda: dependencies.pinned(root),
        "absolute paths": lambda: texts.absolute_paths(root),
        "personal data": lambda: texts.personal_data(root),
        "alternative texts": lambda: texts.alternative_texts(root),
        "licences": lambda: sharing.licences(root),
        "folders": lambda: sharing.folders(root),
        "availability standard": lambda: sharing.dcas(root),
        "README for replicators": lambda: sharing.readme(root),
        "reference status": lambda: open_decisions.references(root),
        "audit findings": lambda: open_decisions.audit(root),
        "drafts and answers": lambda: open_decisions.drafts(root),
    }
    findings = [finding for look in checks.values() for finding in look()]
    return CheckReport(tuple(checks), tuple(dict.fromkeys(findings)))
