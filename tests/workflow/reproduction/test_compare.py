"""Every kind of difference between published and reproduced results is told, and nothing else is."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from twinbenefits.workflow.reproduction.compare import (
    Compared,
    additional,
    cell_differences,
    compare,
    difference_picture,
    pixel_difference,
)
from twinbenefits.workflow.reproduction.expected import Expected, small_picture
from twinbenefits.workflow.reproduction.verdict import Reproduction

TABLE = "code,cases,alpha\nA,5,0.81\nB,3,0.70\n"
EDITION = {"audience": "public", "evidence": "demo", "as_of": "2026-11-01"}


def picture(colour: str = "#336699", dot: tuple[int, int] = (100, 60)) -> bytes:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((50, 100, 150, 280), fill=colour)
    draw.ellipse((dot[0] - 5, dot[1] - 5, dot[0] + 5, dot[1] + 5), fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def results(
    value: object = 0.8123456789, text: str = "0.81", table: str = TABLE, png: bytes | None = None
) -> Expected:
    drawn = picture() if png is None else png
    return Expected(
        edition=EDITION,
        versions={"pandas": "3.1.1"},
        values={
            "alpha": {"notebook": "02", "text": text, "value": value, "n": 9, "unit": "", "private": False},
            "cases": {"notebook": "01", "text": "5", "value": 5, "n": 5, "unit": "cases", "private": False},
        },
        tables={"D24": {"notebook": "02", "sha256": table, "private": True}},
        figures={
            "D10": {"notebook": "03", "png_sha256": str(hash(drawn)), "svg_sha256": "", "private": False}
        },
        documents={"paper/index.html": "a"},
        cells={"D24": table},
        pictures={"D10": small_picture(drawn)},
    )


def outcome(found: Expected, name: str) -> Compared:
    return next(one for one in compare(results(), found) if one.name == name)


def judged(found: Expected, **more: Any) -> Reproduction:
    compared = tuple(compare(results(), found))
    return Reproduction(edition=EDITION, compared=compared, surroundings={"cores": 2}, **more)


def test_equal_results_are_identical_and_a_full_reproduction() -> None:
    whole = judged(results())
    assert {one.outcome for one in whole.compared} == {"identical"}
    assert whole.verdict == "full"
    assert whole.reasons == []
    assert whole.funnel == {
        "declared": 4, "installed": 4, "executed": 4,
        "identical": 4, "within tolerance": 0, "different": 0, "missing": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("off", "expected", "verdict"),
    [(1e-12, "within tolerance", "full"), (1e-6, "different", "full with minor issues")],
)
def test_what_prints_alike_is_told_from_what_is_equal(off: float, expected: str, verdict: str) -> None:
    found = results(0.8123456789 + off)
    one = outcome(found, "alpha")
    assert one.outcome == expected
    assert not one.in_print
    assert judged(found).verdict == verdict
    if expected == "different":
        assert "differs by 1.0e-06" in one.detail
        assert "printed alike as 0.81" in one.detail


def test_a_number_that_prints_otherwise_makes_the_reproduction_partial() -> None:
    found = results(0.82, "0.82")
    one = outcome(found, "alpha")
    assert (one.outcome, one.detail, one.in_print) == ("different", "printed 0.82 instead of 0.81", True)
    whole = judged(found)
    assert whole.verdict == "partial"
    assert whole.reasons == ["value alpha (02) is different: printed 0.82 instead of 0.81"]
    assert whole.as_text().splitlines()[-1].startswith("partial: 3 identical")


@pytest.mark.parametrize("value", [None, "0.81", True])
def test_a_value_of_another_kind_is_different(value: object) -> None:
    assert outcome(results(value), "alpha").outcome == "different"


def test_a_changed_basis_is_seen_though_the_number_is_not() -> None:
    found = results()
    found = replace(found, values={**found.values, "cases": {**found.values["cases"], "n": 4}})
    one = outcome(found, "cases")
    assert (one.outcome, one.in_print) == ("different", False)
    assert one.detail == "rests on 4 cases instead of 5 cases"


def test_a_dropped_row_is_told_as_one() -> None:
    one = outcome(results(table=TABLE.replace("A,5,0.81\n", "")), "D24")
    assert (one.outcome, one.detail, one.private) == ("different", "row A is missing", True)


@pytest.mark.parametrize(
    ("found", "differences"),
    [
        (TABLE.replace("0.70", "0.71"), ["row B, alpha: 0.71 instead of 0.70"]),
        (TABLE.replace("0.70", "0.7000000000001"), []),
        (TABLE.replace("B,3,0.70", "B,,0.70"), ["row B, cases: empty instead of 3"]),
        (TABLE + "C,1,0.5\n", ["row C is new"]),
        (TABLE.replace("alpha", "beta"), ["columns code, cases, beta instead of code, cases, alpha"]),
        ("", ["one of the two tables is empty"]),
        (TABLE.replace("B,3", "A,3"), ["row 3, code: A instead of B"]),
        (TABLE + "A,9,0.1\n", ["3 rows instead of 2"]),
    ],
)
def test_tables_are_compared_cell_by_cell(found: str, differences: list[str]) -> None:
    assert cell_differences(TABLE, found) == differences


def test_another_colour_and_a_moved_dot_are_seen_in_a_figure() -> None:
    assert outcome(results(png=picture("#993366")), "D10").outcome == "different"
    moved = outcome(results(png=picture(dot=(120, 60))), "D10")
    assert moved.outcome == "different"
    assert moved.in_print


def test_softer_edges_are_within_tolerance() -> None:
    with Image.open(io.BytesIO(picture())) as image:
        image.putpixel((50, 100), (70, 110, 160))
        out = io.BytesIO()
        image.save(out, "PNG")
    assert outcome(results(png=out.getvalue()), "D10").outcome == "within tolerance"


def test_figures_of_other_sizes_are_different_and_still_shown_together() -> None:
    small, large = picture(), small_picture(picture())
    with Image.open(io.BytesIO(small)) as image:
        out = io.BytesIO()
        image.resize((200, 150)).save(out, "PNG")
    assert pixel_difference(large, out.getvalue()) is None
    with Image.open(io.BytesIO(difference_picture(large, out.getvalue()))) as sheet:
        assert sheet.size == (3 * 400 + 40, 300)


def test_missing_results_are_missing_and_too_many_are_no_reproduction() -> None:
    found = replace(results(), values={}, tables={}, cells={})
    whole = judged(found, failures=("notebook 02 left no results",))
    assert {one.outcome for one in whole.compared if one.kind != "figure"} == {"missing"}
    assert whole.verdict == "not reproduced"
    assert whole.funnel["executed"] == 1


def test_results_that_were_never_published_are_a_minor_issue() -> None:
    found = results()
    found = replace(found, values={**found.values, "more": found.values["cases"]})
    assert additional(results(), found) == ["value more"]
    whole = judged(found, additional=("value more",))
    assert whole.verdict == "full with minor issues"


@pytest.mark.parametrize(
    "issue",
    [
        {"other_versions": ("pandas: 3.1.1 when published, 3.0.0 now",)},
        {"stale_outputs": ("notebooks/01.ipynb (code cell 3)",)},
        {"changed_files": ("data/x.csv",)},
        {"other_documents": ("paper/index.pdf",)},
    ],
)
def test_what_no_reader_sees_is_a_minor_issue(issue: dict[str, tuple[str, ...]]) -> None:
    whole = judged(results(), **issue)
    assert whole.verdict == "full with minor issues"
    (reason,) = whole.reasons
    assert next(iter(issue.values()))[0].split(":")[0] in reason


def test_a_failed_run_is_partial_at_best() -> None:
    assert judged(results(), failures=("the run did not finish",)).verdict == "partial"
