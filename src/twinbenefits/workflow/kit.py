"""Make the kit of one workshop: everything a facilitator prints, shows, and types votes into.

First the edition for the audience `workshop` is brought up to date. Then the kit's documents are rendered in
a folder of their own, looked through as every edition is, and moved into place as a whole.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.workflow.build import FAILED, FINE, NOT_TRIED, build, explained
from twinbenefits.workflow.build_lock import only_build
from twinbenefits.workflow.files import files_below
from twinbenefits.workflow.interrupts import stopping_cleanly
from twinbenefits.workflow.kit_documents import FROM_EDITION, KitDocuments, deck_of
from twinbenefits.workflow.progress import Report, choose_report
from twinbenefits.workflow.scanning import check_forbidden_list, words_looked_for
from twinbenefits.workflow.settings import Settings, SettingsError
from twinbenefits.workflow.staleness import Step, digests, environment_inputs, file_digest
from twinbenefits.workflow.steps import PACKAGE, Steps, expected_errors
from twinbenefits.workflow.swap import put_in_place, recover

if TYPE_CHECKING:
    from twinbenefits.publishing.kit_content import KitContent
    from twinbenefits.publishing.kit_plan import Plan

__all__ = ["KITS", "make_kit"]

KITS = "kit"


def make_kit(settings: Settings, event: str, *, force: bool = False, report: Report | None = None) -> int:
    """Bring the kit of a workshop up to date.

    Parameters
    ----------
    settings : Settings
        The edition for the audience `workshop`.
    event : str
        Code of the workshop.
    force : bool
        Make the kit anew.
    report : Report, optional
        Where progress is shown.

    Returns
    -------
    int
        0 when the kit is up to date, 1 when a step failed, 2 when it could not be tried.

    Raises
    ------
    EvidenceError, SettingsError
        If there is no such workshop, nothing to vote on, or no list of forbidden words for real evidence.
    """
    report = report or choose_report()
    check_forbidden_list(settings)
    work = _KitWork(settings, event)
    work.check()
    before = _kits(settings)
    status = build(settings, report=report)
    if status != FINE:
        return status
    for other in sorted(before - _kits(settings) - {event}):
        report.say(
            f"The edition has changed: the kit of {other} was taken away. Make it again when you need it."
        )
    started = time.monotonic()
    try:
        with (
            only_build(settings.state, lambda holder: report.say(f"Waiting for process {holder}.")),
            stopping_cleanly(work.steps.activity, work.tidy),
        ):
            recover(work.target.parent)
            step = work.step
            if not force and step.is_current():
                shown = settings.layout.shown(work.target)
                report.say(f"nothing to do: {shown}/ is up to date ({time.monotonic() - started:.1f} s)")
                return FINE
            report.begin(step.name, step.title)
            step.run()
            work.steps.modules.save()
            report.done(step.name, step.title)
    except expected_errors() as error:
        work.tidy()
        kept = f"{settings.layout.shown(work.target)}/ is as it was."
        said = explained(error) if isinstance(error, OSError) else str(error)
        report.say(f"{said}\nNothing was put in place; {kept}")
        return NOT_TRIED if isinstance(error, OSError) else FAILED
    finally:
        report.close()
    for line in work.told(time.monotonic() - started):
        report.say(line)
    return FINE


def _kits(settings: Settings) -> set[str]:
    folder = settings.output / KITS
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()


@dataclass
class _KitWork:
    """The making of one kit."""

    settings: Settings
    event: str

    def check(self) -> None:
        """Refuse what cannot be made before an edition is built for it."""
        if self.settings.audience != "workshop":
            raise SettingsError("A kit is made for the audience 'workshop' and for no other.")
        _, content = self._read()
        deck = deck_of(content)
        if not (self.settings.root / deck).is_file():
            way_out = f"Write {deck}; the deck of the workshop before is a good beginning."
            raise SettingsError(f"{self.event} is workshop {content.order}, and it has no deck. {way_out}")

    @cached_property
    def steps(self) -> Steps:
        """The edition's steps, for the day and the code it was made with."""
        return Steps(self.settings)

    @property
    def target(self) -> Path:
        """Where the finished kit stands."""
        return self.settings.output / KITS / self.event

    @property
    def _folder(self) -> Path:
        return self.settings.running / f"kit-{self.event}"

    @property
    def step(self) -> Step:
        """The work with what it rests on, so that a second run has nothing to do."""
        return Step(
            f"kit:{self.event}",
            f"make the kit of {self.event}",
            self._inputs,
            [self.target],
            self._make,
            self.settings.state / "records" / f"kit--{self.event}.json",
            self.settings.root,
        )

    def tidy(self) -> None:
        """Remove what is half-made."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _inputs(self) -> dict[str, str]:
        layout = self.settings.layout
        evidence = layout.cases(self.settings.evidence)
        files = [
            *(self.settings.workspace / name for name in FROM_EDITION),
            *sorted(evidence.glob("*.csv")),
            *files_below(layout.study),
            layout.private / "forbidden.txt",
            *sorted(self.settings.results.glob("*/tables/*.csv")),
        ]
        assets = [file for file in files_below(PACKAGE / "publishing") if file.suffix != ".py"]
        closure = self.steps.modules.closure(["twinbenefits.workflow.kit"])
        return {
            **digests(files, self.settings.root),
            **{f"asset {file.relative_to(PACKAGE).as_posix()}": file_digest(file) for file in assets},
            **{f"module {name}": value for name, value in closure.items()},
            **environment_inputs(self.steps.project),
            "the engine": self._engine,
            "the date of the evidence": self.steps.as_of,
        }

    @property
    def _engine(self) -> str:
        found = None if self.settings.engine == "embedded" else shutil.which("quarto")
        return f"quarto at {found}" if found else "embedded"

    def _read(self) -> tuple[Plan, KitContent]:
        from twinbenefits.publishing.kit_content import read_kit
        from twinbenefits.publishing.kit_plan import read_plan

        layout = self.settings.layout
        plan = read_plan(layout)
        as_of = date.fromisoformat(self.steps.as_of)
        return plan, read_kit(layout, self.settings.evidence, self.event, plan, as_of)

    def _make(self) -> Mapping[str, Any]:
        self.tidy()
        plan, content = self._read()
        documents = KitDocuments(
            self.settings,
            plan,
            content,
            workspace=self._folder / "project",
            made=self._folder / "made",
            as_of=self.steps.as_of,
            epoch=self.steps.epoch,
        )
        with self.steps.activity.working(f"kit:{self.event}"):
            documents.make()
            self._look_through(documents.made, content, plan)
            open_points = documents.open_points()
            self._put_in_place(documents.made, content)
        self.tidy()
        return {
            "open": open_points,
            "voters": len(content.voters),
            "findings": len(content.findings),
            "usual": list(plan.statements),
        }

    def _look_through(self, made: Path, content: KitContent, plan: Plan) -> None:
        """Scan all that was made; a voter's code may stand in the folder of codes and nowhere else."""
        from twinbenefits.publishing.kit_codes import CodesApart
        from twinbenefits.publishing.scan import refuse, scan_files
        from twinbenefits.publishing.scan_closed import closed_evidence

        words = words_looked_for(self.settings)
        day = date.fromisoformat(self.steps.as_of)
        closed = closed_evidence(self.settings.layout, self.settings.evidence, "workshop", day)
        files = {path.relative_to(made).as_posix(): path for path in files_below(made)}
        apart = {name for name in files if name.startswith(f"{plan.folder_of_codes}/")}
        hits = scan_files({name: files[name] for name in files if name not in apart}, words, closed)
        hits += scan_files({name: files[name] for name in apart}, words, CodesApart(closed, content.voters))
        refuse(hits, name_words=False)

    def _put_in_place(self, made: Path, content: KitContent) -> None:
        from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
        from twinbenefits.publishing.manifest import publish

        finished = self._folder / "finished"
        scanned = {path.relative_to(made).as_posix(): file_digest(path) for path in files_below(made)}
        publish(
            made,
            finished,
            audience="workshop",
            evidence=self.settings.evidence,
            scanned=scanned,
            mark=SYNTHETIC_EDITION if content.synthetic else "",
        )
        put_in_place(finished, self.target)

    def told(self, seconds: float) -> Iterator[str]:
        """Yield what the facilitator should know."""
        from twinbenefits.workflow.staleness import Record

        record = Record.read(self.step.record)
        notes = record.notes if record else {}
        shown = self.settings.layout.shown(self.target)
        files = len(files_below(self.target))
        yield f"Done in {seconds:.1f} s: {files} files in {shown}/. Begin with facilitator-guide.pdf."
        if not notes.get("voters"):
            yield (
                f"No voters are listed for {self.event} yet: the voting sheet has an empty field for the "
                "code. List them in voters.csv and make the kit again for sheets that are made out."
            )
        low, high = notes.get("usual", (0, 0))
        if not low <= notes.get("findings", low) <= high:
            yield (
                f"{notes['findings']} findings are to be voted on; {low} to {high} can be talked through "
                "in one workshop."
            )
        if notes.get("open"):
            points = ", ".join(f"{name} ({count})" for name, count in notes["open"].items())
            yield f"Open for the authors, highlighted on the page: {points}."
