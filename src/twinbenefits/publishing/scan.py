"""Before anything is published, everything is looked through for what may not be shown.

Looked for are forbidden words, passages and identifiers that this audience may not see, and places on a
machine. The scan is the last gate, not the first: what it finds has passed release, so a finding means that
something upstream is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.scan_texts import SOURCE, Piece, UnreadableError, pieces
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
    files: Mapping[str, Path], words: Sequence[Word], closed: Closed | None = None, *, places: bool = True
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

    Returns
    -------
    list of Hit
        Everything found, in the order of files; a file that cannot be looked into is one.
    """
    return [
        hit
        for name, path in sorted(files.items())
        for hit in scan_data(name, path.read_bytes(), words, closed, places=places)
    ]


def scan_data(
    name: str, data: bytes, words: Sequence[Word], closed: Closed | None = None, *, places: bool = True
) -> list[Hit]:
    """Look through the content of one file, and its name."""
    try:
        found = [("the file's name", name), *pieces(data)]
    except UnreadableError as error:
        return [Hit(name, "the file", f"{error}; what cannot be looked through is not published")]
    together = _together(found)
    hits = {
        Hit(name, place, word.label, word.text) for word, place in _words_in(found, together, words)
    }  # the same word stands in a place once
    read = [(place, text) for place, text in found if place != SOURCE]  # it says all of it again
    if closed is not None and closed.found_in(_together(read)):
        hits |= {Hit(name, place, label) for place, text in read for label in closed.found_in(text)}
    if places and any(start in together for start in PLACE_STARTS):
        hits |= {
            Hit(name, place, "a place on a machine", match[0])
            for place, text in found[1:]
            for match in MACHINE_PLACE.finditer(text)
        }
    return sorted(hits)


def _together(found: Sequence[Piece]) -> str:
    """Return all texts as one, parted so that nothing goes over from one to the next.

    Most files hold nothing, which one look at this tells.
    """
    return '\n"\n'.join(text for _, text in found)


def _words_in(found: Sequence[Piece], together: str, words: Sequence[Word]) -> Iterable[tuple[Word, str]]:
    """Yield words and their places."""
    all_of_it = Folded(together)
    suspects = [word for word in words if word.is_in(all_of_it)]
    if suspects:
        for place, text in found:
            folded = Folded(text)
            yield from ((word, place) for word in suspects if word.is_in(folded))


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
