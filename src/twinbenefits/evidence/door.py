"""The door: what an audience may not see never enters a notebook.

Rows under the audience's level go, with a count. Rows that may only be counted stay without their words.
What has a permission of its own that has lapsed or waits (a passage, a source) stays outside with them,
unless no permission is needed. For every audience but the team, all identifiers become keyed tokens, cases
become shuffled labels, and notes that the team wrote for itself are emptied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.evidence.consent import AudienceRule, Permissions, audience_rule, effective_levels, own_case
from twinbenefits.evidence.keys import Key

__all__ = ["TEAM", "Passed", "pass_door"]

TEAM = "team"

TOKENS: Mapping[str, str] = {
    "participant": "person", "participants": "person", "speaker": "person", "session": "session",
    "source": "source", "segment": "segment", "evidence": "segment", "use_case": "use", "coding": "coding",
    "rating": "rating", "link": "link", "objective": "objective", "permission": "permission", "memo": "memo",
    "negative_case": "negative", "voter": "voter", "vote": "vote", "corrects": "vote", "comment": "comment",
}  # fmt: skip
"""Columns that hold identifiers (some several, parted by semicolons) and the kind of token they become."""

CASE_COLUMNS = ("case", "employer_case")

ITEMS = ("vertical", "ratings", "benefit_states", "quotes", "counts")
"""What a permission may open as a whole; anything else is the code of a segment or source, which its own
row can only close: while it has lapsed or waits, nothing rests on it."""

TEAM_ONLY: Mapping[str, tuple[str, ...]] = {
    "cases": ("note", "selection_reason"),
    "sessions": ("note",),
    "sources": ("title", "text_sha256"),
    "segments": ("start", "end"),
    "coders": ("note",),
    "permissions": ("what", "approved_by"),
    "memos": ("about", "author"),
    "negative_cases": ("author",),
    "confidence_steps": ("author",),
    "decisions": ("author",),
}
"""Columns that only the team reads: remarks, titles, positions in a text."""

WORDS_BY_ITEM: Mapping[str, tuple[tuple[str, ...], str]] = {
    "objectives": (("statement",), "benefit_states"),
    "owners": (("owner_role",), "benefit_states"),
    "negative_cases": (("reason",), "ratings"),
    "use_cases": (("title", "started", "twin_level"), "benefit_states"),
    "context_ratings": (("na_reason",), "ratings"),
}
"""Columns with words about a company, and the permission that opens them."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What came through the door.

    Parameters
    ----------
    frames
        The tables as the audience's notebooks may hold them. Segments carry their effective consent level
        and `about_case`: whether they may enter a statement about their own case.
    dropped
        Table to the number of rows that stayed outside.
    labels
        Case as it stands in the tables here, to the name a reader sees: the vertical where its company
        permits it, else the shuffled label (for the team: the code).
    cases
        Case as it stands in the tables here, to the stable code; for checks, never for display.
    """

    frames: Mapping[str, pd.DataFrame]
    dropped: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)


def pass_door(
    frames: Mapping[str, pd.DataFrame],
    *,
    audience: str,
    rules: pd.DataFrame,
    permissions: Permissions,
    key: Key,
) -> Passed:
    """Let through what the audience may hold.

    Parameters
    ----------
    frames
        Checked tables by name; `cases`, `sources` and `segments` must be among them wherever a table
        refers to them.
    audience
        For whom.
    rules
        The table `release_rules`.
    permissions
        What the companies permit on the day of the study.
    key
        Makes tokens and shuffles the labels of this audience.
    """
    own = own_case(audience)
    others = audience_rule(rules, audience)
    theirs = audience_rule(rules, audience, own=True) if own else others

    def rule(case: str) -> AudienceRule:
        return theirs if own and case == own else others

    kept, dropped = _by_level(_closed(frames, rule, permissions), rule)
    if audience == TEAM:
        _silence(kept, rule)
        codes = {str(case): str(case) for case in _column(kept, "cases", "case")}
        return Passed(kept, dropped, codes, codes)
    kept = _without_words(kept, rule, permissions, own)
    shuffled = key.labels(audience, (str(case) for case in _column(kept, "cases", "case")))
    named = _shown_names(shuffled, kept, permissions, own)
    goals = {*_column(frames, "objectives", "objective")}
    masked = {name: _masked(frame, shuffled, goals, key) for name, frame in kept.items()}
    return Passed(
        masked,
        dropped,
        {shuffled[case]: name for case, name in named.items()},
        {label: case for case, label in shuffled.items()},
    )


def _column(frames: Mapping[str, pd.DataFrame], table: str, column: str) -> list[str]:
    return list(frames[table][column]) if table in frames else []


def _closed(
    frames: Mapping[str, pd.DataFrame], rule: Callable[[str], AudienceRule], permissions: Permissions
) -> Mapping[str, pd.DataFrame]:
    """Give the lowest level to passages and sources whose own permission is not in force."""
    if "sources" not in frames:
        return frames
    sources = frames["sources"]
    case_of = dict(zip(sources["source"], sources["case"].astype(str), strict=True))
    changed = dict(frames)
    for name, key in (("sources", "source"), ("segments", "segment")):
        if name in frames:
            named = frames[name][frames[name][key].isin(permissions.lapsed)]
            things = zip(named[key], named["source"].map(case_of), strict=True)
            shut = [
                rule(str(case)).permission and permissions.closes(str(case), str(one)) for one, case in things
            ]
            if any(shut):
                closed = frames[name].index.isin(named.index[np.array(shut, dtype=bool)])
                levels = frames[name]["consent_level"].mask(closed, 0)
                changed[name] = frames[name].assign(consent_level=levels)
    return changed


def _by_level(
    frames: Mapping[str, pd.DataFrame], rule: Callable[[str], AudienceRule]
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """Drop the rows under the level from which they may be counted, and what hangs on them."""
    kept = {name: frame.copy(deep=False) for name, frame in frames.items()}
    if "segments" in kept and "sources" in kept:
        segments = kept["segments"]
        segments["consent_level"] = effective_levels(segments, kept["sources"])
        rules = {source: rule(case) for source, case in _case_of_sources(kept).items()}
        count_from, case_from = (
            segments["source"].map({source: getattr(one, level) for source, one in rules.items()})
            for level in ("count_from", "case_from")
        )
        segments["about_case"] = (segments["consent_level"] >= case_from).astype(
            bool
        )  # pooled: all may enter
        kept["segments"] = segments[(segments["consent_level"] >= count_from).astype(bool)].copy()
        alive = {*kept["segments"]["segment"]}
        for name, frame in kept.items():
            if name != "segments" and "segment" in frame:
                kept[name] = frame[frame["segment"].isin(alive)]
            elif "evidence" in frame:  # what rested on passages and has none left goes with them
                left = pd.Series([_only(cell, alive) for cell in frame["evidence"]], index=frame.index)
                kept[name] = frame.assign(evidence=left.astype("str"))[
                    (left != "") | (frame["evidence"] == "")
                ]
    for name in ("sources", "memos", "comments", "voters"):
        if name in kept:
            cases = kept[name]["case"] if "case" in kept[name] else pd.Series("", index=kept[name].index)
            least = cases.map(lambda case: rule(str(case)).count_from)
            kept[name] = kept[name][(kept[name]["consent_level"] >= least).astype(bool)]
    _drop_sessions(frames, kept)
    if "votes" in kept and "voters" in kept:
        kept["votes"] = kept["votes"][kept["votes"]["voter"].isin({*kept["voters"]["voter"]})]
    gone = {name: len(frames[name]) - len(frame) for name, frame in kept.items()}
    return kept, {name: count for name, count in gone.items() if count}


def _drop_sessions(frames: Mapping[str, pd.DataFrame], kept: dict[str, pd.DataFrame]) -> None:
    """Drop sessions whose every source is dropped, and persons who took part in no other."""
    if "sessions" not in kept or "sources" not in kept:
        return
    gone = {*frames["sources"]["session"]} - {*kept["sources"]["session"]}
    sessions = kept["sessions"]
    kept["sessions"] = sessions[~sessions["session"].isin(gone)]
    if "asked" in kept:
        _empty(kept["asked"], "session", kept["asked"]["session"].isin(gone))
    if "participants" in kept and gone:
        persons = kept["participants"]
        met, still = (_persons(frame) for frame in (sessions, kept["sessions"]))
        kept["participants"] = persons[~persons["participant"].isin(met - still)]


def _persons(sessions: pd.DataFrame) -> set[str]:
    return {person for cell in sessions["participants"] for person in str(cell).split(";") if person}


def _case_of_sources(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    sources = frames["sources"]
    return dict(zip(sources["source"], sources["case"].astype(str), strict=True))


def _only(cell: object, alive: set[str]) -> str:
    return ";".join(item for item in str(cell).split(";") if item in alive)


def _without_words(
    frames: dict[str, pd.DataFrame], rule: Callable[[str], AudienceRule], permissions: Permissions, own: str
) -> dict[str, pd.DataFrame]:
    """Empty the words that the audience may not read."""
    _silence(frames, rule)
    for name, (columns, item) in WORDS_BY_ITEM.items():
        if name in frames:
            frames[name] = frames[name].copy()
            closed = [
                case != own and permissions.refusal(str(case), item) is not None
                for case in frames[name]["case"]
            ]
            for column in columns:
                _empty(frames[name], column, pd.Series(closed, index=frames[name].index, dtype=bool))
    for name, columns in TEAM_ONLY.items():
        if name in frames:
            frames[name] = frames[name].copy()
            for column in columns:
                _empty(frames[name], column, pd.Series(True, index=frames[name].index))
    if "cases" in frames:
        cases = frames["cases"].copy()
        closed = [
            case != own and permissions.refusal(str(case), "vertical") is not None for case in cases["case"]
        ]
        for column in ("vertical", "size_band", "twin_level"):
            _empty(cases, column, pd.Series(closed, index=cases.index, dtype=bool))
        frames["cases"] = cases
    if "sessions" in frames:  # a quarter of a year, not the day
        sessions = frames["sessions"].copy()
        sessions["date"] = sessions["date"].dt.to_period("Q").dt.start_time
        frames["sessions"] = sessions
    return frames


def _silence(frames: dict[str, pd.DataFrame], rule: Callable[[str], AudienceRule]) -> None:
    """Empty the passages, terms and remarks under the level from which they may be read; the team's too."""
    if "segments" in frames and "sources" in frames:
        segments = frames["segments"].copy()
        rules = {source: rule(case) for source, case in _case_of_sources(frames).items()}
        for column, level in (("text", "quote_from"), ("first_order", "paraphrase_from")):
            least = segments["source"].map({source: getattr(one, level) for source, one in rules.items()})
            _empty(segments, column, segments["consent_level"] < least)
        frames["segments"] = segments
    for name in ("memos", "comments"):
        if name in frames:
            frames[name] = frames[name].copy()
            _empty(frames[name], "text", frames[name]["consent_level"] < rule("").quote_from)


