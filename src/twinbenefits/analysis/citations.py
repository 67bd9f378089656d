"""How far a cited work is identified, and under which accepted readings a mention is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

__all__ = [
    "CITABLE",
    "STATUSES",
    "KeyReading",
    "accept",
    "effective_status",
    "proposed_readings",
    "read_mentions",
]

STATUSES = ("verified", "settled", "candidate", "unresolved")
"""How far a reference is identified; *settled* means that the authors have named the work themselves."""

CITABLE = frozenset({"verified", "settled"})
"""The statuses under which a work may stand in the reference list."""


@dataclass(frozen=True, slots=True)
class KeyReading:
    """A proposal from the audit: that one author-year key is a slip for another.

    Parameters
    ----------
    finding
        Id of the audit finding that proposes it.
    written
        The key as the table has it.
    read_as
        The key that would take its place.
    """

    finding: str
    written: str
    read_as: str


def proposed_readings(declared: Mapping[str, Mapping[str, str]]) -> tuple[KeyReading, ...]:
    """Return the readings declared for the study: finding, key as written, key it would be read as.

    Parameters
    ----------
    declared
        Per finding a mapping with ``written`` and ``read_as``.

    Examples
    --------
    >>> proposed_readings({"R1": {"written": "Roe2020", "read_as": "Roe2023"}})[0].written
    'Roe2020'
    """
    return tuple(KeyReading(finding, keys["written"], keys["read_as"]) for finding, keys in declared.items())


def accept(findings: str, readings: Iterable[KeyReading]) -> tuple[KeyReading, ...]:
    """Return the readings whose findings are listed in `findings`.

    Nothing is accepted unless it is asked for: corrections belong to the study's authors.

    Parameters
    ----------
    findings
        Ids separated by commas, for example ``"R1"``; an empty string accepts none.
    readings
        All readings that the audit proposes.

    Raises
    ------
    ValueError
        For ids that propose no reading, naming all of them and the nearest known one.

    Examples
    --------
    >>> proposed = [KeyReading("R1", "Roe2020", "Roe2023")]
    >>> accept("", proposed)
    ()
    >>> accept("R1", proposed)[0].read_as
    'Roe2023'
    """
    proposed = {reading.finding: reading for reading in readings}
    wanted = list(dict.fromkeys(part.strip() for part in findings.split(",") if part.strip()))
    unknown = [finding for finding in wanted if finding not in proposed]
    if unknown:
        near = [match for finding in unknown for match in get_close_matches(finding, proposed, n=1, cutoff=0)]
        raise ValueError(
            f"accept_findings names {', '.join(unknown)}, which propose no other reading of a reference key; "
            f"known: {', '.join(proposed) or 'none'}" + (f"; did you mean {near[0]}?" if near else "")
        )
    return tuple(proposed[finding] for finding in wanted)


def effective_status(references: pd.DataFrame) -> pd.Series:
    """Return the status of each reference, *settled* where the authors have named the work.

    Parameters
    ----------
    references
        Table ``references``.

    Returns
    -------
    pandas.Series
        One status per key, indexed by key.

    Examples
    --------
    >>> effective_status(pd.DataFrame({
    ...     "key": ["Roe2020", "Doe2021"], "status": ["candidate", "unresolved"],
    ...     "settled_doi": ["10.1000/1", ""]})).to_dict()
    {'Roe2020': 'settled', 'Doe2021': 'unresolved'}
    """
    named = references["settled_doi"].fillna("").astype(str).str.strip() != ""
    status = references["status"].mask(named & (references["status"] != "verified"), "settled")
    return pd.Series(status.to_numpy(), index=references["key"].to_numpy(), name="status", dtype=str)


def read_mentions(
    mentions: pd.DataFrame, references: pd.DataFrame, accepted: Iterable[KeyReading] = ()
) -> pd.DataFrame:
    """Return the mentions with the status of what they cite, under the accepted readings.

    Parameters
    ----------
    mentions, references
        The tables of that name.
    accepted
        Readings to apply; each replaces a key, never the words as written.

    Returns
    -------
    pandas.DataFrame
        Columns ``mention_id, table, row_id, position, as_written, key, year, status``.

    Raises
    ------
    ValueError
        When a mention cites a key that the table ``references`` does not hold.
    """
    replaced = {reading.written: reading.read_as for reading in accepted}
    read = mentions.assign(key=mentions["key"].replace(replaced))
    known = set(references["key"])
    orphans = sorted(set(read["key"]) - known)
    if orphans:
        raise ValueError(f"mentions cite keys without a row in the table references: {', '.join(orphans)}")
    facts = references.set_index("key")
    read["year"] = read["key"].map(facts["year"].astype(int))
    read["status"] = read["key"].map(effective_status(references))
    return read[["mention_id", "table", "row_id", "position", "as_written", "key", "year", "status"]]
