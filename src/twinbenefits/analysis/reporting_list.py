"""The reporting list: each item with the answer that the data give, or who has to give it."""

import re
from collections.abc import Mapping

import pandas as pd

from twinbenefits.analysis.coded import Coded
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import BASIS, Basis, Cells

__all__ = ["facts_for_reporting", "reporting_list"]

_NAME = re.compile(r"\{([a-z_]+)\}")
_SHOWN = ("domain", "topic", "asks", "answered_by", "answered_in", "answer", "author_answer")
_INPUTS = (
    "coreq", "cases", "participants", "sessions", "sources", "segments", "coders", "asked", "events",
    "voters", "negative_cases", "codebook",
)  # fmt: skip


def facts_for_reporting(tables: Mapping[str, pd.DataFrame], coded: Coded) -> dict[str, str]:
    """Return the plain counts that answers name, by name, as text.

    Parameters
    ----------
    tables
        The tables cases, participants, sessions, sources, coders, asked, events, voters and negative_cases.
    coded
        The coded evidence.
    """
    sources, sessions, coders = tables["sources"], tables["sessions"], tables["coders"]
    counted = sessions[sessions["session"].isin(sources["session"])]
    heard = counted["participants"].fillna("").astype(str).str.split(";").explode()
    times = heard[heard != ""].value_counts()
    book = coded.codebook
    text = coded.segments["text"] if "text" in coded.segments else pd.Series("", index=coded.segments.index)
    origin = book["source"] if "source" in book else pd.Series("", index=book.index)
    numbers = {
        "coders_all": len(coders),
        "coders_employed_by_case": int((coders["employer_case"].fillna("") != "").sum()),
        "cases": len(tables["cases"]),
        "cases_with_reason": int((tables["cases"]["selection_reason"].fillna("") != "").sum()),
        "heard_again": int((times > 1).sum()),
        "asked_cells": len(tables["asked"]),
        "sources": len(sources),
        "transcripts": int((sources["kind"] == "transcript").sum()),
        "notes": int((sources["kind"] == "notes").sum()),
        "workshops": len(tables["events"]),
        "voters": len(tables["voters"]),
        "contrary": len(tables["negative_cases"]),
        "codes": len(book),
        "roots": int((book["parent"].fillna("") == "").sum()),
        "codes_from_deck": int((origin == "deck").sum()),
        "codes_proposed": int((origin == "proposed").sum()),
        "segments": len(coded.segments),
        "quotable": int((text.fillna("") != "").sum()),
    }
    kinds = counted["kind"].value_counts().sort_index()
    words = ", ".join(f"{str(kind).replace('_', ' ')} ({count})" for kind, count in kinds.items())
    return {**{name: str(number) for name, number in numbers.items()}, "kinds": words or "none"}


def reporting_list(coreq: pd.DataFrame, known: Mapping[str, str], whole: Basis) -> Result:
    """Fill in the answers that the data give.

    Parameters
    ----------
    coreq
        The table of that name.
    known
        The numbers that answers may name, as text.
    whole
        On what they rest: every answer that names a number is judged by it.

    Returns
    -------
    Result
        table: item, domain, topic, asks, answered_by, answered_in, answer, author_answer. Scalars: ``items``,
        ``items_from_data``, ``items_in_part``, ``items_by_authors``, ``items_open`` (for the authors to
        answer, and not answered yet).

    Raises
    ------
    ValueError
        When an answer names a number that is not known.
    """
    lines = []
    for row in coreq.sort_values("item").to_dict("records"):
        wording = str(row["answer"] or "")
        names = _NAME.findall(wording)
        strange = sorted(set(names) - set(known))
        if strange:
            raise ValueError(
                f"coreq.csv, item {row['item']}, answer: {{{strange[0]}}} is no number known here; "
                f"known are {', '.join(sorted(known))}"
            )
        filled = _NAME.sub(lambda found: known[found[1]], wording)
        rests = {name: getattr(whole, name) if names else 0 for name in BASIS}
        lines.append(
            {"item": int(row["item"]), **{name: row[name] for name in _SHOWN}, "answer": filled, **rests}
        )
    table = pd.DataFrame(lines, columns=["item", *_SHOWN, *BASIS])
    by = table["answered_by"].value_counts()
    unanswered = (table["answered_by"] != "data") & (table["author_answer"].fillna("") == "")
    scalars = {
        "items": Scalar(len(table), unit="items", basis=Basis(0, 0, 0, 0)),
        "items_from_data": Scalar(int(by.get("data", 0)), len(table), "items", basis=Basis(0, 0, 0, 0)),
        "items_in_part": Scalar(int(by.get("in part", 0)), len(table), "items", basis=Basis(0, 0, 0, 0)),
        "items_by_authors": Scalar(int(by.get("authors", 0)), len(table), "items", basis=Basis(0, 0, 0, 0)),
        "items_open": Scalar(int(unanswered.sum()), len(table), "items", basis=Basis(0, 0, 0, 0)),
    }
    notes = ("What only the authors know is left to them; nothing is filled in for them.",)
    cells = Cells(("item", *(name for name in _SHOWN if name != "answer")), ("answer",))
    return Result(table, _INPUTS, scalars=scalars, limitations=notes, cells=cells)
