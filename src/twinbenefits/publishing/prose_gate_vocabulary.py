"""What the study knows, read from its files: counted nouns, years, ids, names, quotable sources."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from twinbenefits.evidence.facts import read_rules
from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.prose_gate_tokens import Vocabulary

__all__ = ["read_vocabulary"]

ID_COLUMNS = ("id", "key", "code")


def read_vocabulary(root: Path) -> Vocabulary:
    """Read the gate's vocabulary from the study's rules and tables.

    Parameters
    ----------
    root
        The project's top folder.

    Raises
    ------
    EvidenceError
        When `data/study/rules.yml` cannot be read, or does not say which nouns are counted and which years
        may stand alone.
    """
    layout = Layout(root)
    rules = _rules(layout)
    first, last = rules["prose_years"]
    sources = sorted((layout.literature / "source").glob("*.txt"))
    return Vocabulary(
        counted_nouns=tuple(rules["prose_counted_nouns"]),
        years=(int(first), int(last)),
        ids=frozenset(name for table in sorted(layout.data.glob("*/*.csv")) for name in _ids(table)),
        names=tuple(rules.get("prose_names", ())),
        sources={path.stem: path.read_text("utf-8") for path in sources},
    )


def _rules(layout: Layout) -> dict[str, Any]:
    rules = {name: rule["value"] for name, rule in read_rules(layout).items()}
    missing = [name for name in ("prose_years", "prose_counted_nouns") if not rules.get(name)]
    if missing:
        shown, way_out = layout.shown(layout.study / "rules.yml"), "Add it with a value and a reason."
        raise PublishingError(
            SourceProblem(shown, None, name, None, "the prose gate needs this rule", way_out)
            for name in missing
        )
    return rules


def _ids(table: Path) -> set[str]:
    """Return the ids of one table; a damaged table is for the evidence room to refuse, not for the gate."""
    with table.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        head = next(rows, [])
        places = [place for place, name in enumerate(head) if name in ID_COLUMNS or name.endswith("_id")]
        found = {row[place] for row in rows for place in places if place < len(row)} if places else set()
    names = {name.strip() for name in found}
    return {name for name in names if any(map(str.isalpha, name)) and any(map(str.isdigit, name))}
