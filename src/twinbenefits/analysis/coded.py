"""The coded evidence in one piece: every coding with its case, session, source, speaker and consent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["EVIDENCE_TABLES", "STATUSES", "Coded", "coded_evidence"]

EVIDENCE_TABLES = ("cases", "sessions", "sources", "segments", "codings", "codebook")
STATUSES = ("expected", "observed", "measured")
"""What is said of a benefit, from the weakest to the strongest."""

Places = npt.NDArray[np.intp]
_OF_CODING = ("segment", "coder", "code", "target_code", "status", "strength")
_FROM_SEGMENT = ("source", "session", "case", "speaker", "consent_level", "about_case")


@dataclass(frozen=True, slots=True)
class Coded:
    """Coded segments, joined. Made by :func:`coded_evidence`; nothing in it is released.

    Parameters
    ----------
    rows
        One row per coding: segment, coder, code, target_code, status, strength, role, parent, source,
        session, case, speaker, consent_level, about_case. Once resolved, one row per segment, code and
        target, with how many `coders` gave it and how many `readers` read the segment.
    segments
        One row per segment, coded or not, with the same columns on where it comes from.
    readings
        One row per segment and coder who read it.
    sessions
        Every session with its case, in order of case; a document without a session is one of its own.
    cases
        Every case, also those without a session.
    codebook
        Codes with role and parent, in order.
    agreed
        Coders that stand for the agreed result of several.
    inputs
        Names of the tables joined.
    notes
        What was found in the input and how it was taken, one sentence each.
    rule
        The rule by which several coders were made one; empty while they stand side by side.
    """

    rows: pd.DataFrame
    segments: pd.DataFrame
    readings: pd.DataFrame
    sessions: pd.DataFrame
    cases: tuple[str, ...]
    codebook: pd.DataFrame
    agreed: tuple[str, ...]
    inputs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rule: str = ""
    kept: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was worked out from it once: its own cases, its readings made one, what stands in dispute."""

    def codes(self, role: str) -> list[str]:
        """Return the codes of a role in the codebook's order."""
        return [str(code) for code in self.codebook.loc[self.codebook["role"] == role, "id"]]

    def leaves(self, role: str) -> list[str]:
        """Return the codes of a role that have no code below them."""
        parents = set(self.codebook["parent"])
        return [code for code in self.codes(role) if code not in parents]

    def members(self, code: str) -> tuple[str, ...]:
        """Return a code and all codes below it; a code outside the codebook stands for itself."""
        ids, parents = self.codebook["id"].tolist(), self.codebook["parent"].tolist()
        below, size = {code}, 0
        while len(below) > size:
            size = len(below)
            below.update(one for one, parent in zip(ids, parents, strict=True) if parent in below)
        return (code, *(str(one) for one in ids if one in below and one != code))

    def role(self, code: str) -> str:
        """Return the role of a code, empty for a code outside the codebook."""
        return str(self._of(code, "role", ""))

    def label(self, code: str) -> str:
        """Return the short name of a code, or the code itself."""
        if "label" not in self.codebook:
            return code
        return str(self._of(code, "label", code))

    def _of(self, code: str, column: str, otherwise: str) -> object:
        if ("codebook", column) not in self.kept:
            cells = zip(self.codebook["id"].tolist(), self.codebook[column].tolist(), strict=True)
            self.kept["codebook", column] = dict(cells)
        return self.kept["codebook", column].get(code, otherwise)

    def about_cases(self) -> "Coded":
        """Keep only what may enter a statement about its own case.

        A comparison of cases is made of statements about single companies, so only these rows enter it.
        """
        if "about cases" not in self.kept:
            segments = self.segments[self.segments["about_case"]]
            read = self.readings[self.readings["segment"].isin(segments["segment"])]
            rows = self.rows[self.rows["about_case"]]
            self.kept["about cases"] = replace(self, rows=rows, segments=segments, readings=read)
        about: Coded = self.kept["about cases"]
        return about

    def without(self, *, coder: str = "", session: str = "", case: str = "") -> "Coded":
        """Leave out one coder, session or case."""
        rows, segments, readings, sessions = self.rows, self.segments, self.readings, self.sessions
        if coder:
            readings = readings[readings["coder"] != coder]
            segments = segments[segments["segment"].isin(readings["segment"])]
            rows = rows[rows["coder"] != coder]
        for column, value in (("session", session), ("case", case)):
            if value:
                rows, segments = rows[rows[column] != value], segments[segments[column] != value]
                sessions = sessions[sessions[column] != value]
        readings = readings[readings["segment"].isin(segments["segment"])]
        cases = tuple(one for one in self.cases if one != case)
        return replace(self, rows=rows, segments=segments, readings=readings, sessions=sessions, cases=cases)

    def among(self, cases: Iterable[str]) -> "Coded":
        """Keep only some cases; as leaving the others out one by one."""
        wanted = set(cases)
        kept = tuple(case for case in self.cases if case in wanted)
        gone = set(self.cases) - wanted
        rows, segments, sessions = (
            frame[~frame["case"].isin(gone)] for frame in (self.rows, self.segments, self.sessions)
        )
        readings = self.readings[self.readings["segment"].isin(segments["segment"])]
        return replace(self, rows=rows, segments=segments, readings=readings, sessions=sessions, cases=kept)

    def mentions(self, groups: Mapping[str, Iterable[str]]) -> pd.DataFrame:
        """Return one row per segment and group of codes that it carries.

        Parameters
        ----------
        groups
            Name to the codes that count for it; a code may count for several names.

        Returns
        -------
        DataFrame
            of (the name), segment, session, case, source, speaker, consent_level, about_case, status (the
            strongest), strength (the highest; missing where none was given).
        """
        pairs = [(name, code) for name, codes in groups.items() for code in dict.fromkeys(codes)]
        wanted = pd.DataFrame(pairs, columns=["of", "code"])
        row, pair = _matches(self.rows["code"], wanted["code"])
        name, names = pd.factorize(wanted["of"])
        segment, segments = pd.factorize(self.rows["segment"])
        cell = pd.factorize(name[pair] * len(segments) + segment[row])[0]  # in order of appearance
        first = np.unique(cell, return_index=True)[1]
        said = self.rows["status"].map({name: n for n, name in enumerate(STATUSES, 1)}).fillna(0)
        status, strength = np.zeros(len(first), dtype=np.intp), np.full(len(first), np.nan)
        np.maximum.at(status, cell, said.to_numpy(dtype=np.intp)[row])
        np.fmax.at(strength, cell, self.rows["strength"].to_numpy(dtype=float)[row])
        places = row[first]
        taken = {column: self.rows[column].take(places) for column in ("segment", *_FROM_SEGMENT)}
        merged = pd.DataFrame(taken).reset_index(drop=True)
        merged.insert(0, "of", names.take(name[pair[first]]))
        merged["strength"] = strength
        merged["status"] = np.array(["", *STATUSES], dtype=object)[status]
        return merged


