"""The documents of a kit: sources and passages side by side, rendered, counted, and the voting forms."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from twinbenefits.workflow.project import SUFFIX
from twinbenefits.workflow.settings import Settings

if TYPE_CHECKING:
    from twinbenefits.evidence.problems import Problem
    from twinbenefits.publishing.kit_content import KitContent
    from twinbenefits.publishing.kit_plan import KitDocument, Plan

__all__ = ["FROM_EDITION", "KitDocuments", "deck_of"]

FROM_EDITION = ("_extensions", "kit", "slides", "references", "_staged", "_variables.yml", "_quarto.yml")
"""What a kit takes over from the staged edition."""

LOOK = ["_extensions/compendium/typst-template.typ", "kit/typst-show.typ"]
GUIDE, STAGED_GUIDE = "interview-guide.md", "tbl-interview-guide.md"
"""The passage that the last notebook makes of the questions for the next round."""

DECK = (("revealjs", "slides.html"), ("pptx", "slides.pptx"))
DATE = re.compile(r"^date: .*$", re.MULTILINE)
MARKED = re.compile(r"\]\{\.mark\}")


def deck_of(content: KitContent) -> str:
    """Return the source of the deck: one for the first workshop, one for the second, and so on."""
    return f"slides/workshop-{content.order}.qmd"


@dataclass(frozen=True)
class KitDocuments:
    """Makes the documents of one kit.

    Parameters
    ----------
    settings
        The edition for the audience `workshop`.
    plan, content
        What a kit consists of, and what the data say about this workshop.
    workspace, made
        The folder to render in, and the folder for what is made.
    as_of
        The ISO date on which the evidence is looked at.
    epoch
        The same date in seconds, for documents that must carry one.
    """

    settings: Settings
    plan: Plan
    content: KitContent
    workspace: Path
    made: Path
    as_of: str
    epoch: int

    def make(self) -> None:
        """Make everything.

        Raises
        ------
        PublishingError
            If a document cannot be rendered or has another number of pages than the plan says.
        """
        from twinbenefits.publishing.problems import PublishingError

        documents = self._prepare()
        jobs = list(self._jobs(documents))
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            problems = [problem for found in pool.map(self._render, jobs) for problem in found]
        if problems:
            raise PublishingError(dict.fromkeys(problems))
        self._check_pages(documents)
        self._write_forms()

    def open_points(self) -> dict[str, int]:
        """Return how many points each document leaves to the authors."""
        files = sorted((self.settings.workspace / "kit").glob("*.qmd"))
        counts = {
            file.with_suffix(".pdf").name: len(MARKED.findall(file.read_text("utf-8"))) for file in files
        }
        return {name: count for name, count in counts.items() if count and (self.made / name).is_file()}

    def _prepare(self) -> list[KitDocument]:
        """Lay the edition's sources, its results and the kit's own passages side by side."""
        from twinbenefits.publishing.kit_slides import kit_slides
        from twinbenefits.publishing.kit_snippets import FOLDER, kit_metadata, kit_snippets

        self._copy_edition()
        guide = self.workspace / "_staged" / STAGED_GUIDE
        met = self.content.conditions(guide.is_file())
        documents = [document for document in self.plan.documents if document.when in met]
        passages = kit_snippets(self.content, self.plan, documents, met)
        if guide.is_file():
            passages[GUIDE] = guide.read_text("utf-8")
        placed = {f"{FOLDER}/{name}": text for name, text in passages.items()}
        for name, text in {**placed, **kit_slides(self.content, self.plan)}.items():
            path = self.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        self._set_up(kit_metadata(self.content))
        return documents

    def _copy_edition(self) -> None:
        from twinbenefits.publishing.claims_marks import CLAIMS_FILE

        self.workspace.mkdir(parents=True, exist_ok=True)
        for name in FROM_EDITION:
            source = self.settings.workspace / name
            if source.is_dir():
                shutil.copytree(source, self.workspace / name)
            elif source.is_file():
                shutil.copyfile(source, self.workspace / name)
        claims = self.workspace / "_staged" / CLAIMS_FILE
        told = json.loads(claims.read_text("utf-8"))
        told.pop("page", None)  # a kit is carried away; its sentences lead to no page of the edition
        claims.write_text(json.dumps(told, ensure_ascii=False), "utf-8", newline="\n")

    def _set_up(self, metadata: Mapping[str, str]) -> None:
        """Give the project file the look of sheets and the words about the workshop, and the deck its day."""
        import yaml

        project = self.workspace / "_quarto.yml"
        settings = yaml.safe_load(project.read_text("utf-8"))
        settings["workshop"] = dict(metadata)
        settings["format"]["typst"]["template-partials"] = LOOK
        text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
        project.write_text(text, "utf-8", newline="\n")
        deck = self.workspace / deck_of(self.content)
        dated = DATE.sub(f"date: {self.content.held_on.isoformat()}", deck.read_text("utf-8"), count=1)
        deck.write_text(dated, "utf-8", newline="\n")

    def _jobs(self, documents: Sequence[KitDocument]) -> Iterator[tuple[str, str, str]]:
        """Yield source, format and file of everything that is rendered."""
        yield from ((deck_of(self.content), to, file) for to, file in DECK)
        for document in documents:
            yield f"kit/{document.source}.qmd", "typst", self._file(document)

    def _file(self, document: KitDocument) -> str:
        folder = f"{self.plan.folder_of_codes}/" if document.codes else ""
        return f"{folder}{document.source}{SUFFIX['typst']}"

    def _render(self, job: tuple[str, str, str]) -> Sequence[Problem]:
        """Render one document; return what is wrong with it, so that all documents tell theirs at once."""
        from twinbenefits.publishing.render import RenderError, render

        source, to, file = job
        (self.made / file).parent.mkdir(parents=True, exist_ok=True)
        engine = cast("Literal['auto', 'embedded', 'quarto']", self.settings.engine)
        mark = self._mark(source)
        out = self.made / file
        try:
            render(self.workspace, source, to, out, engine=engine, epoch=self.epoch, edition_mark=mark)
        except RenderError as error:
            return error.problems
        return ()

    def _mark(self, source: str) -> str:
        """Return the mark of invented data, also in the document's own language."""
        from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION

        if not self.content.synthetic:
            return ""
        language = source.removesuffix(".qmd").rpartition("-")[2]
        return " \u2013 ".join(filter(None, (SYNTHETIC_EDITION, self.plan.mark.get(language, ""))))

    def _check_pages(self, documents: Sequence[KitDocument]) -> None:
        from pypdf import PdfReader

        from twinbenefits.publishing.problems import PublishingError, SourceProblem

        problems = []
        for document in documents:
            pages = len(PdfReader(self.made / self._file(document)).pages) if document.pages else 0
            if pages != document.pages:
                rule = f"has {pages} pages, and must have {document.pages}"
                way_out = "Change the length of statements or text, or `pages` in kit/kit.yml."
                problems.append(SourceProblem(f"kit/{document.source}.qmd", None, None, None, rule, way_out))
        if problems:
            raise PublishingError(problems)

    def _write_forms(self) -> None:
        """Write the forms that votes are typed into; made out for the voters they carry codes."""
        from twinbenefits.evidence.study import Study
        from twinbenefits.evidence.votes.form import FORM_TABLES, write_form

        day = date.fromisoformat(self.as_of)
        study = Study.open(self.settings.root, self.settings.evidence, "workshop", FORM_TABLES, as_of=day)
        folder = self.made / self.plan.folder_of_codes if self.content.voters else self.made
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, self.plan.rounds + 1):
            for suffix in (".xlsx", ".csv"):
                path = folder / f"voting-form-round-{number}{suffix}"
                write_form(study, self.content.event, number, path, self.content.voters)
