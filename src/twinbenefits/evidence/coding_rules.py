"""Rules of codebook and codings. They speak of the roles of codes, never of single codes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from twinbenefits.evidence.rules import Finding, Row, Rule, Tables, findings
from twinbenefits.evidence.words import Words, joined

__all__ = ["CODING_RULES"]

GRADED_ROLE = "benefit"
"""Codings with a code of this role say how far it is reached and how strongly it is put."""

CODEBOOK = ("id", "role", "requires_role", "targets_role", "since", "retired_on", "successor")


def retired_codes_have_a_successor(tables: Tables) -> list[Finding]:
    """Hold every retired code to a successor of its role that leads, at last, to a code in use."""
    codes = tables["codebook"]
    retired, named = codes["retired_on"].notna(), codes["successor"] != ""
    role, successor = (_by_id(codes, name) for name in ("role", "successor"))
    heir = codes["successor"]
    ends = {code: _last_heir(code, successor) for code in codes["id"]}
    told = findings(
        codes,
        retired & ~named,
        "successor",
        "a retired code needs a successor, or its older codings would point nowhere",
        "Write the code that takes its place.",
    )
    told += findings(
        codes,
        named & ~retired,
        "retired_on",
        "a code with a successor must say since when it is retired",
        "Write the day of the codebook's version, or clear the successor.",
    )
    told += findings(
        codes,
        named & heir.map(role).notna() & (heir.map(role) != codes["role"]),
        "successor",
        "must have the same role as the code it takes the place of",
        lambda row: f"Choose a code of the role {row['role']}.",
    )
    told += findings(
        codes,
        named & (codes["id"].map(ends) == ""),
        "successor",
        "the chain of successors comes back to itself",
        "Let it end at a code that is in use.",
    )
    return told


def _by_id(codes: pd.DataFrame, column: str) -> dict[str, str]:
    return dict(zip(codes["id"], codes[column], strict=True))


def _last_heir(code: str, successor: dict[str, str]) -> str:
    """Return the code at the end of the chain of successors, empty where the chain is a ring."""
    seen = set()
    while successor.get(code):
        if code in seen:
            return ""
        seen.add(code)
        code = successor[code]
    return code


def codes_are_in_use(tables: Tables) -> list[Finding]:
    """Hold each coding to the codes of the codebook's version that it names."""
    codes, codings = tables["codebook"].drop_duplicates("id").set_index("id"), tables["codings"]
    version = codings["codebook_version"]
    told = []
    for column in ("code", "target_code"):
        retired, since = (_day_of_code(tables, column, name) for name in ("retired_on", "since"))
        if retired is not None:
            told += findings(
                codings,
                version >= retired,
                column,
                "the code was retired in this version of the codebook",
                partial(_use_instead, codes, column),
            )
        if since is not None:
            told += findings(
                codings,
                version < since,
                column,
                "the code is not yet in this version of the codebook",
                "Correct codebook_version, or the code.",
            )
    return told


def _day_of_code(tables: Tables, column: str, name: str) -> pd.Series | None:
    """Return a day that the codebook gives for the code of each coding, or None if it gives none for any."""
    codes, codings = tables["codebook"], tables["codings"]
    days = dict(zip(codes["id"], codes[name], strict=True))
    cells = tables.words("codings", column)
    if all(pd.isna(days.get(word)) for word in cells.words):
        return None
    return pd.Series(cells.looked_up(days, pd.NaT), codings.index, codings["codebook_version"].dtype)


def _use_instead(codes: pd.DataFrame, column: str, row: Row) -> str:
    code: dict[Any, Any] = codes.loc[row[column]].to_dict()
    use = f"Write its successor {code['successor']!r}" if code["successor"] else "Write a code that is in use"
    return f"{use}, or a codebook_version before {code['retired_on']:%Y-%m-%d} if the coding is older."


def required_roles_are_there(tables: Tables) -> list[Finding]:
    """Hold a code that requires a role to a code of that role in the same segment by the same coder."""
    codes, codings = tables["codebook"], tables["codings"]
    code = tables.words("codings", "code")
    role, required = _by_id(codes, "role"), _by_id(codes, "requires_role")
    wanted_roles = sorted({required.get(word, "") for word in code.words} - {""})
    if not wanted_roles:
        return []
    reading = joined(tables.words("codings", "segment"), tables.words("codings", "coder"))
    told = []
    for wanted in wanted_roles:
        there = np.zeros(reading.max() + 1, dtype=bool)
        there[reading[code.looked_up(role) == wanted]] = True
        needs = code.looked_up(required) == wanted
        told += findings(
            codings,
            needs & ~there[reading],
            "code",
            f"stands only beside a code of the role {wanted} in the same segment by the same coder",
            f"Add that {wanted} to segment and coder, or delete this coding.",
        )
    return told


