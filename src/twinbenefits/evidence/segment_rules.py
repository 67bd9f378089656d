"""Rules of sources and segments: consent, positions, and the text they stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinbenefits.evidence.rules import Finding, Row, Rule, Tables, findings

__all__ = ["SEGMENT_RULES"]


def segments_are_no_looser_than_their_source(tables: Tables) -> list[Finding]:
    """Hold the consent of a segment to that of its source: stricter is fine, looser is not."""
    segments = tables["segments"]
    allowed = _of_source(tables, "consent_level")
    return findings(
        segments.assign(_allowed=allowed),
        segments["consent_level"] > allowed,
        "consent_level",
        "must not be higher than that of its source",
        lambda row: f"The source allows {row['_allowed']}: write that or less, or correct the source.",
    )


def positions_are_ranges(tables: Tables) -> list[Finding]:
    """Hold positions to half-open ranges within the source that are as long as the text."""
    segments = tables["segments"]
    start, end = segments["start"], segments["end"]
    both = start.notna() & end.notna()
    length = (end - start).where(both & (start < end))
    words = tables.words("segments", "text")
    letters = pd.Series(words.looked_up({word: len(word) for word in words.words}), segments.index, "Int64")
    told = findings(
        segments,
        start.isna() != end.isna(),
        "end",
        "start and end stand together or not at all",
        "Fill in the one that is missing, or clear both where the place is not known.",
    )
    told += findings(
        segments,
        both & (start >= end),
        "end",
        "must be greater than start: it is the position after the last letter",
        "Correct start or end, or clear both where the place is not known.",
    )
    limit = _of_source(tables, "characters")
    told += findings(
        segments.assign(_limit=limit),
        both & (end > limit),
        "end",
        "must lie within the source",
        lambda row: f"The source has {row['_limit']} characters: correct end, or the source's length.",
    )
    told += findings(
        segments.assign(_length=length, _letters=letters),
        (letters > 0) & (length != letters),
        "text",
        "must be as long as the range from start to end",
        lambda row: f"The text has {row['_letters']} characters, the range {row['_length']}: correct either.",
    )
    return told


def segments_stand_in_their_source(tables: Tables) -> list[Finding]:
    """Hold the text of each segment to the text of its source, where that is kept."""
    segments = tables["segments"]
    start, end = (segments[name].fillna(-1).to_numpy(dtype=np.int64) for name in ("start", "end"))
    text = segments["text"].to_numpy(dtype=object)
    source = tables.words("segments", "source")
    wholes = [tables.text_of(name) for name in source.words]
    spans = zip(source.places.tolist(), start.tolist(), end.tolist(), text.tolist(), strict=True)
    broken = np.array(
        [
            0 <= first < last
            and len(words) == last - first
            and (whole := wholes[place]) is not None
            and whole[first:last] != words
            for place, first, last, words in spans
        ],
        dtype=bool,
    )
    return findings(
        segments,
        broken,
        "text",
        "must be what stands at this place of its source",
        lambda row: _found_elsewhere(str(tables.text_of(row["source"])), row),
    )


def _found_elsewhere(whole: str, row: Row) -> str:
    place = whole.find(row["text"])
    if place < 0:
        return f"sources/{row['source']}.txt does not hold it: copy it from there, or clear start and end."
    if whole.find(row["text"], place + 1) >= 0:
        return "The text stands in the source more than once: look up the right place."
    return f"The text stands from {place} to {place + len(row['text'])}: correct start and end."


def sources_are_as_long_as_they_say(tables: Tables) -> list[Finding]:
    """Hold the length of each source to its text, where that is kept."""
    sources = tables["sources"]
    texts = {source: tables.text_of(source) for source in sources["source"]}
    length = pd.Series(
        [pd.NA if (text := texts[source]) is None else len(text) for source in sources["source"]],
        index=sources.index,
        dtype="Int64",
    )
    return findings(
        sources.assign(_length=length),
        sources["characters"] != length,
        "characters",
        "must be the length of the text that is kept",
        lambda row: f"sources/{row['source']}.txt has {row['_length']} characters: write that number.",
    )


def _of_source(tables: Tables, column: str) -> pd.Series:
    of_source = dict(zip(tables["sources"]["source"], tables["sources"][column], strict=True))
    cells = tables.words("segments", "source")
    found = pd.Series([of_source.get(word, pd.NA) for word in cells.words], dtype="Int64")
    return pd.Series(found.array.take(cells.places), index=tables["segments"].index)


_PLACES = ("segment", "source", "start", "end", "text", "consent_level")
_SOURCES = ("source", "characters", "consent_level")

SEGMENT_RULES = (
    Rule("segments", {"segments": _PLACES, "sources": _SOURCES}, segments_are_no_looser_than_their_source),
    Rule("segments", {"segments": _PLACES, "sources": _SOURCES}, positions_are_ranges),
    Rule("segments", {"segments": _PLACES, "sources": _SOURCES}, segments_stand_in_their_source),
    Rule("sources", {"sources": _SOURCES}, sources_are_as_long_as_they_say),
)
"""Rules of sources and segments."""
