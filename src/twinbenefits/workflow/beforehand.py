"""What a build has made before it is needed: the modules imported and the study opened, once for all kernels.

A kernel still opens the study itself, and what it finds done is what it would have done: for the audience of
this build, on its day, with the files as they are. Clean runs, JupyterLab and workers do without.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Run
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.warm_kernels.parent import Beforehand, expect

if TYPE_CHECKING:
    from twinbenefits.publishing.scan_closed import ClosedEvidence

STUDY, ADMISSION = "twinbenefits.evidence.study", "twinbenefits.evidence.admission"


def begin(settings: Settings, runs: Sequence[Run], modules: ModuleGraph, as_of: str) -> Meanwhile:
    """Begin with all that can be made before these notebooks run."""
    if settings.executor == "local":
        expect(beforehand(settings, runs, modules, as_of))
    return Meanwhile(settings, as_of)


def beforehand(settings: Settings, runs: Sequence[Run], modules: ModuleGraph, as_of: str) -> Beforehand:
    """Return what is worth making before these notebooks run.

    Parameters
    ----------
    settings : Settings
        What the build is about.
    runs : sequence of Run
        The runs that will be made.
    modules : ModuleGraph
        The imports among the project's own modules.
    as_of : str
        The date on which the evidence is looked at.
    """
    imported = frozenset[str]().union(*(run.notebook.imports for run in runs))
    names = sorted(imported & modules.closure(imported).keys())
    declared = sorted({run.notebook.tables for run in runs if run.notebook.tables})
    opened = {
        "root": str(settings.root),
        "evidence": settings.evidence,
        "audience": settings.audience,
        "as_of": as_of,
        "declared": declared,
    }
    calls = [(ADMISSION, "admit_beforehand", opened)] if declared and STUDY in names else []
    return Beforehand(str(modules.folder), names, calls)


class Meanwhile:
    """What the steps after the notebooks need, made while the kernels' parent imports and this process waits.

    Parameters
    ----------
    settings : Settings
        What the build is about.
    as_of : str
        The date on which the evidence is looked at.
    """

    def __init__(self, settings: Settings, as_of: str) -> None:
        self.settings, self.as_of = settings, as_of
        self._data = ""
        self._closed: ClosedEvidence | None = None
        self._work = threading.Thread(target=self._do, name="meanwhile", daemon=True)
        self._work.start()

    def closed_evidence(self) -> ClosedEvidence | None:
        """Return what the audience may not see; None if that was not found out or the data have changed."""
        from twinbenefits.evidence.admission import digest_of_data

        self._work.join()
        now = digest_of_data(self.settings.layout, self.settings.evidence)
        return self._closed if now and now == self._data else None

    def _do(self) -> None:
        settings, layout = self.settings, self.settings.layout
        try:
            from twinbenefits.evidence.admission import admit_beforehand, digest_of_data
            from twinbenefits.publishing.evidence_segments import OPENED
            from twinbenefits.publishing.scan_closed import closed_evidence

            self._data = digest_of_data(layout, settings.evidence)
            if self._data:
                asked = (settings.evidence, settings.audience)
                admit_beforehand(str(settings.root), *asked, self.as_of, [OPENED])
                self._closed = closed_evidence(layout, *asked, date.fromisoformat(self.as_of))
        except Exception:  # whatever is wrong, the step that needs it will tell
            self._closed = None
