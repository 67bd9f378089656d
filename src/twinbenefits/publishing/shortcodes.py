"""Shortcodes of a source, such as ``{{< var name >}}``: where they stand and what they name.

The engines replace shortcodes before pandoc reads the text, so the prose gate must not read them as prose.
They are masked by one character each, which is neither a letter nor a digit and leaves every line where it
was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from twinbenefits.evidence import quick_yaml

__all__ = ["Shortcode", "find_shortcodes", "masked", "split_front_matter", "unmasked"]

PATTERN = re.compile(r"(\{?)\{\{<\s*(?P<body>[^<>]*?)\s*>\}\}(\}?)")
ESCAPED = re.compile(r"\{\{<\s*/\*.*?\*/\s*>\}\}")
FENCE = re.compile(r"^\s*(?:>\s*)*(`{3,}|~{3,})(.*)$")
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIRST_MASK, LAST_MASK = 0xE000, 0xF8FF  # Unicode's private use area


@dataclass(frozen=True, slots=True)
class Shortcode:
    """One shortcode of a source, with its line counted from 1."""

    name: str
    arguments: tuple[str, ...]
    line: int


def find_shortcodes(text: str) -> list[Shortcode]:
    """Return the shortcodes of a whole source in reading order; code blocks and escaped ones are left out."""
    found: list[Shortcode] = []
    for number, line, code in _lines(text):
        if not code:
            found += [_read(match, number) for match in PATTERN.finditer(line) if not _is_escaped(match)]
    return found


def masked(text: str) -> str:
    """Return the text with its n-th shortcode replaced by the n-th character of the private use area."""
    count = 0
    lines: list[str] = []

    def mask(match: re.Match[str]) -> str:
        nonlocal count
        if _is_escaped(match):
            return match[0][1:-1] if match[1] else match[0]
        count += 1
        return match[1] + chr(min(FIRST_MASK + count - 1, LAST_MASK)) + match[3]

    for _, line, code in _lines(text):
        lines.append(line if code else PATTERN.sub(mask, line))
    return "\n".join(lines)


def unmasked(text: str, shortcodes: Sequence[Shortcode]) -> Iterator[Shortcode]:
    """Yield the shortcodes whose masks stand in `text`."""
    for character in text:
        position = ord(character) - FIRST_MASK
        if 0 <= position < len(shortcodes) and ord(character) <= LAST_MASK:
            yield shortcodes[position]


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Split a source into its front matter and its body; the body keeps its line numbers.

    Raises
    ------
    ValueError
        When the front matter is not a YAML mapping; the message says what YAML found.
    """
    match = FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    try:
        front = quick_yaml.load(match[1] or "") or {}
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    if not isinstance(front, dict):
        raise ValueError(f"the front matter is {type(front).__name__}, not a mapping of keys to values")
    return front, "\n" * match[0].count("\n") + text[match.end() :]


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield number, line and whether it stands inside a fenced code block."""
    fence = ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        mark = FENCE.match(line)
        closes = bool(fence and mark and mark[1].startswith(fence) and not mark[2].strip())
        yield number, line, bool(fence) and not closes
        if closes:
            fence = ""
        elif mark and not fence and not (mark[1][0] == "`" and "`" in mark[2]):
            fence = mark[1]


def _is_escaped(match: re.Match[str]) -> bool:
    return bool(match[1] and match[3]) or bool(ESCAPED.fullmatch(match[0]))


def _read(match: re.Match[str], line: int) -> Shortcode:
    words = [word.strip("\"'") for word in re.findall(r'"[^"]*"|\'[^\']*\'|\S+', match["body"])]
    name, *arguments = words or [""]
    return Shortcode(name, tuple(arguments), line)