def targets_have_their_role(tables: Tables) -> list[Finding]:
    """Hold a code that targets a role to a target of that role, and the others to none.

    A code that requires a role beside it may name which one it is about: then that one must stand in the
    same segment by the same coder.
    """
    codes, codings = tables["codebook"], tables["codings"]
    code, target = tables.words("codings", "code"), tables.words("codings", "target_code")
    role, aims, required = (_by_id(codes, name) for name in ("role", "targets_role", "requires_role"))
    named, known_target = target.where(bool), target.where(role.get)
    aimed = code.where(aims.get)
    hits = code.looked_up(aims) == target.looked_up(role)
    wanted = codings.assign(_role=code.looked_up(aims)) if aimed.any() else codings
    told = findings(
        wanted,
        aimed & ~named,
        "target_code",
        "must name the code that this one works on",
        lambda row: f"Write a code of the role {row['_role']}.",
    )
    told += findings(
        wanted,
        aimed & known_target & ~hits,
        "target_code",
        "must be of the role that the code works on",
        lambda row: f"Write a code of the role {row['_role']}.",
    )
    told += findings(
        codings,
        code.where(lambda word: word in role and not aims[word] and not required[word]) & named,
        "target_code",
        "must be empty, because codes of this role work on no other",
        "Clear the cell, or correct the code.",
    )
    beside = code.where(lambda word: required.get(word) and not aims.get(word)) & known_target
    return told + _targets_beside(tables, beside, role, required)


def _targets_beside(
    tables: Tables, beside: npt.NDArray[np.bool_], role: dict[str, str], required: dict[str, str]
) -> list[Finding]:
    """Return the targets that do not stand beside the code that names them."""
    if not beside.any():
        return []
    codings = tables["codings"]
    code, target = tables.words("codings", "code"), tables.words("codings", "target_code")
    place = {word: number for number, word in enumerate(code.words)}
    reading = joined(tables.words("codings", "segment"), tables.words("codings", "coder"))
    given = reading * len(code.words) + code.places
    meant = reading[beside] * len(code.words) + target.looked_up(place, -1)[beside].astype(np.intp)
    stands = pd.Series(meant).isin(given).to_numpy(copy=True)
    stands &= target.where(lambda word: word in place)[beside]
    stands &= (target.looked_up(role) == code.looked_up(required))[beside]
    lost = beside.copy()
    lost[beside] = ~stands
    return findings(
        codings.assign(_role=code.looked_up(required)),
        lost,
        "target_code",
        "must be a code that stands in the same segment by the same coder, of the role that is required",
        lambda row: f"Write which {row['_role']} of this segment is meant, or clear the cell.",
    )


def grades_stand_where_they_belong(tables: Tables) -> list[Finding]:
    """Hold status and strength to codings of the graded role, and to all of them."""
    codings = tables["codings"]
    role = _by_id(tables["codebook"], "role")
    code = tables.words("codings", "code")
    graded = code.where(lambda word: role.get(word) == GRADED_ROLE)
    other = code.where(lambda word: role.get(word, GRADED_ROLE) != GRADED_ROLE)
    told = []
    for column, filled, way_out in (
        ("status", tables.words("codings", "status").where(bool), "Write expected, observed or measured."),
        ("strength", codings["strength"].notna().to_numpy(), "Write 1, 2 or 3."),
    ):
        told += findings(
            codings, graded & ~filled, column, f"must be filled for a code of the role {GRADED_ROLE}", way_out
        )
        told += findings(
            codings,
            other & filled,
            column,
            f"must be empty, because the code is not of the role {GRADED_ROLE}",
            "Clear the cell, or correct the code.",
        )
    return told


def no_coding_stands_twice(tables: Tables) -> list[Finding]:
    """Hold a coder to one coding of a segment with the same code and target in one version."""
    codings = tables["codings"]
    words = [tables.words("codings", name) for name in ("segment", "coder", "code", "target_code")]
    version = pd.factorize(codings["codebook_version"])[0]
    number = joined(*words, Words(version, np.arange(version.max() + 1).astype(object)))
    twice = pd.Series(number).duplicated().to_numpy() & words[0].where(bool) & words[2].where(bool)
    return findings(
        codings,
        twice,
        "code",
        "the same coder gave this code to this segment already, in the same version of the codebook",
        "Delete one of the two rows, or correct the code.",
    )


_CODED = {
    "codebook": CODEBOOK,
    "codings": (
        "coding",
        "segment",
        "coder",
        "code",
        "target_code",
        "status",
        "strength",
        "codebook_version",
    ),
}


def owners_answer_for_benefits(tables: Tables) -> list[Finding]:
    """Hold owners to codes of the graded role."""
    owners = tables["owners"]
    role = owners["code"].map(_by_id(tables["codebook"], "role"))
    return findings(
        owners,
        role.notna() & (role != GRADED_ROLE),
        "code",
        f"must be of the role {GRADED_ROLE}",
        "Write the code of the benefit that somebody answers for.",
    )


CODING_RULES = (
    Rule("codebook", {"codebook": CODEBOOK}, retired_codes_have_a_successor),
    Rule("codings", _CODED, codes_are_in_use),
    Rule("codings", _CODED, required_roles_are_there),
    Rule("codings", _CODED, targets_have_their_role),
    Rule("codings", _CODED, grades_stand_where_they_belong),
    Rule("codings", _CODED, no_coding_stands_twice),
    Rule("owners", {"codebook": ("id", "role"), "owners": ("case", "code")}, owners_answer_for_benefits),
)
"""Rules of codebook, codings and owners of benefits."""
