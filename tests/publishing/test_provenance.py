"""From a published number back to where it is printed, its notebook and its tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from twinbenefits.publishing.problems import PublishingError
from twinbenefits.publishing.provenance import provenance

CLAIM = """
claims:
- id: C01
  wording: "There are {boats} boats."
  where: [paper/index.qmd]
  rests_on: {displays: [D01]}
  against: Nothing so far.
  holds_if: boats > 1
  confidence: null
"""


@pytest.fixture
def built(toy: Any) -> Any:
    results, released = toy.registry(), toy.released(synthetic=True)
    results.value("boats", released)
    results.table("D01", released.table, of=released, caption="All {boats} boats")
    results.table("D01", released.table, of=released, caption="The boats", variant="slide")
    toy.write(
        {
            "paper/index.qmd": "We saw {{< var boats >}}.\n\n{{< include ../_staged/tbl-d01.md >}}\n",
            "paper/claims.yml": CLAIM,
        }
    )
    return toy


def test_a_value_is_followed_to_its_rows_and_to_its_sentences(built: Any) -> None:
    (trail,) = provenance(built.root, "public", "demo", "boats")
    assert (trail.part, trail.printed) == ("value boats", "34")
    assert "paper/index.qmd:1" in trail.places
    assert "paper/index.qmd:3 (D01)" in trail.places
    assert trail.claims == ("C01",)
    assert trail.notebook == "notebooks/01_boats.ipynb"
    assert trail.as_of == "2026-11-01"
    assert set(trail.inputs) == {"mentions"}
    assert len(trail.inputs["mentions"]) == 64
    assert trail.files == ("results/public/01_boats/values.json",)
    assert trail.mark, "the toy's rows are synthetic"
    assert {"python", "pandas"} <= set(trail.versions)
    assert json.loads(trail.as_json()) == json.loads(json.dumps(asdict(trail)))
    assert trail.as_text().splitlines()[0].startswith("value boats: 34 (")


def test_a_display_is_followed_in_all_its_variants(built: Any) -> None:
    main, slide = provenance(built.root, "public", "demo", "D01")
    assert (main.part, slide.part) == ("table D01", "table D01-slide")
    assert (main.claims, slide.claims) == (("C01",), ())
    assert main.printed == "All 34 boats"
    assert "results/public/01_boats/tables/D01.csv" in main.files
    assert "printed in   no document" in slide.as_text()


def test_an_unknown_name_is_told_with_the_nearest(built: Any) -> None:
    with pytest.raises(PublishingError, match=r"'boat'.*Did you mean boats\?"):
        provenance(built.root, "public", "demo", "boat")


def test_before_the_first_build_that_is_said(toy: Any) -> None:
    with pytest.raises(PublishingError, match="no results yet"):
        provenance(toy.root, "public", "demo", "boats")
