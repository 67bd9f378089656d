"""A sheet on which a company rates its own context and sees which propositions speak to it."""

from collections.abc import Mapping

import pandas as pd

from twinbenefits.analysis.result import Result, Scalar

__all__ = ["self_check"]

MORE, LESS, NEEDED = "+", "-", "necessary"
WORDS: Mapping[str, str] = {MORE: "more", LESS: "less", NEEDED: "needed"}


def self_check(
    context_scales: pd.DataFrame,
    propositions: pd.DataFrame,
    terms: pd.DataFrame,
    codebook: pd.DataFrame,
    *,
    from_level: int,
    with_all: bool = True,
) -> Result:
    """Lay the items of the context beside the propositions that begin with them.

    Parameters
    ----------
    context_scales, propositions, terms, codebook
        The tables of these names; `terms` are those of the propositions.
    from_level
        From which level on a condition counts as given.
    with_all
        Whether items that no proposition begins with are listed.

    Returns
    -------
    Result
        One row per item: id, sub_dimension, level_1 to level_4, propositions (what to look at from the level
        on, in words; empty where no proposition begins with the item). Scalars: ``items``,
        ``items_with_proposition``, ``propositions_by_context`` (how many propositions begin with an item),
        ``propositions`` (all of them), ``from_level``.

    Examples
    --------
    >>> levels = {f"level_{number}": "x" for number in range(1, 5)}
    >>> scales = pd.DataFrame([{"id": "S1", "sub_dimension": "Load", **levels}])
    >>> terms = pd.DataFrame([{"proposition": "P1", "condition": "S1", "direction": "+", "outcome": "B"}])
    >>> book, said = pd.DataFrame({"id": ["B"], "label": ["Speed"]}), pd.DataFrame({"id": ["P1"]})
    >>> self_check(scales, said, terms, book, from_level=3).table["propositions"].tolist()
    ['P1: more Speed']
    """
    label = dict(zip(codebook["id"], codebook["label"], strict=True))
    known = terms[terms["proposition"].isin(propositions["id"]) & terms["direction"].isin(list(WORDS))]
    said: dict[str, list[str]] = {}
    for condition, rows in known.groupby("condition", sort=False):
        for proposition, part in rows.groupby("proposition", sort=False):
            outcomes = [
                f"{WORDS[str(direction)]} {label.get(str(outcome), outcome)}"
                if direction != NEEDED
                else f"needed for {label.get(str(outcome), outcome)}"
                for direction, outcome in zip(part["direction"], part["outcome"], strict=True)
            ]
            said.setdefault(str(condition), []).append(f"{proposition}: {'; '.join(outcomes)}")
    levels = [f"level_{number}" for number in range(1, 5)]
    table = context_scales[["id", "sub_dimension", *levels]].reset_index(drop=True)
    table["propositions"] = [". ".join(said.get(str(item), [])) for item in table["id"]]
    begins = known[known["condition"].isin(table["id"])]["proposition"].nunique()
    answered = int((table["propositions"] != "").sum())
    return Result(
        table=table if with_all else table[table["propositions"] != ""].reset_index(drop=True),
        inputs=("context_scales", "propositions", "proposition_terms", "codebook"),
        scalars={
            "items": Scalar(len(table), unit="items"),
            "items_with_proposition": Scalar(answered, n=len(table), unit="items"),
            "propositions_by_context": Scalar(int(begins), n=len(propositions), unit="propositions"),
            "propositions": Scalar(len(propositions), unit="propositions"),
            "from_level": Scalar(from_level),
        },
        limitations=("Propositions are proposed and held to few companies; none is advice.",),
    )
