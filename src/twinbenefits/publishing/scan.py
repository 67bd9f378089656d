"""Before anything is published, everything is looked through for what may not be shown.

Looked for are forbidden words, passages and identifiers that this audience may not see, and places on a
machine. The scan is the last gate, not the first: what it finds has passed release, so a finding means that
something upstream is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.scan_parts import Parts
from twinbenefits.publishing.scan_texts import SOURCE, Piece, UnreadableError, Within, pieces
from twinbenefits.publishing.scan_words import Folded, Word

__all__ = ["Closed", "Hit", "machine_places", "refuse", "scan_data", "scan_files"]

FOLDERS = ("home", "Users", "root", "tmp", "private/var", "var/folders", "mnt", "srv", "opt")
MACHINE_PLACE = re.compile(
    rf"(?<![\w./:\\-])/(?:{'|'.join(FOLDERS)})/[^\s\"'<>)\\]+"
    r"|\b[A-Za-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}[^\s\"'<>\\]+"
)
PLACE_STARTS = (*(f"/{folder}/" for folder in FOLDERS), ":\\")
"""One of these stands in every place on a machine."""
MOST = 20
"""So many findings are listed; the rest is counted."""


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One thing that may not be published.

    Parameters
    ----------
    file
        The file it was found in.
    place
        Where in the file.
    what
        What it is, in words that may be shown to anybody.
    word
        The word itself, for those who may read it; empty where there is none to show.
    """

    file: str
    place: str
    what: str
    word: str = ""


def machine_places(root: Path) -> tuple[Word, ...]:
    """Return the places of this machine that no file may name: the project's folder and the user's own."""
    folders = {str(root): "the project's folder on this machine"}
    home = Path.home()
    if len(home.parts) > 2:
        folders[str(home)] = "the user's folder on this machine"
    return tuple(Word(folder, label) for folder, label in folders.items() if len(Path(folder).parts) > 1)


class Closed(Protocol):
    """What an audience may not see, told by its content."""

    def found_in(self, text: str) -> Iterable[str]:
        """Return how messages name what stands in the text."""


def scan_files(
    files: Mapping[str, Path],
    words: Sequence[Word],
    closed: Closed | None = None,
    *,
    places: bool = True,
    parts: Parts | None = None,
) -> list[Hit]:
    """Look through files.

    Parameters
    ----------
    files
        Each file by its name in messages.
    words
        What may not be found.
    closed
        What the audience may not see of the evidence.
    places
        Whether places on a machine are looked for as well.
    parts
        What held nothing when the same was looked for in it; what holds nothing now is added.

    Returns
    -------
    list of Hit
        Everything found, in the order of files; a file that cannot be looked into is one.
    """
    parts = parts if parts is not None else Parts()
    return [
        hit
        for name, path in sorted(files.items())
        for hit in scan_data(name, path.read_bytes(), words, closed, places=places, parts=parts)
    ]


def scan_data(
    name: str,
    data: bytes,
    words: Sequence[Word],
    closed: Closed | None = None,
    *,
    places: bool = True,
    parts: Parts | None = None,
) -> list[Hit]:
    """Look through the content of one file, and its name."""
    try:
        found = [("the file's name", name), *pieces(data, Within(0, parts))]
        hits = {*_words_in(name, found, words)}  # the same word stands in a place once
        hits |= {*_closed_in(name, found, closed)} if closed is not None else set()
        hits |= {*_places_in(name, found)} if places else set()
    except UnreadableError as error:
        hits = {Hit(name, "the file", f"{error}; what cannot be looked through is not published")}
    if parts is not None:
        parts.judge(clean=not hits)
    return sorted(hits)


def _words_in(name: str, found: Sequence[Piece], words: Sequence[Word]) -> Iterator[Hit]:
    """Yield words and their places; most files hold none, which one look at all texts together tells."""
    together = Folded.together(dict.fromkeys(text for _, text in found))
    suspects = [word for word in words if word.is_in(together)]
    if suspects:
        for place, text in found:
            folded = Folded(text)
            yield from (Hit(name, place, word.label, word.text) for word in suspects if word.is_in(folded))


def _closed_in(name: str, found: Sequence[Piece], closed: Closed) -> Iterator[Hit]:
    """Yield what the audience may not see; the source of a page says all of it again."""
    labels: dict[str, list[str]] = {}  # by text, for the same text may stand in many places
    for place, text in found:
        if place != SOURCE:
            if text not in labels:
                labels[text] = list(closed.found_in(text))
            yield from (Hit(name, place, label) for label in labels[text])


def _places_in(name: str, found: Sequence[Piece]) -> Iterator[Hit]:
    """Yield places on a machine, but for those in the file's name."""
    texts = {text for _, text in found[1:]}
    suspects = {text for text in texts if any(start in text for start in PLACE_STARTS)}
    for place, text in found[1:] if suspects else ():
        if text in suspects:
            yield from (
                Hit(name, place, "a place on a machine", match[0]) for match in MACHINE_PLACE.finditer(text)
            )


def refuse(hits: Sequence[Hit], *, name_words: bool) -> None:
    """Stop the publication if anything was found.

    Parameters
    ----------
    hits
        What was found.
    name_words
        Whether the message may repeat the words themselves: only where the team alone reads it.

    Raises
    ------
    PublishingError
        With every file, place and word.
    """
    if not hits:
        return
    way_out = "Find out which notebook or source brings it, and mend it there"
    problems = [
        SourceProblem(
            hit.file, None, hit.place, hit.word if name_words and hit.word else None, hit.what, way_out
        )
        for hit in hits[:MOST]
    ]
    if len(hits) > MOST:
        rule = f"{len(hits) - MOST} more findings"
        problems.append(SourceProblem("all files", None, None, None, rule, way_out))
    raise PublishingError(problems)
