"""What the audit of the deck leaves for the authors to settle: references and findings."""

import pandas as pd

from twinbenefits.analysis.citations import CITABLE, effective_status
from twinbenefits.analysis.literature import EXAMPLES_ONLY, VERIFIED_MEANS
from twinbenefits.analysis.result import Result, Scalar

__all__ = ["audit_findings", "reference_status"]

_WORK = ["rank", "authors", "title", "container", "year", "doi", "confidence"]


def audit_findings(audit: pd.DataFrame) -> Result:
    """Group the audit findings and tell open ones from decided ones.

    Parameters
    ----------
    audit
        The table of that name. A finding is decided when ``author_decision`` is filled in.

    Returns
    -------
    Result
        The findings in the order of their groups, with ``state`` *open* or *decided*. Scalars: ``findings``,
        ``findings_<group>``, ``open``, ``decided``, ``open_<group>``.

    Examples
    --------
    >>> found = pd.DataFrame({"finding_id": ["R1", "K1"], "group": ["citing", "coding"],
    ...                       "author_decision": ["", "accepted"]})
    >>> {name: scalar.value for name, scalar in audit_findings(found).scalars.items()}["open"]
    1
    """
    decided = audit["author_decision"].fillna("").astype(str).str.strip() != ""
    state = decided.map({True: "decided", False: "open"})
    groups = list(dict.fromkeys(audit["group"]))
    table = audit.assign(state=state, order=audit["group"].map(groups.index)).sort_values(
        "order", kind="stable"
    )
    counts = {"findings": len(audit), "open": int((~decided).sum()), "decided": int(decided.sum())}
    for group in groups:
        counts[f"findings_{group}"] = int((audit["group"] == group).sum())
        counts[f"open_{group}"] = int(((audit["group"] == group) & ~decided).sum())
    return Result(
        table=table.drop(columns="order").reset_index(drop=True),
        inputs=("audit",),
        scalars={
            name: Scalar(n, n=len(audit), unit="findings", method="count") for name, n in counts.items()
        },
        limitations=("A correction is a proposal until the authors have decided on it; none is applied.",),
    )


def reference_status(
    references: pd.DataFrame, reference_candidates: pd.DataFrame, mentions: pd.DataFrame
) -> Result:
    """Say for every reference whether it can be cited today, and what its authors have to settle.

    Parameters
    ----------
    references, reference_candidates, mentions
        The tables of that name.

    Returns
    -------
    Result
        One row per reference and proposed work (one with ``rank`` 0 where no work is proposed), with the
        rows it is cited in, whether it is ``citable``, and ``to_settle``. Scalars: ``references``,
        ``references_<status>``, ``citable``, ``not_identified``, ``guesses`` (works proposed for references
        not yet identified), ``to_settle``.
    """
    cited = mentions.groupby("key")["row_id"].agg(lambda rows: ", ".join(dict.fromkeys(rows)))
    times = mentions["key"].value_counts()
    table = references.assign(
        status=effective_status(references).reindex(references["key"]).to_numpy(),
        cited_in=references["key"].map(cited).fillna(""),
        mentions=references["key"].map(times).fillna(0).astype(int),
    )
    works = reference_candidates[["key", *_WORK]].rename(columns={"year": "work_year"})
    proposed = works.groupby("key").size()
    table["citable"] = table["status"].isin(CITABLE)
    table["to_settle"] = [
        _to_settle(status, int(proposed.get(key, 0)))
        for key, status in zip(table["key"], table["status"], strict=True)
    ]
    counts = {f"references_{status}": int(n) for status, n in table["status"].value_counts().items()}
    guesses = int(proposed.reindex(table.loc[~table["citable"], "key"]).fillna(0).sum())
    counts |= {"references": len(table), "citable": int(table["citable"].sum())}
    counts |= {"not_identified": len(table) - counts["citable"]}
    scalars = {name: Scalar(n, n=len(table), unit="references", method="count") for name, n in counts.items()}
    scalars["guesses"] = Scalar(guesses, n=counts["not_identified"], unit="works", method="count")
    joined = table.merge(works, on="key", how="left").sort_values(["year", "key", "rank"], kind="stable")
    joined["rank"] = joined["rank"].fillna(0).astype(int)
    return Result(
        table=joined.reset_index(drop=True),
        inputs=("references", "reference_candidates", "mentions"),
        scalars=scalars,
        limitations=(
            EXAMPLES_ONLY,
            VERIFIED_MEANS,
            "Works proposed for a reference not yet identified are guesses.",
        ),
    )


def _to_settle(status: str, proposed: int) -> str:
    if status == "settled":
        return "nothing: the authors have named the work"
    if status == "verified":
        return "confirm that this is the work meant"
    if proposed == 0:
        return "name the work: no guess was found"
    if proposed == 1:
        return "confirm or replace the guess"
    return "choose among the guesses or name another work"
