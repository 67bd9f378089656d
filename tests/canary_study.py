"""A private study in a folder of its own, with words and numbers planted that can be recognised anywhere.

The evidence is drawn by the generator of the demonstration and marked as real. Planted are words of
informants, terms, remarks, titles, roles, identifiers and ratings. What each audience may see is worked out
here once more, from the words of the study's own rules and not by the code that is tested.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.evidence.facts import read_facts
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.demonstration import instruments
from twinbenefits.evidence.simulation.generator import simulate
from twinbenefits.evidence.simulation.truth import Shape

PROJECT = Path(__file__).resolve().parent.parent
COPIED = (
    "_quarto.yml",
    "_extensions",
    "data/study",
    "data/literature",
    "references",
    "dodo.py",
    "requirements.lock",
)
AS_OF = date(2026, 11, 1)
NOTEBOOK = "01_canaries"
FORBIDDEN = "Zzanonymous Holding"

# Words by which a cell is opened: the level of its own row, or a permission of its company.
BY_LEVEL = {
    ("segments", "text"): 4,
    ("segments", "first_order"): 3,
    ("memos", "text"): 4,
    ("comments", "text"): 4,
}
OWN_LEVEL = {("segments", "text"): 5, ("segments", "first_order"): 3}
TEAM_LEVEL = 3
BY_PERMISSION = {
    ("cases", "vertical"): "vertical",
    ("cases", "size_band"): "vertical",
    ("cases", "twin_level"): "vertical",
    ("use_cases", "title"): "benefit_states",
    ("objectives", "statement"): "benefit_states",
    ("owners", "owner_role"): "benefit_states",
    ("negative_cases", "reason"): "ratings",
    ("context_ratings", "na_reason"): "ratings",
}
TEAM_ONLY = (
    ("cases", "note"), ("cases", "selection_reason"), ("sessions", "note"), ("sources", "title"),
    ("coders", "note"), ("permissions", "what"), ("permissions", "approved_by"),
    ("decisions", "author"), ("memos", "author"), ("negative_cases", "author"),
    ("confidence_steps", "author"),
)  # fmt: skip
OPEN = (
    ("items", "statement"),
    ("decisions", "old_text"),
    ("decisions", "reason"),
    ("questions", "text"),
    ("confidence_steps", "reason"),
)
IDENTIFIERS = ("case", "participant", "source", "session", "use_case", "objective", "segment")
RATED = 8  # ratings of a case in a row make a number that is recognised


def token(*what: object) -> str:
    """Return a word that stands nowhere else; letters only, so that no rule for names or numbers minds."""
    digits = hashlib.sha256("/".join(map(str, what)).encode()).hexdigest()[:14]
    return "zq" + "".join(chr(ord("a") + int(digit, 16)) for digit in digits)


@dataclass
class Canary:
    """Something planted, and what decides who may see it."""

    word: str
    table: str
    column: str
    case: str = ""
    level: int | None = None
    waiting: bool = False  # it has a permission of its own that is not in force


@dataclass
class Planted:
    """The tables with what was planted in them."""

    tables: dict[str, pd.DataFrame]
    canaries: list[Canary] = field(default_factory=list)
    permitted: set[tuple[str, str]] = field(default_factory=set)
    silent: set[Any] = field(default_factory=set)  # rows of sessions of which every source is withdrawn

    def may_see(self, canary: Canary, audience: str) -> bool:  # noqa: PLR0911  one return per rule
        """Return whether an audience may see a canary, by the words of the rules."""
        place = (canary.table, canary.column)
        if canary.level == 0:
            return False
        if audience == "team":
            return place not in BY_LEVEL or (canary.level or 0) >= TEAM_LEVEL
        own = bool(canary.case) and audience == f"company:{canary.case}"
        if canary.waiting and not own:
            return False
        if place in BY_LEVEL:
            return (canary.level or 0) >= (OWN_LEVEL if own else BY_LEVEL)[place]
        if place in BY_PERMISSION:
            return own or (canary.case, BY_PERMISSION[place]) in self.permitted
        if canary.table == "a rating":
            return own or {(canary.case, item) for item in ("vertical", "ratings")} <= self.permitted
        if canary.table == "an identifier":
            return own and canary.column == "case"  # the edition is named after it
        return place in OPEN


def planted(layout: Layout, shape: Shape, *, share: float, seed: int = 7) -> Planted:
    """Draw a study and plant words in a share of its passages and in every other text."""
    made = simulate(instruments(layout), read_facts(layout)["as_of"], seed, shape)
    tables = {name: frame.copy() for name, frame in made.tables.items()}
    found = Planted(tables)
    _rename(found)
    case_of = tables["sources"].set_index("source")["case"]
    source_level = tables["sources"].set_index("source")["consent_level"]
    segments = tables["segments"]
    segments["start"], segments["end"] = pd.NA, pd.NA  # the planted words stand in no transcript
    segments["consent_level"] = [
        min(level % 7, int(source_level[source])) for level, source in enumerate(segments["source"])
    ]
    every = max(1, round(1 / share))
    for column in ("text", "first_order"):
        for row in segments.index[::every]:
            word = token(column, row)
            segments.at[row, column] = f"{segments.at[row, column]} {word}".strip()
            case, level = case_of[segments.at[row, "source"]], int(segments.at[row, "consent_level"])
            found.canaries.append(Canary(word, "segments", column, case, level))
    for name in ("memos", "comments"):
        for number, row in enumerate(tables[name].index):
            tables[name].at[row, "consent_level"] = number % 7
            _plant(found, name, "text", row, level=number % 7)
    _let_some_wait(found)
    _close_identifiers(found)
    _plant_ratings(found)
    tables["negative_cases"]["evidence"] = ""
    for table, column in (*BY_PERMISSION, *TEAM_ONLY, *OPEN):
        for row in tables[table].index:
            if (table, column) != ("context_ratings", "na_reason") or tables[table].at[row, column]:
                _plant(found, table, column, row)
    for row in tables["permissions"].itertuples():
        running = pd.isna(row.expires_on) or row.expires_on.date() >= AS_OF
        waiting = not pd.isna(row.embargo_until) and row.embargo_until.date() >= AS_OF
        if row.approved_on.date() <= AS_OF and running and not waiting:
            found.permitted.add((row.case, row.item))
    for frame in tables.values():
        frame["synthetic"] = False
    return found


def _plant(found: Planted, table: str, column: str, row: Any, level: int | None = None) -> None:
    frame = found.tables[table]
    word = token(table, column, row)
    alone = column in ("author", "vertical")
    frame.at[row, column] = word if alone else f"{frame.at[row, column]} {word}".strip()
    case = str(frame.at[row, "case"]) if "case" in frame else ""
    hidden = level if level is not None else None
    if table == "sessions" and row in found.silent:
        hidden = 0
    if table == "sources" or (table == "memos" and level is None):
        hidden = int(frame.at[row, "consent_level"])
    found.canaries.append(Canary(word, table, column, case, hidden))


def _rename(found: Planted) -> None:
    """Give every identifier of the field work a name that is recognised."""
    names: dict[str, str] = {}
    owner: dict[str, tuple[str, str]] = {}
    for column in IDENTIFIERS:
        table = next(t for t in found.tables if TABLES[t].key == (column,))
        for old in found.tables[table][column]:
            names[str(old)] = token("id", old)
            owner[names[str(old)]] = (column, "")
    for frame in found.tables.values():
        for column in frame.columns:
            if pd.api.types.is_string_dtype(frame[column]) and column not in ("text", "statement"):
                frame[column] = [
                    ";".join(names.get(part, part) for part in str(cell).split(";")) for cell in frame[column]
                ]
    alive = found.tables["sources"].set_index("source")["consent_level"]
    for word, (column, _) in owner.items():
        case = word if column == "case" else ""
        level = int(alive[word]) if column == "source" else None
        found.canaries.append(Canary(word, "an identifier", column, case, level))


def _let_some_wait(found: Planted) -> None:
    """Give a source and a few passages a permission of their own that has lapsed or waits."""
    tables = found.tables
    segments, permissions = tables["segments"], tables["permissions"]
    case_of = tables["sources"].set_index("source")["case"]
    words = segments["text"].str.contains("zq")
    readable = segments[words & (segments["consent_level"] >= BY_LEVEL["segments", "text"])]
    source = readable["source"].iloc[0]
    items = {source: case_of[source]}
    items |= {row.segment: case_of[row.source] for row in readable.iloc[1::2].itertuples()}
    rows = permissions.iloc[[0] * len(items)].assign(
        permission=[f"own-{number}" for number in range(len(items))],
        case=list(items.values()),
        item=list(items),
        expires_on=pd.Timestamp("2026-10-01"),
    )
    rows.loc[rows["permission"].str.endswith(("1", "3")), ["expires_on", "embargo_until"]] = [
        pd.NaT,
        pd.Timestamp("2027-05-01"),
    ]
    tables["permissions"] = pd.concat([permissions, rows], ignore_index=True).astype(permissions.dtypes)
    shut = segments["source"].eq(source) | segments["segment"].isin(items)
    for canary in found.canaries:
        if canary.table == "segments":
            text = segments[canary.column].str.contains(canary.word)
            canary.waiting = bool(shut[text].any())


def _close_identifiers(found: Planted) -> None:
    """Say of which passages, sessions and persons nothing is left because of level 0."""
    tables = found.tables
    sessions, sources = tables["sessions"], tables["sources"]
    heard = set(sources.loc[sources["consent_level"] > 0, "session"])
    found.silent = set(sessions.index[~sessions["session"].isin(heard)])
    of_segment = dict(zip(tables["segments"]["segment"], tables["segments"]["consent_level"], strict=True))
    met = {person for cell in sessions["participants"] for person in cell.split(";")}
    open_sessions = sessions[sessions["session"].isin(heard)]
    met_openly = {person for cell in open_sessions["participants"] for person in cell.split(";")}
    closed = {*sessions.loc[~sessions["session"].isin(heard), "session"], *(met - met_openly)}
    for canary in found.canaries:
        if canary.table == "an identifier":
            known = of_segment.get(canary.word, canary.level)
            canary.level = 0 if canary.word in closed else known


def _plant_ratings(found: Planted) -> None:
    """Leave eight ratings of one rater per case, whose levels make a number of eight digits."""
    ratings = found.tables["context_ratings"]
    rows = []
    for case, group in ratings.groupby("case"):
        first = group.drop_duplicates("sub_dimension").sort_values("sub_dimension").head(RATED).copy()
        digits = [int(digit, 16) % 4 + 1 for digit in hashlib.sha256(str(case).encode()).hexdigest()[:RATED]]
        first["level"], first["na_reason"], first["evidence"] = digits, "", ""
        found.canaries.append(Canary("".join(map(str, digits)), "a rating", "number", str(case)))
        none = group[~group["sub_dimension"].isin(first["sub_dimension"])].head(1).copy()
        none["level"], none["na_reason"], none["evidence"] = pd.NA, "nobody knows", ""
        rows += [first, none]
    found.tables["context_ratings"] = pd.concat(rows, ignore_index=True).astype(ratings.dtypes.to_dict())


PARAMETERS = """{name}:
  evidence: {{type: str, default: demo, choices: [demo, private], purpose: which rows}}
  audience: {{type: str, default: public, choices: [public, team, workshop, reviewers], purpose: for whom}}
