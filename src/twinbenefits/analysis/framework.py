"""The conceptual framework as boxes and arrows, drawn from the codebook and the propositions alone."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from twinbenefits.analysis.result import Result, Scalar

__all__ = ["ACCEPTED", "PROPOSED", "Framework", "conceptual_framework"]

ACCEPTED, PROPOSED = "accepted", "proposed"
REJECTED = "rejected"
INPUTS = ("codebook", "propositions", "proposition_terms", "context_scales")


@dataclass(frozen=True, slots=True)
class Framework:
    """Boxes and arrows; neither rests on case evidence, so both may be shown to everybody.

    Parameters
    ----------
    boxes
        One row per code that an arrow touches, grouped by role: box (its role), node, label.
    arrows
        One row per pair of codes: from_node, to_node, sign (+, -, both, or empty), kinds, propositions,
        status. Rows whose propositions are empty are the frame that the codebook's rules give: from role to
        role.
    status
        Whether the arrows are accepted by the authors or proposed.
    """

    boxes: Result
    arrows: Result
    status: str


def conceptual_framework(
    codebook: pd.DataFrame,
    propositions: pd.DataFrame,
    proposition_terms: pd.DataFrame,
    context_scales: pd.DataFrame,
) -> Framework:
    """Draw up the framework from the propositions that the authors have accepted.

    While none is accepted, the drafts that are not rejected stand in, and everything says "proposed". A draft
    that the authors want changed counts as a draft until its new wording is accepted.

    Parameters
    ----------
    codebook, propositions, proposition_terms, context_scales
        The tables of these names. A condition is a code, or a scale that belongs to one.

    Returns
    -------
    Framework
        Boxes and arrows with their status.

    Raises
    ------
    ValueError
        When a term names what is neither a code nor a scale.
    """
    accepted = propositions[propositions["author_decision"] == ACCEPTED]
    drafts = propositions[propositions["author_decision"] != REJECTED]
    chosen, status = (accepted, ACCEPTED) if len(accepted) else (drafts, PROPOSED)
    terms = proposition_terms[proposition_terms["proposition"].isin(chosen["id"])]
    role = dict(zip(codebook["id"], codebook["role"], strict=True))
    factor = dict(zip(context_scales["id"], context_scales["code"], strict=True))
    start = [factor.get(condition, condition) for condition in terms["condition"]]
    strange = sorted({node for node in (*start, *terms["outcome"]) if node not in role})
    if strange:
        raise ValueError(f"proposition terms name what is no code and no scale: {', '.join(strange)}")
    kinds = dict(zip(propositions["id"], propositions["kind"], strict=True))
    steps = pd.DataFrame(
        {
            "from_node": start,
            "to_node": list(terms["outcome"]),
            "sign": [sign if sign in ("+", "-") else "" for sign in terms["direction"]],
            "kind": [kinds[name] for name in terms["proposition"]],
            "proposition": list(terms["proposition"]),
        }
    )
    arrows = _arrows(steps, status)
    frame = _frame(codebook)
    limitation = (
        f"Drawn from {len(accepted)} accepted propositions."
        if status == ACCEPTED
        else f"Proposed: drawn from {len(drafts)} drafts, none of which the authors have accepted yet."
    )
    scalars = {
        "propositions_accepted": Scalar(len(accepted), n=len(propositions), unit="propositions"),
        "propositions_drawn": Scalar(len(chosen), n=len(propositions), unit="propositions"),
        "arrows": Scalar(len(arrows), unit="arrows"),
        "status": Scalar(status),
    }
    drawn = pd.concat([arrows, frame], ignore_index=True)
    return Framework(
        boxes=Result(_boxes(codebook, arrows), INPUTS, limitations=(limitation,)),
        arrows=Result(drawn, INPUTS, scalars=scalars, limitations=(limitation,)),
        status=status,
    )


def _arrows(steps: pd.DataFrame, status: str) -> pd.DataFrame:
    """Return one arrow per pair of codes; propositions that point against each other give the sign both."""
    rows = []
    for (start, end), part in steps.groupby(["from_node", "to_node"], sort=True):
        signs = sorted({*part["sign"]} - {""})
        rows.append(
            {
                "from_node": start,
                "to_node": end,
                "sign": "both" if len(signs) > 1 else "".join(signs),
                "kinds": ";".join(sorted({*part["kind"]})),
                "propositions": ";".join(sorted({*part["proposition"]})),
                "status": status,
            }
        )
    return pd.DataFrame(rows, columns=["from_node", "to_node", "sign", "kinds", "propositions", "status"])


def _frame(codebook: pd.DataFrame) -> pd.DataFrame:
    """Return the arrows between roles that the codebook's own rules give."""
    pairs = [
        *zip(codebook["role"], codebook["targets_role"], ["serves"] * len(codebook), strict=True),
        *zip(codebook["requires_role"], codebook["role"], ["is shown by"] * len(codebook), strict=True),
    ]
    known = sorted({(start, end, kind) for start, end, kind in pairs if start and end})
    rows = [(start, end, "", kind, "", "frame") for start, end, kind in known]
    return pd.DataFrame(rows, columns=["from_node", "to_node", "sign", "kinds", "propositions", "status"])


def _boxes(codebook: pd.DataFrame, arrows: pd.DataFrame) -> pd.DataFrame:
    touched = {*arrows["from_node"], *arrows["to_node"]}
    roots = codebook["parent"].fillna("") == ""
    kept = codebook[codebook["id"].isin(touched) | roots]
    return pd.DataFrame(
        {
            "box": list(kept["role"]),
            "node": list(kept["id"]),
            "label": list(kept["label"]),
            "is_root": list(roots[kept.index]),
        }
    )