def _matches(codes: pd.Series, wanted: pd.Series) -> tuple[Places, Places]:
    """Return the places of codes and of equal wanted ones, in the order of the codes, then of the wanted."""
    code, known = pd.factorize(codes)
    places: dict[object, list[int]] = {}
    for place, one in enumerate(wanted.tolist()):
        places.setdefault(one, []).append(place)
    of_code = [places.get(one, []) for one in known.tolist()]
    counts = np.array([len(found) for found in of_code], dtype=np.intp)
    row = np.repeat(np.arange(len(code)), counts[code])
    begins = np.cumsum(counts) - counts
    nth = np.arange(len(row)) - np.repeat(np.cumsum(counts[code]) - counts[code], counts[code])
    listed = np.array([place for found in of_code for place in found], dtype=np.intp)
    return row, listed[begins[code][row] + nth]


def coded_evidence(
    *,
    codings: pd.DataFrame,
    segments: pd.DataFrame,
    sources: pd.DataFrame,
    sessions: pd.DataFrame,
    cases: pd.DataFrame,
    codebook: pd.DataFrame,
    assignments: pd.DataFrame | None = None,
    coders: pd.DataFrame | None = None,
    inputs: Sequence[str] | None = None,
) -> Coded:
    """Join the tables of the case evidence into one frame of codings.

    Parameters
    ----------
    codings, segments, sources, sessions, cases, codebook
        The tables of these names. Segments that passed the door say in `about_case` whether they may enter a
        statement about their own case; where the column is missing, all may.
    assignments
        Who read which segment, whether or not a code was given; without it only giving a code shows a reader.
    coders
        Who stands for the agreed result of several (role `consensus`).
    inputs
        Names of the tables, where they are not the usual ones.

    Returns
    -------
    Coded
        What could be joined; what could not is counted in ``notes``.

    Raises
    ------
    ValueError
        When a table lacks a column.
    """
    needed = {
        "codings": (codings, ("segment", "coder", "code")),
        "segments": (segments, ("segment", "source", "consent_level")),
        "sources": (sources, ("source", "case", "session")),
        "sessions": (sessions, ("session", "case")),
        "cases": (cases, ("case",)),
        "codebook": (codebook, ("id", "parent", "role")),
    }
    absent = [
        f"{name} lacks {column}"
        for name, (frame, columns) in needed.items()
        for column in columns
        if column not in frame
    ]
    if absent:
        raise ValueError("; ".join(absent))
    placed, lost_segments = _placed(segments, sources)
    known, lost_codings = _complete(codings, placed)
    book = _plain(codebook, ("id", "parent", "role"))
    known["code"] = known["code"].replace(_successors(codebook))
    about = book.set_index("id")
    known["role"] = known["code"].map(about["role"]).fillna("").astype(object)
    known["parent"] = known["code"].map(about["parent"]).fillna("").astype(object)
    readings = _readings(known, assignments, placed)
    used = (*EVIDENCE_TABLES, *(["assignments"] if assignments is not None else []))
    return Coded(
        rows=known,
        segments=placed,
        readings=readings,
        sessions=_sessions(sessions, placed, cases),
        cases=tuple(str(case) for case in cases["case"]),
        codebook=book,
        agreed=_agreed(coders),
        inputs=tuple(inputs or (*used, *(["coders"] if coders is not None else []))),
        notes=_notes(lost_segments, lost_codings, sources),
    )


