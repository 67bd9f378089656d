"""Tables of what the authors have to settle: findings of the audit and references."""

import pandas as pd

from twinbenefits.analysis.citations import STATUSES
from twinbenefits.display.mention import mention_text
from twinbenefits.evidence.release import Released

__all__ = ["audit_findings", "audit_groups", "reference_audit", "reference_status"]

_GROUPS = {"data_method_results": "data, method and results"}
_MEANING = {
    "verified": "a published record fits name, year and topic; whether the authors meant it is open",
    "settled": "the authors have named the work",
    "candidate": "one or more works may be meant; each is a guess",
    "unresolved": "no work could be proposed",
}
_NO_GUESS = "none found"


def audit_findings(released: Released) -> pd.DataFrame:
    """Return every finding with its place in the deck, its group and the state of the decision.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.audit.audit_findings`.
    """
    table = released.table
    return pd.DataFrame(
        {
            "Finding": table["finding_id"],
            "Group": [_group(group) for group in table["group"]],
            "Place": table["place"],
            "What was found": table["finding"],
            "Authors' decision": [
                decision or state
                for decision, state in zip(table["author_decision"], table["state"], strict=True)
            ],
        }
    )


def audit_groups(released: Released) -> pd.DataFrame:
    """Return the number of findings per group and how many are open.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.audit.audit_findings`.
    """
    table = released.table
    return pd.DataFrame(
        [
            {
                "Findings about": _group(str(group)),
                "Number": str(len(rows)),
                "Open": str(int((rows["state"] == "open").sum())),
                "Ids": ", ".join(rows["finding_id"]),
            }
            for group, rows in table.groupby("group", sort=False)
        ],
        columns=["Findings about", "Number", "Open", "Ids"],
    )


def reference_status(released: Released) -> pd.DataFrame:
    """Return how many references and mentions have each status, and whether they can be cited.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.audit.reference_status`.
    """
    keys = released.table.drop_duplicates("key")
    found = [status for status in STATUSES if (keys["status"] == status).any()]
    return pd.DataFrame(
        [
            {
                "Status": status,
                "Meaning": _MEANING[status],
                "References": str(len(rows)),
                "Mentions": str(rows["mentions"].sum()),
                "Can be cited today": "yes" if rows["citable"].all() else "no",
            }
            for status, rows in ((status, keys[keys["status"] == status]) for status in found)
        ],
        columns=["Status", "Meaning", "References", "Mentions", "Can be cited today"],
    )


def reference_audit(released: Released, *, cite: bool = True) -> pd.DataFrame:
    """Return every reference with its status, why, what is to be settled, and guesses labelled as such.

    This is the only display in which works proposed for a reference not yet identified may stand.

    Parameters
    ----------
    released
        Released result of `twinbenefits.analysis.audit.reference_status`.
    cite
        Whether identified works are printed as citations.
    """
    lines = []
    for key, rows in released.table.groupby("key", sort=False):
        first = rows.iloc[0]
        written = " / ".join(part.strip() for part in str(first["cited_as"]).split(";"))
        lines.append(
            {
                "As written": mention_text(written, str(key), str(first["status"]), cite=cite),
                "In rows": first["cited_in"],
                "Status": first["status"],
                "Why": first["why"],
                "To settle": first["to_settle"],
                "Guesses (not confirmed)": "" if first["citable"] else _guesses(rows),
            }
        )
    return pd.DataFrame(
        lines, columns=["As written", "In rows", "Status", "Why", "To settle", "Guesses (not confirmed)"]
    )


def _guesses(rows: pd.DataFrame) -> str:
    proposed = rows[rows["rank"] > 0]
    return " | ".join(_guess(work) for _, work in proposed.iterrows()) or _NO_GUESS


def _guess(work: pd.Series) -> str:
    people = [name.split(",")[0].strip() for name in str(work["authors"]).split(";")]
    names = (
        people[0] if len(people) == 1 else f"{people[0]} et al." if len(people) > 2 else " and ".join(people)
    )
    year = f" ({int(work['work_year'])})" if pd.notna(work["work_year"]) else ""
    doi = f", doi:{work['doi']}" if isinstance(work["doi"], str) and work["doi"] else ""
    return f"Guess ({work['confidence']} confidence): {names}{year}, {work['title']}{doi}"


def _group(group: str) -> str:
    return _GROUPS.get(group, group.replace("_", " "))
