"""Sessions, sources and segments of the synthetic study, with the codes that are truly in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from twinbenefits.evidence.simulation.draws import Draws
from twinbenefits.evidence.simulation.sentences import Speaker
from twinbenefits.evidence.simulation.truth import STATUSES, Instruments, Shape, Truth

__all__ = ["Passage", "Row", "field_work", "people", "segments"]

Row = dict[str, Any]

QUESTION_SHARE = 0.3
FIELD_WORK_DAYS = (790, 140)  # before the day of the study, first and last
ROLE_SHARES = {
    "benefit": 0.44,
    "mechanism": 0.18,
    "challenge": 0.13,
    "context": 0.11,
    "characteristic": 0.08,
    "moderator": 0.06,
}


@dataclass(frozen=True, slots=True)
class Passage:
    """One segment with what is truly in it."""

    segment: str
    case: str
    session: str
    codes: tuple[str, ...]
    targets: dict[str, str]
    status: str | None
    strength: int | None


def people(tools: Instruments, shape: Shape, truth: Truth, as_of: date, draws: Draws) -> dict[str, list[Row]]:
    """Return cases, use cases, participants and sessions."""
    rows: dict[str, list[Row]] = {name: [] for name in ("cases", "use_cases", "participants", "sessions")}
    for (case, vertical), count in zip(truth.verticals.items(), shape.sessions, strict=True):
        words = tools.phrases["words"][vertical]
        rows["cases"].append(
            {
                "case": case,
                "vertical": vertical,
                "size_band": draws.choice(tools.phrases["size_bands"]),
                "twin_level": draws.choice(tools.phrases["twin_levels"]),
                "selection_reason": "one invented company per vertical",
                "note": "invented by the software",
            }
        )
        for number, asset in enumerate(draws.sample(words["assets"], draws.integer(2, 3)), 1):
            rows["use_cases"].append(
                {
                    "use_case": f"{case}-U{number}",
                    "case": case,
                    "title": tools.phrases["use_case"].format(assets=asset),
                    "started": f"{draws.integer(2019, 2024)}-{draws.integer(1, 12):02d}",
                    "twin_level": draws.choice(tools.phrases["twin_levels"]),
                }
            )
        persons = [f"{case}-P{number}" for number in range(1, draws.integer(6, 8) + 1)]
        for person in persons:
            rows["participants"].append(
                {
                    "participant": person,
                    "case": case,
                    "role_group": draws.choice(tools.phrases["role_groups"]),
                    "organization_kind": "case_company",
                }
            )
        for number in range(1, count + 1):
            group = number == 1
            day = as_of - timedelta(days=draws.integer(*FIELD_WORK_DAYS[::-1]))
            rows["sessions"].append(
                {
                    "session": f"{case}-S{number}",
                    "case": case,
                    "kind": "group_interview" if group else "interview",
                    "date": day.isoformat(),
                    "minutes": draws.integer(80, 130) if group else draws.integer(50, 80),
                    "participants": ";".join(draws.sample(persons, 4 if group else 3)),
                    "language": "en",
                    "note": "",
                }
            )
    return rows


def segments(
    tools: Instruments, shape: Shape, truth: Truth, field_rows: dict[str, list[Row]], draws: Draws
) -> tuple[dict[str, list[Row]], dict[str, str], list[Passage]]:
    """Return sources and segments, the text of each source, and what is truly in each segment."""
    rows: dict[str, list[Row]] = {"sources": [], "segments": []}
    texts: dict[str, str] = {}
    passages: list[Passage] = []
    sessions = field_rows["sessions"]
    shares = _shares(shape.segments, len(sessions), draws)
    said: Counter[str] = Counter()
    speakers = {
        case: Speaker(tools.phrases, vertical, tools.roles, said, draws.branch(f"words {case}"))
        for case, vertical in truth.verticals.items()
    }
    use_cases = {
        case: [u["use_case"] for u in field_rows["use_cases"] if u["case"] == case]
        for case in truth.verticals
    }
    levels = _consent_levels(sessions, draws.branch("consent"))
    for session, count in zip(sessions, shares, strict=True):
        source = f"{session['session']}-T"
        level = levels[session["session"]]
        transcript = _Transcript()
        for number in range(1, count + 1):
            segment = f"{session['session']}-{number:03d}"
            passage = _passage(tools, truth, session["case"], session["session"], segment, draws)
            speaker = speakers[session["case"]]
            if draws.chance(QUESTION_SHARE):
                transcript.asks(speaker.asks(passage.codes[0]))
            said_now = speaker.says(passage.codes, passage.status)
            start, end = transcript.answers(said_now.text)
            passages.append(passage)
            rows["segments"].append(
                {
                    "segment": segment,
                    "source": source,
                    "start": start,
                    "end": end,
                    "text": said_now.text,
                    "first_order": said_now.term,
                    "speaker": draws.choice(session["participants"].split(";")),
                    "use_case": draws.choice(use_cases[session["case"]]) if draws.chance(0.7) else "",
                    "consent_level": level if draws.chance(0.94) else draws.integer(min(1, level), level),
                }
            )
        texts[source] = transcript.text
        rows["sources"].append(
            {
                "source": source,
                "case": session["case"],
                "session": session["session"],
                "kind": "transcript",
                "title": f"Invented transcript {source}",
                "characters": len(transcript.text),
                "text_sha256": "",
                "consent_level": level,
            }
        )
    return rows, texts, passages


def _consent_levels(sessions: Sequence[Row], draws: Draws) -> dict[str, int]:
    """Draw a level for each session; one was withdrawn, and one may only be counted inside the team.

    These are the last sessions of two cases, so that no case falls silent.
    """
    levels = {row["session"]: draws.weighted({5: 0.62, 4: 0.16, 3: 0.12, 2: 0.10}) for row in sessions}
    last = {row["case"]: row["session"] for row in sessions}
    for level, session in enumerate(draws.shuffled(list(last.values()))[:2]):
        levels[session] = level
    return levels


def _shares(total: int, parts: int, draws: Draws) -> list[int]:
    """Split a total into uneven whole parts that add up to it."""
    weights = [draws.uniform(0.7, 1.3) for _ in range(parts)]
    counts = [int(total * weight / sum(weights)) for weight in weights]
    for index in range(total - sum(counts)):
        counts[index % parts] += 1
    return counts


class _Transcript:
    """A text that grows by questions and answers; positions count code points."""

    def __init__(self) -> None:
        self.text = ""

    def asks(self, question: str) -> None:
        """Add a question, if there is one."""
        if question:
            self.text += f"Interviewer: {question}\n\n"

    def answers(self, answer: str) -> tuple[int, int]:
        """Add an answer and return where it stands."""
        start = len(self.text)
        self.text += f"{answer}\n\n"
        return start, start + len(answer)


def _passage(
    tools: Instruments, truth: Truth, case: str, session: str, segment: str, draws: Draws
) -> Passage:
    role = draws.weighted({role: share for role, share in ROLE_SHARES.items() if tools.codes(role)})
    code = _drawn(tools, truth, case, role, draws)
    codes, targets, status, strength = [code], {}, None, None
    benefit = code if role == "benefit" else None
    if role == "mechanism":
        benefit = _drawn(tools, truth, case, "benefit", draws)
        targets[code] = benefit
        if draws.chance(0.5):
            codes.append(benefit)
    elif draws.chance(0.12):
        other = _drawn(tools, truth, case, draws.choice(("benefit", "challenge", "context")), draws)
        if other != code:
            codes.append(other)
            benefit = benefit or (other if other in tools.codes("benefit") else None)
    if benefit in codes:
        status = truth.status[case][str(benefit)] if draws.chance(0.6) else draws.choice(STATUSES)
        strength = draws.weighted({1: 0.35, 2: 0.4, 3: 0.25})
        if status == "measured" or draws.chance(0.06):
            outcomes = tools.outcomes_of(str(benefit))
            if outcomes:
                outcome = draws.choice(outcomes)
                codes.append(outcome)
                targets[outcome] = str(benefit)
    return Passage(segment, case, session, tuple(codes), targets, status, strength)


def _drawn(tools: Instruments, truth: Truth, case: str, role: str, draws: Draws) -> str:
    weights = {code: truth.prevalence[case][code] for code in tools.codes(role)}
    return draws.weighted(weights if any(weights.values()) else dict.fromkeys(weights, 1.0))


def field_work(
    passages: Sequence[Passage], truth: Truth, tools: Instruments, draws: Draws
) -> dict[str, list[Row]]:
    """Return what was asked: every benefit in every case but those that were never raised there."""
    sessions: dict[str, list[str]] = {}
    for passage in passages:
        known = sessions.setdefault(passage.case, [])
        if passage.session not in known:
            known.append(passage.session)
    rows = []
    for case in truth.verticals:
        for code in tools.codes("benefit"):
            asked = "no" if code in truth.not_asked[case] else "partly" if draws.chance(0.08) else "yes"
            where = "" if asked == "no" else draws.choice(sessions.get(case, [""]))
            rows.append({"case": case, "code": code, "asked": asked, "session": where})
    return {"asked": rows}
