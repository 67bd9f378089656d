"""What a kit consists of: its documents, its agenda and its words, read from `kit/kit.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.problems import nearest
from twinbenefits.publishing.problems import PublishingError, SourceProblem

__all__ = ["CONDITIONS", "PLAN", "AgendaPart", "KitDocument", "Plan", "read_plan"]

PLAN = "kit/kit.yml"
CONDITIONS = ("always", "voters", "decisions", "interview guide")
"""When a part of the kit is there: always, or once the data hold what it shows."""

TYPES: Mapping[str, type] = {
    "rounds": int, "spare_sheets": int, "statements": list, "folder_of_codes": str, "documents": list,
    "agenda": list, "questions": dict, "actions": dict, "scales": dict, "no_confidence": str,
    "confidence_display": str, "mark": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KitDocument:
    """One document of a kit.

    Parameters
    ----------
    source
        The file in `kit/` without its ending.
    copies
        How many are printed, in words.
    when
        One of `CONDITIONS`.
    pages
        How many pages it must have; 0 for as many as it needs.
    codes
        Whether it carries the voters' codes and therefore stands apart.
    """

    source: str
    copies: str
    when: str = "always"
    pages: int = 0
    codes: bool = False


@dataclass(frozen=True, slots=True)
class AgendaPart:
    """One part of the agenda; `minutes` are its share, scaled to the length of the workshop."""

    title: str
    minutes: int
    do: str
    needs: str = ""
    when: str = "always"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of `kit/kit.yml`; the file itself says what each entry means."""

    rounds: int
    spare_sheets: int
    statements: tuple[int, int]
    folder_of_codes: str
    documents: tuple[KitDocument, ...]
    agenda: tuple[AgendaPart, ...]
    questions: Mapping[str, str]
    actions: Mapping[str, str]
    scales: Mapping[str, str]
    no_confidence: str
    confidence_display: str
    mark: Mapping[str, str]


def read_plan(layout: Layout) -> Plan:
    """Read and check the plan.

    Raises
    ------
    PublishingError
        With everything that is missing, unknown or of the wrong kind.
    """
    content = _read(layout)
    problems = [
        _problem(key, None, f"must be a {_word(kind)}", "Write it as the comments in the file say.")
        for key, kind in TYPES.items()
        if not isinstance(content.get(key), kind)
    ]
    for key in content.keys() - TYPES.keys():
        meant = nearest(str(key), TYPES)
        way_out = f"Did you mean {meant}?" if meant else "Take it out."
        problems.append(_problem(str(key), None, "is not an entry of the plan", way_out))
    if problems:
        raise PublishingError(problems)
    documents = tuple(_made(KitDocument, entry, "documents", problems) for entry in content["documents"])
    agenda = tuple(_made(AgendaPart, entry, "agenda", problems) for entry in content["agenda"])
    problems += [
        _problem(entry.when, None, f"`when` must be one of {', '.join(CONDITIONS)}", "Choose one of them.")
        for entry in (*documents, *agenda)
        if entry is not None and entry.when not in CONDITIONS
    ]
    for document in filter(None, documents):
        if not (layout.root / "kit" / f"{document.source}.qmd").is_file():
            way_out = "Restore it from git, or take it out of the plan."
            problems.append(_problem(document.source, None, "there is no such document in kit/", way_out))
    low_high = content["statements"]
    if len(low_high) != 2 or not all(isinstance(number, int) for number in low_high):
        problems.append(_problem("statements", str(low_high), "must be two numbers", "Write [5, 7]."))
    if content["rounds"] < 1 or content["spare_sheets"] < 0:
        problems.append(_problem("rounds", str(content["rounds"]), "must be one or more", "Correct it."))
    if problems:
        raise PublishingError(problems)
    rest = {key: value for key, value in content.items() if key not in ("documents", "agenda", "statements")}
    return Plan(
        documents=tuple(filter(None, documents)),
        agenda=tuple(filter(None, agenda)),
        statements=(low_high[0], low_high[1]),
        **rest,
    )


def _read(layout: Layout) -> dict[str, Any]:
    path = layout.root / PLAN
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PublishingError(
            [_problem("missing", None, "a kit has a plan", "Restore it from git.")]
        ) from None
    except yaml.YAMLError as error:
        said = str(getattr(error, "problem", None) or "not readable")
        mark = getattr(error, "problem_mark", None)
        rule = "this must be YAML"
        line = mark.line + 1 if mark else None
        way_out = "Check indentation, colons and quotes."
        raise PublishingError([SourceProblem(PLAN, line, said, None, rule, way_out)]) from None
    if not isinstance(content, dict):
        raise PublishingError([_problem("the file", None, "must be a mapping", "Write `key: value`.")])
    return content


def _made(kind: Any, entry: Any, where: str, problems: list[SourceProblem]) -> Any:
    try:
        return kind(**entry)
    except TypeError as error:
        said = str(error).rpartition("__init__() ")[2]
        problems.append(_problem(where, str(entry)[:60], said, "Compare it with the other entries."))
        return None


def _problem(what: str, value: str | None, rule: str, way_out: str) -> SourceProblem:
    return SourceProblem(PLAN, None, what, value, rule, way_out)


def _word(kind: type) -> str:
    return {int: "whole number", str: "text", list: "list", dict: "mapping"}[kind]
