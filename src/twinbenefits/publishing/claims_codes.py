"""Which claims rest on which code: what a change in the coding of the cases would touch."""

from __future__ import annotations

from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.claims_known import table_rows
from twinbenefits.publishing.claims_ledger import read_ledger_file

__all__ = ["claims_by_code"]


def claims_by_code(root: Path) -> dict[str, tuple[str, ...]]:
    """Return the claims from the cases by the codes they rest on, by name or through a proposition's terms.

    Parameters
    ----------
    root
        The project's top folder.

    Returns
    -------
    dict
        Code to the ids of claims, in order. Claims that say nothing of companies are left out, for no coding
        changes them; so is a claim that cannot be read, of which the checks of the ledger tell.
    """
    terms = table_rows(Layout(Path(root)).study / "proposition_terms.csv")
    found: dict[str, set[str]] = {}
    for claim in read_ledger_file(Path(root)).claims:
        if not claim.cases:
            continue
        named = {*claim.rests_on["codes"]}
        for term in terms:
            if term["proposition"] in claim.rests_on["propositions"]:
                named |= {term["condition"], term["outcome"]}
        for code in named - {""}:
            found.setdefault(code, set()).add(claim.id)
    return {code: tuple(sorted(found[code])) for code in sorted(found)}
