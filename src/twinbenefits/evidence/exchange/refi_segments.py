"""Passages of a REFI-QDA file: where they stand in their texts, what they say, and who coded them how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from twinbenefits.evidence.exchange.positions import Counting, Passage, SourceText, likeliest
from twinbenefits.evidence.exchange.project import Row, identifier
from twinbenefits.evidence.exchange.refi_markup import RawCoding, RawSelection, RawSource
from twinbenefits.evidence.exchange.refi_names import Guids, coder_of
from twinbenefits.evidence.exchange.refi_properties import OwnNote
from twinbenefits.evidence.exchange.report import Log

__all__ = ["Codings", "Place", "segments_of_source", "standing"]

MEDIA: Mapping[str, str] = {
    "PlainTextSelection": "text",
    "PictureSelection": "picture",
    "PDFSelection": "pdf area",
    "AudioSelection": "audio",
    "VideoSelection": "video",
    "TranscriptSelection": "transcript",
}
CORNERS = ("page", "firstX", "firstY", "secondX", "secondY", "begin", "end", "fromSyncPoint", "toSyncPoint")
COUNTED = ("startPosition", "endPosition")
FARTHEST = 2**40
"""No text is so long; a position beyond it is as good as this one."""
BEHIND = "a passage that ends behind its text was cut at the text's end"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands in its text, if that is known, and its words."""

    start: int | None = None
    end: int | None = None
    text: str = ""


@dataclass(slots=True)
class Codings:
    """What is needed to take down codings, and the rows so far.

    Parameters
    ----------
    coders
        Coders by GUID; unlisted ones are added.
    codes
        Codes by GUID; missing ones are added.
    cases
        Cases by GUID: a coding may name one instead of a code.
    notes
        Properties of this study by the GUID of the note that carries them.
    own
        The note on the whole project.
    """

    log: Log
    guids: Guids
    coders: dict[str, str]
    codes: dict[str, str]
    cases: Mapping[str, str]
    notes: Mapping[str, Mapping[str, str]]
    own: OwnNote
    segments: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    missing_codes: list[Row] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)
    by_guid: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _segment_ids: dict[str, str] | None = None
    _coding_ids: dict[str, str] | None = None

    def segment_id(self, guid: str, *parts: str) -> str:
        """Return the identifier of a segment, the one of this study where the GUID is derived from it."""
        if self._segment_ids is None:
            self._segment_ids = self.own.by_guid("segments")
        return self._free(self._segment_ids.get(guid) or identifier("seg", guid, *parts if not guid else ""))

    def coding_id(self, guid: str, *parts: str) -> str:
        """Return the identifier of a coding."""
        if self._coding_ids is None:
            self._coding_ids = self.own.by_guid("codings")
        return self._free(self._coding_ids.get(guid) or identifier("cod", guid, *parts if not guid else ""))

    def _free(self, name: str) -> str:
        number, free = 1, name
        while free in self._taken:
            number += 1
            free = f"{name}-{number}"
        self._taken.add(free)
        return free

    def properties(self, notes: Sequence[str]) -> dict[str, str]:
        """Return the study's own properties that notes carry."""
        found: dict[str, str] = {}
        for note in notes:
            found |= self.notes.get(self.guids.refer(note), {})
        return found

    def add(self, coding: RawCoding, segment: str, by: Mapping[str, str]) -> None:
        """Take down one coding; `by` holds the attributes of its selection or source."""
        guid = self.guids.read(coding.attributes.get("guid", ""), "codings")
        if not coding.codes:
            self.log.drop("a coding that names no code says nothing; its passage was kept", segment)
        for target in coding.codes:
            code = self._code(self.guids.refer(target), segment)
            if code is None:
                continue
            user = coding.attributes.get("creatingUser", "")
            if not user and by.get("creatingUser"):
                self.log.tolerate("a coding without a user is by the user of its passage")
                user = by["creatingUser"]
            coder = coder_of(self.guids.refer(user), self.coders, self.log)
            written = coding.attributes.get("creationDateTime") or by.get("creationDateTime", "")
            self.rows.append(
                {
                    "coding": self.coding_id(guid, segment, coder, code),
                    "segment": segment,
                    "coder": coder,
                    "code": code,
                    "created": written.removesuffix("T00:00:00Z"),
                    "guid": guid,
                    **self.properties(coding.notes),
                }
            )

    def _code(self, target: str, segment: str) -> str | None:
        """Return the code a coding refers to; one that is missing is added, a case is noted as such."""
        if target in self.codes:
            return self.codes[target]
        if target in self.cases:
            self.log.tolerate("a coding that names a case instead of a code was read as: the case spoke here")
            self.members.setdefault(self.cases[target], []).append(segment)
            return None
        code = f"unknown-{target[:8] or 'code'}"
        self.log.ask(
            "codings name a code that is not in the file's code book; they were kept under a stand-in",
            "Say in the mapping sheet which code is meant, or export the project again with its code book.",
            place=f"code {code}",
        )
        self.codes[target] = code
        self.missing_codes.append(
            {"code": code, "name": code, "description": "named by codings only", "guid": target}
        )
        return code


