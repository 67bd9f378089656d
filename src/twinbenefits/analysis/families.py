"""Families and groups of codes, read off the codebook's tree."""

from collections.abc import Mapping

import pandas as pd

__all__ = ["code_families", "code_roots", "codes_below_root"]


def code_families(codebook: pd.DataFrame) -> dict[str, str]:
    """Return the family of each code: the code above it, or the code itself where it heads a group.

    A root has no family, and a codebook without a code above another has none at all.

    Parameters
    ----------
    codebook
        id and parent of every code.

    Examples
    --------
    >>> book = pd.DataFrame({"id": ["B", "B1", "B1.1", "C", "C1"], "parent": ["", "B", "B1", "", "C"]})
    >>> code_families(book)
    {'B1': 'B1', 'B1.1': 'B1', 'C1': 'C'}
    """
    parent = _parents(codebook)
    heads = set(parent.values())
    return {code: code if code in heads else above for code, above in parent.items() if above}


def code_roots(codebook: pd.DataFrame) -> dict[str, str]:
    """Return the root above each code; a root stands for itself.

    Parameters
    ----------
    codebook
        id and parent of every code.

    Examples
    --------
    >>> code_roots(pd.DataFrame({"id": ["B", "B1", "B1.1"], "parent": ["", "B", "B1"]}))
    {'B': 'B', 'B1': 'B', 'B1.1': 'B'}
    """
    parent = _parents(codebook)
    return {code: _root(code, parent) for code in parent}


def codes_below_root(codebook: pd.DataFrame, role: str) -> list[str]:
    """Return the codes of a role in order, without the root that only names it.

    Where no code of the role stands below another, all are returned.

    Examples
    --------
    >>> book = pd.DataFrame({"id": ["B", "B1"], "parent": ["", "B"], "role": "benefit"})
    >>> codes_below_root(book, "benefit")
    ['B1']
    """
    codes = [str(code) for code in codebook.loc[codebook["role"] == role, "id"]]
    families = code_families(codebook)
    return [code for code in codes if code in families] or codes


def _root(code: str, parent: Mapping[str, str]) -> str:
    seen = {code}
    while parent.get(code) and parent[code] not in seen:
        code = parent[code]
        seen.add(code)
    return code


def _parents(codebook: pd.DataFrame) -> dict[str, str]:
    above = codebook["parent"].astype(object).where(codebook["parent"].notna(), "")
    known = {str(code) for code in codebook["id"]}
    return {
        str(code): str(up) if str(up) in known else "" for code, up in zip(codebook["id"], above, strict=True)
    }
