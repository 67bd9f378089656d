"""Write a synthetic study of any size that the checks of the evidence accept.

The companies, sessions, persons and segments are invented here; the literature and the instruments are the
project's own, with the codebook filled up to as many codes as wanted. Every company has benefits of its own
that are spoken of most, and a second coder mostly sees what the first saw: agreement, ranks and verdicts come
out as plausible numbers, and every result has something to show.
"""

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from study_parts import Words, drawn_by_case, filled_up, joined, named, read

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES

__all__ = ["ROOT", "Size", "size_of", "write_study"]

ROOT = Path(__file__).resolve().parents[1]
KEPT = ("notebooks", "paper", "slides", "briefs", "references", "_extensions")
AS_IS = (
    "coders",
    "memos",
    "confidence_steps",
    "events",
    "voters",
    "items",
    "votes",
    "decisions",
    "comments",
    "questions",
)
"""Tables that do not grow with the interviews: they stay as in the demonstration."""

PEOPLE = 6
"""Persons per company."""


@dataclass(frozen=True)
class Size:
    """How large the study is.

    Parameters
    ----------
    codings, segments
        Codings, and the segments they stand in.
    cases, sessions
        Companies, and sessions of each.
    codes
        Codes of the codebook, at least as many as the project's own.
    double_share
        Share of the segments that two coders read.
    """

    codings: int
    segments: int
    cases: int
    sessions: int = 3
    codes: int = 200
    double_share: float = 0.25


