"""Where pages make a claim and show a display: the address of each, for links from the evidence and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

import yaml

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.claims_marks import claim_marks
from twinbenefits.publishing.runs import SourceText, source_texts
from twinbenefits.publishing.shortcodes import FRONT_MATTER, split_front_matter

__all__ = ["Place", "Places", "read_places"]

PIECE = re.compile(
    r"^#{1,4}[ \t]+(?P<heading>[^\n{]+)|\{\{<\s*include\s+(?P<include>\S+)\s*>\}\}", re.MULTILINE
)
STAGED = "_staged/"
SLIDE = "-slide"


@dataclass(frozen=True, slots=True)
class Place:
    """One address in a page of the edition.

    Parameters
    ----------
    page
        The page, relative to the output folder.
    anchor
        The element's id; empty for the page as a whole.
    section
        The heading under which it stands.
    """

    page: str
    anchor: str
    section: str

    @property
    def name(self) -> str:
        """What the page is called: by its folder, and by its own name unless it is the folder's index."""
        path = PurePosixPath(self.page)
        parts = [*path.parts[:-1], *([] if path.stem == "index" else [path.stem])]
        return ", ".join(parts) or "start page"

    @property
    def address(self) -> str:
        """The address, relative to the output folder."""
        return f"{self.page}#{self.anchor}" if self.anchor else self.page


@dataclass(frozen=True, slots=True)
class Places:
    """All addresses by claim and by label of a display, each in reading order."""

    claims: dict[str, list[Place]] = field(default_factory=dict)
    displays: dict[str, list[Place]] = field(default_factory=dict)


def read_places(layout: Layout) -> Places:
    """Return where the pages that ``_quarto.yml`` lists make claims and show displays.

    Parameters
    ----------
    layout
        Where the project stands.
    """
    try:
        project: Any = yaml.safe_load((layout.root / "_quarto.yml").read_text("utf-8"))
        listed = [str(file) for file in project["project"]["render"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return Places()
    files = [
        path.relative_to(layout.root).as_posix() for one in listed for path in sorted(layout.root.glob(one))
    ]
    found = Places()
    for source in source_texts(layout, dict.fromkeys(files)):
        _Reader(layout, source, found).read()
    return found


class _Reader:
    """Reads one document with all that it includes."""

    def __init__(self, layout: Layout, source: SourceText, found: Places) -> None:
        self.layout, self.source, self.found = layout, source, found
        self.front, _ = split_front_matter(source.text)
        formats = self.front.get("format")
        self.formats = {formats} if isinstance(formats, str) else set(formats or ("html",))
        self.page = PurePosixPath(source.file).with_suffix(".html").as_posix()
        self.section = ""
        self.seen: dict[str, int] = {}

    def read(self) -> None:
        """Add the document's claims and displays, if it becomes a page."""
        if not self.formats & {"html", "revealjs"}:
            return
        front = FRONT_MATTER.match(self.source.text)
        start = front.end() if front else 0
        self.section = "Abstract"
        self.claims(self.source.text[:start])
        self.section = ""
        self.text(self.source.text[start:], self.source.file, (self.source.file,))

    def text(self, text: str, file: str, within: tuple[str, ...]) -> None:
        """Read a text piece by piece: headings, includes and what stands between them."""
        at = 0
        for piece in PIECE.finditer(text):
            self.claims(text[at : piece.start()])
            at = piece.start()
            if piece["heading"]:
                self.section = piece["heading"].strip()
            else:
                self.include(normpath(str(PurePosixPath(file).parent / piece["include"])), within)
                at = piece.end()
        self.claims(text[at:])

    def include(self, file: str, within: tuple[str, ...]) -> None:
        """Follow an include, or note the display it stands for."""
        if file.startswith(STAGED):
            label = PurePosixPath(file).stem
            anchor = "" if label.endswith(SLIDE) or "html" not in self.formats else label
            self.add(self.found.displays, label.removesuffix(SLIDE), anchor)
        elif file not in within and (self.layout.root / file).is_file():
            self.text((self.layout.root / file).read_text("utf-8-sig"), file, (*within, file))

    def claims(self, text: str) -> None:
        """Note the marked sentences, numbered as the pages' own ids are."""
        for mark in claim_marks(text):
            self.seen[mark.key] = self.seen.get(mark.key, 0) + 1
            number = f"-{self.seen[mark.key]}" if self.seen[mark.key] > 1 else ""
            anchor = f"claim-{mark.key}{number}" if "html" in self.formats else ""
            self.add(self.found.claims, mark.key, anchor)

    def add(self, known: dict[str, list[Place]], name: str, anchor: str) -> None:
        """Add a place; a deck is named once."""
        place = Place(self.page, anchor, self.section)
        places = known.setdefault(name, [])
        if anchor or not any(other.page == self.page for other in places):
            places.append(place)