"""
OPENED = """
import pandas as pd
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Basis, Cells
from twinbenefits.evidence.release import release
from twinbenefits.evidence.study import Study
from twinbenefits.publishing.registry import Results

study = Study.open(evidence=evidence, audience=audience, tables={tables})
results = Results.for_notebook("{name}", study)
"""
SHOWN = """
for name in study.tables:
    print(study.table(name).drop(columns=["level"], errors="ignore").to_csv(index=False))
"""
RATED_CELL = """
ratings = study.table("context_ratings")
ratings = ratings[ratings["level"].notna()].sort_values("sub_dimension")
numbers = ratings.groupby("case")["level"].agg(lambda levels: "".join(map(str, levels)))
numbers = numbers.rename("number").reset_index().assign(cases=1, persons=3, sources=3, level=6)
first = Basis(1, 3, 3, 6, about=numbers["case"][0], item="ratings")
rated = Result(
    numbers,
    inputs=("context_ratings",),
    cells=Cells(("case",), ("number",), case="case", item="ratings"),
    scalars={"rated_first": Scalar(str(numbers["number"][0]), basis=first)},
)
print(rated)
rated
"""
REGISTERED = """
released = release(rated, study)
results.value("rated_first", released, fmt="s")
frame = released.table.fillna("no number")[["case", "number", "withheld"]].astype("str")
results.table("ratings", frame, of=released, caption="Ratings of all cases", extra=True)
"""
DRAWN = """
from matplotlib.figure import Figure
fig = Figure(figsize=(6, 3))
ax = fig.add_subplot()
for place, row in enumerate(frame.itertuples()):
    ax.text(0.1, place / 6, f"{row.case}: {row.number}")
