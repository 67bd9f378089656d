"""A study of another subject with case evidence of its own: no rule may know this study's names.

`toy_study(folder)` writes it: three cases in bakeries, breweries and dairies, other codes under the same
roles, scales of voting of its own, and invented interviews. Tests get it by
`runpy.run_path(".../tests/toy_evidence.py")["toy_study"]`, or as the fixture `toy` of tests/evidence.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import yaml

from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.problems import EvidenceError, Problem
from twinbenefits.evidence.schema import TABLES
from twinbenefits.evidence.simulation.demonstration import write_demo
from twinbenefits.evidence.simulation.truth import Shape

ROOT = Path(__file__).resolve().parents[1]
SHAPE = Shape(
    segments=240,
    sessions=(4, 3, 3),
    coders=2,
    double_share=0.3,
    double_sessions=8,
    voters=(11, 9),
    letter="B",
)
SEED = 4

CODES: dict[str, tuple[str, str, str, str, str]] = {
    # code: parent, role, requires_role, targets_role, network_layer
    "trait": ("", "characteristic", "", "", ""),
    "shared": ("trait", "characteristic", "", "", ""),
    "gain": ("", "benefit", "", "", ""),
    "time": ("gain", "benefit", "", "", "benefit"),
    "time.hours": ("time", "benefit", "", "", "benefit"),
    "time.days": ("time", "benefit", "", "", "benefit"),
    "time.rest": ("time", "benefit", "", "", "benefit"),
    "taste": ("gain", "benefit", "", "", "benefit"),
    "taste.crust": ("taste", "benefit", "", "", "benefit"),
    "taste.foam": ("taste", "benefit", "", "", "benefit"),
    "taste.scent": ("taste", "benefit", "", "", "benefit"),
    "obstacle": ("", "challenge", "", "", ""),
    "dough": ("obstacle", "challenge", "", "", ""),
    "way": ("", "mechanism", "", "benefit", ""),
    "buy": ("way", "mechanism", "", "benefit", "enabler"),
    "teach": ("way", "mechanism", "", "benefit", "enabling_change"),
    "reorder": ("way", "mechanism", "", "benefit", "business_change"),
    "setting": ("", "context", "", "", ""),
    "heat": ("setting", "context", "", "", ""),
    "worth": ("", "moderator", "", "", ""),
    "hunger": ("worth", "moderator", "", "", ""),
    "result": ("", "outcome", "benefit", "", ""),
    "loaves": ("result", "outcome", "benefit", "", ""),
}
VERTICALS = ("bakery", "brewery", "dairy")
SCALES = ("CS01", "CS02", "CS03")
TERMS = (
    ("P01", "CS01", "+", "time.hours"),
    ("P02", "CS02", "-", "taste.crust"),
    ("P02", "CS03", "+", "taste.foam"),
)
ASSETS = {
    "bakery": (["the oven", "the mixer", "the proofer"], ["ovens", "mixers"]),
    "brewery": (["the kettle", "the tank", "the filter"], ["kettles", "tanks"]),
    "dairy": (["the separator", "the vat", "the chiller"], ["separators", "vats"]),
}


def toy_study(folder: Path, *, evidence: bool = True) -> Layout:
    """Write the toy study into an empty folder and return its layout.

    Parameters
    ----------
    folder
        Where to.
    evidence
        Whether to simulate its case evidence, too.
    """
    layout = Layout(folder)
    layout.study.mkdir(parents=True)
    (layout.literature / "source").mkdir(parents=True)
    (folder / "_quarto.yml").write_text("project:\n  type: default\n", "utf-8")
    (layout.literature / "source" / "deck.txt").write_text(
        "Ovens of a bakery, a brewery, a dairy.\n", "utf-8"
    )
    for name, rows in _instruments().items():
        _write(layout, name, rows)
    for name in ("release_rules.csv", "rules.yml"):
        shutil.copy(ROOT / "data" / "study" / name, layout.study / name)
    facts = {
        "title": "Better ovens",
        "authors": [{"name": "Ann Roe"}],
        "research_question": {"as_written": "Why?"},
    }
    (layout.study / "study.yml").write_text(
        yaml.safe_dump(facts, sort_keys=False) + "as_of: 2030-05-01\n", "utf-8"
    )
    (layout.study / "demo_phrases.yml").write_text(yaml.safe_dump(_phrases(), sort_keys=False), "utf-8")
    if evidence:
        write_demo(layout, SEED, SHAPE)
    return layout


def _write(layout: Layout, name: str, rows: Iterable[Mapping[str, object]]) -> None:
    columns = list(TABLES[name].model.to_schema().columns)
    if TABLES[name].column_per:
        columns += VERTICALS
    with (layout.data / TABLES[name].path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _instruments() -> dict[str, list[dict[str, object]]]:
    roles = ("parent", "role", "requires_role", "targets_role", "network_layer")
    spoken = {"include": "All of it.", "exclude": "The rest.", "source": "proposed"}
    return {
        "codebook": [
            {
                "id": code,
                **dict(zip(roles, about, strict=True)),
                "label": code.replace(".", " ").title(),
                "definition": f"What is said of {code}.",
                **spoken,
            }
            for code, about in CODES.items()
        ],
        "verticals": [
            {"vertical": name, "label": name.title(), "deck_line": 1, "as_written": name}
            for name in VERTICALS
        ],
        "context_scales": [
            {
                "id": scale,
                "code": "heat",
                "sub_dimension": f"Warmth {number}",
                **{f"level_{level}": f"level {level}" for level in range(1, 5)},
                "basis": "proposed",
                "evidence_expected": "a thermometer",
            }
            for number, scale in enumerate(SCALES, 1)
        ],
        "propositions": [
            {
                "id": name,
                "kind": "directional",
                "statement": "The warmer, the more.",
                "why": "Heat helps.",
                "would_count_against": "A cold case with much of it.",
                "origin": "proposed",
            }
            for name in ("P01", "P02")
        ],
        "proposition_terms": [
            dict(zip(("proposition", "condition", "direction", "outcome"), term, strict=True))
            for term in TERMS
        ],
        "indicators": [
            {
                "id": "IN01",
                "indicator": "Loaves",
                "unit": "per day",
                "be_code": "time.hours, taste.crust",
                "oc_code": "loaves",
                "esrs_set1": "-",
                "gri": "-",
                "sdg": "2",
                "standard_version": "",
                **dict.fromkeys(VERTICALS, "pieces"),
            }
        ],
        "vote_scales": [
            {
                "scale": scale,
                "minimum": 1,
                "maximum": maximum,
                "question": f"How much {scale}?",
                "lowest_means": "none",
                "highest_means": "all",
            }
            for scale, maximum in (("flavour", 7), ("trust", 4))
        ],
    }


def _phrases() -> dict[str, object]:
    words = {
        vertical: {
            "asset": assets,
            "assets": several,
            "place": ["the yard", "the cellar"],
            "role": ["the master", "the owner"],
        }
        for vertical, (assets, several) in ASSETS.items()
    }
    ways = ("{code} is what {role} says about {asset}.", "near {asset} in {place} it is all about {code}.")
    ways += ("for {role}, {assets} mean {code}.", "{place} would be nothing without {code} at {asset}.")
    coded = [code for code, about in CODES.items() if about[0]]
    return {
        "words": words,
        "role_groups": ["kneading", "selling"],
        "size_bands": ["small", "large"],
        "twin_levels": ["by hand", "by machine"],
        "use_case": "Better {assets}",
        "goals": ["Sell more", "Sleep longer"],
        "owner_roles": ["kneading"],
        "na_reasons": ["closed that day"],
        "scale_sets": {"finding": ["flavour", "trust"], "move": ["trust"], "proposition": ["trust"]},
        "statements": {
            "finding": "We have {label}.",
            "reworded": "We may have {label}.",
            "move": "Next: {label}.",
            "question": "Is there {label}?",
            "dispute": "Who has {label}, and who not?",
        },
        "comments": ["Depends on the flour.", "Yes."],
        "codes": {code: [way.replace("{code}", code.replace(".", " ")) for way in ways] for code in coded},
    }


class Spoiled:
    """The toy study's tables as text, to be changed and written back."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def path(self, table: str) -> Path:
        return TABLES[table].file(self.layout, "demo")

    def read(self, table: str) -> pd.DataFrame:
        return pd.read_csv(self.path(table), dtype=str, keep_default_na=False)

    def write(self, table: str, frame: pd.DataFrame) -> None:
        frame.to_csv(self.path(table), index=False, lineterminator="\n")

    def row(self, table: str, where: Mapping[str, str]) -> int:
        """Return the first row whose cells are as said; `!` before a cell means any other."""
        frame = self.read(table)
        fits = pd.Series(True, index=frame.index)
        for column, cell in where.items():
            fits &= frame[column] != cell[1:] if cell.startswith("!") else frame[column] == cell
        return int(frame.index[fits][0])

    def put(self, table: str, row: int, cells: Mapping[str, str]) -> None:
        frame = self.read(table)
        for column, cell in cells.items():
            frame.loc[row, column] = cell
        self.write(table, frame)

    def add(self, table: str, cells: Mapping[str, str], like: int) -> int:
        frame = self.read(table)
        frame.loc[len(frame)] = frame.loc[like].to_dict() | dict(cells)
        self.write(table, frame)
        return len(frame) - 1

    def problems(self, *tables: str) -> tuple[Problem, ...]:
        try:
            load_tables(self.layout, "demo", tables)
        except EvidenceError as error:
            return error.problems
        return ()
