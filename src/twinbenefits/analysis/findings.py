"""What the ceilings of a finding are told from: its codes, the agreement on them, and how robust it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.confidence import findings_behind

__all__ = ["agreement_on_codes", "codes_of_propositions", "evidence_of_findings", "robust_shares"]

ALPHA = "krippendorff_alpha"


def codes_of_propositions(
    proposition_terms: pd.DataFrame, context_scales: pd.DataFrame
) -> dict[str, tuple[str, ...]]:
    """Return the codes that each proposition speaks of; a scale stands for the code it belongs to.

    Parameters
    ----------
    proposition_terms, context_scales
        The tables of these names.

    Examples
    --------
    >>> terms = pd.DataFrame({"proposition": "P1", "condition": ["S1", "GA"], "outcome": ["GB", "GB"]})
    >>> codes_of_propositions(terms, pd.DataFrame({"id": ["S1"], "code": ["FA"]}))
    {'P1': ('FA', 'GB', 'GA')}
    """
    factor = dict(zip(context_scales["id"], context_scales["code"], strict=True))
    found: dict[str, dict[str, None]] = {}
    columns = (proposition_terms[name].astype(str) for name in ("proposition", "condition", "outcome"))
    for proposition, condition, outcome in zip(*columns, strict=True):
        codes = found.setdefault(proposition, {})
        codes.update({str(factor.get(condition, condition)): None, outcome: None})
    return {name: tuple(code for code in codes if code) for name, codes in found.items()}


def evidence_of_findings(
    coded: Coded, codes_of: Mapping[str, Sequence[str]], *, quote_from: int
) -> pd.DataFrame:
    """Return what each finding rests on; who speaks of a group of codes means its members too.

    Parameters
    ----------
    coded
        Resolved evidence.
    codes_of
        Finding to the codes it speaks of.
    quote_from
        Consent level from which a segment may be quoted.

    Returns
    -------
    DataFrame
        As :func:`twinbenefits.analysis.confidence.findings_behind`; ``codes`` names the finding's own codes,
        because agreement is asked of them.
    """
    whole = {
        finding: tuple(dict.fromkeys(member for code in codes for member in coded.members(code)))
        for finding, codes in codes_of.items()
    }
    table = findings_behind(coded, whole, quote_from=quote_from)
    own = [";".join(codes_of[finding]) for finding in table["finding"]]
    return table.assign(codes=pd.Series(own, index=table.index, dtype="str"))


def agreement_on_codes(
    agreement: pd.DataFrame, codebook: pd.DataFrame | None = None
) -> dict[str, float | None]:
    """Return Krippendorff's alpha per code, None where it is undefined.

    A group of codes has the alpha of its family, or, where none is computed for it, the lowest of the groups
    below it.

    Parameters
    ----------
    agreement
        The table of :func:`twinbenefits.analysis.coder_agreement.coder_agreement`, as computed and not as
        released: a ceiling must not depend on who reads it.
    codebook
        The table of this name; without it nothing is told of groups for which no family is computed.

    Examples
    --------
    >>> rows = pd.DataFrame({"scope": ["code", "code", "family"], "name": ["GA", "GB", "G"],
    ...                      "measure": "krippendorff_alpha", "estimate": [0.7, None, 0.9]})
    >>> codes = pd.DataFrame({"id": ["R", "G", "GA", "GB"], "parent": ["", "R", "G", "G"]})
    >>> agreement_on_codes(rows, codes)
    {'GA': 0.7, 'GB': None, 'G': 0.9, 'R': 0.9}
    """
    rows = agreement[agreement["scope"].isin(["code", "family"]) & (agreement["measure"] == ALPHA)]
    rows = rows.sort_values("scope", kind="stable")  # a family comes after a code of the same name
    found = {
        str(name): None if pd.isna(value) else float(value)
        for name, value in zip(rows["name"], rows["estimate"], strict=True)
    }
    if codebook is None:
        return found
    for code in codebook["id"].astype(str):
        below = codebook.loc[codebook["parent"] == code, "id"].astype(str)
        known = [value for value in map(found.get, below) if value is not None]
        if code not in found and known and len(known) == len(below):
            found[code] = min(known)
    return found


def robust_shares(verdicts: pd.DataFrame) -> dict[str, float]:
    """Return per proposition the share of the specifications under which its verdict stays.

    Parameters
    ----------
    verdicts
        The table ``verdicts`` of :func:`twinbenefits.analysis.robust_verdicts.robust_verdicts`; a proposition
        that coding cannot change has no share and is left out.
    """
    told = verdicts[verdicts["share"].notna()]
    return {str(name): float(share) for name, share in zip(told["proposition"], told["share"], strict=True)}
