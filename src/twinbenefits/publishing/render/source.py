"""The text of a document with the place each line came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.faults import RenderError, problem_at

FENCE = re.compile(r"^\s*(?P<marks>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a file: `file` relative to the workspace, `line` counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the expanded text, as the author wrote it and after replacement.

    Parameters
    ----------
    text
        The line that the engine reads.
    origin
        Where the author wrote it.
    written
        The line before shortcodes were replaced.
    fenced
        Whether it stands inside a fenced code block.
    """

    text: str
    origin: Origin
    written: str
    fenced: bool = False


@dataclass(frozen=True)
class Source:
    """A document's body with all includes and shortcodes replaced.

    Parameters
    ----------
    lines
        The body, in reading order.
    front
        The lines of the front matter, for pointing at its keys.
    """

    lines: tuple[Line, ...]
    front: tuple[Line, ...] = field(default=())

    @property
    def text(self) -> str:
        """The whole body as the engine reads it."""
        return "\n".join(line.text for line in self.lines) + "\n"

    def places(self, pattern: str) -> Iterator[Origin]:
        """Yield every place where a regular expression matches outside code, each line once."""
        wanted = re.compile(pattern)
        seen: set[Origin] = set()
        for line in (*self.front, *self.lines):
            found = not line.fenced and (wanted.search(line.text) or wanted.search(line.written))
            if found and line.origin not in seen:
                seen.add(line.origin)
                yield line.origin

    def problems(self, pattern: str, value: str, rule: str, way_out: str) -> Iterable[SourceProblem]:
        """Return one problem for every place where a pattern matches, or one for the whole document."""
        places = list(self.places(pattern))
        if places:
            return [problem_at(place.file, place.line, value, rule, way_out) for place in places]
        return [problem_at(self.name, None, value, rule, way_out)]

    @property
    def name(self) -> str:
        """The main file."""
        return (*self.front, *self.lines)[0].origin.file


def read_lines(path: Path, file: str) -> list[Line]:
    """Read a source, whatever its line ends and with or without a byte order mark.

    Raises
    ------
    RenderError
        When it is not UTF-8, with the line.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        value = f"byte {content[error.start]:#04x}"
        problem = problem_at(file, line, value, "a source is UTF-8", "Save it again as UTF-8.")
        raise RenderError([problem]) from None
    return number_lines(text.replace("\r\n", "\n").rstrip("\n"), file)


def number_lines(text: str, file: str) -> list[Line]:
    """Split a file into lines that know their place and whether they are code.

    Parameters
    ----------
    text
        The whole file.
    file
        Its path relative to the workspace.
    """
    lines: list[Line] = []
    fence = ""
    for number, content in enumerate(text.split("\n"), start=1):
        mark = FENCE.match(content)
        closes = bool(fence and mark and mark["marks"].startswith(fence) and not mark["info"].strip())
        lines.append(Line(content, Origin(file, number), content, fenced=bool(fence) and not closes))
        if closes:
            fence = ""
        elif mark and not fence and not (mark["marks"][0] == "`" and "`" in mark["info"]):
            fence = mark["marks"]
    return lines
