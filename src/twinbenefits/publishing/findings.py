"""The findings of the study: the claims from the cases, as far as a notebook may know them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twinbenefits.publishing.claims_ledger import PLACEHOLDER, read_ledger_file

__all__ = ["CaseFinding", "case_findings"]

LEFT_OUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A claim from the cases without its numbers.

    Parameters
    ----------
    id
        The claim.
    codes
        The codes that it rests on.
    sentence
        Its wording; an ellipsis stands for each number, which is computed elsewhere.
    workshop
        The item that workshops vote on, empty for none.
    """

    id: str
    codes: tuple[str, ...]
    sentence: str
    workshop: str


def case_findings(root: Path) -> list[CaseFinding]:
    """Return the claims that say on how many companies they rest, in the order of the ledger.

    What is wrong with the ledger is told where claims are checked; here a claim that cannot be read is left
    out.

    Parameters
    ----------
    root
        Where the project stands.
    """
    return [
        CaseFinding(
            claim.id,
            tuple(claim.rests_on["codes"]),
            PLACEHOLDER.sub(LEFT_OUT, claim.wording),
            claim.workshop,
        )
        for claim in read_ledger_file(root).claims
        if claim.cases
    ]
