"""Load the case evidence of a study and let it through the door for one audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from twinbenefits.evidence.consent import Permissions, audience_rule, own_case
from twinbenefits.evidence.door import Passed, pass_door
from twinbenefits.evidence.keys import open_key
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.withholding import Gate

__all__ = ["Admitted", "admit"]

NEEDED = ("cases", "sources", "segments", "permissions")
"""Tables without which nobody can say what may be shown."""

RULES = "release_rules"


@dataclass(frozen=True, slots=True)
class Admitted:
    """The case evidence that one audience may hold, and the gate for what is computed from it."""

    passed: Passed
    gate: Gate


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
    more = ("objectives",) if "links" in names else ()
    frames = load_tables(layout, evidence, list(dict.fromkeys([*names, *NEEDED, *more, RULES])))
    permissions = Permissions(frames["permissions"], as_of)
    rules = frames[RULES]
    case_tables = {name: frame for name, frame in frames.items() if TABLES[name].holds_case_evidence}
    passed = pass_door(
        case_tables, audience=audience, rules=rules, permissions=permissions, key=open_key(layout, evidence)
    )
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
