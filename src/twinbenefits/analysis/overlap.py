"""Which references carry several claims, and which claims therefore rest on the same works."""

from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from twinbenefits.analysis.citations import KeyReading, read_mentions
from twinbenefits.analysis.literature import EXAMPLES_ONLY, claims
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["shared_references"]

_COLUMNS = ["first", "first_label", "second", "second_label", "key", "as_written", "status", "if_accepted"]


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
    """List the references that several claims share, pair by pair.

    A claim is a characteristic or a benefit category, the units to which the deck attaches references. Two
    claims that share most of their references are not two independent pieces of evidence.

    Parameters
    ----------
    characteristics, benefits, mentions, references
        The tables of that name.
    accepted
        Readings of keys to apply.
    proposed
        Readings that are not applied, but whose effect is shown: a pair that would share a reference if the
        finding were accepted is listed with that finding in ``if_accepted``.
    minimum_claims
        A reference is listed, and counted in ``references_shared``, when it carries at least this many
        claims (2 or more). Counts per pair of claims always cover all references.

    Returns
    -------
    Result
        One row per pair of claims and shared reference. Scalars: ``references_shared``, ``pairs_shared``,
        ``claims`` (how many there are), ``most_claims`` (the largest number one reference carries),
        ``claims_of_<key>``, ``references_of_<code>`` and ``shared_<code>_<code>``.

    Raises
    ------
    ValueError
        When `minimum_claims` is below two: one claim shares nothing.
    """
    if minimum_claims < 2:
        raise ValueError(f"minimum_claims is {minimum_claims}; a reference is shared from two claims on")
    rows = claims(characteristics=characteristics, benefits=benefits)
    units = rows.drop_duplicates(["table", "code"]).set_index("code")["category"]
    accepted = tuple(accepted)
    carried = _carried(rows, read_mentions(mentions, references, accepted))
    table = _pairs(carried, units, minimum_claims)
    for reading in proposed:
        if reading not in accepted:
            then = _carried(rows, read_mentions(mentions, references, (*accepted, reading)))
            table = _with_new_pairs(table, _pairs(then, units, minimum_claims), reading.finding)
    return Result(
        table=table.reset_index(drop=True),
        inputs=("characteristics", "benefits", "mentions", "references"),
        scalars=_scalars(carried, _pairs(carried, units, 2), list(units.index), minimum_claims),
        limitations=(
            EXAMPLES_ONLY,
            "A shared author-year key need not be the same work while the reference is not identified.",
        ),
    )


def _carried(rows: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """Return one row per claim and reference: ``code, key, as_written, status``."""
    of_row = rows.set_index(["table", "row_id"])["code"].rename("code")
    carried = read.join(of_row, on=["table", "row_id"])
    return carried.drop_duplicates(["code", "key"])[["code", "key", "as_written", "status"]]


def _pairs(carried: pd.DataFrame, units: pd.Series, minimum_claims: int) -> pd.DataFrame:
    place = {code: i for i, code in enumerate(units.index)}
    found = []
    for key, group in carried.groupby("key", sort=False):
        codes = sorted(group["code"], key=place.__getitem__)
        if len(codes) >= minimum_claims:
            said = group.iloc[0]
            found += [
                (a, units[a], b, units[b], key, said["as_written"], said["status"], "")
                for a, b in combinations(codes, 2)
            ]
    table = pd.DataFrame(found, columns=_COLUMNS)
    in_order = table["first"].map(place) * len(place) + table["second"].map(place)
    return table.iloc[in_order.argsort(kind="stable").to_numpy()]


def _with_new_pairs(table: pd.DataFrame, then: pd.DataFrame, finding: str) -> pd.DataFrame:
    """Append the pairs of `then` that `table` lacks, marked with the finding that would bring them."""
    known = set(zip(table["first"], table["second"], table["key"], strict=True))
    new = [row not in known for row in zip(then["first"], then["second"], then["key"], strict=True)]
    return pd.concat([table, then[new].assign(if_accepted=finding)])


def _scalars(
    carried: pd.DataFrame, pairs: pd.DataFrame, codes: list[str], minimum_claims: int
) -> dict[str, Scalar]:
    per_key = carried.groupby("key")["code"].nunique()
    per_claim = carried.groupby("code")["key"].nunique()
    shared = pairs.groupby(["first", "second"])["key"].nunique()
    several = int((per_key >= minimum_claims).sum())
    scalars = {
        "claims": Scalar(len(codes), unit="claims", method="count"),
        "references_shared": Scalar(several, n=len(per_key), unit="references", method="count of keys"),
        "pairs_shared": Scalar(len(shared), unit="pairs of claims", method="count"),
        "most_claims": Scalar(
            int(per_key.max()), n=len(per_key), unit="claims", method="maximum over references"
        )
        if len(per_key)
        else Scalar(None, n=0, reason="no work is cited"),
    }
    scalars |= {
        f"claims_of_{key}": Scalar(int(n), unit="claims", method="count") for key, n in per_key.items()
    }
    scalars |= {
        f"references_of_{code}": Scalar(
            int(per_claim.get(code, 0)), unit="references", method="count of keys"
        )
        for code in codes
    }
    return scalars | {
        f"shared_{a}_{b}": Scalar(
            int(shared.get((a, b), 0)), n=int(per_claim.get(b, 0)), unit="references", method="count of keys"
        )
        for a, b in combinations(codes, 2)
    }