def _empty(frame: pd.DataFrame, column: str, where: pd.Series) -> None:
    if column in frame:
        blank = "" if pd.api.types.is_string_dtype(frame[column]) or frame[column].dtype == object else pd.NA
        frame[column] = frame[column].mask(where.fillna(True).astype(bool), blank)


def _shown_names(
    labels: Mapping[str, str], frames: Mapping[str, pd.DataFrame], permissions: Permissions, own: str
) -> dict[str, str]:
    """Return each case's name: its vertical where that is permitted, with the label if several have it."""
    vertical = dict(zip(_column(frames, "cases", "case"), _column(frames, "cases", "vertical"), strict=True))
    told = {
        case: str(vertical[case])
        for case in labels
        if case == own or permissions.refusal(case, "vertical") is None
    }
    many = Counter(told.values())
    alone = {case: name if many[name] == 1 else f"{name}, {labels[case]}" for case, name in told.items()}
    return {case: alone.get(case, label) for case, label in labels.items()}


def _masked(frame: pd.DataFrame, labels: Mapping[str, str], goals: set[str], key: Key) -> pd.DataFrame:
    """Replace identifiers by tokens and cases by labels; sort, so that the order of rows tells nothing."""
    masked = frame.copy()
    for column in (name for name in CASE_COLUMNS if name in masked):
        masked[column] = masked[column].map(lambda case: labels.get(str(case), ""))
    for column in (name for name in masked.columns if name in TOKENS):
        place, cells = pd.factorize(masked[column].to_numpy(dtype=object))
        tokens = key.tokens(TOKENS[column], map(str, cells.tolist()))
        masked[column] = pd.Series(np.array(tokens, dtype=object)[place], masked.index, dtype="str")
    if "item" in masked and "approved_on" in masked:  # a permission may name one segment or source
        masked["item"] = [i if i in ITEMS else key.token("segment", str(i)) for i in masked["item"]]
    if "refers_to" in masked:
        masked["refers_to"] = [labels.get(str(name), name) for name in masked["refers_to"]]
    for column in ("from_node", "to_node"):
        if column in masked:
            masked[column] = [key.token("objective", n) if n in goals else n for n in masked[column]]
    first = masked.columns[0]
    return masked.take(_sorted(masked[first])).reset_index(drop=True)


def _sorted(names: pd.Series) -> npt.NDArray[np.intp]:
    """Return the places of names in order; sorted as bytes, whose order in UTF-8 is that of the letters."""
    place, known = pd.factorize(names.to_numpy(dtype=object))
    order = np.argsort(np.array([str(name).encode() for name in known.tolist()], dtype=bytes), kind="stable")
    rank = np.empty(len(known), dtype=np.intp)
    rank[order] = np.arange(len(known))
    return np.argsort(rank[place], kind="stable")
