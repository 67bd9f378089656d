"""The entries of the evidence page: one per claim, per code and per reference, each leading to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from twinbenefits.publishing.claims import ClaimState
from twinbenefits.publishing.claims_codes import codes_behind, references_by_code
from twinbenefits.publishing.claims_known import TABLES, Edition, table_rows
from twinbenefits.publishing.claims_ledger import COMPONENTS
from twinbenefits.publishing.claims_sources import cell_in_words
from twinbenefits.publishing.evidence_markup import Element, element, listed
from twinbenefits.publishing.evidence_places import Place, Places
from twinbenefits.publishing.evidence_votes import Votes

__all__ = ["Entries", "confidence_level"]

LEVELS = ("High", "Moderate", "Low", "Very low")
NOT_RATED, PARTLY_RATED = "Not rated", "Partly rated"
UP = "../"
CODE_FIELDS = ("definition", "include", "exclude", "example")


def confidence_level(steps: Mapping[str, int]) -> str:
    """Return the confidence that people's step-downs leave: the first level less one for each step.

    >>> confidence_level({}), confidence_level({"coherence": 1})
    ('Not rated', 'Partly rated')
    >>> confidence_level({**dict.fromkeys(COMPONENTS, 0), "coherence": 1})
    'Moderate'
    """
    if not steps:
        return NOT_RATED
    if any(component not in steps for component in COMPONENTS):
        return PARTLY_RATED
    return LEVELS[min(sum(steps.values()), len(LEVELS) - 1)]


class Entries:
    """What the page says of claims, codes and references.

    Parameters
    ----------
    edition
        The results and tables of the edition.
    places
        Where its pages make claims and show displays.
    votes
        What workshops said of items.
    """

    def __init__(self, edition: Edition, places: Places, votes: Votes) -> None:
        self.edition, self.places, self.votes = edition, places, votes

    @cached_property
    def codes(self) -> dict[str, dict[str, str]]:
        """The codebook by id."""
        return {row["id"]: row for row in self._rows("codes")}

    @cached_property
    def references(self) -> dict[str, dict[str, str]]:
        """The references by key."""
        return {row["key"]: row for row in self._rows("references")}

    @cached_property
    def propositions(self) -> dict[str, dict[str, str]]:
        """The propositions by id."""
        return {row["id"]: row for row in self._rows("propositions")}

    @cached_property
    def named_for(self) -> dict[str, list[str]]:
        """Code to the references that the deck names in the row the code is read from."""
        return references_by_code(self.edition.layout.root)

    def codes_of(self, state: ClaimState) -> tuple[str, ...]:
        """Return the codes a claim rests on, by name or through its propositions."""
        return codes_behind(self.edition.layout.root, state.claim)

    def _rows(self, kind: str) -> list[dict[str, str]]:
        return table_rows(self.edition.layout.root / TABLES[kind][0])

    def claim(self, state: ClaimState) -> Element:
        """Return one claim: its sentence, its state, and what it rests on step by step."""
        claim = state.claim
        level = confidence_level(state.steps)
        badges = [
            element("span", state.state, class_=f"badge state-{state.state.replace(' ', '-')}"),
            element("span", f"confidence: {level.lower()}", class_="badge"),
            element(
                "span", "from the cases" if state.about_cases else "from literature and study", class_="badge"
            ),
        ]
        badges += [element("span", "invented data", class_="badge invented")] if state.synthetic else []
        own = element("a", claim.id, href=f"#{claim.id}", class_="own", title="Address of this claim")
        parts = [
            element("h3", own, " ", state.sentence),
            element("p", *_spaced(badges)),
            self._said("Stands in", map(_link, self.places.claims.get(claim.id, ()))),
            element("details", element("summary", f"What {claim.id} rests on"), *self._grounds(state)),
        ]
        return element("article", *parts, id=claim.id, class_="claim", tabindex="-1")

    def _grounds(self, state: ClaimState) -> Iterator[Element | None]:
        claim = state.claim
        yield element("p", element("strong", "Holds if "), element("code", claim.holds_if.text))
        if claim.weakened_if:
            yield element("p", element("strong", "Weakened if "), element("code", claim.weakened_if.text))
        if state.reason:
            yield element("p", element("strong", "Why this state: "), state.reason)
        yield element("p", element("strong", "Against: "), claim.against)
        yield self._said("Numbers", map(self._value, claim.values))
        yield self._said("Displays", map(self._display, claim.rests_on["displays"]))
        yield self._said("Propositions", map(self._proposition, claim.rests_on["propositions"]))
        codes = self.codes_of(state)
        if state.about_cases and codes:
            button = element(
                "button", f"Show the segments behind {claim.id}", type="button", data_claim=claim.id
            )
            yield element("p", button, class_="to-segments")
        yield self._said("Codebook entries", map(self.code_link, codes))
        yield self._said("References", map(self.reference_link, claim.rests_on["references"]))
        yield self._said("Confidence", map(_step, claim.confidence) if claim.rated else _lowered(state.steps))
        yield self._said("Votes", (element("span", said) for said in self.votes.of(claim.workshop)))

    @staticmethod
    def _said(title: str, items: Iterable[Element]) -> Element | None:
        found = listed(items)
        return None if found is None else element("div", element("h4", title), found, class_="ground")

    def _value(self, name: str) -> Element:
        record = self.edition.staged.values[name]
        unit = f" {record['unit']}" if record["unit"] and record["value"] is not None else ""
        return element(
            "span", element("code", name), f": {record['text']}{unit}{self._origin(f'value {name}')}"
        )

    def _display(self, name: str) -> Element:
        record = self.edition.staged.displays.get(name)
        if record is None:
            return element("span", f"{name}: not part of this edition")
        part = f"{record['kind']} {name}"
        shown = self.places.displays.get(str(record["label"]), [])
        links = [*map(_link, shown)] or [*self._notebook(part)]
        return element("span", f"{name}, {record['caption']} ", *_spaced(links), self._origin(part))

    def _origin(self, part: str) -> str:
        origin = self.edition.origins.get(part)
        if origin is None:
            return ""
        cell = cell_in_words(self.edition.layout.root, origin)
        return f" (made in notebooks/{origin.notebook}.ipynb, {cell}, from {', '.join(origin.inputs)})"

    def _notebook(self, part: str) -> Iterator[Element]:
        origin = self.edition.origins.get(part)
        if origin is not None:
            yield element("a", "the notebook's page", href=f"{UP}notebooks/{origin.folder}.html")

    def _proposition(self, name: str) -> Element:
        row = self.propositions.get(name, {})
        against = row.get("would_count_against", "")
        decision = row.get("author_decision", "")
        said = f"{name}: {row.get('statement', '')}"
        said += f" Would count against it: {against}" if against else ""
        return element("span", f"{said} ({decision or 'no decision of the authors yet'})")

    def code_link(self, name: str) -> Element:
        """Return the way to a codebook entry."""
        label = self.codes.get(name, {}).get("label", "")
        return element("a", f"{name} {label}".strip(), href=f"#code-{name}")

    def reference_link(self, key: str) -> Element:
        """Return the way to a reference."""
        cited = self.references.get(key, {}).get("cited_as", key).split(";")[0]
        return element("a", cited, href=f"#ref-{key}")

    def code(self, name: str, claims: Sequence[str]) -> Element:
        """Return one codebook entry with the references named for it and the claims that rest on it."""
        row = self.codes.get(name, {})
        fields = [part for field in CODE_FIELDS if row.get(field) for part in _field(field, row[field])]
        named = self._said(
            "References the deck names in its row", map(self.reference_link, self.named_for.get(name, ()))
        )
        return element(
            "article",
            element("h3", f"{name} {row.get('label', '')}".strip()),
            element("dl", *fields) if fields else None,
            named,
            self._said("Claims that rest on it", map(_claim_link, claims)),
            id=f"code-{name}", tabindex="-1",
        )  # fmt: skip

    def reference(self, key: str, claims: Sequence[str]) -> Element:
        """Return one reference with how far it is identified."""
        row = self.references.get(key, {})
        status = row.get("status", "")
        told = status if status == "verified" else f"{status}, not yet identified"
        doi = row.get("settled_doi", "")
        return element(
            "article",
            element("h3", row.get("cited_as", key)),
            element("p", element("span", told, class_="badge"), f" {row.get('why', '')}"),
            element("p", f"doi:{doi}") if doi else None,
            self._said("Claims that rest on it", map(_claim_link, claims)),
            id=f"ref-{key}", tabindex="-1",
        )  # fmt: skip


def _field(name: str, said: str) -> tuple[Element, Element]:
    return element("dt", name.capitalize()), element("dd", said)


def _claim_link(name: str) -> Element:
    return element("a", name, href=f"#{name}")


def _step(step: Any) -> Element:
    lowered = f"lowered by {step.steps}" if step.steps else "not lowered"
    return element(
        "span", f"{step.component.replace('_', ' ')}: {lowered}, {step.reason} ({step.author}, {step.date})"
    )


def _lowered(steps: Mapping[str, int]) -> Iterator[Element]:
    for component, number in steps.items():
        said = f"lowered by {number}" if number else "not lowered"
        yield element("span", f"{component.replace('_', ' ')}: {said}")


def _link(place: Place) -> Element:
    named = f"{place.name}: {place.section}" if place.section else place.name
    return element("a", named, href=UP + place.address)


def _spaced(items: Sequence[Element]) -> Iterator[str | Element]:
    for number, item in enumerate(items):
        if number:
            yield " "
        yield item
