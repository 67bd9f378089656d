"""What the deck states beside its tables, counted by kind, and the facts it gives in figures."""

import re
from collections.abc import Mapping

import pandas as pd

from twinbenefits.analysis.result import Result, Scalar

__all__ = ["collection_facts", "statements_by_kind"]


def statements_by_kind(deck_statements: pd.DataFrame) -> Result:
    """Count the statements of the deck by kind, for example challenges or context factors.

    Parameters
    ----------
    deck_statements
        The table of that name.

    Returns
    -------
    Result
        The statements in the order of the deck. One scalar per kind.

    Examples
    --------
    >>> said = pd.DataFrame({"statement_id": ["S1", "S2"], "kind": ["moderator", "moderator"],
    ...                      "deck_line": [7, 7], "as_written": ["risk", "goals"]})
    >>> statements_by_kind(said).scalars["moderator"].value
    2
    """
    counts = deck_statements["kind"].value_counts()
    return Result(
        table=deck_statements.sort_values("deck_line", kind="stable").reset_index(drop=True),
        inputs=("deck_statements",),
        scalars={str(k): Scalar(int(n), unit="statements", method="count") for k, n in counts.items()},
        limitations=("The statements carry neither references nor case evidence in the deck.",),
    )


def collection_facts(facts: Mapping[str, object], deck_statements: pd.DataFrame) -> Result:
    """Return the whole numbers among `facts`, each with the statement of the deck in which it stands.

    Parameters
    ----------
    facts
        Names and values; entries that are not whole numbers, and the line numbers kept beside them
        (``…_deck_line``), are passed over.
    deck_statements
        The table of that name.

    Returns
    -------
    Result
        Columns ``fact, value, as_written``; one scalar per fact.

    Raises
    ------
    ValueError
        For every number that stands in no statement of the deck: it would be ours, not the study's.

    Examples
    --------
    >>> said = pd.DataFrame({"as_written": ["Individual case studies (5)"]})
    >>> collection_facts({"case_studies": 5}, said).table["as_written"].tolist()
    ['Individual case studies (5)']
    """
    numbers = {
        name: value
        for name, value in facts.items()
        if isinstance(value, int) and not isinstance(value, bool) and not name.endswith("_deck_line")
    }
    spoken = {name: _statement_with(value, deck_statements["as_written"]) for name, value in numbers.items()}
    absent = [f"{name} ({numbers[name]})" for name, text in spoken.items() if text is None]
    if absent:
        raise ValueError(f"stand in no statement of the deck: {', '.join(absent)}")
    return Result(
        table=pd.DataFrame(
            {"fact": list(numbers), "value": list(numbers.values()), "as_written": list(spoken.values())}
        ),
        inputs=("deck_statements",),
        scalars={name: Scalar(value, method="as the deck says") for name, value in numbers.items()},
        limitations=("The figures are the deck's; they were not checked against other records.",),
    )


def _statement_with(value: int, statements: pd.Series) -> str | None:
    standing = re.compile(rf"(?<!\d){value}(?!\d)")
    return next((str(text) for text in statements if standing.search(str(text))), None)
