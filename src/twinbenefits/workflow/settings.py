"""What one build is about: the project's folder, for whom, on which evidence, with which engine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.workflow.executors.executor import problems_with

AUDIENCES = ("public", "team", "workshop", "reviewers", "company:<id>")
_COMPANY = re.compile(r"company:[A-Za-z0-9][A-Za-z0-9_-]*")
EVIDENCES = ("demo", "private")
ENGINES = ("auto", "embedded", "quarto")
AS_OF_VARIABLE = "TWINBENEFITS_AS_OF"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_known(value: str, known: tuple[str, ...]) -> bool:
    if known is AUDIENCES and value.startswith("company"):
        return _COMPANY.fullmatch(value) is not None
    return value in known


class SettingsError(ValueError):
    """The build cannot be tried with these settings; the text says why and how to go on."""


@dataclass(frozen=True)
class Settings:
    """The choices one build is made with.

    Parameters
    ----------
    root : Path
        The project's folder.
    audience, evidence, engine : str
        One of `AUDIENCES` (a company by its case, as in ``company:K1``), `EVIDENCES` and `ENGINES`.
    parameters : mapping of str to mapping
        Per notebook, the parameters that differ from their defaults.
    as_of : str, optional
        ISO date on which the evidence is looked at; by default the study's own rule decides.
    executor : str
        Where notebooks are run: ``local`` or ``dask``.
    scheduler : str
        The address of the cluster's scheduler, for ``dask``.
    """

    root: Path
    audience: str = "public"
    evidence: str = "demo"
    engine: str = "auto"
    parameters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    as_of: str | None = None
    executor: str = "local"
    scheduler: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be built, all at once, before anything is touched."""
        problems = [
            f"{name} is {value!r}; known are {', '.join(known)}."
            for name, value, known in (
                ("The audience", self.audience, AUDIENCES),
                ("The evidence", self.evidence, EVIDENCES),
                ("The engine", self.engine, ENGINES),
            )
            if not _is_known(value, known)
        ]
        if self.as_of is not None and not _is_day(self.as_of):
            problems.append(f"{AS_OF_VARIABLE} is {self.as_of!r}; write a day as in 2026-11-01, or unset it.")
        problems += problems_with(self.executor, self.scheduler, self.evidence)
        if self.evidence == "private" and not self.layout.private.is_dir():
            problems.append(
                f"The evidence is 'private', but {self.layout.shown(self.layout.private)}/ does not exist. "
                "Begin with `twinbenefits private init`, or take the demonstration: EVIDENCE=demo."
            )
        if problems:
            raise SettingsError("\n".join(problems))

    @classmethod
    def from_environment(
        cls,
        root: Path | None = None,
        *,
        audience: str | None = None,
        evidence: str | None = None,
        engine: str | None = None,
        parameters: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Settings:
        """Fill what is not given from ``AUDIENCE``, ``EVIDENCE``, ``ENGINE`` and ``TWINBENEFITS_AS_OF``."""
        try:
            found = root if root is not None else find_root()
        except EvidenceError as error:
            raise SettingsError("\n".join(map(str, error.problems))) from None
        return cls(
            root=found,
            audience=audience or os.environ.get("AUDIENCE") or "public",
            evidence=evidence or os.environ.get("EVIDENCE") or "demo",
            engine=engine or os.environ.get("ENGINE") or "auto",
            parameters=parameters or {},
            as_of=os.environ.get(AS_OF_VARIABLE) or None,
        )

    @property
    def layout(self) -> Layout:
        """The project's folders."""
        return Layout(self.root)

    @property
    def results(self) -> Path:
        """Where the notebooks' registered results stand."""
        return self.layout.results(self.audience, self.evidence)

    @property
    def output(self) -> Path:
        """Where finished documents are published."""
        return self.layout.output(self.audience, self.evidence)

    @property
    def state(self) -> Path:
        """The build's own folder: records, workspace and rendered documents."""
        return self.layout.build(self.audience, self.evidence)

    @property
    def workspace(self) -> Path:
        """A copy of the sources with the staged results beside them."""
        return self.state / "project"

    @property
    def rendered(self) -> Path:
        """Rendered documents before they are published."""
        return self.state / "rendered"

    @property
    def kept(self) -> Path:
        """What earlier builds have drawn and read, which later ones need not do again."""
        return self.state / "kept"

    @property
    def running(self) -> Path:
        """Half-made things; emptied at the start of every build."""
        return self.state / "running"
