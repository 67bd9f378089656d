"""A small study for the tests of the analyses: two coders, as many sessions and cases as asked for."""

from __future__ import annotations

import pandas as pd

from twinbenefits.analysis.coded import Coded, coded_evidence

CODEBOOK = pd.DataFrame(
    {
        "id": ["B", "B1", "B1.1", "B1.2", "M", "M1"],
        "parent": ["", "B", "B1", "B1", "", "M"],
        "role": ["benefit", "benefit", "benefit", "benefit", "mechanism", "mechanism"],
        "label": ["benefits", "group", "first", "second", "mechanisms", "one way"],
        "definition": "as it says",
        "include": "this",
        "exclude": "that",
        "source": "deck",
    }
)


def tables(sessions: int = 8, cases: int = 4, segments: int = 4) -> dict[str, pd.DataFrame]:
    """Return the case tables of a study in which nothing was coded yet."""
    held = [f"S{n:02}" for n in range(sessions)]
    of_case = [f"K{n % cases + 1}" for n in range(sessions)] if cases else []
    names = [(f"{session}-{n}", session) for session in held for n in range(segments)]
    placed = pd.DataFrame(names, columns=["segment", "source"])
    made = {
        "cases": pd.DataFrame(
            {
                "case": [f"K{n + 1}" for n in range(cases)],
                "vertical": "mining",
                "size_band": "small",
                "twin_level": "model",
                "selection_reason": "",
            },
            columns=["case", "vertical", "size_band", "twin_level", "selection_reason"],
        ),
        "participants": pd.DataFrame(
            {
                "participant": [f"P{n:02}" for n in range(sessions)],
                "case": of_case,
                "role_group": "operations",
            }
        ),
        "sessions": pd.DataFrame(
            {
                "session": held,
                "case": of_case,
                "kind": "interview",
                "date": pd.date_range("2025-01-10", periods=sessions, freq="30D"),
                "minutes": pd.array([60] * sessions, dtype="Int64"),
                "participants": [f"P{n:02}" for n in range(sessions)],
            }
        ),
        "sources": pd.DataFrame(
            {"source": held, "case": of_case, "session": held, "kind": "transcript", "consent_level": 5}
        ),
        "segments": placed.assign(
            text="they said so",
            first_order=[f"term {n}" for n in range(len(placed))],
            speaker=[f"P{source[1:]}" for source in placed["source"]],
            consent_level=5,
            about_case=True,
        ),
        "codings": pd.DataFrame(columns=["segment", "coder", "code", "target_code", "status", "strength"]),
        "assignments": pd.DataFrame(columns=["segment", "coder", "codebook_version", "created"]),
        "coders": pd.DataFrame({"coder": ["a", "b"], "role": "coder", "employer_case": ""}),
        "codebook": CODEBOOK.copy(),
        "asked": pd.DataFrame(columns=["case", "code", "asked", "session"]),
    }
    # without a row pandas takes every column for numbers; the loader knows better
    return {name: frame if len(frame) else frame.astype(_kinds(frame)) for name, frame in made.items()}


def _kinds(frame: pd.DataFrame) -> dict[str, object]:
    numbers = ("minutes", "consent_level", "strength")
    days = ("date", "created", "codebook_version")
    return {
        str(column): "Int64" if column in numbers else "datetime64[ns]" if column in days else object
        for column in frame
    }


def coding(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Return codings from segment, coder and code; codes of a benefit are observed."""
    frame = pd.DataFrame(rows, columns=["segment", "coder", "code"])
    benefit = frame["code"].str.startswith("B")
    return frame.assign(
        target_code="", status=benefit.map({True: "observed", False: ""}), strength=benefit.map({True: 2.0})
    )


def reading(segments: list[str], coders: str, version: str = "2025-01-01") -> pd.DataFrame:
    """Return assignments: every coder read every segment under one version of the codebook."""
    rows = [(segment, coder) for segment in segments for coder in coders]
    return pd.DataFrame(rows, columns=["segment", "coder"]).assign(
        codebook_version=pd.Timestamp(version), created=pd.Timestamp(version)
    )


def joined(study: dict[str, pd.DataFrame]) -> Coded:
    """Return the tables joined, as the notebook joins them."""
    names = (
        "codings",
        "segments",
        "sources",
        "sessions",
        "cases",
        "codebook",
        "assignments",
        "coders",
    )
    return coded_evidence(**{name: study[name] for name in names})


def double_coded(sessions: int = 8, cases: int = 4) -> dict[str, pd.DataFrame]:
    """Return a study whose two coders read everything: B1.1 alike, B1.2 against M1, M1 left out once."""
    study = tables(sessions, cases)
    segments = list(study["segments"]["segment"])
    rows = []
    for segment in segments:
        number = int(segment[-1])
        if number == 0:
            rows += [(segment, "a", "B1.1"), (segment, "b", "B1.1")]
        if number == 1:
            rows += [(segment, "a", "B1.1"), (segment, "b", "B1.2")]
        if number == 2:
            rows += (
                [(segment, "a", "M1"), (segment, "b", "M1")] if segment != "S00-2" else [(segment, "a", "M1")]
            )
    study["codings"] = coding(rows)
    study["assignments"] = reading(segments, "ab")
    return study
