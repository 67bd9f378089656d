"""What the last staging found in order, so that after an edit only the edited sources are checked.

The checks look at one source at a time, save for three things that reach from one to another: which sources
are gated because a gated one includes them, which claims are marked somewhere, and which sections there are.
Where an edit leaves these three as they were, and nothing but sources has changed, all other sources pass
again. If an edited source does not pass, or anything is uncertain, everything is checked from the beginning;
so whatever there is to say is said in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.claims_baseline import baseline_path
from twinbenefits.publishing.claims_marks import claim_marks
from twinbenefits.publishing.demonstration import demonstration_problems
from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.prose_gate import Document, check_documents, gated, read_documents
from twinbenefits.publishing.prose_gate_vocabulary import read_vocabulary
from twinbenefits.publishing.stage_names import name_problems, staged_images
from twinbenefits.publishing.stage_references import citation_problems

if TYPE_CHECKING:
    from twinbenefits.evidence.layout import Layout
    from twinbenefits.evidence.references import Columns
    from twinbenefits.publishing.runs import SourceText
    from twinbenefits.publishing.stage_registrations import Registrations
    from twinbenefits.publishing.stage_results import Staged

__all__ = ["LastStaging", "Staging", "Told"]

MOST = 6
"""Where more sources were edited, all are checked."""

SOURCE = ".qmd"


@dataclass(frozen=True)
class Staging:
    """Everything that is held against one another when an edition is staged.

    Parameters
    ----------
    layout
        Where the project stands.
    audience, evidence
        Which edition.
    staged
        Its registered results.
    sources, documents
        All sources, twice in the same order.
    registrations, references
        What the notebooks announce, and the table of references.
    """

    layout: Layout
    audience: str
    evidence: str
    staged: Staged
    sources: list[SourceText]
    documents: list[Document]
    registrations: Registrations
    references: Columns

    @property
    def results(self) -> Path:
        """The folder of the edition's results."""
        return self.layout.results(self.audience, self.evidence)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text of every registered value."""
        return {name: str(record["text"]) for name, record in self.staged.values.items()}


@dataclass(frozen=True)
class Told:
    """What documents are told of claims, and the claims that this edition leaves out."""

    claims: str
    left_out: tuple[str, ...]


class LastStaging:
    """What the last staging of an edition found in order.

    Parameters
    ----------
    now
        What is staged now.
    kept
        Where the last one is looked up, and kept for the next time.
    rests_on
        A digest by name of what staging rests on, its own code included.
    """

    def __init__(self, now: Staging, kept: Kept, rests_on: Mapping[str, str]) -> None:
        self.now, self.kept = now, kept
        besides = sorted(item for item in rests_on.items() if not item[0].endswith(SOURCE))
        listed = json.dumps([besides, now.audience, now.evidence, list(self._besides())])
        self.key = sha256(listed.encode()).hexdigest()

    def passes_again(self) -> Told | None:
        """Return what the last staging told of claims, if everything is still in order; else None."""
        found = self.kept.get(self.key)
        if not found:
            return None
        before: Mapping[str, Any] = json.loads(found[0])
        known: Mapping[str, Any] = before["documents"]
        if known.keys() != {document.file for document in self.now.documents} or self.now.staged.problems:
            return None
        edited = [
            (source, document)
            for source, document in zip(self.now.sources, self.now.documents, strict=True)
            if known[document.file]["digest"] != _digest(document.text)
        ]
        if len(edited) > MOST or any(source.run for source, _ in edited):
            return None
        told = Told(before["claims"], tuple(before["left_out"]))
        if changed := [document for _, document in edited]:
            if not self._in_order(changed, known, set(before["names"])):
                return None
            digests = {document.file: _digest(document.text) for document in changed}
            about = {file: {**one, "digest": digests.get(file, one["digest"])} for file, one in known.items()}
            self._keep(about, told)
        return told

    def keep(self, told: Told) -> None:
        """Keep that all documents, whose trees have been read, are in order."""
        documents = self.now.documents
        gates = gated(documents)
        whole = {document.file for document in documents if document.whole}.union(*gates.values())
        self._keep(_about(documents, gates, whole), told)

    def _keep(self, about: Mapping[str, Any], told: Told) -> None:
        names = sorted({name for document in self.now.documents for name in _names(document)})
        content = {"documents": about, "names": names, "claims": told.claims, "left_out": told.left_out}
        self.kept.put(self.key, json.dumps(content).encode())

    def _in_order(self, changed: list[Document], known: Mapping[str, Any], names: set[str]) -> bool:
        """Say whether edited sources pass by themselves, and reach to others as they did."""
        if read_documents(changed, self.kept):
            return False
        now = self.now
        whole = [replace(document, whole=bool(known[document.file]["whole"])) for document in changed]
        about = _about(whole, gated(whole), {document.file for document in whole if document.whole})
        if any(about[file] != {**known[file], "digest": about[file]["digest"]} for file in about):
            return False
        new_names = {name for document in changed for name in _names(document)} - names
        return not (
            check_documents(whole, read_vocabulary(now.layout.root), now.texts)
            or (new_names and name_problems(changed, now.staged, now.registrations, now.results))
            or citation_problems(changed, now.references, {})
            or demonstration_problems(changed, now.staged)
        )

    def _besides(self) -> Iterable[Sequence[str | int]]:
        """Yield a digest of what the checks read besides; other tables only lend their ids to the gate.

        Of those it is their size and time, for what is private may not show in an unkeyed digest.
        """
        layout = self.now.layout
        files = [*sorted(layout.notebooks.glob("*.ipynb")), *sorted(layout.notebooks.glob("*.yml"))]
        files += sorted(self.now.results.glob("*/*.json"))
        files += [path for path in [baseline_path(layout, self.now.evidence)] if path.is_file()]
        yield from ((str(path.relative_to(layout.root)), _digest_of(path)) for path in files)
        for path in sorted(layout.data.glob("*/*.csv")):
            about = path.stat()
            yield str(path.relative_to(layout.root)), about.st_size, about.st_mtime_ns, about.st_ino


def _about(
    documents: Sequence[Document], gates: Mapping[str, Iterable[str]], whole: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return by document what of it concerns others, beside a digest of its text.

    Parameters
    ----------
    documents
        The sources.
    gates
        Which others each makes gated.
    whole
        Those that are gated as a whole.
    """
    return {
        document.file: {
            "digest": _digest(document.text),
            "whole": document.file in whole,
            "gates": sorted(gates[document.file]),
            "marks": sorted({mark.key for mark in claim_marks(document.text)}),
            "sections": _digest("\n".join(line for line in document.text.split("\n") if "#" in line)),
        }
        for document in documents
    }


def _names(document: Document) -> set[str]:
    """Return the values and the files that a source names."""
    codes = document.shortcodes
    named = {f"var {code.arguments[0]}" for code in codes if code.name == "var" and code.arguments}
    named |= {document.included(code) for code in codes if code.name == "include"}
    return named | {path for path, _ in staged_images(document)}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
