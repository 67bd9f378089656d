"""Every rule that holds between the rows of case evidence, and notes on who codes whom.

Rules speak of the roles that the codebook gives to codes, so that another study with other codes is held to
the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from twinbenefits.evidence.coding_rules import CODING_RULES
from twinbenefits.evidence.link_rules import LINK_RULES
from twinbenefits.evidence.rules import Finding, Rule, Tables, findings
from twinbenefits.evidence.segment_rules import SEGMENT_RULES
from twinbenefits.evidence.vote_rules import VOTE_RULES
from twinbenefits.evidence.words import Words, joined

__all__ = ["RULES", "ReflexivityNote", "mark_findings", "reflexivity_notes"]

OWN_CASE: Mapping[str, tuple[str, ...]] = {
    "participants": ("participant", "case"),
    "use_cases": ("use_case", "case"),
    "sessions": ("session", "case"),
    "sources": ("source", "case"),
    "objectives": ("objective", "case"),
}
"""Tables whose rows belong to a case, with the columns that say so."""

SAME_CASE = (
    ("segments", "speaker", "participants"),
    ("segments", "use_case", "use_cases"),
    ("sources", "session", "sessions"),
    ("sessions", "participants", "participants"),
    ("asked", "session", "sessions"),
    ("context_ratings", "evidence", "segments"),
    ("links", "evidence", "segments"),
    ("links", "from_node", "objectives"),
    ("links", "to_node", "objectives"),
    ("negative_cases", "evidence", "segments"),
    ("permissions", "item", "segments"),
    ("permissions", "item", "sources"),
)
"""Columns that name something of the row's own case: table, column, and the table of what is named."""


def _stays_in_its_case(table: str, column: str, named: str, tables: Tables) -> list[Finding]:
    """Hold each of the {2} in column {1} to the case of its row."""
    rows = tables[table]
    cells = tables.words(table, column)
    own = _case_of_rows(table, tables)
    case_of = _case_of(named, tables)
    pair = joined(cells, own)
    strange: dict[int, tuple[str, str]] = {}
    for number, row in zip(*np.unique(pair, return_index=True), strict=True):
        case = own.words[own.places[row]]
        for item in cells.words[cells.places[row]].split(";"):
            theirs = case_of.get(item)
            if case and theirs and theirs != case:
                strange[number] = (item, theirs)
    if not strange:
        return []
    hit = np.isin(pair, [*strange])
    named_there = [strange[number] for number in pair[hit]]
    told = pd.DataFrame(
        {
            column: [item for item, _ in named_there],
            "_theirs": [theirs for _, theirs in named_there],
            "_own": own.array[hit],
        },
        index=rows.index[hit],
    )
    return findings(
        told,
        np.ones(len(told), dtype=bool),
        column,
        "must belong to the case of the row",
        lambda row: f"It belongs to {row['_theirs']}, the row to {row['_own']}: correct either.",
    )


def _case_of(table: str, tables: Tables) -> dict[str, str]:
    """Return the case of each thing of a table by its code."""
    if table == "segments":
        codes, cases = tables.words("segments", "segment"), _case_of_rows("segments", tables)
        return dict(zip(codes.array, cases.array, strict=True))
    name, case = OWN_CASE[table]
    return dict(zip(tables[table][name], tables[table][case], strict=True))


def _case_of_rows(table: str, tables: Tables) -> Words:
    """Return the case of each row of a table, empty where it is not known."""
    if table != "segments":
        return tables.words(table, "case")
    case_of = _case_of("sources", tables)
    return tables.words("segments", "source").changed(lambda source: case_of.get(source, ""))


def _needs(table: str, column: str, named: str) -> dict[str, tuple[str, ...]]:
    through = {"segments": ("segment", "source")}
    needs: dict[str, tuple[str, ...]] = {}
    for other in (table, named):
        columns = through[other] if other in through else OWN_CASE.get(other, ("case",))
        needs[other] = tuple(dict.fromkeys([*needs.get(other, ()), *columns]))
        if other in through:
            needs["sources"] = tuple(dict.fromkeys([*needs.get("sources", ()), *OWN_CASE["sources"]]))
    needs[table] = tuple(dict.fromkeys([*needs[table], column]))
    return needs


RULES: tuple[Rule, ...] = (
    *CODING_RULES,
    *SEGMENT_RULES,
    *LINK_RULES,
    *VOTE_RULES,
    *(Rule(place[0], _needs(*place), partial(_stays_in_its_case, *place)) for place in SAME_CASE),
)
"""Every rule between rows and tables."""


def mark_findings(frame: pd.DataFrame, evidence: str) -> list[Finding]:
    """Return the rows whose mark does not fit the folder: invented rows and real ones are never mixed.

    Parameters
    ----------
    frame
        A table of case evidence.
    evidence
        `demo`, where every row is invented, or `private`, where none is.
    """
    invented = evidence != "private"
    written = frame.assign(synthetic=frame["synthetic"].map({True: "true", False: "false"}))
    rule = "every row of data/demo is invented: " if invented else "no row of data/private is invented: "
    way_out = (
        "Real rows belong to data/private: move the row there, and change nothing else in data/demo."
        if invented
        else "Delete the invented row; if it is real, write false."
    )
    return findings(
        written,
        frame["synthetic"] != invented,
        "synthetic",
        f"{rule}the mark must be {str(invented).lower()}",
        way_out,
    )


@dataclass(frozen=True, slots=True)
class ReflexivityNote:
    """That a coder reads evidence of the company that employs the coder.

    Parameters
    ----------
    coder, case
        Who, and whose company.
    segments
        How many segments of that case the coder read or coded.
    """

    coder: str
    case: str
    segments: int

    def __str__(self) -> str:
        """Return the note as a sentence for the list of limitations."""
        return (
            f"Coder {self.coder} is employed by the company of case {self.case} and coded "
            f"{self.segments} of its segments; compare with the other coders' reading."
        )


def reflexivity_notes(frames: Mapping[str, pd.DataFrame]) -> list[ReflexivityNote]:
    """Return which coders coded evidence of their own employer, for the reader to weigh.

    This is no error: insiders see what others miss. It is said, so that it can be weighed.

    Parameters
    ----------
    frames
        `coders`, `segments`, `sources`, and `assignments` or `codings`.
    """
    coders = frames["coders"]
    employer = dict(zip(coders["coder"], coders["employer_case"], strict=True))
    read = pd.concat(
        [frames[name][["segment", "coder"]] for name in ("assignments", "codings") if name in frames]
    )
    read = read.drop_duplicates()
    read = read[read["coder"].map(employer).fillna("") != ""]
    case = read["segment"].map(_case_of("segments", Tables(frames)))
    own = read[case == read["coder"].map(employer)]
    counts = own.groupby("coder")["segment"].nunique()
    return [ReflexivityNote(str(coder), employer[str(coder)], int(count)) for coder, count in counts.items()]
