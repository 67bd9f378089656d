"""Agreement on sets of codes and on the boundaries of segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbenefits.analysis.agreement import (
    krippendorff_alpha,
    set_distance,
    set_valued_alpha,
    unitizing_alpha,
)


def by_hand(ratings, distance: str) -> float:
    """Alpha from its definition, value by value."""
    units = [[cell for cell in row if cell is not None] for row in ratings]
    units = [row for row in units if len(row) > 1]
    values = [cell for row in units for cell in row]
    n = len(values)
    observed = (
        sum(set_distance(a, b, distance) / (len(row) - 1) for row in units for a in row for b in row) / n
    )
    expected = sum(set_distance(a, b, distance) for a in values for b in values) / (n * (n - 1))
    return 1 - observed / expected


@pytest.mark.parametrize("distance", ["jaccard", "masi"])
def test_set_valued_alpha_follows_its_definition(distance) -> None:
    rng = np.random.default_rng(4)
    ratings = []
    for _ in range(60):
        row = [set(rng.choice(list("abcdef"), rng.integers(0, 4), replace=False)) for _ in range(3)]
        ratings.append([None if rng.random() < 0.2 else cell for cell in row])
    assert set_valued_alpha(ratings, distance).estimate == pytest.approx(
        by_hand(ratings, distance), abs=1e-12
    )


def test_a_partly_shared_set_is_half_an_agreement() -> None:
    close = set_valued_alpha([[{"a", "b"}, {"a"}], [{"c"}, {"c"}]])
    apart = set_valued_alpha([[{"a", "b"}, {"d"}], [{"c"}, {"c"}]])
    whole = set_valued_alpha([[{"a", "b"}, {"a", "b"}], [{"c"}, {"c"}]])
    assert apart.estimate < close.estimate < whole.estimate == 1


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([], "there are no ratings"),
        ([[{"a"}], [{"b"}]], "there is only one coder"),
        ([[{"a"}, None], [None, {"b"}]], "no unit was rated by two coders"),
        ([[{"a"}, {"a"}], [{"a"}, {"a"}]], "every unit was given the same codes"),
        ([[set(), set()], [set(), set()]], "every unit was given the same codes"),
        (pd.DataFrame({"A": [None, None], "B": [None, np.nan]}), "no unit was rated by two coders"),
    ],
)
def test_sets_with_nothing_to_measure_are_undefined(ratings, reason) -> None:
    answer = set_valued_alpha(ratings)
    assert answer.estimate is None
    assert answer.reason.startswith(f"undefined, because {reason}")


def test_text_is_not_taken_for_a_set_of_letters() -> None:
    with pytest.raises(TypeError, match="'BE1' is not a set of codes"):
        set_valued_alpha([["BE1", {"BE1"}]])


def test_rows_of_different_length_and_unknown_distances_are_refused() -> None:
    with pytest.raises(ValueError, match="rows have"):
        set_valued_alpha([[{"a"}, {"b"}], [{"a"}]])
    with pytest.raises(ValueError, match="'dice' is no distance"):
        set_valued_alpha([[{"a"}, {"b"}], [{"a"}, {"a"}]], "dice")  # type: ignore[arg-type]


def marks(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["coder", "start", "end"])


# Category, and published observed and expected disagreement and alpha on a very long text
# (Krippendorff 1995, p. 57, as the tests of DKPro Statistics quote them; positions of 24, stretched).
EXAMPLES_OF_1995 = {
    "A": ([("i", 2, 10), ("i", 14, 20), ("j", 4, 8), ("j", 15, 17)], 0.03125, 0.06990, 0.553),
    "D": (
        [
            *(("i", start, end) for start, end in ((0, 2), (2, 10), (10, 14), (14, 20), (20, 24))),
            *(("j", start, end) for start, end in ((0, 4), (4, 8), (8, 15), (15, 17), (17, 24))),
        ],
        0.38715,
        0.41445,
        0.066,
    ),
}


@pytest.mark.parametrize("category", EXAMPLES_OF_1995)
def test_unitizing_alpha_of_the_examples_of_1995(category) -> None:
    rows, observed, expected, alpha = EXAMPLES_OF_1995[category]
    stretch = 50_000
    found = unitizing_alpha(marks(*((who, a * stretch, b * stretch) for who, a, b in rows)), 24 * stretch)
    assert found.components["observed_disagreement"] == pytest.approx(observed, abs=1e-5)
    assert found.components["expected_disagreement"] == pytest.approx(expected, abs=1e-5)
    assert found.estimate == pytest.approx(alpha, abs=5e-4)


def expected_by_hand(rows: list[tuple[str, int, int]], length: int) -> float:
    """The expected disagreement from its formula, term by term."""
    coders = sorted({who for who, _, _ in rows})
    gaps = []
    for who in coders:
        at = 0
        for _, start, end in sorted(row for row in rows if row[0] == who):
            gaps.append(start - at)
            at = end
        gaps.append(length - at)
    total = 0.0
    for _, start, end in rows:
        size = end - start
        room = sum(gap - size + 1 for gap in gaps if gap >= size)
        total += (len(rows) - 1) / 3 * (2 * size**3 - 3 * size**2 + size) + size**2 * room
    m = len(coders)
    used = sum((end - start) * (end - start - 1) for _, start, end in rows)
    return 2 / length * total / (m * length * (m * length - 1) - used)


@st.composite
def segmentations(draw):
    rows = []
    for who in ("i", "j", "k")[: draw(st.integers(2, 3))]:
        cuts = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=8)))
        rows += [(who, a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return rows


@given(segmentations())
def test_unitizing_alpha_follows_its_formula(rows) -> None:
    found = unitizing_alpha(marks(*rows), 60)
    observed = 0.0
    for _, a, b in rows:
        met = [(c, d) for other, c, d in rows if other != _ and c < b and a < d]
        others = len({who for who, _, _ in rows}) - 1
        observed += sum((a - c) ** 2 + (b - d) ** 2 for c, d in met)
        touched = {other for other, c, d in rows if other != _ and c < b and a < d}
        observed += 2 * (others - len(touched)) * (b - a) ** 2
    coders = len({who for who, _, _ in rows})
    observed /= coders * (coders - 1) * 60**2
    assert found.components["observed_disagreement"] == pytest.approx(observed, abs=1e-12)
    assert found.components["expected_disagreement"] == pytest.approx(expected_by_hand(rows, 60), rel=1e-9)


@given(segmentations())
def test_the_names_of_coders_and_the_direction_of_reading_do_not_matter(rows) -> None:
    rename = {"i": "z", "j": "y", "k": "x"}
    backwards = [(rename[who], 60 - end, 60 - start) for who, start, end in rows]
    assert unitizing_alpha(marks(*rows), 60).estimate == pytest.approx(
        unitizing_alpha(marks(*backwards), 60).estimate, abs=1e-9
    )


def test_the_same_segments_are_perfect_agreement_and_moved_ones_less() -> None:
    same = marks(("A", 10, 30), ("A", 60, 80), ("B", 10, 30), ("B", 60, 80))
    assert unitizing_alpha(same, 200).estimate == 1
    near = marks(("A", 10, 30), ("A", 60, 80), ("B", 12, 30), ("B", 60, 85))
    far = marks(("A", 10, 30), ("A", 60, 80), ("B", 100, 120), ("B", 150, 170))
    assert unitizing_alpha(far, 200).estimate < 0 < unitizing_alpha(near, 200).estimate < 1


def test_boundaries_placed_by_chance_agree_by_chance_only() -> None:
    rng = np.random.default_rng(7)

    def some(who: str) -> list[tuple[str, int, int]]:
        cuts = np.sort(rng.choice(3000, 24, replace=False))
        return [(who, int(a), int(b)) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]

    values = [unitizing_alpha(marks(*some("A"), *some("B")), 3000).estimate for _ in range(200)]
    assert np.mean(values) == pytest.approx(0.0, abs=0.07)


def test_sessions_are_laid_side_by_side_without_joining_them() -> None:
    first = pd.DataFrame({"session": ["s", "s"], "coder": ["A", "B"], "start": [0, 0], "end": [10, 12]})
    second = pd.DataFrame({"session": ["t", "t"], "coder": ["A", "B"], "start": [20, 20], "end": [40, 40]})
    both = pd.concat([first, second])
    lengths = {"s": 50, "t": 60}
    found = unitizing_alpha(both, lengths)
    assert found.components["characters"] == 110
    assert found.estimate == unitizing_alpha(both.iloc[::-1], dict(reversed(lengths.items()))).estimate
    joined = unitizing_alpha(
        pd.concat([first, second.assign(start=second["start"] + 50, end=second["end"] + 50)]), 110
    )
    assert found.estimate != joined.estimate  # in one text the gap between the segments is longer


@pytest.mark.parametrize(
    ("segments", "lengths", "reason"),
    [
        (marks(), 100, "there are no segments"),
        (marks(("A", 0, 5)), 100, "there is only one coder"),
        (marks(("A", 5, 5), ("B", 1, 4)), 100, "a segment has no length: coder A"),
        (marks(("A", 9, 5), ("B", 1, 4)), 100, "a segment has no length: coder A"),
        (marks(("A", 0, 5), ("B", 90, 101)), 100, "a segment lies outside its text: coder B"),
        (marks(("A", -1, 5), ("B", 1, 4)), 100, "a segment lies outside its text: coder A"),
        (marks(("A", 0, 9), ("A", 5, 12), ("B", 0, 9)), 100, "two segments of one coder overlap: coder A"),
        (
            marks(("A", 0, 50), ("A", 5, 6), ("A", 8, 9), ("B", 0, 9)),
            100,
            "two segments of one coder overlap",
        ),
        (marks(("A", 0, 100), ("B", 0, 100)), 100, "every coder marked each whole text as one segment"),
        (
            pd.DataFrame({"session": ["x", "s"], "coder": ["A", "B"], "start": [0, 0], "end": [5, 5]}),
            {"s": 10},
            "the length of the text is not known for a segment: coder A, session x",
        ),
        (
            pd.DataFrame({"coder": ["A", "B"], "start": [0, None], "end": [5, 5]}),
            10,
            "a segment has no position: coder B",
        ),
    ],
)
def test_segments_that_cannot_be_compared_are_undefined_with_the_place(segments, lengths, reason) -> None:
    found = unitizing_alpha(segments, lengths)
    assert found.estimate is None
    assert found.reason.startswith(f"undefined, because {reason}")


def test_a_coder_who_marked_nothing_counts_when_named() -> None:
    only = marks(("A", 10, 20))
    assert unitizing_alpha(only, 100).reason == "undefined, because there is only one coder"
    assert unitizing_alpha(only, 100, coders=["A", "B"]).estimate < 0.5
    assert "not among the coders" in unitizing_alpha(only, 100, coders=["B", "C"]).reason


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="segments lack the column session"):
        unitizing_alpha(marks(("A", 0, 5)), {"s": 10})


def test_labels_and_boundaries_are_asked_apart() -> None:
    """Coders may place every boundary alike and still disagree on every label."""
    segments = marks(("A", 0, 10), ("A", 20, 30), ("B", 0, 10), ("B", 20, 30))
    assert unitizing_alpha(segments, 50).estimate == 1
    assert krippendorff_alpha([["x", "y"], ["y", "x"]]).estimate < 0
