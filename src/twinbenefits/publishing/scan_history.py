"""Look through what git keeps: messages of commits, names of their authors, and every content of every file.

What was once committed travels with each clone, long after the file was mended. Commits that were looked
through before with the same words are left out; which they were is kept beside the build.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from twinbenefits.publishing.atomic import write_text
from twinbenefits.publishing.scan import Hit, scan_data
from twinbenefits.publishing.scan_words import Word

__all__ = ["scan_history"]

LARGEST = 20_000_000
"""Contents beyond this many bytes are not opened but named: the compendium keeps none as large."""


def scan_history(root: Path, words: Sequence[Word], kept: Path, rules: str) -> list[Hit]:
    """Look through the whole history that stands in the project's folder.

    Parameters
    ----------
    root
        The project's folder.
    words
        What may not be found.
    kept
        Where to keep which commits have been looked through without a finding.
    rules
        A keyed digest of the words: with other words everything is looked through again.

    Returns
    -------
    list of Hit
        What was found; nothing where the folder is no git repository.
    """
    if not (root / ".git").exists():
        return []
    tips = sorted(set(_git(root, "for-each-ref", "--format=%(objectname)").split() + _head(root)))
    known = [f"^{commit}" for commit in _clean(kept, rules) if _is_there(root, commit)]
    hits = [*_messages(root, tips, known, words), *_contents(root, tips, known, words)]
    if not hits:
        write_text(kept, json.dumps({"rules": rules, "clean": tips}, indent=1) + "\n")
    return hits


def _clean(kept: Path, rules: str) -> list[str]:
    try:
        before = json.loads(kept.read_text("utf-8"))
        return [str(commit) for commit in before["clean"]] if before["rules"] == rules else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _head(root: Path) -> list[str]:
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", "HEAD").split()
    except subprocess.CalledProcessError:  # nothing has been committed yet
        return []


def _is_there(root: Path, commit: str) -> bool:
    command = ["git", "-C", str(root), "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _messages(root: Path, tips: Sequence[str], known: Sequence[str], words: Sequence[Word]) -> Iterator[Hit]:
    if not tips:
        return
    told = _git(root, "log", "-z", "--format=%H%n%an <%ae>%n%cn <%ce>%n%B", *tips, *known, "--")
    for entry in filter(None, told.split("\0")):
        commit, _, text = entry.partition("\n")
        for hit in scan_data(f"commit {commit[:12]}", text.encode(), words, places=False):
            yield Hit(hit.file, "message or author", hit.what, hit.word)


def _contents(root: Path, tips: Sequence[str], known: Sequence[str], words: Sequence[Word]) -> Iterator[Hit]:
    if not tips:
        return
    listed = _git(root, "rev-list", "--objects", *tips, *known, "--").splitlines()
    named = dict(line.partition(" ")[::2] for line in listed if " " in line)
    asked = "".join(f"{name}\n" for name in named).encode()
    sizes = _git(root, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", given=asked)
    for line in sizes.splitlines():
        name, kind, size = line.split()
        if kind != "blob":
            continue
        file = f"git history, {named[name]} ({name[:12]})"
        if int(size) > LARGEST:
            yield Hit(file, "the file", "too large to be looked through")
            continue
        command = ["git", "-C", str(root), "cat-file", "blob", name]
        data = subprocess.run(command, check=True, capture_output=True).stdout
        yield from _looked_through(file, data, words)


def _looked_through(file: str, data: bytes, words: Sequence[Word]) -> Iterator[Hit]:
    """Yield findings; broken files are kept in git on purpose, so they are read as plain bytes."""
    hits = scan_data(file, data, words, places=False)
    if any("cannot be looked through" in hit.what for hit in hits):
        hits = scan_data(file, b"text " + data, words, places=False)
    yield from hits


def _git(root: Path, *arguments: str, given: bytes | None = None) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, input=given)
    return done.stdout.decode("utf-8", "replace")
