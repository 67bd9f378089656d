"""Where a source makes a claim: ``[The sentence.]{.claim key=C07}``, a span that any engine understands.

A sentence that is marked can be left out of an edition that cannot tell whether it holds, and can carry a
note in the team's edition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import SourceProblem

__all__ = ["ClaimMark", "claim_marks", "mark_problems", "with_notes", "without_claims"]

ATTRIBUTES = re.compile(r"\{([^{}\n]*)\}")
IS_CLAIM = re.compile(r"(?:^|\s)\.claim(?=\s|$)")
KEY = re.compile(r"(?:^|\s)key=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
UNREAD = re.compile(
    r"^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`)|\{\{<.*?>\}\}",
    re.DOTALL | re.MULTILINE,
)
"""Code and shortcodes, whose brackets are none."""


@dataclass(frozen=True, slots=True)
class ClaimMark:
    """One marked sentence.

    Parameters
    ----------
    key
        The claim's id; empty when the mark names none.
    line
        The line on which the sentence ends, counted from 1.
    start, end
        Where the span stands in the text, brackets and attributes included.
    """

    key: str
    line: int
    start: int
    end: int


def claim_marks(text: str) -> list[ClaimMark]:
    """Return the marked sentences of a source in reading order; code is passed over.

    Examples
    --------
    >>> [mark.key for mark in claim_marks("We saw [ten [boats]{.x}.]{.claim key=C01} And `[no]{.claim}`.")]
    ['C01']
    """
    return [mark for mark in _spans(text) if mark is not None]


def mark_problems(file: str, text: str, known: Collection[str]) -> Iterator[SourceProblem]:
    """Yield every mark that names no claim of the ledger."""
    for mark in claim_marks(text):
        if mark.key in known:
            continue
        meant = nearest(mark.key, known)
        rule = "no such claim stands in the ledger" if mark.key else "the mark names no claim"
        way_out = f"Did you mean {meant}?" if meant else "Write it as [sentence]{.claim key=C07}."
        yield SourceProblem(file, mark.line, "claim", mark.key, rule, way_out)


def without_claims(text: str, keys: Collection[str]) -> str:
    """Return a source without the sentences of some claims.

    Examples
    --------
    >>> without_claims("Boats float. [They sink.]{.claim key=C02} We saw them.", ["C02"])
    'Boats float. We saw them.'
    """
    for mark in reversed(claim_marks(text)):
        if mark.key in keys:
            before, after = text[: mark.start], text[mark.end :]
            text = before + (after[1:] if after[:1] == " " and before[-1:] in ("", " ", "\n") else after)
    return text


def with_notes(text: str, notes: Mapping[str, str]) -> str:
    """Return a source in which marked sentences are followed by a note, as the team's edition shows it.

    Parameters
    ----------
    text
        The source.
    notes
        Claim to note, in Markdown; a claim without a note stays as it is.

    Examples
    --------
    >>> with_notes("[They sink.]{.claim key=C02} Indeed.", {"C02": "C02 is broken"})
    '[They sink.]{.claim key=C02} [C02 is broken]{.claim-note} Indeed.'
    """
    for mark in reversed(claim_marks(text)):
        if mark.key in notes:
            text = f"{text[: mark.end]} [{notes[mark.key]}]{{.claim-note}}{text[mark.end :]}"
    return text


def _spans(text: str) -> Iterator[ClaimMark | None]:
    """Yield the spans of claims, and None for any other bracket that closes."""
    opened: list[int] = []
    readable = UNREAD.sub(lambda match: " " * len(match[0]), text)
    at = 0
    while at < len(readable):
        sign = readable[at]
        if sign == "\\":
            at += 2
            continue
        if sign == "[":
            opened.append(at)
        elif sign == "]" and opened:
            start, attributes = opened.pop(), ATTRIBUTES.match(readable, at + 1)
            yield _mark(text, start, attributes) if attributes else None
        elif sign == "\n" and readable[at : at + 2] == "\n\n":
            opened.clear()  # no span goes beyond its paragraph
        at += 1


def _mark(text: str, start: int, attributes: re.Match[str]) -> ClaimMark | None:
    if not IS_CLAIM.search(attributes[1]):
        return None
    key = KEY.search(attributes[1])
    named = next(part for part in (*key.groups(), "") if part is not None) if key else ""
    return ClaimMark(named, text.count("\n", 0, attributes.end()) + 1, start, attributes.end())
