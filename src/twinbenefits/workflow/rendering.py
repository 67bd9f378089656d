"""How documents, notebooks' pages and the evidence page are made of what has been staged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
from twinbenefits.workflow.half_made import HalfMade
from twinbenefits.workflow.project import Document, Notebook, Project, Run
from twinbenefits.workflow.reading import Reading
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import Record, Step, digest, digests

if TYPE_CHECKING:
    from twinbenefits.publishing.evidence_shown import Segments

EVIDENCE = ("evidence/index.html", "evidence/numbers.csv")
"""The page of evidence, and the list of all numbers, tables and figures beside it."""

TEXTS = (".qmd", ".md")
VALUE = "value "
"""What a document's text is put together of: sources and snippets, and the values in them."""


class Build(Protocol):
    """What rendering has to know of the build."""

    settings: Settings
    project: Project
    planning: bool

    @property
    def as_of(self) -> str:
        """The ISO date on which the evidence is looked at."""

    @property
    def epoch(self) -> int:
        """The same date in seconds."""

    @property
    def stage(self) -> Step:
        """The step that has put sources and results together."""

    def code(self, module: str) -> dict[str, str]:
        """Return what a step rests on besides its files."""


def _besides_the_text(rests_on: Mapping[str, str]) -> dict[str, str]:
    """Return what a document rests on without what its text, with all values in it, says by itself."""
    return {
        name: found
        for name, found in rests_on.items()
        if not (name.endswith(TEXTS) or name.startswith(VALUE))
    }


def page_name(run: Run) -> str:
    """Return the page of a notebook's run, relative to the output folder."""
    return f"notebooks/{run.name}.html"


class Rendering:
    """The work of the steps after staging.

    Parameters
    ----------
    build : Build
        The steps it belongs to.
    """

    def __init__(self, build: Build) -> None:
        self.build, self.settings, self.project = build, build.settings, build.project

    # -- documents

    @cached_property
    def _engine(self) -> str:
        """The engine that will be used; another Quarto on the PATH makes all documents anew."""
        found = None if self.settings.engine == "embedded" else shutil.which("quarto")
        return f"quarto at {found}" if found else self.settings.engine.replace("auto", "embedded")

    def document_inputs(self, document: Document) -> dict[str, str]:
        """Return what a document in one format rests on."""
        read = self._reading.inputs(document.source)
        rests_on = {"the engine": self._engine, "the date of the evidence": self.build.as_of}
        mark = self._mark(read)
        marked = {"the mark of synthetic data": mark} if mark else {}
        return {**read, **rests_on, **marked, **self.build.code("twinbenefits.publishing.render")}

    def render_document(self, document: Document) -> None:
        """Render a document from the workspace."""
        from twinbenefits.publishing.kept import Kept
        from twinbenefits.publishing.render import render

        rests_on = self.document_inputs(document)
        with self._half_made(document.output) as made:
            render(
                self.settings.workspace,
                document.source,
                document.to,
                made,
                engine=cast("Literal['auto', 'embedded', 'quarto']", self.settings.engine),
                epoch=self.build.epoch,
                edition_mark=self._mark(rests_on),
                kept=Kept(self.settings.kept),
                rests_on=_besides_the_text(rests_on),
            )
            self._keep(made, document.output)

    @cached_property
    def _reading(self) -> Reading:
        """Reads what the documents rest on; until something else is staged, what they share is read once."""
        if not self.build.planning:
            return Reading(self.settings.workspace)
        made = {source.file: source.text for source in self.project.texts if source.run}
        return Reading(self.settings.workspace, self.settings.root, made)

    def read_anew(self) -> None:
        """Forget what was read of the workspace: it has been staged."""
        self.__dict__.pop("_reading", None)

    def _mark(self, read: Mapping[str, str]) -> str:
        """Return what must stand on every page of a document that reads these files."""
        return SYNTHETIC_EDITION if not read.keys().isdisjoint(self._synthetic_sources) else ""

    @property
    def _synthetic_sources(self) -> list[str]:
        """The sources that hold synthetic results, as the last staging has found them."""
        record = Record.read(self.build.stage.record)
        return list(record.notes.get("synthetic", ())) if record else []

    @property
    def has_synthetic(self) -> bool:
        """Whether any document or page shows synthetic results."""
        return bool(self._synthetic_sources) or any(map(self._page_mark, self.project.notebooks))

    # -- notebooks' pages

    def _page_mark(self, notebook: Notebook) -> str:
        """A page shows what its cells print, registered or not; so it carries the mark of what was opened."""
        files = map(self.project.table_file, notebook.tables)
        return SYNTHETIC_EDITION if any(file.parent == self.settings.layout.demo for file in files) else ""

    def page_inputs(self, run: Run) -> dict[str, str]:
        """Return what a notebook's page rests on."""
        from twinbenefits.workflow.normal_form import source_of

        cells = [source_of(cell) for cell in run.notebook.content["cells"] if cell["cell_type"] == "markdown"]
        return {
            **{f"Markdown cell {number}": digest(text) for number, text in enumerate(cells, 1)},
            **digests([self._executed(run)], self.settings.root),
            "the date of the evidence": self.build.as_of,
            **self.build.code("twinbenefits.publishing.render"),
        }

    def render_page(self, run: Run) -> None:
        """Render an executed notebook, with its Markdown as it is now."""
        from twinbenefits.publishing.render import render_notebook
        from twinbenefits.workflow.normal_form import as_text, with_fresh_markdown

        executed: dict[str, Any] = json.loads(self._executed(run).read_text("utf-8"))
        with self._half_made(f"{run.name}.html") as made:
            fresh = made.with_suffix(".ipynb")
            text = as_text(with_fresh_markdown(run.notebook.content, executed))
            fresh.write_text(text, "utf-8", newline="\n")
            mark = self._page_mark(run.notebook)
            render_notebook(fresh, made, epoch=self.build.epoch, edition_mark=mark)
            self._keep(made, page_name(run))

    def _executed(self, run: Run) -> Path:
        return self.settings.results / run.name / f"{run.name}.ipynb"

    # -- the evidence page

    def write_evidence(self, segments: Segments | None = None) -> None:
        """Write the page that leads from each sentence down to what carries it, and the list beside it."""
        from twinbenefits.publishing.evidence_page import write_evidence_page

        settings, day = self.settings, date.fromisoformat(self.build.as_of)
        edition = (settings.audience, settings.evidence, settings.rendered)
        write_evidence_page(settings.root, *edition, as_of=day, segments=segments)

    def _half_made(self, output: str) -> HalfMade:
        return HalfMade(self.settings.running, Path(output).name)

    def _keep(self, made: Path, output: str) -> None:
        from twinbenefits.publishing.atomic import copy_file

        copy_file(made, self.settings.rendered / output)
