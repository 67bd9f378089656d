"""What an audience may see: the rule of the audience, and which permissions are in force on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

__all__ = ["AudienceRule", "Permissions", "audience_rule", "effective_levels"]

COMPANY = "company:"


@dataclass(frozen=True, slots=True)
class AudienceRule:
    """One row of `data/study/release_rules.csv`.

    Parameters
    ----------
    count_from, paraphrase_from, quote_from
        Least consent level (0-6) for a row to be counted, for its term to be shown, for its text to be shown.
    case_from
        Least level for a row to enter a statement about its own case.
    minimum_sources, minimum_persons
        On how many a pooled statement must rest.
    permission
        Whether a statement about a case also needs the company's permission in force.
    """

    count_from: int
    paraphrase_from: int
    quote_from: int
    case_from: int
    minimum_sources: int
    minimum_persons: int
    permission: bool


def audience_rule(rules: pd.DataFrame, audience: str, *, own: bool = False) -> AudienceRule:
    """Return the rule for an audience, for the rows of its own company or for the others.

    Parameters
    ----------
    rules
        The table `release_rules`.
    audience
        `team`, `company:<case>`, `workshop`, `reviewers` or `public`.
    own
        Whether the rows are those of the audience's own company.

    Raises
    ------
    KeyError
        If the table has no row for the audience: then nothing may be shown.
    """
    named = "company" if audience.startswith(COMPANY) else audience
    rows = rules[(rules["audience"] == named) & (rules["rows"] == ("own" if own else "all"))]
    if rows.empty:
        raise KeyError(
            f"release_rules.csv has no row for audience {named!r}, rows {'own' if own else 'all'!r}"
        )
    row = rows.iloc[0]
    levels = {
        name: int(row[name])
        for name in (
            "count_from",
            "paraphrase_from",
            "quote_from",
            "case_from",
            "minimum_sources",
            "minimum_persons",
        )
    }
    return AudienceRule(**levels, permission=row["permission"] == "yes")


def own_case(audience: str) -> str:
    """Return the case of a company audience, empty for the others."""
    return audience.removeprefix(COMPANY) if audience.startswith(COMPANY) else ""


class Permissions:
    """What each company permits on a day; absent means no.

    Parameters
    ----------
    table
        The table `permissions`.
    as_of
        The day that counts.

    Examples
    --------
    >>> rows = pd.DataFrame({"case": ["K1"], "item": ["ratings"], "approved_on": [pd.Timestamp("2026-01-05")],
    ...                      "expires_on": [pd.NaT], "embargo_until": [pd.Timestamp("2026-06-01")]})
    >>> Permissions(rows, date(2026, 3, 1)).refusal("K1", "ratings")
    'under embargo until 2026-06-01'
    >>> Permissions(rows, date(2026, 7, 1)).refusal("K1", "ratings") is None
    True
    >>> Permissions(rows, date(2026, 7, 1)).refusal("K1", "quotes")
    'not permitted by the company'
    """

    def __init__(self, table: pd.DataFrame, as_of: date) -> None:
        self._refusals: dict[tuple[str, str], str | None] = {}
        day = pd.Timestamp(as_of)
        for row in table.itertuples(index=False):
            place = (str(row.case), str(row.item))
            reason = _not_in_force(row, day)
            # One permission in force is enough; otherwise the last reason found stands.
            if place not in self._refusals or self._refusals[place] is not None:
                self._refusals[place] = reason

    def refusal(self, case: str, item: str) -> str | None:
        """Return why an item of a case may not be shown, or None if it may."""
        return self._refusals.get((case, item), "not permitted by the company")

    def closes(self, case: str, thing: str) -> bool:
        """Return whether a passage or source has a permission of its own that is not in force.

        Such a row closes what it names, whatever else the company permits; absent, it says nothing.
        """
        return self._refusals.get((case, thing)) is not None

    @property
    def lapsed(self) -> frozenset[str]:
        """The items, passages and sources for which some company has a permission that is not in force."""
        return frozenset(item for (_, item), reason in self._refusals.items() if reason is not None)

    @property
    def in_force(self) -> Mapping[tuple[str, str], bool]:
        """Every pair of case and item that was ever permitted, and whether it is now."""
        return {place: reason is None for place, reason in self._refusals.items()}


def _not_in_force(row: object, day: pd.Timestamp) -> str | None:
    approved, expires, embargo = (
        getattr(row, name) for name in ("approved_on", "expires_on", "embargo_until")
    )
    if pd.isna(approved) or approved > day:
        return "not yet approved"
    if not pd.isna(embargo) and day <= embargo:
        return f"under embargo until {embargo:%Y-%m-%d}"
    if not pd.isna(expires) and day > expires:
        return f"permission expired on {expires:%Y-%m-%d}"
    return None


def effective_levels(segments: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """Return the consent level of each segment: its own or its source's, whichever is stricter."""
    of_source = segments["source"].map(sources.set_index("source")["consent_level"]).astype("Int64").fillna(0)
    own = segments["consent_level"].astype("Int64").fillna(0)
    return own.where(own <= of_source, of_source)
