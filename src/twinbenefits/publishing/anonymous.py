"""Take the authors out of a manuscript for anonymous review, and prove that they are out.

Names become "Author", works of the authors are cited without their details, addresses of the compendium go,
and figures that name an author are replaced. What is rendered is then looked through for everything that was
taken out, properties of the files included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinbenefits.evidence.references import Entry, read_entries
from twinbenefits.publishing.scan_words import Folded, Word
from twinbenefits.publishing.shortcodes import FRONT_MATTER

__all__ = ["Identity", "anonymise", "identity_of"]

ANYONE = "Author"
TEXTS = (".qmd", ".md", ".yml", ".bib")
BLOCKS = (
    "author",
    "affiliation",
    "affiliations",
    "acknowledgements",
    "acknowledgments",
    "funding",
    "by-author",
)
SECTION = re.compile(
    r"^(#+) .*\b(?:Acknowledge?ments?|About the authors?|Funding)\b.*$", re.MULTILINE | re.IGNORECASE
)
ADDRESS = re.compile(r"https?://[^\s)>\]}\"']+")
PLACEHOLDER = "Removed for anonymous review: this figure names a work of the authors."


class Name(Word):
    """A name that gives somebody away where it stands alone: a collinear term names no Collin."""

    def is_in(self, folded: Folded) -> bool:
        """Return whether the name stands in the text."""
        return any(self._alone.search(form) for form in folded.forms)


@dataclass(frozen=True, slots=True)
class Identity:
    """What gives the authors away.

    Parameters
    ----------
    names
        Full names.
    surnames
        Last parts of the names.
    addresses
        Addresses of the compendium and parts of them.
    """

    names: tuple[str, ...]
    surnames: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """What may stand in no file of the anonymous edition."""
        names = [Name(name, "the name of an author") for name in (*self.names, *self.surnames)]
        return (*names, *(Word(address, "an address of the compendium") for address in self.addresses))


def identity_of(facts: Mapping[str, Any], citation: str = "") -> Identity:
    """Return what gives the authors away.

    Parameters
    ----------
    facts
        The study's facts, with its authors and perhaps their affiliations.
    citation
        The text of CITATION.cff, for addresses of the compendium.
    """
    names = tuple(str(author["name"]) for author in facts["authors"])
    affiliations = [str(author["affiliation"]) for author in facts["authors"] if author.get("affiliation")]
    found = [*ADDRESS.findall(citation), *re.findall(r"^doi:\s*(\S+)", citation, re.MULTILINE)]
    return Identity(
        (*names, *dict.fromkeys(affiliations)),
        tuple(name.split()[-1] for name in names),
        tuple(dict.fromkeys(found)),
    )


def anonymise(workspace: Path, identity: Identity) -> list[str]:
    """Take the authors out of a workspace's sources and staged results.

    Parameters
    ----------
    workspace
        A copy of the sources with the staged results, made for this purpose.
    identity
        What must go.

    Returns
    -------
    list of str
        What was done, a line each.
    """
    done = []
    own = _own_works(workspace, identity)
    for path in sorted(path for path in workspace.rglob("*") if path.suffix in TEXTS and path.is_file()):
        before = path.read_text("utf-8")
        after = _without_authors(before, identity, own, is_bibliography=path.suffix == ".bib")
        if path.suffix == ".qmd":
            after = _without_sections(_without_front_matter(after))
        if after != before:
            path.write_text(after, "utf-8")
            done.append(f"{path.relative_to(workspace).as_posix()}: names, addresses or own works taken out")
    done += [
        f"{name}: replaced, because it names a work of the authors"
        for name in _hide_figures(workspace, identity)
    ]
    return done


def _own_works(workspace: Path, identity: Identity) -> dict[str, str]:
    """Return the citation keys of the authors' own works, and what they are called from now on."""
    path = workspace / "_staged" / "references.bib"
    entries = read_entries(path.read_text("utf-8"), path.name) if path.is_file() else []
    own = [entry for entry in entries if any(name in entry.value("author") for name in identity.surnames)]
    return {entry.key: f"{ANYONE}{_year(entry)}{chr(ord('a') + n)}" for n, entry in enumerate(own)}


def _year(entry: Entry) -> str:
    return entry.value("year") or "undated"


def _without_authors(text: str, identity: Identity, own: Mapping[str, str], *, is_bibliography: bool) -> str:
    if is_bibliography:
        entries = read_entries(text, "references.bib")
        text = "\n".join(_hidden(entry, own) if entry.key in own else str(entry) for entry in entries)
    for key, other in own.items():
        text = re.sub(rf"(?<=@){re.escape(key)}\b", other, text)
    for address in identity.addresses:
        text = text.replace(address, "address removed for anonymous review")
    for name in (*identity.names, *identity.surnames):
        text = re.sub(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", ANYONE, text)
    return text


def _hidden(entry: Entry, own: Mapping[str, str]) -> str:
    return (
        f"@misc{{{own[entry.key]},\n  author = {{{ANYONE}}},\n"
        "  title = {Details removed for anonymous review},\n"
        f"  year = {{{_year(entry)}}}\n}}\n"
    )


def _without_front_matter(text: str) -> str:
    """Take the blocks about authors out of the front matter."""
    match = FRONT_MATTER.match(text)
    if not match:
        return text
    kept, hiding = [], False
    for line in match.group(0).splitlines(keepends=True):
        if not line.startswith((" ", "\t", "-")) or line.startswith("---"):
            hiding = line.partition(":")[0].strip() in BLOCKS
        if not hiding:
            kept.append(line)
    return "".join(kept) + text[match.end() :]


def _without_sections(text: str) -> str:
    """Take out whole sections that thank or introduce people."""
    while match := SECTION.search(text):
        level = len(match[1])
        following = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(text, match.end())
        text = text[: match.start()] + (text[following.start() :] if following else "")
    return text


def _hide_figures(workspace: Path, identity: Identity) -> Iterator[str]:
    """Replace figures whose letters name an author; the drawing keeps each text as a remark."""
    for svg in sorted((workspace / "_staged").glob("*.svg")):
        if not _names_any(svg.read_text("utf-8"), identity.surnames):
            continue
        drawing, bitmap = _placeholder()
        svg.write_text(drawing, "utf-8")
        png = svg.with_suffix(".png")
        if png.is_file():
            png.write_bytes(bitmap)
        yield svg.stem


def _names_any(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])", text) for name in names)


def _placeholder() -> tuple[str, bytes]:
    """Return a plain figure that says why it is not the figure, as SVG and PNG."""
    import io

    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = []
    for kind in ("svg", "png"):
        figure = Figure(figsize=(6, 1))
        FigureCanvasAgg(figure)
        figure.text(0.5, 0.5, PLACEHOLDER, ha="center", va="center")
        out = io.BytesIO()
        with rc_context({"svg.hashsalt": "placeholder", "svg.fonttype": "path"}):
            metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
            figure.savefig(out, format=kind, metadata=metadata, dpi=200)
        found.append(out.getvalue())
    return found[0].decode("utf-8"), found[1]
