"""Stage: put registered results beside the sources, once everything in the sources is in order.

Writes ``_variables.yml`` (the values) and ``_staged/`` (snippets, figures and the bibliography) for documents
to include. Before anything is written, all sources are read and every problem is reported at once: names that
nobody registers, numbers typed into results, works that may not be cited, displays that are not there, claims
that do not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.atomic import copy_file, remove_unlisted, write_text
from twinbenefits.publishing.claims_marks import CLAIMS_FILE, EVIDENCE_PAGE, staged_claims
from twinbenefits.publishing.demonstration import demonstration_problems
from twinbenefits.publishing.disclosure_check import disclosure_problems
from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.prose_gate import Document, check_documents, read_documents
from twinbenefits.publishing.prose_gate_vocabulary import read_vocabulary
from twinbenefits.publishing.runs import SourceText, source_texts, write_made
from twinbenefits.publishing.stage_again import LastStaging, Staging, Told
from twinbenefits.publishing.stage_names import FOLDER, name_problems, staged_images
from twinbenefits.publishing.stage_references import (
    bibliography,
    citation_problems,
    may_cite_wrongly,
    read_references,
)
from twinbenefits.publishing.stage_registrations import Registrations
from twinbenefits.publishing.stage_results import EVIDENCE_SET, Staged, read_results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinbenefits.evidence.problems import Problem
    from twinbenefits.publishing.claims import ClaimsReport

__all__ = ["SOURCES", "StageReport", "stage"]

SOURCES = ("index.qmd", "paper/*.qmd", "slides/*.qmd", "kit/*.qmd", "briefs/*.qmd")
WHOLE = ("slides/", "briefs/")  # gated from the first word to the last
VARIABLES, BIBLIOGRAPHY = "_variables.yml", "references.bib"
MARKDOWN = re.compile(r"([\\`*_\[\]<>$^~|#@{}])")


@dataclass(frozen=True, slots=True)
class StageReport:
    """What staging did.

    Parameters
    ----------
    written, removed
        Files whose bytes changed, and files that are no longer made, relative to the target folder.
    unused_values, unused_displays
        What is registered and named by no source.
    synthetic
        For each source the values and displays in it that rest on synthetic data.
    left_out
        The claims whose sentences this edition leaves out, because it cannot tell whether they hold.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    unused_values: tuple[str, ...]
    unused_displays: tuple[str, ...]
    synthetic: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()

    @property
    def unused(self) -> tuple[str, ...]:
        """Everything that is registered and named by no source."""
        return (*self.unused_values, *self.unused_displays)


def stage(
    root: Path,
    audience: str,
    evidence: str,
    into: Path,
    kept: Kept | None = None,
    rests_on: Mapping[str, str] | None = None,
) -> StageReport:
    """Check the sources and stage the results of one edition.

    Parameters
    ----------
    root
        The project's top folder.
    audience, evidence
        Which edition's results are staged.
    into
        Where ``_variables.yml`` and ``_staged/`` are written: a workspace, or the project itself.
    kept
        Where sources that were read before are looked up, instead of being read again.
    rests_on
        A digest by name of what staging rests on; without it every source is checked, edited or not.

    Returns
    -------
    StageReport
        What was written, what was deleted, and what no source uses.

    Raises
    ------
    EvidenceError
        With all problems of sources and results at once; then nothing has been written.
    """
    layout = Layout(Path(root))
    sources = _sources(layout)
    documents = [
        Document(source.file, source.text, whole=source.file.startswith(WHOLE)) for source in sources
    ]
    staged, references = read_results(layout, audience, evidence), read_references(layout)
    now = Staging(layout, audience, evidence, staged, sources, documents, Registrations(layout), references)
    page = EVIDENCE_PAGE if into.resolve() != layout.root.resolve() else ""
    last = LastStaging(now, kept, rests_on) if kept and rests_on and page else None
    told = last.passes_again() if last else None
    if told is None:
        claims = _check(now, kept)
        shown = page if claims.states else ""
        told = Told(staged_claims(claims.notes, claims.left_out, shown, claims.invented), claims.left_out)
        if last:
            last.keep(told)
    written, removed = _write(into, staged, now.texts, bibliography(layout, references), told.claims)
    written += write_made(into, sources)
    return replace(_report(documents, staged, written, removed), left_out=told.left_out)


