"""The slides of a workshop's own: what was changed since the one before, and what is voted on now.

They take the places of `slides/you-said.qmd` and `slides/to-vote.qmd`, which stand in the deck of an edition
that belongs to no workshop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from twinbenefits.publishing.kit_snippets import markdown

if TYPE_CHECKING:
    from twinbenefits.publishing.kit_content import Decision, Item, KitContent
    from twinbenefits.publishing.kit_plan import Plan

__all__ = ["kit_slides"]

Row = TypeVar("Row")
DECISIONS_PER_SLIDE = 3
PER_SLIDE = 3
"""Of propositions, moves, and findings if there are more than can be talked through one by one."""


def kit_slides(content: KitContent, plan: Plan) -> dict[str, str]:
    """Return the slides by the source they stand in for."""
    said = _you_said(content, plan) if content.before else ""
    return {"slides/you-said.qmd": said or "\n", "slides/to-vote.qmd": _to_vote(content, plan)}


def _you_said(content: KitContent, plan: Plan) -> str:
    groups = _groups(content.decisions, DECISIONS_PER_SLIDE)
    if not groups:
        words = (
            f"No statement has been changed since {markdown(content.before)}.\n\n"
            "Your votes and comments are kept; what is decided about them will be told here.\n"
        )
        return _slide("You said, we changed", words, "Say plainly that nothing has been decided yet.")
    slides = []
    for number, group in enumerate(groups):
        title = "You said, we changed" + (", continued" if number else "")
        slides.append(_slide(title, _decisions(group, plan), _DECIDED))
    return "\n".join(slides)


def _decisions(decisions: Sequence[Decision], plan: Plan) -> str:
    rows = []
    for decision in decisions:
        after = decision.after or "The statement is gone."
        changed = markdown(after) if decision.after != decision.before else "The words stay."
        action = markdown(plan.actions.get(decision.action, decision.action))
        rows.append(
            f"| {markdown(decision.before)} | {markdown(decision.reason)} | **{action}.** {changed} |"
        )
    head = ["| We claimed | You said | We did |", f"|{'-' * 34}|{'-' * 26}|{'-' * 38}|"]
    return "\n".join([*head, *rows]) + "\n"


def _to_vote(content: KitContent, plan: Plan) -> str:
    slides = [_how_we_vote(content)]
    if len(content.findings) <= plan.statements[1]:
        slides += [_finding(item, plan) for item in content.findings]
    else:
        slides += [_several("Findings", group, plan) for group in _groups(content.findings, PER_SLIDE)]
    for title, items in (("Propositions", content.propositions), ("Moves", content.moves)):
        slides += [_several(title, group, plan) for group in _groups(items, PER_SLIDE)]
    return "\n".join(slides)


def _how_we_vote(content: KitContent) -> str:
    used = {name for item in content.items for name in item.scales}
    rows = [
        f"| {markdown(scale.question)} | {scale.low} {markdown(scale.lowest)} "
        f"| {scale.high} {markdown(scale.highest)} |"
        for name, scale in content.scales.items()
        if name in used
    ]
    rows.append("| **Not my field** | is an answer too | |")
    head = ["| Question | Lowest mark | Highest mark |", f"|{'-' * 44}|{'-' * 24}|{'-' * 30}|"]
    return _slide("How we vote", "\n".join([*head, *rows, ""]), _HOW)


def _finding(item: Item, plan: Plan) -> str:
    words = (
        f"> {markdown(item.statement)}\n\n"
        f"- Confidence: **{markdown(item.confidence)}**\n"
        f"- Open question: {markdown(item.question)}\n"
        f"- **Vote now:** {_asked(item, plan)}\n"
    )
    return _slide(f"Finding {item.number}", words, _FINDING)


def _several(title: str, items: Sequence[Item], plan: Plan) -> str:
    """Return a slide on several items, as a list: PowerPoint moves words below a table to another slide."""
    lines = [
        f"- **{item.number}.** {markdown(item.statement)} *{markdown(item.question)}*"
        + (f" (confidence: {markdown(item.confidence)})" if title != "Moves" else "")
        for item in items
    ]
    lines += [f"- **Vote now:** {_asked(items[0], plan)}", ""]
    between = " and " if len(items) == 2 else " to "
    numbers = between.join(dict.fromkeys(str(item.number) for item in (items[0], items[-1])))
    return _slide(f"{title} {numbers}", "\n".join(lines), _SEVERAL)


def _asked(item: Item, plan: Plan) -> str:
    return ", ".join(markdown(plan.scales.get(name, name)) for name in item.scales)


def _slide(title: str, words: str, notes: str) -> str:
    return f"## {title}\n\n{words}\n::: {{.notes}}\n{notes}\n:::\n"


def _groups(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


_DECIDED = (
    "Go through the rows: what we claimed, what was said about it, what we did. Name nobody who said it. Ask "
    "whether the new words say what was meant. A statement that was reworded is voted on anew; earlier votes "
    "stay with the words they were cast on."
)
_HOW = (
    "Go through the questions with the sheet in hand. Marks are private and stand under a code. Nobody has "
    "to mark everything: a box for another field counts as an answer, an empty row does not. Say how the "
    "result will be read, and that the rule for agreement was fixed before the vote."
)
_FINDING = (
    "Read the statement aloud, exactly as it stands. Give time to mark it before anyone speaks. Then ask the "
    "open question, and ask for what speaks against it. Write down what is said on the capture form."
)
_SEVERAL = (
    "Read each statement aloud and give time to mark it. Then ask the open question, and who would have to "
    "do something differently. Write down what is said on the capture form."
)
