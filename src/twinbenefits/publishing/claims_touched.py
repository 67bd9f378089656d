"""Which claims rest on tables that change, and what they are before and after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES
from twinbenefits.publishing.claims import check_claims
from twinbenefits.publishing.claims_known import Edition
from twinbenefits.publishing.stage_results import read_results

__all__ = ["claims_on", "tables_behind", "what_became_of"]

EVERYWHERE = "permissions"
"""The door asks this table for every row of the cases, whatever a result names as its inputs."""


def tables_behind(changed: Collection[str]) -> set[str]:
    """Return tables that change with others: those that refer to them, and those that refer to these.

    Parameters
    ----------
    changed
        Names of tables; permissions stand behind all evidence of the cases.

    Examples
    --------
    >>> sorted(tables_behind(["items"]))
    ['comments', 'decisions', 'items', 'votes']
    """
    if EVERYWHERE in changed:
        return {name for name, table in TABLES.items() if table.holds_case_evidence}
    found: set[str] = set()
    more = set(changed)
    while more - found:
        found |= more
        more = {
            name
            for name, table in TABLES.items()
            if any(target in found for reference in table.references for target, _ in reference.targets)
        }
    return found


def claims_on(root: Path, audience: str, evidence: str, changed: Collection[str]) -> dict[str, str]:
    """Return the claims of an edition that rest on tables that change, each with its state now.

    Parameters
    ----------
    root
        The project's top folder.
    audience, evidence
        Which edition; one without results has no claims.
    changed
        Names of the tables that change.
    """
    layout = Layout(Path(root))
    staged = read_results(layout, audience, evidence)
    edition = Edition(layout, audience, evidence, staged)
    behind = tables_behind(changed)
    states = check_claims(layout, audience, evidence, staged).states
    return {
        state.claim.id: state.state for state in states if behind.intersection(edition.inputs(state.claim))
    }


def what_became_of(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return, for a reader, the claims that rest on what changed and what became of each.

    Examples
    --------
    >>> what_became_of({"C30": "holds", "C31": "holds"}, {"C30": "broken", "C31": "holds"})
    ['claims that rest on it: C30, C31', 'C30: was holds, is broken']
    >>> what_became_of({"C30": "holds"}, {})
    ['claims that rest on it: C30', 'C30: was holds, is not known: there are no results of it now']
    """
    named = sorted({*before, *after})
    if not named:
        return []
    gone = "not known: there are no results of it now"
    changes = [
        f"{claim}: was {before.get(claim, 'not there')}, is {after.get(claim, gone)}"
        for claim in named
        if before.get(claim) != after.get(claim)
    ]
    return [f"claims that rest on it: {', '.join(named)}", *changes]