alt = "One line per case with its number"
results.figure("drawn", fig, of=released, caption="Ratings drawn", alt=alt, extra=True)
"""
QUOTED = """
segments = study.table("segments")
said = segments[["segment", "text", "first_order"]]
said = said.assign(cases=3, persons=3, sources=3, level=segments["consent_level"])
cells = Cells(("segment",), ("text", "first_order"), words=("text",))
quotes = release(Result(said, inputs=("segments",), cells=cells), study)
shown = quotes.table[["text", "first_order"]].fillna("").astype("str")
planted = shown["text"].str.contains("zq") | shown["first_order"].str.contains("zq")
shown = shown[planted] if planted.any() else shown.head(5)
shown = shown.replace(r"[*_|<>#]", "", regex=True)
results.table("quotes", shown, of=quotes, caption="Passages", extra=True)
"""

PAPER = """---
title: Canaries
format:
  html: default
  typst: default
  docx: default
---

# Ratings {.results}

The first is {{< var rated_first >}}.

{{< include ../_staged/tbl-ratings.md >}}

{{< include ../_staged/fig-drawn.md >}}

{{< include ../_staged/tbl-quotes.md >}}
"""
SLIDES = """---
title: Canaries
format:
  revealjs: default
  pptx: default
---

## Ratings

