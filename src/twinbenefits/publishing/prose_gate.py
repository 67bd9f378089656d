"""The prose gate: no number is typed where a registered result belongs.

Numbers typed into the text of results go stale when the data change and nobody sees it. So in sections and
divisions with the class ``results``, in captions and alternative texts, and in whole slide decks and briefs a
number is either a registered value (``{{< var name >}}``) or a quotation that stands verbatim in a source
(``[45]{.quoted from=deck}``). What counts as a number is said in :mod:`prose_gate_tokens`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath

from twinbenefits.publishing.kept import Kept
from twinbenefits.publishing.markdown_tree import Node, read_trees
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.prose_gate_lines import LineFinder
from twinbenefits.publishing.prose_gate_tokens import (
    Token,
    Vocabulary,
    find_numbers,
    may_hold_numbers,
)
from twinbenefits.publishing.prose_gate_tree import QUOTED, Passage, Prose, read_prose
from twinbenefits.publishing.shortcodes import (
    Shortcode,
    find_shortcodes,
    masked,
    split_front_matter,
    unmasked,
)

__all__ = [
    "Document",
    "check_documents",
    "gated",
    "numbers_in_caption",
    "numbers_in_plain_text",
    "read_documents",
]

SHOWN_IN_FRONT_MATTER = ("title", "subtitle", "abstract", "description")
RULES = {
    "digits": (
        "a number is typed where a registered result belongs",
        "Register it in the notebook and write {{< var name >}}{hint}; "
        "a number of a source is written [45]{.quoted from=deck}.",
    ),
    "words": (
        "a number word beside a counted noun states a result",
        "Register it in the notebook and write {{< var name >}}{hint}, or say it without the number.",
    ),
    "label": (
        "the number of a figure, table or equation is typed",
        "Write the cross-reference, such as @fig-d03, and it is numbered for you.",
    ),
}
FOLDED = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "−": "-"}  # noqa: RUF001 - curled by pandoc
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-")
)


@dataclass
class Document:
    """A source as the gate reads it.

    Parameters
    ----------
    file
        Its path from the project's root, with forward slashes.
    text
        The whole file.
    whole
        Whether all of it is gated: slide decks and briefs.
    """

    file: str
    text: str
    whole: bool = False
    blocks: list[Node] = field(default_factory=list, repr=False)
    front_blocks: list[Node] = field(default_factory=list, repr=False)

    @cached_property
    def shortcodes(self) -> list[Shortcode]:
        """Its shortcodes outside code, in reading order."""
        return find_shortcodes(self.text)

    def included(self, shortcode: Shortcode) -> str:
        """Return the path from the root of what an include names."""
        name = shortcode.arguments[0] if shortcode.arguments else ""
        parts: list[str] = []
        for part in (
            (PurePosixPath(self.file).parent / name).parts
            if not name.startswith("/")
            else name[1:].split("/")
        ):
            if part == ".." and parts:
                parts.pop()
            elif part not in (".", ""):
                parts.append(part)
        return "/".join(parts)


def read_documents(documents: Sequence[Document], kept: Kept | None = None) -> list[SourceProblem]:
    """Read the syntax trees of all documents, in one run of pandoc.

    Parameters
    ----------
    documents
        What to read; each is given its tree.
    kept
        Where documents that were read before are looked up.

    Returns
    -------
    list of SourceProblem
        One for each front matter that cannot be read.
    """
    problems: list[SourceProblem] = []
    texts: list[str] = []
    for document in documents:
        text = masked(document.text)
        try:
            front, body = split_front_matter(text)
        except ValueError as error:
            way_out = "Mend the lines between the two --- at the top of the file."
            problems.append(SourceProblem(document.file, 1, "front matter", None, str(error), way_out))
            front, body = {}, ""
        texts += [body, "\n\n".join(_front_prose(front)) if document.whole else ""]
    trees = read_trees(texts, kept=kept)
    for number, document in enumerate(documents):
        document.blocks, document.front_blocks = trees[2 * number], trees[2 * number + 1]
    return problems


def check_documents(
    documents: Sequence[Document], vocabulary: Vocabulary, values: Mapping[str, str] | None = None
) -> list[SourceProblem]:
    """Return every number and every quotation that the gate refuses.

    Parameters
    ----------
    documents
        Sources whose trees have been read by :func:`read_documents`.
    vocabulary
        What the study knows.
    values
        The texts of registered values by name, to name the one that reads like a typed number.
    """
    readings = _readings(documents)
    problems: list[SourceProblem] = []
    for document in documents:
        prose = readings[document.file]
        finder = LineFinder(document.text)
        text, starts = _joined(prose)
        for number, passage in enumerate(prose.passages):
            for token in _numbers(passage, vocabulary):
                line = finder.line(text, starts[number] + token.start, token.text)
                problems.append(_problem(document.file, line, passage.part, token, values or {}))
            wrong = _quotation_problem(passage, vocabulary.sources)
            if wrong:
                line = finder.line(text, starts[number], passage.text)
                problems.append(SourceProblem(document.file, line, "quotation", passage.text, *wrong))
    return problems


def numbers_in_caption(texts: Iterable[str], vocabulary: Vocabulary) -> list[tuple[str, str, str]]:
    """Return what the gate refuses in Markdown captions and notes: (value, rule, way out).

    Placeholders of values must have been replaced by an opaque character.
    """
    found: list[tuple[str, str, str]] = []
    for blocks in read_trees([text for text in texts if may_hold_numbers(text)]):
        for passage in read_prose(blocks, whole=True).passages:
            found += [(token.text, *_advice(token)) for token in _numbers(passage, vocabulary)]
            wrong = _quotation_problem(passage, vocabulary.sources)
            found += [(passage.text, *wrong)] if wrong else []
    return found


def numbers_in_plain_text(text: str, vocabulary: Vocabulary) -> list[tuple[str, str, str]]:
    """Return what the gate refuses in plain text, such as an alternative text: (value, rule, way out)."""
    return [(token.text, *_advice(token)) for token in find_numbers(text, vocabulary)]


def _front_prose(front: Mapping[str, object]) -> Iterator[str]:
    for key in SHOWN_IN_FRONT_MATTER:
        if isinstance(front.get(key), str):
            yield str(front[key])


def gated(documents: Sequence[Document]) -> dict[str, set[str]]:
    """Return for each document which others it includes in gated text, so that they are gated as a whole."""
    readings = _readings(documents)
    return {document.file: set(_gated_by(document, readings[document.file])) for document in documents}


def _readings(documents: Sequence[Document]) -> dict[str, Prose]:
    """Read the prose of each document; what is included from gated text is gated as a whole."""
    known = {document.file: document for document in documents}
    whole = {document.file for document in documents if document.whole}
    readings: dict[str, Prose] = {}
    waiting = list(known)
    while waiting:
        document = known[waiting.pop()]
        prose = read_prose([*document.front_blocks, *document.blocks], whole=document.file in whole)
        readings[document.file] = prose
        for included in _gated_by(document, prose):
            if included in known and included not in whole:
                whole.add(included)
                waiting.append(included)
    return readings


def _gated_by(document: Document, prose: Prose) -> Iterator[str]:
    for passage in prose.passages:
        for shortcode in unmasked(passage.text, document.shortcodes) if passage.gated else ():
            if shortcode.name == "include":
                yield document.included(shortcode)


def _numbers(passage: Passage, vocabulary: Vocabulary) -> list[Token]:
    if not passage.gated:
        return []
    return find_numbers(passage.text, vocabulary, heading=passage.part == "heading")


def _joined(prose: Prose) -> tuple[str, list[int]]:
    """Return the passages as one text, and where each begins in it."""
    starts = list(accumulate((len(passage.text) + 1 for passage in prose.passages), initial=0))
    return "\n".join(passage.text for passage in prose.passages), starts


def _problem(
    file: str, line: int | None, part: str, token: Token, values: Mapping[str, str]
) -> SourceProblem:
    same = [name for name, text in sorted(values.items()) if text == token.text]
    return SourceProblem(file, line, part, token.text, *_advice(token, same))


def _advice(token: Token, same: Sequence[str] = ()) -> tuple[str, str]:
    """Return rule and way out; `same` are the values that read like the token."""
    rule, way_out = RULES[token.kind]
    return rule, way_out.replace("{hint}", f" ({', '.join(same[:3])} reads so)" if same else "")


def _quotation_problem(passage: Passage, sources: Mapping[str, str]) -> tuple[str, str] | None:
    """Return rule and way out of a quotation that cannot be checked, or does not stand in its source."""
    if passage.part != QUOTED:
        return None
    known = ", ".join(sorted(sources)) or "none yet"
    source = passage.source
    if source is None:
        return ("a quotation names its source", f"Write {{.quoted from=…}}; the sources are: {known}.")
    if source not in sources:
        rule = f"there is no source {source!r}"
        return (rule, f"The sources are: {known} (one text file each in data/literature/source).")
    wanted = re.escape(_folded(passage.text))
    if wanted and re.search(rf"(?<!\w)(?<!\d[.,]){wanted}(?!\w|[.,]\d)", _folded(sources[source])):
        return None
    return (
        f"this does not stand verbatim in the source {source!r}",
        "Quote it as it stands there, or register it.",
    )


def _folded(text: str) -> str:
    """Return a text with straight quotation marks, plain dashes and single spaces, to be compared."""
    return " ".join(unicodedata.normalize("NFC", text).translate(FOLDED).replace("--", "-").split())
