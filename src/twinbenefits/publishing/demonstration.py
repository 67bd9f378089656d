"""Abstract and conclusion make no claim about the cases while their evidence is invented.

A reader who opens nothing but the abstract must not take an invented number for a finding. Sentences that are
claims of the ledger are left out there by the filter that both engines run; whatever else names an invented
number in an abstract or a conclusion stops the edition here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from twinbenefits.publishing.claims_marks import claim_marks
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.prose_gate import Document
from twinbenefits.publishing.shortcodes import FRONT_MATTER, PATTERN
from twinbenefits.publishing.stage_results import Staged

__all__ = ["demonstration_problems"]

HEADING = re.compile(r"^(#{1,6})[ \t].*$", re.MULTILINE)
CONCLUSION = re.compile(r"\{[^}]*\.conclusion(?=[\s}])")
REAL_ONLY = re.compile(r"\[[^\[\]]*\]\{[^{}]*\.real-only[^{}]*\}")
WAY_OUT = (
    "Make the sentence a claim of the ledger ([...]{.claim key=...}), which is left out there while its "
    "evidence is invented, or put it between [ and ]{.real-only}."
)


def demonstration_problems(documents: Sequence[Document], staged: Staged) -> list[SourceProblem]:
    """Return the invented numbers that an abstract or a conclusion would show as if they were findings.

    Parameters
    ----------
    documents
        The sources.
    staged
        The registered results, which say of each value whether it rests on invented evidence.
    """
    invented = {name for name, record in staged.values.items() if record["mark"]}
    return [problem for document in documents for problem in _in_document(document, invented)]


def _in_document(document: Document, invented: set[str]) -> Iterator[SourceProblem]:
    left_out = [(mark.start, mark.end) for mark in claim_marks(document.text)]
    left_out += [match.span() for match in REAL_ONLY.finditer(document.text)]
    for what, start, end in _places(document.text):
        for match in PATTERN.finditer(document.text, start, end):
            name = match["body"].removeprefix("var").strip()
            named = match["body"].startswith("var ") and name in invented
            if named and not any(first <= match.start() < last for first, last in left_out):
                line = document.text.count("\n", 0, match.start()) + 1
                rule = f"the {what} shows a number that rests on invented evidence"
                yield SourceProblem(document.file, line, what, name, rule, WAY_OUT)


def _places(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield where title and abstract stand, and each section that is a conclusion."""
    front = FRONT_MATTER.match(text)
    if front:
        yield "front matter", *front.span()
    headings = list(HEADING.finditer(text, front.end() if front else 0))
    for number, heading in enumerate(headings):
        if CONCLUSION.search(heading[0]):
            level = len(heading[1])
            following = (other.start() for other in headings[number + 1 :] if len(other[1]) <= level)
            yield "conclusion", heading.start(), next(following, len(text))
