"""Hold all released counts of an edition against one another: none may give a withheld one away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.publishing.problems import SourceProblem

if TYPE_CHECKING:
    from twinbenefits.evidence.disclosure import Cell

__all__ = ["disclosure_json", "disclosure_problems"]


def disclosure_json(cells: Iterable[Cell]) -> str:
    """Return the counts of a result for ``disclosure.json``, a withheld one without its value.

    The letters are those of `json.dumps` with two spaces and sorted names, which goes through a large study's
    counts name by name.

    Examples
    --------
    >>> from twinbenefits.evidence.disclosure import Cell
    >>> print(disclosure_json([Cell("D01", "boats", "all", {"harbour": "north"}, 7)]))
    [
      {
        "at": {
          "harbour": "north"
        },
        "complementary": false,
        "measure": "boats",
        "population": "all",
        "value": 7,
        "whole": true
      }
    ]
    """
    quoted = lru_cache(maxsize=None)(partial(json.dumps, ensure_ascii=False))
    records = []
    for cell in cells:
        at = ",\n".join(f"      {quoted(name)}: {quoted(cell.at[name])}" for name in sorted(cell.at))
        place = f"{{\n{at}\n    }}" if at else "{}"
        records.append(
            f'  {{\n    "at": {place},\n    "complementary": {json.dumps(cell.complementary)},\n'
            f'    "measure": {quoted(cell.measure)},\n    "population": {quoted(cell.population)},\n'
            f'    "value": {"null" if cell.withheld else json.dumps(cell.value)},\n'
            f'    "whole": {json.dumps(cell.whole)}\n  }}'
        )
    return "[\n" + ",\n".join(records) + "\n]" if records else "[]"


def disclosure_problems(results: Path, shown: str) -> list[SourceProblem]:
    """Return every withheld count that the released counts of all notebooks give away.

    Each result has been held against itself when it was released; here all results of the edition are, since
    two harmless tables can be harmful side by side.

    Parameters
    ----------
    results
        The folder of the edition's results.
    shown
        The folder's name in messages.
    """
    cells = [cell for path in sorted(results.glob("*/disclosure.json")) for cell in _read(path)]
    if not cells:
        return []
    from twinbenefits.evidence.disclosure import audit

    way_out = "Register the broader of them without its totals, or not for this audience."
    return [SourceProblem(shown, None, None, leak.cell.label, str(leak), way_out) for leak in audit(cells)]


def _read(path: Path) -> Iterable[Cell]:
    content: Mapping[str, list[dict[str, Any]]] = json.loads(path.read_text("utf-8"))
    if not content:
        return
    from twinbenefits.evidence.disclosure import Cell

    told: list[list[dict[str, Any]]] = []
    for part, records in content.items():
        if records in told:
            continue  # of one result many things are registered
        told.append(records)
        for record in records:
            hidden = record["value"] is None
            yield Cell(
                part.split(" ", 1)[-1],
                record["measure"],
                record["population"],
                record["at"],
                float("nan") if hidden else record["value"],
                withheld=hidden,
                complementary=record["complementary"],
                whole=record["whole"],
            )
