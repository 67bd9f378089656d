"""Which references carry several claims, and which claims therefore rest on the same works."""

from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from twinbenefits.analysis.citations import KeyReading, read_mentions
from twinbenefits.analysis.literature import EXAMPLES_ONLY, claims
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["claim_pairs", "shared_references"]

_INPUTS = ("characteristics", "benefits", "mentions", "references")
_SAME_KEY = "A shared author-year key need not be the same work while the reference is not identified."


def shared_references(
    characteristics: pd.DataFrame,
    benefits: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
    proposed: Iterable[KeyReading] = (),
    minimum_claims: int = 2,
) -> Result:
    """List the references that carry several claims.

    A claim is a characteristic or a benefit category, the units to which the deck attaches references.

    Parameters
    ----------
    characteristics, benefits, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply.
    proposed
        Readings that are not applied, but whose effect is shown: a reference that would carry more claims if
        the finding were accepted is listed with that finding in ``if_accepted``.
    minimum_claims
        A reference is listed when it carries at least this many claims, two or more.

    Returns
    -------
    Result
        One row per listed reference and claim, and one with an empty key per claim that shares none, in the
        order of the deck. Scalars: ``references_shared``, ``claims`` (how many there are), ``most_claims``
        (the largest number that one reference carries) and ``claims_of_<key>``.

    Raises
    ------
    ValueError
        When `minimum_claims` is below two: one claim shares nothing.
    """
    if minimum_claims < 2:
        raise ValueError(f"minimum_claims is {minimum_claims}; a reference is shared from two claims on")
    accepted = tuple(accepted)
    rows = claims(characteristics=characteristics, benefits=benefits)
    units = rows.drop_duplicates(["table", "code"])[["table", "code", "category"]]
    carried = _carried(rows, read_mentions(mentions, references, accepted))
    listed = [_listed(carried, minimum_claims).assign(if_accepted="")]
    for reading in proposed:
        if reading not in accepted:
            then = _carried(rows, read_mentions(mentions, references, (*accepted, reading)))
            more = _listed(then, minimum_claims)
            before = carried.groupby("key").size().reindex(more["key"]).fillna(0).to_numpy()
            listed.append(more[more["claims"] > before].assign(if_accepted=reading.finding))
    table = units.merge(pd.concat(listed), on="code", how="left")
    text = ["key", "as_written", "status", "if_accepted"]
    return Result(
        table=table.fillna(dict.fromkeys(text, "")).astype({"claims": "Int64"}),
        inputs=_INPUTS,
        scalars=_reference_scalars(carried, len(units), minimum_claims),
        limitations=(EXAMPLES_ONLY, _SAME_KEY),
    )


def claim_pairs(
    characteristics: pd.DataFrame,
    benefits: pd.DataFrame,
    mentions: pd.DataFrame,
    references: pd.DataFrame,
    *,
    accepted: Iterable[KeyReading] = (),
) -> Result:
    """Count the references that each pair of claims shares.

    Two claims that share most of their references are not two independent pieces of evidence.

    Parameters
    ----------
    characteristics, benefits, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply.

    Returns
    -------
    Result
        One row per pair with ``shared`` references, the number each has (``of_first``, ``of_second``) and
        the ``keys``, most shared first. Scalars: ``pairs_sharing``, ``pairs``, ``references_of_<code>``,
        ``shared_<code>_<code>``.
    """
    rows = claims(characteristics=characteristics, benefits=benefits)
    units = rows.drop_duplicates(["table", "code"]).set_index("code")["category"]
    carried = _carried(rows, read_mentions(mentions, references, accepted))
    keys = {code: list(carried.loc[carried["code"] == code, "key"]) for code in units.index}
    found = []
    for a, b in combinations(units.index, 2):
        shared = [key for key in keys[a] if key in keys[b]]
        found.append((a, units[a], b, units[b], len(shared), len(keys[a]), len(keys[b]), ", ".join(shared)))
    names = [
        "first",
        "first_category",
        "second",
        "second_category",
        "shared",
        "of_first",
        "of_second",
        "keys",
    ]
    table = pd.DataFrame(found, columns=names)
    counts = {f"references_of_{code}": Scalar(len(own), unit="references") for code, own in keys.items()}
    counts |= {
        f"shared_{row[0]}_{row[2]}": Scalar(row[4], n=row[6], unit="references", method="count of keys")
        for row in found
    }
    sharing = int((table["shared"] > 0).sum())
    counts["pairs_sharing"] = Scalar(sharing, n=len(table), unit="pairs of claims", method="count")
    counts["pairs"] = Scalar(len(table), unit="pairs of claims", method="count")
    return Result(
        table=table.sort_values("shared", ascending=False, kind="stable").reset_index(drop=True),
        inputs=_INPUTS,
        scalars=counts,
        limitations=(EXAMPLES_ONLY, _SAME_KEY),
    )


def _carried(rows: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """Return one row per claim and reference: ``code, key, as_written, status``."""
    order = rows.assign(order=range(len(rows)))[["table", "row_id", "code", "order"]]
    carried = read.merge(order, on=["table", "row_id"]).sort_values(["order", "position"], kind="stable")
    return carried.drop_duplicates(["code", "key"])[["code", "key", "as_written", "status"]]


def _listed(carried: pd.DataFrame, minimum_claims: int) -> pd.DataFrame:
    number = carried.groupby("key")["code"].transform("nunique")
    listed = carried.assign(claims=number)[number >= minimum_claims]
    # One wording per reference, so that a row of the display has one name.
    return listed.assign(as_written=listed.groupby("key")["as_written"].transform("first"))


def _reference_scalars(carried: pd.DataFrame, units: int, minimum_claims: int) -> dict[str, Scalar]:
    per_key = carried.groupby("key")["code"].nunique()
    several = int((per_key >= minimum_claims).sum())
    most = (
        Scalar(int(per_key.max()), n=len(per_key), unit="claims", method="maximum over references")
        if len(per_key)
        else Scalar(None, n=0, reason="no work is cited")
    )
    return {
        "claims": Scalar(units, unit="claims", method="count"),
        "references_shared": Scalar(several, n=len(per_key), unit="references", method="count of keys"),
        "most_claims": most,
        **{f"claims_of_{key}": Scalar(int(n), unit="claims", method="count") for key, n in per_key.items()},
    }
