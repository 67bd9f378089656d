"""What a build has made before it is needed: the modules imported and the study opened, once for all kernels.

A kernel still opens the study itself, and what it finds done is what it would have done: for the audience of
this build, on its day, with the files as they are. Clean runs, JupyterLab and workers do without.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.project import Run
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.warm_kernels.parent import NOTHING, Beforehand, expect, told

if TYPE_CHECKING:
    from twinbenefits.publishing.evidence_shown import Segments
    from twinbenefits.publishing.scan_passages import ClosedEvidence

STUDY, ADMISSION = "twinbenefits.evidence.study", "twinbenefits.evidence.admission"


def begin(settings: Settings, runs: Sequence[Run], modules: ModuleGraph, as_of: str) -> Meanwhile:
    """Begin with all that can be made before these notebooks run."""
    if settings.executor != "local":
        return Meanwhile(settings, NOTHING)
    wish = beforehand(settings, runs, modules, as_of)
    expect(wish)
    return Meanwhile(settings, wish)


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
    if not declared or STUDY not in names:
        return Beforehand(str(modules.folder), names)
    opened = {
        "root": str(settings.root),
        "evidence": settings.evidence,
        "audience": settings.audience,
        "as_of": as_of,
        "declared": declared,
    }
    return Beforehand(str(modules.folder), names, (__name__, "prepare", opened), (ADMISSION, "take_over"))


def prepare(
    root: str, evidence: str, audience: str, as_of: str, declared: Sequence[Sequence[str]]
) -> Iterator[Any]:
    """Open the study: for the kernels, and for the steps after them.

    Parameters
    ----------
    root, evidence, audience, as_of
        What the build is about; the day is written YYYY-MM-DD.
    declared
        The tables of each notebook, as it declares them.

    Yields
    ------
    object
        First what kernels may find, for `admission.take_over`; then the digest of all data, what the audience
        may not see, and the segments it may read.
    """
    from twinbenefits.evidence import admission
    from twinbenefits.evidence.data_digest import digest_of_data
    from twinbenefits.evidence.layout import Layout
    from twinbenefits.publishing.evidence_segments import OPENED, read_segments
    from twinbenefits.publishing.scan_closed import closed_evidence

    layout, day = Layout(Path(root).resolve()), date.fromisoformat(as_of)
    data = digest_of_data(layout, evidence)
    found, loaded = admission.beforehand(layout, evidence, audience, day, [*declared, OPENED])
    yield found
    admission.take_over(found)
    closed = closed_evidence(layout, evidence, audience, day, loaded)
    yield data, closed, read_segments(layout, audience, evidence, day)


class Meanwhile:
    """What the steps after the notebooks need, made while the kernels' parent imports.

    Parameters
    ----------
    settings : Settings
        What the build is about.
    wish : Beforehand
        What was begun.
    """

    def __init__(self, settings: Settings, wish: Beforehand) -> None:
        self.settings, self._wish = settings, wish

    @property
    def closed_evidence(self) -> ClosedEvidence | None:
        """What the audience may not see; None if that was not found out or the data have changed."""
        return self._made[0] if self._is_current else None

    @property
    def segments(self) -> Segments | None:
        """The segments that the audience may read; None as above."""
        return self._made[1] if self._is_current else None

    @property
    def _is_current(self) -> bool:
        from twinbenefits.evidence.data_digest import digest_of_data

        now = digest_of_data(self.settings.layout, self.settings.evidence)
        return bool(now) and now == self._told[0]

    @property
    def _made(self) -> tuple[ClosedEvidence, Segments]:
        return self._told[1:]

    @cached_property
    def _told(self) -> tuple[Any, ...]:
        content = told(self._wish) if self._wish.apart else b""
        try:
            made: tuple[Any, ...] = pickle.loads(content)  # of our own process
        except (EOFError, pickle.UnpicklingError):  # whatever was wrong, the step that needs it will tell
            return ("",)
        return made