def _check(now: Staging, kept: Kept | None) -> ClaimsReport:
    """Hold all sources and results to everything, and return the state of the claims."""
    from twinbenefits.publishing.claims import check_claims

    layout, staged = now.layout, now.staged
    snippets = [
        Document(f"{FOLDER}/{name}", path.read_text("utf-8"))
        for name, path in sorted(staged.files.items())
        if path.suffix == ".md" and path.is_file()
    ]
    snippets = [snippet for snippet in snippets if may_cite_wrongly(snippet.text, now.references)]
    problems = [*staged.problems, *read_documents([*now.documents, *snippets], kept)]
    problems += check_documents(now.documents, read_vocabulary(layout.root), now.texts)
    problems += name_problems(now.documents, staged, now.registrations, now.results)
    makers = {f"{FOLDER}/{name}": layout.shown(path) for name, path in staged.files.items()}
    problems += disclosure_problems(now.results, layout.shown(now.results))
    problems += citation_problems([*now.documents, *snippets], now.references, makers)
    problems += demonstration_problems(now.documents, staged)
    claims = check_claims(layout, now.audience, now.evidence, staged, now.registrations)
    if staged.values or staged.displays or not problems:  # else it has been said that there are no results
        problems += [*claims.problems, *claims.refusals]
    if problems:
        raise PublishingError(_where_written(problems, now.sources))
    return claims


def _sources(layout: Layout) -> list[SourceText]:
    paths = [path for pattern in SOURCES for path in sorted(layout.root.glob(pattern))]
    return source_texts(layout, [path.relative_to(layout.root).as_posix() for path in paths])


def _where_written(problems: Sequence[Problem], sources: Sequence[SourceText]) -> list[Problem]:
    """Name the file that somebody can mend, once: all runs of a pattern may have the same fault."""
    written_in = {source.file: source.written_in for source in sources}
    return list(
        dict.fromkeys(
            replace(problem, file=written_in.get(problem.file, problem.file)) for problem in problems
        )
    )


def _write(
    into: Path, staged: Staged, texts: Mapping[str, str], entries: str, claims: str
) -> tuple[list[str], list[str]]:
    variables = {name: MARKDOWN.sub(r"\\\1", text) for name, text in sorted(texts.items())}
    content = yaml.safe_dump(variables, allow_unicode=True, width=10**6) if variables else "{}\n"
    written = [VARIABLES] if write_text(into / VARIABLES, content) else []
    for name, path in sorted(staged.files.items()):
        if copy_file(path, into / FOLDER / name):
            written.append(f"{FOLDER}/{name}")
    for name, made in ((BIBLIOGRAPHY, entries), (CLAIMS_FILE, claims)):
        if write_text(into / FOLDER / name, made):
            written.append(f"{FOLDER}/{name}")
    removed = remove_unlisted(into / FOLDER, map(Path, [*staged.files, BIBLIOGRAPHY, CLAIMS_FILE]))
    return written, [f"{FOLDER}/{path.as_posix()}" for path in removed]


def _report(
    documents: Sequence[Document], staged: Staged, written: Sequence[str], removed: Sequence[str]
) -> StageReport:
    by_file = {file: display for display, record in staged.displays.items() for file in _names(record)}
    values: set[str] = set()
    displays: set[str] = set()
    synthetic: dict[str, tuple[str, ...]] = {}
    for document in documents:
        named = {code.arguments[0] for code in document.shortcodes if code.name == "var" and code.arguments}
        included = [document.included(code) for code in document.shortcodes if code.name == "include"]
        files = [
            path.rpartition("/")[2] for path in [*included, *(path for path, _ in staged_images(document))]
        ]
        shown = {by_file[file] for file in files if file in by_file}
        values, displays = values | named, displays | shown
        marked = [name for name in sorted(named) if staged.values[name]["mark"]]
        marked += [name for name in sorted(shown) if staged.displays[name]["mark"]]
        if marked:
            synthetic[document.file] = tuple(marked)
    values |= {name for record in staged.displays.values() for name in record["values"]}
    return StageReport(
        written=tuple(written),
        removed=tuple(removed),
        unused_values=tuple(sorted(set(staged.values) - values - {EVIDENCE_SET})),
        unused_displays=tuple(sorted(set(staged.displays) - displays)),
        synthetic=synthetic,
    )


def _names(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the staged names of a display: its snippets, its figure with and without the suffix."""
    for file in record["files"]:
        path = Path(file)
        yield path.name
        if path.parent.name == "figures":
            yield path.stem