{{< include ../_staged/tbl-ratings-slide.md >}}

## Drawn

{{< include ../_staged/fig-drawn-slide.md >}}
"""


def make_demo(root: Path) -> None:
    """Make the project with the demonstration set in an empty folder."""
    _copy(root, *COPIED, "data/demo")
    _write_sources(root)


def _copy(root: Path, *names: str) -> None:
    for name in names:
        source = PROJECT / name
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, root / name) if source.is_dir() else shutil.copyfile(source, root / name)


def make(root: Path, shape: Shape, *, share: float) -> Planted:
    """Make the project and its private evidence in an empty folder."""
    _copy(root, *COPIED)
    layout = Layout(root)
    found = planted(layout, shape, share=share)
    layout.private.mkdir(parents=True)
    for name, frame in found.tables.items():
        flags = {"synthetic": frame["synthetic"].map({False: "false"})}
        text = frame.assign(**flags).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
        TABLES[name].file(layout, "private").write_text(text, "utf-8")
    _add_verticals(layout, found)
    (layout.private / "forbidden.txt").write_text(f"# names\n{FORBIDDEN}\n", "utf-8")
    _write_sources(root)
    return found


def _add_verticals(layout: Layout, found: Planted) -> None:
    """Let the study's lists know the planted names of industries."""
    verticals = pd.read_csv(layout.study / "verticals.csv", dtype=str)
    indicators = pd.read_csv(layout.study / "indicators.csv", dtype=str)
    known = list(verticals["vertical"])
    for old, word in zip(known, found.tables["cases"]["vertical"], strict=True):
        row = verticals[verticals["vertical"] == old].assign(vertical=word)
        verticals = pd.concat([verticals, row], ignore_index=True)
        indicators[word] = indicators[old]
    verticals.to_csv(layout.study / "verticals.csv", index=False, lineterminator="\n")
    indicators.to_csv(layout.study / "indicators.csv", index=False, lineterminator="\n")


def _write_sources(root: Path) -> None:
    names = [name for name, table in TABLES.items() if table.holds_case_evidence]
    cells = [OPENED.format(tables=names, name=NOTEBOOK), SHOWN, RATED_CELL, REGISTERED, DRAWN, QUOTED]
    start = 'evidence = "demo"  # which rows\naudience = "public"  # for whom'
    content = {
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Canaries"},
            _cell("parameters", start, "parameters"),
            *(_cell(f"cell-{number}", source.strip()) for number, source in enumerate(cells)),
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    texts: Mapping[str, str] = {
        f"notebooks/{NOTEBOOK}.ipynb": json.dumps(content),
        "notebooks/parameters.yml": PARAMETERS.format(name=NOTEBOOK),
        "index.qmd": "---\ntitle: Start\nformat:\n  html: default\n---\n\nStart.\n",
        "paper/index.qmd": PAPER,
        "slides/workshop-1.qmd": SLIDES,
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


def _cell(name: str, source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