def _placed(segments: pd.DataFrame, sources: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return segments with session and case of their source, and how many have no known source."""
    found = _plain(segments, ("segment", "source", "speaker"))
    of = _plain(sources, ("source", "case", "session")).drop_duplicates("source").set_index("source")
    known = found[found["source"].isin(of.index)].drop_duplicates("segment")
    known["case"] = known["source"].map(of["case"])
    session = known["source"].map(of["session"])
    known["session"] = session.where(session != "", known["source"])
    known["consent_level"] = pd.to_numeric(known["consent_level"]).fillna(0).astype("int64")
    if "about_case" in known:
        known["about_case"] = known["about_case"].fillna(False).astype(bool)
    else:
        known["about_case"] = True
    return known.reset_index(drop=True), len(segments) - len(known)


def _complete(codings: pd.DataFrame, segments: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return codings with where their segment comes from, and how many have no known segment."""
    plain = _plain(codings, ("segment", "coder", "code", "target_code", "status"))
    if "strength" not in plain:
        plain["strength"] = None
    plain["strength"] = pd.to_numeric(plain["strength"], errors="coerce").astype(float)
    joined = plain[list(_OF_CODING)].merge(segments[["segment", *_FROM_SEGMENT]], on="segment", how="inner")
    joined = joined[joined["code"] != ""].reset_index(drop=True)
    return joined, len(codings) - len(joined)


def _plain(frame: pd.DataFrame, texts: Sequence[str]) -> pd.DataFrame:
    """Return a copy in which these columns exist and hold plain text, empty for missing."""
    plain = frame.copy(deep=False)
    for column in texts:
        held = plain[column] if column in plain else pd.Series("", index=plain.index)
        plain[column] = held.astype(object).where(held.notna(), "").astype(str).astype(object)
    return plain


def _successors(codebook: pd.DataFrame) -> dict[str, str]:
    """Return each retired code and the code that stands for it today."""
    if "successor" not in codebook:
        return {}
    pairs = _plain(codebook, ("id", "successor"))
    following = {code: after for code, after in zip(pairs["id"], pairs["successor"], strict=True) if after}
    last: dict[str, str] = {}
    for code in following:
        seen, at = {code}, code
        while at in following and following[at] not in seen:
            at = following[at]
            seen.add(at)
        last[code] = at
    return last


def _readings(rows: pd.DataFrame, assignments: pd.DataFrame | None, segments: pd.DataFrame) -> pd.DataFrame:
    parts = [rows[["segment", "coder"]]]
    if assignments is not None:
        listed = _plain(assignments, ("segment", "coder"))[["segment", "coder"]]
        parts.append(listed[listed["segment"].isin(segments["segment"])])
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def _sessions(sessions: pd.DataFrame, segments: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    held = _plain(sessions, ("session", "case"))[["session", "case"]]
    seen = segments[["session", "case"]]
    every = pd.concat([held, seen], ignore_index=True).drop_duplicates("session")
    place = {str(case): number for number, case in enumerate(cases["case"])}
    order = every["case"].map(place).fillna(len(place))
    return (
        every.assign(_order=order)
        .sort_values(["_order", "session"])
        .drop(columns="_order")
        .reset_index(drop=True)
    )


def _agreed(coders: pd.DataFrame | None) -> tuple[str, ...]:
    if coders is None or "role" not in coders:
        return ()
    return tuple(str(name) for name in coders.loc[coders["role"] == "consensus", "coder"])


def _notes(segments: int, codings: int, sources: pd.DataFrame) -> tuple[str, ...]:
    documents = int((_plain(sources, ("session",))["session"] == "").sum())
    said: Sequence[tuple[int, str]] = (
        (segments, "{} segments have no known source or stand twice, and were left out."),
        (codings, "{} codings have no code or no known segment, and were left out."),
        (documents, "{} sources belong to no session; each counts as a session of its own."),
    )
    return tuple(sentence.format(count) for count, sentence in said if count)