def size_of(codings: int) -> Size:
    """Return a study of so many codings in the proportions of the largest: 500 companies at a million."""
    return Size(codings, max(3 * codings // 10, 1), max(codings // 2000, 5))


def write_study(folder: Path, size: Size, seed: int = 1) -> Layout:
    """Write a sound study of the wanted size, with the project's notebooks and documents beside it."""
    layout = Layout(folder)
    shutil.copytree(ROOT / "data", layout.data, ignore=shutil.ignore_patterns("demo", "private", "snapshots"))
    for name in KEPT:
        shutil.copytree(ROOT / name, folder / name)
    for name in ("_quarto.yml", "index.qmd"):
        shutil.copy(ROOT / name, folder)
    layout.demo.mkdir()
    for table in AS_IS:
        shutil.copy(ROOT / "data/demo" / f"{table}.csv", layout.demo)
    _Study(layout, size, np.random.default_rng(seed)).write()
    return layout


@dataclass
class _Study:
    """The study while it is written."""

    layout: Layout
    size: Size
    rng: np.random.Generator
    cases: Words = field(init=False)
    sessions: Words = field(init=False)
    of_session: npt.NDArray[np.intp] = field(init=False)  # the place of each session's case

    def __post_init__(self) -> None:
        self.cases = named("K{}", self.size.cases)
        self.of_session = np.repeat(np.arange(self.size.cases), self.size.sessions)
        number = np.tile(np.arange(1, self.size.sessions + 1), self.size.cases)
        self.sessions = joined(self.cases[self.of_session], "-S", number)

    @cached_property
    def codebook(self) -> pd.DataFrame:
        return filled_up(read(self.layout.study / "codebook.csv"), self.size.codes)

    def leaves(self, role: str) -> Words:
        """Return the codes of a role that have none below them."""
        book = self.codebook
        return book.loc[(book["role"] == role) & ~book["id"].isin(book["parent"]), "id"].to_numpy(
            dtype=object
        )

    def write(self) -> None:
        self.codebook.to_csv(self.layout.study / "codebook.csv", index=False, lineterminator="\n")
        self._companies()
        place, segments = self._segments()
        readings = self._readings(segments)
        self._codings(place, segments, readings)
        self._judgements(place, segments)

    def _companies(self) -> None:
        many, cases = self.size.cases, self.cases
        verticals = read(self.layout.study / "verticals.csv")["vertical"].to_numpy(dtype=object)
        self._put(
            "cases",
            case=cases,
            vertical=verticals[np.arange(many) % len(verticals)],
            size_band="large",
            twin_level="digital twin",
            selection_reason="invented",
            note="",
        )
        self._put(
            "use_cases",
            use_case=joined(cases, "-U", np.ones(many, int)),
            case=cases,
            title="Twin of a line",
            started="2023-02",
            twin_level="digital twin",
        )
        owner = np.repeat(cases, PEOPLE)
        person = np.tile(np.arange(1, PEOPLE + 1), many)
        groups = np.array(
            ["operations", "maintenance", "management", "sustainability", "data", "training"], object
        )
        kinds = np.array(
            ["case_company", "case_company", "case_company", "case_company", "supplier", "customer"], object
        )
        self._put(
            "participants",
            participant=joined(owner, "-P", person),
            case=owner,
            role_group=groups[person - 1],
            organization_kind=kinds[person - 1],
        )
        held = np.arange(len(self.sessions))
        day = pd.Timestamp("2025-01-07") + pd.to_timedelta(held % 330, unit="D")
        self._put(
            "sessions",
            session=self.sessions,
            case=cases[self.of_session],
            kind="interview",
            date=day.strftime("%Y-%m-%d"),
            minutes=45 + held % 60,
            participants=[
                ";".join(f"{case}-P{n}" for n in range(1, PEOPLE + 1)) for case in cases[self.of_session]
            ],
            language="en",
            note="",
        )
        self._permissions()

    def _permissions(self) -> None:
        """Every tenth company permits nothing, every tenth no ratings; some permissions lapsed or wait."""
        rows = [
            (case, item)
            for place, case in enumerate(self.cases)
            for item in ("vertical", "ratings", "benefit_states", "quotes")
            if place % 10 != 3 and not (place % 10 == 7 and item in ("ratings", "quotes"))
        ]
        case, item = (np.array(part, dtype=object) for part in zip(*rows, strict=True))
        number = np.arange(len(rows))
        quotes = item == "quotes"
        self._put(
            "permissions",
            permission=named("A{:05d}", len(rows)),
            case=case,
            item=item,
            what="",
            approved_by="invented company, communications",
            approved_on="2026-03-01",
            expires_on=np.where(quotes & (number % 28 == 3), "2026-10-12", "2028-06-23"),
            embargo_until=np.where(quotes & (number % 28 == 7), "2027-01-30", ""),
        )

    def _segments(self) -> tuple[npt.NDArray[np.intp], Words]:
        """Write sources, texts and segments; return the place of each segment's session, and its name."""
        count, rng = self.size.segments, self.rng
        place = np.sort(np.arange(count) % len(self.sessions))
        first = np.searchsorted(place, place)
        names = joined(self.sessions[place], "-", np.arange(count) - first + 1)
        pool = read(ROOT / "data/demo/segments.csv")[["text", "first_order"]].drop_duplicates()
        drawn = rng.integers(0, len(pool), count)
        text = pool["text"].to_numpy(dtype=object)[drawn]
        length = pool["text"].str.len().to_numpy()[drawn]
        ends = np.cumsum(length + 2)
        start = ends - length - 2 - (ends[first] - length[first] - 2)
        sources = joined(self.sessions, "-T", "")
        (self.layout.demo / "sources").mkdir()
        bounds = np.searchsorted(place, np.arange(len(self.sessions) + 1))
        texts = ["\n\n".join(text[low:high]) for low, high in pairwise(bounds)]
        for source, content in zip(sources, texts, strict=True):
            (self.layout.demo / "sources" / f"{source}.txt").write_text(content, "utf-8")
        level = np.array([5, 5, 4, 5, 3, 5, 2])[np.arange(len(sources)) % 7]
        self._put(
            "sources",
            source=sources,
            case=self.cases[self.of_session],
            session=self.sessions,
            kind="transcript",
            title="",
            characters=[len(content) for content in texts],
            text_sha256="",
            consent_level=level,
        )
        case = self.cases[self.of_session[place]]
        stricter = np.where(rng.random(count) < 0.05, 1, level[place])
        self._put(
            "segments",
            segment=names,
            source=sources[place],
            start=start,
            end=start + length,
            text=text,
            first_order=pool["first_order"].to_numpy(dtype=object)[drawn],
            speaker=joined(case, "-P", rng.integers(1, PEOPLE + 1, count)),
            use_case=np.where(rng.random(count) < 0.5, joined(case, "-U1", ""), ""),
            consent_level=np.minimum(stricter, level[place]),
        )
        return place, names

    def _readings(self, segments: Words) -> pd.DataFrame:
        """Write who read which segment; two coders share the work, some of it twice."""
        coders = np.array(["demo-1", "demo-2"], dtype=object)
        first = self.rng.integers(0, 2, len(segments))
        twice = np.flatnonzero(self.rng.random(len(segments)) < self.size.double_share)
        place = np.concatenate([np.arange(len(segments)), twice])
        coder = coders[np.concatenate([first, 1 - first[twice]])]
        found = pd.DataFrame({"place": place, "segment": segments[place], "coder": coder})
        self._put(
            "assignments",
            segment=found["segment"],
            coder=coder,
            codebook_version="2025-11-03",
            created="2026-01-10",
        )
        return found

    def _codings(self, place: npt.NDArray[np.intp], segments: Words, readings: pd.DataFrame) -> None:
        """Write what the coders gave: most often what the segment is about, at times something else."""
        rng, many = self.rng, len(segments)
        case = self.of_session[place]
        benefits = self.leaves("benefit")
        about = {"benefit": drawn_by_case(rng, case, self.size.cases, len(benefits))}
        about |= {
            role: rng.integers(0, len(self.leaves(role)), many)
            for role in ("mechanism", "outcome", "challenge", "context")
        }
        status = np.array(["expected", "observed", "measured"], dtype=object)[
            np.minimum(rng.integers(0, 3, many) + case % 2, 2)
        ]
        spoken = {role: rng.random(many) for role in about}
        row = readings["place"].to_numpy()
        given = {}
        for role, places in about.items():
            codes = self.leaves(role)
            other = rng.random(len(row)) < 0.12
            given[role] = codes[np.where(other, rng.integers(0, len(codes), len(row)), places[row])]
        base = pd.DataFrame({"segment": readings["segment"], "coder": readings["coder"]})
        strength = 1 + (row * 7 + (rng.random(len(row)) < 0.2)) % 3
        parts = [base.assign(code=given["benefit"], target_code="", status=status[row], strength=strength)]
        spare = self.size.codings - len(row)
        for role, share in (("mechanism", 0.4), ("outcome", 0.15), ("context", 0.15)):
            seen = spoken[role][row] < share * spare / len(row)
            parts.append(
                self._further(
                    base[seen],
                    given[role][seen],
                    given["benefit"][seen] if role in ("mechanism", "outcome") else "",
                )
            )
        rest = self.size.codings - sum(map(len, parts))
        order = np.argsort(spoken["challenge"][row], kind="stable")[: max(rest, 0)]
        parts.append(self._further(base.iloc[order], given["challenge"][order], ""))
        frame = pd.concat(parts, ignore_index=True).sort_values("segment", kind="stable", ignore_index=True)
        self._put(
            "codings",
            coding=named("C{:07d}", len(frame)),
            **{name: frame[name] for name in frame},
            codebook_version="2025-11-03",
            created="2026-01-10",
        )

    @staticmethod
    def _further(base: pd.DataFrame, code: Words, target: Words | str) -> pd.DataFrame:
        return base.assign(code=code, target_code=target, status="", strength=pd.NA)

    def _judgements(self, place: npt.NDArray[np.intp], segments: Words) -> None:
        """Write what was asked, ratings, links, objectives, owners and contrary cases."""
        rng, many = self.rng, self.size.cases
        first = segments[np.searchsorted(place, np.arange(many) * self.size.sessions)]
        book = self.codebook
        asked = book.loc[book["role"] == "benefit", "id"].to_numpy(dtype=object)[1:]
        case, code = (part.ravel() for part in np.meshgrid(np.arange(many), asked, indexing="ij"))
        said = rng.random(len(case)) < 0.9
        case, code = case[said], code[said]
        answer = np.array(["yes", "yes", "partly", "no"], dtype=object)[rng.integers(0, 4, len(case))]
        self._put(
            "asked",
            case=self.cases[case],
            code=code,
            asked=answer,
            session=np.where(answer == "no", "", joined(self.cases[case], "-S1", "")),
        )
        self._ratings(first)
        benefits, mechanisms = self.leaves("benefit"), self._by_layer()
        one, other = rng.integers(0, len(mechanisms[0]), many), rng.integers(0, len(mechanisms[1]), many)
        goal, aim = joined(self.cases, "-O1", ""), benefits[rng.integers(0, len(benefits), many)]
        self._put(
            "objectives", objective=goal, case=self.cases, statement="Stop less often", origin="informant"
        )
        self._put(
            "owners", case=self.cases, code=aim, owner_role="maintenance", indicator="", baseline_known="yes"
        )
        self._put(
            "links",
            link=named("L{:05d}", 2 * many),
            case=np.tile(self.cases, 2),
            from_node=np.concatenate([mechanisms[0][one], aim]),
            to_node=np.concatenate([mechanisms[1][other], goal]),
            kind=np.repeat(np.array(["enables", "serves"], dtype=object), many),
            evidence=np.tile(first, 2),
        )
        some = np.arange(min(many, 8))
        self._put(
            "negative_cases",
            negative_case=named("N{}", len(some)),
            proposition=joined("P0", "", 1 + some % 5),
            case=self.cases[some],
            reason="invented",
            evidence=first[some],
            author="demo-1",
            recorded_on="2026-07-19",
        )

    def _by_layer(self) -> list[Words]:
        book = self.codebook[self.codebook["id"].isin(self.leaves("mechanism"))]
        return [group["id"].to_numpy(dtype=object) for _, group in book.groupby("network_layer", sort=False)][
            ::-1
        ]

    def _ratings(self, first: Words) -> None:
        scales = read(self.layout.study / "context_scales.csv")["id"].to_numpy(dtype=object)
        shape = (self.size.cases, len(scales), 2)
        true = self.rng.integers(1, 5, shape[:2])[:, :, None]
        level = np.clip(true + self.rng.choice([-1, 0, 0, 0, 0, 0, 1], shape), 1, 4).ravel()
        case, scale, rater = (part.ravel() for part in np.indices(shape))
        unknown = self.rng.random(shape[:2])[:, :, None].repeat(2, axis=2).ravel() < 0.05
        self._put(
            "context_ratings",
            rating=named("R{:06d}", len(case)),
            case=self.cases[case],
            sub_dimension=scales[scale],
            rater=np.array(["demo-rater-1", "demo-rater-2"], dtype=object)[rater],
            rater_kind="coder",
            level=pd.array(np.where(unknown, None, level), dtype="Int64"),
            na_reason=np.where(unknown, "not spoken of", ""),
            evidence=first[case],
            confidence=2,
            rated_on="2026-06-24",
        )

    def _put(self, table: str, **columns: object) -> None:
        names = list(TABLES[table].model.to_schema().columns)
        frame = pd.DataFrame({**columns, "synthetic": "true"})[names]
        frame.to_csv(self.layout.demo / f"{table}.csv", index=False, lineterminator="\n")
