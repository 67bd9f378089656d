"""What a co-author did to a Word file: insertions, deletions, comments, by the section that they touch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from twinbenefits.evidence.exchange.archives import SafeArchive
from twinbenefits.evidence.exchange.report import Log
from twinbenefits.evidence.problems import EvidenceError
from twinbenefits.publishing.render.tree import attributes, classes

__all__ = ["Change", "DocxError", "changes_as_json", "changes_as_text", "review"]

ChangeKind = Literal["insertion", "deletion", "comment"]
MARKS: dict[str, ChangeKind] = {
    "insertion": "insertion",
    "deletion": "deletion",
    "comment-start": "comment",
    "paragraph-insertion": "insertion",
    "paragraph-deletion": "deletion",
}
HEADING = re.compile(r"^(#+)[ \t]+(.+?)[ \t]*(\{[^}]*\})?[ \t]*$", re.MULTILINE)
NUMBER = re.compile(r"^(?:Appendix )?[\dA-Z]+(?:\.\d+)*\.?\s+(?=\S)")
ALIKE = 0.75
START = "before the first heading"


class DocxError(Exception):
    """A Word file that cannot be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody changed or remarked.

    Parameters
    ----------
    kind
        Insertion, deletion or comment.
    author, date
        Who and when, as Word noted it.
    text
        What was inserted, deleted or said.
    about
        For a comment the words it is about; for a change the words before it.
    heading
        The heading above it in the Word file.
    source
        The source and line of that heading, or empty when no source has it.
    """

    kind: ChangeKind
    author: str
    date: str
    text: str
    about: str
    heading: str
    source: str


def review(root: Path, path: Path) -> list[Change]:
    """Return the tracked changes and comments of a Word file, in reading order.

    Parameters
    ----------
    root
        The project's folder, whose ``paper/*.qmd`` are looked through for the headings.
    path
        The Word file.

    Raises
    ------
    DocxError
        If the file is missing, damaged or no Word file.
    """
    _look_over(path)
    found = list(_changes(_blocks(path)))
    headings = _headings(root)
    return [replace(change, source=_source(change.heading, headings)) for change in found]


def changes_as_text(changes: Sequence[Change]) -> str:
    """Return the changes for a reader, under the source section that they touch."""
    if not changes:
        return "The file holds no tracked changes and no comments."
    lines: list[str] = []
    shown = ""
    for change in changes:
        place = f"{change.source or 'no source has this heading'}: {change.heading}"
        if place != shown:
            lines += ["", place]
            shown = place
        about = f" (at: {_shortened(change.about)})" if change.about else ""
        who = f"{change.author}, {change.date[:10]}" if change.date else change.author
        lines.append(f"  {change.kind} by {who}: {change.text}{about}")
    kinds = dict.fromkeys(MARKS.values())
    counts = ", ".join(f"{sum(change.kind == kind for change in changes)} {kind}s" for kind in kinds)
    return "\n".join([*lines[1:], "", counts])


def changes_as_json(changes: Sequence[Change]) -> str:
    """Return the changes for a machine."""
    return json.dumps([asdict(change) for change in changes], indent=1, ensure_ascii=False)


def _look_over(path: Path) -> None:
    if not path.is_file():
        raise DocxError(f"There is no file {path.name}.")
    log = Log(path.name)
    try:
        archive = SafeArchive(path, log)
        names = archive.names
        archive.close()
    except EvidenceError as refused:
        raise DocxError("\n".join(map(str, refused.problems))) from None
    if "word/document.xml" not in names:
        raise DocxError(f"{path.name} is no Word file (.docx). Save it in Word as a Word document.")


def _blocks(path: Path) -> list[Any]:
    import subprocess

    from twinbenefits.publishing.markdown_tree import pandoc

    command = [pandoc(), "--from", "docx", "--to", "json", "--track-changes", "all", str(path)]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode:
        said = run.stderr.decode("utf-8", "replace").strip()
        raise DocxError(f"{path.name} cannot be read ({said}). Save it again in Word.")
    blocks: list[Any] = json.loads(run.stdout)["blocks"]
    return blocks


def _changes(blocks: Sequence[Any]) -> Iterator[Change]:
    """Walk the blocks; a comment's words end where its end mark stands."""
    heading = START
    for block in _flat(blocks):
        if block["t"] == "Header":
            heading = _text(block["c"][2], with_deletions=False) or heading
        yield from _in_block(block, heading)