def standing(
    sources: Sequence[tuple[RawSource, SourceText]], log: Log, *, break_is_two: bool
) -> Callable[[RawSource], Counting]:
    """Return a function that says how positions of a source are counted.

    One way is sought for all sources of the file; a source that it does not fit gets its own.
    """
    passages_of = {id(source): _passages(source) for source, _ in sources}
    material = [(text, passages_of[id(source)]) for source, text in sources]
    usual = likeliest(material, break_is_two=break_is_two)
    own: dict[int, Counting] = {}
    doubtful = [text for source, text in sources if text.is_counted_differently and passages_of[id(source)]]
    for source, text in sources:
        passages = passages_of[id(source)]
        starts, ends = [p.start for p in passages], [p.end for p in passages]
        if passages and not text.place(starts, ends, usual)[2].all():
            own[id(source)] = likeliest([(text, passages)], break_is_two=usual.break_is_two)
    if doubtful or usual.end_is_last:
        log.tolerate(f"how positions count was found by trying: {usual}")
    for source, _ in sources:
        if id(source) in own and own[id(source)] != usual:
            log.tolerate(f"in single sources positions count otherwise: {own[id(source)]}", _name(source))
    return lambda source: own.get(id(source), usual)


def segments_of_source(
    raw: RawSource, source: str, text: SourceText | None, counting: Counting, codings: Codings
) -> None:
    """Take down the selections of a source and their codings."""
    places = _places(raw, text, counting, codings.log)
    seen: set[str] = set()
    for selection, place in zip(raw.selections, places, strict=True):
        guid = codings.guids.read(selection.attributes.get("guid", ""), f"passages of {source}")
        segment = codings.segment_id(guid, source, str(place.start), str(place.end), str(len(seen)))
        seen.add(segment)
        if guid in codings.by_guid:
            codings.log.tolerate(
                "a passage stands twice under one GUID, as an area of a page and as words; both were kept"
            )
        codings.by_guid.setdefault(guid, segment)
        if not selection.codings:
            codings.log.tolerate("a passage without a code was kept, with its memo if it has one")
        known = codings.properties(selection.notes)
        placed = known.get("place") is None  # this study says of a passage that it has no position
        codings.segments.append(
            {
                "segment": segment,
                "source": source,
                "start": place.start if placed else None,
                "end": place.end if placed else None,
                "text": place.text,
                "medium": MEDIA[selection.kind],
                "place": _elsewhere(selection, place),
                "memo": selection.description,
                "guid": guid,
                **known,
            }
        )
        for coding in selection.codings:
            codings.add(coding, segment, selection.attributes)
    if raw.codings:
        _whole_source(raw, source, text, codings)


def _whole_source(raw: RawSource, source: str, text: SourceText | None, codings: Codings) -> None:
    """Take down codings that a source has as a whole, under a segment that spans it."""
    codings.log.tolerate("codings on a whole source were kept under a segment that spans it", source)
    segment = codings.segment_id("", source, "whole source")
    end = len(text.text) if text else None
    codings.segments.append(
        {
            "segment": segment,
            "source": source,
            "start": 0 if text else None,
            "end": end,
            "medium": "whole source",
        }
    )
    for coding in raw.codings:
        codings.add(coding, segment, raw.attributes)


