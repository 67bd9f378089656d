"""The stated rates: how often the analyses are right on simulated studies, kept for the validation page.

Made by ``python -m twinbenefits.analysis.recovery_rates``, which takes minutes; a long test makes them again.
"""

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from twinbenefits.analysis.coding_tensor import Map
from twinbenefits.analysis.judgement import Term, VerdictRule
from twinbenefits.analysis.proposition_material import proposition_terms
from twinbenefits.analysis.recovery import recovery
from twinbenefits.analysis.result import Result
from twinbenefits.evidence.facts import read_facts, read_rules
from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout, find_root
from twinbenefits.evidence.loading import load_tables
from twinbenefits.evidence.simulation.demonstration import instruments

__all__ = ["RATES", "STUDIES", "kept_rates", "kept_table", "made_rates", "recovery_of_the_study"]

RATES = Path("tests") / "data" / "recovery_rates.json"
STUDIES = 200


def recovery_of_the_study(layout: Layout, studies: int = STUDIES, map: Map = map) -> Result:
    """Return :func:`~twinbenefits.analysis.recovery.recovery` with the study's own instruments and rules.

    Parameters
    ----------
    layout
        Where the project stands.
    studies
        How many small studies are simulated.
    map
        Runs them; the built-in by default, or that of an executor.
    """
    rules = read_rules(layout)
    rule = VerdictRule(
        minimum_cases=int(rules["minimum_cases_for_verdict"]["value"]),
        presence_threshold=int(rules["presence_threshold"]["value"]),
    )
    tools = instruments(layout)
    terms = _directional(layout)
    return recovery(range(studies), tools, terms, as_of=read_facts(layout)["as_of"], rule=rule, map=map)


def _directional(layout: Layout) -> dict[str, tuple[Term, ...]]:
    tables = load_tables(layout, "demo", ["propositions", "proposition_terms"])
    kinds = dict(zip(tables["propositions"]["id"], tables["propositions"]["kind"], strict=True))
    listed = proposition_terms(tables["proposition_terms"])
    return {name: terms for name, terms in listed.items() if kinds.get(name) == "directional"}


def made_rates(found: Result) -> dict[str, Any]:
    """Return the rates as they are kept: how many studies, and per question right and asked."""
    rows = zip(found.table["question"], found.table["right"], found.table["asked"], strict=True)
    return {
        "studies": found.scalars["studies"].value,
        "questions": {str(name): {"right": int(right), "asked": int(asked)} for name, right, asked in rows},
    }


def kept_rates(root: Path) -> Mapping[str, Any]:
    """Return the rates that were kept."""
    kept: dict[str, Any] = json.loads((root / RATES).read_text("utf-8"))
    return kept


def kept_table(root: Path) -> pd.DataFrame:
    """Return the kept rates as a table: question, right, asked, rate."""
    rows = [{"question": name, **counts} for name, counts in kept_rates(root)["questions"].items()]
    table = pd.DataFrame(rows, columns=["question", "right", "asked"])
    return table.assign(rate=table["right"] / table["asked"])


def main(root: Path | None = None) -> int:
    """Simulate the studies and keep the rates."""
    place = find_root() if root is None else root
    with ProcessPoolExecutor() as pool:
        found = recovery_of_the_study(Layout(place), map=pool.map)
    write_if_changed(place / RATES, json.dumps(made_rates(found), indent=1) + "\n")
    sys.stderr.write(f"{RATES.as_posix()}: written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
