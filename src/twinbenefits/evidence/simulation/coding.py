"""What the synthetic coders make of the text: skill that varies by session, and planted disagreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.interviews import Passage, Row
from twinbenefits.evidence.simulation.truth import Instruments, Shape, Truth

__all__ = ["code_passages"]

VERSIONS = ("2025-01-15", "2025-11-03")
FALSE_ALARM = 0.02


def code_passages(
    passages: Sequence[Passage],
    tools: Instruments,
    shape: Shape,
    truth: Truth,
    dates: Mapping[str, str],
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
    rows: dict[str, list[Row]] = {
        "coders": [
            {"coder": coder, "role": "coder", "employer_case": "", "note": "invented"} for coder in coders
        ],
        "assignments": [],
        "codings": [],
    }
    for passage in passages:
        readers = [first[passage.session]]
        if passage.segment in second:
            readers.append(coders[(coders.index(readers[0]) + 1) % len(coders)])
        for coder in readers:
            _read(passage, coder, tools, truth, dates[passage.session], rows, draws)
    return rows


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


def _read(
    passage: Passage,
    coder: str,
    tools: Instruments,
    truth: Truth,
    held: str,
    rows: dict[str, list[Row]],
    draws: Draws,
) -> None:
    version = VERSIONS[held >= VERSIONS[1]]
    created = (date.fromisoformat(max(held, VERSIONS[0])) + timedelta(days=draws.integer(3, 60))).isoformat()
    rows["assignments"].append(
        {"segment": passage.segment, "coder": coder, "codebook_version": version, "created": created}
    )
    benefits, outcomes = set(tools.codes("benefit")), set(tools.codes("outcome"))
    given = _seen(passage, coder, truth, draws)
    swapped = dict(zip(passage.codes, given, strict=True))
    kept = [code for code in given if code]
    if not any(code in benefits for code in kept):  # an outcome never stands without a benefit
        kept = [code for code in kept if code not in outcomes]
    if draws.chance(FALSE_ALARM):
        extra = draws.choice(tools.codes("challenge") + tools.codes("context"))
        kept = [*kept, extra] if extra not in kept else kept
    for code in dict.fromkeys(kept):
        original = next((was for was, now in swapped.items() if now == code), code)
        target = passage.targets.get(original, "")
        if original in outcomes:  # the benefit as this coder saw it
            target = next((kept_code for kept_code in kept if kept_code in benefits), target)
        graded = code in benefits
        rows["codings"].append(
            {
                "coding": f"G{len(rows['codings']) + 1:05d}",
                "segment": passage.segment,
                "coder": coder,
                "code": code,
                "target_code": target,
                "status": _status(passage, draws) if graded else "",
                "strength": _strength(passage, draws) if graded else None,
                "codebook_version": version,
                "created": created,
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


def _status(passage: Passage, draws: Draws) -> str:
    if passage.status is None or draws.chance(0.08):
        return draws.choice(("expected", "observed", "measured"))
    return passage.status


def _strength(passage: Passage, draws: Draws) -> int:
    if passage.strength is None:
        return draws.integer(1, 3)
    return min(3, max(1, passage.strength + draws.weighted({-1: 0.1, 0: 0.8, 1: 0.1})))
