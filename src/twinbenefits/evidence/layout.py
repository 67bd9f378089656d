"""Where everything stands: the one place that knows the project's folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from twinbenefits.evidence.problems import EvidenceError, Problem

ROOT_VARIABLE = "TWINBENEFITS_ROOT"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one project.

    Parameters
    ----------
    root
        The project's top folder, which holds `_quarto.yml` and `data/study`.
    """

    root: Path

    @property
    def data(self) -> Path:
        """All evidence."""
        return self.root / "data"

    @property
    def literature(self) -> Path:
        """Tables read from the deck and from the literature."""
        return self.data / "literature"

    @property
    def study(self) -> Path:
        """The study's own instruments: codebook, scales, propositions, rules, facts."""
        return self.data / "study"

    @property
    def demo(self) -> Path:
        """Synthetic case evidence, committed."""
        return self.data / "demo"

    @property
    def private(self) -> Path:
        """Real case evidence; git-ignored and absent in a clone."""
        return self.data / "private"

    def cases(self, evidence: str) -> Path:
        """Return where the case tables of some evidence stand: those of `private` or `demo`."""
        return self.private if evidence == "private" else self.demo

    @property
    def notebooks(self) -> Path:
        """The notebooks."""
        return self.root / "notebooks"

    @property
    def paper(self) -> Path:
        """Sources of the paper."""
        return self.root / "paper"

    @property
    def slides(self) -> Path:
        """Sources of the slides."""
        return self.root / "slides"

    @property
    def references(self) -> Path:
        """The bibliography's folder."""
        return self.root / "references"

    def results(self, audience: str, evidence: str) -> Path:
        """Registered results of one audience; private evidence has a branch of its own."""
        return self.root / "results" / _branch(audience, evidence)

    def output(self, audience: str, evidence: str) -> Path:
        """Documents of one audience; private evidence has a branch of its own."""
        return self.root / "_output" / _branch(audience, evidence)

    def build(self, audience: str, evidence: str) -> Path:
        """Working state of a build, ignored by git."""
        return self.root / ".build" / evidence / folder_name(audience)

    def shown(self, path: Path) -> str:
        """Return `path` as seen from the root, with forward slashes, for messages and provenance."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.name


def folder_name(audience: str) -> str:
    """Return a folder name for an audience; `company:C1` becomes `company-C1` (no colon on Windows)."""
    return audience.replace(":", "-")


def find_root(start: Path | str | None = None) -> Path:
    """Return the project's top folder.

    The environment variable `TWINBENEFITS_ROOT` wins; otherwise the search climbs from `start`
    (default: the working directory) to the first folder that holds `_quarto.yml` and `data/study`.

    Raises
    ------
    EvidenceError
        If no such folder is found.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if start is None and named:
        return _named_root(Path(named))
    here = Path.cwd() if start is None else Path(start).resolve()
    for folder in (here, *here.parents):
        if _is_root(folder):
            return folder
    raise EvidenceError(
        Problem(
            file=here.name,
            row=None,
            column=None,
            value=None,
            rule="neither this folder nor one above it holds _quarto.yml and data/study",
            way_out=f"Work inside the project's folder, or set {ROOT_VARIABLE} to it.",
        )
    )


def _named_root(named: Path) -> Path:
    if _is_root(named):
        return named.resolve()
    raise EvidenceError(
        Problem(
            file=str(named),
            row=None,
            column=None,
            value=None,
            rule=f"{ROOT_VARIABLE} must name a folder that holds _quarto.yml and data/study",
            way_out=f"Set {ROOT_VARIABLE} to the project's top folder, or unset it.",
        )
    )


def _is_root(folder: Path) -> bool:
    return (folder / "_quarto.yml").is_file() and (folder / "data" / "study").is_dir()


def _branch(audience: str, evidence: str) -> Path:
    name = folder_name(audience)
    return Path("private", name) if evidence == "private" else Path(name)