def _flat(blocks: Sequence[Any]) -> Iterator[Any]:
    """Yield headings and blocks of text in reading order, those inside lists, quotes and tables too."""
    for block in blocks:
        if not isinstance(block, dict):
            if isinstance(block, list):
                yield from _flat(block)
        elif block.get("t") in ("Header", "Para", "Plain"):
            yield block
        else:
            yield from _flat(block["c"] if isinstance(block.get("c"), list) else [])


def _in_block(block: Any, heading: str) -> Iterator[Change]:
    inlines = block["c"][2] if block["t"] == "Header" else block["c"]
    before = ""
    for number, inline in enumerate(inlines):
        kind = _kind(inline)
        if kind is None:
            before += _text([inline], with_deletions=False)
            continue
        marks = attributes(inline)
        about = (
            _commented(inlines[number + 1 :], marks.get("id", ""))
            if kind == "comment"
            else before[-60:].strip()
        )
        text = _text(inline["c"][1], with_deletions=True).strip() or "a new or joined paragraph"
        yield Change(kind, marks.get("author", "somebody"), marks.get("date", ""), text, about, heading, "")
        if kind == "insertion":
            before += text


def _kind(inline: Any) -> ChangeKind | None:
    if inline.get("t") != "Span":
        return None
    return next((MARKS[name] for name in classes(inline) if name in MARKS), None)


def _commented(following: Sequence[Any], comment: str) -> str:
    words = []
    for inline in following:
        if (
            inline.get("t") == "Span"
            and "comment-end" in classes(inline)
            and attributes(inline).get("id") == comment
        ):
            break
        words.append(_text([inline], with_deletions=False))
    return "".join(words).strip()


def _text(inlines: Any, *, with_deletions: bool) -> str:
    parts = []
    for inline in inlines if isinstance(inlines, list) else []:
        kind = inline.get("t") if isinstance(inline, dict) else None
        if kind == "Str":
            parts.append(inline["c"])
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            parts.append(" ")
        elif kind == "Span":
            if not with_deletions and _kind(inline) in ("deletion", "comment"):
                continue
            parts.append(_text(inline["c"][1], with_deletions=with_deletions))
        elif kind in ("Code", "Math"):
            parts.append(str(inline["c"][1]))
        elif kind == "Quoted":
            parts.append(f'"{_text(inline["c"][1], with_deletions=with_deletions)}"')
        elif kind in ("Link", "Cite"):
            parts.append(_text(inline["c"][1], with_deletions=with_deletions))
        elif isinstance(inline, dict) and isinstance(inline.get("c"), list):
            parts.append(_text(inline["c"], with_deletions=with_deletions))
    return "".join(parts)


def _headings(root: Path) -> dict[str, str]:
    """Return where each heading of the manuscript stands, by its plain words."""
    found: dict[str, str] = {}
    for path in sorted((root / "paper").glob("*.qmd")):
        text = path.read_text("utf-8-sig", "replace")
        for match in HEADING.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.setdefault(_plain(match[2]), f"paper/{path.name}, line {line}")
    return found


def _source(heading: str, headings: dict[str, str]) -> str:
    """Return the source of a heading; its number goes, and a reworded heading is still recognised."""
    plain = _plain(NUMBER.sub("", heading))
    if plain in headings:
        return headings[plain]
    likeness = {known: SequenceMatcher(None, plain, known).ratio() for known in headings}
    best = max(likeness, key=lambda known: likeness[known], default="")
    return headings[best] if best and likeness[best] >= ALIKE else ""


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*_`\[\]]", "", text).casefold().split())


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
