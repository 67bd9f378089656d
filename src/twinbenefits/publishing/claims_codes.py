"""Which claims rest on which code: what a change in the coding of the cases would touch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.claims_known import table_rows
from twinbenefits.publishing.claims_ledger import Claim, read_ledger_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["claims_by_code", "codes_behind", "codes_below", "references_by_code"]


def claims_by_code(root: Path, terms: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the claims from the cases by the codes they rest on, by name or through a proposition's terms.

    Parameters
    ----------
    root
        The project's top folder.
    terms
        proposition, condition, outcome: the codes that each proposition speaks of.

    Returns
    -------
    dict
        Code to the ids of claims, in order. Claims that say nothing of companies are left out, for no coding
        changes them; so is a claim that cannot be read, of which the checks of the ledger tell.
    """
    columns = (terms[name].astype(str) for name in ("proposition", "condition", "outcome"))
    spoken = [*zip(*columns, strict=True)]
    found: dict[str, set[str]] = {}
    for claim in read_ledger_file(Path(root)).claims:
        if not claim.cases:
            continue
        named = {*claim.rests_on["codes"]}
        for proposition, condition, outcome in spoken:
            if proposition in claim.rests_on["propositions"]:
                named |= {condition, outcome}
        for code in named - {""}:
            found.setdefault(code, set()).add(claim.id)
    return {code: tuple(sorted(found[code])) for code in sorted(found)}


def codes_behind(root: Path, claim: Claim) -> tuple[str, ...]:
    """Return the codes that a claim names, then those of the propositions it names.

    Parameters
    ----------
    root
        The project's top folder.
    claim
        The claim.
    """
    study = Layout(Path(root)).study
    known = {row.get("id", "") for row in table_rows(study / "codebook.csv")}
    terms = [
        row
        for row in table_rows(study / "proposition_terms.csv")
        if row.get("proposition") in claim.rests_on["propositions"]
    ]
    through = [row.get(part, "") for row in terms for part in ("condition", "outcome")]
    return tuple(dict.fromkeys([*claim.rests_on["codes"], *(code for code in through if code in known)]))


def references_by_code(root: Path) -> dict[str, list[str]]:
    """Return, by code, the keys of the references that the deck names in the rows the code is read from.

    Parameters
    ----------
    root
        The project's top folder.
    """
    literature = Layout(Path(root)).literature
    codes: dict[str, set[str]] = {}
    for table in ("characteristics", "benefit_codes"):
        for row in table_rows(literature / f"{table}.csv"):
            codes.setdefault(row.get("row_id", ""), set()).add(row.get("code", ""))
    found: dict[str, dict[str, None]] = {}
    for mention in table_rows(literature / "mentions.csv"):
        for code in sorted(codes.get(mention.get("row_id", ""), set()) - {""}):
            found.setdefault(code, {})[mention.get("key", "")] = None
    return {code: list(keys) for code, keys in found.items()}


def codes_below(root: Path, codes: Iterable[str]) -> set[str]:
    """Return codes with all that stand below them in the codebook.

    Parameters
    ----------
    root
        The project's top folder.
    codes
        Where to start.
    """
    rows = table_rows(Layout(Path(root)).study / "codebook.csv")
    found: set[str] = set()
    more = set(codes)
    while more - found:
        found |= more
        more = {row.get("id", "") for row in rows if row.get("parent", "") in found}
    return found
