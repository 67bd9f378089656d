"""The steps of a build: what each rests on, what it makes and how. Their order stands in ``dodo.py``."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
from twinbenefits.workflow.changes import Edition, edition_of
from twinbenefits.workflow.executors.executor import ClusterError, chosen_executor, cores
from twinbenefits.workflow.files import files_below, names_below
from twinbenefits.workflow.imports import ModuleGraph
from twinbenefits.workflow.interrupts import Activity
from twinbenefits.workflow.project import Project, Run
from twinbenefits.workflow.rendering import EVIDENCE, Rendering, page_name
from twinbenefits.workflow.scanning import PASSED, passed, scan, scan_inputs
from twinbenefits.workflow.settings import AS_OF_VARIABLE, Settings, SettingsError
from twinbenefits.workflow.staleness import (
    Step,
    digests,
    environment_inputs,
    file_digest,
    notebook_inputs,
)

if TYPE_CHECKING:
    from doit.exceptions import TaskFailed

    from twinbenefits.workflow.beforehand import Meanwhile

OnCell = Callable[[str, int, int], None]
LEDGER = "paper/claims.yml"
"""Without claims there is no page of evidence."""
NOT_FOR_READERS = (f"{os.sep}provenance.json", ".ipynb")
PACKAGE = Path(str(find_spec("twinbenefits").origin)).parent  # type: ignore[union-attr]


def _nobody(_step: str, _cell: int, _cells: int) -> None:
    """Tell nobody that a cell begins."""


def expected_errors() -> tuple[type[Exception], ...]:
    """Return the errors whose text tells all there is to know; others are faults of the program."""
    from twinbenefits.evidence.problems import EvidenceError
    from twinbenefits.publishing.manifest import NotScannedError
    from twinbenefits.workflow.notebooks import NotebookError
    from twinbenefits.workflow.parameters import ParameterError

    return (
        ClusterError,
        EvidenceError,
        NotebookError,
        NotScannedError,
        ParameterError,
        SettingsError,
        OSError,
    )


class Steps:
    """The steps of one build.

    Parameters
    ----------
    settings : Settings
        What the build is about.
    on_cell : callable, optional
        Called with the step's name, the number of the code cell about to run and how many there are.
    planning : bool
        True: documents rest on the sources as they are now. False: on the copies that have been staged,
        because somebody may edit a source while the build works.
    """

    def __init__(self, settings: Settings, on_cell: OnCell = _nobody, *, planning: bool = False) -> None:
        self.settings = settings
        self.project = Project(settings)
        self.on_cell, self.planning = on_cell, planning
        self.modules = ModuleGraph(PACKAGE, settings.state / "imports.json")
        self.failures: dict[str, Exception] = {}
        self.before: Edition | None = None
        self._first = threading.Lock()
        self.activity = Activity()
        self.rendering = Rendering(self)
        self.executor = chosen_executor(settings)
        self._cores = threading.BoundedSemaphore(cores())
        self._begins = threading.Lock()
        self._meanwhile: Meanwhile | None = None

    @cached_property
    def as_of(self) -> str:
        """The ISO date on which the evidence is looked at; private evidence is looked at today."""
        if self.settings.as_of:
            return self.settings.as_of
        if self.settings.evidence == "private":
            return date.today().isoformat()
        from twinbenefits.evidence.facts import read_facts

        day: date = read_facts(self.settings.layout)["as_of"]
        return day.isoformat()

    @cached_property
    def epoch(self) -> int:
        """The same date in seconds, for documents that must carry one."""
        return int(datetime.fromisoformat(self.as_of).replace(tzinfo=UTC).timestamp())

    @cached_property
    def notebooks(self) -> tuple[Step, ...]:
        """Run each notebook, some of them several times."""
        return tuple(
            self._step(
                f"notebook:{run.name}",
                f"run notebook {run.name}",
                partial(notebook_inputs, self.project, run, self.modules, self.as_of),
                [self.settings.results / run.name],
                partial(self._run, run),
            )
            for run in self.project.runs
        )

    @cached_property
    def stage(self) -> Step:
        """Put sources and released results together, after the prose gate."""
        return self._step(
            "stage", "stage sources and results", self._stage_inputs, [self.settings.workspace], self._stage
        )

    @cached_property
    def documents(self) -> tuple[Step, ...]:
        """Render each document in each format."""
        return tuple(
            self._step(
                f"render:{document.source}:{document.to}",
                f"render {document.output}",
                partial(self.rendering.document_inputs, document),
                [self.settings.rendered / document.output],
                partial(self.rendering.render_document, document),
            )
            for document in self.project.documents
        )

    @cached_property
    def pages(self) -> tuple[Step, ...]:
        """Render each executed notebook as a page."""
        return tuple(
            self._step(
                f"page:{run.name}",
                f"render {page_name(run)}",
                partial(self.rendering.page_inputs, run),
                [self.settings.rendered / page_name(run)],
                partial(self.rendering.render_page, run),
            )
            for run in self.project.runs
        )

    @cached_property
    def evidence_page(self) -> tuple[Step, ...]:
        """Write the page that leads from a sentence to what carries it."""
        if not (self.settings.root / LEDGER).is_file():
            return ()
        step = self._step(
            "evidence",
            f"write {EVIDENCE[0]}",
            self._evidence_inputs,
            [self.settings.rendered / name for name in EVIDENCE],
            self._write_evidence,
        )
        return (step,)

    @cached_property
    def scan(self) -> Step:
        """Look through all that was made for what this audience may not see."""
        return self._step(
            "scan",
            "scan before publishing",
            lambda: {
                **scan_inputs(self.settings, self._outputs, self.as_of),
                **self.code("twinbenefits.publishing.scan"),
            },
            [self.settings.state / PASSED],
            self._scan,
        )

    @cached_property
    def publish(self) -> Step:
        """Copy what was rendered into the output folder, with the list of files."""
        return self._step("publish", "publish", self._publish_inputs, [self.settings.output], self._publish)

    @property
    def all(self) -> tuple[Step, ...]:
        """Every step in the order of the graph."""
        return (
            *self.notebooks,
            self.stage,
            *self.documents,
            *self.pages,
            *self.evidence_page,
            self.scan,
            self.publish,
        )

    def attempt(self, step: Step) -> TaskFailed | None:
        """Run a step for doit; an error that a reader can act on fails it without a traceback.

        Any exception is kept in `failures`; doit itself passes on only texts.
        """
        try:
            with self._first:  # what the edition says before anything is made anew
                self.before = self.before or edition_of(self.settings)
            with self._room(step), self.activity.working(step.name):
                step.run()
        except Exception as error:
            self.failures[step.name] = error
            if not isinstance(error, expected_errors()):
                raise
            from doit.exceptions import TaskFailed

            return TaskFailed(str(error))
        return None

    def serving(self, say: Callable[[str], None], *, force: bool = False) -> AbstractContextManager[None]:
        """Keep the executor ready as long as the context lasts, if there is a notebook to run."""
        elsewhere = self.settings.executor != "local"
        needed = elsewhere and (force or any(not step.is_current() for step in self.notebooks))
        return self.executor.serving(say) if needed else nullcontext()

    def _room(self, step: Step) -> AbstractContextManager[object]:
        """Let no more steps run here than there are cores; notebooks are the executor's to count."""
        return nullcontext() if step in self.notebooks else self._cores

    def _step(
        self,
        name: str,
        title: str,
        inputs: Callable[[], Mapping[str, str]],
        outputs: list[Path],
        work: Callable[[], Mapping[str, Any] | None],
    ) -> Step:
        file = name.replace(":", "--").replace("/", "-")
        return Step(
            name,
            title,
            inputs,
            outputs,
            work,
            self.settings.state / "records" / f"{file}.json",
            self.settings.root,
        )

    # -- notebooks

    def _run(self, run: Run) -> None:
        from twinbenefits.workflow.notebooks import NotebookSpec

        with self._begins:  # the first to run has made what all have in common
            if self._meanwhile is None:
                from twinbenefits.workflow.beforehand import begin

                steps = zip(self.project.runs, self.notebooks, strict=True)
                due = [one for one, step in steps if not step.is_current()]
                self._meanwhile = begin(self.settings, due, self.modules, self.as_of)
        notebook = run.notebook
        spec = NotebookSpec(
            name=run.name,
            source=notebook.path,
            content=notebook.content,
            root=self.settings.root,
            results=self.settings.results,
            work=self.settings.running,
            failed=self.settings.state / "failed",
            parameters=self.project.injected(run),
            environment={
                "EVIDENCE": self.settings.evidence,
                "AUDIENCE": self.settings.audience,
                AS_OF_VARIABLE: self.as_of,
            },
            kept=self.settings.kept,
        )
        self.executor.run(spec, partial(self.on_cell, f"notebook:{run.name}"))

    # -- stage

    def _stage_inputs(self) -> dict[str, str]:
        layout = self.settings.layout
        results = [
            file
            for run in self.project.runs
            for file in names_below(str(self.settings.results / run.name))
            if not file.endswith(NOT_FOR_READERS)
        ]
        files: list[Path | str] = [
            *self.project.source_files(),
            *names_below(str(layout.study)),
            *names_below(str(layout.literature)),
            *results,
        ]
        return {**digests(files, self.settings.root), **self.code("twinbenefits.publishing.stage")}

    def _stage(self) -> Mapping[str, Any]:
        from twinbenefits.publishing.kept import Kept
        from twinbenefits.publishing.stage import stage

        self._copy_sources()
        settings = self.settings
        kept, rests_on = Kept(settings.kept), self._stage_inputs()
        edition = (settings.audience, settings.evidence)
        report = stage(settings.root, *edition, settings.workspace, kept, rests_on)
        self.rendering.read_anew()
        return {"unused": sorted(report.unused), "synthetic": sorted(report.synthetic)}

    def _copy_sources(self) -> None:
        """Bring the workspace's copy of the sources up to date, leaving equal files untouched."""
        from twinbenefits.publishing.atomic import copy_file, remove_unlisted

        sources = [file.relative_to(self.settings.root) for file in self.project.source_files()]
        for source in sources:
            copy_file(self.settings.root / source, self.settings.workspace / source)
        staged = [
            file.relative_to(self.settings.workspace)
            for file in files_below(self.settings.workspace / "_staged")
        ]
        made = [Path(document.source) for document in self.project.documents]
        remove_unlisted(self.settings.workspace, [*sources, *made, *staged, Path("_variables.yml")])

    def _evidence_inputs(self) -> dict[str, str]:
        """Return what the evidence page rests on: all that was staged, and the cases' tables."""
        layout = self.settings.layout
        tables = layout.cases(self.settings.evidence)
        return {
            **self._stage_inputs(),
            **digests(sorted(tables.glob("*.csv")), self.settings.root),
            **digests(sorted(self.settings.results.glob("*/provenance.json")), self.settings.root),
            "the date of the evidence": self.as_of,
            **self.code("twinbenefits.publishing.evidence_page"),
        }

    def code(self, module: str) -> dict[str, str]:
        """Return what a step rests on besides its files: the code that does it, with its templates."""
        modules = {f"module {name}": value for name, value in self.modules.closure([module]).items()}
        return {**modules, **self._assets}

    @cached_property
    def _assets(self) -> dict[str, str]:
        """The package's templates and styles, the locked packages and the Python version."""
        files = [file for file in files_below(PACKAGE / "publishing") if file.suffix != ".py"]
        assets = {f"asset {file.relative_to(PACKAGE).as_posix()}": file_digest(file) for file in files}
        return {**assets, **environment_inputs(self.project)}

    # -- publishing

    def _write_evidence(self) -> None:
        self.rendering.write_evidence(self._meanwhile.segments if self._meanwhile else None)

    def _scan(self) -> None:
        closed = self._meanwhile.closed_evidence if self._meanwhile else None
        scan(self.settings, self._outputs, self.as_of, self.code("twinbenefits.publishing.scan"), closed)

    @property
    def _outputs(self) -> list[Path]:
        """What is published, relative to the output folder."""
        pages = [page_name(run) for run in self.project.runs]
        documents = [document.output for document in self.project.documents]
        evidence_page = EVIDENCE if self.evidence_page else ()
        return [Path(name) for name in (*documents, *pages, *evidence_page)]

    def _publish_inputs(self) -> dict[str, str]:
        files = [
            *(self.settings.rendered / output for output in self._outputs),
            self.settings.state / PASSED,
        ]
        return {**digests(files, self.settings.root), **self.code("twinbenefits.publishing.manifest")}

    def _publish(self) -> None:
        from twinbenefits.publishing.atomic import remove_unlisted
        from twinbenefits.publishing.manifest import publish

        remove_unlisted(self.settings.rendered, self._outputs)
        publish(
            self.settings.rendered,
            self.settings.output,
            audience=self.settings.audience,
            evidence=self.settings.evidence,
            scanned=passed(self.settings),
            mark=SYNTHETIC_EDITION if self.rendering.has_synthetic else "",
        )
