"""Editions of the manuscript for outlets: anonymous or titled, measured against the outlet, scanned."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.anonymous import anonymise, identity_of
from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
from twinbenefits.publishing.outlets import OUTLETS, Measured, Outlet, measure, read_outlets
from twinbenefits.publishing.scan_words import Word
from twinbenefits.workflow.settings import Settings, SettingsError

Kind = Literal["anonymous", "titled"]
KINDS: tuple[Kind, ...] = ("anonymous", "titled")
MANUSCRIPT = "paper/index.qmd"
FORMATS = {"html": "manuscript.html", "typst": "manuscript.pdf", "docx": "manuscript.docx"}
SLIDES = {"pptx": "slides.pptx"}
FOLDER = "_output/editions"


@dataclass(frozen=True, slots=True)
class EditionReport:
    """What was made for an outlet.

    Parameters
    ----------
    kind, outlet
        What was asked for.
    folder
        Where it stands, from the project's folder.
    measured
        How the manuscript stands against the outlet.
    done
        What was taken out.
    """

    kind: Kind
    outlet: Outlet
    folder: str
    measured: tuple[Measured, ...]
    done: tuple[str, ...]

    def as_json(self) -> str:
        """Return everything for a machine."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    def as_text(self) -> str:
        """Return everything for a reader."""
        outlet = self.outlet
        seen = "confirmed by an author" if outlet.verified else "not confirmed by an author"
        lines = [f"{outlet.name}, {self.kind} (limits seen on {outlet.seen_on}, {seen})"]
        for one in self.measured:
            judged = {True: "fits", False: "DOES NOT FIT", None: "no limit known"}[one.fits]
            lines.append(f"  {one.what}: {one.found} (asked: {one.asked}), {judged}")
        lines += [f"  {line}" for line in self.done]
        return "\n".join([*lines, f"Written to {self.folder}/"])


def make_edition(settings: Settings, kind: str, outlet: str, *, demonstration: bool) -> EditionReport:
    """Render the manuscript and the slides for an outlet.

    Parameters
    ----------
    settings
        Which edition's results; it must have been built.
    kind
        ``anonymous`` or ``titled``.
    outlet
        A key of the outlets' profiles.
    demonstration
        Whether an edition with demonstration evidence is wanted.

    Raises
    ------
    SettingsError
        If there is no such outlet or kind, demonstration evidence would be sent out unasked, or nothing has
        been built.
    EvidenceError
        If the scan finds an author in an anonymous edition. Nothing has been written then.
    """
    profile = _profile(settings.root, outlet)
    if kind not in KINDS:
        raise SettingsError(f"There is no edition {kind!r}; there are {', '.join(KINDS)}.")
    if settings.evidence == "demo" and not demonstration:
        raise SettingsError(
            "The case evidence of this edition is invented, so it must not be sent to an outlet. For a "
            "trial, name "
            "--demonstration; for the study itself: EVIDENCE=private."
        )
    if not (settings.workspace / MANUSCRIPT).is_file():
        raise SettingsError(
            f"This edition has not been built yet: make paper AUDIENCE={settings.audience} "
            f"EVIDENCE={settings.evidence}"
        )
    target = settings.root / FOLDER / f"{outlet}-{kind}"
    if settings.evidence == "private":
        target = settings.layout.root / "_output" / "private" / "editions" / f"{outlet}-{kind}"
    with tempfile.TemporaryDirectory(prefix="edition-") as folder:
        workspace, fresh = Path(folder) / "project", Path(folder) / "out"
        shutil.copytree(settings.workspace, workspace)
        fresh.mkdir()
        facts = read_facts(settings.layout)
        citation = settings.root / "CITATION.cff"
        identity = identity_of(facts, citation.read_text("utf-8") if citation.is_file() else "")
        done = anonymise(workspace, identity) if kind == "anonymous" else []
        measured = tuple(measure(profile, workspace, MANUSCRIPT))
        _render(settings, workspace, fresh)
        if kind == "anonymous":
            _prove(fresh, identity.words)
        report = EditionReport(kind, profile, settings.layout.shown(target), measured, tuple(done))
        (fresh / "checklist.json").write_text(report.as_json() + "\n", "utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target)
    return report


def _profile(root: Path, outlet: str) -> Outlet:
    outlets = read_outlets(root)
    if outlet not in outlets:
        meant = nearest(outlet, outlets)
        asked = f" Did you mean {meant}?" if meant else ""
        raise SettingsError(f"{OUTLETS} has no outlet {outlet!r}; it has {', '.join(outlets)}.{asked}")
    return outlets[outlet]


def _render(settings: Settings, workspace: Path, into: Path) -> None:
    from twinbenefits.publishing.render import render
    from twinbenefits.workflow.steps import Steps

    steps = Steps(settings)
    day = datetime.fromisoformat(steps.as_of).replace(tzinfo=UTC)
    slides = sorted(
        path.relative_to(workspace).as_posix() for path in (workspace / "slides").glob("workshop-1.qmd")
    )
    jobs = [(MANUSCRIPT, to, name) for to, name in FORMATS.items()]
    jobs += [(source, to, name) for source in slides for to, name in SLIDES.items()]
    mark = SYNTHETIC_EDITION if steps.rendering.has_synthetic else ""
    for source, to, name in jobs:
        render(
            workspace,
            source,
            to,
            into / name,
            engine="embedded",
            epoch=int(day.timestamp()),
            edition_mark=mark,
        )


def _prove(folder: Path, words: Sequence[Word]) -> None:
    """Refuse an edition in which anything that gives the authors away is found."""
    from twinbenefits.publishing.scan import refuse, scan_files

    files = {path.name: path for path in sorted(folder.iterdir())}
    refuse(scan_files(files, words, places=False), name_words=True)
