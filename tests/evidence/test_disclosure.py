"""The audit of released counts, held to exhaustive search on small tables."""

from __future__ import annotations

import doctest
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.evidence import disclosure
from twinbenefits.evidence.disclosure import ALL, Cell, audit, protect


def table(values, withheld, *, rows=True, columns=True, total=True, name="T"):
    """Return the cells of a two-way table with the margins asked for."""
    height, width = len(values), len(values[0])
    at = lambda i, j: {"code": f"c{i}" if i is not None else ALL, "case": f"k{j}" if j is not None else ALL}  # noqa: E731
    cells = [
        Cell(name, "segments", "all", at(i, j), values[i][j], (i, j) in withheld)
        for i in range(height)
        for j in range(width)
    ]
    if rows:
        cells += [Cell(name, "segments", "all", at(i, None), sum(values[i])) for i in range(height)]
    if columns:
        cells += [Cell(name, "segments", "all", at(None, j), sum(r[j] for r in values)) for j in range(width)]
    if total:
        cells.append(Cell(name, "segments", "all", at(None, None), sum(map(sum, values))))
    return cells


def possible_values(cells, height, width, highest):
    """Enumerate every table that agrees with the released cells; collect the values of each withheld cell."""
    free = [cell for cell in cells if cell.withheld and not cell.complementary]
    known = {tuple(c.at.values()): c.value for c in cells if not c.withheld and ALL not in c.at.values()}
    grid = [(f"c{i}", f"k{j}") for i in range(height) for j in range(width)]
    seen = {tuple(cell.at.values()): set() for cell in free}
    sums = [c for c in cells if not c.withheld and ALL in c.at.values()]
    unknown = [place for place in grid if place not in known]
    for guess in product(range(highest + 1), repeat=len(unknown)):
        full = {**known, **dict(zip(unknown, guess, strict=True))}

        def total(cell, full=full):
            return sum(
                v
                for place, v in full.items()
                if all(a in (ALL, p) for a, p in zip(cell.at.values(), place, strict=True))
            )

        if all(total(cell) == cell.value for cell in sums):
            for place, values in seen.items():
                values.add(full[place])
    return seen


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_audit_agrees_with_trying_every_table(data):
    height, width = 2, data.draw(st.integers(2, 3))
    values = [[data.draw(st.integers(0, 2)) for _ in range(width)] for _ in range(height)]
    places = [(i, j) for i in range(height) for j in range(width)]
    withheld = set(data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True)))
    margins = {name: data.draw(st.booleans()) for name in ("rows", "columns", "total")}
    cells = table(values, withheld, **margins)
    found = {tuple(leak.cell.at.values()): leak for leak in audit(cells)}
    highest = 2 * height * width  # no sum is larger, so no unknown is
    bounded = margins["rows"] or margins["columns"] or margins["total"]
    possible = possible_values(cells, height, width, highest if len(withheld) < 4 else 7) if bounded else {}
    for place, values_of in possible.items():
        width_of = max(values_of) - min(values_of)
        assert (place in found) == (width_of <= 1), (place, values_of)
        if place in found:
            assert found[place].lower <= min(values_of)
            assert found[place].upper >= max(values_of)
    if not bounded:
        assert not found


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_after_protection_nothing_leaks_and_no_permitted_inner_cell_is_gone(data):
    height, width = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    values = [[data.draw(st.integers(0, 9)) for _ in range(width)] for _ in range(height)]
    places = [(i, j) for i in range(height) for j in range(width)]
    withheld = set(data.draw(st.lists(st.sampled_from(places), unique=True)))
    before = table(values, withheld)
    after, leaks = protect(before)
    assert not leaks
    assert not audit(after)
    for was, now in zip(before, after, strict=True):
        assert (was.at, was.value) == (now.at, now.value)
        if ALL not in was.at.values():
            assert was.withheld == now.withheld


def test_a_difference_between_two_tables_is_found_and_named():
    by_case = [
        Cell("D10", "segments", "all", {"case": k}, v, k == "mining")
        for k, v in (("mining", 5), ("energy", 7))
    ]
    by_status = [
        Cell("D13", "segments", "all", {"status": s}, v) for s, v in (("expected", 8), ("observed", 4))
    ]
    (leak,) = audit(by_case + by_status)
    assert (leak.lower, leak.upper) == (5, 5)
    assert "D10[case=mining] could be worked out exactly from" in str(leak)
    assert {cell.table for cell in leak.by} == {"D10", "D13"}


def test_what_only_inner_cells_give_away_is_returned_and_not_mended():
    cells = [
        Cell("D10", "segments", "all", {"case": "mining"}, 5, withheld=True),
        Cell("D10b", "segments", "all", {"case": "mining"}, 5),
    ]
    after, leaks = protect(cells)
    assert [cell.withheld for cell in after] == [True, False]
    assert "D10[case=mining] could be worked out exactly from D10b[case=mining]" in str(leaks[0])


def test_other_measures_and_populations_do_not_add_up():
    cells = [
        Cell("T", "segments", "all", {"case": "a"}, 4, withheld=True),
        Cell("T", "sessions", "all", {}, 4),
        Cell("T", "segments", "double coded", {}, 4),
    ]
    assert audit(cells) == ()


def test_a_small_sum_over_two_withheld_cells_is_a_leak():
    cells = [Cell("T", "segments", "all", {"case": k}, v, withheld=True) for k, v in (("a", 1), ("b", 0))]
    assert len(audit([*cells, Cell("T", "segments", "all", {}, 1)])) == 2
    cells = [Cell("T", "segments", "all", {"case": k}, v, withheld=True) for k, v in (("a", 1), ("b", 3))]
    assert audit([*cells, Cell("T", "segments", "all", {}, 4)]) == ()


def test_families_of_codes_are_sums_of_their_members():
    members = {"code": {"B1": ("B1.1", "B1.2")}}
    cells = [
        Cell("T", "codings", "all", {"code": "B1.1"}, 3),
        Cell("T", "codings", "all", {"code": "B1.2"}, 6, withheld=True),
        Cell("F", "codings", "all", {"code": "B1"}, 9),
    ]
    (leak,) = audit(cells, members)
    assert (leak.lower, leak.upper) == (6, 6)
    assert audit(cells) == ()  # without the membership the family is a value of its own


def test_sums_that_are_not_counts_need_an_exact_match():
    cells = [
        Cell("T", "minutes", "all", {"case": k}, v, True, whole=False) for k, v in (("a", 0.4), ("b", 0.3))
    ]
    assert audit([*cells, Cell("T", "minutes", "all", {}, 0.7, whole=False)]) == ()


@pytest.mark.parametrize(
    "cells", [[], [Cell("T", "segments", "all", {}, 3)], [Cell("T", "s", "all", {}, 3, True)]]
)
def test_nothing_withheld_or_nothing_released_is_no_leak(cells):
    assert audit(cells) == ()
    assert protect(cells) == (tuple(cells), ())


def test_the_examples_of_the_documentation():
    assert doctest.testmod(disclosure).failed == 0
