"""What the synthetic coders make of the text: skill that varies by session, and planted disagreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import Passage, Row
from twinbenefits.evidence.simulation.truth import STATUSES, Instruments, Shape, Truth

__all__ = ["code_passages"]

VERSION_DAYS = (655, 363)  # before the day of the study
FALSE_ALARM = 0.02
CONSENSUS = "demo-consensus"
TALKED_THROUGH = 2  # sessions whose double codings were talked through


def code_passages(
    passages: Sequence[Passage],
    tools: Instruments,
    shape: Shape,
    truth: Truth,
    dates: Mapping[str, str],
    as_of: date,
    draws: Draws,
) -> dict[str, list[Row]]:
    """Return coders, assignments and codings; the skills and confusions drawn are noted in `truth`."""
    coders = [f"demo-{number}" for number in range(1, shape.coders + 1)]
    sessions = list(dict.fromkeys(passage.session for passage in passages))
    for session in sessions:
        truth.sensitivity[session] = {
            coder: round(min(0.98, max(0.6, draws.normal(0.88, 0.06))), 3) for coder in coders
        }
    truth.confusions.update(_confusions(tools, coders, draws.branch("confusions")))
    first = {session: coders[index % len(coders)] for index, session in enumerate(sessions)}
    second = _second_readings(passages, sessions, shape, draws.branch("double"))
    talked_through = list(dict.fromkeys(p.session for p in passages if p.segment in second))[:TALKED_THROUGH]
    rows: dict[str, list[Row]] = {"coders": _coders(coders, truth), "assignments": [], "codings": []}
    reading = _Reading(tools, truth, as_of, rows, draws)
    for passage in passages:
        readers = [first[passage.session]]
        if passage.segment in second:
            readers.append(coders[(coders.index(readers[0]) + 1) % len(coders)])
        for coder in readers:
            reading.reads(passage, coder, dates[passage.session])
        if passage.segment in second and passage.session in talked_through:
            reading.agrees(passage, dates[passage.session])
    return rows


def _coders(coders: Sequence[str], truth: Truth) -> list[Row]:
    """Return the coders; the last one works for one of the companies, which readers should be told."""
    rows = [{"coder": coder, "role": "coder", "employer_case": "", "note": "invented"} for coder in coders]
    rows[-1]["employer_case"] = list(truth.verticals)[-1]
    agreed = {
        "coder": CONSENSUS,
        "role": "consensus",
        "employer_case": "",
        "note": "what the coders agreed on",
    }
    return [*rows, agreed]


def _confusions(
    tools: Instruments, coders: Sequence[str], draws: Draws
) -> dict[str, list[tuple[str, str, float]]]:
    """Pick, per coder but the first, pairs of sibling benefits that this coder takes for one another."""
    benefits = tools.codes("benefit")
    parent = dict(zip(tools.codebook["id"], tools.codebook["parent"], strict=True))
    siblings = [
        (one, other)
        for index, one in enumerate(benefits)
        for other in benefits[index + 1 :]
        if parent[one] == parent[other] and one not in parent.values() and other not in parent.values()
    ]
    return {coder: [(*pair, 0.3) for pair in draws.sample(siblings, 2)] for coder in coders[1:]}


def _second_readings(
    passages: Sequence[Passage], sessions: Sequence[str], shape: Shape, draws: Draws
) -> set[str]:
    chosen = draws.sample(sessions, max(shape.double_sessions, min(8, len(sessions))))
    pool = [passage.segment for passage in passages if passage.session in chosen]
    return set(draws.sample(pool, round(shape.double_share * len(passages))))


class _Reading:
    """Adds to the tables what coders make of passages."""

    def __init__(
        self, tools: Instruments, truth: Truth, as_of: date, rows: dict[str, list[Row]], draws: Draws
    ) -> None:
        self._benefits, self._outcomes = set(tools.codes("benefit")), set(tools.codes("outcome"))
        self._strays = tools.codes("challenge") + tools.codes("context")
        self._versions = [(as_of - timedelta(days=days)).isoformat() for days in VERSION_DAYS]
        self._truth, self._rows, self._draws = truth, rows, draws

    def reads(self, passage: Passage, coder: str, held: str) -> None:
        """Let a coder read a passage with the skill and the confusions that were drawn."""
        draws = self._draws
        given = _seen(passage, coder, self._truth, draws)
        meant = dict(zip(given, passage.codes, strict=True))
        kept = [code for code in given if code]
        if not any(code in self._benefits for code in kept):  # an outcome never stands without a benefit
            kept = [code for code in kept if code not in self._outcomes]
        if self._strays and draws.chance(FALSE_ALARM):
            extra = draws.choice(self._strays)
            kept = [*kept, extra] if extra not in kept else kept
        self._add(passage, coder, held, {code: meant.get(code, code) for code in kept}, draws)

    def agrees(self, passage: Passage, held: str) -> None:
        """Let the coders agree on what is truly in a passage."""
        self._add(passage, CONSENSUS, held, {code: code for code in passage.codes}, None)

    def _add(
        self, passage: Passage, coder: str, held: str, kept: Mapping[str, str], draws: Draws | None
    ) -> None:
        """Add an assignment and its codings: code given, to the code that was meant."""
        version = self._versions[held >= self._versions[1]]
        days = draws.integer(3, 60) if draws else 75
        created = (date.fromisoformat(max(held, self._versions[0])) + timedelta(days=days)).isoformat()
        dated = {"segment": passage.segment, "coder": coder, "codebook_version": version, "created": created}
        self._rows["assignments"].append(dated)
        seen_benefit = next((code for code in kept if code in self._benefits), "")
        for code, meant in kept.items():
            target = passage.targets.get(meant, "")
            graded = code in self._benefits
            self._rows["codings"].append(
                {
                    "coding": f"G{len(self._rows['codings']) + 1:05d}",
                    "code": code,
                    "target_code": seen_benefit if meant in self._outcomes else target,
                    "status": _status(passage, draws) if graded else "",
                    "strength": _strength(passage, draws) if graded else None,
                    **dated,
                }
            )


def _seen(passage: Passage, coder: str, truth: Truth, draws: Draws) -> list[str | None]:
    """Return, per true code, the code given: the same, a confused one, or none."""
    skill = truth.sensitivity[passage.session][coder]
    given: list[str | None] = []
    for code in passage.codes:
        if not draws.chance(skill):
            given.append(None)
            continue
        other = next(
            (
                b if code == a else a
                for a, b, chance in truth.confusions.get(coder, [])
                if code in (a, b) and draws.chance(chance)
            ),
            code,
        )
        given.append(other)
    return given


def _status(passage: Passage, draws: Draws | None) -> str:
    """Return the status as a coder sees it; without draws, as it is."""
    if draws and (passage.status is None or draws.chance(0.08)):
        return draws.choice(STATUSES)
    return passage.status or STATUSES[0]


def _strength(passage: Passage, draws: Draws | None) -> int:
    if draws is None:
        return passage.strength or 1
    if passage.strength is None:
        return draws.integer(1, 3)
    return min(3, max(1, passage.strength + draws.weighted({-1: 0.1, 0: 0.8, 1: 0.1})))
