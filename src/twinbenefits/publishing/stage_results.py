"""The registered results of one edition, read back from their files and put together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twinbenefits.evidence.layout import Layout
from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.runs import qualified_value

__all__ = ["EVIDENCE_SET", "Staged", "read_results"]

REBUILD = "Run the build (make paper)."
EVIDENCE_SET = "evidence_set"
"""The value that every edition has: what sentences call its case evidence."""
CALLED = {"demo": "the demonstration set", "private": "the case material"}


@dataclass
class Staged:
    """What the notebooks have registered for one edition.

    Parameters
    ----------
    values
        The records of ``values.json`` by name.
    displays
        The records of ``displays.json`` by the display's name.
    makers
        The notebook that registered each value and each display.
    files
        The file behind each staged name, such as ``tbl-d02.md`` or ``D03.svg``.
    registered_as
        Of a value of a run, the name under which its notebook registers it.
    problems
        What is wrong with the results themselves.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    displays: dict[str, dict[str, Any]] = field(default_factory=dict)
    makers: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    registered_as: dict[str, str] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)


def read_results(layout: Layout, audience: str, evidence: str) -> Staged:
    """Read the results of all notebooks for one audience and evidence.

    Names that two notebooks share, files that are gone and results of another edition are problems.
    """
    staged = Staged()
    folder = layout.results(audience, evidence)
    for path in sorted(folder.glob("*/displays.json")):
        _read_notebook(staged, layout, path.parent, audience, evidence)
    if staged.values or staged.displays:
        called = CALLED.get(evidence, CALLED["private"])
        staged.values[EVIDENCE_SET] = {
            "format": "", "mark": None, "n": None, "reason": None,
            "text": called, "unit": "", "value": called,
        }  # fmt: skip
        staged.makers[EVIDENCE_SET] = "the build"
    return staged


def _read_notebook(staged: Staged, layout: Layout, folder: Path, audience: str, evidence: str) -> None:
    shown = layout.shown(folder)
    try:
        edition, values, displays = (
            json.loads((folder / f"{name}.json").read_text("utf-8"))
            for name in ("edition", "values", "displays")
        )
    except (OSError, ValueError) as error:
        rule = f"these results cannot be read ({type(error).__name__})"
        staged.problems.append(SourceProblem(shown, None, None, None, rule, f"Delete the folder. {REBUILD}"))
        return
    if (edition["audience"], edition["evidence"]) != (audience, evidence):
        rule = f"these results were made for {edition['audience']} from {edition['evidence']} evidence"
        way_out = f"They must not stand here: delete the folder. {REBUILD}"
        staged.problems.append(SourceProblem(shown, None, None, None, rule, way_out))
        return
    maker, run = f"notebooks/{edition.get('notebook', folder.name)}.ipynb", edition.get("run", "")
    if run:
        staged.registered_as |= {name: name.removeprefix(qualified_value(run, "")) for name in values}
    for kind, found, known in (("value", values, staged.values), ("display", displays, staged.displays)):
        for name, record in found.items():
            if name in known:
                rule = f"the {kind} is registered by {staged.makers[name]} as well"
                way_out = "Give one of the two another name."
                staged.problems.append(SourceProblem(maker, None, None, name, rule, way_out))
            else:
                known[name], staged.makers[name] = record, maker
    for record in displays.values():
        for name in record["files"]:
            _add_file(staged, layout, folder / name)


def _add_file(staged: Staged, layout: Layout, path: Path) -> None:
    """Flatten snippets and figures into one folder; tables stay with the results."""
    if path.parent.name not in ("snippets", "figures"):
        return
    if not path.is_file():
        shown, rule = layout.shown(path), "a registered file is gone"
        staged.problems.append(SourceProblem(shown, None, None, None, rule, REBUILD))
    staged.files.setdefault(path.name, path)
