"""Find where two states of a text differ, if they differ in ordinary paragraphs only.

Pandoc reads a text block by block, so a paragraph that is edited leaves all others as they were, unless
something in it reaches beyond its own lines: a fence, a comment, a table's caption, a list's next item. So
only what cannot do so counts as ordinary; whatever else is edited, the whole text is read anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Region", "edited_regions", "referred_to"]

MOST = 40
"""Where more paragraphs were edited, little is gained."""

WIDENED = 3
"""So many neighbours are taken in until a region begins and ends with a paragraph."""

HARMLESS = re.compile(r"<!--(?:(?!-->).)*-->|<https?://[^\s<>]+>")
REACHES_FAR = re.compile(
    r"<[A-Za-z/!?]|-->"  # markup that another line may close
    r"|^\s*\(@[^)]*\)\s",  # an example, numbered across the text
    re.MULTILINE,
)
CODE = re.compile(r"\s*(?P<marks>`{3,}|~{3,})")
BLOCK = ":::"
BLANK = " \t"
"""What an empty line may hold; Python takes more for blank than pandoc does."""

CAPTION = re.compile(r"(?:[Tt]able)?:(?!::)|~")
"""How lines begin that belong to a neighbour, across an empty line."""

WORDS = re.compile(r"(?![Tt]able:)(?=.*\w)(?:> )?(?:[\w\"'“‘„(\[@]|[*_]{1,2}[^\s*_]|`[^`]|- \S)")  # noqa: RUF001
"""How a line begins that carries words."""

ITEM = re.compile(r"- |> |\(?\w{1,5}[.)]\s")
"""How lists and quotations begin, which may be joined by their neighbours."""

MORE_THAN_WORDS = re.compile(r"\\[A-Za-z]|\$|\[\^|[\ue000-\uf8ff]|^\[[^\]]*\]:")
"""TeX, notes, the characters that stand in for what is not rendered, and what references stand for."""

REFERRED_TO = re.compile(r"^[\s>*+\-\w.)]{0,12}#|\]:|^[ >]*(?:=+|-+)\s*$", re.MULTILINE)
"""A heading, or the definition of a link."""


@dataclass(frozen=True)
class Region:
    """Paragraphs of the text before, and those that replace them."""

    before: str
    after: str


def edited_regions(before: str, after: str) -> list[Region] | None:
    """Return the regions in which two states of a text differ, or None where not only paragraphs do."""
    if any(REACHES_FAR.search(HARMLESS.sub("", text)) for text in (before, after)):
        return None
    old, new = list(_pieces(before)), list(_pieces(after))
    spans: list[Span] = []
    for span in _differences(old, new):
        wide = _widened(span, old, new)
        while wide and spans and wide[0] < spans[-1][1]:
            b0, _, a0, _ = spans.pop()
            wide = _widened((min(b0, wide[0]), wide[1], min(a0, wide[2]), wide[3]), old, new)
        if wide is None:
            return None
        spans.append(wide)
    regions = [Region(_joined(old[b0:b1]), _joined(new[a0:a1])) for b0, b1, a0, a1 in spans]
    return regions if all(before.count(region.before) == 1 for region in regions) else None


def referred_to(text: str) -> list[str]:
    """Return the headings of a text and its links' definitions: words in brackets may refer to one."""
    pieces = (piece.lstrip("\n") for piece in _pieces(text))
    return [piece for piece in pieces if REFERRED_TO.search(piece) and not piece.startswith("[^")]


def _pieces(text: str) -> Iterator[str]:
    """Yield what stands between empty lines; code and what is indented below something is kept in one piece.

    A piece begins with as many line ends as there are empty lines above it.
    """
    piece: list[str] = []
    fence, apart = "", 1
    empty = 0
    for line in text.split("\n"):
        if fence:
            piece.append(line)
            if line.strip(BLANK).startswith(fence) and not line.strip(BLANK).strip(fence[0]):
                fence = ""
            continue
        if not line.strip(BLANK):
            empty += 1
            continue
        is_block = line.startswith(BLOCK)
        if piece and line[0] in " \t":
            piece += [""] * empty
        elif empty or is_block or (piece and piece[-1].startswith(BLOCK)):
            if piece:
                yield "\n" * apart + "\n".join(piece)
            piece, apart = [], empty
        empty = 0
        piece.append(line)
        code = CODE.match(line)
        fence = code["marks"] if code else ""
    if piece:
        yield "\n" * apart + "\n".join(piece)


Span = tuple[int, int, int, int]


def _differences(old: Sequence[str], new: Sequence[str]) -> list[Span]:
    """Return the pieces that differ; what is equal at both ends is left out of the search."""
    shortest = min(len(old), len(new))
    start = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    rest = range(shortest - start)
    end = next((at for at in rest if old[-1 - at] != new[-1 - at]), len(rest))
    matcher = SequenceMatcher(None, old[start : len(old) - end], new[start : len(new) - end], autojunk=False)
    return [
        (start + b0, start + b1, start + a0, start + a1)
        for kind, b0, b1, a0, a1 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _widened(span: Span, old: Sequence[str], new: Sequence[str]) -> Span | None:
    """Return the pieces with as many neighbours as it takes to begin and end where nothing can join them."""
    b0, b1, a0, a1 = span
    for _ in range(WIDENED):
        above, below = [*new[:a0][-1:]], [*new[a1:][:1]]
        begins = b0 < b1 and a0 < a1 and _stands_apart([old[b0], new[a0]], above)
        ends = b0 < b1 and a0 < a1 and _stands_apart([old[b1 - 1], new[a1 - 1]], below)
        if begins and ends:
            break
        if not begins and above and _is_paragraph(above[0]):
            b0, a0 = b0 - 1, a0 - 1
        elif not ends and below and _is_paragraph(below[0]):
            b1, a1 = b1 + 1, a1 + 1
        else:
            return None
    else:
        return None
    inside = [*old[b0:b1], *new[a0:a1]]
    run_on = [piece for piece in below if piece[0] != "\n" and not piece.startswith(BLOCK)]
    if len(inside) > MOST or run_on or any(CAPTION.match(piece.lstrip("\n")) for piece in [*above, *below]):
        return None
    return (b0, b1, a0, a1) if all(map(_carries_words, inside)) else None


def _stands_apart(pieces: Sequence[str], neighbour: Sequence[str]) -> bool:
    """Say whether pieces at the end of a region are paragraphs, or lists and quotations none can join."""
    if all(map(_is_paragraph, pieces)):
        return True
    return all(re.match(rf"\n+(?:#|{BLOCK})", piece) for piece in neighbour)


def _joined(pieces: Sequence[str]) -> str:
    return "\n".join(pieces).lstrip("\n")


def _is_paragraph(piece: str) -> bool:
    return _carries_words(piece) and not ITEM.match(piece.lstrip("\n"))


def _carries_words(piece: str) -> bool:
    lines = piece.lstrip("\n").split("\n")
    return all(WORDS.match(line) and not MORE_THAN_WORDS.search(line) for line in lines)