def _places(raw: RawSource, text: SourceText | None, counting: Counting, log: Log) -> list[Place]:
    """Return where each selection of a source stands."""
    read = [_positions(selection, raw, log) for selection in raw.selections]
    if text is None:
        return [
            Place(text=_kept_words(selection, log, raw, known=span is not None))
            for selection, span in zip(raw.selections, read, strict=True)
        ]
    spans = [span or (0, 0) for span in read]
    starts, ends, inside = text.place([s for s, _ in spans], [e for _, e in spans], counting)
    places = []
    for selection, span, start, end, fits in zip(
        raw.selections, read, starts.tolist(), ends.tolist(), inside.tolist(), strict=True
    ):
        if span is None:
            places.append(Place(text=_kept_words(selection, log, raw, known=False)))
            continue
        if not fits and (start >= len(text.text) or span[0] < 0 or start > end):
            log.ask(
                "positions outside the text could not be resolved; the codings were read all the same",
                "See whether the right text was exported, and export the project again.",
                place=f"source {_name(raw)}",
            )
            places.append(Place(text=_kept_words(selection, log, raw, known=False)))
            continue
        if not fits:
            log.tolerate(BEHIND, _name(raw))
        if start == end:
            log.tolerate("a passage of no length was kept as a place", _name(raw))
        places.append(Place(start, end, text.text[start:end]))
    return places


def _positions(selection: RawSelection, raw: RawSource, log: Log) -> tuple[int, int] | None:
    """Return start and end as written, in order; None where there are none in a text."""
    if selection.kind == "TranscriptSelection":
        points = [
            raw.sync_points.get(selection.attributes.get(name, ""), "")
            for name in ("fromSyncPoint", "toSyncPoint")
        ]
    elif selection.kind == "PlainTextSelection":
        points = [selection.attributes.get(name, "") for name in ("startPosition", "endPosition")]
    else:
        return None
    try:
        start, end = (max(-FARTHEST, min(FARTHEST, int(point))) for point in points)
    except ValueError:
        log.ask(
            "a position is no whole number, so the passage has none; its codings were read all the same",
            "Export the project again.",
            place=f"source {_name(raw)}",
            value=" and ".join(points),
        )
        return None
    if start > end:
        log.tolerate("a passage whose end stands before its start was turned round", _name(raw))
        start, end = end, start
    return start, end


def _kept_words(selection: RawSelection, log: Log, raw: RawSource, *, known: bool) -> str:
    """Return the words that are kept with a selection, for want of its text."""
    if selection.kind != "PlainTextSelection":
        return selection.content.strip()
    words = selection.attributes.get("name", "").strip()
    if known and words:
        log.tolerate("a passage has the words of its title, for want of its text", _name(raw))
    return words


def _passages(source: RawSource) -> list[Passage]:
    """Return the passages of a source that have readable positions."""
    passages = []
    for selection in source.selections:
        start, end = (selection.attributes.get(name, "") for name in ("startPosition", "endPosition"))
        if _is_whole(start) and _is_whole(end):
            low, high = sorted(max(-FARTHEST, min(FARTHEST, int(point))) for point in (start, end))
            passages.append(Passage(low, high, selection.attributes.get("name", "")))
    return passages


def _is_whole(written: str) -> bool:
    return written.strip().lstrip("-").isascii() and written.strip().lstrip("-").isdigit()


def _elsewhere(selection: RawSelection, place: Place) -> str:
    """Return where a passage stands as its program says it, unless it has a place in a text."""
    if place.start is not None:
        return ""
    names = COUNTED if selection.kind == "PlainTextSelection" else (*CORNERS, "name")
    known = ((name, selection.attributes.get(name)) for name in names)
    return ", ".join(f"{name} {value}" for name, value in known if value)


def _name(source: RawSource) -> str:
    owner = source.within or source
    return owner.attributes.get("name", "") or source.attributes.get("guid", "")
