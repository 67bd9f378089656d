"""What stands in texts and should not: places on a machine, personal data, pictures that some cannot see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from twinbenefits.workflow.checks.finding import Finding, error, kept_files, text_of
from twinbenefits.workflow.tracked_notebooks import MACHINE_PLACE

TEXTS = (".py", ".qmd", ".md", ".yml", ".yaml", ".toml", ".csv", ".json", ".bib", ".txt", ".cff", ".lua")
EXAMPLES = ("tests/",)
"""Tests keep bad examples on purpose."""

PERSONAL = {
    "an e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b"),
    "a telephone number": re.compile(r"(?<![\w.])\+\d{1,3}[ -]?\(?\d{1,4}\)?(?:[ -]?\d{2,4}){2,4}(?![\w.])"),
    "a Finnish personal identity code": re.compile(
        r"\b(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b"
    ),
    "an account number": re.compile(r"\b[A-Z]{2}\d{2}(?: ?\d{4}){3,7}(?: ?\d{1,3})?\b"),
}
INVENTED_DOMAINS = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:example|invalid|test))\b"
)
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)(?P<attributes>\{[^}]*\})?")
HTML_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)


def absolute_paths(root: Path) -> Iterator[Finding]:
    """Find places that exist on one machine only, in every text of the compendium."""
    for name in _texts(root):
        for number, line in enumerate(text_of(root, name).splitlines(), 1):
            for match in MACHINE_PLACE.finditer(line):
                if _is_pattern(line, match.start()):
                    continue
                yield error(
                    "absolute paths",
                    f"{name}, line {number}",
                    f"names a place on one machine ({match.group()[:60]})",
                    "Name the file from the project's folder",
                )


def _is_pattern(line: str, start: int) -> bool:
    """Return whether the line writes a pattern for such places rather than one of them."""
    before = line[:start]
    return line.lstrip().startswith(("#!", 'r"', "r'", '|"')) or before.endswith(("^", "(?:", "|", "\\"))


def personal_data(root: Path) -> Iterator[Finding]:
    """Find what looks like an address, a number or a code of a person."""
    for name in _texts(root):
        for number, line in enumerate(text_of(root, name).splitlines(), 1):
            for what, pattern in PERSONAL.items():
                for match in pattern.finditer(line):
                    if INVENTED_DOMAINS.search(match.group()):
                        continue
                    yield error(
                        "personal data",
                        f"{name}, line {number}",
                        f"holds what looks like {what}",
                        "Take it out; what was committed once also stays in the history",
                    )


def alternative_texts(root: Path) -> Iterator[Finding]:
    """Find pictures that a reader who cannot see them would miss."""
    for name in kept_files(root):
        if not name.endswith((".md", ".qmd")) or name.startswith(EXAMPLES):
            continue
        for number, line in enumerate(text_of(root, name).splitlines(), 1):
            written = [m["alt"] or "fig-alt" in (m["attributes"] or "") for m in PICTURE.finditer(line)]
            written += ["alt=" in tag and 'alt=""' not in tag for tag in HTML_PICTURE.findall(line)]
            for has_text in written:
                if not has_text:
                    yield error(
                        "alternative texts",
                        f"{name}, line {number}",
                        "a picture has no alternative text",
                        'Say in a sentence what it shows: fig-alt="…" or ![…](…)',
                    )


def _texts(root: Path) -> Iterator[str]:
    for name in kept_files(root):
        if name.endswith(TEXTS) and not name.startswith(EXAMPLES):
            yield name
