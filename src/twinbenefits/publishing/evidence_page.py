"""The evidence page: from every sentence that is claimed to what carries it, in one file without a network.

Sentence, claim, displays, segments as far as the audience may read them, codebook entry, references. Filters
by case, benefit, mechanism, status and confidence. The list of every number, table and figure with the cell
that made it closes the page and stands beside it as CSV.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import date
from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.atomic import write_text
from twinbenefits.publishing.claims import STATES, ClaimsReport, ClaimState, check_claims
from twinbenefits.publishing.claims_known import Edition
from twinbenefits.publishing.claims_marks import EVIDENCE_PAGE
from twinbenefits.publishing.claims_sources import HEAD, ResultSource, as_csv, result_sources
from twinbenefits.publishing.edition_mark import SYNTHETIC_EDITION
from twinbenefits.publishing.evidence_entries import (
    LEVELS,
    NOT_RATED,
    PARTLY_RATED,
    Entries,
    confidence_level,
)
from twinbenefits.publishing.evidence_markup import Element, as_html, element
from twinbenefits.publishing.evidence_places import read_places
from twinbenefits.publishing.evidence_shown import Segments
from twinbenefits.publishing.evidence_votes import read_votes
from twinbenefits.publishing.stage_results import read_results

__all__ = ["NUMBERS", "write_evidence_page"]

NUMBERS = "evidence/numbers.csv"
"""Where the list of numbers, tables and figures stands, relative to the output folder."""

TITLE = "What every claim rests on"
PURPOSE = (
    "From each sentence that is claimed this page leads to the displays, segments, codebook entries and "
    "references that carry it, and back."
)
PAGES = (("start page", "index.html"), ("paper", "paper/index.html"))
NO_CLAIM = "No claim can be shown: the ledger is empty, or there are no results of this edition yet."
NO_SEGMENT = (
    "No segment may be shown here. This is not a fault: words that people said to the study are printed only "
    "where they and their company have agreed to it."
)
WHAT_SEGMENTS = (
    "A segment is a passage of an interview that was given a code. Shown is what this audience may read."
)
WHAT_NUMBERS = (
    "Every number, table and figure that a document of this edition prints, with the notebook, code cell and "
    "file that hold it; "
)
ASSETS = Path(__file__).parent / "assets"
CONFIDENCE = (*LEVELS, PARTLY_RATED, NOT_RATED)
ROLES = {"benefit": "Benefit", "mechanism": "Mechanism"}
LEVEL_OF_CONSENT = re.compile(r" \(level \d\)$")
SECTIONS = {"claims": "Claims", "segments": "Segments", "codes": "Codebook", "references": "References",
            "numbers": "Numbers, tables and figures"}  # fmt: skip


def write_evidence_page(
    root: Path,
    audience: str,
    evidence: str,
    into: Path,
    *,
    as_of: date | None = None,
    segments: Segments | None = None,
) -> Path:
    """Write the evidence page of one edition, and the list of its numbers beside it.

    Parameters
    ----------
    root
        The project's top folder, with the results of the edition.
    audience, evidence
        Which edition.
    into
        The folder of the edition's documents; the page becomes ``evidence/index.html`` in it.
    as_of
        The day for which permissions are judged; the study's own if left out.
    segments
        What `read_segments` returns for this edition and day, if it has been read already.

    Returns
    -------
    Path
        The page.
    """
    layout = Layout(Path(root))
    staged = read_results(layout, audience, evidence)
    edition = Edition(layout, audience, evidence, staged)
    report = check_claims(layout, audience, evidence, staged)
    if segments is None:
        from twinbenefits.publishing.evidence_segments import read_segments

        segments = read_segments(layout, audience, evidence, as_of)
    entries = Entries(edition, read_places(layout), read_votes(layout, audience, evidence, staged))
    sources = result_sources(edition)
    page = _Page(report, segments, entries, sources).html()
    write_text(into / EVIDENCE_PAGE, page)
    write_text(into / NUMBERS, as_csv(sources))
    return into / EVIDENCE_PAGE


class _Page:
    """Puts the page together."""

    def __init__(
        self, report: ClaimsReport, segments: Segments, entries: Entries, sources: Sequence[ResultSource]
    ) -> None:
        self.report, self.segments, self.entries, self.sources = report, segments, entries, sources
        self.states = [state for state in report.states if state.claim.id not in report.left_out]
        self.synthetic = segments.synthetic or any(state.synthetic for state in self.states)
        self.codes = self._codes()
        self.references = self._references()

    def html(self) -> str:
        """Return the whole page."""
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", TITLE),
            element("style", _asset("evidence.css")),
        )
        main = element("main", *self._sections(), id="content")
        body = element("body", *self._top(), main, *self._scripts())
        return "<!DOCTYPE html>\n" + as_html(element("html", head, "\n", body, lang="en")) + "\n"

    def _top(self) -> Iterator[Element]:
        yield element("a", "Skip to the claims", href="#claims", class_="skip")
        if self.synthetic:
            yield element("div", element("p", SYNTHETIC_EDITION), class_="edition-mark", role="note")
        start, paper = (element("a", name, href=f"../{page}") for name, page in PAGES)
        said = f"Edition for: {self.report.audience}. {PURPOSE} Also: "
        sections = [element("li", element("a", title, href=f"#{name}")) for name, title in SECTIONS.items()]
        yield element(
            "header",
            element("h1", TITLE),
            element("p", said, start, ", ", paper, "."),
            element("nav", element("ul", *sections), aria_label="Parts of this page"),
        )

    def _sections(self) -> Iterator[Element]:
        yield self._filters()
        claims = [self.entries.claim(state) for state in self.states]
        nothing = None if claims else element("p", NO_CLAIM, class_="empty")
        yield _section("claims", element("p", *self._left_out()), nothing, *claims)
        yield _section("segments", *self._segments())
        behind = self._claims_by(self.entries.codes_of)
        codes = [self.entries.code(name, behind.get(name, ())) for name in self.codes]
        yield _section(
            "codes", *(codes or [element("p", "No claim or segment here names a code.", class_="empty")])
        )
        behind = self._claims_by(lambda state: state.claim.rests_on["references"])
        works = [self.entries.reference(key, behind.get(key, ())) for key in self.references]
        yield _section(
            "references", *(works or [element("p", "No claim here names a work.", class_="empty")])
        )
        yield _section("numbers", *self._numbers())

    def _left_out(self) -> Iterator[str]:
        counts = ", ".join(f"{count} {state}" for state, count in self.report.counts.items() if count)
        yield f"States of the claims: {counts or 'none'}."
        if self.report.left_out:
            yield (
                f" Left out of this edition, because it cannot tell whether they hold: "
                f"{', '.join(self.report.left_out)}."
            )

    def _filters(self) -> Element:
        fields = [
            _select("case", "Case", _same(self._cases())),
            *(_select(role, title, self._options(role)) for role, title in ROLES.items()),
            _select("status", "Status of the benefit", _same(self._statuses())),
            _select("state", "State of the claim", _used(STATES, (state.state for state in self.states))),
            _select("confidence", "Confidence", _used(CONFIDENCE, map(_level, self.states))),
            _select("claim", "Claim", _same(state.claim.id for state in self.states)),
        ]
        search = element("input", id="words", type="search", autocomplete="off")
        words = element("div", element("label", "Words in segments", for_="words"), search, class_="field")
        reset, found = (
            element("button", "Show all", type="reset"),
            element("output", id="found", aria_live="polite"),
        )
        label = "Filter claims and segments"
        form = element("form", *fields, words, reset, found, id="filters", role="search", aria_label=label)
        hint = "Filters by case and status keep the claims behind which such a segment stands."
        return element("section", element("h2", "Filter"), element("p", hint), form, class_="filters")

    def _segments(self) -> Iterator[Element]:
        if not self.segments.rows:
            yield element("p", NO_SEGMENT, class_="empty")
        else:
            yield element("p", WHAT_SEGMENTS)
            yield _table("Segments that pass the filters", "segment-table")
            yield element("noscript", "The table of segments needs scripts, which your browser does not run.")
        reasons = sorted({LEVEL_OF_CONSENT.sub("", reason) for reason in self.segments.reasons})
        if reasons:
            why = element("ul", *(element("li", reason) for reason in reasons))
            yield element("details", element("summary", "Why other segments are not shown"), why)

    def _numbers(self) -> Iterator[Element]:
        yield element("p", WHAT_NUMBERS, element("a", "the same as CSV", href=Path(NUMBERS).name), ".")
        head = element("thead", element("tr", *(element("th", title, scope="col") for title in HEAD)))
        rows = [element("tr", *(element("td", part) for part in astuple(row))) for row in self.sources]
        yield _table("In-text numbers, tables and figures", "number-table", head, element("tbody", *rows))

    def _scripts(self) -> Iterator[Element]:
        content = json.dumps(self._data(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        yield element("script", content, type="application/json", id="data")
        licence, library = (_asset(f"datatables/{name}") for name in ("License.txt", "dataTables.min.js"))
        yield element("script", f"/*\n{licence.strip()}\n*/\n{library}")
        yield element("script", _asset("evidence.js"))

    def _data(self) -> dict[str, object]:
        """Return what the filters work on; codes, cases and statuses are named by their numbers."""
        number = {name: place for place, name in enumerate(self.codes)}
        cases, statuses = self._cases(), ["", *self._statuses()]
        case_number = {case: place for place, case in enumerate(cases)}
        return {
            "codes": [[name, self._label(name), [number[up] for up in self._above(name)]] for name in number],
            "cases": cases,
            "statuses": statuses,
            "claims": [
                [state.claim.id, state.state, _level(state), int(state.about_cases),
                 [number[code] for code in self.entries.codes_of(state)]]
                for state in self.states
            ],
            "segments": [
                [one.name, case_number[one.case], one.words, one.term,
                 [[number[c.code], number.get(c.target, -1), statuses.index(c.status)] for c in one.codings]]
                for one in self.segments.rows
            ],
        }  # fmt: skip

    def _codes(self) -> list[str]:
        """Return the codes that claims and segments name, with those above them, in the codebook's order."""
        named = {code for state in self.states for code in self.entries.codes_of(state)}
        for segment in self.segments.rows:
            named |= {name for coding in segment.codings for name in (coding.code, coding.target) if name}
        named |= {up for name in named for up in self._above(name)}
        known = [name for name in self.entries.codes if name in named]
        return known + sorted(named - set(known))

    def _above(self, name: str) -> list[str]:
        """Return a code and all above it."""
        found: list[str] = []
        while name and name not in found:
            found.append(name)
            name = self.entries.codes.get(name, {}).get("parent", "")
        return found

    def _references(self) -> list[str]:
        named = {key for state in self.states for key in state.claim.rests_on["references"]}
        named |= {key for code in self.codes for key in self.entries.named_for.get(code, ())}
        return [key for key in self.entries.references if key in named]

    def _claims_by(self, named: Callable[[ClaimState], Iterable[str]]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for state in self.states:
            for name in named(state):
                found.setdefault(name, []).append(state.claim.id)
        return found

    def _options(self, role: str) -> list[tuple[str, str]]:
        mine = [name for name in self.codes if self.entries.codes.get(name, {}).get("role") == role]
        return [(name, f"{name} {self._label(name)}") for name in mine]

    def _label(self, name: str) -> str:
        return self.entries.codes.get(name, {}).get("label", "")

    def _cases(self) -> list[str]:
        return sorted({segment.case for segment in self.segments.rows})

    def _statuses(self) -> list[str]:
        given = {coding.status for segment in self.segments.rows for coding in segment.codings}
        return [status for status in ("expected", "observed", "measured") if status in given]


def _level(state: ClaimState) -> str:
    return confidence_level(state.steps)


def _used(order: Iterable[str], used: Iterable[str]) -> list[tuple[str, str]]:
    present = set(used)
    return _same(name for name in order if name in present)


def _select(name: str, title: str, options: Sequence[tuple[str, str]]) -> Element | None:
    """Return a field to choose from, or None where there is nothing to choose."""
    if not options:
        return None
    choices = [element("option", "all", value="")]
    choices += [element("option", said, value=value) for value, said in options]
    field = element("select", *choices, id=name, name=name)
    return element("div", element("label", title, for_=name), field, class_="field")


def _section(name: str, *content: Element | None) -> Element:
    return element("section", element("h2", SECTIONS[name], id=name, tabindex="-1"), *content)


def _table(caption: str, name: str, *parts: Element) -> Element:
    """Return a table in a region that scrolls and can be reached by keyboard."""
    table = element("table", element("caption", caption), *parts, id=name)
    return element("div", table, class_="table", tabindex="0", role="region", aria_label=caption)


def _same(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")
