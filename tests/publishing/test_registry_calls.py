"""What a notebook registers, read from its code; and the list of displays held to it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.publishing.registry_calls import (
    RegisteredCall,
    parameter_names,
    registered_calls,
    registered_displays,
)

CELLS = (
    "from x import y",
    "%matplotlib inline\nkept = Results.for_notebook('01_boats', study)\nother = object()",
    "kept.value('boats', r)\nkept.value(name='sailors', released=r)\n"
    "other.value('not_ours')\nkept.value(f'x_{i}', r)",
    "kept.table('D01', frame, of=r, caption='a')\nkept.figure('D02', fig, of=r, variant='slide')",
    "if True:\n    kept.table('audit', frame, of=r, extra=True)\n    kept.figure('D02', fig, of=r)",
    "this is no python",
)


def test_calls_are_found_by_the_name_of_the_registry(toy: Any) -> None:
    notebook = toy.notebook("01_boats", *CELLS)
    assert registered_calls(notebook) == [
        RegisteredCall("value", "boats", "", False, 3),
        RegisteredCall("value", "sailors", "", False, 3),
        RegisteredCall("value", None, "", False, 3),
        RegisteredCall("table", "D01", "", False, 4),
        RegisteredCall("figure", "D02", "slide", False, 4),
        RegisteredCall("table", "audit", "", True, 5),
        RegisteredCall("figure", "D02", "", False, 5),
    ]
    assert registered_displays(notebook) == ["D01", "D02"]


def test_names_that_a_loop_gives_are_known(toy: Any) -> None:
    loops = (
        'for name in ("a", "b"):\n    kept.value(name, r)\n    kept.value(f"all_{name}_now", r, of=name)\n'
        "    for part in [1, 2]:\n        kept.value(part, r)\n"
        "for name in made_elsewhere:\n    kept.value(name, r)"
    )
    calls = registered_calls(toy.notebook("01_boats", CELLS[1], loops))
    assert [call.name for call in calls] == ["a", "b", "all_a_now", "all_b_now", None, None]


def test_an_id_that_is_computed_is_refused(toy: Any) -> None:
    notebook = toy.notebook("01_boats", CELLS[1], "kept.table(f'D{i}', frame, of=r)")
    with pytest.raises(ValueError, match=r"01_boats\.ipynb, code cell 2: write the display's id out"):
        registered_displays(notebook)


def test_parameters_are_those_that_the_tagged_cell_assigns(toy: Any) -> None:
    notebook = toy.notebook("01_boats", "z = 1", parameters="# why\na = 1  # x\nb: int = 2\nc.d = 3")
    assert parameter_names(notebook) == ["a", "b"]


def test_every_registered_display_stands_in_the_list_under_its_notebook_and_every_listed_one_is_registered(
    root: Path,
) -> None:
    """The list of displays and the notebooks that exist agree, both ways."""
    with (root / "data/study/displays.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {
            row["id"]: {part.strip() for part in row["notebook"].split(",")} for row in csv.DictReader(file)
        }
    notebooks = {path.stem[:2]: path for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
    assert notebooks, "there is a notebook to hold the list to"
    registered = {number: registered_displays(path) for number, path in notebooks.items()}
    astray = [
        f"{id_} is registered in notebook {number}, the list says {sorted(listed.get(id_, []))}"
        for number, ids in registered.items()
        for id_ in ids
        if number not in listed.get(id_, set())
    ]
    unnumbered = sorted((root / "notebooks").glob("[a-z]*.ipynb"))
    elsewhere = {id_ for path in unnumbered for id_ in registered_displays(path)}
    missing = [
        f"{id_} is listed for {sorted(numbers)} and registered nowhere"
        for id_, numbers in listed.items()
        if numbers <= set(notebooks) and not any(id_ in registered[number] for number in numbers)
        if id_ not in elsewhere
    ]
    assert astray + missing == []
