"""Which references carry several claims: counted by hand, and independent of names and order."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbenefits.analysis.citations import KeyReading
from twinbenefits.analysis.overlap import claim_pairs, shared_references
from twinbenefits.evidence.study import Study

TOY = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "toy_study.py")))
TOY_TABLES = (TOY.ROWS, TOY.GAINS, TOY.MENTIONS, TOY.REFERENCES)
SLIP = KeyReading("F1", "Roo2001", "Roe2001")
R1 = KeyReading("R1", "Kusic2020", "Kusic2023")


@pytest.fixture(scope="module")
def tables(root: Path) -> tuple[pd.DataFrame, ...]:
    names = ["characteristics", "benefits", "mentions", "references"]
    study = Study.open(root, tables=names)
    return tuple(study.table(name) for name in names)


def test_seven_works_stand_behind_several_claims(tables: tuple[pd.DataFrame, ...]) -> None:
    """By hand: Kritzinger in three rows; Lv, Kim, Liang, Tao 2024, Nguyen and Li in two each."""
    result = shared_references(*tables)
    assert result.scalars["references_shared"].value == 7
    assert result.scalars["most_claims"].value == 3
    assert result.scalars["claims_of_Kritzinger2018"].value == 3
    listed = result.table[result.table["key"] != ""]
    assert listed.groupby("key").size().to_dict() == {
        "Kim2022": 2,
        "Kritzinger2018": 3,
        "Li2023": 2,
        "Liang2022": 2,
        "Lv2021": 2,
        "Nguyen2021": 2,
        "Tao2024": 2,
    }


def test_the_second_category_shares_three_of_four_as_written_and_all_if_accepted(
    tables: tuple[pd.DataFrame, ...],
) -> None:
    as_written = claim_pairs(*tables).scalars["shared_CH5_BE2"]
    accepted = claim_pairs(*tables, accepted=[R1]).scalars["shared_CH5_BE2"]
    assert (as_written.value, as_written.n) == (3, 4)
    assert (accepted.value, accepted.n) == (4, 4)


def test_the_other_categories_share_nothing(tables: tuple[pd.DataFrame, ...]) -> None:
    table = claim_pairs(*tables).table
    assert table.loc[table["second"].isin(["BE1", "BE3"]), "shared"].sum() == 0
    assert claim_pairs(*tables).scalars["pairs_sharing"].value == 6


def test_an_open_finding_is_shown_and_not_counted(tables: tuple[pd.DataFrame, ...]) -> None:
    result = shared_references(*tables, proposed=[R1])
    supposed = result.table[result.table["if_accepted"] == "R1"]
    assert supposed["code"].tolist() == ["CH5", "BE2"]
    assert result.scalars["references_shared"].value == 7
    accepted = shared_references(*tables, proposed=[R1], accepted=[R1])
    assert accepted.scalars["references_shared"].value == 8
    assert (accepted.table["if_accepted"] == "").all()


def test_a_higher_threshold_lists_fewer_works_and_leaves_the_pairs_alone(
    tables: tuple[pd.DataFrame, ...],
) -> None:
    listed = [
        shared_references(*tables, minimum_claims=n).scalars["references_shared"].value for n in (2, 3, 4)
    ]
    assert listed == [7, 1, 0]
    assert shared_references(*tables, minimum_claims=4).table["code"].nunique() == 8


def test_one_claim_shares_nothing() -> None:
    with pytest.raises(ValueError, match="minimum_claims is 1"):
        shared_references(*TOY_TABLES, minimum_claims=1)


def test_another_study_is_read_by_the_same_rules() -> None:
    pairs = claim_pairs(*TOY_TABLES)
    assert pairs.table.iloc[0][["first", "second", "shared", "keys"]].tolist() == ["PX1", "PX2", 1, "Roe2001"]
    assert pairs.scalars["pairs"].value == 10
    if_slip = claim_pairs(*TOY_TABLES, accepted=[SLIP])
    assert if_slip.scalars["shared_PX1_GA"].value == 1
    shown = shared_references(*TOY_TABLES, proposed=[SLIP]).table
    assert set(shown.loc[shown["if_accepted"] == "F1", "code"]) == {"PX1", "PX2", "GA"}


@settings(max_examples=30)
@given(st.permutations(range(34)))
def test_the_order_of_mentions_does_not_matter(tables: tuple[pd.DataFrame, ...], order: list[int]) -> None:
    rows, benefits, mentions, references = tables
    before = shared_references(rows, benefits, mentions, references, proposed=[R1])
    after = shared_references(rows, benefits, mentions.iloc[order], references, proposed=[R1])
    pd.testing.assert_frame_equal(before.table, after.table)
    assert dict(before.scalars) == dict(after.scalars)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True, max_size=16))
def test_a_pair_shares_no_more_than_either_has(links: list[tuple[int, int]]) -> None:
    """Any set of links between four rows and four works: counts per pair agree with set arithmetic."""
    rows = TOY.ROWS.iloc[[0] * 4].assign(
        row_id=list("abcd"), code=["KA", "KB", "KC", "KD"], deck_line=[1, 2, 3, 4]
    )
    keys = TOY.REFERENCES["key"].tolist()
    mentions = pd.DataFrame(
        [
            {
                "mention_id": f"M{i}",
                "table": "characteristics",
                "row_id": "abcd"[r],
                "position": i,
                "key": keys[w],
            }
            for i, (r, w) in enumerate(links)
        ],
        columns=["mention_id", "table", "row_id", "position", "key"],
    ).assign(as_written="x")
    result = claim_pairs(rows, TOY.GAINS[:0], mentions, TOY.REFERENCES)
    works = {"abcd"[r]: {w for q, w in links if q == r} for r in range(4)}
    for a, b in [("a", "b"), ("a", "d"), ("c", "d")]:
        assert result.scalars[f"shared_K{a.upper()}_K{b.upper()}"].value == len(works[a] & works[b])
