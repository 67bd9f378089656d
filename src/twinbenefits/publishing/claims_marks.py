"""Where a source makes a claim: ``[The sentence.]{.claim key=C07}``, a span that any engine understands.

A sentence that is marked can be left out of an edition that cannot tell whether it holds, carries a note in
the team's edition, and has an address in pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import SourceProblem

__all__ = ["CLAIMS_FILE", "EVIDENCE_PAGE", "ClaimMark", "claim_marks", "mark_problems", "staged_claims"]

CLAIMS_FILE = "claims.json"
EVIDENCE_PAGE = "evidence/index.html"
"""Where the page of evidence stands, relative to the output folder."""

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


def staged_claims(
    notes: Mapping[str, str], left_out: Collection[str], page: str = "", invented: Collection[str] = ()
) -> str:
    """Return what documents are told of the claims they mark, as staging writes it into `CLAIMS_FILE`.

    The filter that both engines run reads it: it leaves out the sentences named, prints the team's notes, and
    leads from each sentence to its place on the page of evidence.

    Parameters
    ----------
    notes
        Claim to what the team's edition says beside its sentences; empty for the others.
    left_out
        The claims whose sentences this edition leaves out.
    page
        Where the page of evidence stands, relative to the output folder; empty where none is made.
    invented
        The claims about cases whose evidence is invented: an abstract and a conclusion leave them out.

    Examples
    --------
    >>> json.loads(staged_claims({}, ["C02"]))["claims"]
    {'C02': {'left_out': True}}
    """
    told: dict[str, dict[str, object]] = {}
    for key, note in notes.items():
        told.setdefault(key, {})["note"] = note
    for what, keys in (("left_out", left_out), ("invented", invented)):
        for key in keys:
            told.setdefault(key, {})[what] = True
    content = {**({"page": page} if page else {}), "claims": dict(sorted(told.items()))}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


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
