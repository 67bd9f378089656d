"""Markdown of a kit's lists: one passage per statement, decision, part of the agenda and sheet.

Documents in `kit/` include these files from `_kit/`. The words of the data stand in them as they are; a
statement is printed exactly as it is voted on, so the gate for typed numbers does not read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from twinbenefits.publishing.kit_agenda import timed_agenda
from twinbenefits.publishing.render.embedded import written_date

if TYPE_CHECKING:
    from twinbenefits.publishing.kit_content import Decision, Item, KitContent, Scale
    from twinbenefits.publishing.kit_plan import KitDocument, Plan

__all__ = ["FOLDER", "kit_metadata", "kit_snippets", "markdown"]

FOLDER = "_kit"
SPECIAL = re.compile(r"([\\`*_\[\]<>$^~|#@{}])")
LIST_AT_START = re.compile(r"^(\d+)([.)])|^([-+])(?=\s)")
BOX = "\u2610"
BLANK = "\u00a0"


def markdown(text: str) -> str:
    """Return words of the data as Markdown that prints just them, on one line.

    >>> print(markdown("1. cost | *time*"))
    1\\. cost \\| \\*time\\*
    """
    escaped = SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return LIST_AT_START.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", escaped)


def kit_metadata(content: KitContent) -> dict[str, str]:
    """Return what documents may name as ``{{< meta workshop.code >}}`` and so on."""
    return {
        "code": content.event,
        "number": str(content.order),
        "day": written_date(content.held_on),
        "day-fi": f"{content.held_on.day}.{content.held_on.month}.{content.held_on.year}",
        "minutes": str(content.minutes),
        "before": content.before or "none",
        "statements": str(len(content.items)),
        "findings": str(len(content.findings)),
        "propositions": str(len(content.propositions)),
        "moves": str(len(content.moves)),
    }


def kit_snippets(
    content: KitContent, plan: Plan, documents: Sequence[KitDocument], met: frozenset[str]
) -> dict[str, str]:
    """Return every passage by the name of its file in `_kit/`.

    Parameters
    ----------
    content
        What the data say.
    plan
        The words around it.
    documents
        The documents of this kit, for the list of what to print.
    met
        The conditions that are met.
    """
    return {
        "sheet.md": _sheet(content, ""),
        "sheets-personal.md": _joined(
            (_sheet(content, code) for code in content.voters), "\n\n{{< pagebreak >}}\n\n"
        ),
        "findings.md": _findings(content),
        "moves.md": _moves(content.moves),
        "decisions.md": _decisions(content.decisions, plan, content.before),
        "agenda.md": _agenda(content, plan, met),
        "print-list.md": _print_list(content, plan, documents),
        "scales.md": _legend(content),
        "numbers.md": _numbers(content.items),
    }


def _joined(parts: Iterable[str], between: str = "\n\n") -> str:
    return between.join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    """Return a pipe table; the dashes of its rule give the relative widths of the columns."""
    rule = "|" + "|".join(":" + "-" * width for width in widths) + "|"
    lines = [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


# -- voting sheet


def _sheet(content: KitContent, code: str) -> str:
    """Return one voting sheet: the code, then a block of boxes per statement."""
    title = f"# Sheet of {markdown(code)}" if code else "# Your sheet"
    line = r"Code \_\_\_\_\_\_\_\_\_\_ " if not code else ""
    head = f"{line}Round: {BOX} first {BLANK}{BLANK} {BOX} second"
    ballots = (_ballot(item, content.scales) for item in content.items)
    return _joined([title, head, _legend(content), *ballots])


def _ballot(item: Item, scales: Mapping[str, Scale]) -> str:
    """Return a statement with a row of boxes for each of its scales, every box beside its mark."""
    gap = f"{BLANK * 3} "
    rows = [
        [
            markdown(scales[name].question),
            gap.join(f"{BOX}{BLANK}{mark}" for mark in range(scales[name].low, scales[name].high + 1)),
        ]
        for name in item.scales
    ]
    head = [f"{item.code}, wording {item.version}", f"{BOX}{BLANK}not my field"]
    table = _table(head, rows, [40, 60])
    return f"## {item.number}. {markdown(item.statement)}\n\n{table}"


def _legend(content: KitContent) -> str:
    """Return what the lowest and the highest mark of each scale in use mean."""
    used = {name for item in content.items for name in item.scales}
    rows = [
        [
            markdown(scale.question),
            f"{scale.low} {markdown(scale.lowest)}",
            f"{scale.high} {markdown(scale.highest)}",
        ]
        for name, scale in content.scales.items()
        if name in used
    ]
    return _table(["Question", "Lowest mark", "Highest mark"], rows, [50, 30, 40])


# -- handout, guide and capture form


def _findings(content: KitContent) -> str:
    rows = [
        [f"{item.number}", markdown(item.statement), markdown(item.confidence), markdown(item.question)]
        for item in (*content.findings, *content.propositions)
    ]
    return _table(["No.", "Statement", "Confidence", "Open question"], rows, [5, 45, 16, 40])


def _moves(moves: Sequence[Item]) -> str:
    if not moves:
        return "*No move is put to the vote at this workshop.*\n"
    rows = [[f"{move.number}", markdown(move.statement), markdown(move.question)] for move in moves]
    return _table(["No.", "Move", "Open question"], rows, [5, 50, 50])


def _numbers(items: Sequence[Item]) -> str:
    rows = [[f"{item.number}", item.code, markdown(item.statement)] for item in items]
    return _table(["No.", "Code", "Statement"], rows, [6, 8, 90])


def _decisions(decisions: Sequence[Decision], plan: Plan, before: str) -> str:
    if not before:
        return "*This is the first workshop: nothing has been decided yet.*\n"
    if not decisions:
        return "*No decision about a statement has been taken since the workshop before.*\n"
    rows = [
        [
            markdown(decision.before),
            markdown(decision.reason),
            markdown(plan.actions.get(decision.action, decision.action)),
            markdown(decision.after) if decision.after != decision.before else "the words stay",
        ]
        for decision in decisions
    ]
    rows = [[*row[:3], row[3] or "the statement is gone"] for row in rows]
    return _table(["What we claimed", "What you said", "What we did", "Now"], rows, [34, 28, 16, 34])


def _agenda(content: KitContent, plan: Plan, met: frozenset[str]) -> str:
    rows = [
        [
            timed.clock,
            f"{timed.minutes}",
            f"**{markdown(timed.part.title)}**",
            markdown(timed.part.do),
            markdown(timed.part.needs),
        ]
        for timed in timed_agenda(plan.agenda, content.minutes, met)
    ]
    return _table(["Time", "Min.", "Part", "What you do", "What you need"], rows, [12, 6, 20, 52, 24])


def _print_list(content: KitContent, plan: Plan, documents: Sequence[KitDocument]) -> str:
    rows = [
        [f"`{_place(document, plan)}`", markdown(_copies(document, content, plan))] for document in documents
    ]
    return _table(["File", "Print"], rows, [40, 60])


def _place(document: KitDocument, plan: Plan) -> str:
    folder = f"{plan.folder_of_codes}/" if document.codes else ""
    return f"{folder}{document.source}.pdf"


def _copies(document: KitDocument, content: KitContent, plan: Plan) -> str:
    counts = {
        "voters": str(len(content.voters)) if content.voters else "number of participants",
        "spare": str(plan.spare_sheets),
        "rounds": str(plan.rounds),
    }
    return document.copies.format(**counts)
