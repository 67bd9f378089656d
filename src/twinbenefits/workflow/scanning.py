"""The step between rendering and publishing: what was made is looked through, and only then moved on.

Files that were looked through before, for the same words and passages, are not looked through again, nor
are figures and other parts that a changed file has in common with them. Which they were is kept in the
build's own folder, and publishing takes nothing that does not stand there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.workflow.files import names_below
from twinbenefits.workflow.settings import Settings
from twinbenefits.workflow.staleness import digest, digests, file_digest

if TYPE_CHECKING:
    from twinbenefits.publishing.scan import Hit
    from twinbenefits.publishing.scan_passages import ClosedEvidence
    from twinbenefits.publishing.scan_words import Word

__all__ = ["check_forbidden_list", "passed", "scan", "scan_inputs", "words_looked_for"]

FORBIDDEN = "forbidden.txt"
PASSED = "scanned.json"
HISTORY = "scanned_history.json"


def scan_inputs(settings: Settings, outputs: Sequence[Path], as_of: str) -> dict[str, str]:
    """Return what the scan rests on: everything it looks through and everything it looks for.

    Parameters
    ----------
    settings
        What the build is about.
    outputs
        The rendered files, relative to their folder.
    as_of
        The day for which permissions are judged.
    """
    found = digests(_looked_through(settings, outputs), settings.root)
    found |= digests([_forbidden(settings)], settings.root)
    if settings.evidence == "private":
        found["commit"] = _commit(settings.root)
    return {**found, **_evidence(settings), "the date of the evidence": as_of}


def scan(
    settings: Settings,
    outputs: Sequence[Path],
    as_of: str,
    code: Mapping[str, str],
    found: ClosedEvidence | None = None,
) -> None:
    """Look through what was made for an audience; with private evidence also through what git keeps.

    Parameters
    ----------
    settings, outputs, as_of
        As in `scan_inputs`.
    code
        The modules that look, by their digests: better ones look through everything again.
    found
        What the audience may not see, if it was found out already.

    Raises
    ------
    EvidenceError
        If something was found, with every place; or if the private list of forbidden words is missing or
        empty. Nothing counts as looked through then.
    """
    from twinbenefits.publishing.atomic import write_text
    from twinbenefits.publishing.scan import refuse, scan_files
    from twinbenefits.publishing.scan_parts import Parts

    kept = settings.state / PASSED
    words = words_looked_for(settings)
    closed = found or _closed_evidence(settings, as_of)
    told = [file_digest(_forbidden(settings)), *(word.text for word in words), closed.digest, dict(code)]
    rules = digest(json.dumps(told))
    before, parts = _read(kept, rules), Parts(_read(kept, rules, "parts"))
    files = _files(settings, outputs)
    now = {name: file_digest(path) for name, path in files.items()}
    new = {name: path for name, path in files.items() if before.get(name) != now[name]}
    kept.unlink(missing_ok=True)
    hits: list[Hit] = scan_files(new, words, closed, parts=parts)
    if settings.evidence == "private":
        hits += _history(settings, words)
    refuse(hits, name_words=settings.audience == "team" and sys.stdout.isatty())
    passed = {"rules": rules, "files": now, "parts": parts.known}
    write_text(kept, json.dumps(passed, indent=1) + "\n")


def _closed_evidence(settings: Settings, as_of: str) -> ClosedEvidence:
    from twinbenefits.publishing.scan_closed import closed_evidence  # takes pandas along

    day = date.fromisoformat(as_of)
    return closed_evidence(settings.layout, settings.evidence, settings.audience, day)


def passed(settings: Settings) -> dict[str, str]:
    """Return the rendered files that the last scan has passed, each with its SHA-256."""
    found = _read(settings.state / PASSED, None)
    folder = f"{settings.layout.shown(settings.rendered)}/"
    return {name.removeprefix(folder): value for name, value in found.items() if name.startswith(folder)}


def check_forbidden_list(settings: Settings) -> None:
    """Refuse a private build without a list of forbidden words before an hour of work is put into it.

    Raises
    ------
    EvidenceError
        If the list is missing or empty and the evidence is private.
    """
    if settings.evidence == "private":
        _words(settings)


def words_looked_for(settings: Settings) -> list[Word]:
    """Return what may stand in no file: the forbidden words and the places of this machine."""
    from twinbenefits.publishing.scan import machine_places

    return [*_words(settings), *machine_places(settings.root)]


def _files(settings: Settings, outputs: Sequence[Path]) -> dict[str, Path]:
    """Return what is looked through, by its name in messages: documents and registered results."""
    return {settings.layout.shown(path): path for path in map(Path, _looked_through(settings, outputs))}


def _looked_through(settings: Settings, outputs: Sequence[Path]) -> list[str]:
    rendered = (str(settings.rendered / output) for output in outputs)
    return [*rendered, *names_below(str(settings.results))]


def _forbidden(settings: Settings) -> Path:
    return settings.layout.private / FORBIDDEN


def _words(settings: Settings) -> tuple[Word, ...]:
    """Return the forbidden words; a demonstration is held to them too where there is a list."""
    from twinbenefits.publishing.scan_words import read_forbidden

    path = _forbidden(settings)
    if settings.evidence != "private" and not path.is_file():
        return ()
    return read_forbidden(path, settings.layout.shown(path))


def _evidence(settings: Settings) -> dict[str, str]:
    """Return the digests of the tables of the chosen evidence and of the rules of release."""
    layout = settings.layout
    folder = layout.cases(settings.evidence)
    return digests([*sorted(folder.glob("*.csv")), layout.study / "release_rules.csv"], settings.root)


def _history(settings: Settings, words: Sequence[Word]) -> list[Hit]:
    from twinbenefits.evidence.keys import open_key
    from twinbenefits.publishing.scan_history import scan_history

    key = open_key(settings.layout, settings.evidence)
    rules = key.digest("\n".join(word.text for word in words))
    kept = settings.layout.build(settings.audience, settings.evidence) / HISTORY
    return scan_history(settings.root, words, kept, rules)


def _commit(root: Path) -> str:
    """Return the commit that is checked out, read without starting git; also of a branch or a packed one."""
    try:
        head = (root / ".git" / "HEAD").read_text("utf-8").strip()
        return head if not head.startswith("ref: ") else _branch(root / ".git", head.removeprefix("ref: "))
    except OSError:
        return "none"


def _branch(git: Path, name: str) -> str:
    file = git / name
    if file.is_file():
        return file.read_text("utf-8").strip()
    packed = (git / "packed-refs").read_text("utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "none")


def _read(kept: Path, rules: str | None, what: str = "files") -> dict[str, Any]:
    """Return the files or parts that were passed, if they were by these rules."""
    try:
        content = json.loads(kept.read_text("utf-8"))
        found: dict[str, Any] = content[what]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if rules in (None, content.get("rules")) else {}
