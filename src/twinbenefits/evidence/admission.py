"""Load the case evidence of a study and let it through the door for one audience.

A build that runs many notebooks opens the study once for all of them, `beforehand`, and hands what was let
through to the process from which their kernels are forked, `take_over`. It is found there only by the same
audience on the same day, and as long as every file of data is what it was; in all other cases it is loaded
and let through again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from twinbenefits.evidence.consent import Permissions, audience_rule, own_case
from twinbenefits.evidence.data_digest import digest_of_data
from twinbenefits.evidence.door import Passed, pass_door
from twinbenefits.evidence.keys import Key, open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.withholding import Gate

__all__ = ["Admitted", "Beforehand", "admit", "beforehand", "let_through", "needed", "take_over"]

NEEDED = ("cases", "sources", "segments", "permissions")
"""Tables without which nobody can say what may be shown."""

RULES = "release_rules"

_Asked = tuple[Layout, str, str, date, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The case evidence that one audience may hold, and the gate for what is computed from it."""

    passed: Passed
    gate: Gate


Beforehand = dict[_Asked, tuple[str, tuple[dict[str, pd.DataFrame], Admitted | None]]]
"""What was asked, to the digest of all data then and the answer."""

_taken_over: Beforehand = {}
"""Empty but in a build."""


def admit(
    layout: Layout, evidence: str, audience: str, as_of: date, names: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], Admitted | None]:
    """Return the declared tables as the audience may hold them.

    Parameters
    ----------
    layout
        Where the project stands.
    evidence
        `demo` or `private`.
    audience
        For whom.
    as_of
        The day for which permissions are judged.
    names
        The declared tables; those that hold case evidence pass the door, the others are open to all.

    Raises
    ------
    EvidenceError
        With every problem of the declared tables and of those that the door needs.
    """
    if not any(TABLES[name].holds_case_evidence for name in names):
        return load_tables(layout, evidence, names), None
    if evidence == "private":
        from twinbenefits.evidence.exchange.applying import repair_interrupted_import

        repair_interrupted_import(layout)
    found = _taken_over.get((layout, evidence, audience, as_of, frozenset(names)))
    if found is not None and found[0] == digest_of_data(layout, evidence):
        return found[1]
    frames = load_tables(layout, evidence, needed(names))
    return let_through(frames, audience, as_of, open_key(layout, evidence))


def beforehand(
    layout: Layout, evidence: str, audience: str, as_of: date, declared: Sequence[Sequence[str]]
) -> tuple[Beforehand, dict[str, pd.DataFrame]]:
    """Do what `admit` does for several notebooks.

    Parameters
    ----------
    layout, evidence, audience, as_of
        As of the notebooks.
    declared
        The tables of each notebook, as it declares them.

    Returns
    -------
    Beforehand
        For `take_over`. Empty if no notebook declares case evidence, or the data are too large.
    dict
        All tables that were loaded for it; they have not passed the door.
    """
    data = digest_of_data(layout, evidence)
    asked = set(map(frozenset, declared))
    asked = {names for names in asked if any(TABLES[name].holds_case_evidence for name in names)}
    if not data or not asked:
        return {}, {}
    every = load_tables(layout, evidence, needed(frozenset().union(*asked)))
    key = open_key(layout, evidence)
    found: Beforehand = {}
    for names in asked:
        frames = {name: every[name] for name in needed(names)}
        through = let_through(frames, audience, as_of, key)
        found[layout, evidence, audience, as_of, names] = (data, through)
    return found, every


def take_over(found: Beforehand) -> None:
    """Let `admit` find in this process, and in its forks, what `beforehand` has returned."""
    _taken_over.update(found)


def needed(names: Collection[str]) -> list[str]:
    """Return the declared tables with those that the door needs, in an order that is the same for all."""
    more = ("objectives",) if "links" in names else ()
    return sorted({*names, *NEEDED, *more, RULES})


def let_through(
    frames: Mapping[str, pd.DataFrame], audience: str, as_of: date, key: Key
) -> tuple[dict[str, pd.DataFrame], Admitted]:
    """Let loaded tables through the door; among them must be all that are `needed`."""
    permissions = Permissions(frames["permissions"], as_of)
    rules = frames[RULES]
    case_tables = {name: frame for name, frame in frames.items() if TABLES[name].holds_case_evidence}
    passed = pass_door(case_tables, audience=audience, rules=rules, permissions=permissions, key=key)
    own = own_case(audience)
    gate = Gate(
        rule=audience_rule(rules, audience),
        own_rule=audience_rule(rules, audience, own=bool(own)),
        own=_standing(passed.cases, own),
        permissions=permissions,
        codes=passed.cases,
    )
    return {**frames, **passed.frames}, Admitted(passed, gate)


def _standing(codes: Mapping[str, str], own: str) -> str:
    """Return how the audience's own case stands in the tables."""
    return next((standing for standing, code in codes.items() if code == own), "") if own else ""
