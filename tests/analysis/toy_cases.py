"""A small study of gardens: other codes, cases, scales and coders than this study's, for analyses over cases.

``Garden()`` grows it passage by passage; ``garden.coded()`` joins it. Load with ``runpy.run_path``.
"""

from __future__ import annotations

import pandas as pd

from twinbenefits.analysis.coded import Coded, coded_evidence

CODEBOOK = pd.DataFrame(
    [
        ("G", "", "benefit", "", "", "Harvest of any kind"),
        ("G1", "G", "benefit", "", "", "More to eat"),
        ("G1a", "G1", "benefit", "", "", "More apples"),
        ("G1b", "G1", "benefit", "", "", "More beans"),
        ("G2", "G", "benefit", "", "", "More to see"),
        ("G2a", "G2", "benefit", "", "", "More roses"),
        ("H", "", "mechanism", "", "benefit", "What gardeners do"),
        ("H1", "H", "mechanism", "", "benefit", "Watering"),
        ("H2", "H", "mechanism", "", "benefit", "Pruning"),
        ("Z", "", "outcome", "benefit", "", "What was counted"),
        ("Z1", "Z", "outcome", "benefit", "", "Baskets"),
        ("Q", "", "challenge", "", "", "Trouble"),
        ("Q1", "Q", "challenge", "", "", "Snails"),
    ],
    columns=["id", "parent", "role", "requires_role", "targets_role", "label"],
)
SCALES = pd.DataFrame(
    {
        "id": ["S1", "S2"],
        "code": ["F1", "F2"],
        "sub_dimension": ["Sun", "Rain"],
        **{f"level_{n}": [f"sun {n}", f"rain {n}"] for n in range(1, 5)},
    }
)
CASES = ("east", "north", "south", "west")
BENEFITS = ("G1a", "G1b", "G2a")


class Garden:
    """Evidence that grows by calls; every case has two sessions unless told otherwise."""

    def __init__(self, cases: tuple[str, ...] = CASES, sessions: int = 2) -> None:
        self.cases = list(cases)
        self.sessions = [(f"{case}-{n}", case) for case in cases for n in range(1, sessions + 1)]
        self.segments: list[dict[str, object]] = []
        self.codings: list[dict[str, object]] = []
        self.read: list[tuple[str, str]] = []
        self.not_asked: set[tuple[str, str]] = set()
        self.consensus: list[str] = []

    def say(
        self,
        session: str,
        *codes: str,
        coder: str = "ann",
        status: str = "observed",
        strength: int | None = 2,
        target: str = "",
        level: int = 5,
        about: bool = True,
        speaker: str = "",
        text: str = "It grew.",
        segment: str = "",
    ) -> str:
        """Let a passage of a session be coded; returns its name, so that others may code it too."""
        name = segment or f"p{len(self.segments) + 1:03d}"
        if not segment:
            self.segments.append(
                {
                    "segment": name,
                    "source": f"tape {session}",
                    "speaker": speaker or f"person {session}",
                    "text": text,
                    "consent_level": level,
                    "about_case": about,
                }
            )
        if (name, coder) not in self.read:
            self.read.append((name, coder))
        role = dict(zip(CODEBOOK["id"], CODEBOOK["role"], strict=True))
        for code in codes:
            graded = role.get(code) == "benefit"
            self.codings.append(
                {
                    "segment": name,
                    "coder": coder,
                    "code": code,
                    "target_code": target if role.get(code) in ("mechanism", "outcome") else "",
                    "status": status if graded else "",
                    "strength": strength if graded else None,
                }
            )
        return name

    def fill(
        self, case: str, code: str, segments: int, of: int = 10, session: int = 1, **more: object
    ) -> None:
        """Let so many of some passages of a case carry a code, the others the last benefit."""
        for number in range(of):
            self.say(f"{case}-{session}", code if number < segments else "G2a", **more)  # type: ignore[arg-type]

    def frames(self) -> dict[str, pd.DataFrame]:
        codings = pd.DataFrame(
            self.codings, columns=["segment", "coder", "code", "target_code", "status", "strength"]
        )
        segments = pd.DataFrame(
            self.segments, columns=["segment", "source", "speaker", "text", "consent_level", "about_case"]
        )
        sessions = pd.DataFrame(self.sessions, columns=["session", "case"])
        coders = pd.DataFrame({"coder": sorted({coder for _, coder in self.read} | {"ann"})})
        coders["role"] = ["consensus" if name in self.consensus else "coder" for name in coders["coder"]]
        return {
            "codings": codings,
            "segments": segments,
            "sources": sessions.assign(source="tape " + sessions["session"]),
            "sessions": sessions,
            "cases": pd.DataFrame({"case": self.cases}),
            "codebook": CODEBOOK,
            "assignments": pd.DataFrame(self.read, columns=["segment", "coder"]),
            "coders": coders,
        }

    def coded(self) -> Coded:
        return coded_evidence(**self.frames())

    def asked(self) -> pd.DataFrame:
        rows = [
            (case, code, "no" if (case, code) in self.not_asked else "yes")
            for case in self.cases
            for code in BENEFITS
        ]
        return pd.DataFrame(rows, columns=["case", "code", "asked"])


def rated(levels: dict[str, dict[str, object]], raters: tuple[str, ...] = ("r1", "r2")) -> pd.DataFrame:
    """Return ratings: scale to case to one level, or a level per rater, or None."""
    rows = []
    for scale, of_cases in levels.items():
        for case, level in of_cases.items():
            several = level if isinstance(level, tuple) else (level,) * len(raters)
            for rater, one in zip(raters, several, strict=True):
                rows.append(
                    {
                        "case": case,
                        "sub_dimension": scale,
                        "rater": rater,
                        "rater_kind": "coder",
                        "level": one,
                        "na_reason": "" if one is not None else "not talked about",
                    }
                )
    columns = ["case", "sub_dimension", "rater", "rater_kind", "level", "na_reason"]
    return pd.DataFrame(rows, columns=columns)


def unexplained(table: pd.DataFrame, values: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return rows in which a value is missing and none of the columns that would say why does."""
    bad = pd.Series(False, index=table.index)
    for column, reasons in values.items():
        silent = pd.Series(True, index=table.index)
        for reason in reasons:
            silent &= table[reason].fillna("") == ""
        bad |= table[column].isna() & silent
    return table[bad]
